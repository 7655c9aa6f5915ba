"""三条红线 and 举一反三."""

from cadres.sql import append_only
from rectification.sql.time import roles_with
from rectification.workflow import OPEN

HANDLERS = roles_with("discipline.handle")
OPENED = ", ".join(f"'{status}'" for status in OPEN)
# What belongs to the ordinary path stands still while 纪委监委 has the item.
FROZEN = ("evidence", "progress", "check", "lookback", "handover", "extension", "screening")
RED_LINE = (
    """
CREATE OR REPLACE FUNCTION red_line_frozen() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM rectification_item i WHERE i.id = NEW.item_id AND i.status IN ('REDLINE', 'HANDLED')) THEN
    RAISE EXCEPTION 'item_red_frozen: nothing moves while it is with the discipline commission' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER red_line_frozen BEFORE UPDATE ON rectification_itemhousehold
  FOR EACH ROW EXECUTE FUNCTION red_line_frozen();
"""
    + "".join(
        f"""
CREATE TRIGGER red_line_frozen BEFORE INSERT ON rectification_{table}
  FOR EACH ROW EXECUTE FUNCTION red_line_frozen();
"""
        for table in FROZEN
    )
    + f"""
CREATE OR REPLACE FUNCTION red_decision_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE it rectification_item;
BEGIN
  SELECT * INTO it FROM rectification_item WHERE id = NEW.item_id;
  IF it.status <> 'REDLINE' OR NEW.no <> it.red_count OR NEW.by_id = it.person_id
     OR NOT holds_role(NEW.by_id, {HANDLERS}, it.area_code, (NEW.at AT TIME ZONE 'Asia/Shanghai')::date) THEN
    RAISE EXCEPTION 'red_decision: only the discipline commission decides, once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER red_decision_guard BEFORE INSERT ON rectification_redlinedecision
  FOR EACH ROW EXECUTE FUNCTION red_decision_guard();
CREATE OR REPLACE FUNCTION red_opening_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT holds_role(NEW.by_id, {HANDLERS}, (SELECT i.area_code FROM rectification_item i JOIN rectification_redlinereport r ON r.item_id = i.id
      WHERE r.id = NEW.report_id), (NEW.at AT TIME ZONE 'Asia/Shanghai')::date) THEN
    RAISE EXCEPTION 'red_opening: only the discipline commission reads who reported' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER red_opening_guard BEFORE INSERT ON rectification_redlineopening
  FOR EACH ROW EXECUTE FUNCTION red_opening_guard();
{append_only("rectification_redlinereport")}
{append_only("rectification_redlineopening")}
{append_only("rectification_redlinedecision")}
"""
)
SCREENING = f"""
CREATE OR REPLACE FUNCTION screening_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM rectification_item i WHERE i.id = NEW.item_id AND i.status IN ({OPENED}) AND i.status <> 'REGISTERED') THEN
    RAISE EXCEPTION 'screening_parent: only an item that is confirmed and open has a list' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER screening_guard BEFORE INSERT ON rectification_screening
  FOR EACH ROW EXECUTE FUNCTION screening_guard();
CREATE OR REPLACE FUNCTION screened_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE parent rectification_item;
BEGIN
  SELECT i.* INTO parent FROM rectification_item i JOIN rectification_screening s ON s.item_id = i.id WHERE s.id = NEW.screening_id;
  IF TG_OP = 'INSERT' THEN
    IF NEW.outcome <> '' OR parent.status IN ('CLOSED', 'CONSOLIDATED') THEN
      RAISE EXCEPTION 'screened_begins_unlooked: a household is listed before it is looked at' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.outcome <> '' OR (NEW.screening_id, NEW.household_id) IS DISTINCT FROM (OLD.screening_id, OLD.household_id) THEN
    RAISE EXCEPTION 'screened_kept: what was seen stays' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.by_id = parent.person_id THEN
    RAISE EXCEPTION 'screened_by_rectifier: somebody else looks' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.visit_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM households_visit v WHERE v.id = NEW.visit_id AND v.household_id = NEW.household_id) THEN
    RAISE EXCEPTION 'screened_visit: a visit to that household' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.child_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM rectification_item c JOIN rectification_itemhousehold h ON h.item_id = c.id
      WHERE c.id = NEW.child_id AND c.parent_id = parent.id AND h.household_id = NEW.household_id) THEN
    RAISE EXCEPTION 'screened_child: the item of that household, under this parent' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER screened_guard BEFORE INSERT OR UPDATE ON rectification_screenedhousehold
  FOR EACH ROW EXECUTE FUNCTION screened_guard();
{append_only("rectification_screening")}
"""
UNDO_RED_LINE = """
DROP FUNCTION IF EXISTS red_line_frozen CASCADE; DROP FUNCTION IF EXISTS red_decision_guard CASCADE;
DROP FUNCTION IF EXISTS red_opening_guard CASCADE; DROP FUNCTION IF EXISTS screening_guard CASCADE;
DROP FUNCTION IF EXISTS screened_guard CASCADE;
"""
