"""Check an uploaded roster into the staging table, then apply its good rows at once."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Field
from python_calamine import CalamineError, CalamineWorkbook

from cadres.events import record
from cadres.files import path_of
from cadres.models import Area, ImportRun
from cadres.pinyin import sort_key
from cadres.scope import scope_of
from households.imports.columns import (
    BY_HEADER,
    COLUMNS,
    Column,
    WrongCell,
    header_name,
    place,
)
from households.imports.statements import APPLY, CLASSIFY, COUNTS, STAGED
from households.models import RosterRow
from yuexi.core import crypto
from yuexi.core.refusals import BadInput, Refusal

CHUNK = 2000
HEADER_ROWS = 10


class Sheet:
    """The first sheet that has the headers: banners above and merged headers are passed over."""

    def __init__(self, content: bytes) -> None:
        try:
            book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        except (CalamineError, ValueError, OSError):
            raise BadInput(
                "not_a_workbook", "打不开这个文件，请用 Excel 另存为 .xlsx 再上传。", field="file"
            ) from None
        missing: list[str] = []
        for name in book.sheet_names:
            self.rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            for at, row in enumerate(self.rows[:HEADER_ROWS]):
                self.columns = self._columns(row)
                found = {c.field for c in self.columns.values()}
                absent = [c.headers[0] for c in COLUMNS if c.needed and c.field not in found]
                if not absent:
                    self.first = at + 1
                    return
                if len(found) >= 4:
                    missing = absent
        if missing:
            raise BadInput(
                "headers_missing",
                f"表头缺少：{'、'.join(missing)}。请用国家系统导出的原表。",
                field="file",
            )
        raise BadInput(
            "no_headers",
            "前 10 行没有找到表头（户编号、姓名、证件号码等），请用国家系统导出的原表。",
            field="file",
        )

    @staticmethod
    def _columns(row: list[Any]) -> dict[int, Column]:
        columns: dict[int, Column] = {}
        for i, cell in enumerate(row):
            column = BY_HEADER.get(header_name(cell))
            if column and column not in columns.values():
                columns[i] = column
        return columns

    def __len__(self) -> int:
        return sum(
            1 for row in self.rows[self.first :] if any(cell not in ("", None) for cell in row)
        )

    def __iter__(self) -> Iterator[tuple[int, list[Any]]]:
        for number, row in enumerate(self.rows[self.first :], start=self.first + 1):
            if any(cell not in ("", None) for cell in row):
                yield number, row


class Places:
    """Township and village names to codes, inside what the importer may write to."""

    def __init__(self, run: ImportRun) -> None:
        villages = Area.objects.filter(
            scope_of(run.by).within("household.import", "code"), level=Area.Level.VILLAGE
        )
        self.codes = {
            (place(parent), place(name)): code
            for parent, name, code in villages.values_list("parent__name", "name", "code")
        }

    def find(self, township: str, village: str) -> str:
        code = self.codes.get((place(township), place(village)))
        if code is None:
            raise WrongCell(f"找不到“{township}{village}”，或不在您的管辖范围；请核对村名")
        return code


def check_row(columns: dict[int, Column], row: list[Any], places: Places) -> dict[str, Any]:
    """The row's values by staging column, with every reason against it under 'reasons'."""
    values: dict[str, Any] = {}
    reasons: list[str] = []
    for i, column in columns.items():
        try:
            values[column.field] = column.parse(row[i] if i < len(row) else None)
        except WrongCell as wrong:
            reasons.append(f"{column.headers[0]}：{wrong}")
    for field, header in (("household_no", "户编号"), ("person_no", "人编号")):
        if values.get(field) == "":
            reasons.append(f"{header}：不能为空")
    try:
        values["area_code"] = places.find(values.pop("township", ""), values.pop("village", ""))
    except WrongCell as wrong:
        reasons.append(f"行政村：{wrong}")
    idno = values.pop("idno", None)
    if idno:
        values["idno"] = crypto.encrypt(idno)
        values["idno_hash"] = crypto.lookup_hash(idno[:18])
        values["idno_tail"] = idno[14:18]
    number = values.pop("phone", "")
    if number:
        values["phone"], values["phone_hash"] = crypto.encrypt(number), crypto.lookup_hash(number)
    values["is_head"] = values.get("relation") == "户主"
    if values["is_head"] and values.get("name"):
        values["pinyin"] = sort_key(values["name"])
    values["lifted_year"] = values.get("lifted_year", "")[:4]
    values["reasons"] = reasons
    return values


