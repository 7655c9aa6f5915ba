"""典型 of cadres (A-48) and of households (A-49), and the written consent that the latter rests on."""

from __future__ import annotations

from datetime import date, timedelta

import uuid6
from django.db import models
from django.db.models import F, Q

LIVE = ("NOTICE", "PUBLISHED")
OPEN = ("RECOMMENDED", "REVIEWED", *LIVE)


class Consent(models.Model):
    """授权书: what a household allowed in writing, each thing on its own, until a day; revoked at
    any time. Nothing else of it ever changes (trigger)."""

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    household = models.ForeignKey("households.Household", models.PROTECT, related_name="consents")
    signed_by = models.CharField("签字人", max_length=60)
    photo = models.BooleanField("照片")
    name = models.BooleanField("真实姓名")
    story = models.BooleanField("事迹")
    health = models.BooleanField("健康情况")
    start = models.DateField("签字日期")
    end = models.DateField("有效期止", help_text="不含当日")
    file = models.ForeignKey("cadres.StoredFile", models.PROTECT, related_name="+")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField("登记时间")
    revoked_on = models.DateField("撤回日期", null=True)
    revoked_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")

    class Meta:
        indexes = [models.Index(fields=["-start", "-id"], name="consent_recent")]
        constraints = [
            models.CheckConstraint(name="consent_period", condition=Q(end__gt=F("start"))),
            models.CheckConstraint(
                name="consent_to_something",
                condition=Q(photo=True) | Q(name=True) | Q(story=True) | Q(health=True),
            ),
            models.CheckConstraint(name="consent_signed", condition=~Q(signed_by="")),
            models.CheckConstraint(
                name="consent_revoked_whole",
                condition=Q(revoked_on__isnull=True, revoked_by__isnull=True)
                | Q(revoked_on__gte=F("start"), revoked_by__isnull=False),
            ),
        ]

    @property
    def last_day(self) -> date:
        return self.end - timedelta(days=1)

    def scope(self) -> list[str]:
        named = {"photo": "照片", "name": "真实姓名", "story": "事迹", "health": "健康情况"}
        return [label for field, label in named.items() if getattr(self, field)]

    def state(self, today: date) -> str:
        if self.revoked_on:
            return "已撤回"
        return "有效" if self.start <= today < self.end else "已到期"


