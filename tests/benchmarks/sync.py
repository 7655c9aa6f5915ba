"""Batches of 100 visits through a real gunicorn at two connections, against a plain DRF
endpoint behind the same gunicorn and against a bare client of the database."""

from __future__ import annotations

import http.client
import os
import signal
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random
from typing import Any

import msgspec
import psycopg2
import uuid6
from django.db import connection

from cadres.actions.tokens import issue_token
from cadres.models import Area
from households.models import Assignment, Visit
from tests.benchmarks.__main__ import Figure
from tests.stack import ROOT, on_server, wait_until
from yuexi.core import clock
from yuexi.demo.homes import DONE, PROMISES, load_homes, load_visits
from yuexi.demo.people import load_people
from yuexi.embedded import dies_with_parent, free_port
from yuexi.start import web

CADRES, HOMES, VISITS, DAYS = 2_000, 20_000, 100_000, 700
CONNECTIONS, BATCH = 2, 100
ROUNDS, REQUESTS, NAIVE_REQUESTS = 5, 30, 6  # requests of one connection in one round
PROBLEM_EVERY = 10


@dataclass(frozen=True)
class Pair:
    """A household and who helps it."""

    home: int
    uid: str
    area: str
    helper: int
    work_no: str


@dataclass(frozen=True)
class Sender:
    """A township: its token and its pairs."""

    token: str
    pairs: list[Pair]


def fill() -> None:
    random, today = Random(1), clock.today()
    people = load_people(random, today, CADRES)
    homes = load_homes(random, today, people, HOMES, 2 * HOMES)
    load_visits(random, today, homes, VISITS, DAYS)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")


def largest_townships() -> list[Sender]:
    rows = Assignment.objects.filter(end=None).values_list(
        "household_id", "household__uid", "household__area_id", "cadre_id", "cadre__work_no"
    )
    by_township: dict[str, list[Pair]] = {}
    for home, uid, area, helper, work_no in rows:
        by_township.setdefault(area[:9], []).append(Pair(home, str(uid), area, helper, work_no))
    largest = sorted(by_township, key=lambda t: -len(by_township[t]))[:CONNECTIONS]
    made = []
    for prefix in largest:
        area = Area.objects.get(prefix=prefix)
        _, token = issue_token(area=area, purpose="走访对接", agreement="对接协议", responsible="演示责任人",
                               by=None, at=clock.now())  # fmt: skip
        made.append(Sender(token, by_township[prefix]))
    return made


def said(pair: Pair, n: int, now: datetime) -> dict[str, Any]:
    """What the visitor wrote, in the words of our interface."""
    return {
        "uid": str(uuid6.uuid7()), "household": pair.uid, "visitor": pair.work_no, "mode": "IN_PERSON", "met": "演示甲",
        "purposes": ["ROUTINE"], "policies": ["医保报销"], "done": DONE[n % len(DONE)],
        "promise": PROMISES[n % len(PROMISES)], "occurred_at": now - timedelta(hours=2 + n % 9),
        "recorded_at": now - timedelta(hours=1),
        "problems": [{"category": "饮水安全", "text": "水管冻裂，每天到沟里挑水"}] if n % PROBLEM_EVERY == 0 else [],
    }  # fmt: skip


def batches(sender: Sender, count: int) -> list[list[tuple[Pair, dict[str, Any]]]]:
    now, pairs = clock.now(), sender.pairs
    numbered = [(pairs[n * 7 % len(pairs)], n) for n in range(count * BATCH)]
    told = [(pair, said(pair, n, now)) for pair, n in numbered]
    return [told[at : at + BATCH] for at in range(0, len(told), BATCH)]


def our_body(batch: list[tuple[Pair, dict[str, Any]]]) -> bytes:
    return msgspec.json.encode({"sent_at": clock.now(), "records": [r for _, r in batch]})


def naive_body(batch: list[tuple[Pair, dict[str, Any]]]) -> bytes:
    own = ("uid", "mode", "met", "purposes", "policies", "done", "promise", "occurred_at", "recorded_at")  # fmt: skip
    return msgspec.json.encode([
        {**{name: r[name] for name in own}, "household": p.home, "area": p.area, "visitor": p.helper, "changes": ["WATER"],
         "late_reason": "", "synced_at": r["recorded_at"], "via": "API"} for p, r in batch])  # fmt: skip


@contextmanager
def served(settings_module: str) -> Iterator[int]:
    """gunicorn as the product starts it."""
    port = free_port()
    server = subprocess.Popen(
        web(f"127.0.0.1:{port}"),
        cwd=ROOT, env={**os.environ, "DJANGO_SETTINGS_MODULE": settings_module}, start_new_session=True,
        preexec_fn=dies_with_parent(signal.SIGTERM),
    )  # fmt: skip

    def answers() -> bool:
        try:
            return post(port, "", b"")[0] > 0
        except ConnectionError:
            return False

    try:
        wait_until(answers, "the first answer")
        yield port
    finally:
        server.terminate()
        server.wait()


def post(port: int, token: str, body: bytes) -> tuple[int, bytes]:
    client = http.client.HTTPConnection("127.0.0.1", port)
    client.request("POST", "/api/v1/visits/sync", body,
                   {"Authorization": f"Bearer {token}", "Content-Type": "application/json"})  # fmt: skip
    answer = client.getresponse()
    said = answer.read()
    client.close()
    return answer.status, said


