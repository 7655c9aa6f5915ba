from django.db import models
from django.db.models import Q

from rectification.workflow import RED_LINES


class RedLineReport(models.Model):
    """反映红线问题. Who reported and what he wrote are encrypted, the day has no hour: whoever
    reads the tables, a backup or the log learns that there was a report and not whose. Append
    only. `no` is the item's count of times that it left the ordinary path."""

    item = models.ForeignKey("rectification.Item", models.PROTECT, related_name="red_reports")
    no = models.PositiveSmallIntegerField()
    line = models.CharField("哪条红线", max_length=8, choices=list(RED_LINES.items()))
    said = models.BinaryField("反映内容（密文）")
    reporter = models.BinaryField("反映人（密文）")
    on = models.DateField("反映日期")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="red_report_line_known", condition=Q(line__in=list(RED_LINES))
            )
        ]


class RedLineOpening(models.Model):
    """纪委监委 looked at who reported. Append only."""

    report = models.ForeignKey(RedLineReport, models.PROTECT, related_name="openings")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()


class RedLineDecision(models.Model):
    """What 纪委监委 decided of an item: back to the ordinary path, or ended there. Its status and
    number alone; the case itself is never kept here. Append only."""

    class Outcome(models.TextChoices):
        RETURNED = "RETURNED", "退回普通流程"
        ENDED = "ENDED", "纪委监委已办结"

    item = models.ForeignKey("rectification.Item", models.PROTECT, related_name="red_decisions")
    no = models.PositiveSmallIntegerField()
    outcome = models.CharField("结果", max_length=8, choices=Outcome.choices)
    document_no = models.CharField("文号", max_length=40, blank=True)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["item", "no"], name="red_decision_once"),
            models.CheckConstraint(
                name="red_decision_with_number",
                condition=Q(outcome="RETURNED") | Q(outcome="ENDED") & ~Q(document_no=""),
            ),
        ]
