"""From 审核 to 整改: what happens to an item before anybody checks it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import transaction

from cadres.calendar import due_date, keep, working_days_between
from cadres.events import record
from cadres.models import Cadre, Unit
from cadres.scope import require, scope_of
from rectification.actions.hands import checkers
from rectification.actions.milestones import lay_out, quarter_end
from rectification.actions.registering import LONGEST, active_in
from rectification.limits import grade_days
from rectification.models import Dispatch, Item, NumberSeries, Progress
from rectification.sql import SENTENCES
from rectification.workflow import FILM, LABELS, MOVE, Route, Status, dismisses
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal


def locked(item_ids: Iterable[int]) -> list[Item]:
    """In pk order, so that two who act on the same items never wait for each other in a ring; by a
    calendar that stays until all is written."""
    keep()
    return list(
        Item.objects.select_for_update(of=("self",))
        .select_related("area", "unit__area", "person", "lead_unit")
        .filter(pk__in=list(item_ids))
        .order_by("pk")
    )


def expect(item: Item, verb: str) -> None:
    """The state is asked again under the lock: a second click meets this sentence."""
    move = MOVE[verb]
    if Status(item.status) not in move.start:
        raise Refusal(
            "wrong_state",
            f"{item.number} 现在是“{item.waiting_label}”，不能{move.label}；请刷新页面查看。",
        )


def moved(item: Item, verb: str, to: Status, *, by: Cadre, at: datetime, **after: Any) -> None:
    before = item.status
    item.status, item.since = to, clock.day(at)
    item.save()
    record(f"item.{verb}", item, by=by, at=at, area=item.area_id,
           before={"status": before}, after={"status": str(to), **after})  # fmt: skip


def reason_given(reason: str) -> str:
    if len(reason.strip()) < 2:
        raise BadInput("reason", "请写明原因（至少 2 个字）。", field="reason")
    return reason.strip()


def confirm(*, item_ids: list[int], by: Cadre, at: datetime) -> int:
    """审核成立, for one or many."""
    with transaction.atomic():
        items = locked(item_ids)
        for item in items:
            require(by, "item.review", item.area_id)
            expect(item, "confirm")
            moved(item, "confirm", Status.CONFIRMED, by=by, at=at)
    return len(items)


def dismiss(*, item_id: int, reason: str, by: Cadre, at: datetime) -> None:
    with transaction.atomic():
        (item,) = locked([item_id])
        if item.source == FILM and not scope_of(by).has("film.judge", item.area_id):
            raise NotYours("film_judge", SENTENCES["batch_film"])
        require(by, dismisses(item.source), item.area_id)
        expect(item, "dismiss")
        moved(item, "dismiss", Status.DISMISSED, by=by, at=at, reason=reason_given(reason))


def merge(*, item_id: int, into: Item, by: Cadre, at: datetime) -> None:
    """合并: the item stays, with a link to where its matter is now mended."""
    if into.pk == item_id:
        raise BadInput("merge_self", "不能合并到自己，请填另一件的编号。", field="into")
    with transaction.atomic():
        found = {item.pk: item for item in locked([item_id, into.pk])}
        item, target = found[item_id], found[into.pk]
        require(by, "item.review", item.area_id)
        expect(item, "merge")
        if not target.is_open:
            raise BadInput(
                "merge_closed",
                f"{target.number} 已经办结，不能再并入，请另选一件在办的。",
                field="into",
            )
        item.merged_into = target
        moved(item, "merge", Status.MERGED, by=by, at=at, into=target.number)


def issue(
    *, item_ids: list[int], by: Cadre, at: datetime, document_no: str = "", signed_off_by: str = ""
) -> Dispatch:
    """交办, for one or many on one 交办单. The rectifier's clock starts today; the day of
    issue does not count."""
    today = clock.day(at)
    with transaction.atomic():
        items = locked(item_ids)
        if not items:
            raise BadInput("nothing_chosen", "请至少勾选一件。", field="item")
        NumberSeries.objects.get_or_create(year=today.year)
        series = NumberSeries.objects.select_for_update().get(year=today.year)
        series.last_dispatch += 1
        series.save(update_fields=["last_dispatch"])
        dispatch = Dispatch.objects.create(
            number=f"交办{today.year}-{series.last_dispatch:04}", document_no=document_no.strip(),
            signed_off_by=signed_off_by.strip(), by=by, at=at,
        )  # fmt: skip
        for item in items:
            require(by, "item.assign", item.area_id)
            expect(item, "issue")
            if not active_in(item.person, item.unit, today):
                raise Refusal(
                    "person_not_in_unit",
                    f"{item.number} 的责任人{item.person.name}已不在{item.unit}任职，请先改派。",
                )
            full = due_date(today, grade_days(item.grade, today)).date
            registered = clock.day(item.created_at)
            provisional = due_date(registered, grade_days(item.grade, registered)).date
            # A deadline that somebody set stays; the grade's own runs from today.
            if item.deadline == provisional or item.deadline <= today:
                item.deadline = full
            item.issued_on, item.dispatch = today, dispatch
            item.length = working_days_between(today, item.deadline)
            if item.lasts:
                item.review_due = quarter_end(today)
            moved(item, "issue", Status.ISSUED, by=by, at=at, dispatch=dispatch.number,
                  person=item.person.name, unit=item.unit.name, deadline=str(item.deadline))  # fmt: skip
    return dispatch


def reassign(
    *, item_id: int, unit: Unit, person: Cadre, lead_unit: Unit | None, deadline: date | None,
    by: Cadre, at: datetime,
) -> None:  # fmt: skip
    """定责 or 改派, before the item is signed for."""
    today = clock.day(at)
    with transaction.atomic():
        (item,) = locked([item_id])
        require(by, "item.assign", item.area_id)
        if item.status not in (Status.CONFIRMED, Status.DECLINED, Status.ISSUED):
            raise Refusal(
                "wrong_state",
                f"{item.number} 现在是“{item.waiting_label}”，签收以后不能改派，换人请用“移交”。",
            )
        if not active_in(person, unit, today):
            raise BadInput(
                "person_not_in_unit",
                f"{person.name}现在不在{unit}任职，请另选责任人。",
                field="person",
            )
        if person.pk in checkers(item, ever=True):
            raise BadInput("item_checker", SENTENCES["item_checker"], field="person")
        if deadline is not None and deadline <= today:
            raise BadInput("deadline_past", "整改期限须晚于今天。", field="deadline")
        if deadline is not None and deadline > today + LONGEST:
            raise BadInput("deadline_far", "整改期限不能超过一年。", field="deadline")
        before = {
            "unit": item.unit.name,
            "person": item.person.name,
            "deadline": str(item.deadline),
        }
        item.unit, item.person = unit, person
        item.lead_unit = lead_unit or item.lead_unit
        item.deadline = deadline or item.deadline
        if item.issued_on:
            item.length = working_days_between(item.issued_on, item.deadline)
        if item.route in (Route.COUNTY, Route.DEPARTMENT):
            item.route = Route.DEPARTMENT if unit.kind == Unit.Kind.COUNTY else Route.COUNTY
        item.save()
        record("item.reassign", item, by=by, at=at, area=item.area_id, before=before,
               after={"unit": unit.name, "person": person.name, "deadline": str(item.deadline)})  # fmt: skip


def rectifier_only(item: Item, by: Cadre) -> None:
    if item.person_id != by.pk:
        raise NotYours(
            "not_rectifier",
            f"只有责任人{item.person.name}能办这一步；如已换人，请指挥部改派或移交。",
        )
    if not active_in(by, item.unit, clock.today()):
        raise NotYours("left_unit", f"您已不在{item.unit}任职，请指挥部改派或移交本件。")


def sign(*, item_ids: list[int], by: Cadre, at: datetime) -> int:
    with transaction.atomic():
        items = locked(item_ids)
        for item in items:
            rectifier_only(item, by)
            expect(item, "sign")
            moved(item, "sign", Status.SIGNED, by=by, at=at)
    return len(items)


def decline(*, item_id: int, reason: str, by: Cadre, at: datetime) -> None:
    """退签: 非本单位职责, with a proposal whose it is; decided within one 工作日."""
    with transaction.atomic():
        (item,) = locked([item_id])
        rectifier_only(item, by)
        expect(item, "decline")
        moved(item, "decline", Status.DECLINED, by=by, at=at, reason=reason_given(reason))


def plan(
    *, item_id: int, measure: str, goal: str, by: Cadre, at: datetime,
    stages: Sequence[tuple[str, date]] = (),
) -> None:  # fmt: skip
    """制定措施; of a 长期坚持 item with its stages, for it closes by them and never in one."""
    if len(measure.strip()) < 4:
        raise BadInput("measure", "请写清整改措施（至少 4 个字）。", field="measure")
    with transaction.atomic():
        (item,) = locked([item_id])
        rectifier_only(item, by)
        expect(item, "plan")
        item.measure, item.goal = measure.strip(), goal.strip()
        lay_out(item, stages, today=clock.day(at))
        moved(item, "plan", Status.RECTIFYING, by=by, at=at, measure=item.measure)


def report(*, item_id: int, text: str, by: Cadre, at: datetime) -> Progress:
    if not text.strip():
        raise BadInput("text", "请写明进展。", field="text")
    with transaction.atomic():
        (item,) = locked([item_id])
        rectifier_only(item, by)
        if item.status not in (Status.SIGNED, Status.RECTIFYING):
            raise Refusal(
                "wrong_state",
                f"{item.number} 现在是“{item.waiting_label}”，{LABELS[Status.RECTIFYING]}才能记进展。",
            )
        progress = Progress.objects.create(item=item, by=by, at=at, text=text.strip())
        record(
            "item.progress", item, by=by, at=at, area=item.area_id, after={"text": progress.text}
        )
    return progress
