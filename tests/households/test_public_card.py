from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.models import Area, Cadre
from households.actions.cards import end_card, print_cards
from households.actions.roster import add_member
from households.models import Household
from households.views import public
from tests.county import AT, COUNTY, DIANQIAN
from tests.households.builders import VILLAGE, helps, household, idno
from yuexi.core import crypto

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def home(helper: Cadre) -> Household:
    made = household("演示陈", group="上湾组", cause="因病", phone=crypto.encrypt("19900000077"))
    helps(helper, made)
    return made


@pytest.fixture
def path(home: Household, clerk: Cadre) -> str:
    village = Area.objects.get(code=VILLAGE)
    return f"/c/{print_cards(village=village, only_new=True, by=clerk, at=AT)[0].code}/"


def test_the_public_page_names_the_helper_and_nothing_of_the_household(
    path: str, home: Household, clerk: Cadre
) -> None:
    add_member(household=home, name="演示员", idno=idno(5), relation_name="配偶", by=clerk, at=AT)
    answer = Client().get(path)
    page = answer.content.decode()
    assert answer.status_code == 200
    for shown in ("演示帮扶", "tel:19900000011", "同心村", "岳西帮扶", "有事找村里"):
        assert shown in page
    for private in ("演示陈", "演示员", "上湾组", "因病", "脱贫户", idno(5), "19900000077"):
        assert private not in page
    assert str(home.uid) not in page
    assert "noindex" in answer.headers["X-Robots-Tag"] and 'content="noindex' in page
    assert "no-store" in answer.headers["Cache-Control"]


def test_an_unknown_and_an_ended_code_are_not_told_apart(
    path: str, home: Household, clerk: Cadre
) -> None:
    end_card(household=home, why="LOST", by=clerk, at=AT)
    answers = []
    for address in (path, f"/c/{'x' * 22}/", "/c/你好/"):
        with CaptureQueriesContext(connection) as caught:
            answer = Client().get(address)
        answers.append((answer.status_code, answer.content, len(caught)))
    assert answers[0] == answers[1] == answers[2] and answers[0][0] == 404


def test_a_household_struck_off_has_no_card(path: str, home: Household) -> None:
    Household.objects.filter(pk=home.pk).update(closed="MOVED", closed_on=AT.date())
    assert Client().get(path).status_code == 404


def test_colleagues_land_on_the_household_and_strangers_on_the_card(
    path: str, home: Household, helper: Cadre, clerk: Cadre, person: Person, as_user: AsUser
) -> None:
    doors = {
        helper: f"/m/households/{home.uid}/visit/",
        clerk: f"/households/{home.uid}/",
        person("督", "INSPECTOR", COUNTY): f"/households/{home.uid}/",
    }
    for who, door in doors.items():
        answer: Any = as_user(who).get(path)
        assert (answer.status_code, answer.headers["Location"]) == (302, door)
        assert "no-store" in answer.headers["Cache-Control"]
    for role, area in (("TOWNSHIP_CLERK", DIANQIAN), ("SYSTEM_ADMIN", COUNTY)):
        page = as_user(person("外人", role, area)).get(path).content.decode()
        assert "演示帮扶" in page and "演示陈" not in page


def test_without_a_helper_or_a_telephone_the_page_says_whom_to_ask(
    path: str, home: Household, helper: Cadre
) -> None:
    Cadre.objects.filter(pk=helper.pk).update(phone=None, phone_hash=None)
    assert "电话请问村里" in Client().get(path).content.decode()
    home.assignments.update(end=AT.date().replace(year=2026, month=6))
    page = Client().get(path).content.decode()
    assert "现在没有帮扶责任人" in page and "演示帮扶" not in page


def test_whoever_asks_too_often_waits(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "VIEWS_A_MINUTE", 2)
    client = Client(REMOTE_ADDR=f"test-{uuid4()}")
    assert [client.get(path).status_code for _ in range(3)] == [200, 200, 429]
    assert client.get(f"/c/{'x' * 22}/").status_code == 429
    assert Client(REMOTE_ADDR=f"test-{uuid4()}").get(path).status_code == 200


def test_behind_a_proxy_its_own_word_counts(rf: Any, settings: Any) -> None:
    settings.HTTPS = True
    request = rf.get("/", headers={"X-Forwarded-For": "1.1.1.1, 192.0.2.9"})
    assert public.sender(request) == "192.0.2.9"


def test_without_redis_the_page_still_opens(path: str, settings: Any) -> None:
    from yuexi.core import limits

    limits._store.cache_clear()
    settings.REDIS_URL = "redis://127.0.0.1:1/0"
    assert Client().get(path).status_code == 200
    limits._store.cache_clear()
