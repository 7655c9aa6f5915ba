"""No filter and no order that the ledger offers reads a large table from end to end."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qsl

import psycopg2
import pytest
from django.core.exceptions import EmptyResultSet
from django.db import connection
from django.db.models import QuerySet
from django.test import Client

from cadres.models import Area, Cadre
from rectification.figures import FIGURES
from rectification.ledger import narrowing
from rectification.ledger.narrowing import (
    KNOWN,
    NARROW,
    SORTS,
    VIEWS,
    narrowed,
    order_of,
    parts_of,
    to_count,
)
from rectification.models import Item
from tests.benchmarks.ledger import together
from tests.benchmarks.plenty import fill
from tests.cast import Cast
from tests.stack import on_server
from yuexi.core import clock
from yuexi.core.paging import cursor_of, keys_query

ITEMS, LARGE = 30_000, 4_000
BOTH = [sort for s in SORTS for sort in (s, f"-{s}")]
WORDS = ["水", "水管", "水管冻裂 第123", "没有这样的话", "2-77"]


def offered(there: Item) -> dict[str, list[str]]:
    """Every value that a filter knows; of those that take any, one that many rows have. A filter
    that is added to the ledger is asked here without being named."""
    any_of = {"q": WORDS, "village": [there.area_id], "township": [there.area_id[:9]],
              "unit": [str(there.unit_id)], "lead": [str(there.lead_unit_id)]}  # fmt: skip
    known = {key: [*values] for key, (_, values) in KNOWN.items() if key not in ("list", "sort")}
    assert {*known, *any_of} == {"view", *NARROW}, "a filter that this test does not know"
    return known | any_of


def large_tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > %s", [LARGE]
        )
        return {name for (name,) in cursor.fetchall()}


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for part in plan.get("Plans", []):
        yield from nodes(part)


def scanned(plan: dict[str, Any]) -> Iterator[str]:
    return (node["Relation Name"] for node in nodes(plan) if node["Node Type"] == "Seq Scan")


def plan_of(asked: QuerySet[Item, Any]) -> dict[str, Any]:
    try:
        sql, params = asked.query.sql_with_params()
    except EmptyResultSet:
        return {"Node Type": "Result"}
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql, params)
        plan = cursor.fetchone()[0]
    found: dict[str, Any] = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    return found


def bad_plans(
    user: Cadre, asked: dict[str, str], sort: str, large: set[str], middle: Item
) -> list[str]:
    """Of the first page, of those after and before a row in the middle, and of the count."""
    parts, order = parts_of(user, asked, clock.today()), order_of(sort)
    at = cursor_of([getattr(middle, key.lstrip("-")) for key in order])
    asks = [keys_query(parts, order, size=15, **way) for way in ({}, {"after": at}, {"before": at})]
    asks += [to_count(parts)] if sort == "deadline" else []
    found = {name for ask in asks for name in scanned(plan_of(ask))}
    return [f"{user} {asked} {sort}: {name}" for name in found & large]


def asked_of(item: Item) -> Iterator[tuple[dict[str, str], bool]]:
    """Each with whether it is the first of its filter, which is asked in every order."""
    for key, values in offered(item).items():
        for value in values:
            yield {key: value}, key == "view" or value == values[0]
            if key not in ("view", "fig"):
                yield {key: value, "view": ""}, False


def test_no_offered_filter_or_order_reads_a_large_table_whole(
    real_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = psycopg2.connect(on_server("DATABASE_OWNER_URL", real_db))
    owner.autocommit = True
    with owner.cursor() as cursor:
        people = fill(cursor, clock.today(), items=ITEMS, events_each=2)
        large = large_tables()
        assert {
            "rectification_item",
            "rectification_itemhousehold",
            "cadres_event",
            "rectification_check",
        } <= large
        item = narrowed(people.by_role["OFFICE_RECTIFY", "340828"][0], {}, clock.today()).filter(
            status="RECTIFYING"
        )[100]
        used_together = [dict(parse_qsl(q, keep_blank_values=True)) for q in together(item)]
        township = Area.objects.get(code=item.area_id[:9] + "000")
        office = people.by_role["OFFICE_RECTIFY", "340828"][0]
        scopes = [
            office, people.by_role["TOWNSHIP_HEAD", township.prefix][0], item.person,
            next(c for (r, _), f in people.by_role.items() if r == "DEPARTMENT" for c in f),
            next(c for (r, a), f in people.by_role.items() if r == "VILLAGE" for c in f),
            next(c for (r, _), f in people.by_role.items() if r == "HELPER" for c in f),
        ]  # fmt: skip
        found = [
            bad
            for user in scopes
            for asked, first in asked_of(item)
            if first or user in (office, item.person)
            for sort in (
                BOTH if (user == office and first) or set(asked) == {"view"} else ["deadline"]
            )
            for bad in bad_plans(user, asked, sort, large, item)
        ]
        for asked in used_together:
            for sort in ("deadline", "issued", "-grade"):
                found += bad_plans(office, asked, sort, large, item)
        monkeypatch.setattr(narrowing, "FREQUENT", 100)
        for view in VIEWS:
            found += bad_plans(office, {"view": view, "q": "水"}, "deadline", large, item)
        assert not found, "\n".join(found[:40])
        # Without its index each of these would be seen.
        for index, asked, sort in (
            ("item_by_words", {"q": "没有这样的话", "view": ""}, "deadline"),
            ("item_by_issue", {"view": ""}, "issued"),
            ("item_by_deadline", {"view": ""}, "deadline"),
            ("item_by_route", {"view": "", "route": "VILLAGE"}, "deadline"),
        ):
            cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [index])
            made = cursor.fetchone()[0]
            cursor.execute(f"DROP INDEX {index}")
            assert bad_plans(office, asked, sort, large, item), index
            cursor.execute(made)
    owner.close()


def test_a_page_is_walked_in_an_index_of_its_own(real_db: str) -> None:
    """In the page's order, leaving out what is not asked for, and without the table."""
    owner = psycopg2.connect(on_server("DATABASE_OWNER_URL", real_db))
    owner.autocommit = True
    with owner.cursor() as cursor:
        people = fill(cursor, clock.today(), items=ITEMS, events_each=1)
    owner.close()
    office = people.by_role["OFFICE_RECTIFY", "340828"][0]
    item = Item.objects.filter(status="RECTIFYING").order_by("pk")[100]
    wrong = []
    for asked, sort, index in (
        ({"view": ""}, "deadline", "item_by_deadline"),
        ({"view": "late"}, "deadline", "item_open"),
        ({"view": "open"}, "issued", "item_open_by_issue"),
        ({"view": "late"}, "issued", "item_open_by_issue"),
        ({"view": "open"}, "grade", "item_by_grade"),
        ({"view": "", "unit": str(item.unit_id)}, "deadline", "item_of_unit"),
        ({"view": "", "lead": str(item.lead_unit_id)}, "deadline", "item_of_lead"),
        *(({"fig": fig}, "deadline", "") for fig in FIGURES if fig not in BY_ANOTHER),
    ):
        parts = parts_of(office, asked, clock.today())
        plan = plan_of(keys_query(parts, order_of(sort), size=15))
        of_items = [n for n in nodes(plan) if n.get("Relation Name") == "rectification_item"]
        walked = {n.get("Index Name") for n in of_items if n["Node Type"] == "Index Only Scan"}
        if len(of_items) != 1 or not walked or (index and walked != {index}):
            wrong.append((asked, sort, index, [n["Node Type"] for n in of_items], walked))
    assert not wrong, wrong


# Few rows, which an index of their own finds.
BY_ANOTHER = ("extended", "spot", "rebound", "issue_wait")


def test_every_box_of_the_page_is_a_filter_whose_plan_is_read(
    item: Item, cast: Cast, as_user: Callable[[Cadre], Client]
) -> None:
    page = as_user(cast.accepter).get("/items/").content.decode()
    form = page[page.index('<form class="filters"') :]
    boxes = set(re.findall(r'<(?:select|input)[^>]* name="(\w+)"', form[: form.index("</form>")]))
    assert boxes == {"q", "source", "stage", "category", "grade", "village"} and boxes <= {*NARROW}
