"""The reminder sweep over 200,000 open items of which some 42,000 are due."""

from __future__ import annotations

import time
from datetime import date
from random import Random

from django.db import connection
from django.utils import timezone

from cadres.calendar import is_working_day, nth_working_day
from cadres.models import Notice
from rectification import reminders
from rectification.models import Item
from tests.benchmarks.__main__ import Figure
from yuexi.core import clock
from yuexi.demo.copy import copy, ids
from yuexi.demo.people import load_people

ITEMS, DUE, SAMPLE = 200_000, 42_000, 1_500


def fill(today: date) -> None:
    people = load_people(Random(1), today, 2_000)
    clerks = [
        c for (role, _), found in people.by_role.items() if role == "TOWNSHIP_CLERK" for c in found
    ]
    places = dict(clerk_places(clerks))
    soon, far = nth_working_day(today, 3), nth_working_day(today, 40)
    dispatch = ids("rectification_dispatch", 1)[0]
    copy("rectification_dispatch", ["id", "uid", "number", "document_no", "signed_off_by", "by_id", "at"],
         [(dispatch, "019e0000-0000-7000-8000-000000000000", "交办0", "", "", clerks[0].pk, timezone.now())])  # fmt: skip
    copy("rectification_item", ["uid", "number", "source", "source_kind", "lineage", "text", "category", "area_code", "lead_unit_id",
         "unit_id", "person_id", "grade", "route", "status", "since", "goal", "measure", "deadline", "dispatch_id", "issued_on", "round", "rebounds",
         "created_by_id", "created_at"],
         ((f"019e0000-0000-7000-9000-{n:012x}", f"{n}", "SELF", "", "", "水管冻裂，每天到沟里挑水", "饮水安全", places[c.pk], c.unit_id,
           c.unit_id, c.pk, "LIMITED", "COUNTY", "RECTIFYING", today, "", "换管", soon if n < DUE else far, dispatch, today, 1, 0, c.pk, timezone.now())
          for n in range(ITEMS) for c in [clerks[n % len(clerks)]]))  # fmt: skip
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM rectification_item")


def clerk_places(clerks: list) -> list[tuple[int, str]]:  # type: ignore[type-arg]
    return [(c.pk, c.unit.area.code) for c in clerks]


def loop(today: date) -> float:
    """Rows a second of the naive way: one get_or_create a due item."""
    rows = list(Item.objects.filter(deadline=nth_working_day(today, 3))[:SAMPLE])
    began = time.perf_counter()
    for item in rows:
        Notice.objects.get_or_create(
            recipient_id=item.person_id, subject_kind="item", subject_id=item.pk, rule="naive", day=today,
            defaults={"level": "B_AMBER", "text": str(item), "path": f"/items/{item.uid}/", "at": timezone.now()},
        )  # fmt: skip
    return len(rows) / (time.perf_counter() - began)


def raw(today: date) -> float:
    """Rows a second of the bare statement for the same rows: the limit."""
    began = time.perf_counter()
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cadres_notice (recipient_id, subject_kind, subject_id, path, rule, level, text, day, at)"
            " SELECT person_id, 'item', id, '/items/' || uid || '/', 'raw', 'B_AMBER', left(text, 40), %s, now()"
            " FROM rectification_item WHERE status = 'RECTIFYING' AND deadline = %s ON CONFLICT DO NOTHING",
            [today, nth_working_day(today, 3)],
        )
        count = cursor.rowcount
    return float(count / (time.perf_counter() - began))


def run() -> list[Figure]:
    today = clock.today()
    while not is_working_day(today):
        today = nth_working_day(today, 1)
    fill(today)
    naive, limit = loop(today), raw(today)
    began = time.perf_counter()
    made = reminders.sweep(today=today, at=timezone.now())
    first = time.perf_counter() - began
    began = time.perf_counter()
    again = reminders.sweep(today=today, at=timezone.now())
    second = time.perf_counter() - began
    assert (made, again) == (DUE, 0), (made, again)
    print(
        f"sweep: loop {naive:.0f}/s, raw SQL {limit:.0f}/s, ours {made / first:.0f}/s, second sweep {second:.2f} s"
    )
    return [
        Figure("sweep.times_the_loop", made / first / naive, 50),
        Figure("sweep.second_to_first", second / first, 0.2, at_most=True),
    ]
