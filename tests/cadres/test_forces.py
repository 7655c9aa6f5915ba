"""三个三分之二: half-days fill themselves, ratios are integers of that day's assignments, and without
a signed ruling there is no verdict."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.actions.absences import approve_leave, be_away
from cadres.actions.forces import end_dated, exempt, set_profile, station
from cadres.actions.halfdays import confirm_half_days
from cadres.actions.rulings import decide_ruling, propose_ruling
from cadres.halfdays import fill
from cadres.models import (
    Absence,
    Area,
    Cadre,
    CalendarDay,
    Event,
    Exemption,
    HalfDay,
    Post,
    Ruling,
    Stationing,
    Unit,
    UnitProfile,
)
from cadres.ratios import (  # fmt: skip
    EXCUSED,
    REACHED,
    SHORT,
    UNRULED,
    Share,
    headcount,
    heads,
    time_share,
    times,
)
from cadres.rulings import rulings_on
from households.actions.visits import VisitEntry, log_visit
from households.models import Visit, VisitCorrection
from tests.county import AT, COUNTY, QINGTIAN
from tests.households.builders import VILLAGE, helps, household
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
TODAY = AT.date()
Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: AT)
    yield


@pytest.fixture
def organiser(person: Person) -> Cadre:
    return person("演示组织", "ORGANISATION", COUNTY, "县委组织部")


@pytest.fixture
def team(person: Person) -> list[Cadre]:
    return [person(f"演示水利{n}", "HELPER", COUNTY, "县水利局") for n in "甲乙丙"]


def ruled(question: str, person: Person, start: date = date(2026, 1, 1), **values: str) -> Ruling:
    office = person("演示整改", "OFFICE_RECTIFY", COUNTY, "县帮扶指挥部")
    leader = person("演示书记", "COUNTY_LEADER", COUNTY, "县帮扶指挥部")
    given = {"TIME": {"weekend": "yes", "visits_of": "poverty"}, "HEADCOUNT": {"exception": "1/3"}}
    made = propose_ruling(
        question=question, text="按会议口径执行", values={**given.get(question, {}), **values}, start=start,
        document_no="岳帮〔2026〕1号", signed_by="演示书记", scan=None, by=office, at=AT,
    )  # fmt: skip
    return decide_ruling(ruling_id=made.pk, accept=True, said="", by=leader, at=AT)


def sent(cadre: Cadre, by: Cadre, start: date = date(2026, 1, 1), area: str = VILLAGE) -> Stationing:  # fmt: skip
    place = Area.objects.get(code=area)
    return station(cadre=cadre, area=place, kind="VILLAGE", start=start, document_no="", by=by, at=AT)  # fmt: skip


def half(cadre: Cadre, day: date, slot: str, category: str = "HOME", place: str = "") -> HalfDay:
    return HalfDay.objects.create(cadre=cadre, day=day, slot=slot, category=category, place=place, source="visit", source_id=1)  # fmt: skip


@pytest.mark.parametrize(
    ("x", "y", "verdict", "missing"),
    [(2, 3, REACHED, 0), (1, 3, SHORT, 1), (2, 4, SHORT, 1), (3, 4, REACHED, 0), (0, 0, EXCUSED, 0), (0, 1, SHORT, 1)],
)  # fmt: skip
def test_two_of_three_is_enough_and_of_four_it_takes_three(
    x: int, y: int, verdict: str, missing: int
) -> None:
    share = Share(x, y)
    assert (share.verdict, share.missing) == (verdict, missing)
    assert Share(x, y, ruled=False).verdict == (EXCUSED if y == 0 else UNRULED)


def test_a_unit_s_heads_are_those_of_that_day(
    team: list[Cadre], organiser: Cadre, person: Person
) -> None:
    unit = team[0].unit_id
    assert unit is not None
    ruled("HEADCOUNT", person)
    rulings = rulings_on(TODAY)
    sent(team[0], organiser)
    assert headcount(heads([unit], TODAY), "", rulings).verdict == SHORT
    second = sent(team[1], organiser, start=date(2026, 11, 2))
    assert headcount(heads([unit], TODAY), "", rulings) == Share(2, 3)
    assert headcount(heads([unit], TODAY), "", rulings).verdict == REACHED
    assert headcount(heads([unit], date(2026, 10, 30)), "", rulings).x == 1  # as it was then
    end_dated(kind="stationing", pk=second.pk, end=TODAY, by=organiser, at=AT)
    assert headcount(heads([unit], TODAY), "", rulings).x == 1
    exempt(cadre=team[2], reason="STUDY", start=TODAY, document_no="岳组〔2026〕2号", by=organiser, at=AT)  # fmt: skip
    assert headcount(heads([unit], TODAY), "", rulings) == Share(1, 2)


def test_nobody_is_counted_in_two_units_on_a_day(
    team: list[Cadre], organiser: Cadre, person: Person
) -> None:
    other = person("演示住建", "HELPER", COUNTY, "县住建局").unit
    assert other is not None
    county = Area.objects.get(code=COUNTY)
    Post.objects.create(cadre=team[0], unit=other, role="HELPER", area=county, start=date(2026, 2, 1))  # fmt: skip
    units = [team[0].unit_id or 0, other.pk]
    found = heads(units, TODAY)
    assert len(found) == len({h.cadre for h in found}) == 4
    sent(team[0], organiser)
    with pytest.raises(Refusal, match="已有进驻登记"):
        sent(team[0], organiser, start=date(2026, 6, 1))
    with pytest.raises(IntegrityError, match="stationing_one_at_a_time"), transaction.atomic():
        Stationing.objects.create(cadre=team[0], unit=other, area_id=VILLAGE, kind="VILLAGE", start=TODAY, by=organiser, at=AT)  # fmt: skip


def test_half_days_fill_themselves_and_a_void_visit_empties_its_own(
    person: Person, organiser: Cadre, team: list[Cadre]
) -> None:
    helper, home = team[0], household("演示户")
    helps(helper, home, start=date(2026, 1, 1))
    morning = AT - timedelta(hours=1)
    entry = VisitEntry(mode="IN_PERSON", met="户主", occurred_at=morning)
    visit = log_visit(household=home, entry=entry, by=helper, at=AT)
    sent(team[1], organiser)
    fill(start=TODAY - timedelta(days=2), end=TODAY)
    found = HalfDay.objects.get(cadre=helper)
    assert (found.day, found.slot, found.category, found.place) == (TODAY, "AM", "HOME", VILLAGE)
    assert (found.source, found.source_id, found.confirmed_at) == ("visit", visit.pk, None)
    mine = HalfDay.objects.filter(cadre=team[1])  # Saturday and Sunday are no working days
    assert {(h.day, h.slot, h.category) for h in mine} == {(TODAY, s, "VILLAGE") for s in ("AM", "PM")}  # fmt: skip
    assert fill(start=TODAY - timedelta(days=2), end=TODAY) == 0
    VisitCorrection.objects.create(
        visit=visit, void=True, values={}, reason="记错了户", by=helper, at=AT
    )
    fill(start=TODAY - timedelta(days=2), end=TODAY)
    assert not HalfDay.objects.filter(cadre=helper).exists()
    assert Visit.objects.count() == 1


def test_what_a_cadre_confirmed_stands(team: list[Cadre], organiser: Cadre) -> None:
    helper = team[0]
    sent(helper, organiser)
    fill(start=TODAY, end=TODAY)
    said = {(TODAY, "AM"): "VILLAGE", (TODAY, "PM"): "TRAINING"}
    assert confirm_half_days(said=said, by=helper, at=AT) == 1
    fill(start=TODAY, end=TODAY)
    am, pm = HalfDay.objects.filter(cadre=helper).order_by("slot")
    assert (am.category, am.source) == ("VILLAGE", "stationing")
    assert (pm.category, pm.source, pm.confirmed_by) == ("TRAINING", "", helper)
    assert Event.objects.filter(action="half_day.correct").count() == 1
    with pytest.raises(BadInput, match="还没到"):
        confirm_half_days(said={(TODAY + timedelta(days=1), "AM"): "HOME"}, by=helper, at=AT)
    with pytest.raises(BadInput, match="天以前"):
        confirm_half_days(said={(TODAY - timedelta(days=60), "AM"): "HOME"}, by=helper, at=AT)
    for slot, category in (("XX", "HOME"), ("AM", "XX")):
        with pytest.raises(BadInput, match="列表"):
            confirm_half_days(said={(TODAY, slot): category}, by=helper, at=AT)


def test_the_database_holds_one_category_a_slot(team: list[Cadre]) -> None:
    half(team[0], TODAY, "AM")
    for values in (
        {"slot": "AM", "category": "OWN"}, {"slot": "XX", "category": "OWN"}, {"slot": "PM", "category": "X"},
        {"slot": "PM", "category": "OWN", "source": ""}, {"slot": "PM", "category": "OWN", "confirmed_at": AT},
    ):  # fmt: skip
        with pytest.raises(IntegrityError), transaction.atomic():
            HalfDay.objects.create(**{"cadre": team[0], "day": TODAY, "source": "visit", **values})


def month_of(cadre: Cadre, start: date, end: date, weekend: bool = True) -> Any:
    assert cadre.unit_id is not None
    return next(t for t in times([cadre.unit_id], start, end, weekend=weekend) if t.cadre == cadre.pk)  # fmt: skip


def test_the_week_of_national_day_2017_is_excused(team: list[Cadre]) -> None:
    """2 to 8 October 2017 had no working day: no division by zero and nobody is late."""
    Post.objects.filter(cadre__in=team).update(start=date(2017, 1, 1))
    assert not CalendarDay.objects.filter(date__range=("2017-10-02", "2017-10-08"), working=True).exists()  # fmt: skip
    week = month_of(team[0], date(2017, 10, 2), date(2017, 10, 8))
    assert week.due == 0 and time_share(week, "", {}).verdict == EXCUSED
    half(team[0], date(2017, 10, 3), "AM")
    week = month_of(team[0], date(2017, 10, 2), date(2017, 10, 8))
    assert (week.poverty, time_share(week, "", {}).verdict) == (1, EXCUSED)
    assert month_of(team[0], date(2017, 8, 1), date(2017, 8, 31)).due == 46  # 23 working days


def test_weekends_add_and_leave_goes_out_of_the_denominator(
    team: list[Cadre], organiser: Cadre, person: Person
) -> None:
    helper = team[0]
    monday, sunday = date(2026, 11, 16), date(2026, 11, 22)
    assert month_of(helper, monday, sunday).due == 10
    for n in range(3):
        half(helper, monday + timedelta(days=n), "AM")
        half(helper, monday + timedelta(days=n), "PM", "TRAINING")
    half(helper, sunday, "AM")
    half(helper, monday + timedelta(days=3), "AM", "TASKFORCE")  # 专班 is no poverty work
    week = month_of(helper, monday, sunday)
    assert (week.due, week.poverty, week.home) == (10, 7, 4)
    assert month_of(helper, monday, sunday, weekend=False).poverty == 6
    assert time_share(week, "", {}).verdict == UNRULED
    ruled("TIME", person)
    assert time_share(week, "", rulings_on(sunday)).verdict == REACHED
    for slot in ("AM", "PM"):
        half(helper, monday + timedelta(days=4), slot, "LEAVE")
    assert month_of(helper, monday, sunday).due == 8
    exempt(cadre=helper, reason="ILLNESS", start=monday, document_no="岳组〔2026〕3号", by=organiser, at=AT)  # fmt: skip
    week = month_of(helper, monday, sunday)
    assert (week.due, week.poverty) == (0, 0)


def test_a_post_that_ended_counts_for_its_days_alone(team: list[Cadre]) -> None:
    Post.objects.filter(cadre=team[0]).update(end=date(2026, 11, 18))
    assert month_of(team[0], date(2026, 11, 16), date(2026, 11, 22)).due == 4


def test_a_leader_s_time_is_that_in_his_own_township(person: Person) -> None:
    leader = person("演示县领导", "STATIONED_LEADER", QINGTIAN)
    monday = date(2026, 11, 16)
    half(leader, monday, "AM", "COORDINATION", VILLAGE)
    half(leader, monday, "PM", "HOME", "340828101200")
    half(leader, monday + timedelta(days=1), "PM", "OWN", QINGTIAN)
    assert (month_of(leader, monday, monday + timedelta(days=6)).there) == 1


def test_only_approved_leave_fills_the_day(team: list[Cadre], person: Person) -> None:
    keeper = person("演示管理", "UNIT_ADMIN", COUNTY, "县水利局")
    away = be_away(cadre=team[0], deputy=team[1], start=TODAY, until=TODAY, kind="LEAVE", by=team[0], at=AT)  # fmt: skip
    fill(start=TODAY, end=TODAY)
    assert not HalfDay.objects.exists()
    with pytest.raises(NotYours):
        approve_leave(absence_id=away.pk, by=team[0], at=AT)
    approve_leave(absence_id=away.pk, by=keeper, at=AT)
    with pytest.raises(Refusal, match="刷新"):
        approve_leave(absence_id=away.pk, by=keeper, at=AT)
    fill(start=TODAY, end=TODAY)
    assert set(HalfDay.objects.values_list("slot", "category")) == {("AM", "LEAVE"), ("PM", "LEAVE")}  # fmt: skip
    with pytest.raises(IntegrityError, match="absence_approved_by_another"), transaction.atomic():
        Absence.objects.create(cadre=team[2], deputy=keeper, start=TODAY, end=TODAY + timedelta(days=1), by=team[2], at=AT, approved_by=team[2], approved_at=AT)  # fmt: skip
    with pytest.raises(IntegrityError, match="approved once"), transaction.atomic():
        Absence.objects.update(approved_at=None, approved_by=None)


def test_no_unit_puts_itself_on_the_list(organiser: Cadre, team: list[Cadre], person: Person) -> None:  # fmt: skip
    own, other = organiser.unit, team[0].unit
    assert own is not None and other is not None
    given = {"profile": "EXCEPTION", "start": TODAY, "by": organiser, "at": AT}
    with pytest.raises(NotYours, match="本单位不能"):
        set_profile(unit=own, document_no="岳〔2026〕1号", **given)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="文号"):
        set_profile(unit=other, document_no=" ", **given)  # type: ignore[arg-type]
    made = set_profile(unit=other, document_no="岳〔2026〕1号", **given)  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="已有类别"):
        set_profile(unit=other, document_no="岳〔2026〕2号", **given)  # type: ignore[arg-type]
    with pytest.raises(NotYours):
        set_profile(unit=other, document_no="岳〔2026〕1号", **{**given, "by": team[0]})  # type: ignore[arg-type]
    ruled("HEADCOUNT", person)
    assert headcount(heads([other.pk], TODAY), "EXCEPTION", rulings_on(TODAY)).target == "1/3"
    for change in ({"document_no": ""}, {"profile": "X"}, {"start": date(2026, 1, 1)}):
        with pytest.raises(IntegrityError), transaction.atomic():
            UnitProfile.objects.filter(pk=made.pk).update(**change)
    end_dated(kind="profile", pk=made.pk, end=TODAY, by=organiser, at=AT)
    with pytest.raises(Refusal, match="已经结束"):
        end_dated(kind="profile", pk=made.pk, end=TODAY, by=organiser, at=AT)
    with pytest.raises(IntegrityError, match="comes nearer"), transaction.atomic():
        UnitProfile.objects.filter(pk=made.pk).update(end=None)


def test_exemptions_take_a_document_and_another_person(organiser: Cadre, team: list[Cadre]) -> None:
    given = {"reason": "STUDY", "start": TODAY, "at": AT, "by": organiser}
    with pytest.raises(NotYours, match="自己"):
        exempt(cadre=organiser, document_no="岳组〔2026〕1号", **given)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="批准文号"):
        exempt(cadre=team[0], document_no="", **given)  # type: ignore[arg-type]
    made = exempt(cadre=team[0], document_no="岳组〔2026〕1号", **given)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="不能早于"):
        end_dated(kind="exemption", pk=made.pk, end=TODAY - timedelta(days=1), by=organiser, at=AT)
    with pytest.raises(IntegrityError, match="kept"), transaction.atomic():
        Exemption.objects.update(reason="AWAY")


def test_a_ruling_is_one_person_s_paper_and_another_s_word(person: Person) -> None:
    first = ruled("TIME", person)
    later = ruled("TIME", person, start=date(2026, 11, 1), weekend="no")
    first.refresh_from_db()
    assert first.end == date(2026, 11, 1)
    assert rulings_on(date(2026, 10, 31))["TIME"] == first and rulings_on(TODAY)["TIME"] == later
    office = later.proposed_by
    values = {"weekend": "yes", "visits_of": "all"}
    given = {"question": "TIME", "text": "休息日不算", "values": values, "start": TODAY, "document_no": "岳〔2026〕9号",
             "signed_by": "演示书记", "scan": None, "by": office, "at": AT}  # fmt: skip
    for change, said in (
        ({"text": "短"}, "裁定内容"), ({"document_no": ""}, "文号"), ({"signed_by": ""}, "签发人"),
        ({"values": {"weekend": "maybe"}}, "请选择"),
    ):  # fmt: skip
        with pytest.raises(BadInput, match=said):
            propose_ruling(**{**given, **change})  # type: ignore[arg-type]
    waits = propose_ruling(**given)  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="等确认"):
        propose_ruling(**given)  # type: ignore[arg-type]
    with pytest.raises(NotYours):
        decide_ruling(ruling_id=waits.pk, accept=True, said="", by=office, at=AT)
    with pytest.raises(IntegrityError, match="confirmed_by_another"), transaction.atomic():
        Ruling.objects.filter(pk=waits.pk).update(status="ACCEPTED", decided_by=office, decided_at=AT)  # fmt: skip
    with pytest.raises(IntegrityError, match="what was proposed stays"), transaction.atomic():
        Ruling.objects.filter(pk=first.pk).update(text="改写历史")


def test_the_pages_open_a_figure_into_its_rows(
    team: list[Cadre], organiser: Cadre, as_user: AsUser, person: Person
) -> None:
    sent(team[0], organiser)
    page = as_user(organiser)
    listed = page.get("/forces/").content.decode()
    assert "县水利局" in listed and "1／3 人" in listed and "无现行口径" in listed
    unit = page.get(f"/forces/units/{team[0].unit_id}/").content.decode()
    assert unit.index("演示水利丙") > 0 and "不排名次" in unit
    names = [unit.index(f"<td>{c.name}") for c in sorted(team, key=lambda c: (c.pinyin, c.pk))]
    assert names == sorted(names)
    assert page.get("/forces/?export=1").status_code == 200
    assert "没有包乡县领导" in page.get("/forces/leaders/").content.decode()
    helper = as_user(team[0])
    assert helper.get("/forces/").status_code == 403
    assert helper.get(f"/forces/units/{team[0].unit_id}/").status_code == 404
    assert helper.get("/forces/days/").status_code == 200
    keeper = as_user(person("演示管理", "UNIT_ADMIN", COUNTY, "县水利局"))
    other = Unit.objects.get(name="县委组织部")
    assert keeper.get(f"/forces/units/{other.pk}/").status_code == 404
    assert "县委组织部" not in keeper.get("/forces/").content.decode()


def test_the_list_costs_the_same_with_one_unit_and_with_three(
    organiser: Cadre, team: list[Cadre], as_user: AsUser, person: Person
) -> None:
    keeper = as_user(person("演示管理", "UNIT_ADMIN", COUNTY, "县水利局"))
    page = as_user(organiser)
    keeper.get("/forces/"), page.get("/forces/")
    with CaptureQueriesContext(connection) as one:
        keeper.get("/forces/")
    person("演示住建", "HELPER", COUNTY, "县住建局")
    with CaptureQueriesContext(connection) as three:
        page.get("/forces/")
    assert len(one) == len(three)


def test_a_cadre_confirms_his_week_on_the_page(
    team: list[Cadre], organiser: Cadre, as_user: AsUser
) -> None:
    sent(team[0], organiser)
    fill(start=TODAY, end=TODAY)
    page = as_user(team[0])
    shown = page.get("/forces/days/").content.decode()
    assert "依据驻村安排，待确认" in shown
    answer = page.post("/forces/days/", {f"{TODAY}-AM": "HOME", f"{TODAY}-PM": "VILLAGE"}, follow=True)  # fmt: skip
    assert "改了 1 个半天" in answer.content.decode() and "本人填写" in answer.content.decode()
    refused = page.post("/forces/days/", {f"{TODAY}-AM": "NONSENSE"})
    assert refused.status_code == 422 and "请从列表里选" in refused.content.decode()


def test_nothing_orders_persons_by_a_count(
    team: list[Cadre], organiser: Cadre, as_user: AsUser
) -> None:
    """2026: no ranking. Whatever the address asks, the order is that of the names."""
    for n, cadre in enumerate(team):
        for day in range(n):
            half(cadre, date(2026, 11, 16) + timedelta(days=day), "AM")
    page = as_user(organiser)
    names = [c.name for c in sorted(team, key=lambda c: (c.pinyin, c.pk))]
    for sort in ("", "sort=x", "sort=-time", "order=poverty"):
        shown = page.get(f"/forces/units/{team[0].unit_id}/?{sort}").content.decode()
        assert sorted(names, key=lambda n: shown.index(f"<td>{n}")) == names


def test_rulings_are_put_forward_and_confirmed_on_their_page(
    person: Person, as_user: AsUser
) -> None:
    office = as_user(person("演示整改", "OFFICE_RECTIFY", COUNTY, "县帮扶指挥部"))
    leader = as_user(person("演示书记", "COUNTY_LEADER", COUNTY, "县帮扶指挥部"))
    assert "口径待核定" in office.get("/forces/rulings/").content.decode()
    form = {"propose": "1", "text": "例外部门按三分之一", "exception": "1/3", "start": str(TODAY), "document_no": "岳〔2026〕1号", "signed_by": "演示书记"}  # fmt: skip
    assert office.post("/forces/rulings/HEADCOUNT/", {**form, "exception": "9"}).status_code == 422
    assert office.post("/forces/rulings/HEADCOUNT/", form).status_code == 302
    assert office.post("/forces/rulings/HEADCOUNT/", {"accept": "1"}).status_code == 403
    assert leader.post("/forces/rulings/HEADCOUNT/", {"refuse": "1"}).status_code == 422
    assert leader.post("/forces/rulings/HEADCOUNT/", {"accept": "1"}).status_code == 302
    assert Ruling.objects.get().status == "ACCEPTED"
    assert "岳〔2026〕1号" in leader.get("/forces/rulings/").content.decode()
    assert office.get("/forces/rulings/NOTHING/").status_code == 404
