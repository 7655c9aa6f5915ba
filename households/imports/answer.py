"""The workbook that goes back: each refused row as it came, its reasons beside the cells."""

from __future__ import annotations

import io
from typing import Any

import xlsxwriter

from cadres.files import path_of
from cadres.models import ImportRun
from households.imports.roster import Sheet
from households.models import RosterRow


def refused_rows(run: ImportRun) -> bytes:
    sheet = Sheet(path_of(run.file.sha256).read_bytes())
    reasons = dict(
        RosterRow.objects.filter(run=run, outcome="REFUSED").values_list("row_no", "reasons")
    )
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False})
    page = book.add_worksheet("未通过的行")
    bold = book.add_format({"bold": True, "text_wrap": True})
    wrong = book.add_format({"bg_color": "#FBEBE9", "font_color": "#B3261E"})
    headers = sheet.rows[sheet.first - 1]
    page.write_row(0, 0, ["原行号", "未通过原因", *[str(h or "") for h in headers]], bold)
    page.set_column(1, 1, 48)
    page.freeze_panes(1, 2)
    by_header = {column.headers[0]: i for i, column in sheet.columns.items()}
    for line, number in enumerate(sorted(reasons), start=1):
        row: list[Any] = sheet.rows[number - 1]
        said = [reason.removesuffix("［整表］") for reason in reasons[number]]
        page.write_number(line, 0, number)
        page.write_string(line, 1, "\n".join(said))
        for i, cell in enumerate(row):
            page.write(line, i + 2, cell if isinstance(cell, int | float) else str(cell or ""))
        for reason in said:
            header, _, why = reason.partition("：")
            at = by_header.get(header)
            if at is not None:
                page.write(line, at + 2, str(row[at] if at < len(row) else ""), wrong)
                page.write_comment(line, at + 2, why)
    book.close()
    return buffer.getvalue()
