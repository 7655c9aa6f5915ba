from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.db.utils import DatabaseError
from django.test import Client

from cadres.models import Area, Cadre
from households.actions.visits import VisitEntry, log_visit
from households.models import ChangeReview, Household, Member, Monitoring, VisitFact
from inspections.actions import selfcheck as act
from inspections.actions import standards
from inspections.gaps import changes, figures, gaps_visible_to, latest_run, narrowed, with_items
from inspections.initial import STANDARDS
from inspections.judging import carry_out
from inspections.models import CheckRun, Gap, GapCase, Standard
from inspections.standards import Ratio, rates
from inspections.tasks import check_new_versions
from rectification.models import Item
from tests.cast import Cast
from tests.county import AT, COUNTY, QINGTIAN
from tests.households.builders import VILLAGE, helps, household, idno
from tests.inspections.test_standards import draft, in_use, leader, office
from yuexi.core import clock, crypto
from yuexi.core.refusals import BadInput, NotYours, Refusal

__all__ = ["leader", "office"]
pytestmark = pytest.mark.django_db
DAY = AT.date()


def member(home: Household, serial: int, **fields: Any) -> Member:
    number = idno(serial)
    given = {"name": "演示", "relation": "户主", "idno": crypto.encrypt(number), "idno_hash": crypto.lookup_hash(number), "idno_tail": number[14:], "insured": True}  # fmt: skip
    return Member.objects.create(household=home, **{**given, **fields})


def run_of(standard: Standard, by: Cadre, at: Any = AT) -> CheckRun:
    run = act.ask_check(standard=standard, by=by, at=at)
    carry_out(run.pk, at=at)
    run.refresh_from_db()
    assert run.state == "DONE" and run.seen == run.total
    return run


def facts(run: CheckRun) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for gap in Gap.objects.filter(run=run).order_by("pk"):
        found.setdefault(gap.code, []).append((gap.verdict, gap.fact))
    return found


@pytest.fixture
def standard(office: Cadre, leader: Cadre) -> Standard:
    return in_use(draft(), office, leader)


def line(office: Cadre, leader: Cadre, yuan: int = 4000) -> None:
    made = standards.propose_line(kind="NATIONAL", yuan=yuan, start=date(2020, 1, 1), end=None, document_no="", note="", by=office, at=AT)  # fmt: skip
    standards.decide_line(line_id=made.pk, accept=True, said="", by=leader, at=AT)


def good(cast: Cast, name: str = "演示好", serial: int = 1, **fields: Any) -> Household:
    """Reaches all that is judged from stored facts."""
    home = household(name, **{"unsafe_house": False, "safe_water": True, "income_per_head": 9000, **fields})  # fmt: skip
    member(home, serial)
    helps(cast.village, home)
    return home


def test_who_reaches_everything_has_no_gap(cast: Cast, standard: Standard, office: Cadre, leader: Cadre) -> None:  # fmt: skip
    line(office, leader)
    good(cast)
    assert facts(run_of(standard, office)) == {}


@pytest.mark.parametrize(("fields", "code", "verdict", "said"), [
    ({"unsafe_house": True}, "HOUSE", "FAILED", "在册是危房户"),
    ({"unsafe_house": None}, "HOUSE", "UNKNOWN", "在册没有登记是否危房户"),
    ({"safe_water": False}, "WATER", "FAILED", "在册未解决安全饮用水"),
    ({"income_per_head": 4000}, "INCOME", "FAILED", "在册人均纯收入 4000 元，收入线 4000 元"),
    ({"income_per_head": None}, "INCOME", "UNKNOWN", "在册没有登记人均纯收入"),
])  # fmt: skip
def test_a_gap_says_why(fields: dict[str, Any], code: str, verdict: str, said: str, cast: Cast, standard: Standard, office: Cadre, leader: Cadre) -> None:  # fmt: skip
    line(office, leader)
    good(cast, **fields)
    assert facts(run_of(standard, office)) == {code: [(verdict, said)]}


def test_members_helper_and_risk(cast: Cast, standard: Standard, office: Cadre, leader: Cadre) -> None:  # fmt: skip
    line(office, leader)
    home = good(cast)
    member(home, 2, school="失学")
    member(home, 3, insured=False)
    Monitoring.objects.create(household=home, category="UNSTABLE", risk="因病", identified_on=DAY)
    cast.village.is_active = False
    cast.village.save()
    general = good(cast, "演示一般", 4, kind="GENERAL")
    found = facts(run_of(standard, office))
    assert set(found) == {"SCHOOL", "INSURED", "RISK", "HELPER"}
    assert found["SCHOOL"] == [("FAILED", "1 名成员在册是失学或辍学")]
    assert found["RISK"][0][1] == f"监测对象，风险：因病，{DAY} 识别，未消除"
    assert len(found["HELPER"]) == 1 and not Gap.objects.filter(household=general).exists()


