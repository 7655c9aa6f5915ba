"""Exports: masked, watermarked with who and when, logged, bounded."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import xlsxwriter
from django.http import HttpResponse
from django.utils.http import content_disposition_header

from cadres.events import record
from cadres.models import Cadre
from cadres.scope import scope_of
from yuexi.core import clock
from yuexi.core.refusals import Refusal

ROWS_MAX = 5000
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def within_limit(rows: int) -> None:
    if rows > ROWS_MAX:
        raise Refusal(
            "export_too_many", f"一次最多导出 {ROWS_MAX} 行，现在超过了；请先用筛选缩小范围。"
        )


def export(
    title: str, headers: Sequence[str], rows: Iterable[Sequence[Any]], *, by: Cadre, at: datetime
) -> HttpResponse:
    """One sheet: watermark line, heads, rows. Over 5,000 rows it is refused, not cut."""
    lines = list(rows)
    within_limit(len(lines))
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(
        buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    )
    sheet = book.add_worksheet(title[:31])
    head = book.add_format({"bold": True, "bottom": 1})
    grey = book.add_format({"font_color": "#616C66"})
    mark = f"{by.name}（{by.work_no}）于 {at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M} 导出，共 {len(lines)} 条。内部资料，请勿外传。"
    sheet.write_string(0, 0, mark, grey)
    sheet.write_row(1, 0, headers, head)
    sheet.freeze_panes(2, 0)
    sheet.set_column(0, len(headers) - 1, 16)
    sheet.set_footer(f"&L{mark}&R&P / &N")
    for number, line in enumerate(lines, start=2):
        sheet.write_row(number, 0, line)
    book.close()
    return sent(buffer.getvalue(), title, len(lines), by=by, at=at)


def sent(content: bytes, title: str, rows: int, *, by: Cadre, at: datetime) -> HttpResponse:
    """The answer that carries a workbook, and its line in the log."""
    scope = sorted(scope_of(by).roles)
    record("export", by, by=by, at=at, after={"title": title, "rows": rows, "scope": scope})
    response = HttpResponse(content, content_type=XLSX)
    name = f"{title}-{at.astimezone(clock.SHANGHAI):%Y%m%d-%H%M}.xlsx"
    response["Content-Disposition"] = content_disposition_header(True, name) or ""
    response["Cache-Control"] = "private, no-store"
    return response
