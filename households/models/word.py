from django.db import models
from django.db.models import Q


class VisitWord(models.Model):
    """农户的话: whether this visit happened, as the householder says, by the card or through
    the village. Optional, once, append only; nothing is counted from it."""

    class Via(models.TextChoices):
        CARD = "CARD", "扫明白卡"
        VILLAGE = "VILLAGE", "村里代记"

    visit = models.OneToOneField("households.Visit", models.PROTECT, related_name="word")
    came = models.BooleanField("来过")
    said = models.CharField("原话", max_length=200, blank=True)
    via = models.CharField("途径", max_length=7, choices=Via.choices)
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="word_written_by_the_village",
                condition=Q(via="CARD", by__isnull=True) | Q(via="VILLAGE", by__isnull=False),
            )
        ]
