"""Thin wrappers that take ids. A run that another worker holds is left to it."""

import logging

from celery import shared_task
from django.db import InterfaceError, OperationalError, connection

from inspections.actions.suspects import open_lost
from inspections.judging import carry_out
from inspections.models import CheckRun, Standard
from inspections.standards import in_force
from yuexi.core import clock

log = logging.getLogger(__name__)
CHECK_LOCK = 20170930


@shared_task
def run_check(run_id: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [CHECK_LOCK, run_id])
        if not cursor.fetchone()[0]:
            return
        try:
            carry_out(run_id, at=clock.now())
        except (OperationalError, InterfaceError):
            raise  # the database went away: the sweep finds the run again
        except Exception:
            log.exception("check %s", run_id)
            CheckRun.objects.filter(pk=run_id).update(state=CheckRun.State.FAILED)
        finally:
            cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [CHECK_LOCK, run_id])


@shared_task
def resume_checks() -> None:
    """A killed worker's message may be parked for an hour: find the work again by itself."""
    waiting = CheckRun.objects.filter(state__in=[CheckRun.State.WAITS, CheckRun.State.RUNNING])
    for run_id in waiting.values_list("pk", flat=True):
        run_check.delay(run_id)


@shared_task
def check_new_versions() -> int:
    """Each morning: a version that was confirmed for a day to come is laid against that day's
    facts once it has begun."""
    from inspections.actions.selfcheck import queue

    at = clock.now()
    made = 0
    for level in Standard.Level:
        standard = in_force(clock.day(at), level)
        if standard is None or standard.decided_by is None:
            continue
        if not standard.runs.filter(day__gte=standard.start).exists():
            queue(standard=standard, by=standard.decided_by, at=at)
            made += 1
    return made


@shared_task
def recover_found_matters() -> int:
    """A matter that was found without its item gets it now."""
    return open_lost(at=clock.now())
