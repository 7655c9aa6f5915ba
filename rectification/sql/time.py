"""长期坚持 by its stages, and 延期."""

from cadres.roles import ROLES
from cadres.sql import append_only
from rectification.workflow import EXTENDS, WITH_RECTIFIER


def roles_with(right: str) -> str:
    return "ARRAY[" + ", ".join(f"'{r.code}'" for r in ROLES if right in r.rights) + "]"


DECIDERS = " ".join(
    f"WHEN '{route}' THEN {roles_with(level.right)}" for route, level in EXTENDS.items()
)
RUNNING = ", ".join(f"'{status}'" for status in WITH_RECTIFIER)
HOLDS_ROLE = """
CREATE OR REPLACE FUNCTION holds_role(of_cadre bigint, of_roles text[], of_area text, on_day date) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM cadres_post p JOIN cadres_area a ON a.id = p.area_id
    WHERE p.cadre_id = of_cadre AND p.role = ANY(of_roles) AND starts_with(of_area, a.prefix)
      AND p.start <= on_day AND (p."end" IS NULL OR p."end" > on_day) AND NOT p.waits)
$$;
"""
FIRST_MILESTONE_GUARD = """
CREATE OR REPLACE FUNCTION milestone_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.passed_id IS NOT NULL THEN
      RAISE EXCEPTION 'milestone_open_first: a stage begins open' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.passed_id IS NOT NULL OR (NEW.item_id, NEW.cycle, NEW.no, NEW.goal, NEW.planned)
     IS DISTINCT FROM (OLD.item_id, OLD.cycle, OLD.no, OLD.goal, OLD.planned) OR NEW.due < OLD.due THEN
    RAISE EXCEPTION 'milestone_kept: what was promised stays, its day only moves on' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.passed_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM rectification_check c
      WHERE c.id = NEW.passed_id AND c.item_id = NEW.item_id AND c.step = 'MILESTONE' AND c.passed) THEN
    RAISE EXCEPTION 'milestone_unchecked: a stage is closed by its own check' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
"""
MILESTONES = f"""
{FIRST_MILESTONE_GUARD}
CREATE TRIGGER milestone_guard BEFORE INSERT OR UPDATE ON rectification_milestone
  FOR EACH ROW EXECUTE FUNCTION milestone_guard();
{append_only("rectification_review")}
"""
FIRST_EXTENSION_GUARD = f"""
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
  RETURN NEW;
END $$;
"""
EXTENSIONS = f"""
{HOLDS_ROLE}
{FIRST_EXTENSION_GUARD}
CREATE TRIGGER extension_guard BEFORE INSERT ON rectification_extension
  FOR EACH ROW EXECUTE FUNCTION extension_guard();

CREATE OR REPLACE FUNCTION extension_decision_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE it rectification_item; asked_by bigint;
BEGIN
  SELECT i.* INTO it FROM rectification_item i JOIN rectification_extension e ON e.item_id = i.id WHERE e.id = NEW.extension_id;
  SELECT e.by_id INTO asked_by FROM rectification_extension e WHERE e.id = NEW.extension_id;
  IF NEW.by_id IN (it.person_id, asked_by)
     OR EXISTS (SELECT 1 FROM rectification_evidence e WHERE e.item_id = it.id AND e.by_id = NEW.by_id)
     OR EXISTS (SELECT 1 FROM rectification_handover h WHERE h.item_id = it.id AND h.giver_id = NEW.by_id)
     OR NOT holds_role(NEW.by_id, CASE it.route {DECIDERS} ELSE ARRAY[]::text[] END, it.area_code,
                       (NEW.at AT TIME ZONE 'Asia/Shanghai')::date) THEN
    RAISE EXCEPTION 'extension_decider: decided one level above, by who does not mend it' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER extension_decision_guard BEFORE INSERT ON rectification_extensiondecision
  FOR EACH ROW EXECUTE FUNCTION extension_decision_guard();
{append_only("rectification_extension")}
{append_only("rectification_extensiondecision")}
"""
UNDO_TIME = """
DROP FUNCTION IF EXISTS milestone_guard CASCADE; DROP FUNCTION IF EXISTS extension_guard CASCADE;
DROP FUNCTION IF EXISTS extension_decision_guard CASCADE; DROP FUNCTION IF EXISTS holds_role CASCADE;
"""
