"""Columns of the national exports (domain C.1, C.2)."""

from __future__ import annotations

from datetime import date
from typing import Any

from stdnum.cn.ric import calc_check_digit

from cadres.imports.cells import (
    Column,
    WrongCell,
    few,
    identifier,
    is_number,
    money,
    month,
    name,
    phone,
    shown,
    text,
    whole,
    words,
    yes_no,
)
from yuexi.core import crypto

MIN_YEAR = 1900


def identity(cell: Any) -> str:
    """18 characters with their check digit, or a disability certificate of 20 or 22 that
    starts with them. The region is not checked: old ones are many and real."""
    if is_number(cell):
        raise WrongCell("证件号码是数字格式，末几位已丢失；请把该列改为文本格式后重新导出")
    value = crypto.normal(cell or "")
    if not value:
        raise WrongCell("证件号码不能为空")
    if len(value) not in (18, 20, 22):
        raise WrongCell(f"证件号码应为 18 位（残疾证 20 或 22 位），现在是 {len(value)} 位")
    first = value[:18]
    if not first[:17].isdecimal() or not first.isascii():
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


@few
def relation(cell: Any) -> str:
    value = text(cell)
    if not value:
        raise WrongCell("与户主关系不能为空")
    return "户主" if value in ("户主", "本人或户主", "本人") else shown(value)


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
        raise WrongCell(f"不认识“{shown(value)}”；可填未脱贫、已脱贫、返贫、一般农户")
    return KINDS[value]


def year(cell: Any) -> str:
    return month(cell)[:4]


COLUMNS = (
    Column("township", ("乡(镇)", "乡镇", "乡", "所属乡镇"), text, True),
    Column("village", ("行政村", "村", "所属行政村"), text, True),
    Column("household_no", ("户编号",), identifier, True, "国家系统没有的户，户编号和人编号都留空"),
    Column("person_no", ("人编号", "人口编号"), identifier, True),
    Column("name", ("姓名",), name, True),
    Column("idno", ("证件号码", "身份证号", "身份证号码"), identity, True),
    Column(
        "head_idno", ("户主证件号码",), identifier, False, "只在户编号留空时要填，用来归到同一户"
    ),
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
    Column("lifted_year", ("脱贫年度",), year),
    Column("poverty_class", ("贫困户属性", "(贫困户属性)"), words(20)),
    Column("cause", ("主要致贫原因",), words(20)),
    Column("unsafe_house", ("是否危房户",), yes_no),
    Column("safe_water", ("是否解决安全饮用水",), yes_no),
    Column("income_per_head", ("人均纯收入", "人均纯收入(元)"), money),
    Column("phone", ("联系电话", "户联系电话"), phone),
    Column("household_identified", ("首次识别时间",), month),
    Column("person_identified", ("贫困人员识别时间",), month),
)
