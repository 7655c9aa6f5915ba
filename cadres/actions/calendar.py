"""The working calendar: what a notice changes, what that moves, and both in one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256

from django.db import transaction

from cadres.calendar import (
    Marked,
    WorkingDays,
    days_of,
    fill_years,
    keep_alone,
    load,
    read_notice,
)
from cadres.events import record
from cadres.models import Area, Cadre, CalendarDay
from cadres.scope import require
from yuexi.core import clock
from yuexi.core.refusals import BadInput, Refusal
from yuexi.core.registries import MovedDate, deadlines

AHEAD = 2  # years


@dataclass(frozen=True)
class DayChange:
    day: date
    before: bool
    after: bool
    note: str


@dataclass(frozen=True)
class Plan:
    year: int
    marked: dict[date, Marked]
    days: list[DayChange]
    announce: bool
    moved: list[list[MovedDate]] = field(default_factory=list)

    @property
    def dates(self) -> list[MovedDate]:
        return [row for rows in self.moved for row in rows]

    @property
    def digest(self) -> str:
        """What was shown before saving; another one means that something moved meanwhile."""
        said = [(str(d.day), d.after) for d in self.days]
        moves = [(m.column, m.pk, str(m.before), str(m.after)) for m in self.dates]
        return sha256(repr((said, moves, self.announce)).encode()).hexdigest()[:16]


def plan_calendar(*, year: int, text: str, announce: bool, by: Cadre, today: date) -> Plan:
    """What would be changed, and which deadlines would move. Writes nothing."""
    require(by, "calendar.edit")
    if not today.year <= year <= today.year + AHEAD:
        raise BadInput("calendar_year", f"只能改 {today.year} 年到 {today.year + AHEAD} 年的日历。")
    try:
        marked = read_notice(text, year)
    except ValueError as part:
        raise BadInput("calendar_day", f"“{part}”里有日历上没有的日期，请检查。", field="text") from None  # fmt: skip
    if text.strip() and not marked:
        raise BadInput(
            "calendar_nothing",
            "没有读出放假或上班的日期。请粘贴通知里“……放假……上班”的原文，或每行写一天，例如：2027-02-08 休 春节。",
            field="text",
        )
    elsewhere = [d for d in marked if d.year != year]
    if elsewhere:
        raise BadInput("calendar_other_year", f"{elsewhere[0]} 不在 {year} 年，请到那一年的日历里改。", field="text")  # fmt: skip
    known = {d.date: d for d in days_of(year)}
    days = [
        DayChange(d, known[d].working, m.working, m.note)
        for d, m in sorted(marked.items())
        if known[d].working != m.working
    ]
    past = [d.day for d in days if d.day <= today]
    if past:
        raise BadInput(
            "calendar_past", f"{past[0]} 已经过去或就是今天，不能再改：当天的提醒和逾期已经按原来的日历算过。", field="text"
        )  # fmt: skip
    off = {d for d, day in known.items() if not day.working and d.weekday() < 5}
    off = (off | {d.day for d in days if not d.after}) - {d.day for d in days if d.after}
    if announce and not any(d.weekday() < 5 for d in off):
        raise BadInput(
            "calendar_empty", f"{year} 年还没有任何放假日期，不能公布；请先粘贴放假通知。", field="text"
        )  # fmt: skip
    if not days and not announce and not marked:
        raise BadInput("calendar_same", "没有要改的日期。", field="text")
    before = load(date(today.year - 1, 1, 1), date(today.year + AHEAD, 12, 31))
    moved = _moved(before, days)
    return Plan(year, marked, days, announce, moved)


def _moved(before: WorkingDays, days: list[DayChange]) -> list[list[MovedDate]]:
    if not days:
        return []
    after = before.with_days({d.day: d.after for d in days})
    return deadlines.moved(before, after, days[0].day)


def change_calendar(
    *, year: int, text: str, announce: bool, shown: str, by: Cadre, at: datetime
) -> Plan:
    """What was shown is what is saved: days, deadlines, events and notices together."""
    with transaction.atomic():
        keep_alone()
        fill_years(year, year)
        plan = plan_calendar(year=year, text=text, announce=announce, by=by, today=clock.day(at))
        if plan.digest != shown:
            raise Refusal(
                "calendar_moved", "刚才有人改了日历或事项，要顺延的期限和您看到的不一样了，请再预览一次。"
            )  # fmt: skip
        rows = [
            CalendarDay(date=d, working=m.working, announced=True, note=m.note)
            for d, m in plan.marked.items()
        ]
        CalendarDay.objects.bulk_update(rows, ["working", "announced", "note"])
        if announce:
            CalendarDay.objects.filter(date__year=year).update(announced=True)
        county = Area.objects.get(level=Area.Level.COUNTY)
        record("calendar.edit", county, by=by, at=at, area=county.code,
               after={"year": year, "announced": announce, "days": [f"{d.day} {'上班' if d.after else '放假'}" for d in plan.days],
                      "moved": len(plan.dates)})  # fmt: skip
        if plan.moved:
            deadlines.save(plan.moved, by=by, at=at)
    return plan


def missing_year(today: date) -> int | None:
    """Next year, from November on, while its notice is not known."""
    following = today.year + 1
    if today.month < 11:
        return None
    last = CalendarDay.objects.filter(date=date(following, 12, 31), announced=True)
    return None if last.exists() else following