def test_a_watched_household_is_asked_whatever_its_kind(cast: Cast, standard: Standard, office: Cadre) -> None:  # fmt: skip
    home = household("演示边缘", kind="GENERAL")
    Monitoring.objects.create(household=home, category="EDGE", risk="因残", identified_on=DAY)
    assert "HELPER" in facts(run_of(standard, office))


def test_what_a_visit_saw_counts_until_it_is_reviewed(cast: Cast, standard: Standard, office: Cadre, leader: Cadre) -> None:  # fmt: skip
    line(office, leader)
    home = good(cast)
    visit = log_visit(household=home, entry=VisitEntry(mode="IN_PERSON", met="本人", occurred_at=AT), by=cast.village, at=AT)  # fmt: skip
    VisitFact.objects.create(visit=visit, field="unsafe_house", base="否", value="是")
    VisitFact.objects.create(visit=visit, field="safe_water", base="是", value="是")
    assert facts(run_of(standard, office)) == {
        "HOUSE": [("FAILED", "走访看到是危房，变更还没有审")]
    }
    ChangeReview.objects.create(visit=visit, by=cast.clerk, at=AT, said="看过，已修好")
    assert facts(run_of(standard, office)) == {}


def test_without_a_line_income_is_not_judged(cast: Cast, standard: Standard, office: Cadre) -> None:
    good(cast)
    assert facts(run_of(standard, office)) == {"INCOME": [("UNKNOWN", "没有现行的收入线")]}


def test_figures_equal_the_rows_in_every_scope(
    cast: Cast, standard: Standard, office: Cadre, leader: Cadre, person: Callable[..., Cadre]
) -> None:  # fmt: skip
    line(office, leader)
    good(cast, unsafe_house=True)
    good(cast, "演示二", 2, safe_water=None)
    elsewhere = Area.objects.filter(level="VILLAGE").exclude(code__startswith=QINGTIAN[:9])[0]
    good(cast, "演示别处", 3, unsafe_house=True, area_id=elsewhere.code)
    run = run_of(standard, office)
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    helps(helper, Household.objects.get(head_name="演示别处"), rank="SECOND")
    expected = {office: 3, cast.clerk: 2, helper: 1}
    for user, rows in expected.items():
        gaps = gaps_visible_to(user, run)
        assert gaps.count() == rows
        for one in figures(user, run):
            assert (one.failed, one.unknown) == tuple(
                gaps.filter(code=one.indicator.code, verdict=v).count()
                for v in ("FAILED", "UNKNOWN")
            )
    house = next(f for f in figures(office, run) if f.indicator.code == "HOUSE")
    assert (house.checked, house.met, house.failed) == (3, 1, 2)
    admin = person("演示系统", "SYSTEM_ADMIN", COUNTY)
    assert not gaps_visible_to(admin, run).exists()
    assert narrowed(gaps_visible_to(office, run), {"area": QINGTIAN[:9], "code": "HOUSE"}).count() == 1  # fmt: skip


def test_a_day_has_one_run_a_version_and_earlier_ones_stay(cast: Cast, standard: Standard, office: Cadre, leader: Cadre) -> None:  # fmt: skip
    line(office, leader)
    home = good(cast, unsafe_house=True)
    first = run_of(standard, office)
    again = run_of(standard, office)
    assert again == first and first.gaps.count() == 1
    Household.objects.filter(pk=home.pk).update(unsafe_house=False, safe_water=False)
    second = run_of(standard, office, AT + timedelta(days=1))
    assert first.gaps.count() == 1 and latest_run("HOUSEHOLD") == second
    told = changes(office, first, second)
    assert [g.code for g in told.added] == ["WATER"] and [g.code for g in told.gone] == ["HOUSE"]
    assert ("住房安全有保障", 1, 0, 0, 1) in told.lines


