"""长期坚持: stages with days, each closed by its own evidence and check, and the look of each
quarter. An item of this grade never closes as one stroke."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet

from cadres.calendar import due_date, working_days_between
from cadres.events import record
from cadres.models import Cadre
from cadres.scope import scope_of
from cadres.templatetags.county import cn_day
from rectification.actions.hands import rectified
from rectification.actions.registering import LONGEST
from rectification.models import Check, Item, Milestone, Review
from rectification.workflow import (
    LASTING_DAYS,
    QUARTER_DAYS,
    STAGES_MAX,
    STAGES_MIN,
)
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno


def standing(item: Item) -> QuerySet[Milestone]:
    """The plan in force: without what a granted change took out of it."""
    return item.milestones.filter(cycle=item.rebounds, replaced=None)


def current(item: Item) -> Milestone | None:
    """The stage that is worked on; None when all are closed, or where there are none."""
    return standing(item).filter(passed=None).order_by("no").first() if item.lasts else None


def in_order(stages: Sequence[tuple[str, date]], *, today: date, start: int = 1) -> None:
    """Each with a goal, each later than the one before, the last within a year."""
    before, last = today, today + LONGEST
    for no, (goal, due) in enumerate(stages, start):
        if len(goal.strip()) < 4:
            raise BadInput(
                "stage_goal", f"第 {no} 阶段：请写清目标（至少 4 个字）。", field=f"goal{no}"
            )
        if due <= before:
            rule = "要晚于今天" if no == start else "要晚于上一阶段"
            raise BadInput("stage_order", f"第 {no} 阶段：完成日期{rule}。", field=f"due{no}")
        if due > last:
            raise BadInput(
                "stage_far",
                f"第 {no} 阶段：完成日期不能超过一年（{cn_day(last)}）。",
                field=f"due{no}",
            )
        before = due


def lay_out(item: Item, stages: Sequence[tuple[str, date]], *, today: date) -> None:
    """In the caller's transaction. The first day is within the deadline that was given, each
    later than the one before, the last within a year."""
    if not item.lasts:
        return
    if not STAGES_MIN <= len(stages) <= STAGES_MAX:
        raise BadInput(
            "stages",
            f"“长期坚持”要分 {STAGES_MIN} 到 {STAGES_MAX} 个阶段，每个阶段写目标和完成日期；不能一次销号。",
            field="goal1",
        )
    if stages[0][1] > item.deadline:
        raise BadInput(
            "stage_late",
            f"第 1 阶段：完成日期不能晚于交办的期限 {cn_day(item.deadline)}；要更久的，先办这一阶段能办的。",
            field="due1",
        )
    in_order(stages, today=today)
    Milestone.objects.bulk_create([
        Milestone(item=item, cycle=item.rebounds, no=no, goal=goal.strip(), planned=due, due=due)
        for no, (goal, due) in enumerate(stages, 1)
    ])  # fmt: skip
    item.deadline = stages[0][1]
    item.length = working_days_between(item.issued_on or today, item.deadline)


def lay_with_checkers(item: Item, today: date) -> int:
    """The days that the item lay with its checkers are added to every day that is still ahead, so
    that a checker's delay never looks like the rectifier's."""
    waited = working_days_between(item.applied_on or today, today)
    if waited > 0:
        put_off(item, waited)
    return waited


def put_off(item: Item, days: int) -> None:
    item.deadline = due_date(item.deadline, days).date
    for stage in standing(item).filter(passed=None):
        stage.due = due_date(stage.due, days).date
        stage.save(update_fields=["due"])


def close_stage(item: Item, check: Check, *, today: date) -> dict[str, str]:
    """In the caller's transaction: the stage is closed, the next one's clock runs."""
    stage = current(item)
    assert stage is not None, "a trigger lets nothing wait for a stage's check without a stage"
    lay_with_checkers(item, today)
    stage.refresh_from_db()
    stage.passed, stage.closed_on = check, today
    stage.save(update_fields=["passed", "closed_on"])
    after = current(item)
    start = max(today, stage.due)
    item.deadline = after.due if after else due_date(start, LASTING_DAYS).date
    item.length = working_days_between(stage.due, item.deadline)
    item.applied_on, item.check_due = None, None
    item.round += 1
    return {"stage": str(stage.no), "goal": stage.goal, "deadline": str(item.deadline)}


def quarter_of(day: date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


def quarter_end(day: date) -> date:
    """The last day of its quarter; of the next one, where this one is nearly over."""
    month = (day.month + 2) // 3 * 3
    end = date(day.year + month // 12, month % 12 + 1, 1) - timedelta(days=1)
    return end if end - day > timedelta(days=QUARTER_DAYS) else quarter_end(end + timedelta(days=1))


def may_review(item: Item, by: Cadre) -> bool:
    """季度复核 is for whoever reviews in the county and for the lead unit, never for those who
    have it in hand."""
    scope = scope_of(by)
    right = scope.has("item.review", item.area_id)
    right = right or item.lead_unit_id in scope.units_with("item.verify")
    return right and by.pk not in {item.person_id, *rectified(item)}


def review(*, item_id: int, finding: str, by: Cadre, at: datetime) -> Review:
    finding, today = finding.strip(), clock.day(at)
    if len(finding) < 4:
        raise BadInput(
            "finding", "请写明复核看到的情况（至少 4 个字）。", field="opinion"
        )  # fmt: skip
    no_idno(finding)
    with transaction.atomic():
        item = Item.objects.select_for_update(of=("self",)).select_related("area").get(pk=item_id)
        if not may_review(item, by):
            raise NotYours(
                "not_reviewer", "季度复核由指挥部整改组或牵头单位办理，责任人不能复核自己。"
            )
        if item.review_due is None:
            raise Refusal("no_review", "只有交办以后、还在整改的“长期坚持”事项做季度复核。")
        opens = item.review_due - timedelta(days=QUARTER_DAYS)
        if today < opens:
            raise Refusal("review_early", f"本季度的复核从 {cn_day(opens)}起登记。")
        quarter = quarter_of(item.review_due)
        made = Review.objects.create(item=item, quarter=quarter, by=by, at=at, finding=finding)
        item.review_due = quarter_end(max(item.review_due, today) + timedelta(days=1))
        item.save(update_fields=["review_due"])
        record("item.review", item, by=by, at=at, area=item.area_id,
               after={"quarter": quarter, "finding": finding})  # fmt: skip
    return made
