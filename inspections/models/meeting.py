"""会议报备: the whitelist and nothing else."""

from __future__ import annotations

import uuid6
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import ExtractMonth, ExtractYear


class Meeting(models.Model):
    class Kind(models.TextChoices):
        CENTRAL = "CENTRAL", "中央会议"
        PROVINCE = "PROVINCE", "省会议"
        CITY = "CITY", "市会议"
        STANDING = "STANDING", "县委常委（扩大）会"
        DISPATCH = "DISPATCH", "脱贫攻坚专项调度会"
        EXEMPT = "EXEMPT", "豁免会议"

    class Exemption(models.TextChoices):
        FLOOD = "FLOOD", "防汛抗旱"
        EMERGENCY = "EMERGENCY", "突发事件"
        STATUTORY = "STATUTORY", "换届等法定会议"

    class Status(models.TextChoices):
        REGISTERED = "REGISTERED", "已登记"
        WAITS = "WAITS", "等决定"
        APPROVED = "APPROVED", "已同意"
        DENIED = "DENIED", "不同意"
        CANCELLED = "CANCELLED", "已撤销"

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    kind = models.CharField("类别", max_length=8, choices=Kind.choices)
    title = models.CharField("会议名称", max_length=80)
    unit = models.ForeignKey(
        "cadres.Unit", models.PROTECT, related_name="+", verbose_name="主办单位"
    )
    on = models.DateField("日期")
    minutes = models.PositiveSmallIntegerField("时长（分钟）")
    basis = models.CharField("依据", max_length=100, blank=True)
    exemption = models.CharField("豁免情形", max_length=9, choices=Exemption.choices, blank=True)
    why = models.CharField("豁免理由", max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices)
    filed_by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    decide_due = models.DateField("决定时限", null=True)
    decided_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    said = models.CharField("意见", max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-on", "-id"], name="meeting_recent")]
        constraints = [
            models.CheckConstraint(name="meeting_on_the_whitelist", condition=Q(kind__in=["CENTRAL", "PROVINCE", "CITY", "STANDING", "DISPATCH", "EXEMPT"])),
            models.UniqueConstraint(
                ExtractYear("on"), ExtractMonth("on"), name="meeting_standing_once_a_month",
                condition=Q(kind="STANDING", status__in=["WAITS", "APPROVED"]),
            ),
            models.CheckConstraint(name="meeting_status_of_kind", condition=(
                Q(kind__in=["CENTRAL", "PROVINCE", "CITY"], status__in=["REGISTERED", "CANCELLED"])
                | Q(kind__in=["STANDING", "DISPATCH", "EXEMPT"], status__in=["WAITS", "APPROVED", "DENIED", "CANCELLED"])
            )),
            models.CheckConstraint(name="meeting_exempt_says_why", condition=(
                Q(kind="EXEMPT", exemption__in=["FLOOD", "EMERGENCY", "STATUTORY"]) & ~Q(why="") | ~Q(kind="EXEMPT") & Q(exemption="", why="")
            )),
            models.CheckConstraint(name="meeting_decided_whole", condition=~Q(status__in=["APPROVED", "DENIED"]) | Q(decided_by__isnull=False, decided_at__isnull=False)),
            models.CheckConstraint(name="meeting_not_decided_by_filer", condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("filed_by"))),
            models.CheckConstraint(name="meeting_denied_says_why", condition=~Q(status="DENIED") | ~Q(said="")),
            models.CheckConstraint(name="meeting_lasts", condition=Q(minutes__gte=5, minutes__lte=2880)),
            models.CheckConstraint(name="meeting_waits_until", condition=~Q(status="WAITS") | Q(decide_due__isnull=False)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class Attendance(models.Model):
    """How many people a unit sends: a count and no names. Append only."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="attendance")
    unit = models.ForeignKey("cadres.Unit", models.PROTECT, related_name="+")
    people = models.PositiveSmallIntegerField("人数")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["meeting", "unit"], name="attendance_once_a_unit"),
            models.CheckConstraint(name="attendance_somebody", condition=Q(people__gte=1)),
        ]
