"""How dates, numbers and rights are shown. A builtin of every template."""

from datetime import date, datetime
from fractions import Fraction

from django import template

from cadres.scope import Scope
from yuexi.core import clock

register = template.Library()


@register.filter
def can(scope: Scope | str, right: str) -> bool:
    return isinstance(scope, Scope) and scope.has(right)


@register.filter
def cn_day(value: date | datetime | None) -> str:
    """11月23日; with the year when it is another one."""
    if value is None:
        return "—"
    day = clock.day(value) if isinstance(value, datetime) else value
    year = "" if day.year == clock.today().year else f"{day.year}年"
    return f"{year}{day.month}月{day.day}日"


@register.filter
def cn_time(value: datetime) -> str:
    return f"{cn_day(value)} {value.astimezone(clock.SHANGHAI):%H:%M}"


@register.filter
def item(mapping: dict[str, str], key: str) -> str:
    return mapping.get(key, "")


@register.filter
def people(value: Fraction) -> str:
    """A number of persons that may be an estimate: whole ones as they are, else one decimal."""
    return f"{int(value):,}" if value.denominator == 1 else f"{float(value):,.1f}"


@register.filter
def chosen(selects: list[tuple[str, str, list[tuple[str, str]], str]]) -> bool:
    """Whether any of the boxes stands on something."""
    return any(value for *_, value in selects)
