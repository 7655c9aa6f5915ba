"""移交: a finding that is not in the ledger when its days are over. 报备: what waits for a decision or
for one of the three bodies. 举证 and 退出: what is near its day or past it."""

from __future__ import annotations

import json
from datetime import date

from cadres.calendar import nth_working_day
from cadres.reminders import Select, Sweep
from cadres.roles import ROLES
from cadres.rules import Rules, Setting
from inspections import settings
from inspections.actions.seats import BODY_OF_ROLE
from inspections.models import LeavingStep

SETTINGS = (
    Setting("transfer_days", "督查", "报告公开后移交整改的时限", 2, 1, 10, occasion=False),
    Setting("F-0", "督查", "发现的问题到了移交时限"),
    Setting("F+1", "督查", "发现的问题移交逾期，每天"),
)
# What is told of a plan, and after the UNION of an open batch, in the same words.
STATEMENT = """
WITH late AS (
  SELECT plan_id, joint_id, count(*) AS n, min(transfer_due) AS due FROM inspections_finding f
   WHERE NOT EXISTS (SELECT 1 FROM rectification_item i WHERE i.source_kind = 'inspection' AND i.source_id = f.id)
   GROUP BY plan_id, joint_id)
SELECT {who}, {row}.id, {path} || {row}.uid || '/', CASE WHEN f.due < %(today)s THEN 'F+1' ELSE 'F-0' END,
       CASE WHEN f.due < %(today)s THEN 'A_RED' ELSE 'B_AMBER' END,
       left({row}.title, 40) || '：还有 ' || f.n || ' 个问题没有移交整改'
  FROM late f JOIN {table} {row} ON {row}.id = f.{row}_id
 WHERE f.due <= %(today)s AND CASE WHEN f.due < %(today)s THEN 'F+1' ELSE 'F-0' END = ANY(%(spoken)s)"""
OF_PLAN = STATEMENT.format(
    who="plan.released_by_id", row="plan", path="'/inspections/'", table="inspections_plan"
)
OF_JOINT = STATEMENT.format(
    who="joint.created_by_id", row="joint", path="'/inspections/joints/'", table="inspections_joint"
)
# Who decides: by right and post in force in the county; what one filed himself is for others.
WAITING = """
SELECT p.cadre_id, w.id, w.path, CASE WHEN w.due < %(today)s THEN 'R+1' ELSE 'R-0' END,
       CASE WHEN w.due < %(today)s THEN 'A_RED' ELSE 'B_AMBER' END,
       left(w.title, 40) || '：等您决定' || CASE WHEN w.due < %(today)s THEN '，已超过时限' ELSE '' END
  FROM ({waits}) w
  JOIN cadres_post p ON p.role = ANY(w.roles) AND p.start <= %(today)s AND (p."end" IS NULL OR p."end" > %(today)s) AND NOT p.waits
  JOIN cadres_cadre c ON c.id = p.cadre_id AND c.is_active
 WHERE p.cadre_id <> w.by_id AND CASE WHEN w.due < %(today)s THEN 'R+1' ELSE 'R-0' END = ANY(%(spoken)s)"""
