"""登记问题, and 现场解决 in one save."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render

from cadres.request import PageRequest
from cadres.scope import require
from cadres.templatetags.county import cn_day
from rectification import forms
from rectification.actions import onspot
from rectification.actions.registering import register
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
