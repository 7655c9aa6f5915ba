"""回头看抽样: each Monday a lot decides who of the week's items is looked at; what relapsed or touched
a red line is looked at always. What is not drawn goes on to its next day."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from cadres.events import record
from rectification.models import DrawnItem, Item, LookBackDraw
from rectification.workflow import LOOKBACK_DAYS, SAMPLE_LEAST, SAMPLE_PERCENT, Status
from yuexi.core import clock


@dataclass(frozen=True)
class Ticket:
    item_id: int
    township: str
    always: bool = False


def lot(seed: int, item_id: int) -> str:
    """The hash of seed and number: the smallest are drawn. Anybody can compute it."""
    return hashlib.sha256(f"{seed}:{item_id}".encode()).hexdigest()


def pick(tickets: Iterable[Ticket], *, seed: int, share: int) -> set[int]:
    """Of each township so many of a hundred, rounded up, and one at least; besides those that
    are always looked at."""
    picked, places = set[int](), dict[str, list[int]]()
    for ticket in tickets:
        if ticket.always:
            picked.add(ticket.item_id)
        else:
            places.setdefault(ticket.township, []).append(ticket.item_id)
    for found in places.values():
        count = max(SAMPLE_LEAST, -(-len(found) * share // 100))
        picked |= set(sorted(found, key=lambda pk: lot(seed, pk))[:count])
    return picked


def monday(day: date) -> date:
    return day - timedelta(days=day.weekday())


def draw(*, seed: int, at: datetime, share: int = SAMPLE_PERCENT) -> LookBackDraw | None:
    """Once a week, however often it is called; None when it was drawn before."""
    week = monday(clock.day(at))
    try:
        with transaction.atomic():
            made = LookBackDraw.objects.create(week=week, seed=seed, share=share, at=at)
            items = [
                item
                for item in Item.objects.select_for_update(of=("self",))
                .filter(status=Status.CLOSED, lookback_due__lte=week + timedelta(days=6))
                .order_by("pk")
                if not DrawnItem.objects.filter(
                    item=item, closed_on=item.closed_on or week, mark=mark_of(item)
                ).exists()
            ]
            picked = pick([ticket_of(item) for item in items], seed=seed, share=share)
            for item in items:
                _drawn(made, item, item.pk in picked, at)
    except IntegrityError:
        return None
    return made


def ticket_of(item: Item) -> Ticket:
    return Ticket(item.pk, item.area_id[:9], bool(item.rebounds or item.red_line))


def mark_of(item: Item) -> int:
    assert item.lookback_due and item.closed_on
    return (item.lookback_due - item.closed_on).days


def _drawn(made: LookBackDraw, item: Item, drawn: bool, at: datetime) -> None:
    why = DrawnItem.Why.NOT
    if drawn:
        why = DrawnItem.Why.RED_LINE if item.red_line else DrawnItem.Why.REBOUND if item.rebounds else DrawnItem.Why.LOT  # fmt: skip
    mark, closed = mark_of(item), item.closed_on
    assert closed
    DrawnItem.objects.create(draw=made, item=item, closed_on=closed, mark=mark, why=why)
    if not drawn:
        later = [days for days in LOOKBACK_DAYS if days > mark]
        item.lookback_due = closed + timedelta(days=later[0]) if later else None
        item.save(update_fields=["lookback_due"])
    record("item.drawn" if drawn else "item.not_drawn", item, by=None, at=at, area=item.area_id,
           after={"mark": mark, "why": str(why.label)})  # fmt: skip


def redrawn(made: LookBackDraw) -> bool:
    """Whether the same seed draws the same today: nobody changed what came out."""
    rows = list(made.items.select_related("item"))
    tickets = [
        Ticket(r.item_id, r.item.area_id[:9], r.why in (DrawnItem.Why.REBOUND, DrawnItem.Why.RED_LINE))
        for r in rows
    ]  # fmt: skip
    return pick(tickets, seed=made.seed, share=made.share) == {r.item_id for r in rows if r.drawn}
