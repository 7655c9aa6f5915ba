"""A township's system does on an item what the pages do, for the person in charge; no more."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
import uuid6
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.actions.tokens import issue_token
from cadres.models import Area, Cadre, Event
from households.models import Household
from rectification.actions import closing, moving, red_lines
from rectification.models import Evidence, Item, Progress, SentVerb
from tests.api.test_api import Api
from tests.cast import PHOTO, Cast, fresh, to_check, to_work
from tests.county import AT, COUNTY, DIANQIAN, QINGTIAN

pytestmark = pytest.mark.django_db
Person = Callable[..., Cadre]


def token(person: Person, area: str) -> str:
    office = person(f"演示管{area[:9]}", "OFFICE_DATA")
    return issue_token(area=Area.objects.get(code=area), purpose="乡镇平台", agreement="协议一号", responsible="演示责任人",
                       by=office, at=AT)[1]  # fmt: skip


@pytest.fixture
def api(person: Person) -> Api:
    return Api(token(person, QINGTIAN))


@pytest.fixture
def issued(item: Item, cast: Cast) -> Item:
    moving.confirm(item_ids=[item.pk], by=cast.accepter, at=AT)
    moving.issue(item_ids=[item.pk], by=cast.accepter, at=AT)
    return fresh(item)


def do(api: Api, item: Item, verb: str, by: Cadre, key: UUID | None = None, **fields: Any) -> Any:
    body = {"key": key or uuid6.uuid7(), "person": by.work_no, **fields}
    return api.post(f"items/{item.uid}/{verb}", body)


def sends_back(item: Item, by: Cadre) -> None:
    closing.check(item_id=item.pk, step="SELF_CHECK", passed=False, opinion="看不清", by=by, at=AT)


def show(api: Api, item: Item, by: Cadre, key: UUID, content: bytes = PHOTO, **fields: Any) -> Any:
    body = {"key": str(key), "person": by.work_no, "what": "通水照片",
            "file": SimpleUploadedFile("通水.jpg", content), **fields}  # fmt: skip
    return api.client.post(f"/api/v1/items/{item.uid}/evidence", body, **api.head)  # type: ignore[arg-type]


def test_the_way_of_an_item_from_signing_to_the_application(
    issued: Item, cast: Cast, api: Api, home: Household
) -> None:
    assert do(api, issued, "sign", cast.clerk).json()["waiting"] == "待定措施"
    answer = do(api, issued, "plan", cast.clerk, measure="换管并加保温", goal="户户通水")
    assert answer.status_code == 201 and answer.json()["measure"] == "换管并加保温"
    assert do(api, issued, "report", cast.clerk, text="管材已到货").status_code == 201
    assert show(api, issued, cast.clerk, uuid6.uuid7()).status_code == 201
    answer = do(api, issued, "apply", cast.clerk)
    assert answer.status_code == 201 and answer.json()["waiting"] == "待乡镇自查"
    told = Event.objects.filter(kind="item", object_id=issued.pk, via="API").order_by("seq")
    assert [e.action for e in told] == ["item.sign", "item.plan", "item.progress", "item.evidence", "item.apply"]  # fmt: skip
    assert {e.actor_id for e in told} == {cast.clerk.pk}
    assert list(SentVerb.objects.order_by("pk").values_list("verb", flat=True)) == ["sign", "plan", "report", "evidence", "apply"]  # fmt: skip
    assert set(SentVerb.objects.values_list("system__kind", "person")) == {("SYSTEM", cast.clerk.pk)}  # fmt: skip
    full = api.get(f"items/{issued.uid}").json()
    assert [e["what"] for e in full["evidence"]] == ["通水照片"] and len(full["evidence"][0]["sha256"]) == 64  # fmt: skip
    assert full["timeline"][0]["title"] == "申请销号" and full["timeline"][0]["who"] == "演示专干（系统对接）"  # fmt: skip
    sends_back(issued, cast.head)
    checks = api.get(f"items/{issued.uid}").json()["checks"]
    assert [(c["step"], c["passed"], c["by"]) for c in checks] == [("乡镇自查", False, "演示书记")]


def test_declined_by_the_person_in_charge(issued: Item, cast: Cast, api: Api) -> None:
    answer = do(api, issued, "decline", cast.clerk, reason="属县水利局职责，建议改派")
    assert answer.status_code == 201 and fresh(issued).status == "DECLINED"


def test_a_resend_does_nothing_twice_and_another_thing_with_its_key_is_refused(
    item: Item, cast: Cast, api: Api
) -> None:
    to_work(item, cast)
    key = uuid6.uuid7()
    assert do(api, item, "report", cast.clerk, key, text="管材已到货").status_code == 201
    assert do(api, item, "report", cast.clerk, key, text="管材已到货").status_code == 200
    assert Progress.objects.filter(item=item).count() == 1
    for other in ({"text": "别的"},):
        answer = do(api, item, "report", cast.clerk, key, **other)
        assert answer.status_code == 409 and answer.json()["title"] == "key_taken"
    assert do(api, item, "apply", cast.clerk, key).json()["title"] == "key_taken"
    photo = uuid6.uuid7()
    assert show(api, item, cast.clerk, photo).status_code == 201
    assert show(api, item, cast.clerk, photo).status_code == 200
    assert show(api, item, cast.clerk, photo, PHOTO + b"x").json()["title"] == "key_taken"
    assert Evidence.objects.filter(item=item).count() == 1
    again = do(api, item, "sign", cast.clerk)  # a new key, and what the pages say
    assert again.status_code == 409 and "不能签收" in again.json()["detail"]
    assert again["Content-Type"] == "application/problem+json"
    assert SentVerb.objects.count() == 2, "what was refused leaves no key behind"


def test_the_refusals_of_the_pages(item: Item, cast: Cast, api: Api, person: Person) -> None:
    to_work(item, cast)
    answer = do(api, item, "apply", cast.clerk)
    assert answer.status_code == 409 and "至少要有 1 份佐证" in answer.json()["detail"]
    answer = do(api, item, "report", cast.head, text="替他记一笔")
    assert answer.status_code == 403 and "只有责任人演示专干能办" in answer.json()["detail"]
    far = person("外乡专干", "TOWNSHIP_CLERK", DIANQIAN)
    for unknown in (far, cast.department):
        answer = do(api, item, "report", unknown, text="替他记一笔")
        assert answer.status_code == 422 and answer.json()["title"] == "person_unknown"
    assert do(api, item, "report", cast.clerk).json()["errors"] == {"text": ["该字段是必填项。"]}
    assert do(api, item, "report", cast.clerk, key="x", text="管材").status_code == 422  # type: ignore[arg-type]
    answer = show(api, item, cast.clerk, uuid6.uuid7(), b"MZ program")
    assert answer.status_code == 422 and "field" in answer.json()
    assert do(api, item, "report", cast.clerk, text="户主证件340828196001011234").status_code in (409, 422)  # fmt: skip
    assert not Progress.objects.exists() and not SentVerb.objects.exists()


def test_what_takes_a_person_stays_with_people(item: Item, cast: Cast, api: Api) -> None:
    to_check(item, cast)
    for verb in ("pass", "return", "held", "rebound", "confirm", "issue", "extended", "red_end"):
        answer = do(api, item, verb, cast.head)
        assert answer.status_code == 403 and answer.json()["title"] == "by_person", verb
        assert "本人登录系统办理，对接系统不能代办" in answer.json()["detail"]
    assert do(api, item, "nonsense", cast.head).status_code == 404
    assert fresh(item).status == "SELF_CHECK" and not item.checks.exists()


def test_outside_its_township_there_is_nothing(item: Item, cast: Cast, person: Person) -> None:
    other = Api(token(person, DIANQIAN))
    for verb in ("sign", "pass"):
        assert do(other, item, verb, cast.clerk).status_code == 404
    assert Client().post(f"/api/v1/items/{item.uid}/sign", {}).status_code == 401


def test_of_an_item_with_the_commission_it_learns_the_state_alone(
    item: Item, cast: Cast, api: Api, person: Person
) -> None:
    to_check(item, cast)
    person("演示纪委", "DISCIPLINE", COUNTY, "县纪委监委")
    red_lines.report_red_line(item_id=item.pk, line="FRAUD", said="照片是去年拍的", by=cast.village, at=AT)  # fmt: skip
    full = api.get(f"items/{item.uid}").json()
    assert full["waiting"] == full["text"] == "已移送纪委监委" and full["measure"] == ""
    assert full["checks"] == full["evidence"] == full["timeline"] == []
    assert do(api, item, "report", cast.clerk, text="再记一笔").status_code == 409


def test_reading_costs_the_same_whatever_the_item_went_through(
    item: Item, cast: Cast, api: Api
) -> None:
    to_work(item, cast)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            assert api.get(f"items/{item.uid}").status_code == 200
        return len(queries)

    cost()
    before = cost()
    for n in range(3):
        show(api, item, cast.clerk, uuid6.uuid7(), PHOTO + bytes([n]))
    do(api, item, "apply", cast.clerk)
    sends_back(item, cast.head)
    assert cost() == before


def test_the_documentation_names_each_verb_in_chinese(api: Api) -> None:
    paths = Client().get("/api/v1/schema?format=json").json()["paths"]
    told = {v: paths[f"/api/v1/items/{{uid}}/{v}"]["post"] for v in ("sign", "decline", "plan", "report", "evidence", "apply")}  # fmt: skip
    assert told["sign"]["summary"] == "签收" and told["report"]["summary"] == "记进展"
    assert "multipart/form-data" in told["evidence"]["requestBody"]["content"]
    assert "/api/v1/items/{uid}/{verb}" not in paths


def test_the_database_keeps_each_key_once(issued: Item, cast: Cast, api: Api) -> None:
    do(api, issued, "sign", cast.clerk)
    row = (
        "SELECT system_id, key, item_id, {verb}, person_id, digest, at FROM rectification_sentverb"
    )
    insert = (
        "INSERT INTO rectification_sentverb (system_id, key, item_id, verb, person_id, digest, at) "
    )
    for verb, name in (("verb", "sent_verb_once"), ("'pass'", "sent_verb_known")):
        sql = insert + row.format(verb=verb)
        sql = sql if name == "sent_verb_once" else sql.replace("system_id, key,", "system_id, uuidv7(),").replace("(system_id, uuidv7(),", "(system_id, key,")  # fmt: skip
        with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as c:  # fmt: skip
            c.execute(sql)
    with pytest.raises(Exception, match=r"append only|permission denied"), transaction.atomic(), connection.cursor() as c:  # fmt: skip
        c.execute("DELETE FROM rectification_sentverb")
