"""What the database itself refuses of a close-out, whoever writes."""

from rectification.indicators import INDICATORS
from rectification.workflow import (
    ENDED,
    HEIGHT,
    MILESTONE_CHECKS,
    ON_SPOT_SOURCES,
    ROUTES,
    STAGES_MIN,
    steps_of,
)


def way() -> str:
    """The check before each check, by route: (route, step) → step, '' for the first; '' as the
    step asks for the last one. Drawn from ROUTES, so that SQL and Python know one way."""
    rows = []
    for route, steps in ROUTES.items():
        names = [str(s.status) for s in steps]
        rows += [
            f"('{route}', '{n}', '{b}')" for n, b in zip([*names, ""], ["", *names], strict=True)
        ]
    rows += [f"('{route}', '{step.status}', '')" for route, step in MILESTONE_CHECKS.items()]
    return ", ".join(rows)


def steps_with(right: str) -> str:
    """The (route, step) pairs that this right checks."""
    found = [(r, str(s.status)) for r in ROUTES for s in steps_of(r) if s.right == right]
    return ", ".join(f"('{route}', '{step}')" for route, step in found)


SPOT = ", ".join(f"'{source}'" for source in ON_SPOT_SOURCES)
HEIGHTS = ", ".join(f"('{route}', {height})" for route, height in HEIGHT.items())
TOP = max(HEIGHT.values())
ENDS = ", ".join(f"'{status}'" for status in ENDED)
REDS = " ".join(f"WHEN '{i.category}' THEN {i.red}" for i in INDICATORS.values())
TOWNSHIP_STEPS = steps_with("item.self_check")
# A stage that a changed plan took out is no more in the way.
STAGE_OPEN = """
CREATE OR REPLACE FUNCTION stage_open(of_item bigint, of_cycle int) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM rectification_milestone m
    WHERE m.item_id = of_item AND m.cycle = of_cycle AND m.passed_id IS NULL AND m.replaced_id IS NULL);
END $$;
"""
FUNCTIONS = f"""
CREATE OR REPLACE FUNCTION check_before(of_route text, of_step text) RETURNS text LANGUAGE sql IMMUTABLE AS $$
  SELECT before FROM (VALUES {way()}) AS w (route, step, before) WHERE route = of_route AND step = of_step
$$;
CREATE OR REPLACE FUNCTION check_passed(of_item bigint, of_round int, of_step text) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM rectification_check c
    WHERE c.item_id = of_item AND c.round = of_round AND c.step = of_step AND c.passed)
$$;
{STAGE_OPEN}
CREATE OR REPLACE FUNCTION route_height(of_route text) RETURNS int LANGUAGE sql IMMUTABLE AS $$
  SELECT height FROM (VALUES {HEIGHTS}) AS h (route, height) WHERE route = of_route
$$;
-- Into and out of the hands of 纪委监委: by a report, and by its own decision alone.
CREATE OR REPLACE FUNCTION red_line_way(was rectification_item, becomes rectification_item) RETURNS rectification_item LANGUAGE plpgsql AS $$
BEGIN
  IF was.status NOT IN ('REDLINE', 'HANDLED') THEN
    IF becomes.status <> 'REDLINE' OR becomes.left_from <> was.status OR becomes.red_count <> was.red_count + 1 OR NOT EXISTS (
        SELECT 1 FROM rectification_redlinereport r WHERE r.item_id = becomes.id AND r.no = becomes.red_count AND r.line = becomes.red_line) THEN
      RAISE EXCEPTION 'item_red_report: a red line begins with a report' USING ERRCODE = 'check_violation';
    END IF;
    RETURN becomes;
  END IF;
  IF (becomes.person_id, becomes.unit_id, becomes.lead_unit_id, becomes.route, becomes.measure, becomes.grade, becomes.red_count, becomes.left_from, becomes.round, becomes.rebounds)
     IS DISTINCT FROM (was.person_id, was.unit_id, was.lead_unit_id, was.route, was.measure, was.grade, was.red_count, was.left_from, was.round, was.rebounds) THEN
    RAISE EXCEPTION 'item_red_frozen: nothing moves while it is with the discipline commission' USING ERRCODE = 'check_violation';
  END IF;
  IF becomes.status <> was.status AND NOT EXISTS (
      SELECT 1 FROM rectification_redlinedecision d WHERE d.item_id = was.id AND d.no = was.red_count AND was.status = 'REDLINE'
         AND ((d.outcome = 'RETURNED' AND becomes.status = was.left_from) OR (d.outcome = 'ENDED' AND becomes.status = 'HANDLED'))) THEN
    RAISE EXCEPTION 'item_red_line: only the discipline commission returns or ends it' USING ERRCODE = 'check_violation';
  END IF;
  RETURN becomes;
END $$;
CREATE OR REPLACE FUNCTION screening_open(of_item bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN EXISTS (SELECT 1 FROM rectification_screening s JOIN rectification_screenedhousehold h ON h.screening_id = s.id
                  WHERE s.item_id = of_item AND h.outcome = '')
      OR EXISTS (SELECT 1 FROM rectification_item c LEFT JOIN rectification_item into_ ON into_.id = c.merged_into_id
                  WHERE c.parent_id = of_item AND (c.status NOT IN ({ENDS}) OR into_.id <> of_item AND into_.status NOT IN ({ENDS})));
END $$;

CREATE OR REPLACE FUNCTION red_indicator(of_category text, of_household bigint) RETURNS boolean LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN coalesce((SELECT CASE of_category {REDS} ELSE false END FROM households_household h WHERE h.id = of_household), false);
END $$;
-- Households of the item that nobody spoke to at the house since the application; what the finder
-- mended on the visit that found it was seen on that visit.
CREATE OR REPLACE FUNCTION unvisited_since(of_item bigint, since date, of_route text, of_source text) RETURNS SETOF bigint LANGUAGE plpgsql STABLE AS $$
BEGIN
  RETURN QUERY SELECT l.household_id FROM rectification_itemhousehold l JOIN households_household h ON h.id = l.household_id
   WHERE l.item_id = of_item AND h.closed = '' AND NOT (of_route = 'ON_SPOT' AND of_source = 'visit')
     AND NOT EXISTS (SELECT 1 FROM households_visit v WHERE v.household_id = h.id AND v.mode = 'IN_PERSON'
       AND v.occurred_at >= (since::timestamp AT TIME ZONE 'Asia/Shanghai')
       AND NOT EXISTS (SELECT 1 FROM households_visitcorrection c WHERE c.visit_id = v.id AND c.void));
END $$;

CREATE OR REPLACE FUNCTION item_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE before text;
BEGIN
  IF NEW.text IS DISTINCT FROM OLD.text OR NEW.number IS DISTINCT FROM OLD.number
     OR NEW.source IS DISTINCT FROM OLD.source OR NEW.created_by_id IS DISTINCT FROM OLD.created_by_id
     OR NEW.created_at IS DISTINCT FROM OLD.created_at THEN
    RAISE EXCEPTION 'item_original: number, source and original wording never change'
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.person_id IS DISTINCT FROM OLD.person_id AND EXISTS (
      SELECT 1 FROM rectification_check c LEFT JOIN cadres_delegation d ON d.id = c.delegation_id
       WHERE c.item_id = NEW.id AND NEW.person_id IN (c.by_id, d.giver_id)) THEN
    RAISE EXCEPTION 'item_checker: who checked it does not rectify it' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.route IS DISTINCT FROM OLD.route AND OLD.status IN ('RECTIFYING', 'MILESTONE', 'SELF_CHECK', 'VERIFY', 'ACCEPT', 'APPROVE') THEN
    RAISE EXCEPTION 'item_route: the road is fixed once the work began' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.red_line <> '' AND NEW.red_line = '' THEN
    RAISE EXCEPTION 'item_red_line: a red line is never taken back' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.status IN ('REDLINE', 'HANDLED') OR NEW.status IN ('REDLINE', 'HANDLED') THEN
    RETURN red_line_way(OLD, NEW);
  END IF;
  IF NEW.rebounds > OLD.rebounds AND route_height(NEW.route) <= route_height(OLD.route)
     AND route_height(OLD.route) < {TOP} THEN
    RAISE EXCEPTION 'item_rebound_level: a relapse comes back one step up' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.rebounds < OLD.rebounds THEN
    RAISE EXCEPTION 'item_rebound_kept: relapses are never taken back' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.grade IS DISTINCT FROM OLD.grade AND OLD.issued_on IS NOT NULL THEN
    RAISE EXCEPTION 'item_grade: the grade is fixed once it is issued' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.grade = 'LASTING' AND OLD.status = 'SIGNED' AND NEW.status = 'RECTIFYING' AND (
      SELECT count(*) FROM rectification_milestone m WHERE m.item_id = NEW.id AND m.cycle = NEW.rebounds) < {STAGES_MIN} THEN
    RAISE EXCEPTION 'item_stages: what lasts is planned in stages' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = 'MILESTONE' AND OLD.status <> 'MILESTONE' AND NOT stage_open(NEW.id, NEW.rebounds) THEN
    RAISE EXCEPTION 'item_no_stage: no stage waits for a check' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.grade = 'LASTING' AND OLD.status = 'RECTIFYING' AND NEW.status IN ('SELF_CHECK', 'VERIFY', 'ACCEPT', 'APPROVE')
     AND stage_open(NEW.id, NEW.rebounds) THEN
    RAISE EXCEPTION 'item_stage_open: what lasts closes by its stages, never as one stroke' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status IN ('MILESTONE', 'SELF_CHECK', 'VERIFY', 'ACCEPT', 'APPROVE') THEN
    IF NOT EXISTS (SELECT 1 FROM rectification_evidence e WHERE e.item_id = NEW.id AND e.round = NEW.round) THEN
      RAISE EXCEPTION 'item_evidence: no application without evidence' USING ERRCODE = 'check_violation';
    END IF;
    before := check_before(NEW.route, NEW.status);
    IF before IS NULL OR (before <> '' AND NOT check_passed(NEW.id, NEW.round, before)) THEN
      RAISE EXCEPTION 'item_unchecked: each check waits for the one before' USING ERRCODE = 'check_violation';
    END IF;
    IF before = '' AND OLD.status NOT IN ('RECTIFYING', NEW.status) AND NOT (
        OLD.status = 'REGISTERED' AND NEW.route = 'ON_SPOT' AND NEW.source IN ({SPOT})
        AND NEW.person_id = NEW.created_by_id) THEN
      RAISE EXCEPTION 'item_shortcut: only what its finder mended on the spot skips the charge' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF NEW.status = 'CLOSED' AND OLD.status IS DISTINCT FROM 'CLOSED'
     AND (check_before(NEW.route, '') <> OLD.status
          OR NOT check_passed(NEW.id, NEW.round, check_before(NEW.route, ''))) THEN
    RAISE EXCEPTION 'item_unchecked: no close-out without its last check' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = 'CLOSED' AND OLD.status IS DISTINCT FROM 'CLOSED' AND screening_open(NEW.id) THEN
    RAISE EXCEPTION 'item_screening_open: no close-out before the households of its list and its children' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = 'CLOSED' AND OLD.status IS DISTINCT FROM 'CLOSED' THEN
    IF EXISTS (SELECT 1 FROM rectification_itemhousehold l JOIN households_household h ON h.id = l.household_id
                WHERE l.item_id = NEW.id AND h.closed = '' AND red_indicator(NEW.category, h.id)) THEN
      RAISE EXCEPTION 'item_indicator_red: not while the roster still says so' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM unvisited_since(NEW.id, NEW.applied_on, NEW.route, NEW.source_kind)) THEN
      RAISE EXCEPTION 'item_unvisited: each household is visited after completion' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF NEW.status = 'CONSOLIDATED' AND OLD.status IS DISTINCT FROM 'CONSOLIDATED' AND (OLD.status <> 'CLOSED'
      OR NOT EXISTS (SELECT 1 FROM rectification_lookback l WHERE l.item_id = NEW.id AND l.held)) THEN
    RAISE EXCEPTION 'item_not_looked_back: consolidated by a look-back alone' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;

CREATE OR REPLACE FUNCTION check_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  it rectification_item;
  lent record;
  before text;
BEGIN
  SELECT * INTO it FROM rectification_item WHERE id = NEW.item_id;
  IF NEW.by_id = it.person_id
     OR EXISTS (SELECT 1 FROM rectification_evidence e WHERE e.item_id = NEW.item_id AND e.by_id = NEW.by_id)
     OR EXISTS (SELECT 1 FROM rectification_handover h WHERE h.item_id = NEW.item_id AND h.giver_id = NEW.by_id) THEN
    RAISE EXCEPTION 'check_rectifier: the rectifier checks nothing' USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM rectification_check c WHERE c.item_id = NEW.item_id
      AND c.round = NEW.round AND c.by_id = NEW.by_id) THEN
    RAISE EXCEPTION 'check_twice: one person, one check of a round' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.delegation_id IS NOT NULL THEN
    SELECT d.* INTO lent FROM delegations_in_force((NEW.at AT TIME ZONE 'Asia/Shanghai')::date) d
      JOIN cadres_area a ON a.id = d.area_id AND starts_with(it.area_code, a.prefix)
     WHERE d.id = NEW.delegation_id AND d.receiver_id = NEW.by_id;
    IF lent.id IS NULL OR (it.route, NEW.step) NOT IN ({TOWNSHIP_STEPS}) THEN
      RAISE EXCEPTION 'check_delegation: no delegation in force for this check' USING ERRCODE = 'check_violation';
    END IF;
    IF lent.giver_id = it.person_id
       OR EXISTS (SELECT 1 FROM rectification_evidence e WHERE e.item_id = NEW.item_id AND e.by_id = lent.giver_id)
       OR EXISTS (SELECT 1 FROM rectification_handover h WHERE h.item_id = NEW.item_id AND h.giver_id = lent.giver_id)
       OR EXISTS (SELECT 1 FROM rectification_check c LEFT JOIN cadres_delegation d ON d.id = c.delegation_id
                   WHERE c.item_id = NEW.item_id AND c.round = NEW.round AND lent.giver_id IN (c.by_id, d.giver_id)) THEN
      RAISE EXCEPTION 'check_giver: the giver could not check this himself' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF NEW.unit_id IS DISTINCT FROM (SELECT unit_id FROM cadres_cadre WHERE id = NEW.by_id) THEN
    RAISE EXCEPTION 'check_unit: the unit is the checker''s own' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.step <> 'SELF_CHECK' AND it.route NOT IN ('ON_SPOT', 'VILLAGE') AND NEW.unit_id = it.unit_id THEN
    RAISE EXCEPTION 'check_own_unit: the rectifying unit checks only itself' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM rectification_evidence e
                 WHERE e.item_id = NEW.item_id AND e.round = NEW.round) THEN
    RAISE EXCEPTION 'check_evidence: nothing to check' USING ERRCODE = 'check_violation';
  END IF;
  before := check_before(it.route, NEW.step);
  IF before IS NULL OR (before <> '' AND NOT check_passed(NEW.item_id, NEW.round, before)) THEN
    RAISE EXCEPTION 'check_order: each check waits for the one before' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
"""

# Migration 0001 makes all of it; later ones bring what an older database has up to date.
GUARDS = (
    FUNCTIONS
    + """
CREATE FUNCTION item_starts_registered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status NOT IN ('REGISTERED', 'CONFIRMED', 'ISSUED', 'DECLINED', 'SIGNED', 'RECTIFYING', 'DISMISSED', 'MERGED') THEN
    RAISE EXCEPTION 'item_start: an item begins before its checks' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER item_starts_registered BEFORE INSERT ON rectification_item
  FOR EACH ROW EXECUTE FUNCTION item_starts_registered();
CREATE TRIGGER item_guard BEFORE UPDATE ON rectification_item
  FOR EACH ROW EXECUTE FUNCTION item_guard();
CREATE TRIGGER check_guard BEFORE INSERT ON rectification_check
  FOR EACH ROW EXECUTE FUNCTION check_guard();
"""
)
UNDO = """
DROP FUNCTION item_guard CASCADE; DROP FUNCTION check_guard CASCADE;
DROP FUNCTION item_starts_registered CASCADE; DROP FUNCTION check_before, check_passed;
"""
