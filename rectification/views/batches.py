"""来文批次: what became of each row of a file of findings."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cadres.export import ROWS_MAX, export
from cadres.imports.cells import WrongCell
from cadres.imports.importer import importers
from cadres.imports.places import Places
from cadres.models import Cadre, ImportRun
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from rectification.actions.batches import end_batch, may_reject, merge_row, register_row, reject_row
from rectification.forms import MergeForm, RegisterForm, RejectForm
from rectification.models import Batch, BatchRow
from rectification.querysets import batches_visible_to, items_visible_to, may_read
from rectification.workflow import FILM
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

PAGE = 30
Fate = BatchRow.Fate


def batch_list(request: PageRequest) -> HttpResponse:
    page = keyset(batches_visible_to(request.user), ("-at", "-pk"), after=request.GET.get("after"),
                  before=request.GET.get("before"), size=15)  # fmt: skip
    return render(request, "rectification/batches.html", {"page": page})


def batch_detail(request: PageRequest, uid: UUID) -> HttpResponse:
    batch = get_object_or_404(batches_visible_to(request.user), uid=uid)
    if request.method == "POST":
        end_batch(batch_id=batch.pk, by=request.user, at=clock.now())
        messages.success(request, "这一批已办结。")
        return redirect("item-batch", uid)
    fate = request.GET.get("fate", "")
    rows = batch.rows.select_related("item", "by").filter(Q(fate=fate) if fate in Fate else Q())
    if request.GET.get("format") == "xlsx":
        return batch_export(request, batch, rows)
    page = keyset(rows, ("number", "pk"), after=request.GET.get("after"), before=request.GET.get("before"), size=PAGE)  # fmt: skip
    context = {
        "batch": batch, "page": page, "fate": fate, "rows": with_items(request.user, page.rows),
        "fates": [(f, f.label, getattr(batch, str(f).lower())) for f in Fate],
        "reviews": scope_of(request.user).has("item.review"), "again": sent_in_again(batch),
    }  # fmt: skip
    return render(request, "rectification/batch.html", context)


def sent_in_again(batch: Batch) -> QuerySet[ImportRun]:
    """Corrected files that went on with this batch."""
    runs = ImportRun.objects.filter(kind="ITEMS", status="DONE", details__batch=str(batch.uid))
    return runs.select_related("file", "by").order_by("pk")


def with_items(user: Cadre, rows: list[BatchRow]) -> list[tuple[BatchRow, bool]]:
    """Whether the reader may open the row's item."""
    ids = [row.item_id for row in rows if row.item_id]
    opens = set(items_visible_to(user).filter(pk__in=ids).values_list("pk", flat=True))
    veil_rows(rows, user)
    return [(row, row.item_id in opens) for row in rows]


def veil_rows(rows: Iterable[BatchRow], user: Cadre) -> None:
    """The file's words of an item that is with 纪委监委 are its words too."""
    for row in rows:
        if row.item and not may_read(row.item, user):
            row.text, row.reason = row.item.waiting_label, ""


def batch_export(request: PageRequest, batch: Batch, rows: QuerySet[BatchRow]) -> HttpResponse:
    told = list(rows.order_by("number")[: ROWS_MAX + 1])
    veil_rows(told, request.user)
    lines = [
        (r.number, r.clip, r.text, r.get_fate_display(), r.item.number if r.item else "", r.reason, r.by.name if r.by else "")
        for r in told
    ]  # fmt: skip
    heads = ["原行号", "片中时间", "问题", "去向", "事项编号", "原因", "办理人"]
    return export("批次去向", heads, lines, by=request.user, at=clock.now())


def batch_row(request: PageRequest, uid: UUID, number: int) -> HttpResponse:
    """One row that waits: 登记, 合并 or 不成立, each with its form."""
    require(request.user, "item.create")
    batch = get_object_or_404(batches_visible_to(request.user), uid=uid)
    row = get_object_or_404(batch.rows.select_related("item"), number=number)
    user, verb = request.user, request.POST.get("verb", "")
    veil_rows([row], user)
    reviews = scope_of(user).has("item.review")
    rejects = may_reject(batch, user)
    given: dict[str, Any] = {verb: {"data": request.POST}} if request.method == "POST" else {}
    forms: dict[str, Any] = {
        "register": RegisterForm(by=user, auto_id="id_register_%s", initial=first_words(batch, row, user), **given.get("register", {})),
    }  # fmt: skip
    if reviews:
        forms["merge"] = MergeForm(by=user, auto_id="id_merge_%s", **given.get("merge", {}))
    if rejects:
        forms["reject"] = RejectForm(auto_id="id_reject_%s", **given.get("reject", {}))
    form = forms.get(verb)
    if form is not None and form.is_valid():
        try:
            messages.success(request, decide(row, verb, form, by=user))
            return redirect("item-batch", uid)
        except Refusal as refusal:
            add_to_form(form, refusal)
    wrong = form is not None and bool(form.errors)
    context = {
        "batch": batch,
        "row": row,
        "forms": forms,
        "verb": verb,
        "film": batch.source == FILM,
    }
    return render(request, "rectification/batch_row.html", context, status=422 if wrong else 200)


def decide(row: BatchRow, verb: str, form: Any, *, by: Cadre) -> str:
    at = clock.now()
    if verb == "register":
        item = register_row(row_id=row.pk, finding=form.finding(), by=by, at=at)
        return f"第 {row.number} 行已登记为 {item.number}。"
    if verb == "merge":
        merge_row(row_id=row.pk, into=form.cleaned_data["into"], by=by, at=at)
        return f"第 {row.number} 行已并入 {form.cleaned_data['into'].number}。"
    reject_row(row_id=row.pk, reason=form.cleaned_data["reason"], by=by, at=at)
    return f"第 {row.number} 行已定为不成立。"


def first_words(batch: Batch, row: BatchRow, user: Cadre) -> dict[str, Any]:
    """What the file said, as far as it could be read, to start from."""
    if row.fate != Fate.UNDECIDED:
        return {}
    sheet = importers.of(batch.run.kind).sheet(batch.run)
    cells = sheet.rows[row.number - 1] if row.number <= len(sheet.rows) else []
    found: dict[str, Any] = {"lineage": batch.title, "text": row.text}
    for i, column in sheet.columns.items():
        try:
            found[column.field] = column.parse(cells[i] if i < len(cells) else None)
        except WrongCell:
            continue
    found["text"] = row.text
    found["household"] = next(iter(found.pop("households", [])), "")
    found["lineage"] = found.get("lineage") or batch.title
    try:
        found["area"] = Places(user, "item.create").find(found.get("township", ""), found.get("village", "")).pk  # fmt: skip
    except WrongCell:
        found.pop("area", None)
    found.pop("co_units", None)
    return found
