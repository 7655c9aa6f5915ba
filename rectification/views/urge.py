"""催办名单: whom to telephone today, by township, to print; and a line without personal data
for the work group. For the day when every other channel is off."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from django.db.models import Count, F, Q
from django.http import HttpResponse
from django.shortcuts import render

from cadres.calendar import is_working_day
from cadres.events import record
from cadres.models import Area, Cadre
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from households.models import Assignment
from households.querysets import households_visible_to, not_visited_this_month
from rectification.models import Item
from rectification.querysets import due_soon, items_visible_to, overdue
from rectification.timeline import with_due
from yuexi.core import clock, crypto

ITEMS_MAX = 1000


@dataclass
class Call:
    """One person to telephone: his items, and how many of his households wait this month."""

    cadre: Cadre
    items: list[Item] = field(default_factory=list)
    unvisited: int = 0
    phone: str = ""


@dataclass
class Township:
    name: str
    calls: dict[int, Call] = field(default_factory=dict)
    late: int = 0
    soon: int = 0
    unvisited: int = 0

    def call(self, cadre: Cadre) -> Call:
        return self.calls.setdefault(cadre.pk, Call(cadre))

    @property
    def line(self) -> str:
        """To paste into a group: numbers and no names."""
        parts = [
            (self.late, "件整改逾期"),
            (self.soon, "件三个工作日内到期"),
            (self.unvisited, "户本月未走访"),
        ]
        said = "、".join(f"{n} {what}" for n, what in parts if n)
        return f"{self.name}：{said}，请登录系统查看办理。"


def townships(user: Cadre) -> list[Township]:
    """A constant number of queries, however many townships and people."""
    today = clock.today()
    found: dict[str, Township] = defaultdict(lambda: Township(""))
    for items, kind in ((overdue, "late"), (due_soon, "soon")):
        rows = list(items(items_visible_to(user), today).order_by("deadline", "pk")[:ITEMS_MAX])
        with_due(rows, today)
        for item in rows:
            place = found[item.area_id[:9]]
            setattr(place, kind, getattr(place, kind) + 1)
            place.call(item.person).items.append(item)
    homes = not_visited_this_month(households_visible_to(user).exclude(kind="GENERAL"), today)
    helped = (
        Assignment.objects.filter(
            Q(end__isnull=True) | Q(end__gt=today),
            start__lte=today,
            rank="MAIN",
            household__in=homes,
        )
        .values(code=F("household__area_id"), helper=F("cadre"))
        .annotate(n=Count("pk"))
    )
    waiting = list(helped.order_by("code"))
    helpers = Cadre.objects.select_related("unit").in_bulk([w["helper"] for w in waiting])
    for row in waiting:
        place = found[row["code"][:9]]
        place.unvisited += row["n"]
        place.call(helpers[row["helper"]]).unvisited += row["n"]
    names = dict(Area.objects.filter(level=Area.Level.TOWNSHIP).values_list("prefix", "name"))
    for prefix, place in found.items():
        place.name = names.get(prefix, "县直")
    return [found[prefix] for prefix in sorted(found)]


def urge(request: PageRequest) -> HttpResponse:
    """Telephones are shown when asked for, and that is logged."""
    require(request.user, "cadre.view")
    require(request.user, "item.view")
    places = townships(request.user)
    shown = request.method == "POST"
    if shown:
        calls = [call for place in places for call in place.calls.values()]
        for call in calls:
            call.phone = crypto.decrypt(call.cadre.phone) if call.cadre.phone else "未登记"
        record("urge.telephones", request.user, by=request.user, at=clock.now(),
               after={"people": len(calls), "scope": sorted(scope_of(request.user).roles)})  # fmt: skip
    today = clock.today()
    context = {"places": places, "shown": shown, "today": today, "works": is_working_day(today)}
    response = render(request, "rectification/urge.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
