"""半天: a cadre confirms his own days or says what they were."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from django.db import transaction

from cadres.events import record
from cadres.halfdays import WINDOW
from cadres.models import Cadre, HalfDay
from yuexi.core import clock
from yuexi.core.refusals import BadInput

Said = Mapping[tuple[date, str], str]


def confirm_half_days(*, said: Said, by: Cadre, at: datetime) -> int:
    """`said` by day and slot; an empty category leaves or makes the slot empty. How many are other
    than before."""
    today = clock.day(at)
    for (day, slot), category in said.items():
        if slot not in HalfDay.Slot.values or (
            category and category not in HalfDay.Category.values
        ):
            raise BadInput("half_day", "请从列表里选上午、下午各一项。")
        if day > today:
            raise BadInput("half_day_ahead", "还没到的日子不用填，到时会自动记上。")
        if day < today - WINDOW:
            raise BadInput(
                "half_day_old",
                f"{WINDOW.days} 天以前的半天不再修改，统计以当时的记录为准；要改近期的，请换一周。",
            )
    changed = 0
    with transaction.atomic():
        Cadre.objects.select_for_update().get(pk=by.pk)  # two of his own pages, one after another
        days = [day for day, _ in said]
        kept = {
            (h.day, h.slot): h
            for h in HalfDay.objects.filter(cadre=by, day__gte=min(days), day__lte=max(days))
        } if days else {}  # fmt: skip
        for (day, slot), category in sorted(said.items()):
            found = kept.get((day, slot))
            if found is None and not category:
                continue
            before = found.category if found else ""
            if found is None:
                found = HalfDay(cadre=by, day=day, slot=slot)
            elif not category:
                found.delete()
            if category:
                if category != before:  # what he says himself has no evidence behind it
                    found.category, found.source, found.source_id, found.place = category, "", None, ""  # fmt: skip
                found.confirmed_by, found.confirmed_at = by, at
                found.save()
            if category != before:
                changed += 1
                record("half_day.correct", by, by=by, at=at, area=by.unit.area.code if by.unit else "",
                       before={"category": before}, after={"on": str(day), "slot": slot, "category": category})  # fmt: skip
    return changed


def oldest_open(today: date) -> date:
    return today - timedelta(days=WINDOW.days)
