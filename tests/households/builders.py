"""Invented rosters: an impossible region with a valid check digit."""

from __future__ import annotations

import io
from datetime import date
from typing import Any

import xlsxwriter
from stdnum.cn.ric import calc_check_digit

from cadres.models import Area, Cadre, Unit
from cadres.pinyin import sort_key
from households.models import Assignment, Household, Policy

HEADERS = ["乡(镇)", "行政村", "户编号", "人编号", "姓名", "证件号码", "人数", "与户主关系", "民族",
           "文化程度", "健康状况", "脱贫属性", "是否危房户", "人均纯收入", "联系电话", "首次识别时间"]  # fmt: skip
VILLAGE = "340828202200"


def idno(serial: int) -> str:
    first = f"9999991970{1 + serial % 12:02}{1 + serial % 28:02}{serial % 1000:03}"
    return first + str(calc_check_digit(first + "0"))


def line(serial: int, **changes: Any) -> dict[str, Any]:
    row = dict(zip(HEADERS, ["青天乡", "同心村委会", f"0082{serial:08}", f"0091{serial:08}", f"演示{serial}",
                             idno(serial), 1, "户主", "汉族", "小学", "健康", "已脱贫", "否",
                             9500.5, f"1990001{serial:04}", "201401"], strict=True))  # fmt: skip
    return {**row, **changes}


def workbook(
    rows: list[dict[str, Any]], *, banner: bool = False, headers: list[str] = HEADERS
) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet("数据")
    top = 0
    if banner:
        sheet.merge_range(0, 0, 0, 5, "岳西县花名册")
        top = 2
    sheet.write_row(top, 0, headers)
    for number, row in enumerate(rows, start=top + 1):
        for at, header in enumerate(headers):
            value = row.get(header)
            if isinstance(value, int | float):
                sheet.write_number(number, at, value)
            elif value not in (None, ""):
                sheet.write_string(number, at, value)
    book.close()
    return buffer.getvalue()


def household(name: str = "演示户", village: str = VILLAGE, **fields: Any) -> Household:
    given = {"head_name": name, "pinyin": sort_key(name), "area_id": village, "kind": "LIFTED"}
    return Household.objects.create(**{**given, **fields})


def helps(
    cadre: Cadre, home: Household, rank: str = "MAIN", start: date = date(2026, 1, 1)
) -> Assignment:
    return Assignment.objects.create(cadre=cadre, household=home, rank=rank, start=start)


def policy(name: str, start: date = date(2026, 1, 1), end: date | None = None) -> Policy:
    county = Area.objects.get(level="COUNTY")
    unit, _ = Unit.objects.get_or_create(area=county, name="县医保局", defaults={"kind": "COUNTY"})
    return Policy.objects.create(
        title=name, what="演示说明", for_whom="脱贫户", standard="演示标准", lead_unit=unit,
        contact="演示科室", valid_from=start, valid_to=end,
    )  # fmt: skip
