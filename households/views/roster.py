import re
from collections.abc import Callable
from urllib.parse import urlencode
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Exists, OuterRef, Q, QuerySet
from django.forms import Form
from django.http import HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.http import require_POST

from cadres.events import record
from cadres.export import export
from cadres.models import Area, Cadre
from cadres.request import PageRequest
from cadres.scope import require, scope_of
from households.actions import assignments, cards, roster, words
from households.actions.visits import may_visit
from households.forms import AssignForm, HeadForm, LeaveForm, MemberForm, RevealForm, WordForm
from households.models import Household, Member, Monitoring, Visit
from households.querysets import (
    ASKED_AT_ONCE,
    by_idno,
    current,
    due_a_visit,
    find_households,
    households_visible_to,
    my_households,
    remote_alone,
    visits_to_ask,
    visits_visible_to,
    with_last_visit,
    without_helper,
)
from yuexi.core import clock, crypto
from yuexi.core.paging import keyset
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form, said_errors
from yuexi.core.registries import household_panels
from yuexi.core.secrecy import NUMBER

VIEWS = {"": "全部", "LIFTED": "脱贫户", "POOR": "贫困户", "GENERAL": "一般农户", "watch": "监测对象",
         "orphan": "没有帮扶人", "unvisited": "本月未走访", "remote": "本月只有电话视频"}  # fmt: skip


def filtered(request: PageRequest) -> tuple[QuerySet[Household], str]:
    households = find_households(households_visible_to(request.user), request.GET.get("q", ""))
    view = request.GET.get("view", "")
    if view in Household.Kind.values:
        households = households.filter(kind=view)
    elif view == "watch":
        open_watch = Monitoring.objects.filter(household=OuterRef("pk"), eliminated_on__isnull=True)
        households = households.filter(Exists(open_watch))
    elif view == "orphan":
        households = without_helper(households, clock.today())
    elif view == "unvisited":
        households = due_a_visit(households, clock.today())
    elif view == "remote":
        households = remote_alone(households, clock.today())
    village = request.GET.get("village", "")
    if village:
        households = households.filter(area_id=village)
    return households, view


@require_POST
def find(request: PageRequest) -> HttpResponse:
    """The search of every page. Posted, so that an identity number never stands in an address;
    looking one up takes the right to see it and is logged."""
    words = request.POST.get("q", "").replace("\0", "").strip()[:60]
    if re.fullmatch(r"\d\d-\d{4,}", words):
        return redirect(f"{reverse('item-list')}?{urlencode({'view': '', 'q': words})}")
    if NUMBER.search(crypto.normal(words)):
        return find_by_idno(request, words)
    return redirect(f"{reverse('household-list')}?{urlencode({'q': words})}")


def find_by_idno(request: PageRequest, number: str) -> HttpResponse:
    require(request.user, "idno.reveal")
    home = by_idno(households_visible_to(request.user), number).first()
    record("household.find_by_idno", home or request.user, by=request.user, at=clock.now(),
           area=home.area_id if home else "", after={"found": home is not None})  # fmt: skip
    if home is None:
        messages.error(request, "没有找到这个证件号码，或不在您的管辖范围。")
        return redirect("household-list")
    return redirect("household", home.uid)


def household_list(request: PageRequest) -> HttpResponse:
    households, view = filtered(request)
    page = keyset(
        with_last_visit(households), ("area_id", "pinyin", "pk"),
        after=request.GET.get("after"), before=request.GET.get("before"), size=20,
    )  # fmt: skip
    villages = (
        Area.objects.filter(
            scope_of(request.user).within("household.view", "code"), level=Area.Level.VILLAGE
        )
        .select_related("parent")
        .order_by("code")
    )
    may_assign = view == "orphan" and scope_of(request.user).has("assignment.edit")
    context = {
        "page": page, "view": view, "views": VIEWS, "q": request.GET.get("q", ""),
        "villages": villages, "village": request.GET.get("village", ""),
        "assign": AssignForm(by=request.user) if may_assign else None,
    }  # fmt: skip
    return render(request, "households/list.html", context)


def household_export(request: PageRequest) -> HttpResponse:
    households, view = filtered(request)
    rows = households.annotate(
        heads=Count("members", filter=Q(members__left_on__isnull=True))
    ).order_by("area_id", "pinyin")
    lines = [
        (
            h.area.parent.name if h.area.parent else "",
            h.area.name,
            h.group,
            h.head_name,
            h.get_kind_display(),
            h.heads,
        )
        for h in rows[:5001]
    ]
    return export(f"农户（{VIEWS.get(view, '全部')}）", ["乡镇", "村", "村民组", "户主", "户类型", "人数"],
                  lines, by=request.user, at=clock.now())  # fmt: skip


@require_POST
def assign(request: PageRequest) -> HttpResponse:
    require(request.user, "assignment.edit")
    form = AssignForm(request.POST, by=request.user)
    chosen = households_visible_to(request.user).filter(uid__in=_uids(request))
    if not form.is_valid():
        messages.error(request, f"没有指派：{said_errors(form)}")
    else:
        try:
            count = assignments.assign(
                household_ids=list(chosen.values_list("pk", flat=True)), **form.cleaned_data,
                by=request.user, at=clock.now(),
            )  # fmt: skip
            messages.success(request, f"已为 {count} 户指派{form.cleaned_data['cadre'].name}。")
        except Refusal as refusal:
            messages.error(request, refusal.message)
    back = request.POST.get("back", "")
    if back == "list" or not chosen:
        return redirect("/households/?view=orphan")
    return redirect("household", chosen[0].uid)


