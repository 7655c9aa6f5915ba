from inspections.models.handbook import (
    Handbook,
    HandbookCopy,
    HandbookPrinting,
    HandbookReceipt,
)
from inspections.models.plan import Entry, Plan, PlanArea, TeamMember
from inspections.models.report import Finding, FindingFile, Sampled
from inspections.models.selfcheck import CheckCount, CheckRun, Gap, GapCase, Judgement
from inspections.models.standard import IncomeLine, Indicator, Standard

__all__ = [
    "CheckCount",
    "CheckRun",
    "Entry",
    "Finding",
    "FindingFile",
    "Gap",
    "GapCase",
    "Handbook",
    "HandbookCopy",
    "HandbookPrinting",
    "HandbookReceipt",
    "IncomeLine",
    "Indicator",
    "Judgement",
    "Plan",
    "PlanArea",
    "Sampled",
    "Standard",
    "TeamMember",
]
