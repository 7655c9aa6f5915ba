"""What the register pages share: a list with its views, one form with one action."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import redirect, render

from cadres.export import ROWS_MAX, export
from cadres.request import PageRequest
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

PAGE = 20


def listed(
    request: PageRequest, template: str, found: QuerySet[Any], order: tuple[str, ...], *,
    title: str, heads: list[str], row: Callable[[Any], tuple[Any, ...]], **context: Any,
) -> HttpResponse:  # fmt: skip
    """The page of a register, or the same rows as a workbook."""
    if request.GET.get("format") == "xlsx":
        rows = [row(r) for r in found.order_by(*order)[: ROWS_MAX + 1]]
        return export(title, heads, rows, by=request.user, at=clock.now())
    page = keyset(found, order, after=request.GET.get("after"), before=request.GET.get("before"), size=PAGE)  # fmt: skip
    return render(request, template, {"page": page, **context})


def tried(form: Form, act: Callable[[], Any]) -> Any:
    """What the action made; None with the refusal beside its field."""
    if not form.is_valid():
        return None
    try:
        return act()
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        add_to_form(form, refusal)
        return None


def done(request: PageRequest, words: str, to: str, *args: Any) -> HttpResponse:
    messages.success(request, words)
    return redirect(to, *args)


def shown(
    request: PageRequest, template: str, context: dict[str, Any], form: Form | None = None, *, stands: bool = True
) -> HttpResponse:  # fmt: skip
    """With what is wrong beside the fields, or on top where the form no longer stands on the page:
    somebody else was quicker."""
    wrong = form.errors if form is not None else {}
    if not stands:
        for sentence in dict.fromkeys(str(w) for words in wrong.values() for w in words):
            messages.error(request, sentence)
    return render(request, template, context, status=422 if wrong else 200)
