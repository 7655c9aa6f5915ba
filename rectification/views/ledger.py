"""整改清单: the ledger as a list to narrow, to sort and to page; and what is done to many at once."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from cadres.categories import CATEGORIES
from cadres.export import ROWS_MAX, sent, within_limit
from cadres.models import Area, Unit
from cadres.request import PageRequest
from cadres.scope import scope_of
from rectification import forms
from rectification.actions import moving
from rectification.figures import FIGURES
from rectification.ledger.columns import with_all
from rectification.ledger.narrowing import (
    COUNT_MAX,
    LISTS,
    VIEWS,
    narrowed,
    odd_filters,
    page_of,
    parts_of,
)
from rectification.ledger.sheets import workbook
from rectification.models import Item
from rectification.querysets import bulk_verb, items_visible_to, tell_accountability, veil
from rectification.timeline import with_due
from rectification.workflow import GRADES, MOVE, ROUTE_LABELS, SOURCES, stages
from yuexi.core import clock
from yuexi.core.refusals import BadInput, Refusal

PAGE = 15


@dataclass(frozen=True)
class Head:
    """A column's head; a link where it sorts, with the state that it is in."""

    label: str
    sort: str = ""
    now: str = ""  # the order of the page

    @property
    def state(self) -> str:
        if not self.sort or self.now.removeprefix("-") != self.sort:
            return "none"
        return "descending" if self.now.startswith("-") else "ascending"

    @property
    def next(self) -> str:
        return f"-{self.sort}" if self.now == self.sort else self.sort

    @property
    def arrow(self) -> str:
        return {"ascending": "↑", "descending": "↓"}.get(self.state, "↕")


HEADS = {
    "": (("编号", "number"), ("问题（原文）", ""), ("村", "area"), ("责任单位 · 责任人", ""), ("等级", "grade"),
         ("交办", "issued"), ("进展", ""), ("期限", "deadline")),
    "problems": (("编号", "number"), ("问题（原文）", ""), ("村", "area"), ("发现", ""), ("等级", "grade"), ("共性或个性", ""),
                 ("进展", "")),
    "tasks": (("编号", "number"), ("任务（整改措施逐条）", ""), ("整改目标", ""), ("责任单位 · 责任人", ""), ("交办", "issued"),
              ("进展", ""), ("期限", "deadline")),
    "duties": (("编号", "number"), ("问题（原文）", ""), ("牵头县领导", ""), ("牵头单位", ""), ("责任单位", ""), ("责任领导", ""),
               ("责任人", ""), ("配合单位", ""), ("期限", "deadline")),
}  # fmt: skip


def item_list(request: PageRequest) -> HttpResponse:
    asked, today = request.GET.dict(), clock.today()
    odd = odd_filters(asked)
    if asked.get("format") == "xlsx":
        if odd:
            raise BadInput("bad_filter", f"认不出筛选条件：{'、'.join(odd)}。请回到清单重新选。")
        return item_export(request, narrowed(request.user, asked, today))
    sort = asked.get("sort") or "deadline"
    listed = asked.get("list", "") if asked.get("list", "") in LISTS else ""
    parts = parts_of(request.user, asked, today)
    page, count = page_of(parts, asked, PAGE, *(["co_units"] if listed == "duties" else []))
    with_due(page.rows, today)
    veil(page.rows, request.user)
    verbs = {row.pk: bulk_verb(row, request.user) if not listed else "" for row in page.rows}
    view = asked.get("view", "" if asked.get("fig") in FIGURES else "open")
    context = {
        "page": page, "view": view if view in VIEWS else "", "views": VIEWS, "q": asked.get("q", ""), "odd": odd,
        "count": f"{COUNT_MAX}+" if count > COUNT_MAX else count, "list": listed, "lists": LISTS,
        "heads": [Head(label, key, sort) for label, key in HEADS[listed]],
        "selects": selects(request), "narrowings": narrowings(asked),
        "rows": [(row, verbs[row.pk]) for row in page.rows], "fits": Counter(v for v in verbs.values() if v),
        "all": asked.get("all") == "1",
    }  # fmt: skip
    return render(request, "rectification/list.html", context)


def selects(request: PageRequest) -> list[tuple[str, str, list[tuple[str, str]], str]]:
    """Name, label, choices and what is chosen, of each box."""
    villages = Area.objects.filter(
        scope_of(request.user).within("item.view", "code"), level=Area.Level.VILLAGE
    ).select_related("parent")
    given: list[tuple[str, str, list[tuple[str, str]]]] = [
        ("source", "来源", list(SOURCES.items())),
        ("stage", "进展", [(s, s) for s in stages()]),
        ("category", "类别", [(c, c) for c in CATEGORIES]),
        ("grade", "等级", [(k, v[0]) for k, v in GRADES.items()]),
        ("village", "村", [(v.code, f"{v.parent.name if v.parent else ''} {v.name}") for v in villages.order_by("code")]),
    ]  # fmt: skip
    return [(name, label, choices, request.GET.get(name, "")) for name, label, choices in given]


def narrowings(asked: dict[str, str]) -> list[tuple[str, str]]:
    """What a figure's link brought along and no box shows, each to be taken off."""
    found = []
    if asked.get("fig") in FIGURES:
        found.append(("fig", FIGURES[asked["fig"]].label))
    if asked.get("route") in ROUTE_LABELS:
        found.append(("route", str(ROUTE_LABELS[asked["route"]])))  # type: ignore[index]
    if asked.get("township"):
        place = Area.objects.filter(prefix=asked["township"][:9]).first()
        found.append(("township", place.name if place else "县直"))
    for key, what in (("unit", "责任单位"), ("lead", "牵头单位")):
        if asked.get(key):
            number = asked[key] if asked[key].isdecimal() and len(asked[key]) < 10 else "0"
            unit = Unit.objects.filter(pk=number).first()
            found.append((key, f"{what}：{unit or '没有这个单位'}"))
    return found


def item_export(request: PageRequest, items: QuerySet[Item]) -> HttpResponse:
    """The 台账 of what is on the page, to be edited and sent back."""
    at = clock.now()
    rows = list(with_all(items).order_by("number")[: ROWS_MAX + 1])
    within_limit(len(rows))
    veil(rows, request.user)
    tell_accountability(rows, request.user)
    return sent(workbook(rows, by=request.user, at=at), "整改台账", len(rows), by=request.user, at=at)  # fmt: skip


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
