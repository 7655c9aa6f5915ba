from __future__ import annotations

import uuid6
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from cadres.models import Event


class Visit(models.Model):
    """走访. Append only: what was wrong is corrected beside it and never written over."""

    class Mode(models.TextChoices):
        IN_PERSON = "IN_PERSON", "入户面谈"
        REMOTE = "REMOTE", "电话视频"
        NOBODY = "NOBODY", "外出无人"

    class Purpose(models.TextChoices):
        ROUTINE = "ROUTINE", "日常走访"
        POLICY = "POLICY", "宣讲政策"
        CHECK = "CHECK", "排查风险"
        RECTIFY = "RECTIFY", "核实整改"
        HARDSHIP = "HARDSHIP", "慰问帮困"

    class Change(models.TextChoices):
        PEOPLE = "PEOPLE", "人口"
        WORK = "WORK", "务工"
        SCHOOL = "SCHOOL", "上学"
        HEALTH = "HEALTH", "看病"
        HOUSE = "HOUSE", "住房"
        WATER = "WATER", "饮水"
        INCOME = "INCOME", "收入"

    uid = models.UUIDField(default=uuid6.uuid7, unique=True)
    household = models.ForeignKey("households.Household", models.PROTECT, related_name="visits")
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+",
        help_text="走访当日的村，以后并村、迁户也不改",
    )  # fmt: skip
    visitor = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="visits")
    mode = models.CharField("方式", max_length=9, choices=Mode.choices)
    purposes = ArrayField(models.CharField(max_length=10), verbose_name="目的", default=list)
    met = models.CharField("见到谁", max_length=60, blank=True)
    policies = ArrayField(
        models.CharField(max_length=40), verbose_name="讲了什么政策", default=list
    )
    changes = ArrayField(models.CharField(max_length=8), verbose_name="家里变化", default=list)
    done = models.CharField("办了什么", max_length=500, blank=True)
    promise = models.CharField("答应的事", max_length=200, blank=True)
    occurred_at = models.DateTimeField("走访时间")
    recorded_at = models.DateTimeField("记录时间")
    synced_at = models.DateTimeField("送达时间")
    late_reason = models.CharField("补录原因", max_length=200, blank=True)
    latitude = models.FloatField("纬度（WGS-84）", null=True)
    longitude = models.FloatField("经度（WGS-84）", null=True)
    accuracy = models.FloatField("精度（米）", null=True)
    photo = models.ForeignKey("cadres.StoredFile", models.PROTECT, null=True)
    via = models.CharField("途径", max_length=8, choices=Event.Via.choices, default=Event.Via.PHONE)

    class Meta:
        indexes = [
            models.Index(fields=["household", "-occurred_at"], name="visit_of_household"),
            models.Index(fields=["-occurred_at", "-id"], name="visit_recent"),
            models.Index(fields=["area", "-occurred_at", "-id"], name="visit_by_area"),
            models.Index(fields=["visitor", "-occurred_at", "-id"], name="visit_by_visitor"),
        ]
        constraints = [
            models.CheckConstraint(
                name="visit_mode_known", condition=Q(mode__in=["IN_PERSON", "REMOTE", "NOBODY"])
            ),
            models.CheckConstraint(
                name="visit_met_somebody",
                condition=Q(mode="NOBODY", met="") | (~Q(mode="NOBODY") & ~Q(met="")),
            ),
            models.CheckConstraint(
                name="visit_not_before_it_happened",
                condition=Q(recorded_at__gte=F("occurred_at")),
            ),
            models.CheckConstraint(
                name="visit_whole_position",
                condition=Q(latitude__isnull=True, longitude__isnull=True, accuracy__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180), accuracy__gte=0),
            ),
        ]

    @property
    def late(self) -> bool:
        return bool(self.late_reason)


class VisitProblem(models.Model):
    """A problem found on a visit, in the visitor's words. Becomes exactly one item."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="problems")
    category = models.CharField("类别", max_length=20)
    text = models.CharField("问题", max_length=500)


class VisitCorrection(models.Model):
    """更正: field → [old, new] with its reason. The old value stays visible."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="corrections")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT)
    at = models.DateTimeField()
    reason = models.CharField("更正原因", max_length=200)
    values = models.JSONField("更正内容")
    void = models.BooleanField("作废", default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="correction_has_reason", condition=~Q(reason=""))
        ]
