"""What the database itself refuses of an evaluation, a 口径 and a way out, whoever writes."""

GUARDS = """
CREATE FUNCTION evaluation_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.stage <> (CASE WHEN NEW.run_id IS NULL THEN 'PREPARED' ELSE 'RELEASED' END) THEN
      RAISE EXCEPTION 'evaluation_begins: an evaluation begins prepared, an imported one released' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.uid, NEW.kind, NEW.title, NEW.start, NEW.by_id, NEW.at, NEW.run_id, NEW.commitment, NEW.village_commitment, NEW.sealed, NEW.frame)
     IS DISTINCT FROM (OLD.uid, OLD.kind, OLD.title, OLD.start, OLD.by_id, OLD.at, OLD.run_id, OLD.commitment, OLD.village_commitment, OLD.sealed, OLD.frame) THEN
    RAISE EXCEPTION 'evaluation_bound: what the commitment binds never changes' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.stage <> OLD.stage AND (OLD.stage, NEW.stage) NOT IN (('PREPARED', 'DRAWN'), ('PREPARED', 'CANCELLED'),
      ('DRAWN', 'RELEASED'), ('DRAWN', 'CANCELLED'), ('RELEASED', 'CONCLUDED')) OR OLD.stage IN ('CONCLUDED', 'CANCELLED') THEN
    RAISE EXCEPTION 'evaluation_stage: stages come in their order' USING ERRCODE = 'check_violation';
  END IF;
  IF OLD.released_at IS NOT NULL AND (NEW.released_at, NEW.released_by_id, NEW.argue_due, NEW.poor_people, NEW.lifted_people, NEW.unregistered_people, NEW.village_people)
     IS DISTINCT FROM (OLD.released_at, OLD.released_by_id, OLD.argue_due, OLD.poor_people, OLD.lifted_people, OLD.unregistered_people, OLD.village_people) THEN
    RAISE EXCEPTION 'evaluation_kept: what was released stays' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.stage = 'DRAWN' AND OLD.stage = 'PREPARED' AND NEW.kind = 'THIRD_PARTY'
     AND NOT EXISTS (SELECT 1 FROM inspections_surveyor s WHERE s.evaluation_id = NEW.id AND s.cadre_id = NEW.drawn_by_id) THEN
    RAISE EXCEPTION 'evaluation_drawer: a third party draws itself' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.stage = 'RELEASED' AND OLD.stage = 'DRAWN'
     AND NOT EXISTS (SELECT 1 FROM inspections_surveyor s WHERE s.evaluation_id = NEW.id AND s.cadre_id = NEW.released_by_id AND s.lead) THEN
    RAISE EXCEPTION 'evaluation_release: its leader releases it' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.stage = 'CONCLUDED' AND OLD.stage = 'RELEASED' AND EXISTS (SELECT 1 FROM inspections_suspect s
      WHERE s.evaluation_id = NEW.id AND (s.state NOT IN ('FOUND', 'CLEARED') OR s.state = 'FOUND' AND NOT EXISTS (
        SELECT 1 FROM rectification_item i WHERE i.source_kind = 'evaluation' AND i.source_id = s.id))) THEN
    RAISE EXCEPTION 'evaluation_open: each matter is decided, and each found one is in the ledger' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER evaluation_guard BEFORE INSERT OR UPDATE ON inspections_evaluation FOR EACH ROW EXECUTE FUNCTION evaluation_guard();

CREATE FUNCTION surveyor_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE e inspections_evaluation; k text;
BEGIN
  SELECT * INTO e FROM inspections_evaluation WHERE id = NEW.evaluation_id;
  SELECT c.kind INTO k FROM cadres_cadre c WHERE c.id = NEW.cadre_id;
  IF e.stage NOT IN ('PREPARED', 'DRAWN') THEN
    RAISE EXCEPTION 'surveyor_late: the team stands when the sheets are released' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'UPDATE' AND (NEW.evaluation_id, NEW.cadre_id) IS DISTINCT FROM (OLD.evaluation_id, OLD.cadre_id) THEN
    RAISE EXCEPTION 'surveyor_kept: who was in the team stays in it' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.cadre_id = e.by_id OR (e.kind = 'THIRD_PARTY') <> (k = 'EVALUATOR') THEN
    RAISE EXCEPTION 'surveyor_apart: evaluators for a third party, cadres for a rehearsal, never who prepared it' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER surveyor_guard BEFORE INSERT OR UPDATE ON inspections_surveyor FOR EACH ROW EXECUTE FUNCTION surveyor_guard();

CREATE FUNCTION sheet_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM inspections_evaluation e WHERE e.id = NEW.evaluation_id AND e.stage = 'DRAWN') THEN
    RAISE EXCEPTION 'sheet_late: sheets are written between the draw and the release' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER sheet_guard BEFORE INSERT ON inspections_sheetentry FOR EACH ROW EXECUTE FUNCTION sheet_guard();

CREATE FUNCTION result_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM inspections_evaluation e WHERE e.id = NEW.evaluation_id AND e.stage = 'RELEASED') THEN
    RAISE EXCEPTION 'result_early: nothing in clear before the release' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER result_guard BEFORE INSERT ON inspections_result FOR EACH ROW EXECUTE FUNCTION result_guard();

CREATE FUNCTION suspect_guard() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE e inspections_evaluation;
BEGIN
  SELECT * INTO e FROM inspections_evaluation WHERE id = NEW.evaluation_id;
  IF e.stage <> 'RELEASED' THEN
    RAISE EXCEPTION 'suspect_stage: after the release and before the end' USING ERRCODE = 'check_violation';
  END IF;
  IF TG_OP = 'INSERT' THEN
    IF NEW.state <> 'SUSPECTED' OR NOT EXISTS (SELECT 1 FROM inspections_result r WHERE r.id = NEW.result_id AND r.evaluation_id = NEW.evaluation_id
        AND (NEW.kind <> 'WRONG_EXIT' OR r.wrong = NEW.persons) AND (NEW.kind <> 'MISSED' OR r.missed = NEW.persons)
        AND (NEW.kind <> 'DISAPPROVAL' OR NOT r.approves)) THEN
      RAISE EXCEPTION 'suspect_of_sheet: a matter begins as suspected and says what its sheet says' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.uid, NEW.evaluation_id, NEW.result_id, NEW.area_code, NEW.kind, NEW.persons, NEW.category, NEW.text)
     IS DISTINCT FROM (OLD.uid, OLD.evaluation_id, OLD.result_id, OLD.area_code, OLD.kind, OLD.persons, OLD.category, OLD.text)
     OR OLD.batch_row_id IS NOT NULL AND NEW.batch_row_id IS DISTINCT FROM OLD.batch_row_id
     OR OLD.conceded_by_id IS NOT NULL AND NEW.conceded_by_id IS DISTINCT FROM OLD.conceded_by_id THEN
    RAISE EXCEPTION 'suspect_kept: what was suspected stays as it was written' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state = OLD.state THEN
    IF OLD.state IN ('FOUND', 'CLEARED') AND (NEW.opinion, NEW.document_no, NEW.decided_by_id, NEW.decided_at)
       IS DISTINCT FROM (OLD.opinion, OLD.document_no, OLD.decided_by_id, OLD.decided_at) THEN
      RAISE EXCEPTION 'suspect_decided: decided once' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (OLD.state, NEW.state) NOT IN (('SUSPECTED', 'ARGUED'), ('SUSPECTED', 'CONCEDED'), ('SUSPECTED', 'FOUND'), ('SUSPECTED', 'CLEARED'),
      ('ARGUED', 'FOUND'), ('ARGUED', 'CLEARED'), ('CONCEDED', 'FOUND')) THEN
    RAISE EXCEPTION 'suspect_order: suspected, argued or conceded, decided' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state = 'ARGUED' AND NOT EXISTS (SELECT 1 FROM inspections_argument a WHERE a.suspect_id = NEW.id) THEN
    RAISE EXCEPTION 'suspect_argued: argued by an argument' USING ERRCODE = 'check_violation';
  END IF;
  -- Before its time is over nothing is decided unheard, and nothing is cleared without an argument;
  -- what a third party decided in writing is entered by the number of its letter.
  IF OLD.state = 'SUSPECTED' AND NEW.state IN ('FOUND', 'CLEARED') AND NEW.document_no = ''
     AND (NEW.state = 'CLEARED' OR (NEW.decided_at AT TIME ZONE 'Asia/Shanghai')::date <= e.argue_due) THEN
    RAISE EXCEPTION 'suspect_unheard: the county is heard first' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.state IN ('FOUND', 'CLEARED') THEN
    IF NOT (e.kind = 'THIRD_PARTY' AND NEW.document_no <> '')
       AND NOT EXISTS (SELECT 1 FROM inspections_surveyor s WHERE s.evaluation_id = e.id AND s.cadre_id = NEW.decided_by_id AND s.lead) THEN
      RAISE EXCEPTION 'suspect_judge: the leader of the team decides, or the letter of the third party' USING ERRCODE = 'check_violation';
    END IF;
    IF NEW.document_no = '' AND EXISTS (SELECT 1 FROM inspections_argument a WHERE a.suspect_id = NEW.id AND a.by_id = NEW.decided_by_id) THEN
      RAISE EXCEPTION 'suspect_own_case: who argued does not decide' USING ERRCODE = 'check_violation';
    END IF;
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER suspect_guard BEFORE INSERT OR UPDATE ON inspections_suspect FOR EACH ROW EXECUTE FUNCTION suspect_guard();

CREATE FUNCTION argument_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM inspections_suspect s JOIN inspections_evaluation e ON e.id = s.evaluation_id
      WHERE s.id = NEW.suspect_id AND e.stage = 'RELEASED' AND s.state IN ('SUSPECTED', 'ARGUED')
        AND (NEW.at AT TIME ZONE 'Asia/Shanghai')::date <= e.argue_due) THEN
    RAISE EXCEPTION 'argument_late: while it is open and within the time' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER argument_guard BEFORE INSERT ON inspections_argument FOR EACH ROW EXECUTE FUNCTION argument_guard();

CREATE FUNCTION yardstick_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'INSERT' THEN
    IF NEW.confirmed_by_id IS NOT NULL THEN
      RAISE EXCEPTION 'yardstick_kept: proposed first, put in force by a second person' USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
  END IF;
  IF (NEW.code, NEW.value, NEW.document_no, NEW.document, NEW.start, NEW.by_id, NEW.at)
     IS DISTINCT FROM (OLD.code, OLD.value, OLD.document_no, OLD.document, OLD.start, OLD.by_id, OLD.at)
     OR OLD.confirmed_by_id IS NOT NULL AND (NEW.confirmed_by_id, NEW.confirmed_at) IS DISTINCT FROM (OLD.confirmed_by_id, OLD.confirmed_at)
     OR OLD."end" IS NOT NULL AND NEW."end" IS DISTINCT FROM OLD."end" THEN
    RAISE EXCEPTION 'yardstick_kept: what was proposed stays, confirmed once and ended once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER yardstick_guard BEFORE INSERT OR UPDATE ON inspections_yardstick FOR EACH ROW EXECUTE FUNCTION yardstick_guard();
"""
UNDO = "".join(
    f"DROP FUNCTION {name}_guard CASCADE;"
    for name in ("evaluation", "surveyor", "sheet", "result", "suspect", "argument", "yardstick")
)

