"""疑似 → 举证 → 认定: the county is heard, the team decides, what is found is in the ledger once."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import datetime

from django.db import transaction

from cadres.events import record
from cadres.files import store
from cadres.models import Cadre
from cadres.scope import require, scope_of
from inspections.actions.evaluations import locked, told
from inspections.evaluation_reads import SOURCE, leads, without_item
from inspections.models import Argument, ArgumentFile, Evaluation, Suspect
from rectification.actions.batches import settle_row
from rectification.actions.registering import FINDING_OF, Finding, open_from
from rectification.models import Item
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno

MANY = 500
State = Suspect.State
log = logging.getLogger(__name__)
SOURCE_OF = {Evaluation.Kind.THIRD_PARTY: "EVALUATION", Evaluation.Kind.REHEARSAL: "MOCK"}


def finding_of(source_id: int) -> Finding:
    found = Suspect.objects.select_related("evaluation", "area", "result__household")
    suspect = found.get(pk=source_id)
    evaluation = suspect.evaluation
    number = suspect.document_no or evaluation.document_no
    return Finding(
        text=suspect.text, category=suspect.category, area=suspect.area,
        source=SOURCE_OF[Evaluation.Kind(evaluation.kind)], source_kind=SOURCE, source_id=source_id,
        households=[suspect.result.household], lineage=f"{evaluation.title} {number}".strip(),
        found_on=clock.day(evaluation.released_at) if evaluation.released_at else None,
    )  # fmt: skip


FINDING_OF[SOURCE] = finding_of


def _locked(suspect: Suspect) -> Suspect:
    """Evaluation before suspect: its end waits for the decisions before it."""
    locked(suspect.evaluation, Evaluation.Stage.RELEASED)
    return Suspect.objects.select_for_update(of=("self",)).select_related("evaluation").get(pk=suspect.pk)  # fmt: skip


def argue(
    *, suspect: Suspect, text: str, files: Sequence[tuple[str, bytes]], by: Cadre, at: datetime
) -> Argument:
    require(by, "evaluation.argue", suspect.area_id)
    if not text.strip():
        raise BadInput("text", "请写明举证说明：事实是什么、材料证明什么。", field="text")
    if not files:
        raise BadInput("files", "举证要附材料，至少一份照片、PDF 或文档。", field="papers")
    no_idno([text])
    with told():
        kept = _locked(suspect)
        if kept.state not in (State.SUSPECTED, State.ARGUED):
            raise Refusal("suspect_order", "这一条已经认定或已表示无异议，不能再举证。")
        made = Argument.objects.create(suspect=kept, text=text.strip(), by=by, at=at)
        stored = {store(content, name=name, by=by, at=at) for name, content in files}
        ArgumentFile.objects.bulk_create(ArgumentFile(argument=made, file=f) for f in stored)
        if kept.state == State.SUSPECTED:
            kept.state = State.ARGUED
            kept.save(update_fields=["state"])
        record("suspect.argue", kept, by=by, at=at, area=kept.area_id, after={"text": made.text, "files": len(stored)})  # fmt: skip
    return made


def concede(*, suspect: Suspect, by: Cadre, at: datetime) -> None:
    """无异议: the county says so itself, and need not wait for the last day."""
    require(by, "evaluation.argue", suspect.area_id)
    with told():
        kept = _locked(suspect)
        if kept.state != State.SUSPECTED:
            raise Refusal("suspect_order", "这一条已举证或已有结论，请刷新页面。")
        kept.state, kept.conceded_by = State.CONCEDED, by
        kept.save(update_fields=["state", "conceded_by"])
        record("suspect.concede", kept, by=by, at=at, area=kept.area_id)


def may_decide(user: Cadre, evaluation: Evaluation, document_no: str) -> bool:
    """The team's leader; or, of a third party, whoever enters its letter by the letter's number."""
    if leads(user, evaluation):
        return True
    by_letter = evaluation.kind == Evaluation.Kind.THIRD_PARTY and bool(document_no)
    return by_letter and scope_of(user).has("evaluation.manage")


def decide(
    *, suspect: Suspect, found: bool, opinion: str, document_no: str, by: Cadre, at: datetime
) -> Item | None:
    """认定 or 排除. A found matter becomes its item in the same transaction; where nobody can own
    one yet it waits in sight."""
    if not opinion.strip():
        raise BadInput("opinion", "请写明认定意见。", field="opinion")
    no_idno([opinion, document_no])
    with told():
        kept = _locked(suspect)
        if not may_decide(by, kept.evaluation, document_no.strip()):
            raise NotYours("suspect_judge", "认定由评估组组长作出；第三方评估的书面结论，由指挥部凭来文文号登记。")  # fmt: skip
        if kept.state in (State.FOUND, State.CLEARED):
            raise Refusal("suspect_decided", "这一条已经认定，不能再改。")
        kept.state = State.FOUND if found else State.CLEARED
        kept.opinion, kept.document_no = opinion.strip(), document_no.strip()
        kept.decided_by, kept.decided_at = by, at
        kept.save(update_fields=["state", "opinion", "document_no", "decided_by", "decided_at"])
        record("suspect.found" if found else "suspect.cleared", kept, by=by, at=at, area=kept.area_id,
               after={"opinion": kept.opinion, "document_no": kept.document_no})  # fmt: skip
        item = open_from(SOURCE, kept.pk, by=by, at=at) if found else None
        if kept.batch_row_id:
            settle_row(row_id=kept.batch_row_id, item=item, reason="" if found else f"举证后排除：{kept.opinion}"[:300], by=by, at=at)  # fmt: skip
    return item


def open_waiting(*, evaluation: Evaluation, by: Cadre, at: datetime) -> int:
    """Found ones whose item could not be made then; pressed again or swept, each is made once."""
    waiting = without_item(Suspect.objects.filter(evaluation=evaluation))
    return sum(_open_one(suspect, by, at) for suspect in waiting.order_by("pk"))


def open_lost(*, at: datetime) -> int:
    """By the clock, in the name of who decided; one that is refused stops no other."""
    made = 0
    for suspect in without_item(Suspect.objects.select_related("decided_by")).order_by("pk")[:MANY]:
        assert suspect.decided_by is not None
        try:
            made += _open_one(suspect, suspect.decided_by, at)
        except Refusal as refusal:
            log.warning("suspect %s has no item: %s", suspect.pk, refusal.code)
    return made


def _open_one(suspect: Suspect, by: Cadre, at: datetime) -> bool:
    with transaction.atomic():
        item = open_from(SOURCE, suspect.pk, by=by, at=at)
        if item and suspect.batch_row_id:
            settle_row(row_id=suspect.batch_row_id, item=item, reason="", by=by, at=at)
    return item is not None


def conclude(*, evaluation: Evaluation, by: Cadre, at: datetime) -> None:
    """办结: every matter decided, every found one in the ledger."""
    require(by, "evaluation.manage")
    with told():
        kept = locked(evaluation, Evaluation.Stage.RELEASED)
        open_ones = kept.suspects.exclude(state__in=[State.FOUND, State.CLEARED]).count()
        if open_ones:
            raise Refusal("evaluation_open", f"还有 {open_ones} 条疑似没有认定，不能办结。")
        if waiting := without_item(kept.suspects.all()).count():
            raise Refusal("evaluation_open", f"还有 {waiting} 条认定的问题没有列入整改清单，请先补列。")  # fmt: skip
        kept.stage, kept.concluded_by, kept.concluded_at = Evaluation.Stage.CONCLUDED, by, at
        kept.save(update_fields=["stage", "concluded_by", "concluded_at"])
        record("evaluation.conclude", kept, by=by, at=at, after={"title": kept.title})
