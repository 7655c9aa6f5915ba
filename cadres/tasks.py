"""Thin wrappers that take ids. A task that finds its run locked leaves it to its holder."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from celery import shared_task
from django.db import InterfaceError, OperationalError, connection

from cadres.calendar import reach_ahead
from cadres.events import Origin, origin_is
from cadres.files import store
from cadres.halfdays import WINDOW, fill
from cadres.imports.importer import importers
from cadres.models import Channel, ImportRun
from cadres.outbox import deliver, waiting_channels
from cadres.reminders import digests, sweeps
from cadres.rules import in_force
from cadres.scope import require
from yuexi.core import clock
from yuexi.core.refusals import Refusal

log = logging.getLogger(__name__)
IMPORT_LOCK = 20170731


@contextmanager
def sole(run_id: int) -> Iterator[bool]:
    """A lock that dies with the connection, so a killed worker never keeps it."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [IMPORT_LOCK, run_id])
        got = cursor.fetchone()[0]
        try:
            yield got
        finally:
            if got:
                cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [IMPORT_LOCK, run_id])


@shared_task
def run_import(run_id: int) -> None:
    with sole(run_id) as got, origin_is(Origin(via="IMPORT")):
        if not got:
            return
        run = ImportRun.objects.select_related("by", "file").get(pk=run_id)
        importer = importers.of(run.kind)
        try:
            require(run.by, importer.right)
            if run.status == ImportRun.Status.CHECKING:
                importer.check(run)
            elif run.status == ImportRun.Status.APPLYING:
                importer.apply(run, clock.now())
            else:
                return
        except Refusal as refusal:
            ImportRun.objects.filter(pk=run_id).update(
                status=ImportRun.Status.FAILED, message=refusal.message
            )
            return
        except (OperationalError, InterfaceError):
            raise  # the database went away: the sweep finds the run again
        except Exception:
            log.exception("import %s", run_id)
            ImportRun.objects.filter(pk=run_id).update(
                status=ImportRun.Status.FAILED,
                message="检查时遇到读不了的内容，请用 Excel 另存为新的 .xlsx 再传；仍不行请联系系统管理员。",
            )
            return
        run.refresh_from_db()
        if run.refused:
            name = f"未通过的行-{run.at:%m%d}.xlsx"
            run.answer = store(
                importer.answer(run), name=name, by=run.by, at=clock.now(), sealed=True
            )
            run.save(update_fields=["answer"])


@shared_task
def resume_imports() -> None:
    """A killed worker's message may be parked for an hour: find the work again by itself."""
    waiting = ImportRun.objects.filter(
        status__in=[ImportRun.Status.CHECKING, ImportRun.Status.APPLYING]
    )
    for run_id in waiting.values_list("pk", flat=True):
        run_import.delay(run_id)


@shared_task
def sweep_reminders() -> int:
    """All rules, then the digest of what they wrote. Not in quiet hours: what falls into them
    waits for the morning."""
    at = clock.now()
    hour = at.astimezone(clock.SHANGHAI).hour
    today = clock.day(at)
    reach_ahead(today)
    rules = in_force(today)
    if rules.quiet(hour):
        return 0
    made = sweeps.run(today=today, at=at)
    if hour >= rules.number("digest_hour"):
        digests(today=today, at=at)
    return made


@shared_task
def fill_half_days(days: int = WINDOW.days) -> int:
    """By night all that can still change, by day the last days alone."""
    today = clock.today()
    return fill(start=today - timedelta(days=days), end=today)


@shared_task
def ring_couriers() -> None:
    """The database says what waits; in quiet hours everything waits for the morning."""
    at = clock.now()
    if in_force(clock.day(at)).quiet(at.astimezone(clock.SHANGHAI).hour):
        return
    for channel_id in waiting_channels(at):
        deliver_channel.apply_async([channel_id], expires=60)


@shared_task
def deliver_channel(channel_id: int) -> int:
    at = clock.now()
    if in_force(clock.day(at)).quiet(at.astimezone(clock.SHANGHAI).hour):
        return 0  # rung before nine in the evening, heard after
    return deliver(Channel.objects.get(pk=channel_id), clock.now)
