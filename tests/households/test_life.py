"""The roster between imports: each change by the page, refused where it must be, with its event."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client

from cadres.models import Cadre, Event
from households.actions.roster import add_member, member_leaves
from households.actions.visits import VisitEntry, log_visit
from households.models import ChangeReview, Household, Member, Monitoring
from tests.county import AT, DIANQIAN, QINGTIAN
from tests.households.builders import VILLAGE, helps, household, idno
from yuexi.core import clock

pytestmark = pytest.mark.django_db
Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
OTHER = "340828202201"


@pytest.fixture
def home(clerk: Cadre) -> Household:
    made = household("演示陈")
    Member.objects.create(
        household=made, name="演示陈", relation="户主", idno=b"x", idno_hash=b"h", idno_tail="0000"
    )
    for n, relation in ((1, "配偶"), (2, "儿子"), (3, "儿媳")):
        add_member(
            household=made, name=f"演示{n}", idno=idno(n), relation_name=relation, by=clerk, at=AT
        )
    return made


def send(client: Client, home: Household, what: str, **data: Any) -> Any:
    return client.post(f"/households/{home.uid}/changes/", {"what": what, **data})


def told(action: str) -> Event:
    return Event.objects.get(action=f"household.{action}")


def test_a_new_household_by_hand(clerk: Cadre, as_user: AsUser) -> None:
    client = as_user(clerk)
    data = {
        "area": household("占位").area.pk,
        "group": "上湾",
        "name": "演示新",
        "idno": idno(7),
        "kind": "GENERAL",
    }
    assert client.post("/households/new/", {**data, "idno": "123"}).status_code == 422
    assert client.post("/households/new/", data).status_code == 302
    made = Household.objects.get(head_name="演示新")
    assert made.national_no is None and made.members.get().relation == "户主"
    again = client.post("/households/new/", data)
    assert again.status_code == 422 and "无法使用" in again.content.decode()
    assert Household.objects.filter(head_name="演示新").count() == 1


def test_the_house_is_safe_now_and_both_sides_are_kept(
    clerk: Cadre, home: Household, as_user: AsUser
) -> None:
    Household.objects.filter(pk=home.pk).update(unsafe_house=True)
    client = as_user(clerk)
    same = {
        "group": "",
        "kind": "LIFTED",
        "unsafe_house": "True",
        "safe_water": "",
        "cause": "",
        "income_per_head": "",
    }
    assert "没有变化" in send(client, home, "edit", **same).content.decode()
    send(client, home, "edit", **{**same, "unsafe_house": "False"})
    home.refresh_from_db()
    assert home.unsafe_house is False
    assert (told("edit").before, told("edit").after) == (
        {"unsafe_house": True},
        {"unsafe_house": False},
    )


def test_a_move_inside_the_township_and_none_beyond_it(
    clerk: Cadre, home: Household, as_user: AsUser
) -> None:
    from cadres.models import Area

    client = as_user(clerk)
    here = Area.objects.get(code=OTHER)
    far = Area.objects.get(code="340828101200")
    assert send(client, home, "move", to=far.pk).status_code == 422
    assert send(client, home, "move", to=here.pk, group="下湾").status_code == 302
    home.refresh_from_db()
    assert home.area_id == OTHER
    assert (told("move").area_before, told("move").area_after) == (VILLAGE, OTHER)


def test_a_split_takes_its_people_and_one_head(
    clerk: Cadre, home: Household, as_user: AsUser
) -> None:
    client = as_user(clerk)
    wife, son, daughter = home.members.exclude(relation="户主").order_by("pk")
    wrong = send(client, home, "split", members=[son.pk], head=wife.pk)
    assert wrong.status_code == 422 and "新户主要在分出去的成员里" in wrong.content.decode()
    send(client, home, "split", members=[son.pk, daughter.pk], head=son.pk)
    made = Household.objects.get(head_name=son.name)
    assert {m.name for m in made.members.all()} == {son.name, daughter.name}
    assert made.members.get(relation="户主").pk == son.pk and home.members.count() == 2
    assert not made.assignments.exists()


def test_a_household_is_struck_off_and_brought_back(
    clerk: Cadre, home: Household, as_user: AsUser, person: Person
) -> None:
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    helps(helper, home)
    client, today = as_user(clerk), clock.today()
    future = send(client, home, "close", why="MOVED", on=today + timedelta(days=1))
    assert future.status_code == 422 and "不能晚于今天" in future.content.decode()
    send(client, home, "close", why="MOVED", on=today)
    home.refresh_from_db()
    assert home.closed == "MOVED" and home.assignments.get().end == today
    page = client.get(f"/households/{home.uid}/changes/").content.decode()
    assert "撤销销户" in page and "更新基本情况" not in page
    assert send(client, home, "edit", kind="POOR").status_code == 422
    send(client, home, "reopen")
    home.refresh_from_db()
    assert home.closed == "" and told("reopen").before["why"] == "MOVED"


def test_watched_until_the_risk_is_gone(clerk: Cadre, home: Household, as_user: AsUser) -> None:
    client, today = as_user(clerk), clock.today()
    send(client, home, "watch", category="EDGE", risk="因病", on=today - timedelta(days=9))
    twice = send(client, home, "watch", category="EDGE", risk="因学", on=today)
    assert twice.status_code == 422 and "已是监测对象" in twice.content.decode()
    early = send(client, home, "eliminate", on=today - timedelta(days=10))
    assert early.status_code == 422
    send(client, home, "eliminate", on=today)
    assert Monitoring.objects.get().eliminated_on == today


def test_changes_seen_on_a_visit_wait_for_their_answer(
    clerk: Cadre, home: Household, as_user: AsUser, person: Person
) -> None:
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    helps(helper, home)
    entry = VisitEntry(mode="IN_PERSON", met="演示陈", occurred_at=AT, changes=["WORK", "HEALTH"])
    visit = log_visit(household=home, entry=entry, by=helper, at=AT)
    client = as_user(clerk)
    assert "1 条走访记到的家庭变化" in client.get("/").content.decode()
    page = client.get("/households/reviews/").content.decode()
    assert "务工、看病" in page and "演示陈户" in page
    assert (
        client.post("/households/reviews/", {"visit": visit.uid, "said": "好"}).status_code == 422
    )
    client.post("/households/reviews/", {"visit": visit.uid, "said": "已更新就业状况"})
    assert ChangeReview.objects.get().by == clerk
    assert "没有等待核实" in client.get("/households/reviews/").content.decode()
    assert (
        client.post("/households/reviews/", {"visit": visit.uid, "said": "再来"}).status_code == 404
    )
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE households_changereview SET said = '改过'")


def test_who_does_not_keep_the_roster_changes_nothing(
    home: Household, as_user: AsUser, person: Person
) -> None:
    village = person("演示村干", "VILLAGE", VILLAGE)
    assert send(as_user(village), home, "close", why="MOVED", on="2026-01-01").status_code == 403
    elsewhere = person("外乡专干", "TOWNSHIP_CLERK", DIANQIAN)
    assert send(as_user(elsewhere), home, "close", why="MOVED", on="2026-01-01").status_code == 404


def test_a_person_leaves_on_the_counties_own_day_and_the_household_is_one_fewer(
    clerk: Cadre, home: Household
) -> None:
    """At 07:00 in the county it is still yesterday in UTC."""
    Household.objects.filter(pk=home.pk).update(size=4)
    morning = AT.replace(hour=7).astimezone(UTC)
    member_leaves(
        member_id=home.members.get(relation="配偶").pk,
        why="嫁出",
        on=AT.date(),
        by=clerk,
        at=morning,
    )
    home.refresh_from_db()
    assert home.size == 3


def test_a_head_without_pinyin_still_has_a_next_page(clerk: Cadre, as_user: AsUser) -> None:
    for n in range(21):
        household(f"演示{n}", pinyin="")
    client = as_user(clerk)
    first = client.get("/households/").context["page"]
    second = client.get("/households/", {"after": first.next})
    assert second.status_code == 200 and len(second.context["page"].rows) == 1
