"""A refused 延期 asked once more, and 长期坚持 planned anew."""

from cadres.sql import append_only
from rectification.sql.close_out import STAGE_OPEN
from rectification.sql.time import (
    DECIDERS,
    FIRST_EXTENSION_GUARD,
    FIRST_MILESTONE_GUARD,
    RUNNING,
)

EXTENSION_AGAIN = f"""
CREATE OR REPLACE FUNCTION extension_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE it rectification_item;
BEGIN
  SELECT * INTO it FROM rectification_item WHERE id = NEW.item_id;
  IF NEW.by_id <> it.person_id OR it.status NOT IN ({RUNNING}) THEN
    RAISE EXCEPTION 'extension_person: only the rectifier asks, while it is with him' USING ERRCODE = 'check_violation';
  END IF;
  IF (NEW.at AT TIME ZONE 'Asia/Shanghai')::date > it.deadline THEN
    RAISE EXCEPTION 'extension_late: asked before the deadline or not at all' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.days > coalesce(it.length, 0) THEN
    RAISE EXCEPTION 'extension_long: never longer than what was given first' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.no <> 1 AND NOT EXISTS (SELECT 1 FROM rectification_extension e JOIN rectification_extensiondecision d ON d.extension_id = e.id
      WHERE e.item_id = NEW.item_id AND e.no = NEW.no - 1 AND NOT d.granted AND e.reason <> NEW.reason) THEN
    RAISE EXCEPTION 'extension_again: once more after a refusal alone, with new reasons' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
"""
MILESTONE_GUARD = """
CREATE OR REPLACE FUNCTION milestone_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.passed_id IS NOT NULL OR NEW.replaced_id IS NOT NULL THEN
      RAISE EXCEPTION 'milestone_open_first: a stage begins open' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS (SELECT 1 FROM rectification_item i WHERE i.id = NEW.item_id AND i.status <> 'SIGNED')
       AND NOT EXISTS (SELECT 1 FROM rectification_plannedstage s JOIN rectification_planchange c ON c.id = s.change_id
         JOIN rectification_plandecision d ON d.change_id = c.id AND d.granted
        WHERE c.item_id = NEW.item_id AND c.cycle = NEW.cycle AND s.no = NEW.no AND s.goal = NEW.goal AND s.due = NEW.planned AND s.due = NEW.due) THEN
      RAISE EXCEPTION 'milestone_unplanned: a stage comes with the measure or with a granted change' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.passed_id IS NOT NULL OR OLD.replaced_id IS NOT NULL OR (NEW.item_id, NEW.cycle, NEW.no, NEW.goal, NEW.planned)
     IS DISTINCT FROM (OLD.item_id, OLD.cycle, OLD.no, OLD.goal, OLD.planned) OR NEW.due < OLD.due THEN
    RAISE EXCEPTION 'milestone_kept: what was promised stays, its day only moves on' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.passed_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM rectification_check c
      WHERE c.id = NEW.passed_id AND c.item_id = NEW.item_id AND c.step = 'MILESTONE' AND c.passed) THEN
    RAISE EXCEPTION 'milestone_unchecked: a stage is closed by its own check' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.replaced_id IS NOT NULL AND (NEW.passed_id IS NOT NULL OR NOT EXISTS (
      SELECT 1 FROM rectification_planchange c JOIN rectification_plandecision d ON d.change_id = c.id AND d.granted
       WHERE c.id = NEW.replaced_id AND c.item_id = NEW.item_id AND c.cycle = NEW.cycle AND c.start <= NEW.no)) THEN
    RAISE EXCEPTION 'milestone_replaced: only a granted change takes out a stage that is open' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
"""
PLANS = f"""
{MILESTONE_GUARD}
{STAGE_OPEN}
CREATE FUNCTION plan_change_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE it rectification_item;
BEGIN
  SELECT * INTO it FROM rectification_item WHERE id = NEW.item_id;
  IF NEW.by_id <> it.person_id OR it.status <> 'RECTIFYING' OR it.grade <> 'LASTING' OR NEW.cycle <> it.rebounds
     OR NEW.start IS DISTINCT FROM (SELECT min(m.no) FROM rectification_milestone m
         WHERE m.item_id = it.id AND m.cycle = it.rebounds AND m.passed_id IS NULL AND m.replaced_id IS NULL) THEN
    RAISE EXCEPTION 'plan_change_person: only the rectifier asks, for the stages that are still open' USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM rectification_planchange c LEFT JOIN rectification_plandecision d ON d.change_id = c.id
      WHERE c.item_id = NEW.item_id AND c.cycle = NEW.cycle AND d.id IS NULL) THEN
    RAISE EXCEPTION 'plan_change_open: one change waits at a time' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER plan_change_guard BEFORE INSERT ON rectification_planchange
  FOR EACH ROW EXECUTE FUNCTION plan_change_guard();

CREATE FUNCTION planned_stage_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE c rectification_planchange; last date; first date;
BEGIN
  SELECT * INTO c FROM rectification_planchange WHERE id = NEW.change_id;
  SELECT max(m.due), (SELECT i.deadline FROM rectification_item i WHERE i.id = c.item_id) INTO last, first
    FROM rectification_milestone m
   WHERE m.item_id = c.item_id AND m.cycle = c.cycle AND m.passed_id IS NULL AND m.replaced_id IS NULL;
  IF NEW.no < c.start OR NEW.due > last OR (NEW.no = c.start AND NEW.due > first)
     OR EXISTS (SELECT 1 FROM rectification_plandecision d WHERE d.change_id = c.id) THEN
    RAISE EXCEPTION 'planned_stage_late: never past the deadline of now nor past the end of the plan' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER planned_stage_guard BEFORE INSERT ON rectification_plannedstage
  FOR EACH ROW EXECUTE FUNCTION planned_stage_guard();

CREATE FUNCTION plan_decision_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE it rectification_item; asked_by bigint;
BEGIN
  SELECT i.* INTO it FROM rectification_item i JOIN rectification_planchange c ON c.item_id = i.id WHERE c.id = NEW.change_id;
  SELECT c.by_id INTO asked_by FROM rectification_planchange c WHERE c.id = NEW.change_id;
  IF NEW.by_id IN (it.person_id, asked_by)
     OR EXISTS (SELECT 1 FROM rectification_evidence e WHERE e.item_id = it.id AND e.by_id = NEW.by_id)
     OR EXISTS (SELECT 1 FROM rectification_handover h WHERE h.item_id = it.id AND h.giver_id = NEW.by_id)
     OR NOT holds_role(NEW.by_id, CASE it.route {DECIDERS} ELSE ARRAY[]::text[] END, it.area_code,
                       (NEW.at AT TIME ZONE 'Asia/Shanghai')::date) THEN
    RAISE EXCEPTION 'plan_decider: decided one level above, by who does not mend it' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER plan_decision_guard BEFORE INSERT ON rectification_plandecision
  FOR EACH ROW EXECUTE FUNCTION plan_decision_guard();
CREATE TRIGGER red_line_frozen BEFORE INSERT ON rectification_planchange
  FOR EACH ROW EXECUTE FUNCTION red_line_frozen();
{append_only("rectification_planchange")}
{append_only("rectification_plannedstage")}
{append_only("rectification_plandecision")}
"""
UNDO_PLANS = (
    FIRST_MILESTONE_GUARD
    + STAGE_OPEN.replace(" AND m.replaced_id IS NULL", "")
    + "DROP FUNCTION plan_change_guard, planned_stage_guard, plan_decision_guard CASCADE;"
)
UNDO_AGAIN = FIRST_EXTENSION_GUARD
