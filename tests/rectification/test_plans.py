"""No filter and no order that the ledger offers reads a large table from end to end."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import psycopg2
from django.db import connection
from django.db.models import QuerySet

from cadres.categories import CATEGORIES
from cadres.models import Area, Cadre
from rectification.figures import FIGURES
from rectification.ledger.narrowing import NARROW, SORTS, VIEWS, narrowed, order_of, to_count
from rectification.models import Item
from rectification.workflow import GRADES, ROUTE_LABELS, stages
from tests.benchmarks.plenty import fill
from tests.stack import on_server
from yuexi.core import clock
from yuexi.core.paging import ordered

ITEMS, LARGE = 30_000, 4_000
BOTH = [sort for s in SORTS for sort in (s, f"-{s}")]
# What each filter is asked with: what many rows have, what few have, what none has.
ASKED = {
    "source": ["VISIT", "MEDIA", "EVALUATION"], "category": [*CATEGORIES][:3], "stage": [*stages()], "grade": [*GRADES], "route": [*ROUTE_LABELS],
    "fig": [*FIGURES], "q": ["水", "水管", "水管冻裂 第123", "没有这样的话", "2-77"],
    "village": [], "township": [], "unit": [], "lead": [],
}  # fmt: skip


def large_tables() -> set[str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r' AND reltuples > %s", [LARGE]
        )
        return {name for (name,) in cursor.fetchall()}


def scanned(plan: dict[str, Any]) -> Iterator[str]:
    if plan["Node Type"] == "Seq Scan":
        yield plan["Relation Name"]
    for part in plan.get("Plans", []):
        yield from scanned(part)


def indexes(plan: dict[str, Any]) -> Iterator[str]:
    if "Index Name" in plan:
        yield plan["Index Name"]
    for part in plan.get("Plans", []):
        yield from indexes(part)


def plan_of(asked: QuerySet[Item, Any]) -> dict[str, Any]:
    sql, params = asked.query.sql_with_params()
    with connection.cursor() as cursor:
        cursor.execute("EXPLAIN (FORMAT JSON) " + sql, params)
        plan = cursor.fetchone()[0]
    found: dict[str, Any] = (json.loads(plan) if isinstance(plan, str) else plan)[0]["Plan"]
    return found


def bad_plans(
    user: Cadre, asked: dict[str, str], sort: str, large: set[str], middle: Item
) -> list[str]:
    """Of the first page, of those after and before a row in the middle, and of the count."""
    items, order = narrowed(user, asked, clock.today()), order_of(sort)
    values = [getattr(middle, key.lstrip("-")) for key in order]
    asks = [
        ordered(items, order, values=v, back=b)[:16]
        for v, b in (([], False), (values, False), (values, True))
    ]
    asks += [to_count(items)] if sort == "deadline" else []
    found = {name for ask in asks for name in scanned(plan_of(ask))}
    return [f"{user} {asked} {sort}: {name}" for name in found & large]


def asked_of(item: Item) -> Iterator[tuple[dict[str, str], bool]]:
    """Each with whether it is the first of its filter, which is asked in every order."""
    for view in VIEWS:
        yield {"view": view}, True
    there = {"village": item.area_id, "township": item.area_id[:9], "unit": str(item.unit_id), "lead": str(item.lead_unit_id)}  # fmt: skip
    assert set(ASKED) == set(NARROW), "a filter that this test does not know"
    for key, values in ASKED.items():
        for value in values or [there[key]]:
            yield {key: value}, value in (values or [value])[:1]
            if key in ("q", "category", "source"):
                yield {key: value, "view": ""}, False


def test_no_offered_filter_or_order_reads_a_large_table_whole(real_db: str) -> None:
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
        assert not found, "\n".join(found[:40])
        # Without its index each of these would be seen.
        for index, asked, sort in (
            ("item_by_words", {"q": "没有这样的话", "view": ""}, "deadline"),
            ("item_by_issue", {"view": ""}, "issued"),
            ("item_by_deadline", {"view": ""}, "deadline"),
        ):
            cursor.execute("SELECT pg_get_indexdef(%s::regclass)", [index])
            made = cursor.fetchone()[0]
            cursor.execute(f"DROP INDEX {index}")
            assert bad_plans(office, asked, sort, large, item), index
            cursor.execute(made)
    owner.close()


def test_a_page_is_walked_in_an_index_of_its_own(real_db: str) -> None:
    """In the page's order, and leaving out what is not asked for."""
    owner = psycopg2.connect(on_server("DATABASE_OWNER_URL", real_db))
    owner.autocommit = True
    with owner.cursor() as cursor:
        people = fill(cursor, clock.today(), items=ITEMS, events_each=1)
    owner.close()
    office = people.by_role["OFFICE_RECTIFY", "340828"][0]
    item = Item.objects.filter(status="RECTIFYING").order_by("pk")[100]
    wrong = []
    for user, asked, index in (
        (office, {"view": ""}, "item_by_deadline"),
        (office, {"view": "late"}, "item_open"),
        (office, {"fig": "issue_wait"}, "item_to_issue"),
        (office, {"fig": "spot"}, "item_on_spot"),
        (office, {"unit": str(item.unit_id), "view": ""}, "item_of_unit"),
        (office, {"lead": str(item.lead_unit_id), "view": ""}, "item_of_lead"),
    ):
        used = set(indexes(plan_of(to_count(narrowed(user, asked, clock.today())))))
        wrong += [] if index in used else [(asked, index, used)]
    assert not wrong
