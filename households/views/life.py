"""变更登记 of one household, and 新增户."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cadres.request import PageRequest
from cadres.scope import require
from households import forms
from households.actions import life
from households.actions.numbers import has_own_number, take_national_numbers
from households.models import Household
from households.querysets import households_visible_to
from yuexi.core import clock
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

TITLES = {"edit": "更新基本情况", "watch": "识别为监测对象", "eliminate": "风险消除",
          "number": "登记国家系统编号", "move": "迁移到另一个村", "split": "分户", "close": "销户", "reopen": "撤销销户"}  # fmt: skip


def fitting(home: Household) -> list[str]:
    """The changes that this household can have now: no button that would be refused."""
    if home.closed:
        return ["reopen"]
    watched = home.monitorings.filter(eliminated_on=None).exists()
    others = home.members.filter(left_on=None).exclude(relation="户主").exists()
    return [
        "edit",
        "eliminate" if watched else "watch",
        *(["number"] if has_own_number(home) else []),
        "move",
        *(["split"] if others else []),
        "close",
    ]


def form_of(what: str, home: Household, request: PageRequest, *, bound: bool) -> Form:
    data = request.POST if bound else None
    given: dict[str, Any] = {"auto_id": f"id_{what}_%s"}
    if what == "edit":
        return forms.HouseholdForm(data, initial=forms.known(home), **given)
    if what == "move":
        return forms.MoveForm(data, by=request.user, **given)
    if what == "number":
        return forms.NumberForm(data, household=home, **given)
    if what == "split":
        return forms.SplitForm(data, household=home, **given)
    kinds = {
        "watch": forms.WatchForm,
        "eliminate": forms.DayForm,
        "close": forms.CloseForm,
        "reopen": Form,
    }
    return kinds[what](data, **given)


def do(what: str, home: Household, data: dict[str, Any], request: PageRequest) -> None:
    given: dict[str, Any] = {"household_id": home.pk, "by": request.user, "at": clock.now()}
    if what == "edit":
        life.edit_household(values=data, **given)
    elif what == "number":
        people = {int(k[7:]): v for k, v in data.items() if k.startswith("person_")}
        take_national_numbers(number=data["number"], people=people, **given)
    elif what == "split":
        members = [int(n) for n in data["members"]]
        life.split_household(member_ids=members, head_id=int(data["head"]), **given)
    else:
        actions: dict[str, Any] = {
            "move": life.move_household, "watch": life.watch, "eliminate": life.eliminate,
            "close": life.close_household, "reopen": life.reopen_household,
        }  # fmt: skip
        actions[what](**data, **given)


def changes(request: PageRequest, uid: UUID) -> HttpResponse:
    home = get_object_or_404(households_visible_to(request.user), uid=uid)
    require(request.user, "household.edit", home.area_id)
    what, wrong = request.POST.get("what", ""), None
    if request.method == "POST":
        if what not in TITLES:
            raise Http404
        form = form_of(what, home, request, bound=True)
        if form.is_valid():
            try:
                do(what, home, form.cleaned_data, request)
            except Refusal as refusal:
                add_to_form(form, refusal)
            else:
                messages.success(request, f"{TITLES[what]}：已保存。")
                return redirect("household", uid)
        wrong = form
    names = fitting(home)
    if wrong and what not in names:  # the household moved on while the form was open
        names = [what, *names]
    shown = [
        (w, TITLES[w], wrong if w == what and wrong else form_of(w, home, request, bound=False))
        for w in names
    ]
    return render(request, "households/changes.html", {"household": home, "shown": shown, "open": what},
                  status=422 if wrong else 200)  # fmt: skip


def household_new(request: PageRequest) -> HttpResponse:
    require(request.user, "household.edit")
    form = forms.NewHouseholdForm(request.POST or None, by=request.user)
    if form.is_valid():
        try:
            home = life.add_household(**form.cleaned_data, by=request.user, at=clock.now())
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, f"已新增{home}，请补上其他成员和帮扶人。")
            return redirect("household", home.uid)
    return render(
        request, "households/new.html", {"form": form}, status=422 if form.errors else 200
    )
