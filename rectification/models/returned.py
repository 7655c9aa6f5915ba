from __future__ import annotations

from django.db import models
from django.db.models import Q


class LedgerChange(models.Model):
    """One cell that an office changed in an exported 台账 and sent back: what stood there at
    the export, what the file says, and what became of it. What stands there now is read now."""

    class Fate(models.TextChoices):
        PENDING = "PENDING", "待定"
        TAKEN = "TAKEN", "已采纳"
        LEFT = "LEFT", "未采纳"

    run = models.ForeignKey("cadres.ImportRun", models.PROTECT, related_name="ledger_changes")
    item = models.ForeignKey("rectification.Item", models.PROTECT, related_name="+")
    field = models.CharField(max_length=20)
    place = models.CharField("工作表和行", max_length=60)
    was = models.TextField("导出时", blank=True)
    said = models.TextField("表里", blank=True)
    fate = models.CharField(max_length=8, choices=Fate.choices, default=Fate.PENDING)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "item", "field"], name="ledger_change_once"),
            models.CheckConstraint(
                name="ledger_change_decided",
                condition=Q(fate="PENDING", by__isnull=True, at__isnull=True)
                | Q(fate__in=["TAKEN", "LEFT"], by__isnull=False, at__isnull=False),
            ),
        ]
