"""The arithmetic of 三率一度: exact verdicts, persons and households apart, intervals against a
published example and an independent package."""

from __future__ import annotations

import json
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from inspections.intervals import Estimate, Village, advise, estimate, exact
from inspections.rates import (
    PARTS,
    PERSONS,
    Denominator,
    Home,
    Indicator,
    Line,
    Population,
    Ratio,
    Verdict,
    judge,
    missed_ratio,
    overall,
    percent,
    poverty,
    poverty_terms,
    ratio_of,
)

CEILING = Line(200, ceiling=True, strict=True)
FLOOR = Line(9000, ceiling=False, strict=False)


def home(key: int = 1, **changes: object) -> Home:
    given = {"stratum": "甲乡", "cluster": "甲村", "kind": "LIFTED", "people": 4, "registered": 4}
    return Home(key, **{**given, **changes})  # type: ignore[arg-type]


def test_rates_are_of_persons_and_approval_is_of_households() -> None:
    """The classic bug: one of two households is wrong, but five of six persons."""
    homes = [
        home(1, people=5, registered=5, wrong=5),
        home(2, people=1, registered=1, approves=False),
    ]
    assert ratio_of(Indicator.WRONG_EXIT, homes) == Ratio(5, 6, PERSONS)
    assert ratio_of(Indicator.APPROVAL, homes) == Ratio(1, 2, "户")


def test_a_person_missed_inside_a_registered_household_counts() -> None:
    homes = [
        home(1, people=5, registered=4, missed=1),
        home(2, kind="GENERAL", people=3, registered=0),
    ]
    assert ratio_of(Indicator.MISSED, homes) == Ratio(1, 4, PERSONS)
    assert ratio_of(Indicator.WRONG_EXIT, homes) == Ratio(
        0, 4, PERSONS
    )  # the fifth never left poverty


def test_both_published_denominators_of_the_missed() -> None:
    homes = [home(1, kind="GENERAL", people=4, registered=0, missed=1)]
    assert missed_ratio(homes, Denominator.ASKED, 700) == Ratio(1, 4, PERSONS)
    assert missed_ratio(homes, Denominator.VILLAGES, 700) == Ratio(1, 700, PERSONS)


@pytest.mark.parametrize(
    "changes", [{"wrong": 5}, {"registered": 5}, {"missed": 1}, {"kind": "POOR", "wrong": 1}]
)
def test_a_sheet_that_wrongs_more_people_than_there_are_is_no_sheet(
    changes: dict[str, object],
) -> None:
    with pytest.raises(ValueError):
        home(**changes)


@pytest.mark.parametrize(
    "top, bottom, line, verdict, tie",
    [
        (2, 100, CEILING, Verdict.NOT_MET, True),
        (2, 100, replace(CEILING, strict=False), Verdict.MET, True),
        (199999, 10_000_000, CEILING, Verdict.MET, False),
        (200001, 10_000_000, replace(CEILING, strict=False), Verdict.NOT_MET, False),
        (0, 3000, CEILING, Verdict.MET, False),
        (0, 0, CEILING, Verdict.NO_SAMPLE, False),
        (90, 100, FLOOR, Verdict.MET, True),
        (90, 100, replace(FLOOR, strict=True), Verdict.NOT_MET, True),
        (899, 1000, FLOOR, Verdict.NOT_MET, False),
        (0, 0, FLOOR, Verdict.NO_SAMPLE, False),
        (1, 3, None, Verdict.NO_RULE, False),
    ],
)
def test_verdict(top: int, bottom: int, line: Line | None, verdict: Verdict, tie: bool) -> None:
    found = judge(Ratio(top, bottom, PERSONS).exact, line)
    assert (found.verdict, found.tie) == (verdict, tie)


@given(
    st.integers(0, 10**7), st.integers(1, 10**7), st.booleans(), st.booleans(), st.integers(1, 9999)
)
def test_verdict_is_that_of_exact_arithmetic(
    top: int, more: int, ceiling: bool, strict: bool, per: int
) -> None:
    value, limit = Fraction(top, top + more), Fraction(per, 10_000)
    found = judge(value, Line(per, ceiling, strict))
    met = value < limit if ceiling else value > limit
    assert found.tie == (value == limit)
    assert (found.verdict == Verdict.MET) == (met or (value == limit and not strict))


