"""The clock of 氛围营造. No notice bears a name, a title or a reason: it may leave the house."""

from __future__ import annotations

from datetime import date, timedelta

from cadres.calendar import nth_working_day, working_days_between
from cadres.reminders import Select, Sweep
from cadres.rules import Rules, Setting
from inspections.publicity.sql import roles_with

GROUP = "宣传"
SETTINGS = (
    Setting("honour_notice_days", GROUP, "典型公示期", 7, 5, 30, "天", occasion=False),
    Setting("honour_recheck_days", GROUP, "已发布的干部典型隔多久复核", 180, 30, 365, "天", occasion=False),
    Setting("H-END", GROUP, "典型公示期满"),
    Setting("H-CHECK", GROUP, "请核实典型是否撤销，每周第一个工作日"),
    Setting("C-END", GROUP, "典型所依据的授权书快到期", 15, 5, 60, "天"),
    Setting("P-BEHIND", GROUP, "月底前专栏稿件还少于计划", 5, 1, 15),
)  # fmt: skip
HOLDERS = f"""
  JOIN cadres_post p ON p.start <= %(today)s AND (p."end" IS NULL OR p."end" > %(today)s) AND NOT p.waits
   AND (p.role = ANY({roles_with("publicity.review")}) OR h.kind = 'CADRE' AND p.role = ANY({roles_with("publicity.cadre")}))
  JOIN cadres_area a ON a.id = p.area_id AND starts_with(h.area_code, a.prefix)
  JOIN cadres_cadre c ON c.id = p.cadre_id AND c.is_active AND c.id IS DISTINCT FROM h.cadre_id
"""
NAMED = """CASE h.kind WHEN 'CADRE' THEN '干部典型' ELSE '脱贫典型' END || '（' || (SELECT x.name FROM cadres_area x WHERE x.code = h.area_code) || '）'"""
PATH = "'/inspections/publicity/honours/' || h.uid || '/'"
HONOURS = f"""
SELECT DISTINCT c.id, h.id, {PATH}, 'H-END', 'B_AMBER', {NAMED} || '公示期满，请办理'
  FROM inspections_honour h {HOLDERS}
 WHERE h.status = 'NOTICE' AND h.notice_until < %(today)s AND 'H-END' = ANY(%(spoken)s)
UNION ALL
SELECT DISTINCT c.id, h.id, {PATH}, 'H-CHECK', 'B_AMBER', {NAMED} || '：请核实是否撤销'
  FROM inspections_honour h {HOLDERS}
 WHERE h.status IN ('NOTICE', 'PUBLISHED') AND %(weekly)s AND 'H-CHECK' = ANY(%(spoken)s)
   AND (h.kind = 'HOUSEHOLD' AND household_suspected(h.household_id) OR h.kind = 'CADRE' AND (honour_blocked(h.id)
     OR h.status = 'PUBLISHED' AND (SELECT max(s.at) FROM inspections_honourstep s WHERE s.honour_id = h.id AND s.kind = 'CLEAR')
        < %(recheck)s))
UNION ALL
SELECT h.recommended_by_id, h.id, {PATH}, 'C-END', 'B_AMBER', {NAMED} || '：授权书' || to_char(k."end" - 1, 'FMMM"月"FMDD"日"') || '到期，到期后自动不再展示'
  FROM inspections_honour h JOIN inspections_consent k ON k.id = h.consent_id
 WHERE h.status IN ('NOTICE', 'PUBLISHED') AND k.revoked_on IS NULL AND k."end" - 1 <= %(ending)s AND k."end" > %(today)s
   AND 'C-END' = ANY(%(spoken)s)
"""
COLUMNS = f"""
SELECT DISTINCT p.cadre_id, k.id, '/inspections/publicity/?month=' || to_char(m.month, 'YYYY-MM'), 'P-BEHIND', 'B_AMBER',
       '专栏“' || k.name || '”本月计划 ' || m.count || ' 篇，已刊播 ' || n.n || ' 篇'
  FROM inspections_monthplan m JOIN inspections_column k ON k.id = m.column_id
 CROSS JOIN LATERAL (SELECT count(*) AS n FROM inspections_article x WHERE x.column_id = k.id AND x.voided_at IS NULL
       AND date_trunc('month', x.published_on) = m.month) n
  JOIN cadres_post p ON p.role = ANY({roles_with("publicity.review")}) AND p.start <= %(today)s AND (p."end" IS NULL OR p."end" > %(today)s) AND NOT p.waits
 WHERE m.month = %(month)s AND n.n < m.count AND (k."end" IS NULL OR k."end" > %(today)s)
"""


def honours(today: date, given: Rules) -> Select:
    """On one fixed day of the week, so that the day of the word is not the day of the deed; and
    with the same words for what is asked of every one from time to time."""
    monday = today - timedelta(days=today.weekday())
    return HONOURS, {
        "today": today, "spoken": [s.code for s in SETTINGS if s.occasion and given.on(s.code)],
        "weekly": nth_working_day(monday - timedelta(days=1), 1) == today,
        "recheck": today - timedelta(days=given.number("honour_recheck_days")),
        "ending": today + timedelta(days=given.number("C-END")),
    }  # fmt: skip


def columns(today: date, given: Rules) -> Select:
    month = today.replace(day=1)
    last = (month + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    if not given.on("P-BEHIND") or working_days_between(today, last) > given.number("P-BEHIND"):
        return None
    return COLUMNS, {"today": today, "month": month}


SWEEPS = (Sweep("honour", honours), Sweep("column", columns))
