"""Columns of the national exports (domain C.1, C.2) and how a cell becomes a value.

A cell that is typed badly is refused with its reason; nothing is repaired, except what
cannot change the meaning: blanks, full-width digits, a lower-case x, a leading apostrophe.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation
from functools import lru_cache
from typing import Any

from stdnum.cn.ric import calc_check_digit

from yuexi.core import crypto


class WrongCell(Exception):
    """Why this cell cannot be taken, in a sentence for the person who keeps the file."""


def text(cell: Any) -> str:
    if type(cell) is str:
        return cell.strip().lstrip("'")
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell)


def identifier(cell: Any) -> str:
    """户编号、人编号: opaque text. A number cell has lost digits or leading zeros."""
    if isinstance(cell, float | int) and not isinstance(cell, bool):
        raise WrongCell("这一格是数字格式，位数可能已丢失；请把该列改为文本格式后重新导出")
    value = crypto.normal(cell or "")
    if len(value) > 32:
        raise WrongCell("编号超过 32 位，请核对")
    return value


MIN_YEAR = 1900


def identity(cell: Any) -> str:
    """18 characters with their check digit, or a disability certificate of 20 or 22 that
    starts with them. The region is not checked: old ones are many and real."""
    if isinstance(cell, float | int):
        raise WrongCell("证件号码是数字格式，末几位已丢失；请把该列改为文本格式后重新导出")
    value = crypto.normal(cell or "")
    if not value:
        raise WrongCell("证件号码不能为空")
    if len(value) not in (18, 20, 22):
        raise WrongCell(f"证件号码应为 18 位（残疾证 20 或 22 位），现在是 {len(value)} 位")
    first = value[:18]
    if not first[:17].isdigit() or not first.isascii():
        raise WrongCell("证件号码前 17 位应全是数字")
    try:
        born = date(int(first[6:10]), int(first[10:12]), int(first[12:14]))
    except ValueError:
        raise WrongCell("证件号码里的出生日期不存在") from None
    if born.year < MIN_YEAR or born > date.today():
        raise WrongCell("证件号码里的出生日期早于 1900 年或在今天之后")
    if calc_check_digit(first) != first[17]:
        raise WrongCell("证件号码最后一位校验不对，请对照证件核对")
    if len(value) > 18 and not ("1" <= value[18] <= "7" and "1" <= value[19] <= "4"):
        raise WrongCell("残疾证号第 19 位应为 1–7（类别）、第 20 位应为 1–4（等级）")
    return value


# Cells of few values are parsed once; names and numbers of people are never remembered.
few = lru_cache(maxsize=4096, typed=True)


def whole(low: int, high: int) -> Callable[[Any], int | None]:
    @few
    def parse(cell: Any) -> int | None:
        value = text(cell)
        if not value:
            return None
        value = unicodedata.normalize("NFKC", value)
        if not value.isdigit() or not low <= int(value) <= high:
            raise WrongCell(f"应为 {low} 到 {high} 的整数，现在是“{value[:20]}”")
        return int(value)

    return parse


@few
def money(cell: Any) -> Decimal | None:
    value = unicodedata.normalize("NFKC", text(cell)).replace(",", "")
    if not value:
        return None
    try:
        amount = Decimal(value)
    except InvalidOperation:
        raise WrongCell(f"应为金额（元），现在是“{value[:20]}”") from None
    if not amount.is_finite() or abs(amount) >= Decimal(10) ** 10:
        raise WrongCell("金额超出范围，请核对")
    return amount.quantize(Decimal("0.01"))


YES_NO = {"是": True, "否": False, "已解决": True, "未解决": False, "1": True, "0": False, "": None}


@few
def yes_no(cell: Any) -> bool | None:
    value = text(cell)
    if value not in YES_NO:
        raise WrongCell(f"应填“是”或“否”，现在是“{value[:20]}”")
    return YES_NO[value]


@few
def month(cell: Any) -> str:
    """201707, 2017-07, 2017年7月 or a year; '' stays empty and never becomes today."""
    value = unicodedata.normalize("NFKC", text(cell))
    digits = "".join(c if c.isdigit() else " " for c in value).split()
    if not value:
        return ""
    if len(digits) == 1 and len(digits[0]) in (6, 8):
        digits = [digits[0][:4], digits[0][4:6]]
    if digits and len(digits[0]) == 4 and 1949 <= int(digits[0]) <= 2100:
        if len(digits) == 1:
            return digits[0]
        if 1 <= int(digits[1]) <= 12:
            return f"{digits[0]}{int(digits[1]):02}"
    raise WrongCell(f"应为年月（如 201707），现在是“{value[:20]}”")


def phone(cell: Any) -> str:
    value = crypto.normal(text(cell)).replace("-", "")
    if value and not (value.isdigit() and 7 <= len(value) <= 12):
        raise WrongCell(f"电话应为 7 到 12 位数字，现在是 {len(value)} 位")
    return value


def words(limit: int) -> Callable[[Any], str]:
    @few
    def parse(cell: Any) -> str:
        value = text(cell)
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


@few
def relation(cell: Any) -> str:
    value = text(cell)
    if not value:
        raise WrongCell("与户主关系不能为空")
    return "户主" if value in ("户主", "本人或户主", "本人") else value[:20]


KINDS = {
    "": "", "未脱贫": "POOR", "返贫": "POOR", "贫困户": "POOR",
    "已脱贫": "LIFTED", "新脱贫": "LIFTED", "历史已脱贫": "LIFTED", "脱贫户": "LIFTED",
    "已脱贫(享受政策)": "LIFTED", "已脱贫(不享受政策)": "LIFTED",
    "一般农户": "GENERAL", "一般户": "GENERAL",
}  # fmt: skip


@few
def kind(cell: Any) -> str:
    value = text(cell).replace("（", "(").replace("）", ")")
    if value not in KINDS:
        raise WrongCell(f"不认识“{value[:20]}”；可填未脱贫、已脱贫、返贫、一般农户")
    return KINDS[value]


@lru_cache(maxsize=4096)
def place(value: str) -> str:
    """A name as people write it: 东山村委会, 东山村 and 东山 are one village."""
    value = value.strip()
    for tail in ("村民委员会", "居民委员会", "社居委", "村委会", "居委会", "社区", "村"):
        if value.endswith(tail) and len(value) > len(tail):
            return value[: -len(tail)]
    return value


@dataclass(frozen=True)
class Column:
    field: str
    headers: tuple[str, ...]
    parse: Callable[[Any], Any]
    needed: bool = False


COLUMNS = (
    Column("township", ("乡(镇)", "乡镇", "乡", "所属乡镇"), text, True),
    Column("village", ("行政村", "村", "所属行政村"), text, True),
    Column("household_no", ("户编号",), identifier, True),
    Column("person_no", ("人编号", "人口编号"), identifier, True),
    Column("name", ("姓名",), name, True),
    Column("idno", ("证件号码", "身份证号", "身份证号码"), identity, True),
    Column("size", ("人数", "家庭人口数", "当前家庭人口数"), whole(1, 40)),
    Column("relation", ("与户主关系",), relation, True),
    Column("ethnicity", ("民族",), words(20)),
    Column("education", ("文化程度",), words(20)),
    Column("school", ("在校生状况",), words(20)),
    Column("health", ("健康状况",), words(40)),
    Column("labour", ("劳动技能",), words(20)),
    Column("work", ("务工状况", "务工所在地"), words(30)),
    Column("work_months", ("务工时间(月)", "务工时间"), whole(0, 12)),
    Column("insured", ("是否参加大病医疗", "是否参加大病保险"), yes_no),
    Column("kind", ("脱贫属性", "户类型"), kind),
    Column("lifted_year", ("脱贫年度",), month),
    Column("poverty_class", ("贫困户属性", "(贫困户属性)"), words(20)),
    Column("cause", ("主要致贫原因",), words(20)),
    Column("unsafe_house", ("是否危房户",), yes_no),
    Column("safe_water", ("是否解决安全饮用水",), yes_no),
    Column("income_per_head", ("人均纯收入", "人均纯收入(元)"), money),
    Column("phone", ("联系电话", "户联系电话"), phone),
    Column("household_identified", ("首次识别时间",), month),
    Column("person_identified", ("贫困人员识别时间",), month),
)
BY_HEADER = {header: column for column in COLUMNS for header in column.headers}


def header_name(cell: Any) -> str:
    """Brackets of both widths and stray blanks are one header; a suffix 0 marks a repeat."""
    value = "".join(str(cell or "").split())
    return value.replace("（", "(").replace("）", ")")