def test_one_failure_decides_and_what_is_unknown_is_no_pass() -> None:
    met, unknown, failed = (
        judge(Fraction(0), CEILING),
        judge(None, CEILING),
        judge(Fraction(1, 2), CEILING),
    )
    assert overall([met, unknown, failed]) == Verdict.NOT_MET
    assert overall([met, unknown]) == Verdict.NO_SAMPLE
    assert overall([met, judge(Fraction(0), None), unknown]) == Verdict.NO_RULE
    assert overall([met, met]) == Verdict.MET and overall([]) == Verdict.NO_SAMPLE


def test_poverty_mixes_what_is_counted_with_what_is_estimated() -> None:
    county = Population(poor=1000, lifted=40_000, unregistered=300_000, rural=341_000)
    wrong, missed = Ratio(3, 1000, PERSONS), Ratio(1, 2000, PERSONS)
    terms = poverty_terms(county, wrong, missed)
    assert [t.people for t in terms] == [1000, 120, 150]
    assert [t.estimated for t in terms] == [False, True, True]
    assert poverty(county, wrong, missed) == Fraction(1270, 341_000)


def test_poverty_without_a_sample_is_unknown_and_without_people_needs_none() -> None:
    county, nothing = Population(10, 100, 0, 110), Ratio(0, 0, PERSONS)
    assert poverty(county, nothing, nothing) is None
    assert poverty(replace(county, lifted=0), nothing, nothing) == Fraction(10, 110)
    assert poverty(replace(county, rural=0), Ratio(0, 1, PERSONS), nothing) is None


@pytest.mark.parametrize(
    "value, words",
    [
        (Fraction(2, 100), "2.00%"),
        (Fraction(199999, 10_000_000), "1.99999%"),
        (Fraction(0), "0.00%"),
        (None, "—"),
        (Fraction(1, 3), "33.33%"),
        (Fraction(19999, 20000), "99.995%"),
    ],
)
def test_a_rate_just_off_a_round_number_is_not_written_as_it(
    value: Fraction | None, words: str
) -> None:
    shown = percent(value)
    assert shown.rstrip("0%") == words.rstrip("0%") or shown == words
    assert value is None or value == Fraction(2, 100) or not shown.startswith("2.00")


def test_clustered_variance_is_that_of_the_textbook() -> None:
    """Lohr, Sampling: Design and Analysis, example 5.2: the marks of 4 persons in each of 5 of 100
    suites; mean 2.826, standard error 0.164. Marks are counted in hundredths."""
    marks = {"1": (308, 260, 344, 304), "2": (236, 304, 328, 268), "3": (200, 256, 252, 188),
             "4": (300, 288, 344, 364), "5": (268, 192, 328, 320)}  # fmt: skip
    rows = [home(i, cluster=s) for i, s in enumerate(s for s in marks for _ in range(4))]
    flat = [m for suite in marks.values() for m in suite]
    found = estimate(rows, lambda h: flat[h.key], lambda h: 1, {"甲乡": 100})
    assert found is not None
    assert found.rate / 100 == pytest.approx(2.826)
    assert found.variance**0.5 / 100 == pytest.approx(0.164, abs=0.0005)


def reference() -> list[Home]:
    rows = json.loads((Path(__file__).parent / "reference_sample.json").read_text())
    return [
        home(i, stratum=s, cluster=v, people=p, registered=p, wrong=w, weight=weight)
        for i, (s, v, p, w, weight) in enumerate(rows)
    ]


@pytest.mark.parametrize(
    "villages, error",
    [({"A": 12, "B": 9, "C": 20}, 0.05972909029979445), ({}, 0.06951250183305828)],
)
def test_stratified_clustered_ratio_is_that_of_an_independent_package(
    villages: dict[str, int], error: float
) -> None:
    """samplics 0.6.1, TaylorEstimator(PopParam.ratio) with samp_weight, stratum, psu and fpc on
    the same 72 households of 12 villages."""
    above, below, _ = PARTS[Indicator.WRONG_EXIT]
    found = estimate(reference(), above, below, villages)
    assert found is not None
    assert found.rate == pytest.approx(0.16810020967182587, rel=1e-12)
    assert found.variance**0.5 == pytest.approx(error, rel=1e-12)
    assert found.low < found.rate < found.high and found.effective < found.size
    assert sum(found.by_stratum.values()) == pytest.approx(1)


