from rectification.models.check import Check, Evidence, EvidenceView, HandOver, LookBack
from rectification.models.extension import Extension, ExtensionDecision
from rectification.models.item import Dispatch, Item, ItemHousehold, NumberSeries, Progress
from rectification.models.milestone import Milestone, Review

__all__ = [
    "Check",
    "Dispatch",
    "Evidence",
    "EvidenceView",
    "Extension",
    "ExtensionDecision",
    "HandOver",
    "Item",
    "ItemHousehold",
    "LookBack",
    "Milestone",
    "NumberSeries",
    "Progress",
    "Review",
]
