"""What one person proposes and a second puts in force, for a dated time."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Func, Q, Value

TO_SETTLE = "口径待核定"


def period() -> Func:
    return Func(
        F("start"), F("end"), Value("[)"), function="daterange", output_field=DateRangeField()
    )


class Proposed(models.Model):
    """Proposed by one person, put in force by a second. Never changed or deleted; a trigger lets
    it be decided once (cadres/sql.py)."""

    class Status(models.TextChoices):
        WAITS = "WAITS", "待确认"
        ACCEPTED = "ACCEPTED", "已确认"
        REFUSED = "REFUSED", "退回"
        WITHDRAWN = "WITHDRAWN", "撤回"

    start = models.DateField("生效日期")
    end = models.DateField("失效日期", null=True, help_text="不含当日")
    document_no = models.CharField("文号", max_length=60, blank=True)
    proposed_by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="提出人")  # fmt: skip
    proposed_at = models.DateTimeField("提出时间")
    status = models.CharField("状态", max_length=9, choices=Status.choices, default=Status.WAITS)
    decided_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+", verbose_name="确认人")  # fmt: skip
    decided_at = models.DateTimeField("确认时间", null=True)
    said = models.CharField("意见", max_length=200, blank=True)

    class Meta:
        abstract = True

    @property
    def document(self) -> str:
        return self.document_no or TO_SETTLE

    @property
    def last_day(self) -> date | None:
        return self.end - timedelta(days=1) if self.end else None

    def in_force(self, day: date) -> bool:
        open_end = self.end is None or self.end > day
        return self.status == self.Status.ACCEPTED and self.start <= day and open_end


def two_persons(prefix: str) -> list[Any]:
    """What holds for all that one proposes and another confirms."""
    return [
        models.CheckConstraint(
            name=f"{prefix}_status_known",
            condition=Q(status__in=["WAITS", "ACCEPTED", "REFUSED", "WITHDRAWN"]),
        ),
        models.CheckConstraint(
            name=f"{prefix}_decided_by_somebody",
            condition=Q(status="WAITS", decided_by__isnull=True, decided_at__isnull=True)
            | ~Q(status="WAITS") & Q(decided_by__isnull=False, decided_at__isnull=False),
        ),
        models.CheckConstraint(
            name=f"{prefix}_confirmed_by_another",
            condition=~Q(status__in=["ACCEPTED", "REFUSED"]) | ~Q(decided_by=F("proposed_by")),
        ),
        models.CheckConstraint(
            name=f"{prefix}_period", condition=Q(end__isnull=True) | Q(end__gt=F("start"))
        ),
    ]
