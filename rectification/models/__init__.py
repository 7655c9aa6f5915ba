from rectification.models.check import Check, Evidence, EvidenceView, LookBack
from rectification.models.item import Dispatch, Item, ItemHousehold, NumberSeries, Progress

__all__ = [
    "Check",
    "Dispatch",
    "Evidence",
    "EvidenceView",
    "Item",
    "ItemHousehold",
    "LookBack",
    "NumberSeries",
    "Progress",
]
