"""What the database itself refuses of 来文批次."""

from rectification.sql.time import roles_with
from rectification.workflow import FILM as FILM_SOURCE

BATCHES = """
CREATE FUNCTION batch_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
     OR (NEW.count, NEW.run_id, NEW.by_id, NEW.at) IS DISTINCT FROM (OLD.count, OLD.run_id, OLD.by_id, OLD.at) THEN
    RAISE EXCEPTION 'batch_kept: a batch stays as it came' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.ended_at IS NOT NULL AND EXISTS (
      SELECT 1 FROM rectification_batchrow r WHERE r.batch_id = NEW.id AND r.fate = 'UNDECIDED') THEN
    RAISE EXCEPTION 'batch_undecided: no end while a row is undecided' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE FUNCTION batch_whole() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT count(*) FROM rectification_batchrow r WHERE r.batch_id = NEW.id) <> NEW.count THEN
    RAISE EXCEPTION 'batch_whole: as many rows as the file has' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION batch_no_more() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM rectification_batch b WHERE b.id IN (SELECT batch_id FROM added)
      AND (SELECT count(*) FROM rectification_batchrow r WHERE r.batch_id = b.id) > b.count) THEN
    RAISE EXCEPTION 'batch_whole: as many rows as the file has' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION batch_row_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' OR OLD.fate <> 'UNDECIDED'
     OR (NEW.batch_id, NEW.number, NEW.text, NEW.clip) IS DISTINCT FROM (OLD.batch_id, OLD.number, OLD.text, OLD.clip) THEN
    RAISE EXCEPTION 'batch_row_kept: a row is decided once and stays as it came' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER batch_guard BEFORE UPDATE OR DELETE ON rectification_batch
  FOR EACH ROW EXECUTE FUNCTION batch_guard();
CREATE CONSTRAINT TRIGGER batch_whole AFTER INSERT ON rectification_batch
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION batch_whole();
CREATE TRIGGER batch_no_more AFTER INSERT ON rectification_batchrow REFERENCING NEW TABLE AS added
  FOR EACH STATEMENT EXECUTE FUNCTION batch_no_more();
CREATE TRIGGER batch_row_guard BEFORE UPDATE OR DELETE ON rectification_batchrow
  FOR EACH ROW EXECUTE FUNCTION batch_row_guard();
"""
UNDO_BATCHES = "DROP FUNCTION batch_guard, batch_whole, batch_no_more, batch_row_guard CASCADE;"
# A batch has no place of its own: a post of 督查组 in force, wherever it is.
FILM = f"""
CREATE OR REPLACE FUNCTION batch_film_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.fate = 'REJECTED' AND EXISTS (SELECT 1 FROM rectification_batch b WHERE b.id = NEW.batch_id AND b.source = '{FILM_SOURCE}')
     AND NOT EXISTS (SELECT 1 FROM cadres_post p WHERE p.cadre_id = NEW.by_id AND p.role = ANY({roles_with("film.judge")}) AND NOT p.waits
         AND p.start <= (NEW.at AT TIME ZONE 'Asia/Shanghai')::date AND (p."end" IS NULL OR p."end" > (NEW.at AT TIME ZONE 'Asia/Shanghai')::date)) THEN
    RAISE EXCEPTION 'batch_film: what a film showed is rejected by the inspectors alone' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER batch_film_guard BEFORE INSERT OR UPDATE ON rectification_batchrow
  FOR EACH ROW EXECUTE FUNCTION batch_film_guard();
"""
UNDO_FILM = "DROP FUNCTION IF EXISTS batch_film_guard CASCADE;"
