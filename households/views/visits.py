from typing import Any
from uuid import UUID

import uuid6
from django.contrib import messages
from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.export import export
from cadres.files import send, store
from cadres.models import Cadre
from cadres.request import PageRequest
from cadres.scope import scope_of
from households.actions import visits, words
from households.forms import CorrectionForm, VisitForm, WordForm
from households.models import Visit, VisitWord
from households.querysets import (
    households_visible_to,
    label_of,
    my_households,
    visits_visible_to,
    with_last_visit,
)
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import NotYours, Refusal
from yuexi.core.refused import add_to_form


def phone_home(request: PageRequest) -> HttpResponse:
    households = with_last_visit(
        my_households(request.user).select_related("area").filter(closed="")
    )
    mine: list[Any] = list(households.order_by("area_id", "pinyin"))
    mine.sort(key=lambda h: (h.last_visit is not None, h.last_visit))
    month = [
        h
        for h in mine
        if h.last_visit and clock.day(h.last_visit).replace(day=1) == clock.today().replace(day=1)
    ]
    return render(request, "phone/home.html", {"households": mine, "visited": len(month)})


def log(request: PageRequest, uid: UUID) -> HttpResponse:
    household = get_object_or_404(with_last_visit(households_visible_to(request.user)), uid=uid)
    if not visits.may_visit(request.user, household):
        raise NotYours("not_helper", visits.NOT_HELPER)
    now = clock.now().astimezone(clock.SHANGHAI)
    blank = {
        "uid": uuid6.uuid7(),
        "day": now.date(),
        "clock": now.time(),
        "met": household.head_name,
    }
    form = VisitForm(request.POST or None, request.FILES or None, initial=blank)
    if form.is_valid():
        try:
            entry = form.entry()
            photo = form.cleaned_data["photo"]
            if photo:
                kept = store(photo.read(), name="photo", by=request.user, at=clock.now())
                entry = visits.VisitEntry(**{**entry.__dict__, "photo": kept})
            visit = visits.log_visit(
                household=household,
                entry=entry,
                by=request.user,
                at=clock.now(),
                uid=form.cleaned_data["uid"],
            )
            messages.success(request, f"已保存：{household}，{visit.get_mode_display()}。")
            return redirect("phone-home")
        except Refusal as refusal:
            add_to_form(form, refusal)
    return render(request, "phone/visit.html", {"form": form, "household": household},
                  status=422 if form.errors else 200)  # fmt: skip


MODES = {"": "全部", **dict(Visit.Mode.choices), "late": "补录"}


def visit_list(request: PageRequest) -> HttpResponse:
    mode = request.GET.get("mode", "")
    found = visits_visible_to(request.user)
    if mode in Visit.Mode.values:
        found = found.filter(mode=mode)
    elif mode == "late":
        found = found.exclude(late_reason="")
    if request.GET.get("format") == "xlsx":
        lines = [
            (
                str(clock.day(v.occurred_at)),
                v.area.name,
                v.household.head_name,
                v.visitor.name,
                v.get_mode_display(),
                v.met,
                v.done,
                "是" if v.late else "",
            )
            for v in found.order_by("-occurred_at", "-pk")[:5001]
        ]
        heads = ["日期", "村", "户主", "走访人", "方式", "见到谁", "办了什么", "补录"]
        return export("走访", heads, lines, by=request.user, at=clock.now())
    page = keyset(found.prefetch_related("problems", "corrections"), ("-occurred_at", "-pk"),
                  after=request.GET.get("after"), before=request.GET.get("before"), size=20)  # fmt: skip
    return render(request, "households/visits.html", {"page": page, "modes": MODES, "mode": mode})


def visit_detail(request: PageRequest, uid: UUID) -> HttpResponse:
    visit = get_object_or_404(visits_visible_to(request.user), uid=uid)
    scope = scope_of(request.user)
    may_correct = scope.has("household.edit", visit.area_id) or (
        visit.visitor_id == request.user.pk and visits.may_visit(request.user, visit.household)
    )
    form = CorrectionForm(request.POST or None, initial=visits.effective(visit))
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
    photos = list(visit.photos.order_by("pk"))
    context = {
        "photos": photos, "photos_waiting": max(0, len(visit.photo_hashes) - len(photos)),
        "facts": [(label_of(f.field), f) for f in visit.facts.order_by("pk")],
        "visit": visit, "now": visits.effective(visit), "problems": visit.problems.all(),
        "corrections": visit.corrections.select_related("by").order_by("pk"),
        "purposes": [Visit.Purpose(p).label for p in visit.purposes if p in Visit.Purpose.values],
        "changes": [Visit.Change(c).label for c in visit.changes if c in Visit.Change.values],
        "word": word_shown(visit, request.user),
        "form": form if may_correct else None,
    }  # fmt: skip
    return render(request, "households/visit.html", context, status=422 if form.errors else 200)


@require_POST
def word(request: PageRequest, uid: UUID) -> HttpResponse:
    """What the householder says about a visit, written down by the village."""
    visit = get_object_or_404(visits_visible_to(request.user), uid=uid)
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
