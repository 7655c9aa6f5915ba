"""进驻、部门类别、豁免: dated facts on which the ratios are counted."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from cadres.events import record
from cadres.models import Area, Cadre, Exemption, Stationing, Unit, UnitProfile
from cadres.models.forces import Dated
from cadres.scope import manages, require
from yuexi.core.refusals import BadInput, NotYours, Refusal

T = TypeVar("T", bound=Dated)


def station(
    *, cadre: Cadre, area: Area, kind: str, start: date, document_no: str, by: Cadre, at: datetime
) -> Stationing:
    if not manages(by, cadre.unit) or cadre.unit is None:
        raise NotYours("not_his_unit", "只能登记本单位人员的进驻。")
    wanted = "VILLAGE" if kind in ("VILLAGE", "HOUSEHOLD") else "TOWNSHIP"
    if area.level != wanted:
        raise BadInput("station_area", "进驻乡镇请选乡镇，驻村、包户请选村。", field="area")
    made = Stationing(cadre=cadre, unit=cadre.unit, area=area, kind=kind, start=start, document_no=document_no, by=by, at=at)  # fmt: skip
    return _add(made, {"name": cadre.name, "to": area.code, "kind": made.get_kind_display()},
                "stationing_one_at_a_time", f"{cadre.name}在这段时间已有进驻登记，请先结束原来的。")  # fmt: skip


def set_profile(
    *, unit: Unit, profile: str, start: date, document_no: str, by: Cadre, at: datetime
) -> UnitProfile:
    """No unit puts itself on the list (A-17)."""
    require(by, "force.rule", unit.area.code)
    if by.unit_id == unit.pk:
        raise NotYours("own_unit", "本单位不能把自己列为例外或专抓，请由县委组织部的其他人员办理。")
    if not document_no.strip():
        raise BadInput("document_no", "请填写依据文号：例外部门和专抓单位由县里发文确定。", field="document_no")  # fmt: skip
    made = UnitProfile(unit=unit, profile=profile, start=start, document_no=document_no.strip(), by=by, at=at)  # fmt: skip
    return _add(made, {"unit": unit.name, "kind": made.get_profile_display()},
                "unit_profile_one_at_a_time", f"{unit.name}在这段时间已有类别，请先结束原来的。")  # fmt: skip


def exempt(
    *, cadre: Cadre, reason: str, start: date, document_no: str, by: Cadre, at: datetime
) -> Exemption:
    require(by, "force.rule", cadre.unit.area.code if cadre.unit else "")
    if by.pk == cadre.pk:
        raise NotYours("own_exemption", "不能给自己办理豁免，请由组织部的其他人员办理。")
    if not document_no.strip():
        raise BadInput(
            "document_no", "请填写批准文号：豁免须经批准，名单在县内公开。", field="document_no"
        )
    made = Exemption(cadre=cadre, reason=reason, start=start, document_no=document_no.strip(), by=by, at=at)  # fmt: skip
    return _add(made, {"name": cadre.name, "reason": made.get_reason_display()},
                "exemption_one_at_a_time", f"{cadre.name}在这段时间已有豁免，请先结束原来的。")  # fmt: skip


def _add(made: T, after: dict[str, Any], constraint: str, said: str) -> T:
    try:
        with transaction.atomic():
            made.save(force_insert=True)
            record(
                "station.start" if isinstance(made, Stationing) else "profile.start" if isinstance(made, UnitProfile) else "exemption.start",
                made, by=made.by, at=made.at, area=_area(made), after={**after, "start": str(made.start)})  # fmt: skip
    except IntegrityError as error:
        if constraint not in str(error):
            raise
        raise Refusal("dated_overlap", said, field="start") from None
    return made


KINDS: dict[str, type[Dated]] = {"stationing": Stationing, "profile": UnitProfile, "exemption": Exemption}  # fmt: skip


def end_dated(*, kind: str, pk: int, end: date, by: Cadre, at: datetime) -> None:
    """`end` is the first day on which it holds no more."""
    with transaction.atomic():
        found: Any = KINDS[kind]._default_manager.select_for_update().get(pk=pk)
        if kind == "stationing":
            if not manages(by, found.unit):
                raise NotYours("not_his_unit", "只能结束本单位人员的进驻。")
        else:
            require(by, "force.rule", _area(found))
        if kind == "profile" and by.unit_id == found.unit_id:
            raise NotYours("own_unit", "本单位的类别请由组织部的其他人员办理。")
        if end < found.start:
            raise BadInput("end_before_start", f"结束日期不能早于开始日期（{found.start}）。", field="end")  # fmt: skip
        if found.end is not None and end >= found.end:
            raise Refusal("dated_over", "已经结束了；结束日期只能提前，请刷新页面查看。")
        found.end = end
        found.save(update_fields=["end"])
        record("station.end" if kind == "stationing" else "profile.end" if kind == "profile" else "exemption.end", found, by=by, at=at, area=_area(found), after={"end": str(end)})  # fmt: skip


def _area(row: Any) -> str:
    if isinstance(row, Stationing):
        return str(row.area_id)
    unit = row.unit if isinstance(row, UnitProfile) else row.cadre.unit
    return unit.area.code if unit else ""
