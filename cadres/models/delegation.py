from __future__ import annotations

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.db.models.expressions import RawSQL


class DelegationQuerySet(models.QuerySet["Delegation"]):
    def in_force(self, today: date) -> DelegationQuerySet:
        """One definition for pages, triggers and the clock: the function of cadres/sql.py."""
        return self.filter(pk__in=RawSQL("SELECT id FROM delegations_in_force(%s)", [today]))


class Delegation(models.Model):
    """授权: a township's head lends his checks to one person for a dated time (half-open).
    Ends by itself with the giver's post. Ended, never deleted; a trigger lets `end` only
    move back."""

    area = models.ForeignKey("cadres.Area", models.PROTECT, verbose_name="乡镇")
    post = models.ForeignKey("cadres.Post", models.PROTECT, verbose_name="授权人的任职")
    giver = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="授权人")  # fmt: skip
    receiver = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="受权人")  # fmt: skip
    start = models.DateField("开始日期")
    end = models.DateField("结束日期", help_text="不含当日")
    reason = models.CharField("依据和事由", max_length=200)
    given_at = models.DateTimeField()
    ended_at = models.DateTimeField("提前结束时间", null=True)
    ended_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    objects = DelegationQuerySet.as_manager()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="delegation_period",
                condition=Q(end__gt=F("start")) | Q(end=F("start"), ended_at__isnull=False),
            ),
            models.CheckConstraint(name="delegation_has_reason", condition=~Q(reason="")),
            models.CheckConstraint(name="delegation_to_another", condition=~Q(receiver=F("giver"))),
            models.CheckConstraint(
                name="delegation_ended_by_somebody",
                condition=Q(ended_at__isnull=True, ended_by__isnull=True)
                | Q(ended_at__isnull=False, ended_by__isnull=False),
            ),
            ExclusionConstraint(
                name="delegation_one_at_a_time",
                expressions=[
                    (F("area"), RangeOperators.EQUAL),
                    (F("receiver"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("start"),
                            F("end"),
                            Value("[)"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
            ),
        ]
