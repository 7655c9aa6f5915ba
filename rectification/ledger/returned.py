"""A 台账 that comes back from an office's spreadsheet: what was changed in it, cell by cell."""

from __future__ import annotations

import io
import json
import re
from base64 import urlsafe_b64decode
from dataclasses import dataclass, field
from typing import Any

from cryptography.exceptions import InvalidTag
from python_calamine import CalamineWorkbook

from cadres.imports.sheet import HEADER_ROWS, not_a_workbook, refuse_monsters
from rectification.actions.amending import FIELDS
from rectification.ledger.columns import BY_KEY, COLUMNS, LedgerColumn, text
from rectification.ledger.sheets import KEEP, KEY_HEAD, row_key, short
from yuexi.core import crypto
from yuexi.core.refusals import BadInput

LONG_NUMBER = re.compile(r"[0-9]{11,}[0-9Xx]?")
BY_HEAD = {column.head: column for column in COLUMNS}
EMPTY = "（空）"
Key = str


@dataclass
class Kept:
    """The sealed half of an exported row."""

    item: int
    was: dict[str, str]
    hashes: dict[str, str]


@dataclass
class Found:
    """One item of the file: each cell as (place, text) by column."""

    first: str
    cells: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    tasks: list[tuple[str, str]] = field(default_factory=list)
    twice: str = ""

    def add(self, column: LedgerColumn, at: str, said: str) -> None:
        self.cells.setdefault(column.key, []).append((at, said))


@dataclass
class Book:
    kept: dict[Key, str] = field(default_factory=dict)
    found: dict[Key, Found] = field(default_factory=dict)
    strange: list[tuple[str, dict[str, Any]]] = field(default_factory=list)  # without a key
    sheets: dict[str, set[Key]] = field(
        default_factory=dict
    )  # each list that is there, and its rows

    @property
    def rows(self) -> int:
        return len(self.found) + len(self.strange)

    @property
    def gone(self) -> dict[Key, str]:
        """Rows that were exported and stand in a list no more, with the names of those lists. A list
        that was taken out as a whole is no row that is gone."""
        named = {
            k: "、".join(n for n, keys in self.sheets.items() if k not in keys) for k in self.kept
        }
        return {key: names for key, names in named.items() if names}


def lost() -> BadInput:
    return BadInput(
        "not_our_ledger",
        "这个文件不是从系统导出的台账，或者里面隐藏的“行标识”列、“系统核对用”表被删掉了；请重新导出，在新导出的文件里改。"
        "来文的问题清单请到“导入”页按“整改清单”导入。",
        field="file",
    )


def read_book(content: bytes) -> Book:
    refuse_monsters(content)
    try:
        sheets = CalamineWorkbook.from_filelike(io.BytesIO(content))
        tables = {n: sheets.get_sheet_by_name(n).to_python(skip_empty_area=False) for n in sheets.sheet_names}  # fmt: skip
    except Exception:  # whatever a broken file makes the reader say
        raise not_a_workbook() from None
    book = Book()
    for row in tables.pop(KEEP, []):
        if len(row) >= 2 and row[0]:
            book.kept[str(row[0])] = str(row[1])
    heads = 0
    for name, rows in tables.items():
        heads += _read(book, name, rows)
    if not book.kept or not heads:
        raise lost()
    return book


