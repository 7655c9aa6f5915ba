"""公开: the report is issued, what was sealed stands in clear, findings go to the ledger."""

from __future__ import annotations

import json
from datetime import datetime

from django.db import IntegrityError, transaction

from cadres.calendar import due_date
from cadres.events import record
from cadres.files import store
from cadres.models import Area, Cadre
from cadres.rules import in_force
from cadres.scope import require
from households.models import Household
from inspections import redraw, sealed
from inspections.actions.plans import locked
from inspections.models import Answer, Finding, FindingFile, Plan, PlanArea, Sampled
from rectification.actions.registering import Finding as ItemFinding
from rectification.actions.registering import write
from rectification.models import Item
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal

SOURCE = "inspection"


@transaction.atomic
def release(
    *, plan: Plan, report_no: str, by: Cadre, at: datetime, without_photos: bool = False
) -> Plan:
    """One transaction: nobody sees half of a report. Each household that was drawn has its
    outcome, each early look its reason."""
    plan, state = locked(plan, by)
    if state.by != by.pk:
        raise NotYours("not_planner", "只有安排这次检查的人可以公开。")
    if state.drawn is None:
        raise Refusal("not_drawn", "还没有抽取，不能公开；不检查了请作废。")
    if at < state.start:
        raise Refusal("not_begun", "检查还没有开始，不能公开。")
    if waiting := len(state.waiting()):
        raise Refusal("waiting", f"还有 {waiting} 户没有结果；请入户后记录，或写明原因换户。")
    if not without_photos and (out := len(state.photos_out())):
        raise Refusal(
            "photos_out", f"还有 {out} 张照片在组员的手机上没有送到；请组员在有信号时打开手机版，或勾选“照片没有送齐也公开”。",
            field="without_photos",
        )  # fmt: skip
    today = clock.day(at)
    plan.ended, plan.ended_on, plan.report_no = Plan.Ended.RELEASED, today, report_no.strip()
    plan.title, plan.started_on, plan.released_by = state.title, clock.day(state.start), by
    plan.opened = store(
        opened_file(plan, state), name=f"抽取公开-{plan.commitment[:8]}.json", by=by, at=at,
        content_type="application/json",
    )  # fmt: skip
    plan.save(update_fields=["ended", "ended_on", "report_no", "title", "started_on", "released_by", "opened"])  # fmt: skip
    PlanArea.objects.bulk_create(PlanArea(plan=plan, area_id=code) for code in state.townships)
    _sampled(plan, state)
    due = due_date(today, in_force(today).number("transfer_days")).date
    homes = _homes([f.household for f in state.found if f.household])
    for found in state.found:
        kept = Finding.objects.create(
            plan=plan, area_id=found.area, household=homes.get(found.household), category=found.category,
            text=found.text, found_by_id=found.by, found_at=found.at, transfer_due=due, code=found.code,
            standard_id=found.standard,
        )  # fmt: skip
        FindingFile.objects.bulk_create(
            FindingFile(finding=kept, file_id=f) for f in state.files_of(found)
        )
    people = dict(Cadre.objects.filter(pk__in=[k.by for k in state.looks]).values_list("pk", "name"))  # fmt: skip
    record("inspection.release", plan, by=by, at=at, area=state.townships[0][:6] + "000000", after={
        "title": state.title, "households": len(state.marks), "findings": len(state.found),
        "looks": [f"{people[k.by]} {k.at.astimezone(clock.SHANGHAI):%Y-%m-%d %H:%M} {k.why}" for k in state.looks],
    })  # fmt: skip
    return plan


def opened_file(plan: Plan, state: sealed.Sealed) -> bytes:
    """All that redraw.py needs; households by their opaque keys alone."""
    frame = sorted(sealed.read_frame(plan))
    opened = {
        "commitment": plan.commitment, "committed_on": str(plan.committed_on), "seed": state.seed,
        "rules": state.rules, "drawn": redraw.draw(state.seed, state.rules, frame), "frame": frame,
    }  # fmt: skip
    return json.dumps(opened, ensure_ascii=False, indent=1).encode()


def _homes(uids: list[str]) -> dict[str, Household]:
    return {str(h.uid): h for h in Household.objects.filter(uid__in=uids)}


def _sampled(plan: Plan, state: sealed.Sealed) -> None:
    """With the answers. A spare that a phone without a signal went to out of turn was seen too."""
    homes = _homes(list(state.marks))
    taken = {h for drawn in (state.drawn or {}).values() for h in drawn["taken"]}
    sampled = Sampled.objects.bulk_create(
        Sampled(
            plan=plan, household=homes[uid], stratum=layer, spare=uid not in taken, outcome=mark.outcome,
            cleared=mark.cleared, said=mark.said,
        )
        for layer, drawn in (state.drawn or {}).items() for uid in drawn["taken"] + drawn["spare"]
        if (mark := state.marks.get(uid))
    )  # fmt: skip
    Answer.objects.bulk_create(
        Answer(sampled=row, standard_id=mark.standard, code=code, member_id=member, said=said)
        for row in sampled
        if (mark := state.marks[str(row.household.uid)]).standard is not None
        for code, member, said in mark.answers
    )


def right_to_transfer(finding: Finding) -> str:
    return "inspection.plan" if finding.plan_id else "register.join"


def transfer(*, finding: Finding, by: Cadre, at: datetime) -> Item:
    """移交整改, each finding exactly once: two who press at once get one item."""
    require(by, "item.create", finding.area_id)
    require(by, right_to_transfer(finding), finding.area_id)
    kept = Item.objects.filter(source_kind=SOURCE, source_id=finding.pk).first()
    if kept:
        return kept
    item = ItemFinding(
        text=finding.text, category=finding.category, area=finding.area, source="INSPECTION",
        source_kind=SOURCE, source_id=finding.pk, lineage=finding.lineage,
        households=[finding.household] if finding.household else [],
    )  # fmt: skip
    try:
        with transaction.atomic():
            return write(item, by=by, at=at)
    except IntegrityError as error:
        if "item_once_per_source" not in str(error):
            raise
        return Item.objects.get(source_kind=SOURCE, source_id=finding.pk)
    except BadInput as refusal:
        if refusal.code == "no_default_person":
            raise Refusal("no_default_person", refusal.message) from None
        raise


def areas_of(state: sealed.Sealed) -> list[Area]:
    """Villages where a finding may be noted."""
    found: list[Area] = []
    for code in state.townships:
        found += Area.objects.filter(code__startswith=code[:9], level=Area.Level.VILLAGE)
    return found
