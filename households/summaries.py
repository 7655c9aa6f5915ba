"""The summaries of visits in SQL: the triggers that keep them, and one plain recomputation, from
which they are filled and by which they are checked.

A new visit adds to its rows; a 作废 counts its village's day and its household anew, since a
maximum cannot be taken back. Both write the days first and the households second, each in the
order of the key, so two writers never wait for each other in a ring. A 作废 locks its rows
before it counts: what another writer commits meanwhile is either seen or added afterwards.

The functions run as the owner of the tables, with a fixed search path, so the application's
role needs no right on the summaries and has none (`COMPUTED` in cadres/apps.py).
"""

from __future__ import annotations

from typing import NamedTuple

from django.db import connection

_OWNERS = "LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
_DAY = "(v.occurred_at AT TIME ZONE 'Asia/Shanghai')::date"
_STANDS = "NOT EXISTS (SELECT FROM public.households_visitcorrection x WHERE x.visit_id = v.id AND x.void)"
_COUNTS = """count(*) FILTER (WHERE v.mode = 'IN_PERSON')::int AS in_person,
         count(*) FILTER (WHERE v.mode = 'REMOTE')::int AS remote,
         count(*) FILTER (WHERE v.mode = 'NOBODY')::int AS nobody"""
_LATEST = """max(v.occurred_at) FILTER (WHERE v.mode = 'IN_PERSON') AS in_person,
         max(v.occurred_at) FILTER (WHERE v.mode = 'REMOTE') AS remote,
         max(v.occurred_at) FILTER (WHERE v.mode = 'NOBODY') AS nobody"""

TRIGGERS = f"""
CREATE FUNCTION visits_add_up() RETURNS trigger {_OWNERS} AS $$
BEGIN
  INSERT INTO public.households_villageday AS d (day, area_code, in_person, remote, nobody)
  SELECT {_DAY} AS day, v.area_code, {_COUNTS}
    FROM made v GROUP BY 1, 2 ORDER BY 1, 2
  ON CONFLICT (day, area_code) DO UPDATE SET in_person = d.in_person + EXCLUDED.in_person,
    remote = d.remote + EXCLUDED.remote, nobody = d.nobody + EXCLUDED.nobody;
  INSERT INTO public.households_lastvisit AS l (household_id, in_person, remote, nobody)
  SELECT v.household_id, {_LATEST}
    FROM made v GROUP BY 1 ORDER BY 1
  ON CONFLICT (household_id) DO UPDATE SET in_person = GREATEST(l.in_person, EXCLUDED.in_person),
    remote = GREATEST(l.remote, EXCLUDED.remote), nobody = GREATEST(l.nobody, EXCLUDED.nobody)
   WHERE EXCLUDED.in_person > l.in_person OR EXCLUDED.remote > l.remote OR EXCLUDED.nobody > l.nobody
      OR (l.in_person IS NULL AND EXCLUDED.in_person IS NOT NULL) OR (l.remote IS NULL AND EXCLUDED.remote IS NOT NULL)
      OR (l.nobody IS NULL AND EXCLUDED.nobody IS NOT NULL);
  RETURN NULL;
END $$;
CREATE TRIGGER add_up AFTER INSERT ON households_visit REFERENCING NEW TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION visits_add_up();

CREATE FUNCTION visits_count_anew() RETURNS trigger {_OWNERS} AS $$
DECLARE days record; homes bigint[];
BEGIN
  IF NOT EXISTS (SELECT FROM made WHERE void) THEN RETURN NULL; END IF;
  FOR days IN
    SELECT d.day, d.area_code FROM public.households_villageday d
     WHERE (d.day, d.area_code) IN (SELECT {_DAY}, v.area_code FROM made c
       JOIN public.households_visit v ON v.id = c.visit_id WHERE c.void)
     ORDER BY d.day, d.area_code FOR UPDATE
  LOOP
    UPDATE public.households_villageday d SET (in_person, remote, nobody) = (
      SELECT {_COUNTS} FROM public.households_visit v
       WHERE v.area_code = days.area_code AND {_STANDS}
         AND v.occurred_at >= days.day::timestamp AT TIME ZONE 'Asia/Shanghai'
         AND v.occurred_at < (days.day + 1)::timestamp AT TIME ZONE 'Asia/Shanghai')
     WHERE d.area_code = days.area_code AND d.day = days.day;
  END LOOP;
  homes := ARRAY(SELECT l.household_id FROM public.households_lastvisit l
     WHERE l.household_id IN (SELECT v.household_id FROM made c
       JOIN public.households_visit v ON v.id = c.visit_id WHERE c.void)
     ORDER BY l.household_id FOR UPDATE);
  UPDATE public.households_lastvisit l SET (in_person, remote, nobody) = (
    SELECT {_LATEST} FROM public.households_visit v WHERE v.household_id = l.household_id AND {_STANDS})
   WHERE l.household_id = ANY (homes);
  RETURN NULL;
END $$;
CREATE TRIGGER count_anew AFTER INSERT ON households_visitcorrection REFERENCING NEW TABLE AS made
  FOR EACH STATEMENT EXECUTE FUNCTION visits_count_anew();
"""

