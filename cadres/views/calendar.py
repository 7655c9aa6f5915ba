"""工作日历: a year as twelve months, and how a holiday notice changes it."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from cadres.actions.calendar import AHEAD, change_calendar, missing_year, plan_calendar
from cadres.calendar import days_of
from cadres.forms import CalendarForm
from cadres.models import CalendarDay
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from yuexi.core import clock
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

FIRST, SHOWN = 2016, 200


def calendar_page(request: PageRequest) -> HttpResponse:
    today = clock.today()
    year = year_of(request, today)
    may_edit = scope_of(request.user).has("calendar.edit") and year >= today.year
    form = CalendarForm(request.POST or None, initial={"text": line_of(request, year)})
    plan = None
    if request.method == "POST":
        require(request.user, "calendar.edit")
        if form.is_valid():
            said = {"year": year, "text": form.cleaned_data["text"], "announce": form.cleaned_data["announce"]}  # fmt: skip
            try:
                if "save" in request.POST:
                    done = change_calendar(**said, shown=form.cleaned_data["shown"], by=request.user, at=clock.now())  # fmt: skip
                    messages.success(request, told(year, len(done.days), len(done.dates), done.announce))  # fmt: skip
                    return redirect(f"{reverse('calendar')}?year={year}")
                plan = plan_calendar(**said, by=request.user, today=today)
                form = CalendarForm(initial={**form.cleaned_data, "shown": plan.digest})
            except Refusal as refusal:
                add_to_form(form, refusal)
    days = days_of(year)
    context = {
        "year": year, "years": range(FIRST, today.year + AHEAD + 1), "months": months(days, today), "today": today,
        "working": sum(d.working for d in days), "announced": all(d.announced for d in days),
        "may_edit": may_edit, "form": form, "plan": plan, "missing": missing_year(today),
        "moved": plan.dates[:SHOWN] if plan else [], "more": max(0, len(plan.dates) - SHOWN) if plan else 0,
    }  # fmt: skip
    return render(request, "rules/calendar.html", context, status=422 if form.errors else 200)


def year_of(request: PageRequest, today: date) -> int:
    said = request.GET.get("year", "")
    year = int(said) if said.isascii() and said.isdigit() and len(said) == 4 else today.year
    return min(max(year, FIRST), today.year + AHEAD)


def line_of(request: PageRequest, year: int) -> str:
    """A day that was pressed in the grid, ready to be turned round."""
    try:
        day = date.fromisoformat(request.GET.get("day", ""))
    except ValueError:
        return ""
    if day.year != year:
        return ""
    found = CalendarDay.objects.filter(date=day).first()
    works = found.working if found else day.weekday() < 5
    return f"{day} {'休' if works else '班'} "


def told(year: int, days: int, moved: int, announce: bool) -> str:
    parts = [f"{year} 年日历已保存，改了 {days} 天"]
    if moved:
        parts.append(f"{moved} 个期限随之调整，已通知责任人和检查人")
    if announce:
        parts.append("全年已公布")
    return "，".join(parts) + "。"


def months(days: list[CalendarDay], today: date) -> list[dict[str, Any]]:
    found = []
    for month in range(1, 13):
        own = [d for d in days if d.date.month == month]
        found.append({
            "number": month, "working": sum(d.working for d in own), "before": range(own[0].date.weekday()),
            "cells": [(d, look(d), d.date == today, d.date > today) for d in own],
        })  # fmt: skip
    return found


def look(day: CalendarDay) -> str:
    weekend = day.date.weekday() > 4
    if day.working:
        return "made-up" if weekend else ""
    return "off" if weekend and not day.note else "holiday"
