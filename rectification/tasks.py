"""Thin wrappers: the clock calls them, and calling them twice changes nothing."""

import logging
from collections.abc import Iterable

from celery import shared_task
from django.db import IntegrityError
from django.db.models import QuerySet

from cadres.models import SweepCursor
from households.models import VisitProblem
from rectification.actions.registering import open_from
from rectification.models import Item
from yuexi.core import clock
from yuexi.core.refusals import Refusal

MANY = 500  # findings a run: what nobody can own yet must not hold a worker
log = logging.getLogger(__name__)


@shared_task
def recover_findings() -> int:
    """A visit's problem without its item gets it now. Round and round: the run goes on where
    the last one stopped, so that problems nobody can own starve none behind them."""
    linked = Item.objects.filter(source_kind="visit").values("source_id")
    lost = VisitProblem.objects.exclude(pk__in=linked)
    return open_problems(next_round("problems", lost))


def next_round(name: str, lost: QuerySet[VisitProblem]) -> list[int]:
    """The next ones by key after the place kept, then from the beginning. The place is moved
    before the work: one that stops a worker is met again a round later and not at once."""
    place, _ = SweepCursor.objects.get_or_create(name=name)
    keys = lost.order_by("pk").values_list("pk", flat=True)
    found = list(keys.filter(pk__gt=place.after)[:MANY])
    found += keys.filter(pk__lte=place.after)[: MANY - len(found)]
    if found:
        place.after = found[-1]
        place.save(update_fields=["after"])
    return found


def wake(problem_ids: list[int]) -> None:
    if problem_ids:
        open_findings.delay(problem_ids)


@shared_task
def open_findings(problem_ids: list[int]) -> int:
    return open_problems(problem_ids)


def open_problems(ids: Iterable[int]) -> int:
    """How many have their item. Two that open the same one at once: the second meets UNIQUE on
    the source and goes on; one that is refused waits for its next round and stops no other."""
    made = 0
    for problem in VisitProblem.objects.filter(pk__in=ids).select_related("visit__visitor"):
        try:
            made += (
                open_from("visit", problem.pk, by=problem.visit.visitor, at=clock.now()) is not None
            )
        except IntegrityError:
            continue
        except Refusal as refusal:
            log.warning("problem %s has no item: %s", problem.pk, refusal.code)
    return made
