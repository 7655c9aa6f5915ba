"""移交: what a cadre still has, and its way to a named successor."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.db.models import Count
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import NoReverseMatch, reverse

from cadres.actions.people import is_over
from cadres.models import Area, Cadre
from cadres.querysets import cadres_visible_to, holders_of
from cadres.request import PageRequest
from cadres.scope import scope_of
from households.actions import assignments
from households.forms import TransferForm
from households.models import Assignment, Household
from households.querysets import open_assignments_within
from yuexi.core import clock
from yuexi.core.refusals import NotYours, Refusal
from yuexi.core.refused import add_to_form
from yuexi.core.registries import ownership


def hand_over(request: PageRequest, uid: UUID) -> HttpResponse:
    user = request.user
    mine = open_assignments_within(user)
    giver = get_object_or_404(
        Cadre.objects.filter(pk__in=cadres_visible_to(user).values("pk"))
        | Cadre.objects.filter(pk__in=mine.values("cadre")),
        uid=uid,
    )
    if not scope_of(user).has("assignment.edit") and not is_over(user, giver):
        raise NotYours("no_right", "移交由乡镇专干办理；账号和任职由单位管理员办理。")
    owned = list(
        mine.filter(cadre=giver).select_related("household__area__parent")
        .order_by("household__area_id", "household__pinyin", "pk")
    )  # fmt: skip
    form = TransferForm(request.POST or None, by=user, giver=giver, owned=owned) if owned else None
    if form is not None and form.is_valid():
        data = form.cleaned_data
        chosen = data["household"]
        try:
            count = assignments.hand_over(
                giver=giver, taker=data["taker"], start=data["start"], by=user, at=clock.now(),
                household_ids=[a.household_id for a in owned if str(a.household.uid) in chosen],
            )  # fmt: skip
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, f"已把 {count} 户移交给{data['taker'].name}。")
            return redirect("cadre-hand-over", uid)
    context = {
        "giver": giver, "form": form, "owned": owned, "elsewhere": elsewhere(giver, owned),
        "chosen": request.POST.getlist("household") if request.method == "POST" else None,
        "left": ownership.left_with(giver.pk), "items": items_path(giver),
        "seen": cadres_visible_to(user).filter(pk=giver.pk).exists(),
    }  # fmt: skip
    return render(request, "people/hand_over.html", context,
                  status=422 if form is not None and form.errors else 200)  # fmt: skip


def elsewhere(giver: Cadre, owned: list[Assignment]) -> list[tuple[str, int, list[str]]]:
    """Townships where somebody else keeps the roster: how many households, and whom to ask.
    No household is named: they are out of the reader's scope."""
    rest = Assignment.objects.filter(cadre=giver, end__isnull=True).exclude(
        pk__in=[a.pk for a in owned]
    )
    counts = Household.objects.filter(pk__in=rest.values("household")).values("area__parent")
    found = counts.annotate(n=Count("pk")).order_by("area__parent__code")
    places = Area.objects.in_bulk([line["area__parent"] for line in found])
    return [
        (places[line["area__parent"]].name, line["n"],
         [c.name for c in holders_of("assignment.edit", places[line["area__parent"]], clock.today())])
        for line in found
    ]  # fmt: skip


def items_path(giver: Cadre) -> str:
    try:
        return f"{reverse('item-hand-over')}?from={giver.uid}"
    except NoReverseMatch:
        return ""
