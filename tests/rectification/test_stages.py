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
from rectification.actions import closing, milestones, moving
from rectification.actions.registering import Finding, register
from rectification.models import Item, Milestone
from rectification.querysets import moves_for, to_review
from tests.cast import PHOTO, Cast, fresh, passes
from tests.county import AT
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
