from django.db import models
from django.db.models import Q


class SentVerb(models.Model):
    """What a township's system did on an item for the person in charge: which system, with which
    key of its own, and what it sent. Its key makes a resend find the first one. Append only."""

    system = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    key = models.UUIDField("对接系统的编号")
    item = models.ForeignKey("rectification.Item", models.PROTECT, related_name="sent_verbs")
    verb = models.CharField("动作", max_length=10)
    person = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    digest = models.CharField("内容摘要", max_length=64)
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["system", "key"], name="sent_verb_once"),
            models.CheckConstraint(
                name="sent_verb_known",
                condition=Q(verb__in=["sign", "decline", "plan", "report", "evidence", "apply"]),
            ),
        ]
