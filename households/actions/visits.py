from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

import uuid6
from django.db import IntegrityError, transaction

from cadres.events import current_origin, record
from cadres.models import Cadre, StoredFile
from cadres.scope import require, scope_of
from households.models import Household, Visit, VisitCorrection, VisitProblem
from households.querysets import my_households
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.registries import findings
from yuexi.core.secrecy import no_idno

LATE_AFTER = timedelta(hours=24)
LATE_LIMIT = timedelta(hours=72)
NOT_HELPER = "您现在不是这一户的帮扶人，不能记走访；请向乡镇专干核对包保关系。"
CLOCK_SLACK = timedelta(minutes=10)


@dataclass(frozen=True)
class Problem:
    category: str
    text: str


@dataclass(frozen=True)
class VisitEntry:
    """What the visitor says. Location and photo are always optional."""

    mode: str
    occurred_at: datetime
    met: str = ""
    purposes: list[str] = field(default_factory=list)
    policies: list[str] = field(default_factory=list)
    changes: list[str] = field(default_factory=list)
    done: str = ""
    promise: str = ""
    late_reason: str = ""
    problems: list[Problem] = field(default_factory=list)
    latitude: float | None = None
    longitude: float | None = None
    accuracy: float | None = None
    photo: StoredFile | None = None


def may_visit(user: Cadre, household: Household) -> bool:
    return scope_of(user).has("visit.create", household.area_id) or (
        my_households(user).filter(pk=household.pk).exists()
    )


def log_visit(
    *,
    household: Household,
    entry: VisitEntry,
    by: Cadre,
    at: datetime,
    uid: UUID | None = None,
    sent_by: Cadre | None = None,
) -> Visit:
    """The same uid sent twice is one visit: the second answer is the first one's row.
    `sent_by` is the township system that passes on a cadre's visit; it stays marked so."""
    if not may_visit(by, household):
        raise NotYours("not_helper", NOT_HELPER)
    if household.closed:
        raise Refusal("household_closed", f"{household}已销户，不能再记走访。")
    _check(entry, at)
    no_idno([entry.met, entry.done, entry.promise, *(p.text for p in entry.problems)])
    try:
        with transaction.atomic():
            visit = Visit.objects.create(
                uid=uid or uuid6.uuid7(), household=household, area_id=household.area_id, visitor=by,
                mode=entry.mode, met=entry.met.strip(), purposes=entry.purposes,
                policies=entry.policies, changes=entry.changes, done=entry.done.strip(),
                promise=entry.promise.strip(), late_reason=entry.late_reason.strip(), via=current_origin().via,
                occurred_at=entry.occurred_at, recorded_at=max(at, entry.occurred_at), synced_at=at,
                latitude=entry.latitude, longitude=entry.longitude, accuracy=entry.accuracy,
                photo=entry.photo,
            )  # fmt: skip
            for problem in entry.problems:
                found = VisitProblem.objects.create(
                    visit=visit, category=problem.category, text=problem.text.strip()
                )
                findings.open_from("visit", found.pk, by=by, at=at)
            record("visit.log", visit, by=sent_by or by, at=at, area=household.area_id,
                   after={"household": household.pk, "mode": entry.mode, "late": bool(entry.late_reason)})  # fmt: skip
    except IntegrityError:
        kept = Visit.objects.filter(uid=uid, visitor=by).first() if uid else None
        if kept is None or kept.household_id != household.pk:
            raise Refusal(
                "visit_number_taken", "这条记录的编号已被使用，请刷新页面后重新保存。"
            ) from None
        return kept
    return visit


def _check(entry: VisitEntry, at: datetime) -> None:
    if entry.mode not in Visit.Mode.values:
        raise BadInput("mode", "请选择怎么走访的：入户、电话/视频或外出无人。", field="mode")
    if entry.mode != Visit.Mode.NOBODY and not entry.met.strip():
        raise BadInput("met", "请写见到了谁；没见到人请选“外出无人”。", field="met")
    if entry.mode == Visit.Mode.NOBODY and entry.met.strip():
        raise BadInput("met", "选了“外出无人”就不能再写见到了谁，请核对。", field="met")
    if entry.occurred_at > at + CLOCK_SLACK:
        raise BadInput("future", "走访时间不能晚于现在，请核对日期和时间。", field="occurred_at")
    place = (entry.latitude, entry.longitude)
    if None not in place and not (abs(place[0] or 0) <= 90 and abs(place[1] or 0) <= 180):
        raise BadInput("place", "位置不对，请去掉位置后再保存。", field="latitude")
    late = at - entry.occurred_at
    if late > LATE_LIMIT:
        raise BadInput(
            "too_late",
            "走访已超过 72 小时，不能直接补录；请交村里审批后由乡镇专干登记。",
            field="occurred_at",
        )
    if late > LATE_AFTER and not entry.late_reason.strip():
        raise BadInput(
            "late_reason", "走访已过 24 小时，属于补录，请写明补录原因。", field="late_reason"
        )
    if late <= LATE_AFTER and entry.late_reason.strip():
        raise BadInput(
            "not_late", "走访在 24 小时以内，不算补录，请清空补录原因。", field="late_reason"
        )
    for problem in entry.problems:
        if not problem.text.strip() or not problem.category:
            raise BadInput(
                "problem", "发现的问题要有类别和内容；没有问题请留空。", field="problem_text"
            )


# What may be put right afterwards; who, whom and the finding itself never.
CORRECTABLE = {"met": 60, "done": 500, "promise": 200}


def correct(
    *, visit: Visit, values: dict[str, str], reason: str, void: bool, by: Cadre, at: datetime
) -> VisitCorrection:
    """更正 by the visitor, or by the township's clerk: the old value stays in sight."""
    if visit.visitor_id != by.pk or not may_visit(by, visit.household):
        require(by, "household.edit", visit.area_id)
    if len(reason.strip()) < 2:
        raise BadInput("reason", "请写明更正原因。", field="reason")
    seen = effective(visit)
    changed = {
        name: [seen[name], value.strip()]
        for name, value in values.items()
        if name in CORRECTABLE and value.strip() != seen[name]
    }
    if not changed and not void:
        raise BadInput("nothing_changed", "内容没有变化，不用更正。", field="reason")
    if visit.mode != Visit.Mode.NOBODY and changed.get("met", ["", "x"])[1] == "":
        raise BadInput("met", "见到谁不能改成空白；这次没见到人请作废后重记。", field="met")
    with transaction.atomic():
        correction = VisitCorrection.objects.create(
            visit=visit, by=by, at=at, reason=reason.strip(), values=changed, void=void
        )
        record("visit.void" if void else "visit.correct", visit, by=by, at=at, area=visit.area_id,
               before={k: v[0] for k, v in changed.items()},
               after={**{k: v[1] for k, v in changed.items()}, "reason": reason.strip()})  # fmt: skip
    return correction


def effective(visit: Visit) -> dict[str, str]:
    """The record as corrected."""
    now = {name: getattr(visit, name) for name in CORRECTABLE}
    for correction in visit.corrections.order_by("pk"):
        now.update({name: pair[1] for name, pair in correction.values.items()})
    return now
