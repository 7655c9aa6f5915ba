from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import CharField, Form
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from cadres.files import send
from cadres.models import Cadre
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from cadres.templatetags.county import cn_day
from households.models import Visit
from households.querysets import households_visible_to, visits_visible_to
from rectification import forms
from rectification.actions import closing, moving, onspot
from rectification.actions.registering import register
from rectification.models import BatchRow, Evidence, Item, ItemHousehold
from rectification.querysets import (
    bulk_verb,
    items_visible_to,
    may_hand_over,
    may_solve,
    waiting_for,
)
from rectification.timeline import chain, history, with_due
from rectification.views.batches import batches_visible_to
from rectification.views.papers import panel
from rectification.workflow import CHECKS, MOVE, Status, step_of
from yuexi.core import clock
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form


def item_new(request: PageRequest) -> HttpResponse:
    require(request.user, "item.create")
    form = forms.RegisterForm(request.POST or None, by=request.user)
    if form.is_valid():
        try:
            item = register(finding=form.finding(), by=request.user, at=clock.now())
            messages.success(
                request,
                f"已登记 {item.number}，责任人 {item.person.name}，期限 {cn_day(item.deadline)}。",
            )
            return redirect("item", item.uid)
        except Refusal as refusal:
            add_to_form(form, refusal)
    return render(
        request, "rectification/new.html", {"form": form}, status=422 if form.errors else 200
    )


def item_solved(request: PageRequest) -> HttpResponse:
    """现场解决, in one save."""
    require(request.user, "item.create")
    form = forms.OnSpotForm(request.POST or None, request.FILES or None, by=request.user)
    if form.is_valid():
        try:
            item = onspot.register_solved(
                finding=form.finding(), solution=form.solution(), by=request.user, at=clock.now()
            )
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, f"已登记 {item.number}，等另一人确认后销号。")
            return redirect("item", item.uid)
    return render(request, "rectification/solved.html", {"form": form},
                  status=422 if form.errors else 200)  # fmt: skip


def found(request: PageRequest, uid: UUID) -> Item:
    item: Item = get_object_or_404(items_visible_to(request.user), uid=uid)
    return item


def item_detail(request: PageRequest, uid: UUID) -> HttpResponse:
    return item_page(request, found(request, uid))


def item_page(
    request: PageRequest,
    item: Item,
    *,
    wrong: Form | None = None,
    verb: str = "",
    refused: str = "",
) -> HttpResponse:
    """A refusal stands at the top, whoever reads it; what he wrote stays in sight, in its form
    or, where the item has moved on and the form is gone, as text to copy."""
    user, today = request.user, clock.today()
    with_due([item], today)
    scope = scope_of(user)
    mine = waiting_for(user, today).filter(pk=item.pk).exists()
    seen = set(item.evidence.filter(views__by=user).values_list("pk", flat=True))
    rounds: dict[int, list[tuple[Evidence, bool]]] = {}
    for e in item.evidence.select_related("file", "by").order_by("-round", "pk"):
        rounds.setdefault(e.round, []).append((e, e.pk in seen))
    step = step_of(item.route, item.status) if item.status in CHECKS else None
    context: dict[str, Any] = {
        "item": item, "chain": chain(item, mine=mine), "history": history(item), "mine": mine, "step": step,
        "evidence": rounds.pop(item.round, []), "earlier": rounds, "came": came_from(user, item), "visit": source_visit(user, item),
        "may_reassign": scope.has("item.assign", item.area_id)
        and item.status in (Status.CONFIRMED, Status.DECLINED, Status.ISSUED),
        "may_hand_over": may_hand_over(item, user), "paperwork": panel(request, item),
        "may_solve": may_solve(item, user), "wrong_verb": verb,
        "loan_from": closing.giver_name(loan) if mine and step and (loan := closing.loan_of(item, step, user)) else "",
    }  # fmt: skip
    shown = [v for v in FORMS if v not in ("reassign", "answer")] + ["reassign"] * context[
        "may_reassign"
    ]
    context["forms"] = {v: form_of(request, item, v, bound=False) for v in shown}
    links = list(item.homes.select_related("household", "asked_by"))
    near = set(
        households_visible_to(user)
        .filter(pk__in=[link.household_id for link in links])
        .values_list("pk", flat=True)
    )
    context["homes"] = [
        (link, answer_form(request, link, wrong if verb == "answer" else None),
         closing.may_answer(item, link.household, user), link.household_id in near)
        for link in links
    ]  # fmt: skip
    if wrong is not None:
        context["forms"][verb] = wrong
        context["refused"] = refused or "；".join(
            dict.fromkeys(str(e) for errors in wrong.errors.values() for e in errors)
        )
        context["kept"] = [] if on_page(context, verb) else written(wrong)
    return render(
        request, "rectification/detail.html", context, status=422 if wrong is not None else 200
    )


