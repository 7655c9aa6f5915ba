"""更正 and 作废 wherever a visit is read: page, list, export, REST, the last promise."""

from __future__ import annotations

import io
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from cadres.actions.tokens import issue_token
from cadres.models import Area, Cadre
from households.actions.visits import VisitEntry, correct, log_visit
from households.models import Household, Visit
from households.querysets import with_last_visit
from households.sync.day import day_of
from tests.county import AT, COUNTY, QINGTIAN

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db
ENTRY = VisitEntry(mode="IN_PERSON", met="演示户主", occurred_at=AT - timedelta(hours=1), done="送药", promise="修水管")  # fmt: skip


@pytest.fixture
def corrected(helper: Cadre, home: Household) -> Visit:
    visit = log_visit(household=home, entry=ENTRY, by=helper, at=AT)
    values = {"done": "送药两盒", "promise": "修水塔"}
    correct(visit=visit, values=values, reason="写错了", void=False, by=helper, at=AT)
    return visit


@pytest.fixture
def void(helper: Cadre, home: Household) -> Visit:
    later = replace(ENTRY, occurred_at=AT - timedelta(minutes=5), done="走错门", promise="没答应")
    visit = log_visit(household=home, entry=later, by=helper, at=AT)
    correct(visit=visit, values={}, reason="记错了户", void=True, by=helper, at=AT)
    return visit


def test_pages_and_the_export_show_what_was_put_right(
    corrected: Visit, void: Visit, home: Household, person: Person, as_user: AsUser
) -> None:
    client = as_user(person("演示专干", "TOWNSHIP_CLERK", QINGTIAN))
    for path in ("/visits/", f"/households/{home.uid}/"):
        shown = client.get(path).content.decode()
        assert "送药两盒" in shown and ">送药<" not in shown, path
        assert ">更正</span>" in shown and ">作废</span>" in shown and 'class="void"' in shown, path
    only = client.get("/visits/?mode=void").content.decode()
    assert "走错门" in only and "送药" not in only
    book = client.get("/visits/?format=xlsx").content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert [row[-1] for row in rows[2:]] == ["作废", "更正"]
    assert rows[3][6:8] == ["送药两盒", "修水塔"]


def test_the_last_promise_is_the_corrected_one_and_never_a_void_one(
    corrected: Visit, void: Visit, home: Household, helper: Cadre
) -> None:
    assert with_last_visit(Household.objects.all()).get(pk=home.pk).last_promise == "修水塔"
    _, homes = day_of(helper, AT.date())
    assert homes[0]["promise"] == "修水塔" and homes[0]["visits"][0]["done"] == "送药两盒"
    visit = corrected
    correct(visit=visit, values={"promise": ""}, reason="没答应", void=False, by=helper, at=AT)
    assert not with_last_visit(Household.objects.all()).get(pk=home.pk).last_promise


def test_township_systems_read_it_too_for_a_constant_number_of_queries(
    corrected: Visit, void: Visit, home: Household, helper: Cadre, person: Person
) -> None:
    office = person("演示数据", "OFFICE_DATA", COUNTY)
    _, text = issue_token(area=Area.objects.get(code=QINGTIAN), purpose="a", agreement="b",
                          responsible="c", by=office, at=AT)  # fmt: skip
    ask = {"headers": {"Authorization": f"Bearer {text}"}}
    first, second = Client().get("/api/v1/visits", **ask).json()["results"]  # type: ignore[arg-type]
    assert (first["done"], first["corrected"], first["void"]) == ("送药两盒", True, False)
    assert (second["done"], second["corrected"], second["void"]) == ("走错门", False, True)
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as queries:
            Client().get("/api/v1/visits", **ask)  # type: ignore[arg-type]
        counts.append(len(queries))
        again = log_visit(household=home, entry=ENTRY, by=helper, at=AT)
        correct(visit=again, values={"done": "又改"}, reason="写错", void=False, by=helper, at=AT)
    assert counts[0] == counts[1]
