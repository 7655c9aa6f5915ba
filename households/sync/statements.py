"""The two statements of a batch: one looks everything up, one writes everything.

How many records there are changes neither their number nor their text.
"""

from __future__ import annotations

from cadres.roles import ROLES
from yuexi.core.prepared import Prepared

VISITING = [r.code for r in ROLES if "visit.create" in r.rights]

# Parameters: the records, `sender` by work number, `prefixes` of a sender who passes on the
# visits of others (NULL: he sends his own), `roles` that visit.
#
# `may` and `ever` are asked for the day of the visit and not for today: who has handed the
# household over since then still was its helper that day. `area_code` is the village of that
# day too: where a move came after the visit, the village before the move.
_LOOKUP = """
SELECT r.n, h.id, COALESCE(moved.area_before, h.area_code), h.closed <> '', v.id, v.is_active,
       %(prefixes)s IS NULL OR h.area_code LIKE ANY (%(prefixes)s),
       helped.on_the_day OR EXISTS (
         SELECT FROM cadres_post p JOIN cadres_area a ON a.id = p.area_id
          WHERE p.cadre_id = v.id AND p.role = ANY (%(roles)s) AND NOT p.waits AND p.start <= r.day
            AND (p.end IS NULL OR p.end > r.day) AND starts_with(h.area_code, a.prefix)),
       helped.ever OR EXISTS (
         SELECT FROM cadres_post p JOIN cadres_area a ON a.id = p.area_id
          WHERE p.cadre_id = v.id AND p.role = ANY (%(roles)s) AND NOT p.waits
            AND starts_with(h.area_code, a.prefix)),
       k.id, k.visitor_id, k.household_id, k.digest,
       (SELECT jsonb_object_agg(encode(w.digest, 'hex'), w.id)::text FROM households_heldvisit w WHERE w.uid = r.uid)
  FROM (SELECT *, (occurred AT TIME ZONE 'Asia/Shanghai')::date AS day
          FROM ROWS FROM (jsonb_to_recordset(%(records)s) AS (uid uuid, home uuid, home_no text, idno bytea, visitor text,
                          occurred timestamptz)) WITH ORDINALITY AS x (uid, home, home_no, idno, visitor, occurred, n)) r
  LEFT JOIN LATERAL (
    SELECT id, area_code, closed FROM households_household WHERE r.home IS NOT NULL AND uid = r.home
    UNION ALL
    SELECT id, area_code, closed FROM households_household WHERE r.home IS NULL AND r.home_no IS NOT NULL AND national_no = r.home_no
    UNION ALL
    SELECT id, area_code, closed FROM households_household WHERE r.home IS NULL AND r.home_no IS NULL AND id = (
      SELECT household_id FROM households_member m
       WHERE m.idno_hash = r.idno AND m.left_on IS NULL LIMIT 1)
    LIMIT 1) h ON TRUE
  LEFT JOIN LATERAL (
    SELECT id, is_active FROM cadres_cadre
     WHERE work_no = COALESCE(r.visitor, %(sender)s) AND kind <> 'SYSTEM' LIMIT 1) v ON TRUE
  LEFT JOIN LATERAL (
    SELECT COALESCE(bool_or(s.start <= r.day AND (s.end IS NULL OR s.end > r.day)), FALSE) AS on_the_day,
           count(*) > 0 AS ever
      FROM households_assignment s WHERE s.household_id = h.id AND s.cadre_id = v.id) helped ON TRUE
  LEFT JOIN LATERAL (
    SELECT e.area_before FROM cadres_event e
     WHERE e.kind = 'household' AND e.object_id = h.id AND e.action = 'household.move' AND e.at > r.occurred
     ORDER BY e.seq LIMIT 1) moved ON TRUE
  LEFT JOIN households_visit k ON k.uid = r.uid
 ORDER BY r.n
"""
LOOKUP = Prepared("sync_look_up", _LOOKUP, {"records": "jsonb", "prefixes": "text[]", "sender": "text", "roles": "text[]"})  # fmt: skip

