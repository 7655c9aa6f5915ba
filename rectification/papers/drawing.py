"""The product's own templates, drawn by code in the layout of GB/T 9704-2012: A4, 天头 37 mm,
订口 28 mm, 版心 156 × 225 mm, 22 lines of 28 signs. The office restyles them in Word. A paper
keeps the template that it was made with: what changes here reaches no older one."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from docx import Document
from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.oxml import OxmlElement, parse_xml
from docx.oxml.ns import nsdecls, qn
from docx.shared import Length, Mm, Pt, RGBColor, Twips

from rectification.papers.filling import same_every_time

FANG, SONG_TITLE, HEI, KAI, SONG = "仿宋_GB2312", "方正小标宋简体", "黑体", "楷体_GB2312", "宋体"
# None of these is shipped: licensed. Where one is missing Word takes the next.
FALLBACK = {
    FANG: "仿宋,FangSong,STFangsong,方正仿宋_GBK",
    SONG_TITLE: "方正小标宋_GBK,FZXiaoBiaoSong-B05S,华文中宋,STZhongsong,宋体",
    HEI: "SimHei,STHeiti",
    KAI: "楷体,KaiTi,STKaiti,方正楷体_GBK",
    SONG: "SimSun,STSong",
}
NO2, NO3, NO4, SMALL4, NO5 = Pt(22), Pt(16), Pt(14), Pt(12), Pt(10.5)
WIDTH, HEIGHT = Mm(156), Mm(225)
LINE = Twips(579)  # 225 mm by 22
# 28 signs of 3号 are 448 pt and 156 mm are 442 pt: each stands 0.25 pt closer, which every
# program reads alike; Word's own grid of signs is laid out otherwise by LibreOffice.
CLOSER = -5  # twentieths of a point
RED = RGBColor(0xE6, 0x00, 0x12)


class Sheet:
    """A page of the standard, filled from top to bottom."""

    def __init__(self, above: str = "{% if 送审 %}送审稿　编号：{{ 编号 }}{% endif %}") -> None:
        """`above` stands over the text of each page: 送审稿 until it is issued."""
        self.doc = Document()
        self._page()
        self._styles()
        self._fonts()
        self._properties()
        self._header_and_footer(above)

    # the frame
    def _page(self) -> None:
        section = self.doc.sections[0]
        section.page_width, section.page_height = Mm(210), Mm(297)
        section.top_margin, section.left_margin = Mm(37), Mm(28)
        section.right_margin = Length(Mm(210) - Mm(28) - WIDTH)
        section.bottom_margin = Length(Mm(297) - Mm(37) - HEIGHT)
        section.header_distance, section.footer_distance = Mm(22), Mm(23)
        grid = section._sectPr.find(qn("w:docGrid"))
        if grid is None:
            grid = OxmlElement("w:docGrid")
            section._sectPr.append(grid)
        for key, value in (("type", "lines"), ("linePitch", str(LINE.twips))):
            grid.set(qn(f"w:{key}"), value)

    def _styles(self) -> None:
        normal = self.doc.styles["Normal"]
        normal.font.size = NO3
        signs = normal.element.get_or_add_rPr()
        face(signs, FANG)
        closer = OxmlElement("w:spacing")
        closer.set(qn("w:val"), str(CLOSER))
        signs.insert_element_before(
            closer, "w:w", "w:kern", "w:position", "w:sz", "w:szCs", "w:lang"
        )
        defaults = self.doc.styles.element.find(qn("w:docDefaults"))
        if defaults is not None:
            self.doc.styles.element.remove(defaults)
        form = normal.paragraph_format
        form.line_spacing, form.space_before, form.space_after = LINE, Pt(0), Pt(0)
        form.widow_control = True

    def _fonts(self) -> None:
        fonts = "".join(f'<w:font w:name="{n}"><w:altName w:val="{alt}"/><w:charset w:val="86"/></w:font>' for n, alt in FALLBACK.items())  # fmt: skip
        xml = f'<?xml version="1.0" encoding="UTF-8" standalone="yes"?><w:fonts {nsdecls("w")}>{fonts}</w:fonts>'
        table: Any = self.doc.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
        table._blob = xml.encode()

    def _properties(self) -> None:
        told = self.doc.core_properties
        told.author = told.last_modified_by = told.title = told.comments = told.keywords = ""
        told.created = told.modified = datetime(2000, 1, 1)
        package = self.doc.part.package
        for key, rel in list(package.rels.items()):
            if rel.reltype.endswith("/thumbnail"):
                del package.rels[key]

    def _header_and_footer(self, above: str) -> None:
        """— 1 — below the text, on its outer side."""
        self.doc.settings.odd_and_even_pages_header_footer = True
        section = self.doc.sections[0]
        for header in (section.header, section.even_page_header):
            header.is_linked_to_previous = False
            self.line(above, font=HEI, size=NO4, into=header.paragraphs[0])
        for footer, right in ((section.footer, True), (section.even_page_footer, False)):
            footer.is_linked_to_previous = False
            line = footer.paragraphs[0]
            line.alignment = ALIGN.RIGHT if right else ALIGN.LEFT
            edge = line.paragraph_format
            edge.right_indent, edge.left_indent = (NO4, None) if right else (None, NO4)
            self.run(line, "— ", font=SONG, size=NO4)
            for step in ("begin", "PAGE", "end"):
                run = self.run(line, "", font=SONG, size=NO4)
                run._r.append(parse_xml(
                    f'<w:instrText {nsdecls("w")} xml:space="preserve"> PAGE </w:instrText>' if step == "PAGE"
                    else f'<w:fldChar {nsdecls("w")} w:fldCharType="{step}"/>'
                ))  # fmt: skip
            self.run(line, " —", font=SONG, size=NO4)

    # what stands on it
    def run(self, line: Any, text: str, *, font: str = FANG, size: Length = NO3, red: bool = False) -> Any:  # fmt: skip
        run = line.add_run(text)
        run.font.size = size
        face(run._r.get_or_add_rPr(), font)
        if red:
            run.font.color.rgb = RED
        return run

    def line(
        self, text: str = "", *, font: str = FANG, size: Length = NO3, align: Any = None, indent: int = 0,
        red: bool = False, into: Any = None, keep: bool = False, before: Length | None = None, tight: bool = False,
    ) -> Any:  # fmt: skip
        line = into if into is not None else self.doc.add_paragraph()
        self.run(line, text, font=font, size=size, red=red)
        line.alignment = align
        form = line.paragraph_format
        if indent:
            ind = line._p.get_or_add_pPr().get_or_add_ind()
            ind.set(qn("w:firstLineChars"), str(indent * 100))
            ind.set(qn("w:firstLine"), str(int(size.pt * 20 * indent)))
        if keep:
            form.keep_with_next = True
        if before is not None:
            form.space_before = before
        if tight:
            form.line_spacing = Pt(size.pt * 1.35)
            free = OxmlElement("w:snapToGrid")
            free.set(qn("w:val"), "0")
            line._p.get_or_add_pPr().insert_element_before(
                free, "w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:rPr"
            )
        return line

    def tag(self, text: str) -> None:
        """A paragraph that is a condition or a loop and leaves no trace."""
        self.line("{%p " + text + " %}")

    def body(self, text: str, *, last: bool = False) -> None:
        """The last one goes with the signature: no page bears that alone."""
        self.line(text, indent=2, align=ALIGN.JUSTIFY, keep=last)

    def head(self, text: str) -> None:
        """一、 in 黑体, never alone at the foot of a page."""
        self.line(text, font=HEI, indent=2, keep=True)

    def second(self, text: str) -> None:
        """（一） in 楷体."""
        self.line(text, font=KAI, indent=2, keep=True)

    def red_head(self) -> None:
        """发文机关标志, 发文字号, 签发人 and the red line: only on what was issued."""
        self.tag("if not 送审")
        self.line("{{ 发文机关 }}文件", font=SONG_TITLE, size=Pt(26), align=ALIGN.CENTER, red=True, keep=True,
                  before=Mm(8)).paragraph_format.line_spacing = Pt(40)  # fmt: skip
        line = self.line("{{ 文号 }}", keep=True, before=LINE, into=self.doc.add_paragraph())
        line.paragraph_format.left_indent = NO3
        line.paragraph_format.tab_stops.add_tab_stop(WIDTH - NO3, 2)
        self.run(line, "\t签发人：")
        self.run(line, "{{ 签发人 }}", font=KAI)
        border(
            self.line(keep=True, size=NO5, tight=True), "bottom", color="E60012", size=18, space=0
        )
        self.line(keep=True)
        self.tag("endif")

    def title(self, text: str = "{{ 标题 }}") -> None:
        """2号 小标宋, with what follows it on the same page."""
        line = self.line(text, font=SONG_TITLE, size=NO2, align=ALIGN.CENTER, keep=True)
        line.paragraph_format.line_spacing = Pt(36)
        self.line(keep=True)

    def to(self) -> None:
        self.line("{{ 主送 }}：", align=ALIGN.JUSTIFY)

    def sign(self, who: str = "发文机关") -> None:
        """署名 over the date, the date four signs from the edge; 附注 below."""
        name = self.line(f"{{{{ {who} }}}}", align=ALIGN.CENTER, keep=True, before=LINE)
        name.paragraph_format.left_indent = WIDTH - Pt(2 * (64 + 56))
        day = self.line("{{ 成文日期 }}", align=ALIGN.RIGHT, keep=True)
        ind = day._p.get_or_add_pPr().get_or_add_ind()
        ind.set(qn("w:rightChars"), "400")
        ind.set(qn("w:right"), "1280")
        self.line("（联系人：{{ 联系人 }}）", indent=2)

    def imprint(self) -> None:
        """版记: 抄送 and 印发 between their lines, in 4号."""
        self.line(size=NO5, tight=True)
        table = self.table([WIDTH], bare=True)
        self.tag_row(table, "if 抄送")
        copies = self.cells(table, ["　抄送：{{ 抄送 }}。"])
        copies.cells[0].paragraphs[0].paragraph_format.keep_with_next = True
        self.tag_row(table, "endif")
        foot = ('<w:tblpPr {} w:leftFromText="0" w:rightFromText="0" w:vertAnchor="margin" w:horzAnchor="margin" '
                'w:tblpXSpec="center" w:tblpYSpec="bottom"/>')  # fmt: skip
        table._tbl.tblPr.find(qn("w:tblW")).addprevious(parse_xml(foot.format(nsdecls("w"))))
        row = self.cells(table, ["　{{ 发文机关 }}\t{{ 印发日期 }}印发　"])
        row.cells[0].paragraphs[0].paragraph_format.tab_stops.add_tab_stop(WIDTH - Mm(2), 2)
        lines = ('<w:tblBorders {}><w:top w:val="single" w:sz="8" w:space="0" w:color="000000"/><w:bottom w:val="single" w:sz="8" '
                 'w:space="0" w:color="000000"/><w:insideH w:val="single" w:sz="6" w:space="0" w:color="000000"/></w:tblBorders>')  # fmt: skip
        table._tbl.tblPr.append(parse_xml(lines.format(nsdecls("w"))))
        self.line(size=Pt(1), tight=True)  # a table at the very end must be followed by something

    # tables, inside the 156 mm
    def table(self, widths: Sequence[Length], *, bare: bool = False) -> Any:
        table = self.doc.add_table(0, len(widths))
        if not bare:
            table.style = "Table Grid"
        table.autofit = False
        table.alignment = 1
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        table._widths = list(widths)
        margin = '<w:tblCellMar {}><w:top w:w="45" w:type="dxa"/><w:left w:w="80" w:type="dxa"/><w:bottom w:w="45" w:type="dxa"/><w:right w:w="80" w:type="dxa"/></w:tblCellMar>'  # fmt: skip
        table._tbl.tblPr.append(parse_xml(margin.format(nsdecls("w"))))
        total = table._tbl.tblPr.find(qn("w:tblW"))
        total.set(qn("w:type"), "dxa")
        total.set(qn("w:w"), str(sum(w.twips for w in widths)))
        return table

    def cells(
        self, table: Any, texts: Sequence[str], *, font: str = FANG, size: Length = NO4, centre: Sequence[int] = (),
        head: bool = False, high: Length | None = None, whole: bool = True,
    ) -> Any:  # fmt: skip
        row = table.add_row()
        pr = row._tr.get_or_add_trPr()
        if whole:  # a row that is torn is hard to read; a very long one must be
            pr.append(OxmlElement("w:cantSplit"))
        if head:
            pr.append(OxmlElement("w:tblHeader"))
        if high is not None:
            row.height = high
        for n, (cell, text) in enumerate(zip(row.cells, texts, strict=False)):
            cell.width = table._widths[n]
            cell.vertical_alignment = 1
            line = cell.paragraphs[0]
            self.line(text, font=HEI if head else font, size=size, into=line, tight=True, align=ALIGN.CENTER if head or n in centre else None)  # fmt: skip
        return row

    def tag_row(self, table: Any, text: str) -> None:
        self.cells(table, ["{%tr " + text + " %}", *[""] * (len(table.columns) - 1)])

    def rows(self, of: str, heads: dict[str, tuple[Length, str]], *, size: Length = SMALL4, centre: Sequence[int] = ()) -> Any:  # fmt: skip
        """A table with its heads on each page and one row for each of `of`."""
        table = self.table([width for width, _ in heads.values()])
        self.cells(table, list(heads), head=True, size=size)
        self.tag_row(table, f"for 行 in {of}")
        self.cells(table, [text for _, text in heads.values()], size=size, centre=centre)
        self.tag_row(table, "endfor")
        return table

    def saved(self) -> bytes:
        made = io.BytesIO()
        self.doc.save(made)
        return same_every_time(made.getvalue())


def face(properties: Any, font: str) -> None:
    fonts = properties.get_or_add_rFonts()
    for key in list(fonts.attrib):
        del fonts.attrib[key]
    for part in ("ascii", "hAnsi", "eastAsia", "cs"):
        fonts.set(qn(f"w:{part}"), font)
    fonts.set(qn("w:hint"), "eastAsia")


def border(line: Any, side: str, *, color: str, size: int, space: int, style: str = "single") -> None:  # fmt: skip
    box = OxmlElement("w:pBdr")
    edge = OxmlElement(f"w:{side}")
    for key, value in (("val", style), ("sz", str(size)), ("space", str(space)), ("color", color)):
        edge.set(qn(f"w:{key}"), value)
    box.append(edge)
    line._p.get_or_add_pPr().insert_element_before(
        box, "w:shd", "w:tabs", "w:suppressAutoHyphens", "w:spacing", "w:ind", "w:jc", "w:rPr"
    )


def slip(sheet: Sheet, name: str, rows: Sequence[str]) -> None:
    """签收联, 回执: to cut off and send back."""
    cut = sheet.line(before=LINE, keep=True)
    border(cut, "bottom", color="000000", size=6, space=1, style="dashed")
    sheet.line(name + "（{{ 编号 }}）", font=HEI, align=ALIGN.CENTER, keep=True, before=Pt(6))
    table = sheet.table([Mm(38), Mm(40), Mm(38), Mm(40)])
    for first, second in zip(rows[::2], rows[1::2], strict=True):
        sheet.cells(table, [first, "", second, ""], centre=(0, 2), size=SMALL4, high=Mm(11))
    keep_together(table)


def keep_together(table: Any) -> None:
    for row in table.rows[:-1]:
        for cell in row.cells:
            for line in cell.paragraphs:
                line.paragraph_format.keep_with_next = True


def dispatch(sheet: Sheet) -> None:
    sheet.red_head()
    sheet.title()
    sheet.to()
    sheet.body("现将下列{{ 件数 }}件问题交由你单位整改，请按要求办理，逐件销号。")
    sheet.head("一、交办的问题")
    sheet.tag("for 事 in 事项")
    sheet.second("（{{ 事.序号汉字 }}）{{ 事.编号 }}（{{ 事.类别 }}，{{ 事.等级 }}）")
    sheet.body("问题原文：{{ 事.原文 }}")
    sheet.body(
        "问题来源：{{ 事.来源 }}{% if 事.批次 %}（{{ 事.批次 }}）{% endif %}；地点：{{ 事.乡镇 }}{{ 事.村 }}。"
    )
    sheet.body("责任单位：{{ 事.责任单位 }}；责任人：{{ 事.责任人 }}；牵头单位：{{ 事.牵头单位 }}{% if 事.配合单位 %}；配合单位：{{ 事.配合单位 }}{% endif %}。")  # fmt: skip
    sheet.body("整改时限：{{ 事.期限 }}前。")
    sheet.tag("endfor")
    sheet.head("二、整改要求")
    sheet.body("{{ 要求 }}")
    sheet.head("三、反馈方式")
    sheet.body("{{ 反馈 }}", last=True)
    sheet.sign()
    slip(sheet, "签收联", ["签收单位（盖章）", "签收人", "签收时间", "联系电话"])
    sheet.imprint()


def urge(sheet: Sheet) -> None:
    sheet.red_head()
    sheet.title()
    sheet.to()
    sheet.body("{{ 事由 }}")
    sheet.head("一、逾期事项")
    sheet.rows("事项", {
        "问题编号": (Mm(19), "{{ 行.编号 }}"), "问题（原文）": (Mm(37), "{{ 行.原文 }}"),
        "责任单位": (Mm(24), "{{ 行.责任单位 }}\n{{ 行.责任人 }}"), "原交办号": (Mm(28), "{{ 行.交办单 }}"),
        "整改期限": (Mm(30), "{{ 行.期限 }}"), "逾期天数": (Mm(18), "{{ 行.逾期天数 }}"),
    }, size=NO5, centre=(0, 3, 4, 5))  # fmt: skip
    sheet.line("逾期天数按工作日计算，检查单位占用的天数不计入。", size=SMALL4, before=Pt(4))
    sheet.head("二、督办要求")
    sheet.body("{{ 要求 }}")
    sheet.body("请于{{ 办结 }}前办结，并报送整改情况。")
    sheet.head("三、再不落实的处理")
    sheet.body("{{ 后果 }}", last=True)
    sheet.sign()
    slip(sheet, "回执", ["收件单位（盖章）", "收件人", "收件时间", "预计办结时间"])
    sheet.imprint()


def bulletin(sheet: Sheet) -> None:
    sheet.red_head()
    sheet.title()
    sheet.to()
    sheet.body("{{ 情况 }}")
    sheet.head("一、总体情况")
    sheet.body("截至{{ 截止 }}，通报范围内共{{ 合计.件数 }}件，已销号{{ 合计.已销号 }}件，检查中{{ 合计.检查中 }}件，整改中未到期{{ 合计.未到期 }}件，逾期{{ 合计.逾期 }}件。各单位情况见下表，逐件情况见附件。")  # fmt: skip
    sheet.line(
        "各单位整改情况（件）", font=HEI, size=NO4, align=ALIGN.CENTER, keep=True, before=Pt(6)
    )
    table = sheet.rows("单位", {
        "责任单位": (Mm(58), "{{ 行.单位 }}"), "共": (Mm(16), "{{ 行.件数 }}"), "已销号": (Mm(20), "{{ 行.已销号 }}"),
        "检查中": (Mm(20), "{{ 行.检查中 }}"), "未到期": (Mm(20), "{{ 行.未到期 }}"), "逾期": (Mm(22), "{{ 行.逾期 }}"),
    }, centre=(1, 2, 3, 4, 5))  # fmt: skip
    sheet.cells(table, ["合计", "{{ 合计.件数 }}", "{{ 合计.已销号 }}", "{{ 合计.检查中 }}", "{{ 合计.未到期 }}", "{{ 合计.逾期 }}"],
                size=SMALL4, centre=(1, 2, 3, 4, 5))  # fmt: skip
    sheet.tag("if 点名")
    sheet.head("二、逾期未销号的单位")
    sheet.body("{{ 点名 }}。")
    sheet.head("三、下一步要求")
    sheet.tag("else")
    sheet.head("二、下一步要求")
    sheet.tag("endif")
    sheet.body("{{ 要求 }}")
    sheet.line("附件：通报事项清单（{{ 件数 }}件）", indent=2, before=LINE, keep=True)
    sheet.sign()
    sheet.line("附件", font=HEI).paragraph_format.page_break_before = True
    sheet.line("通报事项清单", font=SONG_TITLE, size=NO2, align=ALIGN.CENTER, keep=True).paragraph_format.line_spacing = Pt(36)  # fmt: skip
    sheet.rows("事项", {
        "问题编号": (Mm(19), "{{ 行.编号 }}"), "问题（原文）": (Mm(53), "{{ 行.原文 }}"), "责任单位": (Mm(25), "{{ 行.责任单位 }}"),
        "整改期限": (Mm(33), "{{ 行.期限 }}"), "进展": (Mm(26), "{{ 行.进展 }}{% if 行.逾期天数 %}\n逾期{{ 行.逾期天数 }}个工作日{% endif %}"),
    }, size=NO5, centre=(0, 3))  # fmt: skip
    sheet.imprint()


def report(sheet: Sheet) -> None:
    sheet.title()
    sheet.to()
    sheet.body("{{ 情况 }}")
    sheet.head("一、逐件整改情况")
    sheet.tag("for 事 in 事项")
    sheet.second("（{{ 事.序号汉字 }}）{{ 事.编号 }}（{{ 事.进展 }}）")
    sheet.body("问题原文：{{ 事.原文 }}")
    sheet.body("整改措施：{{ 事.措施 }}{% if 事.目标 %}（目标：{{ 事.目标 }}）{% endif %}")
    sheet.tag("for 记 in 事.进展记录")
    sheet.body("{{ 记.日期 }}：{{ 记.内容 }}")
    sheet.tag("endfor")
    sheet.body(
        "佐证材料：{% for 证 in 事.佐证 %}{{ 证.说明 }}{% if not loop.last %}、{% endif %}{% else %}尚未上传{% endfor %}。"
    )
    sheet.body("责任人：{{ 事.责任人 }}；整改期限：{{ 事.期限 }}{% if 事.申请日期 %}；申请销号：{{ 事.申请日期 }}{% endif %}{% if 事.销号日期 %}；销号：{{ 事.销号日期 }}{% endif %}。")  # fmt: skip
    sheet.tag("endfor")
    sheet.head("二、下一步打算")
    sheet.body("{{ 打算 }}", last=True)
    sheet.sign("报告单位")


def form_head(sheet: Sheet) -> None:
    sheet.title()
    line = sheet.line("编号：{{ 编号 }}", size=NO4, keep=True)
    line.paragraph_format.tab_stops.add_tab_stop(WIDTH, 2)
    sheet.run(line, "\t{% if 文号 %}{{ 文号 }}{% else %}{{ 成文日期 }}{% endif %}", size=NO4)


def item_facts(sheet: Sheet, table: Any, pairs: Sequence[tuple[str, str]]) -> None:
    """Label and value, twice in a row."""
    for (a, x), (b, y) in zip(pairs[::2], pairs[1::2], strict=True):
        sheet.cells(table, [a, x, b, y], centre=(0, 2), size=SMALL4, high=Mm(8))


def across(sheet: Sheet, table: Any, label: str, text: str, *, high: Length | None = None, whole: bool = True) -> Any:  # fmt: skip
    row = sheet.cells(table, [label, text], centre=(0,), size=SMALL4, high=high or Mm(9), whole=whole)  # fmt: skip
    row.cells[1].merge(row.cells[3])
    for cell in row.cells[1:2]:
        for empty in cell.paragraphs[1:]:
            empty._p.getparent().remove(empty._p)
    return row


def loop_row(sheet: Sheet, table: Any, label: str, of: str, text: str) -> None:
    sheet.tag_row(table, f"for 行 in {of}")
    across(sheet, table, label, text)
    sheet.tag_row(table, "endfor")


FORM = [Mm(26), Mm(52), Mm(26), Mm(52)]
BASIC = (("问题编号", "{{ 事.编号 }}"), ("问题来源", "{{ 事.来源 }}{% if 事.批次 %}（{{ 事.批次 }}）{% endif %}"),
         ("类别", "{{ 事.类别 }}"), ("等级", "{{ 事.等级 }}"),
         ("地点", "{{ 事.乡镇 }}{{ 事.村 }}"), ("交办单", "{{ 事.交办单 }}"),
         ("责任单位", "{{ 事.责任单位 }}"), ("责任人", "{{ 事.责任人 }}"))  # fmt: skip


def closing(sheet: Sheet) -> None:
    form_head(sheet)
    table = sheet.table(FORM)
    item_facts(sheet, table, [*BASIC, ("整改期限", "{{ 事.期限 }}"), ("申请销号", "{{ 事.申请日期 }}（第{{ 事.轮次 }}次）")])  # fmt: skip
    across(sheet, table, "问题原文", "{{ 事.原文 }}", whole=False)
    across(
        sheet,
        table,
        "整改措施\n和目标",
        "{{ 事.措施 }}{% if 事.目标 %}\n目标：{{ 事.目标 }}{% endif %}",
        whole=False,
    )
    loop_row(sheet, table, "进展", "事.进展记录", "{{ 行.日期 }}　{{ 行.内容 }}")
    loop_row(sheet, table, "佐证材料", "事.佐证", "{{ 行.说明 }}（{{ 行.人 }}，{{ 行.日期 }}）")
    loop_row(sheet, table, "农户答复", "事.农户", "{{ 行.农户 }}：{{ 行.答复 }}{% if 行.说 %}，“{{ 行.说 }}”{% endif %}（{{ 行.人 }}，{{ 行.日期 }}）")  # fmt: skip
    loop_row(sheet, table, "检查意见", "事.检查", "{{ 行.环节 }}：{{ 行.结果 }}。{{ 行.意见 }}\n{{ 行.单位 }}　{{ 行.人 }}{{ 行.授权 }}　{{ 行.日期 }}")  # fmt: skip
    # On the shorter roads 指挥部 decided nothing, and no sheet says in its name that it did.
    said = "{% if 事.批准日期 %}同意销号。{% else %}{{ 事.销号说明 }}{% endif %}"
    when = "{% if 事.批准日期 %}{{ 事.批准日期 }}{% else %}　　年　　月　　日{% endif %}"
    across(sheet, table, "指挥部\n销号意见", f"{said}\n\n　　　　　　签发人：{{{{ 签发人 }}}}　　（盖章）\n　　　　　　{when}", high=Mm(34))  # fmt: skip


def look_back(sheet: Sheet) -> None:
    form_head(sheet)
    table = sheet.table(FORM)
    item_facts(
        sheet, table, [*BASIC, ("销号日期", "{{ 事.销号日期 }}"), ("反弹次数", "{{ 事.反弹次数 }}")]
    )
    across(sheet, table, "问题原文", "{{ 事.原文 }}", whole=False)
    across(sheet, table, "整改措施", "{{ 事.措施 }}", whole=False)
    loop_row(sheet, table, "农户", "事.农户", "{{ 行.农户 }}（销号前答复：{{ 行.答复 }}）")
    loop_row(
        sheet,
        table,
        "回头看",
        "事.回头看",
        "{{ 行.日期 }}　{{ 行.人 }}　{{ 行.结论 }}\n{{ 行.情况 }}",
    )
    across(sheet, table, "本次\n现场情况", "", high=Mm(38))
    across(sheet, table, "结论", "□ 没有反弹，巩固　　□ 已经反弹，重新挂号")
    across(sheet, table, "签名", "回头看人员：　　　　　　　　　　现场人员：\n\n　　　　　　　　　　　　　　　　年　　月　　日", high=Mm(24))  # fmt: skip
    sheet.line("回头看由没有参与本件整改和检查的人员办理。", size=SMALL4, before=Pt(4))


DRAWN: dict[str, Callable[[Sheet], None]] = {
    "DISPATCH": dispatch, "URGE": urge, "BULLETIN": bulletin, "REPORT": report,
    "CLOSING": closing, "LOOKBACK": look_back,
}  # fmt: skip


@cache
def standard(kind: str) -> bytes:
    """The template of a kind: drawn when it is first asked for, the same bytes each time."""
    sheet = Sheet()
    DRAWN[kind](sheet)
    return sheet.saved()
