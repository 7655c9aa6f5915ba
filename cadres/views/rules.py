"""提醒规则: what is in force, what is proposed, and what it would say tomorrow."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cadres.actions.rules import decide_rules, propose_rules, sound, withdraw_rules
from cadres.calendar import nth_working_day
from cadres.forms import RulesDecideForm, RulesForm
from cadres.models import RuleSet
from cadres.querysets import cadres_visible_to
from cadres.reminders import Preview, preview
from cadres.request import PageRequest
from cadres.rules import Rules, differences, in_force, rules_of, settings, version_in_force, words
from cadres.scope import require, scope_of
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

PEOPLE_SHOWN = 100


def rules_page(request: PageRequest) -> HttpResponse:
    today = clock.today()
    version = version_in_force(today)
    rules = rules_of(version)
    groups = [
        (group, [(s.name, words(s, rules)) for s in found])
        for group, found in settings.groups().items()
    ]
    every = RuleSet.objects.select_related("proposed_by", "decided_by")
    page = keyset(
        every, ("-pk",), after=request.GET.get("after"), before=request.GET.get("before"), size=20
    )
    context = {
        "groups": groups, "version": version, "page": page, "today": today,
        "coming": every.filter(status="ACCEPTED", start__gt=today).order_by("start"),
        "waiting": every.filter(status="WAITS").first(),
    }  # fmt: skip
    return render(request, "rules/list.html", context)


def rules_new(request: PageRequest) -> HttpResponse:
    """Look at tomorrow first, as often as wanted; hand in after."""
    require(request.user, "rules.propose")
    now = in_force(clock.today())
    form = RulesForm(request.POST or None, now=now)
    seen: dict[str, Any] = {}
    if form.is_valid():
        rules = form.rules()
        try:
            if "look" in request.POST:
                sound(rules)
                seen = {"changes": differences(now, rules), **looked(request, now, rules)}
            else:
                made = propose_rules(
                    rules=rules, start=form.cleaned_data["start"], why=form.cleaned_data["why"],
                    by=request.user, at=clock.now(),
                )  # fmt: skip
                messages.success(request, "已提交，等县委书记或县长确认后，从生效日期起执行。")
                return redirect("rules-version", made.pk)
        except Refusal as refusal:
            add_to_form(form, refusal)
    status = 422 if form.errors else 200
    return render(request, "rules/new.html", {"form": form, **seen}, status=status)


def rules_version(request: PageRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(RuleSet.objects.select_related("proposed_by", "decided_by"), pk=pk)
    form = RulesDecideForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            return decided(request, found, form.cleaned_data["said"])
        except Refusal as refusal:
            if refusal.field not in form.fields:
                raise
            add_to_form(form, refusal)
    rules, before = rules_of(found), before_it(found)
    scope = scope_of(request.user)
    waits = found.status == RuleSet.Status.WAITS
    may_look = scope.has("rules.propose") or scope.has("rules.confirm")
    context = {
        "version": found, "changes": differences(before, rules), "form": form,
        "may_decide": waits and scope.has("rules.confirm") and found.proposed_by_id != request.user.pk,
        "own": waits and scope.has("rules.confirm") and found.proposed_by_id == request.user.pk,
        "may_withdraw": waits and scope.has("rules.propose"),
    }  # fmt: skip
    if waits and may_look:
        context |= looked(request, in_force(clock.today()), rules)
    return render(request, "rules/version.html", context, status=422 if form.errors else 200)


def decided(request: PageRequest, found: RuleSet, said: str) -> HttpResponse:
    what, by, at = request.POST.get("what"), request.user, clock.now()
    if what == "withdraw":
        withdraw_rules(rules_id=found.pk, by=by, at=at)
        messages.success(request, "已撤回，现行规则不变。")
        return redirect("rules")
    if what not in ("accept", "refuse"):
        raise Http404
    decide_rules(rules_id=found.pk, accept=what == "accept", said=said, by=by, at=at)
    start = f"{found.start.month}月{found.start.day}日"
    messages.success(
        request, f"已确认，从{start}起执行。" if what == "accept" else "已退回，现行规则不变。"
    )
    return redirect("rules-version", found.pk)


def before_it(found: RuleSet) -> Rules:
    """What it changes: what was in force on the day before it begins, or on that day for one
    that waits or was refused."""
    earlier = RuleSet.objects.filter(status="ACCEPTED", start__lt=found.start).exclude(pk=found.pk)
    return rules_of(earlier.order_by("-start").first())


def looked(request: PageRequest, now: Rules, rules: Rules) -> dict[str, Any]:
    """Tomorrow by these rules, and by those in force. People within the reader's scope alone
    are named."""
    day = nth_working_day(clock.today(), 1)
    then, instead = preview(today=day, rules=rules), preview(today=day, rules=now)
    heard = sorted(then.by_person.items(), key=lambda pair: (-pair[1], pair[0]))
    ids = [pk for pk, _ in heard]
    seen = cadres_visible_to(request.user).filter(pk__in=ids)
    names = {c.pk: c for c in seen}
    people = [(names[pk], n) for pk, n in heard if pk in names]
    return {
        "day": day, "then": then, "instead": instead, "lines": lines(then, instead),
        "people": people[:PEOPLE_SHOWN], "more": max(0, len(people) - PEOPLE_SHOWN),
    }  # fmt: skip


def lines(then: Preview, instead: Preview) -> list[tuple[str, int, int]]:
    return [
        (s.name, instead.by_rule.get(s.code, 0), then.by_rule.get(s.code, 0))
        for s in settings.all.values()
        if s.code in then.by_rule or s.code in instead.by_rule
    ]
