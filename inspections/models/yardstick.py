"""口径: by which signed document a rate is judged, and from which day."""

from __future__ import annotations

from datetime import date, timedelta

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import RangeOperators
from django.db import models
from django.db.models import F, Q

from households.models.assignment import PERIOD


class Yardstick(models.Model):
    """One value on one day (half-open, open at the end). Put in force by a second person; without
    a document there is none."""

    class Code(models.TextChoices):
        POVERTY_MAX = "POVERTY_MAX", "综合贫困发生率上限"
        WRONG_MAX = "WRONG_MAX", "脱贫人口错退率上限"
        MISSED_MAX = "MISSED_MAX", "贫困人口漏评率上限"
        APPROVAL_MIN = "APPROVAL_MIN", "群众认可度下限"
        STRICT = "STRICT", "三率正好等于上限时"
        MISSED_DENOMINATOR = "MISSED_DENOMINATOR", "漏评率的分母"
        RURAL_PEOPLE = "RURAL_PEOPLE", "农村（农业户籍）人口"

    code = models.CharField("口径", max_length=20, choices=Code.choices)
    value = models.CharField("取值", max_length=20)
    document_no = models.CharField("依据文号", max_length=40)
    document = models.CharField("依据文件", max_length=100)
    start = models.DateField("起用日期")
    end = models.DateField("停用日期", null=True, help_text="不含当日")
    by = models.ForeignKey("cadres.Cadre", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    confirmed_by = models.ForeignKey("cadres.Cadre", models.PROTECT, null=True, related_name="+")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                name="yardstick_value_fits",
                condition=Q(code__in=["POVERTY_MAX", "WRONG_MAX", "MISSED_MAX", "APPROVAL_MIN"], value__regex=r"^(0|[1-9][0-9]{0,3}|10000)$")
                | Q(code="STRICT", value__in=["0", "1"])
                | Q(code="MISSED_DENOMINATOR", value__in=["ASKED", "VILLAGES"])
                | Q(code="RURAL_PEOPLE", value__regex=r"^[1-9][0-9]{0,8}$"),
            ),
            models.CheckConstraint(
                name="yardstick_has_document", condition=~Q(document_no="") & ~Q(document="")
            ),
            models.CheckConstraint(
                name="yardstick_period", condition=Q(end__isnull=True) | Q(end__gt=F("start"))
            ),
            models.CheckConstraint(
                name="yardstick_second_person",
                condition=Q(confirmed_by__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_by__isnull=False, confirmed_at__isnull=False) & ~Q(confirmed_by=F("by")),
            ),
            ExclusionConstraint(
                name="yardstick_one_at_a_time",
                expressions=[(F("code"), RangeOperators.EQUAL), (PERIOD, RangeOperators.OVERLAPS)],
                condition=Q(confirmed_by__isnull=False),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_code_display()} {self.words}"

    @property
    def words(self) -> str:
        if self.code == self.Code.STRICT:
            return "按不符合判" if self.value == "1" else "按符合判"
        if self.code == self.Code.MISSED_DENOMINATOR:
            return {"ASKED": "抽查的非建档立卡人口", "VILLAGES": "抽查村未建档立卡农村人口"}[self.value]  # fmt: skip
        if self.code == self.Code.RURAL_PEOPLE:
            return f"{int(self.value):,} 人"
        return f"{int(self.value) / 100:.2f}%"

    @property
    def last_day(self) -> date | None:
        return self.end and self.end - timedelta(days=1)

    def state(self, today: date) -> str:
        if self.confirmed_by_id is None:
            return "待确认"
        if self.end and self.end <= today:
            return "已停用"
        return "未起用" if self.start > today else "现行"
