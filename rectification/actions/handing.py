"""移交: what a person has in hand goes to a named successor, at any open state, with all that
was done so far: status, deadline, measure, evidence and round stay."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Count

from cadres.events import record
from cadres.models import Cadre, Unit
from cadres.scope import require, scope_of
from rectification.actions.hands import checkers
from rectification.actions.moving import locked, reason_given
from rectification.actions.registering import active_in
from rectification.models import HandOver, Item
from rectification.querysets import may_hand_over
from rectification.workflow import OPEN, ROUTES, Route, Status
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.registries import Held

BEFORE_WORK = (Status.REGISTERED, Status.CONFIRMED, Status.DECLINED, Status.ISSUED, Status.SIGNED)


def hand_over(
    *, item_ids: Iterable[int], giver: Cadre, taker: Cadre, reason: str, by: Cadre, at: datetime,
    right: str = "",
) -> int:  # fmt: skip
    """All or none. Within the unit the successor is free to choose; to another unit it takes
    whoever assigns, and a reason."""
    today = clock.day(at)
    if taker.pk == giver.pk:
        raise BadInput("taker_same", "接手人不能是本人，请另选一人。", field="taker")
    with transaction.atomic():
        items = locked(item_ids)
        if not items:
            raise BadInput("nothing_chosen", "请至少勾选一件。", field="item")
        for item in items:
            _still_his(item, giver)
            if right:
                require(by, right, item.area_id)
            elif not may_hand_over(item, by):
                raise NotYours(
                    "no_right",
                    f"{item.number} 的移交由指挥部整改组办理，或由本乡镇书记、乡镇长办理。",
                )
        units = {item.pk: _unit_for(item, taker, today) for item in items}
        moves = [item for item in items if units[item.pk] != item.unit]
        if moves:
            if not right:
                _to_another_unit(moves, taker, by)
            reason = reason_given(reason)
        _free_to_take(items, units, taker)
        for item in items:
            _give(item, units[item.pk], giver, taker, reason.strip(), by=by, at=at)
    return len(items)


def held_items(cadre_id: int) -> list[Held]:
    """By unit, and no number of an item: who transfers a cadre may see none of them."""
    now = Item.objects.filter(person=cadre_id, status__in=OPEN).values("unit", "unit__name")
    return [
        Held(f"item:{line['unit']}", f"{line['unit__name']} {line['n']} 件整改")
        for line in now.annotate(n=Count("pk")).order_by("unit")
    ]


def give_items(
    group: str, *, giver: Cadre, taker: Cadre, day: date, by: Cadre, at: datetime
) -> None:
    items = Item.objects.filter(person=giver, unit=int(group), status__in=OPEN)
    try:
        hand_over(item_ids=list(items.values_list("pk", flat=True)), giver=giver, taker=taker,
                  reason="调动移交", by=by, at=at, right="cadre.transfer")  # fmt: skip
    except Refusal as refusal:
        if refusal.code != "taker_barred":
            raise
        raise BadInput(
            "taker_barred", f"{taker.name}检查过其中的整改事项，或接手后检查路线不成立，请另选接手人。", field=f"item:{group}"
        ) from None  # fmt: skip


def _still_his(item: Item, giver: Cadre) -> None:
    if item.person_id != giver.pk or not item.is_open:
        raise Refusal("not_his", f"{item.number} 已不在{giver.name}名下，或已经办结，请刷新页面。")


def _unit_for(item: Item, taker: Cadre, today: date) -> Unit:
    """The item's own unit where the successor works there, else his."""
    if active_in(taker, item.unit, today):
        return item.unit
    if taker.unit is None or not active_in(taker, taker.unit, today):
        raise BadInput(
            "taker_not_active", f"{taker.name}现在没有任职，请另选接手人。", field="taker"
        )
    return taker.unit


def _to_another_unit(items: list[Item], taker: Cadre, by: Cadre) -> None:
    for item in items:
        if not scope_of(by).has("item.assign", item.area_id):
            raise BadInput(
                "other_unit",
                f"{taker.name}不在{item.unit}任职；交给别的单位由指挥部整改组办理。",
                field="taker",
            )


def _free_to_take(items: list[Item], units: dict[int, Unit], taker: Cadre) -> None:
    """Who checked an item, ever, does not mend it; and no item comes to a unit where its
    remaining checks would find nobody. All that stand in the way are named at once."""
    found = [
        f"{item.number}（{why}）" for item in items if (why := _bar(item, units[item.pk], taker))
    ]
    if found:
        raise BadInput(
            "taker_barred",
            f"{taker.name}不能接手：{'、'.join(found)}。请去掉这几件，或另选接手人。",
            field="taker",
        )


def _bar(item: Item, unit: Unit, taker: Cadre) -> str:
    if taker.pk in checkers(item, ever=True):
        return "他检查过这一件"
    if unit == item.unit:
        return ""
    later = [step.status for step in ROUTES[Route(item.route)][1:]]
    if item.checks.filter(round=item.round, unit=unit, step__in=later).exists():
        return f"{unit}检查过这一件"
    if item.status in BEFORE_WORK:
        return ""
    county = unit.kind == Unit.Kind.COUNTY
    if item.route in (Route.COUNTY, Route.DEPARTMENT) and county != (
        item.route == Route.DEPARTMENT
    ):
        return "已开始整改，检查路线不能换成别类单位的"
    if unit == item.lead_unit and item.route in (Route.COUNTY, Route.TOWNSHIP):
        return f"{unit}是它的核查单位"
    return ""


def _give(
    item: Item, unit: Unit, giver: Cadre, taker: Cadre, reason: str, *, by: Cadre, at: datetime
) -> None:
    before = {"unit": item.unit.name, "person": giver.name}
    if (
        unit != item.unit
        and item.status in BEFORE_WORK
        and item.route in (Route.COUNTY, Route.DEPARTMENT)
    ):
        item.route = Route.DEPARTMENT if unit.kind == Unit.Kind.COUNTY else Route.COUNTY
    item.person, item.unit = taker, unit
    item.save()
    HandOver.objects.create(item=item, giver=giver, taker=taker, by=by, at=at, reason=reason)
    _ask_anew(item, taker)
    record("item.hand_over", item, by=by, at=at, area=item.area_id, before=before,
           after={"unit": unit.name, "person": taker.name, "reason": reason})  # fmt: skip


def _ask_anew(item: Item, taker: Cadre) -> None:
    """What the successor himself heard from a household is heard again by somebody else,
    while the first check still reads it."""
    first = ROUTES[Route(item.route)][0].status
    if item.status in (Status.RECTIFYING, first):
        item.homes.filter(asked_by=taker).update(solved=None, asked_by=None, asked_at=None, said="")
