"""评估: prepared, its team, its draw and sheets, and its release."""

from __future__ import annotations

from base64 import b64decode, b64encode
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.files import send
from cadres.models import Area, Cadre
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from households.models import Household
from inspections import evaluation_forms as forms
from inspections import sheets
from inspections.actions import evaluations, suspects
from inspections.evaluation_reads import (
    evaluations_visible_to,
    in_team,
    keeps_accounts,
    leads,
    sees_county,
    suspects_visible_to,
    without_item,
)
from inspections.models import Evaluation, Suspect
from inspections.views.plans import private
from yuexi.core import clock, crypto
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

PAGE = 20
Stage = Evaluation.Stage


def found(request: PageRequest, uid: UUID) -> Evaluation:
    return get_object_or_404(evaluations_visible_to(request.user), uid=uid)


def evaluation_list(request: PageRequest) -> HttpResponse:
    page = keyset(evaluations_visible_to(request.user), ("-start", "-pk"), after=request.GET.get("after"),
                  before=request.GET.get("before"), size=PAGE)  # fmt: skip
    return render(request, "evaluations/list.html", {"page": page, "county": sees_county(request.user)})  # fmt: skip


def evaluation_new(request: PageRequest) -> HttpResponse:
    require(request.user, "evaluation.manage")
    form = forms.EvaluationForm(request.POST or None)
    if form.is_valid():
        try:
            made = evaluations.prepare(**form.facts(), by=request.user, at=clock.now())
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(
                request, "名单和规则已封存，承诺值已公布。下一步：加评估组成员，定组长。"
            )
            return redirect("evaluation", made.uid)
    return render(request, "evaluations/new.html", {"form": form}, status=422 if form.errors else 200)  # fmt: skip


def people_to_choose(evaluation: Evaluation) -> Any:
    """For a rehearsal: cadres of the county's units and townships with a view of households."""
    taken = evaluation.surveyors.values("cadre")
    return (
        Cadre.objects.filter(is_active=True, kind=Cadre.Kind.CADRE, posts__role__in=["INSPECTOR", "OFFICE_DATA", "OFFICE_RECTIFY", "STATIONED_LEADER", "TOWNSHIP_CLERK"])
        .exclude(pk__in=taken).exclude(pk=evaluation.by_id)
        .select_related("unit").distinct().order_by("pinyin", "pk")
    )  # fmt: skip


def evaluation(request: PageRequest, uid: UUID) -> HttpResponse:
    return page(request, found(request, uid))


def page(
    request: PageRequest, kept: Evaluation, *, verb: str = "", wrong: Form | None = None, refused: str = ""
) -> HttpResponse:  # fmt: skip
    user, scope = request.user, scope_of(request.user)
    member = in_team(user).filter(pk=kept.pk).exists()
    manages = scope.has("evaluation.manage")
    growing = kept.stage in (Stage.PREPARED, Stage.DRAWN)
    rehearsal = kept.kind == Evaluation.Kind.REHEARSAL
    team = list(kept.surveyors.select_related("cadre__unit").order_by("-lead", "pk"))
    may_draw = scope.has("evaluation.draw") if rehearsal else member
    offered: dict[str, Form] = {}
    if manages and growing and rehearsal:
        offered["surveyor"] = forms.SurveyorForm(people=people_to_choose(kept))
    if keeps_accounts(user) and growing and not rehearsal and kept.run_id is None:
        offered["evaluator"] = forms.EvaluatorForm()
    if manages and kept.stage in (Stage.PREPARED, Stage.DRAWN, Stage.RELEASED):
        offered["prolong"] = forms.LastDayForm()
    if wrong is not None and verb in offered:
        offered[verb] = wrong
    context: dict[str, Any] = {
        "e": kept, "team": team, "member": member, "lead": leads(user, kept), "manages": manages, "forms": offered,
        "verb": verb, "refused": refused, "growing": growing, "accounts": keeps_accounts(user),
        "may_draw": may_draw and kept.stage == Stage.PREPARED and user.pk != kept.by_id and any(m.lead for m in team),
        "county": sees_county(user), "reads": member or sees_county(user), "password": request.session.pop("evaluator_password", None),
        "last_day": clock.today() >= kept.until,
    }  # fmt: skip
    if context["password"]:
        name, sealed = context["password"]
        context["password"] = (name, crypto.decrypt(b64decode(sealed)))
    if member and kept.stage == Stage.DRAWN:
        state = sheets.read(kept)
        context["waiting"], context["done"] = len(state.waiting()), len(state.sheets)
        villages = Area.objects.filter(code__in=state.villages).select_related("parent")
        context["villages"] = villages.order_by("code")
    if kept.is_released:
        mine = suspects_visible_to(user, kept)
        context["states"] = states_of(mine)
        context["not_listed"] = without_item(kept.suspects.all()).count() if manages else 0
    status = 422 if wrong is not None and wrong.errors else 409 if refused else 200
    return private(render(request, "evaluations/detail.html", context, status=status))


