"""大走访: what is covered, by village and township, and the households behind every figure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render

from cadres.export import export
from cadres.models import Area
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from households.actions import campaigns as actions
from households.campaigns import (
    Outcome,
    campaigns_visible_to,
    coverage,
    outcomes_visible_to,
    total,
)
from households.forms import CampaignForm, ExtendForm
from households.models import Campaign, CampaignOutcome, Visit
from households.querysets import standing
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

KINDS = {"": "全部农户", "poor": "脱贫户、贫困户", "other": "一般农户"}


def campaign_list(request: PageRequest) -> HttpResponse:
    today = clock.today()
    page = keyset(campaigns_visible_to(request.user), ("-start", "-pk"), after=request.GET.get("after"),
                  before=request.GET.get("before"), size=20)  # fmt: skip
    rows = [(c, c.state(today)) for c in page.rows]
    return render(request, "campaigns/list.html", {"page": page, "rows": rows})


def campaign_new(request: PageRequest) -> HttpResponse:
    require(request.user, "campaign.manage")
    form = CampaignForm(request.POST or None, by=request.user)
    if form.is_valid():
        try:
            made = actions.begin(**form.cleaned_data, by=request.user, at=clock.now())
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, f"{made}已启动，名册就此冻结。")
            return redirect("campaign", made.uid)
    return render(request, "campaigns/new.html", {"form": form}, status=422 if form.errors else 200)


def campaign_detail(request: PageRequest, uid: UUID) -> HttpResponse:
    campaign = get_object_or_404(campaigns_visible_to(request.user), uid=uid)
    refused, form = "", ExtendForm()
    if request.method == "POST":
        require(request.user, "campaign.manage", campaign.area_id)
        form = ExtendForm(request.POST if "extend" in request.POST else None)
        try:
            if "complete" in request.POST:
                actions.complete(campaign=campaign, by=request.user, at=clock.now())
                messages.success(request, f"{campaign}已宣布完成。")
                return redirect("campaign", uid)
            if form.is_valid():
                actions.extend(campaign=campaign, last=form.cleaned_data["last"], by=request.user, at=clock.now())  # fmt: skip
                messages.success(request, f"{campaign}已延期。")
                return redirect("campaign", uid)
        except Refusal as refusal:
            if refusal.field:
                add_to_form(form, refusal)
            else:
                refused = refusal.message
    rows = outcomes_visible_to(request.user, campaign)
    township = _prefix(request, "township")
    if township:
        rows = rows.filter(area__code__startswith=township)
    if request.GET.get("format") == "xlsx":
        return _export_coverage(request, campaign, rows)
    townships = coverage(rows, 9)
    by_village = bool(township) or len(townships) == 1
    places = coverage(rows, 12) if by_village else townships
    whole = total(places)
    manages = scope_of(request.user).has("campaign.manage", campaign.area_id)
    context = {
        "campaign": campaign, "places": places, "whole": whole, "outcomes": Outcome, "refused": refused,
        "state": campaign.state(clock.today()), "by_village": by_village,
        "township": next((p for p in townships if p.prefix == township), None),
        "extend": form if manages and not campaign.completed_at else None,
        "may_complete": manages and not campaign.completed_at and not township and not whole.left,
        "left_says": actions.left_says(places) if whole.left and manages and not campaign.completed_at else "",
        "declared": [(o.label, campaign.figures.get(o.value, 0)) for o in Outcome] if campaign.figures else [],
    }  # fmt: skip
    status = 409 if refused else 422 if form.errors else 200
    return render(request, "campaigns/detail.html", context, status=status)


def _prefix(request: PageRequest, name: str) -> str:
    """A place in the address: digits and nothing else, or no place at all."""
    given = request.GET.get(name, "")
    if given and not (given.isascii() and given.isdigit() and len(given) in (6, 9, 12)):
        raise Http404
    return given


def _export_coverage(
    request: PageRequest, campaign: Campaign, rows: QuerySet[CampaignOutcome]
) -> HttpResponse:
    towns = dict(Area.objects.filter(level=Area.Level.TOWNSHIP).values_list("prefix", "name"))
    lines = [
        (towns.get(place.prefix[:9], ""), place.name, kind, figures.total,
         *(n for _, _, n in figures.cells), figures.percent)
        for place in coverage(rows, 12)
        for kind, figures in (("脱贫户、贫困户", place.poor), ("一般农户", place.other))
        if figures.total
    ]  # fmt: skip
    heads = ["乡镇", "村", "户类型", "户数", *(str(o.label) for o in Outcome), "面谈覆盖率"]
    return export(f"{campaign.name[:20]} 覆盖情况", heads, lines, by=request.user, at=clock.now())


DECIDES = {str(Outcome.TALKED): "IN_PERSON", str(Outcome.REMOTE): "REMOTE"}


@dataclass
class Row:
    home: CampaignOutcome
    visits: list[Visit] = field(default_factory=list)
    may_open: bool = False
    may_visit: bool = False

    @property
    def told(self) -> str:
        """Why it counts as it does, in one line."""
        home = self.home.household
        if self.home.outcome == Outcome.GONE:
            day = home.closed_on
            return f"{home.get_closed_display()}，{day.month}月{day.day}日" if day else ""
        deciding = DECIDES.get(self.home.outcome)
        shown = [v for v in self.visits if deciding is None or v.mode == deciding]
        said = "；".join(f"{_day(v)} {v.visitor.name} {v.how}" for v in shown[:3])
        if self.home.outcome == Outcome.NONE and shown:
            said += "，还差另一天的一次"
        return said or "期间没有走访"


def _day(visit: Visit) -> str:
    day: date = clock.day(visit.occurred_at)
    return f"{day.month}月{day.day}日"


def rows_of(
    request: PageRequest, campaign: Campaign, homes: Sequence[CampaignOutcome]
) -> list[Row]:
    """Each with the standing visits of the period: one query for all of them."""
    visits: dict[int, list[Visit]] = defaultdict(list)
    ids = [h.household_id for h in homes]
    period = {"occurred_at__gte": clock.start_of(campaign.start), "occurred_at__lt": clock.start_of(campaign.end)}  # fmt: skip
    found = standing().filter(household__in=ids, **period).select_related("visitor")
    for visit in found.order_by("-occurred_at", "-pk"):
        visits[visit.household_id].append(visit)
    scope = scope_of(request.user)
    rows = []
    for home in homes:
        place = home.household.area_id
        may_visit = not home.household.closed and scope.has("visit.create", place)
        rows.append(
            Row(home, visits[home.household_id], scope.has("household.view", place), may_visit)
        )
    return rows


def campaign_homes(request: PageRequest, uid: UUID) -> HttpResponse:
    campaign = get_object_or_404(campaigns_visible_to(request.user), uid=uid)
    chosen = {name: request.GET.get(name, "") for name in ("outcome", "kind")}
    area = _prefix(request, "area")
    found = outcomes_visible_to(request.user, campaign).select_related("household", "area__parent")
    if chosen["outcome"] in Outcome.values:
        found = found.filter(outcome=chosen["outcome"])
    if area:
        found = found.filter(area__code__startswith=area)
    if chosen["kind"] in ("poor", "other"):
        general = {"kind": "GENERAL"}
        found = found.filter(**general) if chosen["kind"] == "other" else found.exclude(**general)
    if request.GET.get("format") == "xlsx":
        return _export_homes(request, campaign, found)
    page = keyset(found, ("area_id", "pk"), after=request.GET.get("after"),
                  before=request.GET.get("before"), size=20)  # fmt: skip
    context: dict[str, Any] = {
        "campaign": campaign, "page": page, "rows": rows_of(request, campaign, page.rows), "count": found.count(),
        "outcomes": [("", "全部"), *Outcome.choices], "kinds": KINDS, **chosen,
        "place": Area.objects.filter(prefix=area).first() if area else None, "area": area,
    }  # fmt: skip
    return render(request, "campaigns/homes.html", context)


def _export_homes(
    request: PageRequest, campaign: Campaign, found: QuerySet[CampaignOutcome]
) -> HttpResponse:
    homes = list(found.order_by("area_id", "pk")[:5001])
    lines = [
        (r.home.area.parent.name if r.home.area.parent else "", r.home.area.name, r.home.household.head_name,
         r.home.get_kind_display(), r.home.get_outcome_display(), r.told)
        for r in rows_of(request, campaign, homes)
    ]  # fmt: skip
    heads = ["乡镇", "村", "户主", "户类型", "结果", "依据"]
    return export(f"{campaign.name[:20]} 农户", heads, lines, by=request.user, at=clock.now())
