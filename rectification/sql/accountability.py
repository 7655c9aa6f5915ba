"""问责线索: decided by 纪委监委 alone."""

from cadres.sql import append_only
from rectification.sql.time import roles_with

HANDLERS = roles_with("discipline.handle")
ACCOUNTABILITY = f"""
CREATE OR REPLACE FUNCTION accountability_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE it rectification_item;
BEGIN
  IF TG_TABLE_NAME = 'rectification_appeal' THEN
    SELECT i.* INTO it FROM rectification_item i JOIN rectification_accountability a ON a.item_id = i.id
      JOIN rectification_accountabilitydecision d ON d.accountability_id = a.id WHERE d.id = NEW.decision_id;
  ELSE
    SELECT i.* INTO it FROM rectification_item i JOIN rectification_accountability a ON a.item_id = i.id WHERE a.id = NEW.accountability_id;
  END IF;
  IF NEW.by_id = it.person_id OR NOT holds_role(NEW.by_id, {HANDLERS}, it.area_code, (NEW.at AT TIME ZONE 'Asia/Shanghai')::date) THEN
    RAISE EXCEPTION 'accountability_decider: the discipline commission decides, and nobody of himself' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER accountability_guard BEFORE INSERT ON rectification_accountabilitydecision
  FOR EACH ROW EXECUTE FUNCTION accountability_guard();
CREATE TRIGGER accountability_guard BEFORE INSERT ON rectification_appeal
  FOR EACH ROW EXECUTE FUNCTION accountability_guard();
{append_only("rectification_accountability")}
{append_only("rectification_accountabilitydecision")}
{append_only("rectification_appeal")}
"""
UNDO_ACCOUNTABILITY = "DROP FUNCTION IF EXISTS accountability_guard CASCADE;"
