from rectification.models.check import Check, Evidence, EvidenceView, HandOver, LookBack
from rectification.models.item import Dispatch, Item, ItemHousehold, NumberSeries, Progress
from rectification.models.paper import (
    Issuer,
    Paper,
    PaperDecision,
    PaperItem,
    PaperScan,
    PaperSeries,
    PaperTemplate,
    TemplateDecision,
)

__all__ = [
    "Check",
    "Dispatch",
    "Evidence",
    "EvidenceView",
    "HandOver",
    "Issuer",
    "Item",
    "ItemHousehold",
    "LookBack",
    "NumberSeries",
    "Paper",
    "PaperDecision",
    "PaperItem",
    "PaperScan",
    "PaperSeries",
    "PaperTemplate",
    "Progress",
    "TemplateDecision",
]
