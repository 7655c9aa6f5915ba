"""What the ledger's address asks for: which items, in which order. Every filter and every order
that is offered stands here, and a test reads the plan of each."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date
from typing import Any

from django.db.models import F, QuerySet
from django.db.models.functions import Coalesce

from cadres.categories import CATEGORIES
from cadres.models import Cadre
from rectification.figures import FIGURES
from rectification.ledger.columns import DUTIES, PROBLEMS, TASKS
from rectification.models import Item
from rectification.models.item import NEVER, Grams, grams
from rectification.querysets import (
    SHOWN,
    at_stage,
    due_soon,
    items_visible_to,
    overdue,
    readable,
    waiting_for,
    waiting_parts,
)
from rectification.workflow import (
    GRADES,
    OPEN,
    ROUTE_LABELS,
    SOURCES,
    WITH_DISCIPLINE,
    Status,
    stages,
)
from yuexi.core.paging import Page, keys_query, keyset

VIEWS = {
    "open": "在办",
    "late": "逾期",
    "soon": "三天内到期",
    "mine": "等我处理",
    "closed": "已销号",
    "red": "已移送纪委监委",
    "": "全部",
}
LISTS = {"": "台账", "problems": PROBLEMS, "tasks": TASKS, "duties": DUTIES}
# The first column of each order is what its head sorts by.
SORTS = {
    "number": ("pk",),  # numbers are given in the order of the rows
    "area": ("area_id", "deadline", "pk"),
    "grade": ("grade", "deadline", "pk"),
    "issued": ("issue_order", "pk"),
    "deadline": ("deadline", "pk"),
}
COUNT_MAX = 1000  # the heading says 1000+ beyond it


def order_of(sort: str) -> tuple[str, ...]:
    keys = SORTS.get(sort.removeprefix("-"), SORTS["deadline"])
    return tuple(f"-{key}" for key in keys) if sort.startswith("-") else keys


def _digits(value: str, *widths: int) -> str:
    return value if value.isascii() and value.isdecimal() and len(value) in widths else ""


def _number(value: str) -> int:
    return int(value) if value.isascii() and value.isdecimal() and len(value) < 10 else 0


FREQUENT = 10_000  # rows; a page walks to 1,000 of so many sooner than it sorts them


def _frequent(word: str) -> bool:
    """As PostgreSQL guesses it from what it knows of the index, without looking."""
    asked: Any = {"grams__contains": grams(word)}
    found = Item.objects.alias(grams=Grams("text")).filter(**asked)
    plan: dict[str, Any] = json.loads(found.order_by().explain(format="json"))[0]["Plan"]
    return bool(plan["Plan Rows"] > FREQUENT)


def _words(items: QuerySet[Item], said: str) -> QuerySet[Item]:
    """A number, or words that all stand in the text. The pairs of signs find the rows, the word
    itself decides. Of a sign that many rows have the index is no help, and would be worked out
    anew for each row that a page walks past."""
    if said[:2].isdigit() and "-" in said:
        return items.filter(number=said)
    for word in said.split()[:5]:
        found: Any = {"text__contains": word}
        if not _frequent(word):
            items, found["grams__contains"] = items.alias(grams=Grams("text")), grams(word)
        items = items.filter(**found)
    return items


Narrow = Callable[[QuerySet[Item], str, date], QuerySet[Item]]
NARROW: dict[str, Narrow] = {
    "source": lambda items, v, _: items.filter(source=v) if v in SOURCES else items,
    "category": lambda items, v, _: items.filter(category=v) if v in CATEGORIES else items,
    "stage": lambda items, v, _: at_stage(items, v) if v in stages() else items,
    "grade": lambda items, v, _: items.filter(grade=v) if v in GRADES else items,
    "route": lambda items, v, _: items.filter(route=v) if v in ROUTE_LABELS else items,
    "village": lambda items, v, _: items.filter(area_id=v) if _digits(v, 12) else items,
    "township": lambda items, v, _: items.filter(area__code__startswith=v) if _digits(v, 9) else items,
    "unit": lambda items, v, _: items.filter(unit=_number(v)) if v else items,
    "lead": lambda items, v, _: items.filter(lead_unit=_number(v)) if v else items,
    "fig": lambda items, v, today: items.filter(FIGURES[v].q(today)) if v in FIGURES else items,
    "q": lambda items, v, _: _words(items, v.strip()[:40]) if v.strip() else items,
}  # fmt: skip
# What is found by these tells what it is about: not of an item with 纪委监委.
TELLING = ("category", "grade", "q")
KNOWN: dict[str, tuple[str, Mapping[str, Any]]] = {
    "view": ("范围", VIEWS), "source": ("来源", SOURCES), "category": ("类别", dict.fromkeys(CATEGORIES)),
    "stage": ("进展", stages()), "grade": ("等级", GRADES), "route": ("路线", {str(r): n for r, n in ROUTE_LABELS.items()}), "fig": ("指标", FIGURES),
    "list": ("清单", LISTS), "sort": ("排序", {**SORTS, **{f"-{s}": 0 for s in SORTS}}),
}  # fmt: skip


def odd_filters(asked: Mapping[str, str]) -> list[str]:
    """What an address asks for that no list has, in words."""
    return [
        f"{name}“{asked[key][:20]}”"
        for key, (name, values) in KNOWN.items()
        if asked.get(key) and asked[key] not in values
    ]


def in_view(user: Cadre, view: str, today: date) -> QuerySet[Item]:
    items = items_visible_to(user)
    if view == "open":
        return items.filter(status__in=OPEN)
    if view == "late":
        return overdue(items, today)
    if view == "soon":
        return due_soon(items, today)
    if view == "mine":
        return waiting_for(user, today)
    if view == "red":
        return items.filter(status__in=WITH_DISCIPLINE)
    if view == "closed":
        return items.filter(status__in=[Status.CLOSED, Status.CONSOLIDATED])
    return items


def narrowed(user: Cadre, asked: Mapping[str, str], today: date) -> QuerySet[Item]:
    """A figure is of all items, whatever their state; without one the ledger opens on 在办."""
    return _narrowed(in_view(user, _view(asked), today), user, asked, today)


def parts_of(user: Cadre, asked: Mapping[str, str], today: date) -> list[QuerySet[Item]]:
    """The same for a page: one condition for all that waits for somebody has no index, each part of
    it has."""
    if _view(asked) != "mine":
        return [narrowed(user, asked, today)]
    items = _narrowed(items_visible_to(user), user, asked, today)
    return [items.filter(part) for part in waiting_parts(user, today)]


def _view(asked: Mapping[str, str]) -> str:
    return asked.get("view", "" if asked.get("fig") in FIGURES else "open")


def _narrowed(
    items: QuerySet[Item], user: Cadre, asked: Mapping[str, str], today: date
) -> QuerySet[Item]:
    for key, narrow in NARROW.items():
        if asked.get(key):
            if key in TELLING:
                items = readable(items, user)
            items = narrow(items, asked[key].replace("\0", ""), today)
    return _in_order(items)


def to_count(parts: list[QuerySet[Item]]) -> QuerySet[Item, Any]:
    """The first of the ledger's own order and one more than is counted: an index is walked and not
    the table. The whole county would cost as much as reading it."""
    return keys_query(parts, SORTS["deadline"], size=COUNT_MAX)


def page_of(
    parts: list[QuerySet[Item]], asked: Mapping[str, str], size: int, *also: str
) -> tuple[Page[Item], int]:
    """A page and how many there are, at most one more than is counted. What the count has found
    is looked up by key: few rows cost one search, and so does the first page of many."""
    order, after, before = order_of(asked.get("sort", "")), asked.get("after"), asked.get("before")
    found = [key for key, *_ in to_count(parts)]
    if order == SORTS["deadline"] and not after and not before:
        keys = found[: size + 1]
    else:
        few = len(found) <= COUNT_MAX
        if few:
            parts = [_in_order(Item.objects.filter(pk__in=found))]
        # Of few all are read: told how many are wanted, PostgreSQL may walk past all the others.
        asks = keys_query(parts, order, after=after, before=before, size=None if few else size)
        keys = [key for key, *_ in asks][: size + 1]
    rows = _by_key(keys).prefetch_related(*also)
    return keyset(rows, order, after=after, before=before, size=size), len(found)


def _by_key(found: list[int]) -> QuerySet[Item]:
    return _in_order(Item.objects.filter(pk__in=found).select_related(*SHOWN))


def _in_order(items: QuerySet[Item]) -> QuerySet[Item]:
    return items.annotate(issue_order=Coalesce(F("issued_on"), NEVER))
