from collections.abc import Callable
from datetime import date

import psycopg2
import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.test import Client
from psycopg2.extensions import cursor as CursorWrapper

from cadres.actions import people
from cadres.models import Area, Cadre, Event, Post
from cadres.scope import scope_of
from tests.county import AT, COUNTY, DIANQIAN, PASSWORD, QINGTIAN
from yuexi.core.refusals import NotYours, Refusal

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db


def test_first_log_in_by_slip_then_own_password(person: Person) -> None:
    admin = person("演示管", "SYSTEM_ADMIN")
    cadre, slip = people.add_cadre(
        work_no="Q001", name="演示乙", unit=admin.unit, phone="19900000001", by=admin, at=AT
    )
    client = Client()
    client.post("/login/", {"username": "19900000001", "password": slip})
    assert client.get("/").headers["Location"] == "/password/"
    weak = client.post("/password/", {"old": slip, "new": "12345678", "again": "12345678"})
    assert weak.status_code == 422
    client.post("/password/", {"old": slip, "new": PASSWORD, "again": PASSWORD})
    assert "演示乙" in client.get("/").content.decode()
    stored = Cadre.objects.get(pk=cadre.pk)
    assert b"19900000001" not in bytes(stored.phone) and slip not in stored.password
    assert not any("19900000001" in str(e.after) for e in Event.objects.all())


def test_five_wrong_passwords_lock_the_account(person: Person) -> None:
    cadre = person("演示丙")
    client = Client()
    for _ in range(5):
        client.post("/login/", {"username": cadre.work_no, "password": "wrong"})
    right = client.post("/login/", {"username": cadre.work_no, "password": PASSWORD})
    assert right.status_code == 429
    assert "15 分钟" in right.content.decode()


def test_scope_is_the_posts_of_today(person: Person) -> None:
    clerk = person("演示丁", "TOWNSHIP_CLERK", QINGTIAN)
    scope = scope_of(clerk)
    assert scope.has("household.edit", "340828202200")
    assert not scope.has("household.edit", "340828101200")
    assert not scope.has("item.approve")
    assert not scope_of(clerk, date(2025, 12, 31)).roles
    Post.objects.filter(cadre=clerk).update(end=date(2026, 6, 1))
    assert scope_of(clerk, date(2026, 5, 31)).roles == {"TOWNSHIP_CLERK"}
    assert not scope_of(clerk, date(2026, 6, 1)).roles


def test_a_neighbour_township_does_not_exist(person: Person, as_user: AsUser) -> None:
    stranger = person("演示戊", "HELPER", DIANQIAN)
    client = as_user(person("演示己", "TOWNSHIP_CLERK", QINGTIAN))
    assert client.get(f"/cadres/{stranger.uid}/").status_code == 404
    assert "演示戊" not in client.get("/cadres/?q=演示").content.decode()


def test_only_administrators_appoint_and_never_themselves(
    person: Person, as_user: AsUser, township: Area
) -> None:
    admin, clerk = person("演示管", "SYSTEM_ADMIN"), person("演示庚", "TOWNSHIP_CLERK", QINGTIAN)
    assert as_user(clerk).post(f"/cadres/{clerk.uid}/").status_code == 403
    form = {"role": "HELPER", "unit": clerk.unit_id, "area": township.pk, "start": "2026-11-01"}
    done = as_user(admin).post(f"/cadres/{clerk.uid}/", form)
    assert done.status_code == 302
    event = Event.objects.latest("seq")
    assert (event.action, event.actor, event.via) == ("post.start", admin, "PAGE")
    with pytest.raises(NotYours, match="不能给自己任职"):
        people.appoint(cadre=admin, role="INSPECTOR", unit=admin.unit,
                       area=Area.objects.get(code=COUNTY), start=AT.date(), by=admin, at=AT)  # fmt: skip


def test_the_same_post_twice_is_refused_by_action_and_database(
    person: Person, township: Area
) -> None:
    admin, clerk = person("演示管", "SYSTEM_ADMIN"), person("演示辛", "HELPER", QINGTIAN)
    with pytest.raises(Refusal, match="已存在"):
        people.appoint(cadre=clerk, role="HELPER", unit=clerk.unit, area=township,
                       start=AT.date(), by=admin, at=AT)  # fmt: skip
    with pytest.raises(IntegrityError), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cadres_post (cadre_id, unit_id, role, area_id, start) "
            "VALUES (%s, %s, 'HELPER', %s, '2026-11-01')",
            [clerk.pk, clerk.unit_id, township.pk],
        )


REWRITES = [
    "UPDATE cadres_event SET action = 'x'",
    "DELETE FROM cadres_event",
    "TRUNCATE cadres_event CASCADE",
]


@pytest.mark.parametrize("sql", REWRITES)
def test_the_application_cannot_rewrite_history(person: Person, sql: str) -> None:
    people.change_password(cadre=person("演示壬"), old=PASSWORD, new=PASSWORD + "x", at=AT)
    with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.parametrize("sql", REWRITES)
def test_the_owner_of_the_tables_cannot_either(owner_cursor: CursorWrapper, sql: str) -> None:
    owner_cursor.execute(
        "INSERT INTO cadres_event (at, via, request_id, action, kind, object_id, area_before,"
        " area_after, before, after) VALUES (now(), 'TASK', '', 'x', 'x', 1, '', '', '{}', '{}')"
    )
    owner_cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")  # or TRUNCATE trips over these first
    with pytest.raises(psycopg2.errors.RestrictViolation, match="append only"):
        owner_cursor.execute(sql)


def test_list_costs_the_same_for_one_and_for_three(
    person: Person, as_user: AsUser, django_assert_num_queries: Callable[..., object]
) -> None:
    admin = person("演示管", "SYSTEM_ADMIN")
    client = as_user(admin)
    for _ in range(3):
        with django_assert_num_queries(7):
            assert client.get("/cadres/").status_code == 200
        person("演示添", "HELPER", QINGTIAN)


def test_an_empty_county_gets_its_first_two_administrators(db: None) -> None:
    from io import StringIO

    from django.core.management import CommandError, call_command

    said = StringIO()
    call_command("add_admin", "gl001", "演示首", stdout=said)
    assert "还需要第二名管理员" in said.getvalue()
    password = said.getvalue().split("初始密码 ")[1][:10]
    login = Client().post("/login/", {"username": "GL001", "password": password})
    assert login.status_code == 302
    second = StringIO()
    call_command("add_admin", "gl002", "演示次", role="ORGANISATION", stdout=second)
    assert "第二名" not in second.getvalue()
    with pytest.raises(CommandError, match="已有人使用"):
        call_command("add_admin", "GL001", "演示又")


def test_a_refused_page_leads_back_to_where_one_came_from(person: Person, as_user: AsUser) -> None:
    client = as_user(person("演示甲"))
    here = "http://testserver/cadres/?q=a"
    page = client.get("/cadres/", headers={"Referer": "http://testserver/areas/?x=1"})
    assert page.status_code == 403 and 'href="/areas/?x=1"' in page.content.decode()
    for strange in (
        "http://elsewhere.example/areas/",
        "javascript:alert(1)",
        "http://testserver//evil",
        here,
    ):
        shown = client.get("/cadres/?q=a", headers={"Referer": strange}).content.decode()
        assert ('href="/evil"' in shown) or "返回上一页" not in shown
