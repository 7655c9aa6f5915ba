"""Reads of this app, all within scope."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from cadres.calendar import nth_working_day
from cadres.models import Cadre, Delegation, Event, Post
from cadres.roles import LENT
from cadres.scope import NOTHING, scope_of
from households.querysets import my_households
from rectification.actions.extending import asked, may_ask_again
from rectification.actions.hands import ASSIGNING
from rectification.models import (
    Accountability,
    Batch,
    BatchRow,
    Check,
    Dispatch,
    Evidence,
    Extension,
    HandOver,
    Item,
    ItemHousehold,
    PaperItem,
    PlanChange,
    Progress,
)
from rectification.timeline import with_due
from rectification.workflow import (
    ASKED,
    CHECKS,
    EXTENDS,
    FILM,
    ON_SPOT_SOURCES,
    OPEN,
    QUARTER_DAYS,
    ROUTES,
    WITH_DISCIPLINE,
    WITH_RECTIFIER,
    Route,
    Status,
    Step,
    stages,
    steps_of,
)
from yuexi.core import clock

SHOWN = ("area__parent", "unit__area", "person", "lead_unit")  # what a row of a list tells


def open_items_phrase(cadre_id: int, unit_id: int | None) -> str:
    items = Item.objects.filter(person_id=cadre_id, status__in=OPEN)
    count = (items.filter(unit_id=unit_id) if unit_id else items).count()
    return f"{count} 件整改" if count else ""


def items_visible_to(user: Cadre) -> QuerySet[Item]:
    """In the area of a post, or mine, or my unit's as lead, rectifier or helper. Of the
    households that I help: what I found, and what they are to be asked about."""
    scope = scope_of(user)
    seen = scope.within("item.view", "area__code")
    # A whole county holds what is his besides.
    if not any(len(prefix) == 6 for prefix in scope.prefixes.get("item.view", ())):
        seen |= _own(user)
    return Item.objects.filter(seen).select_related(*SHOWN)


def _own(user: Cadre) -> Q:
    """Each part with an index of its own, so that few are put together as bitmaps, and cheap to ask
    of a row, so that many are read in the order of the page."""
    helped = ItemHousehold.objects.filter(household__in=my_households(user))
    linked = helped.filter(Q(item__created_by=user) | Q(item__status__in=ASKED)).values("item")
    units = list(scope_of(user).units_with("item.view") | scope_of(user).units_with("item.own"))
    mine = Q(person=user) | Q(pk__among=ArraySubquery(linked))
    return mine | Q(involved__overlap=units) if units else mine


def may_read(item: Item, user: Cadre) -> bool:
    """Of an item with 纪委监委 others in scope see that it is there, and no more."""
    return not item.with_discipline or scope_of(user).has("discipline.handle", item.area_id)


def readable(items: QuerySet[Item], user: Cadre) -> QuerySet[Item]:
    """Those whose wording may be searched."""
    return items.exclude(
        ~scope_of(user).within("discipline.handle", "area__code"), status__in=WITH_DISCIPLINE
    )


def veiled_items(user: Cadre, ids: set[int]) -> set[int]:
    red = Item.objects.filter(pk__in=ids, status__in=WITH_DISCIPLINE)
    return {item.pk for item in red if not may_read(item, user)}


def veiled_papers(user: Cadre, ids: set[int]) -> set[int]:
    links = PaperItem.objects.filter(paper__in=ids, item__status__in=WITH_DISCIPLINE)
    return {x.paper_id for x in links.select_related("item") if not may_read(x.item, user)}


def veil(items: Iterable[Item], user: Cadre) -> None:
    """For lists, exports and answers: what an item with 纪委监委 is about is not told. The rows are
    read and never saved."""
    for item in items:
        if not may_read(item, user):
            hide(item)


def hide(item: Item) -> None:
    item.text = item.waiting_label
    item.veiled = True
    item.category = item.lineage = item.measure = item.goal = item.red_line = ""
    item.found_by = item.extent = item.remark = ""


def batches_visible_to(user: Cadre) -> QuerySet[Batch]:
    """A file may hold rows of the whole county: for those who see the county's items, and for
    who brought it in, as long as he registers."""
    scope = scope_of(user)
    county = any(len(prefix) == 6 for prefix in scope.prefixes.get("item.view", ()))
    seen = Q() if county or scope.has("item.review") else Q(by=user) if scope.has("item.create") else NOTHING  # fmt: skip
    fates = {str(f).lower(): Count("rows", filter=Q(rows__fate=f)) for f in BatchRow.Fate}
    return Batch.objects.filter(seen).select_related("by", "run__file").annotate(**fates)


def batches_to_go_on(user: Cadre) -> QuerySet[Batch]:
    """Those with rows that wait, for a corrected file."""
    waits = Q(Exists(BatchRow.objects.filter(batch=OuterRef("pk"), fate="UNDECIDED")))
    return batches_visible_to(user).filter(waits, ended_at=None).order_by("-at", "-pk")


def accountabilities_visible_to(user: Cadre) -> QuerySet[Accountability]:
    """问责线索, for who handles them in the item's area, never of his own items."""
    here = scope_of(user).within("discipline.handle", "item__area__code")
    return (
        Accountability.objects.filter(here)
        .exclude(item__person=user)
        .select_related("item__area__parent", "item__person", "item__unit", "decision__by")
    )


