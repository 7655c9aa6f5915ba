from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.forms import Form
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from cadres.categories import CATEGORIES
from cadres.export import export
from cadres.files import send
from cadres.models import Area, CalendarDay
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from rectification import forms
from rectification.actions import closing, moving, onspot
from rectification.actions.registering import register
from rectification.models import Evidence, Item
from rectification.querysets import (
    due_soon,
    items_visible_to,
    may_hand_over,
    may_solve,
    overdue,
    waiting_for,
)
from rectification.timeline import chain, history, with_due
from rectification.workflow import CHECKS, OPEN, SOURCES, Status, step_of
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

VIEWS = {
    "open": "在办",
    "late": "逾期",
    "soon": "三天内到期",
    "mine": "等我处理",
    "closed": "已销号",
    "": "全部",
}
PAGE = 15


def narrowed(request: PageRequest, view: str) -> QuerySet[Item]:
    items, today = items_visible_to(request.user), clock.today()
    items = {
        "open": lambda: items.filter(status__in=OPEN),
        "late": lambda: overdue(items, today),
        "soon": lambda: due_soon(items, today),
        "mine": lambda: waiting_for(request.user, today),
        "closed": lambda: items.filter(status__in=[Status.CLOSED, Status.CONSOLIDATED]),
    }.get(view, lambda: items)()
    for key, column in (("source", "source"), ("category", "category"), ("village", "area_id")):
        if request.GET.get(key):
            items = items.filter(**{column: request.GET[key]})
    words = request.GET.get("q", "").strip()
    if words:
        items = (
            items.filter(number=words)
            if words[:2].isdigit()
            else items.filter(text__contains=words)
        )
    return items


SORTS = {
    "deadline": ("deadline", "pk"),
    "-deadline": ("-deadline", "-pk"),
    "number": ("number", "pk"),
    "-number": ("-number", "-pk"),
}


def item_list(request: PageRequest) -> HttpResponse:
    view = request.GET.get("view", "open")
    items = narrowed(request, view)
    if request.GET.get("format") == "xlsx":
        return item_export(request, items)
    order = request.GET.get("sort", "deadline")
    page = keyset(items, SORTS.get(order, SORTS["deadline"]), after=request.GET.get("after"),
                  before=request.GET.get("before"), size=PAGE)  # fmt: skip
    with_due(page.rows, clock.today())
    scope = scope_of(request.user)
    villages = Area.objects.filter(
        scope.within("item.view", "code"), level=Area.Level.VILLAGE
    ).select_related("parent")
    statuses = {row.status for row in page.rows}
    context = {
        "page": page, "view": view, "views": VIEWS, "q": request.GET.get("q", ""), "sort": order,
        "count": items.count(), "sources": SOURCES, "categories": CATEGORIES, "villages": villages.order_by("code"),
        "chosen": {k: request.GET.get(k, "") for k in ("source", "category", "village")},
        "may_confirm": scope.has("item.review") and Status.REGISTERED in statuses,
        "may_issue": scope.has("item.assign") and statuses & {Status.CONFIRMED, Status.DECLINED},
        "may_sign": any(i.person_id == request.user.pk and i.status == Status.ISSUED for i in page.rows),
    }  # fmt: skip
    return render(request, "rectification/list.html", context)


def item_export(request: PageRequest, items: QuerySet[Item]) -> HttpResponse:
    heads = ["编号", "问题来源", "批次或出处", "问题原文", "类别", "乡镇", "村", "等级", "牵头单位", "责任单位", "责任人",
             "整改措施", "交办日期", "整改期限", "进展", "申请日期", "销号日期", "反弹次数"]  # fmt: skip
    lines = [
        (i.number, i.get_source_display(), i.lineage, i.text, i.category,
         i.area.parent.name if i.area.level == Area.Level.VILLAGE and i.area.parent else i.area.name,
         i.area.name if i.area.level == Area.Level.VILLAGE else "", i.get_grade_display(), i.lead_unit.name,
         i.unit.name, i.person.name, i.measure, str(i.issued_on or ""), str(i.deadline), i.waiting_label,
         str(i.applied_on or ""), str(i.closed_on or ""), i.rebounds)
        for i in items.order_by("number")[:5001]
    ]  # fmt: skip
    return export("整改清单", heads, lines, by=request.user, at=clock.now())


