"""工作日历: a notice is read, what it moves is shown, saved and told."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.actions.calendar import change_calendar, missing_year, plan_calendar
from cadres.calendar import (
    days_of,
    due_date,
    is_working_day,
    nth_working_day,
    read_notice,
    working_days_between,
)
from cadres.models import Cadre, CalendarDay, Event, Notice
from cadres.reminders import sweeps
from households.models import Household
from rectification.actions import moving, red_lines
from rectification.actions.registering import Finding, register
from rectification.models import Item
from tests.cast import Cast, fresh, to_check, to_work
from tests.county import AT, COUNTY
from tests.rectification.test_stages import STAGES
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
TODAY = AT.date()
NOTICE = """国务院办公厅关于2027年部分节假日安排的通知
各省、自治区、直辖市人民政府：经国务院批准，现将2027年放假调休日期的具体安排通知如下。
一、元旦：1月1日（周五）至3日（周日）放假，共3天。
二、春节：2月5日（农历腊月二十九、周五）至11日（农历正月初六、周四）放假调休，共7天。2月14日（周日）、2月20日（周六）上班。
三、国庆节：10月1日至7日放假调休，共7天。9月26日（周日）上班。"""


@pytest.fixture
def office(person: Callable[..., Cadre]) -> Cadre:
    return person("演示数据", "OFFICE_DATA", COUNTY)


def save(year: int, text: str, by: Cadre, announce: bool = False) -> Any:
    plan = plan_calendar(year=year, text=text, announce=announce, by=by, today=TODAY)
    return change_calendar(year=year, text=text, announce=announce, shown=plan.digest, by=by, at=AT)


def test_the_wording_of_the_notice_is_read() -> None:
    read = read_notice(NOTICE, 2027)
    off = sorted(d for d, m in read.items() if not m.working)
    assert off == [*[date(2027, 1, n) for n in (1, 2, 3)], *[date(2027, 2, n) for n in range(5, 12)], *[date(2027, 10, n) for n in range(1, 8)]]  # fmt: skip
    assert sorted(d for d, m in read.items() if m.working) == [date(2027, 2, 14), date(2027, 2, 20), date(2027, 9, 26)]  # fmt: skip
    assert (read[date(2027, 2, 6)].note, read[date(2027, 2, 20)].note) == ("春节", "春节调休")
    assert read_notice("2027-02-08 休 春节\n2027-02-13 班", 2027)[date(2027, 2, 8)].note == "春节"


def test_the_published_notice_of_2026_gives_the_known_days() -> None:
    """What chinesecalendar knows is what the reader makes of the same words."""
    said = "一、元旦：1月1日（周四）至3日（周六）放假调休，共3天。1月4日（周日）上班。国庆节：10月1日（周四）至7日（周三）放假调休，共7天。9月20日（周日）、10月10日（周六）上班。"
    for day, marked in read_notice(said, 2026).items():
        assert CalendarDay.objects.get(date=day).working is marked.working, day


def test_an_announced_year_is_no_longer_expected(office: Cadre) -> None:
    assert missing_year(TODAY) == 2027 and missing_year(date(2026, 10, 31)) is None
    done = save(2027, NOTICE, office, announce=True)
    assert len(done.days) == 14  # 1; 5 and 2 made up; 5 and 1 made up
    assert not is_working_day(date(2027, 2, 8)) and is_working_day(date(2027, 2, 14))
    assert all(d.announced for d in days_of(2027)) and missing_year(TODAY) is None
    assert due_date(date(2027, 2, 4), 1).date == date(2027, 2, 12)
    event = Event.objects.get(action="calendar.edit")
    assert event.after["year"] == 2027


def test_a_counted_deadline_moves_and_a_set_one_only_off_a_holiday(
    item: Item, cast: Cast, office: Cadre
) -> None:
    to_work(item, cast)
    due = fresh(item).deadline
    day = due - timedelta(days=1)
    while not is_working_day(day):
        day -= timedelta(days=1)
    text = f"{day} 休 加放"
    plan = plan_calendar(year=day.year, text=text, announce=False, by=office, today=TODAY)
    assert [(m.before, m.after, m.who) for m in plan.dates] == [(due, nth_working_day(due, 1), "演示专干")]  # fmt: skip
    assert fresh(item).deadline == due  # a preview writes nothing
    save(day.year, text, office)
    assert fresh(item).deadline == nth_working_day(due, 1)
    event = Event.objects.get(action="item.recount")
    assert event.before == {"deadline": str(due)} and "工作日历调整" in event.after["reason"]
    notice = Notice.objects.get(rule="N-MOVED")
    assert notice.recipient == cast.clerk and "整改期限因工作日历调整" in notice.text
    # And back again, as if the notice had been read wrongly.
    save(day.year, f"{day} 班", office)
    assert fresh(item).deadline == due
    # A date that somebody set by hand.
    by_hand = nth_working_day(TODAY, 3)
    Item.objects.filter(pk=item.pk).update(deadline=by_hand)
    save(by_hand.year, f"{nth_working_day(TODAY, 2)} 休", office)
    assert fresh(item).deadline == by_hand
    save(by_hand.year, f"{by_hand} 休", office)
    assert fresh(item).deadline == nth_working_day(by_hand, 1)


def test_the_promised_day_of_a_stage_moves_off_a_holiday_and_no_further(
    cast: Cast, home: Household, office: Cadre
) -> None:
    """In a later round too, and the stage and its item keep one day."""
    finding = Finding(text="供水管护没有人", category="饮水安全", area=home.area, source="INSPECTION", grade="LASTING")  # fmt: skip
    item = register(finding=finding, by=cast.clerk, at=AT)
    moving.confirm(item_ids=[item.pk], by=cast.accepter, at=AT)
    moving.issue(item_ids=[item.pk], by=cast.accepter, at=AT)
    moving.sign(item_ids=[item.pk], by=cast.clerk, at=AT)
    moving.plan(item_id=item.pk, measure="定管护人", goal="", stages=STAGES, by=cast.clerk, at=AT)
    Item.objects.filter(pk=item.pk).update(round=2)
    day = fresh(item).deadline
    for off, due in ((day - timedelta(days=1), day), (day, nth_working_day(day, 1))):
        save(day.year, f"{off} 休", office)
        stage = item.milestones.order_by("no").first()
        assert stage is not None and (fresh(item).deadline, stage.due) == (due, due)


def test_three_moved_items_take_no_more_statements_than_one(
    item: Item, cast: Cast, office: Cadre
) -> None:
    counts = []
    for more in (0, 2):
        for n in range(more):
            finding = Finding(text=f"路灯不亮 {n}", category="饮水安全", area=item.area, source="INSPECTION")  # fmt: skip
            register(finding=finding, by=cast.clerk, at=AT)
        dues = dict(Item.objects.values_list("pk", "deadline"))
        text = f"{nth_working_day(TODAY, 5)} 休"
        plan = plan_calendar(year=2026, text=text, announce=False, by=office, today=TODAY)
        with CaptureQueriesContext(connection) as queries:
            change_calendar(year=2026, text=text, announce=False, shown=plan.digest, by=office, at=AT)  # fmt: skip
        counts.append(len(queries))
        told = Event.objects.filter(action="item.recount").order_by("-seq")[: 1 + more]
        assert {e.object_id: e.before["deadline"] for e in told} == {pk: str(due) for pk, due in dues.items()}  # fmt: skip
        moved_to = {pk: nth_working_day(due, 1) for pk, due in dues.items()}
        assert dict(Item.objects.values_list("pk", "deadline")) == moved_to
        assert all(e.after["deadline"] == str(moved_to[e.object_id]) and e.actor == office for e in told)  # fmt: skip
    assert counts[0] == counts[1]


@pytest.mark.parametrize("away", [0, 7])
def test_an_item_that_was_with_the_commission_meanwhile_comes_back_moved(
    item: Item, cast: Cast, office: Cadre, person: Callable[..., Cadre], away: int
) -> None:
    """As if the notice had come first, and nothing of it is told meanwhile."""
    discipline = person("演示纪委", "DISCIPLINE", COUNTY, "县纪委监委")
    other = register(finding=Finding(text="路灯不亮", category="饮水安全", area=item.area, source="INSPECTION"), by=cast.clerk, at=AT)  # fmt: skip
    for one in (item, other):
        to_work(one, cast)
    red_lines.report_red_line(item_id=item.pk, line="FRAUD", said="照片是去年拍的", by=cast.village, at=AT)  # fmt: skip
    day = nth_working_day(TODAY, 8)
    plan = plan_calendar(year=2026, text=f"{day} 休", announce=False, by=office, today=TODAY)
    assert [m.pk for m in plan.dates] == [other.pk]
    save(2026, f"{day} 休", office)
    red_lines.settle_red_line(item_id=item.pk, outcome="RETURNED", document_no="", by=discipline, at=AT + timedelta(days=away))  # fmt: skip
    back = fresh(item)
    assert back.deadline == nth_working_day(fresh(other).deadline, 5 if away else 0)
    assert back.days_given is None and not Notice.objects.filter(rule="N-MOVED", subject_id=item.pk).exists()  # fmt: skip
    event = Event.objects.get(action="item.red_return")
    assert event.before["deadline"] < event.after["deadline"] == str(back.deadline)


def test_one_that_was_registered_only_is_issued_with_the_days_of_its_grade(
    item: Item, cast: Cast, office: Cadre, person: Callable[..., Cadre]
) -> None:
    discipline = person("演示纪委", "DISCIPLINE", COUNTY, "县纪委监委")
    red_lines.report_red_line(item_id=item.pk, line="FRAUD", said="照片是去年拍的", by=cast.village, at=AT)  # fmt: skip
    save(2026, f"{nth_working_day(TODAY, 8)} 休", office)
    red_lines.settle_red_line(item_id=item.pk, outcome="RETURNED", document_no="", by=discipline, at=AT)  # fmt: skip
    moving.confirm(item_ids=[item.pk], by=cast.accepter, at=AT + timedelta(days=1))
    moving.issue(item_ids=[item.pk], by=cast.accepter, at=AT + timedelta(days=1))
    assert fresh(item).deadline == due_date(TODAY + timedelta(days=1), 30).date


def test_a_day_set_by_hand_comes_back_off_a_holiday(
    item: Item, cast: Cast, office: Cadre, person: Callable[..., Cadre]
) -> None:
    discipline = person("演示纪委", "DISCIPLINE", COUNTY, "县纪委监委")
    to_work(item, cast)
    by_hand = nth_working_day(TODAY, 8)
    Item.objects.filter(pk=item.pk).update(deadline=by_hand)
    for off, due in (
        (nth_working_day(TODAY, 7), by_hand),
        (by_hand, nth_working_day(by_hand, 1)),
    ):
        red_lines.report_red_line(item_id=item.pk, line="FRAUD", said="照片是去年拍的", by=cast.village, at=AT)  # fmt: skip
        save(2026, f"{off} 休", office)
        red_lines.settle_red_line(item_id=item.pk, outcome="RETURNED", document_no="", by=discipline, at=AT)  # fmt: skip
        assert fresh(item).deadline == due


def test_the_days_are_kept_while_it_is_there_and_no_longer(item: Item) -> None:
    with pytest.raises(IntegrityError, match="item_days_given_while_red"), transaction.atomic():
        Item.objects.filter(pk=item.pk).update(days_given=30)


def test_a_check_that_waits_moves_and_its_checker_is_told(
    item: Item, cast: Cast, office: Cadre
) -> None:
    to_check(item, cast)
    due = fresh(item).check_due
    assert due is not None
    Item.objects.update(deadline=nth_working_day(TODAY, 1))
    save(due.year, f"{due} 休", office)
    assert fresh(item).check_due == nth_working_day(due, 1)
    assert Notice.objects.get(rule="C-MOVED").recipient == cast.head


def test_what_was_shown_is_what_is_saved(item: Item, cast: Cast, office: Cadre) -> None:
    to_work(item, cast)
    day = nth_working_day(TODAY, 2)
    plan = plan_calendar(year=day.year, text=f"{day} 休", announce=False, by=office, today=TODAY)
    Item.objects.update(deadline=nth_working_day(TODAY, 40))
    with pytest.raises(Refusal, match="再预览"):
        change_calendar(year=day.year, text=f"{day} 休", announce=False, shown=plan.digest, by=office, at=AT)  # fmt: skip
    assert is_working_day(day) and not Event.objects.filter(action="calendar.edit").exists()


@pytest.mark.parametrize(
    ("year", "text", "announce", "said"),
    [
        (2026, "2026-11-23 休", False, "就是今天"),
        (2026, "2026-02-03 休", False, "已经过去"),
        (2027, "2027-02-30 休", False, "2027-02-30"),
        (2027, "春节：2月30日放假", False, "2月30日"),
        (2027, "2026-12-31 休", False, "不在 2027 年"),
        (2027, "大家好", False, "没有读出"),
        (2027, "", True, "还没有任何放假"),
        (2027, "", False, "没有要改"),
        (2030, "2030-01-01 休", False, "只能改"),
    ],
)
def test_what_cannot_be_is_refused_in_words(
    year: int, text: str, announce: bool, said: str, office: Cadre
) -> None:
    with pytest.raises(BadInput, match=said):
        plan_calendar(year=year, text=text, announce=announce, by=office, today=TODAY)


def test_only_who_keeps_the_data_edits(cast: Cast, person: Callable[..., Cadre]) -> None:
    for by in (cast.approver, person("演示管理", "SYSTEM_ADMIN", COUNTY)):
        with pytest.raises(NotYours):
            plan_calendar(year=2027, text=NOTICE, announce=True, by=by, today=TODAY)


def test_a_year_that_is_missing_stops_nothing(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    CalendarDay.objects.filter(date__gt=date(2026, 12, 31)).delete()
    monday = date(2027, 1, 4)
    assert is_working_day(monday) and not is_working_day(date(2027, 1, 3))
    assert due_date(date(2026, 12, 30), 3).date == monday
    assert not due_date(date(2026, 12, 30), 3).announced
    assert working_days_between(date(2026, 12, 30), date(2027, 1, 8)) == 7
    sweeps.run(today=monday, at=AT + timedelta(days=42))
    assert Notice.objects.filter(day=monday).exists()


def test_the_page_shows_previews_and_saves(
    item: Item, cast: Cast, office: Cadre, as_user: Callable[[Cadre], Client], monkeypatch: Any
) -> None:
    monkeypatch.setattr("yuexi.core.clock.now", lambda: AT)
    to_work(item, cast)
    client = as_user(office)
    assert "2027 年放假安排还没有录入" in client.get("/").content.decode()
    page = client.get("/calendar/?year=2027").content.decode()
    assert "预计" in page and "2027-02-08" in page
    assert "2027-02-08 休" in client.get("/calendar/?year=2027&day=2027-02-08").content.decode()
    day = nth_working_day(TODAY, 2)
    path = f"/calendar/?year={day.year}"
    answer = client.post(path, {"text": f"{day} 休 加放"})
    shown = answer.context["form"].initial["shown"]
    assert item.number in answer.content.decode() and "演示专干" in answer.content.decode()
    assert client.post(path, {"text": "乱写"}).status_code == 422
    assert client.post(path, {"text": f"{day} 休 加放", "save": "1", "shown": shown}).status_code == 302  # fmt: skip
    assert not is_working_day(day)
    history = as_user(cast.clerk).get(f"/items/{item.uid}/").content.decode()
    assert "期限调整" in history
    plain = as_user(cast.village)
    assert "预览" not in plain.get(path).content.decode()
    assert plain.post(path, {"text": f"{day} 班"}).status_code == 403
    for odd in ("abcd", "1", "9999", "²⁰²⁷"):
        assert client.get("/calendar/", {"year": odd, "day": "x"}).status_code == 200