LEAVING = """
CREATE FUNCTION leaving_step_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.done IS NOT NULL OR (NEW.leaving_id, NEW.code, NEW.number) IS DISTINCT FROM (OLD.leaving_id, OLD.code, OLD.number) THEN
    RAISE EXCEPTION 'leaving_step_kept: a step is done once and stays' USING ERRCODE = 'check_violation';
  END IF;
  IF EXISTS (SELECT 1 FROM inspections_leaving l WHERE l.id = NEW.leaving_id AND l.ended_at IS NOT NULL) THEN
    RAISE EXCEPTION 'leaving_ended: it has ended' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.done IS NOT NULL AND EXISTS (SELECT 1 FROM inspections_leavingstep s WHERE s.leaving_id = NEW.leaving_id
      AND s.number < NEW.number AND (s.done IS NULL OR s.done > NEW.done)) THEN
    RAISE EXCEPTION 'leaving_step_order: steps come in their order' USING ERRCODE = 'check_violation';
  END IF;
  IF NEW.done IS NOT NULL AND NEW.code = 'APPLY' AND (
      NOT EXISTS (SELECT 1 FROM inspections_gatereading g WHERE g.leaving_id = NEW.leaving_id AND g.at = NEW.at)
      OR EXISTS (SELECT 1 FROM inspections_gatereading g WHERE g.leaving_id = NEW.leaving_id AND g.at = NEW.at AND NOT g.green AND g.word_id IS NULL)) THEN
    RAISE EXCEPTION 'leaving_gates: every gate is read, green or explained in writing' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER leaving_step_guard BEFORE UPDATE ON inspections_leavingstep FOR EACH ROW EXECUTE FUNCTION leaving_step_guard();

CREATE FUNCTION leaving_begins() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.done IS NOT NULL THEN
    RAISE EXCEPTION 'leaving_step_kept: a step begins undone' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER leaving_begins BEFORE INSERT ON inspections_leavingstep FOR EACH ROW EXECUTE FUNCTION leaving_begins();

CREATE FUNCTION gate_reading_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.word_id IS NOT NULL AND NOT EXISTS (SELECT 1 FROM inspections_gateword w
      WHERE w.id = NEW.word_id AND w.leaving_id = NEW.leaving_id AND w.code = NEW.code) THEN
    RAISE EXCEPTION 'gate_word_of_another: a word explains its own gate' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER gate_reading_guard BEFORE INSERT ON inspections_gatereading FOR EACH ROW EXECUTE FUNCTION gate_reading_guard();

CREATE FUNCTION leaving_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF OLD.ended_at IS NOT NULL OR (NEW.uid, NEW.by_id, NEW.at) IS DISTINCT FROM (OLD.uid, OLD.by_id, OLD.at) THEN
    RAISE EXCEPTION 'leaving_ended: it ends once' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER leaving_guard BEFORE UPDATE ON inspections_leaving FOR EACH ROW EXECUTE FUNCTION leaving_guard();
"""
UNDO_LEAVING = "".join(
    f"DROP FUNCTION {name} CASCADE;"
    for name in ("leaving_step_guard", "leaving_begins", "gate_reading_guard", "leaving_guard")
)

