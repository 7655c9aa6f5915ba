"""整改清单 by workbook: the list of an evaluation or inspection becomes items."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from django.db.models import Q

from cadres.categories import CATEGORIES
from cadres.imports.answer import NUMBER
from cadres.imports.cells import (
    Column,
    WrongCell,
    day,
    identifier,
    one_of,
    several,
    text,
    whole,
    words,
)
from cadres.imports.listing import Done, ListImporter
from cadres.imports.places import Places
from cadres.imports.sheet import Sheet
from cadres.models import Cadre, ImportRun, Unit
from households.models import Household
from households.querysets import households_visible_to
from rectification.actions.batches import FileRow, go_on, open_batch, rows_to_go_on
from rectification.actions.registering import Finding, register
from rectification.forms import ANEW, BatchForm
from rectification.models import Batch, Item
from rectification.querysets import batches_to_go_on, batches_visible_to
from rectification.workflow import FILM, GRADES, SOURCES
from yuexi.core import crypto
from yuexi.core.refusals import BadInput

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
        Column("origin", (NUMBER,), whole(1, 99_999), ours=True),
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

    def fits(self, content: bytes, details: dict[str, Any], by: Cadre) -> None:
        """Rows that were refused and corrected go on with their batch, unless somebody says that
        they are another one."""
        if details.get("batch"):
            return
        sheet = Sheet(content, self.columns)
        numbers = set(origins(sheet))
        for batch in batches_to_go_on(by)[:50] if numbers else ():
            fates = dict(batch.rows.values_list("number", "fate"))
            if numbers <= set(fates) and "UNDECIDED" in {fates[n] for n in numbers}:
                raise BadInput(
                    "batch_goes_on",
                    f"这张表带着原行号，像是“{batch.title}”退回的未通过的行。请在“改好续传”里选这一批再上传；确实是另一批的，选“有原行号，但要另起一批”。",
                    field="batch",
                )  # fmt: skip

    def asks(self, run: ImportRun) -> Callable[[dict[str, Any]], None]:
        batch = batch_of(run)
        if batch is None:
            return lambda values: None
        return rows_to_go_on(batch, lock=run.status == ImportRun.Status.APPLYING)

    def applied(self, run: ImportRun, sheet: Sheet, done: Done, reasons: dict[int, list[str]], at: datetime) -> None:  # fmt: skip
        batch = batch_of(run)
        rows = list(rows_of(sheet, done, reasons, again=batch is not None))
        if batch is None:
            open_batch(run=run, rows=rows, at=at)
        else:
            go_on(batch=batch, run=run, rows=rows, at=at)

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


def batch_of(run: ImportRun) -> Batch | None:
    """The batch that this file goes on with; None where it opens one of its own."""
    told = run.details.get("batch")
    if not told or told == ANEW:
        return None
    batch = batches_visible_to(run.by).filter(uid=told).first()
    if batch is None:
        raise BadInput("batch_gone", "找不到要接着办的那一批，或不在您的管辖范围；请重新选一批再传。", field="batch")  # fmt: skip
    return batch


def is_origin(said: str) -> bool:
    return said.isascii() and said.isdecimal() and len(said) < 6


def origins(sheet: Sheet) -> Iterator[int]:
    """The numbers of the first file, where rows bring them along."""
    for at in (i for i, column in sheet.columns.items() if column.field == "origin"):
        said = (text(row[at]) for _, row in sheet if at < len(row))
        yield from (int(number) for number in said if is_origin(number))


def rows_of(
    sheet: Sheet, done: Done, reasons: dict[int, list[str]], *, again: bool
) -> Iterator[FileRow]:
    """The rows of the file for its batch; of one that was sent in again by the number that each
    had in the first file. What was refused may hold an identity number, so long
    numbers are left out here; the file itself rests sealed."""
    at = {column.field: i for i, column in sheet.columns.items()}
    for number, row in sheet:
        said = {f: text(row[i]) if i < len(row) else "" for f, i in at.items()}
        values = done.get(number, {})
        first = said.get("origin", "")
        if again and not is_origin(first):
            continue
        yield FileRow(
            number=int(first) if again else number, text=(LONG_NUMBER.sub("（数字）", said.get("text", "")) or "（没有写问题）")[:500],
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
