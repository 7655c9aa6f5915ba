"""评估: a third party's or our own rehearsal. Public that it happens; its sample and its sheets are
ciphertext until the release, and 疑似 → 举证 → 认定 is held by triggers (inspections/evaluation_sql.py).
"""

from __future__ import annotations

from datetime import date, timedelta

import uuid6
from django.db import models
from django.db.models import F, Q

SHA = Q(commitment__regex="^[0-9a-f]{64}$", village_commitment__regex="^[0-9a-f]{64}$")
PEOPLE = ("poor_people", "lifted_people", "unregistered_people")


class Evaluation(models.Model):
    class Kind(models.TextChoices):
        THIRD_PARTY = "THIRD_PARTY", "第三方评估"
        REHEARSAL = "REHEARSAL", "模拟评估"

    class Stage(models.TextChoices):
        PREPARED = "PREPARED", "名单已封存"
        DRAWN = "DRAWN", "已抽取，调查中"
        RELEASED = "RELEASED", "已公布，举证认定中"
        CONCLUDED = "CONCLUDED", "已办结"
        CANCELLED = "CANCELLED", "已作废"

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    kind = models.CharField("评估类别", max_length=11, choices=Kind.choices)
    title = models.CharField("名称", max_length=60)
    document_no = models.CharField("文号", max_length=40, blank=True)
    start = models.DateField("开始日期")
    until = models.DateField("账号有效期止", help_text="不含当日")
    stage = models.CharField("进展", max_length=9, choices=Stage.choices, default=Stage.PREPARED)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    run = models.OneToOneField("cadres.ImportRun", models.PROTECT, null=True, related_name="+")
    commitment = models.CharField("农户抽样承诺值", max_length=64, blank=True)
    village_commitment = models.CharField("村抽样承诺值", max_length=64, blank=True)
    sealed = models.BinaryField("方案（密文）", null=True)
    frame = models.BinaryField("抽样框（密文）", null=True)
    drawn_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    drawn_at = models.DateTimeField(null=True)
    released_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    released_at = models.DateTimeField("公布时间", null=True)
    argue_due = models.DateField("举证截止", null=True)
    opened = models.ForeignKey("cadres.StoredFile", models.PROTECT, null=True, related_name="+")
    opened_villages = models.ForeignKey("cadres.StoredFile", models.PROTECT, null=True, related_name="+")  # fmt: skip
    poor_people = models.PositiveIntegerField("建档立卡未脱贫人口", null=True)
    lifted_people = models.PositiveIntegerField("脱贫人口", null=True)
    unregistered_people = models.PositiveIntegerField("非建档立卡人口", null=True)
    village_people = models.PositiveIntegerField("抽查村未建档立卡农村人口", null=True)
    concluded_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    concluded_at = models.DateTimeField("办结时间", null=True)

    class Meta:
        indexes = [models.Index(fields=["-start", "-id"], name="evaluation_list")]
        constraints = [
            models.CheckConstraint(
                name="evaluation_kind_known", condition=Q(kind__in=["THIRD_PARTY", "REHEARSAL"])
            ),
            models.CheckConstraint(name="evaluation_has_title", condition=~Q(title="")),
            models.CheckConstraint(name="evaluation_period", condition=Q(until__gt=F("start"))),
            models.CheckConstraint(
                name="evaluation_drawn_or_imported",
                condition=(SHA & Q(run__isnull=True, sealed__isnull=False, frame__isnull=False))
                | Q(commitment="", village_commitment="", run__isnull=False, sealed__isnull=True, kind="THIRD_PARTY",
                    frame__isnull=True, drawn_by__isnull=True),
            ),
            models.CheckConstraint(
                name="evaluation_drawer_is_another",
                condition=Q(drawn_by__isnull=True) | ~Q(drawn_by=F("by")),
            ),
            models.CheckConstraint(
                name="evaluation_stage_says_who",
                condition=Q(stage__in=["PREPARED", "CANCELLED"], released_at__isnull=True, concluded_at__isnull=True)
                | Q(stage="DRAWN", drawn_by__isnull=False, drawn_at__isnull=False, released_at__isnull=True, concluded_at__isnull=True)
                | Q(stage="RELEASED", released_by__isnull=False, released_at__isnull=False, argue_due__isnull=False, concluded_at__isnull=True)
                | Q(stage="CONCLUDED", released_at__isnull=False, concluded_by__isnull=False, concluded_at__isnull=False),
            ),
            models.CheckConstraint(
                name="evaluation_counts_people_at_release",
                condition=~Q(stage__in=["RELEASED", "CONCLUDED"])
                | Q(**{f"{name}__isnull": False for name in (*PEOPLE, "village_people")}),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title

    @property
    def last_day(self) -> date:
        return self.until - timedelta(days=1)

    @property
    def is_released(self) -> bool:
        return self.stage in (self.Stage.RELEASED, self.Stage.CONCLUDED)


class Surveyor(models.Model):
    """Who is in the team. A third party's are evaluators, ours are cadres; who prepared the
    evaluation is in neither."""

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="surveyors")
    cadre = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    lead = models.BooleanField("组长", default=False)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["cadre", "evaluation"], name="surveyor_once"),
            models.UniqueConstraint(
                fields=["evaluation"], condition=Q(lead=True), name="surveyor_one_lead"
            ),
        ]


