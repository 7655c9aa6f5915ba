"""变更待审: both sides in sight, one click adopts, nobody's entry is overwritten unseen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.models import Area, Cadre, Event
from households.actions.life import adopt_facts, close_household, edit_household
from households.actions.visits import correct
from households.models import ChangeReview, Household, Visit
from tests.county import AT, DIANQIAN, QINGTIAN
from tests.households.builders import helps, household
from tests.households.test_sync import said, send
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db
PATH = "/households/reviews/"


@pytest.fixture
def home(helper: Cadre) -> Household:
    made = household("演示陈", unsafe_house=False, group="上湾组")
    helps(helper, made)
    return made


def sees(who: Cadre, home: Household, as_user: AsUser, **facts: tuple[Any, Any]) -> Visit:
    told = {field: {"base": base, "value": value} for field, (base, value) in facts.items()}
    [answer] = send(as_user(who), said(home, facts=told))
    return Visit.objects.get(pk=int(answer["receipt"][1:]))


def edit(home: Household, by: Cadre, **values: Any) -> None:
    edit_household(household_id=home.pk, values=values, by=by, at=clock.now())


def test_one_click_edits_the_roster_and_answers(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser
) -> None:
    visit = sees(helper, home, as_user, unsafe_house=(False, True), group=("上湾组", "石桥组"))
    client = as_user(clerk)
    page = client.get(PATH).content.decode()
    assert "变更待审 <span" in page and "1 条" in page and "住房" in page
    assert page.count("checked") == 2 and "册上已被改过" not in page
    data = {"visit": visit.uid, "adopt": "1", "take": ["unsafe_house", "group"],
            "seen_unsafe_house": "否", "seen_group": "上湾组"}  # fmt: skip
    assert client.post(PATH, data).status_code == 302
    home.refresh_from_db()
    assert (home.unsafe_house, home.group) == (True, "石桥组")
    answer = ChangeReview.objects.get()
    assert answer.by == clerk and "是否危房户 否 → 是" in answer.said
    event = Event.objects.get(action="household.edit")
    assert (event.before, event.after) == (
        {"unsafe_house": False, "group": "上湾组"},
        {"unsafe_house": True, "group": "石桥组"},
    )
    assert "没有等待核实" in client.get(PATH).content.decode()
    assert client.post(PATH, data).status_code == 404


def test_what_was_done_reads_as_corrected(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser
) -> None:
    visit = sees(helper, home, as_user, unsafe_house=(False, True))
    for done in ("送药一盒", "送药两盒"):
        correct(visit=visit, values={"done": done}, reason="写错了", void=False, by=helper, at=clock.now())  # fmt: skip
    page = as_user(clerk).get("/households/reviews/").content.decode()
    assert "办了什么：送药两盒（已更正）" in page and "送药一盒" not in page


def test_a_roster_that_was_changed_since_the_phone_read_it_is_marked(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser
) -> None:
    sees(helper, home, as_user, group=("上湾组", "石桥组"), safe_water=(None, False))
    edit(home, clerk, group="中屋组", safe_water=False)
    page = as_user(clerk).get(PATH).content.decode()
    assert page.count("册上已被改过") == 1 and page.count("册上已是这样") == 1
    assert "checked" not in page and 'value="safe_water"' not in page


def test_what_changed_while_the_page_was_open_is_not_overwritten(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser
) -> None:
    visit = sees(helper, home, as_user, group=("上湾组", "石桥组"))
    edit(home, clerk, group="中屋组")
    data = {"visit": visit.uid, "adopt": "1", "take": ["group"], "seen_group": "上湾组"}
    answer = as_user(clerk).post(PATH, data)
    assert answer.status_code == 422 and "刚被别人改成“中屋组”" in answer.content.decode()
    home.refresh_from_db()
    assert home.group == "中屋组" and not ChangeReview.objects.exists()
    data["seen_group"] = "中屋组"  # seen now, and decided all the same
    assert as_user(clerk).post(PATH, data).status_code == 302
    home.refresh_from_db()
    assert home.group == "石桥组"


def test_other_visits_to_the_household_are_in_sight_and_stay_open(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser, person: Person
) -> None:
    second = person("演示第二", "HELPER", QINGTIAN)
    helps(second, home, rank="SECOND")
    first = sees(helper, home, as_user, group=("上湾组", "石桥组"))
    sees(second, home, as_user, group=("上湾组", "中屋组"))
    page = as_user(clerk).get(PATH).content.decode()
    assert "演示第二 " in page and page.count("不同") == 2 and "checked" not in page
    adopt_facts(visit=first, seen={"group": "上湾组"}, by=clerk, at=clock.now())
    page = as_user(clerk).get(PATH).content.decode()
    assert page.count('name="take"') == 1 and "册上已被改过" in page and "1 条" in page


def test_both_or_neither(helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser) -> None:
    visit = sees(helper, home, as_user, group=("上湾组", "石桥组"))
    ChangeReview.objects.create(visit=visit, by=clerk, at=AT, said="核实后没有变化")
    with pytest.raises(Refusal, match="已由别人处理"):
        adopt_facts(visit=visit, seen={"group": "上湾组"}, by=clerk, at=clock.now())
    home.refresh_from_db()
    assert home.group == "上湾组" and not Event.objects.filter(action="household.edit").exists()


def test_nothing_is_adopted_without_a_choice_a_right_or_a_household(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser, person: Person
) -> None:
    visit = sees(helper, home, as_user, group=("上湾组", "石桥组"))
    for seen in ({}, {"unsafe_house": "否"}):
        with pytest.raises(BadInput, match="请勾选要采纳的项目"):
            adopt_facts(visit=visit, seen=seen, by=clerk, at=clock.now())
    answer = as_user(clerk).post(PATH, {"visit": visit.uid, "adopt": "1"})
    assert answer.status_code == 422 and "请勾选要采纳的项目" in answer.content.decode()
    village = person("演示村干", "VILLAGE", home.area_id)
    with pytest.raises(NotYours):
        adopt_facts(visit=visit, seen={"group": "上湾组"}, by=village, at=clock.now())
    far = as_user(person("外乡专干", "TOWNSHIP_CLERK", DIANQIAN))
    data = {"visit": visit.uid, "adopt": "1", "take": ["group"], "seen_group": "上湾组"}
    assert far.post(PATH, data).status_code == 404
    today = clock.today()
    close_household(household_id=home.pk, why="MOVED", on=today, by=clerk, at=clock.now())
    page = as_user(clerk).get(PATH).content.decode()
    assert "已销户，册子不再改" in page and 'name="adopt"' not in page


def test_a_household_that_moved_away_is_the_other_township_s_to_change(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser
) -> None:
    visit = sees(helper, home, as_user, group=("上湾组", "石桥组"))
    Household.objects.filter(pk=home.pk).update(area=Area.objects.get(code="340828101200"))
    page = as_user(clerk).get(PATH).content.decode()
    assert "已迁到别处" in page and 'name="adopt"' not in page
    with pytest.raises(NotYours):
        adopt_facts(visit=visit, seen={"group": "上湾组"}, by=clerk, at=clock.now())


def test_one_and_three_rows_cost_the_same(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser
) -> None:
    client, counts = as_user(clerk), []
    for n in (1, 2):
        for k in range(n):
            other = household(f"演示{n}{k}", group="上湾组")
            helps(helper, other)
            sees(helper, other, as_user, group=("上湾组", "石桥组"), unsafe_house=(None, True))
        with CaptureQueriesContext(connection) as queries:
            client.get(PATH)
        counts.append(len(queries))
    assert counts[0] == counts[1], counts
