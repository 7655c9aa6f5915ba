from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from cadres.models import Area, Cadre, Event
from households.actions.visits import Problem, VisitEntry, log_visit
from households.models import Household
from rectification.actions import closing, moving
from rectification.actions.registering import Finding, open_from, register
from rectification.models import Check, Item
from rectification.querysets import items_visible_to, overdue, waiting_for
from rectification.workflow import ROUTES, Route
from tests.cast import PHOTO, Cast, fresh, passes, to_check, to_closed, to_work
from tests.county import AT, DIANQIAN, QINGTIAN
from tests.households.builders import VILLAGE, helps
from yuexi.core.refusals import NotYours, Refusal

pytestmark = pytest.mark.django_db


def test_a_visits_problem_is_an_item_with_a_deadline_and_a_person(
    cast: Cast, home: Household, person: Callable[..., Cadre]
) -> None:
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    helps(helper, home)
    entry = VisitEntry(
        mode="IN_PERSON", met="演示陈", occurred_at=AT, problems=[Problem("饮水安全", "水管冻裂")]
    )
    log_visit(household=home, entry=entry, by=helper, at=AT)
    item = Item.objects.get()
    assert (item.text, item.person, item.lead_unit) == (
        "水管冻裂",
        cast.clerk,
        cast.department.unit,
    )
    assert item.deadline == date(2027, 1, 4)
    assert open_from("visit", item.source_id, by=helper, at=AT) == item  # type: ignore[arg-type]
    assert list(items_visible_to(helper)) == [item]


def test_the_full_chain_and_what_each_day_counts(item: Item, cast: Cast) -> None:
    assert item.number == "26-0001" and item.status == "REGISTERED"
    to_closed(item, cast)
    closed = fresh(item)
    assert (closed.status, closed.closed_on) == ("CLOSED", AT.date())
    assert closed.lookback_due == AT.date() + timedelta(days=30)
    assert list(Check.objects.values_list("step", flat=True)) == [
        "SELF_CHECK",
        "VERIFY",
        "ACCEPT",
        "APPROVE",
    ]
    told = list(
        Event.objects.filter(kind="item", object_id=item.pk)
        .order_by("seq")
        .values_list("action", flat=True)
    )
    assert told == ["item.register", "item.confirm", "item.issue", "item.sign", "item.plan", "item.evidence",
                    "item.answer", "item.apply"] + ["item.pass"] * 4  # fmt: skip


def test_a_relapse_reopens_the_same_item(item: Item, cast: Cast) -> None:
    to_closed(item, cast)
    with pytest.raises(Refusal, match="参与过"):
        closing.look_back(item_id=item.pk, held=True, finding="还好", by=cast.approver, at=AT)
    later = AT + timedelta(days=30)
    with pytest.raises(Refusal, match="起才能登记"):
        closing.look_back(item_id=item.pk, held=True, finding="水还通", by=cast.inspector, at=AT)
    closing.look_back(item_id=item.pk, held=True, finding="水还通", by=cast.inspector, at=later)
    assert fresh(item).lookback_due == AT.date() + timedelta(days=90)
    closing.look_back(item_id=item.pk, held=False, finding="又冻裂了", by=cast.inspector, at=AT)
    again = fresh(item)
    assert (again.number, again.status, again.rebounds, again.round) == (
        item.number,
        "CONFIRMED",
        1,
        2,
    )
    assert again.homes.get().solved is None


def test_held_twice_is_consolidated(item: Item, cast: Cast) -> None:
    to_closed(item, cast)
    with pytest.raises(IntegrityError, match="item_not_looked_back"), transaction.atomic():
        Item.objects.filter(pk=item.pk).update(status="CONSOLIDATED")
    for days in (30, 90):
        at = AT + timedelta(days=days)
        closing.look_back(item_id=item.pk, held=True, finding="水还通", by=cast.inspector, at=at)
    assert fresh(item).status == "CONSOLIDATED"


