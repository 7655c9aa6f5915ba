"""线索: opened by a rule or by a householder's word, answered by a person.

No event goes to the ordinary log: the rows themselves say who, when and what, and only who
may see leads reads them. Nothing here touches the cadre that a lead is about. An item that
成立转办 opens names neither him nor whoever reported, and knows of no lead.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import uuid4

from django.db import IntegrityError, transaction

from cadres.leads import lead_kinds
from cadres.models import Cadre, Lead, LeadDecision, LeadLook
from cadres.scope import require
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.registries import findings
from yuexi.core.secrecy import no_idno


def open_lead(
    *, kind: str, subject_kind: str, subject_id: int, area: str, text: str, about: Sequence[int], at: datetime,
    timeless: bool = False,
) -> None:  # fmt: skip
    """In the transaction of the fact that it comes from. A second one for the same subject
    is the first one. `timeless` protects who reported: a UUIDv7 would tell the hour."""
    no_idno(text)
    lead = Lead(kind=kind, subject_kind=subject_kind, subject_id=subject_id, area_id=area,
                text=text, about=list(about), opened_at=at)  # fmt: skip
    if timeless:
        lead.uid = uuid4()
    Lead.objects.bulk_create([lead], ignore_conflicts=True)


def _require(by: Cadre, lead: Lead) -> None:
    require(by, "lead.decide", lead.area_id)
    if by.pk in lead.about:
        raise NotYours("about_yourself", "这条线索涉及您本人，须由别人核实。")
    if LeadDecision.objects.filter(lead=lead).exists():
        raise Refusal("decided", "这条线索已有结论，请刷新页面查看。")


def look_into(*, lead: Lead, said: str, by: Cadre, at: datetime) -> LeadLook:
    _require(by, lead)
    no_idno(said)
    if len(said.strip()) < 4:
        raise BadInput("said", "请写明看了什么、问了谁、情况怎样（至少 4 个字）。", field="looked")
    return LeadLook.objects.create(lead=lead, by=by, at=at, said=said.strip())


def decide(*, lead: Lead, outcome: str, said: str, by: Cadre, at: datetime) -> LeadDecision:
    _require(by, lead)
    no_idno(said)
    if outcome not in LeadDecision.Outcome.values:
        raise BadInput("outcome", "请选择结论：成立转办、说明即可或不成立。", field="outcome")
    if len(said.strip()) < 4:
        raise BadInput("said", "请写明结论的依据（至少 4 个字）。", field="said")
    try:
        with transaction.atomic():
            made = _keep(lead, outcome, said.strip(), by, at)
            if outcome == LeadDecision.Outcome.HANDED_ON and lead.kind in lead_kinds.mendable():
                findings.open_from("lead", lead.pk, by=by, at=at)
    except _Late:
        raise Refusal("decided", "这条线索刚刚已由别人作出结论，请刷新页面查看。") from None
    return made


class _Late(Exception):
    """Somebody else decided first: told apart from what the opening of an item may meet."""


def _keep(lead: Lead, outcome: str, said: str, by: Cadre, at: datetime) -> LeadDecision:
    try:
        return LeadDecision.objects.create(lead=lead, by=by, at=at, outcome=outcome, said=said)
    except IntegrityError:
        raise _Late from None
