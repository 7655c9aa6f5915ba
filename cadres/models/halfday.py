from __future__ import annotations

from django.db import models
from django.db.models import Q


class HalfDay(models.Model):
    """半天: one of the two slots of a cadre's day with its one main category (A-13). Filled from
    what is recorded anyhow (`half_day_evidence`), and confirmed or corrected by himself; nobody
    clocks in and no place is asked for. What he confirmed is never overwritten."""

    class Slot(models.TextChoices):
        AM = "AM", "上午"
        PM = "PM", "下午"

    class Category(models.TextChoices):
        HOME = "HOME", "入户"
        VILLAGE = "VILLAGE", "驻村"
        COORDINATION = "COORDINATION", "调度"
        PROJECT = "PROJECT", "项目现场"
        TRAINING = "TRAINING", "培训"
        TASKFORCE = "TASKFORCE", "专班"
        OWN = "OWN", "本职"
        LEAVE = "LEAVE", "休假"

    cadre = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    day = models.DateField("日期")
    slot = models.CharField("时段", max_length=2, choices=Slot.choices)
    category = models.CharField("主要事项", max_length=12, choices=Category.choices)
    place = models.CharField("地方", max_length=12, db_collation="C", blank=True)
    source = models.CharField("依据", max_length=20, blank=True)
    source_id = models.BigIntegerField(null=True)
    confirmed_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField("确认时间", null=True)

    class Meta:
        indexes = [models.Index(fields=["day", "cadre"], name="half_day_by_day")]
        constraints = [
            models.UniqueConstraint(fields=["cadre", "day", "slot"], name="half_day_one_category"),
            models.CheckConstraint(name="half_day_slot_known", condition=Q(slot__in=["AM", "PM"])),
            models.CheckConstraint(
                name="half_day_category_known",
                condition=Q(
                    category__in=["HOME", "VILLAGE", "COORDINATION", "PROJECT", "TRAINING",
                                  "TASKFORCE", "OWN", "LEAVE"]
                ),
            ),
            models.CheckConstraint(
                name="half_day_filled_or_confirmed",
                condition=Q(confirmed_by__isnull=False, confirmed_at__isnull=False)
                | Q(confirmed_by__isnull=True, confirmed_at__isnull=True) & ~Q(source=""),
            ),
        ]  # fmt: skip