def _uids(request: PageRequest) -> list[UUID]:
    found = []
    for value in request.POST.getlist("household"):
        try:
            found.append(UUID(value))
        except ValueError:
            continue
    return found


def household_detail(request: PageRequest, uid: UUID) -> HttpResponse:
    return household_page(request, uid)


def household_page(
    request: PageRequest, uid: UUID, *, shown: tuple[int, str] | None = None, status: int = 200,
    reveal_form: RevealForm | None = None,
) -> HttpResponse:  # fmt: skip
    household = get_object_or_404(households_visible_to(request.user), uid=uid)
    scope = scope_of(request.user)
    may_edit = scope.has("household.edit", household.area_id)
    # 行业部门 see a household by need and none of its visits: no link that leads to a 404.
    sees_visits = (
        scope.has("visit.view", household.area_id)
        or my_households(request.user).filter(pk=household.pk).exists()
    )
    context = {
        "household": household,
        "present": household.members.filter(left_on__isnull=True).count(),
        "members": household.members.order_by("left_on", "pk"),
        "helpers": household.assignments.select_related("cadre__unit").order_by("-start", "-pk"),
        "may_visit": not household.closed and may_visit(request.user, household),
        "sees_visits": sees_visits,
        "visits": visits_visible_to(request.user)
        .filter(household=household)
        .prefetch_related("problems", "corrections")
        .order_by("-occurred_at")[:20],
        "watch": household.monitorings.order_by("-identified_on"),
        "now_helped": current(household.assignments.all(), clock.today())
        .filter(rank="MAIN")
        .exists(),
        "panels": household_panels.for_(request.user, household),
        "may_reveal": scope.has("idno.reveal", household.area_id),
        "may_edit": may_edit,
        "may_print": cards.may_print(request.user, household.area_id),
        "to_ask": to_ask(request.user, household),
        "card": household.cards.filter(ended_on=None).first(),
        "shown": shown,
        "reveal_form": reveal_form,
        "assign": AssignForm(by=request.user)
        if scope.has("assignment.edit", household.area_id)
        else None,
        "member_form": MemberForm() if may_edit else None,
        "leave_form": LeaveForm(household=household) if may_edit else None,
        "head_form": HeadForm(household=household) if may_edit else None,
    }
    response = render(request, "households/detail.html", context, status=status)
    if shown:
        response["Cache-Control"] = "private, no-store"
    return response


def to_ask(user: Cadre, household: Household) -> list[tuple[Visit, WordForm]]:
    """For the village: what a householder without a telephone may say, never of one's own visit."""
    if household.closed or not words.may_write(user, household):
        return []
    asked = visits_to_ask(household, clock.today()).exclude(visitor=user)[:ASKED_AT_ONCE]
    return [(v, WordForm(auto_id=f"id_{v.pk}_%s")) for v in asked]


@require_POST
def reveal(request: PageRequest, uid: UUID) -> HttpResponse:
    household = get_object_or_404(households_visible_to(request.user), uid=uid)
    require(request.user, "idno.reveal", household.area_id)
    form = RevealForm(request.POST)
    if form.is_valid():
        member = get_object_or_404(Member, pk=form.cleaned_data["member"], household=household)
        try:
            number = roster.reveal_idno(
                member=member, reason=form.cleaned_data["reason"], by=request.user, at=clock.now()
            )
            return household_page(request, uid, shown=(member.pk, number))
        except Refusal as refusal:
            add_to_form(form, refusal)
    return household_page(request, uid, reveal_form=form, status=422)


@require_POST
def change(request: PageRequest, uid: UUID, what: str) -> HttpResponse:
    """新增成员、成员减少、户主变更: three small forms of one page."""
    household = get_object_or_404(households_visible_to(request.user), uid=uid)
    require(request.user, "household.edit", household.area_id)
    by, at = request.user, clock.now()
    made: dict[str, Callable[[], Form]] = {
        "member": lambda: MemberForm(request.POST),
        "leave": lambda: LeaveForm(request.POST, household=household),
        "head": lambda: HeadForm(request.POST, household=household),
    }
    form = made[what]()
    if not form.is_valid():
        messages.error(request, f"没有保存：{said_errors(form)}")
        return redirect("household", uid)
    data = form.cleaned_data
    try:
        if what == "member":
            roster.add_member(household=household, **data, by=by, at=at)
        elif what == "leave":
            roster.member_leaves(
                member_id=int(data["member"]), why=data["why"], on=data["on"], by=by, at=at
            )
        else:
            roster.change_head(
                household_id=household.pk, new_head_id=int(data["new_head"]), by=by, at=at
            )
        messages.success(request, "已保存。")
    except Refusal as refusal:
        messages.error(request, refusal.message)
    return redirect("household", uid)
