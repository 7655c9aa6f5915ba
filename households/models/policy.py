from __future__ import annotations

from datetime import date, timedelta

import uuid6
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q, Value

from households.models.assignment import DateRange


class Policy(models.Model):
    """政策库: what a visitor explains and a householder may ask for, in force from one day to
    another (half-open). A visit keeps the title of its day as text."""

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    title = models.CharField("名称", max_length=40)
    what = models.CharField("一句话说明", max_length=200)
    for_whom = models.CharField("哪些人可以享受", max_length=200)
    standard = models.CharField("标准", max_length=200)
    lead_unit = models.ForeignKey("cadres.Unit", models.PROTECT, verbose_name="牵头单位")
    contact = models.CharField("问谁", max_length=60)
    document_no = models.CharField("文号", max_length=60, blank=True)
    valid_from = models.DateField("施行日期")
    valid_to = models.DateField("失效日期", null=True, help_text="不含当日")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="policy_period",
                condition=Q(valid_to__isnull=True) | Q(valid_to__gt=F("valid_from")),
            ),
            ExclusionConstraint(
                name="policy_title_once_at_a_time",
                expressions=[
                    (F("title"), RangeOperators.EQUAL),
                    (DateRange(F("valid_from"), F("valid_to"), Value("[)")), RangeOperators.OVERLAPS),
                ],
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    @property
    def last_day(self) -> date | None:
        return self.valid_to and self.valid_to - timedelta(days=1)

    def state(self, today: date) -> str:
        if self.valid_to and self.valid_to <= today:
            return "已失效"
        return "未施行" if self.valid_from > today else ""