def came_from(user: Cadre, item: Item) -> list[tuple[BatchRow, bool]]:
    """The rows of files that became this item, and whether the reader may open their batch."""
    rows = list(BatchRow.objects.filter(item=item).select_related("batch").order_by("pk"))
    opens = (
        set(batches_visible_to(user).filter(rows__in=rows).values_list("pk", flat=True))
        if rows
        else set()
    )
    return [(row, row.batch_id in opens) for row in rows]


def source_visit(user: Cadre, item: Item) -> Visit | None:
    if item.source_kind != "visit":
        return None
    return visits_visible_to(user).filter(problems=item.source_id).first()


def answer_form(request: PageRequest, link: ItemHousehold, wrong: Form | None) -> Form:
    if wrong is not None and request.POST.get("household") == str(link.household.uid):
        return wrong
    return forms.AnswerForm(auto_id=f"id_answer{link.pk}_%s")


def on_page(context: dict[str, Any], verb: str) -> bool:
    """Whether the form of this verb stands on the page as it is now."""
    if verb == "answer":
        return any(may for _, _, may, _ in context["homes"])
    if verb in ("reassign", "solve"):
        return bool(context[f"may_{verb}"])
    status = Status(context["item"].status)
    begun = {"evidence": Status.RECTIFYING, "report": Status.RECTIFYING}
    fits = status == begun[verb] if verb in begun else status in MOVE[verb].start
    return bool(context["mine"]) and fits


def written(form: Form) -> list[tuple[str, str]]:
    """What he typed, field by field."""
    return [
        (str(field.label), str(form.data.get(name, "")))
        for name, field in form.fields.items()
        if isinstance(field, CharField) and form.data.get(name)
    ]


@require_POST
def act(request: PageRequest, uid: UUID, verb: str) -> HttpResponse:
    """One verb of one item. The form of the verb says its shape, the action decides."""
    if verb not in FORMS:
        raise Http404
    item = found(request, uid)
    by, at = request.user, clock.now()
    form = form_of(request, item, verb, bound=True)
    if not form.is_valid():
        return item_page(request, item, wrong=form, verb=verb)
    data = form.cleaned_data
    try:
        said = do(item, verb, data, request.POST, by=by, at=at)
    except Refusal as refusal:
        if not form.fields:
            raise
        if refusal.field in form.fields:
            form.add_error(refusal.field, refusal.message)
        # As it is now: somebody else may have moved it.
        return item_page(
            request, found(request, uid), wrong=form, verb=verb, refused=refusal.message
        )
    messages.success(request, said)
    return redirect("item", item.uid)


# The form of each verb; a verb without one is a plain button.
FORMS: dict[str, type[Form]] = {
    "pass": forms.OpinionForm, "return": forms.OpinionForm, "dismiss": forms.OpinionForm,
    "decline": forms.OpinionForm, "held": forms.OpinionForm, "rebound": forms.OpinionForm,
    "plan": forms.PlanForm, "report": forms.TextForm, "evidence": forms.EvidenceForm,
    "merge": forms.MergeForm, "reassign": forms.ReassignForm, "answer": forms.AnswerForm,
    "solve": forms.SolveForm, "confirm": Form, "issue": Form, "sign": Form, "apply": Form,
}  # fmt: skip


def form_of(request: PageRequest, item: Item, verb: str, *, bound: bool) -> Form:
    """Ids carry the verb, since several of these forms stand on one page."""
    given: dict[str, Any] = {"auto_id": f"id_{verb}_%s"}
    if verb == "merge":
        given["by"] = request.user
    if verb == "reassign":
        given["item"] = item
    if bound:
        given |= {"data": request.POST, "files": request.FILES}
    return FORMS[verb](**given)


def a_uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise Http404 from None