def tell_accountability(items: list[Item], user: Cadre) -> None:
    """问责情况 as a column, for readers who handle it; one statement for all rows, none for others."""
    if not scope_of(user).has("discipline.handle"):
        return
    told: dict[int, list[str]] = {}
    found = accountabilities_visible_to(user).filter(item__in=items).order_by("pk")
    for case in found.prefetch_related("decision__appeals"):
        told.setdefault(case.item_id, []).append(_told(case))
    for item in items:
        item.accountability_told = "\n".join(told.get(item.pk, []))


def _told(case: Accountability) -> str:
    said = f"{clock.day(case.at).isoformat()} {case.get_occasion_display()}："
    decision = getattr(case, "decision", None)
    if decision is None:
        return said + "等决定"
    said += f"{decision.get_outcome_display()} {decision.document_no}".rstrip()
    appeals = sorted(decision.appeals.all(), key=lambda a: a.pk)
    return said + "".join(f"；申诉{a.get_outcome_display()}（{a.on.isoformat()}）" for a in appeals)


def overdue(items: QuerySet[Item], today: date) -> QuerySet[Item]:
    """The rectifier's clock: it stands still while the item waits for a check."""
    running = [s for s in OPEN if s not in CHECKS]
    return items.filter(status__in=running, deadline__lt=today)


def due_soon(items: QuerySet[Item], today: date) -> QuerySet[Item]:
    """Due within three 工作日, today included."""
    running = [s for s in OPEN if s not in CHECKS]
    return items.filter(
        status__in=running, deadline__gte=today, deadline__lte=nth_working_day(today, 3)
    )


def at_stage(items: QuerySet[Item], label: str) -> QuerySet[Item]:
    here = NOTHING
    for route, status in stages()[label]:
        here |= Q(status=status, route=route) if route else Q(status=status)
    return items.filter(here)


def bulk_verb(item: Item, user: Cadre) -> str:
    """The verb for many at once that this reader may do to this item now; '' for none."""
    scope = scope_of(user)
    if item.status == Status.ISSUED and item.person_id == user.pk:
        return "sign"
    if item.status == Status.REGISTERED and scope.has("item.review", item.area_id):
        return "confirm"
    if item.status in (Status.CONFIRMED, Status.DECLINED) and scope.has(
        "item.assign", item.area_id
    ):
        return "issue"
    return ""


