"""What phones brought back from the valleys and a person must answer: 走访待定 and 变更待审."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

import msgspec
import uuid6
from django.db.models import Q

from cadres.events import via
from households.actions.receiving import receive
from households.models import Assignment, Household
from yuexi.core.clock import SHANGHAI
from yuexi.demo.homes import GROUPS

TOWNSHIPS = 3


def load_waiting(now: datetime) -> None:
    """By the road of every phone, for the first townships with helpers."""
    helped = Assignment.objects.filter(end=None).select_related("cadre", "household")
    seen: dict[str, list[Assignment]] = {}
    for one in helped.order_by("household__area_id", "pk")[:20_000]:
        seen.setdefault(one.household.area_id[:9], []).append(one)
    for found in list(seen.values())[:TOWNSHIPS]:
        _township(found[:5], now)


def _township(found: list[Assignment], now: datetime) -> None:
    yesterday = datetime.combine(now.astimezone(SHANGHAI) - timedelta(days=1), time(15, 20), SHANGHAI)  # fmt: skip
    afternoon = yesterday
    for n, one in enumerate(found):
        home, number = one.household, uuid6.uuid7()
        yesterday = afternoon + timedelta(minutes=35 * n)
        said: dict[str, Any] = {
            "met": home.head_name,
            "done": "看望老人，查看水管",
            "occurred_at": yesterday,
        }
        if n == 0:
            long_ago = yesterday - timedelta(days=5)
            said |= {
                "occurred_at": long_ago,
                "late_reason": "手机落在村里，回来才补记",
                "promise": "帮问水管保温的事",
            }
            said["recorded_at"] = yesterday
        elif n == 1:
            _send(one, number, now, **said)
            said |= {"done": "看望老人，查看水管，送去常用药", "promise": "下周带村医上门"}
        elif n == 2:
            before, now_in, found_in = [g for g in GROUPS if g != home.group][:3]
            Household.objects.filter(pk=home.pk).update(
                group=now_in
            )  # since the phone last read it
            said["facts"] = {"group": {"base": before, "value": found_in}}
        else:
            group = "石桥组" if home.group != "石桥组" else "上湾组"
            said["facts"] = {
                "unsafe_house": {"base": home.unsafe_house, "value": not home.unsafe_house},
                "group": {"base": home.group, "value": group},
            }
            second = Assignment.objects.filter(~Q(cadre=one.cadre), household__area=home.area, end=None)  # fmt: skip
            other = second.select_related("cadre").first()
            if n == 4 and other:
                two = Assignment.objects.create(
                    household=home, cadre=other.cadre, rank="SECOND", start=one.start
                )
                fact = {"group": {"base": home.group, "value": "中屋组"}}
                _send(two, uuid6.uuid7(), now, **{**said, "facts": fact})
        _send(one, number, now, **said)


def _send(one: Assignment, number: UUID, now: datetime, **said: Any) -> None:
    record = {"uid": number, "mode": "IN_PERSON", "household": one.household.uid, **said}
    record.setdefault("recorded_at", said["occurred_at"])
    with via("PHONE"):
        answers = receive(records_raw=[msgspec.Raw(msgspec.json.encode(record))], sent_at=now, by=one.cadre, at=now)  # fmt: skip
    assert answers[0].status != "refused", answers
