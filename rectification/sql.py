"""What the database itself refuses of a close-out, whoever writes."""

GUARDS = """
CREATE FUNCTION item_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.text IS DISTINCT FROM OLD.text OR NEW.number IS DISTINCT FROM OLD.number THEN
    RAISE EXCEPTION 'item_original: number and original wording never change'
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status IN ('SELF_CHECK', 'VERIFY', 'ACCEPT', 'APPROVE') AND NOT EXISTS (
      SELECT 1 FROM rectification_evidence e WHERE e.item_id = NEW.id AND e.round = NEW.round) THEN
    RAISE EXCEPTION 'item_evidence: no application without evidence'
      USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = 'CLOSED' AND OLD.status IS DISTINCT FROM 'CLOSED' AND (OLD.status = 'CONSOLIDATED'
      OR NOT EXISTS (SELECT 1 FROM rectification_check c WHERE c.item_id = NEW.id
                     AND c.round = NEW.round AND c.step = OLD.status AND c.passed)) THEN
    RAISE EXCEPTION 'item_unchecked: no close-out without its last check'
      USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER item_guard BEFORE UPDATE ON rectification_item
  FOR EACH ROW EXECUTE FUNCTION item_guard();

CREATE FUNCTION item_starts_registered() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.status IN ('SELF_CHECK', 'VERIFY', 'ACCEPT', 'APPROVE', 'CLOSED', 'CONSOLIDATED') THEN
    RAISE EXCEPTION 'item_start: an item begins before its checks' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER item_starts_registered BEFORE INSERT ON rectification_item
  FOR EACH ROW EXECUTE FUNCTION item_starts_registered();

CREATE FUNCTION check_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
  it rectification_item;
  before rectification_check;
BEGIN
  SELECT * INTO it FROM rectification_item WHERE id = NEW.item_id;
  IF NEW.by_id = it.person_id THEN
    RAISE EXCEPTION 'check_rectifier: the rectifier checks nothing' USING ERRCODE = 'check_violation';
  END IF;
  SELECT * INTO before FROM rectification_check
    WHERE item_id = NEW.item_id AND round = NEW.round ORDER BY id DESC LIMIT 1;
  IF before.by_id = NEW.by_id THEN
    RAISE EXCEPTION 'check_twice: one person at two checks in a row' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.step <> 'SELF_CHECK' AND it.route NOT IN ('ON_SPOT', 'VILLAGE') AND NEW.unit_id = it.unit_id THEN
    RAISE EXCEPTION 'check_own_unit: the rectifying unit checks only itself' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM rectification_evidence e
                 WHERE e.item_id = NEW.item_id AND e.round = NEW.round) THEN
    RAISE EXCEPTION 'check_evidence: nothing to check' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER check_guard BEFORE INSERT ON rectification_check
  FOR EACH ROW EXECUTE FUNCTION check_guard();
"""
UNDO = """
DROP FUNCTION item_guard CASCADE; DROP FUNCTION check_guard CASCADE;
DROP FUNCTION item_starts_registered CASCADE;
"""
# The constraint or trigger that spoke → the sentence for the reader.
SENTENCES = {
    "check_rectifier": "整改责任人不能检查自己的整改，请由其他人办理。",
    "check_twice": "同一个人不能连续办理两道检查，请由其他人办理。",
    "check_own_unit": "从部门核查起，整改单位不能检查自己的整改，请由其他单位办理。",
    "check_evidence": "没有佐证材料，不能检查。",
    "check_once_a_round": "这一道检查刚刚已由别人办完，请刷新页面。",
    "item_evidence": "至少要有 1 份佐证材料才能申请销号。",
}