def item_new(request: PageRequest) -> HttpResponse:
    require(request.user, "item.create")
    form = forms.RegisterForm(request.POST or None, by=request.user)
    if form.is_valid():
        try:
            item = register(finding=form.finding(), by=request.user, at=clock.now())
            messages.success(
                request, f"已登记 {item.number}，责任人 {item.person.name}，期限 {item.deadline}。"
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
    request: PageRequest, item: Item, *, wrong: Form | None = None, verb: str = ""
) -> HttpResponse:
    user, today = request.user, clock.today()
    with_due([item], today)
    scope = scope_of(user)
    mine = waiting_for(user, today).filter(pk=item.pk).exists()
    evidence = list(item.evidence.select_related("file", "by").order_by("-round", "pk"))
    seen = set(item.evidence.filter(views__by=user).values_list("pk", flat=True))
    step = step_of(item.route, item.status) if item.status in CHECKS else None
    expected = CalendarDay.objects.filter(date=item.deadline, announced=False).exists()
    context: dict[str, Any] = {
        "item": item, "chain": chain(item, mine=mine), "history": history(item), "mine": mine, "step": step,
        "evidence": [(e, e.pk in seen) for e in evidence if e.round == item.round or not item.is_open],
        "old_evidence": sum(e.round != item.round for e in evidence) if item.is_open else 0,
        "expected": expected,
        "may_ask": scope.has("item.create", item.area_id) and item.person_id != user.pk
        and item.status in (Status.RECTIFYING, *CHECKS),
        "may_reassign": scope.has("item.assign", item.area_id)
        and item.status in (Status.CONFIRMED, Status.DECLINED, Status.ISSUED),
        "may_hand_over": may_hand_over(item, user),
        "may_solve": may_solve(item, user), "wrong_verb": verb,
        "loan_from": closing.giver_name(loan) if mine and step and (loan := closing.loan_of(item, step, user)) else "",
    }  # fmt: skip
    shown = [v for v in FORMS if v not in ("reassign", "answer")] + ["reassign"] * context[
        "may_reassign"
    ]
    context["forms"] = {v: form_of(request, item, v, bound=False) for v in shown}
    context["homes"] = [
        (link, forms.AnswerForm(auto_id=f"id_answer{link.pk}_%s"))
        for link in item.homes.select_related("household", "asked_by")
    ]
    if wrong is not None:
        context["forms"][verb] = wrong
    return render(
        request, "rectification/detail.html", context, status=422 if wrong is not None else 200
    )


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
        add_to_form(form, refusal)
        return item_page(request, item, wrong=form, verb=verb)
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
    ids = list(
        items_visible_to(request.user)
        .filter(number__in=[n for n in request.POST.getlist("item") if "\0" not in n])
        .values_list("pk", flat=True)
    )
    by, at = request.user, clock.now()
    try:
        if not ids:
            raise Refusal("nothing_chosen", "请至少勾选一件。")
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
    except Refusal as refusal:
        messages.error(request, f"{refusal.message}没有任何一件被改动。")
    return redirect(f"{request.path.rsplit('/', 3)[0]}/?{request.POST.get('back', '')}")


@require_GET
def evidence_file(request: PageRequest, uid: UUID, pk: int) -> FileResponse:
    """Opening a piece is remembered: a check passes only when every piece was opened."""
    item = found(request, uid)
    evidence = get_object_or_404(Evidence.objects.select_related("file"), pk=pk, item=item)
    closing.open_evidence(evidence=evidence, by=request.user, at=clock.now())
    return send(evidence.file, inline=True)


def tallies(request: PageRequest) -> dict[str, int]:
    items, today = items_visible_to(request.user), clock.today()
    return {
        "open": items.filter(status__in=OPEN).count(),
        "late": overdue(items, today).count(),
        "soon": due_soon(items, today).count(),
        "closed": items.filter(status__in=[Status.CLOSED, Status.CONSOLIDATED]).count(),
    }
