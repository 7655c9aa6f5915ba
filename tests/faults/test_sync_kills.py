"""Phones that sync over a bad line while web, worker and PostgreSQL are killed.

`KILLS` kills at moments drawn from `SEED`; `make faults` makes over two hundred.
PostgreSQL here is a second cluster: its death concerns no other test.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from random import Random
from threading import Event, Thread
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.db import connection
from django.test import Client

from cadres.models import Cadre
from households.models import HeldVisit, Visit, VisitProblem
from rectification.tasks import recover_findings
from tests.county import QINGTIAN
from tests.faults.phones import BadLine, Phone, session_of
from tests.households.builders import helps, household
from tests.stack import ROOT, Stack, on_server, wait_until
from yuexi.embedded import (
    APP,
    OWNER,
    data_dir,
    database_url,
    postgres_software,
    start_postgres,
)

KILLS = int(os.environ.get("KILLS", "3"))
SEED = int(os.environ.get("SEED") or time.time_ns() % 1_000_000)
PHONES, PATIENCE_S = 3, 120


@dataclass
class Cluster:
    """A PostgreSQL that may be killed, and comes back on the same port."""

    base: Path
    child: subprocess.Popen[bytes]
    port: int

    def kill(self) -> None:
        """The postmaster first, or it would start its children anew; then all of them."""
        children = Path(f"/proc/{self.child.pid}/task/{self.child.pid}/children").read_text()
        self.child.kill()
        self.child.wait()
        for pid in map(int, children.split()):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        wait_until(lambda: not any(Path(f"/proc/{p}").exists() for p in children.split()), "the end of its children")  # fmt: skip

    def start(self) -> None:
        self.child, _ = start_postgres(self.base, self.port)


@pytest.fixture
def cluster(django_db_setup: None, django_db_blocker: Any) -> Iterator[Cluster]:
    """Of its own, with what the tests' database holds."""
    base = data_dir("mortal")
    shutil.rmtree(base, ignore_errors=True)
    base.mkdir(parents=True, mode=0o755)
    child, port = start_postgres(base)
    tools = postgres_software() / "bin"
    with django_db_blocker.unblock():
        name = connection.settings_dict["NAME"]
    # The roles have other names here than on a server that DATABASE_URL names.
    dump = subprocess.Popen([tools / "pg_dump", "-O", "-x", on_server("DATABASE_OWNER_URL", name)],
                            stdout=subprocess.PIPE)  # fmt: skip
    subprocess.run([tools / "psql", "-q", "-v", "ON_ERROR_STOP=1", database_url(base, port, OWNER)],
                   stdin=dump.stdout, stdout=subprocess.DEVNULL, check=True)  # fmt: skip
    assert dump.wait() == 0
    both = {"DATABASE_URL": APP, "DATABASE_OWNER_URL": OWNER}
    urls = {variable: database_url(base, port, role) for variable, role in both.items()}
    subprocess.run([sys.executable, "manage.py", "migrate", "--verbosity=0"], cwd=ROOT,
                   env={**os.environ, **urls}, check=True)  # fmt: skip
    made = Cluster(base, child, port)
    yield made
    made.child.send_signal(signal.SIGINT)
    made.child.wait()
    shutil.rmtree(base)


