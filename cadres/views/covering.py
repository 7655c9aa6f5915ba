"""AB 岗, 包村, 驻村天数, 专班. Persons stand in the order of place and name, never by a number."""

from __future__ import annotations

from collections import defaultdict
from datetime import timedelta
from typing import Any

from django.contrib import messages
from django.db.models import Exists, F, OuterRef, Prefetch, Q
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.actions import covering as actions
from cadres.calendar import load
from cadres.covering import (
    AHEAD,
    empty_days,
    open_on,
    posts_seen,
    stays,
    uncovered,
    units_without_pairs,
    villages_seen,
)
from cadres.covering_forms import (
    MemberForm,
    NoteForm,
    PairForm,
    TaskForceForm,
    ThirdForm,
    VillageForm,
    WorkPostForm,
)
from cadres.force_forms import EndForm
from cadres.models import (
    ABNote,
    ABPair,
    Absence,
    Cadre,
    KindExclusion,
    Stationing,
    TaskForce,
    TaskForceMember,
    Unit,
    UnitVillage,
)
from cadres.request import PageRequest
from cadres.rules import in_force
from cadres.scope import manages, require, scope_of, units_with
from cadres.views.forces import PAGE, month_of, units_seen
from yuexi.core import clock
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form


def saved(request: PageRequest, form: Any, verb: Any, said: str, **given: Any) -> bool:
    """One form, one verb: what it refuses stands beside its field."""
    if form is None or not form.is_bound or not form.is_valid():
        return False
    try:
        verb(**form.cleaned_data, **given, by=request.user, at=clock.now())
    except Refusal as refusal:
        add_to_form(form, refusal)
        return False
    messages.success(request, said)
    return True


def ab_list(request: PageRequest) -> HttpResponse:
    user, today = request.user, clock.today()
    form = None
    if scope_of(user).has("cadre.manage"):
        form = WorkPostForm(request.POST or None, by=user)
    elif request.method == "POST":
        require(user, "cadre.manage")
    if saved(request, form, actions.add_work_post, "岗位已设立，A 岗、B 岗从所选日期起负责。"):
        return redirect("force-ab")
    running = ABPair.objects.filter(open_on(today)).select_related("first", "second")
    seen = posts_seen(user).filter(Q(end__isnull=True) | Q(end__gt=today))
    page = keyset(
        seen.prefetch_related(Prefetch("pairs", running, to_attr="now")), ("unit_id", "name", "pk"),
        after=request.GET.get("after"), before=request.GET.get("before"), size=PAGE,
    )  # fmt: skip
    pairs = ABPair.objects.filter(post__in=seen).filter(Q(end__isnull=True) | Q(end__gt=today))
    holes = uncovered(list(pairs.values_list("pk", flat=True)), today, today + AHEAD)
    named = {p.pk: p for p in pairs.filter(pk__in=holes).select_related("post__unit", "first", "second")}  # fmt: skip
    context = {
        "form": form, "page": page, "bare": list(units_without_pairs(units_seen(user), today).order_by("area_id", "name")),
        "holes": sorted(((named[pk], found) for pk, found in holes.items()), key=lambda h: h[1][0].first),
        "excluded": KindExclusion.objects.order_by("pk"),
    }  # fmt: skip
    return render(request, "forces/ab.html", context, status=422 if form and form.errors else 200)


FORMS = {"pair": PairForm, "third": ThirdForm, "end": EndForm, "note": NoteForm}


def ab_page(request: PageRequest, pk: int, failed: tuple[str, Any] | None = None) -> HttpResponse:
    user, today = request.user, clock.today()
    post = get_object_or_404(posts_seen(user).select_related("unit__area"), pk=pk)
    pairs = list(post.pairs.select_related("first", "second").order_by("-start", "-pk"))
    pair = next((p for p in pairs if p.end is None or p.end > today), None)
    may = manages(user, post.unit)
    forms: dict[str, Any] = {}
    where = Q(unit=post.unit)
    if pair is not None:
        if may:
            first = {"first": pair.first, "second": pair.second}
            forms["pair"] = PairForm(where=where, people=("first", "second"), initial=first)
        if may or user.pk in (pair.first_id, pair.second_id):
            forms["third"] = ThirdForm(where=where & ~Q(pk__in=[pair.first_id, pair.second_id]), people=("third",))  # fmt: skip
    leaving = []
    if pair is not None and user.pk in (pair.first_id, pair.second_id):
        written = ABNote.objects.filter(pair=pair, absence=OuterRef("pk"))
        leaving = list(Absence.objects.filter(~Exists(written), cadre=user, end__gt=today).order_by("start"))  # fmt: skip
        forms["note"] = NoteForm()
    if failed is not None:
        forms[failed[0]] = failed[1]
    context = {
        "post": post, "pair": pair, "pairs": pairs, "may": may, "today": today, "forms": forms, "leaving": leaving,
        "holes": uncovered([pair.pk], today, today + AHEAD).get(pair.pk, []) if pair else [],
        "covers": pair.covers.select_related("third").filter(Q(end__gt=today) & Q(end__gt=F("start"))).order_by("start") if pair else [],
        "notes": ABNote.objects.filter(pair__post=post).select_related("giver", "taker", "absence").order_by("-pk")[:20],
    }  # fmt: skip
    return render(request, "forces/ab_post.html", context, status=422 if failed else 200)


