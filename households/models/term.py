from __future__ import annotations

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

    thing = models.CharField("事物", max_length=20, choices=Thing.choices)
    text = models.CharField("称谓", max_length=40)
    start = models.DateField("开始日期", null=True)
    end = models.DateField("结束日期", null=True, help_text="不含当日")

    class Meta:
        constraints = [
            models.CheckConstraint(name="term_says_something", condition=~Q(text="")),
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
