"""At the door: what the team writes down, on the phone without a signal or at the desk.

Each record is one line of the sealed journal and has a number of its own, made where it was
written: sent again it is the same record. Of two records of one household the first one counts,
the second is kept beside it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Annotated
from uuid import UUID

import msgspec
from django.db import transaction
from django.db.models import Q
from msgspec import Meta, Struct

from cadres.categories import CATEGORIES
from cadres.files import store
from cadres.models import Cadre
from households.models import Household, Member
from inspections import pieces, sealed
from inspections.actions.plans import at_work, clock_words
from inspections.models import Answer, Indicator, Plan, Sampled, Standard
from inspections.standards import Question, in_force, questions_of
from yuexi.core import clock
from yuexi.core.refusals import BadInput, Refusal
from yuexi.core.secrecy import no_idno

CLOCK_OFF = timedelta(minutes=10)
SAID = frozenset(Answer.Said.values)
ACCEPTED, DUPLICATE, HELD = "accepted", "duplicate", "held"

Text20 = Annotated[str, Meta(max_length=20)]
Text41 = Annotated[str, Meta(max_length=41)]
Text200 = Annotated[str, Meta(max_length=200)]
Text500 = Annotated[str, Meta(max_length=500)]
Moment = Annotated[datetime, Meta(tz=True)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class AnswerSaid(Struct, forbid_unknown_fields=True):
    code: Text41
    said: Text20
    member: int | None = None


class FoundSaid(Struct, forbid_unknown_fields=True, kw_only=True):
    text: Text500
    category: Text20
    code: Text41 = ""  # of the question whose answer showed it
    photos: Annotated[list[Sha256], Meta(max_length=6)] = []


class DoorRecord(Struct, forbid_unknown_fields=True, kw_only=True):
    uid: UUID
    household: UUID
    outcome: Text20
    recorded_at: Moment
    cleared: bool | None = None
    said: Text200 = ""
    standard: int | None = None
    answers: Annotated[list[AnswerSaid], Meta(max_length=400)] = []
    found: Annotated[list[FoundSaid], Meta(max_length=20)] = []


@dataclass(frozen=True)
class Asked:
    """The questions of one household, and where a gap goes in the ledger."""

    standard: Standard | None
    questions: list[Question]
    categories: dict[str, str]  # by code of the indicator


class Questionnaires:
    """By kind of household, each read once."""

    def __init__(self, standard: Standard | None) -> None:
        self.standard = standard
        self._made: dict[tuple[str, bool], Asked] = {}

    def of(self, kind: str, watched: bool) -> Asked:
        if (kind, watched) not in self._made:
            self._made[kind, watched] = self._read(kind, watched)
        return self._made[kind, watched]

    def _read(self, kind: str, watched: bool) -> Asked:
        if self.standard is None:
            return Asked(None, [], {})
        kinds = {kind, *([Indicator.Applies.WATCHED.value] if watched else [])}
        categories = {
            i.code: i.category for i in self.standard.indicators.all() if kinds & set(i.applies)
        }
        asked = [q for q in questions_of(self.standard) if q.indicator in categories]
        return Asked(self.standard, asked, categories)


def watched(homes: Sequence[Household]) -> set[int]:
    """监测对象, whatever their kind."""
    open_ones = Household.objects.filter(
        pk__in=[h.pk for h in homes], monitorings__eliminated_on__isnull=True, monitorings__isnull=False
    )  # fmt: skip
    return set(open_ones.values_list("pk", flat=True))


def asked_at(home: Household, on: date) -> Asked:
    here = Questionnaires(in_force(on, Standard.Level.HOUSEHOLD))
    return here.of(home.kind, bool(watched([home])))


def _digest(record: DoorRecord) -> str:
    """Of what it says: a page that is sent twice says the same a moment later."""
    told = msgspec.structs.replace(record, recorded_at=datetime(1970, 1, 1, tzinfo=UTC))
    return hashlib.sha256(msgspec.json.encode(told)).hexdigest()


@transaction.atomic
def record(
    *, plan: Plan, given: DoorRecord, by: Cadre, at: datetime, sent_at: datetime | None = None,
    photos: Iterable[bytes] = (),
) -> str:  # fmt: skip
    """Answers with accepted, duplicate (the same again) or held (the household has a record).
    `photos` that its findings name come with it from the desk; a phone sends them after it."""
    plan, state = at_work(plan, by, at)
    told, uid = _digest(given), str(given.uid)
    if known := state.records.get(uid):
        if known.digest == told:
            return DUPLICATE
        raise Refusal("number_used", "这个编号已经收过另一份内容，没有覆盖；请重新记一条。")
    home = _home(state, given)
    recorded = _recorded(given, state, at, sent_at)
    asked = _checked(given, state, home, recorded)
    sealed.append(
        plan, "RECORDED", by=by, at=at, once=f"{plan.uid} {uid}", uid=uid, digest=told, household=str(home.uid),
        outcome=given.outcome, cleared=given.cleared, said=given.said.strip(), recorded=recorded.isoformat(),
        standard=asked.standard.pk if asked.standard and given.answers else None,
        answers=[(a.code, a.member, a.said) for a in given.answers],
        found=[
            {"text": f.text.strip(), "category": f.category, "area": home.area_id, "code": f.code, "photos": f.photos,
             "standard": asked.standard.pk if asked.standard and f.code else None}
            for f in given.found
        ],
    )  # fmt: skip
    for photo in photos:
        _keep(plan, photo, hashlib.sha256(photo).hexdigest(), state, by, at)
    return HELD if str(home.uid) in state.marks else ACCEPTED


def _home(state: sealed.Sealed, given: DoorRecord) -> Household:
    """One of those drawn; a spare too, since two phones without a signal may both have moved on."""
    uid = str(given.household)
    drawn = [h for lists in (state.drawn or {}).values() for h in lists["taken"] + lists["spare"]]
    if uid not in drawn:
        raise BadInput("household", "这一户不在抽中的名单里；名单外发现的问题请在办公版不选户直接记。", field="household")  # fmt: skip
    return Household.objects.get(uid=uid)


def _recorded(
    given: DoorRecord, state: sealed.Sealed, at: datetime, sent_at: datetime | None
) -> datetime:  # fmt: skip
    """By the sender's clock, set right by as much as it was off while sending."""
    off = at - sent_at if sent_at else timedelta()
    moment = given.recorded_at + (off if abs(off) > CLOCK_OFF else timedelta())
    if moment < state.start:
        raise Refusal("not_begun", f"检查从 {clock_words(state.start)} 开始，这一条记在开始以前；请核对手机时间后重记。")  # fmt: skip
    return min(moment, at)


