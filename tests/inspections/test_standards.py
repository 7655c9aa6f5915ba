from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError

from cadres.models import Cadre
from inspections.actions import standards as act
from inspections.initial import STANDARDS
from inspections.models import IncomeLine, Indicator, Standard
from inspections.standards import Ratio, holds, in_force, questions, rates, tie
from tests.county import AT, COUNTY
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
DAY = AT.date()
FIRST = date(2026, 1, 1)


@pytest.fixture
def office(person: Callable[..., Cadre]) -> Cadre:
    return person("演示整改组", "OFFICE_RECTIFY", COUNTY, "县帮扶指挥部")


@pytest.fixture
def leader(person: Callable[..., Cadre]) -> Cadre:
    return person("演示县长", "COUNTY_LEADER", COUNTY)


def draft(level: str = "HOUSEHOLD", start: date = FIRST, **changes: object) -> act.Draft:
    given = act.Draft(level=level, start=start, why="按新文件修订", **STANDARDS[level])
    return replace(given, **changes)  # type: ignore[arg-type]


def in_use(given: act.Draft, office: Cadre, leader: Cadre) -> Standard:
    made = act.propose_standard(draft=given, by=office, at=AT)
    return act.decide_standard(standard_id=made.pk, accept=True, said="", by=leader, at=AT)


def rate(num: int, den: int, strict: bool = True, comparison: str = "BELOW") -> Indicator:
    return Indicator(comparison=comparison, threshold_num=num, threshold_den=den, strict=strict)


def test_nothing_is_asked_before_two_persons_put_it_in_force(office: Cadre, leader: Cadre) -> None:
    made = act.propose_initial(start=FIRST, by=office, at=AT)
    assert len(made) == 3 and questions(DAY, "LIFTED") == []
    for standard in made:
        with pytest.raises(NotYours):
            act.decide_standard(standard_id=standard.pk, accept=True, said="", by=office, at=AT)
        act.decide_standard(standard_id=standard.pk, accept=True, said="", by=leader, at=AT)
    asked = questions(DAY, "LIFTED")
    water = [q for q in asked if q.indicator == "WATER"]
    assert [q.code for q in water] == ["WATER.LITRES", "WATER.MINUTES", "WATER.HEIGHT", "WATER.DRY", "WATER.QUALITY"]  # fmt: skip
    assert "35 升" in water[0].text and water[0].document == "口径待核定"
    school = next(q for q in asked if q.code == "SCHOOL")
    assert school.unit == "PERSON" and [c.gap for c in school.answers] == [False, True, False, False]  # fmt: skip
    assert "PLAN" not in {q.indicator for q in questions(DAY, "GENERAL")}
    assert questions(FIRST - timedelta(days=1), "LIFTED") == []


def test_a_new_version_ends_the_one_before_on_its_day(office: Cadre, leader: Cadre) -> None:
    old = in_use(draft(), office, leader)
    new = in_use(
        draft(start=DAY + timedelta(days=3), document_no="皖办〔2026〕1号"), office, leader
    )
    assert in_force(DAY + timedelta(days=2), "HOUSEHOLD") == old
    assert in_force(DAY + timedelta(days=3), "HOUSEHOLD") == new
    assert questions(DAY + timedelta(days=3), "LIFTED")[0].document == "皖办〔2026〕1号"
    with pytest.raises(Refusal, match="已有从"):
        in_use(draft(start=DAY), office, leader)


def test_one_waits_per_level_and_is_decided_once(office: Cadre, leader: Cadre) -> None:
    made = act.propose_standard(draft=draft(), by=office, at=AT)
    with pytest.raises(Refusal, match="等确认"):
        act.propose_standard(draft=draft(), by=office, at=AT)
    with pytest.raises(BadInput, match="退回请写明原因"):
        act.decide_standard(standard_id=made.pk, accept=False, said="", by=leader, at=AT)
    act.withdraw_standard(standard_id=made.pk, by=office, at=AT)
    with pytest.raises(Refusal, match="处理过"):
        act.decide_standard(standard_id=made.pk, accept=True, said="", by=leader, at=AT)


@pytest.mark.parametrize(("changes", "said"), [
    ({"why": "改"}, "至少 4 个字"), ({"name": " "}, "标准名称"), ({"indicators": []}, "至少要有一个指标"),
    ({"end": FIRST}, "失效日期要晚于"),
    ({"indicators": [STANDARDS["COUNTY"]["indicators"][0]]}, "适用于哪类户"),
    ({"level": "COUNTY", "indicators": STANDARDS["HOUSEHOLD"]["indicators"][:1]}, "不能用在县标准"),
    ({"indicators": STANDARDS["HOUSEHOLD"]["indicators"][:1] * 2}, "出现了两次"),
])  # fmt: skip
def test_what_a_version_may_not_say(changes: dict[str, object], said: str, office: Cadre) -> None:
    with pytest.raises(BadInput, match=said):
        act.propose_standard(draft=draft(**changes), by=office, at=AT)  # type: ignore[arg-type]
    assert not Standard.objects.exists()


