from datetime import date, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value


class DateRange(Func):
    function = "daterange"
    output_field = DateRangeField()


PERIOD = DateRange(F("start"), F("end"), Value("[)"))


class Assignment(models.Model):
    """包保: who helps a household from one day to another (half-open), first or second."""

    class Rank(models.TextChoices):
        MAIN = "MAIN", "帮扶责任人"
        SECOND = "SECOND", "第二帮扶人"

    household = models.ForeignKey(
        "households.Household", models.PROTECT, related_name="assignments"
    )
    cadre = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="assignments")
    rank = models.CharField("帮扶身份", max_length=6, choices=Rank.choices, default=Rank.MAIN)
    start = models.DateField("开始日期")
    end = models.DateField("结束日期", null=True, help_text="不含当日")

    @property
    def last_day(self) -> date | None:
        """None while it goes on, and where it was replaced on the day that it began."""
        return self.end - timedelta(days=1) if self.end and self.end > self.start else None

    class Meta:
        indexes = [
            models.Index(fields=["cadre"], condition=Q(end__isnull=True), name="assignment_open")
        ]
        constraints = [
            models.CheckConstraint(
                name="assignment_rank_known", condition=Q(rank__in=["MAIN", "SECOND"])
            ),
            models.CheckConstraint(
                name="assignment_period", condition=Q(end__isnull=True) | Q(end__gte=F("start"))
            ),
            ExclusionConstraint(
                name="assignment_one_per_rank",
                expressions=[
                    (F("household"), RangeOperators.EQUAL),
                    (F("rank"), RangeOperators.EQUAL),
                    (PERIOD, RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="assignment_person_once",
                expressions=[
                    (F("household"), RangeOperators.EQUAL),
                    (F("cadre"), RangeOperators.EQUAL),
                    (PERIOD, RangeOperators.OVERLAPS),
                ],
            ),
        ]
