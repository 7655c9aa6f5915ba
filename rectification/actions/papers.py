"""起草, 签发, 撤回 and 盖章件 of documents."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime

from django.db import IntegrityError, transaction

from cadres.events import record
from cadres.files import read, store
from cadres.models import Cadre, StoredFile
from rectification.actions.moving import locked, reason_given
from rectification.models import (
    Dispatch,
    Item,
    Paper,
    PaperDecision,
    PaperItem,
    PaperScan,
    PaperSeries,
)
from rectification.papers.drawing import standard
from rectification.papers.facts import Draft, dispatch_of, gather, issued, with_all
from rectification.papers.kinds import ITEMS_MAX, KINDS, Kind
from rectification.papers.reading import fitting, may_draft, may_sign, template_in_force
from rectification.papers.rendering import render
from rectification.papers.sql import SENTENCES
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno


def draft(*, kind: str, item_ids: Sequence[int], draft: Draft, by: Cadre, at: datetime) -> Paper:
    """The facts as they stand now, frozen, and the sheet made of them, with the next number.
    All in one transaction: a number whose sheet fails was never given."""
    what = KINDS[kind]
    no_idno(vars(draft))
    if not draft.title.strip():
        raise BadInput("title", "请写标题。", field="title")
    with transaction.atomic():
        locked(item_ids)  # nobody moves one of them while it is read
        items = with_all(item_ids)
        _may_stand_on(what, items, by, clock.day(at))
        dispatch = dispatch_of(items) if kind == "DISPATCH" else None
        template = template_in_force(kind)
        own = read(template.file) if template and template.file else standard(kind)
        number = _number(what, dispatch, at)
        facts = gather(what, items, draft, number=number, by=by, at=at)
        made = store(render(own, facts), name=f"{what.name}{number}.docx", by=by, at=at)
        kept = template.file if template and template.file else store(own, name=f"{what.name}模板.docx", by=by, at=at)  # fmt: skip
        paper = Paper.objects.create(
            kind=kind, number=number, title=draft.title.strip(), dispatch=dispatch, facts=facts,
            template=template, template_file=kept, file=made, by=by, at=at,
        )  # fmt: skip
        PaperItem.objects.bulk_create([PaperItem(paper=paper, item=item) for item in items])
        record("paper.draft", paper, by=by, at=at, area=_area(items),
               after={"number": number, "paper": paper.title, "items": [i.number for i in items]})  # fmt: skip
    return paper


def _may_stand_on(kind: Kind, items: Sequence[Item], by: Cadre, today: date) -> None:
    if not items:
        raise BadInput("nothing_chosen", "请至少勾选一件。", field="item")
    if not kind.many and len(items) > 1:
        raise BadInput("one_only", f"一张{kind.name}只写一件，请一件一件起草。", field="item")
    if len(items) > ITEMS_MAX:
        raise BadInput("too_many", f"一份{kind.name}最多写 {ITEMS_MAX} 件，请分开起草。", field="item")  # fmt: skip
    for item in items:
        if not may_draft(kind, item, by):
            raise NotYours("no_right", f"{item.number} 的{kind.name}不由您的岗位起草。")
    fit = set(fitting(kind, Item.objects.filter(pk__in=[i.pk for i in items]), today).values_list("pk", flat=True))  # fmt: skip
    unfit = [item.number for item in items if item.pk not in fit]
    if unfit:
        raise Refusal("unfit", f"{kind.name}只写{kind.fits}；{'、'.join(unfit[:5])} 现在不是，请去掉或刷新页面。", field="item")  # fmt: skip
    if kind.code == "DISPATCH" and dispatch_of(items) is None:
        raise Refusal("two_dispatches", "勾选的事项不在同一张交办单上，请分开起草。", field="item")


def _number(kind: Kind, dispatch: Dispatch | None, at: datetime) -> str:
    """Without gaps: the row of the series stays locked until the paper is committed. A 交办单
    bears the number that its items were issued under; a second sheet of it -2."""
    if dispatch is not None:
        Dispatch.objects.select_for_update().get(pk=dispatch.pk)
        before = Paper.objects.filter(dispatch=dispatch).count()
        return f"{dispatch.number}-{before + 1}" if before else dispatch.number
    year = clock.day(at).year
    PaperSeries.objects.get_or_create(kind=kind.code, year=year)
    series = PaperSeries.objects.select_for_update().get(kind=kind.code, year=year)
    series.last += 1
    series.save(update_fields=["last"])
    return f"{kind.series}{year}-{series.last:04}"


def _area(items: Sequence[Item]) -> str:
    """The place that holds them all: a village, a township or the county."""
    codes = {item.area_id for item in items}
    for width in (12, 9, 6):
        if len({code[:width] for code in codes}) == 1:
            return next(iter(codes))[:width].ljust(12, "0")
    return ""


def document_number(text: str) -> str:
    """岳农工办〔2026〕12号, however its brackets were typed."""
    text = "".join(text.split())
    text = re.sub(r"[\[［【（(〔]((?:19|20)[0-9]{2})[\]］】）)〕]", r"〔\1〕", text)
    if not re.fullmatch(r"[^〔〕0-9]{1,20}〔(19|20)[0-9]{2}〕[1-9][0-9]{0,4}号", text):
        raise BadInput(
            "document_no", "文号写成“机关代字〔年份〕序号号”，例如“岳农工办〔2026〕12号”；序号不加“第”，前面不补 0。",
            field="document_no",
        )  # fmt: skip
    return text


def issue(
    *, paper: Paper, document_no: str, signed_off_by: str, by: Cadre, at: datetime
) -> PaperDecision:
    """签发: the frozen facts through the same template, without 送审稿. What happened to the
    items since the draft does not reach it."""
    kind = KINDS[paper.kind]
    if not signed_off_by.strip():
        raise BadInput("signed_off_by", "请填写签发人。", field="signed_off_by")
    number = document_number(document_no) if document_no.strip() else ""
    if kind.formal and not number:
        raise BadInput("document_no", SENTENCES["paper_document_no"], field="document_no")
    with transaction.atomic(), said():
        items = _his_to_decide(paper, by)
        _none_with_discipline(items, "签发")
        _not_used(number, paper)
        facts = issued(paper.facts, document_no=number, signed_off_by=signed_off_by.strip(), at=at)
        sheet = render(read(paper.template_file), facts)
        file = store(sheet, name=f"{kind.name}{paper.number}（签发）.docx", by=by, at=at)
        decision = PaperDecision.objects.create(
            paper=paper, outcome="ISSUED", document_no=number, signed_off_by=signed_off_by.strip(), file=file, by=by, at=at
        )  # fmt: skip
        if paper.dispatch_id:  # entered once, shown with each of its items
            Dispatch.objects.filter(pk=paper.dispatch_id, document_no="").update(
                document_no=number, signed_off_by=signed_off_by.strip()
            )
        record("paper.issue", paper, by=by, at=at, area=_area(items),
               after={"number": paper.number, "document_no": number, "signed_off_by": signed_off_by.strip()})  # fmt: skip
    return decision


def _not_used(number: str, paper: Paper) -> None:
    if not number:
        return
    used = PaperDecision.objects.filter(document_no=number).exists()
    issued = Dispatch.objects.exclude(document_no="").exclude(pk=paper.dispatch_id or 0)
    tail = number[number.index("〔") + 1 :].removesuffix("号").split("〕")
    near = issued.filter(document_no__contains=tail[0], document_no__endswith=f"{tail[1]}号")
    if used or any(_same(d.document_no, number) for d in near):
        raise Refusal("document_no_used", SENTENCES["paper_document_no_once"], field="document_no")


def _same(typed: str, number: str) -> bool:
    try:
        return document_number(typed) == number
    except BadInput:
        return False


def _his_to_decide(paper: Paper, by: Cadre) -> list[Item]:
    items = locked(paper.items.values_list("pk", flat=True))  # none goes to 纪委监委 meanwhile
    kind = KINDS[paper.kind]
    if not may_sign(kind, items, by):
        raise NotYours("no_right", f"{kind.name}不由您的岗位签发或撤回。")
    if PaperDecision.objects.filter(paper=paper).exists():
        raise Refusal("decided", SENTENCES["paper_id_key"])
    return items


def _none_with_discipline(items: Sequence[Item], verb: str) -> None:
    """What is signed or sealed holds the words of all its items. Says no number, so that nothing
    more is told than the sheet itself tells."""
    if count := sum(item.with_discipline for item in items):
        raise Refusal(
            "paper_red",
            f"有 {count} 项已移送纪委监委，不能{verb}；请撤回后去掉再起草，或等退回普通流程。",
        )


def withdraw(*, paper: Paper, reason: str, by: Cadre, at: datetime) -> PaperDecision:
    """撤回 a draft: its number stays struck off and is given to no other. By who signs, or by
    the drafter himself."""
    reason = reason_given(reason)
    no_idno(reason)
    with transaction.atomic(), said():
        if paper.by_id == by.pk and not PaperDecision.objects.filter(paper=paper).exists():
            items = list(paper.items.all())
        else:
            items = _his_to_decide(paper, by)
        decision = PaperDecision.objects.create(
            paper=paper, outcome="WITHDRAWN", reason=reason, by=by, at=at
        )
        record("paper.withdraw", paper, by=by, at=at, area=_area(items),
               after={"number": paper.number, "reason": reason})  # fmt: skip
    return decision


def add_scan(*, paper: Paper, content: bytes, name: str, by: Cadre, at: datetime) -> PaperScan:
    """The sealed copy of an issued paper."""
    items = list(paper.items.all())
    _none_with_discipline(items, "上传盖章件")
    if not (may_sign(KINDS[paper.kind], items, by) or paper.by_id == by.pk):
        raise NotYours("no_right", "盖章件由起草人或签发岗位上传。")
    if paper.state != "ISSUED":
        raise Refusal("not_issued", SENTENCES["paper_scan_issued"], field="file")
    if not content.startswith((b"%PDF-", b"\xff\xd8\xff", b"\x89PNG\r\n")):
        raise BadInput(
            "scan_kind", "盖章件只收 PDF 和照片（JPG、PNG），请扫描后再传。", field="file"
        )
    with transaction.atomic(), said():
        if paper.scans.filter(file__sha256=hashlib.sha256(content).hexdigest()).exists():
            raise Refusal("scan_twice", SENTENCES["paper_scan_once"], field="file")
        scan = PaperScan.objects.create(
            paper=paper, file=store(content, name=name, by=by, at=at), by=by, at=at
        )
        record("paper.scan", paper, by=by, at=at, area=_area(items),
               after={"number": paper.number, "file": scan.file.name})  # fmt: skip
    return scan


def opened(*, paper: Paper, file: StoredFile, by: Cadre, at: datetime) -> None:
    """A document that leaves the system is an export: who took it stays known."""
    record("paper.open", paper, by=by, at=at, area=_area(list(paper.items.all())),
           after={"number": paper.number, "file": file.name})  # fmt: skip


@contextmanager
def said() -> Iterator[None]:
    """What the database refuses, as its sentence. Outermost in a transaction that is given up."""
    try:
        yield
    except IntegrityError as error:
        for name, sentence in SENTENCES.items():
            if name in str(error):
                raise Refusal(name, sentence) from None
        raise
