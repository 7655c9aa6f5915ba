"""本月未走访: from the 20th on, and with more weight 3 工作日 before the month ends, each
helper hears how many of his households wait. Numbers, no names."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Count

from cadres.calendar import nth_working_day
from cadres.reminders import Select, Sweep, sweep_one
from cadres.rules import Rules, Setting
from households.models import Assignment, Household
from households.querysets import current, due_a_visit


@dataclass(frozen=True)
class Rule:
    """Speaks each 工作日 from its first day to the month's end, until the next rule takes over:
    from a `day` of the month, or from `left` 工作日 before the month's last one."""

    code: str
    level: str
    day: int = 0
    left: int = 0

    def first(self, today: date) -> date:
        if self.day:
            return today.replace(day=self.day)
        following = (today.replace(day=1) + timedelta(days=31)).replace(day=1)
        return nth_working_day(following - timedelta(days=1), -self.left)


RULES = (Rule("V20", "C_PLAIN", day=20), Rule("V-3", "B_AMBER", left=3))


SETTINGS = (
    Setting("V20", "走访", "本月未走访，每天，从每月几日起", 20, 1, 28, "日"),
    Setting("V-3", "走访", "本月未走访，加重提醒，月底前", 3, 1, 10),
)


def spoken(given: Rules) -> list[Rule]:
    n = {s.code: given.number(s.code) for s in SETTINGS}
    return [
        replace(r, day=n[r.code]) if r.day else replace(r, left=n[r.code])
        for r in RULES if given.on(r.code)
    ]  # fmt: skip


def speaking(today: date, given: Rules) -> Rule | None:
    """The rule of the day: one, so that nobody hears the same twice."""
    rules = spoken(given)
    begun = [(rule.first(today), n) for n, rule in enumerate(rules) if rule.first(today) <= today]
    return rules[max(begun)[1]] if begun else None


def statement(today: date, given: Rules) -> Select:
    """Built from the very querysets of the pages, so that notice and list never disagree."""
    rule = speaking(today, given)
    if rule is None:
        return None
    homes = due_a_visit(Household.objects.all(), today)
    helping = current(Assignment.objects.filter(rank="MAIN", cadre__is_active=True), today)
    waiting = helping.filter(household__in=homes.values("pk")).order_by()
    counted = waiting.values("cadre").annotate(n=Count("pk"))
    sql, params = counted.query.sql_with_params()
    names = [f"q{n}" for n in range(len(params))]
    sql = sql % tuple(f"%({name})s" for name in names)
    select = f"""
SELECT h.cadre, h.cadre, '/m/', %(rule)s, %(level)s, '还有 ' || h.n || ' 户本月未走访'
  FROM ({sql}) AS h (cadre, n)"""
    values: dict[str, Any] = dict(zip(names, params, strict=True))
    return select, {**values, "rule": rule.code, "level": rule.level}


SWEEP = Sweep("helper", statement)


def sweep(*, today: date, at: datetime) -> int:
    return sweep_one(SWEEP, today=today, at=at)
