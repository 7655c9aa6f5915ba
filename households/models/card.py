from django.db import models
from django.db.models import F, Q


class Card(models.Model):
    """明白卡: what a household keeps at its door. The code opens one public page, says nothing
    by itself and cannot be guessed. A lost card is ended, and the next print makes another."""

    class Ended(models.TextChoices):
        LOST = "LOST", "遗失"
        REPLACED = "REPLACED", "损坏换新"

    household = models.ForeignKey("households.Household", models.PROTECT, related_name="cards")
    code = models.CharField(max_length=22, unique=True, db_collation="C")
    issued_on = models.DateField("制卡日期")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    ended_on = models.DateField("作废日期", null=True)
    ended_why = models.CharField("作废原因", max_length=8, choices=Ended.choices, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["household"], condition=Q(ended_on__isnull=True), name="card_one_in_force"
            ),
            models.CheckConstraint(
                name="card_code_unguessable", condition=Q(code__regex=r"^[A-Za-z0-9_-]{22}$")
            ),
            models.CheckConstraint(
                name="card_ended_with_why",
                condition=Q(ended_on__isnull=True, ended_why="")
                | Q(ended_on__gte=F("issued_on"), ended_why__in=["LOST", "REPLACED"]),
            ),
        ]
