"""回头看: by who had no hand in it; and the lot."""

from cadres.sql import append_only


def had_a_hand(item: str, cadre: str) -> str:
    """Mended, checked or gave it: the condition, for the trigger and for who is reminded."""
    return f"""(EXISTS (SELECT 1 FROM rectification_item h_i LEFT JOIN rectification_dispatch h_d ON h_d.id = h_i.dispatch_id
              WHERE h_i.id = {item} AND {cadre} IN (h_i.person_id, h_d.by_id))
     OR EXISTS (SELECT 1 FROM rectification_evidence h_e WHERE h_e.item_id = {item} AND h_e.by_id = {cadre})
     OR EXISTS (SELECT 1 FROM rectification_progress h_p WHERE h_p.item_id = {item} AND h_p.by_id = {cadre})
     OR EXISTS (SELECT 1 FROM rectification_handover h_h WHERE h_h.item_id = {item} AND {cadre} IN (h_h.giver_id, h_h.by_id))
     OR EXISTS (SELECT 1 FROM rectification_check h_c LEFT JOIN cadres_delegation h_l ON h_l.id = h_c.delegation_id
                 WHERE h_c.item_id = {item} AND {cadre} IN (h_c.by_id, h_l.giver_id))
     OR EXISTS (SELECT 1 FROM cadres_event h_v WHERE h_v.kind = 'item' AND h_v.object_id = {item}
                   AND h_v.action IN ('item.issue', 'item.reassign') AND h_v.actor_id = {cadre}))"""


LOOK_BACK = f"""
CREATE OR REPLACE FUNCTION lookback_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.held AND NOT EXISTS (SELECT 1 FROM rectification_item i WHERE i.id = NEW.item_id AND i.status = 'CLOSED') THEN
    RAISE EXCEPTION 'lookback_closed: only what is closed has held' USING ERRCODE = 'check_violation';
  END IF;
  IF {had_a_hand("NEW.item_id", "NEW.by_id")} THEN
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
