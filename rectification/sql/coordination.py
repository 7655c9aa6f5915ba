"""周调度: who may chair and confirm it, and that nothing of a confirmed one changes."""

from rectification.sql.time import roles_with

OWN_LEADER = roles_with("coordination.confirm")
# Whatever a status of an earlier week has not ended yet is asked about again.
UNANSWERED = """
  SELECT d.id FROM rectification_coordinationdecision d JOIN rectification_coordination o ON o.id = d.coordination_id
   WHERE o.area_code = c.area_code AND o.monday < c.monday AND o.closed_at IS NOT NULL
     AND NOT EXISTS (SELECT 1 FROM rectification_followup f JOIN rectification_coordination w ON w.id = f.coordination_id
        WHERE f.decision_id = d.id AND (f.coordination_id = c.id OR f.status = 'DONE' AND w.closed_at IS NOT NULL AND w.monday < c.monday))"""
COORDINATION = f"""
CREATE FUNCTION coordination_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE c rectification_coordination;
BEGIN
  IF TG_OP = 'DELETE' THEN
    IF OLD.closed_at IS NOT NULL THEN
      RAISE EXCEPTION 'coordination_kept: a confirmed one stays as it is' USING ERRCODE = 'check_violation';
    END IF;
    RETURN OLD;
  END IF;
  c := NEW;
  IF TG_OP = 'UPDATE' AND OLD.closed_at IS NOT NULL THEN
    RAISE EXCEPTION 'coordination_kept: a confirmed one stays as it is' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.area_code, NEW.monday, NEW.drafted_at) IS DISTINCT FROM (OLD.area_code, OLD.monday, OLD.drafted_at) THEN
    RAISE EXCEPTION 'coordination_week_kept: township and week stay' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' AND NEW.closed_at IS NOT NULL THEN
    RAISE EXCEPTION 'coordination_draft_first: it begins as a draft' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM cadres_area a WHERE a.code = NEW.area_code AND a.level = 'TOWNSHIP') THEN
    RAISE EXCEPTION 'coordination_of_a_township: townships alone hold one' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT holds_role(coalesce(NEW.giver_id, NEW.chair_id), {OWN_LEADER}, NEW.area_code, NEW.held_on) THEN
    RAISE EXCEPTION 'coordination_chair: chaired by its own county leader or by whom he named' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.held_on > (coalesce(NEW.closed_at, NEW.drafted_at) AT TIME ZONE 'Asia/Shanghai')::date THEN
    RAISE EXCEPTION 'coordination_to_come: what has not been held is not entered' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.closed_at IS NOT NULL THEN
    IF NOT holds_role(NEW.closed_by_id, {OWN_LEADER}, NEW.area_code, (NEW.closed_at AT TIME ZONE 'Asia/Shanghai')::date) THEN
      RAISE EXCEPTION 'coordination_confirmer: confirmed by its own county leader' USING ERRCODE = 'check_violation';
    END IF;
    IF EXISTS ({UNANSWERED}) THEN
      RAISE EXCEPTION 'coordination_unanswered: each earlier decision gets its status first' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER coordination_guard BEFORE INSERT OR UPDATE OR DELETE ON rectification_coordination
  FOR EACH ROW EXECUTE FUNCTION coordination_guard();

CREATE FUNCTION coordination_part_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE gone bigint; come bigint;
BEGIN
  IF TG_OP <> 'INSERT' THEN gone := OLD.coordination_id; END IF;
  IF TG_OP <> 'DELETE' THEN come := NEW.coordination_id; END IF;
  -- The lock of the whole: who writes a part and who confirms meet here.
  PERFORM 1 FROM rectification_coordination WHERE id IN (gone, come) ORDER BY id FOR NO KEY UPDATE;
  IF EXISTS (SELECT 1 FROM rectification_coordination WHERE id IN (gone, come) AND closed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'coordination_kept: a confirmed one stays as it is' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'DELETE' THEN RETURN OLD; END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER coordination_part_guard BEFORE INSERT OR UPDATE OR DELETE ON rectification_coordinationdecision
  FOR EACH ROW EXECUTE FUNCTION coordination_part_guard();
CREATE TRIGGER coordination_part_guard BEFORE INSERT OR UPDATE OR DELETE ON rectification_followup
  FOR EACH ROW EXECUTE FUNCTION coordination_part_guard();
CREATE TRIGGER coordination_part_guard BEFORE INSERT OR UPDATE OR DELETE ON rectification_coordination_present
  FOR EACH ROW EXECUTE FUNCTION coordination_part_guard();

CREATE FUNCTION coordination_decision_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM rectification_coordination c WHERE c.id = NEW.coordination_id
      AND left(c.area_code, 9) = left(NEW.area_code, 9) AND NEW.deadline >= c.held_on) THEN
    RAISE EXCEPTION 'coordination_decision_place: in this township, and due after it was decided' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER decision_guard BEFORE INSERT OR UPDATE ON rectification_coordinationdecision
  FOR EACH ROW EXECUTE FUNCTION coordination_decision_guard();

CREATE FUNCTION follow_up_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM rectification_coordination c, rectification_coordinationdecision d
      JOIN rectification_coordination o ON o.id = d.coordination_id
     WHERE c.id = NEW.coordination_id AND d.id = NEW.decision_id AND o.area_code = c.area_code AND o.monday < c.monday
       AND o.closed_at IS NOT NULL) THEN
    RAISE EXCEPTION 'follow_up_earlier: of an earlier week of the same township' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER follow_up_guard BEFORE INSERT OR UPDATE ON rectification_followup
  FOR EACH ROW EXECUTE FUNCTION follow_up_guard();

-- No confirmed decision without its item when the transaction ends; UNIQUE sees to no second one.
CREATE FUNCTION coordination_items() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.closed_at IS NOT NULL AND EXISTS (SELECT 1 FROM rectification_coordinationdecision d WHERE d.coordination_id = NEW.id
      AND NOT EXISTS (SELECT 1 FROM rectification_item i WHERE i.source_kind = 'coordination' AND i.source_id = d.id)) THEN
    RAISE EXCEPTION 'coordination_items: each decision is an item of the ledger' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER coordination_items AFTER UPDATE ON rectification_coordination
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION coordination_items();
"""
UNDO_COORDINATION = "".join(
    f"DROP FUNCTION {name} CASCADE;"
    for name in ("coordination_guard", "coordination_part_guard", "coordination_decision_guard", "follow_up_guard", "coordination_items")
)  # fmt: skip
