"""The desk's figures from the sums against the same figures counted from the visits, over a month
of a 大走访, and what the sums cost whoever writes a visit."""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable
from datetime import date
from random import Random
from typing import Any

import msgspec
import psycopg2
from django.db import connection
from django.db.models import Count, Exists, OuterRef

from cadres.models import Cadre
from households import summaries
from households.models import Household
from households.querysets import (
    count_visits,
    households_visible_to,
    met_since,
    standing,
    talked_since,
    visits_since,
)
from tests.benchmarks.__main__ import Figure
from tests.benchmarks.sync import BARE, BATCH
from yuexi.core import clock
from yuexi.demo.people import load_people

PEOPLE, HOMES, VISITS, DAYS = 2_000, 100_000, 1_000_000, 24
ROUNDS, BATCHES = 5, 20

FILL = """
INSERT INTO households_household (uid, area_code, "group", head_name, pinyin, kind, poverty_class, cause, lifted_year, identified, closed)
SELECT gen_random_uuid(), codes[1 + n %% array_length(codes, 1)], '', '演示', 'yanshi', CASE WHEN n %% 4 = 0 THEN 'GENERAL' ELSE 'LIFTED' END,
       '', '', '', '', ''
  FROM generate_series(1, %(homes)s) n, (SELECT array_agg(code ORDER BY code) AS codes FROM cadres_area WHERE level = 'VILLAGE') c;
INSERT INTO households_visit (uid, household_id, area_code, visitor_id, mode, met, purposes, policies, changes, done, promise, late_reason,
                              occurred_at, recorded_at, synced_at, via)
SELECT gen_random_uuid(), h.id, h.area_code, (%(visitors)s::bigint[])[1 + n %% %(people)s], m.mode, CASE m.mode WHEN 'NOBODY' THEN '' ELSE '演示' END, '{}', '{}', '{}', '', '', '',
       t.at, t.at, t.at, 'PHONE'
  FROM generate_series(1, %(visits)s) n
  JOIN households_household h ON h.id = (SELECT min(id) FROM households_household) + (n * 7919::bigint) %% (%(homes)s * 4 / 5),
       LATERAL (SELECT CASE WHEN n %% 20 = 0 THEN 'NOBODY' WHEN n %% 10 = 1 THEN 'REMOTE' ELSE 'IN_PERSON' END AS mode) m,
       LATERAL (SELECT %(since)s::timestamptz + (n %% (%(days)s * 600)) * interval '144 seconds' AS at) t;
"""  # fmt: skip


def owner(sql: str, values: dict[str, Any] | None = None) -> None:
    own = psycopg2.connect(os.environ["DATABASE_OWNER_URL"])
    own.autocommit = True
    with own.cursor() as cursor:
        cursor.execute(sql, values)
    own.close()


def add_up(on: bool) -> None:
    owner(f"ALTER TABLE households_visit {'ENABLE' if on else 'DISABLE'} TRIGGER add_up")


def best(work: Callable[[], Any]) -> tuple[float, Any]:
    """Milliseconds of the median of several, and what came out."""
    took, found = [], work()
    for _ in range(ROUNDS):
        began = time.perf_counter()
        found = work()
        took.append((time.perf_counter() - began) * 1000)
    return statistics.median(took), found


def counted(user: Cadre, since: date) -> dict[str, int]:
    """How it was asked before there were sums."""
    seen = standing().filter(household=OuterRef("pk"), occurred_at__gte=clock.start_of(since))
    helped = households_visible_to(user).filter(closed="").exclude(kind="GENERAL")
    met = helped.filter(Exists(seen.filter(mode="IN_PERSON"))).count()
    left = helped.filter(~Exists(seen.exclude(mode="NOBODY"))).count()
    return {"total": helped.count(), "met": met, "left": left}


def summed(user: Cadre, since: date) -> dict[str, int]:
    helped = households_visible_to(user).filter(closed="").exclude(kind="GENERAL")
    return helped.aggregate(total=Count("pk"), met=Count("pk", filter=met_since(since)),
                            left=Count("pk", filter=~talked_since(since)))  # fmt: skip


def insert_overhead(visitor: int) -> float:
    """Batches with the trigger beside batches without, taking turns."""
    homes = list(Household.objects.order_by("pk").values_list("pk", "area_id")[:20_000])
    at, ratios = clock.now(), []
    for turn in range(2 * ROUNDS):
        took = {}
        for on in (True, False) if turn % 2 else (False, True):
            add_up(on)
            own = psycopg2.connect(os.environ["DATABASE_URL"])
            times = []
            for n in range(BATCHES):
                some = homes[(turn * BATCHES + n) * BATCH % 19_000 :][:BATCH]
                rows = [{"uid": str(os.urandom(16).hex()), "household_id": pk, "area_code": area, "visitor_id": visitor,
                         "mode": "IN_PERSON", "met": "演示", "purposes": [], "policies": [], "done": "", "promise": "",
                         "occurred_at": at, "recorded_at": at, "problems": []} for pk, area in some]  # fmt: skip
                began = time.perf_counter()
                with own.cursor() as cursor:
                    cursor.execute(BARE, [msgspec.json.encode(rows).decode(), visitor])
                own.commit()
                times.append(time.perf_counter() - began)
            own.close()
            took[on] = statistics.median(times)
        ratios.append(took[True] / took[False])
    add_up(True)
    return statistics.median(ratios)


def run() -> list[Figure]:
    today = clock.today()
    people = load_people(Random(1), today, PEOPLE).by_role
    user = people["OFFICE_DATA", "340828"][0]  # who sees the whole county
    visitors = list(Cadre.objects.exclude(pk=user.pk).values_list("pk", flat=True))
    since = date.fromordinal(today.toordinal() - DAYS + 1)
    add_up(False)
    owner(FILL, {"homes": HOMES, "visits": VISITS, "visitors": visitors, "people": len(visitors), "since": clock.start_of(since), "days": DAYS})  # fmt: skip
    add_up(True)
    summaries.mend()
    owner("VACUUM ANALYZE")
    connection.close()
    rows, of_rows = best(lambda: visits_since(user, since).count())
    sums, of_sums = best(lambda: count_visits(user, since))
    assert of_rows == of_sums > 0, (of_rows, of_sums)
    homes_rows, homes_of_rows = best(lambda: counted(user, since))
    homes_sums, homes_of_sums = best(lambda: summed(user, since))
    assert homes_of_rows == homes_of_sums, (homes_of_rows, homes_of_sums)
    print(f"summary: {of_rows} visits counted in {rows:.0f} ms, summed in {sums:.1f} ms; households by last visit"
          f" {homes_rows:.0f} ms and {homes_sums:.1f} ms")  # fmt: skip
    overhead = insert_overhead(visitors[0])
    summaries.mend()
    return [
        Figure("summary.visits", rows / sums, 100),
        Figure("summary.households", homes_rows / homes_sums, 15),
        Figure("summary.insert", overhead, 1.35, at_most=True),
    ]
