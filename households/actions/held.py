"""走访待定: what arrived and waits for a person's word."""

from __future__ import annotations

from datetime import datetime

import msgspec
import uuid6
from django.db import IntegrityError, transaction

from cadres.events import record
from cadres.models import Cadre
from cadres.scope import scope_of
from households.actions.photos import join_photos
from households.actions.receiving import entry_of, facts_of
from households.actions.visits import CLOCK_SLACK, visit_row, write
from households.models import HeldDecision, HeldVisit, Visit, VisitCorrection
from households.querysets import standing, versions_of
from households.sync.records import Record
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.registries import findings


def may_decide(held: HeldVisit, by: Cadre) -> bool:
    """Never the visitor. What came too late is the village's to approve; for the rest the
    roster's keeper answers, who knows who helped whom."""
    if by.pk == held.visitor_id:
        return False
    scope = scope_of(by)
    late = held.why == HeldVisit.Why.LATE and scope.has("visit.create", held.area_id)
    return late or scope.has("household.edit", held.area_id)


def decide_held(
    *, held: HeldVisit, accept: bool, said: str, by: Cadre, at: datetime
) -> Visit | None:
    """收下 makes it a visit of its own day, marked; of the versions under one number the one
    accepted last stands and the others are declared void, all stay readable."""
    if not may_decide(held, by):
        raise NotYours(
            "not_yours_to_decide",
            "这条走访不由您核定：本人不能核自己的，须由村里或乡镇专干办理。",
        )
    if len(said.strip()) < 2:
        raise BadInput("said", "请写理由（至少 2 个字），例如“村里核实来过”。", field="said")
    try:
        with transaction.atomic():
            decision = HeldDecision(held=held, by=by, at=at, said=said.strip())
            if accept:
                decision.visit = _as_visit(held, by=by, at=at)
            decision.save(force_insert=True)
            record("visit.decide", held, by=by, at=at, area=held.area_id,
                   after={"accepted": accept, "said": said.strip(), "why": held.why})  # fmt: skip
    except IntegrityError as error:
        if "helddecision" not in str(error):
            raise
        raise Refusal("decided", "这一条刚刚已由别人核定，请刷新页面。") from None
    return decision.visit


def _as_visit(held: HeldVisit, *, by: Cadre, at: datetime) -> Visit:
    said = msgspec.convert(held.record, Record)
    entry = entry_of(said, held.occurred_at)
    uid = held.uid
    versions = versions_of([held.uid])
    for earlier in versions.filter(pk__in=standing().values("pk")):
        VisitCorrection.objects.create(
            visit=earlier, by=by, at=at, reason="同一编号有两份，核定以后送达的一份为准", values={}, void=True
        )  # fmt: skip
    if versions.exists():
        uid = uuid6.uuid7()
    told = said.recorded_at or held.recorded_at
    corrected = held.clock_offset_s is not None or told > held.at + CLOCK_SLACK
    flags = [str(Visit.Flag.APPROVED)] + [str(Visit.Flag.CLOCK)] * corrected
    row = visit_row(entry, uid=uid, household_id=held.household_id, area_code=held.area_id, visitor=held.visitor_id,
                    recorded_at=held.recorded_at, at=at, via=held.via, digest=bytes(held.digest),
                    clock_offset_s=held.clock_offset_s, flags=flags, photo_hashes=said.photos,
                    signature=said.signature, facts=facts_of(said))  # fmt: skip
    made = write([row], [], sent_by=by, at=at)
    if 0 not in made.visits:
        raise Refusal("decided", "这一条刚刚已由别人核定，请刷新页面。")
    for problem in made.problems:
        findings.open_from("visit", problem, by=by, at=at)
    visit = Visit.objects.get(pk=made.visits[0])
    join_photos(visit, at=at)
    return visit
