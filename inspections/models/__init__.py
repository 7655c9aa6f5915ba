from inspections.models.burden import BurdenReport, FormAsk, FormKind, ReporterOpening
from inspections.models.filing import Body, Filing, Joint, JointMember, Purpose, VillageSlot
from inspections.models.meeting import Attendance, Meeting
from inspections.models.plan import Entry, Plan, PlanArea, TeamMember
from inspections.models.report import Finding, FindingFile, Sampled

__all__ = [
    "Attendance", "Body", "BurdenReport", "Entry", "Filing", "Finding", "FindingFile", "FormAsk", "FormKind", "Joint",
    "JointMember", "Meeting", "Plan", "PlanArea", "Purpose", "ReporterOpening", "Sampled", "TeamMember", "VillageSlot",
]  # fmt: skip
