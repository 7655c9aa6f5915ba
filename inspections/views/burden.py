"""负担台账, 报表目录, and what villages and townships report."""

from __future__ import annotations

from itertools import chain
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, render

from cadres.export import export
from cadres.leads import leads_visible_to
from cadres.models import Area
from cadres.querysets import areas_within
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from inspections import burden as figures
from inspections import held, law
from inspections.actions import burden
from inspections.models import BurdenReport, FormKind
from inspections.register_forms import AskForm, DecideForm, FormKindForm, ReportForm
from inspections.registers import (
    asks_visible_to,
    forms_to_decide,
    forms_visible_to,
    reports_visible_to,
)
from inspections.views.listing import done, listed, shown, tried
from inspections.views.plans import private
from yuexi.core import clock, crypto
from yuexi.core.paging import keyset

HEADS = ["地方", "报表", "去年同周", "会议", "去年同周", "检查", "去年同周", "人时", "去年同周"]


NONE = ("",) * 4  # that year had no such week, which is not nothing asked


def told(load: figures.Load) -> tuple[int | float, ...]:
    return (load.forms, load.meetings, load.inspections, float(load.hours))


def burden_page(request: PageRequest) -> HttpResponse:
    """By township, or by village within one; each figure opens into its rows."""
    require(request.user, "register.view")
    week = figures.read_week(request.GET.get("week", ""), clock.today())
    areas = list(areas_within(request.user, "register.view").exclude(level="COUNTY").filter(valid_to__isnull=True))  # fmt: skip
    townships = {a.prefix: a for a in Area.objects.filter(level="TOWNSHIP", prefix__in={a.code[:9] for a in areas})}  # fmt: skip
    chosen = townships.get(request.GET.get("township", "")) or (next(iter(townships.values())) if len(townships) == 1 else None)  # fmt: skip
    shown_areas = [a for a in areas if chosen is None or a.code.startswith(chosen.prefix)]
    lines = figures.lines(week, shown_areas)
    if chosen is None:
        lines = figures.summed(lines, townships)
    if request.GET.get("format") == "xlsx":
        rows = [(x.area.name, *chain.from_iterable(zip(told(x.now), told(x.before) if week.year_ago else NONE, strict=True))) for x in lines]  # fmt: skip
        return export(f"负担台账{week.year}年第{week.number}周", HEADS, rows, by=request.user, at=clock.now())  # fmt: skip
    total = figures.Line(chosen or (shown_areas[0] if shown_areas else Area()), figures.Load(), figures.Load())  # fmt: skip
    for line in lines:
        now, before = total.now, total.before
        now += line.now
        before += line.before
    context = {
        "week": week, "previous": week.beside(-1), "next": week.beside(1), "lines": lines, "township": chosen,
        "townships": townships.values(), "total": total, "by_village": chosen is not None,
    }  # fmt: skip
    return render(request, "inspections/burden.html", context)


def burden_rows(request: PageRequest) -> HttpResponse:
    """What stands behind the figures of one place and week."""
    require(request.user, "register.view")
    week = figures.read_week(request.GET.get("week", ""), clock.today())
    code = request.GET.get("area", "")
    here = get_object_or_404(areas_within(request.user, "register.view"), code=code)
    codes = [here.code]
    if here.level == "TOWNSHIP" and not request.GET.get("own"):
        codes += Area.objects.filter(parent=here).values_list("code", flat=True)
    asks = figures.asks_in(week, codes).select_related("form__unit", "area").order_by("on", "pk")
    people = figures.attendance_in(week, codes).select_related("meeting__unit", "unit").order_by("meeting__on", "pk")  # fmt: skip
    slots = figures.slots_in(week, codes).select_related("filing__unit", "joint", "area").order_by("start", "pk")  # fmt: skip
    load = figures.Load()
    for found in figures.loads(week, Area.objects.filter(code__in=codes)).values():
        load += found
    context = {"week": week, "area": here, "asks": asks, "people": people, "slots": slots, "load": load}  # fmt: skip
    return render(request, "inspections/burden_rows.html", context)


VIEWS = {
    "": ("在目录", Q(status="LISTED")),
    "waits": ("等决定", Q(status="WAITS")),
    "ended": ("不列入、已退出", Q(status__in=["DENIED", "ENDED"])),
}
FORM_HEADS = ["表名", "主管单位", "频次", "栏目数", "约几分钟", "入户采集", "依据", "状态"]


def form_list(request: PageRequest) -> HttpResponse:
    require(request.user, "register.view")
    view = request.GET.get("view", "")
    found = forms_visible_to(request.user).filter(VIEWS.get(view, VIEWS[""])[1])
    return listed(
        request, "inspections/form_list.html", found, ("-pk",), title="报表目录", heads=FORM_HEADS, row=row_of,
        views=VIEWS, view=view, law=law.CATALOGUE, held=held.HELD,
        may_file=scope_of(request.user).has("register.file"), may_report=scope_of(request.user).has("register.report"),
    )  # fmt: skip


