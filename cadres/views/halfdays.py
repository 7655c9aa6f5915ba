"""我的半天: a week as fourteen slots, filled from records, confirmed by himself."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from cadres.actions.halfdays import confirm_half_days, oldest_open
from cadres.calendar import load
from cadres.halfdays import half_days, week_of
from cadres.models import Cadre, HalfDay
from cadres.ratios import profiles_on, time_share, times, visit_share
from cadres.request import PageRequest
from cadres.rulings import rulings_on, value
from yuexi.core import clock
from yuexi.core.refusals import Refusal

SOURCES = {
    "visit": "走访记录", "check": "整改核查", "lookback": "回头看", "absence": "批准的休假", "stationing": "驻村安排", "coordination": "周调度",
}  # fmt: skip
SLOTS = list(HalfDay.Slot.choices)


def half_days_page(request: PageRequest) -> HttpResponse:
    today = clock.today()
    days = week_of(day_of(request.GET.get("week", ""), today))
    refused = ""
    if request.method == "POST":
        said = {
            (day, slot): request.POST[f"{day}-{slot}"]
            for day in days
            for slot, _ in SLOTS
            if f"{day}-{slot}" in request.POST
        }
        try:
            changed = confirm_half_days(said=said, by=request.user, at=clock.now())
        except Refusal as refusal:
            refused = refusal.message
        else:
            messages.success(request, f"已确认，改了 {changed} 个半天。" if changed else "已确认，和自动记的一样。")  # fmt: skip
            return redirect(f"{reverse('half-days')}?week={days[0]}")
    context = {
        "rows": rows_of(request.user, days, today), "days": days, "slots": SLOTS, "categories": HalfDay.Category.choices,
        "before": days[0] - timedelta(days=7), "after": days[0] + timedelta(days=7) if days[-1] < today else None,
        "refused": refused, "month": month_of(request.user, days[0], today), "today": today,
    }  # fmt: skip
    return render(request, "forces/halfdays.html", context, status=422 if refused else 200)


def day_of(text: str, today: date) -> date:
    try:
        return min(date.fromisoformat(text), today)
    except ValueError:
        return today


def rows_of(user: Cadre, days: list[date], today: date) -> list[dict[str, Any]]:
    kept = half_days(user.pk, days)
    working = load(days[0], days[-1])
    open_from = oldest_open(today)
    return [
        {
            "day": day, "working": working.is_working(day), "open": open_from <= day <= today,
            "slots": [(slot, name, kept.get((day, slot)), said_of(kept.get((day, slot)))) for slot, name in SLOTS],
        }
        for day in days
    ]  # fmt: skip


def said_of(found: HalfDay | None) -> str:
    if found is None:
        return "还没有记录"
    source = SOURCES.get(found.source, "")
    if found.confirmed_at is None:
        return f"依据{source}，待确认"
    return f"依据{source}，已确认" if source else "本人填写"


def month_of(user: Cadre, day: date, today: date) -> dict[str, Any]:
    """His own figures of the month in which the week begins, for himself."""
    start = day.replace(day=1)
    end = min((start + timedelta(days=31)).replace(day=1) - timedelta(days=1), today)
    if user.unit_id is None or end < start:
        return {}
    rulings = rulings_on(end)
    weekend = value(rulings, "TIME", "weekend") == "yes"
    own = [t for t in times([user.unit_id], start, end, weekend=weekend) if t.cadre == user.pk]
    if not own:
        return {}
    profile = profiles_on(end).get(user.unit_id, "")
    return {"start": start, "time": time_share(own[0], profile, rulings), "visits": visit_share(own[0], rulings)}  # fmt: skip
