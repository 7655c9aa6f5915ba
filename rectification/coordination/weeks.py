"""ISO weeks, Monday to Sunday, and which of them a township owes a 周调度."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Q, QuerySet

from cadres.calendar import WorkingDays, load
from cadres.models import Area, Cadre, Post
from cadres.scope import scope_of
from rectification.models import Coordination

WEEK = timedelta(days=7)
HELD, DRAFT, EXEMPT, MISSED, OPEN, NOBODY = "HELD", "DRAFT", "EXEMPT", "MISSED", "OPEN", "NOBODY"


def monday_of(day: date) -> date:
    return day - timedelta(days=day.weekday())


def week_name(monday: date) -> str:
    """The year is that of the ISO week: 2018-01-01 begins 2018年第1周, 2017-12-31 ends 2017年第52周."""
    year, week, _ = monday.isocalendar()
    end = monday + timedelta(days=6)
    return f"{year}年第{week}周（{monday.month}月{monday.day}日至{end.month}月{end.day}日）"


def days_of(monday: date) -> list[date]:
    return [monday + timedelta(days=n) for n in range(7)]


def exempt(monday: date, working: WorkingDays) -> bool:
    """免: a week in which nobody works (2 to 8 October 2017)."""
    return not any(working.is_working(day) for day in days_of(monday))


def coordinations_visible_to(user: Cadre) -> QuerySet[Coordination]:
    seen = scope_of(user).within("coordination.view", "area_id")
    return Coordination.objects.filter(seen)


def townships_of(user: Cadre, right: str = "coordination.view") -> QuerySet[Area]:
    here = scope_of(user).within(right, "code")
    return Area.objects.filter(here, level=Area.Level.TOWNSHIP).order_by("code")


def leaders_in(areas: Iterable[Area], start: date, end: date) -> QuerySet[Post]:
    """Posts of 包乡县领导 in force on any day from `start` to `end`, both included."""
    during = Q(end__isnull=True) | Q(end__gt=start)
    return Post.objects.filter(
        during, role="STATIONED_LEADER", waits=False, start__lte=end, area__in=areas
    ).select_related("cadre")


@dataclass(frozen=True)
class Cell:
    """What became of one week in one township."""

    monday: date
    state: str
    held: Coordination | None = None

    @property
    def late(self) -> bool:
        """Written down after its week was over."""
        return self.held is not None and self.held.is_late


@dataclass(frozen=True)
class Line:
    area: Area
    cells: list[Cell]

    @property
    def held(self) -> int:
        return sum(c.state == HELD for c in self.cells)

    @property
    def due(self) -> int:
        """The running week is owed when it is over, and counts as soon as it is held."""
        return sum(c.state in (HELD, DRAFT, MISSED) for c in self.cells)

    @property
    def exempt(self) -> int:
        return sum(c.state == EXEMPT for c in self.cells)


def register(areas: Sequence[Area], mondays: Sequence[date], today: date) -> list[Line]:
    """Townships in the order of their codes; three statements, however many there are."""
    working = load(mondays[0], mondays[-1] + WEEK)
    kept = {
        (c.area_id, c.monday): c
        for c in Coordination.objects.filter(area__in=areas, monday__in=mondays).defer("briefing")
    }
    leaders: dict[int, list[Post]] = defaultdict(list)
    for post in leaders_in(areas, mondays[0], mondays[-1] + WEEK):
        leaders[post.area_id].append(post)
    off = {monday for monday in mondays if exempt(monday, working)}

    def cell(area: Area, monday: date) -> Cell:
        found = kept.get((area.code, monday))
        end = monday + timedelta(days=6)
        running = end >= today
        if found and found.closed_at:
            return Cell(monday, HELD, found)
        if monday in off:
            return Cell(monday, EXEMPT, found)
        if not any(p.start <= end and (p.end is None or p.end > monday) for p in leaders[area.pk]):
            return Cell(monday, NOBODY, found)
        if found and not running:
            return Cell(monday, DRAFT, found)
        return Cell(monday, OPEN if running else MISSED, found)

    return [Line(area, [cell(area, monday) for monday in mondays]) for area in areas]
