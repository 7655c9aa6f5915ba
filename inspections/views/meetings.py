"""会议报备: the register, a new one, one with its decision."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import F, Q, Sum
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404

from cadres.request import PageRequest
from cadres.rules import in_force
from cadres.scope import require, scope_of
from inspections import law
from inspections.actions import meetings
from inspections.burden import Load
from inspections.models import Meeting
from inspections.register_forms import DecideForm, MeetingForm
from inspections.registers import meetings_visible_to
from inspections.views.listing import done, listed, shown, tried
from yuexi.core import clock

VIEWS = {
    "": ("全部", Q()),
    "waits": ("等决定", Q(status="WAITS")),
    "exempt": ("豁免会议", Q(kind="EXEMPT")),
    "month": ("本月", Q()),
    "denied": ("不同意、已撤销", Q(status__in=["DENIED", "CANCELLED"])),
}
HEADS = [
    "会议名称",
    "类别",
    "主办单位",
    "日期",
    "分钟",
    "人数",
    "人时",
    "依据",
    "豁免情形",
    "豁免理由",
    "状态",
]


def meeting_list(request: PageRequest) -> HttpResponse:
    require(request.user, "register.view")
    view, today = request.GET.get("view", ""), clock.today()
    found = meetings_visible_to(request.user)
    counted = {
        "listed": found.filter(on__year=today.year, on__month=today.month, status__in=["REGISTERED", "APPROVED"]).exclude(kind="EXEMPT").count(),
        "exempt": found.filter(on__year=today.year, on__month=today.month, status="APPROVED", kind="EXEMPT").count(),
    }  # fmt: skip
    found = found.filter(VIEWS.get(view, VIEWS[""])[1])
    if view == "month":
        found = found.filter(on__year=today.year, on__month=today.month)
    summed = found.annotate(people=Sum("attendance__people"))
    rules = in_force(today)
    return listed(
        request, "inspections/meeting_list.html", summed, ("-on", "-pk"), title="会议报备", heads=HEADS, row=row_of,
        views=VIEWS, view=view, counted=counted, law=law.MEETINGS, exempts=rules.number("meeting_exempt"),
        locals=rules.number("local_meetings"), may_file=scope_of(request.user).has("register.file"), today=today,
    )  # fmt: skip


def row_of(m: Meeting) -> tuple[Any, ...]:
    people = m.people or 0  # type: ignore[attr-defined]
    return (m.title, m.get_kind_display(), m.unit.name, str(m.on), m.minutes, people, round(people * m.minutes / 60, 1), m.basis,
            m.get_exemption_display(), m.why, m.get_status_display())  # fmt: skip


def meeting_new(request: PageRequest) -> HttpResponse:
    require(request.user, "register.file")
    form = MeetingForm(request.POST or None, by=request.user)
    made = tried(form, lambda: meetings.file(**form.facts(), by=request.user, at=clock.now()))
    if made is not None:
        words = "已登记。" if made.status == "REGISTERED" else "已报备，等决定；同意以前不能召开。"
        return done(request, words, "meeting", made.uid)
    context = {"form": form, "law": (law.MEETINGS,), "whitelist": meetings.WHITELIST}
    return shown(request, "inspections/meeting_new.html", context, form)


def meeting(request: PageRequest, uid: UUID) -> HttpResponse:
    found = get_object_or_404(meetings_visible_to(request.user).select_related("decided_by"), uid=uid)  # fmt: skip
    what = request.POST.get("what", "")
    form = DecideForm(request.POST if what == "decide" else None)
    if request.method == "POST":
        by, at = request.user, clock.now()
        if what == "cancel":
            meetings.cancel(meeting=found, by=by, at=at)
            return done(request, "已撤销。", "meeting", uid)
        if what != "decide":
            raise Http404
        made = tried(form, lambda: meetings.decide(
            meeting=found, accept=form.cleaned_data["outcome"] == "YES", said=form.cleaned_data["said"], by=by, at=at))  # fmt: skip
        if made is not None:
            return done(request, f"已决定：{made.get_status_display()}。", "meeting", uid)
    attendance = found.attendance.select_related("unit").annotate(minutes=F("people") * found.minutes)  # fmt: skip
    total = sum(a.people for a in attendance)
    own = found.unit_id in scope_of(request.user).units_with("register.file")
    context = {
        "meeting": found, "form": form, "attendance": attendance.order_by("unit__kind", "unit__name"), "people": total,
        "hours": Load(minutes=total * found.minutes).hours, "may_decide": meetings.may_decide(found, request.user), "rule": law.MEETINGS,
        "may_cancel": own and found.status in ("WAITS", "APPROVED", "REGISTERED") and found.on >= clock.today(),
    }  # fmt: skip
    return shown(
        request, "inspections/meeting.html", context, form, stands=bool(context["may_decide"])
    )
