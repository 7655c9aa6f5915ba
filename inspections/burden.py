"""负担台账: what a village was asked for in a week, beside the same ISO week a year ago."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Count, F, QuerySet, Sum

from cadres.models import Area
from inspections.models import Attendance, FormAsk, VillageSlot
from yuexi.core.refusals import BadInput

HELD_MEETINGS = ("REGISTERED", "APPROVED")
GOING = ("REGISTERED", "FILED", "ALLOWED", "STARTED", "FINISHED")
GOING_TOGETHER = ("ANNOUNCED", "STARTED", "FINISHED")


@dataclass
class Load:
    forms: int = 0
    meetings: int = 0
    inspections: int = 0
    minutes: int = 0

    def __iadd__(self, other: Load) -> Load:
        self.forms += other.forms
        self.meetings += other.meetings
        self.inspections += other.inspections
        self.minutes += other.minutes
        return self

    @property
    def hours(self) -> str:
        """To a tenth, halves up, in whole numbers."""
        tenths = (self.minutes * 10 + 30) // 60
        return f"{tenths // 10}.{tenths % 10}" if tenths % 10 else str(tenths // 10)


@dataclass(frozen=True)
class Week:
    year: int
    number: int

    @property
    def monday(self) -> date:
        return date.fromisocalendar(self.year, self.number, 1)

    @property
    def sunday(self) -> date:
        return self.monday + timedelta(days=6)

    @property
    def code(self) -> str:
        return f"{self.year}-W{self.number:02}"

    @property
    def year_ago(self) -> Week | None:
        """None where that year had no such week."""
        try:
            date.fromisocalendar(self.year - 1, self.number, 1)
        except ValueError:
            return None
        return Week(self.year - 1, self.number)

    def beside(self, weeks: int) -> Week:
        return week_of(self.monday + timedelta(weeks=weeks))


def week_of(day: date) -> Week:
    year, number, _ = day.isocalendar()
    return Week(year, number)


def read_week(text: str, today: date) -> Week:
    if not text:
        return week_of(today)
    found = re.fullmatch(r"(20[0-9]{2})-W([0-9]{2})", text)
    try:
        if found is None:
            raise ValueError
        week = Week(int(found[1]), int(found[2]))
        _ = week.monday
    except ValueError:
        raise BadInput("week", "周次写成“2026-W48”，请从上面的“上一周、下一周”进入。", field="week") from None  # fmt: skip
    return week


def asks_in(week: Week, codes: list[str]) -> QuerySet[FormAsk]:
    return FormAsk.objects.filter(area__code__in=codes, on__range=(week.monday, week.sunday))


def attendance_in(week: Week, codes: list[str]) -> QuerySet[Attendance]:
    return Attendance.objects.filter(
        unit__area__code__in=codes, unit__kind__in=["VILLAGE", "TOWNSHIP"],
        meeting__status__in=HELD_MEETINGS, meeting__on__range=(week.monday, week.sunday),
    )  # fmt: skip


def slots_in(week: Week, codes: list[str]) -> QuerySet[VillageSlot]:
    """Those that begin in the week: an inspection of two weeks is one inspection."""
    begin = VillageSlot.objects.filter(area__code__in=codes, live=True, start__range=(week.monday, week.sunday))  # fmt: skip
    return begin.filter(filing__status__in=GOING) | begin.filter(joint__status__in=GOING_TOGETHER)


def loads(week: Week | None, areas: Iterable[Area]) -> dict[str, Load]:
    """By the code of the village, or of the township for what its own government was asked for."""
    found: dict[str, Load] = defaultdict(Load)
    if week is None:
        return found
    codes = [a.code for a in areas]
    for code, n, minutes in asks_in(week, codes).values_list("area__code").annotate(Count("pk"), Sum("form__minutes")):  # fmt: skip
        found[code] += Load(forms=n, minutes=minutes)
    people = attendance_in(week, codes).values_list("unit__area__code")
    for code, n, minutes in people.annotate(
        n=Count("pk"), spent=Sum(F("people") * F("meeting__minutes"))
    ):
        found[code] += Load(meetings=n, minutes=minutes)
    for code, alone, together in slots_in(week, codes).values_list("area__code", "filing__hours", "joint__hours"):  # fmt: skip
        found[code] += Load(inspections=1, minutes=60 * (alone or together or 0))
    return found


@dataclass(frozen=True)
class Line:
    area: Area
    now: Load
    before: Load


def lines(week: Week, areas: list[Area]) -> list[Line]:
    now, before = loads(week, areas), loads(week.year_ago, areas)
    return [Line(a, now[a.code], before[a.code]) for a in areas]


def summed(found: list[Line], townships: dict[str, Area]) -> list[Line]:
    """Of villages and of the government itself, by township."""
    sums: dict[str, Line] = {}
    for line in found:
        prefix = line.area.code[:9]
        if prefix in townships:
            kept = sums.setdefault(prefix, Line(townships[prefix], Load(), Load()))
            now, before = kept.now, kept.before
            now += line.now
            before += line.before
    return list(sums.values())
