"""整改清单: the list, its export, and what is done to many at once."""

from __future__ import annotations

from collections import Counter

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cadres.categories import CATEGORIES
from cadres.export import export
from cadres.models import Area
from cadres.request import PageRequest
from cadres.scope import scope_of
from rectification import forms
from rectification.actions import moving
from rectification.models import Item
from rectification.querysets import (
    at_stage,
    bulk_verb,
    due_soon,
    items_visible_to,
    overdue,
    readable,
    veil,
    waiting_for,
)
from rectification.timeline import with_due
from rectification.workflow import MOVE, OPEN, SOURCES, WITH_DISCIPLINE, Status, stages
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import BadInput, Refusal

VIEWS = {
    "open": "在办",
    "late": "逾期",
    "soon": "三天内到期",
    "mine": "等我处理",
    "closed": "已销号",
    "red": "已移送纪委监委",
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
        "red": lambda: items.filter(status__in=WITH_DISCIPLINE),
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
            else readable(items, request.user).filter(text__contains=words)
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
    veil(page.rows, request.user)
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


def expected(item: Item) -> bool:
    return bool(item.due.expected)  # type: ignore[attr-defined]


def item_export(request: PageRequest, items: QuerySet[Item]) -> HttpResponse:
    heads = ["编号", "问题来源", "批次或出处", "问题原文", "类别", "乡镇", "村", "等级", "牵头单位", "责任单位", "责任人",
             "整改措施", "交办日期", "整改期限", "进展", "申请日期", "销号日期", "反弹次数"]  # fmt: skip
    rows = list(items.order_by("number")[:5001])
    with_due(rows, clock.today())
    veil(rows, request.user)
    lines = [
        (i.number, i.get_source_display(), i.lineage, i.text, i.category,
         i.area.parent.name if i.area.level == Area.Level.VILLAGE and i.area.parent else i.area.name,
         i.area.name if i.area.level == Area.Level.VILLAGE else "", i.get_grade_display(), i.lead_unit.name,
         i.unit.name, i.person.name, i.measure, str(i.issued_on or ""), f"{i.deadline}（预计）" if expected(i) else str(i.deadline), i.waiting_label,
         str(i.applied_on or ""), str(i.closed_on or ""), i.rebounds)
        for i in rows
    ]  # fmt: skip
    return export("整改清单", heads, lines, by=request.user, at=clock.now())


@require_POST
def many(request: PageRequest, verb: str) -> HttpResponse:
    """审核, 交办 and 签收 for many at once; checks never."""
    by, at = request.user, clock.now()
    numbers = [n for n in request.POST.getlist("item") if "\0" not in n]
    chosen = list(items_visible_to(by).filter(number__in=numbers))
    ids = [item.pk for item in chosen if bulk_verb(item, by) == verb]
    try:
        if not chosen:
            raise Refusal("nothing_chosen", "请至少勾选一件。")
        if not ids:
            raise Refusal("nothing_fits", f"勾选的 {len(chosen)} 件现在都不能{MOVE[verb].label}。")
        if verb == "confirm":
            messages.success(request, f"{moving.confirm(item_ids=ids, by=by, at=at)} 件审核成立。")
        elif verb == "sign":
            messages.success(request, f"{moving.sign(item_ids=ids, by=by, at=at)} 件已签收。")
        else:
            form = forms.IssueForm(request.POST)
            dispatch = moving.issue(
                item_ids=ids, by=by, at=at, **(form.cleaned_data if form.is_valid() else {})
            )
            messages.success(request, f"{len(ids)} 件已交办，{dispatch.number}。")
        if len(chosen) > len(ids):
            left = len(chosen) - len(ids)
            messages.warning(request, f"另外 {left} 件现在不能{MOVE[verb].label}，没有改动。")
    except Refusal as refusal:
        messages.error(request, f"{refusal.message}没有任何一件被改动。")
    return redirect(f"{request.path.rsplit('/', 3)[0]}/?{request.POST.get('back', '')}")
