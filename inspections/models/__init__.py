from inspections.models.plan import Entry, Plan, PlanArea, TeamMember
from inspections.models.report import Answer, Finding, FindingFile, Sampled
from inspections.models.selfcheck import CheckCount, CheckRun, Gap, GapCase, Judgement
from inspections.models.standard import IncomeLine, Indicator, Standard

__all__ = [
    "Answer",
    "CheckCount",
    "CheckRun",
    "Entry",
    "Finding",
    "FindingFile",
    "Gap",
    "GapCase",
    "IncomeLine",
    "Indicator",
    "Judgement",
    "Plan",
    "PlanArea",
    "Sampled",
    "Standard",
    "TeamMember",
]
