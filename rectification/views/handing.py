"""移交: what a person has in hand, and its way to a named successor."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from cadres.models import Cadre
from cadres.querysets import cadres_visible_to
from cadres.request import PageRequest
from rectification import forms
from rectification.actions.handing import hand_over
from rectification.models import Item
from rectification.querysets import items_to_hand_over, who_hands_over
from rectification.timeline import with_due
from rectification.workflow import OPEN
from yuexi.core import clock
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form


def item_hand_over(request: PageRequest) -> HttpResponse:
    giver = giver_of(request)
    owned = list(items_to_hand_over(request.user, giver))
    with_due(owned, clock.today())
    form = (
        forms.HandOverForm(request.POST or None, by=request.user, giver=giver, owned=owned)
        if owned
        else None
    )
    if form is not None and form.is_valid():
        data = form.cleaned_data
        try:
            count = hand_over(item_ids=form.chosen(), giver=giver, taker=data["taker"],
                              reason=data.get("reason", ""), by=request.user, at=clock.now())  # fmt: skip
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, f"已把 {count} 件移交给{data['taker'].name}。")
            return redirect(f"{reverse('item-hand-over')}?from={giver.uid}")
    rest = Item.objects.filter(person=giver, status__in=OPEN).exclude(pk__in=[i.pk for i in owned])
    context = {
        "giver": giver, "owned": owned, "form": form, "chosen": marked(request, owned), "rest": rest.count(),
        "whom": who_hands_over(rest, clock.today()), "seen": cadres_visible_to(request.user).filter(pk=giver.pk).exists(),
    }  # fmt: skip
    return render(request, "rectification/hand_over.html", context,
                  status=422 if form is not None and form.errors else 200)  # fmt: skip


def giver_of(request: PageRequest) -> Cadre:
    """Anybody who sees the person learns how many items he has; which ones, only who may act."""
    try:
        uid = UUID(request.GET.get("from", ""))
    except ValueError:
        raise Http404 from None
    giver = Cadre.objects.select_related("unit").filter(uid=uid).first()
    if giver is None:
        raise Http404
    seen = cadres_visible_to(request.user).filter(pk=giver.pk).exists()
    if not (seen or items_to_hand_over(request.user, giver).exists()):
        raise Http404
    return giver


def marked(request: PageRequest, owned: list[Item]) -> list[str]:
    """All of them, the one that the reader came from, or what he chose before a refusal."""
    if request.method == "POST":
        return request.POST.getlist("item")
    one = request.GET.get("item", "")
    return [item.number for item in owned if not one or item.number == one]
