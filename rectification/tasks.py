"""Thin wrappers: the clock calls them, and calling them twice changes nothing."""

from celery import shared_task

from households.models import VisitProblem
from rectification import reminders
from rectification.actions.registering import open_from
from rectification.models import Item
from yuexi.core import clock

QUIET_FROM, QUIET_TO = 21, 7
DIGEST_HOUR = 8


@shared_task
def sweep_reminders() -> int:
    """Not in quiet hours: what falls into them waits for the morning."""
    at = clock.now()
    hour = at.astimezone(clock.SHANGHAI).hour
    if hour >= QUIET_FROM or hour < QUIET_TO:
        return 0
    made = reminders.sweep(today=clock.day(at), at=at)
    if hour >= DIGEST_HOUR:
        reminders.digests(today=clock.day(at), at=at)
    return made


@shared_task
def recover_findings() -> int:
    """A visit's problem without its item gets it now."""
    linked = Item.objects.filter(source_kind="visit").values("source_id")
    lost = VisitProblem.objects.exclude(pk__in=linked).select_related("visit__visitor")[:500]
    for problem in lost:
        open_from("visit", problem.pk, by=problem.visit.visitor, at=clock.now())
    return len(lost)