def test_no_application_without_evidence(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    with pytest.raises(Refusal, match="至少要有 1 份"):
        closing.apply(item_id=item.pk, by=cast.clerk, at=AT)
    with pytest.raises(IntegrityError, match="item_evidence"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE rectification_item SET status = 'SELF_CHECK', check_due = now(), applied_on = now() WHERE id = %s",
            [item.pk],
        )


def test_the_original_wording_never_changes(item: Item) -> None:
    with pytest.raises(IntegrityError, match="item_original"), connection.cursor() as cursor:
        cursor.execute("UPDATE rectification_item SET text = '改过' WHERE id = %s", [item.pk])


@pytest.mark.parametrize("column", ["deadline", "person_id", "unit_id", "lead_unit_id"])
def test_no_item_without_deadline_and_person(item: Item, column: str) -> None:
    with pytest.raises(IntegrityError, match="null"), connection.cursor() as cursor:
        cursor.execute(f"UPDATE rectification_item SET {column} = NULL WHERE id = %s", [item.pk])


def test_the_rectifier_checks_nothing(item: Item, cast: Cast, person: Callable[..., Cadre]) -> None:
    head = cast.head
    moving.confirm(item_ids=[item.pk], by=cast.accepter, at=AT)
    moving.reassign(
        item_id=item.pk,
        unit=head.unit,
        person=head,
        lead_unit=None,
        deadline=None,
        by=cast.accepter,
        at=AT,
    )
    moving.issue(item_ids=[item.pk], by=cast.accepter, at=AT)
    moving.sign(item_ids=[item.pk], by=head, at=AT)
    moving.plan(item_id=item.pk, measure="换管并加保温", goal="", by=head, at=AT)
    closing.add_evidence(item_id=item.pk, content=PHOTO, name="a.jpg", what="照片", by=head, at=AT)
    closing.apply(item_id=item.pk, by=head, at=AT)
    assert item not in waiting_for(head, AT.date())
    with pytest.raises(Refusal, match="责任人不能检查"):
        passes(item, head, "SELF_CHECK")
    with pytest.raises(IntegrityError, match="check_rectifier"), connection.cursor() as cursor:
        raw_check(cursor, item, head, "SELF_CHECK")


def raw_check(cursor: Any, item: Item, by: Cadre, step: str) -> None:
    cursor.execute(
        "INSERT INTO rectification_check (item_id, round, step, by_id, unit_id, at, passed, opinion)"
        " VALUES (%s, %s, %s, %s, %s, now(), true, '好')",
        [item.pk, fresh(item).round, step, by.pk, by.unit_id],
    )


def test_the_rectifying_unit_stops_at_its_own_check(
    item: Item, cast: Cast, person: Callable[..., Cadre]
) -> None:
    to_check(item, cast)
    passes(item, cast.head, "SELF_CHECK")
    other = person("演示副镇", "TOWNSHIP_HEAD", QINGTIAN)
    with pytest.raises(NotYours):
        passes(item, other, "VERIFY")
    with pytest.raises(IntegrityError, match="check_own_unit"), connection.cursor() as cursor:
        raw_check(cursor, item, other, "VERIFY")


def test_accepting_and_closing_take_two_people(item: Item, cast: Cast) -> None:
    to_check(item, cast)
    passes(item, cast.head, "SELF_CHECK")
    passes(item, cast.department, "VERIFY")
    passes(item, cast.accepter, "ACCEPT")
    assert item not in waiting_for(cast.accepter, AT.date())
    assert item in waiting_for(cast.approver, AT.date())
    with pytest.raises(Refusal, match="一轮里只能办理一道"):
        passes(item, cast.accepter, "APPROVE")
    with pytest.raises(IntegrityError, match="check_twice"), connection.cursor() as cursor:
        raw_check(cursor, item, cast.accepter, "APPROVE")


def test_no_close_out_by_raw_sql(item: Item, cast: Cast) -> None:
    to_check(item, cast)
    with pytest.raises(IntegrityError, match="item_unchecked"), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE rectification_item SET status = 'CLOSED', check_due = NULL, closed_on = now() WHERE id = %s",
            [item.pk],
        )


