from datetime import date, datetime, timedelta

import pytest

from cadres.calendar import nth_working_day
from cadres.models import DigestDay, Notice
from cadres.reminders import digests
from rectification import reminders
from rectification.models import Item
from tests.cast import Cast, fresh, to_check, to_work
from tests.county import AT
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
    assert told(nth_working_day(due, -1)) == [("C-1", "演示书记")]
    assert told(nth_working_day(due, 1)) == [("C+1", "演示书记")]
    assert {r for r, _ in told(nth_working_day(due, 60))} == {"C+1"}


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
