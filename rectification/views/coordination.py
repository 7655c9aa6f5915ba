"""周调度: the register of weeks by township, a week's page with its briefing, its rows and its sheet."""

from __future__ import annotations

from datetime import date
from typing import Any

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.export import export
from cadres.files import send, send_made
from cadres.models import Area
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from rectification.actions import coordination as actions
from rectification.coordination.briefing import asked_again, briefing_of, veil
from rectification.coordination.forms import DecisionForm, FollowUpForm, MeetingForm
from rectification.coordination.paper import sheet_of
from rectification.coordination.weeks import (
    WEEK,
    monday_of,
    register,
    townships_of,
    week_name,
)
from rectification.models import Coordination, Item
from rectification.models.coordination import SOURCE_KIND
from rectification.querysets import items_visible_to
from rectification.querysets import veil as veil_items
from rectification.workflow import ENDED
from yuexi.core import clock
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

WEEKS = 8
WORDS = {"HELD": "已开", "DRAFT": "未确认", "EXEMPT": "免", "MISSED": "未开", "OPEN": "本周", "NOBODY": "无县领导"}  # fmt: skip


def coordination_list(request: PageRequest) -> HttpResponse:
    require(request.user, "coordination.view")
    today = clock.today()
    this = monday_of(today)
    last = min(_monday(request.GET.get("week", "")) or this, this)
    mondays = [last - WEEK * n for n in reversed(range(WEEKS))]
    rows = register(list(townships_of(request.user)), mondays, today)
    if request.GET.get("export"):
        heads = ["乡镇", *[week_name(m) for m in mondays], "已开", "应开", "免"]
        lines = [[r.area.name, *[WORDS[c.state] for c in r.cells], r.held, r.due, r.exempt] for r in rows]  # fmt: skip
        return export("周调度登记", heads, lines, by=request.user, at=clock.now())
    context = {
        "rows": rows, "mondays": mondays, "words": WORDS, "held": sum(r.held for r in rows), "due": sum(r.due for r in rows),
        "before": last - WEEK * WEEKS, "after": last + WEEK * WEEKS if last < this else None, "this": this,
    }  # fmt: skip
    return render(request, "coordination/list.html", context)


def _monday(text: str) -> date | None:
    try:
        return monday_of(date.fromisoformat(text))
    except ValueError:
        return None


def _week(request: PageRequest, code: str, day: str) -> tuple[Area, date, Coordination | None]:
    """Out of scope, no Monday, or a week to come: there is no such page."""
    area = get_object_or_404(townships_of(request.user), code=code)
    monday = _monday(day)
    if monday is None or monday.isoformat() != day or monday > clock.today():
        raise Http404
    found = Coordination.objects.filter(area=area, monday=monday)
    return area, monday, found.select_related("area", "chair", "giver", "drafted_by", "closed_by", "mandate_file", "minutes").first()  # fmt: skip


def coordination_page(request: PageRequest, code: str, day: str) -> HttpResponse:
    area, monday, held = _week(request, code, day)
    return shown(request, area, monday, held)


def shown(
    request: PageRequest, area: Area, monday: date, held: Coordination | None, *, wrong: dict[str, Any] | None = None,
) -> HttpResponse:  # fmt: skip
    today = clock.today()
    scope = scope_of(request.user)
    writes = scope.has("coordination.draft", area.code) and not (held and held.closed_at)
    asked = list(asked_again(area, monday)) if not (held and held.closed_at) else []
    forms: dict[str, Any] = {}
    if writes:
        forms["meeting"] = MeetingForm(area=area, monday=monday, held=held, today=today)
        if held:
            forms |= {"decide": DecisionForm(area=area, today=today), "follow": follow_form(held, asked)}  # fmt: skip
    forms |= wrong or {}
    made = list(held.decisions.select_related("person", "unit", "area").order_by("pk")) if held else []  # fmt: skip
    items = {i.source_id: i for i in items_visible_to(request.user).filter(source_kind=SOURCE_KIND, source_id__in=[d.pk for d in [*made, *asked]])}  # fmt: skip
    veil_items(items.values(), request.user)
    context = {
        "area": area, "monday": monday, "week": week_name(monday), "held": held, "writes": writes, "asked": asked, "forms": forms,
        "found": veil(briefing_of(area, monday, today, held), request.user), "decisions": [(d, items.get(d.pk)) for d in made],
        "asked_items": [(d, items.get(d.pk)) for d in asked],
        "answers": list(held.follow_ups.select_related("decision__person").order_by("decision__deadline", "pk")) if held else [],
        "present": list(held.present.order_by("pinyin", "pk")) if held else [],
        "may_confirm": bool(held and not held.closed_at) and scope.has("coordination.confirm", area.code),
        "before": monday - WEEK, "after": monday + WEEK if monday + WEEK <= today else None,
    }  # fmt: skip
    return render(request, "coordination/week.html", context, status=422 if wrong else 200)