def states_of(rows: Any) -> list[tuple[str, str, int]]:
    counts: dict[str, int] = {}
    for state in rows.values_list("state", flat=True):
        counts[state] = counts.get(state, 0) + 1
    return [(s.value, str(s.label), counts.get(s.value, 0)) for s in Suspect.State]


@require_POST
def act(request: PageRequest, uid: UUID, verb: str) -> HttpResponse:
    kept = found(request, uid)
    form = form_of(request, kept, verb)
    if not form.is_valid():
        return page(request, kept, verb=verb, wrong=form)
    try:
        said = do(kept, verb, form, request)
    except Refusal as refusal:
        if refusal.status == 403:
            raise
        if refusal.field in form.fields:
            add_to_form(form, refusal)
            return page(request, kept, verb=verb, wrong=form)
        return page(request, kept, verb=verb, refused=refusal.message)
    messages.success(request, said)
    return redirect("evaluation", uid)


def form_of(request: PageRequest, kept: Evaluation, verb: str) -> Form:
    if verb == "surveyor":
        return forms.SurveyorForm(request.POST, people=people_to_choose(kept))
    kinds: dict[str, type[Form]] = {
        "draw": Form, "cancel": Form, "release": Form, "conclude": Form, "list": Form, "renew": Form,
        "evaluator": forms.EvaluatorForm, "prolong": forms.LastDayForm,
    }  # fmt: skip
    if verb not in kinds:
        raise Http404
    return kinds[verb](request.POST)


def do(kept: Evaluation, verb: str, form: Form, request: PageRequest) -> str:
    given, by, at = form.cleaned_data, request.user, clock.now()
    if verb == "surveyor":
        evaluations.add_surveyor(evaluation=kept, **given, by=by, at=at)
        return f"{given['cadre'].name}已进评估组。"
    if verb == "evaluator":
        account, password = evaluations.add_evaluator(evaluation=kept, **given, by=by, at=at)
        sealed = b64encode(crypto.encrypt(password)).decode()
        request.session["evaluator_password"] = (f"{account.name}（{account.work_no}）", sealed)
        return f"{account.name}的评估账号已建好，等另一位管理员确认任职后才能登录。"
    if verb == "renew":
        n = evaluations.renew_evaluators(evaluation=kept, by=by, at=at)
        return f"已给 {n} 个评估账号续期，等另一位管理员确认。"
    if verb == "draw":
        evaluations.draw(evaluation=kept, by=by, at=at)
        return "已抽取，结果早由承诺值定死。名单只有评估组看得到。"
    if verb == "cancel":
        evaluations.cancel(evaluation=kept, by=by, at=at)
        return "已作废，承诺值没有使用。"
    if verb == "prolong":
        evaluations.prolong(evaluation=kept, last_day=given["last_day"], by=by, at=at)
        return "已延长；第三方评估的账号还要由管理员续期。"
    if verb == "release":
        evaluations.release(evaluation=kept, by=by, at=at)
        return "结果已公布，县里可以举证。"
    if verb == "conclude":
        suspects.conclude(evaluation=kept, by=by, at=at)
        return "这次评估已办结。"
    require(by, "evaluation.manage")
    n = suspects.open_waiting(evaluation=kept, by=by, at=at)
    return f"已补列 {n} 件到整改清单。"


