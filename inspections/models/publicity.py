"""氛围营造: columns and what appeared in them, and 好经验 whose figures are live rows."""

import uuid6
from django.db import models
from django.db.models import F, Q

KEYS = "甲乙丙丁戊"


class Column(models.Model):
    """专栏: one place in one medium where the county tells of the work."""

    class Medium(models.TextChoices):
        PAPER = "PAPER", "报纸"
        TV = "TV", "电视"
        RADIO = "RADIO", "广播"
        WEB = "WEB", "网站"
        APP = "APP", "公众号和客户端"
        BOARD = "BOARD", "宣传栏"

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    name = models.CharField("专栏", max_length=40)
    medium = models.CharField("媒体类型", max_length=5, choices=Medium.choices)
    outlet = models.CharField("媒体", max_length=40)
    start = models.DateField("开办日期")
    end = models.DateField("停办日期", null=True, help_text="不含当日")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["outlet", "name"], name="column_once"),
            models.CheckConstraint(
                name="column_medium_known",
                condition=Q(medium__in=["PAPER", "TV", "RADIO", "WEB", "APP", "BOARD"]),
            ),
            models.CheckConstraint(
                name="column_period", condition=Q(end__isnull=True) | Q(end__gte=F("start"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.outlet}“{self.name}”"


class MonthPlan(models.Model):
    """How many items a column is to bring in a month. A month that is over keeps its plan (trigger)."""

    column = models.ForeignKey(Column, models.PROTECT, related_name="plans")
    month = models.DateField("月份", help_text="当月 1 日")
    count = models.PositiveSmallIntegerField("计划篇数")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["column", "month"], name="month_plan_once"),
            models.CheckConstraint(name="month_plan_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(name="month_plan_count", condition=Q(count__lte=200)),
        ]


class Article(models.Model):
    """稿件: what really appeared, with where to find it. Struck off, never deleted."""

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    column = models.ForeignKey(Column, models.PROTECT, related_name="articles")
    title = models.CharField("标题", max_length=80)
    published_on = models.DateField("刊播日期")
    link = models.URLField("网址", max_length=300, blank=True)
    place = models.CharField("版面或时段", max_length=60, blank=True)
    practice = models.ForeignKey(
        "inspections.Practice", models.PROTECT, null=True, related_name="articles"
    )
    honour = models.ForeignKey(
        "inspections.Honour", models.PROTECT, null=True, related_name="articles"
    )
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField("登记时间")
    voided_at = models.DateTimeField("作废时间", null=True)
    voided_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    voided_why = models.CharField("作废原因", max_length=100, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-published_on", "-id"], name="article_recent")]
        constraints = [
            models.UniqueConstraint(
                fields=["column", "title", "published_on"],
                condition=Q(voided_at__isnull=True),
                name="article_once",
            ),
            models.CheckConstraint(
                name="article_can_be_found", condition=~Q(link="") | ~Q(place="")
            ),
            models.CheckConstraint(
                name="article_link_is_web", condition=Q(link="") | Q(link__regex="^https?://")
            ),
            models.CheckConstraint(
                name="article_voided_whole",
                condition=Q(voided_at__isnull=True, voided_by__isnull=True, voided_why="")
                | Q(voided_at__isnull=False, voided_by__isnull=False) & ~Q(voided_why=""),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Practice(models.Model):
    """好经验: a text whose figures are marks such as {甲}, each bound to live rows."""

    class Status(models.TextChoices):
        RECOMMENDED = "RECOMMENDED", "待审核"
        RETURNED = "RETURNED", "已退回"
        APPROVED = "APPROVED", "已推广"
        WITHDRAWN = "WITHDRAWN", "已撤下"

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+",
        verbose_name="哪个村",
    )  # fmt: skip
    title = models.CharField("标题", max_length=60)
    text = models.CharField("做法和成效", max_length=3000)
    status = models.CharField(
        "进展", max_length=11, choices=Status.choices, default=Status.RECOMMENDED
    )
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField("报送时间")
    reviewed_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField("审核时间", null=True)
    said = models.CharField("审核意见", max_length=200, blank=True)

    class Meta:
        indexes = [models.Index(fields=["-at", "-id"], name="practice_recent")]
        constraints = [
            models.CheckConstraint(
                name="practice_status_known",
                condition=Q(status__in=["RECOMMENDED", "RETURNED", "APPROVED", "WITHDRAWN"]),
            ),
            models.CheckConstraint(
                name="practice_reviewed_by_another",
                condition=Q(status="RECOMMENDED", reviewed_by__isnull=True)
                | ~Q(status="RECOMMENDED")
                & Q(reviewed_by__isnull=False, reviewed_at__isnull=False)
                & ~Q(reviewed_by=F("by")),
            ),
        ]

    def __str__(self) -> str:
        return self.title


class PracticeFigure(models.Model):
    """A mark of the text and what it counts. Frozen once, at the approval; today's is counted."""

    class Kind(models.TextChoices):
        CLOSED = "CLOSED", "销号的整改事项（件）"
        ON_TIME = "ON_TIME", "按期销号的整改事项（件）"
        TALKED = "TALKED", "入户面谈（次）"
        CAMPAIGN = "CAMPAIGN", "大走访中面谈到的农户（户）"
        LIFTED = "LIFTED", "在册脱贫户（户）"

    practice = models.ForeignKey(Practice, models.PROTECT, related_name="figures")
    key = models.CharField("记号", max_length=1)
    kind = models.CharField("数据", max_length=8, choices=Kind.choices)
    start = models.DateField("从", null=True)
    last = models.DateField("到", null=True, help_text="含当日")
    campaign = models.ForeignKey("households.Campaign", models.PROTECT, null=True, related_name="+")
    frozen = models.PositiveIntegerField("批准时的数", null=True)
    frozen_on = models.DateField("批准日期", null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["practice", "key"], name="figure_key_once"),
            models.CheckConstraint(name="figure_key_known", condition=Q(key__in=list(KEYS))),
            models.CheckConstraint(
                name="figure_says_what",
                condition=Q(
                    kind__in=["CLOSED", "ON_TIME", "TALKED"], start__isnull=False,
                    last__gte=F("start"), campaign__isnull=True,
                )
                | Q(kind="CAMPAIGN", campaign__isnull=False, start__isnull=True, last__isnull=True)
                | Q(kind="LIFTED", campaign__isnull=True, start__isnull=True, last__isnull=True),
            ),
            models.CheckConstraint(
                name="figure_frozen_resolves",
                condition=Q(frozen__isnull=True, frozen_on__isnull=True)
                | Q(frozen__gt=0, frozen_on__isnull=False),
            ),
        ]  # fmt: skip


class PublicPhoto(models.Model):
    """A picture that may be shown: drawn anew from its pixels, so that nothing else of the
    original is kept. Append only."""

    practice = models.ForeignKey(Practice, models.PROTECT, null=True, related_name="photos")
    honour = models.ForeignKey(
        "inspections.Honour", models.PROTECT, null=True, related_name="photos"
    )
    file = models.ForeignKey("cadres.StoredFile", models.PROTECT, related_name="+")
    no_children = models.BooleanField("没有未成年人正面")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="public_photo_of_one",
                condition=Q(practice__isnull=False, honour__isnull=True)
                | Q(practice__isnull=True, honour__isnull=False),
            ),
            models.CheckConstraint(
                name="public_photo_no_children", condition=Q(no_children=True)
            ),
        ]  # fmt: skip
