import uuid6
from django.db import models
from django.db.models import Q


class Screening(models.Model):
    """举一反三排查: from one item, a list of households that may have the same. Append only."""

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    item = models.ForeignKey("rectification.Item", models.PROTECT, related_name="screenings")
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+"
    )
    chosen = models.CharField("按什么选的", max_length=100)
    what = models.CharField("要查什么", max_length=200)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="screening_says_what", condition=~Q(what=""))]


class ScreenedHousehold(models.Model):
    """One household of the list, looked at by a person: 无此问题 with a visit or in words, or 有此问题,
    which is an item of its own. Answered once (trigger)."""

    class Outcome(models.TextChoices):
        CLEAR = "CLEAR", "无此问题"
        FOUND = "FOUND", "有此问题"

    screening = models.ForeignKey(Screening, models.PROTECT, related_name="rows")
    household = models.ForeignKey("households.Household", models.PROTECT, related_name="+")
    outcome = models.CharField("结果", max_length=5, choices=Outcome.choices, blank=True)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField(null=True)
    visit = models.ForeignKey("households.Visit", models.PROTECT, null=True, related_name="+")
    opinion = models.CharField("情况", max_length=200, blank=True)
    child = models.OneToOneField(
        "rectification.Item", models.PROTECT, null=True, related_name="screened"
    )

    class Meta:
        indexes = [
            models.Index(fields=["screening"], condition=Q(outcome=""), name="screened_unlooked")
        ]
        constraints = [
            models.UniqueConstraint(fields=["screening", "household"], name="screened_once"),
            models.CheckConstraint(
                name="screened_by_somebody",
                condition=Q(outcome="", by__isnull=True, at__isnull=True, visit__isnull=True, child__isnull=True, opinion="")
                | Q(outcome="CLEAR", by__isnull=False, at__isnull=False, child__isnull=True) & (Q(visit__isnull=False) | ~Q(opinion=""))
                | Q(outcome="FOUND", by__isnull=False, at__isnull=False, child__isnull=False),
            ),
        ]  # fmt: skip
