from django.db import models
from django.db.models import Q


class Extension(models.Model):
    """延期 as it was asked: before its deadline, by its person, and never longer than the time that
    it was given first (trigger). Granted once; a refused one may be asked once more with new
    reasons. Append only: all of it stays in sight for ever."""

    item = models.ForeignKey("rectification.Item", models.PROTECT, related_name="extensions")
    no = models.PositiveSmallIntegerField("第几次申请", default=1)
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
            ),
            models.UniqueConstraint(fields=["item", "no"], name="extension_once"),
            models.CheckConstraint(name="extension_twice_at_most", condition=Q(no__in=[1, 2])),
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
