from datetime import date

import pytest

from cadres.calendar import due_date, fill_years
from cadres.models import CalendarDay

pytestmark = pytest.mark.django_db


def test_day_of_issue_does_not_count_and_holidays_do_not_either() -> None:
    assert due_date(date(2026, 11, 10), 10).date == date(2026, 11, 24)
    assert due_date(date(2017, 9, 29), 1).date == date(2017, 9, 30)  # a Saturday made up
    assert due_date(date(2017, 9, 30), 1).date == date(2017, 10, 9)
    days = CalendarDay.objects.filter(date__year=2017, working=True)
    assert [days.filter(date__month=m).count() for m in range(8, 13)] == [23, 22, 17, 22, 21]


def test_2027_works_as_expected_days() -> None:
    due = due_date(date(2026, 12, 31), 5)
    assert (due.date, due.announced) == (date(2027, 1, 7), False)


def test_filling_again_keeps_what_an_administrator_changed() -> None:
    CalendarDay.objects.filter(date="2027-02-08").update(working=False, announced=True)
    fill_years(2027, 2027)
    assert not CalendarDay.objects.get(date="2027-02-08").working


def test_past_the_table_monday_to_friday_are_expected() -> None:
    due = due_date(date(2028, 12, 28), 10)  # a Thursday; the table ends with the year
    assert (due.date, due.announced) == (date(2029, 1, 11), False)
