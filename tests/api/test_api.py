from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import uuid6
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.actions.tokens import issue_token, revoke_token
from cadres.models import ApiToken, Area, Cadre, Event
from households.models import Visit
from rectification.models import Item
from tests.county import AT, DIANQIAN, QINGTIAN
from tests.households.builders import VILLAGE, helps, household
from yuexi.core import clock

Person = Callable[..., Cadre]
pytestmark = pytest.mark.django_db


class Api:
    def __init__(self, token: str) -> None:
        self.client, self.head = Client(), {"HTTP_AUTHORIZATION": f"Bearer {token}"}

    def get(self, path: str) -> Any:
        return self.client.get(f"/api/v1/{path}", **self.head)  # type: ignore[arg-type]

    def post(self, path: str, body: Any) -> Any:
        return self.client.post(
            f"/api/v1/{path}", json.dumps(body, default=str), "application/json", **self.head
        )  # type: ignore[arg-type]


@pytest.fixture
def admin(person: Person) -> Cadre:
    return person("演示管", "OFFICE_DATA")


@pytest.fixture
def issued(admin: Cadre) -> tuple[ApiToken, str]:
    return issue_token(
        area=Area.objects.get(code=QINGTIAN),
        purpose="乡镇平台",
        agreement="协议一号",
        responsible="演示责任人",
        by=admin,
        at=AT,
    )


@pytest.fixture
def api(issued: tuple[ApiToken, str]) -> Api:
    return Api(issued[1])


def test_a_token_is_kept_as_a_hash_and_can_be_revoked(
    issued: tuple[ApiToken, str], admin: Cadre, api: Api
) -> None:
    token, text = issued
    assert text.encode() not in bytes(token.digest)
    assert text not in str(list(Event.objects.values()))
    assert api.get("households").status_code == 200
    revoke_token(token=token, by=admin, at=AT)
    refused = api.get("households")
    assert refused.status_code == 401
    assert refused["Content-Type"] == "application/problem+json"
    assert "令牌" in refused.json()["detail"]


@pytest.mark.parametrize("head", ["", "Bearer", "Bearer yx_nothing", "Basic abc", "Bearer \xff"])
def test_without_a_good_token_nothing_opens(head: str, db: None) -> None:
    answer = Client().get("/api/v1/items", HTTP_AUTHORIZATION=head)
    assert answer.status_code == 401 and answer["WWW-Authenticate"] == "Bearer"


def test_a_township_reads_its_own_and_pages_to_the_end(api: Api) -> None:
    mine = [household(f"演示{n}") for n in range(5)]
    household("演示外", "340828101200")
    names, cursor = [], ""
    while True:
        page = api.get(f"households?size=2{cursor}").json()
        names += [row["head_name"] for row in page["results"]]
        if page["next"] is None:
            break
        cursor = f"&after={page['next']}"
    assert names == [h.head_name for h in mine]
    assert api.get(f"households/{mine[0].uid}").status_code == 200


def test_another_township_does_not_exist(api: Api) -> None:
    other = household("演示外", DIANQIAN[:9] + "200")
    answer = api.get(f"households/{other.uid}")
    assert answer.status_code == 404 and answer["Content-Type"] == "application/problem+json"
    assert api.get("households?after=nonsense").json()["title"] == "bad_cursor"


def visit_body(helper: Cadre, **changes: Any) -> dict[str, Any]:
    return {"uid": uuid6.uuid7(), "household_no": "00820001", "visitor": helper.work_no, "mode": "IN_PERSON",
            "met": "演示陈", "occurred_at": (clock.now() - timedelta(hours=1)).isoformat(), **changes}  # fmt: skip


def test_a_visit_comes_in_through_the_same_rules_and_stays_marked(api: Api, person: Person) -> None:
    helper, clerk = (
        person("演示帮扶", "HELPER", QINGTIAN),
        person("演示专干", "TOWNSHIP_CLERK", QINGTIAN),
    )
    home = household("演示陈", national_no="00820001")
    helps(helper, home)
    body = visit_body(helper, problems=[{"category": "饮水安全", "text": "水管冻裂"}])
    first, again = api.post("visits", body), api.post("visits", body)
    assert (first.status_code, again.status_code) == (201, 200)
    visit = Visit.objects.get()
    assert (visit.via, visit.visitor) == ("API", helper)
    assert Item.objects.get().person == clerk
    assert Event.objects.get(action="visit.log").actor.kind == "SYSTEM"
    refused = api.post("visits", visit_body(helper, met=""))
    assert refused.status_code == 422 and refused.json()["field"] == "met"
    assert "请写见到了谁" in refused.json()["detail"]
    unknown = api.post("visits", visit_body(helper, household_no="999"))
    assert unknown.json()["title"] == "household_unknown"
    shape = api.post("visits", {"mode": "GHOST"})
    assert shape.status_code == 422 and "uid" in shape.json()["errors"]


def test_an_identity_number_matches_and_never_comes_back(api: Api, person: Person) -> None:
    from households.actions.roster import add_member
    from tests.households.builders import idno

    helper, clerk = (
        person("演示帮扶", "HELPER", QINGTIAN),
        person("演示专干", "TOWNSHIP_CLERK", QINGTIAN),
    )
    home = household("演示陈")
    helps(helper, home)
    add_member(household=home, name="演示员", idno=idno(5), relation_name="配偶", by=clerk, at=AT)
    body = visit_body(helper, idno=idno(5))
    del body["household_no"]
    answer = api.post("visits", body)
    assert answer.status_code == 201
    assert idno(5) not in answer.content.decode() + api.get("households").content.decode()


def test_an_item_is_registered_once(api: Api, person: Person) -> None:
    person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    body = {"uid": str(uuid6.uuid7()), "text": "路灯不亮", "category": "基础设施", "area": VILLAGE}
    first, again = api.post("items", body), api.post("items", body)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["number"] == again.json()["number"] and Item.objects.count() == 1
    elsewhere = api.post("items", {**body, "uid": str(uuid6.uuid7()), "area": DIANQIAN})
    assert elsewhere.json()["title"] == "area_unknown"


def test_wrong_media_types_methods_and_bodies_are_problems(api: Api) -> None:
    assert api.client.post("/api/v1/visits", "x", "text/plain", **api.head).status_code == 415
    assert api.client.post("/api/v1/visits", "{", "application/json", **api.head).status_code == 400
    assert api.client.delete("/api/v1/visits", **api.head).status_code == 405
    assert api.post("visits", []).status_code == 422


def test_pages_cost_the_same_for_one_and_for_three(api: Api) -> None:
    costs = []
    for n in range(3):
        household(f"演示{n}")
        with CaptureQueriesContext(connection) as queries:
            api.get("households")
        costs.append(len(queries))
    assert costs[0] == costs[2]


def test_the_schema_and_its_page_are_local(db: None) -> None:
    schema = Client().get("/api/v1/schema")
    assert "3.1.0" in schema.content.decode()
    page = Client().get("/api/v1/docs")
    assert page.status_code == 200 and b"https://" not in page.content
