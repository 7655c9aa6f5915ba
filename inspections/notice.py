"""联合督查通知 as a Word file, in the office's layout."""

from __future__ import annotations

import re

from docx.enum.text import WD_ALIGN_PARAGRAPH as ALIGN
from docx.shared import Mm

from cadres.models import Area
from households.models import Term
from households.querysets import term
from inspections.actions.filings import said_days
from inspections.law import TOGETHER
from inspections.models import Joint
from inspections.registers import bodies_in
from rectification.papers.drawing import Sheet

UNPRINTABLE = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ufffe\uffff]")


def document(joint: Joint) -> bytes:
    def plain(text: str) -> str:
        return UNPRINTABLE.sub("", text)

    assert joint.announced_on is not None
    sheet = Sheet("")
    if joint.notice_no:
        sheet.line(plain(joint.notice_no), align=ALIGN.CENTER)
    name = joint.title if "督查" in joint.title else f"{joint.title}联合督查"
    sheet.title(plain(f"关于开展{name}的通知"))
    sheet.line("各有关乡镇，县直有关单位：", align=ALIGN.JUSTIFY)
    sheet.body(f"按照“{TOGETHER.sentence}”的要求，定于{said_days(joint.start, joint.end)}开展联合督查。现将有关事项通知如下。")  # fmt: skip
    sheet.head("一、督查内容")
    sheet.body(plain(joint.plan))
    sheet.head("二、参加单位")
    sheet.body(f"由{joint.get_lead_display()}牵头。")
    table = sheet.table([Mm(50), Mm(53), Mm(53)])
    sheet.cells(table, ["单位", "参加人员", "检查内容"], head=True)
    for label, members in bodies_in(joint):
        if members:
            sheet.cells(table, [label, plain("、".join(m.cadre.name for m in members)), "联合督查"])
    for filing in joint.filings.filter(status="JOINED").select_related("unit").order_by("pk"):
        sheet.cells(table, [plain(filing.unit.name), f"{filing.people} 人", plain(filing.subject)])
    sheet.head("三、督查范围")
    villages = Area.objects.filter(code__in=joint.slots.values("area")).select_related("parent").order_by("code")  # fmt: skip
    by_township: dict[str, list[str]] = {}
    for village in villages:
        by_township.setdefault(village.parent.name if village.parent else "", []).append(village.name)  # fmt: skip
    for name, names in by_township.items():
        sheet.body(f"{name}：{'、'.join(names)}。")
    sheet.head("四、工作要求")
    sheet.body("不陪同、不准备专门材料，不另要报表；系统里已有的数据不再向村里要。发现的问题两个工作日内移交整改清单。", last=True)  # fmt: skip
    day = joint.announced_on
    sheet.line(keep=True)
    sheet.line(plain(term(Term.Thing.ISSUER, day)), align=ALIGN.RIGHT, keep=True)
    sheet.line(f"{day.year}年{day.month}月{day.day}日", align=ALIGN.RIGHT)
    return sheet.saved()