def test_exactly_two_per_cent_is_decided_on_integers() -> None:
    strict, loose = rate(2, 100), rate(2, 100, strict=False)
    assert holds(strict, 2, 100) is False and tie(strict, 2, 100)
    assert holds(loose, 2, 100) is True
    # 2 % of 49,999 as a float rounds to the threshold's; the integers do not
    assert holds(strict, 999_999_999_999_999_999, 50_000_000_000_000_000_000) is True
    assert holds(strict, 0, 3000) is True and holds(strict, 3, 100) is False
    assert holds(rate(90, 100, strict=False, comparison="ABOVE"), 9, 10) is True
    assert holds(rate(90, 100, strict=False, comparison="ABOVE"), 899, 1000) is False


def test_nothing_divided_by_nothing_is_not_judged() -> None:
    assert holds(rate(2, 100), 0, 0) is None and not tie(rate(2, 100), 0, 0)


def test_a_rate_is_none_until_another_part_fills_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert rates.of("MISSED", DAY) is None
    monkeypatch.setitem(rates._askers, "MISSED", lambda on: Ratio(1, 60))
    assert rates.of("MISSED", DAY) == Ratio(1, 60)


def test_an_income_line_is_dated_and_confirmed(office: Cadre, leader: Cadre) -> None:
    def line(start: date, yuan: int = 7800, end: date | None = None) -> IncomeLine:
        return act.propose_line(kind="MONITOR", yuan=yuan, start=start, end=end, document_no="", note="", by=office, at=AT)  # fmt: skip

    first = line(FIRST)
    assert first.document == "口径待核定"
    act.decide_line(line_id=first.pk, accept=True, said="", by=leader, at=AT)
    second = line(DAY, 8800)
    act.decide_line(line_id=second.pk, accept=True, said="", by=leader, at=AT)
    first.refresh_from_db()
    assert first.end == DAY
    with pytest.raises(BadInput, match="整数"):
        line(DAY, 0)


@pytest.mark.parametrize(("change", "name"), [
    ({"status": "ACCEPTED"}, "decided_by_somebody"), ({"name": "另一个"}, "what was proposed stays"),
    ({"end": date(2030, 1, 1)}, "an end only comes nearer"),
])  # fmt: skip
def test_the_database_keeps_a_proposal(change: dict[str, object], name: str, office: Cadre) -> None:
    made = act.propose_standard(draft=draft(), by=office, at=AT)
    with pytest.raises((IntegrityError, DatabaseError), match=name), transaction.atomic():
        Standard.objects.filter(pk=made.pk).update(**change)


def test_the_database_refuses_two_in_force_and_late_indicators(
    office: Cadre, leader: Cadre
) -> None:  # fmt: skip
    made = in_use(draft(), office, leader)
    other = act.propose_standard(draft=draft(), by=office, at=AT)
    with pytest.raises(IntegrityError, match="standard_one_in_force"), transaction.atomic():
        Standard.objects.filter(pk=other.pk).update(status="ACCEPTED", decided_by=leader, decided_at=AT)  # fmt: skip
    with pytest.raises(IntegrityError, match="standard_confirmed_by_another"), transaction.atomic():
        Standard.objects.filter(pk=other.pk).update(status="REFUSED", decided_by=office, decided_at=AT)  # fmt: skip
    with pytest.raises(IntegrityError, match="indicator_guard"), transaction.atomic():
        Indicator.objects.create(standard=made, order=99, code="X", name="x", formula="x", judged="MANUAL", unit="HOUSEHOLD")  # fmt: skip
    with pytest.raises(DatabaseError, match=r"append only|permission denied"), transaction.atomic():
        made.indicators.update(strict=False)


@pytest.mark.parametrize(("wrong", "name"), [
    ({"comparison": "BELOW", "threshold_num": 2, "threshold_den": 0}, "indicator_threshold_whole"),
    ({"comparison": "BELOW"}, "indicator_threshold_whole"), ({"judged": "RATE"}, "indicator_rate_has_threshold"),
    ({"judged": "INCOME"}, "indicator_line_known"), ({"judged": "ODD"}, "indicator_judged_known"),
    ({"unit": "ODD"}, "indicator_unit_known"), ({"code": "小"}, "indicator_code_shape"), ({"name": ""}, "indicator_named"),
    ({"code": "FOOD"}, "indicator_code_once_a_version"),
])  # fmt: skip
def test_an_indicator_is_whole(wrong: dict[str, object], name: str, office: Cadre) -> None:
    made = act.propose_standard(draft=draft(), by=office, at=AT)
    given = {"code": "NEW", "name": "新", "formula": "口径", "judged": "MANUAL", "unit": "HOUSEHOLD", **wrong}  # fmt: skip
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        Indicator.objects.create(standard=made, order=50, **given)