def rows_of(state: sheets.Field) -> list[dict[str, Any]]:
    chosen = [(stratum, uid) for stratum, uids in state.sample().items() for uid in uids]
    homes = Household.objects.filter(uid__in=[u for _, u in chosen]).select_related("area__parent")
    by_uid = {str(h.uid): h for h in homes}
    return [
        {"layer": stratum.partition("·")[2], "home": by_uid[uid], "sheet": state.sheets.get(uid)}
        for stratum, uid in chosen
    ]


def team_only(request: PageRequest, uid: UUID) -> Evaluation:
    """To whoever is not of the team the sheets do not exist, whatever he may see besides."""
    return get_object_or_404(in_team(request.user).filter(stage=Stage.DRAWN), uid=uid)


def sheet_list(request: PageRequest, uid: UUID) -> HttpResponse:
    kept = team_only(request, uid)
    state = sheets.read(kept)
    rows = rows_of(state)
    groups: dict[Area, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["home"].area, []).append(row)
    context = {
        "e": kept,
        "groups": groups,
        "total": len(rows),
        "waiting": len(state.waiting()),
        "begun": clock.today() >= kept.start,
    }
    return private(render(request, "evaluations/sheets.html", context))


def sheet(request: PageRequest, uid: UUID, home: UUID) -> HttpResponse:
    kept = team_only(request, uid)
    state = sheets.read(kept)
    stratum = state.stratum_of(str(home))
    if stratum is None:
        raise Http404
    household = get_object_or_404(Household.objects.select_related("area__parent"), uid=home)
    written = state.sheets.get(str(home))
    replacing = "replace" in request.POST
    seen = written if written and written.outcome == "SEEN" else None
    form: Any = forms.SheetForm(
        request.POST if request.method == "POST" and not replacing else None,
        initial=forms.SheetForm.of(seen) if seen else first_guess(household),
    )
    replace = forms.ReplaceHomeForm(request.POST if replacing else None)
    sent = replace if replacing else form
    if sent.is_valid():
        try:
            if replacing:
                evaluations.replace_home(evaluation=kept, household=home, why=replace.cleaned_data["why"], by=request.user, at=clock.now())  # fmt: skip
            else:
                evaluations.write_sheet(evaluation=kept, household=home, **form.facts(), by=request.user, at=clock.now())  # fmt: skip
        except Refusal as refusal:
            add_to_form(sent, refusal)
        else:
            messages.success(request, "已换户，备用户排在这一层的末尾。" if replacing else f"{household}已记录。")  # fmt: skip
            return redirect("evaluation-sheets", uid)
    context = {"e": kept, "home": household, "layer": stratum.partition("·")[2], "form": form, "replace": replace,
               "written": written, "replacing": replacing, "spares": state.spares_left(stratum)}  # fmt: skip
    return private(render(request, "evaluations/sheet.html", context, status=422 if sent.errors else 200))  # fmt: skip


def first_guess(household: Household) -> dict[str, Any]:
    """What the roster says, to be put right at the door."""
    people = household.size or household.members.filter(left_on__isnull=True).count() or None
    return {"people": people, "registered": people if household.kind != "GENERAL" else 0}


def opened(request: PageRequest, uid: UUID, which: str) -> FileResponse:
    kept = found(request, uid)
    file = {"villages": kept.opened_villages, "homes": kept.opened}.get(which)
    if file is None:
        raise Http404
    return send(file)