# A day or household whose visits are all void keeps a row of zeros or nulls: no difference.
PLAIN = f"""
CREATE VIEW households_villageday_plain AS
  SELECT {_DAY} AS day, v.area_code, {_COUNTS} FROM households_visit v WHERE {_STANDS} GROUP BY 1, 2;
CREATE VIEW households_lastvisit_plain AS
  SELECT v.household_id, {_LATEST} FROM households_visit v WHERE {_STANDS} GROUP BY 1;
"""

# The owner's too: whatever the caller means by it, what it leaves behind is the truth.
MEND = f"""
CREATE FUNCTION mend_visit_summaries() RETURNS void {_OWNERS} AS $$
BEGIN
  LOCK TABLE public.households_visitcorrection, public.households_visit IN SHARE ROW EXCLUSIVE MODE;
  DELETE FROM public.households_villageday;
  DELETE FROM public.households_lastvisit;
  INSERT INTO public.households_villageday (day, area_code, in_person, remote, nobody)
  SELECT * FROM public.households_villageday_plain ORDER BY 1, 2;
  INSERT INTO public.households_lastvisit (household_id, in_person, remote, nobody)
  SELECT * FROM public.households_lastvisit_plain ORDER BY 1;
END $$;
"""
CREATE = TRIGGERS + PLAIN + MEND
DROP = """
DROP FUNCTION mend_visit_summaries();
DROP VIEW households_lastvisit_plain, households_villageday_plain;
DROP FUNCTION visits_count_anew CASCADE;
DROP FUNCTION visits_add_up CASCADE;
"""

_DIFFERENT = """
SELECT COALESCE(k.area_code, p.area_code) || ' ' || COALESCE(k.day, p.day),
       ARRAY[k.in_person, k.remote, k.nobody]::text, ARRAY[p.in_person, p.remote, p.nobody]::text
  FROM households_villageday k FULL JOIN households_villageday_plain p USING (area_code, day)
 WHERE (COALESCE(k.in_person, 0), COALESCE(k.remote, 0), COALESCE(k.nobody, 0))
       <> (COALESCE(p.in_person, 0), COALESCE(p.remote, 0), COALESCE(p.nobody, 0))
UNION ALL
SELECT 'household ' || COALESCE(k.household_id, p.household_id),
       ARRAY[k.in_person, k.remote, k.nobody]::text, ARRAY[p.in_person, p.remote, p.nobody]::text
  FROM households_lastvisit k FULL JOIN households_lastvisit_plain p USING (household_id)
 WHERE (k.in_person, k.remote, k.nobody) IS DISTINCT FROM (p.in_person, p.remote, p.nobody)
 ORDER BY 1
"""


class Difference(NamedTuple):
    what: str
    kept: str
    counted: str


def differences() -> list[Difference]:
    """Where a summary and the plain recomputation disagree: one statement, one moment."""
    with connection.cursor() as cursor:
        cursor.execute(_DIFFERENT)
        return [Difference._make(row) for row in cursor.fetchall()]


def mend() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT mend_visit_summaries()")
