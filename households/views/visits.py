from datetime import date
from uuid import UUID

from django.contrib import messages
from django.db.models import Exists, OuterRef
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.export import export
from cadres.files import send
from cadres.models import Cadre
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from households.actions import visits, words
from households.actions.receiving import Answer, receive
from households.forms import CorrectionForm, HandOverForm, WordForm
from households.models import Visit, VisitCorrection, VisitWord
from households.querysets import (
    count_visits,
    held_of,
    label_of,
    visits_since,
    visits_visible_to,
)
from households.sync import records
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form
from yuexi.core.registries import visit_panels

HELD_SHOWN = 5
MODES = {"": "全部", **dict(Visit.Mode.choices), "late": "补录", "void": "作废"}


def visit_list(request: PageRequest) -> HttpResponse:
    mode, scope = request.GET.get("mode", ""), scope_of(request.user)
    since = _since(request)
    found = visits_since(request.user, since) if since and mode != "void" else visits_visible_to(request.user)  # fmt: skip
    if mode in Visit.Mode.values:
        found = found.filter(mode=mode)
    elif mode == "late":
        found = found.exclude(late_reason="")
    elif mode == "void":
        found = found.filter(
            Exists(VisitCorrection.objects.filter(visit=OuterRef("pk"), void=True))
        )
    if request.GET.get("format") == "xlsx":
        lines = [
            (
                str(clock.day(v.occurred_at)),
                v.area.name,
                v.household.head_name,
                v.visitor.name,
                v.how,
                now.met,
                now.done,
                now.promise,
                "是" if v.late else "",
                now.mark,
            )
            for v in found.prefetch_related("corrections").order_by("-occurred_at", "-pk")[:5001]
            for now in [v.as_corrected]
        ]
        heads = [
            "日期",
            "村",
            "户主",
            "走访人",
            "方式",
            "见到谁",
            "办了什么",
            "答应的事",
            "补录",
            "更正或作废",
        ]
        return export("走访", heads, lines, by=request.user, at=clock.now())
    page = keyset(found.prefetch_related("problems", "corrections"), ("-occurred_at", "-pk"),
                  after=request.GET.get("after"), before=request.GET.get("before"), size=20)  # fmt: skip
    context = {
        "page": page, "modes": MODES, "mode": mode,
        "held": held_of(request.user, clock.today())[:HELD_SHOWN],
        "since": since,
        "count": count_visits(request.user, since, mode) if since and mode in ("", *Visit.Mode.values) else None,
        "may_decide": scope.has("visit.create") or scope.has("household.edit"),
    }  # fmt: skip
    return render(request, "households/visits.html", context)


def _since(request: PageRequest) -> date | None:
    """From that day on, without what was declared void. No day: all."""
    try:
        day = date.fromisoformat(request.GET.get("since", ""))
    except ValueError:
        return None
    return day if day.year in records.YEARS else None


def visit_detail(request: PageRequest, uid: UUID) -> HttpResponse:
    visit = get_object_or_404(visits_visible_to(request.user), uid=uid)
    scope = scope_of(request.user)
    may_correct = scope.has("household.edit", visit.area_id) or (
        visit.visitor_id == request.user.pk and visits.may_visit(request.user, visit.household)
    )
    now = visit.as_corrected
    form = CorrectionForm(request.POST or None, initial=now.texts())
    if request.method == "POST" and form.is_valid():
        data = dict(form.cleaned_data)
        reason, void = data.pop("reason"), data.pop("void")
        try:
            visits.correct(
                visit=visit, values=data, reason=reason, void=void, by=request.user, at=clock.now()
            )
            messages.success(request, "更正已保存，原来的内容仍可查看。")
            return redirect("visit", uid)
        except Refusal as refusal:
            add_to_form(form, refusal)
    photos = list(visit.photos.select_related("file").order_by("pk"))
    context = {
        "photos": photos, "photos_waiting": max(0, len(visit.photo_hashes) - len(photos)),
        "facts": [(label_of(f.field), f) for f in visit.facts.order_by("pk")],
        "visit": visit, "now": now, "problems": visit.problems.all(),
        "corrections": visit.corrections.select_related("by").order_by("pk"),
        "purposes": [Visit.Purpose(p).label for p in visit.purposes if p in Visit.Purpose.values],
        "changes": [Visit.Change(c).label for c in visit.changes if c in Visit.Change.values],
        "word": word_shown(visit, request.user),
        "form": form if may_correct else None,
        "panels": visit_panels.for_(request.user, visit),
    }  # fmt: skip
    return render(request, "households/visit.html", context, status=422 if form.errors else 200)


@require_POST
def word(request: PageRequest, uid: UUID) -> HttpResponse:
    """What the householder says about a visit, written down by the village."""
    visit = get_object_or_404(visits_visible_to(request.user), uid=uid)
    require(request.user, "visit.create", visit.area_id)
    form = WordForm(request.POST)
    if not form.is_valid():
        messages.error(request, "请选“来过”或“没来过”；想说的话可以不填。")
    else:
        words.say(visit=visit, **form.cleaned_data, by=request.user, at=clock.now())
        messages.success(request, "农户的话已记下。")
    return redirect("household", visit.household.uid)


def word_shown(visit: Visit, user: Cadre) -> VisitWord | None:
    """Only where leads are seen, and never to the visitor: else what is not shown would tell."""
    if visit.visitor_id == user.pk or not scope_of(user).has("lead.view", visit.area_id):
        return None
    return VisitWord.objects.filter(visit=visit).first()


def visit_photo(request: PageRequest, uid: UUID, pk: int) -> FileResponse:
    visit = get_object_or_404(visits_visible_to(request.user), uid=uid)
    photo = get_object_or_404(visit.photos.select_related("file"), pk=pk)
    return send(photo.file, inline=True)


def hand_over(request: PageRequest) -> HttpResponse:
    """代收: the file that a phone exported when its owner could no longer log in."""
    require(request.user, "household.edit")
    form = HandOverForm(request.POST or None, request.FILES or None)
    answers: list[Answer] = []
    if form.is_valid():
        try:
            batch = records.open_batch(form.cleaned_data["file"].read(records.BODY_MAX + 1))
            at = clock.now()
            # The phone's clock is not to be had from a file: its times stand as they are.
            answers = receive(records_raw=batch.records, sent_at=None, by=request.user, at=at,
                              for_others="household.edit", visitor=batch.visitor)  # fmt: skip
        except Refusal as refusal:
            add_to_form(form, refusal)
    return render(request, "households/hand_over.html", {"form": form, "answers": answers},
                  status=422 if form.errors else 200)  # fmt: skip
