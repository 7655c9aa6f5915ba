"""台账栏目: what an office may fill in or put right beside the way of an item. Number, source and
original wording never; who is in charge and until when goes by 改派, 移交 and 延期."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import transaction

from cadres.events import record
from cadres.imports.cells import WrongCell, day, one_of, several, words
from cadres.models import Cadre, Unit
from cadres.scope import scope_of
from rectification.actions.moving import locked
from rectification.models import Item
from rectification.workflow import EXTENTS, Status
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno


def _office(item: Item, by: Cadre) -> bool:
    scope = scope_of(by)
    return scope.has("item.assign", item.area_id) or scope.has("item.review", item.area_id)


def _rectifier(item: Item, by: Cadre) -> bool:
    return item.person_id == by.pk


def _office_or_rectifier(item: Item, by: Cadre) -> bool:
    return _office(item, by) or _rectifier(item, by)


@dataclass(frozen=True)
class Field:
    """How a column is written: who may, while the item is where, and how a cell becomes its
    value."""

    label: str
    parse: Callable[[Any], Any]
    may: Callable[[Item, Cadre], bool]
    who: str
    while_: tuple[Status, ...] = ()  # empty: as long as the item is open
    always: bool = False


OFFICE, RECTIFIER = "指挥部整改组", "责任人本人"
EITHER = "指挥部整改组或责任人本人"
WORK = (Status.RECTIFYING,)
FIELDS = {
    "found_on": Field("发现时间", day, _office, OFFICE),
    "found_by": Field("发现人或组", words(60), _office, OFFICE),
    "extent": Field("共性或个性", one_of({"": "", **{n: c for c, n in EXTENTS.items()}}), _office, OFFICE),
    "goal": Field("整改目标", words(200), _rectifier, RECTIFIER, WORK),
    "measure": Field("整改措施", words(500), _rectifier, RECTIFIER, WORK),
    "county_leader": Field("牵头县领导", words(30), _office, OFFICE),
    "unit_leader": Field("责任领导", words(30), _office_or_rectifier, EITHER),
    "co_units": Field("配合单位", several, _office, OFFICE),
    "remark": Field("备注", words(300), _office_or_rectifier, EITHER, always=True),
}  # fmt: skip


CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def tidy(value: str) -> str:
    """Text without what a spreadsheet or a browser adds to or drops from the ends of lines, and
    without tabs, which LibreOffice drops on its way through .ods."""
    lines = value.replace("\t", " ").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(CONTROL.sub("", line).strip() for line in lines).strip()


def shown(item: Item, field: str) -> str:
    """The column as text, as the workbook has it."""
    if field == "co_units":
        return "、".join(sorted(unit.name for unit in item.co_units.all()))
    if field == "extent":
        return EXTENTS.get(item.extent, "")
    value = getattr(item, field)
    return value.isoformat() if isinstance(value, date) else tidy(str(value or ""))


def may_amend(item: Item, field: str, by: Cadre) -> bool:
    return not _against(item, field, by)


def _against(item: Item, field: str, by: Cadre) -> str:
    rule = FIELDS[field]
    if not rule.may(item, by):
        return f"{item.number} 的“{rule.label}”由{rule.who}填写"
    if rule.while_ and Status(item.status) not in rule.while_:
        return f"{item.number} 现在是“{item.waiting_label}”，“{rule.label}”只在整改中能改"
    if not rule.while_ and not rule.always and not item.is_open:
        return f"{item.number} 已经办结，“{rule.label}”不再改动"
    return ""


def refusal_of(item: Item, field: str, said: str, by: Cadre, today: date) -> str:
    """Why this text cannot stand in this column of this item, or ''."""
    if why := _against(item, field, by):
        return why
    try:
        _value(item, field, said, today)
    except WrongCell as wrong:
        return f"{FIELDS[field].label}：{wrong}"
    except Refusal as refusal:
        return refusal.message.rstrip("。")
    return ""


def _value(item: Item, field: str, said: str, today: date) -> Any:
    no_idno(said)
    value = FIELDS[field].parse(tidy(said))
    if field == "measure" and len(value) < 4:
        raise BadInput("measure", "整改措施要写清（至少 4 个字），不能清空。", field="measure")
    if field == "found_on" and value and value > min(today, clock.day(item.created_at)):
        raise BadInput("found_on", "发现时间不能晚于登记那天。", field="found_on")
    if field == "co_units":
        return _units(item, value)
    return value


def _units(item: Item, names: list[str]) -> list[Unit]:
    """County departments, or units of the item's own township."""
    found = {}
    for unit in Unit.objects.filter(name__in=names).select_related("area"):
        if unit.kind == Unit.Kind.COUNTY or unit.area.code[:9] == item.area_id[:9]:
            found[unit.name] = unit
    missing = [n for n in names if n not in found]
    if missing:
        raise BadInput(
            "co_units", f"配合单位找不到“{missing[0][:30]}”，可填县直单位或该乡镇的单位全称。", field="co_units"
        )  # fmt: skip
    if item.unit.name in names:
        raise BadInput("co_units", "责任单位不再列为配合单位，请去掉。", field="co_units")
    return [found[n] for n in dict.fromkeys(names)]


def amend(
    *, item_id: int, said: dict[str, str], by: Cadre, at: datetime, was: dict[str, str] | None = None
) -> list[str]:  # fmt: skip
    """Writes each column as typed and answers with those that changed. `was` is what its writer
    had before his eyes: what somebody else changed meanwhile is never overwritten."""
    with transaction.atomic():
        (item,) = locked([item_id])
        before = {f: shown(item, f) for f in said}
        changed = [f for f in said if tidy(said[f]) != before[f]]
        for field in changed:
            if was is not None and was.get(field, before[field]) != before[field]:
                raise Refusal(
                    "changed_meanwhile",
                    f"{item.number} 的“{FIELDS[field].label}”刚刚被改成“{before[field][:40] or '（空）'}”，请刷新后再改。",
                )
            if not FIELDS[field].may(item, by):
                raise NotYours("not_amender", _against(item, field, by) + "。")
            if why := _against(item, field, by):
                raise Refusal("amend", why + "。")
            try:
                value = _value(item, field, said[field], clock.day(at))
            except WrongCell as wrong:
                raise BadInput(field, f"{FIELDS[field].label}：{wrong}。", field=field) from None
            if field == "co_units":
                item.co_units.set(value)
            else:
                setattr(item, field, value)
        changed = [f for f in changed if shown(item, f) != before[f]]
        if changed:
            item.save()
            record("item.amend", item, by=by, at=at, area=item.area_id,
                   before={f: before[f] for f in changed}, after={f: shown(item, f) for f in changed})  # fmt: skip
    return changed