FILINGS = WAITING.format(
    waits="""
SELECT id, '/inspections/filings/' || uid || '/' AS path, subject AS title, decide_due AS due, filed_by_id AS by_id, %(deciders)s::text[] AS roles
  FROM inspections_filing WHERE status = 'WAITS'"""
)
MEETINGS = WAITING.format(
    waits="""
SELECT id, '/inspections/meetings/' || uid || '/' AS path, title, decide_due AS due, filed_by_id AS by_id,
       CASE WHEN kind = 'EXEMPT' THEN %(exempters)s::text[] ELSE %(deciders)s::text[] END AS roles
  FROM inspections_meeting WHERE status = 'WAITS'"""
)
FORMS = WAITING.format(
    waits="""
SELECT id, '/inspections/forms/' || uid || '/' AS path, name AS title, decide_due AS due, proposed_by_id AS by_id, %(deciders)s::text[] AS roles
  FROM inspections_formkind WHERE status = 'WAITS'"""
)
# A batch that waits for a body tells that body's own offices.
ABSENT = """
SELECT DISTINCT p.cadre_id, j.id, '/inspections/joints/' || j.uid || '/', 'J-0', 'B_AMBER', left(j.title, 40) || '：等本单位参加'
  FROM inspections_joint j
 CROSS JOIN (SELECT unnest(%(roles)s::text[]) AS role, unnest(%(bodies)s::text[]) AS body) b
  JOIN cadres_post p ON p.role = b.role AND p.start <= %(today)s AND (p."end" IS NULL OR p."end" > %(today)s) AND NOT p.waits
  JOIN cadres_cadre c ON c.id = p.cadre_id AND c.is_active
 WHERE j.status = 'OPEN' AND j."end" >= %(today)s AND 'J-0' = ANY(%(spoken)s)
   AND NOT EXISTS (SELECT 1 FROM inspections_jointmember m WHERE m.joint_id = j.id AND m.body = b.body)"""


def sweep_of(kind: str, select: str) -> Sweep:
    def statement(today: date, given: Rules) -> Select:
        every = (*SETTINGS, *settings.SETTINGS)
        speaking = {r: [x.code for x in ROLES if r in x.rights] for r in ("register.decide", "register.exempt")}  # fmt: skip
        return select, {
            "today": today, "spoken": [s.code for s in every if s.occasion and given.on(s.code)],
            "deciders": speaking["register.decide"], "exempters": speaking["register.exempt"],
            "roles": list(BODY_OF_ROLE), "bodies": [b.value for b in BODY_OF_ROLE.values()],
        }  # fmt: skip

    return Sweep(kind, statement)


EVALUATION_SETTINGS = (
    Setting("argue_days", "评估", "结果公布后举证的时限", 5, 1, 30, occasion=False),
    Setting("EV-1", "评估", "举证截止前", 1, 1, 5, chain="argue", falls=True),
    Setting("EV-0", "评估", "举证今天截止"),
    Setting("EV+1", "评估", "认定的问题没有列入整改清单，每天"),
)
# Whoever may argue hears of his own place: the township of its households, the office of all.
ARGUE = """
SELECT c.id, e.id, '/inspections/evaluations/' || e.uid || '/suspects/',
       CASE WHEN e.argue_due = %(today)s THEN 'EV-0' ELSE 'EV-1' END, 'B_AMBER',
       left(e.title, 30) || '：还有 ' || count(*) || ' 条疑似没有举证，' || CASE WHEN e.argue_due = %(today)s THEN '今天截止' ELSE '就要截止' END
  FROM inspections_evaluation e
  JOIN inspections_suspect s ON s.evaluation_id = e.id AND s.state = 'SUSPECTED'
  JOIN cadres_post p ON p.role = ANY(%(arguers)s) AND p.start <= %(today)s AND (p."end" IS NULL OR p."end" > %(today)s) AND NOT p.waits
  JOIN cadres_area a ON a.id = p.area_id AND starts_with(s.area_code, a.prefix)
  JOIN cadres_cadre c ON c.id = p.cadre_id AND c.is_active
 WHERE e.stage = 'RELEASED' AND (e.argue_due = %(today)s AND 'EV-0' = ANY(%(spoken)s)
    OR e.argue_due = ANY(%(soon)s) AND 'EV-1' = ANY(%(spoken)s))
 GROUP BY c.id, e.id
UNION ALL
SELECT c.id, e.id, '/inspections/evaluations/' || e.uid || '/suspects/', 'EV+1', 'A_RED',
       left(e.title, 30) || '：' || count(DISTINCT s.id) || ' 条认定的问题还没有列入整改清单'
  FROM inspections_evaluation e
  JOIN inspections_suspect s ON s.evaluation_id = e.id AND s.state = 'FOUND'
  JOIN cadres_post p ON p.role = 'OFFICE_RECTIFY' AND p.start <= %(today)s AND (p."end" IS NULL OR p."end" > %(today)s) AND NOT p.waits
  JOIN cadres_cadre c ON c.id = p.cadre_id AND c.is_active
 WHERE e.stage = 'RELEASED' AND 'EV+1' = ANY(%(spoken)s)
   AND NOT EXISTS (SELECT 1 FROM rectification_item i WHERE i.source_kind = 'evaluation' AND i.source_id = s.id)
 GROUP BY c.id, e.id"""


