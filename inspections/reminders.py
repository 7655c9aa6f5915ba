"""移交: a finding that is not in the ledger when its days are over. 报备: what waits for a decision or
for one of the three bodies."""

from __future__ import annotations

from datetime import date

from cadres.reminders import Select, Sweep
from cadres.roles import ROLES
from cadres.rules import Rules, Setting
from inspections import settings
from inspections.actions.seats import BODY_OF_ROLE

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


SWEEPS = (
    sweep_of("plan", OF_PLAN), sweep_of("joint", f"{OF_JOINT} UNION ALL {ABSENT}"), sweep_of("filing", FILINGS),
    sweep_of("meeting", MEETINGS), sweep_of("formkind", FORMS),
)  # fmt: skip
