"""The one clock, read at the edge only: actions take `at`, rules take `today`."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone

SHANGHAI = ZoneInfo("Asia/Shanghai")


def now() -> datetime:
    return timezone.now() + timedelta(seconds=settings.CLOCK_OFFSET_S)


def day(at: datetime) -> date:
    """The calendar day in the county."""
    return at.astimezone(SHANGHAI).date()


def today() -> date:
    return day(now())
