from __future__ import annotations

from dataclasses import dataclass

import uuid6
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from cadres.models import Event

# What may be put right afterwards; who, whom and the finding itself never.
CORRECTABLE = {"met": 60, "done": 500, "promise": 200}


@dataclass(frozen=True)
class AsCorrected:
    """A visit as it reads after its 更正, for every page, export and answer."""

    met: str
    done: str
    promise: str
    corrected: bool
    void: bool

    def texts(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in CORRECTABLE}

    @property
    def mark(self) -> str:
        return "作废" if self.void else "更正" if self.corrected else ""


class Visit(models.Model):
    """走访. Append only: what was wrong is corrected beside it and never written over."""

    class Mode(models.TextChoices):
        IN_PERSON = "IN_PERSON", "入户面谈"
        REMOTE = "REMOTE", "电话视频"
        NOBODY = "NOBODY", "外出无人"

    class Purpose(models.TextChoices):
        ROUTINE = "ROUTINE", "日常走访"
        POLICY = "POLICY", "宣讲政策"
        CHECK = "CHECK", "排查风险"
        RECTIFY = "RECTIFY", "核实整改"
        HARDSHIP = "HARDSHIP", "慰问帮困"

    class Change(models.TextChoices):
        PEOPLE = "PEOPLE", "人口"
        WORK = "WORK", "务工"
        SCHOOL = "SCHOOL", "上学"
        HEALTH = "HEALTH", "看病"
        HOUSE = "HOUSE", "住房"
        WATER = "WATER", "饮水"
        INCOME = "INCOME", "收入"

    class Unreached(models.TextChoices):
        """Why nobody was met (A-40). Blank: an older client did not say."""

        AWAY = "AWAY", "整户外出联系不上"
        PHONE = "PHONE", "电话停机或空号"
        EMPTY = "EMPTY", "家中无人"
        OTHER = "OTHER", "其他"

    uid = models.UUIDField(default=uuid6.uuid7, unique=True)
    # Their indexes begin with the same column as one below: each more costs every visit.
    household = models.ForeignKey(
        "households.Household", models.PROTECT, db_index=False, related_name="visits"
    )
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", db_index=False,
        related_name="+", help_text="走访当日的村，以后并村、迁户也不改",
    )  # fmt: skip
    visitor = models.ForeignKey(
        "cadres.Cadre", models.PROTECT, db_index=False, related_name="visits"
    )
    mode = models.CharField("方式", max_length=9, choices=Mode.choices)
    unreached = models.CharField(
        "没见到人的原因", max_length=5, choices=Unreached.choices, blank=True, db_default=""
    )
    unreached_words = models.CharField("原因补充", max_length=60, blank=True, db_default="")
    purposes = ArrayField(models.CharField(max_length=10), verbose_name="目的", default=list)
    met = models.CharField("见到谁", max_length=60, blank=True)
    policies = ArrayField(
        models.CharField(max_length=40), verbose_name="讲了什么政策", default=list
    )
    changes = ArrayField(models.CharField(max_length=8), verbose_name="家里变化", default=list)
    done = models.CharField("办了什么", max_length=500, blank=True)
    promise = models.CharField("答应的事", max_length=200, blank=True)
    occurred_at = models.DateTimeField("走访时间")
    recorded_at = models.DateTimeField("记录时间")
    synced_at = models.DateTimeField("送达时间")
    late_reason = models.CharField("补录原因", max_length=200, blank=True)
    latitude = models.FloatField("纬度（WGS-84）", null=True)
    longitude = models.FloatField("经度（WGS-84）", null=True)
    accuracy = models.FloatField("精度（米）", null=True)
    photo_hashes = ArrayField(
        models.CharField(max_length=64),
        verbose_name="照片（SHA-256）",
        default=list,
        db_default=[],
        help_text="手机上拍的，随后送达",
    )
    signature_hash = models.CharField(
        "户主签字（SHA-256）",
        max_length=64,
        blank=True,
        db_default="",
        help_text="照片里的一张；自愿",
    )
    digest = models.BinaryField("内容摘要", null=True, help_text="同一编号重发时比对内容")
    clock_offset_s = models.IntegerField(
        "手机时钟偏差（秒）", null=True, help_text="超过十分钟才改正：走访和记录时间已加上它"
    )
    flags = ArrayField(
        models.CharField(max_length=12), verbose_name="提示", default=list, db_default=[]
    )
    via = models.CharField("途径", max_length=8, choices=Event.Via.choices, default=Event.Via.PHONE)

    class Flag(models.TextChoices):
        """What a reader should know; never a verdict."""

        CLOSED = "CLOSED", "送达时该户已销户"
        CLOCK = "CLOCK", "手机时钟不准，时间已改正"
        APPROVED = "APPROVED", "经审批收下"

    class Meta:
        indexes = [
            models.Index(fields=["household", "-occurred_at"], name="visit_of_household"),
            models.Index(fields=["-occurred_at", "-id"], name="visit_recent"),
            models.Index(fields=["area", "-occurred_at", "-id"], name="visit_by_area"),
            models.Index(fields=["visitor", "-occurred_at", "-id"], name="visit_by_visitor"),
        ]
        constraints = [
            models.CheckConstraint(
                name="visit_mode_known", condition=Q(mode__in=["IN_PERSON", "REMOTE", "NOBODY"])
            ),
            models.CheckConstraint(
                name="visit_met_somebody",
                condition=Q(mode="NOBODY", met="") | (~Q(mode="NOBODY") & ~Q(met="")),
            ),
            models.CheckConstraint(
                name="visit_unreached_known",
                condition=Q(unreached="", unreached_words="")
                | Q(mode="NOBODY", unreached__in=["AWAY", "PHONE", "EMPTY", "OTHER"]),
            ),
            models.CheckConstraint(
                name="visit_not_before_it_happened",
                condition=Q(recorded_at__gte=F("occurred_at")),
            ),
            models.CheckConstraint(
                name="visit_signature_is_a_photo",
                condition=Q(signature_hash="") | Q(photo_hashes__contains=[F("signature_hash")]),
            ),
            models.CheckConstraint(
                name="visit_whole_position",
                condition=Q(latitude__isnull=True, longitude__isnull=True, accuracy__isnull=True)
                | Q(latitude__range=(-90, 90), longitude__range=(-180, 180), accuracy__gte=0),
            ),
        ]

    @property
    def as_corrected(self) -> AsCorrected:
        """Lists prefetch `corrections`. `said_promise` (households/querysets.py) is the same for
        one field in SQL."""
        made = sorted(self.corrections.all(), key=lambda c: c.pk)
        now = {name: getattr(self, name) for name in CORRECTABLE}
        for correction in made:
            now.update({name: pair[1] for name, pair in correction.values.items()})
        changed = any(c.values for c in made)
        return AsCorrected(**now, corrected=changed, void=any(c.void for c in made))

    @property
    def how(self) -> str:
        """方式 as every page says it, with the reason where nobody was met."""
        why = self.get_unreached_display()
        if self.unreached_words:
            why += f"：{self.unreached_words}"
        return f"{self.get_mode_display()}（{why}）" if why else self.get_mode_display()

    @property
    def late(self) -> bool:
        return bool(self.late_reason)

    @property
    def flag_labels(self) -> list[str]:
        return [str(self.Flag(f).label) for f in self.flags]


