from django.db import models
from django.db.models import Q


class Notice(models.Model):
    """提醒: one row per (subject, rule, day, recipient), so that four sweeps leave one."""

    class Level(models.TextChoices):
        RED = "A_RED", "逾期"
        AMBER = "B_AMBER", "即将到期"
        PLAIN = "C_PLAIN", "一般"

    recipient = models.ForeignKey("cadres.Cadre", models.PROTECT)
    subject_kind = models.CharField(max_length=20)
    subject_id = models.BigIntegerField()
    rule = models.CharField("规则", max_length=30)
    day = models.DateField("日期")
    level = models.CharField(max_length=8, choices=Level.choices)
    text = models.CharField("内容", max_length=200)
    path = models.CharField("去处", max_length=120)
    at = models.DateTimeField()
    read_at = models.DateTimeField("已读", null=True)
    acked_at = models.DateTimeField("知悉", null=True)

    class Meta:
        indexes = [
            models.Index(fields=["recipient", "-day", "level", "-id"], name="notice_inbox"),
            models.Index(
                fields=["recipient"], condition=Q(read_at__isnull=True), name="notice_unread"
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "rule", "day", "recipient"],
                name="notice_once_a_day",
            ),
            models.CheckConstraint(
                name="notice_level_known", condition=Q(level__in=["A_RED", "B_AMBER", "C_PLAIN"])
            ),
            models.CheckConstraint(
                name="notice_acked_is_red_and_read",
                condition=Q(acked_at__isnull=True) | Q(level="A_RED", read_at__isnull=False),
            ),
        ]


class DigestDay(models.Model):
    """The one digest of a person and a day was sent."""

    recipient = models.ForeignKey("cadres.Cadre", models.PROTECT)
    day = models.DateField()
    red = models.PositiveIntegerField()
    total = models.PositiveIntegerField()
    sent_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["recipient", "day"], name="digest_once_a_day"),
            models.CheckConstraint(name="digest_never_empty", condition=Q(total__gt=0)),
        ]
