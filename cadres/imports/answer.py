"""The workbook that goes back: each refused row as it came, its reasons beside the cells."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import xlsxwriter

from cadres.models import ImportRun

if TYPE_CHECKING:
    from cadres.imports.importer import Importer


def refused_rows(importer: Importer, run: ImportRun) -> bytes:
    sheet, reasons = importer.sheet(run), importer.reasons(run)
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    page = book.add_worksheet("未通过的行")
    bold = book.add_format({"bold": True, "text_wrap": True})
    wrong = book.add_format({"bg_color": "#FBEBE9", "font_color": "#B3261E"})
    page.write_row(0, 0, ["原行号", "未通过原因", *[str(h or "") for h in sheet.headers]], bold)
    page.set_column(1, 1, 48)
    page.freeze_panes(1, 2)
    by_header = {column.headers[0]: i for i, column in sheet.columns.items()}
    for line, number in enumerate(sorted(reasons), start=1):
        row: list[Any] = sheet.rows[number - 1]
        said = [reason.removesuffix("［在册］") for reason in reasons[number]]
        page.write_number(line, 0, number)
        page.write_string(line, 1, "\n".join(said))
        for i, cell in enumerate(row):
            plain = cell if isinstance(cell, int | float) else str(cell or "")
            page.write(line, i + 2, plain)
        for reason in said:
            header, _, why = reason.partition("：")
            at = by_header.get(header)
            if at is not None:
                page.write_string(line, at + 2, str(row[at] if at < len(row) else ""), wrong)
                page.write_comment(line, at + 2, why)
    book.close()
    return buffer.getvalue()