def do(item: Item, verb: str, data: dict[str, Any], post: Any, *, by: Any, at: Any) -> str:
    pk = item.pk
    if verb in ("pass", "return"):
        closing.check(
            item_id=pk,
            step=post.get("step", ""),
            passed=verb == "pass",
            opinion=data["opinion"],
            by=by,
            at=at,
        )
        return "已通过。" if verb == "pass" else "已退回整改，期限已顺延检查占用的天数。"
    if verb in ("held", "rebound"):
        closing.look_back(item_id=pk, held=verb == "held", finding=data["opinion"], by=by, at=at)
        return "回头看已登记。" if verb == "held" else "已按反弹重新挂号，等待交办。"
    if verb == "confirm":
        moving.confirm(item_ids=[pk], by=by, at=at)
        return "审核成立，等待交办。"
    if verb == "issue":
        return f"已交办，{moving.issue(item_ids=[pk], by=by, at=at).number}。"
    if verb == "sign":
        moving.sign(item_ids=[pk], by=by, at=at)
        return "已签收，请制定措施。"
    if verb == "dismiss":
        moving.dismiss(item_id=pk, reason=data["opinion"], by=by, at=at)
        return "已登记为不成立。"
    if verb == "decline":
        moving.decline(item_id=pk, reason=data["opinion"], by=by, at=at)
        return "已退签，等待改派。"
    if verb == "merge":
        moving.merge(item_id=pk, into=data["into"], by=by, at=at)
        return f"已并入 {data['into'].number}。"
    if verb == "reassign":
        moving.reassign(item_id=pk, unit=data["person"].unit, by=by, at=at, **data)
        return "已改派。"
    if verb == "plan":
        moving.plan(item_id=pk, by=by, at=at, **data)
        return "措施已保存，开始整改。"
    if verb == "report":
        moving.report(item_id=pk, text=data["text"], by=by, at=at)
        return "进展已记下。"
    if verb == "evidence":
        closing.add_evidence(
            item_id=pk,
            content=data["file"].read(),
            name=data["file"].name,
            what=data["what"],
            by=by,
            at=at,
        )
        return "佐证材料已上传。"
    if verb == "solve":
        done, file = data["done"], data["file"]
        solution = onspot.Solution(done=done, content=file.read(), name=file.name)
        onspot.solve(item_id=pk, solution=solution, by=by, at=at)
        return "已登记现场解决，等另一人确认后销号。"
    if verb == "answer":
        link = get_object_or_404(
            item.homes.select_related("household"), household__uid=a_uuid(post.get("household", ""))
        )
        closing.answer_household(
            item_id=pk,
            household=link.household,
            solved=data["solved"] == "1",
            said=data["said"],
            by=by,
            at=at,
        )
        return "农户答复已登记。"
    closing.apply(item_id=pk, by=by, at=at)
    return "已申请销号，整改期限停表。"


@require_POST
def many(request: PageRequest, verb: str) -> HttpResponse:
    """审核, 交办 and 签收 for many at once; checks never."""
    by, at = request.user, clock.now()
    numbers = [n for n in request.POST.getlist("item") if "\0" not in n]
    chosen = list(items_visible_to(by).filter(number__in=numbers))
    ids = [item.pk for item in chosen if bulk_verb(item, by) == verb]
    try:
        if not chosen:
            raise Refusal("nothing_chosen", "请至少勾选一件。")
        if not ids:
            raise Refusal("nothing_fits", f"勾选的 {len(chosen)} 件现在都不能{MOVE[verb].label}。")
        if verb == "confirm":
            messages.success(request, f"{moving.confirm(item_ids=ids, by=by, at=at)} 件审核成立。")
        elif verb == "sign":
            messages.success(request, f"{moving.sign(item_ids=ids, by=by, at=at)} 件已签收。")
        else:
            form = forms.IssueForm(request.POST)
            dispatch = moving.issue(
                item_ids=ids, by=by, at=at, **(form.cleaned_data if form.is_valid() else {})
            )
            messages.success(request, f"{len(ids)} 件已交办，{dispatch.number}。")
        if len(chosen) > len(ids):
            left = len(chosen) - len(ids)
            messages.warning(request, f"另外 {left} 件现在不能{MOVE[verb].label}，没有改动。")
    except Refusal as refusal:
        messages.error(request, f"{refusal.message}没有任何一件被改动。")
    return redirect(f"{request.path.rsplit('/', 3)[0]}/?{request.POST.get('back', '')}")


@require_GET
def evidence_file(request: PageRequest, uid: UUID, pk: int) -> FileResponse:
    """Opening a piece is remembered: a check passes only when every piece was opened. The small
    picture on the item's page is not an opening."""
    item = found(request, uid)
    evidence = get_object_or_404(Evidence.objects.select_related("file"), pk=pk, item=item)
    if request.GET.get("small") == "1" and evidence.is_picture:
        return send(evidence.file, inline=True)
    closing.open_evidence(evidence=evidence, by=request.user, at=clock.now())
    return send(evidence.file, inline=True)
