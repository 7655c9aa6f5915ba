from rectification.models.accountability import Accountability, AccountabilityDecision, Appeal
from rectification.models.batch import Batch, BatchRow
from rectification.models.check import Check, Evidence, EvidenceView, HandOver, LookBack
from rectification.models.coordination import Coordination, CoordinationDecision, FollowUp
from rectification.models.draw import DrawnItem, LookBackDraw
from rectification.models.extension import Extension, ExtensionDecision
from rectification.models.item import Dispatch, Item, ItemHousehold, NumberSeries, Progress
from rectification.models.milestone import Milestone, PlanChange, PlanDecision, PlannedStage, Review
from rectification.models.paper import (
    Paper,
    PaperDecision,
    PaperItem,
    PaperScan,
    PaperSeries,
    PaperTemplate,
    TemplateDecision,
)
from rectification.models.red_line import RedLineDecision, RedLineOpening, RedLineReport
from rectification.models.returned import LedgerChange
from rectification.models.screening import ScreenedHousehold, Screening
from rectification.models.sent import SentVerb
from rectification.models.step_days import StepDays

__all__ = [
    "Accountability",
    "AccountabilityDecision",
    "Appeal",
    "Batch",
    "BatchRow",
    "Check",
    "Coordination",
    "CoordinationDecision",
    "Dispatch",
    "DrawnItem",
    "Evidence",
    "EvidenceView",
    "Extension",
    "ExtensionDecision",
    "FollowUp",
    "HandOver",
    "Item",
    "ItemHousehold",
    "LedgerChange",
    "LookBack",
    "LookBackDraw",
    "Milestone",
    "NumberSeries",
    "Paper",
    "PaperDecision",
    "PaperItem",
    "PaperScan",
    "PaperSeries",
    "PaperTemplate",
    "PlanChange",
    "PlanDecision",
    "PlannedStage",
    "Progress",
    "RedLineDecision",
    "RedLineOpening",
    "RedLineReport",
    "Review",
    "ScreenedHousehold",
    "Screening",
    "SentVerb",
    "StepDays",
    "TemplateDecision",
]
