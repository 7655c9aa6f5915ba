"""自查: every household, village and the county laid against a version of the standard."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from inspections.models.standard import Standard


class CheckRun(models.Model):
    """One version laid against the facts of one day. Made again on the same day, it replaces its
    rows; the runs of other days and versions stay."""

    class State(models.TextChoices):
        WAITS = "WAITS", "排队中"
        RUNNING = "RUNNING", "正在核对"
        DONE = "DONE", "已完成"
        FAILED = "FAILED", "没有完成"

    standard = models.ForeignKey(Standard, models.PROTECT, related_name="runs")
    day = models.DateField("自查日期")
    state = models.CharField(max_length=7, choices=State.choices, default=State.WAITS)
    seen = models.PositiveIntegerField("已核对指标", default=0)
    total = models.PositiveIntegerField("指标数", default=0)
    asked_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField("发起时间")
    finished_at = models.DateTimeField("完成时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["standard", "day"], name="check_run_once_a_day"),
            models.CheckConstraint(
                name="check_run_state_known",
                condition=Q(state__in=["WAITS", "RUNNING", "DONE", "FAILED"]),
            ),
            models.CheckConstraint(
                name="check_run_finished_when_done",
                condition=~Q(state="DONE") | Q(finished_at__isnull=False),
            ),
        ]


class CheckCount(models.Model):
    """How an indicator stood in a village (of the county's own: in the county), so that every
    reader's figures add up from his own area. `open` are those that nothing is known of."""

    run = models.ForeignKey(CheckRun, models.PROTECT, related_name="counts", db_index=False)
    code = models.CharField(max_length=20)
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+"
    )
    met = models.PositiveIntegerField("合格", default=0)
    failed = models.PositiveIntegerField("有差距", default=0)
    unknown = models.PositiveIntegerField("不能判定", default=0)
    open = models.PositiveIntegerField("还没核对", default=0)
    num = models.BigIntegerField("分子", null=True)
    den = models.BigIntegerField("分母", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "code", "area"], name="check_count_once")
        ]


class Gap(models.Model):
    """差距: what a household, village or the county does not reach, or what its records do not
    allow to be judged, by one run."""

    class Verdict(models.TextChoices):
        FAILED = "FAILED", "有差距"
        UNKNOWN = "UNKNOWN", "不能判定"

    run = models.ForeignKey(CheckRun, models.PROTECT, related_name="gaps", db_index=False)
    code = models.CharField(max_length=20)
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", db_index=False,
        related_name="+",
    )  # fmt: skip
    household = models.ForeignKey("households.Household", models.PROTECT, null=True, related_name="+")  # fmt: skip
    verdict = models.CharField("结论", max_length=7, choices=Verdict.choices)
    fact = models.CharField("依据", max_length=200)

    class Meta:
        indexes = [
            models.Index(fields=["run", "area", "id"], name="gap_by_area"),
            models.Index(fields=["run", "code", "area", "id"], name="gap_by_code"),
        ]
        constraints = [
            models.CheckConstraint(
                name="gap_verdict_known", condition=Q(verdict__in=["FAILED", "UNKNOWN"])
            ),
            models.CheckConstraint(name="gap_says_why", condition=~Q(fact="")),
            models.UniqueConstraint(
                fields=["run", "code", "area", "household"], name="gap_once",
                nulls_distinct=False,
            ),
        ]  # fmt: skip


class GapCase(models.Model):
    """A gap that was brought into the ledger, in the words of that day: the source of its item.
    `round` grows when a gap comes back after its item has ended. Append only."""

    level = models.CharField(max_length=9, choices=Standard.Level.choices)
    code = models.CharField(max_length=20)
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+"
    )
    household = models.ForeignKey("households.Household", models.PROTECT, null=True, related_name="+")  # fmt: skip
    round = models.PositiveSmallIntegerField()
    text = models.CharField("问题", max_length=500)
    category = models.CharField("类别", max_length=20)
    lineage = models.CharField("来历", max_length=200)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["level", "code", "area", "household", "round"], name="gap_case_once",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="gap_case_round", condition=Q(round__gte=1) & ~Q(text="")
            ),
        ]  # fmt: skip


class Judgement(models.Model):
    """现场核对: a person's answer to a MANUAL indicator, with its evidence. The latest counts.
    Append only."""

    class Answer(models.TextChoices):
        MET = "MET", "合格"
        FAILED = "FAILED", "有差距"
        NA = "NA", "不适用"

    level = models.CharField(max_length=9, choices=Standard.Level.choices)
    code = models.CharField(max_length=20)
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+"
    )
    household = models.ForeignKey("households.Household", models.PROTECT, null=True, related_name="+")  # fmt: skip
    answer = models.CharField("结论", max_length=6, choices=Answer.choices)
    said = models.CharField("看到的情况", max_length=200)
    file = models.ForeignKey("cadres.StoredFile", models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                F("level"), F("code"), F("household"), F("area"), F("id").desc(),
                name="judgement_latest",
            )
        ]  # fmt: skip
        constraints = [
            models.CheckConstraint(
                name="judgement_answer_known", condition=Q(answer__in=["MET", "FAILED", "NA"])
            ),
            models.CheckConstraint(name="judgement_says_what", condition=~Q(said="")),
            models.CheckConstraint(
                name="judgement_household_level",
                condition=Q(level="HOUSEHOLD", household__isnull=False)
                | Q(level__in=["VILLAGE", "COUNTY"], household__isnull=True),
            ),
        ]
