"""What the database itself refuses of papers, whoever writes."""

from rectification.papers.kinds import FORMAL

FORMAL_KINDS = ", ".join(f"'{kind}'" for kind in FORMAL)
GUARDS = f"""
CREATE FUNCTION paper_series_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF (NEW.kind, NEW.year) IS DISTINCT FROM (OLD.kind, OLD.year) OR NEW.last <> OLD.last + 1 THEN
    RAISE EXCEPTION 'paper_series_step: numbers go up one by one' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER paper_series_guard BEFORE UPDATE ON rectification_paperseries
  FOR EACH ROW EXECUTE FUNCTION paper_series_guard();

CREATE FUNCTION paper_decision_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.outcome = 'ISSUED' AND NEW.document_no = '' AND EXISTS (
      SELECT 1 FROM rectification_paper p WHERE p.id = NEW.paper_id AND p.kind IN ({FORMAL_KINDS})) THEN
    RAISE EXCEPTION 'paper_document_no: issued with a number of the register' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER paper_decision_guard BEFORE INSERT ON rectification_paperdecision
  FOR EACH ROW EXECUTE FUNCTION paper_decision_guard();

CREATE FUNCTION paper_scan_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NOT EXISTS (SELECT 1 FROM rectification_paperdecision d WHERE d.paper_id = NEW.paper_id AND d.outcome = 'ISSUED') THEN
    RAISE EXCEPTION 'paper_scan_issued: only what was issued bears a seal' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER paper_scan_guard BEFORE INSERT ON rectification_paperscan
  FOR EACH ROW EXECUTE FUNCTION paper_scan_guard();

CREATE FUNCTION template_decision_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF EXISTS (SELECT 1 FROM rectification_papertemplate t WHERE t.id = NEW.template_id AND t.by_id = NEW.by_id) THEN
    RAISE EXCEPTION 'template_by_another: two persons put a template in force' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER template_decision_guard BEFORE INSERT ON rectification_templatedecision
  FOR EACH ROW EXECUTE FUNCTION template_decision_guard();

CREATE FUNCTION paper_template_guard() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.template_id IS NOT NULL AND NOT EXISTS (
      SELECT 1 FROM rectification_papertemplate t JOIN rectification_templatedecision d ON d.template_id = t.id
       WHERE t.id = NEW.template_id AND t.kind = NEW.kind AND d.taken) THEN
    RAISE EXCEPTION 'paper_template_taken: made with a template in force, of its own kind' USING ERRCODE = 'check_violation';
  END IF;
  RETURN NEW;
END $$;
CREATE TRIGGER paper_template_guard BEFORE INSERT ON rectification_paper
  FOR EACH ROW EXECUTE FUNCTION paper_template_guard();
"""
UNDO = """
DROP FUNCTION paper_series_guard CASCADE; DROP FUNCTION paper_decision_guard CASCADE;
DROP FUNCTION paper_scan_guard CASCADE; DROP FUNCTION template_decision_guard CASCADE;
DROP FUNCTION paper_template_guard CASCADE;
"""
# The constraint or trigger that spoke → the sentence for the reader.
SENTENCES = {
    "paper_document_no_once": "这个文号已经用过，请核对发文登记簿。",
    "paper_document_no": "请填写发文登记簿上的文号。",
    "paper_scan_issued": "签发以后才能上传盖章件。",
    "paper_scan_once": "这份盖章件已经上传过。",
    "template_by_another": "模板要由另一人核对启用，上传人自己不能启用。",
    "template_version_once": "刚刚有人也上传了这种模板，请核对后再传一次。",
    "template_id_key": "这个模板刚刚已由别人处理，请刷新页面。",
    "paper_id_key": "这份文书刚刚已由别人签发或撤回，请刷新页面。",
}
