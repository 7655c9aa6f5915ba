"""Where the table is in a workbook: banners above and merged headers are passed over."""

from __future__ import annotations

import codecs
import csv
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
    monster = too_large()
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


def too_large() -> BadInput:
    return BadInput(
        "workbook_too_large", "这个文件展开后太大；请把表复制到新的工作簿，只留有内容的行列再传。", field="file"
    )  # fmt: skip


def _tables(content: bytes) -> Iterator[list[list[Any]]]:
    if not is_workbook(content):
        yield text_table(content)
        return
    try:
        book = CalamineWorkbook.from_filelike(io.BytesIO(content))
    except Exception:  # whatever a broken file makes the reader say
        raise not_a_workbook() from None
    for name in book.sheet_names:
        try:
            yield book.get_sheet_by_name(name).to_python(skip_empty_area=False)
        except Exception:  # whatever a broken sheet makes the reader say
            continue  # a chart or a broken sheet beside the table


def _merged(upper: list[Any], lower: list[Any]) -> list[list[Any]]:
    """Names of each column of two header rows: the lower cell with its group before it, the lower
    cell, and, where that is blank, the upper one merged down over both. A merged cell has its
    text in its first cell alone."""
    heads: list[list[Any]] = []
    group = ""
    for i in range(max(len(upper), len(lower))):
        above = str(upper[i] or "") if i < len(upper) else ""
        below = str(lower[i] or "") if i < len(lower) else ""
        group = above or group
        names = [group + below, below] if below.strip() else [above]
        # 姓名 below 户主 is the head's, once more, and not the person's of the row.
        heads.append(names[:1] if group.strip() == "户主" else names)
    return heads


def not_a_workbook() -> BadInput:
    return BadInput(
        "not_a_workbook", "打不开这个文件，请用 Excel 另存为 .xlsx（或 .csv）再上传。", field="file"
    )


def is_workbook(content: bytes) -> bool:
    return content.startswith((b"PK\x03\x04", b"\xd0\xcf\x11\xe0"))


def text_table(content: bytes) -> list[list[Any]]:
    """A .csv as offices save it: UTF-8 with or without its mark, GBK, or Excel's "Unicode text";
    commas, tabs or semicolons, whichever the first lines have most of."""
    text = _decoded(content)
    if "\0" in text:
        raise not_a_workbook()
    top = "\n".join(text.splitlines()[:HEADER_ROWS])
    mark = max(",\t;", key=top.count)
    if text.count(mark) > CELLS_MAX:
        raise too_large()
    try:
        rows: list[list[Any]] = list(csv.reader(io.StringIO(text, newline=""), delimiter=mark))
    except csv.Error:
        raise not_a_workbook() from None
    width = max((len(row) for row in rows), default=0)
    if width * len(rows) > CELLS_MAX:
        raise too_large()
    return [row + [""] * (width - len(row)) for row in rows]


def _decoded(content: bytes) -> str:
    wide = content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    for encoding in ["utf-16"] if wide else ["utf-8-sig", "gb18030"]:
        try:
            return content.decode(encoding)
        except UnicodeDecodeError:
            continue
    raise not_a_workbook()


class Sheet:
    """The first sheet that has the headers of `columns`, in one row or in two merged ones."""

    def __init__(self, content: bytes, columns: Sequence[Column]) -> None:
        self.by_header = {h: column for column in columns for h in column.headers}
        needed = [c for c in columns if c.needed]
        self.rows: list[list[Any]]
        self.headers: list[Any]
        missing: list[str] = []
        for self.rows in _tables(content):
            for at, row in enumerate(self.rows[:HEADER_ROWS]):
                below = self.rows[at + 1] if at + 1 < len(self.rows) else []
                for heads, first in ((_merged(row, below), at + 2), ([[c] for c in row], at + 1)):
                    self.columns = self._columns(heads)
                    found = {c.field for c in self.columns.values()}
                    absent = [c.headers[0] for c in needed if c.field not in found]
                    if not absent and (first == at + 1 or self._is_second(row, below)):
                        self.first = first
                        self.headers = [self._said(names) for names in heads]
                        return
                    if len(absent) <= len(needed) / 2:
                        missing = absent
        if missing:
            raise BadInput(
                "headers_missing",
                f"表头缺少：{'、'.join(missing)}。请用原表或下载的模板，不要改动表头。",
                field="file",
            )
        some = "、".join(c.headers[0] for c in needed[:4])
        raise BadInput(
            "no_headers", f"前 {HEADER_ROWS} 行没有找到表头（{some}等），请核对是不是这张表。", field="file"
        )  # fmt: skip

    def _columns(self, heads: list[list[Any]]) -> dict[int, Column]:
        """By each column's possible names, the most telling one first. Of a header that comes
        twice the first one counts; the export's own mark of the second, a 0 behind the name, is
        read only where the plain name is nowhere."""
        columns: dict[int, Column] = {}
        for tail in ("", "0"):
            for i, names in enumerate(heads):
                known = (self._named(n, tail) for n in names)
                column = next((c for c in known if c), None)
                if column and i not in columns and column not in columns.values():
                    columns[i] = column
        return columns

    def _said(self, names: list[Any]) -> Any:
        return next((n for n in names if header_name(n) in self.by_header), names[-1])

    def _named(self, cell: Any, tail: str) -> Column | None:
        name = header_name(cell)
        return self.by_header.get(name.removesuffix(tail)) if name.endswith(tail) else None

    def _is_second(self, row: list[Any], below: list[Any]) -> bool:
        """Whether the row below a row of headers is headers too, and not the first row of data:
        it adds names that we know, or fills none of the cells under the names we know above."""
        alone = self._columns([[c] for c in row])
        added = self._columns([[c] for c in below])
        filled = [i for i, c in enumerate(below) if header_name(c)]
        return bool(added) or (bool(filled) and not any(i in alone for i in filled))

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
