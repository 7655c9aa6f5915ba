"""明白卡 of a village, to print and cut."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.safestring import SafeString
from django.views.decorators.http import require_POST

from cadres.models import Area
from cadres.request import PageRequest
from cadres.scope import scope_of
from households import qr
from households.actions import cards
from households.models import Household
from households.querysets import card_homes, households_visible_to, without_helper
from yuexi.core import clock
from yuexi.core.refusals import NotYours

A_PAGE = 8


def villages_to_print(request: PageRequest) -> QuerySet[Area]:
    scope = scope_of(request.user)
    if not (scope.has("assignment.edit") or scope.has("household.edit")):
        raise NotYours("no_right", "明白卡由乡镇专干或县指挥部数据组制作；如需补办，请与他们联系。")
    here = scope.within("assignment.edit", "code") | scope.within("household.edit", "code")
    villages = Area.objects.filter(here, level=Area.Level.VILLAGE)
    return villages.select_related("parent__parent").order_by("code")


def address(request: HttpRequest, code: str) -> str:
    """What the code holds: where telephones find us, and the card; nothing of the household."""
    path = reverse("card", args=[code])
    return f"{settings.PUBLIC_ADDRESS}{path}" if settings.PUBLIC_ADDRESS else request.build_absolute_uri(path)  # fmt: skip


def sheet(request: PageRequest) -> HttpResponse:
    villages = villages_to_print(request)
    code = request.GET.get("village", "")
    village = get_object_or_404(villages, code=code) if code else None
    pages: list[list[tuple[cards.Printed, SafeString]]] = []
    if request.method == "POST" and village:
        only_new = request.POST.get("which") != "all"
        made = cards.print_cards(
            village=village, only_new=only_new, by=request.user, at=clock.now()
        )
        drawn = [(card, qr.svg(address(request, card.code))) for card in made]
        pages = [drawn[n : n + A_PAGE] for n in range(0, len(drawn), A_PAGE)]
    context = {"villages": villages, "village": village, "pages": pages, "total": sum(map(len, pages)),
               "local": not settings.PUBLIC_ADDRESS and request.get_host().split(":")[0] in ("127.0.0.1", "localhost"),
               **(counts(village) if village else {})}  # fmt: skip
    response = render(request, "households/cards.html", context)
    response["Cache-Control"] = "private, no-store"
    return response


def counts(village: Area) -> dict[str, int]:
    """How many cards a print would hold, how many of them new, and who is left out."""
    today = clock.today()
    homes = Household.objects.filter(area=village)
    ready = card_homes(homes, today)
    new = ready.exclude(cards__in=ready.filter(cards__ended_on=None).values("cards"))
    return {"ready": ready.count(), "new": new.count(), "helpless": without_helper(homes, today).count()}  # fmt: skip


@require_POST
def card_end(request: PageRequest, uid: UUID) -> HttpResponse:
    household = get_object_or_404(households_visible_to(request.user), uid=uid)
    why = request.POST.get("why", "")
    cards.end_card(household=household, why=why, by=request.user, at=clock.now())
    messages.success(request, "旧卡已作废，扫它不再显示帮扶人。请到“明白卡”页给这户印新卡。")
    return redirect("household", uid)
