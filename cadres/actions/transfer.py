"""调动: all that a cadre has ends on one day, and each thing goes to a named successor, or nothing
happens at all."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, connection, transaction
from django.db.models import Q

from cadres.actions.covering import PAIR_SAID, both_away
from cadres.actions.delegations import cut
from cadres.actions.people import require_over
from cadres.events import record
from cadres.models import Cadre, Delegation, Unit
from cadres.scope import require
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.registries import ownership


def transfer(
    *, cadre: Cadre, takers: dict[str, Cadre], unit: Unit | None, by: Cadre, at: datetime
) -> int:
    """Today. `unit` is where he goes; None stops his account. Returns how many things went."""
    day = clock.day(at)
    try:
        with transaction.atomic():
            ids = {cadre.pk, *(t.pk for t in takers.values())}
            locked = {c.pk: c for c in Cadre.objects.select_for_update(of=("self",)).filter(pk__in=ids).order_by("pk").select_related("unit__area")}  # fmt: skip
            giver = locked[cadre.pk]
            require(by, "cadre.transfer", giver.unit.area.code if giver.unit else "")
            require_over(by, giver)
            if by.pk == giver.pk:
                raise NotYours("own_transfer", "不能办理自己的调动，请由另一位经办人办理。")
            if unit is not None:
                require(by, "cadre.transfer", unit.area.code)
            held = ownership.held(giver.pk)
            bare = [h.label for h in held if h.must and h.key not in takers]
            if bare:
                raise Refusal("orphaned", f"还没有接手人：{'、'.join(bare)}。每一项都选定接手人后才能办理调动。")  # fmt: skip
            for h in held:
                taker = takers.get(h.key)
                if taker is not None and (taker.pk == giver.pk or not locked[taker.pk].is_active):
                    raise BadInput("taker", f"{h.label}：接手人要是账号在用的另一个人。", field=h.key)  # fmt: skip
            with connection.cursor() as cursor:
                cursor.execute("SET CONSTRAINTS ab_pair_guard, ab_cover_guard DEFERRED")
                for h in held:
                    ownership.give(h.key, giver=giver, taker=takers.get(h.key), day=day, by=by, at=at)  # fmt: skip
                cursor.execute("SET CONSTRAINTS ab_pair_guard, ab_cover_guard IMMEDIATE")
            cut(Delegation.objects.filter(Q(giver=giver) | Q(receiver=giver)), day, "调动", by=by, at=at)  # fmt: skip
            left = ownership.left_with(giver.pk)
            if left:
                raise Refusal("orphaned", f"{giver.name}名下还有{'、'.join(left)}，请刷新页面再办。")  # fmt: skip
            before = giver.unit.name if giver.unit else ""
            area = giver.unit.area.code if giver.unit else ""
            if unit is None:
                giver.is_active = False
            else:
                giver.unit = unit
            giver.save(update_fields=["unit", "is_active"])
            record("transfer.do", giver, by=by, at=at, area=area, before={"unit": before},
                   after={"unit": unit.name if unit else "停用账号", "count": len(held)})  # fmt: skip
    except IntegrityError as error:
        refused = both_away(error)
        if refused:
            raise refused from None
        for constraint, words in {**PAIR_SAID, "ab_third": "接手顶岗的人不能是 A 岗、B 岗本人，也不能兼不得兼任的岗位。",
                                  "task_force_member_once": "接手人已是这个专班的成员，请另选。"}.items():  # fmt: skip
            if constraint in str(error):
                raise Refusal("transfer_barred", words) from None
        raise
    return len(held)
