from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.models import Area, Cadre, Event
from households import qr
from households.actions.cards import end_card, print_cards
from households.actions.roster import add_member
from households.models import Assignment, Card, Household
from tests.county import AT, COUNTY, DIANQIAN, QINGTIAN
from tests.households.builders import VILLAGE, helps, household, idno
from yuexi.core import crypto
from yuexi.core.refusals import NotYours, Refusal

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db
SHEET = f"/households/cards/?village={VILLAGE}"


@pytest.fixture
def village(db: None) -> Area:
    return Area.objects.get(code=VILLAGE)


def helped(helper: Cadre, name: str, **fields: Any) -> Household:
    home = household(name, **fields)
    helps(helper, home)
    return home


def test_printing_makes_a_card_for_each_helped_household_once(
    clerk: Cadre, helper: Cadre, village: Area
) -> None:
    homes = [helped(helper, f"演示{n}") for n in range(3)]
    household("没帮扶人"), helped(helper, "已销户", closed="MOVED", closed_on=AT.date())
    sheet = print_cards(village=village, only_new=True, by=clerk, at=AT)
    assert [card.household for card in sheet] == homes
    assert {(card.helper, card.phone) for card in sheet} == {("演示帮扶", "19900000011")}
    assert Event.objects.get(action="card.print").after == {"cards": 3, "made": 3, "telephones": 3}
    with pytest.raises(Refusal, match="全部重印"):
        print_cards(village=village, only_new=True, by=clerk, at=AT)
    again = print_cards(village=village, only_new=False, by=clerk, at=AT)
    assert [c.code for c in again] == [c.code for c in sheet] and Card.objects.count() == 3


def test_a_lost_card_is_ended_and_the_next_print_makes_another(
    clerk: Cadre, helper: Cadre, village: Area, as_user: AsUser
) -> None:
    home = helped(helper, "演示陈")
    old = print_cards(village=village, only_new=True, by=clerk, at=AT)[0].code
    client = as_user(clerk)
    assert "在用" in client.get(f"/households/{home.uid}/").content.decode()
    assert client.post(f"/households/{home.uid}/card/", {"why": "HM"}).status_code == 422
    assert client.post(f"/households/{home.uid}/card/", {"why": "LOST"}).status_code == 302
    assert Event.objects.get(action="card.end").after == {"why": "LOST"}
    with pytest.raises(Refusal, match="现在没有卡"):
        end_card(household=home, why="LOST", by=clerk, at=AT)
    assert print_cards(village=village, only_new=True, by=clerk, at=AT)[0].code != old


def test_the_card_names_the_helper_of_today(
    clerk: Cadre, helper: Cadre, village: Area, person: Person
) -> None:
    home = helped(helper, "演示陈")
    print_cards(village=village, only_new=True, by=clerk, at=AT)
    Assignment.objects.update(end=date(2026, 11, 1))
    helps(person("演示接手", "HELPER", QINGTIAN), home, start=date(2026, 11, 1))
    (card,) = print_cards(village=village, only_new=False, by=clerk, at=AT)
    assert (card.helper, card.phone) == ("演示接手", "电话请问村里")


def test_the_sheet_shows_nothing_private_and_telephones_only_when_posted(
    clerk: Cadre, helper: Cadre, as_user: AsUser, settings: Any
) -> None:
    settings.PUBLIC_ADDRESS = "https://bangfu.example"
    home = helped(helper, "演示陈", group="上湾组", phone=crypto.encrypt("19900000077"))
    add_member(household=home, name="演示员", idno=idno(5), relation_name="配偶", by=clerk, at=AT)
    client = as_user(clerk)
    assert "19900000011" not in client.get(SHEET).content.decode() and not Card.objects.exists()
    answer = client.post(SHEET)
    page = answer.content.decode()
    for shown in ("演示帮扶", "19900000011", "岳西县", "发给 上湾组 演示陈户", "说一说来没来过"):
        assert shown in page
    assert idno(5) not in page and "19900000077" not in page and "演示员" not in page
    assert answer.headers["Cache-Control"] == "private, no-store"
    assert qr.svg(f"https://bangfu.example/c/{Card.objects.get().code}/") in page
    assert "style=" not in page and "PUBLIC_ADDRESS" not in page


def test_only_who_keeps_the_village_prints(
    clerk: Cadre, helper: Cadre, village: Area, person: Person, as_user: AsUser
) -> None:
    home = helped(helper, "演示陈")
    neighbour = as_user(person("外乡专干", "TOWNSHIP_CLERK", DIANQIAN))
    assert neighbour.get(SHEET).status_code == neighbour.post(SHEET).status_code == 404
    assert neighbour.post(f"/households/{home.uid}/card/", {"why": "LOST"}).status_code == 404
    for who in (helper, person("演示村干", "VILLAGE", VILLAGE), person("督", "INSPECTOR", COUNTY)):
        assert as_user(who).post(SHEET).status_code == 403
        assert as_user(who).post(f"/households/{home.uid}/card/").status_code == 403
        assert "明白卡" not in as_user(who).get(f"/households/{home.uid}/").content.decode()
        with pytest.raises(NotYours):
            print_cards(village=village, only_new=True, by=who, at=AT)
    assert as_user(person("演示数据", "OFFICE_DATA", COUNTY)).post(SHEET).status_code == 200


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        (("b" * 22, None, ""), "card_one_in_force"),
        (("short", "2026-12-01", "LOST"), "card_code_unguessable"),
        (("b" * 22, "2026-12-01", ""), "card_ended_with_why"),
        (("b" * 22, "2026-10-01", "LOST"), "card_ended_with_why"),
        (("a" * 22, "2026-12-01", "LOST"), "households_card_code"),
    ],
)
def test_the_database_refuses_impossible_cards(
    clerk: Cadre, values: tuple[str, str | None, str], constraint: str
) -> None:
    home = household()
    insert = """INSERT INTO households_card (household_id, by_id, issued_on, code, ended_on, ended_why)
                VALUES (%s, %s, '2026-11-23', %s, %s, %s)"""
    with connection.cursor() as cursor:
        cursor.execute(insert, [home.pk, clerk.pk, "a" * 22, None, ""])
        with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
            cursor.execute(insert, [home.pk, clerk.pk, *values])


def test_a_sheet_costs_the_same_for_one_and_for_three(
    clerk: Cadre, helper: Cadre, as_user: AsUser
) -> None:
    client, counts = as_user(clerk), []
    for n in range(3):
        helped(helper, f"演示{n}")
        with CaptureQueriesContext(connection) as caught:
            assert client.post(SHEET).status_code == 200
        counts.append(len(caught))
    assert counts[0] == counts[2]