@pytest.mark.parametrize(
    "hits, size, low, high",
    [
        (0, 3000, 0.0, 0.0012288708038256),
        (7, 412, 0.006857573264038, 0.034691821187691),
        (20, 1000, 0.012258267972406, 0.030720032682609),
    ],
)
def test_exact_interval(hits: int, size: int, low: float, high: float) -> None:
    """statsmodels 0.15, proportion_confint(method='beta'); none of 3,000 is under about 1 ‰."""
    assert exact(hits, size) == pytest.approx((low, high), abs=1e-12)


def test_nothing_asked_is_no_estimate_and_no_hit_is_no_certainty() -> None:
    above, below, _ = PARTS[Indicator.WRONG_EXIT]
    assert estimate([], above, below, {}) is None
    assert estimate([home(kind="GENERAL", registered=0)], above, below, {}) is None
    found = estimate([home(i, cluster=str(i % 4)) for i in range(20)], above, below, {})
    assert found is not None and (found.rate, found.low) == (0, 0) and 0 < found.high < 0.05


def test_households_that_answer_alike_within_a_village_tell_less() -> None:
    above, below, _ = PARTS[Indicator.WRONG_EXIT]
    mixed = [home(i, cluster=str(i % 10), wrong=4 * (i < 20)) for i in range(200)]
    alike = [home(i, cluster=str(i // 20), wrong=4 * (i < 20)) for i in range(200)]
    one, other = (estimate(rows, above, below, {}) for rows in (mixed, alike))
    assert one and other and one.rate == other.rate
    assert other.high - other.low > 3 * (one.high - one.low) and other.design_effect > 10


def told(homes: list[Home]) -> Estimate:
    above, below, _ = PARTS[Indicator.WRONG_EXIT]
    found = estimate(homes, above, below, {})
    assert found is not None
    return found


def test_what_cannot_be_told_yet_says_how_many_more_and_where() -> None:
    homes = [home(i, stratum="甲乡" if i < 150 else "乙乡", cluster=f"{i // 15}", people=1, registered=1,
                  wrong=int(i % 100 == 1)) for i in range(300)]  # fmt: skip
    villages = [
        Village("0", "甲乡", 40, 15),
        Village("新村", "甲乡", 9000, 0),
        Village("满村", "乙乡", 0, 15),
    ]
    found = told(homes)
    answer = advise(found, CEILING, villages)
    assert not answer.told and answer.more and sum(n for _, n in answer.where) == answer.more
    assert answer.where[0][0] == "新村" and "满村" not in dict(answer.where)
    # Asked at the same rate, they do tell.
    bigger = replace(found, effective=found.effective * (1 + answer.more / found.homes))
    _, high = exact(bigger.rate * bigger.effective, bigger.effective)
    assert high < 0.02


def test_what_can_be_told_asks_nobody_and_what_no_sample_tells_says_so() -> None:
    none = told([home(i, cluster=str(i % 20), people=3, registered=3) for i in range(1000)])
    assert advise(none, CEILING, []).told
    on_the_line = replace(none, rate=0.02, effective=1000.0, low=0.012, high=0.03)
    assert advise(on_the_line, CEILING, [Village("新村", "甲乡", 10**6, 0)]).more is None
    too_few = replace(none, rate=0.015, effective=100.0, low=0.0, high=0.06, homes=100)
    assert advise(too_few, CEILING, [Village("新村", "甲乡", 5, 0)]).more is None


@given(
    st.lists(
        st.tuples(st.integers(0, 3), st.integers(0, 6), st.integers(0, 6)), min_size=1, max_size=40
    )
)
def test_interval_holds_its_estimate_and_lies_between_0_and_1(
    drawn: list[tuple[int, int, int]],
) -> None:
    homes = [
        home(i, cluster=str(v), people=p, registered=p, wrong=min(w, p))
        for i, (v, p, w) in enumerate(drawn)
    ]
    above, below, _ = PARTS[Indicator.WRONG_EXIT]
    found = estimate(homes, above, below, {})
    if found is None:
        assert not sum(h.people for h in homes)
        return
    assert 0 <= found.low <= found.rate + 1e-9 and found.rate - 1e-9 <= found.high <= 1
    assert found.rate == pytest.approx(float(ratio_of(Indicator.WRONG_EXIT, homes).exact or 0))
