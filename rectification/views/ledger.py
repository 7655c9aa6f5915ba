"""整改清单: the ledger as a list to narrow, to sort and to page."""

from __future__ import annotations

from collections import Counter

from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import render

from cadres.categories import CATEGORIES
from cadres.export import ROWS_MAX, sent, within_limit
from cadres.models import Area
from cadres.request import PageRequest
from cadres.scope import scope_of
from rectification.ledger.columns import with_all
from rectification.ledger.sheets import workbook
from rectification.models import Item
from rectification.querysets import (
    at_stage,
    bulk_verb,
    due_soon,
    items_visible_to,
    overdue,
    waiting_for,
)
from rectification.timeline import with_due
from rectification.workflow import OPEN, SOURCES, Status, stages
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import BadInput

VIEWS = {
    "open": "在办",
    "late": "逾期",
    "soon": "三天内到期",
    "mine": "等我处理",
    "closed": "已销号",
    "": "全部",
}
PAGE = 15


def odd_filters(request: PageRequest) -> list[str]:
    """What an address asks for that no list has, in words."""
    known = {
        "view": ("范围", VIEWS), "source": ("来源", SOURCES), "category": ("类别", CATEGORIES),
        "stage": ("进展", stages()), "sort": ("排序", SORTS),
    }  # fmt: skip
    return [
        f"{name}“{request.GET[key][:20]}”"
        for key, (name, values) in known.items()
        if request.GET.get(key) and request.GET[key] not in values
    ]


def narrowed(request: PageRequest, view: str) -> QuerySet[Item]:
    items, today = items_visible_to(request.user), clock.today()
    items = {
        "open": lambda: items.filter(status__in=OPEN),
        "late": lambda: overdue(items, today),
        "soon": lambda: due_soon(items, today),
        "mine": lambda: waiting_for(request.user, today),
        "closed": lambda: items.filter(status__in=[Status.CLOSED, Status.CONSOLIDATED]),
    }.get(view, lambda: items)()
    if request.GET.get("source") in SOURCES:
        items = items.filter(source=request.GET["source"])
    if request.GET.get("category") in CATEGORIES:
        items = items.filter(category=request.GET["category"])
    if request.GET.get("village"):
        items = items.filter(area_id=request.GET["village"])
    if request.GET.get("stage") in stages():
        items = at_stage(items, request.GET["stage"])
    words = request.GET.get("q", "").strip()
    if words:
        items = (
            items.filter(number=words)
            if words[:2].isdigit()
            else items.filter(text__contains=words)
        )
    return items


SORTS = {
    "deadline": ("deadline", "pk"),
    "-deadline": ("-deadline", "-pk"),
    "number": ("number", "pk"),
    "-number": ("-number", "-pk"),
}


def item_list(request: PageRequest) -> HttpResponse:
    view, odd = request.GET.get("view", "open"), odd_filters(request)
    view = view if view in VIEWS else ""
    items = narrowed(request, view)
    if request.GET.get("format") == "xlsx":
        if odd:
            raise BadInput("bad_filter", f"认不出筛选条件：{'、'.join(odd)}。请回到清单重新选。")
        return item_export(request, items)
    order = request.GET.get("sort", "deadline")
    page = keyset(items, SORTS.get(order, SORTS["deadline"]), after=request.GET.get("after"),
                  before=request.GET.get("before"), size=PAGE)  # fmt: skip
    with_due(page.rows, clock.today())
    scope = scope_of(request.user)
    villages = Area.objects.filter(
        scope.within("item.view", "code"), level=Area.Level.VILLAGE
    ).select_related("parent")
    verbs = {row.pk: bulk_verb(row, request.user) for row in page.rows}
    fits = Counter(v for v in verbs.values() if v)
    context = {
        "page": page, "view": view, "views": VIEWS, "q": request.GET.get("q", ""), "sort": order,
        "odd": odd, "count": items.count(), "stages": list(stages()), "sources": SOURCES, "categories": CATEGORIES, "villages": villages.order_by("code"),
        "chosen": {k: request.GET.get(k, "") for k in ("source", "category", "village", "stage")},
        "rows": [(row, verbs[row.pk]) for row in page.rows], "fits": fits, "all": request.GET.get("all") == "1",
    }  # fmt: skip
    return render(request, "rectification/list.html", context)


def item_export(request: PageRequest, items: QuerySet[Item]) -> HttpResponse:
    """The 台账 of what is on the page, to be edited and sent back."""
    at = clock.now()
    rows = list(with_all(items).order_by("number")[: ROWS_MAX + 1])
    within_limit(len(rows))
    return sent(
        workbook(rows, by=request.user, at=at), "整改台账", len(rows), by=request.user, at=at
    )
