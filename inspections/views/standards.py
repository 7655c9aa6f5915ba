"""验收标准: versions, their proposal and confirmation, what differs; and the income lines."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.export import export
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from inspections import standard_forms as forms
from inspections.actions import standards as act
from inspections.initial import STANDARDS
from inspections.models import CheckRun, IncomeLine, Indicator, Standard
from inspections.standards import KINDS, in_force, questions_of
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

PAGE = 20


def standard_list(request: PageRequest) -> HttpResponse:
    today = clock.today()
    every = Standard.objects.select_related("proposed_by", "decided_by")
    page = keyset(every, ("-pk",), after=request.GET.get("after"), before=request.GET.get("before"), size=PAGE)  # fmt: skip
    levels = []
    for level in Standard.Level:
        found = in_force(today, level)
        levels.append((level, found, found.indicators.count() if found else 0))
    context = {
        "page": page, "levels": levels, "today": today,
        "waiting": every.filter(status="WAITS").order_by("pk"),
        "coming": every.filter(status="ACCEPTED", start__gt=today).order_by("start"),
        "empty": not Standard.objects.filter(status__in=["WAITS", "ACCEPTED"]).exists(),
        "start": today,
    }  # fmt: skip
    return render(request, "standards/list.html", context)


@require_POST
def standard_initial(request: PageRequest) -> HttpResponse:
    """The set that ships becomes proposals; nothing comes into force by it."""
    made = act.propose_initial(start=clock.today(), by=request.user, at=clock.now())
    messages.success(request, f"已提出 {len(made)} 份初始标准和收入线，请另一个岗位的人逐份核对、确认后生效。")  # fmt: skip
    return redirect("standard-list")


def base_of(level: str) -> list[dict[str, Any]]:
    """What a new version starts from: the one in force, else the latest, else what ships."""
    accepted = Standard.objects.filter(level=level, status="ACCEPTED").order_by("-start").first()
    found = in_force(clock.today(), level) or accepted
    if found is None:
        return [dict(values) for values in STANDARDS[level]["indicators"]]
    names = [f.name for f in Indicator._meta.fields if f.name not in ("id", "standard", "order")]
    return [{n: getattr(i, n) for n in names} for i in found.indicators.order_by("order", "pk")]


def one_more(total: str) -> str:
    return str(int(total) + 1 if total.isdecimal() and len(total) < 3 else 1)


def standard_new(request: PageRequest, level: str) -> HttpResponse:
    require(request.user, "standard.propose")
    level = level.upper()
    if level not in Standard.Level.values:
        raise Http404
    found = in_force(clock.today(), level)
    given = vars(found) if found else STANDARDS[level]
    rows = [forms.initial_of(values) for values in base_of(level)]
    post: QueryDict | None = request.POST.copy() if request.POST else None
    if post is not None and "add" in post:
        post["i-TOTAL_FORMS"] = one_more(post.get("i-TOTAL_FORMS", ""))
    form = forms.StandardForm(post, initial={k: given[k] for k in ("name", "basis", "document_no")})
    indicators: Any = forms.IndicatorSet(
        post, form_kwargs={"level": level}, prefix="i", initial=rows
    )
    adding = bool(post) and "add" in request.POST
    if post is not None and not adding and form.is_valid() & indicators.is_valid():
        draft = act.Draft(level=level, indicators=indicators.rows(), **form.cleaned_data)
        try:
            made = act.propose_standard(draft=draft, by=request.user, at=clock.now())
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, "已提交，请县委书记或县长确认；确认前现行标准不变。")
            return redirect("standard", made.pk)
    wrong = not adding and (bool(form.errors) or indicators.total_error_count() > 0) and post is not None  # fmt: skip
    context = {"form": form, "indicators": indicators, "level": Standard.Level(level), "found": found, "adding": adding, "wrong": wrong}  # fmt: skip
    return render(request, "standards/new.html", context, status=422 if wrong else 200)


def standard(request: PageRequest, pk: int) -> HttpResponse:
    every = Standard.objects.select_related("proposed_by", "decided_by")
    found = get_object_or_404(every, pk=pk)
    if request.GET.get("format") == "xlsx":
        return standard_export(request, found)
    form = forms.DecideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return decided(request, found, form.cleaned_data["said"])
        except Refusal as refusal:
            if refusal.field not in form.fields:
                raise
            add_to_form(form, refusal)
    others = every.filter(level=found.level, status="ACCEPTED").exclude(pk=found.pk)
    before = others.filter(start__lte=found.start).order_by("-start").first()
    waits = found.status == Standard.Status.WAITS
    mine = found.proposed_by_id == request.user.pk
    may = waits and scope_of(request.user).has("standard.confirm")
    context = {
        "standard": found, "indicators": forms.indicators_of(found), "form": form, "before": before,
        "changes": forms.compare(before, found) if before else [], "others": others.order_by("-start"),
        "may_decide": may and not mine, "own": may and mine,
        "may_withdraw": waits and scope_of(request.user).has("standard.propose"),
        "may_check": found.status == "ACCEPTED" and scope_of(request.user).has("standard.check"),
        "runs": CheckRun.objects.filter(standard=found).order_by("-day", "-pk")[:10],
        "asked": [(Indicator.Applies(k).label, questions_of(found, k)) for k in KINDS]
        if found.level == Standard.Level.HOUSEHOLD else [],
    }  # fmt: skip
    return render(request, "standards/detail.html", context, status=422 if form.errors else 200)


def decided(request: PageRequest, found: Standard, said: str) -> HttpResponse:
    what, by, at = request.POST.get("what"), request.user, clock.now()
    if what == "withdraw":
        act.withdraw_standard(standard_id=found.pk, by=by, at=at)
        messages.success(request, "已撤回，现行标准不变。")
        return redirect("standard-list")
    if what not in ("accept", "refuse"):
        raise Http404
    act.decide_standard(standard_id=found.pk, accept=what == "accept", said=said, by=by, at=at)
    messages.success(
        request, "已确认，正在按新标准重新自查，结果在“自查”页。" if what == "accept" else "已退回，现行标准不变。"
    )  # fmt: skip
    return redirect("standard", found.pk)


def standard_compare(request: PageRequest, pk: int, other: int) -> HttpResponse:
    """`other` is laid beside it: older to newer, whichever way they were chosen."""
    one = get_object_or_404(Standard, pk=pk)
    two = get_object_or_404(Standard, pk=other, level=one.level)
    before, after = sorted((one, two), key=lambda s: (s.start, s.pk))
    runs = [
        CheckRun.objects.filter(standard=s, state="DONE").order_by("-day").first() for s in (before, after)
    ]  # fmt: skip
    context = {"before": before, "after": after, "changes": forms.compare(before, after), "runs": runs}  # fmt: skip
    return render(request, "standards/compare.html", context)


def standard_export(request: PageRequest, found: Standard) -> HttpResponse:
    heads = ["代码", "指标", "口径", "阈值", "计算单位", "怎么判定", "适用的户", "入户问题", "依据文件", "文号"]  # fmt: skip
    rows = [
        [i.code, i.name, i.formula, i.threshold, i.get_unit_display(), i.get_judged_display(), i.applies_words,
         i.question, i.basis or found.basis, i.document]
        for i in forms.indicators_of(found)
    ]  # fmt: skip
    return export(found.name, heads, rows, by=request.user, at=clock.now())


def line_list(request: PageRequest) -> HttpResponse:
    """收入线: what is in force, what waits, what was; and a new one."""
    today = clock.today()
    form = forms.LineForm(request.POST or None)
    if request.method == "POST":
        require(request.user, "standard.propose")
        if form.is_valid():
            try:
                act.propose_line(**form.cleaned_data, by=request.user, at=clock.now())
            except Refusal as refusal:
                add_to_form(form, refusal)
            else:
                messages.success(request, "已提交，请另一个岗位的人确认后执行。")
                return redirect("income-lines")
    lines = IncomeLine.objects.select_related("proposed_by", "decided_by").order_by("kind", "-start", "-pk")  # fmt: skip
    scope = scope_of(request.user)
    rows = [(n, n.in_force(today), n.status == "WAITS" and scope.has("standard.confirm") and n.proposed_by_id != request.user.pk) for n in lines]  # fmt: skip
    context = {"rows": rows, "form": form, "may_propose": scope.has("standard.propose")}
    return render(request, "standards/lines.html", context, status=422 if form.errors else 200)


@require_POST
def line_decide(request: PageRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(IncomeLine, pk=pk)
    what, by, at = request.POST.get("what"), request.user, clock.now()
    try:
        if what == "withdraw":
            act.withdraw_line(line_id=found.pk, by=by, at=at)
            messages.success(request, "已撤回。")
        elif what in ("accept", "refuse"):
            said = request.POST.get("said", "")[:200]
            act.decide_line(line_id=found.pk, accept=what == "accept", said=said, by=by, at=at)
            messages.success(request, "已确认。" if what == "accept" else "已退回。")
        else:
            raise Http404
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        messages.error(request, refusal.message)
    return redirect("income-lines")
