"""移交 by the pages: from the refusal to the end of the post."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date

import pytest
from django.test import Client

from cadres.models import Cadre, Event, Post
from households.models import Assignment
from tests.county import DIANQIAN, QINGTIAN
from tests.households.builders import helps, household
from yuexi.core import clock

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db


def test_the_refusal_leads_to_the_hand_over_and_then_the_post_ends(
    helper: Cadre, clerk: Cadre, person: Person, as_user: AsUser
) -> None:
    admin, taker = person("演示管", "SYSTEM_ADMIN"), person("演示接手", "HELPER", QINGTIAN)
    homes = [household(f"演示{n}") for n in "甲乙丙"]
    for home in homes:
        helps(helper, home, rank="SECOND" if home == homes[2] else "MAIN")
    path = f"/cadres/{helper.uid}/hand-over/"
    post = Post.objects.get(cadre=helper)
    for refused in (
        as_user(admin).post(f"/posts/{post.pk}/end/"),
        as_user(admin).post(f"/cadres/{helper.uid}/active/", {"active": "0"}),
    ):
        assert refused.status_code == 409 and f'href="{path}"' in refused.content.decode()
    for user in (admin, clerk):
        assert f'href="{path}"' in as_user(user).get(f"/cadres/{helper.uid}/").content.decode()
    told = as_user(admin).get(path).content.decode()
    assert "青天乡还有 3 户" in told and "演示专干" in told and "演示甲" not in told
    client = as_user(clerk)
    shown = client.get(path).content.decode()
    assert shown.count("checked") == 3
    day = f"{clock.today():%Y-%m-%d}"
    form = {"household": [str(homes[0].uid)], "taker": taker.pk, "start": day}
    assert client.post(path, {**form, "household": []}).status_code == 422
    assert client.post(path, form).status_code == 302
    assert Assignment.objects.get(end=None, household=homes[0]).cadre == taker
    rest = [str(home.uid) for home in homes[1:]]
    assert client.post(path, {**form, "household": rest}).status_code == 302
    assert "已没有要移交的" in client.get(path).content.decode()
    ranks = Assignment.objects.filter(cadre=taker, end=None).values_list("rank", flat=True)
    assert sorted(ranks) == ["MAIN", "MAIN", "SECOND"]
    assert Event.objects.filter(action="assignment.start", actor=clerk).count() == 3
    assert as_user(admin).post(f"/posts/{post.pk}/end/").status_code == 302
    gone = as_user(admin).post(f"/cadres/{helper.uid}/active/", {"active": "0"})
    assert gone.status_code == 302 and not Cadre.objects.get(pk=helper.pk).is_active


def test_each_township_hands_over_its_own(
    helper: Cadre, clerk: Cadre, person: Person, as_user: AsUser
) -> None:
    there = person("演示邻干", "TOWNSHIP_CLERK", DIANQIAN)
    taker = person("演示接手", "HELPER", QINGTIAN)
    own, far = household("演示近"), household("演示远", "340828101200")
    helps(helper, own)
    helps(helper, far)
    path = f"/cadres/{helper.uid}/hand-over/"
    form = {"household": [str(own.uid), str(far.uid)], "taker": taker.pk, "start": "2026-11-01"}
    assert "演示远" not in as_user(clerk).get(path).content.decode()
    assert as_user(clerk).post(path, form).status_code == 422
    assert Assignment.objects.filter(cadre=helper, end=None).count() == 2
    assert "演示远" in as_user(there).get(path).content.decode()
    assert as_user(person("演示同乡", "VILLAGE", QINGTIAN)).get(path).status_code == 404
    assert as_user(person("演示书记", "TOWNSHIP_HEAD", QINGTIAN)).get(path).status_code == 403


def test_who_already_helps_a_household_is_named(
    helper: Cadre, clerk: Cadre, person: Person, as_user: AsUser
) -> None:
    taker = person("演示接手", "HELPER", QINGTIAN)
    both, one = household("演示两"), household("演示一")
    helps(helper, both)
    helps(taker, both, rank="SECOND")
    helps(helper, one)
    form = {"household": [str(both.uid), str(one.uid)], "taker": taker.pk, "start": "2026-11-01"}
    said = as_user(clerk).post(f"/cadres/{helper.uid}/hand-over/", form)
    assert said.status_code == 422 and "已是演示两户的帮扶人" in said.content.decode()
    assert not Assignment.objects.filter(end=date(2026, 11, 1)).exists()


def test_who_was_replaced_on_his_first_day_is_told_so(
    helper: Cadre, clerk: Cadre, person: Person, as_user: AsUser
) -> None:
    home, taker = household("演示陈"), person("演示接手", "HELPER", QINGTIAN)
    for cadre, start, end in (
        (helper, date(2026, 1, 1), date(2026, 6, 10)),
        (clerk, date(2026, 6, 10), date(2026, 6, 10)),
        (taker, date(2026, 6, 10), None),
    ):
        Assignment.objects.create(household=home, cadre=cadre, rank="MAIN", start=start, end=end)
    page = as_user(clerk).get(f"/households/{home.uid}/").content.decode()
    assert "1月1日起，6月9日止" in page and "6月10日指派，当天另派他人" in page
    assert "6月10日起，6月10日止" not in page
