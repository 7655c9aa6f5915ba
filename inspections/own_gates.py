"""The gates that evaluations and the ledger answer: 三率一度 of the last evaluation, and what it
found that is not mended yet."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

from django.db.models import Sum
from django.urls import reverse

from inspections.figures import Figure, report
from inspections.gaps import latest_run
from inspections.gates import Gate, GateState, gates
from inspections.models import Evaluation, Standard
from inspections.rates import NAMES, Indicator, Verdict
from inspections.standards import Ratio as Rate
from inspections.standards import rates
from rectification.models import Item
from rectification.workflow import OPEN

RULES = {
    Indicator.POVERTY: "中部地区低于 2%", Indicator.WRONG_EXIT: "低于 2%",
    Indicator.MISSED: "低于 2%", Indicator.APPROVAL: "达到 90%",
}  # fmt: skip


RATE_CODES = {
    Indicator.POVERTY: "COMPOSITE", Indicator.WRONG_EXIT: "WRONG_EXIT", Indicator.MISSED: "MISSED", Indicator.APPROVAL: "APPROVAL",
}  # fmt: skip


def last_evaluation() -> Evaluation | None:
    """The last one that is decided; else the last one released, whose matters are still open."""
    released = Evaluation.objects.filter(released_at__isnull=False).order_by("-released_at", "-pk")
    return released.filter(stage=Evaluation.Stage.CONCLUDED).first() or released.first()


def _figure(indicator: Indicator, today: date) -> tuple[Evaluation | None, Figure | None]:
    evaluation = last_evaluation()
    if evaluation is None:
        return None, None
    stage = "found" if evaluation.stage == Evaluation.Stage.CONCLUDED else "suspected"
    figures = report(evaluation, stage, today=today).figures
    return evaluation, next(f for f in figures if f.indicator == indicator)


def _asker(indicator: Indicator) -> Gate:
    def ask(today: date) -> GateState:
        evaluation, figure = _figure(indicator, today)
        if evaluation is None or figure is None:
            return GateState(False, "还没有评估结果")
        tie = "，正好等于标准" if figure.judgement.tie else ""
        shown = f"{evaluation.title}：{figure.words}，{figure.verdict}{tie}"
        green = figure.judgement.verdict == Verdict.MET
        return GateState(green, shown[:200], reverse("evaluation-rates", args=[evaluation.uid]))

    return Gate(f"RATE_{indicator}", NAMES[indicator], RULES[indicator], ask)


def _rate(indicator: Indicator) -> Callable[[date], Rate | None]:
    """The same figure for the county's own standard, which judges it by its own threshold."""

    def ask(on: date) -> Rate | None:
        evaluation, figure = _figure(indicator, on)
        if evaluation is None or figure is None or figure.value is None:
            return None
        return Rate(
            figure.value.numerator, figure.value.denominator, f"{evaluation.title}：{figure.words}"
        )

    return ask


def _self_check() -> Gate:
    def ask(today: date) -> GateState:
        run = latest_run(Standard.Level.HOUSEHOLD)
        if run is None:
            return GateState(False, "还没有做过自查", reverse("check-list"))
        failed, open_ones = run.counts.aggregate(f=Sum("failed"), o=Sum("open")).values()
        left = (failed or 0) + (open_ones or 0)
        shown = f"{run.day} 自查：{failed or 0} 处差距，{open_ones or 0} 处还没核对"
        return GateState(left == 0, shown, reverse("check", args=[run.pk]))

    return Gate("SELF_CHECK", "农户自查", "按现行标准自查没有差距", ask)


def _mended(source: str, kind: str) -> Gate:
    """One a source, since the list behind the figure is filtered by one source."""

    def ask(today: date) -> GateState:
        left = Item.objects.filter(source=source, status__in=OPEN).count()
        shown = f"还有 {left} 件没有销号" if left else "发现的问题都已销号"
        return GateState(left == 0, shown, f"/items/?view=open&source={source}")

    return Gate(f"MENDED_{source}", f"{kind}发现的问题", f"{kind}发现的问题全部整改销号", ask)


def fill() -> None:
    gates.add(
        *(_asker(i) for i in Indicator),
        _self_check(),
        _mended("EVALUATION", "第三方评估"),
        _mended("MOCK", "模拟评估"),
    )
    for indicator, code in RATE_CODES.items():
        rates.add(code, _rate(indicator))
