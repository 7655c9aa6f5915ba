from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Q
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.actions.absences import approve_leave, be_away, come_back, running
from cadres.forms import AbsenceForm
from cadres.models import Absence, Notice, Unit
from cadres.request import PageRequest
from cadres.rules import settings
from cadres.scope import scope_of, units_with
from yuexi.core import clock
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

SHOWN = 100


def seen_by(request: PageRequest) -> Q:
    """His own, those he stands in for, and his unit's where he keeps its people."""
    mine = Q(cadre=request.user) | Q(deputy=request.user)
    if scope_of(request.user).has("cadre.manage"):
        mine |= Q(cadre__unit__in=Unit.objects.filter(units_with(request.user, "cadre.manage")))
    return mine


def away(request: PageRequest) -> HttpResponse:
    form = AbsenceForm(request.POST or None, by=request.user)
    if form.is_valid():
        said = {"cadre": request.user, **form.cleaned_data}
        try:
            made = be_away(**said, by=request.user, at=clock.now())
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, f"已登记，{made.deputy.name}代班。")
            return redirect("absence-list")
    today = clock.today()
    found = Absence.objects.filter(seen_by(request)).select_related("cadre", "deputy", "by")
    keeps = scope_of(request.user).has("cadre.manage")
    rows = [
        (
            a,
            max(a.start, a.end - timedelta(days=1)),
            standing(a, today),
            a.end > max(today, a.start),
            keeps
            and a.kind == "LEAVE"
            and a.approved_at is None
            and a.cadre_id != request.user.pk
            and a.end > a.start,
        )
        for a in found.order_by("-end", "-pk")[:SHOWN]
    ]
    context = {"form": form, "rows": rows, "stands": stands_for(request)}
    return render(request, "inbox/away.html", context, status=422 if form.errors else 200)


def standing(one: Absence, today: Any) -> str:
    if one.end == one.start:
        return "已取消"
    if one.end <= today:
        return "已提前结束" if one.ended_at else "已结束"
    return "未到日期" if one.start > today else "外出中"


def stands_for(request: PageRequest) -> list[tuple[Absence, list[tuple[str, int]]]]:
    """How many of each occasion today; what they are about is for who may see it."""
    today = clock.today()
    now = list(Absence.objects.filter(running(today), deputy=request.user).select_related("cadre"))
    told = Notice.objects.filter(recipient__in=[a.cadre_id for a in now], day=today)
    counted: dict[int, Counter[str]] = {}
    for person, rule in told.exclude(subject_kind="absence").values_list("recipient", "rule"):
        code = rule.split(".")[0]
        name = settings.all[code].name if code in settings.all else "其他"
        counted.setdefault(person, Counter())[name] += 1
    return [(a, counted.get(a.cadre_id, Counter()).most_common()) for a in now]


@require_POST
def end(request: PageRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Absence.objects.filter(seen_by(request)), pk=pk)
    come_back(absence_id=found.pk, by=request.user, at=clock.now())
    messages.success(request, "已结束，从今天起只告诉本人。")
    return redirect("absence-list")


@require_POST
def approve(request: PageRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Absence.objects.filter(seen_by(request)), pk=pk)
    approve_leave(absence_id=found.pk, by=request.user, at=clock.now())
    messages.success(request, "已批准，这几天不计入应工作天数。")
    return redirect("absence-list")
