"""长期坚持 closes stage by stage and never as one stroke."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from cadres.models import Cadre, Notice
from households.models import Household
from rectification import reminders
from rectification.actions import closing, milestones, moving, replanning
from rectification.actions.registering import Finding, register
from rectification.models import Item, Milestone, PlanChange
from rectification.querysets import moves_for, to_replan, to_review, waiting_for
from tests.cast import PHOTO, Cast, fresh, passes, to_work
from tests.county import AT, QINGTIAN
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
AsUser = Callable[[Cadre], Client]
FIRST, SECOND = date(2026, 12, 31), date(2027, 3, 31)
STAGES = [("修好主管和水池", FIRST), ("管护公约落实到人", SECOND)]


@pytest.fixture
def lasting(cast: Cast, home: Household) -> Item:
    finding = Finding(text="供水管护没有人", category="饮水安全", area=home.area, source="INSPECTION",
                      grade="LASTING", households=[home])  # fmt: skip
    item = register(finding=finding, by=cast.clerk, at=AT)
    moving.confirm(item_ids=[item.pk], by=cast.accepter, at=AT)
    moving.issue(item_ids=[item.pk], by=cast.accepter, at=AT)
    moving.sign(item_ids=[item.pk], by=cast.clerk, at=AT)
    return item


def planned(item: Item, cast: Cast) -> None:
    moving.plan(item_id=item.pk, measure="分段换管并定管护人", goal="", stages=STAGES, by=cast.clerk, at=AT)  # fmt: skip


def applied(item: Item, cast: Cast, at: Any = AT) -> None:
    content = PHOTO + str(fresh(item).round).encode()
    closing.add_evidence(item_id=item.pk, content=content, name="a.jpg", what="通水照片", by=cast.clerk, at=at)  # fmt: skip
    closing.apply(item_id=item.pk, by=cast.clerk, at=at)


def looked_at(item: Item, by: Cadre, at: Any = AT, *, passed: bool = True) -> None:
    for piece in item.evidence.filter(round=fresh(item).round):
        closing.open_evidence(evidence=piece, by=by, at=at)
    closing.check(item_id=item.pk, step="MILESTONE", passed=passed, opinion="已现场看过", by=by, at=at)  # fmt: skip


def test_it_is_planned_in_stages_or_not_at_all(lasting: Item, cast: Cast) -> None:
    for stages, said in (
        ([], "2 到 6 个阶段"),
        (STAGES[:1], "2 到 6 个阶段"),
        ([STAGES[1], STAGES[0]], "不能晚于交办的期限"),
        ([STAGES[0], ("管护公约落实到人", FIRST)], "第 2 阶段：完成日期要晚于上一阶段"),
        ([STAGES[0], ("管护公约落实到人", date(2028, 3, 1))], "不能超过一年"),
        ([STAGES[0], ("短", SECOND)], "第 2 阶段：请写清目标"),
    ):
        with pytest.raises(BadInput, match=said):
            moving.plan(item_id=lasting.pk, measure="分段换管", goal="", stages=stages, by=cast.clerk, at=AT)  # fmt: skip
    assert fresh(lasting).status == "SIGNED" and not Milestone.objects.exists()
    with pytest.raises(IntegrityError, match="item_stages"), transaction.atomic():
        Item.objects.filter(pk=lasting.pk).update(status="RECTIFYING", measure="一次办完")
    planned(lasting, cast)
    assert (fresh(lasting).deadline, fresh(lasting).status) == (FIRST, "RECTIFYING")


def test_stage_after_stage_and_then_the_whole_route(lasting: Item, cast: Cast) -> None:
    planned(lasting, cast)
    applied(lasting, cast)
    waits = fresh(lasting)
    assert (waits.status, waits.waiting_label) == ("MILESTONE", "待阶段核查")
    assert lasting in moves_for(cast.department, AT.date())
    assert lasting not in moves_for(cast.clerk, AT.date())
    reminders.sweep(today=date(2026, 11, 25), at=AT)
    assert Notice.objects.get(rule="M-1").recipient == cast.department
    with pytest.raises(NotYours):
        looked_at(lasting, cast.head)
    later = AT + timedelta(days=7)  # the department took five working days
    looked_at(lasting, cast.department, later)
    second = fresh(lasting)
    assert (second.status, second.round) == ("RECTIFYING", 2)
    assert second.deadline == date(2027, 4, 7), "its five working days are added to what is ahead"
    with pytest.raises(Refusal, match="至少要有 1 份"):
        closing.apply(item_id=lasting.pk, by=cast.clerk, at=later)
    applied(lasting, cast, later)
    looked_at(lasting, cast.department, later)
    assert not lasting.milestones.filter(passed=None).exists()
    applied(lasting, cast, later)
    assert fresh(lasting).status == "SELF_CHECK"
    assert milestones.current(fresh(lasting)) is None


def test_a_returned_stage_is_done_again(lasting: Item, cast: Cast) -> None:
    planned(lasting, cast)
    applied(lasting, cast)
    looked_at(lasting, cast.department, passed=False)
    stage = milestones.current(fresh(lasting))
    assert stage is not None and stage.no == 1 and fresh(lasting).status == "RECTIFYING"


def test_never_as_one_stroke_not_even_by_raw_sql(lasting: Item, cast: Cast) -> None:
    planned(lasting, cast)
    closing.add_evidence(item_id=lasting.pk, content=PHOTO, name="a.jpg", what="照片", by=cast.clerk, at=AT)  # fmt: skip
    with pytest.raises(IntegrityError, match="item_stage_open"), transaction.atomic():
        Item.objects.filter(pk=lasting.pk).update(status="SELF_CHECK", applied_on=AT, check_due=AT)
    applied_check = "UPDATE rectification_milestone SET closed_on = now(), passed_id = %s"
    closing.apply(item_id=lasting.pk, by=cast.clerk, at=AT)
    looked_at(lasting, cast.department)
    check = lasting.checks.get()
    for sql, values, name in (
        (applied_check + " WHERE no = 2", [check.pk], "milestone_passed|unique"),
        ("UPDATE rectification_milestone SET goal = '容易的' WHERE no = 2", [], "milestone_kept"),
        ("UPDATE rectification_milestone SET due = '2026-12-01', planned = '2026-12-01' WHERE no = 2", [], "milestone_kept"),
        ("UPDATE rectification_milestone SET passed_id = NULL, closed_on = NULL WHERE no = 1", [], "milestone_kept"),
        ("UPDATE rectification_item SET grade = 'LIMITED'", [], "item_grade"),
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as c:  # fmt: skip
            c.execute(sql, values)


def test_what_lasts_is_not_solved_on_the_spot(cast: Cast, home: Household) -> None:
    from rectification.actions import onspot

    finding = Finding(text="供水管护没有人", category="饮水安全", area=home.area, source="SELF", grade="LASTING")  # fmt: skip
    item = register(finding=finding, by=cast.clerk, at=AT)
    with pytest.raises(Refusal, match="不能登记为现场解决"):
        onspot.solve(item_id=item.pk, solution=onspot.Solution("当场换好了", PHOTO, "a.jpg"), by=cast.clerk, at=AT)  # fmt: skip
    with pytest.raises(IntegrityError, match="item_lasting_by_stages"), transaction.atomic():
        Item.objects.filter(pk=item.pk).update(route="ON_SPOT")


def test_each_quarter_somebody_else_looks(lasting: Item, cast: Cast) -> None:
    planned(lasting, cast)
    assert fresh(lasting).review_due == date(2026, 12, 31)
    with pytest.raises(Refusal, match="从 12月17日起登记"):
        milestones.review(item_id=lasting.pk, finding="水池已修好", by=cast.accepter, at=AT)
    end = AT + timedelta(days=35)
    with pytest.raises(NotYours, match="责任人不能复核自己"):
        milestones.review(item_id=lasting.pk, finding="水池已修好", by=cast.clerk, at=end)
    assert lasting in to_review(cast.accepter, end.date())
    assert lasting in to_review(cast.department, end.date())
    assert lasting not in to_review(cast.clerk, end.date())
    reminders.sweep(today=date(2026, 12, 18), at=AT)
    told = Notice.objects.filter(rule="Q").values_list("recipient__name", flat=True)
    assert sorted(told) == ["演示批准", "演示验收"]
    milestones.review(item_id=lasting.pk, finding="水池已修好", by=cast.department, at=end)
    assert fresh(lasting).review_due == date(2027, 3, 31)
    assert lasting not in to_review(cast.accepter, end.date())
    with pytest.raises(IntegrityError, match="quarter_review_once"), transaction.atomic():
        lasting.reviews.create(quarter="2026Q4", by=cast.accepter, at=end, finding="再看")


def test_the_page_plans_reports_and_shows_the_stages(
    lasting: Item, cast: Cast, as_user: AsUser
) -> None:
    page, clerk = f"/items/{lasting.uid}/", as_user(cast.clerk)
    wrong = {"measure": "分段换管", "goal1": "修好主管", "due1": "2026-12-31", "goal2": "管护到人"}
    assert clerk.post(f"{page}plan/", wrong).status_code == 422
    assert "第 2 阶段" in clerk.get(page).content.decode()
    clerk.post(f"{page}plan/", {**wrong, "due2": "2027-03-31"})
    said = clerk.get(page).content.decode()
    assert "把第 1 阶段报核查" in said and "未开始" in said
    applied(lasting, cast)
    said = as_user(cast.department).get(page).content.decode()
    assert "阶段核查通过" in said and "第 1 阶段：" in said
    passes(lasting, cast.department, "MILESTONE")
    said = as_user(cast.head).get(page).content.decode()
    assert "通过核查" in said and "正在整改" in said


NEW = [
    ("先修水池，主管改走新线", date(2026, 12, 25)),
    ("接通十三户", date(2027, 2, 26)),
    ("管护公约落实到人", SECOND),
]


def replan(item: Item, cast: Cast, stages: Any = NEW, at: Any = AT, by: Cadre | None = None) -> PlanChange:  # fmt: skip
    return replanning.replan(item_id=item.pk, stages=stages, reason="原线路塌方，要改走新线", by=by or cast.clerk, at=at)  # fmt: skip


def decide(item: Item, by: Cadre, *, granted: bool = True, at: Any = AT) -> None:
    replanning.decide_plan(item_id=item.pk, granted=granted, opinion="情况属实", by=by, at=at)


def in_force(item: Item) -> list[tuple[str, date]]:
    return list(milestones.standing(fresh(item)).order_by("no").values_list("goal", "due"))


def test_a_plan_is_changed_with_approval_one_level_above_and_the_old_one_stays(
    lasting: Item, cast: Cast, as_user: AsUser
) -> None:
    planned(lasting, cast)
    length = fresh(lasting).length
    replan(lasting, cast)
    assert in_force(lasting) == STAGES, "asked is not granted"
    page = f"/items/{lasting.uid}/"
    said = as_user(cast.approver).get(page).content.decode()
    assert "等您审批：阶段计划变更" in said and "原线路塌方" in said and "接通十三户" in said
    assert lasting in to_replan(cast.approver) and lasting not in to_replan(cast.head)
    assert lasting in waiting_for(cast.approver, AT.date())
    reminders.sweep(today=AT.date(), at=AT)
    told = Notice.objects.filter(rule="N-REPLAN").values_list("recipient__name", flat=True)
    assert sorted(told) == ["演示批准", "演示验收"]
    with pytest.raises(NotYours, match="县指挥部审批"):
        decide(lasting, cast.head)
    with pytest.raises(Refusal, match="等审批"):
        replan(lasting, cast)
    as_user(cast.approver).post(f"{page}replanned/", {"opinion": "同意改线"})
    assert in_force(lasting) == NEW
    now = fresh(lasting)
    assert now.deadline == NEW[0][1] and now.length and length and now.length < length
    assert lasting.milestones.exclude(replaced=None).count() == 2
    said = as_user(cast.clerk).get(page).content.decode()
    for told_ in ("第 1 次变更", "原计划", "修好主管和水池", "变更为", "原线路塌方", "同意改线"):
        assert told_ in said
    applied(lasting, cast)
    looked_at(lasting, cast.department)
    assert fresh(lasting).deadline == NEW[1][1]
    # Changed once more: the stage that is done stays done.
    replan(
        lasting, cast, [("接通十二户，一户搬走", date(2027, 2, 20)), ("管护公约落实到人", SECOND)]
    )
    decide(lasting, cast.approver)
    assert [g for g, _ in in_force(lasting)] == [
        NEW[0][0],
        "接通十二户，一户搬走",
        "管护公约落实到人",
    ]
    for n in range(2):
        applied(lasting, cast, AT + timedelta(hours=n))
        looked_at(lasting, cast.department, AT + timedelta(hours=n))
    applied(lasting, cast)
    assert fresh(lasting).status == "SELF_CHECK"


def test_a_changed_plan_never_ends_later(lasting: Item, cast: Cast) -> None:
    planned(lasting, cast)
    for stages, said in (
        ([("先修水池再修管", FIRST + timedelta(days=1)), STAGES[1]], "不能晚于现在的期限"),
        ([STAGES[0], ("管护公约落实到人", SECOND + timedelta(days=1))], "不能晚于原计划的最后一天"),
        ([STAGES[0]], "一共要有 2 到 6 个阶段"),
        ([], "一共要有 2 到 6 个阶段"),
        ([STAGES[1], STAGES[0]], "第 2 阶段：完成日期要晚于上一阶段"),
        ([("短", FIRST), STAGES[1]], "请写清目标"),
        (STAGES, "和现在的计划一样"),
    ):
        with pytest.raises(BadInput, match=said):
            replan(lasting, cast, stages)
    with pytest.raises(NotYours):
        replan(lasting, cast, by=cast.head)
    assert not PlanChange.objects.exists() and in_force(lasting) == STAGES


def test_refused_or_overtaken_it_changes_nothing(
    lasting: Item, cast: Cast, as_user: AsUser
) -> None:
    planned(lasting, cast)
    replan(lasting, cast)
    decide(lasting, cast.approver, granted=False)
    assert in_force(lasting) == STAGES
    assert "未同意" in as_user(cast.clerk).get(f"/items/{lasting.uid}/").content.decode()
    replan(lasting, cast)
    with pytest.raises(Refusal, match="已经过了"):
        decide(lasting, cast.approver, at=AT + timedelta(days=34))
    applied(lasting, cast)
    with pytest.raises(Refusal, match="已经报核查或完成"):
        decide(lasting, cast.approver)
    looked_at(lasting, cast.department)
    with pytest.raises(Refusal, match="已经报核查或完成"):
        decide(lasting, cast.approver)
    decide(lasting, cast.approver, granted=False)
    assert in_force(lasting) == STAGES and len(replanning.changes(fresh(lasting))) == 2


def test_what_is_not_planned_in_stages_has_no_plan_to_change(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    with pytest.raises(Refusal, match="只有整改中"):
        replan(item, cast)


def test_the_page_starts_from_the_plan_and_keeps_what_was_typed(
    lasting: Item, cast: Cast, as_user: AsUser
) -> None:
    planned(lasting, cast)
    page, clerk = f"/items/{lasting.uid}/", as_user(cast.clerk)
    assert "申请变更阶段计划" not in as_user(cast.head).get(page).content.decode()
    shown = clerk.get(page).content.decode()
    assert 'value="修好主管和水池"' in shown and 'value="2027-03-31"' in shown
    data = {"reason": "原线路塌方", "goal1": "先修水池", "due1": "2026-12-25", "goal2": "管护到人", "due2": "2027-06-30"}  # fmt: skip
    wrong = clerk.post(f"{page}replan/", data)
    assert wrong.status_code == 422 and "不能晚于原计划的最后一天" in wrong.content.decode()
    assert "原线路塌方" in wrong.content.decode()
    assert clerk.post(f"{page}replan/", {**data, "due2": ""}).status_code == 422
    clerk.post(f"{page}replan/", {**data, "due2": "2027-03-31"})
    assert "等审批" in clerk.get(page).content.decode()


def test_the_database_keeps_the_old_plan_and_its_end(
    lasting: Item, cast: Cast, person: Callable[..., Cadre]
) -> None:
    planned(lasting, cast)
    change = replan(lasting, cast)
    ask = ("INSERT INTO rectification_planchange (item_id, cycle, no, start, reason, by_id, at, due)"
           " VALUES (%s, %s, %s, %s, %s, %s, %s, '2026-12-01')")  # fmt: skip
    stage = "INSERT INTO rectification_plannedstage (change_id, no, goal, due) VALUES (%s, %s, %s, %s)"  # fmt: skip
    verdict = ("INSERT INTO rectification_plandecision (change_id, granted, opinion, by_id, at)"
               " VALUES (%s, %s, %s, %s, %s)")  # fmt: skip
    out = "UPDATE rectification_milestone SET replaced_id = %s WHERE no = 2"
    new = ("INSERT INTO rectification_milestone (item_id, cycle, no, goal, planned, due)"
           " VALUES (%s, 0, %s, '多出来的', '2027-03-01', '2027-03-01')")  # fmt: skip
    who, pk = cast.clerk.pk, lasting.pk
    other = person("演示副镇", "TOWNSHIP_HEAD", QINGTIAN)
    refused: list[tuple[str, list[Any], str]] = [
        (ask, [pk, 0, 2, 1, "又一份", who, AT], "plan_change_open"),
        (ask, [pk, 0, 2, 2, "跳过一个", who, AT], "plan_change_person"),
        (ask, [pk, 0, 2, 1, "替别人", cast.head.pk, AT], "plan_change_person"),
        (stage, [change.pk, 5, "太晚", date(2027, 4, 1)], "planned_stage_late"),
        (stage, [change.pk, 1, "再来一个", date(2026, 12, 1)], "planned_stage_once"),
        (stage, [change.pk, 5, "", date(2027, 3, 1)], "planned_stage_says_what"),
        (verdict, [change.pk, True, "同意", who, AT], "plan_decider"),
        (verdict, [change.pk, True, "同意", other.pk, AT], "plan_decider"),
        (verdict, [change.pk, True, "", cast.approver.pk, AT], "plan_decision_says_why"),
        (out, [change.pk], "milestone_replaced"),
        (new, [pk, 3], "milestone_unplanned"),
    ]  # fmt: skip
    for sql, values, name in refused:
        with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as c:  # fmt: skip
            c.execute(sql, values)
    decide(lasting, cast.approver)
    later: list[tuple[str, list[Any], str]] = [
        (ask, [pk, 0, 1, 1, "同一号", who, AT], "plan_change_once"),
        (ask, [pk, 0, 2, 1, "", who, AT], "plan_change_says_why"),
        (verdict, [change.pk, False, "反悔", cast.approver.pk, AT], "unique"),
        (stage, [change.pk, 5, "补一个", date(2027, 3, 1)], "planned_stage_late"),
        ("UPDATE rectification_milestone SET replaced_id = NULL WHERE replaced_id IS NOT NULL", [], "milestone_kept"),
        ("UPDATE rectification_milestone SET due = '2027-12-31' WHERE replaced_id IS NOT NULL", [], "milestone_kept"),
    ]  # fmt: skip
    for sql, values, name in later:
        with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as c:  # fmt: skip
            c.execute(sql, values)
    for table in ("planchange", "plannedstage", "plandecision"):
        with pytest.raises(Exception, match=r"append only|permission denied"), transaction.atomic(), connection.cursor() as c:  # fmt: skip
            c.execute(f"DELETE FROM rectification_{table}")
