from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.models import Area, Cadre, Event
from rectification.actions.registering import Finding, register
from rectification.models import Item
from tests.cast import Cast
from tests.county import AT, DIANQIAN, QINGTIAN
from tests.households.builders import VILLAGE, helps, household
from yuexi.core import clock, crypto

pytestmark = pytest.mark.django_db
AsUser = Callable[[Cadre], Client]


def late(item: Item) -> None:
    Item.objects.filter(pk=item.pk).update(deadline=clock.today() - timedelta(days=5))


def test_whom_to_telephone_and_a_line_without_names(
    item: Item, cast: Cast, as_user: AsUser, person: Callable[..., Cadre]
) -> None:
    late(item)
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    helps(helper, household("演示未访"))
    number = "19900000055"
    Cadre.objects.filter(pk=cast.clerk.pk).update(
        phone=crypto.encrypt(number), phone_hash=crypto.lookup_hash(number)
    )
    client = as_user(cast.head)
    page = client.get("/items/urge/").content.decode()
    assert "青天乡：1 件整改逾期、2 户本月未走访，请登录系统查看办理。" in page
    assert "演示专干" in page and "演示帮扶" in page and number not in page
    assert not Event.objects.filter(action="urge.telephones")
    assert number in client.post("/items/urge/").content.decode()
    assert Event.objects.get(action="urge.telephones").after["people"] == 2
    elsewhere = person("外乡书记", "TOWNSHIP_HEAD", DIANQIAN)
    assert "今天没有要催办的" in as_user(elsewhere).get("/items/urge/").content.decode()
    assert as_user(cast.village).get("/items/urge/").status_code == 403


def test_the_list_costs_the_same_for_one_and_for_three(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    client = as_user(cast.head)

    def queries() -> int:
        with CaptureQueriesContext(connection) as caught:
            client.get("/items/urge/")
        return len(caught)

    late(item)
    one = queries()
    area = Area.objects.get(code=VILLAGE)
    for n in range(2):
        finding = Finding(text=f"路灯不亮{n}", category="其他", area=area, source="SELF")
        late(register(finding=finding, by=cast.clerk, at=AT))
    assert queries() == one


def test_a_telephone_outside_the_readers_scope_is_not_shown(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    late(item)
    department = cast.department
    Item.objects.filter(pk=item.pk).update(person=department, unit=department.unit)
    Cadre.objects.filter(pk=department.pk).update(
        phone=crypto.encrypt("19900000066"), phone_hash=crypto.lookup_hash("19900000066")
    )
    page = as_user(cast.head).post("/items/urge/").content.decode()
    assert "19900000066" not in page and "请问其单位" in page
    assert "19900000066" in as_user(cast.accepter).post("/items/urge/").content.decode()
