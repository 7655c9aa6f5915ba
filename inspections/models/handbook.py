"""手册: the standards typeset and printed, in the hands of every cadre, signed for one by one."""

from __future__ import annotations

from django.db import models
from django.db.models import F, Q


class Handbook(models.Model):
    """An edition. One is in force; issuing another ends it, and what was signed for it no longer
    counts. Of a row only its end is ever written (trigger)."""

    number = models.PositiveSmallIntegerField("第几版", unique=True)
    title = models.CharField("书名", max_length=60)
    issuer = models.CharField("编印单位", max_length=60)
    issued_on = models.DateField("印发日期")
    issued_by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    file = models.ForeignKey("cadres.StoredFile", models.PROTECT, related_name="+")
    ended_on = models.DateField("停用日期", null=True)
    standards = models.ManyToManyField("inspections.Standard", related_name="+")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["ended_on"], condition=Q(ended_on__isnull=True), name="handbook_one_in_force",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="handbook_named", condition=Q(number__gte=1) & ~Q(title="") & ~Q(issuer="")
            ),
            models.CheckConstraint(
                name="handbook_period",
                condition=Q(ended_on__isnull=True) | Q(ended_on__gte=F("issued_on")),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.title}第 {self.number} 版"


class HandbookPrinting(models.Model):
    """印数: the first printing and each further one. Append only."""

    handbook = models.ForeignKey(Handbook, models.PROTECT, related_name="printings")
    quantity = models.PositiveIntegerField("印数")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(name="printing_some", condition=Q(quantity__gte=1))
        ]  # fmt: skip


class HandbookCopy(models.Model):
    """发放: a copy in a person's hand, for the unit where he works. Who moves brings his own
    along (MOVED) and signs anew. Append only."""

    class Kind(models.TextChoices):
        FIRST = "FIRST", "发放"
        MOVED = "MOVED", "带原册调入"
        REISSUE = "REISSUE", "补发"

    handbook = models.ForeignKey(Handbook, models.PROTECT, related_name="copies")
    cadre = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    unit = models.ForeignKey("cadres.Unit", models.PROTECT, null=True, related_name="+")
    kind = models.CharField(max_length=7, choices=Kind.choices)
    reason = models.CharField("补发原因", max_length=100, blank=True)
    handed_by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    handed_on = models.DateField("发放日期")
    sign_due = models.DateField("签收时限")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["handbook", "cadre", "unit"], condition=~Q(kind="REISSUE"), name="copy_once_a_unit",
                nulls_distinct=False,
            ),
            models.CheckConstraint(
                name="copy_kind_known", condition=Q(kind__in=["FIRST", "MOVED", "REISSUE"])
            ),
            models.CheckConstraint(
                name="copy_reissue_says_why",
                condition=Q(kind="REISSUE") & ~Q(reason="") | ~Q(kind="REISSUE") & Q(reason=""),
            ),
        ]  # fmt: skip


class HandbookReceipt(models.Model):
    """签收, one person one receipt: by himself, or on paper with the page that he signed. One
    page cannot stand for two persons. Append only."""

    class How(models.TextChoices):
        SELF = "SELF", "本人签收"
        PAPER = "PAPER", "纸质签收页"

    handbook = models.ForeignKey(Handbook, models.PROTECT, related_name="receipts")
    cadre = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    unit = models.ForeignKey("cadres.Unit", models.PROTECT, null=True, related_name="+")
    how = models.CharField("方式", max_length=5, choices=How.choices)
    signed_on = models.DateField("签收日期")
    page = models.ForeignKey("cadres.StoredFile", models.PROTECT, null=True, related_name="+")
    page_hash = models.CharField("签收页（SHA-256）", max_length=64, blank=True)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["handbook", "cadre", "unit"], name="receipt_once_a_unit",
                nulls_distinct=False,
            ),
            models.UniqueConstraint(
                fields=["handbook", "page_hash"], condition=~Q(page_hash=""), name="receipt_page_of_one_person"
            ),
            models.CheckConstraint(
                name="receipt_signed_by_the_person",
                condition=Q(how="SELF", by=F("cadre"), page__isnull=True, page_hash="")
                | Q(how="PAPER", page__isnull=False) & ~Q(by=F("cadre")) & ~Q(page_hash=""),
            ),
        ]  # fmt: skip
