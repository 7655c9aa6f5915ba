"""文书: facts frozen, numbers without gaps, 送审稿 until signed, the layout of GB/T 9704."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import openpyxl
import pytest
import uuid6
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext
from docx.oxml.ns import qn

from cadres.calendar import working_days_between
from cadres.files import read
from cadres.models import Area, Cadre, Event
from households.models import Term
from rectification.actions import closing, moving, papers, red_lines
from rectification.actions.registering import Finding, register
from rectification.models import (
    Dispatch,
    Item,
    Paper,
    PaperDecision,
    PaperItem,
    PaperScan,
    PaperSeries,
    PaperTemplate,
    TemplateDecision,
)
from rectification.papers.drawing import standard
from rectification.papers.facts import Draft, gather, hanzi, sample, with_all
from rectification.papers.forms import proposed
from rectification.papers.kinds import KINDS
from rectification.papers.rendering import render
from tests.cast import PHOTO, Cast, passes, to_check, to_closed, to_work, visited
from tests.county import AT, COUNTY, DIANQIAN
from tests.households.builders import VILLAGE
from tests.rectification.papers import SAID, drafted, late, opened, words
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
AsUser = Callable[[Cadre], Client]
PDF = b"%PDF-1.7 sealed"


def another(
    cast: Cast, text: str = "路灯不亮", area: str = VILLAGE, who: Cadre | None = None
) -> Item:
    who = who or cast.clerk
    finding = Finding(text=text, category="其他", area=Area.objects.get(code=area), source="INSPECTION",
                      unit=who.unit, person=who)  # fmt: skip
    return register(finding=finding, by=cast.accepter, at=AT)


def ready(kind: str, item: Item, cast: Cast) -> tuple[Item, Cadre]:
    """An item in the state that this kind of paper stands on, and who drafts it."""
    if kind in ("DISPATCH", "BULLETIN", "REPORT"):
        to_work(item, cast)
    elif kind == "URGE":
        to_work(item, cast)
        item = late(item)
    elif kind == "CLOSING":
        to_check(item, cast)
    else:
        to_closed(item, cast)
    by = {"REPORT": cast.clerk, "CLOSING": cast.clerk, "LOOKBACK": cast.inspector}.get(kind, cast.accepter)  # fmt: skip
    return item, by


# --- the sheet


@pytest.mark.parametrize("kind", KINDS)
def test_every_kind_is_a_sheet_of_the_standard(kind: str, item: Item, cast: Cast) -> None:
    item, by = ready(kind, item, cast)
    paper = drafted(kind, by, item)
    document = opened(paper.file)
    section = document.sections[0]
    mm = {
        "page": (section.page_width.mm, section.page_height.mm), "top": section.top_margin.mm, "left": section.left_margin.mm,
        "text": (section.page_width.mm - section.left_margin.mm - section.right_margin.mm,
                 section.page_height.mm - section.top_margin.mm - section.bottom_margin.mm),
    }  # fmt: skip
    assert mm["page"] == pytest.approx((210, 297), abs=0.1)
    assert mm["top"] == pytest.approx(37, abs=0.1) and mm["left"] == pytest.approx(28, abs=0.1)
    assert mm["text"] == pytest.approx((156, 225), abs=0.1)
    normal = document.styles["Normal"]
    fonts = normal.element.rPr.rFonts
    assert normal.font.size.pt == 16 and fonts.get(qn("w:eastAsia")) == "仿宋_GB2312"
    pitch = normal.paragraph_format.line_spacing.pt
    closer = int(normal.element.rPr.find(qn("w:spacing")).get(qn("w:val"))) / 20
    assert 225 / 25.4 * 72 / pitch == pytest.approx(22, abs=0.05)  # lines
    assert int(156 / 25.4 * 72 / (16 + closer)) == 28  # signs
    title = next(p for p in document.paragraphs if p.text == paper.title)
    assert title.runs[0].font.size.pt == 22 and title.paragraph_format.keep_with_next
    assert title.runs[0]._r.rPr.rFonts.get(qn("w:eastAsia")) == "方正小标宋简体"
    for table in document.tables:
        assert sum(int(c.get(qn("w:w"))) for c in table._tbl.tblGrid) <= 156 / 25.4 * 1440 + 1
    read_ = words(document)
    assert "{{" not in read_ and "{%" not in read_ and "None" not in read_
    assert item.number in read_ and item.text in read_ and "送审稿" in read_
    assert "— " in section.footer.paragraphs[0].text and "PAGE" in section.footer._element.xml


@pytest.mark.parametrize("kind", KINDS)
def test_signing_takes_the_mark_off_and_puts_number_and_signer_on(kind: str, item: Item, cast: Cast) -> None:  # fmt: skip
    item, by = ready(kind, item, cast)
    paper = drafted(kind, by, item)
    signer = cast.approver if KINDS[kind].signs != "" else by
    number = "岳农工办〔2026〕12号" if KINDS[kind].formal else ""
    papers.issue(paper=paper, document_no="岳农工办[2026]12号" if number else "", signed_off_by="演示签发", by=signer, at=AT)  # fmt: skip
    paper = Paper.objects.get(pk=paper.pk)
    assert paper.issued and paper.issued.document_no == number
    assert paper.issued.file
    read_ = words(opened(paper.issued.file))
    assert "送审稿" not in read_ and number in read_
    assert "送审稿" in words(opened(paper.file)), "the draft that was signed stays as it was"


def test_the_sample_has_every_name_that_the_facts_have(item: Item, cast: Cast) -> None:
    """A template that passes its trial is a template that live facts fill."""

    def shape(value: Any) -> Any:
        if isinstance(value, dict):
            return {k: shape(v) for k, v in value.items()}
        return [shape(value[0])] if isinstance(value, list) and value else type(value).__name__

    to_closed(item, cast)
    closing.look_back(item_id=item.pk, held=False, finding="又冻裂了", by=cast.inspector, at=AT)
    Item.objects.filter(pk=item.pk).update(round=1)
    moving.issue(item_ids=[item.pk], by=cast.accepter, at=AT)
    moving.sign(item_ids=[item.pk], by=cast.clerk, at=AT)
    moving.plan(item_id=item.pk, measure="再换一次管", goal="", by=cast.clerk, at=AT)
    moving.report(item_id=item.pk, text="在换", by=cast.clerk, at=AT)
    for kind in KINDS.values():
        live = shape(gather(kind, with_all([item.pk]), SAID, number="1", by=cast.clerk, at=AT))
        told = shape(sample(kind.code))
        if kind.many:  # households stand on no sheet that carries several items
            assert live["事"].pop("农户") == "list"
            live["事项"][0].pop("农户"), told["事"].pop("农户"), told["事项"][0].pop("农户")
        assert live == told


def test_whatever_a_text_holds_comes_out_literally(item: Item, cast: Cast) -> None:
    odd = "{{ 7*7 }}{% for x in y %}<w:p><w:r>&amp;\x07\x0c\x1b}_}%_}{_{'\"”“"
    text = odd + "长" * (500 - len(odd))
    made = another(cast, text)
    moving.confirm(item_ids=[made.pk], by=cast.accepter, at=AT)
    moving.issue(item_ids=[made.pk], by=cast.accepter, at=AT)
    for kind in ("DISPATCH", "BULLETIN"):
        read_ = words(opened(drafted(kind, cast.accepter, made).file))
        assert text.replace("\x07", "␇").replace("\x0c", "␌").replace("\x1b", "␛") in read_


def test_standard_templates_are_the_same_bytes_each_time() -> None:
    standard.cache_clear()
    first = {kind: standard(kind) for kind in KINDS}
    standard.cache_clear()
    assert first == {kind: standard(kind) for kind in KINDS}
    facts = sample("URGE")
    assert render(first["URGE"], facts) == render(first["URGE"], facts)


@pytest.mark.parametrize(("n", "said"), [(1, "一"), (10, "十"), (11, "十一"), (20, "二十"), (99, "九十九"), (100, "100")])  # fmt: skip
def test_counting_in_chinese(n: int, said: str) -> None:
    assert hanzi(n) == said


# --- frozen


def test_no_later_change_reaches_a_paper(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    item = late(item)
    paper = drafted("URGE", cast.accepter, item)
    before, facts = read(paper.file), json.loads(json.dumps(paper.facts))
    Term.objects.filter(thing="ISSUER", end=None).update(text="县农业农村局")
    moving.report(item_id=item.pk, text="换好了", by=cast.clerk, at=AT)
    closing.add_evidence(item_id=item.pk, content=PHOTO, name="通水.jpg", what="通水", by=cast.clerk, at=AT)  # fmt: skip
    closing.apply(item_id=item.pk, by=cast.clerk, at=AT)
    papers.issue(paper=paper, document_no="岳农工办〔2026〕3号", signed_off_by="演示签发", by=cast.approver, at=AT + timedelta(days=3))  # fmt: skip
    paper = Paper.objects.get(pk=paper.pk)
    assert read(paper.file) == before and paper.facts == facts
    assert paper.issued and paper.issued.file
    signed = words(opened(paper.issued.file))
    assert "待乡镇自查" not in signed and "县农业农村局" not in signed
    assert "2026年11月26日" in signed, "it bears the day of its signing"


def test_a_draft_whose_template_was_replaced_is_signed_with_its_own(
    item: Item, cast: Cast, person: Callable[..., Cadre], monkeypatch: pytest.MonkeyPatch
) -> None:
    to_work(item, cast)
    paper = drafted("DISPATCH", cast.accepter, item)
    monkeypatch.setattr(papers, "standard", lambda kind: standard("CLOSING"))
    papers.issue(paper=paper, document_no="岳农工办〔2026〕3号", signed_off_by="演示签发", by=cast.approver, at=AT)  # fmt: skip
    done = Paper.objects.get(pk=paper.pk).issued
    assert done and done.file and "签收联" in words(opened(done.file))


# --- what each stands on


def test_urge_stands_on_late_items_alone_and_counts_working_days(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    with pytest.raises(Refusal, match="已经逾期"):
        drafted("URGE", cast.accepter, item)
    item = late(item, days=10)
    paper = drafted("URGE", cast.accepter, item)
    days = working_days_between(item.deadline, AT.date())
    assert paper.facts["事"]["逾期天数"] == days and days < 10
    assert f"{days}" in words(opened(paper.file))


def test_a_checkers_delay_is_not_the_rectifiers(item: Item, cast: Cast) -> None:
    to_check(item, cast)
    late(item, days=30)  # lies with the checker past its deadline
    with pytest.raises(Refusal, match="已经逾期"):
        drafted("URGE", cast.accepter, item)


def test_figures_of_a_bulletin_come_with_their_rows(item: Item, cast: Cast) -> None:
    to_closed(item, cast)
    second, third = another(cast, "路灯不亮"), another(cast, "桥面破损")
    for one in (second, third):
        moving.confirm(item_ids=[one.pk], by=cast.accepter, at=AT)
        moving.issue(item_ids=[one.pk], by=cast.accepter, at=AT)
    late(second)
    paper = drafted("BULLETIN", cast.accepter, item, second, third, title="关于整改的通报")
    facts = paper.facts
    assert facts["合计"] == {"件数": 3, "已销号": 1, "检查中": 0, "逾期": 1, "未到期": 1}
    for row in (*facts["单位"], facts["合计"]):
        assert row["件数"] == row["已销号"] + row["检查中"] + row["逾期"] + row["未到期"]
    assert sum(u["件数"] for u in facts["单位"]) == len(facts["事项"]) == 3
    read_ = words(opened(paper.file))
    assert all(one.number in read_ and one.text in read_ for one in (item, second, third))


def test_a_dispatch_carries_many_items_of_one_number(item: Item, cast: Cast) -> None:
    second, third = another(cast), another(cast, "另一张上的")
    moving.confirm(item_ids=[item.pk, second.pk, third.pk], by=cast.accepter, at=AT)
    one = moving.issue(item_ids=[item.pk, second.pk], by=cast.accepter, at=AT)
    moving.issue(item_ids=[third.pk], by=cast.accepter, at=AT)
    with pytest.raises(Refusal, match="同一张交办单"):
        drafted("DISPATCH", cast.accepter, item, third)
    paper = drafted("DISPATCH", cast.accepter, item, second)
    assert paper.number == one.number and paper.facts["件数"] == 2
    with pytest.raises(Refusal, match="还没有起草过"):
        drafted("DISPATCH", cast.accepter, item)
    papers.withdraw(paper=paper, reason="主送写错", by=cast.accepter, at=AT)
    again = drafted("DISPATCH", cast.accepter, item, second)
    assert again.number == f"{one.number}-2", "the struck number is not used again"
    papers.issue(paper=again, document_no="岳农工办〔2026〕7号", signed_off_by="演示签发", by=cast.approver, at=AT)  # fmt: skip
    assert Dispatch.objects.get(pk=one.pk).document_no == "岳农工办〔2026〕7号"


def test_single_sheets_carry_one_item(item: Item, cast: Cast) -> None:
    second = another(cast)
    with pytest.raises(BadInput, match="一件一件"):
        drafted("CLOSING", cast.accepter, item, second)
    with pytest.raises(Refusal, match="已经申请销号"):
        drafted("CLOSING", cast.accepter, item)
    with pytest.raises(BadInput, match="至少勾选"):
        drafted("URGE", cast.accepter)


# --- numbers


def test_numbers_have_no_gaps_whatever_fails(item: Item, cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:  # fmt: skip
    to_work(item, cast)
    item = late(item)
    first = drafted("URGE", cast.accepter, item)

    def broken(*_: Any) -> bytes:
        raise BadInput("template_heavy", "填不出来")

    with monkeypatch.context() as patch:
        patch.setattr(papers, "render", broken)
        with pytest.raises(BadInput):
            drafted("URGE", cast.accepter, item)
    with pytest.raises(Refusal):
        drafted("URGE", cast.accepter, another(cast))
    papers.withdraw(paper=first, reason="重写", by=cast.accepter, at=AT)
    second = drafted("URGE", cast.accepter, item)
    assert (first.number, second.number) == ("督办2026-0001", "督办2026-0002")
    assert drafted("REPORT", cast.clerk, item).number == "整改2026-0001", "each kind its own series"
    assert (
        drafted("URGE", cast.accepter, item, at=AT + timedelta(days=60)).number == "督办2027-0001"
    )


def test_a_register_number_is_used_once_however_it_is_typed(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    item = late(item)
    one, two = drafted("URGE", cast.accepter, item), drafted("URGE", cast.accepter, item)
    papers.issue(paper=one, document_no="岳农工办〔2026〕12号", signed_off_by="演示签发", by=cast.approver, at=AT)  # fmt: skip
    for typed in ("岳农工办〔2026〕12号", "岳农工办 [2026] 12 号", "岳农工办（2026）12号"):
        with pytest.raises(Refusal, match="已经用过"):
            papers.issue(paper=two, document_no=typed, signed_off_by="演示签发", by=cast.approver, at=AT)  # fmt: skip
    second = another(cast)
    moving.confirm(item_ids=[second.pk], by=cast.accepter, at=AT)
    moving.issue(item_ids=[second.pk], document_no="岳农工办【2026】13号", by=cast.accepter, at=AT)
    with pytest.raises(Refusal, match="已经用过"):
        papers.issue(paper=two, document_no="岳农工办〔2026〕13号", signed_off_by="演示签发", by=cast.approver, at=AT)  # fmt: skip
    for typed in ("岳农工办2026年12号", "岳农工办〔2026〕第12号", "岳农工办〔2026〕012号", ""):
        with pytest.raises(BadInput, match="文号"):
            papers.issue(paper=two, document_no=typed, signed_off_by="演示签发", by=cast.approver, at=AT)  # fmt: skip
    assert Paper.objects.get(pk=two.pk).state == "DRAFT"


def test_decided_once(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    paper = drafted("DISPATCH", cast.accepter, item)
    papers.withdraw(paper=paper, reason="写错了", by=cast.accepter, at=AT)
    with pytest.raises(Refusal, match="刷新页面"):
        papers.issue(paper=paper, document_no="岳农工办〔2026〕1号", signed_off_by="演示签发", by=cast.approver, at=AT)  # fmt: skip
    with pytest.raises(Refusal, match="签发以后"):
        papers.add_scan(paper=paper, content=PDF, name="盖章.pdf", by=cast.accepter, at=AT)


# --- who


def test_who_drafts_and_who_signs(item: Item, cast: Cast, person: Callable[..., Cadre]) -> None:
    to_check(item, cast)
    with pytest.raises(NotYours):
        drafted("BULLETIN", cast.clerk, item)
    with pytest.raises(NotYours):
        drafted("REPORT", person("演示外乡", "TOWNSHIP_CLERK", DIANQIAN), item)
    paper = drafted("CLOSING", cast.clerk, item)
    with pytest.raises(NotYours):
        papers.issue(paper=paper, document_no="岳农工办〔2026〕1号", signed_off_by="演示签发", by=cast.clerk, at=AT)  # fmt: skip
    report = drafted("REPORT", cast.clerk, item)
    papers.issue(paper=report, document_no="", signed_off_by="演示书记", by=cast.head, at=AT)


def test_a_paper_is_seen_by_who_sees_all_of_its_items(
    item: Item, cast: Cast, person: Callable[..., Cadre], as_user: AsUser
) -> None:
    stranger = person("演示外乡", "TOWNSHIP_CLERK", DIANQIAN)
    far = another(cast, "外乡的事", DIANQIAN, stranger)
    leader = person("演示县长", "COUNTY_LEADER")
    for one in (item, far):
        moving.confirm(item_ids=[one.pk], by=cast.accepter, at=AT)
        moving.issue(item_ids=[one.pk], by=cast.accepter, at=AT)
    both = drafted("BULLETIN", cast.accepter, item, far)
    own = drafted("BULLETIN", cast.accepter, item)
    for one, no in ((both, 1), (own, 2)):
        assert as_user(leader).get(f"/papers/{one.uid}/").status_code == 404, "a draft"
        papers.issue(paper=one, document_no=f"岳农工办〔2026〕{no}号", signed_off_by="演示签发", by=cast.approver, at=AT)  # fmt: skip
        assert as_user(leader).get(f"/papers/{one.uid}/").status_code == 200
    for page in (f"/papers/{both.uid}/", f"/papers/{both.uid}/file/issued/", f"/papers/{own.uid}/"):
        assert as_user(stranger).get(page).status_code == 404
    assert as_user(cast.head).get(f"/papers/{both.uid}/").status_code == 404
    shown = as_user(cast.head).get("/papers/").content.decode()
    assert own.number in shown and both.number not in shown


# --- pages


def test_from_the_items_page_to_the_sealed_copy(item: Item, cast: Cast, as_user: AsUser) -> None:
    to_work(item, cast)
    late(item)
    office = as_user(cast.accepter)
    page = office.get(f"/items/{item.uid}/").content.decode()
    assert f"/papers/new/?kind=URGE&amp;item={item.number}" in page and "下载一事一档" in page
    form = office.get(f"/papers/new/?kind=URGE&item={item.number}")
    assert "checked" in form.content.decode()
    said = {
        **{k: v for k, v in form.context["form"].initial.items()},
        "cc": "",
        "item": item.number,
    }
    answer = office.post(f"/papers/new/?kind=URGE&item={item.number}", {k: str(v) for k, v in said.items()})  # fmt: skip
    paper = Paper.objects.get()
    assert answer.status_code == 302 and answer["Location"] == f"/papers/{paper.uid}/"
    assert "送审稿" in office.get(f"/papers/{paper.uid}/").content.decode()
    wrong = office.post(
        f"/papers/{paper.uid}/issue/", {"document_no": "12号", "signed_off_by": "演示签发"}
    )
    assert wrong.status_code == 422 and "机关代字" in wrong.content.decode()
    office.post(f"/papers/{paper.uid}/issue/", {"document_no": "岳农工办〔2026〕9号", "signed_off_by": "演示签发"})  # fmt: skip
    scan = SimpleUploadedFile("盖章.pdf", PDF)
    assert office.post(f"/papers/{paper.uid}/scan/", {"file": scan}).status_code == 302
    twice = office.post(
        f"/papers/{paper.uid}/scan/", {"file": SimpleUploadedFile("盖章2.pdf", PDF)}
    )
    assert twice.status_code == 422 and "已经上传过" in twice.content.decode()
    program = office.post(
        f"/papers/{paper.uid}/scan/", {"file": SimpleUploadedFile("a.pdf", b"MZ")}
    )
    assert program.status_code == 422 and "只收 PDF" in program.content.decode()
    sent = office.get(f"/papers/{paper.uid}/file/issued/")
    assert "岳农工办〔2026〕9号" in words(opened(b"".join(sent)))  # type: ignore[arg-type]
    row = PaperScan.objects.get()
    assert b"".join(office.get(f"/papers/{paper.uid}/scan/{row.pk}/")) == PDF  # type: ignore[arg-type]
    actions = set(Event.objects.filter(kind="paper").values_list("action", flat=True))
    assert actions == {"paper.draft", "paper.issue", "paper.scan", "paper.open"}
    assert "岳农工办〔2026〕9号" in as_user(cast.clerk).get(f"/items/{item.uid}/").content.decode()


def test_what_is_missing_is_named(item: Item, cast: Cast, as_user: AsUser) -> None:
    to_work(item, cast)
    paper = drafted("BULLETIN", cast.accepter, item)
    said = as_user(cast.accepter).post(f"/papers/{paper.uid}/issue/", {"document_no": "岳农工办〔2026〕9号"})  # fmt: skip
    assert said.status_code == 422 and "没有保存：“签发人”：" in said.content.decode()


@pytest.mark.parametrize("road, last", [("COUNTY", ""), ("TOWNSHIP", "部门核查")])
def test_a_closing_sheet_says_in_nobodys_name_what_he_did_not_decide(
    item: Item, cast: Cast, road: str, last: str
) -> None:
    """On a township's road the department closes: 指挥部 never agreed to it."""
    Item.objects.filter(pk=item.pk).update(route=road)
    if last:
        to_check(item, cast)
        passes(item, cast.head, "SELF_CHECK")
        visited(item, cast)
        passes(item, cast.department, "VERIFY")
    else:
        to_closed(item, cast)
    item = Item.objects.get(pk=item.pk)
    assert item.status == "CLOSED"
    read_ = words(opened(drafted("CLOSING", cast.clerk, item).file))
    assert ("同意销号" in read_) is (not last)
    assert f"{last}通过后销号，按路线不经指挥部批准" in read_ or not last


