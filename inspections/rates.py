"""三率一度 (domain B.1): pure arithmetic. Nothing here reads a clock, a setting or the database.

Three rates are of persons, 认可度 is of households: a `Ratio` carries its unit, so that one can
never be taken for the other. Every verdict is a comparison of whole numbers; a percentage is made
for the reader alone, at the very end.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

PERSONS, HOUSEHOLDS = "人", "户"


class Indicator(StrEnum):
    POVERTY = "POVERTY"
    WRONG_EXIT = "WRONG_EXIT"
    MISSED = "MISSED"
    APPROVAL = "APPROVAL"


NAMES = {
    Indicator.POVERTY: "综合贫困发生率",
    Indicator.WRONG_EXIT: "脱贫人口错退率",
    Indicator.MISSED: "贫困人口漏评率",
    Indicator.APPROVAL: "群众认可度",
}


class Denominator(StrEnum):
    """Of 漏评率: two published wordings, one of which the county signs."""

    ASKED = "ASKED"
    VILLAGES = "VILLAGES"


DENOMINATOR_NAMES = {
    Denominator.ASKED: "抽查的非建档立卡人口",
    Denominator.VILLAGES: "抽查村未建档立卡农村人口",
}


@dataclass(frozen=True)
class Home:
    """One household as the sheet says it. `registered` of its people are 建档立卡人口: of those
    some may have left poverty wrongly; of the others some may have been missed, also in a
    household whose head is registered (户内应纳未纳)."""

    key: int
    stratum: str  # township
    cluster: str  # village
    kind: str  # as the sample was frozen: LIFTED, POOR or GENERAL
    people: int
    registered: int
    wrong: int = 0
    missed: int = 0
    approves: bool = True
    weight: float = 1.0

    def __post_init__(self) -> None:
        if not 0 <= self.registered <= self.people:
            raise ValueError("registered people live in the household")
        if not 0 <= self.wrong <= self.lifted or not 0 <= self.missed <= self.unregistered:
            raise ValueError("more people wronged than there are")

    @property
    def lifted(self) -> int:
        return self.registered if self.kind == "LIFTED" else 0

    @property
    def unregistered(self) -> int:
        return self.people - self.registered


@dataclass(frozen=True)
class Ratio:
    top: int
    bottom: int
    unit: str

    @property
    def exact(self) -> Fraction | None:
        """None where nothing was asked: 0/0 is no 0 %."""
        return Fraction(self.top, self.bottom) if self.bottom else None


Part = Callable[[Home], int]
# What of a household counts above and below the line. The list behind a figure is exactly the
# households with a part in it.
PARTS: dict[Indicator, tuple[Part, Part, str]] = {
    Indicator.WRONG_EXIT: (lambda h: h.wrong, lambda h: h.lifted, PERSONS),
    Indicator.MISSED: (lambda h: h.missed, lambda h: h.unregistered, PERSONS),
    Indicator.APPROVAL: (lambda h: int(h.approves), lambda h: 1, HOUSEHOLDS),
}


def ratio_of(indicator: Indicator, homes: Iterable[Home]) -> Ratio:
    above, below, unit = PARTS[indicator]
    rows = list(homes)
    return Ratio(sum(map(above, rows)), sum(map(below, rows)), unit)


def missed_ratio(homes: Iterable[Home], denominator: Denominator, in_villages: int) -> Ratio:
    """`in_villages`: everybody of the sampled villages who is not registered, by the roster."""
    asked = ratio_of(Indicator.MISSED, homes)
    if denominator == Denominator.ASKED:
        return asked
    return Ratio(asked.top, in_villages, PERSONS)


@dataclass(frozen=True)
class Term:
    """One summand of 综合贫困发生率, so that the reader sees what was counted and what is an
    estimate from the sample. `people` is None where there is nothing to estimate from."""

    label: str
    people: Fraction | None
    estimated: bool


@dataclass(frozen=True)
class Population:
    """Of the whole county, in persons."""

    poor: int
    lifted: int
    unregistered: int
    rural: int


def poverty_terms(population: Population, wrong: Ratio, missed: Ratio) -> tuple[Term, Term, Term]:
    return (
        Term("建档立卡未脱贫人口", Fraction(population.poor), False),
        Term("错退人口（错退率 × 脱贫人口）", _spread(wrong, population.lifted), True),
        Term("漏评人口（漏评率 × 非建档立卡人口）", _spread(missed, population.unregistered), True),
    )


def _spread(ratio: Ratio, people: int) -> Fraction | None:
    if people == 0:
        return Fraction(0)  # nobody to be wronged: no sample is needed to know it
    return ratio.exact * people if ratio.exact is not None else None


def poverty(population: Population, wrong: Ratio, missed: Ratio) -> Fraction | None:
    terms = [t.people for t in poverty_terms(population, wrong, missed)]
    if population.rural == 0 or any(t is None for t in terms):
        return None
    return sum((t for t in terms if t is not None), Fraction(0)) / population.rural


@dataclass(frozen=True)
class Line:
    """A threshold in whole 万分之 (2 % is 200). A ceiling must stay below, a floor be reached;
    `strict` says what stands exactly on the line: not passed when strict."""

    per_10000: int
    ceiling: bool
    strict: bool


class Verdict(StrEnum):
    MET = "MET"
    NOT_MET = "NOT_MET"
    NO_SAMPLE = "NO_SAMPLE"
    NO_RULE = "NO_RULE"


VERDICT_NAMES = {
    Verdict.MET: "符合",
    Verdict.NOT_MET: "不符合",
    Verdict.NO_SAMPLE: "没有样本，不判",
    Verdict.NO_RULE: "无现行口径，不判",
}


@dataclass(frozen=True)
class Judgement:
    verdict: Verdict
    tie: bool = False


def judge(value: Fraction | None, line: Line | None) -> Judgement:
    """By the point value, exactly: no rounded percentage is ever compared."""
    if line is None:
        return Judgement(Verdict.NO_RULE)
    if value is None:
        return Judgement(Verdict.NO_SAMPLE)
    mine, limit = value.numerator * 10_000, line.per_10000 * value.denominator
    if mine == limit:
        return Judgement(Verdict.NOT_MET if line.strict else Verdict.MET, tie=True)
    return Judgement(Verdict.MET if (mine < limit) == line.ceiling else Verdict.NOT_MET)


def overall(judgements: Iterable[Judgement]) -> Verdict:
    """任何一项指标不符合条件的, 不予退出: one failure decides; without it, what is not known does."""
    found = {j.verdict for j in judgements}
    for worst in (Verdict.NOT_MET, Verdict.NO_RULE, Verdict.NO_SAMPLE):
        if worst in found:
            return worst
    return Verdict.MET if found else Verdict.NO_SAMPLE


def percent(value: Fraction | None) -> str:
    """Two decimals, and as many more as keep 1.9999 % from being written 2.00 %."""
    if value is None:
        return "—"
    exact = value * 100
    for places in (2, 3, 4, 6, 8):
        shown = Fraction(round(exact * 10**places), 10**places)
        if shown == exact or shown.denominator != 1:
            break
    return f"{float(shown):.{places}f}%"