def _checked(
    given: DoorRecord, state: sealed.Sealed, home: Household, recorded: datetime
) -> Asked:  # fmt: skip
    """The rules of a record; the questionnaire that it answers."""
    if given.outcome not in Sampled.Outcome.values:
        raise BadInput("outcome", "结果只能是“已入户”或“换户”，请点一个。", field="outcome")
    no_idno([given.said, *(f.text for f in given.found)])
    _sound([given.said, *(f.text for f in given.found)])
    if given.outcome == Sampled.Outcome.REPLACED:
        _replaced(given, state)
    elif given.cleared is None:
        raise BadInput("cleared", "请点一下本地干部在不在场（清场）。", field="cleared")
    asked = _asked(given, state, home, recorded)
    _answers(given, asked, home)
    codes = {q.code for q in asked.questions}
    for number, found in enumerate(given.found, start=1):
        if not found.text.strip():
            raise BadInput("found", f"第 {number} 个问题没有写；请照实写下，或去掉这一个。", field="found")  # fmt: skip
        if found.category not in CATEGORIES:
            raise BadInput("category", f"第 {number} 个问题的类别“{found.category}”不在清单里，请另选。", field="found")  # fmt: skip
        if found.code and found.code not in codes:
            raise BadInput("question", f"第 {number} 个问题所对的问题不在这一户的问卷里，请更新名单后重记。", field="found")  # fmt: skip
    return asked


def _sound(texts: list[str]) -> None:
    if any("\0" in text for text in texts):
        raise BadInput("record_text", "文字里有不能保存的字符，请删去后再送。")


def _replaced(given: DoorRecord, state: sealed.Sealed) -> None:
    uid = str(given.household)
    if not given.said.strip():
        raise BadInput("said", "换户要写明原因，例如“整户外出，电话联系不上”。", field="said")
    if given.answers:
        raise BadInput("answers", "换户没有见到人，不填问卷；请清空答案，或改为“已入户”。", field="outcome")  # fmt: skip
    layer = state.stratum_of(uid)
    if layer and uid not in state.marks and state.spares_left(layer) <= 0:
        raise Refusal("no_spare", f"{layer}的备用户已用完；请记下情况按“已入户”或改天再走。", field="outcome")  # fmt: skip


