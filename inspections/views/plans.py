"""督查: sealed for the team, in clear once the report is issued, and the board of commitments."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from cadres.files import send
from cadres.models import Area, Cadre, StoredFile
from cadres.request import PageRequest
from cadres.roles import ROLES
from cadres.scope import require, scope_of
from households.models import Household
from inspections import forms, redraw, sealed
from inspections.actions import plans, release
from inspections.models import Plan
from inspections.querysets import (
    board,
    doors_of,
    findings_visible_to,
    plans_of,
    readable_findings,
    released_to,
    without_item,
)
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

PAGE = 20


def private(response: HttpResponse) -> HttpResponse:
    """Nothing of a sealed inspection stays in a browser or a proxy."""
    response["Cache-Control"] = "private, no-store"
    return response


def inspection_list(request: PageRequest) -> HttpResponse:
    mine = [(p, sealed.read(p)) for p in plans_of(request.user).order_by("pk")]
    page = keyset(released_to(request.user), ("-ended_on", "-pk"), after=request.GET.get("after"),
                  before=request.GET.get("before"), size=PAGE)  # fmt: skip
    return private(render(request, "inspections/list.html", {"mine": mine, "page": page}))


def members(user: Cadre) -> QuerySet[Cadre]:
    """Whom a team takes: who inspects by his post, in the county's units."""
    roles = [r.code for r in ROLES if "inspection.plan" in r.rights]
    return (
        Cadre.objects.filter(posts__role__in=roles, posts__end__isnull=True, is_active=True)
        .exclude(pk=user.pk)
        .select_related("unit")
        .order_by("pinyin", "pk")
        .distinct()
    )


def inspection_new(request: PageRequest) -> HttpResponse:
    require(request.user, "inspection.plan")
    form = forms.PlanForm(request.POST or None, by=request.user, members=members(request.user))
    if form.is_valid():
        try:
            plan = plans.prepare(**form.facts(), by=request.user, at=clock.now())
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, "名单和规则已封存，承诺值已公布。下一步：抽取。")
            return redirect("inspection", plan.uid)
    status = 422 if form.errors else 200
    return private(render(request, "inspections/new.html", {"form": form}, status=status))


def inspection(request: PageRequest, uid: UUID) -> HttpResponse:
    plan = plans_of(request.user).filter(uid=uid).first()
    if plan is not None:
        return sealed_page(request, plan)
    return released_page(request, get_object_or_404(released_to(request.user), uid=uid))


def sealed_page(
    request: PageRequest, plan: Plan, *, verb: str = "", wrong: Form | None = None, refused: str = ""
) -> HttpResponse:  # fmt: skip
    state, now = sealed.read(plan), clock.now()
    begun = now >= state.start
    team = plans.members_of(state)
    looked = any(look.by == request.user.pk for look in state.looks)
    context: dict[str, Any] = {
        "plan": plan, "state": state, "begun": begun, "refused": refused, "verb": verb, "wrong": wrong,
        "team": team,
        "townships": Area.objects.filter(code__in=state.townships).order_by("code"),
        "strata": [(s, len(d["taken"]), len(d["spare"])) for s, d in (state.drawn or {}).items()],
        "mine": state.by == request.user.pk, "waiting": len(state.waiting()),
        "names": {m.pk: m.name for m in team},
        "forms": {"look": forms.LookForm(), "release": forms.ReleaseForm()},
    }  # fmt: skip
    if state.drawn is not None and (begun or looked):
        context["rows"] = rows_of(state)
    if begun and state.drawn is not None:
        context["forms"]["note"] = note_form(request, state, context["rows"], bound=False)
    late = [r for r in state.records.values() if r.late]
    homes = {str(h.uid): h for h in Household.objects.filter(uid__in=[r.household for r in late])}
    context["late"] = [(r, homes[r.household]) for r in late]
    context["found"] = [(f, state.files_of(f), len(f.photos) + len(f.files)) for f in state.found]
    context["photos_out"] = len(state.photos_out())
    context["places"] = dict(Area.objects.filter(code__in=[f.area for f in state.found]).values_list("code", "name"))  # fmt: skip
    if wrong is not None and verb in context["forms"]:
        context["forms"][verb] = wrong
    status = 422 if wrong is not None and wrong.errors else 409 if refused else 200
    return private(render(request, "inspections/sealed.html", context, status=status))


def rows_of(state: sealed.Sealed) -> list[dict[str, Any]]:
    """The households to go to, in one query, in the order that was drawn."""
    chosen = [(layer, uid) for layer, uids in state.sample().items() for uid in uids]
    homes = Household.objects.filter(uid__in=[uid for _, uid in chosen]).select_related("area")
    by_uid = {str(h.uid): h for h in homes}
    return [
        {"layer": layer, "home": by_uid[uid], "mark": state.marks.get(uid)} for layer, uid in chosen
    ]


def note_form(
    request: PageRequest, state: sealed.Sealed, rows: list[dict[str, Any]], *, bound: bool
) -> forms.NoteForm:  # fmt: skip
    homes = [(str(r["home"].uid), f"{r['home'].area.name} {r['home'].head_name}") for r in rows]
    villages = Area.objects.filter(
        pk__in=[a.pk for a in release.areas_of(state)]
    ).select_related("parent").order_by("code")  # fmt: skip
    given = (request.POST, request.FILES) if bound else (None, None)
    return forms.NoteForm(*given, homes=homes, villages=villages)


