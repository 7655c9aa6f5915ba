"""The booklet of an edition, typeset from the standards: cover, contents, a part for each level,
the income lines, and the page to sign. In the layout of rectification/papers/drawing.py."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from typing import Any

from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Mm, Pt

from inspections.models import IncomeLine, Indicator, Standard
from inspections.standards import asked
from rectification.papers.drawing import (
    HEI,
    KAI,
    NO2,
    NO3,
    NO4,
    SMALL4,
    SONG,
    SONG_TITLE,
    WIDTH,
    Sheet,
)

DIGITS = "一二三四五六七八九"
# What XML cannot hold; a form may let one through that was pasted.
ODD = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


@dataclass(frozen=True)
class Edition:
    number: int
    title: str
    issuer: str
    day: date
    standards: list[Standard]
    lines: list[IncomeLine]


def chinese(number: int) -> str:
    """1 to 99, as heads are counted."""
    tens, ones = divmod(number, 10)
    ten = "" if tens == 0 else "十" if tens == 1 else DIGITS[tens - 1] + "十"
    return ten + (DIGITS[ones - 1] if ones else "")


def plain(text: str) -> str:
    return ODD.sub("", text)


def booklet(edition: Edition) -> bytes:
    sheet = Sheet(above="")
    sheet.doc.sections[0].different_first_page_header_footer = True  # no number on the cover
    cover(sheet, edition)
    parts = [(f"part{n}", f"{chinese(n)}、{s.name}") for n, s in enumerate(edition.standards, start=1)]  # fmt: skip
    count = len(parts)
    if edition.lines:
        count += 1
        parts.append(("lines", f"{chinese(count)}、收入线"))
    parts.append(("receipt", "手册签收页"))
    contents(sheet, parts)
    for (mark, head), standard in zip(parts, edition.standards, strict=False):
        part(sheet, mark, head, standard)
    if edition.lines:
        income(sheet, *parts[count - 1], edition.lines)
    receipt(sheet, edition)
    return sheet.saved()


def begin(line: Any) -> None:
    """On a page of its own, without an empty line before it."""
    line.paragraph_format.page_break_before = True


def cover(sheet: Sheet, edition: Edition) -> None:
    for _ in range(5):
        sheet.line()
    title = sheet.line(plain(edition.title), font=SONG_TITLE, size=Pt(30), align=ALIGN.CENTER)
    title.paragraph_format.line_spacing = Pt(48)
    sheet.line(f"（第{chinese(edition.number)}版）", font=KAI, align=ALIGN.CENTER, before=NO3)
    for _ in range(9):
        sheet.line()
    sheet.line(plain(edition.issuer), font=SONG_TITLE, size=NO2, align=ALIGN.CENTER)
    sheet.line(f"{edition.day.year}年{edition.day.month}月", align=ALIGN.CENTER, before=NO3)


def contents(sheet: Sheet, parts: list[tuple[str, str]]) -> None:
    head = sheet.line("目　录", font=SONG_TITLE, size=NO2, align=ALIGN.CENTER)
    begin(head)
    sheet.line()
    for mark, text in parts:
        line = sheet.line(text)
        line.paragraph_format.tab_stops.add_tab_stop(WIDTH, 2, 1)
        sheet.run(line, "\t", font=SONG)
        page_of(sheet, line, mark)
    settings = sheet.doc.settings.element
    update = OxmlElement("w:updateFields")
    update.set(qn("w:val"), "true")
    settings.append(update)


def page_of(sheet: Sheet, line: Any, mark: str) -> None:
    for step in ("begin", f" PAGEREF {mark} \\h ", "separate", "…", "end"):
        run = sheet.run(line, step if step == "…" else "", font=SONG)
        if step.startswith(" "):
            run._r.append(parse_xml(f'<w:instrText {nsdecls("w")} xml:space="preserve">{step}</w:instrText>'))  # fmt: skip
        elif step != "…":
            run._r.append(parse_xml(f'<w:fldChar {nsdecls("w")} w:fldCharType="{step}"/>'))


def bookmark(line: Any, mark: str, number: int) -> None:
    start, end = (OxmlElement(f"w:bookmark{edge}") for edge in ("Start", "End"))
    for edge in (start, end):
        edge.set(qn("w:id"), str(number))
    start.set(qn("w:name"), mark)
    line._p.insert_element_before(start, "w:r")
    line._p.append(end)


def opened(sheet: Sheet, mark: str, text: str) -> None:
    """A part begins on its own page."""
    line = sheet.line(text, font=HEI, size=NO2, align=ALIGN.CENTER, keep=True)
    begin(line)
    bookmark(line, mark, sum(map(ord, mark)))
    sheet.line(keep=True)


def part(sheet: Sheet, mark: str, head: str, standard: Standard) -> None:
    opened(sheet, mark, plain(head))
    day = standard.start
    sheet.body(f"依据：{plain(standard.basis) or '见各指标'}。文号：{plain(standard.document)}。")
    sheet.body(f"自{day.year}年{day.month}月{day.day}日起执行，标准库第{standard.number}版。")
    for n, indicator in enumerate(standard.indicators.order_by("order", "pk"), start=1):
        indicator.standard = standard
        told(sheet, n, indicator)


def told(sheet: Sheet, n: int, indicator: Indicator) -> None:
    sheet.second(f"（{chinese(n)}）{plain(indicator.name)}")
    sheet.body(f"口径：{plain(indicator.formula)}。")
    if indicator.against:
        sheet.body(f"阈值：{indicator.against}，按{indicator.get_unit_display()}计算。")
    if indicator.applies:
        sheet.body(f"适用：{indicator.applies_words}。")
    if indicator.parts:
        sheet.body(f"分项：{plain('；'.join(indicator.parts))}。")
    if indicator.question:
        for question in asked(indicator):
            sheet.body(f"入户问：{plain(question.text)}")
    own = (indicator.basis or indicator.standard.basis, indicator.document)
    if own != (indicator.standard.basis, indicator.standard.document):
        sheet.body(f"依据：{plain(own[0]) or '—'}。文号：{plain(own[1])}。")


def income(sheet: Sheet, mark: str, head: str, lines: list[IncomeLine]) -> None:
    opened(sheet, mark, head)
    table = sheet.table([Mm(38), Mm(28), Mm(50), Mm(40)])
    sheet.cells(table, ["收入线", "元/人·年", "执行期间", "文号"], head=True, size=SMALL4)
    for line in lines:
        until = f"至{line.last_day:%Y-%m-%d}" if line.last_day else "起"
        sheet.cells(table, [str(line.get_kind_display()), str(line.yuan), f"{line.start:%Y-%m-%d}{until}", plain(line.document)],
                    size=SMALL4, centre=(1,))  # fmt: skip


def receipt(sheet: Sheet, edition: Edition) -> None:
    opened(sheet, "receipt", "手册签收页")
    sheet.body(
        f"今收到《{plain(edition.title)}》（第{chinese(edition.number)}版）一册，已阅知内容。"
    )
    sheet.body("一人一页，由本人签名；代签、按单位一并签收的不算签收。")
    sheet.line()
    table = sheet.table([Mm(30), Mm(48), Mm(30), Mm(48)])
    for left, right in (("姓　名", "工　号"), ("单　位", "职　务"), ("签　名", "日　期")):
        sheet.cells(table, [left, "", right, ""], centre=(0, 2), size=NO4, high=Mm(16))
