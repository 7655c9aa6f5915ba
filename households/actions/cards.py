"""明白卡: made when a village's sheet is printed, ended when one is lost."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from cadres.events import record
from cadres.models import Area, Cadre
from cadres.scope import scope_of
from households.models import Card, Household
from households.querysets import card_homes, with_main_helper
from yuexi.core import clock, crypto
from yuexi.core.refusals import BadInput, NotYours, Refusal

NO_PHONE = "电话请问村里"


@dataclass(frozen=True)
class Printed:
    """One card as it stands on paper."""

    household: Household
    code: str
    helper: str
    phone: str


def may_print(by: Cadre, area_code: str) -> bool:
    scope = scope_of(by)
    return scope.has("assignment.edit", area_code) or scope.has("household.edit", area_code)


def require_print(by: Cadre, area_code: str) -> None:
    if not may_print(by, area_code):
        raise NotYours("no_right", "明白卡由乡镇专干或县指挥部数据组制作；如需补办，请与他们联系。")


def phone_of(helper: Cadre) -> str:
    return crypto.decrypt(helper.phone) if helper.phone else NO_PHONE


def print_cards(*, village: Area, only_new: bool, by: Cadre, at: datetime) -> list[Printed]:
    """The cards of a village with the helper of today; who has none gets one now. Telephones
    are decrypted for this sheet alone, and the log says how many."""
    require_print(by, village.code)
    today = clock.day(at)
    with transaction.atomic():
        homes = card_homes(Household.objects.filter(area=village), today)
        locked = list(homes.select_for_update().order_by("pk").values_list("pk", flat=True))
        codes = dict(
            Card.objects.filter(household__in=locked, ended_on=None).values_list(
                "household_id", "code"
            )
        )
        new = [
            Card(household_id=pk, code=secrets.token_urlsafe(16), issued_on=today, by=by)
            for pk in locked
            if pk not in codes
        ]
        Card.objects.bulk_create(new)
        made = {card.household_id: card.code for card in new}
        chosen = made if only_new else {**codes, **made}
        if not chosen:
            raise Refusal(
                "no_new_card",
                f"{village.name}每一户都已有卡；要重印请选“全部重印”，丢了卡的户请先在农户页面把旧卡作废。",
            )
        rows = with_main_helper(Household.objects.filter(pk__in=chosen), today)
        sheet = [
            Printed(home, chosen[home.pk], helper.name, phone_of(helper))
            for home in rows.order_by("group", "pinyin", "pk")
            for helper in [home.main_now[0].cadre]  # type: ignore[attr-defined]
        ]
        record("card.print", village, by=by, at=at, area=village.code,
               after={"cards": len(sheet), "made": len(new), "telephones": len(sheet)})  # fmt: skip
    return sheet


def end_card(*, household: Household, why: str, by: Cadre, at: datetime) -> None:
    """The old code opens nothing from now on."""
    require_print(by, household.area_id)
    if why not in Card.Ended.values:
        raise BadInput("why", "请选择旧卡作废的原因：遗失或损坏换新。", field="why")
    with transaction.atomic():
        card = Card.objects.select_for_update().filter(household=household, ended_on=None).first()
        if card is None:
            raise Refusal("no_card", f"{household}现在没有卡，到“明白卡”页印一张即可。")
        card.ended_on, card.ended_why = clock.day(at), why
        card.save(update_fields=["ended_on", "ended_why"])
        record("card.end", household, by=by, at=at, area=household.area_id, after={"why": why})
