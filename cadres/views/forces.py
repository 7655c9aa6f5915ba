"""力量: three two-thirds by unit and by person, each figure open to its rows. Persons stand in the
order of their names and never by a number."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.actions.forces import KINDS, end_dated, exempt, set_profile, station
from cadres.export import export
from cadres.force_forms import DatedForm, EndForm, ExemptForm, ProfileForm, StationForm
from cadres.models import Area, Cadre, Exemption, Post, Stationing, Unit, UnitProfile
from cadres.ratios import (
    Head,
    Share,
    Time,
    crowded_out,
    headcount,
    heads,
    place_share,
    profiles_on,
    time_share,
    times,
    visit_share,
)
from cadres.request import PageRequest
from cadres.rulings import rulings_on, value
from cadres.scope import require, scope_of, units_with
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form

PAGE = 30
PROFILES: dict[str, str] = {"": "一般单位", **{k: str(v).split("（")[0] for k, v in UnitProfile.Profile.choices}}  # fmt: skip


@dataclass(frozen=True)
class Month:
    start: date
    end: date  # of the running month today, so that no day to come counts

    @property
    def before(self) -> str:
        return f"{self.start - timedelta(days=1):%Y-%m}"

    @property
    def code(self) -> str:
        return f"{self.start:%Y-%m}"


def month_of(request: PageRequest) -> Month:
    today = clock.today()
    try:
        start = date.fromisoformat(f"{request.GET.get('month', '')}-01")
    except ValueError:
        start = today.replace(day=1)
    start = min(start, today.replace(day=1))
    last = (start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    return Month(start, min(last, today))


def units_seen(user: Cadre) -> QuerySet[Unit]:
    """County and township bodies; a village's own people are at their place anyhow."""
    here = Unit.objects.filter(units_with(user, "cadre.view"))
    return here.exclude(kind=Unit.Kind.VILLAGE).select_related("area")


@dataclass(frozen=True)
class UnitRow:
    unit: Unit
    profile: str
    heads: Share
    reached: int
    counted: int
    unruled: bool


def forces_page(request: PageRequest) -> HttpResponse:
    require(request.user, "cadre.view")
    month = month_of(request)
    page = keyset(units_seen(request.user), ("area_id", "name", "pk"), after=request.GET.get("after"), before=request.GET.get("before"), size=PAGE)  # fmt: skip
    rows = unit_rows(page.rows, month)
    if request.GET.get("export"):
        rows = unit_rows(list(units_seen(request.user).order_by("area_id", "name", "pk")), month)
        return export(f"力量投入-{month.code}", ["单位", "类别", "应计人数", "进驻人数", "要求", "进驻结论", "时间达到人数", "应计时间人数"],
                      [[r.unit.name, PROFILES[r.profile], r.heads.y, r.heads.x, r.heads.target, r.heads.verdict, r.reached, r.counted] for r in rows],
                      by=request.user, at=clock.now())  # fmt: skip
    context = {"page": page, "rows": rows, "month": month, "profiles": PROFILES, "unruled": any(r.unruled for r in rows)}  # fmt: skip
    return render(request, "forces/list.html", context)


def unit_rows(units: list[Unit], month: Month) -> list[UnitRow]:
    """Five statements, however many units."""
    rulings, profiles = rulings_on(month.end), profiles_on(month.end)
    ids = [u.pk for u in units]
    by_head: dict[int, list[Head]] = defaultdict(list)
    by_time: dict[int, list[Time]] = defaultdict(list)
    for head in heads(ids, month.end):
        by_head[head.unit].append(head)
    weekend = value(rulings, "TIME", "weekend") == "yes"
    for time in times(ids, month.start, month.end, weekend=weekend):
        by_time[time.unit].append(time)
    made = []
    for unit in units:
        profile = profiles.get(unit.pk, "")
        shares = [time_share(t, profile, rulings) for t in by_time[unit.pk]]
        counted = [s for s in shares if s.reached is not None]
        share = headcount(by_head[unit.pk], profile, rulings)
        made.append(UnitRow(unit, profile, share, sum(bool(s.reached) for s in counted), len(counted),
                            "TIME" not in rulings or not share.ruled))  # fmt: skip
    return made


