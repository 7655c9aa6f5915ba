"""三率一度 with the rows behind each figure; 疑似, 举证 and 认定."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cadres.export import export
from cadres.files import send
from cadres.models import Area, StoredFile
from cadres.request import PageRequest
from cadres.scope import scope_of
from inspections import evaluation_forms as forms
from inspections.actions import suspects
from inspections.evaluation_reads import (
    evaluations_visible_to,
    in_team,
    sees_county,
    suspects_visible_to,
)
from inspections.figures import ROWS, STAGES, report, rows_behind
from inspections.models import Evaluation, Suspect
from inspections.views.plans import private
from rectification.querysets import items_visible_to, veiled_items
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

PAGE = 30
State = Suspect.State


def released(request: PageRequest, uid: UUID) -> Evaluation:
    seen = evaluations_visible_to(request.user).filter(stage__in=["RELEASED", "CONCLUDED"])
    return get_object_or_404(seen, uid=uid)


def whole(request: PageRequest, uid: UUID) -> Evaluation:
    """Rates open into rows of the whole county: for who reads all of it, and for the team."""
    kept = released(request, uid)
    if not sees_county(request.user) and not in_team(request.user).filter(pk=kept.pk).exists():
        raise Http404
    return kept


def stage_of(request: PageRequest, kept: Evaluation) -> str:
    usual = "found" if kept.stage == Evaluation.Stage.CONCLUDED else "suspected"
    asked = request.GET.get("stage", usual)
    return asked if asked in STAGES else usual


def rates(request: PageRequest, uid: UUID) -> HttpResponse:
    kept = whole(request, uid)
    stage, now = stage_of(request, kept), clock.now()
    told = report(kept, stage, today=clock.day(now))
    if request.GET.get("format") == "xlsx":
        head = [
            "指标",
            "分子",
            "分母",
            "单位",
            "比率",
            "结论",
            "正好等于标准",
            "标准",
            "依据",
            "95% 区间",
        ]
        rows = [
            [f.name, f.ratio.top if f.ratio else "", f.ratio.bottom if f.ratio else "", f.ratio.unit if f.ratio else "",
             f.words, f.verdict, "是" if f.judgement.tie else "", f.line.words if f.line else "无现行口径",
             f"{f.line.document} {f.line.document_no}" if f.line else "", f"{f.low}–{f.high}" if f.interval else ""]
            for f in told.figures
        ]  # fmt: skip
        return export(f"三率一度（{STAGES[stage].name}）", head, rows, by=request.user, at=now)
    names = village_names(told)
    context = {"e": kept, "report": told, "stage": stage, "stages": {k: m.name for k, m in STAGES.items()},
               "names": names, "day": clock.day(kept.released_at) if kept.released_at else None}  # fmt: skip
    return private(render(request, "evaluations/rates.html", context))


def village_names(told: Any) -> dict[str, str]:
    codes = [c for f in told.figures if f.advice for c, _ in f.advice.where]
    areas = Area.objects.filter(code__in=codes).select_related("parent")
    return {a.code: f"{a.parent.name if a.parent else ''}{a.name}" for a in areas}


def rows(request: PageRequest, uid: UUID, key: str) -> HttpResponse:
    kept = whole(request, uid)
    if key not in ROWS:
        raise Http404
    stage = stage_of(request, kept)
    name, unit, _ = ROWS[key]
    found = rows_behind(kept, stage, key)
    total = sum(n for _, n in found)
    if request.GET.get("format") == "xlsx":
        head = [
            "乡镇",
            "村",
            "户主",
            "户类型",
            "调查人数",
            "建档立卡人数",
            "错退",
            "漏评",
            "认可",
            f"计入（{unit}）",
        ]
        lines = [
            [r.area.parent.name if r.area.parent else "", r.area.name, r.household.head_name, r.layer, r.people, r.registered,
             r.wrong, r.missed, "是" if r.approves else "否", n]
            for r, n in found
        ]  # fmt: skip
        return export(
            f"{name}（{STAGES[stage].name}）", head, lines, by=request.user, at=clock.now()
        )
    start = int(request.GET.get("from", "0")) if request.GET.get("from", "0").isdecimal() else 0
    shown = found[start : start + PAGE]
    context = {"e": kept, "name": name, "unit": unit, "stage": stage, "stage_name": STAGES[stage].name, "rows": shown,
               "count": len(found), "total": total, "start": start, "size": PAGE, "key": key,
               "next": start + PAGE if start + PAGE < len(found) else None, "previous": max(0, start - PAGE) if start else None}  # fmt: skip
    return private(render(request, "evaluations/rows.html", context))


def suspect_list(request: PageRequest, uid: UUID) -> HttpResponse:
    kept = released(request, uid)
    seen = suspects_visible_to(request.user, kept)
    state = request.GET.get("state", "")
    if state in State.values:
        seen = seen.filter(state=state)
    if request.GET.get("format") == "xlsx":
        head = [
            "乡镇",
            "村",
            "户主",
            "性质",
            "人数",
            "类别",
            "问题原文",
            "进展",
            "认定意见",
            "整改编号",
        ]
        found: list[Any] = list(seen)
        veil(request, found)
        lines = [
            [s.area.parent.name if s.area.parent else "", s.area.name, s.result.household.head_name, s.get_kind_display(),
             s.persons or "", "" if s.veiled else s.category, "已移送纪委监委" if s.veiled else s.text, s.get_state_display(),
             "" if s.veiled else s.opinion, s.item_number or ""]
            for s in found
        ]  # fmt: skip
        return export("疑似问题", head, lines, by=request.user, at=clock.now())
    page = keyset(seen, ("area__code", "pk"), after=request.GET.get("after"), before=request.GET.get("before"), size=PAGE)  # fmt: skip
    veil(request, page.rows)
    context = {"e": kept, "page": page, "state": state, "states": State.choices}
    return private(render(request, "evaluations/suspects.html", context))


def veil(request: PageRequest, found: list[Any]) -> None:
    """Of one whose item went to 纪委监委 others read that it did, and no more. The number of an
    item is a link for those alone who see it: an evaluator sees no ledger."""
    ids = {s.item_id for s in found if s.item_id}
    red = veiled_items(request.user, ids)
    opens = set(items_visible_to(request.user).filter(pk__in=ids).values_list("pk", flat=True))
    for one in found:
        one.veiled, one.opens = one.item_id in red, one.item_id in opens


def suspect(request: PageRequest, uid: UUID) -> HttpResponse:
    kept, one = pick(request, uid)
    verb = request.POST.get("verb", "")
    user, at = request.user, clock.now()
    may_argue = scope_of(user).has("evaluation.argue", one.area_id)
    leader = suspects.may_decide(user, kept, "")
    by_letter = suspects.may_decide(user, kept, "文号")
    argue: Any = forms.ArgueForm(*((request.POST, request.FILES) if verb == "argue" else ()))
    decide: Any = forms.DecideForm(
        request.POST if verb in ("found", "cleared") else None, by_letter=not leader
    )
    sent: Any = {"argue": argue, "found": decide, "cleared": decide}.get(verb)
    refused = ""
    if (
        request.method == "POST"
        and not one.veiled
        and (verb == "concede" or (sent is not None and sent.is_valid()))
    ):
        try:
            said = do(request, one, verb, sent)
        except Refusal as refusal:
            if refusal.status == 403:
                raise
            if sent is not None and refusal.field in sent.fields:
                add_to_form(sent, refusal)
            else:
                refused = refusal.message
        else:
            messages.success(request, said)
            return redirect("evaluation-suspect", uid)
    one.refresh_from_db(fields=["state"])
    due = kept.argue_due
    in_time = due is not None and clock.day(at) <= due
    open_now = kept.stage == "RELEASED" and one.state not in (State.FOUND, State.CLEARED)
    context = {
        "e": kept, "s": one, "argue": argue, "decide": decide, "verb": verb, "refused": refused, "in_time": in_time,
        "arguments": one.arguments.select_related("by").prefetch_related("files__file").order_by("pk"),
        "may_argue": may_argue and in_time and kept.stage == "RELEASED" and one.state in ("SUSPECTED", "ARGUED"),
        "may_find": open_now and (by_letter if not leader else not (one.state == "SUSPECTED" and in_time)),
        "may_clear": open_now and (by_letter if not leader else one.state == "ARGUED"),
        "leader": leader, "homes": one.result,
    }  # fmt: skip
    status = 409 if refused else 422 if sent is not None and sent.errors else 200
    return private(render(request, "evaluations/suspect.html", context, status=status))


def pick(request: PageRequest, uid: UUID) -> tuple[Evaluation, Any]:
    one = get_object_or_404(Suspect.objects.select_related("evaluation"), uid=uid)
    kept = released(request, one.evaluation.uid)
    seen = get_object_or_404(suspects_visible_to(request.user, kept), pk=one.pk)
    veil(request, [seen])
    return kept, seen


def do(request: PageRequest, one: Suspect, verb: str, form: Any) -> str:
    by, at = request.user, clock.now()
    if verb == "concede":
        suspects.concede(suspect=one, by=by, at=at)
        return "已登记无异议。"
    if verb == "argue":
        files = [(str(f.name), f.read()) for f in request.FILES.getlist("papers")]
        suspects.argue(suspect=one, text=form.cleaned_data["text"], files=files, by=by, at=at)
        return "举证已提交，评估组看得到。"
    item = suspects.decide(suspect=one, found=verb == "found", **form.cleaned_data, by=by, at=at)
    if verb == "cleared":
        return "已排除。"
    return (
        f"已认定，列入整改清单 {item.number}。"
        if item
        else "已认定；还没有人能接，先留在这里，任命专干后补列。"
    )


def argument_file(request: PageRequest, uid: UUID, pk: int) -> FileResponse:
    _, one = pick(request, uid)
    if one.veiled:
        raise Http404
    file = get_object_or_404(StoredFile, pk=pk, pk__in=one.arguments.values("files__file"))
    return send(file, inline=True)
