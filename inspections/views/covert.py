"""暗访占比 and which villages nobody came to."""

from __future__ import annotations

from datetime import date, timedelta

from django.http import HttpResponse
from django.shortcuts import render

from cadres.export import export
from cadres.request import PageRequest
from cadres.rules import in_force
from cadres.scope import require
from inspections import covert, law
from inspections.registers import sees_county
from yuexi.core import clock
from yuexi.core.refusals import BadInput

MONTHS = 6


def day_from(text: str, today: date) -> date:
    """2026-11 as its first day."""
    if not text:
        return today.replace(day=1)
    try:
        found = date.fromisoformat(f"{text}-01")
    except ValueError:
        raise BadInput("month", "月份写成“2026-11”，请从表里点进来。", field="month") from None
    if not 2016 <= found.year <= today.year + 1:
        raise BadInput("month", "没有这个月的数据，请从表里点进来。", field="month")
    return found


def last_of(month: date, today: date) -> date:
    """The newest month of the table: this one, or the chosen one where that lies farther back."""
    shown = covert.months_back(today, MONTHS)
    return shown[0] if month >= shown[-1] else month


def covert_page(request: PageRequest) -> HttpResponse:
    require(request.user, "register.view")
    today = clock.today()
    month = day_from(request.GET.get("month", ""), today)
    quarter, _ = covert.quarter_of(month)
    places = covert.coverage(request.user, today, quarter)
    if request.GET.get("format") == "xlsx":
        rows = [(c.township.name, c.villages, c.seen, v.name, str(day) if day else "没有记录") for c in places for v, day in c.unvisited]  # fmt: skip
        return export("久未督查的村", ["乡镇", "村数", "本季已督查", "久未督查的村", "最近督查"], rows, by=request.user, at=clock.now())  # fmt: skip
    whole = sees_county(request.user)  # of a part of it, a share would say nothing
    shares = covert.shares(request.user, last_of(month, today), MONTHS) if whole else []
    context = {
        "shares": shares, "earlier": shares[-1].month - timedelta(days=1) if shares else None, "month": month, "rows": covert.rows_of(request.user, month) if whole else [],
        "coverage": places, "quarter": quarter, "number": (quarter.month + 2) // 3, "law": law.COVERT,
        "limit": in_force(today).number("unvisited_days"),
        "late": sum(len(c.unvisited) for c in places), "seen": sum(c.seen for c in places), "all": sum(c.villages for c in places),
    }  # fmt: skip
    return render(request, "inspections/covert.html", context)
