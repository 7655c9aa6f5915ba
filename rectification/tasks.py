"""Thin wrappers: the clock calls them, and calling them twice changes nothing."""

import secrets

from celery import shared_task
from django.db import IntegrityError

from households.models import VisitProblem
from rectification.actions.accountability import propose
from rectification.actions.drawing import draw
from rectification.actions.registering import open_from
from rectification.models import Item
from yuexi.core import clock


@shared_task
def recover_findings() -> int:
    """A visit's problem without its item gets it now."""
    linked = Item.objects.filter(source_kind="visit").values("source_id")
    lost = VisitProblem.objects.exclude(pk__in=linked).order_by("pk")
    return int(open_findings(list(lost.values_list("pk", flat=True)[:500])))


@shared_task
def draw_look_backs() -> int:
    """Each morning; the first one of a week draws."""
    made = draw(seed=secrets.randbits(62), at=clock.now())
    return made.items.count() if made else 0


@shared_task
def propose_accountability() -> int:
    return propose(at=clock.now())


def wake(problem_ids: list[int]) -> None:
    if problem_ids:
        open_findings.delay(problem_ids)


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
