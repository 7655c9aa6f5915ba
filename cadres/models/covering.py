"""AB 岗, 包村, 专班: posts that are always covered, villages with a unit, and who is lent out."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q

from cadres.models.forces import Dated, one_at_a_time


def ends_after_start(name: str) -> models.CheckConstraint:
    return models.CheckConstraint(name=name, condition=Q(end__isnull=True) | Q(end__gte=F("start")))


class WorkPost(Dated):
    """岗位: what a unit's people do, by name. Of some kinds the law lets nobody hold two
    (KindExclusion)."""

    class Kind(models.TextChoices):
        GENERAL = "GENERAL", "一般岗位"
        CASHIER = "CASHIER", "出纳"
        ACCOUNTS = "ACCOUNTS", "会计记账"
        AUDIT = "AUDIT", "稽核"
        ARCHIVE = "ARCHIVE", "会计档案保管"
        APPROVAL = "APPROVAL", "资金审批"
        HANDLING = "HANDLING", "资金经办"

    unit = models.ForeignKey("cadres.Unit", models.PROTECT, verbose_name="单位")
    name = models.CharField("岗位名称", max_length=30)
    kind = models.CharField("岗位性质", max_length=8, choices=Kind.choices, default=Kind.GENERAL)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="work_post_kind_known",
                condition=Q(kind__in=["GENERAL", "CASHIER", "ACCOUNTS", "AUDIT", "ARCHIVE", "APPROVAL", "HANDLING"]),
            ),
            models.CheckConstraint(name="work_post_named", condition=~Q(name="")),
            ends_after_start("work_post_period"),
            one_at_a_time("work_post_once", "unit", "name"),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name


class KindExclusion(models.Model):
    """Two kinds of post that one person never holds in one unit, and by which rule."""

    kind = models.CharField("岗位性质", max_length=8, choices=WorkPost.Kind.choices)
    other = models.CharField("不得兼任", max_length=8, choices=WorkPost.Kind.choices)
    basis = models.CharField("依据", max_length=60)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "other"], name="kind_exclusion_once"),
            models.CheckConstraint(name="kind_exclusion_of_two", condition=~Q(kind=F("other"))),
        ]


class ABPair(Dated):
    """AB 岗 (A-18): who holds the post, and who holds it while he is away. Both away on one day
    without a named third is refused by a trigger (cadres/sql.py)."""

    post = models.ForeignKey(WorkPost, models.PROTECT, related_name="pairs", verbose_name="岗位")
    first = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="A 岗")
    second = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="B 岗")  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(name="ab_pair_two_persons", condition=~Q(first=F("second"))),
            ends_after_start("ab_pair_period"),
            one_at_a_time("ab_pair_one_at_a_time", "post"),
        ]


class ABCover(Dated):
    """顶岗: the third who holds the post while both are away. `end` is always said."""

    pair = models.ForeignKey(ABPair, models.PROTECT, related_name="covers")
    third = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="顶岗人")  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="ab_cover_period", condition=Q(end__isnull=False, end__gte=F("start"))
            ),
            one_at_a_time("ab_cover_one_at_a_time", "pair"),
        ]


class ABNote(models.Model):
    """交接单: what is in hand, said before leaving, and received by who stands in."""

    pair = models.ForeignKey(ABPair, models.PROTECT, related_name="notes")
    absence = models.ForeignKey("cadres.Absence", models.PROTECT, related_name="+")
    giver = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="交出人")  # fmt: skip
    taker = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="接手人")  # fmt: skip
    text = models.CharField("交接内容", max_length=500)
    at = models.DateTimeField("填写时间")
    received_at = models.DateTimeField("接收时间", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["pair", "absence"], name="ab_note_once"),
            models.CheckConstraint(
                name="ab_note_says", condition=~Q(text="") & ~Q(giver=F("taker"))
            ),
        ]


class UnitVillage(Dated):
    """包村 (A-16): a county unit answers for a village."""

    unit = models.ForeignKey("cadres.Unit", models.PROTECT, verbose_name="包村单位")
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", verbose_name="村"
    )

    class Meta:
        indexes = [models.Index(fields=["area", "start"], name="unit_village_area")]
        constraints = [
            ends_after_start("unit_village_period"),
            one_at_a_time("unit_village_once", "unit", "area"),
        ]


class TaskForce(Dated):
    """专班 (A-23): named, with a leader and a scope."""

    name = models.CharField("专班名称", max_length=40)
    scope = models.CharField("职责范围", max_length=200)
    leader = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="负责人")  # fmt: skip

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="task_force_says", condition=~Q(name="") & ~Q(scope="") & ~Q(document_no="")
            ),
            ends_after_start("task_force_period"),
            one_at_a_time("task_force_once", "name"),
        ]

    def __str__(self) -> str:
        return self.name


class TaskForceMember(Dated):
    """Counts as 专班 and not as stationed from one day to another."""

    force = models.ForeignKey(TaskForce, models.PROTECT, related_name="members")
    cadre = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="成员")

    class Meta:
        constraints = [
            ends_after_start("task_force_member_period"),
            one_at_a_time("task_force_member_once", "force", "cadre"),
        ]