def test_a_withdrawn_draft_stands_in_the_list_struck_off(item: Item, cast: Cast, as_user: AsUser) -> None:  # fmt: skip
    to_work(item, cast)
    paper = drafted("DISPATCH", cast.accepter, item)
    office = as_user(cast.accepter)
    assert office.post(f"/papers/{paper.uid}/withdraw/", {"reason": ""}).status_code == 422
    office.post(f"/papers/{paper.uid}/withdraw/", {"reason": "主送写错"})
    assert f"<s>{paper.number}</s>" in office.get(f"/papers/{paper.uid}/").content.decode()
    shown = office.get("/papers/?state=WITHDRAWN").content.decode()
    assert 'class="void"' in shown and paper.number in shown


def test_the_list_filters_pages_and_exports(item: Item, cast: Cast, as_user: AsUser) -> None:
    to_work(item, cast)
    late(item)
    urge, report = drafted("URGE", cast.accepter, item), drafted("REPORT", cast.accepter, item)
    papers.issue(paper=urge, document_no="岳农工办〔2026〕5号", signed_off_by="演示签发", by=cast.approver, at=AT)  # fmt: skip
    office = as_user(cast.accepter)

    def shown(query: str) -> set[str]:
        page = office.get(f"/papers/?{query}")
        assert page.status_code == 200
        return {p.number for p in page.context["page"].rows}

    assert shown("") == {urge.number, report.number}
    assert shown("kind=URGE") == shown("state=ISSUED") == shown("q=〔2026〕5号") == {urge.number}
    assert shown("state=DRAFT") == shown(f"q={report.number}") == {report.number}
    assert shown(f"unit={item.unit_id}") == {urge.number, report.number}
    assert shown(f"unit={cast.accepter.unit_id}") == shown("kind=NOTHING") == set()
    assert shown("unit=abc") and shown("state=ODD") and shown("unit=99999999999999999999999")
    assert office.get("/papers/?after=xx").status_code == 422
    assert office.get("/papers/?format=xlsx").status_code == 200
    assert Event.objects.filter(action="export", after__title="文书清单").exists()
    assert office.get("/papers/new/?kind=NOTHING").status_code == 404
    assert office.get("/papers/new/?kind=DISPATCH&dispatch=x").status_code == 404


