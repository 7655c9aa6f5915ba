"""退出: the county's way out, step by step, and the gates before its application (domain A-08, B.1)."""

from __future__ import annotations

import uuid6
from django.db import models
from django.db.models import F, Q


class Leaving(models.Model):
    """县级退出（摘帽）: one at a time."""

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    title = models.CharField("名称", max_length=60)
    target = models.DateField("目标日期")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    ended_at = models.DateTimeField("结束时间", null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(name="leaving_has_title", condition=~Q(title="")),
            models.UniqueConstraint(
                models.Value(1), condition=Q(ended_at__isnull=True), name="leaving_one_open"
            ),
        ]

    def __str__(self) -> str:
        return self.title


class LeavingStep(models.Model):
    class Code(models.TextChoices):
        APPLY = "APPLY", "县申请"
        CITY = "CITY", "市初审"
        PROVINCE = "PROVINCE", "省核查"
        NOTICE = "NOTICE", "公示"
        NATIONAL = "NATIONAL", "国家专项评估"
        APPROVAL = "APPROVAL", "批准退出"

    leaving = models.ForeignKey(Leaving, models.PROTECT, related_name="steps")
    code = models.CharField("环节", max_length=8, choices=Code.choices)
    number = models.PositiveSmallIntegerField()
    planned = models.DateField("计划日期")
    done = models.DateField("完成日期", null=True)
    document_no = models.CharField("文号", max_length=40, blank=True)
    said = models.CharField("结果", max_length=200, blank=True)
    file = models.ForeignKey("cadres.StoredFile", models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["leaving", "code"], name="leaving_step_once"),
            models.UniqueConstraint(fields=["leaving", "number"], name="leaving_step_order"),
            models.CheckConstraint(
                name="leaving_step_known",
                condition=Q(code="APPLY", number=1) | Q(code="CITY", number=2) | Q(code="PROVINCE", number=3)
                | Q(code="NOTICE", number=4) | Q(code="NATIONAL", number=5) | Q(code="APPROVAL", number=6),
            ),
            models.CheckConstraint(
                name="leaving_step_done_says_how",
                condition=Q(done__isnull=True, by__isnull=True, at__isnull=True, document_no="", file__isnull=True)
                | Q(done__isnull=False, by__isnull=False, at__isnull=False) & ~Q(document_no=""),
            ),
        ]  # fmt: skip


class GateWord(models.Model):
    """What somebody wrote beside a gate: why it is red, or, of a gate that no figure answers,
    that it is passed and by which document. Append only; the last one holds."""

    leaving = models.ForeignKey(Leaving, models.PROTECT, related_name="words")
    code = models.CharField(max_length=30)
    green = models.BooleanField("符合", null=True)
    text = models.CharField("说明", max_length=500)
    document_no = models.CharField("依据文号", max_length=40, blank=True)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["leaving", "code", "-id"], name="gate_word_last")]
        constraints = [
            models.CheckConstraint(name="gate_word_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="gate_word_green_by_document",
                condition=Q(green__isnull=True) | Q(green=False) | ~Q(document_no=""),
            ),
        ]


class GateReading(models.Model):
    """How each gate stood in the moment of the application. Append only; the application is
    refused by a trigger while one of them is red without a word."""

    leaving = models.ForeignKey(Leaving, models.PROTECT, related_name="readings")
    code = models.CharField(max_length=30)
    name = models.CharField("条件", max_length=60)
    green = models.BooleanField("符合")
    shown = models.CharField("情况", max_length=200)
    word = models.ForeignKey(GateWord, models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(F("leaving"), F("code"), F("at"), name="gate_reading_once")
        ]
