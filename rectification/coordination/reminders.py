"""The week's 周调度: asked for on Thursday, red on Monday. The days are settings."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from cadres.calendar import load
from cadres.reminders import Select, Sweep
from cadres.rules import Rules, Setting
from rectification.coordination.weeks import WEEK, days_of, exempt, monday_of, week_name

ASK = Setting(
    "W-ASK", "周调度", "本周还没有开（从周几起提醒）", 4, 1, 5, "（周几，1 为周一）"
)  # fmt: skip
RED = Setting("W-RED", "周调度", "上一周没有开，周一起红色提醒")

# Of a township that has its county leader in that week and no confirmed 周调度 of it; once for each week.
MISSING = """
SELECT DISTINCT p.cadre_id, a.id, '/forces/coordination/' || a.code || '/' || %(monday{n})s || '/', %(code{n})s, %(level{n})s,
       a.name || %(text{n})s
  FROM cadres_area a
  JOIN cadres_post p ON p.area_id = a.id AND p.role = ANY(%(roles{n})s) AND NOT p.waits
   AND p.start <= %(today)s AND (p."end" IS NULL OR p."end" > %(today)s)
  JOIN cadres_cadre c ON c.id = p.cadre_id AND c.is_active
 WHERE a.level = 'TOWNSHIP'
   AND EXISTS (SELECT 1 FROM cadres_post l WHERE l.area_id = a.id AND l.role = 'STATIONED_LEADER' AND NOT l.waits
         AND l.start <= %(monday{n})s::date + 6 AND (l."end" IS NULL OR l."end" > %(monday{n})s::date))
   AND NOT EXISTS (SELECT 1 FROM rectification_coordination w WHERE w.area_code = a.code AND w.monday = %(monday{n})s::date
         AND w.closed_at IS NOT NULL)
   AND NOT EXISTS (SELECT 1 FROM cadres_notice t WHERE t.subject_kind = 'coordination' AND t.subject_id = a.id AND t.rule = %(code{n})s
         AND t.recipient_id = p.cadre_id AND t.day < %(today)s AND t.path = '/forces/coordination/' || a.code || '/' || %(monday{n})s || '/')"""


def statement(today: date, rules: Rules) -> Select:
    monday = monday_of(today)
    working = load(today - timedelta(days=60), today + WEEK)
    said: list[tuple[str, date, str, str, list[str]]] = []
    if rules.on(ASK.code) and not exempt(monday, working):
        days = [day for day in days_of(monday) if working.is_working(day)]
        # Where nobody works from Thursday on, the last day that they do.
        asked = next((d for d in days if d.isoweekday() >= rules.number(ASK.code)), days[-1])
        if today >= asked:
            said.append(("W-ASK", monday, "B_AMBER", "本周还没有开周调度，请本周内召开并确认。",
                         ["STATIONED_LEADER", "TOWNSHIP_CLERK"]))  # fmt: skip
    before = monday - WEEK
    while exempt(before, working) and before > today - timedelta(days=50):
        before -= WEEK
    if rules.on(RED.code):
        text = f"{week_name(before).split('（')[0]}没有周调度记录，请补登或说明。"
        said.append(("W-RED", before, "A_RED", text, ["STATIONED_LEADER", "TOWNSHIP_CLERK", "TOWNSHIP_HEAD"]))  # fmt: skip
    if not said:
        return None
    values: dict[str, Any] = {"today": today}
    for n, (code, week, level, text, roles) in enumerate(said):
        values |= {f"code{n}": code, f"monday{n}": week.isoformat(), f"level{n}": level, f"text{n}": text, f"roles{n}": roles}  # fmt: skip
    return " UNION ALL ".join(MISSING.format(n=n) for n in range(len(said))), values


SWEEP = Sweep("coordination", statement)

# What fills the half-day of who was there; a draft says nothing yet.
COORDINATED = """
SELECT w.cadre_id, c.held_on, c.slot, 'COORDINATION', c.area_code, c.id
  FROM rectification_coordination c JOIN rectification_coordination_present w ON w.coordination_id = c.id
 WHERE c.closed_at IS NOT NULL AND c.held_on BETWEEN %(start)s AND %(end)s"""
