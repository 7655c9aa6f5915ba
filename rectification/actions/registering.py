from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from uuid import UUID

import uuid6
from django.db import transaction

from cadres.calendar import due_date, keep
from cadres.categories import CATEGORIES
from cadres.events import record
from cadres.leads import lead_kinds
from cadres.models import Area, Cadre, Lead, Post, Unit
from cadres.scope import require, scope_of
from households.models import Household, VisitProblem
from rectification.limits import grade_days
from rectification.models import CoordinationDecision, Item, ItemHousehold, NumberSeries
from rectification.models.coordination import SOURCE_KIND
from rectification.workflow import (
    GRADES,
    ISSUE_DAYS,
    ON_SPOT_SOURCES,
    ROUTE_LABELS,
    ROUTE_OF_SOURCE,
    SOURCES,
    Route,
)
from yuexi.core import clock
from yuexi.core.refusals import BadInput
from yuexi.core.secrecy import no_idno

LONGEST = timedelta(days=366)


@dataclass(frozen=True)
class Finding:
    """What is known of a problem when it is registered; the rest gets its default."""

    text: str
    category: str
    area: Area
    source: str
    grade: str = "LIMITED"
    lineage: str = ""
    source_kind: str = ""
    source_id: int | None = None
    households: Iterable[Household] = field(default_factory=tuple)
    unit: Unit | None = None
    person: Cadre | None = None
    lead_unit: Unit | None = None
    co_units: Sequence[Unit] = field(default_factory=tuple)
    deadline: date | None = None
    route: str = ""
    found_on: date | None = None
    found_by: str = ""
    uid: UUID | None = None
    parent: Item | None = None


