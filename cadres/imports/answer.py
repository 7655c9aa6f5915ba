"""The workbook that goes back: each refused row as it came, its reasons beside the cells."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import xlsxwriter

from cadres.imports.sheet import header_name
from cadres.models import ImportRun

if TYPE_CHECKING:
    from cadres.imports.importer import Importer


NUMBER, WHY = "原行号", "未通过原因"


def refused_rows(importer: Importer, run: ImportRun) -> bytes:
    """Sent in again and refused again, a row keeps the number that it had in the first file."""
    sheet, reasons = importer.sheet(run), importer.reasons(run)
    names = [header_name(h) for h in sheet.headers]
    first = names.index(NUMBER) if NUMBER in names else None
    kept = [i for i, name in enumerate(names) if name not in (NUMBER, WHY)]
    place = {i: n for n, i in enumerate(kept, start=2)}
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    page = book.add_worksheet("未通过的行")
    bold = book.add_format({"bold": True, "text_wrap": True})
    wrong = book.add_format({"bg_color": "#FBEBE9", "font_color": "#B3261E"})
    page.write_row(0, 0, [NUMBER, WHY, *[str(sheet.headers[i] or "") for i in kept]], bold)
    page.set_column(1, 1, 48)
    page.freeze_panes(1, 2)
    by_header = {column.headers[0]: i for i, column in sheet.columns.items()}
    for line, number in enumerate(sorted(reasons), start=1):
        row: list[Any] = sheet.rows[number - 1]
        said = [reason.removesuffix("［在册］") for reason in reasons[number]]
        came = row[first] if first is not None and first < len(row) else None
        page.write(line, 0, came or number)
        page.write_string(line, 1, "\n".join(said))
        for i, cell in enumerate(row):
            plain = cell if isinstance(cell, int | float) else str(cell or "")
            if i in place:
                page.write(line, place[i], plain)
        for reason in said:
            header, _, why = reason.partition("：")
            at = by_header.get(header)
            if at in place:
                page.write_string(line, place[at], str(row[at] if at < len(row) else ""), wrong)
                page.write_comment(line, place[at], why)
    book.close()
    return buffer.getvalue()
