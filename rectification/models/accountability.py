import uuid6
from django.db import models
from django.db.models import Q


class Accountability(models.Model):
    """问责线索: proposed by the system with the chain of facts, decided by 纪委监委 alone. Kept are
    occasion, decision and number; the content of a case never. All three are append only."""

    class Occasion(models.TextChoices):
        IDLE = "IDLE", "逾期且没有任何进展"
        FAILED = "FAILED", "两次以上检查没有通过"
        REBOUND = "REBOUND", "回头看期内反弹"

    uid = models.UUIDField(default=uuid6.uuid7, unique=True, editable=False)
    item = models.ForeignKey("rectification.Item", models.PROTECT, related_name="accountabilities")
    occasion = models.CharField("缘由", max_length=7, choices=Occasion.choices)
    cycle = models.PositiveSmallIntegerField("第几次反弹")
    at = models.DateTimeField("提出时间")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["item", "occasion", "cycle"], name="accountability_once"
            ),
            models.CheckConstraint(
                name="accountability_occasion_known",
                condition=Q(occasion__in=["IDLE", "FAILED", "REBOUND"]),
            ),
        ]


class AccountabilityDecision(models.Model):
    class Outcome(models.TextChoices):
        NONE = "NONE", "不予问责"
        REMIND = "REMIND", "提醒谈话"
        TALK = "TALK", "约谈"
        NOTICE = "NOTICE", "通报"
        CASE = "CASE", "移交处理"

    accountability = models.OneToOneField(Accountability, models.PROTECT, related_name="decision")
    outcome = models.CharField("结果", max_length=6, choices=Outcome.choices)
    document_no = models.CharField("文号", max_length=40, blank=True)
    heard_on = models.DateField("听取本人说明的日期")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="accountability_outcome_known",
                condition=Q(outcome="NONE")
                | Q(outcome__in=["REMIND", "TALK", "NOTICE", "CASE"]) & ~Q(document_no=""),
            )
        ]


class Appeal(models.Model):
    """申诉: that it was made, and what became of it, each as a line of its own."""

    class Outcome(models.TextChoices):
        MADE = "MADE", "已提出"
        UPHELD = "UPHELD", "维持"
        CHANGED = "CHANGED", "变更"
        REVOKED = "REVOKED", "撤销"

    decision = models.ForeignKey(AccountabilityDecision, models.PROTECT, related_name="appeals")
    on = models.DateField("日期")
    outcome = models.CharField("申诉情况", max_length=7, choices=Outcome.choices)
    document_no = models.CharField("文号", max_length=40, blank=True)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="appeal_outcome_known",
                condition=Q(outcome__in=["MADE", "UPHELD", "CHANGED", "REVOKED"]),
            ),
            models.UniqueConstraint(
                fields=["decision"], condition=Q(outcome="MADE"), name="appeal_made_once"
            ),
            models.UniqueConstraint(
                fields=["decision"], condition=~Q(outcome="MADE"), name="appeal_result_once"
            ),
        ]
