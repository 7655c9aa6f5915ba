"""现场解决: who finds a small thing and mends it there says so in one save. The way is the
same one (states, evidence, triggers); only the charge is left out, for nobody was charged."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from django.db import transaction

from cadres.files import store
from cadres.models import Cadre, Unit
from rectification.actions.closing import attach, handed_in
from rectification.actions.moving import expect, locked, moved
from rectification.actions.registering import Finding, register
from rectification.models import Item
from rectification.workflow import ON_SPOT_SOURCES, Route, Status
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal


@dataclass(frozen=True)
class Solution:
    """What was done, and the one piece of evidence for it."""

    done: str
    content: bytes
    name: str


def register_solved(*, finding: Finding, solution: Solution, by: Cadre, at: datetime) -> Item:
    """登记 and 现场解决 in one transaction: both are there, or neither."""
    _small(finding.source)
    own = replace(finding, grade="AT_ONCE", route=Route.ON_SPOT, unit=_unit_of(by), person=by)
    with transaction.atomic():
        item = register(finding=own, by=by, at=at)
        _solve(item, solution, by=by, at=at)
    return item


def solve(*, item_id: int, solution: Solution, by: Cadre, at: datetime) -> Item:
    """Of a finding that waits for its 审核, by who registered it: a visit's problem above all."""
    with transaction.atomic():
        (item,) = locked([item_id])
        expect(item, "solve")
        if item.created_by_id != by.pk:
            raise NotYours(
                "not_finder", "只有登记人本人能登记“现场解决”，其他人请按审核、交办的流程办理。"
            )
        _small(item.source)
        if item.lasts:
            raise Refusal(
                "lasting_on_spot", "“长期坚持”的问题要分阶段整改，不能登记为现场解决；请按交办的流程办理。"
            )  # fmt: skip
        item.person, item.unit, item.route = by, _unit_of(by), Route.ON_SPOT
        _solve(item, solution, by=by, at=at)
    return item


def _small(source: str) -> None:
    if source not in ON_SPOT_SOURCES:
        raise BadInput(
            "on_spot_source",
            "只有入户走访或自查发现的小问题能登记为现场解决；其他来源请用“交办整改”登记。",
            field="source",
        )


def _unit_of(by: Cadre) -> Unit:
    if by.unit is None:
        raise BadInput("no_unit", "您的账号没有单位，不能当责任人；请管理员先核对单位。")
    return by.unit


def _solve(item: Item, solution: Solution, *, by: Cadre, at: datetime) -> None:
    if len(solution.done.strip()) < 4:
        raise BadInput("done", "请写清当场怎么解决的（至少 4 个字）。", field="done")
    file = store(solution.content, name=solution.name, by=by, at=at)
    attach(item, file, "现场解决的佐证", by=by, at=at)
    item.measure = solution.done.strip()
    handed_in(item, clock.day(at))
    moved(item, "solve", Status.APPROVE, by=by, at=at, measure=item.measure, person=by.name)