def test_the_list_costs_the_same_with_three(item: Item, cast: Cast, as_user: AsUser) -> None:
    to_work(item, cast)
    late(item)
    office = as_user(cast.accepter)
    drafted("URGE", cast.accepter, item)

    def cost() -> int:
        office.get("/papers/")
        with CaptureQueriesContext(
            connection,
        ) as queries:
            office.get("/papers/")
        return len(queries)

    one = cost()
    drafted("URGE", cast.accepter, item), drafted("REPORT", cast.accepter, item)
    assert cost() == one


def test_facts_cost_the_same_for_one_item_and_for_three(item: Item, cast: Cast) -> None:
    to_closed(item, cast)
    others = [another(cast), another(cast, "桥")]
    for one in others:
        moving.confirm(item_ids=[one.pk], by=cast.accepter, at=AT)
        moving.issue(item_ids=[one.pk], by=cast.accepter, at=AT)

    def cost(*items: Item) -> int:
        with CaptureQueriesContext(connection) as queries:
            gather(KINDS["BULLETIN"], with_all([i.pk for i in items]), SAID, number="1", by=cast.clerk, at=AT)  # fmt: skip
        return len(queries)

    assert cost(item) == cost(item, *others)


def test_the_sheet_of_a_dispatch(item: Item, cast: Cast, person: Callable[..., Cadre], as_user: AsUser) -> None:  # fmt: skip
    to_work(item, cast)
    dispatch = Dispatch.objects.get()
    page = as_user(cast.accepter).get(f"/papers/dispatch/{dispatch.uid}/").content.decode()
    assert item.number in page and "起草给" in page
    assert as_user(cast.clerk).get(f"/papers/dispatch/{dispatch.uid}/").status_code == 200
    stranger = person("演示外乡", "TOWNSHIP_CLERK", DIANQIAN)
    assert as_user(stranger).get(f"/papers/dispatch/{dispatch.uid}/").status_code == 404


