from inspections.models.evaluation import (
    Argument,
    ArgumentFile,
    Evaluation,
    Result,
    SheetEntry,
    Surveyor,
    Suspect,
)
from inspections.models.leaving import GateReading, GateWord, Leaving, LeavingStep
from inspections.models.plan import Entry, Plan, PlanArea, TeamMember
from inspections.models.report import Finding, FindingFile, Sampled
from inspections.models.yardstick import Yardstick

__all__ = [
    "Argument",
    "ArgumentFile",
    "Entry",
    "Evaluation",
    "Finding",
    "FindingFile",
    "GateReading",
    "GateWord",
    "Leaving",
    "LeavingStep",
    "Plan",
    "PlanArea",
    "Result",
    "Sampled",
    "SheetEntry",
    "Surveyor",
    "Suspect",
    "TeamMember",
    "Yardstick",
]
