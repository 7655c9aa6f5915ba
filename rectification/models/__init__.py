from rectification.models.batch import Batch, BatchRow
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
from rectification.models.returned import LedgerChange

__all__ = [
    "Batch",
    "BatchRow",
    "Check",
    "Dispatch",
    "Evidence",
    "EvidenceView",
    "HandOver",
    "Issuer",
    "Item",
    "ItemHousehold",
    "LedgerChange",
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
