"""自查: runs, figures, gaps, what changed; a person's answer; a gap into the ledger."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.export import ROWS_MAX, export, within_limit
from cadres.files import send
from cadres.models import Area
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from households.models import Household
from households.querysets import households_visible_to
from inspections import gaps as reads
from inspections import standard_forms as forms
from inspections.actions import selfcheck as act
from inspections.judging import day_before
from inspections.models import CheckRun, Gap, Indicator, Judgement, Standard
from inspections.standards import in_force
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

PAGE = 20
ORDER = ("area_id", "pk")


def check_list(request: PageRequest) -> HttpResponse:
    """The last run of each level, and all runs."""
    today = clock.today()
    levels = []
    for level in Standard.Level:
        run = reads.latest_run(level)
        lines = reads.figures(request.user, run) if run else []
        waits = CheckRun.objects.filter(standard__level=level, state__in=["WAITS", "RUNNING"]).first()  # fmt: skip
        levels.append({
            "level": level, "run": run, "standard": in_force(today, level), "waits": waits,
            "failed": sum(n.failed for n in lines), "unknown": sum(n.unknown for n in lines), "open": sum(n.open for n in lines),
            "seen": any(n.checked for n in lines) or level == Standard.Level.HOUSEHOLD,
        })  # fmt: skip
    every = CheckRun.objects.select_related("standard", "asked_by")
    page = keyset(every, ("-day", "-pk"), after=request.GET.get("after"), before=request.GET.get("before"), size=PAGE)  # fmt: skip
    may_judge = scope_of(request.user).has("standard.judge")
    context = {
        "levels": levels, "page": page, "may_check": scope_of(request.user).has("standard.check"),
        "villages": reads.villages_of(request.user, "standard.judge") if may_judge else [],
        "counties": Area.objects.filter(scope_of(request.user).within("standard.judge", "code"), level="COUNTY"),
    }  # fmt: skip
    return render(request, "standards/checks.html", context)


@require_POST
def check_ask(request: PageRequest) -> HttpResponse:
    pk = request.POST.get("standard", "")
    found = get_object_or_404(Standard, pk=pk if pk.isdecimal() and len(pk) < 10 else 0)
    run = act.ask_check(standard=found, by=request.user, at=clock.now())
    return redirect("check", run.pk)


def run_or_404(pk: int) -> CheckRun:
    return get_object_or_404(CheckRun.objects.select_related("standard", "asked_by"), pk=pk)


def check(request: PageRequest, pk: int) -> HttpResponse:
    run, asked = run_or_404(pk), request.GET.dict()
    if run.state != CheckRun.State.DONE:
        part = "standards/_progress.html" if request.htmx else "standards/running.html"
        response = render(request, part, {"run": run, "may_check": scope_of(request.user).has("standard.check")})  # fmt: skip
        return response
    if request.htmx and not asked:
        response = HttpResponse()
        response["HX-Refresh"] = "true"
        return response
    gaps = reads.narrowed(reads.gaps_visible_to(request.user, run), asked)
    names = {i.code: i for i in forms.indicators_of(run.standard)}
    if asked.get("format") == "xlsx":
        return gap_export(request, run, gaps, names)
    page = keyset(gaps, ORDER, after=asked.get("after"), before=asked.get("before"), size=PAGE)
    reads.with_items(page.rows, run.standard.level)
    for gap in page.rows:
        gap.indicator = names[gap.code]  # type: ignore[attr-defined]
    prefix = asked.get("area", "")
    lines = reads.figures(request.user, run, prefix if prefix.isdecimal() else "")
    context = {
        "run": run, "standard": run.standard, "page": page, "lines": lines, "asked": asked, "count": gaps.count(),
        "before": day_before(run), "selects": selects(request, run), "by_area": reads.by_area(request.user),
        "all_failed": sum(n.failed for n in lines), "all_unknown": sum(n.unknown for n in lines),
        "may_open": scope_of(request.user).has("item.create"), "trial": run.standard.start > run.day,
        "may_check": scope_of(request.user).has("standard.check") and run.standard.status == "ACCEPTED",
        "may_judge": scope_of(request.user).has("standard.judge"),
    }  # fmt: skip
    return render(request, "standards/check.html", context)


def selects(request: PageRequest, run: CheckRun) -> list[tuple[str, str, list[tuple[str, str]], str]]:  # fmt: skip
    given: list[tuple[str, str, list[tuple[str, str]]]] = [
        ("code", "指标", [(i.code, i.name) for i in forms.indicators_of(run.standard)]),
        ("verdict", "结论", list(Gap.Verdict.choices)),
    ]
    if run.standard.level != Standard.Level.COUNTY and reads.by_area(request.user):
        places = [(t.prefix, t.name) for t in reads.townships_of(request.user)]
        if len(places) <= 1:
            places = [(v.prefix, v.name) for v in reads.villages_of(request.user)]
        given.append(("area", "地方", places))
    if run.standard.level == Standard.Level.HOUSEHOLD:
        given.append(("kind", "户类型", list(Household.Kind.choices)))
    given.append(("item", "转整改", [("no", "还没有转"), ("yes", "整改中")]))
    return [(n, label, choices, request.GET.get(n, "")) for n, label, choices in given]


def gap_export(request: PageRequest, run: CheckRun, gaps: Any, names: dict[str, Indicator]) -> HttpResponse:  # fmt: skip
    rows = list(gaps.order_by(*ORDER)[: ROWS_MAX + 1])
    within_limit(len(rows))
    reads.with_items(rows, run.standard.level)
    heads = ["乡镇", "村", "农户", "户类型", "指标", "结论", "依据", "整改编号", "自查日期", "标准", "文号"]  # fmt: skip
    told = [
        [*place(g.area), str(g.household or "—"), g.household.get_kind_display() if g.household else "—", names[g.code].name,
         g.get_verdict_display(), g.fact, g.item.number if g.item else "", str(run.day), str(run.standard), names[g.code].document]
        for g in rows
    ]  # fmt: skip
    return export("自查差距", heads, told, by=request.user, at=clock.now())


def place(area: Area) -> tuple[str, str]:
    if area.level == Area.Level.VILLAGE:
        return (area.parent.name if area.parent else "", area.name)
    return (area.name, "—")


def check_changes(request: PageRequest, pk: int, other: int) -> HttpResponse:
    one, two = run_or_404(pk), run_or_404(other)
    if one.standard.level != two.standard.level or "DONE" != one.state or "DONE" != two.state or one == two:  # fmt: skip
        raise Http404
    before, after = sorted((one, two), key=lambda r: (r.day, r.standard.start, r.pk))
    told = reads.changes(request.user, before, after)
    which = "gone" if request.GET.get("which") == "gone" else "added"
    rows = told.gone if which == "gone" else told.added
    names = {i.code: i for r in (before, after) for i in forms.indicators_of(r.standard)}
    if code := request.GET.get("code", ""):
        rows = rows.filter(code=code)
    page = keyset(rows, ORDER, after=request.GET.get("after"), before=request.GET.get("before"), size=PAGE)  # fmt: skip
    for gap in page.rows:
        gap.indicator = names[gap.code]  # type: ignore[attr-defined]
    same = before.standard_id == after.standard_id
    context = {
        "told": told, "page": page, "which": which, "same": same, "code": code,
        "standard_changes": [] if same else forms.compare(before.standard, after.standard),
        "added": sum(line[3] for line in told.lines), "gone": sum(line[4] for line in told.lines),
    }  # fmt: skip
    return render(request, "standards/changes.html", context)


@require_POST
def gap_item(request: PageRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(Gap.objects.select_related("run__standard"), pk=pk)
    gap = get_object_or_404(reads.gaps_visible_to(request.user, found.run), pk=pk)
    item = act.open_item(gap=gap, by=request.user, at=clock.now())
    messages.success(request, f"已转入整改，编号 {item.number}。")
    return redirect("item", item.uid)


def judge_household(request: PageRequest, uid: UUID) -> HttpResponse:
    home = get_object_or_404(households_visible_to(request.user).filter(closed=""), uid=uid)
    return judged(request, Standard.Level.HOUSEHOLD, home.area, home)


def judge_area(request: PageRequest, code: str) -> HttpResponse:
    within = scope_of(request.user).within("household.view", "code")
    area = get_object_or_404(Area.objects.filter(within).select_related("parent"), code=code)
    if area.level == Area.Level.TOWNSHIP:
        raise Http404
    return judged(request, area.level, area, None)


def judge_pick(request: PageRequest) -> HttpResponse:
    """The box of places leads on to the chosen one."""
    require(request.user, "standard.judge")
    code = request.GET.get("code", "")
    if not (code.isdecimal() and len(code) == 12):
        messages.warning(request, "请先选一个村。")
        return redirect("check-list")
    return redirect("judge-area", code)


def judged(request: PageRequest, level: str, area: Area, home: Household | None) -> HttpResponse:
    """现场核对: each MANUAL indicator of the version in force with its last answer."""
    require(request.user, "standard.judge", area.code)
    standard = in_force(clock.today(), level)
    manual = [i for i in forms.indicators_of(standard) if i.judged == "MANUAL" and fits(i, home)] if standard else []  # fmt: skip
    code = request.POST.get("code", "")
    form = forms.AnswerForm(request.POST or None, request.FILES or None)
    if request.method == "POST":
        indicator = next((i for i in manual if i.code == code), None)
        if indicator is None:
            raise Http404
        if form.is_valid() and kept(request, form, indicator, area, home):
            return redirect(request.path + f"#{code}")
    answers = reads.answers_of(level, area=area, household=home)
    rows = [(i, answers.get(i.code), form if i.code == code else forms.AnswerForm(auto_id=f"id_{i.code}_%s")) for i in manual]  # fmt: skip
    context = {"rows": rows, "area": area, "home": home, "standard": standard, "form": form if request.method == "POST" else None, "code": code}  # fmt: skip
    return render(request, "standards/judge.html", context, status=422 if form.errors else 200)


def fits(indicator: Indicator, home: Household | None) -> bool:
    if home is None or home.kind in indicator.applies:
        return True
    return "WATCHED" in indicator.applies and home.monitorings.filter(eliminated_on=None).exists()


def kept(request: PageRequest, form: forms.AnswerForm, indicator: Indicator, area: Area, home: Household | None) -> bool:  # fmt: skip
    given = form.cleaned_data
    photo = (str(given["photo"].name), given["photo"].read()) if given["photo"] else None
    try:
        act.answer(indicator=indicator, area=area, household=home, answer=given["answer"], said=given["said"],
                   photo=photo, by=request.user, at=clock.now())  # fmt: skip
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        add_to_form(form, refusal)
        return False
    messages.success(request, f"已记下：{indicator.name}。下一次自查按它判定。")
    return True


def judgement_file(request: PageRequest, pk: int) -> FileResponse:
    """Evidence of an answer, to whoever sees the household or the place."""
    found = get_object_or_404(Judgement.objects.select_related("file"), pk=pk, file__isnull=False)
    seen = (
        households_visible_to(request.user).filter(pk=found.household_id).exists()
        if found.household_id else scope_of(request.user).has("household.view", found.area_id)
    )  # fmt: skip
    if not seen or found.file is None:
        raise Http404
    return send(found.file, inline=True)
