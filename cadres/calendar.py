"""Working days 工作日. Filled from chinesecalendar, which knows 2004 to 2026 and raises after."""

from datetime import date, timedelta

import chinese_calendar

from cadres.models import CalendarDay
from yuexi.core.refusals import BadInput


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


def due_date(start: date, working_days: int) -> CalendarDay:
    """The last day of a deadline of so many 工作日. The day of issue does not count;
    overdue begins at 00:00 after the day returned. One query."""
    days = CalendarDay.objects.filter(date__gt=start, working=True).order_by("date")
    try:
        return days[working_days - 1]
    except IndexError:
        raise BadInput(
            "calendar_missing",
            f"工作日历没有覆盖{start.year}年之后的日期，请管理员先补充工作日历。",
        ) from None


def working_days_between(start: date, end: date) -> int:
    """工作日 after `start` up to and with `end`; negative when `end` lies before."""
    if end < start:
        return -working_days_between(end, start)
    return CalendarDay.objects.filter(date__gt=start, date__lte=end, working=True).count()


def nth_working_day(today: date, n: int) -> date:
    """n > 0: the n-th 工作日 after today. n <= 0: p(0) is the last 工作日 up to and with
    today, p(-1) the one before it."""
    if n > 0:
        return due_date(today, n).date
    past = CalendarDay.objects.filter(date__lte=today, working=True).order_by("-date")
    return past[-n].date


def is_working_day(day: date) -> bool:
    return CalendarDay.objects.filter(date=day, working=True).exists()
