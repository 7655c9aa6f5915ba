from inspections.models.handbook import (
    Handbook,
    HandbookCopy,
    HandbookPrinting,
    HandbookReceipt,
)
from inspections.models.honour import Consent, Honour, HonourStep
from inspections.models.plan import Entry, Plan, PlanArea, TeamMember
from inspections.models.publicity import (
    Article,
    Column,
    MonthPlan,
    Practice,
    PracticeFigure,
    PublicPhoto,
)
from inspections.models.report import Finding, FindingFile, Sampled
from inspections.models.selfcheck import CheckCount, CheckRun, Gap, GapCase, Judgement
from inspections.models.standard import IncomeLine, Indicator, Standard

__all__ = [
    "Article",
    "CheckCount",
    "CheckRun",
    "Column",
    "Consent",
    "Entry",
    "Finding",
    "FindingFile",
    "Gap",
    "GapCase",
    "Handbook",
    "HandbookCopy",
    "HandbookPrinting",
    "HandbookReceipt",
    "Honour",
    "HonourStep",
    "IncomeLine",
    "Indicator",
    "Judgement",
    "MonthPlan",
    "Plan",
    "PlanArea",
    "Practice",
    "PracticeFigure",
    "PublicPhoto",
    "Sampled",
    "Standard",
    "TeamMember",
]
