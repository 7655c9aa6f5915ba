"""The phone's day as a delta, and photos in pieces."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.models import Cadre
from households.actions.held import decide_held
from households.actions.visits import correct
from households.models import Assignment, HeldVisit, Household, Visit
from rectification.models import Item
from tests.county import QINGTIAN
from tests.households.builders import helps, household, idno
from tests.households.test_sync import said, send
from yuexi.core import clock

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db
DAY = "/api/v1/phone/day"


class Phone:
    """What a phone keeps of its day, by following the deltas."""

    def __init__(self, client: Client) -> None:
        self.client, self.cursor, self.homes, self.sent = client, "", {}, 0
        self.shared: Any = None

    def pull(self) -> dict[str, Any]:
        got: dict[str, Any] = self.client.get(DAY, {"since": self.cursor}).json()
        if got["whole"]:
            self.homes = {}
        for home in got["households"]:
            self.homes[home["key"]] = home
        for key in got["gone"]:
            self.homes.pop(key)
        self.cursor, self.shared = got["cursor"], got["shared"] or self.shared
        self.sent = len(got["households"])
        return got

    def equals_a_new_phone(self) -> bool:
        new = Phone(self.client)
        new.pull()
        return new.homes == self.homes and new.shared == self.shared


def test_only_what_changed_is_sent(
    helper: Cadre, home: Household, as_user: AsUser, item: Item
) -> None:
    second, client = household("演示二"), as_user(helper)
    helps(helper, second)
    phone = Phone(client)
    assert phone.pull()["whole"] and phone.sent == 2
    got = phone.pull()
    assert (got["households"], got["gone"], got["shared"]) == ([], [], None)
    send(client, said(home, promise="帮问水管"))
    phone.pull()
    assert phone.sent == 1 and phone.equals_a_new_phone()
    [shown] = [h for h in phone.homes.values() if h["uid"] == str(home.uid)]
    assert (
        shown["promise"] == "帮问水管"
        and shown["talked"]
        and shown["visits"][0]["by"] == "演示帮扶"
    )
    visit = Visit.objects.get()
    correct(visit=visit, values={"promise": "帮买水管"}, reason="说错了", void=False, by=helper, at=clock.now())  # fmt: skip
    phone.pull()
    assert phone.sent == 1 and phone.equals_a_new_phone()


def test_what_is_handed_over_is_gone(helper: Cadre, home: Household, as_user: AsUser) -> None:
    phone = Phone(as_user(helper))
    phone.pull()
    Assignment.objects.update(end=clock.today())
    got = phone.pull()
    assert len(got["gone"]) == 1 and phone.homes == {} and phone.equals_a_new_phone()


@pytest.mark.parametrize("odd", ["x", "####", "A" * 5000, "AAAA", "\u4e2d"])
def test_an_odd_cursor_brings_everything(
    helper: Cadre, home: Household, as_user: AsUser, odd: str
) -> None:
    got = as_user(helper).get(DAY, {"since": odd}).json()
    assert len(got["households"]) == 1 and got["whole"]


def test_open_items_are_at_the_door(
    helper: Cadre, home: Household, item: Item, as_user: AsUser
) -> None:
    [shown] = as_user(helper).get(DAY).json()["households"]
    assert [(i["number"], i["uid"]) for i in shown["items"]] == [(item.number, "")]
    other = household("演示别家")
    assert other.head_name not in as_user(helper).get(DAY).content.decode()


def test_the_day_carries_no_identity_number_no_telephone_no_illness(
    helper: Cadre, home: Household, person: Person, as_user: AsUser
) -> None:
    from households.actions.roster import add_member
    from yuexi.core import crypto

    clerk = person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    member = add_member(household=home, name="演示员", idno=idno(5), relation_name="配偶", by=clerk, at=clock.now())  # fmt: skip
    type(member).objects.filter(pk=member.pk).update(health="长期慢性病")
    Household.objects.filter(pk=home.pk).update(
        phone=crypto.encrypt("19900000088"), phone_hash=crypto.lookup_hash("19900000088")
    )
    text = as_user(helper).get(DAY).content.decode()
    assert "演示员" in text
    assert not any(secret in text for secret in (idno(5), idno(5)[14:], "19900000088", "慢性病"))


def test_a_day_of_three_costs_what_a_day_of_one_costs(helper: Cadre, as_user: AsUser) -> None:
    client, counts = as_user(helper), []
    for n in range(3):
        home = household(f"演示{n}")
        helps(helper, home)
        send(client, said(home), said(home))
        with CaptureQueriesContext(connection) as queries:
            client.get(DAY)
        counts.append(len(queries))
    assert counts[0] == counts[2]


def test_a_stranger_reads_his_own_empty_day(home: Household, person: Person, as_user: AsUser) -> None:  # fmt: skip
    got = as_user(person("演示邻", "TOWNSHIP_CLERK", QINGTIAN)).get(DAY).json()
    assert got["households"] == []
    assert Client().get(DAY).status_code == 401


PHOTO = b"\xff\xd8\xff" + bytes(range(256)) * 600
SHA = hashlib.sha256(PHOTO).hexdigest()


def put(client: Client, uid: str, offset: int, content: bytes, size: int = len(PHOTO), sha: str = SHA) -> Any:  # fmt: skip
    path = f"/api/v1/phone/visits/{uid}/photos/{sha}?offset={offset}&size={size}"
    return client.put(path, content, content_type="application/octet-stream")


def test_a_photo_arrives_in_pieces_and_goes_on_where_it_was_cut(
    helper: Cadre, home: Household, as_user: AsUser
) -> None:
    client, record = as_user(helper), said(home, photos=[SHA])
    early = put(client, record["uid"], 0, PHOTO)
    assert early.status_code == 409 and "先送走访记录" in early.json()["detail"]
    send(client, record)
    uid, path = record["uid"], f"/api/v1/phone/visits/{record['uid']}/photos/{SHA}"
    assert put(client, uid, 0, PHOTO[:60_000]).json() == {"received": 60_000}
    assert client.get(path).json() == {"received": 60_000}
    assert put(client, uid, 0, PHOTO[:60_000]).json() == {"received": 60_000}  # sent twice
    assert put(client, uid, 70_000, PHOTO[70_000:]).json() == {"received": 60_000}  # a hole
    assert put(client, uid, 60_000, PHOTO[60_000:]).json() == {"received": -1}
    assert put(client, uid, 0, PHOTO).json() == {"received": -1}
    visit = Visit.objects.get()
    photo = visit.photos.get()
    shown = client.get(f"/visits/{uid}/photos/{photo.pk}/")
    assert b"".join(shown) == PHOTO
    assert "第 1 张" in client.get(f"/visits/{uid}/").content.decode()


def test_a_photo_that_is_none_is_refused_and_begins_anew(
    helper: Cadre, home: Household, as_user: AsUser
) -> None:
    client, junk = as_user(helper), b"MZ" + b"x" * 5000
    sha = hashlib.sha256(junk).hexdigest()
    record = said(home, photos=[sha, SHA])
    send(client, record)
    assert put(client, record["uid"], 0, junk, len(junk), sha).status_code == 422
    damaged = PHOTO[:-1] + b"?"
    answer = put(client, record["uid"], 0, damaged)
    assert answer.status_code == 422 and "从头再送" in answer.json()["detail"]
    assert put(client, record["uid"], 0, PHOTO).json() == {"received": -1}
    assert put(client, record["uid"], 0, PHOTO, 3 * 1024 * 1024).status_code == 422


def test_nobody_adds_photos_to_the_visit_of_another(
    helper: Cadre, home: Household, person: Person, as_user: AsUser
) -> None:
    record = said(home, photos=[SHA])
    send(as_user(helper), record)
    other = person("演示邻", "HELPER", QINGTIAN)
    assert put(as_user(other), record["uid"], 0, PHOTO).status_code == 409


def test_one_photo_of_two_visits_comes_to_both(
    helper: Cadre, home: Household, as_user: AsUser
) -> None:
    client, records = as_user(helper), [said(home, photos=[SHA]), said(home, photos=[SHA])]
    send(client, *records)
    for record in records:
        path = f"/api/v1/phone/visits/{record['uid']}/photos/{SHA}"
        assert client.get(path).json() == {"received": 0}
        assert put(client, record["uid"], 0, PHOTO).json() == {"received": -1}
        assert client.get(path).json() == {"received": -1}
    assert all(v.photos.count() == 1 for v in Visit.objects.all())


def test_photos_of_a_held_visit_come_in_with_the_person_s_word(
    helper: Cadre, home: Household, person: Person, as_user: AsUser
) -> None:
    then = (clock.now() - timedelta(hours=80)).isoformat()
    record = said(home, photos=[SHA], occurred_at=then, late_reason="手机没电")
    send(as_user(helper), record)
    assert put(as_user(helper), record["uid"], 0, PHOTO).json() == {"received": -1}
    village = person("演示村干", "VILLAGE", home.area_id)
    made = decide_held(held=HeldVisit.objects.get(), accept=True, said="来过", by=village, at=clock.now())  # fmt: skip
    assert made is not None and made.photos.get().file.sha256 == SHA
    assert json.loads(json.dumps(made.photo_hashes)) == [SHA]
