"""The ledger: which rows may be ticked, what a filter shows, what the desk opens."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client

from cadres.models import Cadre
from cadres.roles import ROLES
from rectification.actions import moving
from rectification.actions.registering import Finding, register
from rectification.models import Item
from tests.cast import Cast, fresh, to_check
from tests.county import AT, COUNTY

AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db


def another(item: Item, cast: Cast, text: str = "路灯不亮") -> Item:
    finding = Finding(text=text, category="基础设施", area=item.area, source="SELF")
    return register(finding=finding, by=cast.clerk, at=AT)


def test_a_box_stands_only_where_a_verb_fits_and_each_verb_says_how_many(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    to_check(item, cast)
    another(item, cast)
    confirmed = another(item, cast, "水池浑")
    moving.confirm(item_ids=[confirmed.pk], by=cast.accepter, at=AT)
    said = as_user(cast.accepter).get("/items/").content.decode()
    assert said.count('type="checkbox"') == 2 and f'"选 {item.number}"' not in said
    assert "1 件可审核" in said and "1 件可交办" in said
    assert 'type="checkbox"' not in as_user(cast.inspector).get("/items/").content.decode()
    ticked = as_user(cast.accepter).get("/items/?all=1").content.decode()
    assert ticked.count(" checked>") == 2


def test_rows_that_do_not_fit_stop_no_batch_and_are_counted(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    second = another(item, cast)
    moving.confirm(item_ids=[second.pk], by=cast.accepter, at=AT)
    office = as_user(cast.accepter)
    went = office.post(
        "/items/many/confirm/", {"item": [item.number, second.number]}, follow=True
    ).content.decode()
    assert "1 件审核成立" in went and "另外 1 件现在不能审核成立，没有改动" in went
    assert (fresh(item).status, fresh(second).status) == ("CONFIRMED", "CONFIRMED")
    nothing = office.post("/items/many/confirm/", {"item": [item.number]}, follow=True)
    assert "现在都不能审核成立" in nothing.content.decode()


def test_the_desk_opens_exactly_what_it_counted(item: Item, cast: Cast, as_user: AsUser) -> None:
    second = another(item, cast)
    third = another(item, cast, "水池浑")
    moving.confirm(item_ids=[third.pk], by=cast.accepter, at=AT)
    office = as_user(cast.accepter)
    assert "2 件待审核" in (desk := office.get("/").content.decode())
    path = "/items/?view=mine&amp;stage=%E5%BE%85%E5%AE%A1%E6%A0%B8"
    assert path in desk
    said = office.get(path.replace("&amp;", "&")).content.decode()
    assert "等我处理 2 件" in said and second.number in said and third.number not in said


@pytest.mark.parametrize("key", ["view", "source", "category", "stage", "sort"])
def test_an_unknown_filter_is_said_and_never_exported(
    key: str, item: Item, cast: Cast, as_user: AsUser
) -> None:
    office = as_user(cast.accepter)
    assert "认不出筛选条件" in office.get(f"/items/?{key}=nonsense").content.decode()
    refused = office.get(f"/items/?{key}=nonsense&format=xlsx")
    assert refused.status_code == 422 and "认不出筛选条件" in refused.content.decode()
    assert "认不出" not in office.get("/items/?view=&source=SELF").content.decode()


@pytest.mark.parametrize("role", [r.code for r in ROLES])
def test_the_list_to_telephone_is_linked_only_where_it_opens(
    role: str, person: Callable[..., Cadre], as_user: AsUser
) -> None:
    client = as_user(person("演示人", role, COUNTY))
    linked = "/items/urge/" in client.get("/items/").content.decode()
    assert linked == (client.get("/items/urge/").status_code == 200)
