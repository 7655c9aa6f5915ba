"""Whom a township's clerk may choose: his own, the county units that help in his villages, and
anyone else by the whole work number."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from cadres.models import Cadre
from households.models import Assignment, Household
from tests.county import COUNTY, DIANQIAN
from tests.households.builders import helps, household
from yuexi.core import clock

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db
FAR = "340828101200"


@pytest.fixture
def free() -> Household:
    return household("演示孤")


def assign(client: Client, home: Household, **said: str | int) -> str:
    form = {"household": str(home.uid), "rank": "MAIN", "start": f"{clock.today():%Y-%m-%d}", **said}  # fmt: skip
    return client.post("/households/assign/", form, follow=True).content.decode()


def test_the_list_holds_paired_units_and_no_staff_of_the_county(
    home: Household, clerk: Cadre, person: Person, as_user: AsUser, free: Household
) -> None:
    paired = person("演示水利甲", "HELPER", COUNTY, "县水利局")
    colleague = person("演示水利乙", "HELPER", COUNTY, "县水利局")
    past, gone = (
        person("演示林业", "HELPER", COUNTY, "县林业局"),
        person("演示停用", None, COUNTY, "县水利局"),
    )
    person("演示教育", "HELPER", COUNTY, "县教育局")
    far, neighbour = (
        person("演示财政", "HELPER", COUNTY, "县财政局"),
        person("演示店前", "HELPER", DIANQIAN),
    )
    helps(paired, free, rank="SECOND")
    helps(neighbour, household("演示二"))
    helps(far, household("演示远", FAR))
    helps(past, household("演示旧"))
    Assignment.objects.filter(cadre=past).update(end=date(2026, 6, 1))
    Cadre.objects.filter(pk=gone.pk).update(is_active=False)
    client = as_user(clerk)
    page = client.get(f"/households/{free.uid}/").content.decode()
    offered = page[page.index('name="cadre"') : page.index('name="work_no"')]
    assert f"演示水利乙（县水利局，{colleague.work_no}）" in offered and "演示水利甲" in offered
    for name in ("演示林业", "演示教育", "演示财政", "演示店前", "演示停用"):
        assert name not in offered, name
    assert "已为 1 户指派演示水利乙" in assign(client, free, cadre=colleague.pk)
    assert client.get(f"/cadres/{colleague.uid}/").status_code == 404  # a name, and not his page


def test_anyone_else_by_the_whole_number(
    clerk: Cadre, person: Person, as_user: AsUser, free: Household
) -> None:
    other = person("演示教育", "HELPER", COUNTY, "县教育局")
    client = as_user(clerk)
    assert "请从名单里选" not in client.get(f"/households/{free.uid}/").content.decode()
    for said, told in (
        ({}, "请从名单里选"),
        ({"work_no": other.work_no[:-1]}, "没有这个工号"),
        ({"work_no": "T0*"}, "没有这个工号"),
        ({"work_no": other.work_no, "cadre": clerk.pk}, "两样只填一样"),
        ({"cadre": other.pk}, "没有指派"),
    ):
        assert told in assign(client, free, **said)
    Cadre.objects.filter(pk=other.pk).update(is_active=False)
    assert "没有这个工号" in assign(client, free, work_no=other.work_no)
    assert not Assignment.objects.exists()
    Cadre.objects.filter(pk=other.pk).update(is_active=True)
    assert "已为 1 户指派演示教育" in assign(client, free, work_no=f" {other.work_no.lower()} ")


def test_a_hand_over_to_a_county_unit(
    home: Household, helper: Cadre, clerk: Cadre, person: Person, as_user: AsUser
) -> None:
    other, client = person("演示教育", "HELPER", COUNTY, "县教育局"), as_user(clerk)
    path = f"/cadres/{helper.uid}/hand-over/"
    form = {"household": [str(home.uid)], "start": f"{clock.today():%Y-%m-%d}"}
    own = client.post(path, {**form, "work_no": helper.work_no})
    assert own.status_code == 422 and "没有这个工号" in own.content.decode()
    assert client.post(path, {**form, "work_no": other.work_no}).status_code == 302
    assert Assignment.objects.get(household=home, end=None).cadre == other
