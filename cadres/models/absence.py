from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value


class Absence(models.Model):
    """外出 (AB 岗): from one day to another (half-open) a colleague hears beside him what waits.
    Hands no right over. A trigger refuses a deputy who is away himself and lets `end` only
    move back (cadres/sql.py)."""

    class Kind(models.TextChoices):
        LEAVE = "LEAVE", "休假"
        TRIP = "TRIP", "出差"
        STUDY = "STUDY", "学习培训"

    cadre = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="谁外出")  # fmt: skip
    kind = models.CharField("事由", max_length=5, choices=Kind.choices, default=Kind.TRIP, db_default="TRIP")  # fmt: skip
    deputy = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="代班人")  # fmt: skip
    start = models.DateField("开始日期")
    end = models.DateField("结束日期", help_text="不含当日")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="登记人")
    at = models.DateTimeField("登记时间")
    approved_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+", verbose_name="批准人")  # fmt: skip
    approved_at = models.DateTimeField("批准时间", null=True)
    ended_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    ended_at = models.DateTimeField("提前结束时间", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="absence_period",
                condition=Q(end__gt=F("start")) | Q(end=F("start"), ended_at__isnull=False),
            ),
            models.CheckConstraint(
                name="absence_kind_known", condition=Q(kind__in=["LEAVE", "TRIP", "STUDY"])
            ),
            models.CheckConstraint(
                name="absence_approved_by_another",
                condition=Q(approved_at__isnull=True, approved_by__isnull=True)
                | Q(approved_at__isnull=False, approved_by__isnull=False) & ~Q(approved_by=F("cadre")),
            ),
            models.CheckConstraint(name="absence_deputy_is_another", condition=~Q(deputy=F("cadre"))),
            models.CheckConstraint(
                name="absence_ended_by_somebody",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
            ExclusionConstraint(
                name="absence_one_at_a_time",
                expressions=[
                    (F("cadre"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("start"), F("end"), Value("[)"), function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]  # fmt: skip