def test_evidence_must_have_been_opened(item: Item, cast: Cast) -> None:
    to_check(item, cast)
    with pytest.raises(Refusal, match="1 份佐证材料没有打开"):
        closing.check(
            item_id=item.pk, step="SELF_CHECK", passed=True, opinion="同意", by=cast.head, at=AT
        )


def test_an_unsolved_household_stops_the_self_check(
    item: Item, cast: Cast, home: Household
) -> None:
    to_check(item, cast)
    closing.answer_household(
        item_id=item.pk, household=home, solved=False, said="还没通", by=cast.village, at=AT
    )
    with pytest.raises(Refusal, match="演示陈户还没有答复"):
        passes(item, cast.head, "SELF_CHECK")
    with pytest.raises(Refusal, match="责任人以外"):
        closing.answer_household(
            item_id=item.pk, household=home, solved=True, said="", by=cast.clerk, at=AT
        )


def test_a_return_adds_the_days_that_the_checkers_took(item: Item, cast: Cast) -> None:
    to_check(item, cast)
    deadline = fresh(item).deadline
    later = AT + timedelta(days=7)  # five working days
    closing.check(
        item_id=item.pk,
        step="SELF_CHECK",
        passed=False,
        opinion="照片看不清",
        by=cast.head,
        at=later,
    )
    back = fresh(item)
    assert (back.status, back.round, back.applied_on) == ("RECTIFYING", 2, None)
    assert back.deadline == date(2027, 1, 11) and deadline == date(2027, 1, 4)
    with pytest.raises(Refusal, match="至少要有 1 份"):
        closing.apply(item_id=item.pk, by=cast.clerk, at=later)


def test_a_second_click_meets_a_sentence(item: Item, cast: Cast) -> None:
    to_check(item, cast)
    passes(item, cast.head, "SELF_CHECK")
    with pytest.raises(Refusal, match="刷新页面"):
        passes(item, cast.head, "SELF_CHECK")
    with pytest.raises(Refusal, match="不能交办"):
        moving.issue(item_ids=[item.pk], by=cast.accepter, at=AT)


def test_many_move_at_once_or_none(item: Item, cast: Cast) -> None:
    second = register(
        finding=Finding(text="路灯不亮", category="基础设施", area=item.area, source="SELF"),
        by=cast.clerk,
        at=AT,
    )
    moving.confirm(item_ids=[item.pk], by=cast.accepter, at=AT)
    with pytest.raises(Refusal):
        moving.issue(item_ids=[item.pk, second.pk], by=cast.accepter, at=AT)
    assert fresh(item).status == "CONFIRMED"
    moving.confirm(item_ids=[second.pk], by=cast.accepter, at=AT)
    assert moving.issue(item_ids=[item.pk, second.pk], by=cast.accepter, at=AT).items.count() == 2


def test_merge_decline_and_dismiss(item: Item, cast: Cast) -> None:
    twin = register(
        finding=Finding(text="水管又裂", category="饮水安全", area=item.area, source="SELF"),
        by=cast.clerk,
        at=AT,
    )
    with pytest.raises(Refusal, match="合并到自己"):
        moving.merge(item_id=item.pk, into=item, by=cast.accepter, at=AT)
    moving.merge(item_id=twin.pk, into=item, by=cast.accepter, at=AT)
    assert fresh(twin).merged_into == item
    moving.confirm(item_ids=[item.pk], by=cast.accepter, at=AT)
    moving.issue(item_ids=[item.pk], by=cast.accepter, at=AT)
    moving.decline(item_id=item.pk, reason="应由水利局办", by=cast.clerk, at=AT)
    moving.reassign(
        item_id=item.pk,
        unit=cast.department.unit,
        person=cast.department,
        lead_unit=None,
        deadline=None,
        by=cast.accepter,
        at=AT,
    )
    moving.issue(item_ids=[item.pk], by=cast.accepter, at=AT)
    assert fresh(item).route == "DEPARTMENT"


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "text": ({"text": " "}, "请写明问题"),
    "category": ({"category": "别的"}, "不认识类别"),
    "past": ({"deadline": date(2026, 11, 1)}, "不能早于今天"),
    "half": ({"unit": "UNIT"}, "一起填"),
}


