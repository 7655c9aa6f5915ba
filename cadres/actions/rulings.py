"""口径裁定: the office puts it forward with its signed paper, a county leader confirms it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from cadres.actions.proposed import WHY_MIN, county, decide, make_room, waiting, withdraw
from cadres.events import record
from cadres.models import Cadre, Ruling, StoredFile
from cadres.rulings import QUESTIONS
from cadres.scope import require
from yuexi.core.refusals import BadInput, Refusal
from yuexi.core.secrecy import no_idno


def propose_ruling(
    *, question: str, text: str, values: dict[str, Any], start: date, document_no: str, signed_by: str,
    scan: StoredFile | None, by: Cadre, at: datetime,
) -> Ruling:  # fmt: skip
    """Dated from when its paper says: a ruling of last month judges last month's figures anew,
    and its confirmation is what makes it count."""
    require(by, "rules.propose")
    asked = QUESTIONS[question]
    text, document_no, signed_by = text.strip(), document_no.strip(), signed_by.strip()
    if len(text) < WHY_MIN:
        raise BadInput("text", f"请写明裁定内容（至少 {WHY_MIN} 个字）。", field="text")
    if not document_no:
        raise BadInput("document_no", "请填写文号：没有文号的答复不能作为口径。", field="document_no")  # fmt: skip
    if not signed_by:
        raise BadInput("signed_by", "请填写签发人。", field="signed_by")
    for name, choice in asked.choices.items():
        if values.get(name) not in dict(choice.options):
            raise BadInput("ruling_value", f"请选择“{choice.name}”。", field=name)
    no_idno([text, document_no, signed_by])
    try:
        with transaction.atomic():
            made = Ruling.objects.create(
                question=question, text=text, values={n: values[n] for n in asked.choices}, start=start,
                document_no=document_no, signed_by=signed_by, scan=scan, proposed_by=by, proposed_at=at,
            )  # fmt: skip
            record("ruling.propose", made, by=by, at=at, area=county(by), after={"text": text, "start": str(start), "document_no": document_no})  # fmt: skip
    except IntegrityError as error:
        if "ruling_one_waits" not in str(error):
            raise
        raise Refusal("ruling_waiting", "这个问题已有一份裁定等确认，请先由确认人处理，或由提出人撤回后再提。") from None  # fmt: skip
    return made


def decide_ruling(*, ruling_id: int, accept: bool, said: str, by: Cadre, at: datetime) -> Ruling:
    """The ruling before it ends where this one begins, so that no day has two."""
    with transaction.atomic():
        found = waiting(Ruling, ruling_id, "rules.confirm", by)
        if accept:
            make_room(Ruling.objects.filter(question=found.question), found)
        decide(found, accept, said, by, at)
        record("ruling.confirm" if accept else "ruling.refuse", found, by=by, at=at, area=county(by),
               after={"document_no": found.document_no, "said": found.said})  # fmt: skip
    return found


def withdraw_ruling(*, ruling_id: int, by: Cadre, at: datetime) -> None:
    with transaction.atomic():
        found = waiting(Ruling, ruling_id, "rules.propose", by, own=True)
        withdraw(found, by, at)
        record("ruling.withdraw", found, by=by, at=at, area=county(by), after={"document_no": found.document_no})  # fmt: skip
