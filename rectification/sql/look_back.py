"""回头看: by who had no hand in it; and the lot."""

from cadres.sql import append_only

LOOK_BACK = f"""
CREATE OR REPLACE FUNCTION lookback_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.held AND NOT EXISTS (SELECT 1 FROM rectification_item i WHERE i.id = NEW.item_id AND i.status = 'CLOSED') THEN
    RAISE EXCEPTION 'lookback_closed: only what is closed has held' USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM rectification_item i LEFT JOIN rectification_dispatch d ON d.id = i.dispatch_id
              WHERE i.id = NEW.item_id AND NEW.by_id IN (i.person_id, d.by_id))
     OR EXISTS (SELECT 1 FROM rectification_evidence e WHERE e.item_id = NEW.item_id AND e.by_id = NEW.by_id)
     OR EXISTS (SELECT 1 FROM rectification_progress p WHERE p.item_id = NEW.item_id AND p.by_id = NEW.by_id)
     OR EXISTS (SELECT 1 FROM rectification_handover h WHERE h.item_id = NEW.item_id AND NEW.by_id IN (h.giver_id, h.by_id))
     OR EXISTS (SELECT 1 FROM rectification_check c LEFT JOIN cadres_delegation d ON d.id = c.delegation_id
                 WHERE c.item_id = NEW.item_id AND NEW.by_id IN (c.by_id, d.giver_id))
     OR EXISTS (SELECT 1 FROM cadres_event v WHERE v.kind = 'item' AND v.object_id = NEW.item_id
                   AND v.action IN ('item.issue', 'item.reassign') AND v.actor_id = NEW.by_id) THEN
    RAISE EXCEPTION 'lookback_hand: who had a hand in it does not look back' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER lookback_guard BEFORE INSERT ON rectification_lookback
  FOR EACH ROW EXECUTE FUNCTION lookback_guard();
{append_only("rectification_lookbackdraw")}
{append_only("rectification_drawnitem")}
"""
UNDO_LOOK_BACK = "DROP FUNCTION IF EXISTS lookback_guard CASCADE;"
