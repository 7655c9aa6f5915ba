"""The ledger over 200,000 items and 2 M events: every page, filter and order against page 1, as
the page itself answers; beside it the same rows by raw SQL, and the naive COUNT + OFFSET."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable

import psycopg2
from django.conf import settings
from django.core.paginator import Paginator
from django.db import connection
from django.test import Client

from cadres.models import Cadre
from rectification.figures import FIGURES, report
from rectification.ledger.narrowing import SORTS, VIEWS, narrowed, order_of, page_of
from rectification.models import Item
from rectification.querysets import items_visible_to
from rectification.workflow import GRADES, stages
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


def deep(user: Cadre, sort: str) -> dict[str, str]:
    """Cursors of pages at the middle and the end of everything, in one order."""
    items, order = narrowed(user, {"view": ""}, clock.today()), order_of(sort)
    found = {}
    for name, at in (("middle", ITEMS // 2), ("last", ITEMS - 40)):
        row = items.order_by(*order)[at : at + 1].get()
        # A page that starts at this row: the cursor of the one row before it.
        found[name] = cursor_of([getattr(row, key.lstrip("-")) for key in order])
    return found


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
    first = spent(pages_of(client, "view="))
    print(f"ledger: page 1 of everything {first:.1f} ms")
    slow: list[tuple[float, str]] = []
    for sort in [s for key in SORTS for s in (key, f"-{key}")]:
        cursors = deep(office, sort)
        for name, query in {
            "first": "", "middle": f"&after={cursors['middle']}", "last": f"&after={cursors['last']}",
            "middle, backwards": f"&before={cursors['middle']}", "last, backwards": f"&before={cursors['last']}",
        }.items():  # fmt: skip
            slow.append((spent(pages_of(client, f"view=&sort={sort}{query}")), f"{sort} {name}"))
    deepest = max(slow)
    item = Item.objects.filter(status="RECTIFYING").order_by("pk")[50]
    asked = (
        [f"view={v}" for v in VIEWS]
        + [f"fig={f}" for f in FIGURES]
        + [f"stage={s}" for s in stages()]
    )
    asked += [
        "source=VISIT",
        "source=MEDIA",
        "category=饮水安全",
        *(f"grade={g}" for g in GRADES),
        "route=COUNTY",
    ]
    asked += [
        f"village={item.area_id}",
        f"township={item.area_id[:9]}",
        f"unit={item.unit_id}",
        f"lead={item.lead_unit_id}",
    ]
    asked += [
        "view=&q=水",
        "view=&q=水管",
        "view=&q=水管冻裂",
        "view=&q=没有这样的话",
        "view=&q=第777处",
    ]
    narrow = [(spent(pages_of(client, q)), q) for q in asked]
    for ms, query in sorted(narrow, reverse=True)[:6]:
        print(f"ledger: {query} {ms:.1f} ms, {ms / first:.2f} of page 1")
    worst = max(narrow)
    others = []
    for role, people_of in (
        ("TOWNSHIP_HEAD", "township"),
        ("VILLAGE", "village"),
        ("HELPER", "own"),
        ("DEPARTMENT", "department"),
    ):
        who = next(found[0] for (r, _), found in people.by_role.items() if r == role)
        near = Client()
        near.force_login(who, backend="cadres.login.CadreBackend")
        one = spent(pages_of(near, "view="))
        others.append((one / first, people_of))
        print(f"ledger: page 1 within a {people_of}'s scope {one:.1f} ms")
    today = clock.today()
    everything = items_visible_to(office)
    naive = Paginator(everything.order_by("deadline", "pk"), 15)
    offset = spent(lambda: (naive.__dict__.pop("count", 0), list(naive.page(naive.num_pages // 2))))
    ours = narrowed(office, {"view": ""}, today)
    middle = deep(office, "deadline")["middle"]
    rows = spent(lambda: page_of(ours, {"after": middle}, 15))
    bare = spent(lambda: raw(True))
    figures = spent(lambda: report(office, today))
    print(
        f"ledger: rows and count {rows:.1f} ms, raw SQL {bare:.1f} ms, COUNT + OFFSET in the middle {offset:.1f} ms; figures {figures:.0f} ms"
    )
    print(
        f"ledger: deepest {deepest[1]} {deepest[0]:.1f} ms; slowest filter {worst[1]} {worst[0]:.1f} ms"
    )
    return [
        Figure("ledger.any_page_to_page_1", deepest[0] / first, 1.5, at_most=True),
        Figure("ledger.any_filter_to_page_1", worst[0] / first, 1.5, at_most=True),
        Figure("ledger.scopes_to_page_1", max(others)[0], 1.5, at_most=True),
        Figure("ledger.times_the_offset", offset / rows, 3),
    ]
