"""What the database itself refuses of the registers, whoever writes."""

# Each status follows from one that leads to it; what was filed stays as it was.
GUARDS = """
CREATE FUNCTION joint_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'OPEN' THEN
      RAISE EXCEPTION 'joint_step: a batch begins open' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.uid, NEW.title, NEW.lead, NEW.purpose, NEW.start, NEW."end", NEW.created_by_id, NEW.created_at)
     IS DISTINCT FROM (OLD.uid, OLD.title, OLD.lead, OLD.purpose, OLD.start, OLD."end", OLD.created_by_id, OLD.created_at) THEN
    RAISE EXCEPTION 'joint_kept: what was set up stays' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN
     (('OPEN','ANNOUNCED'), ('ANNOUNCED','STARTED'), ('STARTED','FINISHED'), ('OPEN','CANCELLED'), ('ANNOUNCED','CANCELLED')) THEN
    RAISE EXCEPTION 'joint_step: % does not lead to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status IN ('ANNOUNCED', 'STARTED') AND
     (SELECT count(DISTINCT m.body) FROM inspections_jointmember m WHERE m.joint_id = NEW.id) < NEW.bodies_needed THEN
    RAISE EXCEPTION 'joint_bodies: not as many bodies as the rules ask for' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER joint_guard BEFORE INSERT OR UPDATE ON inspections_joint FOR EACH ROW EXECUTE FUNCTION joint_guard();

CREATE FUNCTION filing_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF (NEW.kind, NEW.status) NOT IN (('HIGHER','REGISTERED'), ('STATUTORY','WAITS'), ('POVERTY','FILED')) THEN
      RAISE EXCEPTION 'filing_step: a filing of this kind does not begin so' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.uid, NEW.kind, NEW.unit_id, NEW.subject, NEW.basis, NEW.purpose, NEW.start, NEW."end", NEW.filed_by_id, NEW.filed_at)
     IS DISTINCT FROM (OLD.uid, OLD.kind, OLD.unit_id, OLD.subject, OLD.basis, OLD.purpose, OLD.start, OLD."end", OLD.filed_by_id, OLD.filed_at)
     OR OLD.joint_id IS NOT NULL AND NEW.joint_id IS DISTINCT FROM OLD.joint_id THEN
    RAISE EXCEPTION 'filing_kept: what was filed stays' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN
     (('WAITS','ALLOWED'), ('WAITS','FILED'), ('WAITS','DENIED'), ('FILED','JOINED'), ('ALLOWED','STARTED'), ('STARTED','FINISHED'),
      ('REGISTERED','CANCELLED'), ('WAITS','CANCELLED'), ('FILED','CANCELLED'), ('JOINED','CANCELLED'), ('ALLOWED','CANCELLED')) THEN
    RAISE EXCEPTION 'filing_step: % does not lead to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status = 'JOINED' AND OLD.status <> 'JOINED' AND
     NOT EXISTS (SELECT 1 FROM inspections_joint j WHERE j.id = NEW.joint_id AND j.status = 'OPEN') THEN
    RAISE EXCEPTION 'filing_late: only an open batch takes a filing in' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER filing_guard BEFORE INSERT OR UPDATE ON inspections_filing FOR EACH ROW EXECUTE FUNCTION filing_guard();

CREATE FUNCTION meeting_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> (CASE WHEN NEW.kind IN ('CENTRAL', 'PROVINCE', 'CITY') THEN 'REGISTERED' ELSE 'WAITS' END) THEN
      RAISE EXCEPTION 'meeting_step: a meeting of this kind does not begin so' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.uid, NEW.kind, NEW.title, NEW.unit_id, NEW."on", NEW.minutes, NEW.exemption, NEW.why, NEW.filed_by_id, NEW.filed_at)
     IS DISTINCT FROM (OLD.uid, OLD.kind, OLD.title, OLD.unit_id, OLD."on", OLD.minutes, OLD.exemption, OLD.why, OLD.filed_by_id, OLD.filed_at) THEN
    RAISE EXCEPTION 'meeting_kept: what was filed stays' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN
     (('WAITS','APPROVED'), ('WAITS','DENIED'), ('WAITS','CANCELLED'), ('APPROVED','CANCELLED'), ('REGISTERED','CANCELLED')) THEN
    RAISE EXCEPTION 'meeting_step: % does not lead to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.kind = 'EXEMPT' AND NEW.status = 'APPROVED' AND OLD.status = 'WAITS' AND NOT EXISTS (
     SELECT 1 FROM cadres_post p, (SELECT (NEW.decided_at AT TIME ZONE 'Asia/Shanghai')::date AS day) d
      WHERE p.cadre_id = NEW.decided_by_id AND p.role = 'COUNTY_LEADER' AND p.start <= d.day AND (p."end" IS NULL OR p."end" > d.day) AND NOT p.waits) THEN
    RAISE EXCEPTION 'meeting_approver: only the county leader exempts' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER meeting_guard BEFORE INSERT OR UPDATE ON inspections_meeting FOR EACH ROW EXECUTE FUNCTION meeting_guard();

CREATE FUNCTION form_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.status <> 'WAITS' THEN
      RAISE EXCEPTION 'form_step: a form begins as a proposal' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.uid, NEW.name, NEW.unit_id, NEW.frequency, NEW.fields, NEW.collects, NEW.proposed_by_id)
     IS DISTINCT FROM (OLD.uid, OLD.name, OLD.unit_id, OLD.frequency, OLD.fields, OLD.collects, OLD.proposed_by_id) THEN
    RAISE EXCEPTION 'form_kept: another form is another row' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.status <> OLD.status AND (OLD.status, NEW.status) NOT IN (('WAITS','LISTED'), ('WAITS','DENIED'), ('LISTED','ENDED')) THEN
    RAISE EXCEPTION 'form_step: % does not lead to %', OLD.status, NEW.status USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER form_guard BEFORE INSERT OR UPDATE ON inspections_formkind FOR EACH ROW EXECUTE FUNCTION form_guard();

CREATE FUNCTION form_ask_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM inspections_formkind f WHERE f.id = NEW.form_id AND f.status = 'LISTED'
       AND NEW.period = date_trunc(CASE f.frequency WHEN 'YEARLY' THEN 'year' WHEN 'QUARTERLY' THEN 'quarter' WHEN 'MONTHLY' THEN 'month' ELSE 'week' END, NEW."on"::timestamp)::date) THEN
    RAISE EXCEPTION 'form_unlisted: only a listed form is asked for, in its own period' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER form_ask_guard BEFORE INSERT ON inspections_formask FOR EACH ROW EXECUTE FUNCTION form_ask_guard();

CREATE OR REPLACE FUNCTION finding_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.plan_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM inspections_plan p WHERE p.id = NEW.plan_id AND p.ended = 'RELEASED') THEN
    RAISE EXCEPTION 'report_early: nothing in clear before the report' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.joint_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM inspections_joint j WHERE j.id = NEW.joint_id AND j.status IN ('STARTED', 'FINISHED')) THEN
    RAISE EXCEPTION 'finding_early: nothing is found before the inspection began' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
DROP TRIGGER report_guard ON inspections_finding;
CREATE TRIGGER finding_guard BEFORE INSERT ON inspections_finding FOR EACH ROW EXECUTE FUNCTION finding_guard();
"""
UNDO = """
DROP FUNCTION joint_guard CASCADE; DROP FUNCTION filing_guard CASCADE; DROP FUNCTION meeting_guard CASCADE;
DROP FUNCTION form_guard CASCADE; DROP FUNCTION form_ask_guard CASCADE; DROP FUNCTION finding_guard CASCADE;
CREATE TRIGGER report_guard BEFORE INSERT ON inspections_finding FOR EACH ROW EXECUTE FUNCTION report_guard();
"""
# What stands in the database's words, in the reader's.
SENTENCES = {
    "village_not_twice": "这个村刚刚被另一次检查占用，间隔不够；请刷新页面，并入联合督查批次或写明再查的理由。",
    "meeting_standing_once_a_month": "这个月的县委常委（扩大）会已经报备过一次。",
    "joint_bodies": "批次里县纪委监委、组织部、指挥部还没有到齐，不能通知、不能开始。",
    "joint_step": "这个批次刚刚由别人办到了下一步，请刷新页面查看。",
    "filing_step": "这件报备刚刚由别人办理过，请刷新页面查看。",
    "filing_late": "这个批次已经通知或结束，不能再并入；请另选组建中的批次。",
    "meeting_step": "这次会议刚刚由别人办理过，请刷新页面查看。",
    "meeting_approver": "豁免只能由县委书记或县长批准。",
    "form_name_once": "目录里已有同名的表，或正在等决定；请查看报表目录。",
    "form_one_collection": "目录里已有一张入户采集的表，每年只采集一次；请在那张表里一并采集。",
    "form_step": "这张表刚刚由别人办理过，请刷新页面查看。",
    "form_once_a_period": "有的村在这一期已经要过这张表，请刷新页面查看。",
    "joint_member_once": "您已经在这个批次里。",
}
