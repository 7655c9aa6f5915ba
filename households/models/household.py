from __future__ import annotations

import uuid6
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import Q

OWN = "X"  # how a number of our own begins; a national one never does


class Household(models.Model):
    """农户. The whole rural roster: 建档立卡 is a status, not a condition for being here."""

    class Kind(models.TextChoices):
        GENERAL = "GENERAL", "一般农户"
        LIFTED = "LIFTED", "脱贫户"
        POOR = "POOR", "贫困户"

    class Closed(models.TextChoices):
        DIED = "DIED", "全户死亡"
        MERGED = "MERGED", "并户"
        MOVED = "MOVED", "迁出"

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    national_no = models.CharField("户编号", max_length=32, null=True, unique=True)
    former_no = models.CharField(
        "原自编编号", max_length=32, blank=True, default="", db_default="", db_collation="C",
        help_text="换成国家系统编号以后，凭原来的编号仍能查到",
    )  # fmt: skip
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", verbose_name="村"
    )
    group = models.CharField("村民组", max_length=30, blank=True)
    head_name = models.CharField("户主", max_length=60)
    pinyin = models.CharField(max_length=120, db_collation="C")
    kind = models.CharField("户类型", max_length=8, choices=Kind.choices)
    size = models.PositiveSmallIntegerField("人数", null=True)
    poverty_class = models.CharField("贫困户属性", max_length=20, blank=True)
    cause = models.CharField("主要致贫原因", max_length=20, blank=True)
    lifted_year = models.CharField("脱贫年度", max_length=4, blank=True)
    unsafe_house = models.BooleanField("是否危房户", null=True)
    safe_water = models.BooleanField("是否解决安全饮用水", null=True)
    income_per_head = models.DecimalField(
        "人均纯收入（元）", max_digits=12, decimal_places=2, null=True
    )
    identified = models.CharField("首次识别时间", max_length=6, blank=True)
    phone = models.BinaryField("联系电话（密文）", null=True)
    phone_hash = models.BinaryField("联系电话查找值", null=True, db_index=True)
    closed = models.CharField("销户原因", max_length=8, choices=Closed.choices, blank=True)
    closed_on = models.DateField("销户日期", null=True)

    class Meta:
        indexes = [
            models.Index(fields=["area", "pinyin", "id"], name="household_roster"),
            GinIndex(fields=["head_name"], opclasses=["gin_trgm_ops"], name="household_by_name"),
            models.Index(fields=["pinyin"], name="household_by_pinyin"),
            models.Index(
                fields=["former_no"], condition=~Q(former_no=""), name="household_by_former_no"
            ),
        ]
        constraints = [
            models.CheckConstraint(
                name="household_kind_known", condition=Q(kind__in=["GENERAL", "LIFTED", "POOR"])
            ),
            models.CheckConstraint(
                name="household_former_no_is_own",
                condition=Q(former_no="")
                | Q(former_no__startswith="X") & ~Q(national_no__startswith="X"),
            ),
            models.CheckConstraint(
                name="household_closed_with_day",
                condition=Q(closed="", closed_on__isnull=True)
                | Q(closed__in=["DIED", "MERGED", "MOVED"], closed_on__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.head_name}户"


class Member(models.Model):
    """家庭成员. The identity number is matched on its first 18 characters, since a
    disability certificate (18, 20 or 22 long) may stand in its place."""

    household = models.ForeignKey(Household, models.PROTECT, related_name="members")
    national_no = models.CharField("人编号", max_length=32, null=True, unique=True)
    name = models.CharField("姓名", max_length=60)
    relation = models.CharField("与户主关系", max_length=20)
    idno = models.BinaryField("证件号码（密文）")
    idno_hash = models.BinaryField("证件号码查找值")
    idno_tail = models.CharField("证件号码末四位", max_length=4)
    ethnicity = models.CharField("民族", max_length=20, blank=True)
    education = models.CharField("文化程度", max_length=20, blank=True)
    school = models.CharField("在校生状况", max_length=20, blank=True)
    health = models.CharField("健康状况", max_length=40, blank=True)
    labour = models.CharField("劳动技能", max_length=20, blank=True)
    work = models.CharField("务工状况", max_length=30, blank=True)
    work_months = models.PositiveSmallIntegerField("务工时间（月）", null=True)
    insured = models.BooleanField("是否参加大病医疗", null=True)
    identified = models.CharField("识别时间", max_length=6, blank=True)
    left = models.CharField("减少原因", max_length=20, blank=True)
    left_on = models.DateField("减少日期", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["idno_hash"], condition=Q(left_on__isnull=True), name="member_idno_once"
            ),
            models.CheckConstraint(
                name="member_left_with_day",
                condition=Q(left="", left_on__isnull=True)
                | (~Q(left="") & Q(left_on__isnull=False)),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def idno_masked(self) -> str:
        return f"**************{self.idno_tail}"


class Monitoring(models.Model):
    """监测: a household watched from its identification to the elimination of its risk."""

    class Category(models.TextChoices):
        UNSTABLE = "UNSTABLE", "脱贫不稳定户"
        EDGE = "EDGE", "边缘易致贫户"
        SUDDEN = "SUDDEN", "突发严重困难户"

    household = models.ForeignKey(Household, models.PROTECT, related_name="monitorings")
    category = models.CharField("监测对象类别", max_length=8, choices=Category.choices)
    risk = models.CharField("返贫致贫风险", max_length=20)
    identified_on = models.DateField("识别日期")
    eliminated_on = models.DateField("风险消除日期", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["household"],
                condition=Q(eliminated_on__isnull=True),
                name="monitoring_one_open",
            ),
            models.CheckConstraint(
                name="monitoring_category_known",
                condition=Q(category__in=["UNSTABLE", "EDGE", "SUDDEN"]),
            ),
            models.CheckConstraint(
                name="monitoring_period",
                condition=Q(eliminated_on__isnull=True)
                | Q(eliminated_on__gte=models.F("identified_on")),
            ),
        ]