class SheetEntry(models.Model):
    """One line of the sealed journal: the draw, or a household's sheet. Append only; a sheet
    that is put right is a later line."""

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="entries")
    sealed = models.BinaryField()


class Result(models.Model):
    """调查户: a household's sheet in clear, written by the release or by an imported file."""

    class Outcome(models.TextChoices):
        SEEN = "SEEN", "已调查"
        REPLACED = "REPLACED", "已换户"

    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="results")
    household = models.ForeignKey("households.Household", models.PROTECT, related_name="+")
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+"
    )
    layer = models.CharField("层", max_length=20)
    kind = models.CharField("户类型", max_length=8)
    spare = models.BooleanField("由备用户递补", default=False)
    outcome = models.CharField("结果", max_length=8, choices=Outcome.choices)
    people = models.PositiveSmallIntegerField("调查人数", default=0)
    registered = models.PositiveSmallIntegerField("其中建档立卡人数", default=0)
    wrong = models.PositiveSmallIntegerField("疑似错退人数", default=0)
    missed = models.PositiveSmallIntegerField("疑似漏评人数", default=0)
    approves = models.BooleanField("认可", null=True)
    answers = models.JSONField("逐项回答", default=dict)
    said = models.CharField("情况或换户原因", max_length=200, blank=True)
    weight = models.FloatField(default=1.0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["evaluation", "household"], name="result_once"),
            models.CheckConstraint(
                name="result_people_in_the_home",
                condition=Q(registered__lte=F("people"), wrong__lte=F("registered"), missed__lte=F("people") - F("registered")),
            ),
            models.CheckConstraint(
                name="result_wrong_exit_of_lifted", condition=Q(wrong=0) | Q(kind="LIFTED")
            ),
            models.CheckConstraint(
                name="result_kind_known", condition=Q(kind__in=["GENERAL", "LIFTED", "POOR"])
            ),
            models.CheckConstraint(
                name="result_outcome",
                condition=Q(outcome="SEEN", approves__isnull=False, people__gt=0)
                | Q(outcome="REPLACED", approves__isnull=True, people=0) & ~Q(said=""),
            ),
        ]  # fmt: skip


class Suspect(models.Model):
    """疑似: one matter of one household, argued by the county and decided by the evaluator once.
    What is 认定 becomes exactly one item of the ledger."""

    class Kind(models.TextChoices):
        WRONG_EXIT = "WRONG_EXIT", "错退"
        MISSED = "MISSED", "漏评"
        DISAPPROVAL = "DISAPPROVAL", "不认可"
        OTHER = "OTHER", "其他问题"

    class State(models.TextChoices):
        SUSPECTED = "SUSPECTED", "疑似，待举证"
        ARGUED = "ARGUED", "已举证，待认定"
        CONCEDED = "CONCEDED", "无异议，待认定"
        FOUND = "FOUND", "认定"
        CLEARED = "CLEARED", "排除"

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, related_name="suspects")
    result = models.ForeignKey(Result, models.PROTECT, related_name="suspects")
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+"
    )
    kind = models.CharField("问题性质", max_length=11, choices=Kind.choices)
    persons = models.PositiveSmallIntegerField("涉及人数", default=0)
    category = models.CharField("类别", max_length=20)
    text = models.CharField("问题原文", max_length=500)
    state = models.CharField("进展", max_length=9, choices=State.choices, default=State.SUSPECTED)
    conceded_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    decided_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField("认定时间", null=True)
    opinion = models.CharField("认定意见", max_length=300, blank=True)
    document_no = models.CharField("认定文号", max_length=40, blank=True)
    batch_row = models.OneToOneField(
        "rectification.BatchRow", models.PROTECT, null=True, related_name="+"
    )

    class Meta:
        indexes = [models.Index(fields=["evaluation", "state", "id"], name="suspect_by_state")]
        constraints = [
            models.UniqueConstraint(fields=["result", "kind"], name="suspect_once_a_kind"),
            models.CheckConstraint(name="suspect_has_text", condition=~Q(text="")),
            models.CheckConstraint(
                name="suspect_kind_known",
                condition=Q(kind__in=["WRONG_EXIT", "MISSED"], persons__gt=0)
                | Q(kind__in=["DISAPPROVAL", "OTHER"], persons=0),
            ),
            models.CheckConstraint(
                name="suspect_state",
                condition=Q(state__in=["SUSPECTED", "ARGUED"], conceded_by__isnull=True, decided_by__isnull=True, decided_at__isnull=True)
                | Q(state="CONCEDED", conceded_by__isnull=False, decided_by__isnull=True, decided_at__isnull=True)
                | Q(state__in=["FOUND", "CLEARED"], decided_by__isnull=False, decided_at__isnull=False) & ~Q(opinion=""),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.text[:40]


class Argument(models.Model):
    """举证: what the county says to one 疑似, with its files. Append only, within the time."""

    suspect = models.ForeignKey(Suspect, models.PROTECT, related_name="arguments")
    text = models.CharField("举证说明", max_length=500)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.CheckConstraint(name="argument_has_text", condition=~Q(text=""))]


class ArgumentFile(models.Model):
    argument = models.ForeignKey(Argument, models.PROTECT, related_name="files")
    file = models.ForeignKey("cadres.StoredFile", models.PROTECT, related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["argument", "file"], name="argument_file_once")
        ]
