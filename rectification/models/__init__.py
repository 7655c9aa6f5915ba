from rectification.models.check import Check, Evidence, EvidenceView, HandOver, LookBack
from rectification.models.item import Dispatch, Item, ItemHousehold, NumberSeries, Progress

__all__ = [
    "Check",
    "Dispatch",
    "Evidence",
    "EvidenceView",
    "HandOver",
    "Item",
    "ItemHousehold",
    "LookBack",
    "NumberSeries",
    "Progress",
]
