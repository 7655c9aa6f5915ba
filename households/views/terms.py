"""称谓: what things are called from which day, read and kept by the county's data office."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cadres.request import PageRequest
from cadres.scope import require
from households.actions.terms import save_term
from households.forms import TermForm
from households.models import Term
from yuexi.core import clock
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form


def term_list(request: PageRequest) -> HttpResponse:
    require(request.user, "term.edit")
    today = clock.today()
    rows: dict[str, list[tuple[Term, str]]] = {str(label): [] for label in Term.Thing.labels}
    for term in Term.objects.order_by("thing", "-end", "-start"):
        rows[str(term.get_thing_display())].append((term, term.state(today)))
    return render(request, "terms/list.html", {"rows": rows})


def term_edit(request: PageRequest, pk: int | None = None) -> HttpResponse:
    require(request.user, "term.edit")
    term = get_object_or_404(Term, pk=pk) if pk else None
    form = TermForm(request.POST or None, initial=TermForm.of(term) if term else None, term=term)
    if form.is_valid():
        try:
            kept = save_term(term=term, **form.cleaned_data, by=request.user, at=clock.now())
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, f"“{kept}”已保存。")
            return redirect("term-list")
    return render(request, "terms/form.html", {"form": form, "term": term},
                  status=422 if form.errors else 200)  # fmt: skip
