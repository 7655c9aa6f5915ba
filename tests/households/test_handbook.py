"""帮扶手册: what stands in the book of a year, under the name of that year."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
import uuid6
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.models import Cadre
from households.actions.roster import add_member
from households.actions.visits import correct
from households.models import Household, Member, Monitoring, Term, Visit, VisitProblem
from households.querysets import term
from tests.county import DIANQIAN
from tests.households.builders import idno
from yuexi.core import clock

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db


def seen(home: Household, by: Cadre, day: date, **words: str) -> Visit:
    at = clock.start_of(day) + timedelta(hours=10)
    return Visit.objects.create(
        uid=uuid6.uuid7(), household=home, area=home.area, visitor=by, mode="IN_PERSON", met="户主",
        occurred_at=at, recorded_at=at, synced_at=at, **words,
    )  # fmt: skip


def book(client: Client, home: Household, year: str = "") -> str:
    answer = client.get(f"/households/{home.uid}/handbook/", {"year": year} if year else {})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "private, no-store"
    return answer.content.decode()


def test_the_book_holds_the_year_as_corrected(
    helper: Cadre, clerk: Cadre, home: Household, as_user: AsUser
) -> None:
    today = clock.today()
    add_member(household=home, name="演示妻", idno=idno(5), relation_name="配偶", by=clerk, at=clock.now())  # fmt: skip
    Member.objects.create(household=home, name="早走的", relation="儿子", idno=b"x", idno_hash=b"h", idno_tail="1234",
                          left="嫁出", left_on=date(2020, 5, 1))  # fmt: skip
    Monitoring.objects.create(household=home, category="EDGE", risk="因病", identified_on=date(today.year, 1, 2))  # fmt: skip
    first = seen(home, helper, date(today.year, 1, 5), done="送来种子", promise="帮问水管")
    wrong = seen(home, helper, date(today.year, 1, 6), done="记错了的")
    seen(home, helper, date(today.year - 1, 12, 31), done="去年的事")
    VisitProblem.objects.create(visit=first, category="饮水安全", text="水管冻裂")
    correct(visit=first, values={"done": "送来种子两袋"}, reason="写少了", void=False, by=helper, at=clock.now())  # fmt: skip
    correct(visit=wrong, values={}, reason="记错了户", void=True, by=helper, at=clock.now())
    page = book(as_user(clerk), home)
    for told in ("演示妻", "演示帮扶", "帮扶责任人", "边缘易致贫户", "送来种子两袋", "帮问水管", "水管冻裂", "整改事项",
                 "户主（签字或按手印）", f"{today.year} 年度"):  # fmt: skip
        assert told in page, told
    for not_told in ("记错了的", "去年的事", "早走的", idno(5), idno(5)[-4:]):
        assert not_told not in page, not_told
    assert "去年的事" in book(as_user(clerk), home, str(today.year - 1))


def test_the_book_is_called_what_it_was_called(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser
) -> None:
    assert term("HANDBOOK", date(2020, 12, 31)) == "扶贫手册"
    assert term("HANDBOOK", date(2021, 1, 1)) == term("HANDBOOK", date(2040, 1, 1)) == "帮扶手册"
    seen(home, helper, date(2019, 3, 1))
    client = as_user(clerk)
    assert "<h1>扶贫手册</h1>" in book(client, home, "2019")
    assert "<h1>帮扶手册</h1>" in book(client, home)
    for odd in ("1066", "x", "9" * 30, "２０１９"):
        assert "<h1>帮扶手册</h1>" in book(client, home, odd)
    Term.objects.filter(start=date(2021, 1, 1)).update(text="衔接手册")  # another county's word
    assert "<h1>衔接手册</h1>" in book(client, home)


def test_a_stranger_s_book_is_not_there(home: Household, person: Person, as_user: AsUser) -> None:
    far = as_user(person("外乡专干", "TOWNSHIP_CLERK", DIANQIAN))
    assert far.get(f"/households/{home.uid}/handbook/").status_code == 404


def test_one_and_three_rows_cost_the_same(
    helper: Cadre, clerk: Cadre, home: Household, as_user: AsUser
) -> None:
    client, counts, serial = as_user(clerk), [], 0
    for n in (1, 2):
        for _ in range(n):
            serial += 1
            visit = seen(home, helper, clock.today() - timedelta(days=serial), promise="再来")
            VisitProblem.objects.create(visit=visit, category="其他", text="路难走")
            correct(visit=visit, values={"done": "甲"}, reason="补上", void=False, by=helper, at=clock.now())  # fmt: skip
            add_member(household=home, name="演示", idno=idno(serial), relation_name="儿子", by=clerk, at=clock.now())  # fmt: skip
        with CaptureQueriesContext(connection) as queries:
            book(client, home)
        counts.append(len(queries))
    assert counts[0] == counts[1], counts


def test_the_database_holds_one_name_at_a_time() -> None:
    sql = (
        "INSERT INTO households_term (thing, text, start, \"end\") VALUES ('HANDBOOK', %s, %s, %s)"
    )
    for text, start, end, name in (
        ("另一个", "2022-01-01", None, "term_one_at_a_time"),
        ("", None, "2000-01-01", "term_says_something"),
        ("反了", "2022-01-02", "2022-01-01", "term_period"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as cursor:  # fmt: skip
            cursor.execute(sql, [text, start, end])
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM households_term")
