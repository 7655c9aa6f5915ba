from __future__ import annotations

import uuid6
from django.db import models
from django.db.models import Q

from rectification.workflow import SOURCES


class Batch(models.Model):
    """来文批次: the file of one evaluation, inspection or film. Its count is fixed with its rows;
    each row has exactly one fate, so rows = ledgered + merged + rejected + undecided, always
    (triggers of rectification/sql.py). Ended only when nothing is undecided."""

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    title = models.CharField("批次名称", max_length=80)
    document_no = models.CharField("来文文号", max_length=40, blank=True)
    source = models.CharField("问题来源", max_length=10, choices=list(SOURCES.items()))
    run = models.OneToOneField("cadres.ImportRun", models.PROTECT, related_name="batch")
    count = models.PositiveIntegerField("行数")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField("导入时间")
    ended_at = models.DateTimeField("办结时间", null=True)
    ended_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(name="batch_has_rows", condition=Q(count__gt=0)),
            models.CheckConstraint(name="batch_has_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="batch_source_known", condition=Q(source__in=list(SOURCES))
            ),
            models.CheckConstraint(
                name="batch_ended_by_somebody",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class BatchRow(models.Model):
    """One row of the file and what became of it. Decided once, never deleted."""

    class Fate(models.TextChoices):
        UNDECIDED = "UNDECIDED", "未定"
        LEDGERED = "LEDGERED", "列入清单"
        MERGED = "MERGED", "合并"
        REJECTED = "REJECTED", "不成立"

    batch = models.ForeignKey(Batch, models.PROTECT, related_name="rows")
    number = models.PositiveIntegerField("原行号")
    clip = models.CharField("片中时间", max_length=20, blank=True)
    text = models.CharField("问题", max_length=500)
    fate = models.CharField("去向", max_length=9, choices=Fate.choices, default=Fate.UNDECIDED)
    reason = models.CharField("原因", max_length=300, blank=True)
    item = models.ForeignKey(
        "rectification.Item", models.PROTECT, null=True, related_name="batch_rows"
    )
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(null=True)

    class Meta:
        indexes = [models.Index(fields=["batch", "fate", "number"], name="batch_rows_by_fate")]
        constraints = [
            models.UniqueConstraint(fields=["batch", "number"], name="batch_row_once"),
            models.UniqueConstraint(
                fields=["item"], condition=Q(fate="LEDGERED"), name="batch_row_own_item"
            ),
            models.CheckConstraint(
                name="batch_row_fate",
                condition=Q(fate="UNDECIDED", item__isnull=True, by__isnull=True, at__isnull=True)
                | Q(fate__in=["LEDGERED", "MERGED"], item__isnull=False, by__isnull=False, at__isnull=False)
                | Q(fate="REJECTED", item__isnull=True, by__isnull=False, at__isnull=False) & ~Q(reason=""),
            ),
        ]  # fmt: skip