class Honour(models.Model):
    """典型: recommended, reviewed, 公示, published, withdrawn. What has been reviewed stays as it
    was reviewed (trigger)."""

    class Kind(models.TextChoices):
        CADRE = "CADRE", "干部典型"
        HOUSEHOLD = "HOUSEHOLD", "脱贫典型"

    class Status(models.TextChoices):
        RECOMMENDED = "RECOMMENDED", "待审核"
        RETURNED = "RETURNED", "已退回"
        REVIEWED = "REVIEWED", "审核通过"
        NOTICE = "NOTICE", "公示中"
        PUBLISHED = "PUBLISHED", "已发布"
        WITHDRAWN = "WITHDRAWN", "已撤销"

    class Masking(models.TextChoices):
        SURNAME = "SURNAME", "只留姓（张某某）"
        HIDDEN = "HIDDEN", "不出现姓名（某户）"
        FULL = "FULL", "真实姓名（授权书须同意）"

    class Why(models.TextChoices):
        CONSENT = "CONSENT", "授权撤回"
        CHECKED = "CHECKED", "核实后撤销"
        OBJECTION = "OBJECTION", "公示异议成立"
        OTHER = "OTHER", "其他原因"

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    kind = models.CharField("类别", max_length=9, choices=Kind.choices)
    cadre = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    household = models.ForeignKey(
        "households.Household", models.PROTECT, null=True, related_name="honours"
    )
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+"
    )
    title = models.CharField("标题", max_length=60)
    deed = models.CharField("事迹", max_length=2000)
    masking = models.CharField("姓名怎么出现", max_length=7, choices=Masking.choices, blank=True)
    tells_health = models.BooleanField("事迹写到健康或残疾", default=False)
    consent = models.ForeignKey(Consent, models.PROTECT, null=True, related_name="honours")
    status = models.CharField(
        "进展", max_length=11, choices=Status.choices, default=Status.RECOMMENDED
    )
    recommended_by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    recommended_at = models.DateTimeField("推荐时间")
    reviewed_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    reviewed_at = models.DateTimeField("审核时间", null=True)
    contact = models.CharField("受理公示意见", max_length=60, blank=True)
    notice_from = models.DateField("公示起", null=True)
    notice_until = models.DateField("公示止", null=True, help_text="含当日")
    published_on = models.DateField("发布日期", null=True)
    withdrawn_on = models.DateField("撤销日期", null=True)
    withdrawn_why = models.CharField("撤销原因", max_length=9, choices=Why.choices, blank=True)

    class Meta:
        indexes = [
            models.Index(fields=["-recommended_at", "-id"], name="honour_recent"),
            models.Index(fields=["status", "notice_until"], name="honour_clock"),
        ]
        constraints = [
            models.CheckConstraint(
                name="honour_of_one",
                condition=Q(
                    kind="CADRE", cadre__isnull=False, household__isnull=True, masking="",
                    consent__isnull=True, tells_health=False,
                )
                | Q(
                    kind="HOUSEHOLD", cadre__isnull=True, household__isnull=False,
                    masking__in=["SURNAME", "HIDDEN", "FULL"],
                ),
            ),
            models.CheckConstraint(
                name="honour_not_oneself",
                condition=Q(cadre__isnull=True)
                | ~Q(cadre=F("recommended_by"))
                & (Q(reviewed_by__isnull=True) | ~Q(cadre=F("reviewed_by"))),
            ),
            models.CheckConstraint(
                name="honour_reviewed_by_another",
                condition=Q(reviewed_by__isnull=True) | ~Q(reviewed_by=F("recommended_by")),
            ),
            models.CheckConstraint(
                name="honour_status_whole",
                condition=Q(status__in=["RECOMMENDED", "RETURNED"], notice_from__isnull=True, published_on__isnull=True, withdrawn_on__isnull=True)
                | Q(status="REVIEWED", reviewed_by__isnull=False, reviewed_at__isnull=False, notice_from__isnull=True, withdrawn_on__isnull=True)
                | Q(status="NOTICE", reviewed_by__isnull=False, notice_from__isnull=False, notice_until__gte=F("notice_from"), published_on__isnull=True, withdrawn_on__isnull=True) & ~Q(contact="")
                | Q(status="PUBLISHED", reviewed_by__isnull=False, published_on__gt=F("notice_until"), withdrawn_on__isnull=True)
                | Q(status="WITHDRAWN", notice_from__isnull=False, withdrawn_on__isnull=False, withdrawn_why__in=["CONSENT", "CHECKED", "OBJECTION", "OTHER"]),
            ),
            models.UniqueConstraint(
                fields=["cadre"], condition=Q(status__in=OPEN), name="honour_open_once_cadre"
            ),
            models.UniqueConstraint(
                fields=["household"], condition=Q(status__in=OPEN), name="honour_open_once_household"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.title


class HonourStep(models.Model):
    """What was done with a 典型, in its order. Append only. Opinions and objections stand here
    and write no event: the ordinary log is read by more people than may know of them."""

    class Kind(models.TextChoices):
        RECOMMEND = "RECOMMEND", "推荐"
        REVIEW = "REVIEW", "审核通过"
        RETURN = "RETURN", "退回"
        ASK = "ASK", "再次征求纪委监委意见"
        CLEAR = "CLEAR", "纪委监委：没有不同意见"
        HOLD = "HOLD", "纪委监委：暂缓"
        NOTICE = "NOTICE", "公示"
        OBJECTION = "OBJECTION", "收到公示意见"
        ANSWER = "ANSWER", "公示意见已核实"
        PUBLISH = "PUBLISH", "发布"
        WITHDRAW = "WITHDRAW", "撤销"

    honour = models.ForeignKey(Honour, models.PROTECT, related_name="steps")
    kind = models.CharField("做了什么", max_length=9, choices=Kind.choices)
    said = models.CharField("说明", max_length=300, blank=True)
    document_no = models.CharField("文号", max_length=40, blank=True)
    answers = models.OneToOneField("self", models.PROTECT, null=True, related_name="answer")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        indexes = [models.Index(fields=["honour", "id"], name="honour_steps")]
        constraints = [
            models.CheckConstraint(
                name="honour_step_known",
                condition=Q(kind__in=["RECOMMEND", "REVIEW", "RETURN", "ASK", "CLEAR", "HOLD", "NOTICE", "OBJECTION", "ANSWER", "PUBLISH", "WITHDRAW"]),
            ),
            models.CheckConstraint(
                name="honour_step_says",
                condition=~Q(kind__in=["RETURN", "OBJECTION", "ANSWER", "WITHDRAW"]) | ~Q(said=""),
            ),
            models.CheckConstraint(
                name="honour_answer_of_one",
                condition=Q(kind="ANSWER", answers__isnull=False)
                | ~Q(kind="ANSWER") & Q(answers__isnull=True),
            ),
        ]  # fmt: skip