@require_POST
def ab_do(request: PageRequest, pk: int) -> HttpResponse:
    user = request.user
    post = get_object_or_404(posts_seen(user).select_related("unit__area"), pk=pk)
    verb = request.POST.get("verb", "")
    if verb == "receive":
        note = get_object_or_404(ABNote.objects.filter(pair__post=post), pk=_number(request, "note"))  # fmt: skip
        actions.receive_post(note_id=note.pk, by=user, at=clock.now())
        messages.success(request, "已接收。")
        return redirect("force-ab-post", pk)
    if verb not in FORMS:
        raise Http404
    given: dict[str, Any] = {}
    if verb == "pair":
        form: Any = PairForm(request.POST, where=Q(unit=post.unit), people=("first", "second"))
        done = saved(request, form, actions.set_pair, "AB 岗已更换。", post=post)
    elif verb == "end":
        form = EndForm(request.POST)
        done = saved(request, form, lambda end, by, at: actions.end_work_post(post_id=post.pk, end=end, by=by, at=at), "岗位已撤销。")  # fmt: skip
        if not done:
            raise Refusal("end_date", "请填写撤销日期：不早于设立日期，也只能提前。")
        return redirect("force-ab")
    else:
        pair = post.pairs.filter(Q(end__isnull=True) | Q(end__gt=clock.today())).select_related("post__unit__area").first()  # fmt: skip
        if pair is None:
            raise Refusal("no_pair", "这个岗位现在没有 AB 岗，请刷新页面。")
        if verb == "third":
            form = ThirdForm(request.POST, where=Q(unit=post.unit), people=("third",))
            done = saved(request, form, actions.name_third, "顶岗人已指定。", pair=pair)
        else:
            absence = get_object_or_404(Absence.objects.filter(cadre=user), pk=_number(request, "absence"))  # fmt: skip
            form = NoteForm(request.POST)
            given = {"pair": pair, "absence": absence}
            done = saved(request, form, actions.hand_over_post, "交接单已填好，等接手人接收。", **given)  # fmt: skip
    return redirect("force-ab-post", pk) if done else ab_page(request, pk, (verb, form))


def _number(request: PageRequest, name: str) -> int:
    text = request.POST.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def villages_page(request: PageRequest) -> HttpResponse:
    """Coverage, and who is in the village in the days ahead."""
    require(request.user, "cadre.view")
    user, today = request.user, clock.today()
    form = VillageForm(request.POST or None, by=user) if scope_of(user).has("force.rule") else None
    if form is None and request.method == "POST":
        require(user, "force.rule")
    if saved(request, form, actions.pair_village, "包村单位已登记。"):
        return redirect("force-villages")
    here = villages_seen(user)
    now = UnitVillage.objects.filter(open_on(today))
    paired = here.filter(Exists(now.filter(area=OuterRef("code")))).count()
    shown = here
    if request.GET.get("bare"):
        shown = shown.filter(~Exists(now.filter(area=OuterRef("code"))))
    empty: dict[str, Any] = {}
    if request.GET.get("empty"):
        empty = empty_days(list(here.values_list("code", flat=True)), today, today + AHEAD)
        shown = shown.filter(code__in=empty)
    page = keyset(shown.select_related("parent"), ("code", "pk"), after=request.GET.get("after"), before=request.GET.get("before"), size=PAGE)  # fmt: skip
    codes = [v.code for v in page.rows]
    empty = empty or empty_days(codes, today, today + AHEAD)
    units, team = defaultdict(list), defaultdict(list)
    for row in now.filter(area__code__in=codes).select_related("unit").order_by("unit__name"):
        units[row.area_id].append(row)
    there = Stationing.objects.filter(open_on(today), area__code__in=codes, kind="VILLAGE")
    for s in there.select_related("cadre").order_by("cadre__pinyin", "cadre_id"):
        team[s.area_id].append(s.cadre.name)
    context = {
        "form": form, "page": page, "rows": [(v, units[v.code], team[v.code], empty.get(v.code, [])) for v in page.rows],
        "paired": paired, "whole": here.count(), "today": today,
        "idle": list(units_seen(user).filter(~Exists(now.filter(unit=OuterRef("pk"))), kind="COUNTY").order_by("name")),
    }  # fmt: skip
    return render(request, "forces/villages.html", context, status=422 if form and form.errors else 200)  # fmt: skip


@require_POST
def village_end(request: PageRequest, pk: int) -> HttpResponse:
    seen = UnitVillage.objects.filter(area__in=villages_seen(request.user))
    found = get_object_or_404(seen, pk=pk)
    _end(request, actions.end_village, found.pk)
    return redirect("force-villages")


