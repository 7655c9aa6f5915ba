"""报表目录, 负担台账, 基层反映."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.models import Cadre, Event, Lead, Unit
from inspections import burden as figures
from inspections.actions import burden, meetings
from inspections.held import held, plain
from inspections.models import BurdenReport, FormAsk, FormKind
from tests.cast import Cast
from tests.county import AT, COUNTY
from tests.inspections.builders import (
    TODAY,
    Office,
    filed,
    office_of,
    other_village,
    set_up,
    village,
)
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(cast: Cast, person: Callable[..., Cadre]) -> Office:
    return office_of(cast, person)


def proposed(by: Cadre, **changes: Any) -> FormKind:
    given: dict[str, Any] = {
        "name": "冬季水管防冻登记", "unit": by.unit, "frequency": "MONTHLY", "fields": ["水管长度", "保温材料"], "minutes": 40,
        "basis": "", "collects": False, "by": by, "at": AT,
    }  # fmt: skip
    return burden.propose(**{**given, **changes})


def listed(office: Office, **changes: Any) -> FormKind:
    form = proposed(office.department, **changes)
    return burden.decide(form=form, accept=True, said="", by=office.decider, at=AT)


def test_what_is_held_is_not_asked_for_again_and_the_place_is_said(office: Office) -> None:
    with pytest.raises(BadInput) as refused:
        proposed(office.department, fields=["水管长度", "户主姓名", "是否监测对象"])
    said = refused.value.message
    assert "“户主姓名”在农户 › 基本情况" in said and "“是否监测对象”在农户 › 监测" in said
    assert "水管长度" not in said and "A-28" in said and not FormKind.objects.exists()


def test_names_are_read_as_forms_write_them() -> None:
    assert plain(" 是否 监测对象情况 ") == plain("监测对象")
    assert held(["（全村）走访次数统计", "水管长度"])[0][1].startswith("走访")
    assert not held(["户主对水质的看法", "帮扶车间面积"])


@pytest.mark.parametrize("field", ["是否危房户", "健康状况", "务工情况", "联系电话", "民族", "家庭人均纯收入", "是否解决安全饮用水"])  # fmt: skip
def test_columns_of_the_roster_are_held(field: str) -> None:
    assert [f for f, _ in held([field])] == [field]


def test_a_line_that_asks_for_several_at_once_does_not_slip_through() -> None:
    assert [f for f, _ in held(["户主姓名、身份证号及水管长度"])] == ["户主姓名", "身份证号"]
    assert [f for f, _ in held(["与户主关系"])] == ["与户主关系"]


def test_only_a_listed_form_is_asked_for_and_once_a_period(office: Office, cast: Cast) -> None:
    form = proposed(office.department)
    given: dict[str, Any] = {"villages": [village()], "on": date(2026, 11, 25), "at": AT}
    with pytest.raises(Refusal, match="不在报表目录"):
        burden.ask(form=form, **given, by=office.department)
    with pytest.raises(NotYours):
        burden.decide(form=form, accept=True, said="", by=office.department, at=AT)
    form = burden.decide(form=form, accept=True, said="", by=office.decider, at=AT)
    with pytest.raises(NotYours, match="主管单位"):
        burden.ask(form=form, **given, by=cast.clerk)
    assert burden.ask(form=form, **given, by=office.department) == 1
    with pytest.raises(BadInput, match=r"已经要过“冬季水管防冻登记”.*A-28.*下一期"):
        burden.ask(form=form, **{**given, "on": date(2026, 11, 30)}, by=office.department)
    assert burden.ask(form=form, **{**given, "on": date(2026, 12, 1)}, by=office.department)
    form = burden.end(form=form, by=office.decider, at=AT)
    with pytest.raises(Refusal, match="不在报表目录"):
        burden.ask(form=form, **{**given, "on": date(2027, 1, 4)}, by=office.department)


def test_one_collection_in_the_homes_a_year(office: Office) -> None:
    with pytest.raises(BadInput, match="每年只能一次"):
        proposed(office.department, collects=True)
    proposed(office.department, collects=True, frequency="YEARLY")
    with pytest.raises(Refusal, match="每年只采集一次"):
        proposed(office.department, name="又一张", collects=True, frequency="YEARLY")


@pytest.mark.parametrize(
    "frequency, first", [("YEARLY", "2026-01-01"), ("QUARTERLY", "2026-10-01"), ("MONTHLY", "2026-11-01"), ("WEEKLY", "2026-11-23")]
)  # fmt: skip
def test_periods_are_the_databases_too(office: Office, frequency: str, first: str) -> None:
    form = listed(office, frequency=frequency)
    burden.ask(form=form, villages=[village()], on=date(2026, 11, 26), by=office.department, at=AT)
    assert str(FormAsk.objects.get().period) == first


def test_database_refuses(office: Office) -> None:
    form = listed(office)
    burden.ask(form=form, villages=[village()], on=date(2026, 11, 25), by=office.department, at=AT)
    waiting = proposed(office.department, name="另一张")
    ask = "INSERT INTO inspections_formask (form_id, area_code, period, \"on\", asked_by_id, at) VALUES (%s, %s, %s, %s, %s, now())"  # fmt: skip
    by, here = office.department.pk, village().code
    update = "UPDATE inspections_formkind SET {} WHERE id = %s"
    insert = "INSERT INTO inspections_formkind (uid, name, unit_id, frequency, fields, minutes, basis, collects, status, proposed_by_id, proposed_at, decide_due, said) SELECT gen_random_uuid(), {}, unit_id, {}, {}, minutes, basis, {}, {}, proposed_by_id, proposed_at, decide_due, said FROM inspections_formkind WHERE id = %s"  # fmt: skip
    for name, sql, values in (
        ("form_once_a_period", ask, (form.pk, here, "2026-11-01", "2026-11-28", by)),
        ("form_unlisted", ask, (waiting.pk, here, "2026-11-01", "2026-11-28", by)),
        ("form_unlisted", ask, (form.pk, here, "2026-11-15", "2026-11-28", by)),
        ("form_unlisted|form_ask_in_period", ask, (form.pk, here, "2026-12-01", "2026-11-28", by)),
        ("form_step", update.format("status = 'ENDED', decided_by_id = 1, decided_at = now()"), (waiting.pk,)),
        ("form_not_decided_by_proposer", update.format("status = 'LISTED', decided_by_id = proposed_by_id, decided_at = now()"), (waiting.pk,)),
        ("form_decided_whole", update.format("status = 'LISTED'"), (waiting.pk,)),
        ("form_denied_says_why", update.format(f"status = 'DENIED', decided_by_id = {office.decider.pk}, decided_at = now()"), (waiting.pk,)),
        ("form_kept", update.format("fields = ARRAY['户主姓名']"), (form.pk,)),
        ("form_name_once", insert.format("name", "frequency", "fields", "false", "'WAITS'"), (form.pk,)),
        ("form_has_fields", insert.format("'空'", "frequency", "'{}'::varchar[]", "false", "'WAITS'"), (form.pk,)),
        ("form_collects_yearly", insert.format("'采'", "'WEEKLY'", "fields", "true", "'WAITS'"), (form.pk,)),
        ("form_step", insert.format("'直接'", "frequency", "fields", "false", "'LISTED'"), (form.pk,)),
        ("permission denied", "DELETE FROM inspections_formask WHERE form_id = %s", (form.pk,)),
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match=name), transaction.atomic():
            with connection.cursor() as cursor:
                cursor.execute(sql, values)


# 负担台账


def burdened(office: Office, cast: Cast) -> None:
    """One of each for the village in the week of 23 November 2026; a meeting a year before."""
    form = listed(office)
    burden.ask(form=form, villages=[village()], on=date(2026, 11, 25), by=office.department, at=AT)
    filed(office.department, hours=4)
    meeting = meetings.file(
        kind="DISPATCH", title="专项调度会", unit=office.command.unit, on=date(2026, 11, 27), minutes=90, basis="", exemption="",
        why="", attendance={cast.village.unit: 2, cast.clerk.unit: 1}, by=office.command, at=AT,
    )  # fmt: skip
    assert figures.loads(WEEK, [village()])[village().code].meetings == 0  # not decided yet
    meetings.decide(meeting=meeting, accept=True, said="", by=office.decider, at=AT)
    meetings.file(
        kind="CITY", title="去年的市会议", unit=office.command.unit, on=date(2025, 11, 18), minutes=60, basis="", exemption="",
        why="", attendance={cast.village.unit: 3}, by=office.command, at=AT - timedelta(days=365),
    )  # fmt: skip


WEEK = figures.Week(2026, 48)


def test_a_village_beside_the_same_iso_week_a_year_ago(office: Office, cast: Cast) -> None:
    burdened(office, cast)
    (line,) = figures.lines(WEEK, [village()])
    assert (line.now.forms, line.now.meetings, line.now.inspections) == (1, 1, 1)
    assert line.now.minutes == 40 + 180 + 240 and line.now.hours == "7.7"
    assert WEEK.year_ago == figures.Week(2025, 48) and str(WEEK.year_ago.monday) == "2025-11-24"
    assert line.before.meetings == 0
    (earlier,) = figures.lines(figures.Week(2026, 47), [village()])
    assert (earlier.before.meetings, earlier.before.minutes) == (1, 180)


def test_a_week_that_the_year_before_did_not_have() -> None:
    assert figures.week_of(date(2027, 1, 1)) == figures.Week(2026, 53)
    assert figures.Week(2026, 53).year_ago is None
    assert figures.week_of(date(2018, 1, 1)) == figures.Week(2018, 1)
    assert figures.week_of(date(2017, 12, 31)) == figures.Week(2017, 52)


def test_the_page_opens_into_its_rows_and_says_what_is_elsewhere(
    office: Office, cast: Cast, as_user: Callable[[Cadre], Client]
) -> None:
    burdened(office, cast)
    client = as_user(cast.head)
    text = client.get("/inspections/burden/?week=2026-W48").content.decode()
    assert f"area={village().code}&amp;week=2026-W48" in text and "7.7" in text
    rows = client.get(f"/inspections/burden/rows/?area={village().code}&week=2026-W48").content.decode()  # fmt: skip
    assert "冬季水管防冻登记" in rows and "专项调度会" in rows and "冬季饮水检查" in rows
    assert (
        client.get("/inspections/burden/rows/?area=340828101200&week=2026-W48").status_code == 404
    )
    bad = client.get("/inspections/burden/?week=nonsense")
    assert bad.status_code == 422 and "2026-W48" in bad.content.decode()
    book = client.get("/inspections/burden/?week=2026-W48&format=xlsx")
    assert book.status_code == 200 and Event.objects.filter(action="export").exists()


def test_the_ledger_costs_the_same_with_more_villages(
    office: Office, cast: Cast, as_user: Callable[[Cadre], Client]
) -> None:
    def statements(path: str, by: Cadre) -> int:
        client = as_user(by)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(path).status_code == 200
        return len(asked.captured_queries)

    burdened(office, cast)
    assert statements("/inspections/burden/?week=2026-W48", cast.head) >= statements(
        "/inspections/burden/?week=2026-W48", office.leader
    )


@pytest.mark.parametrize("path", ["filings", "joints", "meetings", "forms"])
def test_lists_cost_the_same_with_one_row_and_three(
    office: Office, cast: Cast, as_user: Callable[[Cadre], Client], path: str
) -> None:
    def more() -> None:
        n = FormKind.objects.count()
        day = TODAY + timedelta(days=2 + 20 * n)
        filed(office.department, start=day, end=day)
        set_up(office.command, "COMMAND", villages=[other_village()], start=day, end=day)
        meetings.file(kind="DISPATCH", title="会", unit=office.command.unit, on=day, minutes=60, basis="", exemption="", why="",
                      attendance={cast.village.unit: 2}, by=office.command, at=AT)  # fmt: skip
        listed(office, name=f"表{n}")

    def statements() -> int:
        client = as_user(office.leader)
        with CaptureQueriesContext(connection) as asked:
            assert client.get(f"/inspections/{path}/").status_code == 200
        return len(asked.captured_queries)

    more()
    one = statements()
    more()
    more()
    assert statements() == one


# 基层反映


def reported(by: Cadre, **changes: Any) -> BurdenReport:
    given: dict[str, Any] = {
        "kind": "INSPECTION", "organiser": "县水利局", "area": village(), "met_on": date(2026, 11, 20),
        "said": "没有通知就来查水表，要村里陪一天", "by": by, "at": AT,
    }  # fmt: skip
    return burden.report(**{**given, **changes})


def test_a_report_is_a_lead_and_its_reporter_is_nowhere(office: Office, cast: Cast) -> None:
    events = Event.objects.count()
    made = reported(cast.village)
    lead = Lead.objects.get(subject_kind="burdenreport")
    assert lead.kind == "UNFILED" and "县水利局" in lead.text and "查水表" not in lead.text
    assert Event.objects.count() == events
    with connection.cursor() as cursor:
        cursor.execute("SELECT row_to_json(r)::text FROM inspections_burdenreport r")
        row = cursor.fetchone()[0]
    assert "演示" not in row and cast.village.work_no not in row and made.uid.version == 4
    assert lead.uid.version == 4 and lead.opened_at.astimezone(AT.tzinfo).hour == 0


def test_the_commission_alone_opens_the_name_and_that_is_kept(
    office: Office, cast: Cast, as_user: Callable[[Cadre], Client]
) -> None:
    made = reported(cast.village)
    path = f"/inspections/reports/{made.uid}/"
    inspector = as_user(cast.inspector)
    assert "查水表" in inspector.get(path).content.decode()
    assert inspector.post(path).status_code == 403 and not made.openings.exists()
    shown = as_user(office.discipline).post(path).content.decode()
    assert "演示村干" in shown and made.openings.get().by == office.discipline
    assert as_user(cast.village).get(path).status_code == 403
    assert "查看反映人" not in inspector.get(path).content.decode()


def test_nobody_of_the_reported_unit_sees_it(
    office: Office, cast: Cast, as_user: Callable[[Cadre], Client]
) -> None:
    made = reported(cast.village, organiser="县纪委监委")
    for who in (cast.inspector, office.discipline):
        assert as_user(who).get(f"/inspections/reports/{made.uid}/").status_code == 404


def test_only_villages_and_townships_report_and_of_their_own_place(
    office: Office, cast: Cast, person: Callable[..., Cadre]
) -> None:
    with pytest.raises(NotYours):
        reported(office.department)
    with pytest.raises(NotYours):
        reported(person("演示别村", "VILLAGE", "340828101200"))
    with pytest.raises(BadInput, match="三个月"):
        reported(cast.village, met_on=date(2026, 11, 24))
    assert Unit.objects.filter(area__code=COUNTY).exists()


def test_the_same_report_pressed_twice_is_one(office: Office, cast: Cast) -> None:
    given: dict[str, Any] = {"kind": "INSPECTION", "organiser": "县水利局", "area": village(), "met_on": TODAY, "said": "没有报备就来查水厂"}  # fmt: skip
    first = burden.report(**given, by=cast.village, at=AT)
    assert burden.report(**given, by=cast.village, at=AT) == first
    burden.report(**given, by=cast.clerk, at=AT)  # another person's word counts
    burden.report(**{**given, "said": "下午又来了一次水厂"}, by=cast.village, at=AT)
    assert BurdenReport.objects.count() == 3
