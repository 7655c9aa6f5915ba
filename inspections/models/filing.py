"""检查报备 and 联合督查批次: an inspection that everybody may know of."""

from __future__ import annotations

import uuid6
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value


class Body(models.TextChoices):
    """The three who lead; without them nobody goes."""

    DISCIPLINE = "DISCIPLINE", "县纪委监委"
    ORGANISATION = "ORGANISATION", "县委组织部"
    COMMAND = "COMMAND", "县指挥部"


class Purpose(models.TextChoices):
    ORDINARY = "ORDINARY", "一般检查"
    LOOK_BACK = "LOOK_BACK", "回头看"
    REPORTED = "REPORTED", "举报核查"


EXEMPT = (Purpose.LOOK_BACK.value, Purpose.REPORTED.value)


class Joint(models.Model):
    """联合督查批次: one inspection in common. Announced and started only with as many of the three
    bodies as the rules in force on that day ask for (trigger)."""

    class Status(models.TextChoices):
        OPEN = "OPEN", "组建中"
        ANNOUNCED = "ANNOUNCED", "已通知"
        STARTED = "STARTED", "进行中"
        FINISHED = "FINISHED", "已结束"
        CANCELLED = "CANCELLED", "已撤销"

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    title = models.CharField("名称", max_length=60)
    plan = models.CharField("查什么、怎么查", max_length=500)
    lead = models.CharField("牵头", max_length=12, choices=Body.choices)
    purpose = models.CharField("检查性质", max_length=9, choices=Purpose.choices)
    again = models.CharField("为什么再查", max_length=200, blank=True)
    start = models.DateField("开始日期")
    end = models.DateField("结束日期", help_text="含当日")
    hours = models.PositiveSmallIntegerField("每村要用的人时", help_text="村里陪同和准备材料")
    status = models.CharField(max_length=9, choices=Status.choices, default=Status.OPEN)
    bodies_needed = models.PositiveSmallIntegerField("须有几家参加", null=True)
    created_by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    created_at = models.DateTimeField()
    notice_no = models.CharField("通知文号", max_length=40, blank=True)
    announced_on = models.DateField("通知日期", null=True)
    started_on = models.DateField("开始检查日期", null=True)
    finished_on = models.DateField("结束检查日期", null=True)
    said = models.CharField("撤销原因", max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-start", "-id"], name="joint_recent")]
        constraints = [
            models.CheckConstraint(name="joint_status_known", condition=Q(status__in=["OPEN", "ANNOUNCED", "STARTED", "FINISHED", "CANCELLED"])),
            models.CheckConstraint(name="joint_lead_known", condition=Q(lead__in=Body.values) & Q(purpose__in=Purpose.values)),
            models.CheckConstraint(name="joint_period", condition=Q(end__gte=F("start"))),
            models.CheckConstraint(name="joint_days_of_status", condition=(
                Q(status__in=["OPEN", "CANCELLED"], started_on__isnull=True, finished_on__isnull=True)
                | Q(status="ANNOUNCED", bodies_needed__isnull=False, announced_on__isnull=False, started_on__isnull=True, finished_on__isnull=True)
                | Q(status="STARTED", bodies_needed__isnull=False, announced_on__isnull=False, started_on__isnull=False, finished_on__isnull=True)
                | Q(status="FINISHED", bodies_needed__isnull=False, announced_on__isnull=False, started_on__isnull=False, finished_on__gte=F("started_on"))
            )),
            models.CheckConstraint(name="joint_bodies_one_to_three", condition=Q(bodies_needed__isnull=True) | Q(bodies_needed__gte=1, bodies_needed__lte=3)),
            models.CheckConstraint(name="joint_cancelled_says_why", condition=~Q(status="CANCELLED") | ~Q(said="")),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class JointMember(models.Model):
    """Who takes part for one of the three bodies, each entered by the body itself. Append only."""

    joint = models.ForeignKey(Joint, models.PROTECT, related_name="members")
    body = models.CharField(max_length=12, choices=Body.choices)
    unit = models.ForeignKey("cadres.Unit", models.PROTECT, related_name="+")
    cadre = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["joint", "cadre"], name="joint_member_once"),
            models.CheckConstraint(
                name="joint_member_body_known", condition=Q(body__in=Body.values)
            ),
        ]


