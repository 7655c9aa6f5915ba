"""The ledger over 200,000 items and 2 M events: every page, filter and order against page 1, as
the page itself answers; beside it the same rows by raw SQL, and the naive COUNT + OFFSET."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import unquote, urlencode

import psycopg2
from django.conf import settings
from django.core.paginator import Paginator
from django.db import connection
from django.test import Client

from cadres.categories import CATEGORIES
from cadres.models import Cadre
from rectification.figures import FIGURES, report
from rectification.ledger.narrowing import (
    NARROW,
    SORTS,
    VIEWS,
    narrowed,
    order_of,
    page_of,
    parts_of,
)
from rectification.models import Item
from rectification.querysets import items_visible_to
from rectification.workflow import GRADES, ROUTE_LABELS, SOURCES, stages
from tests.benchmarks.__main__ import Figure
from tests.benchmarks.plenty import fill
from yuexi.core import clock
from yuexi.core.paging import cursor_of

ITEMS, EVENTS_EACH, TIMES = int(os.environ.get("ITEMS", 200_000)), 10, 3


def spent(ask: Callable[[], object]) -> float:
    """Milliseconds of the middle one; the first of all warms the cache and is not counted."""
    ask()
    found = []
    for _ in range(TIMES):
        began = time.perf_counter()
        ask()
        found.append(time.perf_counter() - began)
    return statistics.median(found) * 1000


def pages_of(client: Client, query: str) -> Callable[[], object]:
    def ask() -> object:
        answer = client.get(f"/items/?{query}")
        assert answer.status_code == 200, query
        return answer

    return ask


@dataclass(frozen=True)
class Beside:
    """A page and page 1 of everything by turns: what others do on the machine meets both."""

    query: str
    ms: float
    first: float

    @property
    def ratio(self) -> float:
        return self.ms / self.first

    def __str__(self) -> str:
        return f"{self.query} {self.ms:.1f} ms, page 1 {self.first:.1f} ms, {self.ratio:.2f}"


def beside(client: Client, query: str, first: Callable[[], object]) -> Beside:
    ask = pages_of(client, query)
    ask(), first()
    took: list[list[float]] = [[], []]
    for _ in range(TIMES):
        for n, one in enumerate((ask, first)):
            began = time.perf_counter()
            one()
            took[n].append(time.perf_counter() - began)
    return Beside(unquote(query), *(statistics.median(t) * 1000 for t in took))


def slowest(what: str, found: list[Beside]) -> Beside:
    found.sort(key=lambda one: -one.ratio)
    for one in found[:6]:
        print(f"ledger: {what}: {one}")
    return found[0]


def deep(user: Cadre, sort: str) -> dict[str, str]:
    """Cursors of pages at the middle and the end of everything, in one order."""
    items, order = narrowed(user, {"view": ""}, clock.today()), order_of(sort)
    found = {}
    for name, at in (("middle", ITEMS // 2), ("last", ITEMS - 40)):
        row = items.order_by(*order)[at : at + 1].get()
        # A page that starts at this row: the cursor of the one row before it.
        found[name] = cursor_of([getattr(row, key.lstrip("-")) for key in order])
    return found


def alone(item: Item) -> list[str]:
    """Each value of each filter that the page offers."""
    there = {"village": item.area_id, "township": item.area_id[:9], "unit": item.unit_id, "lead": item.lead_unit_id}  # fmt: skip
    given: dict[str, Iterable[Any]] = {
        "view": VIEWS, "fig": FIGURES, "stage": stages(), "source": SOURCES, "category": CATEGORIES, "grade": GRADES,
        "route": ROUTE_LABELS, "q": ["水", "第", "水管", "水管冻裂", "水管 路", "没有这样的话", "第777处"],
        **{key: [value] for key, value in there.items()},
    }  # fmt: skip
    assert set(given) == {"view", *NARROW}, "a filter that is not measured"
    asked = [{key: value} for key, values in given.items() for value in values]
    return [urlencode(a) for a in asked] + [urlencode({"view": "", **a}) for a in asked if "view" not in a]  # fmt: skip


def together(item: Item) -> list[str]:
    """What people use together."""
    village, township, unit, lead = item.area_id, item.area_id[:9], item.unit_id, item.lead_unit_id
    asked: list[dict[str, Any]] = [
        {"view": "open"}, {"view": "late"}, {"view": "closed"}, {"view": "mine"},
        {"view": "late", "grade": "LASTING"}, {"view": "open", "lead": lead}, {"view": "open", "township": township},
        {"view": "late", "township": township, "grade": "AT_ONCE"}, {"view": "closed", "township": township},
        {"view": "late", "grade": "LASTING", "route": "DEPARTMENT"}, {"view": "open", "unit": unit, "stage": "整改中"},
        {"view": "open", "unit": unit, "stage": "待签收"}, {"view": "closed", "unit": unit},
        *({"view": "mine", "stage": s} for s in ("待审核", "待交办", "待批准销号", "待回头看")), {"view": "mine", "grade": "LASTING"},
        {"view": "mine", "township": township}, {"view": "mine", "q": "水"},
        {"view": "open", "lead": lead, "stage": "待部门核查"}, {"view": "open", "township": township, "stage": "待乡镇自查"},
        *({"fig": f, "township": township} for f in FIGURES), *({"fig": f, "unit": unit} for f in FIGURES),
        *({"fig": f, "grade": "AT_ONCE", "route": "COUNTY"} for f in FIGURES),
        *({"view": v, "category": "饮水安全", "grade": "LASTING"} for v in VIEWS),
        *({"view": v, "q": "水"} for v in VIEWS), {"view": "", "village": village, "q": "水"},
        {"view": "late", "source": "VISIT", "category": "饮水安全", "grade": "LASTING"},
    ]  # fmt: skip
    return [urlencode(a) for a in asked]


def raw(count: bool) -> None:
    """The bare statements: a page in the middle by keyset, and its bounded count."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT i.*, a.name, u.name, c.name FROM rectification_item i JOIN cadres_area a ON a.code = i.area_code"
            " JOIN cadres_unit u ON u.id = i.unit_id JOIN cadres_cadre c ON c.id = i.person_id"
            " WHERE i.area_code LIKE '340828%%' AND (i.deadline, i.id) > (%s, 0) ORDER BY i.deadline, i.id LIMIT 16",
            [clock.today()],
        )
        cursor.fetchall()
        if count:
            cursor.execute(
                "SELECT count(*) FROM (SELECT 1 FROM rectification_item ORDER BY deadline, id LIMIT 1001) x"
            )
            cursor.fetchall()


