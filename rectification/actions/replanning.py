"""阶段计划变更: what is still open of a 长期坚持 plan, cut anew by its person and approved one level
above. Its end never moves: more time is an extension's business."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime

from django.db import IntegrityError, transaction

from cadres.calendar import due_date, working_days_between
from cadres.events import record
from cadres.models import Cadre
from cadres.templatetags.county import cn_day
from rectification.actions.extending import may_decide, said_by_database
from rectification.actions.milestones import current, in_order, standing
from rectification.actions.moving import locked, rectifier_only
from rectification.models import (
    Item,
    Milestone,
    PlanChange,
    PlanDecision,
    PlannedStage,
)
from rectification.sql import SENTENCES
from rectification.workflow import (
    EXTENDS,
    EXTENSION_DAYS,
    STAGES_MAX,
    STAGES_MIN,
    Route,
    Status,
)
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno

Stages = Sequence[tuple[str, date]]


def changes(item: Item) -> list[PlanChange]:
    found = item.plan_changes.filter(cycle=item.rebounds).order_by("pk")
    return list(found.select_related("by", "decision__by").prefetch_related("stages", "taken_out"))


def waiting(item: Item) -> PlanChange | None:
    return next((c for c in changes(item) if not hasattr(c, "decision")), None)


def may_replan(item: Item, today: date) -> bool:
    stage = current(item)
    open_ = item.status == Status.RECTIFYING and stage is not None and today < item.deadline
    return open_ and waiting(item) is None


def replan(*, item_id: int, stages: Stages, reason: str, by: Cadre, at: datetime) -> PlanChange:
    reason, today = reason.strip(), clock.day(at)
    if len(reason) < 4:
        raise BadInput("reason", "请写明为什么要变更计划（至少 4 个字）。", field="reason")
    no_idno([reason, *(goal for goal, _ in stages)])
    try:
        with transaction.atomic():
            (item,) = locked([item_id])
            rectifier_only(item, by)
            stage = current(item)
            if item.status != Status.RECTIFYING or stage is None:
                raise Refusal(
                    "wrong_state", f"{item.number} 现在是“{item.waiting_label}”，只有整改中、还有阶段没完成的“长期坚持”事项能变更计划。"
                )  # fmt: skip
            if waiting(item):
                raise Refusal("plan_change_open", SENTENCES["plan_change_open"], field="reason")
            _within(item, stage, stages, today)
            made = PlanChange.objects.create(
                item=item, cycle=item.rebounds, no=len(changes(item)) + 1, start=stage.no, reason=reason, by=by, at=at,
                due=due_date(today, EXTENSION_DAYS).date,
            )  # fmt: skip
            PlannedStage.objects.bulk_create([
                PlannedStage(change=made, no=no, goal=goal.strip(), due=due)
                for no, (goal, due) in enumerate(stages, stage.no)
            ])  # fmt: skip
            record("item.replan", item, by=by, at=at, area=item.area_id,
                   after={"reason": reason, "plan": said(stages, stage.no)})  # fmt: skip
            return made
    except IntegrityError as error:
        raise said_by_database(error) from None


def _within(item: Item, stage: Milestone, stages: Stages, today: date) -> None:
    """The stage that is worked on ends no later than the item's deadline of now, the last one no
    later than the plan did."""
    left = list(standing(item).filter(passed=None).order_by("no"))
    last, done = max(m.due for m in left), stage.no - 1
    if not stages or not STAGES_MIN <= done + len(stages) <= STAGES_MAX:
        raise BadInput("stages", f"连同已完成的 {done} 个阶段，一共要有 {STAGES_MIN} 到 {STAGES_MAX} 个阶段，至少留一个没完成的。",
                       field=f"goal{stage.no}")  # fmt: skip
    in_order(stages, today=today, start=stage.no)
    if stages[0][1] > item.deadline:
        raise BadInput("stage_late", f"第 {stage.no} 阶段：完成日期不能晚于现在的期限 {cn_day(item.deadline)}；要更久的，申请延期。",
                       field=f"due{stage.no}")  # fmt: skip
    if stages[-1][1] > last:
        end = done + len(stages)
        raise BadInput("stage_far", f"第 {end} 阶段：完成日期不能晚于原计划的最后一天 {cn_day(last)}；变更计划不延长总期限。",
                       field=f"due{end}")  # fmt: skip
    if [(goal.strip(), due) for goal, due in stages] == [(m.goal, m.due) for m in left]:
        raise BadInput("plan_same", "和现在的计划一样，没有要变更的。", field=f"goal{stage.no}")


def said(stages: Stages, start: int) -> str:
    return "；".join(f"第 {n} 阶段 {goal.strip()}（{cn_day(due)}）" for n, (goal, due) in enumerate(stages, start))  # fmt: skip


def decide_plan(
    *, item_id: int, granted: bool, opinion: str, by: Cadre, at: datetime
) -> PlanDecision:
    opinion, today = opinion.strip(), clock.day(at)
    if len(opinion) < 2:
        raise BadInput("opinion", "请写审批意见（至少 2 个字）。", field="opinion")
    no_idno(opinion)
    try:
        with transaction.atomic():
            (item,) = locked([item_id])
            change = waiting(item)
            if change is None:
                raise Refusal("no_plan_change", f"{item.number} 没有等审批的阶段计划变更，请刷新页面查看。")  # fmt: skip
            if not may_decide(item, by):
                who = EXTENDS[Route(item.route)].who
                raise NotYours("not_above", f"阶段计划变更由{who}审批，整改的人和整改单位不能批自己。")  # fmt: skip
            stages = list(change.stages.order_by("no"))
            if granted:
                _still_fits(item, change, stages, today)
            made = PlanDecision.objects.create(
                change=change, granted=granted, opinion=opinion, by=by, at=at
            )
            before = item.deadline
            if granted:
                _put_in_force(item, change, stages)
            record("item.replanned" if granted else "item.not_replanned", item, by=by, at=at, area=item.area_id,
                   before={"deadline": str(before)}, after={"opinion": opinion, "deadline": str(item.deadline)})  # fmt: skip
            return made
    except IntegrityError as error:
        raise said_by_database(error) from None


def _still_fits(item: Item, change: PlanChange, stages: list[PlannedStage], today: date) -> None:
    stage = current(item)
    if item.status != Status.RECTIFYING or stage is None or stage.no != change.start:
        raise Refusal("plan_stale", "申请以后阶段已经报核查或完成，这份变更对不上了；请等核查办完，或不同意，由责任人重报。")  # fmt: skip
    if stages[0].due < today:
        raise Refusal("plan_past", f"变更后第 {stages[0].no} 阶段的日期 {cn_day(stages[0].due)}已经过了；请不同意，由责任人按现在的日子重报。")  # fmt: skip


def _put_in_force(item: Item, change: PlanChange, stages: list[PlannedStage]) -> None:
    """What was taken out stays as a row of its own, for ever."""
    for old in standing(item).filter(passed=None).order_by("no"):
        old.replaced = change
        old.save(update_fields=["replaced"])
    Milestone.objects.bulk_create([
        Milestone(item=item, cycle=item.rebounds, no=s.no, goal=s.goal, planned=s.due, due=s.due)
        for s in stages
    ])  # fmt: skip
    less = working_days_between(stages[0].due, item.deadline)
    item.length = max(1, (item.length or 0) - less)
    item.deadline = stages[0].due
    item.save()
