"""问责线索, for 纪委监委 alone."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cadres.request import PageRequest
from cadres.scope import require
from rectification import forms
from rectification.actions import accountability
from rectification.facts import facts
from rectification.querysets import accountabilities_visible_to
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

VIEWS = {"": "等决定", "decided": "已决定", "all": "全部"}


def accountability_list(request: PageRequest) -> HttpResponse:
    require(request.user, "discipline.handle")
    view = request.GET.get("view", "")
    view = view if view in VIEWS else ""
    found = accountabilities_visible_to(request.user)
    if view != "all":
        found = found.filter(decision__isnull=view != "decided")
    page = keyset(found, ("-pk",), after=request.GET.get("after"), before=request.GET.get("before"), size=20)  # fmt: skip
    context = {"page": page, "count": found.count(), "views": VIEWS, "view": view}
    return private(render(request, "rectification/accountability_list.html", context))


def accountability_detail(request: PageRequest, uid: UUID) -> HttpResponse:
    require(request.user, "discipline.handle")
    found = get_object_or_404(accountabilities_visible_to(request.user), uid=uid)
    decided = getattr(found, "decision", None)
    next_ = accountability.appeal_choices(decided) if decided else []
    form: Form = (
        forms.AppealForm(request.POST or None, choices=next_)
        if decided
        else forms.VerdictForm(request.POST or None)
    )
    if request.method == "POST" and request.POST.get("what") != ("appeal" if decided else "decide"):
        raise Http404
    if form.is_valid():
        try:
            if decided:
                accountability.record_appeal(found=found, by=request.user, at=clock.now(), **form.cleaned_data)  # fmt: skip
            else:
                accountability.decide_accountability(found=found, by=request.user, at=clock.now(), **form.cleaned_data)  # fmt: skip
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, "已登记。")
            return redirect("item-accountability", uid)
    context = {"found": found, "item": found.item, "decided": decided, "form": form, "open": next_ or not decided, "facts": facts(found.item, clock.today()),
               "appeals": decided.appeals.select_related("by").order_by("pk") if decided else []}  # fmt: skip
    return private(
        render(request, "rectification/accountability.html", context, status=422 if form.errors else 200)
    )  # fmt: skip


def private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response