def at_once(work: Callable[[int], list[float]]) -> tuple[float, list[float]]:
    """The same work on every connection; visits a second, and the seconds of each request."""
    with ThreadPoolExecutor(CONNECTIONS) as pool:
        began = time.perf_counter()
        took = [t for times in pool.map(work, range(CONNECTIONS)) for t in times]
        return len(took) * BATCH / (time.perf_counter() - began), took


def timed(work: Callable[[Any], None], each: Sequence[Any]) -> list[float]:
    took = []
    for one in each:
        began = time.perf_counter()
        work(one)
        took.append(time.perf_counter() - began)
    return took


def over_http(port: int, senders: list[Sender], bodies: list[list[bytes]], right: int) -> tuple[float, list[float]]:  # fmt: skip
    def work(n: int) -> list[float]:
        def one(body: bytes) -> None:
            status, answer = post(port, senders[n].token, body)
            assert status == right, answer[:500]
            assert right != 200 or answer.count(b'"accepted"') == BATCH, answer[:500]

        return timed(one, bodies[n])

    return at_once(work)


# The best of five that were tried: one statement over unnest, over json_to_recordset and over
# jsonb_to_recordset, rows of VALUES, COPY with ids drawn before.
BARE = """
WITH r AS (
  SELECT * FROM jsonb_to_recordset(%s::jsonb) AS r (uid uuid, household_id bigint, area_code text, visitor_id bigint,
    mode text, met text, purposes text[], policies text[], done text, promise text, occurred_at timestamptz,
    recorded_at timestamptz, problems jsonb)),
v AS (
  INSERT INTO households_visit (uid, household_id, area_code, visitor_id, mode, met, purposes, policies, changes, done,
                                promise, late_reason, occurred_at, recorded_at, synced_at, via)
  SELECT uid, household_id, area_code, visitor_id, mode, met, purposes, policies, '{}', done, promise, '', occurred_at,
         recorded_at, now(), 'API' FROM r
  RETURNING id, uid, household_id, area_code, mode),
p AS (
  INSERT INTO households_visitproblem (visit_id, category, text)
  SELECT v.id, x.category, x.text FROM v JOIN r USING (uid), jsonb_to_recordset(r.problems) AS x (category text, text text))
INSERT INTO cadres_event (at, actor_id, via, request_id, action, kind, object_id, area_before, area_after, before, after)
SELECT now(), %s, 'API', '', 'visit.log', 'visit', id, area_code, area_code, '{}',
       jsonb_build_object('household', household_id, 'mode', mode, 'late', false) FROM v
"""


def bare(rows: list[list[list[dict[str, Any]]]]) -> tuple[float, list[float]]:
    connections = [psycopg2.connect(os.environ["DATABASE_URL"]) for _ in range(CONNECTIONS)]

    def work(n: int) -> list[float]:
        own = connections[n]

        def one(batch: list[dict[str, Any]]) -> None:
            with own.cursor() as cursor:
                cursor.execute(BARE, [msgspec.json.encode(batch).decode(), batch[0]["visitor_id"]])
                assert cursor.rowcount == BATCH
            own.commit()

        return timed(one, rows[n])

    try:
        return at_once(work)
    finally:
        for own in connections:
            own.close()


def bare_rows(batch: list[tuple[Pair, dict[str, Any]]]) -> list[dict[str, Any]]:
    own = ("uid", "mode", "met", "purposes", "policies", "done", "promise", "occurred_at", "recorded_at", "problems")  # fmt: skip
    return [{**{name: r[name] for name in own}, "household_id": p.home, "area_code": p.area, "visitor_id": p.helper}
            for p, r in batch]  # fmt: skip


def percentile(took: list[float], part: int) -> float:
    return statistics.quantiles(took, n=100)[part - 1] * 1000


def run() -> list[Figure]:
    os.environ["REDIS_URL"] = on_server("REDIS_URL", "6")
    fill()
    senders = largest_townships()
    with served("tests.benchmarks.naive.settings") as port:
        bodies = [[naive_body(b) for b in batches(s, NAIVE_REQUESTS + 1)] for s in senders]
        over_http(port, senders, [b[:1] for b in bodies], 201)  # warm
        naive, naive_took = over_http(port, senders, [b[1:] for b in bodies], 201)
    ours, limit, took, bare_took = [], [], [], []
    before, sent = Visit.objects.count(), 0
    with served("yuexi.settings") as port:
        warm = [[our_body(b) for b in batches(s, 4)] for s in senders]
        over_http(port, senders, warm, 200)
        for _ in range(ROUNDS):
            rows = [[bare_rows(b) for b in batches(s, REQUESTS)] for s in senders]
            rate, times = bare(rows)
            limit.append(rate)
            bare_took += times
            bodies = [[our_body(b) for b in batches(s, REQUESTS)] for s in senders]
            rate, times = over_http(port, senders, bodies, 200)
            ours.append(rate)
            took += times
            sent += 2 * CONNECTIONS * REQUESTS * BATCH
    assert Visit.objects.count() == before + sent + 4 * CONNECTIONS * BATCH
    print(f"sync: naive {naive:.0f} visits/s, bare {statistics.median(limit):.0f}, ours {statistics.median(ours):.0f};"
          f" a request of {BATCH}: p50 {percentile(took, 50):.1f} ms, p99 {percentile(took, 99):.1f} ms"
          f" (naive p50 {percentile(naive_took, 50):.0f} ms, bare p50 {percentile(bare_took, 50):.1f} ms)")  # fmt: skip
    to_bare = statistics.median(o / b for o, b in zip(ours, limit, strict=True))
    return [
        Figure("sync.to_naive", statistics.median(ours) / naive, 12),
        Figure("sync.to_bare", to_bare, 0.8),
    ]
