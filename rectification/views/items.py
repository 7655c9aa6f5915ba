"""One item: its page, its verbs, its evidence."""

from __future__ import annotations

from datetime import date
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
from households.models import Visit
from households.querysets import households_visible_to, visits_visible_to
from rectification import forms
from rectification.actions import (
    closing,
    extending,
    milestones,
    red_lines,
    replanning,
)
from rectification.actions.screening import left_open, may_screen
from rectification.models import BatchRow, Evidence, Item, ItemHousehold
from rectification.querysets import (
    batches_visible_to,
    items_visible_to,
    may_ask_extension,
    may_hand_over,
    may_read,
    may_solve,
    moves_for,
    to_extend,
    to_replan,
    to_review,
)
from rectification.timeline import chain, history, relapse_road, with_due
from rectification.views.papers import panel
from rectification.views.verbs import VERBS, Press, form_of
from rectification.workflow import CHECKS, MOVE, Status, dismisses, step_of
from yuexi.core import clock, crypto
from yuexi.core.refusals import Refusal
from yuexi.core.refused import said_errors
from yuexi.core.registries import item_panels


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
    refusal: Refusal | None = None,
) -> HttpResponse:
    """A refusal stands at the top, whoever reads it; what he wrote stays in sight, in its form
    or, where the item has moved on and the form is gone, as text to copy."""
    user, today = request.user, clock.today()
    if not may_read(item, user):
        status = 422 if wrong is not None else 200
        context: dict[str, Any] = {"item": item, "refused": refusal.message if refusal else ""}
        return render(request, "rectification/veiled.html", context, status=status)
    with_due([item], today)
    mine = moves_for(user, today).filter(pk=item.pk).exists()
    step = step_of(item.route, item.status) if item.status in CHECKS else None
    offers = offered(item, user, today, mine=mine)
    extensions = extending.asked(item)
    context = {
        "item": item, "chain": chain(item, mine=mine), "history": history(item), "mine": mine, "step": step,
        "road": relapse_road(item) or item.get_route_display(),
        "came": came_from(user, item), "visit": source_visit(user, item), "paperwork": panel(request, item), "offers": offers, "wrong_verb": verb,
        "may_hand_over": may_hand_over(item, user), "panels": item_panels.for_(user, item),
        "extensions": [(e, extending.said_extension(e)) for e in extensions],
        "stages": milestones.standing(item).order_by("no"), "stage": milestones.current(item),
        "plan_changes": replanning.changes(item) if item.lasts else [], "plan_waits": replanning.waiting(item) if item.lasts else None,
        "reviews": item.reviews.select_related("by").order_by("-pk"),
        "screening": left_open(item) if item.screenings.exists() or item.children.exists() else None,
        "may_screen": may_screen(item, user), **reports(item, user),
        "loan_from": closing.giver_name(loan) if mine and step and (loan := closing.loan_of(item, step, user)) else "",
        "forms": {v: form_of(request, item, v, bound=False) for v in offers if v != "answer"},
        **pieces(item, user), **homes(request, item, wrong if verb == "answer" else None),
    }  # fmt: skip
    if wrong is not None:
        context["forms"][verb] = wrong
        context["refused"] = refusal.message if refusal else said_errors(wrong)
        context["way"] = refusal.way if refusal else None
        asked = verb == "answer" and any(may for _, _, may, _ in context["homes"])
        context["kept"] = [] if verb in offers or asked else written(wrong)
    return render(
        request, "rectification/detail.html", context, status=422 if wrong is not None else 200
    )


# What stands under 等您办, by where the item is.
BY_STATUS: dict[str, tuple[str, ...]] = {
    Status.REGISTERED: ("confirm", "dismiss", "merge"), Status.CONFIRMED: ("issue",), Status.DECLINED: ("issue",),
    Status.ISSUED: ("sign", "decline"), Status.SIGNED: ("plan",), Status.RECTIFYING: ("evidence", "report", "apply"),
    **{status: ("pass", "return") for status in CHECKS}, Status.CLOSED: ("held", "rebound"),
    Status.REDLINE: ("red_return", "red_end"),
}  # fmt: skip