def _read(book: Book, name: str, rows: list[list[Any]]) -> bool:
    """Wherever people put columns and however they sort rows: by the names of the heads."""
    top = next((n for n, row in enumerate(rows[:HEADER_ROWS]) if KEY_HEAD in row), None)
    if top is None:
        return False
    upper = rows[top - 1] if top else []
    at_key = rows[top].index(KEY_HEAD)
    columns: dict[int, LedgerColumn] = {}
    for i, lower in enumerate(rows[top]):
        head = str(lower or (upper[i] if i < len(upper) else "") or "").strip()
        if head in BY_HEAD:
            columns[i] = BY_HEAD[head]
    single = _one_row_an_item(columns)
    seen: dict[Key, int] = {}
    book.sheets[name] = set()
    for number, row in enumerate(rows[top + 1 :], start=top + 2):
        cells = {c.key: (row[i] if i < len(row) else None) for i, c in columns.items()}
        if all(text(BY_KEY[k], v) == "" for k, v in cells.items()):
            continue
        key = str(row[at_key] or "").strip() if at_key < len(row) else ""
        at = f"{name}第 {number} 行"
        if not key:
            book.strange.append((at, cells))
            continue
        book.sheets[name].add(key)
        found = book.found.setdefault(key, Found(at))
        if key in seen and single:
            found.twice = f"{name}第 {seen[key]} 行和第 {number} 行是同一件，请只留一行"
        seen.setdefault(key, number)
        for k, cell in cells.items():
            said = text(BY_KEY[k], cell)
            if k == "measure" and not single:
                found.tasks.append((at, said))
            else:
                found.add(BY_KEY[k], at, said)
    return True


def _one_row_an_item(columns: dict[int, LedgerColumn]) -> bool:
    """The 任务清单 alone has a row for each task; it has measures and no sources."""
    keys = {c.key for c in columns.values()}
    return not ("measure" in keys and "source" not in keys)


@dataclass(frozen=True)
class Change:
    item: int
    field: str
    place: str
    was: str
    said: str


@dataclass(frozen=True)
class Refused:
    place: str
    head: str
    said: str
    why: str
    item: int | None = None


def opened(book: Book, key: Key) -> Kept | None:
    """None for a key that we did not make, or whose sealed half somebody touched."""
    try:
        told = json.loads(crypto.decrypt(urlsafe_b64decode(book.kept[key])))
        kept = Kept(told["item"], told["was"], told["kept"])
        stamp = told["stamp"]
    except (KeyError, ValueError, TypeError, InvalidTag):
        return None
    return kept if key == row_key(kept.item, stamp) else None


def masked(said: str) -> str:
    """What is refused may hold the very number that it is refused for."""
    return LONG_NUMBER.sub("（数字）", said)[:200] or EMPTY


def differences(found: Found, kept: Kept) -> tuple[list[Change], list[Refused]]:
    """What the file says otherwise than the export did. A row or a column that is gone says
    nothing."""
    changes: list[Change] = []
    refused: list[Refused] = []
    if found.twice:
        return [], [Refused(found.first, "问题编号", "", found.twice, kept.item)]
    found.cells.setdefault("measure", [])
    for key, cells in found.cells.items():
        column = BY_KEY[key]
        if key in FIELDS:
            changed = {said: at for at, said in cells if said != kept.was.get(key, "")}
            if key == "measure":
                _tasks(found, kept, changed, refused)
            if len(changed) > 1:
                places = "、".join(changed.values())
                refused.append(Refused(places, column.head, "", "几张表里填得不一样，请改成一样再传", kept.item))  # fmt: skip
            elif changed:
                ((said, at),) = changed.items()
                changes.append(Change(kept.item, key, at, kept.was.get(key, ""), said))
        elif key in kept.hashes:  # another column than was exported says nothing
            wrong = next(((at, said) for at, said in cells if short(said) != kept.hashes.get(key)), None)  # fmt: skip
            if wrong:
                refused.append(
                    Refused(wrong[0], column.head, masked(wrong[1]), column.why, kept.item)
                )
    return changes, refused


def _tasks(found: Found, kept: Kept, changed: dict[str, str], refused: list[Refused]) -> None:
    """The rows of the 任务清单 put together; rows that were taken out say nothing."""
    had = kept.was.get("measure", "").split("\n")
    said = [task for _, task in found.tasks]
    if not said or said == had or (len(said) < len(had) and all(task in had for task in said)):
        return
    if len(said) < len(had):
        why = "任务清单里少了行又改了措施，看不出改的是哪一条；请在“整改台账”表里改整改措施"
        refused.append(Refused(found.tasks[0][0], "整改措施", "", why, kept.item))
        return
    whole = "\n".join(task for task in said if task)
    if whole != kept.was.get("measure", ""):
        changed[whole] = found.tasks[0][0]
