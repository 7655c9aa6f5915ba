"""整改清单 by workbook: the list of an evaluation or inspection becomes items."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q

from cadres.categories import CATEGORIES
from cadres.imports.cells import (
    Column,
    WrongCell,
    day,
    identifier,
    one_of,
    several,
    text,
    words,
)
from cadres.imports.listing import Done, ListImporter
from cadres.imports.places import Places
from cadres.imports.sheet import Sheet
from cadres.models import Cadre, ImportRun, Unit
from households.models import Household
from households.querysets import households_visible_to
from rectification.actions.batches import FileRow, open_batch
from rectification.actions.registering import Finding, register
from rectification.forms import BatchForm
from rectification.models import Item
from rectification.workflow import FILM, GRADES, SOURCES
from yuexi.core import crypto

CODES = {name: code for code, name in SOURCES.items()}
LONG_NUMBER = re.compile(r"[0-9]{15,}[0-9Xx]?")


class ItemImporter(ListImporter):
    code = "ITEMS"
    name = "整改清单"
    right = "item.create"
    about = "评估、督查、审计等发来的问题清单，一行一个问题。责任人、期限留空时，取所在乡镇的专干和等级的期限。"
    done_path = "/batches/"
    form = BatchForm
    keeps_refused = True
    columns = (
        Column("clip", ("片中时间", "时间点"), words(20), False, "专访片、暗访片里的时间，例如 03:25"),
        Column("text", ("问题", "问题原文", "问题描述", "存在问题"), words(500, needed=True), True,
               "照来文原话，登记后不能修改"),
        Column("category", ("类别", "问题类别"), one_of({c: c for c in CATEGORIES}), True, "、".join(CATEGORIES)),
        Column("source", ("问题来源", "来源"), one_of({n: c for c, n in SOURCES.items()}), True, "、".join(SOURCES.values())),
        Column("lineage", ("批次或出处", "批次", "文号"), words(80), False, "例如：2026年第三方评估第一批"),
        Column("township", ("乡镇", "乡(镇)"), text, True),
        Column("village", ("行政村", "村"), text),
        Column("households", ("户编号",), several, False, "涉及几户，用顿号隔开"),
        Column("unit", ("责任单位",), words(60)),
        Column("person", ("责任人工号",), identifier),
        Column("lead_unit", ("牵头单位",), words(60), False, "留空按类别取主管部门"),
        Column("co_units", ("配合单位",), several),
        Column("grade", ("等级", "整改等级"), one_of({"": "LIMITED", **{n: c for c, (n, _) in GRADES.items()}}), False,
               "立行立改、限期整改（留空即是）、长期坚持"),
        Column("deadline", ("整改期限", "整改时限"), day),
        Column("found_on", ("发现时间", "发现日期"), day),
        Column("found_by", ("发现人或组", "发现人", "发现组"), words(60)),
    )  # fmt: skip

    def write(self, values: dict[str, Any], places: Places, *, by: Cadre, at: datetime) -> str:
        if not values["township"]:
            raise WrongCell("乡镇：不能为空")
        if values["source"] == FILM and not values.get("clip"):
            raise WrongCell("片中时间：专访片、暗访片的问题要写片中时间，例如 03:25")
        area = places.find(values.pop("township"), values.pop("village", ""))
        finding = Finding(
            text=values["text"], category=values["category"], source=values["source"], area=area,
            lineage=values.get("lineage", ""), grade=values.get("grade", "LIMITED"),
            deadline=values.get("deadline"), households=self._households(values, by),
            unit=self._unit("责任单位", values.get("unit", ""), by, area.code),
            person=self._person(values.get("person", ""), area.code),
            lead_unit=self._unit("牵头单位", values.get("lead_unit", ""), by, area.code),
            co_units=[u for n in values.get("co_units", []) if (u := self._unit("配合单位", n, by, area.code))],
            source_kind="excel", source_id=row_number(values, area.code),
            found_on=values.get("found_on"), found_by=values.get("found_by", ""),
        )  # fmt: skip
        values["source_id"] = finding.source_id
        if Item.objects.filter(source_kind="excel", source_id=finding.source_id).exists():
            return "UNCHANGED"
        register(finding=finding, by=by, at=at)
        return "CREATED"

    def applied(self, run: ImportRun, sheet: Sheet, done: Done, reasons: dict[int, list[str]], at: datetime) -> None:  # fmt: skip
        open_batch(run=run, rows=list(rows_of(sheet, done, reasons)), at=at)

    def _households(self, values: dict[str, Any], by: Cadre) -> list[Household]:
        numbers = [crypto.normal(n) for n in values.get("households", [])]
        found = {
            h.national_no: h for h in households_visible_to(by).filter(national_no__in=numbers)
        }
        missing = [n for n in numbers if n not in found]
        if missing:
            raise WrongCell(f"户编号：找不到 {missing[0]}，或不在您的管辖范围")
        return [found[n] for n in dict.fromkeys(numbers)]

    def _unit(self, header: str, name: str, by: Cadre, area_code: str) -> Unit | None:
        """A county department, or a unit of the item's own township."""
        if not name:
            return None
        units = [
            u
            for u in Unit.objects.filter(name=name).select_related("area")
            if u.kind == Unit.Kind.COUNTY or u.area.code[:9] == area_code[:9]
        ]
        if len(units) != 1:
            raise WrongCell(f"{header}：找不到“{name}”；可填县直单位或该乡镇的单位全称")
        return units[0]

    def _person(self, work_no: str, area_code: str) -> Cadre | None:
        if not work_no:
            return None
        here = Q(unit__area__code__startswith=area_code[:9]) | Q(unit__kind=Unit.Kind.COUNTY)
        person = Cadre.objects.filter(here, work_no=work_no, is_active=True).first()
        if person is None:
            raise WrongCell("责任人工号：找不到这个工号，请核对")
        return person


def rows_of(sheet: Sheet, done: Done, reasons: dict[int, list[str]]) -> Iterator[FileRow]:
    """The rows of the file for its batch. What was refused may hold an identity number, so long
    numbers are left out here; the file itself rests sealed."""
    at = {column.field: i for i, column in sheet.columns.items()}
    for number, row in sheet:
        said = {f: text(row[i]) if i < len(row) else "" for f, i in at.items()}
        values = done.get(number, {})
        yield FileRow(
            number=number, text=(LONG_NUMBER.sub("（数字）", said.get("text", "")) or "（没有写问题）")[:500],
            clip=LONG_NUMBER.sub("（数字）", said.get("clip", ""))[:20], source=values.get("source") or CODES.get(said.get("source", ""), ""),
            source_id=values.get("source_id"), why="；".join(reasons.get(number, []))[:300],
        )  # fmt: skip


def row_number(values: dict[str, Any], area_code: str) -> int:
    """The same wording from the same batch at the same place is one problem: its number keeps
    a second upload of the file from opening it again (63 bits, UNIQUE with the source)."""
    parts = (
        values["source"],
        values.get("lineage", ""),
        area_code,
        *values.get("households", []),
        values["text"],
    )
    return int.from_bytes(hashlib.sha256("\x1f".join(parts).encode()).digest()[:8], "big") >> 1
