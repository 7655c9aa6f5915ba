"""The briefing as one sheet of paper, drawn like the office's other papers."""

from __future__ import annotations

from datetime import date

from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.shared import Mm, Pt

from cadres.templatetags.county import cn_day
from rectification.coordination.briefing import Briefing, Section
from rectification.coordination.weeks import week_name
from rectification.models import Coordination
from rectification.papers.drawing import FANG, HEI, SMALL4, SONG_TITLE, Sheet

SIZE, LINES = Pt(10.5), 5
WIDTHS = (Mm(22), Mm(66), Mm(40), Mm(28))


def sheet_of(area: str, monday: date, found: Briefing, held: Coordination | None) -> bytes:
    sheet = Sheet(above="" if found.frozen else "未确认，数字随时变化")

    def said(text: str, *, font: str = FANG) -> None:
        sheet.line(text, font=font, size=SMALL4, tight=True)

    sheet.line(f"{area}周调度简报", font=SONG_TITLE, size=Pt(18), align=ALIGN.CENTER, tight=True)
    sheet.line(f"{week_name(monday)}　数据截至{cn_day(found.until)}", size=SIZE, align=ALIGN.CENTER, tight=True)  # fmt: skip
    if held is not None:
        by = f"，受{held.giver.name}委托" if held.giver else ""
        said(f"召开：{cn_day(held.held_on)}{held.get_slot_display()}　主持：{held.chair.name}{by}　参加：{held.present.count()} 人")  # fmt: skip
        said(f"议题：{held.topics[:120]}")
    said("一、上次以来的变化", font=HEI)
    changed = "，".join(f"{s.name} {s.count} 件" for s in found.changed)
    said(f"{cn_day(found.since)}以来{changed}；入户面谈 {found.visits} 次、{found.homes} 户。")
    said(f"二、逾期未改 {found.late.count} 件", font=HEI)
    table(sheet, found.late)
    said(f"三、需要定的事 {sum(s.count for s in found.asks)} 件", font=HEI)
    for section in found.asks:
        if section.count:
            said(f"{section.name} {section.count} 件：")
            table(sheet, section, 3)
    if held is not None:
        answers = list(held.follow_ups.select_related("decision"))
        said(f"四、上次交办 {len(answers)} 件，本次交办 {held.decisions.count()} 件", font=HEI)
        for answer in answers[:LINES]:
            said(f"上次：{answer.decision.text[:34]}——{answer.get_status_display()}{'，' + answer.note[:20] if answer.note else ''}")  # fmt: skip
        for d in held.decisions.select_related("person").order_by("pk")[:LINES]:
            said(f"本次：{d.text[:34]}（{d.person.name}，{cn_day(d.deadline)}前）")
    return sheet.saved()


def table(sheet: Sheet, section: Section, most: int = LINES) -> None:
    if not section.count:
        return
    drawn = sheet.table(WIDTHS)
    sheet.cells(drawn, ["编号", "问题", "责任单位和责任人", "期限"], head=True, size=SIZE)
    for row in section.rows[:most]:
        sheet.cells(drawn, [row["number"], row["text"][:40], f"{row['unit']} {row['person']}", row["due"] or row["state"]], size=SIZE)  # fmt: skip
    if section.count > most:
        sheet.line(f"其余 {section.count - most} 件见系统。", size=SIZE, tight=True)
