"""A county's years of items in a minute: written by SQL, by the owner, past the guards that a
single item meets. For what reads many; nothing here says how an item comes about."""

from __future__ import annotations

from datetime import date
from random import Random
from typing import Any

from cadres.calendar import nth_working_day
from cadres.models import Area, Cadre
from rectification.sql.step_days import FILL_STEP_DAYS
from yuexi.demo.people import People, load_people

WORDS = "水管冻裂、屋面渗水、路灯不亮、手册缺签字、慢病签约没有上门、茶苗没有人教、村组路塌方、低保调整没有告知、公益岗位工资未发、污水直排、护坡开裂、水池浑浊".split(
    "、"
)
ITEMS = """
INSERT INTO rectification_item (uid, number, source, source_kind, lineage, text, category, area_code, lead_unit_id, unit_id, person_id,
  grade, route, status, since, goal, measure, deadline, check_due, dispatch_id, issued_on, applied_on, closed_on, lookback_due,
  round, rebounds, created_by_id, created_at, issue_due, found_on, involved)
SELECT uuidv7(), '2-' || n, src, '', '批次' || n %% 40, word || '，第' || n || '处', cat, area, lead, unit, person, grade, route, status,
  %(today)s::date - age, '', '换管并逐户回访', deadline, CASE WHEN checking THEN %(today)s::date + 2 END,
  CASE WHEN issued THEN %(dispatch)s + n / %(sheet)s END, CASE WHEN issued THEN deadline - 40 END,
  CASE WHEN checking OR closed THEN deadline - 3 + (n %% 5) END, CASE WHEN closed THEN deadline + 4 END,
  CASE WHEN status = 'CLOSED' THEN deadline + 34 END, 1, (n %% 50 = 0)::int, person, (deadline - 45)::timestamptz, deadline - 40, deadline - 46,
  ARRAY[least(unit, lead), greatest(unit, lead)]
FROM (
  SELECT n, status, status IN ('SELF_CHECK', 'VERIFY', 'ACCEPT', 'APPROVE') AS checking, status IN ('CLOSED', 'CONSOLIDATED') AS closed,
    status NOT IN ('REGISTERED', 'CONFIRMED', 'DISMISSED') AS issued, n %% 30 AS age,
    %(today)s::date + CASE WHEN status IN ('CLOSED', 'CONSOLIDATED', 'DISMISSED') THEN -5 - (random() * 900)::int ELSE -20 + (random() * 70)::int END AS deadline,
    (ARRAY['VISIT','VISIT','SELF','DISPATCH','INSPECTION','EVALUATION','MOCK','HIGHER','AUDIT'])[1 + n %% 9] AS src,
    (%(words)s::text[])[1 + (random() * %(many)s)::int] AS word, (%(cats)s::text[])[1 + n %% 10] AS cat,
    (ARRAY['AT_ONCE','LIMITED','LIMITED','LIMITED','LASTING'])[1 + n %% 5] AS grade,
    p.area, p.unit, p.person, (%(leads)s::bigint[])[1 + n %% %(departments)s] AS lead,
    CASE WHEN n %% 4 = 0 THEN 'DEPARTMENT' ELSE 'COUNTY' END AS route
  FROM (SELECT n, (%(states)s::text[])[1 + (random() * 19)::int] AS status, 1 + (random() * (%(places)s - 1))::int AS place
          FROM generate_series(1, %(count)s) n) s
  JOIN unnest(%(areas)s::text[], %(units)s::bigint[], %(people)s::bigint[]) WITH ORDINALITY AS p (area, unit, person, place) USING (place)) x
"""
AFTER = """
INSERT INTO rectification_item_co_units (item_id, unit_id) SELECT id, (%(leads)s::bigint[])[1 + id %% %(departments)s] FROM rectification_item WHERE id %% 5 = 0;
UPDATE rectification_item SET involved = item_involved(id, unit_id, lead_unit_id) WHERE id %% 5 = 0;
INSERT INTO households_household (uid, national_no, area_code, "group", head_name, pinyin, kind, poverty_class, cause, lifted_year, identified, closed)
  SELECT uuidv7(), 'P' || n, (%(areas)s::text[])[1 + n %% %(places)s], '', '演示户', 'ysh', 'LIFTED', '', '', '', '', '' FROM generate_series(1, 5000) n;
INSERT INTO rectification_itemhousehold (item_id, household_id, said)
  SELECT i.id, h.id, '' FROM rectification_item i JOIN (SELECT id, row_number() OVER () - 1 AS k FROM households_household) h ON h.k = i.id %% 5000 WHERE i.id %% 2 = 0;
INSERT INTO households_assignment (household_id, cadre_id, rank, start)
  SELECT h.id, (%(helpers)s::bigint[])[1 + h.id %% array_length(%(helpers)s::bigint[], 1)], 'MAIN', '2026-01-01' FROM households_household h;
INSERT INTO cadres_storedfile (uid, sha256, name, content_type, size, uploaded_at, sealed) VALUES (uuidv7(), repeat('0', 64), 'a.jpg', 'image/jpeg', 1, now(), false);
INSERT INTO rectification_evidence (item_id, round, file_id, what, by_id, at)
  SELECT id, 1, (SELECT max(id) FROM cadres_storedfile), '照片', person_id, now() FROM rectification_item WHERE applied_on IS NOT NULL;
INSERT INTO rectification_check (item_id, round, step, by_id, unit_id, at, passed, opinion)
  SELECT id, 1, 'VERIFY', (%(helpers)s::bigint[])[1 + id %% array_length(%(helpers)s::bigint[], 1)], lead_unit_id, now(), true, '已看过' FROM rectification_item WHERE closed_on IS NOT NULL;
"""
EVENTS = """
INSERT INTO cadres_event (at, via, request_id, action, kind, object_id, actor_id, area_before, area_after, before, after)
SELECT i.created_at + k * interval '3 days', 'PAGE', '', (ARRAY['item.register','item.confirm','item.issue','item.sign','item.plan',
  'item.progress','item.evidence','item.apply','item.pass','item.pass'])[k], 'item', i.id, CASE WHEN k IN (2, 3) THEN %(office)s ELSE i.person_id END, i.area_code, i.area_code,
  '{}', CASE WHEN k > 8 THEN '{"step": "部门核查"}'::jsonb ELSE '{}' END
FROM generate_series(1, %(each)s) k, rectification_item i
"""
SHEET = 40
GUARDED = (
    "rectification_item",
    "rectification_item_co_units",
    "rectification_check",
    "cadres_event",
)
STATES = ["CLOSED"] * 7 + ["CONSOLIDATED"] * 4 + ["RECTIFYING", "RECTIFYING", "REGISTERED", "CONFIRMED", "ISSUED", "SIGNED",
          "SELF_CHECK", "VERIFY", "APPROVE"]  # fmt: skip