def run() -> list[Figure]:
    settings.ALLOWED_HOSTS = ["*"]
    owner = psycopg2.connect(os.environ["DATABASE_OWNER_URL"])
    owner.autocommit = True
    began = time.perf_counter()
    with owner.cursor() as cursor:
        people = fill(cursor, clock.today(), items=ITEMS, events_each=EVENTS_EACH)
    print(
        f"ledger: {ITEMS} items, {ITEMS * EVENTS_EACH} events in {time.perf_counter() - began:.0f} s"
    )
    office = people.by_role["OFFICE_RECTIFY", "340828"][0]
    Cadre.objects.update(must_change_password=False)
    client = Client()
    client.force_login(office, backend="cadres.login.CadreBackend")
    first = pages_of(client, "view=")
    print(f"ledger: page 1 of everything {spent(first):.1f} ms")
    pages = []
    for sort in [s for key in SORTS for s in (key, f"-{key}")]:
        cursors = deep(office, sort)
        for page in (
            "",
            *(f"&{way}={at}" for at in cursors.values() for way in ("after", "before")),
        ):
            pages.append(beside(client, f"view=&sort={sort}{page}", first))
    deepest = slowest("page", pages)
    item = Item.objects.filter(status="RECTIFYING").order_by("pk")[50]
    worst = slowest("filter", [beside(client, q, first) for q in [*alone(item), *together(item)]])
    in_order = slowest(
        "filter in another order",
        [beside(client, f"{q}&sort={s}", first) for q in together(item)[:9] for s in SORTS],
    )
    others = []
    for role in ("TOWNSHIP_HEAD", "VILLAGE", "HELPER", "DEPARTMENT", "INSPECTOR"):
        who = next(found[0] for (r, _), found in people.by_role.items() if r == role)
        near = Client()
        near.force_login(who, backend="cadres.login.CadreBackend")
        for view in VIEWS:
            one = beside(near, f"view={view}", first)
            others.append(replace(one, query=f"{role} {one.query}"))
    scopes = slowest("scope", others)
    today = clock.today()
    everything = items_visible_to(office)
    naive = Paginator(everything.order_by("deadline", "pk"), 15)
    offset = spent(lambda: (naive.__dict__.pop("count", 0), list(naive.page(naive.num_pages // 2))))
    ours = parts_of(office, {"view": ""}, today)
    middle = deep(office, "deadline")["middle"]
    rows = spent(lambda: page_of(ours, {"after": middle}, 15))
    bare = spent(lambda: raw(True))
    figures = spent(lambda: report(office, today))
    print(
        f"ledger: rows and count {rows:.1f} ms, raw SQL {bare:.1f} ms, COUNT + OFFSET in the middle {offset:.1f} ms; figures {figures:.0f} ms"
    )
    return [
        Figure("ledger.any_page_to_page_1", deepest.ratio, 1.5, at_most=True),
        Figure("ledger.any_filter_to_page_1", worst.ratio, 1.5, at_most=True),
        Figure("ledger.any_filter_in_order_to_page_1", in_order.ratio, 1.5, at_most=True),
        Figure("ledger.scopes_to_page_1", scopes.ratio, 1.5, at_most=True),
        Figure("ledger.times_the_offset", offset / rows, 3),
        Figure("ledger.figures_ms", figures, 400, at_most=True),
    ]