def unit_page(request: PageRequest, pk: int) -> HttpResponse:
    unit = get_object_or_404(units_seen(request.user), pk=pk)
    month = month_of(request)
    rulings, profile = rulings_on(month.end), profiles_on(month.end).get(unit.pk, "")
    head = {h.cadre: h for h in heads([unit.pk], month.end)}
    weekend = value(rulings, "TIME", "weekend") == "yes"
    time = {t.cadre: t for t in times([unit.pk], month.start, month.end, weekend=weekend)}
    people = Cadre.objects.filter(pk__in={*head, *time}).order_by("pinyin", "pk")
    sent = {s.cadre_id: s for s in in_force(Stationing.objects.filter(cadre__in=[*head]), month.end).select_related("area")}  # fmt: skip
    excused = {e.cadre_id: e for e in in_force(Exemption.objects.filter(cadre__in=[*head]), month.end)}  # fmt: skip
    rows = [
        {
            "cadre": c, "head": head.get(c.pk), "stationing": sent.get(c.pk), "exemption": excused.get(c.pk),
            "time": time_share(time[c.pk], profile, rulings) if c.pk in time else None,
            "visits": visit_share(time[c.pk], rulings) if c.pk in time else None,
            "crowded": c.pk in time and crowded_out(time[c.pk], profile),
        }
        for c in people
    ]  # fmt: skip
    context = {
        "unit": unit, "month": month, "rows": rows, "profile": PROFILES[profile], "share": headcount(head.values(), profile, rulings),
        "may_station": Unit.objects.filter(units_with(request.user, "cadre.manage"), pk=unit.pk).exists(),
    }  # fmt: skip
    return render(request, "forces/unit.html", context)


def in_force(rows: Any, day: date) -> Any:
    return rows.filter(Q(end__isnull=True) | Q(end__gt=day), start__lte=day)


def leaders_page(request: PageRequest) -> HttpResponse:
    """县干 by township, and the townships that have none (A-14)."""
    require(request.user, "cadre.view")
    month = month_of(request)
    here = scope_of(request.user).within("cadre.view", "code")
    townships = list(Area.objects.filter(here, level=Area.Level.TOWNSHIP).order_by("code"))
    posts = in_force(
        Post.objects.filter(role="STATIONED_LEADER", waits=False, area__in=townships), month.end
    )
    by_area: dict[int, list[Post]] = defaultdict(list)
    for post in posts.select_related("cadre").order_by("cadre__pinyin", "pk"):
        by_area[post.area_id].append(post)
    rulings = rulings_on(month.end)
    weekend = value(rulings, "TIME", "weekend") == "yes"
    units = {p.unit_id for found in by_area.values() for p in found}
    time = {t.cadre: t for t in times(units, month.start, month.end, weekend=weekend)}
    rows = [
        (area, [(p.cadre, place_share(time[p.cadre_id], rulings) if p.cadre_id in time else None) for p in by_area[area.pk]])
        for area in townships
    ]  # fmt: skip
    empty = [area for area, found in rows if not found]
    return render(request, "forces/leaders.html", {"rows": rows, "empty": empty, "month": month})


FORMS: dict[str, tuple[str, str, type[DatedForm], Any]] = {
    "stationing": ("登记进驻", "cadre.manage", StationForm, station),
    "profile": ("确定部门类别", "force.rule", ProfileForm, set_profile),
    "exemption": ("办理豁免", "force.rule", ExemptForm, exempt),
}  # fmt: skip


def dated_seen(user: Cadre, kind: str) -> Any:
    model: Any = KINDS[kind]
    if kind == "profile":
        seen = units_seen(user)
        return model.objects.filter(unit__in=seen).select_related("unit", "by")
    if kind == "exemption":
        return model.objects.filter(cadre__unit__in=units_seen(user)).select_related(
            "cadre__unit", "by"
        )
    return model.objects.filter(
        unit__in=Unit.objects.filter(units_with(user, "cadre.view"))
    ).select_related("cadre", "unit", "area", "by")


def dated_list(request: PageRequest, kind: str) -> HttpResponse:
    """Who is stationed, which unit is an exception, who is exempt: the list and its form."""
    if kind not in FORMS:
        raise Http404
    require(request.user, "cadre.view")
    title, right, form_class, verb = FORMS[kind]
    form = None
    if scope_of(request.user).has(right):
        form = form_class(request.POST or None, by=request.user)
        if form.is_valid():
            try:
                verb(**form.cleaned_data, by=request.user, at=clock.now())
            except Refusal as refusal:
                add_to_form(form, refusal)
            else:
                messages.success(request, "已保存。")
                return redirect("force-dated", kind)
    elif request.method == "POST":
        require(request.user, right)
    page = keyset(dated_seen(request.user, kind), ("-start", "-pk"), after=request.GET.get("after"), before=request.GET.get("before"), size=PAGE)  # fmt: skip
    context = {"kind": kind, "title": title, "form": form, "page": page, "today": clock.today(), "may": form is not None}  # fmt: skip
    return render(
        request, "forces/dated.html", context, status=422 if form and form.errors else 200
    )


@require_POST
def dated_end(request: PageRequest, kind: str, pk: int) -> HttpResponse:
    if kind not in FORMS:
        raise Http404
    found = get_object_or_404(dated_seen(request.user, kind), pk=pk)
    form = EndForm(request.POST)
    if not form.is_valid():
        raise Refusal("end_date", "请填写结束日期。")
    end_dated(kind=kind, pk=found.pk, end=form.cleaned_data["end"], by=request.user, at=clock.now())
    messages.success(request, "已结束。")
    return redirect("force-dated", kind)
