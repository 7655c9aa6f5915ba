"""The clock's rules of an item as data, and the one statement that finds whom they reach.

A rule names the days by 工作日 left (or passed), so each becomes a range of dates that the
deadline's index answers.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from cadres.calendar import nth_working_day
from cadres.reminders import tell
from rectification.sql import TOWNSHIP_STEPS

FAR_PAST = date(1970, 1, 1)


@dataclass(frozen=True)
class Rule:
    """`left` 工作日 before the date in `column`; negative: passed by so many."""

    code: str
    column: str
    left: int
    to: str
    level: str
    text: str
    and_later: bool = False  # from this step on, every working day


# Who holds a 授权 is reminded of the township's checks beside the head who gave it.
DELEGATES = f""" UNION SELECT d.receiver_id FROM delegations_in_force(%(today)s) d
   JOIN cadres_area a ON a.id = d.area_id AND a.prefix = left(i.area_code, 9)
 WHERE (i.route, i.status) IN ({TOWNSHIP_STEPS}) AND i.person_id NOT IN (d.receiver_id, d.giver_id)"""
# The recipient of a notice, as SQL over item i.
PERSON = "SELECT i.person_id AS id"
POSTS = """SELECT p.cadre_id AS id FROM cadres_post p JOIN cadres_area a ON a.id = p.area_id
 JOIN cadres_cadre c ON c.id = p.cadre_id AND c.is_active
 WHERE p.start <= %(today)s AND (p.end IS NULL OR p.end > %(today)s) AND NOT p.waits AND {condition}"""
RECIPIENTS = {
    "person": PERSON,
    "unit": POSTS.format(
        condition="p.unit_id = i.unit_id AND p.role IN ('DEPARTMENT', 'TOWNSHIP_HEAD') AND p.cadre_id <> i.person_id"
    ),
    "township": POSTS.format(
        condition="a.prefix = left(i.area_code, 9) AND p.role IN ('TOWNSHIP_HEAD', 'TOWNSHIP_CLERK')"
    ),
    "office": POSTS.format(
        condition="p.role = 'OFFICE_RECTIFY' AND starts_with(i.area_code, a.prefix)"
    ),
    "checker": POSTS.format(
        condition="""p.cadre_id <> i.person_id AND (
      (i.status = 'SELF_CHECK' AND i.route <> 'DEPARTMENT' AND p.role = 'TOWNSHIP_HEAD' AND a.prefix = left(i.area_code, 9))
   OR (i.status = 'SELF_CHECK' AND i.route = 'DEPARTMENT' AND p.role = 'DEPARTMENT' AND p.unit_id = i.unit_id)
   OR (i.status = 'VERIFY' AND i.route <> 'DEPARTMENT' AND p.role = 'DEPARTMENT' AND p.unit_id = i.lead_unit_id)
   OR (i.status = 'VERIFY' AND i.route = 'DEPARTMENT' AND p.role = 'TOWNSHIP_HEAD' AND a.prefix = left(i.area_code, 9))
   OR (i.status = 'APPROVE' AND i.route IN ('VILLAGE', 'ON_SPOT') AND p.role = 'TOWNSHIP_HEAD' AND a.prefix = left(i.area_code, 9))
   OR (i.status IN ('ACCEPT', 'APPROVE') AND i.route IN ('COUNTY', 'DEPARTMENT') AND p.role = 'OFFICE_RECTIFY' AND starts_with(i.area_code, a.prefix)))"""
    )
    + DELEGATES,
    "watcher": POSTS.format(
        condition="p.role IN ('INSPECTOR', 'OFFICE_RECTIFY') AND starts_with(i.area_code, a.prefix)"
        " AND p.cadre_id <> i.person_id AND NOT EXISTS (SELECT 1 FROM rectification_check k"
        " WHERE k.item_id = i.id AND k.by_id = p.cadre_id)"
    ),
}
RUNNING = "i.status IN ('ISSUED', 'SIGNED', 'RECTIFYING')"
CHECKING = "i.status IN ('SELF_CHECK', 'VERIFY', 'ACCEPT', 'APPROVE')"
STATES = {"deadline": RUNNING, "check_due": CHECKING, "lookback_due": "i.status = 'CLOSED'"}

RULES = (
    Rule("D-7", "deadline", 7, "person", "C_PLAIN", "还剩 7 个工作日"),
    Rule("D-3", "deadline", 3, "person", "B_AMBER", "还剩 3 个工作日"),
    Rule("D-1", "deadline", 1, "person", "B_AMBER", "还剩 1 个工作日"),
    Rule("D+1", "deadline", -1, "person", "A_RED", "已逾期", and_later=True),
    Rule("D+2", "deadline", -2, "unit", "A_RED", "本单位整改逾期 2 个工作日"),
    Rule("D+3", "deadline", -3, "township", "A_RED", "辖区整改逾期 3 个工作日"),
    Rule("D+5", "deadline", -5, "office", "A_RED", "整改逾期 5 个工作日"),
    Rule("C-3", "check_due", 3, "checker", "C_PLAIN", "等您检查，办理时限 3 个工作日"),
    Rule("C-1", "check_due", 1, "checker", "B_AMBER", "等您检查，还剩 1 个工作日"),
    Rule("C+1", "check_due", -1, "checker", "A_RED", "等您检查，已过办理时限", and_later=True),
    Rule("C+3", "check_due", -3, "office", "A_RED", "检查超过办理时限 3 个工作日"),
    Rule("L", "lookback_due", 0, "watcher", "B_AMBER", "该回头看了"),
)  # fmt: skip


def days_of(rule: Rule, today: date) -> tuple[date, date]:
    """The half-open range of dates that are `left` 工作日 away from today."""
    if rule.column == "lookback_due":
        return FAR_PAST, today + timedelta(days=1)
    if rule.left > 0:
        return nth_working_day(today, rule.left), nth_working_day(today, rule.left + 1)
    end = nth_working_day(today, rule.left + 1)
    return (FAR_PAST if rule.and_later else nth_working_day(today, rule.left)), end


def statement(today: date) -> tuple[str, dict[str, Any]]:
    parts = []
    values: dict[str, Any] = {"today": today}
    for n, rule in enumerate(RULES):
        values[f"lo{n}"], values[f"hi{n}"] = days_of(rule, today)
        values |= {f"code{n}": rule.code, f"level{n}": rule.level, f"text{n}": rule.text}
        parts.append(f"""
SELECT r.id, i.id, '/items/' || i.uid || '/', %(code{n})s, %(level{n})s,
       left(i.number || ' ' || left(i.text, 40) || '：' || %(text{n})s, 200)
  FROM rectification_item i CROSS JOIN LATERAL ({RECIPIENTS[rule.to]}) r
 WHERE {STATES[rule.column]} AND i.{rule.column} >= %(lo{n})s AND i.{rule.column} < %(hi{n})s""")
    return " UNION ALL ".join(parts), values


def sweep(*, today: date, at: datetime) -> int:
    """Returns how many notices are new."""
    select, values = statement(today)
    return tell(select, values, kind="item", today=today, at=at)