class Filing(models.Model):
    """检查报备. What has nothing to do with the poor is refused and never becomes a row."""

    class Kind(models.TextChoices):
        POVERTY = "POVERTY", "涉及脱贫攻坚（帮扶）的检查"
        STATUTORY = "STATUTORY", "法定检查（安全生产、食品、消防等）"
        HIGHER = "HIGHER", "市及以上部署的检查"

    class Status(models.TextChoices):
        REGISTERED = "REGISTERED", "已登记"
        WAITS = "WAITS", "等指挥部决定"
        FILED = "FILED", "等并入联合督查批次"
        JOINED = "JOINED", "已并入批次"
        ALLOWED = "ALLOWED", "同意单独进行"
        DENIED = "DENIED", "不同意"
        STARTED = "STARTED", "进行中"
        FINISHED = "FINISHED", "已结束"
        CANCELLED = "CANCELLED", "已撤销"

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    kind = models.CharField("类别", max_length=9, choices=Kind.choices)
    unit = models.ForeignKey(
        "cadres.Unit", models.PROTECT, related_name="+", verbose_name="报备单位"
    )
    subject = models.CharField("检查内容", max_length=100)
    basis = models.CharField("依据", max_length=100, blank=True)
    purpose = models.CharField("检查性质", max_length=9, choices=Purpose.choices)
    start = models.DateField("开始日期")
    end = models.DateField("结束日期", help_text="含当日")
    people = models.PositiveSmallIntegerField("去几人")
    hours = models.PositiveSmallIntegerField("每村要用的人时", help_text="村里陪同和准备材料")
    again = models.CharField("为什么再查", max_length=200, blank=True)
    status = models.CharField(max_length=10, choices=Status.choices)
    joint = models.ForeignKey(Joint, models.PROTECT, null=True, related_name="filings")
    filed_by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    decide_due = models.DateField("决定时限", null=True)
    decided_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    said = models.CharField("意见", max_length=200, blank=True)
    started_on = models.DateField(null=True)
    finished_on = models.DateField(null=True)

    class Meta:
        indexes = [models.Index(fields=["-start", "-id"], name="filing_recent")]
        constraints = [
            models.CheckConstraint(name="filing_kind_known", condition=Q(kind__in=["POVERTY", "STATUTORY", "HIGHER"]) & Q(purpose__in=Purpose.values)),
            models.CheckConstraint(name="filing_status_of_kind", condition=(
                Q(kind="HIGHER", status__in=["REGISTERED", "CANCELLED"])
                | Q(kind="POVERTY", status__in=["FILED", "JOINED", "CANCELLED"])
                | Q(kind="STATUTORY", status__in=["WAITS", "FILED", "JOINED", "ALLOWED", "DENIED", "STARTED", "FINISHED", "CANCELLED"])
            )),
            models.CheckConstraint(name="filing_basis_named", condition=Q(kind="POVERTY") | ~Q(basis="")),
            models.CheckConstraint(name="filing_period", condition=Q(end__gte=F("start"), people__gte=1)),
            models.CheckConstraint(name="filing_joined_with_batch", condition=Q(status="JOINED", joint__isnull=False) | ~Q(status__in=["JOINED", "CANCELLED"]) & Q(joint__isnull=True) | Q(status="CANCELLED")),
            models.CheckConstraint(name="filing_statutory_decided", condition=(
                ~Q(kind="STATUTORY") | Q(status__in=["WAITS", "CANCELLED"]) | Q(decided_by__isnull=False, decided_at__isnull=False)
            )),
            models.CheckConstraint(name="filing_not_decided_by_filer", condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("filed_by"))),
            models.CheckConstraint(name="filing_denied_says_why", condition=~Q(status="DENIED") | ~Q(said="")),
            models.CheckConstraint(name="filing_waits_until", condition=~Q(status="WAITS") | Q(decide_due__isnull=False)),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.subject


class VillageSlot(models.Model):
    """A village taken by an inspection from one day to another. Two that count may not stand nearer
    than the rules allow (EXCLUDE); 回头看, 举报核查, a reason given and what comes from above do not
    count. What joined a batch is the batch's."""

    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+"
    )
    filing = models.ForeignKey(Filing, models.PROTECT, null=True, related_name="slots")
    joint = models.ForeignKey(Joint, models.PROTECT, null=True, related_name="slots")
    start = models.DateField()
    clear_from = models.DateField("从哪天起可以再查")
    counts = models.BooleanField(default=True)
    live = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="slot_of_one",
                condition=Q(filing__isnull=False, joint__isnull=True)
                | Q(filing__isnull=True, joint__isnull=False),
            ),
            models.CheckConstraint(name="slot_period", condition=Q(clear_from__gt=F("start"))),
            models.UniqueConstraint(fields=["area", "filing"], name="slot_once_a_filing"),
            models.UniqueConstraint(fields=["area", "joint"], name="slot_once_a_batch"),
            ExclusionConstraint(
                name="village_not_twice",
                expressions=[
                    (F("area"), RangeOperators.EQUAL),
                    (
                        Func(
                            F("start"), F("clear_from"), Value("[)"),
                            function="daterange", output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                condition=Q(live=True, counts=True),
            ),
        ]  # fmt: skip
