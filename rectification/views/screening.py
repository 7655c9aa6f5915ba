"""举一反三: the list of an item, and what waits for who looks."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cadres.request import PageRequest
from rectification import forms
from rectification.actions import screening
from rectification.models import ScreenedHousehold
from rectification.querysets import may_read
from rectification.views.items import found
from rectification.workflow import SCREEN_MAX
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import NotYours, Refusal
from yuexi.core.refused import add_to_form

SHOWN = 20


def similar(request: PageRequest, uid: UUID) -> HttpResponse:
    """A list is previewed with its count, and made only as it was seen."""
    item, user = found(request, uid), request.user
    if not may_read(item, user):
        raise Http404
    may = screening.may_screen(item, user)
    if request.method == "POST" and not may:
        raise NotYours("not_screener", "举一反三由指挥部整改组或乡镇书记、乡镇长发起。")
    given = request.POST or (request.GET if "area" in request.GET else None)
    form = forms.ScreeningForm(given, item=item, by=user) if may else None
    count, preview = None, []
    if form is not None and form.is_valid():
        homes = screening.similar(item, form.choice()).order_by("area_id", "pk")
        count = homes.count()
        preview = list(homes.select_related("area")[:SHOWN])
        if request.method == "POST":
            try:
                seen = request.POST.get("seen", "")
                made = screening.screen(
                    item_id=item.pk, choice=form.choice(), what=form.cleaned_data["what"],
                    seen=int(seen) if seen.isascii() and seen.isdigit() and len(seen) < 7 else -1, by=user, at=clock.now(),
                )  # fmt: skip
            except Refusal as refusal:
                add_to_form(form, refusal)
            else:
                messages.success(request, f"已建排查名单：{made.chosen}，{count} 户。")
                return redirect("item-similar", item.uid)
    rows = ScreenedHousehold.objects.filter(screening__item=item)
    page = keyset(rows.select_related("household__area", "screening", "by", "child"), ("pk",),
                  after=request.GET.get("after"), before=request.GET.get("before"), size=SHOWN)  # fmt: skip
    context = {
        "item": item, "form": form, "count": count, "preview": preview, "limit": SCREEN_MAX, "page": page,
        "total": rows.count(), "left": rows.filter(outcome="").count(), "hits": rows.filter(outcome="FOUND").count(),
        "lists": item.screenings.select_related("by").order_by("pk"),
        "mine": screening.to_look_at(user).filter(screening__item=item).count(),
    }  # fmt: skip
    return render(request, "rectification/similar.html", context,
                  status=422 if form is not None and form.errors else 200)  # fmt: skip


def to_look(request: PageRequest) -> HttpResponse:
    """What waits for the reader, household by household; each is answered for itself."""
    waiting = screening.to_look_at(request.user)
    page = keyset(waiting, ("household__area_id", "pk"), after=request.GET.get("after"),
                  before=request.GET.get("before"), size=SHOWN)  # fmt: skip
    context = {"page": page, "count": waiting.count()}
    return render(request, "rectification/to_look.html", context)


def look(request: PageRequest, pk: int) -> HttpResponse:
    row = get_object_or_404(screening.screened_for(request.user), pk=pk)
    form = forms.LookForm(request.POST or None, row=row)
    if form.is_valid():
        data = form.cleaned_data
        try:
            made = screening.look(row_id=row.pk, found=data["found"] == "1", said=data["said"],
                                  visit=data["visit"], by=request.user, at=clock.now())  # fmt: skip
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            told = f"有此问题，已登记 {made.child.number}。" if made.child else "无此问题，已登记。"
            messages.success(request, f"{row.household}：{told}")
            return redirect("item-screened-list")
    return render(request, "rectification/look.html", {"row": row, "form": form},
                  status=422 if form.errors else 200)  # fmt: skip
