from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from cadres.categories import CATEGORIES
from cadres.events import record
from cadres.models import Area, Cadre, Unit
from cadres.scope import require
from yuexi.core.refusals import BadInput


def known(fields: list[str]) -> None:
    unknown = [f for f in fields if f not in CATEGORIES]
    if unknown:
        raise BadInput(
            "unit_fields", f"不认识主管类别“{unknown[0]}”；可填：{'、'.join(CATEGORIES)}。", field="fields"
        )  # fmt: skip


def save_unit(
    *, name: str, kind: str, area: Area, fields: list[str], by: Cadre, at: datetime
) -> tuple[Unit, str]:
    """A unit is known by its name in its place; saved again it takes kind and fields."""
    require(by, "unit.manage", area.code)
    name = name.strip()
    if not name:
        raise BadInput("unit_name", "请写单位名称。", field="name")
    if kind not in Unit.Kind.values or kind != area.level:
        raise BadInput(
            "unit_place", f"{area.name}不能设这一类单位：县直单位设在县、乡镇设在乡镇、村设在村。", field="kind"
        )  # fmt: skip
    known(fields)
    with transaction.atomic():
        unit, made = Unit.objects.select_for_update().get_or_create(
            area=area, name=name, defaults={"kind": kind, "fields": fields}
        )
        if made:
            record("unit.add", unit, by=by, at=at, area=area.code,
                   after={"name": name, "kind": kind, "fields": fields})  # fmt: skip
            return unit, "CREATED"
        before = {"kind": unit.kind, "fields": unit.fields}
        after = {"kind": kind, "fields": fields or unit.fields}
        if before == after:
            return unit, "UNCHANGED"
        unit.kind, unit.fields = kind, after["fields"]
        unit.save(update_fields=["kind", "fields"])
        record("unit.edit", unit, by=by, at=at, area=area.code, before=before, after=after)
    return unit, "UPDATED"


def edit_unit(*, unit_id: int, name: str, fields: list[str], by: Cadre, at: datetime) -> None:
    """Name and fields; where it lies and what it is stays, since posts and items hang on it."""
    known(fields)
    try:
        with transaction.atomic():
            unit = (
                Unit.objects.select_for_update(of=("self",)).select_related("area").get(pk=unit_id)
            )
            require(by, "unit.manage", unit.area.code)
            if not name.strip():
                raise BadInput("unit_name", "请写单位名称。", field="name")
            before = {"name": unit.name, "fields": unit.fields}
            unit.name, unit.fields = name.strip(), fields
            unit.save(update_fields=["name", "fields"])
            record("unit.edit", unit, by=by, at=at, area=unit.area.code, before=before,
                   after={"name": unit.name, "fields": fields})  # fmt: skip
    except IntegrityError:
        raise BadInput("unit_taken", "同一地方已有同名单位，请核对。", field="name") from None
