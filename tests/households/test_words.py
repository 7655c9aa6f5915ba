from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.models import Area, Cadre, Event, Lead, Notice
from households.actions.cards import print_cards
from households.actions.visits import VisitEntry, correct, log_visit
from households.actions.words import say
from households.models import Household, Visit, VisitWord
from households.querysets import visits_to_ask
from households.views import public
from tests.county import COUNTY, DIANQIAN, QINGTIAN
from tests.households.builders import VILLAGE, helps, household, idno
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db


@pytest.fixture
def village(person: Person) -> Cadre:
    return person("演示村干", "VILLAGE", VILLAGE)


@pytest.fixture
def inspector(person: Person) -> Cadre:
    return person("演示督查", "INSPECTOR", COUNTY)


def visited(home: Household, by: Cadre, days: int = 0, mode: str = "IN_PERSON") -> Visit:
    at = clock.now() - timedelta(days=days, minutes=5)
    met = "" if mode == "NOBODY" else "演示陈"
    entry = VisitEntry(mode=mode, met=met, occurred_at=at - timedelta(minutes=1))
    return log_visit(household=home, entry=entry, by=by, at=at)


@pytest.fixture
def visit(home: Household, helper: Cadre) -> Visit:
    return visited(home, helper)


@pytest.fixture
def path(home: Household, person: Person) -> str:
    clerk = person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    area = Area.objects.get(code=VILLAGE)
    sheet = print_cards(village=area, only_new=True, by=clerk, at=clock.now())
    return f"/c/{sheet[0].code}/"


def test_asked_about_recent_visits_to_the_house_alone(home: Household, helper: Cadre) -> None:
    recent, _old = visited(home, helper, 3), visited(home, helper, 70)
    void = visited(home, helper, 1)
    correct(visit=void, values={}, reason="记错户", void=True, by=helper, at=clock.now())
    visited(home, helper, 2, "REMOTE"), visited(home, helper, 2, "NOBODY")
    assert list(visits_to_ask(home, clock.today())) == [recent]
    say(visit=recent, came=True, said="", by=None, at=clock.now())
    assert not visits_to_ask(home, clock.today())


def test_the_card_asks_and_keeps_the_answer_once(path: str, visit: Visit) -> None:
    client = Client()
    page = client.get(path).content.decode()
    assert "演示帮扶记了来您家走访" in page and "演示陈" not in page and "走访记录" not in page
    wrong = client.post(path, {"visit": visit.pk})
    assert wrong.status_code == 422 and "必填项" in wrong.content.decode()
    answer: Any = client.post(path, {"visit": visit.pk, "came": "0", "said": "好久没见了"})
    assert answer.status_code == 302
    after = client.get(path).content.decode()
    assert "谢谢您" in after and "记了来您家走访" not in after
    again = client.post(path, {"visit": visit.pk, "came": "1"})
    assert again.status_code == 422
    word = VisitWord.objects.get()
    assert (word.came, word.said, word.via, word.by) == (False, "好久没见了", "CARD", None)


def test_who_answers_a_second_time_is_told_so(path: str, visit: Visit) -> None:
    said = {"visit": visit.pk, "came": "1", "said": ""}
    assert Client().post(path, said).status_code == 302
    again = Client().post(path, said)
    assert again.status_code == 422 and "已经说过" in again.content.decode()


def test_a_card_answers_for_its_own_household_only(path: str, helper: Cadre) -> None:
    other = household("演示外")
    helps(helper, other)
    strange = visited(other, helper)
    assert Client().post(path, {"visit": strange.pk, "came": "0"}).status_code == 422
    for odd in ("0", "-1", "x", str(2**70)):
        assert Client().post(path, {"visit": odd, "came": "0"}).status_code == 422
    assert not VisitWord.objects.exists() and not Lead.objects.exists()


def test_a_colleague_who_is_logged_in_answers_nothing(
    path: str, visit: Visit, helper: Cadre, as_user: AsUser
) -> None:
    assert as_user(helper).post(path, {"visit": visit.pk, "came": "1"}).status_code == 302
    assert not VisitWord.objects.exists()


