"""Who had a hand in an item: mending and checking never meet in one person."""

from __future__ import annotations

from rectification.models import Item


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
