"""Where the table is in a workbook: banners above and merged headers are passed over."""

from __future__ import annotations

import io
import re
import zlib
from collections.abc import Iterator, Sequence
from typing import IO, Any
from zipfile import BadZipFile, ZipFile

from python_calamine import CalamineWorkbook

from cadres.imports.cells import Column, WrongCell
from yuexi.core.refusals import BadInput

HEADER_ROWS = 10


def header_name(cell: Any) -> str:
    """Brackets of both widths, stray blanks and the star of a needed column are one header."""
    value = "".join(str(cell or "").split())
    return value.replace("（", "(").replace("）", ")").removesuffix("*")


CELL = re.compile(rb"""r=["']([A-Z]{1,3})([0-9]{1,7})["']""")
CELLS_MAX = 20_000_000
UNPACKED_MAX = 600 * 1024 * 1024


def refuse_monsters(content: bytes) -> None:
    """A few kilobytes can claim a cell in the last row and column, and the reader would lay out
    all that lies between: measured before it is read. Costs one pass over the unpacked text."""
    monster = BadInput(
        "workbook_too_large", "这个文件展开后太大；请把表复制到新的工作簿，只留有内容的行列再传。", field="file"
    )  # fmt: skip
    if not content.startswith(b"PK"):
        return  # the old .xls ends at 65,536 rows and 256 columns
    try:
        with ZipFile(io.BytesIO(content)) as book:
            if "xl/workbook.xml" not in book.namelist():
                raise not_a_workbook()  # .ods and .xlsb lay out their cells in other ways
            if sum(part.file_size for part in book.infolist()) > UNPACKED_MAX:
                raise monster
            for part in book.namelist():
                if part.endswith(".xml"):
                    with book.open(part) as stream:
                        wide, deep = _extent(stream)
                    if wide * deep > CELLS_MAX:
                        raise monster
    # zipfile says RuntimeError of an encrypted part, NotImplementedError of a packing it lacks.
    except (BadZipFile, OSError, NotImplementedError, RuntimeError, zlib.error):
        raise not_a_workbook() from None


def _extent(stream: IO[bytes]) -> tuple[int, int]:
    """Columns and rows that the cells' addresses span. Letters sort by length, then by order."""
    wide, deep, rest = b"", 0, b""
    while chunk := stream.read(1 << 20):
        # Blanks, and the NULs of UTF-16, are where an address could hide from the pattern.
        text = rest + chunk.translate(None, b" \t\r\n\0")
        found = CELL.findall(text)
        if found:
            wide = max(wide, *(c for c, _ in found), key=lambda c: (len(c), c))
            deep = max(deep, *(int(r) for _, r in found))
        rest = text[-20:]
    columns = 0
    for letter in wide:
        columns = columns * 26 + letter - 64
    return columns, deep


def not_a_workbook() -> BadInput:
    return BadInput(
        "not_a_workbook", "打不开这个文件，请用 Excel 另存为 .xlsx 再上传。", field="file"
    )


class Sheet:
    """The first sheet that has the headers of `columns`."""

    def __init__(self, content: bytes, columns: Sequence[Column]) -> None:
        self.by_header = {h: column for column in columns for h in column.headers}
        try:
            book = CalamineWorkbook.from_filelike(io.BytesIO(content))
        except Exception:  # whatever a broken file makes the reader say
            raise not_a_workbook() from None
        needed = [c for c in columns if c.needed]
        missing: list[str] = []
        for name in book.sheet_names:
            try:
                self.rows = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
            except Exception:  # whatever a broken sheet makes the reader say
                continue  # a chart or a broken sheet beside the table
            for at, row in enumerate(self.rows[:HEADER_ROWS]):
                self.columns = self._columns(row)
                found = {c.field for c in self.columns.values()}
                absent = [c.headers[0] for c in needed if c.field not in found]
                if not absent:
                    self.first = at + 1
                    return
                if len(absent) <= len(needed) / 2:
                    missing = absent
        if missing:
            raise BadInput(
                "headers_missing",
                f"表头缺少：{'、'.join(missing)}。请用原表或下载的模板，不要改动表头。",
                field="file",
            )
        heads = "、".join(c.headers[0] for c in needed[:4])
        raise BadInput(
            "no_headers", f"前 {HEADER_ROWS} 行没有找到表头（{heads}等），请核对是不是这张表。", field="file"
        )  # fmt: skip

    def _columns(self, row: list[Any]) -> dict[int, Column]:
        columns: dict[int, Column] = {}
        for i, cell in enumerate(row):
            column = self.by_header.get(header_name(cell))
            if column and column not in columns.values():
                columns[i] = column
        return columns

    @property
    def headers(self) -> list[Any]:
        row: list[Any] = self.rows[self.first - 1]
        return row

    def __len__(self) -> int:
        return sum(1 for _ in self)

    def __iter__(self) -> Iterator[tuple[int, list[Any]]]:
        for number, row in enumerate(self.rows[self.first :], start=self.first + 1):
            if any(row) or any(cell not in ("", None) for cell in row):
                yield number, row


def read_row(columns: dict[int, Column], row: list[Any]) -> tuple[dict[str, Any], list[str]]:
    """Values by field, and every reason against the row as 'header：why'."""
    values: dict[str, Any] = {}
    reasons: list[str] = []
    width = len(row)
    for i, column in columns.items():
        try:
            values[column.field] = column.parse(row[i] if i < width else None)
        except WrongCell as wrong:
            reasons.append(f"{column.headers[0]}：{wrong}")
    return values, reasons
