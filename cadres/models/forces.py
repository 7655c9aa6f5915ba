"""力量: who is stationed where, which profile binds a unit, and who is left out of the count."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from cadres.models.proposed import period


def one_at_a_time(name: str, *columns: str) -> ExclusionConstraint:
    """Half-open periods of the same row's columns never meet."""
    return ExclusionConstraint(
        name=name,
        expressions=[
            *[(F(column), RangeOperators.EQUAL) for column in columns],
            (period(), RangeOperators.OVERLAPS),
        ],
    )


class Dated(models.Model):
    """From one day to another (half-open). Ended, never deleted; a trigger lets `end` only come
    nearer (cadres/sql.py)."""

    start = models.DateField("开始日期")
    end = models.DateField("结束日期", null=True, help_text="不含当日")
    document_no = models.CharField("依据文号", max_length=60, blank=True)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="登记人")
    at = models.DateTimeField("登记时间")

    class Meta:
        abstract = True


class Stationing(Dated):
    """进驻: a unit's cadre works in a township, in a village or at households (A-12, D.1). One at a
    time, so that nobody is counted in two units on a day."""

    class Kind(models.TextChoices):
        TOWNSHIP = "TOWNSHIP", "进驻乡镇"
        VILLAGE = "VILLAGE", "驻村"
        HOUSEHOLD = "HOUSEHOLD", "包户"

    cadre = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="stationings", verbose_name="干部")  # fmt: skip
    unit = models.ForeignKey("cadres.Unit", models.PROTECT, verbose_name="派出单位")
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", verbose_name="进驻地方"
    )  # fmt: skip
    kind = models.CharField("进驻方式", max_length=9, choices=Kind.choices)

    class Meta:
        indexes = [models.Index(fields=["area", "start"], name="stationing_area")]
        constraints = [
            models.CheckConstraint(
                name="stationing_kind_known",
                condition=Q(kind__in=["TOWNSHIP", "VILLAGE", "HOUSEHOLD"]),
            ),
            models.CheckConstraint(
                name="stationing_period", condition=Q(end__isnull=True) | Q(end__gte=F("start"))
            ),
            one_at_a_time("stationing_one_at_a_time", "cadre"),
        ]


class UnitProfile(Dated):
    """部门类别: which of the three profiles of the meeting binds a unit (A-17, A-18, A-24). A unit
    without a row is an ordinary one."""

    class Profile(models.TextChoices):
        EXCEPTION = "EXCEPTION", "例外部门（信访维稳、安全、环保等）"
        SPECIAL = "SPECIAL", "专抓单位（工业、园区、重点工程）"

    unit = models.ForeignKey("cadres.Unit", models.PROTECT, verbose_name="单位")
    profile = models.CharField("类别", max_length=9, choices=Profile.choices)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="unit_profile_known", condition=Q(profile__in=["EXCEPTION", "SPECIAL"])
            ),
            models.CheckConstraint(name="unit_profile_has_document", condition=~Q(document_no="")),
            models.CheckConstraint(
                name="unit_profile_period", condition=Q(end__isnull=True) | Q(end__gte=F("start"))
            ),
            one_at_a_time("unit_profile_one_at_a_time", "unit"),
        ]


class Exemption(Dated):
    """豁免 (A-20): an approved reason leaves a person out of the denominators."""

    class Reason(models.TextChoices):
        MATERNITY = "MATERNITY", "孕期、哺乳期"
        ILLNESS = "ILLNESS", "长期病假"
        STUDY = "STUDY", "脱产学习"
        AWAY = "AWAY", "援外、挂职、借调县外"
        TASKFORCE = "TASKFORCE", "抽调专班"

    cadre = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="干部")  # fmt: skip
    reason = models.CharField("事由", max_length=9, choices=Reason.choices)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="exemption_reason_known",
                condition=Q(reason__in=["MATERNITY", "ILLNESS", "STUDY", "AWAY", "TASKFORCE"]),
            ),
            models.CheckConstraint(
                name="exemption_period", condition=Q(end__isnull=True) | Q(end__gte=F("start"))
            ),
            one_at_a_time("exemption_one_at_a_time", "cadre"),
        ]
