"""会议报备: the whitelist and nothing else; exemptions by their named approver, and only when opened."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from cadres.models import Cadre, Unit
from inspections.actions import meetings
from inspections.models import Meeting
from tests.cast import Cast
from tests.county import AT
from tests.inspections.builders import Office, office_of, rules
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(cast: Cast, person: Callable[..., Cadre]) -> Office:
    return office_of(cast, person)


def filed(by: Cadre, **changes: Any) -> Meeting:
    given: dict[str, Any] = {
        "kind": "DISPATCH", "title": "脱贫攻坚专项调度会", "unit": by.unit, "on": date(2026, 11, 27), "minutes": 90, "basis": "",
        "exemption": "", "why": "", "attendance": {by.unit: 2}, "by": by, "at": AT,
    }  # fmt: skip
    return meetings.file(**{**given, **changes})


def test_what_is_not_on_the_whitelist_is_refused_with_the_rules_words(office: Office) -> None:
    with pytest.raises(BadInput) as refused:
        filed(office.department, kind="OTHER")
    said = refused.value.message
    assert (
        "A-25" in said and "其他会议一律暂停" in said and "县委常委（扩大）会（每月一次）" in said
    )
    assert "改用别的办法" in said and not Meeting.objects.exists()
    assert "还没有开放豁免" in said  # no way out that is shut
    rules(office, meeting_exempt=1)
    with pytest.raises(BadInput, match="请选“豁免会议”"):
        filed(office.department, kind="OTHER")


def test_the_same_meeting_pressed_twice_is_filed_once(office: Office) -> None:
    first = filed(office.department)
    with pytest.raises(BadInput, match=r"11月27日.*已经报备过.*先撤销"):
        filed(office.department)
    assert filed(office.department, title="另一次调度会")
    meetings.cancel(meeting=first, by=office.department, at=AT)
    assert filed(office.department)


def test_the_offices_decision_opens_it_and_the_filer_is_not_the_decider(office: Office) -> None:
    meeting = filed(office.department)
    with pytest.raises(NotYours):
        meetings.decide(meeting=meeting, accept=True, said="", by=office.department, at=AT)
    assert meetings.decide(meeting=meeting, accept=True, said="", by=office.decider, at=AT).status == "APPROVED"  # fmt: skip
    own = filed(office.command, title="另一次")
    with pytest.raises(NotYours, match="由别人决定"):
        meetings.decide(meeting=own, accept=True, said="", by=office.command, at=AT)


def test_a_higher_one_is_registered(office: Office) -> None:
    assert filed(office.department, kind="CITY", on=date(2026, 11, 2)).status == "REGISTERED"
    with pytest.raises(BadInput, match="召开以前"):
        filed(office.department, on=date(2026, 11, 2))


def test_the_second_standing_meeting_of_a_month(office: Office) -> None:
    first = filed(office.command, kind="STANDING", title="常委会扩大会议", on=date(2026, 11, 24))
    with pytest.raises(BadInput, match=r"2026年11月.*已经报备.*A-25.*下个月"):
        filed(office.command, kind="STANDING", on=date(2026, 11, 30))
    assert filed(office.command, kind="STANDING", on=date(2026, 12, 1))
    meetings.decide(meeting=first, accept=False, said="和调度会合并", by=office.decider, at=AT)
    assert filed(office.command, kind="STANDING", on=date(2026, 11, 30))


def test_an_exemption_is_shut_until_the_county_opens_it_and_the_leaders_alone(office: Office) -> None:  # fmt: skip
    asked = {"kind": "EXEMPT", "exemption": "FLOOD", "why": "暴雨红色预警"}
    with pytest.raises(BadInput, match=r"没有开放会议豁免.*规则"):
        filed(office.department, **asked)
    rules(office, meeting_exempt=1)
    with pytest.raises(BadInput, match="写明理由"):
        filed(office.department, **{**asked, "why": ""})
    meeting = filed(office.department, **asked)
    with pytest.raises(NotYours):
        meetings.decide(meeting=meeting, accept=True, said="", by=office.decider, at=AT)
    assert meetings.decide(meeting=meeting, accept=True, said="", by=office.leader, at=AT).status == "APPROVED"  # fmt: skip


def test_a_townships_own_meeting_is_not_covered_unless_the_county_says_so(office: Office, cast: Cast) -> None:  # fmt: skip
    with pytest.raises(BadInput, match="不在报备范围"):
        filed(cast.clerk, kind="LOCAL")
    rules(office, local_meetings=1)
    with pytest.raises(BadInput, match="A-25"):
        filed(cast.clerk, kind="LOCAL")


def test_who_comes_is_told_and_who_held_it_keeps_it(office: Office) -> None:
    with pytest.raises(BadInput, match="去几人"):
        filed(office.department, attendance={})
    meeting = filed(office.department)
    with pytest.raises(Refusal, match="已经开过"):
        meetings.cancel(meeting=meeting, by=office.department, at=AT + timedelta(days=9))


INSERT = """INSERT INTO inspections_meeting (uid, kind, title, unit_id, "on", minutes, basis, exemption, why, status, filed_by_id, filed_at, decide_due, said)
VALUES (gen_random_uuid(), %(kind)s, '会', %(unit)s, %(on)s, %(minutes)s, '', %(exemption)s, %(why)s, %(status)s, %(by)s, now(), %(due)s, '')"""


@pytest.mark.parametrize(
    "name, changes",
    [
        ("meeting_on_the_whitelist", {"kind": "OTHER"}),
        ("meeting_standing_once_a_month", {"kind": "STANDING"}),
        ("meeting_step", {"kind": "STANDING", "on": "2026-12-05", "status": "APPROVED"}),
        ("meeting_step", {"kind": "CITY", "status": "WAITS"}),
        ("meeting_exempt_says_why", {"kind": "EXEMPT", "exemption": "FLOOD"}),
        ("meeting_exempt_says_why", {"why": "就要开"}),
        ("meeting_lasts", {"minutes": 4}),
        ("meeting_waits_until", {"due": None}),
    ],
)
def test_database_refuses(office: Office, name: str, changes: dict[str, Any]) -> None:
    filed(office.command, kind="STANDING", on=date(2026, 11, 24))
    given = {"kind": "DISPATCH", "unit": office.department.unit_id, "on": "2026-11-30", "minutes": 60, "exemption": "", "why": "",
             "status": "WAITS", "by": office.department.pk, "due": "2026-11-26"}  # fmt: skip
    with pytest.raises(DatabaseError, match=name), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(INSERT, {**given, **changes})


def test_database_lets_the_leaders_alone_exempt_and_keeps_what_was_filed(office: Office) -> None:
    rules(office, meeting_exempt=1)
    meeting = filed(office.department, kind="EXEMPT", exemption="FLOOD", why="暴雨红色预警")

    def update(what: str) -> None:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(f"UPDATE inspections_meeting SET {what} WHERE id = %s", [meeting.pk])

    approved = "status = 'APPROVED', decided_at = '2026-11-23 10:00+08', decided_by_id = {}"
    for name, what in (
        ("meeting_approver", approved.format(office.decider.pk)),
        ("meeting_not_decided_by_filer|meeting_approver", approved.format(office.department.pk)),
        ("meeting_decided_whole", "status = 'DENIED', said = '不开'"),
        ("meeting_denied_says_why", f"status = 'DENIED', decided_at = now(), decided_by_id = {office.leader.pk}"),
        ("meeting_kept", "kind = 'DISPATCH', exemption = '', why = ''"),
        ("meeting_status_of_kind|meeting_step", "status = 'REGISTERED'"),
    ):  # fmt: skip
        with pytest.raises(DatabaseError, match=name):
            update(what)
    update(approved.format(office.leader.pk))
    assert Unit.objects.filter(name="县水利局").exists()