def test_a_new_version_is_laid_beside_the_old_one_on_the_same_facts(cast: Cast, standard: Standard, office: Cadre, leader: Cadre) -> None:  # fmt: skip
    line(office, leader)
    good(cast, kind="GENERAL", unsafe_house=True)
    rows = [{**i, "applies": ["LIFTED"]} if i["code"] == "HOUSE" else i for i in STANDARDS["HOUSEHOLD"]["indicators"]]  # fmt: skip
    CheckRun.objects.all().update(state="FAILED")
    new = in_use(draft(start=DAY, indicators=rows), office, leader)
    runs = list(CheckRun.objects.filter(day=DAY, state="WAITS").order_by("pk"))
    assert {r.standard_id for r in runs} == {standard.pk, new.pk}
    for run in runs:
        carry_out(run.pk, at=AT)
    before, after = runs
    told = changes(office, before, after)
    assert not told.added.exists() and [g.code for g in told.gone] == ["HOUSE"]


def test_a_person_answers_what_no_record_knows(cast: Cast, standard: Standard, office: Cadre, leader: Cadre) -> None:  # fmt: skip
    line(office, leader)
    home = good(cast)
    food = standard.indicators.get(code="FOOD")

    def answered(answer: str, by: Cadre = cast.village, said: str = "米缸是空的") -> None:
        act.answer(indicator=food, area=home.area, household=home, answer=answer, said=said, photo=None, by=by, at=AT)  # fmt: skip

    answered("FAILED")
    assert facts(run_of(standard, office)) == {"FOOD": [("FAILED", "米缸是空的")]}
    answered("MET", said="已送米")
    assert facts(run_of(standard, office)) == {}
    with pytest.raises(NotYours):
        answered("MET", by=cast.department)
    with pytest.raises(BadInput, match="写明看到的情况"):
        answered("MET", said=" ")
    house = standard.indicators.get(code="HOUSE")
    with pytest.raises(BadInput, match="由在册数据判定"):
        act.answer(indicator=house, area=home.area, household=home, answer="MET", said="看过", photo=None, by=cast.village, at=AT)  # fmt: skip


@pytest.mark.parametrize(("poor", "people", "verdict", "words"), [
    (1, 50, "FAILED", "正好等于阈值"), (1, 49, "FAILED", "贫困人口 1 人"), (1, 51, None, ""), (0, 0, "UNKNOWN", "在册没有人口"),
])  # fmt: skip
def test_a_village_at_exactly_two_per_cent(poor: int, people: int, verdict: str | None, words: str, office: Cadre, leader: Cadre) -> None:  # fmt: skip
    village = in_use(draft("VILLAGE"), office, leader)
    if people:
        household("演示多", kind="GENERAL", size=people - poor)
    if poor:
        household("演示穷", kind="POOR", size=poor)
    run = run_of(village, office)
    gap = run.gaps.filter(code="RATE", area=VILLAGE).first()
    assert (gap.verdict if gap else None) == verdict
    assert words in (gap.fact if gap else "")


