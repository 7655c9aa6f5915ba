"""What a sender may say of a visit, record by record, and the sentence when he may not."""

from __future__ import annotations

import hashlib
import re
from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from cadres.categories import CATEGORIES
from households.models import FACTS, Household, Visit
from yuexi.core.refusals import BadInput, Refusal

RECORDS_MAX = 500
BODY_MAX = 4 * 1024 * 1024
PHOTOS_MAX = 9
# Outside of them a moment in another time zone, or with a clock set right, may be none at all.
YEARS = range(1900, 2200)
NUL = rb"\u0000"  # JSON has no other way to write it
# Half a character, as a phone that cut an emoji in two writes it: the decoder refuses all of a body
# for it. The first three are only stepped over.
HALF = re.compile(
    rb"\\\\|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u(?![dD][89a-fA-F])|(\\u[0-9a-fA-F]{4})"
)
YES_NO = {
    f.name for f in Household._meta.concrete_fields if f.get_internal_type() == "BooleanField"
} & set(FACTS)
CHANGES, PURPOSES = frozenset(Visit.Change.values), frozenset(Visit.Purpose.values)

Text20 = Annotated[str, Meta(max_length=20)]
Text30 = Annotated[str, Meta(max_length=30)]
Text40 = Annotated[str, Meta(max_length=40)]
Text60 = Annotated[str, Meta(max_length=60)]
Text200 = Annotated[str, Meta(max_length=200)]
Text500 = Annotated[str, Meta(max_length=500)]
Moment = Annotated[datetime, Meta(tz=True)]
Sha256 = Annotated[str, Meta(pattern="^[0-9a-f]{64}$")]


class ProblemSaid(Struct, forbid_unknown_fields=True, gc=False):
    category: Text20
    text: Text500


class FactSaid(Struct, forbid_unknown_fields=True, gc=False):
    """`base` is what the phone showed before the visit, `value` what was found."""

    base: bool | Text30 | None
    value: bool | Text30 | None


class Record(Struct, forbid_unknown_fields=True, kw_only=True, omit_defaults=True, gc=False):
    """One visit. Whom it was to is said by `household` (our uid), `household_no` or `idno`;
    `visitor` (工号) is needed from a system that passes on the visits of others."""

    uid: UUID
    mode: str
    occurred_at: Moment
    recorded_at: Moment | None = None
    household: UUID | None = None
    household_no: Annotated[str, Meta(max_length=32)] = ""
    idno: Annotated[str, Meta(max_length=30)] = ""
    visitor: Text20 = ""
    met: Text60 = ""
    unreached: Text20 = ""
    unreached_words: Text60 = ""
    purposes: Annotated[list[Text20], Meta(max_length=10)] = []
    policies: Annotated[list[Text40], Meta(max_length=40)] = []
    changes: Annotated[list[Text20], Meta(max_length=10)] = []
    facts: dict[str, FactSaid] = {}
    problems: Annotated[list[ProblemSaid], Meta(max_length=20)] = []
    done: Text500 = ""
    promise: Text200 = ""
    late_reason: Text200 = ""
    latitude: Annotated[float, Meta(ge=-90, le=90)] | None = None
    longitude: Annotated[float, Meta(ge=-180, le=180)] | None = None
    accuracy: Annotated[float, Meta(ge=0, le=1_000_000)] | None = None
    photos: Annotated[list[Sha256], Meta(max_length=PHOTOS_MAX)] = []
    signature: Sha256 | None = None  # which of the photos the householder signed

    def texts(self) -> list[str]:
        """Every text, whatever it is for: one that PostgreSQL cannot keep stops the whole batch."""
        found = [self.mode, self.household_no, self.idno, self.visitor, self.met, self.done, self.promise,
                 self.unreached, self.unreached_words, self.late_reason, *self.purposes, *self.policies, *self.changes, *self.facts]  # fmt: skip
        for problem in self.problems:
            found += (problem.category, problem.text)
        for fact in self.facts.values():
            found += (str(fact.base), str(fact.value))
        return found


class Batch(Struct, forbid_unknown_fields=True):
    """`sent_at` is the sender's own clock while sending: by it a wrong clock is found. `owner`
    is whose records a phone sends: another's session must not pass for him."""

    records: list[msgspec.Raw]
    sent_at: Moment | None = None
    owner: UUID | None = None
    visitor: Text20 = ""


_batch = msgspec.json.Decoder(Batch)
_record = msgspec.json.Decoder(Record)
_uid_alone = msgspec.json.Decoder(dict[str, Any])

FIELD_NAMES = {
    "uid": "记录编号", "mode": "方式", "occurred_at": "走访时间", "recorded_at": "记录时间", "household": "农户",
    "household_no": "户编号", "idno": "证件号码", "visitor": "走访人工号", "met": "见到谁",
    "unreached": "没见到人的原因", "unreached_words": "原因补充", "purposes": "来做什么",
    "policies": "讲了什么政策", "changes": "家里变化", "facts": "家庭情况", "problems": "发现问题", "done": "办了什么",
    "promise": "答应的事", "late_reason": "补录原因", "latitude": "纬度", "longitude": "经度", "accuracy": "精度",
    "photos": "照片", "signature": "户主签字", "records": "records", "sent_at": "sent_at", "owner": "owner",
}  # fmt: skip