def row_of(f: FormKind) -> tuple[Any, ...]:
    return (f.name, f.unit.name, f.get_frequency_display(), len(f.fields), f.minutes, "是" if f.collects else "否", f.basis, f.get_status_display())  # fmt: skip


def form_new(request: PageRequest) -> HttpResponse:
    require(request.user, "register.file")
    form = FormKindForm(request.POST or None, by=request.user)

    def act() -> FormKind:
        return burden.propose(**form.facts(), by=request.user, at=clock.now())

    made = tried(form, act)
    if made is not None:
        return done(request, "已申报，等指挥部决定；列入目录以前不能向村里要。", "form", made.uid)
    return shown(request, "inspections/form_new.html", {"form": form, "law": (law.CATALOGUE,)}, form)  # fmt: skip


def form_kind(request: PageRequest, uid: UUID) -> HttpResponse:
    found = get_object_or_404(forms_visible_to(request.user).select_related("decided_by"), uid=uid)
    what = request.POST.get("what", "")
    own = found.unit_id in scope_of(request.user).units_with("register.file")
    decide = DecideForm(request.POST if what == "decide" else None)
    ask = AskForm(request.POST if what == "ask" else None, by=request.user) if own else None
    if request.method == "POST":
        words = act_on_form(request, found, what, decide, ask)
        if words:
            return done(request, words, "form", uid)
    asked = asks_visible_to(request.user).filter(form=found)
    context = {
        "kind": found, "decide": decide, "ask": ask if found.status == "LISTED" else None, "what": what,
        "may_decide": forms_to_decide(request.user).filter(pk=found.pk).exists(), "rule": law.CATALOGUE,
        "may_end": found.status == "LISTED" and scope_of(request.user).has("register.decide"),
        "asked": asked.values("on", "period").annotate(n=Count("pk")).order_by("-on")[:20],
    }  # fmt: skip
    stands = context["ask"] is not None if what == "ask" else bool(context["may_decide"])
    return shown(
        request, "inspections/form.html", context, ask if what == "ask" else decide, stands=stands
    )


def act_on_form(
    request: PageRequest, found: FormKind, what: str, decide: Form, ask: Form | None
) -> str:  # fmt: skip
    by, at = request.user, clock.now()
    if what == "decide":
        made = tried(decide, lambda: burden.decide(
            form=found, accept=decide.cleaned_data["outcome"] == "YES", said=decide.cleaned_data["said"], by=by, at=at))  # fmt: skip
        return f"已决定：{made.get_status_display()}。" if made is not None else ""
    if what == "end":
        burden.end(form=found, by=by, at=at)
        return "已退出目录，从现在起不能再要。"
    if what == "ask":
        if ask is None:
            require(by, "register.file")
            raise Http404
        n = tried(ask, lambda: burden.ask(form=found, **ask.cleaned_data, by=by, at=at))
        return f"已向 {n} 个村要表，记入负担台账。" if n else ""
    raise Http404


def report_new(request: PageRequest) -> HttpResponse:
    require(request.user, "register.report")
    form = ReportForm(request.POST or None, by=request.user)
    made = tried(form, lambda: burden.report(**form.cleaned_data, by=request.user, at=clock.now()))
    if made is not None:
        return done(
            request, "已转督查组和纪委监委核实。您的姓名加密保存，日志里没有这次操作。", "form-list"
        )
    return private(shown(request, "inspections/report_new.html", {"form": form}, form))


def report_list(request: PageRequest) -> HttpResponse:
    require(request.user, "lead.view")
    found = reports_visible_to(request.user).select_related("area__parent")
    page = keyset(found, ("-met_on", "-pk"), after=request.GET.get("after"), before=request.GET.get("before"), size=20)  # fmt: skip
    return private(render(request, "inspections/report_list.html", {"page": page}))


def report_page(request: PageRequest, uid: UUID) -> HttpResponse:
    """The words, for who sees the lead; the name after a click that is kept, for 纪委监委."""
    require(request.user, "lead.view")
    found = get_object_or_404(reports_visible_to(request.user).select_related("area__parent"), uid=uid)  # fmt: skip
    may = scope_of(request.user).has("discipline.handle", found.area_id)
    reporter = ""
    if request.method == "POST":
        reporter = burden.open_reporter(made=found, by=request.user, at=clock.now())
    context = {"report": found, "said": crypto.decrypt(found.said), "may": may, "reporter": reporter, "lead": lead_of(request, found)}  # fmt: skip
    return private(render(request, "inspections/report.html", context))


def lead_of(request: PageRequest, found: BurdenReport) -> Any:
    return leads_visible_to(request.user).filter(subject_kind="burdenreport", subject_id=found.pk).first()  # fmt: skip