def test_answers_of_one_card_are_limited(
    path: str, visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(public, "WORDS_AN_HOUR", 1)
    assert [Client().post(path, {"visit": 0}).status_code for _ in range(2)] == [422, 429]


def test_an_identity_number_in_the_words_is_refused(path: str, visit: Visit) -> None:
    form = {"visit": visit.pk, "came": "0", "said": f"我是{idno(4)}"}
    answer = Client().post(path, form)
    assert answer.status_code == 422 and "证件号码" in answer.content.decode()


def test_came_opens_nothing_and_not_come_opens_one_lead(
    home: Household, helper: Cadre, village: Cadre
) -> None:
    first, second = visited(home, helper, 2), visited(home, helper, 1)
    say(visit=first, came=True, said="", by=None, at=clock.now())
    assert not Lead.objects.exists()
    say(visit=second, came=False, said="那天我在县城", by=village, at=clock.now())
    lead = Lead.objects.get()
    assert (lead.kind, lead.subject_id, lead.about) == ("NOT_COME", second.pk, [helper.pk])
    assert "演示帮扶没有来过（村里代记）" in lead.text and "那天我在县城" in lead.text
    with pytest.raises(Refusal, match="已经说过"):
        say(visit=second, came=True, said="", by=None, at=clock.now())


def test_who_may_write_it_down(
    visit: Visit, home: Household, helper: Cadre, village: Cadre, person: Person, as_user: AsUser
) -> None:
    own = visited(home, village)
    with pytest.raises(NotYours, match="自己走访"):
        say(visit=own, came=True, said="", by=village, at=clock.now())
    with pytest.raises(NotYours):
        say(visit=visit, came=True, said="", by=helper, at=clock.now())
    with pytest.raises(BadInput, match="200 字"):
        say(visit=visit, came=True, said="好" * 201, by=None, at=clock.now())
    page = as_user(village).get(f"/households/{home.uid}/").content.decode()
    assert f"/visits/{visit.uid}/word/" in page and f"/visits/{own.uid}/word/" not in page
    assert "农户说来过没有" not in as_user(helper).get(f"/households/{home.uid}/").content.decode()
    address = f"/visits/{visit.uid}/word/"
    assert as_user(helper).post(address, {"came": "0"}).status_code == 403
    stranger = person("外乡村干", "VILLAGE", DIANQIAN)
    assert as_user(stranger).post(address, {"came": "0"}).status_code == 404
    client = as_user(village)
    assert client.post(address, {}).status_code == 302 and not VisitWord.objects.exists()
    assert client.post(address, {"came": "0"}).status_code == 302
    assert VisitWord.objects.get().by == village


def test_nobody_else_learns_what_was_said_or_that_a_lead_exists(
    visit: Visit, home: Household, helper: Cadre, village: Cadre, inspector: Cadre,
    person: Person, as_user: AsUser,
) -> None:  # fmt: skip
    """The same pages after 来过 and after 没来过, for the visitor and for everyone in the office."""
    twin = visited(home, helper)
    readers = [helper, village, person("演示书记", "TOWNSHIP_HEAD", QINGTIAN),
               person("演示专干", "TOWNSHIP_CLERK", QINGTIAN), person("演示书记", "COUNTY_LEADER", COUNTY)]  # fmt: skip
    say(visit=visit, came=False, said="没见过人", by=None, at=clock.now())
    say(visit=twin, came=True, said="没见过人", by=None, at=clock.now())
    for reader in readers:
        client = as_user(reader)
        paths = ["/", "/visits/", f"/visits/{visit.uid}/", f"/households/{home.uid}/", "/households/", "/inbox/"]  # fmt: skip
        for address in paths:
            page = client.get(address).content.decode()
            for told in ("线索", "没见过人", "农户的话", "没来过</b>"):
                assert told not in page, (reader, address, told)
        assert client.get(f"/leads/{Lead.objects.get().uid}/").status_code == 403
    events = Event.objects.filter(action="visit.word")
    assert [e.after for e in events] == [{"via": "CARD"}] * 2
    assert not Event.objects.filter(action__startswith="lead").exists()
    assert not Notice.objects.exists()
    page = as_user(inspector).get(f"/visits/{visit.uid}/").content.decode()
    assert "没见过人" in page and "没来过" in page
    lead = Lead.objects.get()
    assert f"/visits/{visit.uid}/" in as_user(inspector).get(f"/leads/{lead.uid}/").content.decode()


@pytest.mark.parametrize(
    ("columns", "constraint"),
    [
        ("'CARD', {village}", "word_written_by_the_village"),
        ("'VILLAGE', NULL", "word_written_by_the_village"),
        ("'PHONE', NULL", "word_written_by_the_village"),
        ("'VILLAGE', {helper}", "word_not_by_the_visitor"),
    ],
)
def test_the_database_refuses_it_too(
    visit: Visit, helper: Cadre, village: Cadre, columns: str, constraint: str
) -> None:
    values = columns.format(village=village.pk, helper=helper.pk)
    with (
        pytest.raises(IntegrityError, match=constraint),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            f"INSERT INTO households_visitword (visit_id, came, said, at, via, by_id) VALUES ({visit.pk}, true, '', now(), {values})"
        )


def test_a_word_is_given_once_and_never_rewritten(visit: Visit) -> None:
    say(visit=visit, came=True, said="", by=None, at=clock.now())
    with pytest.raises(IntegrityError, match="visit_id"), transaction.atomic():
        VisitWord.objects.create(visit=visit, came=False, via="CARD", at=clock.now())
    with (
        pytest.raises(DatabaseError),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE households_visitword SET came = false")


def test_pages_cost_the_same_for_one_and_for_three(
    path: str, home: Household, helper: Cadre, village: Cadre, as_user: AsUser
) -> None:
    client, counts = as_user(village), []
    for _ in range(3):
        visited(home, helper)
        with CaptureQueriesContext(connection) as card:
            Client().get(path)
        with CaptureQueriesContext(connection) as page:
            client.get(f"/households/{home.uid}/")
        counts.append((len(card), len(page)))
    assert counts[0] == counts[2]