@pytest.fixture
def real_db(
    cluster: Cluster, django_db_blocker: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """Django's connection and the stack's go to the cluster that may be killed."""
    settings = connection.settings_dict
    before = {key: settings[key] for key in ("HOST", "PORT", "NAME", "USER", "PASSWORD")}
    url = database_url(cluster.base, cluster.port, APP)
    monkeypatch.setenv("DATABASE_URL", url)
    with django_db_blocker.unblock():
        connection.close()
        settings.update(
            HOST="127.0.0.1", PORT=cluster.port, NAME="yuexi", USER=APP,
            PASSWORD=urlsplit(url).password,
        )  # fmt: skip
        yield "yuexi"
        connection.close()
        settings.update(before)


def kill_one_web_process(stack: Stack, random: Random) -> None:
    """One of those that answer; the master starts another."""
    master = stack.children["web"].pid
    workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    if workers:
        with suppress(ProcessLookupError):
            os.kill(int(random.choice(workers)), signal.SIGKILL)


def kill(what: str, stack: Stack, cluster: Cluster, random: Random) -> None:
    if what == "web process":
        kill_one_web_process(stack, random)
    elif what == "postgres":
        cluster.kill()
        cluster.start()
    else:
        stack.kill(what)
        stack.start(what)


def victims(random: Random) -> Iterator[str]:
    """The cheap ones first, and each kind once before any comes again."""
    yield from ("postgres", "web process", "worker", "web")
    while True:
        yield random.choice(("postgres", "postgres", "web process", "web process", "web", "worker"))


def test_nothing_acknowledged_is_lost_whatever_is_killed(
    stack: Stack, cluster: Cluster, person: Callable[..., Cadre], as_user: Callable[[Cadre], Client]
) -> None:
    print(f"seed {SEED}")
    random, done, line = Random(SEED), Event(), None
    person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)  # whose the items become
    homes = [household(f"演示{n}") for n in range(5)]
    phones = []
    for n in range(PHONES):
        helper = person(f"演示帮扶{n}", "HELPER", QINGTIAN)
        for home in homes:
            if n < 2:
                helps(helper, home, rank=("MAIN", "SECOND")[n])
        own = homes if n < 2 else [household("演示独户")]
        if n == 2:
            helps(helper, own[0])
        phones.append(Phone(session_of(as_user(helper)), [str(h.uid) for h in own],
                            lambda: line.port if line else 0, Random(random.random())))  # fmt: skip
    stack.start("web", "worker", "beat")
    line = BadLine(stack.port, Random(random.random()))
    threads = [Thread(target=phone.walk, args=(done,), daemon=True) for phone in phones]
    for thread in threads:
        thread.start()
    killed: Counter[str] = Counter()
    for _, what in zip(range(KILLS), victims(random), strict=False):
        seen = [len(p.statuses) for p in phones]
        wait_until(lambda s=seen: any(len(p.statuses) > n + 1 for p, n in zip(phones, s, strict=True)), "traffic", PATIENCE_S)  # type: ignore[misc]  # fmt: skip
        done.wait(random.uniform(0, 0.08))  # somewhere in the middle of what the phones send
        kill(what, stack, cluster, random)
        killed[what] += 1
    done.set()
    for thread in threads:
        thread.join(PATIENCE_S)
    told = Counter(status for phone in phones for status in phone.statuses)
    left = [(len(p.outbox), p.refused[:1], p.last) for p in phones]
    assert not any(phone.outbox for phone in phones), (left, told, stack.log.read_text()[-3000:])
    line.close()
    connection.close()
    check(phones)
    print(f"{dict(killed)} kills, {line.cuts} cuts, {sum(len(p.recorded) for p in phones)} records, "
          f"{sum(p.tries for p in phones)} tries, answers {dict(told)}")  # fmt: skip


HALF_WRITTEN = {
    "a visit without exactly one event":
        "SELECT v.id FROM households_visit v LEFT JOIN cadres_event e ON e.kind = 'visit' AND e.action = 'visit.log'"
        " AND e.object_id = v.id GROUP BY v.id HAVING count(e.seq) <> 1",
    "an event without its visit":
        "SELECT seq FROM cadres_event e WHERE action = 'visit.log'"
        " AND NOT EXISTS (SELECT FROM households_visit v WHERE v.id = e.object_id)",
    "a problem without exactly one item":
        "SELECT p.id FROM households_visitproblem p LEFT JOIN rectification_item i ON i.source_kind = 'visit'"
        " AND i.source_id = p.id GROUP BY p.id HAVING count(i.id) <> 1",
}  # fmt: skip


def check(phones: list[Phone]) -> None:
    recorded = {uid: said for phone in phones for uid, said in phone.recorded.items()}
    receipts = {uid: receipt for phone in phones for uid, receipt in phone.receipts.items()}
    assert {str(uid): f"V{pk}" for uid, pk in Visit.objects.values_list("uid", "pk")} == receipts
    assert set(receipts) == set(recorded) and not HeldVisit.objects.exists()
    written: dict[str, list[str]] = {uid: [] for uid in recorded}
    for uid, text in VisitProblem.objects.order_by("pk").values_list("visit__uid", "text"):
        written[str(uid)].append(text)
    assert written == {u: [p["text"] for p in said["problems"]] for u, said in recorded.items()}
    while recover_findings():  # five hundred at a time, beside the worker
        pass
    with connection.cursor() as cursor:
        for what, sql in HALF_WRITTEN.items():
            cursor.execute(sql)
            assert not cursor.fetchall(), what
