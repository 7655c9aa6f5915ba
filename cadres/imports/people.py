"""单位, 干部 and their 任职 by workbook."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from cadres.actions.people import add_cadre, appoint, edit_cadre
from cadres.actions.units import save_unit
from cadres.categories import CATEGORIES
from cadres.imports.cells import Column, WrongCell, day, identifier, one_of, several, text, words
from cadres.imports.cells import phone as phone_cell
from cadres.imports.listing import ListImporter
from cadres.imports.places import Places
from cadres.models import Cadre, Post, Unit
from cadres.roles import ROLES
from cadres.scope import units_with
from yuexi.core import clock, crypto

TOWNSHIP = Column("township", ("乡镇", "乡(镇)", "所属乡镇"), text, False, "县直单位留空")
VILLAGE = Column("village", ("村", "行政村"), text, False, "村级才填")


class UnitImporter(ListImporter):
    code = "UNITS"
    name = "单位"
    right = "unit.manage"
    about = (
        "县直单位、乡镇政府、村（社区）。县直单位写明主管哪几类问题，整改的牵头单位由此取默认值。"
    )
    done_path = "/units/"
    columns = (
        Column("name", ("单位名称", "单位"), words(60, needed=True), True),
        Column("kind", ("单位类别", "类别"), one_of({label: code for code, label in Unit.Kind.choices}), True,
               "县直单位、乡镇、村（社区）"),
        TOWNSHIP,
        VILLAGE,
        Column("fields", ("主管类别",), several, False, "、".join(CATEGORIES)),
    )  # fmt: skip

    def write(self, values: dict[str, Any], places: Places, *, by: Cadre, at: datetime) -> str:
        area = places.find(values.pop("township", ""), values.pop("village", ""))
        fields = values.pop("fields", [])
        _, outcome = save_unit(**values, fields=fields, area=area, by=by, at=at)
        return outcome


class CadreImporter(ListImporter):
    code = "CADRES"
    name = "干部和任职"
    right = "cadre.manage"
    about = "一行一项任职，同一人有几项任职就写几行；只建账号不任职的，角色留空。导入后到“初始密码”页打印密码条。"
    done_path = "/cadres/"
    columns = (
        Column("name", ("姓名",), words(30, needed=True), True),
        Column("work_no", ("工号",), identifier, True, "文本格式，全县不重复"),
        Column("phone", ("手机号", "联系电话"), phone_cell),
        Column("unit", ("单位", "工作单位"), words(60, needed=True), True),
        Column("role", ("角色", "岗位"), one_of({"": "", **{r.name: r.code for r in ROLES}}), False,
               "、".join(r.name for r in ROLES)),
        Column("township", ("管辖乡镇",), text, False, "全县范围留空"),
        Column("village", ("管辖村",), text),
        Column("start", ("任职日期",), day, False, "留空为导入当天"),
    )  # fmt: skip

    def write(self, values: dict[str, Any], places: Places, *, by: Cadre, at: datetime) -> str:
        if not values["work_no"]:
            raise WrongCell("工号：不能为空")
        unit = self._unit(values["unit"], by)
        found = Cadre.objects.select_related("unit__area").filter(work_no=values["work_no"]).first()
        phone = values.get("phone", "")
        if found is None:
            cadre, _ = add_cadre(work_no=values["work_no"], name=values["name"], unit=unit, phone=phone,
                                 by=by, at=at, with_password=False)  # fmt: skip
            outcome = "CREATED"
        else:
            cadre = found
            number = phone or (crypto.decrypt(cadre.phone) if cadre.phone else "")
            changed = edit_cadre(
                cadre=cadre, name=values["name"], unit=unit, phone=number, by=by, at=at
            )
            outcome = "UPDATED" if changed else "UNCHANGED"
        if values.get("role"):
            outcome = self._post(cadre, unit, values, places, outcome, by=by, at=at)
        return outcome

    def _post(
        self, cadre: Cadre, unit: Unit, values: dict[str, Any], places: Places, outcome: str, *, by: Cadre, at: datetime
    ) -> str:  # fmt: skip
        area = places.find(values.get("township", ""), values.get("village", ""))
        held = Post.objects.filter(
            cadre=cadre, unit=unit, role=values["role"], area=area, end__isnull=True
        )
        if held.exists():
            return outcome
        start = values.get("start") or clock.day(at)
        appoint(cadre=cadre, role=values["role"], unit=unit, area=area, start=start, by=by, at=at)
        return "CREATED" if outcome == "CREATED" else "UPDATED"

    def _unit(self, name: str, by: Cadre) -> Unit:
        units = Unit.objects.filter(units_with(by, self.right), name=name).select_related("area")[
            :2
        ]
        if not units:
            raise WrongCell(f"单位：找不到“{name}”，或不在您的管辖范围；请先导入单位")
        if len(units) > 1:
            raise WrongCell(f"单位：有不止一个“{name}”，请在系统里逐人新增")
        return units[0]
