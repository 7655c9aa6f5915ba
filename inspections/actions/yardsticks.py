"""口径: proposed with its document, put in force by a second person, ended once."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal, InvalidOperation

from cadres.events import record
from cadres.models import Cadre
from cadres.scope import require
from inspections.actions.evaluations import told
from inspections.models import Yardstick
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno

Code = Yardstick.Code
PERCENTS = (Code.POVERTY_MAX, Code.WRONG_MAX, Code.MISSED_MAX, Code.APPROVAL_MIN)
WORDS = {
    Code.STRICT: {"按不符合判": "1", "按符合判": "0", "1": "1", "0": "0"},
    Code.MISSED_DENOMINATOR: {"抽查的非建档立卡人口": "ASKED", "抽查村未建档立卡农村人口": "VILLAGES", "ASKED": "ASKED", "VILLAGES": "VILLAGES"},
}  # fmt: skip


def stored(code: str, typed: str) -> str:
    """As the database keeps it: 万分之, a code or a whole number."""
    typed = typed.strip().removesuffix("人").replace(",", "").replace("，", "").strip()
    if code in PERCENTS:
        try:
            per = Decimal(typed.rstrip("%％").strip()) * 100
        except InvalidOperation:
            raise BadInput("value", "请填百分数，例如 2 或 2.00%。", field="value") from None
        if not per.is_finite() or per != per.to_integral_value() or not 0 <= per <= 10000:
            raise BadInput("value", "百分数应在 0 到 100 之间，最多两位小数。", field="value")
        return str(int(per))
    if code == Code.RURAL_PEOPLE:
        if not (typed.isascii() and typed.isdigit() and 0 < int(typed[:10]) < 10**9):
            raise BadInput("value", "请填人数，例如 362000。", field="value")
        return str(int(typed))
    words = WORDS[Code(code)]
    if typed not in words:
        known = "、".join(w for w in words if not w.isascii())
        raise BadInput("value", f"可填：{known}。", field="value")
    return words[typed]


def propose(
    *, code: str, value: str, document: str, document_no: str, start: date, by: Cadre, at: datetime
) -> Yardstick:
    require(by, "yardstick.propose")
    if code not in Code.values:
        raise BadInput("code", "请选择是哪一条口径。", field="code")
    if not document.strip() or not document_no.strip():
        raise BadInput(
            "document", "口径要有签发的文件：文件名称和文号都要填。", field="document_no"
        )
    no_idno([document, document_no])
    with told():
        made = Yardstick.objects.create(
            code=code, value=stored(code, value), document=document.strip(), document_no=document_no.strip(),
            start=start, by=by, at=at,
        )  # fmt: skip
        record("yardstick.propose", made, by=by, at=at, after={"text": str(made), "document_no": made.document_no, "start": str(start)})  # fmt: skip
    return made


def confirm(*, yardstick: Yardstick, by: Cadre, at: datetime) -> None:
    require(by, "yardstick.confirm")
    with told():
        kept = Yardstick.objects.select_for_update().get(pk=yardstick.pk)
        if kept.confirmed_by_id is not None:
            raise Refusal("yardstick_kept", "这一条已经确认，请刷新页面。")
        if kept.by_id == by.pk:
            raise NotYours(
                "yardstick_second_person", "口径要由另一个人确认，提出的人不能自己确认。"
            )
        kept.confirmed_by, kept.confirmed_at = by, at
        kept.save(update_fields=["confirmed_by", "confirmed_at"])
        record("yardstick.confirm", kept, by=by, at=at, after={"text": str(kept)})


def end(*, yardstick: Yardstick, last_day: date, by: Cadre, at: datetime) -> None:
    require(by, "yardstick.propose")
    with told():
        kept = Yardstick.objects.select_for_update().get(pk=yardstick.pk)
        if kept.end is not None:
            raise Refusal("yardstick_kept", "这一条已经填过最后一天，请刷新页面。")
        if last_day < kept.start:
            raise BadInput("last_day", "最后一天不能早于起用日期。", field="last_day")
        kept.end = last_day + timedelta(days=1)
        kept.save(update_fields=["end"])
        record("yardstick.end", kept, by=by, at=at, after={"text": str(kept), "until": str(last_day)})  # fmt: skip
