from django.db import models
from django.db.models import Q


class Extension(models.Model):
    """延期 as it was asked: once for an item, before its deadline, by its person, and never longer
    than the time that it was given first (trigger). Append only: it stays in sight for ever."""

    item = models.OneToOneField("rectification.Item", models.PROTECT, related_name="extension")
    days = models.PositiveSmallIntegerField("延长的工作日")
    deadline = models.DateField("申请时的期限")
    reason = models.CharField("延期理由", max_length=300)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField("申请时间")
    due = models.DateField("审批时限")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="extension_says_why", condition=~Q(reason="") & Q(days__gte=1)
            )
        ]


class ExtensionDecision(models.Model):
    """Granted or refused, one level above the lead unit. Append only."""

    extension = models.OneToOneField(Extension, models.PROTECT, related_name="decision")
    granted = models.BooleanField("同意")
    opinion = models.CharField("审批意见", max_length=300)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField("审批时间")

    class Meta:
        constraints = [
            models.CheckConstraint(name="extension_decision_says_why", condition=~Q(opinion=""))
        ]
