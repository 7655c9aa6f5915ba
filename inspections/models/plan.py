"""暗访: sealed from everybody outside of its team until the report is issued.

Tables are read by backups and superusers too: what a plan says, whom it names and what was found
is ciphertext until then, and so is who belongs to the team.
"""

import uuid6
from django.db import models
from django.db.models import Q


class Plan(models.Model):
    """One unannounced inspection. Public of it are its commitment and that day, for without them
    nobody could know later that the draw was fixed before. What follows `report_no` is written by
    the release alone; nothing that the commitment binds ever changes (trigger)."""

    class Ended(models.TextChoices):
        RELEASED = "RELEASED", "已公开"
        CANCELLED = "CANCELLED", "已作废"

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    commitment = models.CharField("承诺值", max_length=64, unique=True)
    committed_on = models.DateField("公布日期")
    sealed = models.BinaryField("计划（密文）")
    frame = models.BinaryField("抽样框（密文）")
    ended = models.CharField(max_length=9, choices=Ended.choices, blank=True)
    ended_on = models.DateField("公开或作废日期", null=True)
    report_no = models.CharField("报告文号", max_length=40, blank=True)
    title = models.CharField("名称", max_length=60, blank=True)
    started_on = models.DateField("检查日期", null=True)
    released_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    opened = models.ForeignKey(
        "cadres.StoredFile",
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name="公开的抽取文件",
    )

    class Meta:
        indexes = [models.Index(fields=["-committed_on", "-id"], name="plan_board")]
        constraints = [
            models.CheckConstraint(
                name="plan_commitment_is_sha256", condition=Q(commitment__regex="^[0-9a-f]{64}$")
            ),
            models.CheckConstraint(
                name="plan_ended_known", condition=Q(ended__in=["", "RELEASED", "CANCELLED"])
            ),
            models.CheckConstraint(
                name="plan_in_clear_when_released",
                condition=Q(
                    ended="RELEASED", ended_on__isnull=False, started_on__isnull=False,
                    released_by__isnull=False, opened__isnull=False,
                )
                & ~Q(title="")
                | Q(
                    title="", report_no="", started_on__isnull=True, released_by__isnull=True,
                    opened__isnull=True,
                )
                & (Q(ended="", ended_on__isnull=True) | Q(ended="CANCELLED", ended_on__isnull=False)),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title or "暗访"


class TeamMember(models.Model):
    """Who belongs to the team, as a keyed hash: it is found and cannot be read. Append only."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="team")
    who = models.BinaryField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["who", "plan"], name="team_member_once")]


class Entry(models.Model):
    """One line of a plan's sealed journal: what kind, who, when and what are in its ciphertext.
    Append only; what the plan has come to is read from its entries in their order. `once` is a
    keyed hash of the phone's own number of a record: it can be sent again and is written once."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="entries")
    sealed = models.BinaryField()
    once = models.BinaryField(null=True, unique=True)


class PlanArea(models.Model):
    """A township where a released inspection went. Append only."""

    plan = models.ForeignKey(Plan, models.PROTECT, related_name="areas")
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+"
    )

    class Meta:
        constraints = [models.UniqueConstraint(fields=["area", "plan"], name="plan_area_once")]
