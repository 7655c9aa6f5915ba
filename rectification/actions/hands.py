"""Who had a hand in an item: mending and checking never meet in one person."""

from __future__ import annotations

from cadres.models import Event
from rectification.models import Item

ASSIGNING = ("item.issue", "item.reassign")


def rectified(item: Item) -> set[int]:
    """Everybody who had the mending in hand, in any round, those who handed it over too."""
    return {
        *item.hand_overs.values_list("giver_id", flat=True),
        *item.evidence.values_list("by_id", flat=True),
        *item.progress.values_list("by_id", flat=True),
    }


def checkers(item: Item, *, ever: bool = False) -> set[int]:
    """Who checked in this round (or in any), himself or through the one he lent it to."""
    checks = item.checks.all() if ever else item.checks.filter(round=item.round)
    pairs = checks.values_list("by_id", "delegation__giver_id")
    return {person for pair in pairs for person in pair if person}


def assigners(item: Item) -> set[int]:
    """Who issued it or gave it to somebody."""
    told = Event.objects.filter(
        kind="item", object_id=item.pk, action__in=ASSIGNING, actor__isnull=False
    )
    return {
        *told.values_list("actor_id", flat=True),
        *item.hand_overs.values_list("by_id", flat=True),
        *([item.dispatch.by_id] if item.dispatch else []),
    }
