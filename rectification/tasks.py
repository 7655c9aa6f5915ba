"""Thin wrappers: the clock calls them, and calling them twice changes nothing."""

import logging
from threading import Lock, Timer

from celery import shared_task
from django.db import IntegrityError
from kombu.exceptions import OperationalError

from households.models import VisitProblem
from rectification.actions.registering import open_from
from rectification.models import Item
from yuexi.core import clock

log = logging.getLogger(__name__)
BELL_S = 0.2


@shared_task
def recover_findings() -> int:
    """A visit's problem without its item gets it now."""
    linked = Item.objects.filter(source_kind="visit").values("source_id")
    lost = VisitProblem.objects.exclude(pk__in=linked).order_by("pk")
    return int(open_findings(list(lost.values_list("pk", flat=True)[:500])))


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
    """Two that open the same one at once: the second meets UNIQUE on the source and goes on."""
    made = 0
    for problem in VisitProblem.objects.filter(pk__in=problem_ids).select_related("visit__visitor"):
        try:
            made += (
                open_from("visit", problem.pk, by=problem.visit.visitor, at=clock.now()) is not None
            )
        except IntegrityError:
            continue
    return made
