"""线索: the queue, and one lead with what was found."""

from __future__ import annotations

import re
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cadres.actions import leads
from cadres.forms import DecideForm, LookForm
from cadres.leads import lead_kinds, leads_visible_to, to_discipline
from cadres.models import Area, Lead
from cadres.querysets import areas_within
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form
from yuexi.core.registries import lead_panels

VIEWS = {"": "等核实", "decided": "已有结论", "discipline": "转纪委监委", "all": "全部"}


def lead_list(request: PageRequest) -> HttpResponse:
    require(request.user, "lead.view")
    view, kind = request.GET.get("view", ""), request.GET.get("kind", "")
    township = request.GET.get("township", "")
    found = leads_visible_to(request.user).select_related("area__parent", "decision__by")
    if view == "discipline":
        found = to_discipline(found)
    elif view != "all":
        found = found.filter(decision__isnull=view != "decided")
    if kind:
        found = found.filter(kind=kind)
    if re.fullmatch("[0-9]{9}", township):
        found = found.filter(area__code__startswith=township)
    page = keyset(found, ("-opened_at", "-pk"), after=request.GET.get("after"),
                  before=request.GET.get("before"), size=20)  # fmt: skip
    subjects = lead_kinds.subjects(request.user, page.rows)
    rows = [(lead, lead_kinds.name(lead.kind), subjects.get(lead.pk)) for lead in page.rows]
    places = areas_within(request.user, "lead.view").filter(level=Area.Level.TOWNSHIP)
    context = {"page": page, "rows": rows, "count": found.count(), "views": VIEWS, "view": view,
               "kinds": lead_kinds.kinds.values(), "kind": kind, "townships": places, "township": township}  # fmt: skip
    return private(render(request, "leads/list.html", context))


def lead_detail(request: PageRequest, uid: UUID) -> HttpResponse:
    require(request.user, "lead.view")
    lead = get_object_or_404(
        leads_visible_to(request.user).select_related("area__parent", "decision__by"), uid=uid
    )
    what = request.POST.get("what", "")
    form: Form | None = None
    if request.method == "POST":
        form = form_of(what, request)
        if form.is_valid():
            try:
                do(what, lead, form, request)
            except Refusal as refusal:
                add_to_form(form, refusal)
            else:
                return redirect("lead", uid)
    decided = getattr(lead, "decision", None)
    open_to_me = decided is None and scope_of(request.user).has("lead.decide", lead.area_id)
    context = {
        "lead": lead, "kind": lead_kinds.kinds.get(lead.kind), "name": lead_kinds.name(lead.kind),
        "subject": lead_kinds.subjects(request.user, [lead]).get(lead.pk),
        "looks": lead.looks.select_related("by").order_by("pk"), "decided": decided,
        "forms": {"look": form if what == "look" else LookForm(), "decide": form if what == "decide" else DecideForm()}
        if open_to_me else {}, "open": what,
        "panels": lead_panels.for_(request.user, lead) if decided else [],
        "to_discipline": to_discipline(Lead.objects.filter(pk=lead.pk)).exists(),
    }  # fmt: skip
    return private(
        render(request, "leads/detail.html", context, status=422 if form and form.errors else 200)
    )


def form_of(what: str, request: PageRequest) -> Form:
    if what == "look":
        return LookForm(request.POST)
    if what == "decide":
        return DecideForm(request.POST)
    raise Http404


def do(what: str, lead: Lead, form: Form, request: PageRequest) -> None:
    by, at = request.user, clock.now()
    if what == "look":
        leads.look_into(lead=lead, said=form.cleaned_data["looked"], by=by, at=at)
        messages.success(request, "核实情况已记下。")
    else:
        leads.decide(lead=lead, **form.cleaned_data, by=by, at=at)
        messages.success(request, "结论已记下。")


def private(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    return response