def _step_q(user: Cadre, step: Step) -> Q:
    scope = scope_of(user)
    q = scope.within(step.right, "area__code")
    if step.by_lead_unit:
        q &= Q(lead_unit__in=scope.units_with(step.right))
    if step.by_own_unit:
        q = Q(unit__in=scope.units_with(step.right))
    elif step.status != Status.SELF_CHECK:
        own = scope.unit_ids | {user.unit_id or 0}
        small = Q(route__in=["ON_SPOT", "VILLAGE"])
        q &= small | ~Q(unit__in=own)
    return q & ~_givers_own(user) if step.right in LENT and scope.loans else q


def _givers_own(user: Cadre) -> Q:
    """Where the one who lent the right mended or checked: his delegate is no more free."""
    found = NOTHING
    for loan in scope_of(user).loans:
        here = Q(area__code__startswith=loan.prefix)
        hand = Q(person=loan.giver_id)
        for model in (Evidence, Progress):
            hand |= Q(Exists(model.objects.filter(item=OuterRef("pk"), by=loan.giver_id)))
        hand |= Q(Exists(HandOver.objects.filter(item=OuterRef("pk"), giver=loan.giver_id)))
        did = Q(by=loan.giver_id) | Q(delegation__giver=loan.giver_id)
        checked = Check.objects.filter(did, item=OuterRef("pk"), round=OuterRef("round"))
        found |= here & (hand | Q(Exists(checked)))
    return found


def _hand_over_q(user: Cadre) -> Q:
    """移交 is for whoever assigns in the item's area, and within his township for its head."""
    scope = scope_of(user)
    head = scope.within("item.delegate", "area__code")
    return scope.within("item.assign", "area__code") | (
        head & scope.within("item.delegate", "unit__area__code")
    )


def items_to_hand_over(user: Cadre, giver: Cadre) -> QuerySet[Item]:
    return (
        Item.objects.filter(_hand_over_q(user), person=giver, status__in=OPEN)
        .select_related(*SHOWN)
        .order_by("deadline", "pk")
    )


def may_hand_over(item: Item, user: Cadre) -> bool:
    scope = scope_of(user)
    head = scope.has("item.delegate", item.area_id) and scope.has(
        "item.delegate", item.unit.area.code
    )
    return item.is_open and (head or scope.has("item.assign", item.area_id))


def who_hands_over(items: QuerySet[Item], today: date) -> list[str]:
    """Whom to ask: who assigns in the county, and the heads of the townships of these items."""
    townships = {str(area)[:9] for area in items.values_list("area_id", flat=True)}
    posts = (
        Post.objects.in_force(today).filter(cadre__is_active=True).select_related("cadre", "unit")
    )
    heads = Q(role="TOWNSHIP_HEAD", area__prefix__in=townships)
    found = posts.filter(heads | Q(role="OFFICE_RECTIFY")).order_by("-role", "pk")
    return list(dict.fromkeys(f"{p.unit.name}{p.cadre.name}" for p in found[:6]))


def may_solve(item: Item, user: Cadre) -> bool:
    """现场解决: asked again, under the lock, by the action."""
    found = item.created_by_id == user.pk and item.source in ON_SPOT_SOURCES
    return found and item.status == Status.REGISTERED and user.unit_id is not None


def visit_panel(user: Cadre, visit: Any) -> tuple[str, dict[str, Any]]:
    """What became of the problems of a visit."""
    sources = visit.problems.values("pk")
    items = items_visible_to(user).filter(source_kind="visit", source_id__in=sources)
    found = list(items.order_by("pk"))
    veil(found, user)
    rows = [(item, may_solve(item, user)) for item in found]
    return "rectification/_of_visit.html", {"rows": rows}


def lead_panel(user: Cadre, lead: Any) -> tuple[str, dict[str, Any]]:
    """What 成立转办 opened; the item itself tells nobody of the lead."""
    items = list(items_visible_to(user).filter(source_kind="lead", source_id=lead.pk))
    veil(items, user)
    return "rectification/_of_visit.html", {"rows": [(item, False) for item in items]}


