from django.db import models
from django.db.models import F, Q


class RuleSet(models.Model):
    """提醒规则: one version of what the clock says, when and to whom, and of the lengths it
    counts. Proposed by one person, put in force by a second of another role from a day to come.
    Never changed or deleted; a trigger lets it be decided once (cadres/sql.py)."""

    class Status(models.TextChoices):
        WAITS = "WAITS", "待确认"
        ACCEPTED = "ACCEPTED", "已确认"
        REFUSED = "REFUSED", "退回"
        WITHDRAWN = "WITHDRAWN", "撤回"

    values = models.JSONField("规则")
    start = models.DateField("生效日期")
    why = models.CharField("修改理由", max_length=200)
    proposed_by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+", verbose_name="提出人")  # fmt: skip
    proposed_at = models.DateTimeField("提出时间")
    status = models.CharField("状态", max_length=9, choices=Status.choices, default=Status.WAITS)
    decided_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+", verbose_name="确认人")  # fmt: skip
    decided_at = models.DateTimeField("确认时间", null=True)
    said = models.CharField("意见", max_length=200, blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="rules_status_known",
                condition=Q(status__in=["WAITS", "ACCEPTED", "REFUSED", "WITHDRAWN"]),
            ),
            models.CheckConstraint(name="rules_say_why", condition=~Q(why="")),
            models.CheckConstraint(
                name="rules_decided_by_somebody",
                condition=Q(status="WAITS", decided_by__isnull=True, decided_at__isnull=True)
                | ~Q(status="WAITS") & Q(decided_by__isnull=False, decided_at__isnull=False),
            ),
            models.CheckConstraint(
                name="rules_confirmed_by_another",
                condition=~Q(status__in=["ACCEPTED", "REFUSED"]) | ~Q(decided_by=F("proposed_by")),
            ),
            models.UniqueConstraint(
                fields=["status"], condition=Q(status="WAITS"), name="rules_one_waits"
            ),
            models.UniqueConstraint(
                fields=["start"], condition=Q(status="ACCEPTED"), name="rules_one_from_a_day"
            ),
        ]

    def __str__(self) -> str:
        return f"第 {self.pk} 版"
