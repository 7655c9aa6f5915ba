"""What a 明白卡 opens, for anybody who holds one: the helper, his telephone, the village."""

from __future__ import annotations

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from cadres.models import Cadre
from households.actions.cards import phone_of
from households.models import Card, Household
from households.querysets import households_visible_to, main_helpers, my_households
from yuexi.core import clock
from yuexi.core.limits import sender, too_often

VIEWS_A_MINUTE = 120  # whole villages share one address of the telephone company


@login_not_required
def card(request: HttpRequest, code: str) -> HttpResponse:
    """An unknown code and an ended one get the same page from the same single query."""
    if too_often("card", sender(request), at_most=VIEWS_A_MINUTE, seconds=60):
        return unlisted(render(request, "phone/card_none.html", {"busy": True}, status=429))
    found = (
        Card.objects.filter(code=code, ended_on=None, household__closed="")
        .select_related("household__area__parent")
        .first()
    )
    if found is None:
        return unlisted(render(request, "phone/card_none.html", status=404))
    if isinstance(request.user, Cadre) and (door := own_door(request.user, found.household)):
        return unlisted(redirect(door, found.household.uid))
    helper = main_helpers(clock.today()).filter(household=found.household).select_related("cadre").first()  # fmt: skip
    context = {
        "village": found.household.area,
        "helper": helper and helper.cadre,
        "phone": phone_of(helper.cadre) if helper else "",
    }
    return unlisted(render(request, "phone/card.html", context))


def own_door(user: Cadre, household: Household) -> str:
    """Where a colleague with this household goes instead of the public page."""
    if my_households(user).filter(pk=household.pk).exists():
        return "phone-visit"
    return "household" if households_visible_to(user).filter(pk=household.pk).exists() else ""


def unlisted(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
