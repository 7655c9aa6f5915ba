"""移交: a finding of an issued report that is not in the ledger when its days are over."""

from __future__ import annotations

from datetime import date

from cadres.reminders import Select, Sweep
from cadres.rules import Rules, Setting

SETTINGS = (
    Setting("transfer_days", "督查", "报告公开后移交整改的时限", 2, 1, 10, occasion=False),
    Setting("F-0", "督查", "发现的问题到了移交时限"),
    Setting("F+1", "督查", "发现的问题移交逾期，每天"),
)
STATEMENT = """
SELECT p.released_by_id, p.id, '/inspections/' || p.uid || '/', CASE WHEN f.due < %(today)s THEN 'F+1' ELSE 'F-0' END,
       CASE WHEN f.due < %(today)s THEN 'A_RED' ELSE 'B_AMBER' END,
       left(p.title, 40) || '：还有 ' || f.n || ' 个问题没有移交整改'
  FROM inspections_plan p
  JOIN (SELECT plan_id, count(*) AS n, min(transfer_due) AS due FROM inspections_finding f
         WHERE NOT EXISTS (SELECT 1 FROM rectification_item i WHERE i.source_kind = 'inspection' AND i.source_id = f.id)
         GROUP BY plan_id) f ON f.plan_id = p.id
 WHERE f.due <= %(today)s AND CASE WHEN f.due < %(today)s THEN 'F+1' ELSE 'F-0' END = ANY(%(spoken)s)"""


def statement(today: date, given: Rules) -> Select:
    spoken = [s.code for s in SETTINGS if s.occasion and given.on(s.code)]
    return STATEMENT, {"today": today, "spoken": spoken}


SWEEP = Sweep("plan", statement)
