"""手册: who holds a copy and has not signed for it, and whose people have none yet."""

from __future__ import annotations

from datetime import date

from cadres.reminders import Select, Sweep
from cadres.rules import Rules, Setting

SETTINGS = (
    Setting("receipt_days", "手册", "发到手里以后签收的时限", 2, 1, 10, occasion=False),
    Setting("HB-S", "手册", "到了时限还没有签收，每天提醒本人"),
    Setting("HB-H", "手册", "还有人没有领到手册，每天提醒发放的人"),
)
# A copy counts for the unit where its holder works today. Whose people wait is told once, as a
# number, to the unit's own administrator or, in a township, to its clerk.
STATEMENT = """
WITH book AS (SELECT id, number FROM inspections_handbook WHERE ended_on IS NULL),
people AS (SELECT c.id, c.unit_id, b.id AS book, b.number,
    EXISTS (SELECT 1 FROM inspections_handbookreceipt r WHERE r.handbook_id = b.id AND r.cadre_id = c.id AND r.unit_id IS NOT DISTINCT FROM c.unit_id) AS signed,
    (SELECT min(k.sign_due) FROM inspections_handbookcopy k WHERE k.handbook_id = b.id AND k.cadre_id = c.id AND k.unit_id IS NOT DISTINCT FROM c.unit_id) AS due
  FROM cadres_cadre c CROSS JOIN book b WHERE c.is_active AND c.kind = 'CADRE'),
units AS (SELECT p.unit_id, p.book, p.number, count(*) AS n FROM people p WHERE p.due IS NULL AND p.unit_id IS NOT NULL GROUP BY 1, 2, 3),
told AS (SELECT DISTINCT q.cadre_id, u.unit_id, u.book, u.number, u.n FROM units u JOIN cadres_unit t ON t.id = u.unit_id JOIN cadres_area a ON a.id = t.area_id
  JOIN cadres_post q ON q.start <= %(today)s AND (q."end" IS NULL OR q."end" > %(today)s) AND NOT q.waits
   AND (q.role = 'UNIT_ADMIN' AND q.unit_id = t.id
        OR q.role = 'TOWNSHIP_CLERK' AND EXISTS (SELECT 1 FROM cadres_area z WHERE z.id = q.area_id AND starts_with(a.code, z.prefix)))
  JOIN cadres_cadre h ON h.id = q.cadre_id AND h.is_active)
SELECT id, book, '/inspections/handbook/mine/', 'HB-S', 'B_AMBER', '手册第 ' || number || ' 版已发到您手里，请本人签收'
  FROM people WHERE NOT signed AND due < %(today)s AND 'HB-S' = ANY(%(spoken)s)
UNION ALL
SELECT cadre_id, book, '/inspections/handbook/' || book || '/?state=WAITS', 'HB-H', 'B_AMBER', '还有 ' || sum(n) || ' 人没有领到手册第 ' || max(number) || ' 版'
  FROM told WHERE 'HB-H' = ANY(%(spoken)s) GROUP BY cadre_id, book"""


def statement(today: date, given: Rules) -> Select:
    spoken = [s.code for s in SETTINGS if s.occasion and given.on(s.code)]
    return STATEMENT, {"today": today, "spoken": spoken}


SWEEP = Sweep("handbook", statement)
