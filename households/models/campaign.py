from __future__ import annotations

from datetime import date, timedelta

import uuid6
from django.db import models
from django.db.models import F, Q

from households.models.household import Household


class Campaign(models.Model):
    """专项活动, such as 大走访: every household of an area is to be reached from one day to
    another (half-open). Who belongs to it was written down when it began."""

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    name = models.CharField("名称", max_length=60)
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", verbose_name="范围"
    )
    start = models.DateField("开始日期")
    end = models.DateField("结束日期", help_text="不含当日")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField("名册冻结时间")
    completed_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    completed_at = models.DateTimeField("宣布完成时间", null=True)
    figures = models.JSONField("宣布时的数字", null=True, help_text="结果 → 户数")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["area", "name", "start"], name="campaign_name_once_a_day"
            ),
            models.CheckConstraint(name="campaign_period", condition=Q(end__gt=F("start"))),
            models.CheckConstraint(
                name="campaign_completed_whole",
                condition=Q(
                    completed_at__isnull=True, completed_by__isnull=True, figures__isnull=True
                )
                | Q(completed_at__isnull=False, completed_by__isnull=False, figures__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    def state(self, today: date) -> str:
        if self.completed_at:
            return "已完成"
        return "进行中" if today < self.end else "已到期，未宣布完成"


class CampaignHousehold(models.Model):
    """A household of the frozen roster, with the village and the kind of that day: a later
    move, death or new household changes nothing here. Append only."""

    campaign = models.ForeignKey(Campaign, models.PROTECT, related_name="homes")
    household = models.ForeignKey(Household, models.PROTECT, related_name="+")
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+"
    )
    kind = models.CharField("户类型", max_length=8, choices=Household.Kind.choices)

    class Meta:
        indexes = [models.Index(fields=["campaign", "area", "id"], name="campaign_roster")]
        constraints = [
            models.UniqueConstraint(
                fields=["household", "campaign"], name="campaign_household_once"
            ),
            models.CheckConstraint(
                name="campaign_kind_known", condition=Q(kind__in=["GENERAL", "LIFTED", "POOR"])
            ),
        ]


class CampaignOutcome(models.Model):
    """A row of the frozen roster with what came of it: a view over standing visits, so that a
    count and the rows that it opens into can never disagree. Nothing of it is stored."""

    class Outcome(models.TextChoices):
        TALKED = "TALKED", "入户面谈"
        REMOTE = "REMOTE", "电话视频"
        UNREACHED = "UNREACHED", "无法联系"
        GONE = "GONE", "期间销户"
        NONE = "NONE", "还没有结果"

    campaign = models.ForeignKey(Campaign, models.DO_NOTHING, related_name="+")
    household = models.ForeignKey(Household, models.DO_NOTHING, related_name="+")
    area = models.ForeignKey(
        "cadres.Area", models.DO_NOTHING, to_field="code", db_column="area_code", related_name="+"
    )
    kind = models.CharField("户类型", max_length=8, choices=Household.Kind.choices)
    outcome = models.CharField("结果", max_length=9, choices=Outcome.choices)

    class Meta:
        managed = False
        db_table = "households_campaignoutcome"