def mended_by(user: Cadre) -> Q:
    """He had the mending in hand, once or now: he checks, decides and looks at nothing of it. His
    own are found once for all rows."""
    put = Evidence.objects.filter(by=user).values("item")
    told = Progress.objects.filter(by=user).values("item")
    gave = HandOver.objects.filter(giver=user).values("item")
    return Q(pk__in=put.union(told, gave))


def _parts_of_moves(user: Cadre, today: date) -> list[Q]:
    """Each found by an index of its own; together they are the moves."""
    scope = scope_of(user)
    judge = Q(source=FILM) & scope.within("film.judge", "area__code")
    review = Q(status=Status.REGISTERED) & (scope.within("item.review", "area__code") | judge)
    parts = [Q(person=user, status__in=WITH_RECTIFIER)]
    free = ~Q(person=user) & ~mended_by(user)
    assign = Q(status__in=[Status.CONFIRMED, Status.DECLINED]) & scope.within(
        "item.assign", "area__code"
    )
    checks = NOTHING
    for route in ROUTES:
        for step in steps_of(route):
            if scope.has(step.right):
                checks |= Q(route=route, status=step.status) & _step_q(user, step)
    took_part = Check.objects.filter(item=OuterRef("pk"), round=OuterRef("round"), by=user)
    checks &= free & ~Q(Exists(took_part))
    parts.append(Q(status__in=OPEN) & (review | assign | checks))
    if scope.has("item.lookback"):
        parts += _looks(user, today, free)
    if scope.has("discipline.handle"):
        parts.append(
            Q(status=Status.REDLINE) & scope.within("discipline.handle", "area__code") & free
        )
    return parts


def _looks(user: Cadre, today: date, free: Q) -> list[Q]:
    """回头看 by who had no hand in it."""
    issued = Event.objects.filter(
        kind="item", object_id=OuterRef("pk"), action__in=ASSIGNING, actor=user
    )
    lent = Delegation.objects.filter(giver=user)  # who lent a check had a hand in it
    look = (
        Q(status=Status.CLOSED, lookback_due__lte=today)
        & scope_of(user).within("item.lookback", "area__code")
        & free
        & ~Q(pk__in=Check.objects.filter(by=user).values("item"))
        & ~Q(pk__in=Check.objects.filter(delegation__in=lent).values("item"))
        & ~Q(pk__in=HandOver.objects.filter(by=user).values("item"))
        & ~Q(Exists(issued))
    )
    # The sheets of others lead to their items: who issued nearly all of them passes none by. Of
    # what is closed, only what was solved on the spot has no sheet.
    others = Q(dispatch__in=Dispatch.objects.exclude(by=user))
    return [look & others, look & Q(dispatch=None, route=Route.ON_SPOT)]


def _moves(user: Cadre, today: date) -> Q:
    return reduce(or_, _parts_of_moves(user, today))


def moves_for(user: Cadre, today: date) -> QuerySet[Item]:
    """Exactly what the next move of lets this person do now."""
    return items_visible_to(user).filter(_moves(user, today))


def to_extend(user: Cadre) -> QuerySet[Item]:
    """延期 that waits for this person's decision."""
    waits = Extension.objects.filter(item=OuterRef("pk"), decision=None)
    return _above(user).filter(Exists(waits))


def to_replan(user: Cadre) -> QuerySet[Item]:
    """阶段计划变更 that waits for it, of the same person."""
    waits = PlanChange.objects.filter(item=OuterRef("pk"), cycle=OuterRef("rebounds"), decision=None)  # fmt: skip
    return _above(user).filter(Exists(waits))


def _above(user: Cadre) -> QuerySet[Item]:
    """What this person decides one level above: `may_decide` of the action, as rows."""
    scope, found = scope_of(user), NOTHING
    lent = NOTHING
    for loan in scope.loans:
        lent |= Q(area__code__startswith=loan.prefix)
    for route, level in EXTENDS.items():
        here = Q(route=route) & scope.within(level.right, "area__code")
        if level.right in LENT:
            here &= ~lent
        if not level.own_unit:
            here &= ~Q(unit__in=scope.unit_ids | {user.unit_id or 0})
        found |= here
    return items_visible_to(user).filter(found & ~Q(person=user) & ~mended_by(user), status__in=OPEN)  # fmt: skip


