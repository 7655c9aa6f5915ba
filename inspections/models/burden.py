"""填表减负: the catalogue of forms, who was asked for one, and what came from outside of it."""

from __future__ import annotations

from uuid import uuid4

import uuid6
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q


class FormKind(models.Model):
    """报表目录: a form that may be asked of villages, once it is listed."""

    class Frequency(models.TextChoices):
        YEARLY = "YEARLY", "每年一次"
        QUARTERLY = "QUARTERLY", "每季一次"
        MONTHLY = "MONTHLY", "每月一次"
        WEEKLY = "WEEKLY", "每周一次"

    class Status(models.TextChoices):
        WAITS = "WAITS", "等指挥部决定"
        LISTED = "LISTED", "在目录"
        DENIED = "DENIED", "不列入"
        ENDED = "ENDED", "已退出目录"

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    name = models.CharField("表名", max_length=60)
    unit = models.ForeignKey(
        "cadres.Unit", models.PROTECT, related_name="+", verbose_name="主管单位"
    )
    frequency = models.CharField("频次", max_length=9, choices=Frequency.choices)
    fields = ArrayField(models.CharField(max_length=30), verbose_name="要填的栏目")
    minutes = models.PositiveSmallIntegerField("填一次约几分钟")
    basis = models.CharField("依据", max_length=100, blank=True)
    collects = models.BooleanField("要入户采集", default=False)
    status = models.CharField(max_length=6, choices=Status.choices, default=Status.WAITS)
    proposed_by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    proposed_at = models.DateTimeField()
    decide_due = models.DateField("决定时限")
    decided_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    said = models.CharField("意见", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["name"], condition=Q(status__in=["WAITS", "LISTED"]), name="form_name_once"),
            models.UniqueConstraint(fields=["collects"], condition=Q(collects=True, status__in=["WAITS", "LISTED"]), name="form_one_collection"),
            models.CheckConstraint(name="form_collects_yearly", condition=Q(collects=False) | Q(frequency="YEARLY")),
            models.CheckConstraint(name="form_status_known", condition=Q(status__in=["WAITS", "LISTED", "DENIED", "ENDED"]) & Q(frequency__in=["YEARLY", "QUARTERLY", "MONTHLY", "WEEKLY"])),
            models.CheckConstraint(name="form_has_fields", condition=Q(fields__len__gte=1, minutes__gte=1)),
            models.CheckConstraint(name="form_decided_whole", condition=Q(status="WAITS") | Q(decided_by__isnull=False, decided_at__isnull=False)),
            models.CheckConstraint(name="form_not_decided_by_proposer", condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("proposed_by"))),
            models.CheckConstraint(name="form_denied_says_why", condition=~Q(status="DENIED") | ~Q(said="")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class FormAsk(models.Model):
    """A village was asked to fill in a listed form, once a period of its frequency. Append only."""

    form = models.ForeignKey(FormKind, models.PROTECT, related_name="asks")
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+"
    )
    period = models.DateField("所属期（首日）")
    on = models.DateField("要表日期")
    asked_by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["area", "on"], name="form_ask_week")]
        constraints = [
            models.UniqueConstraint(fields=["form", "area", "period"], name="form_once_a_period"),
            models.CheckConstraint(name="form_ask_in_period", condition=Q(on__gte=F("period"))),
        ]


class BurdenReport(models.Model):
    """未报备的检查, 目录外的报表: what a village or township met. Who reported and what he wrote are
    encrypted, the day has no hour and the log has no line, as with a red line. Append only."""

    class Kind(models.TextChoices):
        INSPECTION = "INSPECTION", "未报备的检查"
        FORM = "FORM", "目录外的报表"
        MEETING = "MEETING", "未报备的会议"

    uid = models.UUIDField(default=uuid4, unique=True, editable=False)  # a uuid7 tells the hour
    kind = models.CharField("反映什么", max_length=10, choices=Kind.choices)
    organiser = models.CharField("哪个单位", max_length=60)
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+"
    )
    met_on = models.DateField("哪天")
    said = models.BinaryField("情况（密文）")
    reporter = models.BinaryField("反映人（密文）")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="burden_report_kind_known",
                condition=Q(kind__in=["INSPECTION", "FORM", "MEETING"]) & ~Q(organiser=""),
            )
        ]


class ReporterOpening(models.Model):
    """纪委监委 looked at who reported. Append only."""

    report = models.ForeignKey(BurdenReport, models.PROTECT, related_name="openings")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()
