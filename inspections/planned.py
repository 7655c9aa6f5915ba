"""A second visit to the same door: whoever plans is told what else is planned there this week. Only
what everybody may know is asked: a sealed inspection is not among it, not even as a gap."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from cadres.models import Area, Cadre
from cadres.scope import scope_of
from households.models import Campaign, Household
from inspections.actions.filings import said_days, said_slot
from inspections.models import Filing, Joint, VillageSlot
from rectification.models import Item
from yuexi.core import clock


def week_of(day: date) -> tuple[date, date]:
    """Monday and Sunday."""
    monday = day - timedelta(days=day.weekday())
    return monday, monday + timedelta(days=6)


def _slots(
    villages: Iterable[str], start: date, end: date, but_filing: Filing | None, but_joint: Joint | None
) -> list[str]:  # fmt: skip
    slots = VillageSlot.objects.filter(area__in=list(villages), live=True, start__lte=end).select_related("area", "filing__unit", "joint")  # fmt: skip
    if but_filing is not None:
        slots = slots.exclude(filing=but_filing)
    if but_joint is not None:
        slots = slots.exclude(joint=but_joint)
    found = slots.order_by("start", "pk")
    return [said_slot(s) for s in found if ((s.joint or s.filing).end) >= start]  # type: ignore[union-attr]


def planned(
    villages: Iterable[Area], start: date, end: date, *, filing: Filing | None = None, joint: Joint | None = None
) -> list[str]:  # fmt: skip
    """In sentences, for the weeks from `start` to `end`: inspections, look-backs, a 大走访."""
    first, last = week_of(start)[0], week_of(end)[1]
    places = list(villages)
    codes = [v.code for v in places]
    found = _slots(codes, first, last, filing, joint)
    due = Item.objects.filter(area__code__in=codes, status="CLOSED", lookback_due__range=(first, last)).select_related("area")  # fmt: skip
    backs: dict[str, int] = {}
    for item in due:
        backs[item.area.name] = backs.get(item.area.name, 0) + 1
    found += [f"{name}这周有 {n} 件整改到期回头看" for name, n in backs.items()]
    running = Campaign.objects.filter(start__lte=last, end__gt=first, completed_at__isnull=True).select_related("area")  # fmt: skip
    found += [
        f"“{c.name}”正在进行，到{said_days(c.last_day, c.last_day)}结束"
        for c in running if any(code.startswith(c.area.prefix) for code in codes)
    ]  # fmt: skip
    return found


def household_panel(user: Cadre, home: Household) -> tuple[str, dict[str, Any]]:
    """On the household's page, for whoever thinks of going there."""
    if not scope_of(user).has("register.view", home.area_id):
        return "inspections/_planned.html", {"planned": []}
    monday, sunday = week_of(clock.today())
    return "inspections/_planned.html", {"planned": _slots([home.area_id], monday, sunday, None, None)}  # fmt: skip
