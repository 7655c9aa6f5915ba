"""催办名单: whom to telephone today, by township, to print; and a line without personal data
for the work group. For the day when every other channel is off."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Count, QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from cadres.events import record
from cadres.models import Area, Cadre
from cadres.querysets import cadres_visible_to
from cadres.request import PageRequest
from cadres.scope import require
from households.models import Assignment, Household
from households.querysets import current, due_a_visit, households_visible_to
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


def townships(user: Cadre) -> dict[str, Township]:
    """The counts of every township in sight, by its prefix: three queries."""
    today = clock.today()
    names = dict(Area.objects.filter(level=Area.Level.TOWNSHIP).values_list("prefix", "name"))
    found: dict[str, Township] = {}

    def add(rows: QuerySet[Any, Any], what: str) -> None:
        for code, n in rows:
            place = found.setdefault(code[:9], Township(names.get(code[:9], "县直")))
            setattr(place, what, getattr(place, what) + n)

    items = items_visible_to(user).order_by().select_related(None)
    for narrow, what in ((overdue, "late"), (due_soon, "soon")):
        add(narrow(items, today).values_list("area_id").annotate(Count("pk")), what)
    homes = unvisited(user, today).order_by().select_related(None)
    add(homes.values_list("area_id").annotate(Count("pk")), "unvisited")
    return dict(sorted(found.items()))


def unvisited(user: Cadre, today: date) -> QuerySet[Household]:
    return due_a_visit(households_visible_to(user), today)


def calls(user: Cadre, place: Township, prefix: str) -> None:
    """Whom to telephone in one township: a constant number of queries, however many people."""
    today = clock.today()
    for narrow in (overdue, due_soon):
        items = narrow(items_visible_to(user), today).filter(area__code__startswith=prefix)
        rows = list(items.order_by("deadline", "pk")[:ITEMS_MAX])
        with_due(rows, today)
        for item in rows:
            place.call(item.person).items.append(item)
    helped = current(Assignment.objects.filter(rank="MAIN"), today).filter(
        household__in=unvisited(user, today).filter(area__code__startswith=prefix)
    )
    waiting = dict(helped.values_list("cadre").annotate(n=Count("pk")).order_by("-n", "cadre"))
    helpers = Cadre.objects.select_related("unit").in_bulk(list(waiting))
    for helper, n in waiting.items():
        place.call(helpers[helper]).unvisited = n


def urge(request: PageRequest) -> HttpResponse:
    """Telephones are shown when asked for, and that is logged."""
    require(request.user, "cadre.view")
    require(request.user, "item.view")
    places = townships(request.user)
    chosen = request.GET.get("township", "")
    if chosen not in places:
        chosen = next(iter(places)) if len(places) == 1 else ""
    place = places.get(chosen)
    if place:
        calls(request.user, place, chosen)
    shown = request.method == "POST" and place is not None
    if shown and place:
        seen = set(
            cadres_visible_to(request.user).filter(pk__in=place.calls).values_list("pk", flat=True)
        )
        for call in place.calls.values():
            number = crypto.decrypt(call.cadre.phone) if call.cadre.phone else "未登记"
            call.phone = number if call.cadre.pk in seen else "请问其单位"
        record("urge.telephones", request.user, by=request.user, at=clock.now(),
               after={"people": len(place.calls), "township": chosen})  # fmt: skip
    context = {
        "places": places,
        "place": place,
        "chosen": chosen,
        "shown": shown,
        "today": clock.today(),
    }
    response = render(request, "rectification/urge.html", context)
    response["Cache-Control"] = "private, no-store"
    return response
