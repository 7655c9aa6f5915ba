"""称谓: dated words, kept by the data office, never two on one day."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from cadres.models import Cadre, Event
from households.models import Term
from households.querysets import term
from tests.county import COUNTY, QINGTIAN

AsUser = Callable[[Cadre], Client]
Person = Callable[..., Cadre]
pytestmark = pytest.mark.django_db


@pytest.fixture
def office(person: Person) -> Cadre:
    return person("演示数据", "OFFICE_DATA", COUNTY)


def form(**changes: Any) -> dict[str, Any]:
    return {"thing": "HANDBOOK", "text": "帮扶记录册", "start": "2027-01-01", "last_day": "", **changes}  # fmt: skip


def now() -> Term:
    return Term.objects.get(thing="HANDBOOK", end=None)


def test_a_new_name_waits_for_the_end_of_the_old_one(office: Cadre, as_user: AsUser) -> None:
    client = as_user(office)
    page = client.get("/terms/").content.decode()
    assert page.count(">现行<") == 5 and page.count(">已停用<") == 5
    refused = client.post("/terms/new/", form())
    said = refused.content.decode()
    assert refused.status_code == 422 and "同一天只能有一个称谓" in said and "“帮扶手册”" in said
    assert "“扶贫手册”" not in said
    old = now()
    ended = form(text="帮扶手册", start="2021-01-01", last_day="2026-12-31")
    assert client.post(f"/terms/{old.pk}/", ended).status_code == 302
    assert client.post("/terms/new/", form()).status_code == 302
    assert "未启用" in client.get("/terms/").content.decode()
    assert term("HANDBOOK", date(2026, 12, 31)) == "帮扶手册"
    assert term("HANDBOOK", date(2027, 1, 1)) == "帮扶记录册"
    event = Event.objects.get(action="term.edit")
    assert (event.before["until"], event.after["until"]) == ("", "2026-12-31")
    assert Event.objects.get(action="term.add").actor == office


def test_what_cannot_be_is_refused(office: Cadre, as_user: AsUser) -> None:
    client, old = as_user(office), now()
    same = form(text="帮扶手册", start="2021-01-01")
    for path, data, said in (
        (f"/terms/{old.pk}/", same, "内容没有变化"),
        (f"/terms/{old.pk}/", {**same, "start": "2020-06-01"}, "“扶贫手册”"),
        ("/terms/new/", form(last_day="2026-01-01"), "不能早于开始日期"),
        ("/terms/new/", form(text=""), "必"),
        ("/terms/new/", form(thing="GHOST"), "什么的称谓"),
        ("/terms/new/", form(text="字" * 41), "40"),
    ):
        answer = client.post(path, data)
        assert answer.status_code == 422 and said in answer.content.decode(), data
    assert Term.objects.count() == 10 and not Event.objects.exists()


def test_nobody_else_opens_it(person: Person, as_user: AsUser) -> None:
    client = as_user(person("演示专干", "TOWNSHIP_CLERK", QINGTIAN))
    for path in ("/terms/", "/terms/new/", f"/terms/{now().pk}/"):
        assert client.get(path).status_code == client.post(path, form()).status_code == 403


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ("'HANDBOOK', '帮扶记录册', '2026-01-01', NULL", "term_one_at_a_time"),
        ("'GHOST', '某物', NULL, NULL", "term_thing_known"),
        ("'HANDBOOK', '', NULL, '1990-01-01'", "term_"),
    ],
)
def test_the_database_refuses_it_too(values: str, constraint: str) -> None:
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic(), connection.cursor() as cursor:  # fmt: skip
        cursor.execute(f'INSERT INTO households_term (thing, text, start, "end") VALUES ({values})')
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM households_term")
