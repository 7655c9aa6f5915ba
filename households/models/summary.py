"""Sums over standing visits, kept by the database at the leaf and added up when read. Triggers
alone write them (households/summaries.py); the application's role may not."""

from __future__ import annotations

from django.db import models

from households.models.household import Household


class VillageDay(models.Model):
    """How many visits a village had on one day, by mode. A row for the county or a township
    would make all phones wait for each other."""

    pk = models.CompositePrimaryKey("day", "area_id")
    area = models.ForeignKey(
        "cadres.Area", models.PROTECT, to_field="code", db_column="area_code", db_index=False,
        related_name="+",
    )  # fmt: skip
    day = models.DateField("走访日期")
    in_person = models.IntegerField("入户面谈")
    remote = models.IntegerField("电话视频")
    nobody = models.IntegerField("外出无人")

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="village_day_not_negative",
                condition=models.Q(in_person__gte=0, remote__gte=0, nobody__gte=0),
            )
        ]


class LastVisit(models.Model):
    """When a household was last visited, by mode; null: never that way."""

    household = models.OneToOneField(
        Household, models.PROTECT, primary_key=True, related_name="latest_by_mode"
    )
    in_person = models.DateTimeField("最近入户面谈", null=True)
    remote = models.DateTimeField("最近电话视频", null=True)
    nobody = models.DateTimeField("最近外出无人", null=True)