# Of each trigger and constraint, what the reader is told.
SENTENCES = {
    "evaluation_bound": "承诺值公布以后，名称、日期和名单都不能再改；请作废后重新准备。",
    "evaluation_stage": "这次评估的进展刚刚变了，请刷新页面。",
    "evaluation_drawer": "第三方评估由评估组自己抽取。",
    "evaluation_drawer_is_another": "准备方案的人不能自己抽取，请由督查组的同志抽取。",
    "evaluation_release": "只有评估组组长可以公布结果。",
    "evaluation_open": "还有没认定的疑似问题，或认定的问题还没有列入整改清单，不能办结。",
    "surveyor_late": "结果公布以后不能再加减评估组成员。",
    "surveyor_apart": "第三方评估只能加评估账号，模拟评估只能加本县干部；准备方案的人不能进评估组。",
    "surveyor_once": "这个人已经在评估组里了。",
    "surveyor_one_lead": "评估组已经有组长了。",
    "sheet_late": "结果已公布或还没有抽取，不能记录。",
    "suspect_order": "这一条刚刚有人办过，请刷新页面。",
    "suspect_decided": "这一条已经认定，不能再改。",
    "suspect_unheard": "举证期没过，县里还没有举证或表示无异议，不能先下结论；没有举证的不能排除。",
    "suspect_judge": "认定由评估组组长作出；第三方评估的书面结论，由指挥部凭来文文号登记。",
    "suspect_own_case": "举证的人不能认定同一条。",
    "argument_late": "举证已截止，或这一条已经认定，不能再举证。",
    "yardstick_one_at_a_time": "同一口径在这段时间已有一条现行的，请先给它填上最后一天。",
    "yardstick_second_person": "口径要由另一个人确认，提出的人不能自己确认。",
    "yardstick_kept": "口径只确认一次、停用一次，内容不能改；要改请另提一条。",
    "leaving_one_open": "已经有一个正在办的退出程序。",
    "leaving_step_kept": "这个环节刚刚已登记完成，请刷新页面。",
    "leaving_step_order": "环节要按顺序办：前一个环节没有完成，或完成日期比这一个还晚。",
    "leaving_gates": "还有条件没有符合也没有书面说明，不能登记县申请已报出。",
}


def sentence(error: BaseException) -> tuple[str, str] | None:
    """Code and sentence of the constraint or trigger that refused."""
    text = str(error)
    found = [code for code in SENTENCES if code in text]
    return (found[-1], SENTENCES[found[-1]]) if found else None