@require_POST
def act(request: PageRequest, uid: UUID, verb: str) -> HttpResponse:
    plan = get_object_or_404(plans_of(request.user), uid=uid)
    form = form_of(request, plan, verb)
    if not form.is_valid():
        return sealed_page(request, plan, verb=verb, wrong=form)
    try:
        said = do(plan, verb, form, request)
    except Refusal as refusal:
        if refusal.field in form.fields:
            add_to_form(form, refusal)
            return sealed_page(request, plan, verb=verb, wrong=form)
        return sealed_page(request, plan, verb=verb, refused=refusal.message)
    messages.success(request, said)
    return redirect("inspection-list" if verb == "cancel" else "inspection", *([] if verb == "cancel" else [uid]))  # fmt: skip


def form_of(request: PageRequest, plan: Plan, verb: str) -> Form:
    if verb == "note":
        state = sealed.read(plan)
        return note_form(request, state, rows_of(state), bound=True)
    kinds: dict[str, type[Form]] = {
        "draw": Form, "cancel": Form, "look": forms.LookForm, "release": forms.ReleaseForm,
    }  # fmt: skip
    if verb not in kinds:
        raise Http404
    return kinds[verb](request.POST)


def do(plan: Plan, verb: str, form: Form, request: PageRequest) -> str:
    given, by, at = form.cleaned_data, request.user, clock.now()
    if verb == "draw":
        plans.draw(plan=plan, by=by, at=at)
        return "已抽取。开始时间之前只显示各层户数。"
    if verb == "look":
        plans.look(plan=plan, why=given["why"], by=by, at=at)
        return "名单已显示；这次提前查看已记下，会写进报告。"
    if verb == "note":
        photos = [(str(f.name), f.read()) for f in request.FILES.getlist("photos")]
        home = UUID(given["household"]) if given["household"] else None
        plans.note(plan=plan, text=given["text"], category=given["category"], area=given["area"],
                   household=home, photos=photos, by=by, at=at)  # fmt: skip
        return "问题已记下，公开前只有检查组看得到。"
    if verb == "cancel":
        plans.cancel(plan=plan, by=by, at=at)
        return "已作废；公示页上会注明这个承诺值没有使用。"
    release.release(plan=plan, **given, by=by, at=at)
    return "报告已公开。请在 2 个工作日内把问题移交整改。"


def released_page(request: PageRequest, plan: Plan) -> HttpResponse:
    findings = readable_findings(request.user, plan)
    sampled = doors_of(request.user, plan).order_by("stratum", "pk")
    may = scope_of(request.user).has("inspection.plan") and scope_of(request.user).has("item.create")  # fmt: skip
    left = sum(f.item_number is None for f in findings)  # type: ignore[attr-defined]
    context = {"plan": plan, "findings": findings, "sampled": sampled, "may_transfer": may,
               "today": clock.today(), "left": left}  # fmt: skip
    return private(render(request, "inspections/released.html", context))


@require_POST
def transfer(request: PageRequest, uid: UUID) -> HttpResponse:
    """One finding, or all that wait: each becomes its own item with its own words."""
    plan = get_object_or_404(released_to(request.user), uid=uid)
    require(request.user, "inspection.plan")
    found = without_item(findings_visible_to(request.user, plan))
    if request.POST.get("finding"):
        found = found.filter(uid=as_uuid(request.POST["finding"]))
    made = [release.transfer(finding=f, by=request.user, at=clock.now()) for f in found]
    if made:
        messages.success(
            request, f"已移交 {len(made)} 件：{'、'.join(i.number for i in made[:5])}。"
        )
    else:
        messages.warning(request, "这些问题刚刚已移交，不用再办。")
    return redirect("inspection", uid)


def as_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def evidence(request: PageRequest, uid: UUID, pk: int) -> FileResponse:
    plan = plans_of(request.user).filter(uid=uid).first()
    file: StoredFile | None
    if plan is not None:
        file = plans.evidence_of(plan, pk, request.user)
    else:
        plan = get_object_or_404(released_to(request.user), uid=uid)
        seen = [f for f in readable_findings(request.user, plan) if not f.veiled]  # type: ignore[attr-defined]
        file = StoredFile.objects.filter(pk=pk, pk__in=[k.file_id for f in seen for k in f.files.all()]).first()  # fmt: skip
    if file is None:
        raise Http404
    return send(file, inline=True)


def board_page(request: PageRequest) -> HttpResponse:
    """抽取公示: each commitment from the day of its publishing, opened with its report."""
    page = keyset(board(), ("-committed_on", "-pk"), after=request.GET.get("after"),
                  before=request.GET.get("before"), size=PAGE)  # fmt: skip
    return render(request, "inspections/board.html", {"page": page})


def opened(request: PageRequest, uid: UUID) -> FileResponse:
    plan = get_object_or_404(Plan, uid=uid, ended=Plan.Ended.RELEASED)
    assert plan.opened is not None
    return send(plan.opened)


@require_GET
def script(request: PageRequest) -> FileResponse:
    return FileResponse(
        Path(redraw.__file__).open("rb"), as_attachment=True, filename="redraw.py",
        content_type="text/x-python; charset=utf-8",
    )  # fmt: skip
