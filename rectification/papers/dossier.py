"""一事一档: everything of one item in one zip, written while it is sent, with a list of hashes
that `sha256sum -c` reads."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from docx.shared import Mm, Pt

from cadres.files import path_of
from cadres.models import Cadre, StoredFile
from rectification.models import Item, Paper
from rectification.papers.drawing import FORM, KAI, NO2, NO4, SMALL4, SONG_TITLE, Sheet, across
from rectification.papers.facts import days_late, item_facts, with_all
from rectification.papers.reading import papers_of
from rectification.papers.signs import file_name, masked, visible
from rectification.papers.veiling import sheet, veil_papers
from rectification.timeline import history
from rectification.workflow import step_of
from yuexi.core import clock

CHUNK = 1 << 20
SUMS = "SHA256SUMS.txt"


@dataclass
class Dossier:
    """What goes in, known before the first byte leaves: names inside the folder, and contents
    that are in memory or on disk."""

    folder: str
    mark: str
    at: datetime
    made: list[tuple[str, bytes]] = field(default_factory=list)
    files: list[tuple[str, Path]] = field(default_factory=list)
    missing: list[str] = field(default_factory=list)
    veiled: list[str] = field(default_factory=list)

    def keep(self, where: str, file: StoredFile) -> None:
        """Files under their own bytes, as they were handed in. One that the disk lost is named."""
        path = path_of(file.sha256)
        if path.is_file() and not file.sealed:
            self.files.append((where + Path(file.name).suffix.lower(), path))
        else:
            self.missing.append(where)


def collect(item: Item, *, by: Cadre, at: datetime) -> Dossier:
    (whole,) = with_all([item.pk])
    day = at.astimezone(clock.SHANGHAI)
    mark = f"{by.name}（{by.work_no}）于 {day:%Y-%m-%d %H:%M} 下载。内部资料，请勿外传。"
    found = Dossier(file_name(masked(f"{item.number}-{item.text}"), most=32), mark, at)
    pieces = sorted(whole.evidence.all(), key=lambda e: e.pk)
    for n, piece in enumerate(pieces, 1):
        what = file_name(masked(piece.what), most=40)
        found.keep(f"佐证材料/第{piece.round}次申请/{n:02}-{what}", piece.file)
    papers = list(papers_of(by, item).select_related("file", "template_file", "decision__file"))
    veil_papers(papers, by)
    for paper in papers:
        name = f"文书/{file_name(f'{paper.get_kind_display()}-{paper.number}')}"
        draft = "送审稿（已撤回）" if paper.state == "WITHDRAWN" else "送审稿"
        if paper.veiled:
            found.veiled.append(name)
            found.made.append((f"{name}-{draft}（遮蔽）.docx", sheet(paper, "draft")))
            if paper.issued:
                found.made.append((f"{name}-签发稿（遮蔽）.docx", sheet(paper, "issued")))
            continue
        found.keep(f"{name}-{draft}", paper.file)
        if (done := paper.issued) and done.file:
            found.keep(f"{name}-签发稿", done.file)
        for n, scan in enumerate(paper.scans.select_related("file").order_by("pk"), 1):
            found.keep(f"{name}-盖章件{n}", scan.file)
    found.made.append(("事项卷.docx", _sheet(whole, found, papers, by, at)))
    lines = [
        f"整改事项 {item.number} 一事一档", mark, "",
        "事项卷.docx：事项、经过、检查意见、佐证和文书目录。",
        "佐证材料、文书：原件，一个字节也没有改动，所以里面没有水印。",
        f"{SUMS}：每个文件的 SHA-256。核对：在本文件夹里运行 sha256sum -c {SUMS}",
        *[f"{name}：另有事项已移送纪委监委，这里的稿子遮去了那一项，不是原件；盖章件没有放入。" for name in found.veiled],
        *[f"没有找到文件：{name}，请联系系统管理员从备份恢复。" for name in found.missing],
    ]  # fmt: skip
    found.made.append(("说明.txt", ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()))
    return found


def _sheet(item: Item, found: Dossier, papers: list[Paper], by: Cadre, at: datetime) -> bytes:
    """The item on paper, with who took it and when over every page."""
    facts = item_facts(item, 1, days_late([item], clock.day(at)).get(item.pk, 0), homes=True)
    sheet = Sheet(found.mark)
    sheet.line("整改事项卷", font=SONG_TITLE, size=NO2, align=1, keep=True)
    sheet.line(f"编号：{item.number}", size=NO4, before=Pt(8), keep=True)
    table = sheet.table(FORM)
    names = ("来源", "批次", "类别", "等级", "乡镇", "村", "牵头单位", "责任单位", "责任人", "配合单位",
             "交办单", "交办日期", "期限", "进展", "申请日期", "销号日期")  # fmt: skip
    for a, b in zip(names[::2], names[1::2], strict=True):
        sheet.cells(table, [a, said(facts[a]), b, said(facts[b])], centre=(0, 2), size=SMALL4)
    across(sheet, table, "问题原文", said(facts["原文"]), whole=False)
    across(sheet, table, "整改措施", said(facts["措施"] or "尚未制定"), whole=False)
    if facts["目标"]:
        across(sheet, table, "整改目标", said(facts["目标"]))
    for home in facts["农户"]:
        across(sheet, table, "农户", said(f"{home['农户']}：{home['答复']} {home['说']}　{home['人']} {home['日期']}"))  # fmt: skip
    _part(sheet, "检查和意见", [
        f"第{c.round}次申请　{step_of(item.route, c.step).label}：{'通过' if c.passed else '退回'}。{c.opinion}　{c.unit.name} {c.by.name}　{_time(c.at)}"
        for c in sorted(item.checks.all(), key=lambda c: c.pk)
    ])  # fmt: skip
    _part(sheet, "经过", [f"{_time(line.at)}　{line.title}　{line.who}　{line.text}" for line in reversed(history(item))])  # fmt: skip
    _part(sheet, "回头看", [f"{b['日期']}　{b['人']}　{b['结论']}　{b['情况']}" for b in facts["回头看"]])  # fmt: skip
    _part(sheet, "佐证材料", [
        f"第{e.round}次申请　{e.what}　{e.by.name}　{_time(e.at)}\nSHA-256 {e.file.sha256}"
        for e in sorted(item.evidence.all(), key=lambda e: e.pk)
    ])  # fmt: skip
    _part(sheet, "文书", [
        f"{paper}　{paper.title}　{paper.state_label}{'　' + paper.decision.document_no if paper.state == 'ISSUED' else ''}"
        for paper in papers
    ])  # fmt: skip
    return sheet.saved()


def _part(sheet: Sheet, head: str, lines: list[str]) -> None:
    sheet.line(head, font=KAI, size=NO4, keep=True, before=Mm(4))
    for line in lines or ["没有。"]:
        sheet.line(said(line), size=SMALL4, tight=True, before=Pt(3))


def said(text: object) -> str:
    return visible(masked(str(text)))


def _time(at: datetime) -> str:
    return f"{at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M}"


class _Sink(io.RawIOBase):
    """Takes what the zip writes until the response asks for it."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    def writable(self) -> bool:
        return True

    def write(self, data: bytes) -> int:  # type: ignore[override]
        self.kept.append(bytes(data))
        return len(data)

    def taken(self) -> bytes:
        whole = b"".join(self.kept)
        self.kept.clear()
        return whole


def stream(found: Dossier) -> Iterator[bytes]:
    """No more than a piece in memory, however large the evidence."""
    sink, sums = _Sink(), []
    day = found.at.astimezone(clock.SHANGHAI)
    with ZipFile(sink, "w") as book:
        book.comment = found.mark.encode()[:65_000]

        def entry(name: str, packed: int) -> ZipInfo:
            info = ZipInfo(f"{found.folder}/{name}", day.timetuple()[:6])
            info.compress_type = packed
            return info

        for name, content in found.made:
            book.writestr(entry(name, ZIP_DEFLATED), content)
            sums.append(f"{hashlib.sha256(content).hexdigest()}  {name}\n")
            yield sink.taken()
        for name, path in found.files:
            digest = hashlib.sha256()
            with path.open("rb") as source, book.open(entry(name, ZIP_STORED), "w", force_zip64=True) as target:  # fmt: skip
                while piece := source.read(CHUNK):
                    digest.update(piece)
                    target.write(piece)
                    yield sink.taken()
            sums.append(f"{digest.hexdigest()}  {name}\n")
        book.writestr(entry(SUMS, ZIP_DEFLATED), "".join(sums).encode())
    yield sink.taken()