def evaluation_statement(today: date, given: Rules) -> Select:
    spoken = [s.code for s in EVALUATION_SETTINGS if s.occasion and given.on(s.code)]
    arguers = [r.code for r in ROLES if "evaluation.argue" in r.rights]
    soon = [nth_working_day(today, given.number("EV-1"))]
    return ARGUE, {"today": today, "spoken": spoken, "arguers": arguers, "soon": soon}


EVALUATION_SWEEP = Sweep("evaluation", evaluation_statement)

LEAVING_SETTINGS = (
    Setting("EX-7", "退出", "退出环节到计划日期前", 5, 1, 30, chain="leaving", falls=True),
    Setting("EX-0", "退出", "退出环节今天到计划日期"),
    Setting("EX+1", "退出", "退出环节过了计划日期，每天"),
)
STEPS = """
SELECT c.id, n.leaving, '/inspections/exit/', n.rule, CASE WHEN n.rule = 'EX+1' THEN 'A_RED' ELSE 'B_AMBER' END, n.text
  FROM (SELECT DISTINCT ON (l.id) l.id AS leaving,
               CASE WHEN s.planned < %(today)s THEN 'EX+1' WHEN s.planned = %(today)s THEN 'EX-0' WHEN s.planned = ANY(%(soon)s) THEN 'EX-7' END AS rule,
               left(l.title, 30) || '：“' || (%(names)s::jsonb ->> s.code) || '”' ||
               CASE WHEN s.planned < %(today)s THEN '过了计划日期 ' || (%(today)s::date - s.planned) || ' 天'
                    WHEN s.planned = %(today)s THEN '今天到计划日期' ELSE '快到计划日期' END AS text
          FROM inspections_leaving l JOIN inspections_leavingstep s ON s.leaving_id = l.id AND s.done IS NULL
         WHERE l.ended_at IS NULL ORDER BY l.id, s.number) n
  JOIN cadres_post p ON p.role = ANY(%(keepers)s) AND p.start <= %(today)s AND (p."end" IS NULL OR p."end" > %(today)s) AND NOT p.waits
  JOIN cadres_cadre c ON c.id = p.cadre_id AND c.is_active
 WHERE n.rule = ANY(%(spoken)s)
 GROUP BY c.id, n.leaving, n.rule, n.text"""


def leaving_statement(today: date, given: Rules) -> Select:
    spoken = [s.code for s in LEAVING_SETTINGS if given.on(s.code)]
    keepers = [r.code for r in ROLES if "exit.manage" in r.rights]
    soon = [nth_working_day(today, given.number("EX-7"))]
    names = json.dumps(dict(LeavingStep.Code.choices), ensure_ascii=False)
    return STEPS, {
        "today": today,
        "spoken": spoken,
        "keepers": keepers,
        "soon": soon,
        "names": names,
    }


LEAVING_SWEEP = Sweep("leaving", leaving_statement)
SWEEPS = (
    sweep_of("plan", OF_PLAN), sweep_of("joint", f"{OF_JOINT} UNION ALL {ABSENT}"), sweep_of("filing", FILINGS),
    sweep_of("meeting", MEETINGS), sweep_of("formkind", FORMS), EVALUATION_SWEEP, LEAVING_SWEEP,
)  # fmt: skip
