"""口径 and 退出."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.forms import Form
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cadres.files import send
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from inspections import evaluation_forms as forms
from inspections.actions import leaving, yardsticks
from inspections.evaluation_reads import sees_county
from inspections.gates import gates
from inspections.models import GateReading, Leaving, LeavingStep, Yardstick
from yuexi.core import clock
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form


def yardstick_list(request: PageRequest) -> HttpResponse:
    """Read by everybody: by what one is judged is no secret."""
    today = clock.today()
    wrong: Form | None = None
    refused = ""
    if request.method == "POST":
        wrong, refused = _change(request)
        if wrong is None and not refused:
            return redirect("yardstick-list")
    rows: dict[str, list[tuple[Yardstick, str]]] = {
        str(label): [] for label in Yardstick.Code.labels
    }
    for one in Yardstick.objects.select_related("by", "confirmed_by").order_by("code", "-start", "-pk"):  # fmt: skip
        rows[str(one.get_code_display())].append((one, one.state(today)))
    missing = [code for code, found in rows.items() if not any(s == "现行" for _, s in found)]
    context = {"rows": rows, "missing": missing, "refused": refused, "form": wrong or forms.YardstickForm(), "bad": wrong is not None}  # fmt: skip
    status = 422 if wrong is not None else 409 if refused else 200
    return render(request, "evaluations/yardsticks.html", context, status=status)


def _change(request: PageRequest) -> tuple[Form | None, str]:
    verb, by, at = request.POST.get("verb", ""), request.user, clock.now()
    if verb == "propose":
        require(by, "yardstick.propose")
        form = forms.YardstickForm(request.POST)
        if not form.is_valid():
            return form, ""
        try:
            yardsticks.propose(**form.cleaned_data, by=by, at=at)
        except Refusal as refusal:
            add_to_form(form, refusal)
            return form, ""
        messages.success(request, "已提出，等另一个人确认后生效。")
        return None, ""
    pk = request.POST.get("pk", "")
    one = get_object_or_404(Yardstick, pk=int(pk)) if pk.isdecimal() and len(pk) < 18 else None
    if one is None or verb not in ("confirm", "end"):
        raise Http404
    try:
        if verb == "confirm":
            yardsticks.confirm(yardstick=one, by=by, at=at)
            messages.success(request, "口径已确认。")
        else:
            last = forms.LastDayForm(request.POST)
            if not last.is_valid():
                return None, "请填写最后一天的日期。"
            yardsticks.end(yardstick=one, last_day=last.cleaned_data["last_day"], by=by, at=at)
            messages.success(request, "已填最后一天。")
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        return None, refusal.message
    return None, ""


def seen(request: PageRequest) -> None:
    """The county's own road: for who reads the whole county."""
    if not sees_county(request.user):
        raise Http404


def exit_page(request: PageRequest) -> HttpResponse:
    seen(request)
    kept = Leaving.objects.filter(ended_at__isnull=True).first()
    earlier = Leaving.objects.filter(ended_at__isnull=False).order_by("-pk")[:20]
    wrong: Form | None = None
    key = refused = ""
    if request.method == "POST":
        require(request.user, "exit.manage")
        wrong, refused, key = _act(request, kept)
        if wrong is None and not refused:
            return redirect("leaving")
    status = 422 if wrong is not None else 409 if refused else 200
    if kept is None:
        form = wrong or forms.LeavingForm()
        return render(request, "leaving/none.html", {"form": form, "earlier": earlier, "open": wrong is not None}, status=status)  # fmt: skip
    today = clock.today()
    standings = leaving.standings(kept, today)
    steps = list(kept.steps.select_related("by", "file").order_by("number"))
    now = next((s for s in steps if s.done is None), None)
    applied = GateReading.objects.filter(leaving=kept).select_related("word__by").order_by("pk")
    context: dict[str, Any] = {
        "leaving": kept, "steps": steps, "now": now, "standings": standings, "today": today, "applied": applied,
        "left": (kept.target - today).days, "over": (today - kept.target).days, "red": sum(not s.passed for s in standings),
        "green": sum(s.state.green for s in standings), "manages": scope_of(request.user).has("exit.manage"), "refused": refused,
        "finish": wrong if key == "finish" else forms.FinishForm(), "gate_form": wrong if key not in ("finish", "", "planned") else None,
        "gate_key": key, "done": all(s.done for s in steps), "earlier": earlier,
    }  # fmt: skip
    return render(request, "leaving/detail.html", context, status=status)


def _act(request: PageRequest, kept: Leaving | None) -> tuple[Form | None, str, str]:
    """The form that was wrong, what was refused, and which form it was."""
    verb, by, at = request.POST.get("verb", ""), request.user, clock.now()
    form: Any
    if kept is None:
        form = forms.LeavingForm(request.POST)
        if form.is_valid():
            try:
                leaving.begin(**form.facts(), by=by, at=at)
            except Refusal as refusal:
                add_to_form(form, refusal)
            else:
                messages.success(request, "退出程序已开始。")
                return None, "", ""
        return form, "", "begin"
    code = request.POST.get("code", "")
    step = kept.steps.filter(code=code).first() if code in LeavingStep.Code.values else None
    kinds: dict[str, type[Form]] = {"finish": forms.FinishForm, "planned": forms.PlannedForm, "gate": forms.GateForm, "end": Form}  # fmt: skip
    if verb not in kinds or (verb in ("finish", "planned") and step is None) or (verb == "gate" and gates.of(code) is None):  # fmt: skip
        raise Http404
    form = kinds[verb](request.POST, request.FILES)
    key = code if verb == "gate" else verb
    if not form.is_valid():
        return (form, "", key) if verb != "planned" else (None, "请填写新的计划日期。", key)
    try:
        messages.success(request, _done(kept, step, verb, code, form.cleaned_data, request))
    except Refusal as refusal:
        if refusal.field in form.fields:
            add_to_form(form, refusal)
            return form, "", key
        return None, refusal.message, key
    return None, "", ""


def _done(
    kept: Leaving, step: LeavingStep | None, verb: str, code: str, given: dict[str, Any], request: PageRequest
) -> str:  # fmt: skip
    by, at = request.user, clock.now()
    if verb == "gate":
        green = {"yes": True, "no": False}.get(given["green"])
        leaving.say(leaving=kept, code=code, green=green, text=given["text"], document_no=given["document_no"], by=by, at=at)  # fmt: skip
        return "已写明。"
    if verb == "end":
        leaving.end(leaving=kept, by=by, at=at)
        return "这个退出程序已结束，记录保留。"
    assert step is not None
    if verb == "planned":
        leaving.plan(step=step, planned=given["planned"], by=by, at=at)
        return "计划日期已调整。"
    file = given.pop("file")
    leaving.finish(step=step, file=(str(file.name), file.read()) if file else None, **given, by=by, at=at)  # fmt: skip
    return f"“{step.get_code_display()}”已登记完成。"


def step_file(request: PageRequest, pk: int) -> FileResponse:
    seen(request)
    step = get_object_or_404(LeavingStep.objects.exclude(file=None).select_related("file"), pk=pk)
    assert step.file is not None
    return send(step.file, inline=True)