def _end(request: PageRequest, verb: Any, pk: int) -> None:
    form = EndForm(request.POST)
    if not form.is_valid():
        raise Refusal("end_date", "请填写结束日期。")
    verb(pk=pk, end=form.cleaned_data["end"], by=request.user, at=clock.now())
    messages.success(request, "已结束。")


def in_days(halves: int) -> str:
    whole, half = divmod(halves, 2)
    return f"{whole} 天半" if half and whole else "半天" if half else f"{whole} 天"


def stays_page(request: PageRequest) -> HttpResponse:
    """Each sees his own month; a unit and a township see their people's."""
    user, month = request.user, month_of(request)
    last = (month.start + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    seen = Q(cadre=user) | Q(unit__in=Unit.objects.filter(units_with(user, "cadre.view")))
    seen |= scope_of(user).within("cadre.view", "area__code")
    rows = Stationing.objects.filter(seen, kind="VILLAGE", start__lte=last).filter(Q(end__isnull=True) | Q(end__gt=month.start))  # fmt: skip
    page = keyset(rows.select_related("cadre", "unit", "area__parent"), ("area_id", "cadre__pinyin", "pk"), after=request.GET.get("after"), before=request.GET.get("before"), size=PAGE)  # fmt: skip
    working = load(month.start - timedelta(days=1), last).between(month.start - timedelta(days=1), last)  # fmt: skip
    least = in_force(clock.today()).number("station_days_min")
    found = {(s.cadre, s.area): s for s in stays([r.cadre_id for r in page.rows], month.start, last)}  # fmt: skip
    table = []
    for row in page.rows:
        stay = found.get((row.cadre_id, row.area_id))
        needed = stay.required(least, working) if stay else 0
        missing = max(0, 2 * needed - stay.there) if stay else 0
        reached = stay.reached(least, working) if stay else None
        table.append((row, stay, in_days(stay.there if stay else 0), needed, reached, in_days(missing)))  # fmt: skip
    context = {"page": page, "rows": table, "month": month, "least": least, "working": working, "over": month.end == last}  # fmt: skip
    return render(request, "forces/stays.html", context)


def forces_seen(user: Cadre) -> Any:
    here = Q(leader__unit__in=Unit.objects.filter(units_with(user, "cadre.view")))
    return TaskForce.objects.filter(here).select_related("leader__unit__area")


def task_forces(request: PageRequest) -> HttpResponse:
    require(request.user, "cadre.view")
    user, today = request.user, clock.today()
    form = None
    if scope_of(user).has("force.rule"):
        where = scope_of(user).within("force.rule", "unit__area__code")
        form = TaskForceForm(request.POST or None, where=where, people=("leader",))
    elif request.method == "POST":
        require(user, "force.rule")
    if saved(request, form, actions.begin_force, "专班已成立，请接着抽调成员。"):
        return redirect("force-task")
    page = keyset(forces_seen(user), ("-start", "-pk"), after=request.GET.get("after"), before=request.GET.get("before"), size=PAGE)  # fmt: skip
    members: dict[int, int] = defaultdict(int)
    for pk in TaskForceMember.objects.filter(open_on(today), force__in=page.rows).values_list("force", flat=True):  # fmt: skip
        members[pk] += 1
    context = {"form": form, "page": page, "rows": [(f, members[f.pk]) for f in page.rows], "today": today}  # fmt: skip
    return render(request, "forces/task.html", context, status=422 if form and form.errors else 200)  # fmt: skip


def task_force(request: PageRequest, pk: int) -> HttpResponse:
    require(request.user, "cadre.view")
    user, today = request.user, clock.today()
    force = get_object_or_404(forces_seen(user), pk=pk)
    form = None
    if scope_of(user).has("force.rule") and (force.end is None or force.end > today):
        where = scope_of(user).within("force.rule", "unit__area__code")
        form = MemberForm(request.POST or None, where=where, people=("cadre",))
    elif request.method == "POST":
        require(user, "force.rule")
    if saved(
        request, form, actions.join_force, "已抽调，从这一天起算专班，不算进驻。", force=force
    ):
        return redirect("force-task-one", pk)
    both = Stationing.objects.filter(open_on(today), cadre=OuterRef("cadre"))
    members = force.members.select_related("cadre__unit").annotate(stationed=Exists(both))
    context = {"force": force, "form": form, "today": today, "members": members.order_by("cadre__pinyin", "pk")}  # fmt: skip
    return render(request, "forces/task_one.html", context, status=422 if form and form.errors else 200)  # fmt: skip


@require_POST
def task_end(request: PageRequest, pk: int) -> HttpResponse:
    """A member's time in it, or the whole."""
    force = get_object_or_404(forces_seen(request.user), pk=pk)
    if "member" in request.POST:
        member = get_object_or_404(force.members, pk=_number(request, "member"))
        _end(request, actions.leave_force, member.pk)
    else:
        _end(request, actions.end_force, force.pk)
    return redirect("force-task-one", pk)
