"""What an inspection leaves in clear when its report is issued. Append only."""

import uuid6
from django.db import models
from django.db.models import Q


class Sampled(models.Model):
    """A household that was drawn and what came of it; asked again when the next frame is frozen."""

    class Outcome(models.TextChoices):
        SEEN = "SEEN", "已入户"
        REPLACED = "REPLACED", "已换户"

    plan = models.ForeignKey("inspections.Plan", models.PROTECT, related_name="sampled")
    household = models.ForeignKey("households.Household", models.PROTECT, related_name="+")
    stratum = models.CharField("层", max_length=60)
    spare = models.BooleanField("由备用户递补", default=False)
    outcome = models.CharField("结果", max_length=8, choices=Outcome.choices)
    cleared = models.BooleanField("已清场", null=True)
    said = models.CharField("情况或换户原因", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["household", "plan"], name="sampled_once"),
            models.CheckConstraint(
                name="sampled_outcome_known", condition=Q(outcome__in=["SEEN", "REPLACED"])
            ),
            models.CheckConstraint(
                name="sampled_replaced_says_why", condition=~Q(outcome="REPLACED") | ~Q(said="")
            ),
        ]


class Answer(models.Model):
    """What was answered at a household's door to one question of the standard of that day; of a
    question that is asked of persons, about one member."""

    class Said(models.TextChoices):
        YES = "YES", "合格"
        NO = "NO", "不合格"
        NA = "NA", "不适用"
        UNCLEAR = "UNCLEAR", "没看到、说不清"

    sampled = models.ForeignKey(Sampled, models.PROTECT, related_name="answers")
    standard = models.ForeignKey("inspections.Standard", models.PROTECT, related_name="+")
    code = models.CharField("问题", max_length=41)
    member = models.ForeignKey("households.Member", models.PROTECT, null=True, related_name="+")
    said = models.CharField("回答", max_length=7, choices=Said.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sampled", "code", "member"], name="answer_once", nulls_distinct=False
            ),
            models.CheckConstraint(
                name="answer_said_known", condition=Q(said__in=["YES", "NO", "NA", "UNCLEAR"])
            ),
            models.CheckConstraint(
                name="answer_code_shape", condition=Q(code__regex=r"^[A-Z][A-Z0-9_.]*$")
            ),
        ]


class Finding(models.Model):
    """发现的问题, in its original words 不归并、不修饰; it becomes exactly one item of the ledger
    (UNIQUE on the item's source)."""

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    plan = models.ForeignKey("inspections.Plan", models.PROTECT, null=True, related_name="findings")
    joint = models.ForeignKey(
        "inspections.Joint", models.PROTECT, null=True, related_name="findings"
    )
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+"
    )
    household = models.ForeignKey(
        "households.Household", models.PROTECT, null=True, related_name="+"
    )
    category = models.CharField("类别", max_length=20)
    text = models.CharField("问题原文", max_length=500)
    found_by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    found_at = models.DateTimeField("发现时间")
    transfer_due = models.DateField("移交时限", help_text="公开或记下后 2 个工作日")
    code = models.CharField("由哪个问题问出", max_length=41, blank=True, default="")
    standard = models.ForeignKey(
        "inspections.Standard", models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["area", "id"], name="inspection_finding_area")]
        constraints = [
            models.CheckConstraint(name="inspection_finding_has_text", condition=~Q(text="")),
            models.CheckConstraint(
                name="inspection_finding_of_one",
                condition=Q(plan__isnull=False, joint__isnull=True)
                | Q(plan__isnull=True, joint__isnull=False),
            ),
            models.CheckConstraint(
                name="inspection_finding_question_whole",
                condition=Q(code="", standard__isnull=True)
                | ~Q(code="") & Q(standard__isnull=False, household__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.text[:40]

    @property
    def lineage(self) -> str:
        """Where it was found, for the item that it becomes."""
        if self.joint is not None:
            return f"联合督查 {self.joint.title} {self.joint.notice_no}".strip()
        assert self.plan is not None
        return f"{self.plan.title} {self.plan.report_no}".strip()


class FindingFile(models.Model):
    """Evidence of a finding, known by the hash of its bytes."""

    finding = models.ForeignKey(Finding, models.PROTECT, related_name="files")
    file = models.ForeignKey("cadres.StoredFile", models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["finding", "file"], name="finding_file_once")
        ]
