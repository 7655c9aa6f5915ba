"""半天: filled from what is recorded anyhow, so that nobody fills in a form (A-13)."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import connection, transaction

from cadres.models import HalfDay
from yuexi.core.registries import half_day_evidence

# What counts for poverty work; 专班 and 本职 do not, leave is no work at all.
POVERTY = ("HOME", "VILLAGE", "COORDINATION", "PROJECT", "TRAINING")
WINDOW = timedelta(days=35)  # what comes later than that came by an approval, and he enters it

# A confirmed half-day stands whatever is found later; one whose evidence went goes with it.
FILL = """
WITH found AS (
  SELECT DISTINCT ON (e.cadre, e.day, e.slot) e.* FROM ({evidence}) AS e (rank, source, cadre, day, slot, category, place, source_id)
   WHERE e.day BETWEEN %(start)s AND %(end)s ORDER BY e.cadre, e.day, e.slot, e.rank, e.source_id),
gone AS (
  DELETE FROM cadres_halfday h WHERE h.day BETWEEN %(start)s AND %(end)s AND h.confirmed_at IS NULL
     AND NOT EXISTS (SELECT 1 FROM found f WHERE f.cadre = h.cadre_id AND f.day = h.day AND f.slot = h.slot))
INSERT INTO cadres_halfday AS h (cadre_id, day, slot, category, place, source, source_id)
SELECT cadre, day, slot, category, place, source, source_id FROM found
ON CONFLICT (cadre_id, day, slot) DO UPDATE
   SET category = excluded.category, place = excluded.place, source = excluded.source, source_id = excluded.source_id
 WHERE h.confirmed_at IS NULL AND (h.category, h.place, h.source, h.source_id)
       IS DISTINCT FROM (excluded.category, excluded.place, excluded.source, excluded.source_id)"""
BOTH = "(VALUES ('AM'), ('PM')) AS s (slot)"
# 休假 once approved, and 驻村 as what a team member does on a working day unless he says otherwise.
ABSENT = f"""
SELECT a.cadre_id, d.date, s.slot, 'LEAVE', '', a.id FROM cadres_absence a
  JOIN cadres_calendarday d ON d.date >= a.start AND d.date < a."end" AND d.working CROSS JOIN {BOTH}
 WHERE a.kind = 'LEAVE' AND a.approved_at IS NOT NULL AND a.start <= %(end)s AND a."end" > %(start)s"""
STATIONED = f"""
SELECT t.cadre_id, d.date, s.slot, 'VILLAGE', t.area_code, t.id FROM cadres_stationing t
  JOIN cadres_calendarday d ON d.date BETWEEN greatest(t.start, %(start)s) AND %(end)s
   AND (t."end" IS NULL OR d.date < t."end") AND d.working CROSS JOIN {BOTH}
 WHERE t.kind = 'VILLAGE' AND t.start <= %(end)s AND (t."end" IS NULL OR t."end" > %(start)s)"""


def fill(*, start: date, end: date) -> int:
    """All cadres, from `start` to `end`, both days included; how many half-days are new or other
    than before. Any number of these at once leave one row a slot."""
    evidence = " UNION ALL ".join(
        f"SELECT {rank}, '{source}', x.* FROM ({sql}) AS x"
        for rank, source, sql in half_day_evidence.all()
    )
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(20170731, 66)")
        cursor.execute(FILL.format(evidence=evidence), {"start": start, "end": end})
        return int(cursor.rowcount)


def week_of(day: date) -> list[date]:
    """Monday to Sunday."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=n) for n in range(7)]


def half_days(cadre_id: int, days: list[date]) -> dict[tuple[date, str], HalfDay]:
    rows = HalfDay.objects.filter(cadre=cadre_id, day__gte=days[0], day__lte=days[-1])
    return {(h.day, h.slot): h for h in rows}
