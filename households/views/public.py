"""What a 明白卡 opens, for anybody who holds one: the helper, his telephone, the village."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from cadres.models import Cadre
from households.actions import words
from households.actions.cards import phone_of
from households.forms import AnswerForm
from households.models import Card, Household, Visit
from households.querysets import (
    ASKED_AT_ONCE,
    households_visible_to,
    main_helpers,
    my_households,
    visits_to_ask,
)
from yuexi.core import clock
from yuexi.core.limits import sender, too_often
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

WORDS_AN_HOUR = 10  # of one card
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
    wrong = None
    if request.method == "POST":
        if too_often("word", code, at_most=WORDS_AN_HOUR, seconds=3600):
            return unlisted(render(request, "phone/card_none.html", {"busy": True}, status=429))
        wrong = answer(request, found)
        if wrong is None:
            messages.success(request, "记下了，谢谢您。")
            return unlisted(redirect("card", code))
    shown = asked(found.household, wrong)
    if wrong and not any(
        form is wrong for _, form in shown
    ):  # said meanwhile: no form to say it in
        messages.error(request, words.GONE)
    context = {
        "asked": shown,
        "village": found.household.area,
        "helper": helper and helper.cadre,
        "phone": phone_of(helper.cadre) if helper else "",
    }
    return unlisted(render(request, "phone/card.html", context, status=422 if wrong else 200))


def asked(household: Household, wrong: AnswerForm | None) -> list[tuple[Visit, AnswerForm]]:
    visits = visits_to_ask(household, clock.today())[:ASKED_AT_ONCE]
    return [
        (v, wrong if wrong and wrong["visit"].value() == str(v.pk) else
         AnswerForm(initial={"visit": v.pk}, auto_id=f"id_{n}_%s"))
        for n, v in enumerate(visits)
    ]  # fmt: skip


def answer(request: HttpRequest, found: Card) -> AnswerForm | None:
    """None when it was kept, else the form with what was wrong."""
    form = AnswerForm(request.POST, auto_id="id_wrong_%s")
    if not form.is_valid():
        return form
    data = dict(form.cleaned_data)
    visit = visits_to_ask(found.household, clock.today()).filter(pk=data.pop("visit")).first()
    try:
        if visit is None:
            raise Refusal("not_asked", words.GONE)
        words.say(visit=visit, **data, by=None, at=clock.now())
    except Refusal as refusal:
        add_to_form(form, refusal)
        return form
    return None


def own_door(user: Cadre, household: Household) -> str:
    """Where a colleague with this household goes instead of the public page."""
    if my_households(user).filter(pk=household.pk).exists():
        return "phone-visit"
    return "household" if households_visible_to(user).filter(pk=household.pk).exists() else ""


def unlisted(response: HttpResponse) -> HttpResponse:
    response["Cache-Control"] = "private, no-store"
    response["X-Robots-Tag"] = "noindex, nofollow"
    return response
