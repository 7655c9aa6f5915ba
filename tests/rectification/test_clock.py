from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from cadres.calendar import nth_working_day
from cadres.models import Cadre, DigestDay, Notice
from cadres.reminders import digests
from rectification import reminders
from rectification.actions import closing, moving
from rectification.actions.handing import hand_over
from rectification.actions.registering import Finding, register
from rectification.models import Item
from rectification.querysets import moves_for
from tests.cast import PHOTO, Cast, fresh, passes, to_check, to_closed, to_work
from tests.county import AT, COUNTY, QINGTIAN
from yuexi.core.clock import SHANGHAI

pytestmark = pytest.mark.django_db


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)


def told(day: date) -> list[tuple[str, str]]:
    reminders.sweep(today=day, at=at(day))
    return sorted(Notice.objects.filter(day=day).values_list("rule", "recipient__name"))


def test_before_and_after_the_deadline_step_by_step(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    due = fresh(item).deadline
    assert told(nth_working_day(due, -7)) == [("D-7", "演示专干")]
    assert told(nth_working_day(due, -6)) == []
    assert told(nth_working_day(due, -3)) == [("D-3", "演示专干")]
    assert told(nth_working_day(due, -1)) == [("D-1", "演示专干")]
    assert told(due) == []
    assert told(nth_working_day(due, 1)) == [("D+1", "演示专干")]
    assert told(nth_working_day(due, 2)) == [("D+1", "演示专干"), ("D+2", "演示书记")]
    assert told(nth_working_day(due, 3)) == [
        ("D+1", "演示专干"),
        ("D+3", "演示专干"),
        ("D+3", "演示书记"),
    ]
    assert told(nth_working_day(due, 5)) == [
        ("D+1", "演示专干"),
        ("D+5", "演示批准"),
        ("D+5", "演示验收"),
    ]


def test_a_waiting_check_reminds_the_checker_and_not_the_rectifier(item: Item, cast: Cast) -> None:
    to_check(item, cast)
    due = fresh(item).check_due
    assert due is not None
    assert told(nth_working_day(due, -1)) == [("C-1.SELF_CHECK", "演示书记")]
    assert told(nth_working_day(due, 1)) == [("C+1", "演示书记")]
    assert told(nth_working_day(due, 60)) == [
        ("C+1", "演示书记"),
        ("C+3.SELF_CHECK", "演示批准"),
        ("C+3.SELF_CHECK", "演示验收"),
    ]
    assert told(nth_working_day(due, 61)) == [("C+1", "演示书记")]


def test_a_problem_that_ends_in_a_stop_is_told_with_one_mark(item: Item, cast: Cast) -> None:
    said = Finding(
        text="水管冻裂，三户断水。", category="其他", area=item.area, source="INSPECTION"
    )
    new = register(finding=said, by=cast.inspector, at=AT)
    day = nth_working_day(AT.date(), 1)
    reminders.sweep(today=day, at=at(day))
    texts = Notice.objects.filter(subject_id=new.pk).values_list("text", flat=True)
    assert texts and all("三户断水：" in t for t in texts), list(texts)


def test_no_reminder_on_a_day_off(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    Item.objects.update(deadline=date(2026, 11, 27))
    assert told(date(2026, 11, 28)) == []  # a Saturday
    assert told(date(2026, 11, 30)) == [("D+1", "演示专干")]


def test_a_second_sweep_adds_nothing(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    day = nth_working_day(fresh(item).deadline, 3)
    first = told(day)
    assert reminders.sweep(today=day, at=at(day)) == 0
    assert told(day) == first


def test_one_digest_a_person_and_day_and_never_an_empty_one(item: Item, cast: Cast) -> None:
    day = AT.date()
    assert digests(today=day, at=AT) == 0
    to_work(item, cast)
    late = nth_working_day(fresh(item).deadline, 3)
    told(late)
    assert digests(today=late, at=at(late)) == 2
    assert digests(today=late, at=at(late) + timedelta(hours=1)) == 0
    mine = DigestDay.objects.get(recipient=cast.clerk)
    assert (mine.red, mine.total) == (2, 2)


OFFICE = ["演示批准", "演示验收"]


def only(day: date, rule: str) -> list[str]:
    return [name for r, name in told(day) if r == rule]


def test_what_waits_is_told_once_and_what_is_late_each_day(item: Item, cast: Cast) -> None:
    first = AT.date()
    second, third = nth_working_day(first, 1), nth_working_day(first, 2)
    assert told(first) == [("N-REVIEW", n) for n in OFFICE]
    assert told(second) == []
    moving.confirm(item_ids=[item.pk], by=cast.accepter, at=at(second))
    assert told(second) == [("N-ISSUE", n) for n in OFFICE]
    moving.issue(item_ids=[item.pk], by=cast.accepter, at=at(third))
    assert only(third, "N-SIGN") == ["演示专干"]
    fourth, fifth = nth_working_day(first, 3), nth_working_day(first, 4)
    assert told(fourth) == []
    assert told(fifth) == [("N-SIGN+", "演示专干")]
    moving.decline(item_id=item.pk, reason="不是本单位的事", by=cast.clerk, at=at(fifth))
    assert only(fifth, "N-DECLINED") == OFFICE
    assert told(nth_working_day(fifth, 1)) == []
    assert told(nth_working_day(fifth, 2)) == [("N-DECLINED+", n) for n in OFFICE]
    late = set(Notice.objects.filter(rule__endswith="+").values_list("level", flat=True))
    assert late == {"A_RED"}
    assert all("逾期" in n.text for n in Notice.objects.filter(level="A_RED"))


def test_a_return_reaches_the_rectifier_with_the_next_sweep(item: Item, cast: Cast) -> None:
    to_check(item, cast)
    closing.check(
        item_id=item.pk, step="SELF_CHECK", passed=False, opinion="看不清", by=cast.head, at=AT
    )
    assert only(AT.date(), "N-BACK") == ["演示专干"]
    assert only(nth_working_day(AT.date(), 1), "N-BACK") == []


def test_an_application_of_a_saturday_is_told_on_monday_and_once(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    saturday = date(2026, 11, 28)
    closing.add_evidence(
        item_id=item.pk, content=PHOTO, name="a.jpg", what="照", by=cast.clerk, at=at(saturday)
    )
    closing.apply(item_id=item.pk, by=cast.clerk, at=at(saturday))
    assert told(date(2026, 11, 30)) == [("C-3.SELF_CHECK", "演示书记")]
    assert told(date(2026, 12, 1)) == [("C-1.SELF_CHECK", "演示书记")]
    assert told(date(2026, 12, 2)) == []


def test_a_step_missed_by_the_sweep_is_told_with_the_next_one(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    due = fresh(item).deadline
    assert told(nth_working_day(due, -2)) == [("D-3", "演示专干")]
    assert "还剩 2 个工作日" in Notice.objects.get(rule="D-3").text
    assert told(due) == [("D-1", "演示专干")]
    assert "今天到期" in Notice.objects.get(rule="D-1").text


def test_a_moved_deadline_is_told_anew(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    due = fresh(item).deadline
    told(nth_working_day(due, -3))
    later = nth_working_day(due, 3)
    Item.objects.filter(pk=item.pk).update(deadline=later)
    assert only(nth_working_day(later, -3), "D-3") == ["演示专干"]


def test_the_next_check_reaches_its_checker_the_same_day(item: Item, cast: Cast) -> None:
    to_check(item, cast)
    told(AT.date())
    passes(item, cast.head, "SELF_CHECK")
    assert ("C-3.VERIFY", "演示水利") in told(AT.date())
    passes(item, cast.department, "VERIFY")
    assert only(AT.date(), "C-3.ACCEPT") == OFFICE
    passes(item, cast.accepter, "ACCEPT")
    assert only(AT.date(), "C-3.APPROVE") == ["演示批准"]  # who accepted cannot approve


def test_a_look_back_is_told_when_due_and_then_by_the_week(item: Item, cast: Cast) -> None:
    to_closed(item, cast)
    due = fresh(item).lookback_due
    assert due is not None
    days = [nth_working_day(due - timedelta(days=1), n) for n in range(1, 31)]
    heard = [rule for day in days for rule, name in told(day) if name == "演示督查"]
    assert heard[0] == "L" and heard.count("L") == 1
    assert 4 <= heard.count("L+7") <= 6
    red = Notice.objects.filter(rule="L+7")
    assert {(n.level, "逾期" in n.text) for n in red} == {("A_RED", True)}


def test_only_who_may_look_back_is_told_and_the_office_is_never_left_untold(
    item: Item, cast: Cast, person: Callable[..., Cadre]
) -> None:
    """Who issued, handed over, mended or checked may not; where that is all of the office, it
    hears so by the week and finds somebody."""
    helper = person("演示转手", "OFFICE_RECTIFY", COUNTY, "县帮扶指挥部")
    heir = person("演示接手", "TOWNSHIP_CLERK", QINGTIAN)
    hand_over(item_ids=[item.pk], giver=cast.clerk, taker=heir, reason="换人", by=helper, at=AT)
    hand_over(item_ids=[item.pk], giver=heir, taker=cast.clerk, reason="换回", by=helper, at=AT)
    to_closed(item, cast)
    due = fresh(item).lookback_due
    assert due is not None
    day = nth_working_day(due - timedelta(days=1), 1)
    heard = {rule: sorted(name for r, name in told(day) if r == rule) for rule in ("L", "L-OFFICE")}
    assert heard == {"L": ["演示督查"], "L-OFFICE": sorted([*OFFICE, "演示转手"])}
    for who in (helper, cast.accepter, cast.approver, cast.inspector):
        assert (item in moves_for(who, day)) is (who == cast.inspector)
    week = [nth_working_day(day, n) for n in range(1, 11)]
    again = [rule for later in week for rule, name in told(later) if name == "演示转手"]
    assert again.count("L-OFFICE") == 2 and "L+7" not in again
    fresh_one = person("演示新人", "OFFICE_RECTIFY", COUNTY, "县帮扶指挥部")
    after = told(nth_working_day(day, 11))
    assert "L-OFFICE" not in [rule for rule, _ in after]
    assert {name for rule, name in after if rule in ("L", "L+7")} == {fresh_one.name}


def test_who_takes_over_is_told(item: Item, cast: Cast, person: Callable[..., Cadre]) -> None:
    to_work(item, cast)
    heir = person("演示接手", "TOWNSHIP_CLERK", QINGTIAN)
    hand_over(item_ids=[item.pk], giver=cast.clerk, taker=heir, reason="", by=cast.head, at=AT)
    assert told(AT.date()) == [("N-HANDED", "演示接手")]
    assert told(nth_working_day(AT.date(), 1)) == []
