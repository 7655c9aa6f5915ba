"""Working days 工作日. Filled from chinesecalendar, which knows 2004 to 2026 and raises after.

A day that the table does not hold yet is 预计: Monday to Friday work. Nothing stops for it."""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

import chinese_calendar
from django.db import connection

from cadres.models import CalendarDay

LOCK = 20170802  # advisory; 20170801 is that of absences (cadres/sql.py)


def keep() -> None:
    """Until the transaction ends no notice changes the calendar: who counts a deadline by it has
    written that deadline before a save looks for what it moves. Asked before any row is locked."""
    _lock("pg_advisory_xact_lock_shared")


def keep_alone() -> None:
    """Until the transaction ends nobody counts a deadline; waits for those who are at it."""
    _lock("pg_advisory_xact_lock")


def _lock(function: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {function}(%s)", [LOCK])


def fill_years(first: int, last: int) -> int:
    """Write the days of the years that are missing; announced days are never overwritten."""
    rows = []
    day = date(first, 1, 1)
    while day.year <= last:
        try:
            working, announced = chinese_calendar.is_workday(day), True
        except NotImplementedError:
            working, announced = day.weekday() < 5, False
        rows.append(CalendarDay(date=day, working=working, announced=announced))
        day += timedelta(days=1)
    return len(CalendarDay.objects.bulk_create(rows, ignore_conflicts=True))


def reach_ahead(today: date) -> None:
    """A server that runs for years starts no year without its days."""
    if not CalendarDay.objects.filter(date=date(today.year + 2, 12, 31)).exists():
        fill_years(today.year, today.year + 2)


def _expected(day: date) -> CalendarDay:
    return CalendarDay(date=day, working=day.weekday() < 5, announced=False)


def _beyond(after: date) -> Iterator[CalendarDay]:
    """The 工作日 that the table does not hold, one by one."""
    last = CalendarDay.objects.order_by("-date").values_list("date", flat=True).first() or after
    day = max(last, after)
    while True:
        day += timedelta(days=1)
        if day.weekday() < 5:
            yield _expected(day)


def due_date(start: date, working_days: int) -> CalendarDay:
    """The last day of a deadline of so many 工作日. The day of issue does not count;
    overdue begins at 00:00 after the day returned. One query while the table reaches."""
    days = CalendarDay.objects.filter(date__gt=start, working=True).order_by("date")
    try:
        return days[working_days - 1]
    except IndexError:
        wanted = working_days - days.count()
        return next(day for n, day in enumerate(_beyond(start), 1) if n == wanted)


def working_days_between(start: date, end: date) -> int:
    """工作日 after `start` up to and with `end`; negative when `end` lies before."""
    if end < start:
        return -working_days_between(end, start)
    days = CalendarDay.objects.filter(date__gt=start, date__lte=end)
    if days.count() == (end - start).days:
        return days.filter(working=True).count()
    return sum(1 for day in load(start, end).working if start < day <= end)


def nth_working_day(today: date, n: int) -> date:
    """n > 0: the n-th 工作日 after today. n <= 0: p(0) is the last 工作日 up to and with
    today, p(-1) the one before it."""
    if n > 0:
        return due_date(today, n).date
    past = CalendarDay.objects.filter(date__lte=today, working=True).order_by("-date")
    return past[-n].date


def is_working_day(day: date) -> bool:
    known = CalendarDay.objects.filter(date=day).values_list("working", flat=True).first()
    return day.weekday() < 5 if known is None else known


def near(today: date, reach: int) -> Callable[[int], date]:
    """`nth_working_day` for many n between -reach and reach, with one query."""
    span = timedelta(days=3 * reach + 30)
    rows = CalendarDay.objects.filter(date__gte=today - span, date__lte=today + span)
    known = dict(rows.values_list("date", "working"))
    every = (today - span + timedelta(days=n) for n in range(2 * span.days + 1))
    working = [day for day in every if known.get(day, day.weekday() < 5)]
    here = bisect_right(working, today) - 1
    return lambda n: working[here + n]


def days_of(year: int) -> list[CalendarDay]:
    """All of them, those that the table does not hold as 预计."""
    known = {d.date: d for d in CalendarDay.objects.filter(date__year=year)}
    day, found = date(year, 1, 1), []
    while day.year == year:
        found.append(known.get(day) or _expected(day))
        day += timedelta(days=1)
    return found


class WorkingDays:
    """The 工作日 of some years in memory; past them Monday to Friday work."""

    def __init__(self, working: list[date], end: date) -> None:
        self.working, self.end, self._set = working, end, set(working)

    def with_days(self, changed: dict[date, bool]) -> WorkingDays:
        kept = {d for d in self._set if changed.get(d, True)}
        return WorkingDays(sorted(kept | {d for d, works in changed.items() if works}), self.end)

    def is_working(self, day: date) -> bool:
        return day in self._set if day <= self.end else day.weekday() < 5

    def between(self, start: date, end: date) -> int:
        return bisect_right(self.working, end) - bisect_right(self.working, start)

    def nth(self, start: date, n: int) -> date:
        if n == 0:
            start, n = start - timedelta(days=1), 1
        at = bisect_right(self.working, start) + n - 1
        return self.working[min(at, len(self.working) - 1)]


def load(start: date, end: date) -> WorkingDays:
    """Whole years from that of `start` to that of `end`."""
    days = [day for year in range(start.year, end.year + 1) for day in days_of(year)]
    return WorkingDays([d.date for d in days if d.working], days[-1].date)


@dataclass(frozen=True)
class Marked:
    working: bool
    note: str


DATE = r"(?:(\d{4})年)?(?:(\d{1,2})月)?(\d{1,2})日"
SPAN = re.compile(DATE + r"(?:\s*(?:至|到|[-—－~～])\s*" + DATE + ")?")
LINE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})\s*([休班])\s*(.{0,20})")
NAME = re.compile(r"([\u4e00-\u9fa5]{2,8})[:：]")


def read_notice(text: str, year: int) -> dict[date, Marked]:
    """The wording of the State Council's notice (“2月15日至23日放假调休……2月14日上班”), or
    lines such as “2027-02-15 休 春节”. What says neither 放假 nor 上班 is passed over; raises
    ValueError with the part that names no day of the calendar."""
    found: dict[date, Marked] = {}
    name = ""
    for clause in re.split(r"[。；;，,\n\r]", re.sub(r"（[^）]*）|\([^)]*\)", "", text)):
        clause = clause.strip()
        if line := LINE.fullmatch(clause):
            try:
                day = date(int(line[1]), int(line[2]), int(line[3]))
            except ValueError:
                raise ValueError(clause) from None
            found[day] = Marked(line[4] == "班", line[5].strip())
            continue
        if said := NAME.search(clause):
            name = said[1]
        if "放假" not in clause and "上班" not in clause:
            continue
        works = "上班" in clause
        note = f"{name}调休" if works else name
        try:
            found |= {day: Marked(works, note) for day in _spans(clause, year)}
        except ValueError:
            raise ValueError(clause[:40]) from None
    return found


def _spans(clause: str, year: int) -> Iterator[date]:
    month = 0
    for m in SPAN.finditer(clause):
        month = int(m[2] or month)
        first = date(int(m[1] or year), month, int(m[3]))
        last = first
        if m[6]:
            month = int(m[5] or month)
            last = date(int(m[4] or first.year), month, int(m[6]))
        if not first <= last <= first + timedelta(days=31):
            raise ValueError
        while first <= last:
            yield first
            first += timedelta(days=1)
