from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from cadres.models.proposed import Proposed, period, two_persons


class Ruling(Proposed):
    """口径裁定: what the county answers, signed and dated, to one of the questions that the
    documents leave open (cadres/rulings.py). Of a question one answer is in force on any day;
    where there is none, figures stand without a verdict: 无现行口径."""

    question = models.CharField("问题", max_length=20)
    text = models.CharField("裁定内容", max_length=500)
    signed_by = models.CharField("签发人", max_length=30)
    values = models.JSONField("取值", default=dict)
    scan = models.ForeignKey("cadres.StoredFile", models.PROTECT, null=True, related_name="+", verbose_name="签字件")  # fmt: skip

    class Meta:
        constraints = [
            *two_persons("ruling"),
            models.CheckConstraint(
                name="ruling_says_what",
                condition=~Q(text="") & ~Q(signed_by="") & ~Q(document_no=""),
            ),
            models.UniqueConstraint(
                fields=["question"], condition=Q(status="WAITS"), name="ruling_one_waits"
            ),
            ExclusionConstraint(
                name="ruling_one_in_force",
                expressions=[
                    (F("question"), RangeOperators.EQUAL),
                    (period(), RangeOperators.OVERLAPS),
                ],
                condition=Q(status="ACCEPTED"),
            ),
        ]

    def __str__(self) -> str:
        return f"口径裁定 {self.document_no}"
