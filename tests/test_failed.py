"""What is answered where no view answers: in the product's look, in Chinese, with a way on."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from cadres.models import Cadre
from tests.county import PASSWORD
from yuexi.core import failed

pytestmark = pytest.mark.django_db
PROBLEM = "application/problem+json"


def test_an_unknown_page_says_so_and_bears_the_demonstration_mark(
    person: Callable[..., Cadre], as_user: Callable[[Cadre], Client], settings: Any
) -> None:
    settings.DEMO = True
    for client in (Client(), as_user(person("演示甲", "COUNTY_LEADER"))):
        answer = client.get("/nothing/")
        page = answer.content.decode()
        assert answer.status_code == 404 and "没有这一页" in page and "演示数据" in page


@pytest.mark.parametrize("method", ["get", "post"])
def test_an_unknown_address_of_the_api_is_a_problem(method: str) -> None:
    answer = getattr(Client(), method)("/api/v1/nothing")
    assert answer.status_code == 404 and answer["Content-Type"] == PROBLEM
    assert answer.json()["title"] == "not_found"


def test_a_stale_form_says_what_happened_and_the_way_out(
    person: Callable[..., Cadre], settings: Any
) -> None:
    settings.DEMO = True
    client = Client(enforce_csrf_checks=True)
    client.force_login(person("演示甲", "TOWNSHIP_CLERK"), backend="cadres.login.CadreBackend")
    answer = client.post("/find/", {"q": "x"}, headers={"referer": "http://testserver/visits/"})
    page = answer.content.decode()
    assert answer.status_code == 403 and "页面已过期" in page and "演示数据" in page
    assert 'href="/visits/">重新打开这一页' in page
    answer = client.post(
        "/find/", {"q": "x"}, headers={"referer": "http://elsewhere.example/visits/"}
    )
    assert "elsewhere" not in answer.content.decode()


def test_an_address_for_buttons_says_so_when_it_is_opened(
    person: Callable[..., Cadre], as_user: Callable[[Cadre], Client]
) -> None:
    answer = as_user(person("演示甲", "TOWNSHIP_CLERK")).get("/find/")
    assert answer.status_code == 405 and answer["Allow"] == "POST"
    assert "不能直接打开" in answer.content.decode()


@pytest.mark.parametrize(
    ("came", "goes"), [("http://testserver/visits/?page=2", "/visits/?page=2"), ("", "/")]
)
def test_after_the_log_in_one_stands_on_a_page(
    person: Callable[..., Cadre], came: str, goes: str
) -> None:
    cadre = person("演示甲", "TOWNSHIP_CLERK")
    client = Client(headers={"referer": came} if came else {})
    asked = client.post("/find/", {"q": "x"})
    answer = client.post(asked["Location"], {"username": cadre.work_no, "password": PASSWORD})
    assert answer["Location"] == goes
    assert client.get(goes).status_code == 200


def test_a_wrong_host_and_a_fault_have_pages(settings: Any, rf: Any) -> None:
    settings.DEMO = True
    wrong = Client(headers={"host": "elsewhere.example"}).get("/login/")
    assert wrong.status_code == 400 and "请求不对" in wrong.content.decode()
    fault = failed.broken(rf.get("/"))
    assert fault.status_code == 500 and "演示数据" in fault.content.decode()
    fault = failed.broken(rf.get("/api/v1/items"))
    assert fault.status_code == 500 and fault["Content-Type"] == PROBLEM
    refused = failed.no_right(rf.get("/"), PermissionError())
    assert refused.status_code == 403 and "没有权限" in refused.content.decode()