def test_the_countys_rates_come_from_elsewhere(office: Cadre, leader: Cadre, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    county = in_use(draft("COUNTY"), office, leader)
    lines = {f.indicator.code: f for f in figures(office, run_of(county, office))}
    assert lines["MISSED"].waiting and not Gap.objects.exists()
    for code, ratio in {"MISSED": Ratio(2, 100), "WRONG_EXIT": Ratio(0, 0), "APPROVAL": Ratio(90, 100), "COMPOSITE": Ratio(199, 10_000)}.items():  # fmt: skip
        monkeypatch.setitem(rates._askers, code, lambda on, r=ratio: r)
    assert facts(run_of(county, office)) == {
        "WRONG_EXIT": [("UNKNOWN", "0 / 0")], "MISSED": [("FAILED", "2 / 100，正好等于阈值")],
    }  # fmt: skip


def test_a_gap_becomes_one_item_while_it_is_open(cast: Cast, standard: Standard, office: Cadre, leader: Cadre) -> None:  # fmt: skip
    line(office, leader)
    good(cast, unsafe_house=True)
    gap = run_of(standard, office).gaps.get()
    item = act.open_item(gap=gap, by=cast.clerk, at=AT)
    assert item.source == "SELF" and item.category == "住房安全" and item.text == "自查差距：住房安全有保障。在册是危房户。"  # fmt: skip
    assert "自查，农户标准第" in item.lineage and "口径待核定" in item.lineage
    assert item.homes.get().household == gap.household
    later = run_of(standard, office, AT + timedelta(days=1)).gaps.get()
    assert act.open_item(gap=later, by=cast.clerk, at=AT) == item
    with_items([later], "HOUSEHOLD")
    assert later.item == item  # type: ignore[attr-defined]
    assert not narrowed(gaps_visible_to(office, later.run), {"item": "no"}).exists()
    Item.objects.filter(pk=item.pk).update(status="DISMISSED")
    second = act.open_item(gap=later, by=cast.clerk, at=AT)
    assert second != item and GapCase.objects.count() == 2
    with pytest.raises(NotYours):
        act.open_item(gap=later, by=leader, at=AT)


def test_an_item_leads_back_to_its_gap(
    cast: Cast, standard: Standard, office: Cadre, leader: Cadre, as_user: Callable[[Cadre], Client]
) -> None:
    line(office, leader)
    good(cast, unsafe_house=True)
    gap = run_of(standard, office).gaps.get()
    item = act.open_item(gap=gap, by=cast.clerk, at=AT)
    page = as_user(cast.clerk).get(f"/items/{item.uid}/").content.decode()
    assert f'href="/inspections/checks/{gap.run_id}/?code={gap.code}"' in page
    assert f'href="/inspections/standards/{standard.pk}/"' in page and gap.fact in page
    Gap.objects.all().delete()  # its run was made once more, without it
    assert as_user(cast.clerk).get(f"/items/{item.uid}/").status_code == 200


def test_what_cannot_be_judged_is_no_item(cast: Cast, standard: Standard, office: Cadre, leader: Cadre) -> None:  # fmt: skip
    line(office, leader)
    good(cast, unsafe_house=None)
    gap = run_of(standard, office).gaps.get()
    with pytest.raises(Refusal, match="不能判定"):
        act.open_item(gap=gap, by=cast.clerk, at=AT)


def test_a_version_that_is_not_confirmed_checks_nothing(office: Cadre) -> None:
    made = standards.propose_standard(draft=draft(), by=office, at=AT)
    with pytest.raises(Refusal, match="还没有确认"):
        act.ask_check(standard=made, by=office, at=AT)


@pytest.mark.parametrize(("change", "name"), [
    ({"state": "ODD"}, "check_run_state_known"), ({"state": "DONE", "finished_at": None}, "check_run_finished_when_done"),
])  # fmt: skip
def test_the_database_keeps_a_run(change: dict[str, Any], name: str, standard: Standard) -> None:
    run = CheckRun.objects.get()
    with pytest.raises(IntegrityError, match=name), transaction.atomic():
        CheckRun.objects.filter(pk=run.pk).update(**change)
    with pytest.raises(IntegrityError, match="check_run_once_a_day"), transaction.atomic():
        CheckRun.objects.create(standard=standard, day=run.day, asked_at=AT)


def test_the_database_keeps_a_gap_and_its_case(cast: Cast, standard: Standard, office: Cadre, leader: Cadre) -> None:  # fmt: skip
    line(office, leader)
    home = good(cast, unsafe_house=True)
    run = run_of(standard, office)
    base = {"run": run, "code": "X", "area": home.area, "household": home, "verdict": "FAILED", "fact": "x"}  # fmt: skip
    for wrong, name in (({"code": "HOUSE"}, "gap_once"), ({"verdict": "ODD"}, "gap_verdict_known"), ({"fact": ""}, "gap_says_why")):  # fmt: skip
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Gap.objects.create(**{**base, **wrong})  # type: ignore[arg-type]
    act.open_item(gap=run.gaps.get(), by=cast.clerk, at=AT)
    case = GapCase.objects.get()
    with pytest.raises(IntegrityError, match="gap_case_once"), transaction.atomic():
        GapCase.objects.create(level=case.level, code=case.code, area=case.area, household=home, round=1, text="x", category="其他", lineage="", by=office, at=AT)  # fmt: skip
    with pytest.raises(DatabaseError, match=r"append only|permission denied"), transaction.atomic():
        GapCase.objects.update(text="y")


def test_a_version_that_begins_later_is_checked_on_its_day(office: Cadre, leader: Cadre, settings: Any) -> None:  # fmt: skip
    new = in_use(draft(start=clock.today() + timedelta(days=2)), office, leader)
    CheckRun.objects.update(state="FAILED")
    assert check_new_versions() == 0
    settings.CLOCK_OFFSET_S = 2 * 86_400
    assert check_new_versions() == 1
    assert CheckRun.objects.get(day=clock.today()).standard == new
    assert check_new_versions() == 0
