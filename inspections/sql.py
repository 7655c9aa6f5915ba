"""What the database itself refuses of a sealed inspection, whoever writes."""

from cadres.sql import two_persons

GUARDS = """
CREATE FUNCTION plan_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.uid, NEW.commitment, NEW.committed_on, NEW.sealed, NEW.frame)
     IS DISTINCT FROM (OLD.uid, OLD.commitment, OLD.committed_on, OLD.sealed, OLD.frame) THEN
    RAISE EXCEPTION 'plan_bound: what the commitment binds never changes' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.ended <> '' THEN
    RAISE EXCEPTION 'plan_ended: an inspection ends once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER plan_guard BEFORE UPDATE ON inspections_plan FOR EACH ROW EXECUTE FUNCTION plan_guard();

CREATE FUNCTION entry_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM inspections_plan p WHERE p.id = NEW.plan_id AND p.ended <> '') THEN
    RAISE EXCEPTION 'entry_late: nothing is added once the inspection ended' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER entry_guard BEFORE INSERT ON inspections_entry FOR EACH ROW EXECUTE FUNCTION entry_guard();

CREATE FUNCTION report_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM inspections_plan p WHERE p.id = NEW.plan_id AND p.ended = 'RELEASED') THEN
    RAISE EXCEPTION 'report_early: nothing in clear before the report' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER report_guard BEFORE INSERT ON inspections_sampled FOR EACH ROW EXECUTE FUNCTION report_guard();
CREATE TRIGGER report_guard BEFORE INSERT ON inspections_finding FOR EACH ROW EXECUTE FUNCTION report_guard();
CREATE TRIGGER report_guard BEFORE INSERT ON inspections_planarea FOR EACH ROW EXECUTE FUNCTION report_guard();
"""
UNDO = "DROP FUNCTION plan_guard CASCADE; DROP FUNCTION entry_guard CASCADE; DROP FUNCTION report_guard CASCADE;"


STANDARDS = (
    two_persons("inspections", "standard", ("level", "name", "basis", "document_no", "why", "start", "proposed_by_id", "proposed_at"))
    + two_persons("inspections", "incomeline", ("kind", "yuan", "note", "document_no", "start", "proposed_by_id", "proposed_at"))
    + """
CREATE FUNCTION indicator_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM inspections_standard s WHERE s.id = NEW.standard_id AND s.status = 'WAITS') THEN
    RAISE EXCEPTION 'indicator_guard: a decided version gets no more indicators' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER indicator_guard BEFORE INSERT ON inspections_indicator FOR EACH ROW EXECUTE FUNCTION indicator_guard();
"""
)  # fmt: skip
UNDO_STANDARDS = "DROP FUNCTION standard_guard CASCADE; DROP FUNCTION incomeline_guard CASCADE; DROP FUNCTION indicator_guard CASCADE;"


# An edition says what it said; nothing is handed out or signed once it ended, nobody signs for
# what he was not handed, and no more copies are handed out than were printed.
HANDBOOK = """
CREATE FUNCTION handbook_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.ended_on IS NOT NULL OR (NEW.number, NEW.title, NEW.issuer, NEW.issued_on, NEW.issued_by_id, NEW.at, NEW.file_id)
     IS DISTINCT FROM (OLD.number, OLD.title, OLD.issuer, OLD.issued_on, OLD.issued_by_id, OLD.at, OLD.file_id) THEN
    RAISE EXCEPTION 'handbook_guard: an edition ends once and never changes' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER handbook_guard BEFORE UPDATE ON inspections_handbook FOR EACH ROW EXECUTE FUNCTION handbook_guard();

CREATE FUNCTION copy_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE ended date;
BEGIN
  SELECT h.ended_on INTO ended FROM inspections_handbook h WHERE h.id = NEW.handbook_id FOR UPDATE;
  IF ended IS NOT NULL THEN
    RAISE EXCEPTION 'copy_guard: the edition has ended' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.kind <> 'MOVED' AND (SELECT count(*) FROM inspections_handbookcopy c WHERE c.handbook_id = NEW.handbook_id AND c.kind <> 'MOVED')
     >= (SELECT coalesce(sum(p.quantity), 0) FROM inspections_handbookprinting p WHERE p.handbook_id = NEW.handbook_id) THEN
    RAISE EXCEPTION 'copy_printed: more copies than were printed' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER copy_guard BEFORE INSERT ON inspections_handbookcopy FOR EACH ROW EXECUTE FUNCTION copy_guard();

CREATE FUNCTION receipt_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (SELECT h.ended_on FROM inspections_handbook h WHERE h.id = NEW.handbook_id) IS NOT NULL THEN
    RAISE EXCEPTION 'receipt_guard: the edition has ended' USING ERRCODE = 'check_violation';
  END IF;
  IF NOT EXISTS (SELECT 1 FROM inspections_handbookcopy c WHERE c.handbook_id = NEW.handbook_id AND c.cadre_id = NEW.cadre_id
      AND c.unit_id IS NOT DISTINCT FROM NEW.unit_id) THEN
    RAISE EXCEPTION 'receipt_copy: nobody signs for what he was not handed' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER receipt_guard BEFORE INSERT ON inspections_handbookreceipt FOR EACH ROW EXECUTE FUNCTION receipt_guard();
"""
UNDO_HANDBOOK = "DROP FUNCTION handbook_guard CASCADE; DROP FUNCTION copy_guard CASCADE; DROP FUNCTION receipt_guard CASCADE;"


# An answer stands in clear for its own household and by the household's standard; its member is one
# of that household's. That nothing is in clear before the report is the household's row's own guard.
FIELD = """
CREATE FUNCTION answer_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM inspections_standard s WHERE s.id = NEW.standard_id AND s.level = 'HOUSEHOLD' AND s.status = 'ACCEPTED') THEN
    RAISE EXCEPTION 'answer_standard: a door is asked by a household standard in force' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.member_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM households_member m JOIN inspections_sampled s ON s.household_id = m.household_id
       WHERE m.id = NEW.member_id AND s.id = NEW.sampled_id) THEN
    RAISE EXCEPTION 'answer_member: a member answers for his own household' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER answer_guard BEFORE INSERT ON inspections_answer FOR EACH ROW EXECUTE FUNCTION answer_guard();
"""
UNDO_FIELD = "DROP FUNCTION answer_guard CASCADE;"