def open_batch(body: bytes) -> Batch:
    """Refuses the whole body only where nothing in it can be told apart."""
    if len(body) > BODY_MAX:
        raise BadInput("batch_large", "一次送的内容超过 4 MB，请分批再送。", field="records")
    try:
        try:
            batch = _batch.decode(body)
        except (
            msgspec.DecodeError
        ):  # once more: of one record's half character the others know nothing
            batch = _batch.decode(HALF.sub(lambda m: NUL if m[1] else m[0], body))
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
        raise BadInput(
            "batch_shape",
            "送来的内容不是约定的 JSON：{“sent_at”: 发送时间, “records”: [记录…]}，请按接口文档检查。",
            field="records",
        ) from None
    if batch.sent_at and batch.sent_at.year not in YEARS:
        raise BadInput("sent_at", "发送设备的日期不对，请先把日期调准再送。", field="sent_at")
    if len(batch.records) > RECORDS_MAX:
        raise BadInput(
            "batch_many",
            f"一次最多送 {RECORDS_MAX} 条，现在 {len(batch.records)} 条，请分批再送。",
            field="records",
        )
    return batch


def open_record(raw: msgspec.Raw) -> tuple[UUID | str, Record | Refusal]:
    """The record's uid as far as it can be read, and the record or what is wrong with it."""
    try:
        record = _record.decode(raw)
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as error:
        try:
            uid = str(_uid_alone.decode(raw).get("uid", ""))[:36]
        except (msgspec.DecodeError, RecursionError, UnicodeDecodeError):
            uid = ""
        return uid, _shape(str(error))
    try:
        return record.uid, _sensible(record, NUL in memoryview(raw).tobytes())
    except Refusal as refusal:
        return record.uid, refusal


def _shape(said: str) -> BadInput:
    """The decoder's English as a sentence for the person who keeps the other system."""
    path = re.search(r"at `\$\.([a-z_]+)", said) or re.search(r"field `([^`]+)`", said)
    field = path.group(1) if path else ""
    name = FIELD_NAMES.get(field, field or "记录")
    longest = re.search(r"length <= ([0-9]+)", said)
    if "missing required" in said:
        why = "没有填"
    elif "unknown field" in said:
        why = "不是接口里的字段"
    elif longest:
        why = f"最长 {longest.group(1)}"
    else:
        why = "格式不对"
    return BadInput("record_shape", f"“{name}”{why}，请核对后再送。", field=field)


def _sensible(record: Record, nul: bool) -> Record:
    """What no type says; the rules of a visit itself are the action's. `nul`: the text as it was
    sent spells one, so it is looked for in each of its parts."""
    if nul and "\0" in "".join(record.texts()):
        raise BadInput("record_text", "文字里有不能保存的字符，请删去后再送。")
    for moment in (record.occurred_at, record.recorded_at):
        if moment and moment.year not in YEARS:
            raise BadInput("record_year", "走访或记录的年份不对，请核对手机的日期后重记。", field="occurred_at")  # fmt: skip
    if record.facts and (unknown := set(record.facts) - set(FACTS)):
        raise BadInput(
            "record_fact", f"家庭情况里没有“{sorted(unknown)[0][:20]}”这一项。", field="facts"
        )
    for name, told in record.facts.items():  # else 采纳 would write 未填 and say what was told
        if name in YES_NO and isinstance(told.value, str) and told.value not in ("是", "否", ""):
            raise BadInput(
                "record_fact", f"家庭情况的“{name}”只能是 true、false 或 null。", field="facts"
            )
    if record.changes and (bad := set(record.changes) - CHANGES):
        raise BadInput("record_change", f"家里变化里没有“{sorted(bad)[0]}”。", field="changes")
    if record.purposes and (bad := set(record.purposes) - PURPOSES):
        raise BadInput("record_purpose", f"来做什么里没有“{sorted(bad)[0]}”。", field="purposes")
    for problem in record.problems:
        if problem.category not in CATEGORIES:
            raise BadInput("record_category", f"问题类别里没有“{problem.category}”，应是：{'、'.join(CATEGORIES)}。", field="problems")  # fmt: skip
    if record.signature is not None and record.signature not in record.photos:
        raise BadInput("record_signature", "户主签字应是照片里的一张，请核对后再送。", field="signature")  # fmt: skip
    if (record.latitude is None) + (record.longitude is None) + (record.accuracy is None) in (1, 2):
        raise BadInput("record_place", "位置要纬度、经度、精度三项齐全，或都不填。", field="latitude")  # fmt: skip
    return record


def digest(record: Record, household_id: int, visitor_id: int) -> bytes:
    """The same words of the same person on the same household are the same content, whichever
    way they name them. Never of the identity number."""
    plain = msgspec.structs.replace(
        record, household=None, household_no="", idno="", visitor="", occurred_at=_utc(record.occurred_at),
        recorded_at=record.recorded_at and _utc(record.recorded_at),
    )  # fmt: skip
    told = b"%d|%d|" % (household_id, visitor_id) + msgspec.json.encode(plain)
    return hashlib.sha256(told).digest()


def _utc(moment: datetime) -> datetime:
    return moment if moment.tzinfo is UTC else moment.astimezone(UTC)


def kept(record: Record) -> dict[str, Any]:
    """As it was sent, to keep: without the identity number it was matched by."""
    plain: dict[str, Any] = msgspec.to_builtins(msgspec.structs.replace(record, idno=""))
    return plain
