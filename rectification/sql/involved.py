"""责任单位, 牵头单位 and 配合单位 of an item in one column: one condition with one index finds what a
unit has to do with, and none of the three can be forgotten."""

INVOLVED = """
CREATE FUNCTION item_involved(item bigint, unit bigint, lead bigint) RETURNS bigint[] LANGUAGE sql STABLE AS $$
  SELECT array_agg(u ORDER BY u) FROM (
    SELECT unit AS u UNION SELECT lead UNION SELECT c.unit_id FROM rectification_item_co_units c WHERE c.item_id = item) x
$$;
CREATE FUNCTION item_sets_involved() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  NEW.involved := item_involved(NEW.id, NEW.unit_id, NEW.lead_unit_id);
  RETURN NEW;
END $$;
CREATE TRIGGER item_sets_involved BEFORE INSERT OR UPDATE OF unit_id, lead_unit_id, involved ON rectification_item
  FOR EACH ROW EXECUTE FUNCTION item_sets_involved();
CREATE FUNCTION co_unit_involves() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE rectification_item SET involved = '{}' WHERE id IN (OLD.item_id, NEW.item_id);
  RETURN NULL;
END $$;
CREATE TRIGGER co_unit_involves AFTER INSERT OR UPDATE OR DELETE ON rectification_item_co_units
  FOR EACH ROW EXECUTE FUNCTION co_unit_involves();
"""
FILL = """
ALTER TABLE rectification_item DISABLE TRIGGER USER;
UPDATE rectification_item SET involved = item_involved(id, unit_id, lead_unit_id);
ALTER TABLE rectification_item ENABLE TRIGGER USER;
"""
UNDO_INVOLVED = """
DROP FUNCTION IF EXISTS co_unit_involves CASCADE;
DROP FUNCTION IF EXISTS item_sets_involved CASCADE;
DROP FUNCTION IF EXISTS item_involved;
"""
