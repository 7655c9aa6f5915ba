"""Thin wrappers: the clock calls them, and calling them twice changes nothing."""

import logging
import secrets
from collections.abc import Iterable
from threading import Lock, Timer
from typing import Any

from celery import shared_task
from django.db import IntegrityError
from django.db.models import QuerySet
from kombu.exceptions import OperationalError

from cadres.leads import lead_kinds
from cadres.models import Cadre, Lead, LeadDecision, SweepCursor
from households.models import VisitProblem
from rectification.actions.accountability import propose
from rectification.actions.drawing import draw
from rectification.actions.registering import open_from
from rectification.models import Item
from yuexi.core import clock
from yuexi.core.refusals import Refusal

MANY = 500  # findings a run: what nobody can own yet must not hold a worker
log = logging.getLogger(__name__)

BELL_S = 0.2


@shared_task
def recover_findings() -> int:
    """A visit's problem, or a lead handed on, without its item gets it now. Round and round: the
    run goes on where the last one stopped, so that what nobody can own starves nothing behind it."""
    problems = VisitProblem.objects.exclude(pk__in=linked("visit"))
    leads = Lead.objects.exclude(pk__in=linked("lead")).filter(
        decision__outcome=LeadDecision.Outcome.HANDED_ON, kind__in=lead_kinds.mendable()
    )
    return open_problems(next_round("problems", problems)) + open_leads(next_round("leads", leads))


def linked(source_kind: str) -> QuerySet[Item, Any]:
    return Item.objects.filter(source_kind=source_kind).values("source_id")


def next_round(name: str, lost: QuerySet[Any]) -> list[int]:
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


@shared_task
def draw_look_backs() -> int:
    """Each morning; the first one of a week draws."""
    made = draw(seed=secrets.randbits(62), at=clock.now())
    return made.items.count() if made else 0


@shared_task
def propose_accountability() -> int:
    return propose(at=clock.now())


class Bell:
    """Rung for each batch that found something, heard once in a moment: a message costs as much
    as fifty records. One that is lost costs minutes, since `recover_findings` needs none."""

    def __init__(self) -> None:
        self._lock, self._ids = Lock(), list[int]()

    def ring(self, problem_ids: list[int]) -> None:
        if not problem_ids:
            return
        with self._lock:
            silent = not self._ids
            self._ids += problem_ids
        if silent:
            Timer(BELL_S, self._send).start()

    def _send(self) -> None:
        with self._lock:
            heard, self._ids = self._ids, []
        try:
            open_findings.delay(heard)
        except OperationalError:
            log.warning("no broker: %d findings wait for the sweep", len(heard))


bell = Bell()


@shared_task
def open_findings(problem_ids: list[int]) -> int:
    return open_problems(problem_ids)


def open_problems(ids: Iterable[int]) -> int:
    problems = VisitProblem.objects.filter(pk__in=ids).select_related("visit__visitor")
    return sum(opened("visit", problem.pk, problem.visit.visitor) for problem in problems)


def open_leads(ids: Iterable[int]) -> int:
    leads = Lead.objects.filter(pk__in=ids).select_related("decision__by")
    return sum(opened("lead", lead.pk, lead.decision.by) for lead in leads)


def opened(source_kind: str, source_id: int, by: Cadre) -> bool:
    """Two that open the same one at once: the second meets UNIQUE on the source and goes on;
    one that is refused waits for its next round and stops no other."""
    try:
        return open_from(source_kind, source_id, by=by, at=clock.now()) is not None
    except IntegrityError:
        return False
    except Refusal as refusal:
        log.warning("%s %s has no item: %s", source_kind, source_id, refusal.code)
        return False
