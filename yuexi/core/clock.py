"""The one clock, read at the edge only: actions take `at`, rules take `today`."""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    return timezone.now() + timedelta(seconds=settings.CLOCK_OFFSET_S)


def day(at: datetime) -> date:
    """The calendar day in the county."""
    return at.astimezone(SHANGHAI).date()


def start_of(day: date) -> datetime:
    """00:00 of a day in the county."""
    return datetime.combine(day, time(), SHANGHAI)


def today() -> date:
    return day(now())