def offered(item: Item, user: Cadre, today: date, *, mine: bool) -> set[str]:
    """The verbs whose forms stand on the page of this reader now; the action asks each again."""
    offers = set(BY_STATUS.get(item.status, ())) if mine else set()
    scope = scope_of(user)
    if (
        item.status == Status.REGISTERED
    ):  # what a film showed is reviewed by one and dismissed by another
        offers -= set() if scope.has("item.review", item.area_id) else {"confirm", "merge"}
        offers -= set() if scope.has(dismisses(item.source), item.area_id) else {"dismiss"}
    assigns = scope.has("item.assign", item.area_id)
    if assigns and item.status in (Status.CONFIRMED, Status.DECLINED, Status.ISSUED):
        offers.add("reassign")
    if may_solve(item, user):
        offers.add("solve")
    if closing.may_report_relapse(item, user):
        offers.add("rebound")
    if item.person_id == user.pk and may_ask_extension(item, today):
        offers.add("extend")
    if to_extend(user).filter(pk=item.pk).exists():
        offers |= {"extended", "not_extended"}
    if item.person_id == user.pk and item.lasts and replanning.may_replan(item, today):
        offers.add("replan")
    if item.lasts and to_replan(user).filter(pk=item.pk).exists():
        offers |= {"replanned", "not_replanned"}
    if item.status in MOVE["red_line"].start:
        offers.add("red_line")
    if to_review(user, today).filter(pk=item.pk).exists():
        offers.add("review")
    return offers


def reports(item: Item, user: Cadre) -> dict[str, Any]:
    """What was reported, for 纪委监委; who it was takes another click, and that is kept."""
    if not scope_of(user).has("discipline.handle", item.area_id):
        return {}
    found = item.red_reports.order_by("pk").prefetch_related("openings__by")
    return {
        "red_reports": [(r, crypto.decrypt(r.said)) for r in found],
        "red_decisions": item.red_decisions.select_related("by").order_by("pk"),
    }


def pieces(item: Item, user: Cadre) -> dict[str, Any]:
    """Evidence of this round, and of the earlier ones by round, with what this reader opened."""
    seen = set(item.evidence.filter(views__by=user).values_list("pk", flat=True))
    rounds: dict[int, list[tuple[Evidence, bool]]] = {}
    for e in item.evidence.select_related("file", "by", "item").order_by("-round", "pk"):
        rounds.setdefault(e.round, []).append((e, e.pk in seen))
    return {"evidence": rounds.pop(item.round, []), "earlier": rounds}


def homes(request: PageRequest, item: Item, wrong: Form | None) -> dict[str, Any]:
    user = request.user
    links = list(item.homes.select_related("household", "asked_by"))
    near = set(
        households_visible_to(user)
        .filter(pk__in=[link.household_id for link in links])
        .values_list("pk", flat=True)
    )
    return {"homes": [
        (link, answer_form(request, link, wrong), closing.may_answer(item, link.household, user),
         link.household_id in near)
        for link in links
    ]}  # fmt: skip


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
    if verb not in VERBS:
        raise Http404
    item = found(request, uid)
    form = form_of(request, item, verb, bound=True)
    if not form.is_valid():
        return item_page(request, item, wrong=form, verb=verb)
    press = Press(item, form.cleaned_data, request.POST, request.user, clock.now())
    try:
        said = VERBS[verb].run(press)
    except Refusal as refusal:
        if not form.fields:
            raise
        if refusal.field in form.fields:
            form.add_error(refusal.field, refusal.message)
        # As it is now: somebody else may have moved it.
        return item_page(request, found(request, uid), wrong=form, verb=verb, refusal=refusal)
    messages.success(request, said)
    return redirect("item", item.uid)


@require_GET
def evidence_file(request: PageRequest, uid: UUID, pk: int) -> FileResponse:
    """Opening a piece is remembered: a check passes only when every piece was opened. The small
    picture on the item's page is not an opening."""
    item = found(request, uid)
    if not may_read(item, request.user):
        raise Http404
    evidence = get_object_or_404(Evidence.objects.select_related("file"), pk=pk, item=item)
    if request.GET.get("small") == "1" and evidence.is_picture:
        return send(evidence.file, inline=True)
    closing.open_evidence(evidence=evidence, by=request.user, at=clock.now())
    return send(evidence.file, inline=True)


@require_POST
def reporter(request: PageRequest, uid: UUID, pk: int) -> HttpResponse:
    """Who reported a red line, shown once to who handles it."""
    item = found(request, uid)
    require(request.user, "discipline.handle", item.area_id)
    report = get_object_or_404(item.red_reports.select_related("item"), pk=pk)
    name = red_lines.open_reporter(report=report, by=request.user, at=clock.now())
    answer = render(
        request, "rectification/reporter.html", {"item": item, "report": report, "name": name}
    )
    answer["Cache-Control"] = "private, no-store"
    return answer
