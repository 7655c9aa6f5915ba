"""Why nobody was met (A-40): asked on forms, optional for older clients, shown with the outcome."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import uuid6
from django.db import IntegrityError, connection, transaction
from django.test import Client

from cadres.models import Area, Cadre
from households.actions.campaigns import begin
from households.models import Household, Visit
from tests.county import COUNTY
from tests.households.test_sync import said, send
from yuexi.core import clock

AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db
NOBODY = {"mode": "NOBODY", "met": ""}


def test_a_phone_says_why_and_an_older_one_need_not(
    helper: Cadre, home: Household, as_user: AsUser
) -> None:
    answers = send(
        as_user(helper),
        said(home, **NOBODY, unreached="PHONE", unreached_words="号码停用"),
        said(home, **NOBODY),
        said(home, **NOBODY, unreached="LAZY"),
        said(home, **NOBODY, unreached_words="没有原因只有补充"),
        said(home, unreached="EMPTY"),
        said(home, **NOBODY, unreached="OTHER", unreached_words="甲" * 61),
    )
    assert [a["status"] for a in answers] == ["accepted"] * 2 + ["refused"] * 4
    assert "整户外出联系不上、电话停机或空号、家中无人、其他" in answers[2]["message"]
    assert [a["field"] for a in answers[2:]] == ["unreached"] * 3 + ["unreached_words"]
    told, silent = Visit.objects.order_by("pk")
    assert (told.how, silent.how) == ("外出无人（电话停机或空号：号码停用）", "外出无人")


def test_the_plain_page_asks_for_it(helper: Cadre, home: Household, as_user: AsUser) -> None:
    client, address = as_user(helper), f"/m/households/{home.uid}/visit/"
    now = clock.now().astimezone(clock.SHANGHAI)
    form = {"uid": uuid6.uuid7(), **NOBODY, "day": f"{now:%Y-%m-%d}", "clock": f"{now:%H:%M}"}
    assert "整户外出联系不上" in client.get(address).content.decode()
    asked = client.post(address, form)
    assert asked.status_code == 422 and "为什么没见到人" in asked.content.decode()
    wrong = client.post(address, {**form, "mode": "REMOTE", "met": "演示陈", "unreached": "AWAY"})
    assert wrong.status_code == 422 and "见到了人就不填" in wrong.content.decode()
    assert client.post(address, {**form, "unreached": "AWAY"}).status_code == 302
    visit = Visit.objects.get()
    for page in (f"/visits/{visit.uid}/", "/visits/", f"/households/{home.uid}/"):
        assert "外出无人（整户外出联系不上）" in client.get(page).content.decode(), page
    day = client.get("/api/v1/phone/day").json()
    assert "外出无人（整户外出联系不上）" in str(day)


def test_a_campaign_s_row_says_why(
    helper: Cadre, home: Household, person: Callable[..., Cadre], as_user: AsUser
) -> None:
    office = person("演示数据", "OFFICE_DATA", COUNTY)
    today = clock.today()
    campaign = begin(name="大走访", area=Area.objects.get(code=COUNTY), start=today - timedelta(days=3),
                     last=today + timedelta(days=3), by=office, at=clock.now())  # fmt: skip
    for days, why in ((2, "AWAY"), (1, "PHONE")):
        at = clock.start_of(today - timedelta(days=days)) + timedelta(hours=10)
        Visit.objects.create(uid=uuid6.uuid7(), household=home, area=home.area, visitor=helper, mode="NOBODY",
                             unreached=why, occurred_at=at, recorded_at=at, synced_at=at)  # fmt: skip
    page = as_user(office).get(f"/campaigns/{campaign.uid}/households/").content.decode()
    assert "外出无人（电话停机或空号）" in page and "外出无人（整户外出联系不上）" in page
    assert ">无法联系</span>" in page


@pytest.mark.parametrize(
    "change",
    [
        {"unreached": "LAZY"},
        {"unreached": "AWAY", "mode": "REMOTE", "met": "演示陈"},
        {"unreached_words": "没有原因"},
    ],
)
def test_the_database_knows_the_reasons(
    helper: Cadre, home: Household, change: dict[str, Any]
) -> None:
    now = clock.now()
    given = {"mode": "NOBODY", "met": "", **change}
    with pytest.raises(IntegrityError, match="visit_unreached_known"), transaction.atomic():
        Visit.objects.create(uid=uuid6.uuid7(), household=home, area=home.area, visitor=helper,
                             occurred_at=now, recorded_at=now, synced_at=now, **given)  # fmt: skip
    assert connection.is_usable()


def test_the_api_names_reasons_and_says_that_they_may_be_left_out(client: Client) -> None:
    schema = client.get("/api/v1/schema?format=json").json()
    told = schema["components"]["schemas"]["VisitIn"]
    assert "unreached" not in told["required"]
    assert "旧版客户端" in str(told["properties"]["unreached"])