def test_an_identity_number_is_refused_on_paper(item: Item, cast: Cast, as_user: AsUser) -> None:
    from tests.households.builders import idno

    to_work(item, cast)
    with pytest.raises(BadInput, match="证件号码"):
        drafted("REPORT", cast.clerk, item, plan=f"核对{idno(9)}")
    assert not Paper.objects.exists()


def test_the_issuing_body_bears_the_name_of_its_day(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    Term.objects.filter(thing="ISSUER", end=None).update(text="县农业农村局", start=AT.date())
    Term.objects.filter(thing="MARK", end=None).update(text="岳农", start=AT.date())
    facts = drafted("DISPATCH", cast.accepter, item).facts
    assert (facts["发文机关"], facts["机关代字"]) == ("县农业农村局", "岳农")


# --- what the database refuses by itself


def test_the_database_refuses(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    paper = drafted("DISPATCH", cast.accepter, item)
    file, by = paper.file, cast.accepter
    base = {"title": "甲", "facts": {}, "template_file": file, "file": file, "by": by, "at": AT}
    series = PaperSeries.objects.create(kind="URGE", year=2026)
    template = PaperTemplate.objects.create(kind="URGE", version=1, note="改", by=by, at=AT)
    issued = {"outcome": "ISSUED", "signed_off_by": "甲", "file": file, "by": by, "at": AT}

    def refuses(name: str, write: Callable[[], object]) -> None:
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            write()

    make, decide = Paper.objects.create, PaperDecision.objects.create
    refuses("paper_kind_known", lambda: make(kind="X", number="1", **base))
    refuses("paper_has_number", lambda: make(kind="URGE", number="", **base))
    refuses("paper_of_dispatch", lambda: make(kind="DISPATCH", number="1", **base))
    refuses(
        "paper_template_taken", lambda: make(kind="URGE", number="1", template=template, **base)
    )
    refuses("paper_item_once", lambda: PaperItem.objects.create(paper=paper, item=item))
    refuses("paper_decision_complete", lambda: decide(paper=paper, **{**issued, "signed_off_by": ""}, document_no="甲"))  # fmt: skip
    refuses(
        "paper_decision_complete", lambda: decide(paper=paper, outcome="WITHDRAWN", by=by, at=AT)
    )
    refuses("paper_document_no:", lambda: decide(paper=paper, **issued))
    refuses(
        "paper_scan_issued", lambda: PaperScan.objects.create(paper=paper, file=file, by=by, at=AT)
    )
    refuses("paper_series_step", lambda: PaperSeries.objects.filter(pk=series.pk).update(last=2))
    refuses("paper_series_once", lambda: PaperSeries.objects.create(kind="URGE", year=2026))
    refuses("template_version_once", lambda: PaperTemplate.objects.create(kind="URGE", version=1, note="改", by=by, at=AT))  # fmt: skip
    refuses("template_kind_known", lambda: PaperTemplate.objects.create(kind="X", version=1, note="改", by=by, at=AT))  # fmt: skip
    refuses("template_version_positive", lambda: PaperTemplate.objects.create(kind="URGE", version=0, note="改", by=by, at=AT))  # fmt: skip
    refuses("template_has_note", lambda: PaperTemplate.objects.create(kind="URGE", version=2, note="", by=by, at=AT))  # fmt: skip
    refuses("template_by_another", lambda: TemplateDecision.objects.create(template=template, taken=True, by=by, at=AT))  # fmt: skip
    refuses("template_refused_with_reason", lambda: TemplateDecision.objects.create(template=template, taken=False, by=cast.approver, at=AT))  # fmt: skip
    decide(paper=paper, **issued, document_no="甲〔2026〕1号")
    refuses("paper_id", lambda: decide(paper=paper, outcome="WITHDRAWN", reason="改", by=by, at=AT))
    scan = {"paper": paper, "file": file, "by": by, "at": AT}
    PaperScan.objects.create(**scan)
    refuses("paper_scan_once", lambda: PaperScan.objects.create(**scan))
    other = another(cast)
    moving.confirm(item_ids=[other.pk], by=cast.accepter, at=AT)
    moving.issue(item_ids=[other.pk], by=cast.accepter, at=AT)
    second = drafted("DISPATCH", cast.accepter, other)
    refuses(
        "paper_document_no_once",
        lambda: decide(paper=second, **issued, document_no="甲〔2026〕1号"),
    )
    refuses("paper_number", lambda: make(kind="DISPATCH", number=second.number, dispatch=second.dispatch, **base))  # fmt: skip


@pytest.mark.parametrize("table", ["paper", "paperitem", "paperdecision", "paperscan", "papertemplate", "templatedecision"])  # fmt: skip
def test_nothing_of_a_paper_is_rewritten(table: str, owner_cursor: Any) -> None:
    """The application may not, and the owner meets the trigger."""
    from django.db import DatabaseError

    for sql in ("UPDATE rectification_{} SET id = id", "DELETE FROM rectification_{}"):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:  # fmt: skip
            cursor.execute(sql.format(table))
    owner_cursor.execute(
        "SELECT count(*) FROM pg_trigger WHERE tgrelid = %s::regclass AND tgname LIKE 'append_only%%'",
        [f"rectification_{table}"],
    )
    assert owner_cursor.fetchone() == (2,)


def test_a_stored_number_is_never_deleted() -> None:
    from django.db import DatabaseError

    for table in ("paperseries",):
        with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic(), connection.cursor() as cursor:  # fmt: skip
            cursor.execute(f"DELETE FROM rectification_{table}")


def test_a_paper_on_what_went_to_the_commission_is_for_the_commission(
    item: Item, cast: Cast, person: Callable[..., Cadre], as_user: AsUser
) -> None:
    """It holds the words of the item, in its title, on its page and in its file."""
    to_work(item, cast)
    paper = drafted("BULLETIN", cast.accepter, item, title="关于冻裂的通报")
    red_lines.report_red_line(item_id=item.pk, line="FRAUD", said="照片是去年拍的", by=cast.village, at=AT)  # fmt: skip
    page = f"/papers/{paper.uid}/"
    for who in (cast.accepter, cast.clerk, cast.inspector):
        assert as_user(who).get(page).status_code == 404
        assert as_user(who).get(f"{page}file/draft/").status_code == 404
        assert "冻裂" not in as_user(who).get("/papers/").content.decode()
        assert "冻裂" not in as_user(who).get("/log/").content.decode()
    sign = as_user(cast.accepter).post(f"{page}issue/", {"document_no": "岳农工办〔2026〕9号", "signed_off_by": "演示"})  # fmt: skip
    assert sign.status_code == 404 and not PaperDecision.objects.exists()


# --- one of several went to 纪委监委

MANY = ("DISPATCH", "URGE", "BULLETIN", "REPORT")
WORDS = ("路灯全黑", "装新灯", "店前", "演示外人", "农业农村局", "待补记", "26-0002")


@pytest.fixture
def red(item: Item, cast: Cast, person: Callable[..., Cadre]) -> Item:
    """In another township, of another unit and person, on the same sheets as `item`."""
    other = person("演示外人", "DEPARTMENT", COUNTY, "农业农村局")
    made = another(cast, "路灯全黑", DIANQIAN, other)
    both = [item.pk, made.pk]
    moving.confirm(item_ids=both, by=cast.accepter, at=AT)
    moving.issue(item_ids=both, by=cast.accepter, at=AT)
    for one, who, measure in ((item, cast.clerk, "换管"), (made, other, "装新灯，待补记")):
        moving.sign(item_ids=[one.pk], by=who, at=AT)
        moving.plan(item_id=one.pk, measure=measure + "并加保温", goal="", by=who, at=AT)
    late(item)
    return late(made)


def reported(item: Item, cast: Cast) -> None:
    red_lines.report_red_line(item_id=item.pk, line="FRAUD", said="照片是去年拍的", by=cast.approver, at=AT)  # fmt: skip


def on_both(kind: str, item: Item, red: Item, cast: Cast) -> Paper:
    """With everything that a drafter may write of the one that is hidden later."""
    typed = dict.fromkeys(("reason", "demand", "feedback", "consequence", "plan", "cc", "contact"), "店前镇路灯全黑")  # fmt: skip
    return drafted(kind, cast.accepter, item, red, title="关于路灯全黑的文书", to="农业农村局", **typed)  # fmt: skip


def signed(paper: Paper, cast: Cast) -> None:
    papers.issue(paper=paper, document_no="岳农工办〔2026〕9号", signed_off_by="演示签发", by=cast.approver, at=AT)  # fmt: skip


def leaks(text: str) -> list[str]:
    return [word for word in WORDS if word in text]


@pytest.mark.parametrize("kind", MANY)
def test_one_of_several_with_the_commission_is_a_veiled_line(
    kind: str, item: Item, red: Item, cast: Cast, person: Callable[..., Cadre], as_user: AsUser
) -> None:
    discipline = person("演示纪委", "DISCIPLINE", COUNTY, "县纪委监委")
    paper = on_both(kind, item, red, cast)
    signed(paper, cast)
    scan = papers.add_scan(paper=paper, content=PDF, name="店前镇路灯全黑.pdf", by=cast.accepter, at=AT)  # fmt: skip
    page, office = f"/papers/{paper.uid}/", as_user(cast.accepter)
    assert "路灯全黑" in office.get(page).content.decode()
    reported(red, cast)
    for who in (cast.accepter, cast.inspector):
        reader = as_user(who)
        said = reader.get(page).content.decode()
        assert "一项已移送纪委监委" in said and "水管冻裂" in said and leaks(said) == []
        for which in ("draft", "issued"):
            sent = reader.get(f"{page}file/{which}/")
            file = words(opened(b"".join(sent)))  # type: ignore[arg-type]
            assert "一项已移送纪委监委" in file and leaks(file) == [] and item.number in file
            assert leaks(sent["Content-Disposition"]) == []
            assert ("送审稿" in file) is (which == "draft") or kind == "REPORT"
        assert reader.get(f"{page}scan/{scan.pk}/").status_code == 404
        listed = reader.get("/papers/").content.decode()
        assert paper.number in listed and leaks(listed) == []
        for search in ("q=路灯", f"unit={red.unit_id}"):
            assert paper.number not in reader.get(f"/papers/?{search}").content.decode()
        for search in (f"q={paper.number}", f"unit={item.unit_id}", "q=〔2026〕9号"):
            assert paper.number in reader.get(f"/papers/?{search}").content.decode()
        log = reader.get("/log/").content.decode()
        # Of the item itself the log tells that somebody did something with its number.
        assert set(leaks(log)) <= {red.number, "演示外人"}
    sheet = openpyxl.load_workbook(io.BytesIO(b"".join(office.get("/papers/?format=xlsx"))))  # type: ignore[arg-type]
    cells = " ".join(str(c.value) for row in sheet.active.iter_rows() for c in row)
    assert "一项已移送纪委监委" in cells and leaks(cells) == []
    with ZipFile(
        io.BytesIO(b"".join(office.get(f"/items/{item.uid}/dossier/").streaming_content))
    ) as book:  # type: ignore[attr-defined]
        assert [n for n in book.namelist() if leaks(n)] == [] and not any("盖章件" in n for n in book.namelist())  # fmt: skip
        for name in book.namelist():
            content = book.read(name)
            told = words(opened(content)) if name.endswith(".docx") else content.decode("utf-8", "ignore")  # fmt: skip
            assert leaks(told) == [], name
        assert sum("遮蔽" in n for n in book.namelist()) == 2
    whole = as_user(discipline).get(page).content.decode()
    assert "路灯全黑" in whole and "一项已移送" not in whole
    assert b"".join(as_user(discipline).get(f"{page}scan/{scan.pk}/")) == PDF  # type: ignore[arg-type]


def test_the_words_of_the_product_itself_stay_on_a_veiled_sheet(
    item: Item, red: Item, cast: Cast, as_user: AsUser
) -> None:
    kind = KINDS["BULLETIN"]
    words_of = proposed(kind, [item, red], cast.accepter, AT.date())
    paper = papers.draft(kind="BULLETIN", item_ids=[item.pk, red.pk], draft=Draft(**{"to": "", **words_of}), by=cast.accepter, at=AT)  # fmt: skip
    reported(red, cast)
    page = as_user(cast.accepter).get(f"/papers/{paper.uid}/")
    said = page.content.decode()
    assert words_of["demand"] in said and words_of["title"] in said and "不显示。）" not in said
    facts = page.context["facts"]
    assert facts["合计"] == {"件数": 2, "已销号": 0, "检查中": 0, "逾期": 1, "未到期": 0}
    assert [(u["单位"], u["件数"]) for u in facts["单位"]] == [(item.unit.name, 1), ("已移送纪委监委", 1)]  # fmt: skip
    assert facts["点名"] == f"{item.unit.name}（1件）" and facts["主送"] == item.unit.name


def test_a_veiled_draft_is_withdrawn_and_not_signed(
    item: Item, red: Item, cast: Cast, person: Callable[..., Cadre], as_user: AsUser
) -> None:
    paper, issued_one = on_both("URGE", item, red, cast), on_both("BULLETIN", item, red, cast)
    signed(issued_one, cast)
    reported(red, cast)
    office = as_user(cast.accepter)
    for verb, one, values in (
        ("issue", paper, {"document_no": "岳农工办〔2026〕8号", "signed_off_by": "演示"}),
        ("scan", issued_one, {"file": SimpleUploadedFile("a.pdf", PDF)}),
    ):
        answer = office.post(f"/papers/{one.uid}/{verb}/", values)
        said = answer.content.decode()
        assert answer.status_code == 422 and "1 项已移送纪委监委" in said and leaks(said) == []
    assert office.post(f"/papers/{paper.uid}/withdraw/", {"reason": "店前镇那件去掉"}).status_code == 302  # fmt: skip
    assert leaks(office.get(f"/papers/{paper.uid}/").content.decode()) == []
    assert PaperDecision.objects.filter(paper=paper, outcome="WITHDRAWN").exists()


def test_veiled_sheets_cost_the_list_the_same_with_three(
    item: Item, red: Item, cast: Cast, as_user: AsUser
) -> None:
    office = as_user(cast.accepter)
    on_both("URGE", item, red, cast)
    reported(red, cast)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert office.get("/papers/").status_code == 200
        return len(queries)

    cost()
    one = cost()
    for _ in range(2):
        copied = Paper.objects.get(kind="URGE", number="督办2026-0001")
        copied.pk, copied.number, copied.uid = None, f"督办2026-{Paper.objects.count() + 1:04}", uuid6.uuid7()  # fmt: skip
        copied.save(force_insert=True)
        PaperItem.objects.bulk_create([PaperItem(paper=copied, item=i) for i in (item, red)])
    assert cost() == one
