import uuid6
from django.db import models
from django.db.models import F, Q


class ImportRun(models.Model):
    """One uploaded workbook on its way in: checked, shown, and applied when its owner says so.

    checked = created + updated + unchanged + refused, by CHECK, once the check is done.
    """

    class Status(models.TextChoices):
        CHECKING = "CHECKING", "正在检查"
        READY = "READY", "等您确认"
        APPLYING = "APPLYING", "正在导入"
        DONE = "DONE", "已导入"
        FAILED = "FAILED", "无法读取"
        DROPPED = "DROPPED", "已放弃"

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    kind = models.CharField("内容", max_length=20)
    file = models.ForeignKey("cadres.StoredFile", models.PROTECT, related_name="+")
    answer = models.ForeignKey("cadres.StoredFile", models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT)
    at = models.DateTimeField()
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.CHECKING)
    message = models.CharField("说明", max_length=200, blank=True)
    seen = models.PositiveIntegerField("已检查行数", default=0)
    total = models.PositiveIntegerField("总行数", default=0)
    created = models.PositiveIntegerField("新增", default=0)
    updated = models.PositiveIntegerField("更新", default=0)
    unchanged = models.PositiveIntegerField("无变化", default=0)
    refused = models.PositiveIntegerField("未通过", default=0)
    details = models.JSONField("上传时填写的", default=dict, db_default={})
    reasons = models.JSONField(default=dict, help_text="行号 → 原因；花名册的原因在暂存表")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="import_status_known",
                condition=Q(
                    status__in=["CHECKING", "READY", "APPLYING", "DONE", "FAILED", "DROPPED"]
                ),
            ),
            models.CheckConstraint(
                name="import_sum",
                condition=~Q(status__in=["READY", "APPLYING", "DONE"])
                | Q(total=F("created") + F("updated") + F("unchanged") + F("refused")),
            ),
        ]

    @property
    def percent(self) -> int:
        return self.seen * 100 // self.total if self.total else 0


class RowChange(models.Model):
    """What a bulk import changed in one row: field → [before, after]. Append only."""

    event = models.ForeignKey("cadres.Event", models.PROTECT)
    kind = models.CharField(max_length=40)
    object_id = models.BigIntegerField()
    changes = models.JSONField()

    class Meta:
        indexes = [models.Index(fields=["kind", "object_id"], name="rowchange_by_object")]