# COPY's text format: what would end a cell or a row becomes a blank, a backslash doubles.
TAME = str.maketrans({"\\": "\\\\", "\t": " ", "\n": " ", "\r": " ", "\0": None})


def _copy_text(value: Any) -> str:
    if type(value) is str:
        return value.translate(TAME)
    if value is None:
        return "\\N"
    if type(value) is bytes:
        return "\\\\x" + value.hex()
    if type(value) is bool:
        return "t" if value else "f"
    if type(value) is list:
        quoted = ",".join('"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"' for v in value)
        return ("{" + quoted + "}").translate(TAME)
    return str(value)


def _blank(field: Field[Any, Any]) -> Any:
    if field.column == "reasons":
        return []
    if field.column == "is_head":
        return False
    return "" if field.empty_strings_allowed and not field.null else None


DEFAULTS: dict[str, Any] = {
    str(field.column): _blank(field)
    for field in RosterRow._meta.concrete_fields
    if field.column not in ("id", "run_id", "row_no", "outcome")
}


def copy_rows(run_id: int, rows: list[tuple[int, dict[str, Any]]]) -> None:
    names = ["run_id", "row_no", "outcome", *DEFAULTS]
    buffer = io.StringIO()
    for number, values in rows:
        cells = [_copy_text(values.get(name, default)) for name, default in DEFAULTS.items()]
        outcome = "REFUSED" if values["reasons"] else ""
        buffer.write(f"{run_id}\t{number}\t{outcome}\t" + "\t".join(cells) + "\n")
    buffer.seek(0)
    with connection.cursor() as cursor:
        columns = ", ".join(f'"{n}"' for n in names)
        cursor.copy_expert(f"COPY households_rosterrow ({columns}) FROM STDIN", buffer)


def check(run: ImportRun) -> None:
    """Read and check every row. May be run again from the start after a kill."""
    sheet = Sheet(path_of(run.file.sha256).read_bytes())
    places = Places(run)
    RosterRow.objects.filter(run=run).delete()
    ImportRun.objects.filter(pk=run.pk).update(total=len(sheet), seen=0)
    chunk: list[tuple[int, dict[str, Any]]] = []
    seen = 0
    for number, row in sheet:
        chunk.append((number, check_row(sheet.columns, row, places)))
        if len(chunk) == CHUNK:
            seen += len(chunk)
            copy_rows(run.pk, chunk)
            ImportRun.objects.filter(pk=run.pk).update(seen=seen)
            chunk = []
    copy_rows(run.pk, chunk)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE households_rosterrow")  # or the joins are planned for no rows
    with transaction.atomic():
        counts = classify(run)
        ImportRun.objects.filter(pk=run.pk).update(
            seen=seen + len(chunk), status=ImportRun.Status.READY, **counts
        )


def classify(run: ImportRun) -> dict[str, int]:
    """Say of each staged row what applying it would do, against the roster of this moment."""
    scope = scope_of(run.by)
    with connection.cursor() as cursor:
        for statement in STAGED:
            cursor.execute(statement, {"run": run.pk})
        for statement in CLASSIFY:
            cursor.execute(
                statement,
                {
                    "run": run.pk,
                    "prefixes": [f"{p}%" for p in scope.prefixes.get("household.import", ())],
                },
            )
        cursor.execute(COUNTS, {"run": run.pk})
        found = dict(cursor.fetchall())
    return {
        "created": found.get("CREATED", 0),
        "updated": found.get("UPDATED", 0),
        "unchanged": found.get("UNCHANGED", 0),
        "refused": found.get("REFUSED", 0),
    }


def apply(run: ImportRun, at: datetime) -> None:
    """All good rows in one transaction: a kill before its end leaves the roster as it was."""
    with transaction.atomic(), connection.cursor() as cursor:
        run = ImportRun.objects.select_for_update().get(pk=run.pk)
        if run.status != ImportRun.Status.APPLYING:
            raise Refusal("not_applying", "这次导入已经办完或已放弃。")
        counts = classify(run)  # the roster may have moved on since the check
        event = record("household.import", run, by=run.by, at=at, after=counts)
        for statement in APPLY:
            cursor.execute(statement, {"run": run.pk, "event": event.pk})
        for field, value in {**counts, "status": ImportRun.Status.DONE}.items():
            setattr(run, field, value)
        run.save()
