from inspections.models.burden import BurdenReport, FormAsk, FormKind, ReporterOpening
from inspections.models.filing import Body, Filing, Joint, JointMember, Purpose, VillageSlot
from inspections.models.handbook import (
    Handbook,
    HandbookCopy,
    HandbookPrinting,
    HandbookReceipt,
)
from inspections.models.honour import Consent, Honour, HonourStep
from inspections.models.meeting import Attendance, Meeting
from inspections.models.plan import Entry, Plan, PlanArea, TeamMember
from inspections.models.publicity import (
    Article,
    Column,
    MonthPlan,
    Practice,
    PracticeFigure,
    PublicPhoto,
)
from inspections.models.report import Answer, Finding, FindingFile, Sampled
from inspections.models.selfcheck import CheckCount, CheckRun, Gap, GapCase, Judgement
from inspections.models.standard import IncomeLine, Indicator, Standard

__all__ = [
    "Answer", "Article", "Attendance", "Body", "BurdenReport", "CheckCount", "CheckRun", "Column", "Consent", "Entry", "Filing",
    "Finding", "FindingFile", "FormAsk", "FormKind", "Gap", "GapCase", "Handbook", "HandbookCopy", "HandbookPrinting",
    "HandbookReceipt", "Honour", "HonourStep", "IncomeLine", "Indicator", "Joint", "JointMember", "Judgement", "Meeting",
    "MonthPlan", "Plan", "PlanArea", "Practice", "PracticeFigure", "PublicPhoto", "Purpose", "ReporterOpening", "Sampled",
    "Standard", "TeamMember", "VillageSlot",
]  # fmt: skip
