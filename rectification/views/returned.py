"""A 台账 sent back: each change with what stood at the export, what stands now and what the file
says; and one item's own columns."""

from __future__ import annotations

from itertools import groupby
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cadres.models import Cadre, ImportRun
from cadres.request import PageRequest
from rectification.actions.amending import FIELDS, amend, may_amend, shown
from rectification.actions.returning import leave, take
from rectification.forms import ColumnsForm
from rectification.ledger.columns import (
    ALL,
    DUTIES,
    PROBLEMS,
    TASKS,
    columns_of,
    exported,
    with_all,
)
from rectification.ledger.sheets import short
from rectification.models import Item, LedgerChange
from rectification.querysets import items_visible_to, readable, tell_accountability
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

PAGE = 40


def item_returned(request: PageRequest, uid: UUID) -> HttpResponse:
    run = get_object_or_404(
        ImportRun.objects.select_related("file").exclude(status="DROPPED"), uid=uid, kind="LEDGER", by=request.user
    )  # fmt: skip
    if request.method == "POST":
        decide(request, run)
        return redirect(request.get_full_path())
    changes = LedgerChange.objects.filter(run=run).select_related("item", "by")
    waiting = changes.filter(fate="PENDING")
    view = request.GET.get("view", "")
    page = keyset(changes if view == "all" else waiting, ("item_id", "pk"), after=request.GET.get("after"),
                  before=request.GET.get("before"), size=PAGE)  # fmt: skip
    items = readable(items_visible_to(request.user), request.user).filter(
        pk__in={c.item_id for c in page.rows}
    )
    now = {i.pk: i for i in items.prefetch_related("co_units")}
    rows = [line(c, now[c.item_id]) for c in page.rows if c.item_id in now]
    context = {
        "run": run, "page": page, "view": view, "count": waiting.count(),
        "groups": [(item, list(lines)) for item, lines in groupby(rows, key=lambda r: r["item"])],
        "refused": run.reasons.get("refused", [])[:100],
        "gone": gone_rows(request.user, run),
    }  # fmt: skip
    return render(request, "rectification/returned.html", context)


def gone_rows(user: Cadre, run: ImportRun) -> list[tuple[Item, str]]:
    """Rows that the file no longer has, as far as the reader sees the items."""
    names = dict(run.reasons.get("gone", []))
    return [(i, names[i.pk]) for i in items_visible_to(user).filter(pk__in=names).order_by("pk")]


def line(change: LedgerChange, item: Any) -> dict[str, Any]:
    now = shown(item, change.field)
    return {
        "change": change, "item": item, "label": FIELDS[change.field].label, "now": now, "seen": short(now),
        "conflict": change.fate == "PENDING" and now not in (change.was, change.said),
    }  # fmt: skip


def decide(request: PageRequest, run: ImportRun) -> None:
    by, at, post = request.user, clock.now(), request.POST
    chosen = [int(pk) for pk in post.getlist("change") if pk.isdecimal() and len(pk) < 19]
    try:
        if "drop" in post:
            messages.success(request, f"{leave(run_id=run.pk, change_ids=None, by=by, at=at)} 处改动没有采纳，系统里的保持不变。")  # fmt: skip
            return
        if "all" in post:
            waiting = LedgerChange.objects.filter(run=run, fate="PENDING").select_related("item")
            chosen = [c.pk for c in waiting if shown(c.item, c.field) == c.was]
            seen = {}
        else:
            seen = seen_by(request, run, chosen)
        if not chosen:
            raise Refusal("nothing_chosen", "请至少勾选一处改动；有冲突的要逐处勾选。")
        if "leave" in post:
            messages.success(request, f"{leave(run_id=run.pk, change_ids=chosen, by=by, at=at)} 处没有采纳。")  # fmt: skip
            return
        outcome = take(run_id=run.pk, change_ids=chosen, by=by, at=at, seen=seen)
        if outcome.taken:
            messages.success(request, f"已采纳 {outcome.taken} 处改动。")
        for said in dict.fromkeys(outcome.refused[:5]):
            messages.error(request, f"没有采纳：{said}")
    except Refusal as refusal:
        messages.error(request, refusal.message)


def seen_by(request: PageRequest, run: ImportRun, chosen: list[int]) -> dict[int, str]:
    """What stood on the page beside each box. Where the system says otherwise by now, the box was
    ticked for something else: the export's word is expected, so the write is refused."""
    found = {}
    for change in LedgerChange.objects.filter(run=run, pk__in=chosen).select_related("item"):
        now = shown(change.item, change.field)
        found[change.pk] = now if request.POST.get(f"seen{change.pk}") == short(now) else change.was + "\0"  # fmt: skip
    return found


def item_columns(request: PageRequest, uid: UUID) -> HttpResponse:
    """One item in its three lists, and the form of the columns that its reader may fill in."""
    item = get_object_or_404(
        with_all(readable(items_visible_to(request.user), request.user)), uid=uid
    )
    tell_accountability([item], request.user)
    open_ = [f for f in FIELDS if may_amend(item, f, request.user)]
    initial = {f: shown(item, f) for f in open_}
    form = ColumnsForm(request.POST or None, fields=open_, initial=initial)
    if request.method == "POST" and open_ and form.is_valid():
        try:
            was = {f: request.POST.get(f"was_{f}", initial[f]).replace("\r\n", "\n") for f in open_}
            changed = amend(item_id=item.pk, said=form.cleaned_data, was=was, by=request.user, at=clock.now())  # fmt: skip
            said = "、".join(FIELDS[f].label for f in changed)
            messages.success(request, f"已保存：{said}。" if changed else "没有改动。")
            return redirect("item-columns", item.uid)
        except Refusal as refusal:
            add_to_form(form, refusal)
    lists = [
        (name, [(c.head, exported(c, item)) for c in columns_of(name, request.user) if name == PROBLEMS or c.group != "问题"])
        for name in (PROBLEMS, TASKS, DUTIES)
    ]  # fmt: skip
    rest = [
        (c.head, exported(c, item))
        for c in columns_of(ALL, request.user)
        if c.group in ("检查和销号", "回头看")
    ]
    handled = [(c.head, exported(c, item)) for c in columns_of(ALL, request.user) if c.right]
    context = {
        "item": item,
        "form": form,
        "lists": [*lists, ("检查、销号和回头看", rest), *([("问责", handled)] if handled else [])],
        "was": initial,
        "open": open_,
    }
    page = render(
        request, "rectification/columns.html", context, status=422 if form.errors else 200
    )
    if handled:
        page["Cache-Control"] = "private, no-store"
    return page