VISIT_COLUMNS = {
    "uid": "uuid", "household_id": "bigint", "area_code": "text", "visitor_id": "bigint", "mode": "text",
    "met": "text", "unreached": "text", "unreached_words": "text", "purposes": "text[]", "policies": "text[]", "changes": "text[]", "done": "text",
    "promise": "text", "late_reason": "text", "occurred_at": "timestamptz", "recorded_at": "timestamptz",
    "synced_at": "timestamptz", "latitude": "float8", "longitude": "float8", "accuracy": "float8",
    "via": "text", "photo_hashes": "text[]", "signature_hash": "text", "digest": "bytea", "clock_offset_s": "int", "flags": "text[]",
}  # fmt: skip
# What is left out of a row is empty and not unknown.
BLANK = {"met", "unreached", "unreached_words", "done", "promise", "late_reason", "signature_hash"}
HELD_COLUMNS = {
    "uid": "uuid", "digest": "bytea", "household_id": "bigint", "area_code": "text", "visitor_id": "bigint",
    "sent_by_id": "bigint", "why": "text", "record": "jsonb", "occurred_at": "timestamptz",
    "recorded_at": "timestamptz", "clock_offset_s": "int", "via": "text", "at": "timestamptz",
}  # fmt: skip


def _typed(columns: dict[str, str]) -> str:
    return ", ".join(f"{name} {kind}" for name, kind in columns.items())


# Rows go in by uid, so that two senders of the same records never wait for each other in a
# ring; who comes second meets DO NOTHING, gets no row back, and looks again.
_GIVEN = ", ".join(
    f"COALESCE({name}, '{{}}')" if kind == "text[]" else f"COALESCE({name}, '')" if name in BLANK else name
    for name, kind in VISIT_COLUMNS.items()
)  # fmt: skip
_WRITE = f"""
WITH r AS (
  SELECT * FROM ROWS FROM (jsonb_to_recordset(%(visits)s) AS ({_typed(VISIT_COLUMNS)}, problems jsonb, facts jsonb))
    WITH ORDINALITY AS r ({", ".join(VISIT_COLUMNS)}, problems, facts, n)),
v AS (
  INSERT INTO households_visit ({", ".join(VISIT_COLUMNS)})
  SELECT {_GIVEN} FROM r ORDER BY uid
  ON CONFLICT (uid) DO NOTHING
  RETURNING id, uid, household_id, area_code, mode, late_reason <> '' AS late),
p AS (
  INSERT INTO households_visitproblem (visit_id, category, text)
  SELECT v.id, x.category, x.text
    FROM v JOIN r USING (uid),
         ROWS FROM (jsonb_to_recordset(r.problems) AS (category text, text text)) WITH ORDINALITY AS x (category, text, o)
   WHERE r.problems IS NOT NULL
   ORDER BY v.id, x.o
  RETURNING id),
f AS (
  INSERT INTO households_visitfact (visit_id, field, base, value)
  SELECT v.id, x.field, x.base, x.value
    FROM v JOIN r USING (uid), jsonb_to_recordset(r.facts) AS x (field text, base text, value text)
   WHERE r.facts IS NOT NULL),
h AS (
  SELECT * FROM ROWS FROM (jsonb_to_recordset(%(held)s) AS ({_typed(HELD_COLUMNS)}))
    WITH ORDINALITY AS h ({", ".join(HELD_COLUMNS)}, n)),
w AS (
  INSERT INTO households_heldvisit ({", ".join(HELD_COLUMNS)})
  SELECT {", ".join(HELD_COLUMNS)} FROM h
   ORDER BY uid, digest
  ON CONFLICT (uid, digest) DO NOTHING
  RETURNING id, uid, digest, area_code, why),
e AS (
  INSERT INTO cadres_event (at, actor_id, via, request_id, action, kind, object_id, area_before, area_after, before, after)
  SELECT %(at)s, %(actor)s, %(via)s, %(request)s, 'visit.log', 'visit', v.id, v.area_code, v.area_code, '{{}}'::jsonb,
         jsonb_build_object('household', v.household_id, 'mode', v.mode, 'late', v.late) FROM v
  UNION ALL
  SELECT %(at)s, %(actor)s, %(via)s, %(request)s, 'visit.hold', 'heldvisit', w.id, w.area_code, w.area_code, '{{}}'::jsonb,
         jsonb_build_object('why', w.why) FROM w)
SELECT 'V', array_agg(r.n - 1), array_agg(v.id) FROM v JOIN r USING (uid)
UNION ALL SELECT 'H', array_agg(h.n - 1), array_agg(w.id) FROM w JOIN h USING (uid, digest)
UNION ALL SELECT 'P', NULL, array_agg(p.id) FROM p
"""
WRITE = Prepared("sync_write", _WRITE, {"visits": "jsonb", "held": "jsonb", "at": "timestamptz", "actor": "bigint", "via": "text", "request": "text"})  # fmt: skip
