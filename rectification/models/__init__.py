from rectification.models.accountability import (
    Accountability,
    AccountabilityDecision,
    Appeal,
)
from rectification.models.check import Check, Evidence, EvidenceView, HandOver, LookBack
from rectification.models.draw import DrawnItem, LookBackDraw
from rectification.models.extension import Extension, ExtensionDecision
from rectification.models.item import Dispatch, Item, ItemHousehold, NumberSeries, Progress
from rectification.models.milestone import Milestone, Review
from rectification.models.red_line import RedLineDecision, RedLineOpening, RedLineReport
from rectification.models.screening import ScreenedHousehold, Screening

__all__ = [
    "Accountability",
    "AccountabilityDecision",
    "Appeal",
    "Check",
    "Dispatch",
    "DrawnItem",
    "Evidence",
    "EvidenceView",
    "Extension",
    "ExtensionDecision",
    "HandOver",
    "Item",
    "ItemHousehold",
    "LookBack",
    "LookBackDraw",
    "Milestone",
    "NumberSeries",
    "Progress",
    "RedLineDecision",
    "RedLineOpening",
    "RedLineReport",
    "Review",
    "ScreenedHousehold",
    "Screening",
]
