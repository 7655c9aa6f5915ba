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

__all__ = [
    "Article",
    "Column",
    "Consent",
    "Entry",
    "Finding",
    "FindingFile",
    "Honour",
    "HonourStep",
    "MonthPlan",
    "Plan",
    "PlanArea",
    "Practice",
    "PracticeFigure",
    "PublicPhoto",
    "Sampled",
    "TeamMember",
]
