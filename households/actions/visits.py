from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import msgspec
import uuid6
from django.db import transaction

from cadres.events import current_origin, record
from cadres.models import Cadre, StoredFile
from cadres.scope import require, scope_of
from households.models import CORRECTABLE, Household, Visit, VisitCorrection, VisitPhoto
from households.querysets import my_households
from households.sync import records
from households.sync.records import ProblemSaid, Record
from households.sync.statements import WRITE
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.registries import findings
from yuexi.core.secrecy import no_idno

LATE_AFTER = timedelta(hours=24)
LATE_LIMIT = timedelta(hours=72)
NOT_HELPER = "您现在不是这一户的帮扶人，不能记走访；请向乡镇专干核对包保关系。"
OTHER_CONTENT = (
    "这条走访已经保存过，这次送来的内容不一样，没有再保存。要改已存的内容，请到那条走访里办更正；"
    "是另一次走访，请重新打开记走访再填（对接系统请换一个新编号）。"
)
CLOCK_SLACK = timedelta(minutes=10)
# Asked for each record of a batch: `values` makes them anew.
MODES, UNREACHED = frozenset(Visit.Mode.values), frozenset(Visit.Unreached.values)


@dataclass(slots=True)
class Problem:
    category: str
    text: str


@dataclass(slots=True)
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
    unreached: str = ""
    unreached_words: str = ""


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
    """One visit, now. The same uid with the same content is one visit: the second answer is the
    first one's row; with other content it is refused. `sent_by` is the township system that
    passes on a cadre's visit."""
    if not may_visit(by, household):
        raise NotYours("not_helper", NOT_HELPER)
    if household.closed:
        raise Refusal("household_closed", f"{household}已销户，不能再记走访。")
    check_entry(entry, recorded_at=at)
    number = uid or uuid6.uuid7()
    told = records.digest(as_record(entry, number), household.pk, by.pk)
    # A clock a few minutes ahead: no visit lies after its arrival. The digest keeps what was said.
    row = visit_row(replace(entry, occurred_at=min(entry.occurred_at, at)), uid=number, household_id=household.pk, area_code=household.area_id, visitor=by,
                    recorded_at=at, at=at, via=current_origin().via, digest=told)  # fmt: skip
    with transaction.atomic():
        made = write([row], [], sent_by=sent_by or by, at=at)
        if 0 not in made.visits:
            kept = Visit.objects.filter(uid=number, visitor=by, household=household).first()
            if kept is None:
                raise Refusal(
                    "visit_number_taken", "这条记录的编号已被使用，请刷新页面后重新保存。"
                )
            if kept.digest is not None and bytes(kept.digest) != told:
                raise Refusal("visit_content", OTHER_CONTENT)
            return kept
        visit = Visit.objects.get(pk=made.visits[0])
        if entry.photo:
            VisitPhoto.objects.create(visit=visit, file=entry.photo, at=at)
        for problem in made.problems:
            findings.open_from("visit", problem, by=by, at=at)
    return visit


def as_record(entry: VisitEntry, uid: UUID) -> Record:
    """The entry in the words of a batch, so that both roads know the same content again."""
    return Record(
        uid=uid, mode=entry.mode, occurred_at=entry.occurred_at, met=entry.met,
        unreached=entry.unreached, unreached_words=entry.unreached_words, purposes=entry.purposes,
        policies=entry.policies, changes=entry.changes, done=entry.done, promise=entry.promise,
        late_reason=entry.late_reason, problems=[ProblemSaid(p.category, p.text) for p in entry.problems],
        latitude=entry.latitude, longitude=entry.longitude, accuracy=entry.accuracy,
        photos=[entry.photo.sha256] if entry.photo else [],
    )  # fmt: skip


@dataclass(frozen=True)
class Written:
    """What the one statement really wrote: ids of visits and held records by their place in what
    was given, and of problems."""

    visits: dict[int, int]
    held: dict[int, int]
    problems: list[int]


class VisitRow(msgspec.Struct, omit_defaults=True, gc=False):
    """A visit by the names of its columns, for `write`. What is empty is left out on the way."""

    uid: UUID
    household_id: int
    area_code: str
    visitor_id: int
    mode: str
    occurred_at: datetime
    recorded_at: datetime
    synced_at: datetime
    via: str
    met: str = ""
    purposes: list[str] = []
    policies: list[str] = []
    changes: list[str] = []
    done: str = ""
    promise: str = ""
    late_reason: str = ""
    latitude: float | None = None
    longitude: float | None = None
    accuracy: float | None = None
    photo_hashes: list[str] = []
    digest: str | None = None
    clock_offset_s: int | None = None
    flags: list[str] = []
    problems: list[dict[str, str]] = []
    facts: list[dict[str, str]] = []
    unreached: str = ""
    unreached_words: str = ""
    signature_hash: str = ""


