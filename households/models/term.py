from __future__ import annotations

from datetime import date, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from households.models.assignment import PERIOD


class Term(models.Model):
    """称谓: what something is called from one day to another (half-open, open at both ends).
    A page about an earlier year uses the word of that year."""

    class Thing(models.TextChoices):
        HANDBOOK = "HANDBOOK", "一户一册"
        ISSUER = "ISSUER", "发文机关"
        MARK = "MARK", "机关代字"
        HELPED = "HELPED", "帮扶对象"
        DISCIPLINE = "DISCIPLINE", "纪检监察机关"

    thing = models.CharField("事物", max_length=20, choices=Thing.choices)
    text = models.CharField("称谓", max_length=40)
    start = models.DateField("开始日期", null=True)
    end = models.DateField("结束日期", null=True, help_text="不含当日")

    class Meta:
        constraints = [
            models.CheckConstraint(name="term_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="term_thing_known",
                condition=Q(thing__in=["HANDBOOK", "ISSUER", "MARK", "HELPED", "DISCIPLINE"]),
            ),
            models.CheckConstraint(
                name="term_period",
                condition=Q(start__isnull=True) | Q(end__isnull=True) | Q(end__gt=F("start")),
            ),
            ExclusionConstraint(
                name="term_one_at_a_time",
                expressions=[
                    (F("thing"), RangeOperators.EQUAL),
                    (PERIOD, RangeOperators.OVERLAPS),
                ],
            ),
        ]

    def __str__(self) -> str:
        return self.text

    @property
    def last_day(self) -> date | None:
        return self.end and self.end - timedelta(days=1)

    def state(self, today: date) -> str:
        if self.end and self.end <= today:
            return "已停用"
        return "未启用" if self.start and self.start > today else "现行"
