"""SQL that migrations of several apps run."""

REFUSE_CHANGE = """
CREATE FUNCTION refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  RAISE EXCEPTION '% is append only', TG_TABLE_NAME USING ERRCODE = 'restrict_violation';
END $$
"""


def append_only(table: str) -> str:
    """Triggers hold for every role, the owner too; only dropping them gets round."""
    return f"""
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE ON {table}
  FOR EACH ROW EXECUTE FUNCTION refuse_change();
CREATE TRIGGER append_only_truncate BEFORE TRUNCATE ON {table}
  FOR EACH STATEMENT EXECUTE FUNCTION refuse_change();
"""


# Giver and receiver are asked again each day: the post that lends, and the receiver's place in
# the township. A post that waits for its second administrator lends nothing.
DELEGATIONS = """
CREATE FUNCTION delegations_in_force(day date) RETURNS SETOF cadres_delegation LANGUAGE sql STABLE AS $$
  SELECT d.* FROM cadres_delegation d
    JOIN cadres_area a ON a.id = d.area_id
    JOIN cadres_post p ON p.id = d.post_id AND p.start <= day AND (p."end" IS NULL OR p."end" > day) AND NOT p.waits
    JOIN cadres_cadre g ON g.id = d.giver_id AND g.is_active
    JOIN cadres_cadre r ON r.id = d.receiver_id AND r.is_active
   WHERE d.start <= day AND d."end" > day AND EXISTS (
     SELECT 1 FROM cadres_unit u JOIN cadres_area ua ON ua.id = u.area_id
      WHERE starts_with(ua.code, a.prefix) AND (u.id = r.unit_id OR EXISTS (
        SELECT 1 FROM cadres_post q WHERE q.cadre_id = r.id AND q.unit_id = u.id
           AND q.start <= day AND (q."end" IS NULL OR q."end" > day) AND NOT q.waits)))
$$;

CREATE FUNCTION delegation_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' AND NOT EXISTS (SELECT 1 FROM cadres_post p WHERE p.id = NEW.post_id
      AND p.cadre_id = NEW.giver_id AND p.area_id = NEW.area_id AND p.role = 'TOWNSHIP_HEAD') THEN
    RAISE EXCEPTION 'delegation_post: only a head lends, in his own township' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW."end" > OLD."end"
      OR (NEW.area_id, NEW.post_id, NEW.giver_id, NEW.receiver_id, NEW.start, NEW.reason, NEW.given_at)
         IS DISTINCT FROM (OLD.area_id, OLD.post_id, OLD.giver_id, OLD.receiver_id, OLD.start, OLD.reason, OLD.given_at)) THEN
    RAISE EXCEPTION 'delegation_kept: what was given stays, its end only moves back' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER delegation_guard BEFORE INSERT OR UPDATE ON cadres_delegation
  FOR EACH ROW EXECUTE FUNCTION delegation_guard();
"""
UNDO_DELEGATIONS = "DROP FUNCTION delegation_guard CASCADE; DROP FUNCTION delegations_in_force;"


# A version is decided once, and rules never begin on a day that has begun.
RULES_GUARD = """
CREATE FUNCTION rules_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' AND NEW.status <> 'WAITS' THEN
    RAISE EXCEPTION 'rules_guard: a version begins as a proposal' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.status <> 'WAITS'
      OR (NEW.values, NEW.start, NEW.why, NEW.proposed_by_id, NEW.proposed_at)
         IS DISTINCT FROM (OLD.values, OLD.start, OLD.why, OLD.proposed_by_id, OLD.proposed_at)) THEN
    RAISE EXCEPTION 'rules_guard: what was proposed stays and is decided once' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = 'ACCEPTED' AND NEW.start <= (NEW.decided_at AT TIME ZONE 'Asia/Shanghai')::date THEN
    RAISE EXCEPTION 'rules_guard: rules begin on a day to come' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER rules_guard BEFORE INSERT OR UPDATE ON cadres_ruleset
  FOR EACH ROW EXECUTE FUNCTION rules_guard();
"""
UNDO_RULES_GUARD = "DROP FUNCTION rules_guard CASCADE;"


