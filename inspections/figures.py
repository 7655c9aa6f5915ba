"""三率一度 of one released evaluation: each figure with the rows that it is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from django.db.models import Count, Q, QuerySet

from cadres.models import Area
from households.models import Household
from inspections.evaluation_reads import yardsticks_on
from inspections.intervals import Advice, Estimate, Village, advise, estimate
from inspections.models import Evaluation, Result, Suspect, Yardstick
from inspections.rates import (
    DENOMINATOR_NAMES,
    NAMES,
    PARTS,
    PERSONS,
    VERDICT_NAMES,
    Denominator,
    Home,
    Indicator,
    Judgement,
    Line,
    Population,
    Ratio,
    Term,
    Verdict,
    judge,
    missed_ratio,
    overall,
    percent,
    poverty,
    poverty_terms,
    ratio_of,
)
from yuexi.core import clock

Code = Yardstick.Code
LINE_OF = {
    Indicator.POVERTY: (Code.POVERTY_MAX, True), Indicator.WRONG_EXIT: (Code.WRONG_MAX, True),
    Indicator.MISSED: (Code.MISSED_MAX, True), Indicator.APPROVAL: (Code.APPROVAL_MIN, False),
}  # fmt: skip
Part = Callable[[Home], int]
# What a figure is made of: the list behind it has exactly the households with a part in it.
ROWS: dict[str, tuple[str, str, Part]] = {
    "homes": ("调查的户", "户", lambda h: 1),
    "lifted": ("抽样脱贫人口", "人", lambda h: h.lifted),
    "unregistered": ("抽查的非建档立卡人口", "人", lambda h: h.unregistered),
    "wrong": ("错退人口", "人", lambda h: h.wrong),
    "missed": ("漏评人口", "人", lambda h: h.missed),
    "approve": ("认可的户", "户", lambda h: int(h.approves)),
    "disapprove": ("不认可的户", "户", lambda h: int(not h.approves)),
}


@dataclass(frozen=True)
class Matter:
    """What stands of a household: as it was suspected, or as it was decided."""

    name: str
    open_ones: bool  # whether what nobody decided yet counts


STAGES = {"suspected": Matter("疑似", True), "found": Matter("认定", False)}


def results_of(evaluation: Evaluation) -> QuerySet[Result]:
    return Result.objects.filter(evaluation=evaluation, outcome="SEEN").select_related(
        "household", "area__parent"
    )


def homes_of(evaluation: Evaluation, stage: str) -> list[Home]:
    """`suspected`: all but what was cleared. `found`: only what was decided against the county."""
    states: dict[tuple[int, str], str] = {
        (pk, kind): state
        for pk, kind, state in Suspect.objects.filter(evaluation=evaluation).values_list("result_id", "kind", "state")
    }  # fmt: skip

    def stands(row: Result, kind: str) -> bool:
        state = states.get((row.pk, kind), "")
        return state == "FOUND" or (STAGES[stage].open_ones and state not in ("", "CLEARED"))

    return [
        Home(
            row.pk, row.area.parent.name if row.area.parent else "", row.area_id, row.kind, row.people, row.registered,
            wrong=row.wrong if stands(row, "WRONG_EXIT") else 0, missed=row.missed if stands(row, "MISSED") else 0,
            approves=not stands(row, "DISAPPROVAL"), weight=row.weight,
        )
        for row in results_of(evaluation)
    ]  # fmt: skip


@dataclass(frozen=True)
class Figure:
    indicator: Indicator
    value: Fraction | None
    ratio: Ratio | None
    judgement: Judgement
    line: Yardstick | None
    interval: Estimate | None = None
    advice: Advice | None = None
    terms: tuple[Term, ...] = ()
    denominator: str = ""
    top: str = ""  # keys of ROWS
    bottom: str = ""

    @property
    def name(self) -> str:
        return NAMES[self.indicator]

    @property
    def words(self) -> str:
        return percent(self.value)

    @property
    def verdict(self) -> str:
        return VERDICT_NAMES[self.judgement.verdict]

    @property
    def low(self) -> str:
        return f"{self.interval.low * 100:.2f}%" if self.interval else ""

    @property
    def high(self) -> str:
        return f"{self.interval.high * 100:.2f}%" if self.interval else ""

    @property
    def weighted(self) -> str:
        return f"{self.interval.rate * 100:.2f}%" if self.interval else ""

    @property
    def color(self) -> str:
        return {Verdict.MET: "green", Verdict.NOT_MET: "red"}.get(self.judgement.verdict, "amber")


@dataclass(frozen=True)
class Report:
    stage: str
    figures: list[Figure]
    verdict: Verdict
    missing: list[str]  # 口径 that nobody signed
    households: int

    @property
    def words(self) -> str:
        return VERDICT_NAMES[self.verdict]


def report(evaluation: Evaluation, stage: str, *, today: date) -> Report:
    """By the 口径 of the day of the release: what was signed later judges later evaluations."""
    day = clock.day(evaluation.released_at) if evaluation.released_at else today
    rules = yardsticks_on(day)
    homes = homes_of(evaluation, stage)
    places = village_places(evaluation)
    counts: dict[str, int] = {}
    for place in places:
        counts[place.stratum] = counts.get(place.stratum, 0) + 1

    def line_of(indicator: Indicator) -> tuple[Line | None, Yardstick | None]:
        code, ceiling = LINE_OF[indicator]
        rule = rules.get(code)
        if rule is None or (ceiling and Code.STRICT not in rules):
            return None, rule
        strict = ceiling and rules[Code.STRICT].value == "1"
        return Line(int(rule.value), ceiling, strict), rule

    def figure(indicator: Indicator, ratio: Ratio, top: str, bottom: str, *, judged: bool = True, denominator: str = "") -> Figure:  # fmt: skip
        line, rule = line_of(indicator)
        above, below, _ = PARTS[indicator]
        # Over a denominator that nobody asked there is no sampling error to tell of.
        own = ratio == ratio_of(indicator, homes)
        villages = counts if evaluation.run_id is None else {}
        sampled = estimate(homes, above, below, villages) if own else None
        told = advise(sampled, line, places) if sampled and line and judged else None
        verdict = judge(ratio.exact, line if judged else None)
        return Figure(indicator, ratio.exact, ratio, verdict, rule, sampled, told, denominator=denominator, top=top, bottom=bottom)  # fmt: skip

    wrong = figure(Indicator.WRONG_EXIT, ratio_of(Indicator.WRONG_EXIT, homes), "wrong", "lifted")
    which = rules.get(Code.MISSED_DENOMINATOR)
    missed = _missed(evaluation, homes, which, figure)
    county = Population(
        evaluation.poor_people or 0, evaluation.lifted_people or 0, evaluation.unregistered_people or 0,
        int(rules[Code.RURAL_PEOPLE].value) if Code.RURAL_PEOPLE in rules else 0,
    )  # fmt: skip
    asked = ratio_of(Indicator.MISSED, homes)
    terms = poverty_terms(county, wrong.ratio or Ratio(0, 0, PERSONS), missed.ratio or asked)
    value = poverty(county, wrong.ratio or Ratio(0, 0, PERSONS), missed.ratio or asked)
    line, rule = line_of(Indicator.POVERTY)
    signed = which is not None and Code.RURAL_PEOPLE in rules
    whole = Figure(Indicator.POVERTY, value, None, judge(value, line if signed else None), rule, terms=terms,
                   denominator=rules[Code.RURAL_PEOPLE].words if Code.RURAL_PEOPLE in rules else "")  # fmt: skip
    approval = figure(Indicator.APPROVAL, ratio_of(Indicator.APPROVAL, homes), "approve", "homes")
    figures = [whole, wrong, missed, approval]
    missing = [str(Code(code).label) for code in Code.values if code not in rules]
    return Report(stage, figures, overall(f.judgement for f in figures), missing, len(homes))


def _missed(
    evaluation: Evaluation,
    homes: list[Home],
    which: Yardstick | None,
    figure: Callable[..., Figure],
) -> Figure:
    chosen = Denominator(which.value) if which else Denominator.ASKED
    ratio = missed_ratio(homes, chosen, evaluation.village_people or 0)
    name = DENOMINATOR_NAMES[chosen]
    return figure(
        Indicator.MISSED, ratio, "missed", "unregistered" if chosen == Denominator.ASKED else "",
        judged=which is not None, denominator=name,
    )  # fmt: skip


def village_places(evaluation: Evaluation) -> list[Village]:
    """Every village of the townships that were gone to: where more could be asked."""
    asked = {
        str(row["area"]): row["n"]
        for row in results_of(evaluation).order_by().values("area").annotate(n=Count("pk"))
    }
    townships = {code[:9] for code in asked}
    there = Household.objects.filter(closed="").order_by().values("area").annotate(n=Count("pk"))
    within = Q(pk__in=[])
    for prefix in townships:
        within |= Q(area__code__startswith=prefix)
    areas = dict(Area.objects.filter(level=Area.Level.TOWNSHIP, code__in=[p.ljust(12, "0") for p in townships]).values_list("code", "name"))  # fmt: skip
    return [
        Village(code, areas.get(code[:9].ljust(12, "0"), ""), max(0, n - asked.get(code, 0)), asked.get(code, 0))
        for code, n in ((str(row["area"]), int(row["n"])) for row in there.filter(within))
    ]  # fmt: skip


def rows_behind(evaluation: Evaluation, stage: str, key: str) -> list[tuple[Result, int]]:
    """The rows of one figure and what each adds to it; their sum is the figure."""
    _, _, part = ROWS[key]
    adds = {h.key: n for h in homes_of(evaluation, stage) if (n := part(h))}
    rows = results_of(evaluation).filter(pk__in=adds).order_by("area__code", "pk")
    return [(row, adds[row.pk]) for row in rows]
