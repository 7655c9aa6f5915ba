"""What the database itself refuses in 氛围营造, whoever writes."""

from cadres.roles import ROLES
from rectification.workflow import OPEN

OPENED = ", ".join(f"'{status}'" for status in OPEN)
SUSPECT = "错退|被脱贫|数字脱贫|虚假脱贫"


def roles_with(right: str) -> str:
    return "ARRAY[" + ", ".join(f"'{r.code}'" for r in ROLES if right in r.rights) + "]"


# A person's open matters. Asked by the guards, by 纪委监委 (who reads which) and by the weekly
# suggestion; nobody else is told more than yes or no, and never at the naming of a person.
MATTERS = f"""
CREATE FUNCTION cadre_had_item(of_cadre bigint, of_item bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM rectification_item i WHERE i.id = of_item AND i.person_id = of_cadre)
      OR EXISTS (SELECT 1 FROM rectification_handover h WHERE h.item_id = of_item AND h.giver_id = of_cadre)
$$;
CREATE FUNCTION cadre_matters(of_cadre bigint) RETURNS TABLE (kind text, n bigint) LANGUAGE sql STABLE AS $$
  SELECT 'ACCOUNTABILITY', count(*) FROM rectification_accountability a
    LEFT JOIN rectification_accountabilitydecision d ON d.accountability_id = a.id
   WHERE cadre_had_item(of_cadre, a.item_id) AND (d.id IS NULL OR EXISTS (
     SELECT 1 FROM rectification_appeal p WHERE p.decision_id = d.id AND p.outcome = 'MADE'
        AND NOT EXISTS (SELECT 1 FROM rectification_appeal q WHERE q.decision_id = d.id AND q.id > p.id)))
  UNION ALL
  SELECT 'RED_LINE', count(*) FROM rectification_item i WHERE i.status = 'REDLINE' AND cadre_had_item(of_cadre, i.id)
  UNION ALL
  SELECT 'LEAD', count(*) FROM cadres_lead l
   WHERE l.about @> ARRAY[of_cadre] AND NOT EXISTS (SELECT 1 FROM cadres_leaddecision d WHERE d.lead_id = l.id)
$$;
CREATE FUNCTION honour_handed_on(of_honour bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM inspections_honour h JOIN cadres_lead l ON l.about @> ARRAY[h.cadre_id]
    JOIN cadres_leaddecision d ON d.lead_id = l.id AND d.outcome = 'HANDED_ON'
   WHERE h.id = of_honour
     AND NOT EXISTS (SELECT 1 FROM rectification_item i WHERE i.source_kind = 'lead' AND i.source_id = l.id)
     AND NOT EXISTS (SELECT 1 FROM inspections_honourstep s WHERE s.honour_id = h.id AND s.kind = 'CLEAR'
                        AND s.document_no <> '' AND s.at > d.at))
$$;
CREATE FUNCTION honour_blocked(of_honour bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT honour_handed_on(of_honour) OR EXISTS (SELECT 1 FROM inspections_honour h, LATERAL cadre_matters(h.cadre_id) m
    WHERE h.id = of_honour AND h.cadre_id IS NOT NULL AND m.n > 0)
$$;
CREATE FUNCTION household_suspected(of_household bigint) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM rectification_item i JOIN rectification_itemhousehold x ON x.item_id = i.id
      WHERE x.household_id = of_household AND (i.status = 'REDLINE' AND i.red_line = 'NUMBERS'
         OR i.status IN ({OPENED}) AND i.text ~ '{SUSPECT}'))
   OR EXISTS (SELECT 1 FROM cadres_lead l WHERE l.subject_kind = 'household' AND l.subject_id = of_household
      AND (l.kind = 'WRONG_EXIT' OR l.text ~ '{SUSPECT}')
      AND NOT EXISTS (SELECT 1 FROM cadres_leaddecision d WHERE d.lead_id = l.id))
   OR EXISTS (SELECT 1 FROM inspections_suspect s JOIN inspections_result r ON r.id = s.result_id
      WHERE r.household_id = of_household AND s.kind = 'WRONG_EXIT' AND (s.state NOT IN ('CLEARED', 'FOUND')
         OR s.state = 'FOUND' AND NOT EXISTS (SELECT 1 FROM rectification_item i WHERE i.source_kind = 'evaluation'
            AND i.source_id = s.id AND i.status NOT IN ({OPENED}, 'REDLINE'))))
$$;
CREATE FUNCTION consent_covers(of_honour inspections_honour, on_day date) RETURNS boolean LANGUAGE sql STABLE AS $$
  SELECT EXISTS (SELECT 1 FROM inspections_consent c WHERE c.id = of_honour.consent_id
    AND c.household_id = of_honour.household_id AND c.revoked_on IS NULL AND c.start <= on_day AND c."end" > on_day
    AND c.story AND (of_honour.masking <> 'FULL' OR c.name) AND (NOT of_honour.tells_health OR c.health)
    AND (c.photo OR NOT EXISTS (SELECT 1 FROM inspections_publicphoto p WHERE p.honour_id = of_honour.id)))
$$;
"""
HONOUR = f"""
CREATE FUNCTION honour_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE opinion inspections_honourstep;
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'RECOMMENDED' OR NEW.reviewed_by_id IS NOT NULL THEN
      RAISE EXCEPTION 'honour_begins: it begins with a recommendation' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.uid, NEW.kind, NEW.cadre_id, NEW.household_id, NEW.area_code, NEW.recommended_by_id)
     IS DISTINCT FROM (OLD.uid, OLD.kind, OLD.cadre_id, OLD.household_id, OLD.area_code, OLD.recommended_by_id) THEN
    RAISE EXCEPTION 'honour_kept: of whom it is and who recommended stay' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.status NOT IN ('RECOMMENDED', 'RETURNED') AND (NEW.title, NEW.deed, NEW.masking, NEW.tells_health)
     IS DISTINCT FROM (OLD.title, OLD.deed, OLD.masking, OLD.tells_health) THEN
    RAISE EXCEPTION 'honour_as_reviewed: what was reviewed stays' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.notice_from IS NOT NULL AND (NEW.notice_from, NEW.notice_until) IS DISTINCT FROM (OLD.notice_from, OLD.notice_until) THEN
    RAISE EXCEPTION 'honour_notice_kept: the days of the notice stay' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = OLD.status AND NEW.status IN ('NOTICE', 'PUBLISHED') AND NEW.consent_id IS DISTINCT FROM OLD.consent_id
     AND NOT consent_covers(NEW, (SELECT c.start FROM inspections_consent c WHERE c.id = NEW.consent_id)) THEN
    RAISE EXCEPTION 'honour_consent_kept: in public only a consent that covers all takes the place of another' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = OLD.status THEN
    RETURN NEW;
  END IF;
  IF (OLD.status, NEW.status) NOT IN (('RECOMMENDED', 'REVIEWED'), ('RECOMMENDED', 'RETURNED'), ('REVIEWED', 'RETURNED'),
      ('RETURNED', 'RECOMMENDED'), ('REVIEWED', 'NOTICE'), ('NOTICE', 'PUBLISHED'), ('NOTICE', 'WITHDRAWN'), ('PUBLISHED', 'WITHDRAWN')) THEN
    RAISE EXCEPTION 'honour_way: from % to % is no way', OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = 'REVIEWED' AND NOT holds_role(NEW.reviewed_by_id, CASE NEW.kind WHEN 'CADRE' THEN {roles_with("publicity.cadre")}
      ELSE {roles_with("publicity.review")} END, NEW.area_code, (NEW.reviewed_at AT TIME ZONE 'Asia/Shanghai')::date) THEN
    RAISE EXCEPTION 'honour_reviewer: its own office reviews' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status IN ('NOTICE', 'PUBLISHED') AND NEW.kind = 'CADRE' THEN
    SELECT * INTO opinion FROM inspections_honourstep s WHERE s.honour_id = NEW.id AND s.kind IN ('CLEAR', 'HOLD') ORDER BY s.id DESC LIMIT 1;
    IF opinion.kind IS DISTINCT FROM 'CLEAR' OR opinion.at < NEW.reviewed_at
       OR NEW.status = 'PUBLISHED' AND (opinion.at AT TIME ZONE 'Asia/Shanghai')::date <= NEW.notice_until THEN
      RAISE EXCEPTION 'honour_opinion: the discipline commission is asked before the notice and again after it' USING ERRCODE = 'check_violation';
    END IF;
    IF honour_blocked(NEW.id) THEN
      RAISE EXCEPTION 'honour_blocked: not now' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF NEW.status IN ('NOTICE', 'PUBLISHED') AND NEW.kind = 'HOUSEHOLD' THEN
    IF NOT consent_covers(NEW, coalesce(NEW.published_on, NEW.notice_from)) THEN
      RAISE EXCEPTION 'honour_consent: a written consent in force that covers all that is shown' USING ERRCODE = 'check_violation';
    END IF;
    IF household_suspected(NEW.household_id) THEN
      RAISE EXCEPTION 'honour_suspected: not now' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF NEW.status = 'PUBLISHED' AND EXISTS (SELECT 1 FROM inspections_honourstep o WHERE o.honour_id = NEW.id AND o.kind = 'OBJECTION'
      AND NOT EXISTS (SELECT 1 FROM inspections_honourstep a WHERE a.answers_id = o.id)) THEN
    RAISE EXCEPTION 'honour_objection: each objection is answered first' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER honour_guard BEFORE INSERT OR UPDATE ON inspections_honour FOR EACH ROW EXECUTE FUNCTION honour_guard();

CREATE FUNCTION honour_step_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE h inspections_honour;
BEGIN
  SELECT * INTO h FROM inspections_honour WHERE id = NEW.honour_id;
  IF NEW.kind IN ('CLEAR', 'HOLD') THEN
    IF h.kind <> 'CADRE' OR NEW.by_id = h.cadre_id OR NEW.by_id = h.recommended_by_id
       OR NOT holds_role(NEW.by_id, {roles_with("discipline.handle")}, h.area_code, (NEW.at AT TIME ZONE 'Asia/Shanghai')::date) THEN
      RAISE EXCEPTION 'honour_opinion_of: the discipline commission alone, and nobody of himself' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.kind = 'CLEAR' AND (EXISTS (SELECT 1 FROM cadre_matters(h.cadre_id) m WHERE m.n > 0)
        OR honour_handed_on(h.id) AND NEW.document_no = '') THEN
      RAISE EXCEPTION 'honour_matter_open: something is open' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  IF NEW.kind = 'OBJECTION' AND h.status <> 'NOTICE' THEN
    RAISE EXCEPTION 'honour_objection_when: objections belong to the notice' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.answers_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM inspections_honourstep o
      WHERE o.id = NEW.answers_id AND o.honour_id = NEW.honour_id AND o.kind = 'OBJECTION') THEN
    RAISE EXCEPTION 'honour_answer_to: an objection of the same one' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER honour_step_guard BEFORE INSERT ON inspections_honourstep FOR EACH ROW EXECUTE FUNCTION honour_step_guard();

CREATE FUNCTION consent_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' AND NEW.revoked_on IS NOT NULL THEN
    RAISE EXCEPTION 'consent_begins: it is given before it is revoked' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.revoked_on IS NOT NULL OR (NEW.uid, NEW.household_id, NEW.signed_by, NEW.photo, NEW.name, NEW.story, NEW.health, NEW.start, NEW."end", NEW.file_id)
      IS DISTINCT FROM (OLD.uid, OLD.household_id, OLD.signed_by, OLD.photo, OLD.name, OLD.story, OLD.health, OLD.start, OLD."end", OLD.file_id)) THEN
    RAISE EXCEPTION 'consent_kept: what was signed stays and is revoked once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER consent_guard BEFORE INSERT OR UPDATE ON inspections_consent FOR EACH ROW EXECUTE FUNCTION consent_guard();

-- At the end of the transaction: what rests on a revoked consent is not in public any more.
CREATE FUNCTION consent_revoked() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.revoked_on IS NOT NULL AND EXISTS (SELECT 1 FROM inspections_honour h WHERE h.consent_id = NEW.id AND h.status IN ('NOTICE', 'PUBLISHED')) THEN
    RAISE EXCEPTION 'consent_still_shown: revoked means withdrawn at once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NULL;
END $$;
CREATE CONSTRAINT TRIGGER consent_revoked AFTER UPDATE ON inspections_consent
  DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION consent_revoked();

CREATE FUNCTION public_photo_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.honour_id IS NOT NULL AND EXISTS (SELECT 1 FROM inspections_honour h WHERE h.id = NEW.honour_id AND h.status NOT IN ('RECOMMENDED', 'RETURNED'))
     OR NEW.practice_id IS NOT NULL AND EXISTS (SELECT 1 FROM inspections_practice p WHERE p.id = NEW.practice_id AND p.status IN ('APPROVED', 'WITHDRAWN')) THEN
    RAISE EXCEPTION 'public_photo_late: no picture is added to what was reviewed' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER public_photo_guard BEFORE INSERT ON inspections_publicphoto FOR EACH ROW EXECUTE FUNCTION public_photo_guard();
"""
PRACTICE = r"""
CREATE FUNCTION practice_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'RECOMMENDED' THEN
      RAISE EXCEPTION 'practice_begins: it begins with being sent in' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF OLD.status IN ('APPROVED', 'WITHDRAWN') AND (NEW.title, NEW.text, NEW.area_code) IS DISTINCT FROM (OLD.title, OLD.text, OLD.area_code) THEN
    RAISE EXCEPTION 'practice_as_reviewed: what was reviewed stays' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('RECOMMENDED', 'APPROVED'), ('RECOMMENDED', 'RETURNED'),
      ('RETURNED', 'RECOMMENDED'), ('APPROVED', 'WITHDRAWN')) THEN
    RAISE EXCEPTION 'practice_way: from % to % is no way', OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = 'APPROVED' AND OLD.status <> 'APPROVED' AND (
      EXISTS (SELECT 1 FROM inspections_practicefigure f WHERE f.practice_id = NEW.id AND f.frozen IS NULL)
      OR EXISTS (SELECT 1 FROM regexp_matches(NEW.text, '\{([^}]*)\}', 'g') AS m (mark)
         WHERE NOT EXISTS (SELECT 1 FROM inspections_practicefigure f WHERE f.practice_id = NEW.id AND f.key = m.mark[1]))) THEN
    RAISE EXCEPTION 'practice_unresolved: each figure resolves to rows' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER practice_guard BEFORE INSERT OR UPDATE ON inspections_practice FOR EACH ROW EXECUTE FUNCTION practice_guard();

CREATE FUNCTION figure_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM inspections_practice p WHERE p.status IN ('APPROVED', 'WITHDRAWN')
      AND (TG_OP <> 'INSERT' AND p.id = OLD.practice_id OR TG_OP <> 'DELETE' AND p.id = NEW.practice_id)) THEN
    RAISE EXCEPTION 'figure_frozen: figures of an approved text stay' USING ERRCODE = 'check_violation';
  END IF;
  RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER figure_guard BEFORE INSERT OR UPDATE OR DELETE ON inspections_practicefigure FOR EACH ROW EXECUTE FUNCTION figure_guard();

CREATE FUNCTION month_plan_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.month < date_trunc('month', NEW.at AT TIME ZONE 'Asia/Shanghai')::date THEN
    RAISE EXCEPTION 'month_plan_over: the plan of a month that is over stays' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER month_plan_guard BEFORE INSERT OR UPDATE ON inspections_monthplan FOR EACH ROW EXECUTE FUNCTION month_plan_guard();

CREATE FUNCTION article_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.published_on > (NEW.at AT TIME ZONE 'Asia/Shanghai')::date
     OR NOT EXISTS (SELECT 1 FROM inspections_column c WHERE c.id = NEW.column_id AND NEW.published_on >= c.start AND (c."end" IS NULL OR NEW.published_on < c."end")) THEN
    RAISE EXCEPTION 'article_day: it appeared, and while the column ran' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (OLD.voided_at IS NOT NULL OR (NEW.uid, NEW.column_id, NEW.title, NEW.published_on, NEW.link, NEW.place, NEW.at)
      IS DISTINCT FROM (OLD.uid, OLD.column_id, OLD.title, OLD.published_on, OLD.link, OLD.place, OLD.at)) THEN
    RAISE EXCEPTION 'article_kept: what appeared stays, it is struck off once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER article_guard BEFORE INSERT OR UPDATE ON inspections_article FOR EACH ROW EXECUTE FUNCTION article_guard();
"""
GUARDS = MATTERS + HONOUR + PRACTICE
UNDO = "".join(
    f"DROP FUNCTION IF EXISTS {name} CASCADE;"
    for name in (
        "honour_guard", "honour_step_guard", "consent_guard", "consent_revoked", "public_photo_guard", "practice_guard",
        "figure_guard", "month_plan_guard", "article_guard", "consent_covers", "household_suspected", "honour_blocked",
        "honour_handed_on", "cadre_matters", "cadre_had_item",
    )
)  # fmt: skip
