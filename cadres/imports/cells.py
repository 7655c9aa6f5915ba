"""How a cell becomes a value, and the sentence when it cannot.

A cell that is typed badly is refused with its reason; nothing is repaired, except what
cannot change the meaning: blanks, full-width digits, a lower-case x, a leading apostrophe.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from yuexi.core import crypto


class WrongCell(Exception):
    """Why this cell cannot be taken, in a sentence for the person who keeps the file."""


@dataclass(frozen=True)
class Column:
    field: str
    headers: tuple[str, ...]  # the first one is ours, the rest are what other systems call it
    parse: Callable[[Any], Any]
    needed: bool = False  # the sheet must have the column
    hint: str = ""  # shown in the template
    ours: bool = False  # written by us into what goes back, asked of nobody


# Cells of few values are parsed once; names and numbers of people are never remembered.
few = lru_cache(maxsize=4096, typed=True)


def shown(value: str) -> str:
    """A wrong cell in its reason: shortened, and without the digits of a number that slipped
    into another column."""
    return re.sub(r"[0-9０-９]{8,}[0-9０-９xXＸｘ]*", "（数字）", value)[:20]


def text(cell: Any) -> str:
    if type(cell) is str:
        return cell.strip().lstrip("'")
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


SCIENTIFIC = re.compile(r"[0-9](\.[0-9]+)?[eE]\+?[0-9]{1,3}")


def is_number(cell: Any) -> bool:
    """A number cell, or what Excel writes of one into a .csv: 3.40828E+17 has lost its digits."""
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        return True
    return isinstance(cell, str) and SCIENTIFIC.fullmatch(cell.strip()) is not None


def identifier(cell: Any) -> str:
    """户编号、人编号、工号: opaque text. A long number cell has lost digits or leading zeros."""
    if is_number(cell):
        raise WrongCell("这一格是数字格式，位数可能已丢失；请把该列改为文本格式后重新导出")
    value = crypto.normal(cell or "")
    if len(value) > 32:
        raise WrongCell("编号超过 32 位，请核对")
    return value


def whole(low: int, high: int) -> Callable[[Any], int | None]:
    @few
    def parse(cell: Any) -> int | None:
        value = text(cell)
        if not value:
            return None
        value = unicodedata.normalize("NFKC", value)
        if len(value) > 12 or not value.isdecimal() or not low <= int(value) <= high:
            raise WrongCell(f"应为 {low} 到 {high} 的整数，现在是“{shown(value)}”")
        return int(value)

    return parse


@few
def money(cell: Any) -> Decimal | None:
    value = unicodedata.normalize("NFKC", text(cell)).replace(",", "")
    if not value:
        return None
    try:
        amount = Decimal(value[:30])
    except InvalidOperation:
        raise WrongCell(f"应为金额（元），现在是“{shown(value)}”") from None
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 10:
        raise WrongCell("金额超出范围，请核对")
    return amount.quantize(Decimal("0.01"))


YES_NO = {"是": True, "否": False, "已解决": True, "未解决": False, "1": True, "0": False, "": None}


@few
def yes_no(cell: Any) -> bool | None:
    value = text(cell)
    if value not in YES_NO:
        raise WrongCell(f"应填“是”或“否”，现在是“{shown(value)}”")
    return YES_NO[value]


@few
def month(cell: Any) -> str:
    """201707, 2017-07, 2017年7月 or a year; '' stays empty and never becomes today."""
    value = unicodedata.normalize("NFKC", text(cell))
    digits = _digits(value)
    if not value:
        return ""
    if len(digits) == 1 and len(digits[0]) in (6, 8):
        digits = [digits[0][:4], digits[0][4:6]]
    if digits and len(digits[0]) == 4 and 1949 <= int(digits[0]) <= 2100:
        if len(digits) == 1:
            return digits[0]
        if 1 <= int(digits[1]) <= 12:
            return f"{digits[0]}{int(digits[1]):02}"
    raise WrongCell(f"应为年月（如 201707），现在是“{shown(value)}”")


def _digits(value: str) -> list[str]:
    return "".join(c if c in "0123456789" else " " for c in value).split()


@few
def day(cell: Any) -> date | None:
    """2026-11-24, 2026年11月24日, 20261124 or a date cell; '' stays empty."""
    if isinstance(cell, datetime):
        return cell.date()
    if isinstance(cell, date):
        return cell
    value = unicodedata.normalize("NFKC", text(cell))
    if not value:
        return None
    digits = _digits(value)
    if len(digits) == 1 and len(digits[0]) == 8:
        digits = [digits[0][:4], digits[0][4:6], digits[0][6:]]
    try:
        return date(*map(int, digits[:3]))
    except (ValueError, TypeError):
        raise WrongCell(f"应为日期（如 2026-11-24），现在是“{shown(value)}”") from None


def phone(cell: Any) -> str:
    if isinstance(cell, str) and is_number(cell):
        raise WrongCell("电话是数字格式，末几位已丢失；请把该列改为文本格式后重新导出")
    value = crypto.normal(text(cell)).replace("-", "")
    if value and not (value.isdecimal() and 7 <= len(value) <= 12):
        raise WrongCell(f"电话应为 7 到 12 位数字，现在是 {len(value)} 位")
    return value


def words(limit: int, *, needed: bool = False) -> Callable[[Any], str]:
    @few
    def parse(cell: Any) -> str:
        value = text(cell).replace("\0", "")
        if needed and not value:
            raise WrongCell("不能为空")
        if len(value) > limit:
            raise WrongCell(f"不能超过 {limit} 个字，现在 {len(value)} 个字")
        return value

    return parse


def name(cell: Any) -> str:
    value = text(cell)
    if not value:
        raise WrongCell("姓名不能为空")
    if len(value) > 60:
        raise WrongCell("姓名不能超过 60 个字")
    return value


def one_of(choices: Mapping[str, Any]) -> Callable[[Any], Any]:
    """A word of the list to its value; a blank is taken only when '' is a key."""

    @few
    def parse(cell: Any) -> Any:
        value = text(cell)
        if value not in choices:
            known = "、".join(k for k in choices if k)
            said = f"不认识“{shown(value)}”" if value else "不能为空"
            raise WrongCell(f"{said}；可填：{known}")
        return choices[value]

    return parse


def several(cell: Any) -> list[str]:
    """Words between 、 or a comma of either width."""
    value = text(cell)
    for mark in "，,；;":
        value = value.replace(mark, "、")
    return [part.strip() for part in value.split("、") if part.strip()]


@lru_cache(maxsize=4096)
def place(value: str) -> str:
    """A name as people write it: 东山村委会, 东山村 and 东山 are one village."""
    value = value.strip()
    for tail in ("村民委员会", "居民委员会", "社居委", "村委会", "居委会", "社区", "村"):
        if value.endswith(tail) and len(value) > len(tail):
            return value[: -len(tail)]
    return value
