"""周调度: one a township and week, chaired by its own county leader, frozen when it is confirmed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from docx import Document

from cadres.halfdays import fill
from cadres.models import Area, Cadre, HalfDay, Notice, Post
from cadres.reminders import sweep_one
from rectification.actions.coordination import (
    Meeting,
    confirm,
    decide,
    draft,
    drop,
    follow_up,
    take_back,
)
from rectification.actions.registering import open_from
from rectification.coordination.reminders import SWEEP
from rectification.coordination.weeks import EXEMPT, MISSED, monday_of, register, week_name
from rectification.models import Coordination, CoordinationDecision, FollowUp, Item
from tests.cast import PHOTO, Cast, to_work
from tests.county import AT, DIANQIAN, QINGTIAN
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
MONDAY, WEEK = AT.date(), timedelta(days=7)  # 2026-11-23 is a Monday
LAST = MONDAY - WEEK
PATH = f"/forces/coordination/{QINGTIAN}/{MONDAY}/"


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: AT)
    yield


@pytest.fixture
def leader(person: Person) -> Cadre:
    return person("演示县领导", "STATIONED_LEADER", QINGTIAN)


@pytest.fixture
def area() -> Area:
    return Area.objects.get(code=QINGTIAN)


def meeting(leader: Cadre, day: date = MONDAY, **more: Any) -> Meeting:
    return Meeting(**{"held_on": day, "slot": "AM", "chair": leader, "topics": "逾期过堂", **more})


def drafted(leader: Cadre, by: Cadre, monday: date = MONDAY, day: date | None = None) -> Coordination:  # fmt: skip
    said = meeting(leader, day or monday, present=[by])
    return draft(area=Area.objects.get(code=QINGTIAN), monday=monday, meeting=said, by=by, at=AT)


def decided(held: Coordination, by: Cadre) -> CoordinationDecision:
    return decide(
        coordination_id=held.pk, text="水池加盖", category="饮水安全", area=held.area, person=by,
        deadline=MONDAY + timedelta(days=10), by=by, at=AT,
    )  # fmt: skip


def test_it_is_drafted_by_the_clerk_and_confirmed_by_the_leader(leader: Cadre, cast: Cast) -> None:
    held = drafted(leader, cast.clerk)
    decision = decided(held, cast.clerk)
    assert not Item.objects.exists()
    with pytest.raises(NotYours):
        confirm(coordination_id=held.pk, by=cast.clerk, at=AT)
    confirm(coordination_id=held.pk, by=leader, at=AT)
    item = Item.objects.get()
    assert (item.source, item.person, item.deadline) == ("DISPATCH", cast.clerk, decision.deadline)
    assert open_from("coordination", decision.pk, by=leader, at=AT) == item
    assert Item.objects.count() == 1
    with pytest.raises(Refusal, match="已经确认"):
        decided(held, cast.clerk)


def test_a_day_outside_the_week_is_refused_and_a_late_entry_is_not(leader: Cadre, cast: Cast, area: Area) -> None:  # fmt: skip
    sunday, entered = date(2026, 11, 22), AT  # entered on the Monday after
    made = drafted(leader, cast.clerk, LAST, sunday)
    assert (made.held_on, made.is_late) == (sunday, True)
    for day in (MONDAY, LAST - timedelta(days=1)):
        with pytest.raises(BadInput, match="之内"):
            draft(area=area, monday=LAST, meeting=meeting(leader, day), by=cast.clerk, at=entered)
    with pytest.raises(BadInput, match="还没有开"):
        draft(area=area, monday=MONDAY, meeting=meeting(leader, MONDAY + timedelta(days=1)), by=cast.clerk, at=AT)  # fmt: skip


def test_somebody_else_chairs_with_a_written_mandate_alone(leader: Cadre, cast: Cast, area: Area, person: Person) -> None:  # fmt: skip
    alone = meeting(cast.head)
    with pytest.raises(BadInput, match="不是青天乡的包乡县领导"):
        draft(area=area, monday=MONDAY, meeting=alone, by=cast.clerk, at=AT)
    other = person("演示别乡领导", "STATIONED_LEADER", DIANQIAN)
    written = replace(alone, mandate="外出开会", mandate_file=(PHOTO, "委托书.jpg"))
    for given in (alone, replace(written, giver=other), replace(written, giver=leader, mandate_file=None)):  # fmt: skip
        with pytest.raises(BadInput):
            draft(area=area, monday=MONDAY, meeting=given, by=cast.clerk, at=AT)
    made = draft(area=area, monday=MONDAY, meeting=replace(written, giver=leader), by=cast.clerk, at=AT)  # fmt: skip
    assert made.mandate_file is not None
    Post.objects.filter(cadre=leader).update(end=MONDAY)
    with pytest.raises(IntegrityError, match="coordination_chair"), transaction.atomic():
        made.save()


def test_the_iso_week_goes_over_the_new_year() -> None:
    assert monday_of(date(2017, 12, 31)) == date(2017, 12, 25)
    assert monday_of(date(2018, 1, 1)) == date(2018, 1, 1)
    assert week_name(date(2017, 12, 25)).startswith("2017年第52周（12月25日至12月31日）")
    assert week_name(date(2018, 1, 1)).startswith("2018年第1周")
    assert week_name(date(2024, 12, 30)).startswith("2025年第1周")


def test_a_week_without_working_days_is_exempt(leader: Cadre, area: Area) -> None:
    Post.objects.filter(cadre=leader).update(start=date(2017, 1, 1))
    weeks = [date(2017, 9, 25), date(2017, 10, 2), date(2017, 10, 9)]
    line = register([area], weeks, date(2017, 10, 20))[0]
    assert [c.state for c in line.cells] == [MISSED, EXEMPT, MISSED]
    assert (line.held, line.due, line.exempt) == (0, 2, 1)


def test_the_last_decisions_have_a_status_first(leader: Cadre, cast: Cast) -> None:
    first = drafted(leader, cast.clerk, LAST)
    decision = decided(first, cast.clerk)
    confirm(coordination_id=first.pk, by=leader, at=AT)
    held = drafted(leader, cast.clerk)
    with pytest.raises(Refusal, match="水池加盖"):
        confirm(coordination_id=held.pk, by=leader, at=AT)
    with pytest.raises(IntegrityError, match="coordination_unanswered"), transaction.atomic():
        Coordination.objects.filter(pk=held.pk).update(closed_by=leader, closed_at=AT, briefing={})
    for status, rule in (("STUCK", "卡在哪里"), ("DONE", "还没有销号")):
        with pytest.raises(BadInput, match=rule):
            follow_up(coordination_id=held.pk, said={decision.pk: (status, "")}, by=cast.clerk, at=AT)  # fmt: skip
    follow_up(coordination_id=held.pk, said={decision.pk: ("STUCK", "缺水泥")}, by=cast.clerk, at=AT)  # fmt: skip
    confirm(coordination_id=held.pk, by=leader, at=AT)
    kept = Coordination.objects.get(pk=held.pk).briefing
    assert kept is not None
    assert [s["code"] for s in kept["sections"] if s["rows"] and s["group"] == "asks"] == ["stuck"]
    assert FollowUp.objects.count() == 1


def test_what_was_printed_does_not_change(leader: Cadre, cast: Cast, item: Item, as_user: AsUser) -> None:  # fmt: skip
    to_work(item, cast)
    connection.cursor().execute("UPDATE rectification_item SET deadline = '2026-11-20'")
    held = drafted(leader, cast.clerk)
    browser = as_user(leader)
    assert "水管冻裂" in browser.get(PATH).content.decode()
    confirm(coordination_id=held.pk, by=leader, at=AT)
    sheet = browser.get(f"{PATH}briefing.docx").getvalue()
    rows = browser.get(f"{PATH}rows/late/").content.decode()
    connection.cursor().execute("UPDATE rectification_item SET deadline = '2026-12-30'")
    assert browser.get(f"{PATH}briefing.docx").getvalue() == sheet
    assert browser.get(f"{PATH}rows/late/").content.decode().count("水管冻裂") == rows.count("水管冻裂") == 1  # fmt: skip
    told = Document(BytesIO(sheet))
    assert "逾期未改 1 件" in "".join(p.text for p in told.paragraphs)
    assert "水管冻裂" in told.tables[0].rows[1].cells[1].text


BROKEN = {
    "coordination_begins_on_monday": "INSERT INTO rectification_coordination (uid, area_code, monday, held_on, slot, chair_id, mandate, topics, drafted_by_id, drafted_at) SELECT uuidv7(), area_code, monday + 1, held_on, slot, chair_id, '', topics, drafted_by_id, drafted_at FROM rectification_coordination",
    "coordination_within_its_week": "UPDATE rectification_coordination SET held_on = held_on - 9",
    "coordination_slot_known": "UPDATE rectification_coordination SET slot = 'XX'",
    "coordination_has_topics": "UPDATE rectification_coordination SET topics = ''",
    "coordination_mandate_in_writing": "UPDATE rectification_coordination SET mandate = '代'",
    "coordination_closed_with_figures": "UPDATE rectification_coordination SET briefing = '{}'",
    "coordination_week_kept": "UPDATE rectification_coordination SET monday = monday - 7, held_on = held_on - 7",
    "coordination_to_come": "UPDATE rectification_coordination SET held_on = held_on + 1",
    "coordination_once_a_week": "INSERT INTO rectification_coordination (uid, area_code, monday, held_on, slot, chair_id, mandate, topics, drafted_by_id, drafted_at) SELECT uuidv7(), area_code, monday, held_on, slot, chair_id, '', topics, drafted_by_id, drafted_at FROM rectification_coordination",
    "coordination_decision_says_what": "UPDATE rectification_coordinationdecision SET text = ''",
    "coordination_decision_place": f"UPDATE rectification_coordinationdecision SET area_code = '{DIANQIAN}'",
    "follow_up_earlier": "INSERT INTO rectification_followup (coordination_id, decision_id, status, note) SELECT coordination_id, id, 'GOING', '' FROM rectification_coordinationdecision",
    "coordination_confirmer": "UPDATE rectification_coordination SET closed_by_id = drafted_by_id, closed_at = drafted_at, briefing = '{}'",
    "coordination_items": "UPDATE rectification_coordination SET closed_by_id = chair_id, closed_at = drafted_at, briefing = '{}'; SET CONSTRAINTS ALL IMMEDIATE",
}  # fmt: skip


@pytest.mark.parametrize("rule", BROKEN)
def test_the_database_refuses(rule: str, leader: Cadre, cast: Cast) -> None:
    decided(drafted(leader, cast.clerk), cast.clerk)
    with pytest.raises(IntegrityError, match=rule), transaction.atomic():
        connection.cursor().execute(BROKEN[rule])


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE rectification_coordination SET topics = '别的'",
        "DELETE FROM rectification_coordination_present",
        "UPDATE rectification_coordinationdecision SET deadline = deadline + 9",
        "DELETE FROM rectification_coordinationdecision",
    ],
)
def test_a_confirmed_one_stays(sql: str, leader: Cadre, cast: Cast) -> None:
    held = drafted(leader, cast.clerk)
    decided(held, cast.clerk)
    confirm(coordination_id=held.pk, by=leader, at=AT)
    with pytest.raises(IntegrityError, match="coordination_kept"), transaction.atomic():
        connection.cursor().execute(sql)


def test_a_draft_goes_and_so_does_a_decision(leader: Cadre, cast: Cast) -> None:
    held = drafted(leader, cast.clerk)
    decision = decided(held, cast.clerk)
    take_back(coordination_id=held.pk, decision_id=decision.pk, by=cast.clerk, at=AT)
    drop(coordination_id=held.pk, by=cast.clerk, at=AT)
    assert not Coordination.objects.exists()


def test_it_fills_the_half_day_of_who_was_there(leader: Cadre, cast: Cast) -> None:
    held = drafted(leader, cast.clerk)
    fill(start=MONDAY, end=MONDAY)
    assert not HalfDay.objects.filter(category="COORDINATION").exists()
    confirm(coordination_id=held.pk, by=leader, at=AT)
    fill(start=MONDAY, end=MONDAY)
    rows = HalfDay.objects.filter(category="COORDINATION").order_by("cadre")
    assert {(h.cadre, h.slot, h.place) for h in rows} == {(leader, "AM", QINGTIAN), (cast.clerk, "AM", QINGTIAN)}  # fmt: skip


def said(day: date) -> list[tuple[str, str]]:
    sweep_one(SWEEP, today=day, at=datetime.combine(day, AT.timetz()))
    found = Notice.objects.filter(day=day, subject_kind="coordination")
    return sorted(found.values_list("rule", "recipient__name"))


def test_asked_on_thursday_and_red_on_monday_once(leader: Cadre, cast: Cast) -> None:
    held = drafted(leader, cast.clerk, LAST)
    confirm(coordination_id=held.pk, by=leader, at=AT)
    assert said(MONDAY + timedelta(days=2)) == []
    thursday = MONDAY + timedelta(days=3)
    assert said(thursday) == [("W-ASK", "演示专干"), ("W-ASK", "演示县领导")]
    assert said(thursday + timedelta(days=1)) == []
    red = said(MONDAY + WEEK)
    assert red == [("W-RED", "演示专干"), ("W-RED", "演示书记"), ("W-RED", "演示县领导")]
    assert Notice.objects.filter(rule="W-RED", level="A_RED").count() == 3


def test_after_a_week_off_the_one_before_is_asked_for(leader: Cadre) -> None:
    Post.objects.filter(cadre=leader).update(start=date(2017, 1, 1))
    assert said(date(2017, 10, 5)) == []
    assert said(date(2017, 10, 9)) == [("W-RED", "演示县领导")]
    assert "2017-09-25" in Notice.objects.get().path


def test_the_week_by_hand(leader: Cadre, cast: Cast, as_user: AsUser) -> None:
    clerk = as_user(cast.clerk)
    given = {"held_on": "2026-11-30", "slot": "AM", "chair": leader.pk, "topics": "过堂"}
    refused = clerk.post(f"{PATH}do/draft/", given)
    assert refused.status_code == 422 and "之内" in refused.content.decode()
    photo = SimpleUploadedFile("记录.jpg", PHOTO)
    assert clerk.post(f"{PATH}do/draft/", {**given, "held_on": str(MONDAY), "minutes": photo}).status_code == 302  # fmt: skip
    task = {"text": "水池加盖", "category": "饮水安全", "area": Area.objects.get(code=QINGTIAN).pk, "person": cast.clerk.pk, "deadline": "2026-12-01"}  # fmt: skip
    assert clerk.post(f"{PATH}do/decide/", task).status_code == 302
    assert clerk.post(f"{PATH}do/confirm/").status_code == 403
    assert clerk.get(f"{PATH}files/minutes/").status_code == 200
    assert as_user(leader).post(f"{PATH}do/confirm/").status_code == 302
    page = clerk.get(PATH).content.decode()
    assert "已确认" in page and "26-0001" in page
    for path in (PATH.replace(QINGTIAN, DIANQIAN), PATH.replace("-23/", "-24/"), PATH.replace("-23/", "-30/"), f"{PATH}rows/x/"):  # fmt: skip
        assert clerk.get(path).status_code == 404


def test_the_register_counts_weeks_of_townships(leader: Cadre, cast: Cast, as_user: AsUser) -> None:
    held = drafted(leader, cast.clerk)
    confirm(coordination_id=held.pk, by=leader, at=AT)
    office = as_user(cast.accepter)
    one = CaptureQueriesContext(connection)
    clerk = as_user(cast.clerk)
    clerk.get("/forces/coordination/")
    with one:
        assert "已开 1 周，应开 8 周" in clerk.get("/forces/coordination/").content.decode()
    office.get("/forces/coordination/")
    with CaptureQueriesContext(connection) as all_of_them:
        office.get("/forces/coordination/")
    assert len(all_of_them) == len(one)
    assert office.get("/forces/coordination/?export=1").status_code == 200