# Both are locked first, so that two who name each other at the same moment meet.
ABSENCE_GUARD = """
CREATE FUNCTION absence_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'UPDATE' AND (NEW."end" > OLD."end"
      OR (NEW.cadre_id, NEW.deputy_id, NEW.start, NEW.by_id, NEW.at) IS DISTINCT FROM (OLD.cadre_id, OLD.deputy_id, OLD.start, OLD.by_id, OLD.at)) THEN
    RAISE EXCEPTION 'absence_kept: what was entered stays, its end only moves back' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' THEN
    PERFORM pg_advisory_xact_lock(20170801, least(NEW.cadre_id, NEW.deputy_id)::int);
    PERFORM pg_advisory_xact_lock(20170801, greatest(NEW.cadre_id, NEW.deputy_id)::int);
    IF EXISTS (SELECT 1 FROM cadres_absence a WHERE (a.cadre_id = NEW.deputy_id OR a.deputy_id = NEW.cadre_id)
        AND daterange(a.start, a."end", '[)') && daterange(NEW.start, NEW."end", '[)')) THEN
      RAISE EXCEPTION 'absence_deputy_away: nobody stands in who is away himself' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER absence_guard BEFORE INSERT OR UPDATE ON cadres_absence
  FOR EACH ROW EXECUTE FUNCTION absence_guard();
"""
UNDO_ABSENCE_GUARD = "DROP FUNCTION absence_guard CASCADE;"


# What one proposes and another confirms: it begins as a proposal, says what was proposed for ever,
# is decided once, and its end only comes nearer.
def two_persons(app: str, table: str, kept: tuple[str, ...]) -> str:
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
CREATE TRIGGER {table}_guard BEFORE INSERT OR UPDATE ON {app}_{table}
  FOR EACH ROW EXECUTE FUNCTION {table}_guard();
"""


# What was entered stays; its end only comes nearer.
def dated(table: str, kept: tuple[str, ...]) -> str:
    new, old = (", ".join(f'{row}."{c}"' for c in kept) for row in ("NEW", "OLD"))
    return f"""
CREATE FUNCTION {table}_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF ({new}) IS DISTINCT FROM ({old}) OR OLD."end" IS NOT NULL AND (NEW."end" IS NULL OR NEW."end" > OLD."end") THEN
    RAISE EXCEPTION '{table}_kept: what was entered stays, its end only comes nearer' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER {table}_kept BEFORE UPDATE ON cadres_{table} FOR EACH ROW EXECUTE FUNCTION {table}_kept();
"""


FORCES = (
    two_persons("cadres", "ruling", ("question", "text", "values", "signed_by", "document_no", "start", "scan_id", "proposed_by_id", "proposed_at"))
    + dated("stationing", ("cadre_id", "unit_id", "area_code", "kind", "start", "document_no", "by_id", "at"))
    + dated("unitprofile", ("unit_id", "profile", "start", "document_no", "by_id", "at"))
    + dated("exemption", ("cadre_id", "reason", "start", "document_no", "by_id", "at"))
    + """
CREATE FUNCTION leave_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.kind IS DISTINCT FROM OLD.kind OR OLD.approved_at IS NOT NULL
     AND (NEW.approved_at, NEW.approved_by_id) IS DISTINCT FROM (OLD.approved_at, OLD.approved_by_id) THEN
    RAISE EXCEPTION 'absence_kept: leave is approved once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER leave_guard BEFORE UPDATE ON cadres_absence FOR EACH ROW EXECUTE FUNCTION leave_guard();
"""
)  # fmt: skip
UNDO_FORCES = "".join(
    f"DROP FUNCTION {name} CASCADE;"
    for name in ("ruling_guard", "stationing_kept", "unitprofile_kept", "exemption_kept", "leave_guard")
)  # fmt: skip


# Who evaluates is no cadre of the county, and no cadre is an evaluator, whoever writes.
EVALUATOR_GUARD = """
CREATE FUNCTION post_evaluator_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.role = 'EVALUATOR') <> (SELECT c.kind = 'EVALUATOR' FROM cadres_cadre c WHERE c.id = NEW.cadre_id) THEN
    RAISE EXCEPTION 'evaluator_apart: an evaluator holds no post of the county' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER post_evaluator_guard BEFORE INSERT OR UPDATE ON cadres_post
  FOR EACH ROW EXECUTE FUNCTION post_evaluator_guard();

CREATE FUNCTION cadre_kind_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.kind = 'EVALUATOR') <> (OLD.kind = 'EVALUATOR') THEN
    RAISE EXCEPTION 'evaluator_apart: an account stays what it was made' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER cadre_kind_guard BEFORE UPDATE OF kind ON cadres_cadre
  FOR EACH ROW EXECUTE FUNCTION cadre_kind_guard();
"""
UNDO_EVALUATOR_GUARD = (
    "DROP FUNCTION post_evaluator_guard CASCADE; DROP FUNCTION cadre_kind_guard CASCADE;"
)
