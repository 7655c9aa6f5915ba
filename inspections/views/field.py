"""One door: the form of the team while the inspection is sealed, the answers once it is issued."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import uuid6
from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cadres.request import PageRequest
from households.models import Household, Member
from inspections import sealed
from inspections.actions import field
from inspections.forms import DoorForm
from inspections.models import Plan, Sampled, Standard
from inspections.querysets import doors_of, plans_of, readable_findings, released_to
from inspections.standards import questions_of
from inspections.views.plans import private
from yuexi.core import clock
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form


def door(request: PageRequest, uid: UUID, household: UUID) -> HttpResponse:
    plan = plans_of(request.user).filter(uid=uid).first()
    if plan is not None:
        return sealed_door(request, plan, household)
    plan = get_object_or_404(released_to(request.user), uid=uid)
    return issued_door(request, plan, household)


def sealed_door(request: PageRequest, plan: Plan, uid: UUID) -> HttpResponse:
    state, now = sealed.read(plan), clock.now()
    looked = any(look.by == request.user.pk for look in state.looks)
    if str(uid) not in {h for chosen in state.sample().values() for h in chosen}:
        raise Http404
    if now < state.start and not looked:
        return redirect("inspection", plan.uid)
    home = get_object_or_404(Household.objects.select_related("area__parent"), uid=uid)
    context: dict[str, Any] = {"plan": plan, "state": state, "home": home, "begun": now >= state.start}  # fmt: skip
    mark = state.marks.get(str(uid))
    if mark is not None and request.method != "POST":
        members = dict(home.members.values_list("pk", "name"))
        standard = Standard.objects.get(pk=mark.standard) if mark.standard else None
        found = [(f, state.files_of(f)) for f in state.found if f.household == str(uid)]
        context |= {"mark": mark, "outcome": Sampled.Outcome(mark.outcome).label, "found": found,
                    "lines": lines(standard, mark.answers, members)}  # fmt: skip
        return private(render(request, "inspections/door_kept.html", context))
    asked = field.asked_at(home, clock.day(now))
    form = DoorForm(
        request.POST or None, request.FILES or None, asked=asked, initial={"uid": uuid6.uuid7()},
        members=list(home.members.filter(left_on=None).order_by("pk")),
    )  # fmt: skip
    if form.is_valid():
        try:
            given, photos = form.record(home, now, request.FILES)
            came = field.record(plan=plan, given=given, by=request.user, at=now, photos=photos)
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            tell(request, came, home)
            return redirect("inspection", plan.uid)
    status = 422 if form.errors else 200
    return private(render(request, "inspections/door.html", {**context, "form": form}, status=status))  # fmt: skip


def tell(request: PageRequest, came: str, home: Household) -> None:
    if came == field.HELD:
        messages.warning(request, f"{home}已先有一份记录，以先到的为准；您的这份另存在下面，发现的问题已收下。")  # fmt: skip
    else:
        messages.success(request, f"已记下：{home}。")


@dataclass(frozen=True)
class Line:
    """A question and what was answered, to each who was asked."""

    code: str
    text: str
    answers: list[tuple[str, str, bool]]


def lines(
    standard: Standard | None, answers: Iterable[sealed.Said], members: dict[int, str]
) -> list[Line]:  # fmt: skip
    if standard is None:
        return []
    given: dict[str, list[tuple[int | None, str]]] = {}
    for code, member, said in answers:
        given.setdefault(code, []).append((member, said))
    found = []
    for question in questions_of(standard):
        labels = {c.code: c for c in question.answers}
        told = [
            (members.get(m, "") if m else "", labels[said].label, labels[said].gap)
            for m, said in given.get(question.code, [])
        ]
        if told:
            found.append(Line(question.code, question.text, told))
    return found


def issued_door(request: PageRequest, plan: Plan, uid: UUID) -> HttpResponse:
    row = get_object_or_404(doors_of(request.user, plan), household__uid=uid)
    given = list(row.answers.select_related("standard", "member").order_by("pk"))
    members: dict[int, str] = {a.member.pk: a.member.name for a in given if isinstance(a.member, Member)}  # fmt: skip
    standard = given[0].standard if given else None
    found = [f for f in readable_findings(request.user, plan) if f.household_id == row.household_id]
    context = {
        "plan": plan, "row": row, "home": row.household, "standard": standard, "found": found,
        "lines": lines(standard, [(a.code, a.member_id, a.said) for a in given], members),
    }  # fmt: skip
    return private(render(request, "inspections/door_issued.html", context))