@pytest.mark.parametrize("case", BAD)
def test_what_cannot_be_registered(cast: Cast, case: str) -> None:
    change, said = BAD[case]
    if change.get("unit"):
        change = {"unit": cast.department.unit}
    finding = Finding(
        text="水管冻裂", category="饮水安全", area=Area.objects.get(code=VILLAGE), source="SELF"
    )
    with pytest.raises(Refusal, match=said):
        register(finding=replace(finding, **change), by=cast.clerk, at=AT)
    assert not Item.objects.exists()


def test_a_neighbour_neither_sees_nor_registers(
    item: Item, cast: Cast, person: Callable[..., Cadre]
) -> None:
    neighbour = person("演示邻", "TOWNSHIP_CLERK", DIANQIAN)
    assert not items_visible_to(neighbour).exists()
    with pytest.raises(NotYours):
        register(
            finding=Finding(text="水管冻裂", category="饮水安全", area=item.area, source="SELF"),
            by=neighbour,
            at=AT,
        )


def test_overdue_stands_still_while_checked(item: Item, cast: Cast) -> None:
    to_check(item, cast)
    assert not overdue(items_visible_to(cast.accepter), date(2027, 6, 1)).exists()
    closing.check(
        item_id=item.pk, step="SELF_CHECK", passed=False, opinion="看不清", by=cast.head, at=AT
    )
    assert overdue(items_visible_to(cast.accepter), date(2027, 6, 1)).exists()


def test_a_housing_item_waits_for_its_indicator(cast: Cast, home: Household) -> None:
    Household.objects.filter(pk=home.pk).update(unsafe_house=True)
    finding = Finding(
        text="屋面渗水",
        category="住房安全",
        area=home.area,
        source="SELF",
        route="VILLAGE",
        households=[home],
    )
    item = register(finding=finding, by=cast.clerk, at=AT)
    to_check(item, cast)
    with pytest.raises(Refusal, match="在册仍是危房户"):
        passes(item, cast.head, "APPROVE")


UP = {
    "SELF": ("TOWNSHIP", "村级 → 乡镇级"),
    "DISPATCH": ("COUNTY", "乡镇级 → 县级及以上"),
    "INSPECTION": ("COUNTY", "县级及以上，已是最高一级"),
}


@pytest.mark.parametrize("source", UP)
def test_a_relapse_comes_back_one_step_up(
    cast: Cast, home: Household, source: str, as_user: Callable[[Cadre], Client]
) -> None:
    finding = Finding(text="水管冻裂", category="饮水安全", area=home.area, source=source, households=[home])  # fmt: skip
    item = register(finding=finding, by=cast.clerk, at=AT)
    to_check(item, cast)
    checkers = {"SELF_CHECK": cast.head, "VERIFY": cast.department, "ACCEPT": cast.accepter}
    for step in ROUTES[Route(item.route)]:
        by = cast.head if item.route == "VILLAGE" else checkers.get(step.status, cast.approver)
        passes(item, by, step.status)
    if source != "INSPECTION":
        with pytest.raises(IntegrityError, match="item_rebound_level"), transaction.atomic():
            Item.objects.filter(pk=item.pk).update(status="CONFIRMED", rebounds=1)
    closing.look_back(item_id=item.pk, held=False, finding="又冻裂了", by=cast.inspector, at=AT)
    road, told = UP[source]
    assert (fresh(item).route, fresh(item).number) == (road, item.number)
    assert Event.objects.get(action="item.rebound").after["road"] == told
    said = as_user(cast.clerk).get(f"/items/{item.uid}/").content.decode()
    assert f"反弹 1 次（路线：{told}）" in said
    with pytest.raises(IntegrityError, match="item_rebound_kept"), transaction.atomic():
        Item.objects.filter(pk=item.pk).update(rebounds=0)
