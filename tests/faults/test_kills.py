"""Kills that kill: SIGKILL in the middle, then the same work again."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from django.db import connection

from cadres.actions.imports import decide, upload
from cadres.calendar import nth_working_day
from cadres.models import Cadre, Event, ImportRun, Notice
from cadres.tasks import run_import
from households.models import Household, Member
from rectification import reminders
from rectification.models import Item
from tests.cast import THREE_DAYS_LATE, Cast, fresh, to_work
from tests.county import AT, QINGTIAN
from tests.households.builders import line, workbook
from tests.stack import ROOT, Stack, wait_until

LOCK = 4711
# Does its work in a transaction, then hangs on a lock that the test holds, before the commit.
VICTIM = """
import django; django.setup()
from datetime import date
from django.db import connection, transaction
from yuexi.core import clock
with transaction.atomic():
    {work}
    connection.cursor().execute("SELECT pg_advisory_xact_lock({lock})")
"""


def killed_before_commit(stack: Stack, work: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s)", [LOCK])
        victim = subprocess.Popen(
            [sys.executable, "-c", VICTIM.format(work=work, lock=LOCK)], cwd=ROOT, env=stack.env()
        )
        waiting = (
            "SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND objid = %s AND NOT granted"
        )

        def hangs() -> bool:
            assert victim.poll() is None, "the victim ended by itself"
            cursor.execute(waiting, [LOCK])
            return cursor.fetchone() is not None

        wait_until(hangs, "the victim's wait")
        os.kill(victim.pid, signal.SIGKILL)
        victim.wait()
        cursor.execute("SELECT pg_advisory_unlock(%s)", [LOCK])


def test_a_sweep_killed_in_the_middle_leaves_exactly_one(
    stack: Stack, item: Item, cast: Cast
) -> None:
    to_work(item, cast)
    day = nth_working_day(fresh(item).deadline, 3)
    work = f"from rectification import reminders; reminders.sweep(today=date.fromisoformat('{day}'), at=clock.now())"
    killed_before_commit(stack, work)
    assert not Notice.objects.exists()
    assert reminders.sweep(today=day, at=AT) == len(THREE_DAYS_LATE)
    told = Notice.objects.values_list("rule", "recipient__name")
    assert sorted(told) == sorted(THREE_DAYS_LATE)
    assert reminders.sweep(today=day, at=AT) == 0


def ready(stack: Stack, person: Callable[..., Cadre], rows: int) -> ImportRun:
    clerk = person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    content = workbook([line(n) for n in range(1, rows + 1)])
    return upload(kind="ROSTER", content=content, name="花名册.xlsx", by=clerk, at=AT)


def test_an_import_killed_while_writing_leaves_the_roster_as_it_was(
    stack: Stack, person: Callable[..., Cadre]
) -> None:
    run = ready(stack, person, 50)
    run_import(run.pk)
    decide(run_id=run.pk, accept=True, by=run.by, at=AT)
    work = f"from cadres.models import ImportRun; from households.imports.roster import RosterImporter; RosterImporter().apply(ImportRun.objects.get(pk={run.pk}), clock.now())"
    killed_before_commit(stack, work)
    assert (
        not Household.objects.exists()
        and not Event.objects.filter(action="household.import").exists()
    )
    run_import(run.pk)
    run.refresh_from_db()
    assert (run.status, run.created, Member.objects.count()) == ("DONE", 50, 50)


def test_a_worker_killed_while_checking_is_followed_by_one_that_ends_it(
    stack: Stack, person: Callable[..., Cadre], monkeypatch: object
) -> None:
    run = ready(stack, person, 20000)
    stack.start("worker", "beat")

    def seen() -> int:
        return int(ImportRun.objects.get(pk=run.pk).seen)

    wait_until(seen, "the first checked rows")
    stack.kill("worker")
    half = ImportRun.objects.get(pk=run.pk)
    assert half.status == "CHECKING" and half.seen < half.total
    stack.start("worker")
    wait_until(
        lambda: ImportRun.objects.get(pk=run.pk).status == "READY", "the end of the check", 60
    )
    done = ImportRun.objects.get(pk=run.pk)
    assert done.created + done.refused == done.total == 20000


def test_the_product_starts_again_after_a_kill_of_everything(tmp_path: Path) -> None:
    """The starter dies by SIGKILL; the kernel ends its servers; the next start recovers."""
    command = [sys.executable, "-m", "yuexi.embedded", "kills", "--", sys.executable, "-c"]
    env = {
        k: v
        for k, v in os.environ.items()
        if k not in ("DATABASE_URL", "DATABASE_OWNER_URL", "REDIS_URL")
    }
    mark = tmp_path / "mark"
    write = (
        "import os, psycopg2, time; c = psycopg2.connect(os.environ['DATABASE_OWNER_URL']);"
        "k = c.cursor(); k.execute('DROP TABLE IF EXISTS kept'); k.execute('CREATE TABLE kept (n int)'); k.execute('INSERT INTO kept VALUES (1)'); c.commit();"
        f"open({str(mark)!r}, 'w').write('x'); time.sleep(600)"
    )
    count = (
        "import os, psycopg2; c = psycopg2.connect(os.environ['DATABASE_OWNER_URL']); k = c.cursor();"
        "k.execute('SELECT count(*) FROM kept'); print(k.fetchone()[0]); k.execute('DROP TABLE kept'); c.commit()"
    )
    starter = subprocess.Popen([*command, write], cwd=ROOT, env=env, start_new_session=True)
    wait_until(mark.exists, "the first commit", 60)
    os.kill(starter.pid, signal.SIGKILL)
    starter.wait()
    again = subprocess.run(
        [*command, count], cwd=ROOT, env=env, capture_output=True, text=True, timeout=120
    )
    assert again.stdout.strip() == "1", again.stderr