def write(
    visits: list[VisitRow], held: list[dict[str, Any]], *, sent_by: Cadre, at: datetime
) -> Written:
    """One statement for all rows and their events. Of a uid that is there already nothing is
    written and nothing comes back."""
    origin = current_origin()
    values = {"visits": msgspec.json.encode(visits).decode(), "held": msgspec.json.encode(held).decode(), "at": at,
              "actor": sent_by.pk, "via": origin.via, "request": origin.request_id}  # fmt: skip
    made = Written({}, {}, [])
    for what, places, ids in WRITE.rows(values):
        if what == "P":
            made.problems.extend(sorted(ids or []))
        else:
            (made.visits if what == "V" else made.held).update(zip(places or [], ids or [], strict=True))  # fmt: skip
    return made


def visit_row(
    entry: VisitEntry, *, uid: UUID, household_id: int, area_code: str, visitor: Cadre | int, recorded_at: datetime,
    at: datetime, via: str, digest: bytes | None = None, clock_offset_s: int | None = None,
    flags: list[str] | None = None, photo_hashes: list[str] | None = None, signature: str | None = None,
    facts: list[dict[str, str]] | None = None,
) -> VisitRow:  # fmt: skip
    problems = [{"category": p.category, "text": p.text.strip()} for p in entry.problems] if entry.problems else []  # fmt: skip
    return VisitRow(
        uid, household_id, area_code, visitor if isinstance(visitor, int) else visitor.pk, entry.mode,
        entry.occurred_at, recorded_at, at, via, entry.met.strip(), entry.purposes, entry.policies, entry.changes,
        entry.done.strip(), entry.promise.strip(), entry.late_reason.strip(), entry.latitude, entry.longitude,
        entry.accuracy, photo_hashes or [], rf"\x{digest.hex()}" if digest else None, clock_offset_s, flags or [],
        problems, facts or [], entry.unreached, entry.unreached_words.strip(), signature or "",
    )  # fmt: skip


def is_too_late(entry: VisitEntry, recorded_at: datetime) -> bool:
    return recorded_at - entry.occurred_at > LATE_LIMIT


def check_entry(entry: VisitEntry, *, recorded_at: datetime, late_goes_on: bool = False) -> None:
    """The rules of one visit, whichever road it comes by. 补录 is judged by when it was written
    down and not by when a signal came. `late_goes_on`: what is too late waits for approval."""
    if entry.mode not in MODES:
        raise BadInput("mode", "请选择怎么走访的：入户、电话/视频或外出无人。", field="mode")
    if entry.mode != Visit.Mode.NOBODY and not entry.met.strip():
        raise BadInput("met", "请写见到了谁；没见到人请选“外出无人”。", field="met")
    if entry.mode == Visit.Mode.NOBODY and entry.met.strip():
        raise BadInput("met", "选了“外出无人”就不能再写见到了谁，请核对。", field="met")
    if entry.unreached or entry.unreached_words:
        _check_reason(entry)
    if entry.occurred_at > recorded_at + CLOCK_SLACK:
        raise BadInput("future", "走访时间不能晚于现在，请核对日期和时间。", field="occurred_at")
    if not (abs(entry.latitude or 0) <= 90 and abs(entry.longitude or 0) <= 180):
        raise BadInput("place", "位置不对，请去掉位置后再保存。", field="latitude")
    late = recorded_at - entry.occurred_at
    if late > LATE_LIMIT and not late_goes_on:
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
    no_idno("\n".join((entry.met, entry.unreached_words, entry.done, entry.promise, entry.late_reason, *entry.policies,
                       *(p.text for p in entry.problems))))  # fmt: skip


def _check_reason(entry: VisitEntry) -> None:
    """Optional, since older phones and systems do not ask for it."""
    if entry.mode != Visit.Mode.NOBODY:
        raise BadInput(
            "unreached", "见到了人就不填“没见到人的原因”，请去掉后再保存。", field="unreached"
        )
    if entry.unreached not in UNREACHED:
        raise BadInput(
            "unreached",
            f"请选没见到人的原因：{'、'.join(str(label) for label in Visit.Unreached.labels)}。",
            field="unreached",
        )


def correct(
    *, visit: Visit, values: dict[str, str], reason: str, void: bool, by: Cadre, at: datetime
) -> VisitCorrection:
    """更正 by the visitor, or by the township's clerk: the old value stays in sight."""
    if visit.visitor_id != by.pk or not may_visit(by, visit.household):
        require(by, "household.edit", visit.area_id)
    if len(reason.strip()) < 2:
        raise BadInput("reason", "请写明更正原因。", field="reason")
    seen = visit.as_corrected.texts()
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
