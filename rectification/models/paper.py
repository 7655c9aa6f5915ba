from __future__ import annotations

import uuid6
from django.db import models
from django.db.models import Q

from rectification.papers.kinds import CHOICES, KINDS

STATES = {"DRAFT": "送审稿", "ISSUED": "已签发", "WITHDRAWN": "已撤回"}


class PaperSeries(models.Model):
    """The last number given of a kind in a year. Its row lock makes numbers without gaps, a
    trigger lets it go up by one and no other way."""

    kind = models.CharField(max_length=10, choices=CHOICES)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "year"], name="paper_series_once")]


class PaperTemplate(models.Model):
    """A template as one person handed it in; without a file it is the product's own. In force
    when another person took it. Append only."""

    kind = models.CharField("文书", max_length=10, choices=CHOICES)
    version = models.PositiveIntegerField("版本")
    file = models.ForeignKey("cadres.StoredFile", models.PROTECT, null=True, related_name="+")
    note = models.CharField("改了什么", max_length=200)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["kind", "version"], name="template_version_once"),
            models.CheckConstraint(name="template_kind_known", condition=Q(kind__in=list(KINDS))),
            models.CheckConstraint(name="template_version_positive", condition=Q(version__gt=0)),
            models.CheckConstraint(name="template_has_note", condition=~Q(note="")),
        ]


class TemplateDecision(models.Model):
    """Whether a template came into force: by another person than its uploader (trigger)."""

    template = models.OneToOneField(PaperTemplate, models.PROTECT, related_name="decision")
    taken = models.BooleanField("启用")
    reason = models.CharField("原因", max_length=200, blank=True)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="template_refused_with_reason", condition=Q(taken=True) | ~Q(reason="")
            )
        ]


class Paper(models.Model):
    """文书: what stood in the facts on its day, and the file made of it. Append only, so that no
    later change of an item reaches a paper that was made."""

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    kind = models.CharField("文书", max_length=10, choices=CHOICES)
    number = models.CharField("编号", max_length=24, unique=True)
    title = models.CharField("标题", max_length=120)
    dispatch = models.ForeignKey(
        "rectification.Dispatch", models.PROTECT, null=True, related_name="papers"
    )
    facts = models.JSONField("事实")
    template = models.ForeignKey(
        PaperTemplate, models.PROTECT, null=True, related_name="+", help_text="空为标准模板"
    )
    template_file = models.ForeignKey("cadres.StoredFile", models.PROTECT, related_name="+")
    file = models.ForeignKey("cadres.StoredFile", models.PROTECT, related_name="+")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField("起草时间")
    items = models.ManyToManyField("rectification.Item", through="PaperItem", related_name="papers")

    class Meta:
        indexes = [models.Index(fields=["kind", "at", "id"], name="paper_by_kind")]
        constraints = [
            models.CheckConstraint(name="paper_kind_known", condition=Q(kind__in=list(KINDS))),
            models.CheckConstraint(
                name="paper_has_number", condition=~Q(number="") & ~Q(title="")
            ),
            models.CheckConstraint(
                name="paper_of_dispatch",
                condition=Q(kind="DISPATCH", dispatch__isnull=False)
                | ~Q(kind="DISPATCH") & Q(dispatch__isnull=True),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.number}"

    veiled = 0  # of its items, those that this reader may not know what they are about

    @property
    def state(self) -> str:
        decision = getattr(self, "decision", None)
        return decision.outcome if decision else "DRAFT"

    @property
    def issued(self) -> PaperDecision | None:
        return self.decision if self.state == "ISSUED" else None

    @property
    def state_label(self) -> str:
        return STATES[self.state]


class PaperItem(models.Model):
    paper = models.ForeignKey(Paper, models.PROTECT, related_name="links")
    item = models.ForeignKey("rectification.Item", models.PROTECT, related_name="paper_links")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["paper", "item"], name="paper_item_once")
        ]  # fmt: skip


class PaperDecision(models.Model):
    """签发 or 撤回, once. 文号 and 签发人 come from the office's register. Append only."""

    paper = models.OneToOneField(Paper, models.PROTECT, related_name="decision")
    outcome = models.CharField(
        max_length=9, choices=[(s, STATES[s]) for s in ("ISSUED", "WITHDRAWN")]
    )
    document_no = models.CharField("文号", max_length=40, blank=True)
    signed_off_by = models.CharField("签发人", max_length=20, blank=True)
    reason = models.CharField("撤回原因", max_length=200, blank=True)
    file = models.ForeignKey("cadres.StoredFile", models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["document_no"], condition=~Q(document_no=""), name="paper_document_no_once"
            ),
            models.CheckConstraint(
                name="paper_decision_complete",
                condition=Q(outcome="ISSUED", file__isnull=False, reason="") & ~Q(signed_off_by="")
                | Q(outcome="WITHDRAWN", file__isnull=True, document_no="", signed_off_by="")
                & ~Q(reason=""),
            ),
        ]  # fmt: skip


class PaperScan(models.Model):
    """The sealed copy, scanned in: of an issued paper alone (trigger). Append only."""

    paper = models.ForeignKey(Paper, models.PROTECT, related_name="scans")
    file = models.ForeignKey("cadres.StoredFile", models.PROTECT, related_name="+")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["paper", "file"], name="paper_scan_once")]
