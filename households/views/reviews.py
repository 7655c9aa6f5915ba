"""变更待审: what visits saw changed, beside what the roster says now."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cadres.models import Cadre
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from households import forms
from households.actions import life
from households.actions.receiving import as_told
from households.models import Visit, VisitFact
from households.querysets import changes_to_review, label_of, proposals_to_review
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form


@dataclass
class Proposal:
    """One field of one visit: what the phone had shown, what was seen, what the roster says."""

    fact: VisitFact
    label: str
    now: str
    others: list[VisitFact] = field(default_factory=list)

    @property
    def moved(self) -> bool:
        """Somebody changed the roster since the phone last read it."""
        return self.now != self.fact.base

    @property
    def already(self) -> bool:
        return self.now == self.fact.value

    @property
    def plain(self) -> bool:
        """Ticked from the start: nobody else has said anything else meanwhile."""
        return not self.moved and all(o.value == self.fact.value for o in self.others)


@dataclass
class Card:
    visit: Visit
    seen: list[str]
    form: Form
    proposals: list[Proposal]
    wrong: str = ""
    why_not: str = ""

    @property
    def may_adopt(self) -> bool:
        return not self.why_not and any(not p.already for p in self.proposals)


def cards_of(visits: Sequence[Visit], by: Cadre) -> list[Card]:
    """A constant number of queries, however many visits."""
    found: dict[int, list[VisitFact]] = defaultdict(list)
    for fact in proposals_to_review([v.household_id for v in visits]):
        found[fact.visit.household_id].append(fact)
    return [_card(visit, found[visit.household_id], by) for visit in visits]


def _card(visit: Visit, facts: list[VisitFact], by: Cadre) -> Card:
    home = visit.household
    proposals = [
        Proposal(
            fact,
            label_of(fact.field),
            as_told(getattr(home, fact.field)),
            [f for f in facts if f.field == fact.field and f.visit_id != visit.pk],
        )
        for fact in facts
        if fact.visit_id == visit.pk
    ]
    why_not = ""
    if home.closed:
        why_not = f"{home}已销户，册子不再改；核实后写处理情况。"
    elif not scope_of(by).has("household.edit", home.area_id):
        why_not = f"{home}已迁到别处，册子由那里的专干更新；核实后写处理情况。"
    seen = [str(Visit.Change(c).label) for c in visit.changes if c in Visit.Change.values]
    form = forms.ReviewForm(initial={"visit": visit.uid}, auto_id=f"id_{visit.pk}_%s")
    return Card(visit, seen, form, proposals, why_not=why_not)


def review_list(request: PageRequest) -> HttpResponse:
    require(request.user, "household.edit")
    waiting = changes_to_review(request.user)
    wrong: dict[UUID, tuple[str, Form | None]] = {}
    status = 200
    if request.method == "POST":
        answer = _adopt if "adopt" in request.POST else _answer
        wrong, done = answer(request)
        if done:
            messages.success(request, done)
            return redirect("change-review")
        status = 422
    page = keyset(waiting.prefetch_related("corrections"), ("occurred_at", "pk"), after=request.GET.get("after"),
                  before=request.GET.get("before"), size=20)  # fmt: skip
    cards = cards_of(page.rows, request.user)
    for card in cards:
        if card.visit.uid in wrong:
            card.wrong, mine = wrong.pop(card.visit.uid)
            card.form = mine or card.form
    for said, form in wrong.values():  # of a card that is no longer here
        messages.error(request, said or "；".join(_all_errors(form)))
    context = {"page": page, "cards": cards, "count": waiting.count()}
    return render(request, "households/reviews.html", context, status=status)


Answered = tuple[dict[UUID, tuple[str, Form | None]], str]


def _answer(request: PageRequest) -> Answered:
    form = forms.ReviewForm(request.POST)
    if not form.is_valid():
        return _at(form), ""
    visit: Visit = get_object_or_404(
        changes_to_review(request.user), uid=form.cleaned_data["visit"]
    )
    try:
        life.review_changes(
            visit=visit, said=form.cleaned_data["said"], by=request.user, at=clock.now()
        )
    except Refusal as refusal:
        add_to_form(form, refusal)
        return {visit.uid: ("", form)}, ""
    return {}, f"{visit.household}：已处理。"


def _adopt(request: PageRequest) -> Answered:
    form = forms.AdoptForm(request.POST)
    if not form.is_valid():
        return _at(form), ""
    visit: Visit = get_object_or_404(
        changes_to_review(request.user), uid=form.cleaned_data["visit"]
    )
    try:
        said = life.adopt_facts(visit=visit, seen=form.seen(), by=request.user, at=clock.now())
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        return {visit.uid: (refusal.message, None)}, ""
    return {}, f"{visit.household}：{said}。"


def _all_errors(form: Form | None) -> list[str]:
    return [str(e) for errors in form.errors.values() for e in errors] if form else []


def _at(form: Form) -> dict[UUID, tuple[str, Form | None]]:
    """Beside the card that it was sent from, if the sender said which."""
    visit = form.cleaned_data.get("visit") or UUID(int=0)
    return {visit: ("", form) if isinstance(form, forms.ReviewForm) else ("请勾选要采纳的项目。", None)}  # fmt: skip
