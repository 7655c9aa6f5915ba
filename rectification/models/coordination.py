from __future__ import annotations

from datetime import date, timedelta

import uuid6
from django.db import models
from django.db.models import F, Q

from cadres.models import HalfDay
from rectification.models.item import Item
from yuexi.core import clock

# Where a decision's item came from, in `Item.source_kind`.
SOURCE_KIND = "coordination"


class Coordination(models.Model):
    """周调度: one a township and ISO week, chaired by the township's own county leader or by whom he
    named in writing. Drafted by the township, confirmed by the leader; from then on nothing of it
    changes, the figures of its briefing included (A-04). Triggers: rectification/sql/coordination.py."""

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+", verbose_name="乡镇"
    )  # fmt: skip
    monday = models.DateField("周一")
    held_on = models.DateField("召开日期")
    slot = models.CharField("时段", max_length=2, choices=HalfDay.Slot.choices)
    chair = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="主持人")  # fmt: skip
    giver = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+", verbose_name="委托的县领导")  # fmt: skip
    mandate = models.CharField("委托事项", max_length=200, blank=True)
    mandate_file = models.ForeignKey("cadres.StoredFile", models.PROTECT, null=True, related_name="+", verbose_name="委托书")  # fmt: skip
    present = models.ManyToManyField("cadres.Cadre", related_name="+", verbose_name="参加人员")
    topics = models.CharField("议题", max_length=500)
    minutes = models.ForeignKey("cadres.StoredFile", models.PROTECT, null=True, related_name="+", verbose_name="会议记录或照片")  # fmt: skip
    drafted_by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="起草人")  # fmt: skip
    drafted_at = models.DateTimeField("起草时间")
    closed_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+", verbose_name="确认人")  # fmt: skip
    closed_at = models.DateTimeField("确认时间", null=True)
    briefing = models.JSONField("简报", null=True)

    class Meta:
        indexes = [models.Index(fields=["held_on"], name="coordination_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["area", "monday"], name="coordination_once_a_week"),
            models.CheckConstraint(
                name="coordination_begins_on_monday", condition=Q(monday__iso_week_day=1)
            ),
            models.CheckConstraint(
                name="coordination_within_its_week",
                condition=Q(held_on__gte=F("monday"), held_on__lte=F("monday") + timedelta(days=6)),
            ),
            models.CheckConstraint(
                name="coordination_slot_known", condition=Q(slot__in=["AM", "PM"])
            ),
            models.CheckConstraint(name="coordination_has_topics", condition=~Q(topics="")),
            models.CheckConstraint(
                name="coordination_mandate_in_writing",
                condition=Q(giver__isnull=True, mandate="", mandate_file__isnull=True)
                | Q(giver__isnull=False, mandate_file__isnull=False)
                & ~Q(mandate="")
                & ~Q(giver=F("chair")),
            ),
            models.CheckConstraint(
                name="coordination_closed_with_figures",
                condition=Q(closed_by__isnull=True, closed_at__isnull=True, briefing__isnull=True)
                | Q(closed_by__isnull=False, closed_at__isnull=False, briefing__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.area.name}{self.monday}起一周的周调度"

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def is_late(self) -> bool:
        """Written down after its week was over."""
        return clock.day(self.drafted_at) > self.sunday


class CoordinationDecision(models.Model):
    """交办事项 of a 周调度, with who and until when. At the confirmation it becomes one item."""

    coordination = models.ForeignKey(Coordination, models.CASCADE, related_name="decisions")
    text = models.CharField("交办事项", max_length=500)
    category = models.CharField("类别", max_length=20)
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+", verbose_name="地方"
    )  # fmt: skip
    unit = models.ForeignKey("cadres.Unit", models.PROTECT, related_name="+", verbose_name="责任单位")  # fmt: skip
    person = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="责任人")  # fmt: skip
    deadline = models.DateField("完成期限")

    class Meta:
        constraints = [
            models.CheckConstraint(name="coordination_decision_says_what", condition=~Q(text=""))
        ]

    @property
    def item(self) -> Item | None:
        return Item.objects.filter(source_kind=SOURCE_KIND, source_id=self.pk).first()


class FollowUp(models.Model):
    """上周交办落实: what a later 周调度 says of a decision, until it says 已办结."""

    class Status(models.TextChoices):
        DONE = "DONE", "已办结"
        GOING = "GOING", "正在办理"
        STUCK = "STUCK", "有困难，需协调"

    coordination = models.ForeignKey(Coordination, models.CASCADE, related_name="follow_ups")
    decision = models.ForeignKey(CoordinationDecision, models.PROTECT, related_name="follow_ups")
    status = models.CharField("落实情况", max_length=5, choices=Status.choices)
    note = models.CharField("说明", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["coordination", "decision"], name="follow_up_once"),
            models.CheckConstraint(
                name="follow_up_known", condition=Q(status__in=["DONE", "GOING", "STUCK"])
            ),
            models.CheckConstraint(
                name="follow_up_stuck_says_why", condition=~Q(status="STUCK") | ~Q(note="")
            ),
        ]
