"""包保对应表: which helper has which household, by workbook."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cadres.imports.cells import Column, WrongCell, day, identifier, one_of
from cadres.imports.listing import ListImporter
from cadres.imports.places import Places
from cadres.models import Cadre
from households.actions.assignments import assign
from households.models import Assignment
from households.querysets import helper_by_number, households_visible_to
from yuexi.core import clock

RANKS = {
    "": "MAIN",
    "帮扶责任人": "MAIN",
    "第一帮扶人": "MAIN",
    "主帮扶人": "MAIN",
    "第二帮扶人": "SECOND",
}


class PairImporter(ListImporter):
    code = "PAIRS"
    name = "包保对应表"
    right = "assignment.edit"
    about = "一户一行：户编号对帮扶人工号。已有帮扶人的户，从开始日期起换成新的，原来的记录保留。"
    done_path = "/households/"
    columns = (
        Column("household", ("户编号",), identifier, True),
        Column("cadre", ("帮扶人工号", "工号"), identifier, True),
        Column(
            "rank", ("帮扶身份", "身份"), one_of(RANKS), False, "帮扶责任人（留空即是）、第二帮扶人"
        ),
        Column("start", ("开始日期", "帮扶开始时间"), day, False, "留空为导入当天"),
    )

    def write(self, values: dict[str, Any], places: Places, *, by: Cadre, at: datetime) -> str:
        home = households_visible_to(by).filter(national_no=values["household"] or None).first()
        if home is None:
            raise WrongCell("户编号：找不到这一户，或不在您的管辖范围")
        cadre = helper_by_number(values["cadre"])
        if cadre is None:
            raise WrongCell("帮扶人工号：找不到这个工号，或账号已停用")
        rank, start = values.get("rank", "MAIN"), values.get("start") or clock.day(at)
        now = Assignment.objects.filter(household=home, rank=rank, end__isnull=True).first()
        if now and now.cadre_id == cadre.pk:
            return "UNCHANGED"
        assign(household_ids=[home.pk], cadre=cadre, rank=rank, start=start, by=by, at=at)
        return "UPDATED" if now else "CREATED"