class VisitProblem(models.Model):
    """A problem found on a visit, in the visitor's words. Becomes exactly one item."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="problems")
    category = models.CharField("类别", max_length=20)
    text = models.CharField("问题", max_length=500)


class VisitCorrection(models.Model):
    """更正: field → [old, new] with its reason. The old value stays visible."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="corrections")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT)
    at = models.DateTimeField()
    reason = models.CharField("更正原因", max_length=200)
    values = models.JSONField("更正内容")
    void = models.BooleanField("作废", default=False)

    class Meta:
        constraints = [
            models.CheckConstraint(name="correction_has_reason", condition=~Q(reason=""))
        ]


class VisitPhoto(models.Model):
    """A photo of a visit, or the householder's signature, arrived after the text was safe.
    Append only."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="photos")
    file = models.ForeignKey("cadres.StoredFile", models.PROTECT)
    at = models.DateTimeField("送达时间")

    class Meta:
        constraints = [models.UniqueConstraint(fields=["visit", "file"], name="visit_photo_once")]


# What a visit may find different from the roster: field of the household → what it belongs to.
FACTS = {
    "unsafe_house": Visit.Change.HOUSE,
    "safe_water": Visit.Change.WATER,
    "group": Visit.Change.PEOPLE,
}


class VisitFact(models.Model):
    """A field of the household as the visitor found it, beside what his phone had shown him
    (`base`). It changes nothing by itself: 变更待审 shows both sides and a person decides.
    Append only."""

    visit = models.ForeignKey(Visit, models.PROTECT, related_name="facts")
    field = models.CharField(max_length=20)
    base = models.CharField("手机上的旧值", max_length=30, blank=True)
    value = models.CharField("走访看到", max_length=30, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["visit", "field"], name="visit_fact_once"),
            models.CheckConstraint(name="visit_fact_known", condition=Q(field__in=list(FACTS))),
        ]


class HeldVisit(models.Model):
    """走访待定: a record that reached us and cannot become a visit without a person's word.
    Kept as it was sent, so that nothing is lost whatever is decided. Append only."""

    class Why(models.TextChoices):
        CONFLICT = "CONFLICT", "同一编号送来了两份不同的内容"
        LATE = "LATE", "走访过了 72 小时才补录"
        NOT_HELPER = "NOT_HELPER", "走访那天已不是这户的帮扶人"
        ACCOUNT = "ACCOUNT", "走访人的账号已停用"

    uid = models.UUIDField()
    digest = models.BinaryField()
    household = models.ForeignKey("households.Household", models.PROTECT, related_name="+")
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", related_name="+"
    )
    visitor = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    sent_by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    why = models.CharField("原因", max_length=10, choices=Why.choices)
    record = models.JSONField("原样")
    occurred_at = models.DateTimeField("走访时间")
    recorded_at = models.DateTimeField("记录时间")
    clock_offset_s = models.IntegerField(null=True)
    via = models.CharField(max_length=8, choices=Event.Via.choices)
    at = models.DateTimeField("送达时间")

    class Meta:
        indexes = [models.Index(fields=["area", "at", "id"], name="held_by_area")]
        constraints = [
            models.UniqueConstraint(fields=["uid", "digest"], name="held_once"),
            models.CheckConstraint(
                name="held_why_known",
                condition=Q(why__in=["CONFLICT", "LATE", "NOT_HELPER", "ACCOUNT"]),
            ),
        ]


class HeldDecision(models.Model):
    """收下 or 不收, once, by somebody other than the visitor. Append only."""

    held = models.OneToOneField(HeldVisit, models.PROTECT, related_name="decision")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT)
    at = models.DateTimeField()
    said = models.CharField("理由", max_length=200)
    visit = models.OneToOneField(Visit, models.PROTECT, null=True, related_name="held_decision")

    class Meta:
        constraints = [models.CheckConstraint(name="held_says_why", condition=~Q(said=""))]