def may_ask_extension(item: Item, today: date) -> bool:
    return (
        item.status in WITH_RECTIFIER
        and item.route in EXTENDS
        and today <= item.deadline
        and bool(item.length)
        and may_ask_again(asked(item))
    )


def _reviews(user: Cadre, today: date) -> Q:
    scope = scope_of(user)
    right = scope.within("item.review", "area__code") | Q(
        lead_unit__in=scope.units_with("item.verify")
    )
    soon = Q(review_due__lte=today + timedelta(days=QUARTER_DAYS))
    return soon & right & ~Q(person=user) & ~mended_by(user)


def to_review(user: Cadre, today: date) -> QuerySet[Item]:
    """季度复核 that may be written now."""
    return items_visible_to(user).filter(_reviews(user, today))


def waiting_parts(user: Cadre, today: date) -> list[Q]:
    """等我处理: the moves, and what is asked of him beside them. Each part has an index that leads to
    its rows, a row may be of two; the few extensions that are open are found once."""
    scope, beside = scope_of(user), NOTHING
    if scope.has("item.review") or scope.has("item.verify"):
        beside |= _reviews(user, today)
    if any(scope.has(level.right) for level in EXTENDS.values()):
        asked = (
            to_extend(user).order_by().values("pk").union(to_replan(user).order_by().values("pk"))
        )
        beside |= Q(pk__among=ArraySubquery(asked))
    return [*_parts_of_moves(user, today), beside]


def waiting_for(user: Cadre, today: date) -> QuerySet[Item]:
    return items_visible_to(user).filter(reduce(or_, waiting_parts(user, today)))


def households_of_items(user: Cadre) -> QuerySet[ItemHousehold] | None:
    """行业部门 sees households by need: those of its own items."""
    units = scope_of(user).units_with("item.own")
    if not units:
        return None
    own = Item.objects.filter(
        Q(unit__in=units) | Q(lead_unit__in=units) | Q(co_units__in=units), status__in=OPEN
    )
    return ItemHousehold.objects.filter(item__in=own).values("household")  # type: ignore[return-value]


def household_panel(user: Cadre, household: Any) -> tuple[str, dict[str, Any]]:
    items = list(items_visible_to(user).filter(homes__household=household).order_by("-pk")[:20])
    with_due(items, clock.today())
    veil(items, user)
    return "rectification/_of_household.html", {"found": items}


def items_at_the_door(
    user: Cadre, household_ids: list[int], today: date
) -> dict[int, dict[str, Any]]:
    """Open items of one's own households, for the phone: who stands at the door should know
    what is being mended there. Only what the user may open has an address."""
    links = list(
        ItemHousehold.objects.filter(household__in=household_ids, item__status__in=OPEN)
        .select_related("item")
        .order_by("item__deadline", "item_id")
    )
    opens = items_visible_to(user).filter(pk__in=[link.item_id for link in links])
    mine = set(opens.values_list("pk", flat=True))
    found: dict[int, dict[str, Any]] = {}
    for link in links:
        item = link.item
        line = {"number": item.number, "text": item.text[:60], "waiting": item.waiting_label,
                "deadline": item.deadline.isoformat(), "uid": str(item.uid) if item.pk in mine else ""}  # fmt: skip
        found.setdefault(link.household_id, {"items": []})["items"].append(line)
    return found


def item_subjects(user: Cadre, ids: list[int]) -> dict[int, tuple[str, str]]:
    """What a lead about an item points at, where the reader may see it."""
    items = items_visible_to(user).filter(pk__in=ids)
    return {item.pk: (item.number, f"/items/{item.uid}/") for item in items}
