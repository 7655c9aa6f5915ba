"""The same records from many connections at the same moment, through the real web server."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg2
import pytest
from django.test import Client

from cadres.models import Cadre, Event
from households.models import HeldVisit, Visit, VisitProblem
from tests.county import QINGTIAN
from tests.faults.phones import post, session_of, visit_to
from tests.households.builders import helps, household
from tests.stack import Stack, on_server, wait_until

SENDERS = 16
Records = list[dict[str, Any]]


@pytest.fixture
def sender(
    stack: Stack, person: Callable[..., Cadre], as_user: Callable[[Cadre], Client]
) -> tuple[str, str]:
    """The cookies of a helper, and the household he helps; a web server that takes sixteen at once."""
    helper, home = person("演示帮扶", "HELPER", QINGTIAN), household()
    helps(helper, home)
    stack.threads = SENDERS  # of each process: either may get them all
    stack.start("web")
    return session_of(as_user(helper)), str(home.uid)


def all_at_once(stack: Stack, cookies: str, batches: list[Records]) -> list[list[Any]]:
    """Each looks up and finds nothing; a lock of the owner gathers them at the door of the
    table, and lets them in together."""

    def one(batch: Records) -> list[Any]:
        status, body = post(stack.port, cookies, batch)
        assert status == 200, body
        answers: list[Any] = body["answers"]
        return answers

    owner = psycopg2.connect(on_server("DATABASE_OWNER_URL", stack.database))
    with owner.cursor() as cursor, ThreadPoolExecutor(len(batches)) as pool:
        cursor.execute("LOCK TABLE households_visit IN SHARE ROW EXCLUSIVE MODE")
        sent = [pool.submit(one, batch) for batch in batches]

        def all_wait() -> bool:
            assert not any(s.done() for s in sent), [s.exception() for s in sent if s.done()]
            cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND relation = 'households_visit'::regclass")  # fmt: skip
            return bool(cursor.fetchone()[0] == len(batches))

        try:
            wait_until(all_wait, "everybody at the door", 60)
        finally:
            owner.close()
        return [s.result() for s in sent]


def by_uid(answers: list[list[Any]]) -> dict[str, list[tuple[str, str]]]:
    found: dict[str, list[tuple[str, str]]] = {}
    for answer in (a for batch in answers for a in batch):
        found.setdefault(answer["uid"], []).append((answer["status"], answer["receipt"]))
    return found


def one_copy(answers: list[list[Any]], records: Records) -> None:
    """Accepted once, a duplicate for all the others, and one receipt for all of them."""
    for uid, told in by_uid(answers).items():
        statuses = sorted(status for status, _ in told)
        assert statuses == ["accepted"] + ["duplicate"] * (len(told) - 1), (uid, told)
        assert len({receipt for _, receipt in told}) == 1, (uid, told)
    assert Visit.objects.count() == len(records)
    assert VisitProblem.objects.count() == sum(len(r["problems"]) for r in records)
    assert Event.objects.filter(action="visit.log").count() == len(records)


def test_sixteen_resends_at_once_are_one_copy(stack: Stack, sender: tuple[str, str]) -> None:
    cookies, home = sender
    for _ in range(3):
        batch = [visit_to(home, n, n % 3) for n in range(60)]
        before = Visit.objects.count()
        answers = all_at_once(stack, cookies, [batch] * SENDERS)
        assert {len(a) for a in answers} == {60}
        told = by_uid(answers)
        assert all(sorted(s for s, _ in t) == ["accepted"] + ["duplicate"] * 15 for t in told.values())  # fmt: skip
        assert all(len({receipt for _, receipt in t}) == 1 for t in told.values())
        assert Visit.objects.count() == before + 60
    assert VisitProblem.objects.count() == 3 * 60


def test_overlapping_batches_in_opposite_order_wait_for_no_ring(
    stack: Stack, sender: tuple[str, str]
) -> None:
    cookies, home = sender
    answers: list[list[Any]] = []
    recorded: Records = []
    for _ in range(3):  # the first time a connection waits with its PREPARE, and not with the rows
        # So many that none is through before another has begun.
        records = [visit_to(home, n, n % 2) for n in range(530)]
        batches = [records[n * 2 : n * 2 + 500][:: 1 if n % 2 else -1] for n in range(SENDERS)]
        answers += all_at_once(stack, cookies, batches)
        recorded += records
    one_copy(answers, recorded)


def test_a_second_version_from_sixteen_sides_is_held_once(
    stack: Stack, sender: tuple[str, str]
) -> None:
    """Each sender's first look finds nothing; the quickest is accepted, the others' version
    is a conflict, held once."""
    cookies, home = sender
    first = [visit_to(home, n, 0) for n in range(40)]
    second = [{**r, "done": "另一份"} for r in first]
    answers = all_at_once(stack, cookies, [first, second] * (SENDERS // 2))
    for uid, told in by_uid(answers).items():
        assert len({receipt for _, receipt in told}) == 2, (uid, told)
        assert {s for s, _ in told} == {"accepted", "conflict", "duplicate"}, (uid, told)
    assert Visit.objects.count() == HeldVisit.objects.count() == len(first)
