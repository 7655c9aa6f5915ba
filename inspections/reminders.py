"""移交: a finding of an issued report that is not in the ledger when its days are over."""

from datetime import date, datetime

from cadres.reminders import tell

STATEMENT = """
SELECT p.released_by_id, p.id, '/inspections/' || p.uid || '/', CASE WHEN f.due < %(today)s THEN 'F+1' ELSE 'F-0' END,
       CASE WHEN f.due < %(today)s THEN 'A_RED' ELSE 'B_AMBER' END,
       left(p.title, 40) || '：还有 ' || f.n || ' 个问题没有移交整改'
  FROM inspections_plan p
  JOIN (SELECT plan_id, count(*) AS n, min(transfer_due) AS due FROM inspections_finding f
         WHERE NOT EXISTS (SELECT 1 FROM rectification_item i WHERE i.source_kind = 'inspection' AND i.source_id = f.id)
         GROUP BY plan_id) f ON f.plan_id = p.id
 WHERE f.due <= %(today)s"""


def sweep(*, today: date, at: datetime) -> int:
    return tell(STATEMENT, {"today": today}, kind="plan", today=today, at=at)