def follow_form(held: Coordination, asked: list[Any], data: Any = None) -> FollowUpForm:
    said = {f.decision_id: f for f in held.follow_ups.all()}
    ended = Item.objects.filter(source_kind=SOURCE_KIND, source_id__in=[d.pk for d in asked], status__in=ENDED)  # fmt: skip
    ids = {pk for pk in ended.values_list("source_id", flat=True) if pk is not None}
    return FollowUpForm(data, asked=asked, said=said, ended=ids)


@require_POST
def coordination_do(request: PageRequest, code: str, day: str, verb: str) -> HttpResponse:
    area, monday, held = _week(request, code, day)
    by, at, today = request.user, clock.now(), clock.today()
    here = redirect("coordination", code, day)
    if verb == "draft":
        require(by, "coordination.draft", area.code)
        form: Any = MeetingForm(request.POST, request.FILES, area=area, monday=monday, held=held, today=today)  # fmt: skip
        if form.is_valid():
            try:
                actions.draft(area=area, monday=monday, meeting=form.meeting(), by=by, at=at)
            except Refusal as refusal:
                add_to_form(form, refusal)
            else:
                messages.success(request, "已保存草稿。")
                return here
        return shown(request, area, monday, held, wrong={"meeting": form})
    if held is None:
        raise Refusal("no_draft", "这一周还没有起草周调度，请先填写召开情况。")
    if verb == "decide":
        require(by, "coordination.draft", area.code)
        form = DecisionForm(request.POST, area=area, today=today)
        if form.is_valid():
            try:
                actions.decide(coordination_id=held.pk, **form.cleaned_data, by=by, at=at)
            except Refusal as refusal:
                add_to_form(form, refusal)
            else:
                messages.success(request, "已加上一件交办，确认以后进入整改清单。")
                return here
        return shown(request, area, monday, held, wrong={"decide": form})
    if verb == "follow-up":
        require(by, "coordination.draft", area.code)
        form = follow_form(held, list(asked_again(area, monday)), request.POST)
        if form.is_valid():
            try:
                n = actions.follow_up(coordination_id=held.pk, said=form.said(), by=by, at=at)
            except Refusal as refusal:
                add_to_form(form, refusal)
            else:
                messages.success(request, f"已保存 {n} 件的落实情况。")
                return here
        return shown(request, area, monday, held, wrong={"follow": form})
    if verb == "confirm":
        actions.confirm(coordination_id=held.pk, by=by, at=at)
        messages.success(request, "已确认。简报的数字从现在起不再变，交办事项已进入整改清单。")
    elif verb == "take-back":
        pk = request.POST.get("decision", "")
        actions.take_back(coordination_id=held.pk, decision_id=int(pk) if pk.isdecimal() and len(pk) < 18 else 0, by=by, at=at)  # fmt: skip
        messages.success(request, "已删去。")
    elif verb == "drop":
        actions.drop(coordination_id=held.pk, by=by, at=at)
        messages.success(request, "草稿已删除。")
    return here


def coordination_rows(request: PageRequest, code: str, day: str, section: str) -> HttpResponse:
    """All that a figure counts, as it was when it was frozen."""
    area, monday, held = _week(request, code, day)
    found = veil(briefing_of(area, monday, clock.today(), held), request.user)
    part = found.section(section)
    if part is None:
        raise Http404
    opens = items_visible_to(request.user).filter(pk__in=[r["id"] for r in part.rows])
    context = {"area": area, "monday": monday, "week": week_name(monday), "found": found, "part": part, "opens": set(opens.values_list("pk", flat=True))}  # fmt: skip
    return render(request, "coordination/rows.html", context)


def coordination_paper(request: PageRequest, code: str, day: str) -> FileResponse:
    area, monday, held = _week(request, code, day)
    found = veil(briefing_of(area, monday, clock.today(), held), request.user)
    year, week, _ = monday.isocalendar()
    return send_made(sheet_of(area.name, monday, found, held), f"{area.name}周调度简报{year}年第{week}周.docx")  # fmt: skip


def coordination_file(request: PageRequest, code: str, day: str, which: str) -> FileResponse:
    _, _, held = _week(request, code, day)
    file = {"mandate": held.mandate_file, "minutes": held.minutes}.get(which) if held else None
    if file is None:
        raise Http404
    return send(file, inline=True)
