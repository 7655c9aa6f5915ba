"""What the database itself refuses of a sealed inspection, whoever writes."""

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


# What one proposes and another confirms: it begins as a proposal, says what was proposed for ever,
# is decided once, and its end only comes nearer.
def two_persons(table: str, kept: tuple[str, ...]) -> str:
    new, old = (", ".join(f'{row}."{c}"' for c in kept) for row in ("NEW", "OLD"))
    return f"""
CREATE FUNCTION {table}_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' AND NEW.status <> 'WAITS' THEN
    RAISE EXCEPTION '{table}_guard: a version begins as a proposal' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND ({new}) IS DISTINCT FROM ({old}) THEN
    RAISE EXCEPTION '{table}_guard: what was proposed stays' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND OLD.status <> 'WAITS' AND (NEW.status, NEW.decided_by_id, NEW.decided_at, NEW.said)
     IS DISTINCT FROM (OLD.status, OLD.decided_by_id, OLD.decided_at, OLD.said) THEN
    RAISE EXCEPTION '{table}_guard: it is decided once' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND NEW."end" IS DISTINCT FROM OLD."end" AND (OLD.status <> 'ACCEPTED' OR NEW."end" IS NULL OR NEW."end" > OLD."end") THEN
    RAISE EXCEPTION '{table}_guard: an end only comes nearer' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER {table}_guard BEFORE INSERT OR UPDATE ON inspections_{table}
  FOR EACH ROW EXECUTE FUNCTION {table}_guard();
"""


STANDARDS = (
    two_persons("standard", ("level", "name", "basis", "document_no", "why", "start", "proposed_by_id", "proposed_at"))
    + two_persons("incomeline", ("kind", "yuan", "note", "document_no", "start", "proposed_by_id", "proposed_at"))
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
