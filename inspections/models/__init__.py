from inspections.models.burden import BurdenReport, FormAsk, FormKind, ReporterOpening
from inspections.models.evaluation import (
    Argument,
    ArgumentFile,
    Evaluation,
    Result,
    SheetEntry,
    Surveyor,
    Suspect,
)
from inspections.models.filing import Body, Filing, Joint, JointMember, Purpose, VillageSlot
from inspections.models.handbook import (
    Handbook,
    HandbookCopy,
    HandbookPrinting,
    HandbookReceipt,
)
from inspections.models.honour import Consent, Honour, HonourStep
from inspections.models.leaving import GateReading, GateWord, Leaving, LeavingStep
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
from inspections.models.yardstick import Yardstick

__all__ = [
    "Answer", "Argument", "ArgumentFile", "Article", "Attendance", "Body", "BurdenReport", "CheckCount", "CheckRun",
    "Column", "Consent", "Entry", "Evaluation", "Filing", "Finding", "FindingFile", "FormAsk", "FormKind", "Gap",
    "GapCase", "GateReading", "GateWord", "Handbook", "HandbookCopy", "HandbookPrinting", "HandbookReceipt",
    "Honour", "HonourStep", "IncomeLine", "Indicator", "Joint", "JointMember", "Judgement", "Leaving", "LeavingStep",
    "Meeting", "MonthPlan", "Plan", "PlanArea", "Practice", "PracticeFigure", "PublicPhoto", "Purpose",
    "ReporterOpening", "Result", "Sampled", "SheetEntry", "Standard", "Surveyor", "Suspect", "TeamMember",
    "VillageSlot", "Yardstick",
]  # fmt: skip