def next_number(at: datetime) -> str:
    """26-0422: without gaps, since the row stays locked until the item is committed."""
    year = clock.day(at).year
    NumberSeries.objects.get_or_create(year=year)
    series = NumberSeries.objects.select_for_update().get(year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return f"{year % 100}-{series.last:04}"


def default_person(area: Area, today: date) -> Post:
    """The area's own: the township's clerk, else whoever assigns in the county."""
    in_force = (
        Post.objects.in_force(today).filter(cadre__is_active=True).select_related("cadre", "unit")
    )
    township = area.code[:9].ljust(12, "0")
    post = (
        in_force.filter(role="TOWNSHIP_CLERK", area__code=township).order_by("pk").first()
        or in_force.filter(role="OFFICE_RECTIFY").order_by("pk").first()
    )
    if post is None:
        raise BadInput(
            "no_default_person",
            f"{area.name}所在乡镇没有在任的专干，请先任命专干，或直接选定责任人。",
            field="person",
        )
    return post


def lead_for(category: str) -> Unit | None:
    return (
        Unit.objects.filter(kind=Unit.Kind.COUNTY, fields__contains=[category])
        .order_by("pk")
        .first()
    )


def active_in(person: Cadre, unit: Unit, today: date) -> bool:
    posts = Post.objects.in_force(today).filter(cadre=person, unit=unit)
    return person.is_active and (person.unit_id == unit.pk or posts.exists())


def register(*, finding: Finding, by: Cadre, at: datetime) -> Item:
    """登记 by hand, by import or over the API: the right is asked for the place."""
    require(by, "item.create", finding.area.code)
    return write(finding, by=by, at=at)


def write(finding: Finding, *, by: Cadre, at: datetime) -> Item:
    with transaction.atomic():
        keep()  # the limits are asked by the calendar that the deadline is counted with
        return _write(finding, by=by, at=at)


def _write(finding: Finding, *, by: Cadre, at: datetime) -> Item:
    today = clock.day(at)
    if not finding.text.strip():
        raise BadInput("text", "请写明问题，原文一经登记不能修改。", field="text")
    if len(finding.text.strip()) > 500:
        raise BadInput("text_long", "问题原文不能超过 500 个字，请分成几件登记。", field="text")
    no_idno([finding.text, finding.lineage, finding.found_by])
    if finding.found_on is not None and finding.found_on > today:
        raise BadInput("found_on", "发现时间不能晚于今天。", field="found_on")
    if finding.category not in CATEGORIES:
        raise BadInput(
            "category",
            f"不认识类别“{finding.category}”；可填：{'、'.join(CATEGORIES)}。",
            field="category",
        )
    if finding.grade not in GRADES or finding.source not in SOURCES:
        raise BadInput("grade", "请选择等级和问题来源。", field="grade")
    if finding.deadline is not None and finding.deadline < today:
        raise BadInput("deadline_past", "整改期限不能早于今天。", field="deadline")
    _within_the_rules(finding, today, by)
    if (finding.unit is None) != (finding.person is None):
        raise BadInput(
            "person_and_unit",
            "责任单位和责任人要一起填，或都不填（由系统取乡镇专干）。",
            field="person",
        )
    if finding.unit and finding.person and not active_in(finding.person, finding.unit, today):
        raise BadInput(
            "person_not_in_unit",
            f"{finding.person.name}现在不在{finding.unit}任职，请另选责任人。",
            field="person",
        )
    for household in finding.households:
        if household.area_id[:9] != finding.area.code[:9]:
            raise BadInput(
                "household_elsewhere", f"{household}不在所填的村或乡镇，请核对。", field="household"
            )
    if finding.person is None or finding.unit is None:
        post = default_person(finding.area, today)
        unit, person = post.unit, post.cadre
    else:
        unit, person = finding.unit, finding.person
    lead = finding.lead_unit or lead_for(finding.category) or unit
    route = finding.route or ROUTE_OF_SOURCE.get(finding.source, Route.COUNTY)
    if route == Route.COUNTY and unit.kind == Unit.Kind.COUNTY:
        route = Route.DEPARTMENT
    item = Item.objects.create(
        uid=finding.uid or uuid6.uuid7(),
        number=next_number(at), source=finding.source, source_kind=finding.source_kind,
        source_id=finding.source_id, lineage=finding.lineage, text=finding.text.strip(),
        category=finding.category, area=finding.area, lead_unit=lead, unit=unit, person=person,
        grade=finding.grade, route=route, parent=finding.parent, created_by=by, created_at=at, since=today,
        issue_due=due_date(today, ISSUE_DAYS).date,
        found_on=finding.found_on, found_by=finding.found_by.strip(),
        deadline=finding.deadline or due_date(today, grade_days(finding.grade, today)).date,
    )  # fmt: skip
    ItemHousehold.objects.bulk_create(
        [ItemHousehold(item=item, household=h) for h in finding.households]
    )
    item.co_units.set(finding.co_units)
    record("item.register", item, by=by, at=at, area=finding.area.code,
           after={"number": item.number, "person": person.name, "unit": unit.name, "deadline": str(item.deadline)})  # fmt: skip
    return item


def _within_the_rules(finding: Finding, today: date, by: Cadre) -> None:
    """Who registers may well be the rectifier: a longer time or an easier road than source
    and grade give is for those who review or issue."""
    scope = scope_of(by)
    if scope.has("item.review", finding.area.code) or scope.has("item.assign", finding.area.code):
        if finding.deadline and finding.deadline > today + LONGEST:
            raise BadInput("deadline_far", "整改期限不能超过一年。", field="deadline")
        return
    name, days = GRADES[finding.grade][0], grade_days(finding.grade, today)
    if finding.deadline and finding.deadline > due_date(today, days).date:
        raise BadInput(
            "deadline_long", f"“{name}”的期限最长 {days} 个工作日；要更长的，由指挥部交办时定。", field="deadline"
        )  # fmt: skip
    usual = ROUTE_OF_SOURCE.get(finding.source, Route.COUNTY)
    on_spot = finding.route == Route.ON_SPOT and finding.source in ON_SPOT_SOURCES
    if finding.route and finding.route != usual and not on_spot:
        raise BadInput(
            "route", f"这一来源的问题走“{ROUTE_LABELS[usual]}”路线；要改路线，请指挥部登记。", field="route"
        )  # fmt: skip


def said_day(day: date) -> str:
    """With the year, since it stays: 2026年11月23日走访."""
    return f"{day.year}年{day.month}月{day.day}日走访"


def _of_problem(source_id: int) -> Finding:
    found = VisitProblem.objects.select_related("visit__household", "visit__area")
    problem = found.get(pk=source_id)
    visit = problem.visit
    return Finding(
        text=problem.text, category=problem.category if problem.category in CATEGORIES else "其他",
        area=visit.area, source="VISIT", source_kind="visit", source_id=source_id,
        households=[visit.household], lineage=said_day(clock.day(visit.occurred_at)),
    )  # fmt: skip


def _of_lead(source_id: int) -> Finding:
    """In the words of its kind and never in those of the lead, which names who is concerned and
    may quote who reported. Whoever reads the item does not learn that there was a lead."""
    lead = Lead.objects.select_related("area").get(pk=source_id)
    own = [lead.subject_id] if lead.subject_kind == "household" else []
    return Finding(
        text=lead_kinds.kinds[lead.kind].mend, category="其他", area=lead.area, source="DATA",
        source_kind="lead", source_id=source_id, households=Household.objects.filter(pk__in=own),
    )  # fmt: skip


def _of_decision(source_id: int) -> Finding:
    found = CoordinationDecision.objects.select_related(
        "coordination__area", "area", "unit", "person"
    )
    decision = found.get(pk=source_id)
    held = decision.coordination
    day = f"{held.held_on.year}年{held.held_on.month}月{held.held_on.day}日"
    return Finding(
        text=decision.text, category=decision.category, area=decision.area, source="DISPATCH",
        source_kind=SOURCE_KIND, source_id=source_id, unit=decision.unit, person=decision.person,
        deadline=decision.deadline, lineage=f"{held.area.name}{day}周调度", found_on=held.held_on,
    )  # fmt: skip


FINDING_OF: dict[str, Callable[[int], Finding]] = {
    "visit": _of_problem,
    "lead": _of_lead,
    SOURCE_KIND: _of_decision,
}


def open_from(source_kind: str, source_id: int, *, by: Cadre, at: datetime) -> Item | None:
    """Called through the registry in the transaction of the finding, and again by the
    recovery sweep: UNIQUE on the source makes the second call find the first one's item.
    Where nobody can own the item yet, the finding is kept and the sweep asks again."""
    kept = Item.objects.filter(source_kind=source_kind, source_id=source_id).first()
    if kept:
        return kept
    try:
        return write(FINDING_OF[source_kind](source_id), by=by, at=at)
    except BadInput as refusal:
        if refusal.code != "no_default_person":
            raise
        return None
