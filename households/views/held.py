"""走访待定: records that reached us and wait for a person's word, and what became of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cadres.request import PageRequest
from cadres.scope import require, scope_of
from households.actions.held import decide_held, may_decide
from households.forms import DecisionForm
from households.models import HeldVisit, Visit
from households.querysets import held_to_decide, held_visible_to, standing, versions_of
from households.told import Line, lines_of
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

VIEWS = {"": "等我核定", "waiting": "全部待定", "done": "已核定"}


@dataclass
class Card:
    """One held record on the page; `first` is the version that stands under its number."""

    held: HeldVisit
    lines: list[Line]
    first: Visit | None = None
    form: Form | None = None


def cards_of(rows: Sequence[HeldVisit]) -> list[Card]:
    """A constant number of queries, however many rows."""
    numbers = [h.uid for h in rows]
    first: dict[UUID, Visit] = {}
    decided = {h.decision.visit_id for h in rows if hasattr(h, "decision")}
    versions = versions_of(numbers).exclude(pk__in=[pk for pk in decided if pk])
    stands = set(standing().filter(pk__in=versions.values("pk")).values_list("pk", flat=True))
    for visit in versions.prefetch_related("facts", "problems").order_by("pk"):
        number: UUID = visit.number  # type: ignore[attr-defined]
        if number not in first or visit.pk in stands:
            first[number] = visit
    return [Card(h, lines_of(h, first.get(h.uid)), first.get(h.uid)) for h in rows]


def held_list(request: PageRequest) -> HttpResponse:
    view = request.GET.get("view", "")
    scope = scope_of(request.user)
    if not scope.has("visit.create"):
        require(request.user, "household.edit" if not view else "visit.view")
    mine = held_to_decide(request.user)
    if view == "done":
        found, order = held_visible_to(request.user).filter(decision__isnull=False), ("-at", "-pk")
    elif view == "waiting":
        found, order = held_visible_to(request.user).filter(decision__isnull=True), ("at", "pk")
    else:
        found, order, view = mine, ("at", "pk"), ""
    page = keyset(found, order, after=request.GET.get("after"), before=request.GET.get("before"), size=10)  # fmt: skip
    cards = cards_of(page.rows)
    for card in cards:
        if not hasattr(card.held, "decision") and may_decide(card.held, request.user):
            card.form = DecisionForm(auto_id=f"id_{card.held.pk}_%s")
    context = {"page": page, "cards": cards, "views": VIEWS, "view": view, "count": mine.count()}
    return render(request, "households/held.html", context)


def held_detail(request: PageRequest, pk: int) -> HttpResponse:
    held = get_object_or_404(held_visible_to(request.user), pk=pk)
    form = DecisionForm(request.POST or None, auto_id=f"id_{held.pk}_%s")
    if request.method == "POST" and form.is_valid():
        accept = request.POST.get("accept") == "1"
        try:
            decide_held(held=held, accept=accept, said=form.cleaned_data["said"], by=request.user, at=clock.now())  # fmt: skip
        except Refusal as refusal:
            if refusal.status == 403:
                raise
            if not refusal.field:  # somebody else was first: show what he said
                messages.error(request, refusal.message)
                return redirect("visit-held", pk)
            add_to_form(form, refusal)
        else:
            messages.success(request, f"{held.household}：已{'收下' if accept else '定为不收'}，走访人会看到您的理由。")  # fmt: skip
            return redirect("visit-held-list")
    elif request.method == "POST" and not may_decide(held, request.user):
        require(request.user, "household.edit", held.area_id)
    card = cards_of([held])[0]
    if not hasattr(held, "decision") and may_decide(held, request.user):
        card.form = form
    return render(request, "households/held_one.html", {"card": card, "held": held},
                  status=422 if form.errors else 200)  # fmt: skip
