"""Days of each step, written with the event that ends it: a median over the log itself looks back
from every event of three months."""

MOVED = ("item.register", "item.confirm", "item.issue", "item.sign", "item.decline", "item.plan", "item.apply",
         "item.pass", "item.return", "item.rebound", "item.solve", "item.reassign")  # fmt: skip
ENDED = ("item.confirm", "item.issue", "item.sign", "item.plan", "item.apply", "item.pass", "item.return")  # fmt: skip


def _in(actions: tuple[str, ...]) -> str:
    return ", ".join(f"'{a}'" for a in actions)


NAME = "left(CASE WHEN {0}.action IN ('item.pass', 'item.return') THEN coalesce({0}.after->>'step', '') ELSE {0}.action END, 20)"
DAY = "({0} AT TIME ZONE 'Asia/Shanghai')::date"
# As the owner: the application reads these days and writes none.
STEP_DAYS = f"""
CREATE FUNCTION item_step_days() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
BEGIN
  INSERT INTO rectification_stepdays (event, item_id, name, ended, days)
  SELECT NEW.seq, NEW.object_id, {NAME.format("NEW")}, {DAY.format("NEW.at")}, {DAY.format("NEW.at")} - {DAY.format("p.at")}
    FROM cadres_event p
   WHERE p.kind = 'item' AND p.object_id = NEW.object_id AND p.seq < NEW.seq AND p.action IN ({_in(MOVED)})
   ORDER BY p.seq DESC LIMIT 1;
  RETURN NULL;
END $$;
CREATE TRIGGER item_step_days AFTER INSERT ON cadres_event FOR EACH ROW
  WHEN (NEW.kind = 'item' AND NEW.action IN ({_in(ENDED)})) EXECUTE FUNCTION item_step_days();
"""
FILL_STEP_DAYS = f"""
INSERT INTO rectification_stepdays (event, item_id, name, ended, days)
SELECT e.seq, e.object_id, {NAME.format("e")}, {DAY.format("e.at")}, {DAY.format("e.at")} - {DAY.format("e.was")}
  FROM (SELECT seq, object_id, action, after, at, lag(at) OVER (PARTITION BY object_id ORDER BY seq) AS was
          FROM cadres_event WHERE kind = 'item' AND action IN ({_in(MOVED)})) e
 WHERE e.was IS NOT NULL AND e.action IN ({_in(ENDED)});
"""
UNDO_STEP_DAYS = "DROP FUNCTION IF EXISTS item_step_days CASCADE;"
