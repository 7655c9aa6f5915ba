from django.db import models

from yuexi.core.fields import CurrentXact, Xid8Field


class Event(models.Model):
    """One write: who, what, when, from where, before and after. Append only.

    Triggers refuse UPDATE, DELETE and TRUNCATE (migration 0003). `xid8` and `seq` together
    are the delta cursor: read only below pg_snapshot_xmin(), or a writer that commits late
    is passed over. before/after never hold an identity number, not even encrypted.
    """

    class Via(models.TextChoices):
        PAGE = "PAGE", "网页"
        PHONE = "PHONE", "手机"
        API = "API", "系统对接"
        TASK = "TASK", "系统定时"
        IMPORT = "IMPORT", "导入"

    seq = models.BigAutoField(primary_key=True)
    xid8 = Xid8Field(db_default=CurrentXact(), editable=False)
    at = models.DateTimeField("时间")
    actor = models.ForeignKey(
        "cadres.Cadre", models.PROTECT, null=True, verbose_name="操作人", db_index=False
    )
    via = models.CharField("途径", max_length=8, choices=Via.choices)
    request_id = models.CharField(max_length=36, blank=True)
    action = models.CharField("动作", max_length=60)
    kind = models.CharField("对象", max_length=40)
    object_id = models.BigIntegerField()
    area_before = models.CharField(max_length=12, blank=True, db_collation="C")
    area_after = models.CharField(max_length=12, blank=True, db_collation="C")
    before = models.JSONField("之前", default=dict)
    after = models.JSONField("之后", default=dict)

    class Meta:
        indexes = [
            models.Index(fields=["kind", "object_id", "seq"], name="event_by_object"),
            models.Index(fields=["-at", "-seq"], name="event_recent"),
            models.Index(fields=["actor", "-at", "-seq"], name="event_by_actor"),
            models.Index(fields=["action", "-at", "-seq"], name="event_by_action"),
        ]
        constraints = [
            models.CheckConstraint(
                name="event_via_known",
                condition=models.Q(via__in=["PAGE", "PHONE", "API", "TASK", "IMPORT"]),
            )
        ]
