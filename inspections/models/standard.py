"""验收标准: what a household, a village and the county have to reach, as dated versions."""

from __future__ import annotations

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, RangeOperators
from django.db import models
from django.db.models import F, Q

from cadres.models.proposed import Proposed, period, two_persons

MANUAL, RATE = "MANUAL", "RATE"


class Standard(Proposed):
    """One version of the standard of a level. Of a level one is in force on any day."""

    class Level(models.TextChoices):
        HOUSEHOLD = "HOUSEHOLD", "农户"
        VILLAGE = "VILLAGE", "村"
        COUNTY = "COUNTY", "县"

    level = models.CharField("适用对象", max_length=9, choices=Level.choices)
    number = models.PositiveSmallIntegerField("第几版", default=1, help_text="每一级各自编号")
    name = models.CharField("名称", max_length=60)
    basis = models.CharField("依据文件", max_length=120, blank=True)
    why = models.CharField("提出理由", max_length=200)

    class Meta:
        constraints = [
            *two_persons("standard"),
            models.CheckConstraint(
                name="standard_level_known",
                condition=Q(level__in=["HOUSEHOLD", "VILLAGE", "COUNTY"]),
            ),
            models.CheckConstraint(
                name="standard_named", condition=~Q(name="") & ~Q(why="")
            ),
            models.UniqueConstraint(fields=["level", "number"], name="standard_number_once"),
            models.UniqueConstraint(
                fields=["level"], condition=Q(status="WAITS"), name="standard_one_waits"
            ),
            ExclusionConstraint(
                name="standard_one_in_force",
                expressions=[
                    (F("level"), RangeOperators.EQUAL),
                    (period(), RangeOperators.OVERLAPS),
                ],
                condition=Q(status="ACCEPTED"),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return f"{self.get_level_display()}标准第 {self.number} 版"


class Indicator(models.Model):
    """指标. `judged` says how it is known: MANUAL by a person's answer, RATE by another part of
    the product under the indicator's code, else from stored facts (inspections/judging.py).
    A threshold is a fraction of integers, so that 2.00 % is never a matter of rounding.
    Append only, and only while its version waits (trigger)."""

    class Unit(models.TextChoices):
        PERSON = "PERSON", "人"
        HOUSEHOLD = "HOUSEHOLD", "户"
        VILLAGE = "VILLAGE", "村"
        COUNTY = "COUNTY", "县"

    class Comparison(models.TextChoices):
        BELOW = "BELOW", "低于"
        ABOVE = "ABOVE", "高于"

    class Applies(models.TextChoices):
        """Kinds of household, and those that are watched whatever their kind."""

        GENERAL = "GENERAL", "一般农户"
        LIFTED = "LIFTED", "脱贫户"
        POOR = "POOR", "贫困户"
        WATCHED = "WATCHED", "监测对象"

    class Judged(models.TextChoices):
        MANUAL = MANUAL, "现场核对"
        RATE = RATE, "评估测算"
        HOUSE = "HOUSE", "在册住房安全"
        WATER = "WATER", "在册饮水安全"
        SCHOOL = "SCHOOL", "在册就学"
        INSURED = "INSURED", "在册参保"
        INCOME = "INCOME", "在册人均纯收入"
        RISK = "RISK", "监测对象风险"
        HELPER = "HELPER", "包保"
        POVERTY_RATE = "POVERTY_RATE", "村贫困发生率"

    standard = models.ForeignKey(Standard, models.PROTECT, related_name="indicators")
    order = models.PositiveSmallIntegerField()
    code = models.CharField("代码", max_length=20, help_text="各版不变，自查结果凭它对照")
    name = models.CharField("指标", max_length=40)
    formula = models.CharField("口径", max_length=300)
    judged = models.CharField("怎么判定", max_length=12, choices=Judged.choices)
    applies = ArrayField(models.CharField(max_length=8), verbose_name="适用的户", default=list)
    unit = models.CharField("计算单位", max_length=9, choices=Unit.choices)
    comparison = models.CharField(
        "比较", max_length=5, choices=Comparison.choices, blank=True, default=""
    )
    threshold_num = models.BigIntegerField("阈值分子", null=True)
    threshold_den = models.BigIntegerField("阈值分母", null=True)
    strict = models.BooleanField("等于阈值算不合格", default=True)
    line = models.CharField("对照的收入线", max_length=8, blank=True, default="")
    question = models.CharField("入户问题", max_length=200, blank=True)
    yes = models.CharField("合格的回答", max_length=40, default="是")
    no = models.CharField("不合格的回答", max_length=40, default="否")
    tests = models.JSONField("分项", default=list, help_text="code、name、text、num、unit")
    category = models.CharField("转整改时的类别", max_length=20, default="其他")
    basis = models.CharField("依据文件", max_length=120, blank=True)
    document_no = models.CharField("文号", max_length=60, blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["standard", "code"], name="indicator_code_once_a_version"
            ),
            models.CheckConstraint(
                name="indicator_code_shape", condition=Q(code__regex="^[A-Z][A-Z0-9_]*$")
            ),
            models.CheckConstraint(
                name="indicator_judged_known",
                condition=Q(judged__in=[
                    "MANUAL", "RATE", "HOUSE", "WATER", "SCHOOL", "INSURED", "INCOME", "RISK", "HELPER",
                    "POVERTY_RATE",
                ]),
            ),
            models.CheckConstraint(
                name="indicator_unit_known",
                condition=Q(unit__in=["PERSON", "HOUSEHOLD", "VILLAGE", "COUNTY"]),
            ),
            models.CheckConstraint(
                name="indicator_threshold_whole",
                condition=Q(comparison="", threshold_num__isnull=True, threshold_den__isnull=True)
                | Q(
                    comparison__in=["BELOW", "ABOVE"], threshold_num__isnull=False, threshold_num__gte=0,
                    threshold_den__isnull=False, threshold_den__gt=0,
                ),
            ),
            models.CheckConstraint(
                name="indicator_rate_has_threshold",
                condition=~Q(judged__in=["RATE", "POVERTY_RATE"]) | ~Q(comparison=""),
            ),
            models.CheckConstraint(
                name="indicator_named", condition=~Q(name="") & ~Q(formula="")
            ),
            models.CheckConstraint(
                name="indicator_line_known",
                condition=Q(line__in=["", "NATIONAL", "WORKING", "MONITOR"])
                & (~Q(judged="INCOME") | ~Q(line="")),
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.name

    @property
    def document(self) -> str:
        return self.document_no or self.standard.document

    @property
    def threshold(self) -> str:
        """As people write it: 低于 2 %（等于不合格）."""
        if not self.comparison or self.threshold_num is None or not self.threshold_den:
            return ""
        hundredths, rest = divmod(self.threshold_num * 10_000, self.threshold_den)
        if self.threshold_den == 1 or rest:
            number = f"{self.threshold_num}" + (f"/{self.threshold_den}" if self.threshold_den > 1 else "")  # fmt: skip
        else:
            number = f"{hundredths / 100:g}%"
        if self.strict:
            return f"{self.get_comparison_display()} {number}（等于不合格）"
        return f"{'不低于' if self.comparison == 'ABOVE' else '不高于'} {number}"

    @property
    def against(self) -> str:
        """What the figure is laid against, as one cell."""
        if self.line:
            return f"高于{IncomeLine.Kind(self.line).label}"
        return self.threshold

    @property
    def parts(self) -> list[str]:
        """分项 with their numbers; one without a number is its name."""
        return [
            f"{t['name']} {t['num']} {t['unit']}" if t["num"] else t["name"] for t in self.tests
        ]

    @property
    def applies_words(self) -> str:
        return "、".join(str(self.Applies(a).label) for a in self.applies)


class IncomeLine(Proposed):
    """收入线, yuan per head and year, from one day to another. Without a document number it is
    shown as 口径待核定."""

    class Kind(models.TextChoices):
        NATIONAL = "NATIONAL", "国家扶贫标准"
        WORKING = "WORKING", "工作线"
        MONITOR = "MONITOR", "监测范围线"

    kind = models.CharField("收入线", max_length=8, choices=Kind.choices)
    yuan = models.PositiveIntegerField("元/人·年")
    note = models.CharField("说明", max_length=120, blank=True)

    class Meta:
        constraints = [
            *two_persons("income_line"),
            models.CheckConstraint(
                name="income_line_kind_known",
                condition=Q(kind__in=["NATIONAL", "WORKING", "MONITOR"]),
            ),
            models.CheckConstraint(name="income_line_positive", condition=Q(yuan__gt=0)),
            ExclusionConstraint(
                name="income_line_one_in_force",
                expressions=[
                    (F("kind"), RangeOperators.EQUAL),
                    (period(), RangeOperators.OVERLAPS),
                ],
                condition=Q(status="ACCEPTED"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.yuan} 元"