def fill(owner: Any, today: date, *, items: int, events_each: int) -> People:
    """`owner` is a cursor of the tables' owner, in autocommit."""
    people = load_people(Random(1), today, 1_200)
    clerks: dict[str, Cadre] = {area: found[0] for (role, area), found in people.by_role.items() if role == "TOWNSHIP_CLERK"}  # fmt: skip
    villages = [v for v in Area.objects.filter(level="VILLAGE").values_list("code", flat=True) if v[:9] in clerks]  # fmt: skip
    who = [clerks[v[:9]] for v in villages]
    leads = sorted({c.unit_id or 0 for (role, _), found in people.by_role.items() if role == "DEPARTMENT" for c in found})  # fmt: skip
    office = people.by_role["OFFICE_RECTIFY", "340828"][0]
    helpers = [c.pk for (role, _), found in people.by_role.items() if role == "HELPER" for c in found]  # fmt: skip
    from cadres.categories import CATEGORIES

    given = {
        "today": nth_working_day(today, 0), "count": items, "words": WORDS, "many": len(WORDS) - 1, "cats": list(CATEGORIES),
        "leads": leads, "departments": len(leads), "states": STATES, "areas": villages, "places": len(villages),
        "units": [c.unit_id for c in who], "people": [c.pk for c in who], "office": office.pk, "each": events_each,
        "helpers": helpers,
    }  # fmt: skip
    # Sheets 交办单 of so many items; all of them by one office, which may look back at none.
    owner.execute("INSERT INTO rectification_dispatch (uid, number, document_no, signed_off_by, by_id, at)"
                  " SELECT uuidv7(), '交办' || n, '', '', %s, now() FROM generate_series(0, %s) n RETURNING id", [office.pk, items // SHEET])  # fmt: skip
    given["dispatch"], given["sheet"] = min(owner.fetchall())[0], SHEET
    owner.execute("SET synchronous_commit = off")
    owner.execute("SELECT setseed(0.5)")
    for table in GUARDED:
        owner.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    owner.execute(ITEMS, given)
    for statement in AFTER.strip().split(";\n"):
        if statement.strip(" \n;"):
            owner.execute(statement, given)
    owner.execute(EVENTS, given)
    owner.execute(FILL_STEP_DAYS)
    for table in GUARDED:
        owner.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
    owner.execute("VACUUM ANALYZE")
    return people
