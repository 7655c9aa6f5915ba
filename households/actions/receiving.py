"""走访 in batches: from a phone that was in a valley, from a township's own system.

Each record gets its own answer and none refuses its neighbours; all of a batch is one
transaction of two statements, and of a third where another sender was quicker with one of
them; so an answer that never arrived is found again by sending the same batch once more.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any, NamedTuple
from uuid import UUID

import msgspec
from django.db import transaction

from cadres.events import current_origin
from cadres.models import Cadre
from cadres.scope import require, scope_of
from households.actions.visits import (
    CLOCK_SLACK,
    Problem,
    VisitEntry,
    VisitRow,
    check_entry,
    is_too_late,
    visit_row,
    write,
)
from households.models import FACTS, HeldVisit, Visit
from households.sync import records, statements
from households.sync.records import Record
from yuexi.core import crypto
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.registries import findings

ACCEPTED, DUPLICATE, HELD, CONFLICT, REFUSED = (
    "accepted",
    "duplicate",
    "held",
    "conflict",
    "refused",
)
HELD_SAYS = {
    HeldVisit.Why.CONFLICT: "同一编号先前送来过另一份内容，两份都已保存，由乡镇专干核定。",
    HeldVisit.Why.LATE: "走访已过 72 小时，已收下，等村里审批。",
    HeldVisit.Why.NOT_HELPER: "包保在走访当天或以前已经结束，记录已收下，由乡镇专干核定。",
    HeldVisit.Why.ACCOUNT: "走访人的账号已停用，已收下，由乡镇专干核定。",
}


class Answer(msgspec.Struct, omit_defaults=True, gc=False):
    uid: UUID | str
    status: str
    receipt: str = ""
    code: str = ""
    message: str = ""
    field: str = ""
    flags: list[str] = []


class Found(NamedTuple):
    """What the database knows of one record."""

    n: int
    household_id: int | None
    area_code: str
    closed: bool
    visitor_id: int | None
    visitor_active: bool
    in_reach: bool  # of a sender who passes on the visits of others
    may: bool  # on the day of the visit
    ever: bool
    visit_id: int | None
    visit_by: int | None
    visit_to: int | None
    visit_digest: memoryview | None
    held: str | None  # JSON: digest in hex → id

    def held_as(self, digest: bytes) -> int | None:
        ids: dict[str, int] = msgspec.json.decode(self.held) if self.held else {}
        return ids.get(digest.hex())


class Asked(msgspec.Struct, omit_defaults=True, gc=False):
    """Of one record what the look-up needs."""

    uid: UUID
    occurred: datetime
    home: UUID | None = None
    home_no: str = ""
    idno: str | None = None
    visitor: str = ""


@dataclass(slots=True)
class _Row:
    """A record on its way, with the index of its answer."""

    at: int
    record: Record
    occurred_at: datetime
    recorded_at: datetime
    clamped: bool  # it said that it was written down after it arrived


def receive(
    *,
    records_raw: list[Any],
    sent_at: datetime | None,
    by: Cadre,
    at: datetime,
    for_others: str = "",
    visitor: str = "",
) -> list[Answer]:
    """`for_others` is the right by which the sender passes on what others did (a township's
    system, a clerk with a colleague's phone); blank: he sends his own. `at` − `sent_at` is
    how far the sender's clock is off; more than ten minutes are corrected and flagged. `visitor` is
    the work number of records that name none."""
    if for_others:
        require(by, for_others)
    offset = clock_offset(sent_at, at)
    shift = offset or timedelta()
    written = at - shift
    answers: list[Answer] = []
    rows: list[_Row] = []
    for raw in records_raw:
        uid, record = records.open_record(raw)
        if isinstance(record, Record):
            if for_others and not record.visitor:
                record.visitor = visitor
            occurred = record.occurred_at + shift
            recorded = (record.recorded_at or written) + shift
            rows.append(_Row(len(answers), record, *not_after(at, occurred, recorded)))
        answers.append(refused(uid, record) if isinstance(record, Refusal) else Answer(uid, ""))
    with transaction.atomic():
        if rows:
            judge = partial(_judge, by=by, at=at, offset=offset, via=current_origin().via,
                            for_others=bool(for_others))  # fmt: skip
            problems = _take(rows, answers, judge, by=by, at=at, for_others=for_others)
            transaction.on_commit(lambda: findings.wake(problems), robust=True)
    return answers


def clock_offset(sent_at: datetime | None, at: datetime) -> timedelta | None:
    """None while the clocks agree within ten minutes."""
    if sent_at is None or abs(at - sent_at) <= CLOCK_SLACK:
        return None
    return timedelta(seconds=round((at - sent_at).total_seconds()))


def not_after(
    at: datetime, occurred: datetime, recorded: datetime
) -> tuple[datetime, datetime, bool]:
    """Nothing is written down after it arrived. Within ten minutes clocks merely differ: both times
    end at the arrival and nothing is said. A visit further ahead stays as it is, to be refused."""
    if occurred <= at + CLOCK_SLACK:
        occurred = min(occurred, at)
    return occurred, max(min(recorded, at), occurred), recorded > at + CLOCK_SLACK


def refused(uid: UUID | str, refusal: Refusal) -> Answer:
    return Answer(uid, REFUSED, code=refusal.code, message=refusal.message, field=refusal.field)


_CLOSED, _CLOCK = str(Visit.Flag.CLOSED), str(Visit.Flag.CLOCK)
Judged = tuple[Answer, VisitRow | None, dict[str, Any] | None]
Judge = Callable[[_Row, Found, bytes], Judged]


def _take(
    rows: list[_Row], answers: list[Answer], judge: Judge, *, by: Cadre, at: datetime, for_others: str
) -> list[int]:  # fmt: skip
    """Look up, judge, write. What another sender committed in between is there to be seen when
    it is judged again: a visit the second time, its held twin the third. Answers with the ids
    of the problems written."""
    problems: list[int] = []
    twins: list[tuple[int, int]] = []
    for _ in range(3):
        found = _look_up(rows, by, for_others)
        visits: list[VisitRow] = []
        held: list[dict[str, Any]] = []
        to_visit: list[_Row] = []
        to_hold: list[_Row] = []
        waiting: dict[int, tuple[_Row, bytes]] = {}
        for row, known in zip(rows, found, strict=True):
            uid, digest = row.record.uid, records.digest(row.record, known.household_id or 0, known.visitor_id or 0)  # fmt: skip
            if uid.int in waiting:  # twice in one batch: the first one counts
                first, said = waiting[uid.int]
                if said == digest:
                    twins.append((row.at, first.at))
                else:
                    answers[row.at] = refused(uid, Refusal("uid_twice", "同一批里有两条编号相同、内容不同的记录，请给其中一条换编号再送。"))  # fmt: skip
                continue
            answers[row.at], visit, kept = judge(row, known, digest)
            if visit is not None:
                visits.append(visit)
                to_visit.append(row)
            elif kept is not None:
                held.append(kept)
                to_hold.append(row)
            else:
                continue
            waiting[uid.int] = (row, digest)
        if not waiting:
            break
        made = write(visits, held, sent_by=by, at=at)
        problems += made.problems
        for place, pk in made.visits.items():
            answers[to_visit[place].at].receipt = f"V{pk}"
        for place, pk in made.held.items():
            answers[to_hold[place].at].receipt = f"H{pk}"
        rows = [row for row, _ in waiting.values() if not answers[row.at].receipt]
        if not rows:
            break
    else:
        raise RuntimeError("neither written nor there: nothing of this batch is answered for")
    for twin, one in twins:
        kept_one = answers[one]
        answers[twin] = Answer(kept_one.uid, DUPLICATE, receipt=kept_one.receipt) if kept_one.receipt else kept_one  # fmt: skip
    return problems


def _look_up(rows: list[_Row], by: Cadre, for_others: str) -> list[Found]:
    prefixes = None
    if for_others:
        prefixes = [f"{p}%" for p in scope_of(by).prefixes.get(for_others, ())]
    others = bool(for_others)
    asked = [
        Asked(r.record.uid, r.occurred_at, r.record.household, r.record.household_no,
              _idno_hash(r.record.idno) if r.record.idno else None, r.record.visitor if others else "")
        for r in rows
    ]  # fmt: skip
    lines = statements.LOOKUP.rows({
        "records": msgspec.json.encode(asked).decode(), "prefixes": prefixes,
        "sender": "" if others else by.work_no, "roles": statements.VISITING,
    })  # fmt: skip
    return [Found._make(line) for line in lines]


def _idno_hash(idno: str) -> str:
    return rf"\x{crypto.lookup_hash(crypto.normal(idno)[:18]).hex()}"


def entry_of(record: Record, occurred_at: datetime) -> VisitEntry:
    changes = record.changes
    if changes or record.facts:
        changed = {FACTS[name] for name, said in record.facts.items() if said.base != said.value}
        changes = sorted({*changes, *changed})
    problems = [Problem(p.category, p.text) for p in record.problems] if record.problems else []
    return VisitEntry(
        record.mode, occurred_at, record.met, record.purposes, record.policies, changes, record.done, record.promise,
        record.late_reason, problems, record.latitude, record.longitude, record.accuracy,
        unreached=record.unreached, unreached_words=record.unreached_words,
    )  # fmt: skip


def facts_of(record: Record) -> list[dict[str, str]]:
    """As text: what is told beside each other is compared by eye and not computed with."""
    return [
        {"field": name, "base": as_told(said.base), "value": as_told(said.value)}
        for name, said in record.facts.items()
        if said.base != said.value
    ]


def as_told(value: bool | str | None) -> str:
    return {True: "是", False: "否", None: ""}.get(value, str(value)) if not isinstance(value, str) else value  # fmt: skip


def _judge(
    row: _Row, known: Found, digest: bytes, *, by: Cadre, at: datetime, offset: timedelta | None, via: str,
    for_others: bool,
) -> Judged:  # fmt: skip
    """The answer to one record, and the row that it becomes: a visit, a held record or neither."""
    uid, record = row.record.uid, row.record
    if known.visit_id is not None:
        if known.visit_by != known.visitor_id:
            return refused(uid, Refusal("uid_taken", "这个记录编号不能使用，请换一个新编号再送。", field="uid")), None, None  # fmt: skip
        same = known.visit_digest is None or bytes(known.visit_digest) == digest
        if same and known.visit_to == known.household_id:
            return Answer(uid, DUPLICATE, receipt=f"V{known.visit_id}"), None, None
    if known.held and (pk := known.held_as(digest)) is not None:
        return Answer(uid, DUPLICATE, receipt=f"H{pk}"), None, None
    entry = entry_of(record, row.occurred_at)
    try:
        _in_reach(known, for_others)
        if row.occurred_at > at + CLOCK_SLACK:
            raise BadInput("future", "走访时间不能晚于现在，请核对日期和时间。", field="occurred_at")  # fmt: skip
        check_entry(entry, recorded_at=row.recorded_at, late_goes_on=True)
    except Refusal as refusal:
        return refused(uid, refusal), None, None
    why = _why_held(known, entry, row.recorded_at)
    offset_s = int(offset.total_seconds()) if offset else None
    flags = [_CLOSED] * bool(known.closed) + [_CLOCK] * (bool(offset) or row.clamped)
    if why is None:
        visit = visit_row(entry, uid=record.uid, household_id=known.household_id or 0, area_code=known.area_code,
                          visitor=known.visitor_id or 0, recorded_at=row.recorded_at, at=at, via=via, digest=digest,
                          clock_offset_s=offset_s, flags=flags, photo_hashes=record.photos,
                          signature=record.signature, facts=facts_of(record) if record.facts else None)  # fmt: skip
        return Answer(uid, ACCEPTED, flags=flags), visit, None
    held = {
        "uid": record.uid, "digest": r"\x" + digest.hex(), "household_id": known.household_id,
        "area_code": known.area_code, "visitor_id": known.visitor_id, "sent_by_id": by.pk, "why": why,
        "record": records.kept(record), "occurred_at": row.occurred_at, "recorded_at": row.recorded_at,
        "clock_offset_s": offset_s, "via": via, "at": at,
    }  # fmt: skip
    status = CONFLICT if why == HeldVisit.Why.CONFLICT else HELD
    return Answer(uid, status, code=why.lower(), message=HELD_SAYS[why]), None, held


def _in_reach(known: Found, for_others: bool) -> None:
    """What the sender may not see does not exist, and a stranger's work number neither."""
    if known.household_id is None or not known.in_reach or (not for_others and not known.ever):
        raise BadInput(
            "household_unknown",
            "找不到这一户，或不在您的范围内；请核对后再送。",
            field="household",
        )
    if known.visitor_id is None or not known.ever:
        raise NotYours(
            "not_helper",
            "范围内没有这个工号的帮扶人，请核对走访人工号和包保关系。",
            field="visitor",
        )


def _why_held(known: Found, entry: VisitEntry, recorded_at: datetime) -> HeldVisit.Why | None:
    if known.visit_id is not None:
        return HeldVisit.Why.CONFLICT
    if not known.visitor_active:
        return HeldVisit.Why.ACCOUNT
    if not known.may:
        return HeldVisit.Why.NOT_HELPER
    if is_too_late(entry, recorded_at):
        return HeldVisit.Why.LATE
    return None
