"""The 台账 as a workbook: title over all columns, heads in two lines, four sheets of the same
rows, ready for A3 and A4, and a hidden key by which each row is known when it comes back."""

from __future__ import annotations

import hashlib
import io
import json
from base64 import urlsafe_b64encode
from datetime import date, datetime
from typing import Any

import xlsxwriter
from django.conf import settings

from cadres.models import Cadre
from rectification.actions.amending import FIELDS
from rectification.ledger.columns import (
    ALL,
    SHEETS,
    TASKS,
    Cell,
    LedgerColumn,
    columns_of,
    exported,
    text,
)
from rectification.models import Item
from rectification.workflow import EXTENTS
from yuexi.core import clock, crypto

KEY_HEAD = "行标识（请勿改动）"
KEEP = "系统核对用（请勿改动）"
HEADS_FROM = 2  # title and mark stand above
FORMULA = ("=", "+", "-", "@", "\t")
PAPER = {"A3": 8, "A4": 9}


def short(value: str) -> str:
    return hashlib.sha256(value.encode()).hexdigest()[:12]


def sealed(item: Item, stamp: str, by: Cadre) -> str:
    """What the row held at the export, encrypted and authenticated: columns that a file may
    change as text, the rest as a hash. Nobody without our key makes another one."""
    values = {c.key: text(c, exported(c, item)) for c in columns_of(ALL, by)}
    told = {
        "item": item.pk, "stamp": stamp,
        "was": {k: v for k, v in values.items() if k in FIELDS},
        "kept": {k: short(v) for k, v in values.items() if k not in FIELDS},
    }  # fmt: skip
    return urlsafe_b64encode(crypto.encrypt(json.dumps(told, ensure_ascii=False))).decode()


def row_key(item_id: int, stamp: str) -> str:
    return urlsafe_b64encode(crypto.lookup_hash(f"ledger|{stamp}|{item_id}")[:12]).decode()


class Book:
    def __init__(self, items: list[Item], *, by: Cadre, at: datetime) -> None:
        self.items, self.by, self.at = items, by, at
        self.stamp = at.astimezone(clock.SHANGHAI).isoformat()
        self.keys = {item.pk: row_key(item.pk, self.stamp) for item in items}
        self.buffer = io.BytesIO()
        self.book = xlsxwriter.Workbook(
            self.buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
        )
        plain = {
            "border": 1,
            "border_color": "#B9C1BA",
            "text_wrap": True,
            "valign": "top",
            "font_size": 10,
        }
        add = self.book.add_format
        self.title = add({"bold": True, "font_size": 18, "align": "center", "valign": "vcenter"})
        self.grey = add({"font_color": "#616C66", "font_size": 9})
        head = {
            "bold": True,
            "align": "center",
            "valign": "vcenter",
            "text_wrap": True,
            "border": 1,
            "font_size": 10,
        }
        self.head = add({**head, "bg_color": "#EEF1ED"})
        self.open_head = add({**head, "bg_color": "#D5E8E0"})
        self.cell = add(plain)
        self.day = add({**plain, "num_format": "yyyy-mm-dd", "align": "left"})
        # A text that begins like a formula stays a text also when somebody edits the cell.
        self.quoted = add({**plain, "quote_prefix": True})  # fmt: skip

    def content(self) -> bytes:
        for name in SHEETS:
            self._sheet(name)
        keep = self.book.add_worksheet(KEEP)
        for n, item in enumerate(self.items):
            keep.write_string(n, 0, self.keys[item.pk])
            keep.write_string(n, 1, sealed(item, self.stamp, self.by))
        keep.very_hidden()
        self.book.close()
        return self.buffer.getvalue()

    @property
    def mark(self) -> str:
        return f"{self.by.name}（{self.by.work_no}）于 {self.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M} 导出，共 {len(self.items)} 件。内部资料，请勿外传。"

    def _sheet(self, name: str) -> None:
        columns = columns_of(name, self.by)
        page = self.book.add_worksheet(name)
        last = len(columns) + 1  # 序号 before them, the key behind them
        page.merge_range(0, 0, 0, last - 1, f"{settings.PRODUCT_NAME}{name}", self.title)
        page.set_row(0, 30)
        page.write_string(1, 0, f"{self.mark}浅绿表头的栏目可以在表里改，改好后在“整改清单”页传回，逐项核对后采纳。", self.grey)  # fmt: skip
        self._heads(page, columns)
        row = HEADS_FROM + 2
        for n, item in enumerate(self.items, start=1):
            for line in self._lines(name, item):
                page.write_number(row, 0, n, self.cell)
                for i, column in enumerate(columns, start=1):
                    self._write(page, row, i, line.get(column.key, exported(column, item)))
                page.write_string(row, last, self.keys[item.pk])
                row += 1
        self._printed(page, name, last, row)

    def _lines(self, name: str, item: Item) -> list[dict[str, Cell]]:
        """One row an item; in the 任务清单 one a task."""
        if name != TASKS or not item.tasks:
            return [{}]
        return [{"measure": task} for task in item.tasks]

    def _heads(self, page: Any, columns: list[LedgerColumn]) -> None:
        page.merge_range(HEADS_FROM, 0, HEADS_FROM + 1, 0, "序号", self.head)
        start = 1
        while start <= len(columns):
            group = columns[start - 1].group
            end = start
            while end < len(columns) and columns[end].group == group:
                end += 1
            if end > start:
                page.merge_range(HEADS_FROM, start, HEADS_FROM, end, group, self.head)
            for i in range(start, end + 1):
                column = columns[i - 1]
                look = self.open_head if column.amendable else self.head
                if end > start:
                    page.write_string(HEADS_FROM + 1, i, column.head, look)
                else:
                    page.merge_range(HEADS_FROM, i, HEADS_FROM + 1, i, column.head, look)
            start = end + 1
        page.write_string(HEADS_FROM + 1, len(columns) + 1, KEY_HEAD)

    def _write(self, page: Any, row: int, column: int, value: Cell) -> None:
        if isinstance(value, date):
            page.write_datetime(row, column, datetime(value.year, value.month, value.day), self.day)
        elif isinstance(value, int):
            page.write_number(row, column, value, self.cell)
        else:
            told = value or ""
            page.write_string(row, column, told, self.quoted if told.startswith(FORMULA) else self.cell)  # fmt: skip

    def _printed(self, page: Any, name: str, last: int, rows: int) -> None:
        columns = columns_of(name, self.by)
        page.set_column(0, 0, 5)
        for i, column in enumerate(columns, start=1):
            page.set_column(i, i, column.width)
            if column.key == "extent":
                page.data_validation(HEADS_FROM + 2, i, max(rows, HEADS_FROM + 3), i, {"validate": "list", "source": list(EXTENTS.values())})  # fmt: skip
        page.set_column(last, last, None, None, {"hidden": True})
        page.freeze_panes(HEADS_FROM + 2, 2)
        page.repeat_rows(HEADS_FROM, HEADS_FROM + 1)
        page.set_landscape()
        page.set_paper(PAPER["A3" if name == ALL else "A4"])
        page.fit_to_pages(1, 0)
        page.set_margins(left=0.4, right=0.4, top=0.6, bottom=0.6)
        page.print_area(0, 0, max(rows - 1, HEADS_FROM + 1), last - 1)
        page.set_footer(f"&L{self.mark}&R第 &P 页，共 &N 页")


def workbook(items: list[Item], *, by: Cadre, at: datetime) -> bytes:
    return Book(items, by=by, at=at).content()