def _asked(
    given: DoorRecord, state: sealed.Sealed, home: Household, recorded: datetime
) -> Asked:  # fmt: skip
    """The version that the record names, where it was in force between the start and the door: a
    phone without a signal may hold yesterday's. Unnamed, that of the day."""
    level, day = Standard.Level.HOUSEHOLD, clock.day(recorded)
    if given.standard is None:
        standard = in_force(day, level)
    else:
        standard = (
            Standard.objects.filter(Q(end__isnull=True) | Q(end__gt=clock.day(state.start)))
            .filter(pk=given.standard, level=level, status=Standard.Status.ACCEPTED, start__lte=day)
            .first()
        )
        if standard is None:
            raise BadInput("standard", "问卷的版本在检查期间没有生效，请更新名单后重记。", field="answers")  # fmt: skip
    return Questionnaires(standard).of(home.kind, bool(watched([home])))


def _answers(given: DoorRecord, asked: Asked, home: Household) -> None:
    questions = {q.code: q for q in asked.questions}
    members = set(Member.objects.filter(household=home).values_list("pk", flat=True))
    seen: set[tuple[str, int | None]] = set()
    for answer in given.answers:
        question = questions.get(answer.code)
        if question is None:
            raise BadInput("answers", f"问卷里没有“{answer.code}”这个问题，请更新名单后重记。", field="answers")  # fmt: skip
        of_person = question.unit == Indicator.Unit.PERSON
        if of_person != (answer.member is not None) or (of_person and answer.member not in members):
            raise BadInput("answers", f"“{question.name}”要逐人回答，请点这一户的家庭成员。" if of_person
                           else f"“{question.name}”一户只答一次。", field="answers")  # fmt: skip
        if answer.said not in SAID:
            raise BadInput("answers", f"“{question.name}”的回答不在选项里，请另选。", field="answers")  # fmt: skip
        if (answer.code, answer.member) in seen:
            raise BadInput("answers", f"“{question.name}”答了两次，请留一个。", field="answers")
        seen.add((answer.code, answer.member))


def announced(state: sealed.Sealed, by: Cadre, sha256: str) -> bool:
    return any(sha256 in f.photos for f in state.found if f.by == by.pk)


@transaction.atomic
def received(*, plan: Plan, sha256: str, by: Cadre, at: datetime) -> int:
    """How many bytes are here; −1 when nothing more is to be sent."""
    part = _waited_for(plan, sha256, by, at)
    return part.size() if part else -1


@transaction.atomic
def add_piece(
    *, plan: Plan, sha256: str, offset: int, size: int, content: bytes, by: Cadre, at: datetime
) -> int:  # fmt: skip
    """Appends from `offset`; answers what `received` would. Under the plan's row, so that two
    connections of one phone do not write the same piece."""
    part = _waited_for(plan, sha256, by, at)
    if part is None:
        return -1
    whole = part.add(content, offset=offset, size=size, sha256=sha256)
    if whole is None:
        return part.size()
    _keep(plan, whole, sha256, sealed.read(plan), by, at)
    transaction.on_commit(part.drop)
    return -1


def _keep(
    plan: Plan, photo: bytes, sha256: str, state: sealed.Sealed, by: Cadre, at: datetime
) -> None:  # fmt: skip
    """By nobody: who sent a sealed photo is not told before the report, and then by its finding."""
    if sha256 in state.arrived:
        return
    kept = store(photo, name="督查照片.jpg", by=None, at=at, sealed=True, only_photo=True)
    sealed.append(plan, "ARRIVED", by=by, at=at, once=f"{plan.uid} {sha256}", sha256=sha256, file=kept.pk)  # fmt: skip
    state.arrived[sha256] = kept.pk


def _waited_for(plan: Plan, sha256: str, by: Cadre, at: datetime) -> pieces.Part | None:
    """Where a photo that a record of one's own announced is put together; None when it is here."""
    plan, state = at_work(plan, by, at)
    if sha256 in state.arrived:
        return None
    if not any(sha256 in f.photos for f in state.found if f.by == by.pk):
        raise Refusal("photo_unknown", "这张照片不属于已送达的记录，请先送记录。", field="photo")
    return pieces.part(f"{plan.uid} {by.uid} {sha256}")
