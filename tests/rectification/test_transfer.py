"""调动: one page, one day, everything or nothing; and no sequence leaves an orphan."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import transaction
from django.db.models import F
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    rule,
    run_state_machine_as_test,
)

from cadres.actions.absences import be_away
from cadres.actions.covering import add_work_post, begin_force, name_third, set_pair
from cadres.actions.forces import station
from cadres.actions.people import end_post, set_active
from cadres.actions.transfer import transfer
from cadres.models import (
    ABCover,
    ABPair,
    Area,
    Cadre,
    Event,
    Post,
    Stationing,
    TaskForce,
    Unit,
    WorkPost,
)
from households.actions.assignments import assign
from households.models import Assignment, Household
from rectification.actions.registering import Finding, register
from rectification.models import Item
from tests.cast import Cast, to_work
from tests.county import AT, COUNTY, QINGTIAN
from tests.households.builders import VILLAGE, helps, household
from yuexi.core import clock
from yuexi.core.refusals import NotYours, Refusal
from yuexi.core.registries import ownership

pytestmark = pytest.mark.django_db
TODAY = AT.date()
Person = Callable[..., Cadre]


class Town:
    """Four of a township's staff, of whom the first has one of each thing."""

    def __init__(self, person: Person, cast: Cast) -> None:
        self.organiser = person("演示组织", "ORGANISATION", COUNTY, "县委组织部")
        self.clerk = cast.clerk
        self.staff = [person(f"演示乡干{n}", "VILLAGE", QINGTIAN) for n in "甲乙丙丁"]
        first = self.staff[0]
        self.homes = [household(f"演示{n}") for n in "子丑"]
        for home in self.homes:
            helps(first, home)
        area = Area.objects.get(code=VILLAGE)
        finding = Finding(text="水管冻裂", category="饮水安全", area=area, source="INSPECTION", households=[self.homes[0]])  # fmt: skip
        item = register(finding=finding, by=cast.clerk, at=AT)
        to_work(item, cast)
        Item.objects.filter(pk=item.pk).update(person=first, unit=first.unit)
        assert first.unit is not None
        self.post = add_work_post(unit=first.unit, name="审核", kind="GENERAL", first=first, second=self.staff[1], start=TODAY, by=self.organiser, at=AT)  # fmt: skip
        self.force = begin_force(name="防汛专班", scope="防汛", leader=first, start=TODAY, document_no="9号", by=self.organiser, at=AT)  # fmt: skip
        station(cadre=first, area=area, kind="VILLAGE", start=TODAY - timedelta(days=9), document_no="", by=self.organiser, at=AT)  # fmt: skip

    def moves(self, giver: Cadre, taker: Cadre, unit: Unit | None = None, **but: Cadre) -> int:
        takers = {h.key: but.get(h.key.split(":")[0], taker) for h in ownership.held(giver.pk) if h.must}  # fmt: skip
        return transfer(cadre=giver, takers=takers, unit=unit, by=self.organiser, at=AT)


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: AT)


@pytest.fixture
def town(person: Person, cast: Cast) -> Town:
    return Town(person, cast)


def orphans() -> list[str]:
    """Everything that has no active person behind it."""
    found = [f"户 {h}" for h in Household.objects.exclude(assignments__in=Assignment.objects.filter(end=None, cadre__is_active=True))]  # fmt: skip
    found += [f"事项 {i.number}" for i in Item.objects.exclude(person__is_active=True)]
    for pair in ABPair.objects.filter(end=None).select_related("first", "second"):
        if not (pair.first.is_active and pair.second.is_active) or pair.first == pair.second:
            found.append("AB 岗")
    found += ["岗位" for post in WorkPost.objects.filter(end=None) if post.pairs.filter(end=None).count() != 1]  # fmt: skip
    found += [
        "顶岗"
        for c in ABCover.objects.filter(end__gt=TODAY).exclude(end=F("start"))
        if not c.third.is_active
    ]
    found += ["专班" for f in TaskForce.objects.filter(end=None) if not f.leader.is_active]
    if not Stationing.objects.filter(area_id=VILLAGE, end=None, cadre__is_active=True).exists():
        found.append("驻村")
    return found


def test_everything_goes_on_one_day_to_named_successors(town: Town) -> None:
    first, taker, other = town.staff[0], town.staff[2], town.staff[3]
    elsewhere = Unit.objects.get(name="县水利局")
    assert len(ownership.left_with(first.pk)) == 3
    town.moves(first, taker, elsewhere, item=other)
    assert ownership.left_with(first.pk) == [] and ownership.held(first.pk) == []
    assert set(Assignment.objects.filter(end=None).values_list("cadre", flat=True)) == {taker.pk}
    assert set(Assignment.objects.exclude(end=None).values_list("end", flat=True)) == {TODAY}
    assert Item.objects.get().person == other
    pair = town.post.pairs.get(end=None)
    assert (pair.first, pair.second, pair.start) == (taker, town.staff[1], TODAY)
    assert TaskForce.objects.get().leader == taker
    assert Stationing.objects.get(end=None).cadre == taker
    assert Post.objects.get(cadre=first).end == TODAY
    first.refresh_from_db()
    assert first.unit == elsewhere and first.is_active and orphans() == []
    assert Event.objects.get(action="transfer.do").actor == town.organiser


def test_one_orphan_and_nothing_moves(town: Town) -> None:
    first, taker = town.staff[0], town.staff[2]
    for h in ownership.held(first.pk):
        if not h.must:
            continue
        takers = {k.key: taker for k in ownership.held(first.pk) if k.must and k.key != h.key}
        with pytest.raises(Refusal, match="没有接手人") as refused:
            transfer(cadre=first, takers=takers, unit=None, by=town.organiser, at=AT)
        assert h.label in refused.value.message
    with pytest.raises(Refusal, match="两个人"):  # B takes A's place as well
        town.moves(first, taker, ab=town.staff[1])
    station(cadre=town.staff[3], area=Area.objects.get(code=QINGTIAN), kind="TOWNSHIP", start=TODAY, document_no="", by=town.organiser, at=AT)  # fmt: skip
    with pytest.raises(Refusal, match="已有进驻"):
        town.moves(first, taker, station=town.staff[3])
    assert set(Assignment.objects.values_list("cadre", "end")) == {(first.pk, None)}
    assert Item.objects.get().person == first and Post.objects.get(cadre=first).end is None
    with pytest.raises(NotYours):
        transfer(cadre=first, takers={}, unit=None, by=town.clerk, at=AT)
    with pytest.raises(NotYours, match="自己的调动"):
        transfer(cadre=town.organiser, takers={}, unit=None, by=town.organiser, at=AT)


def test_the_page_names_what_is_without_a_successor_and_no_household(
    town: Town, as_user: Callable[[Cadre], Client]
) -> None:
    first, taker = town.staff[0], town.staff[2]
    path, client = f"/cadres/{first.uid}/transfer/", as_user(town.organiser)
    shown = client.get(path).content.decode()
    assert "2 户包保" in shown and "1 件整改" in shown and "“审核”A 岗" in shown
    assert "演示子" not in shown and Item.objects.get().number not in shown
    refused = client.post(path, {"unit": "away"})
    assert refused.status_code == 422 and "还没有接手人" in refused.content.decode()
    unknown = client.post(path, {"unit": "away", "all": "查无此人"})
    assert unknown.status_code == 422 and "没有找到" in unknown.content.decode()
    assert client.post(path, {"all": taker.work_no}).status_code == 422
    assert as_user(town.clerk).get(path).status_code == 403
    done = client.post(path, {"unit": "away", "all": taker.work_no})
    assert done.status_code == 302 and orphans() == []
    assert not Cadre.objects.get(pk=first.pk).is_active


def test_a_third_is_handed_on_and_both_away_still_holds(town: Town) -> None:
    first, second, third, fourth = town.staff
    pair, week = town.post.pairs.get(), TODAY + timedelta(days=7)
    name_third(pair=pair, third=third, start=week, until=week, by=town.organiser, at=AT)
    for who in (first, second):
        be_away(cadre=who, deputy=town.clerk, start=week, until=week, by=who, at=AT)
    town.moves(third, fourth)
    assert ABCover.objects.get(end__gt=week).third == fourth and orphans() == []
    with pytest.raises(Refusal, match="顶岗人"):  # nobody would be left
        be_away(cadre=fourth, deputy=town.clerk, start=week, until=week, by=fourth, at=AT)


STAFF = st.integers(0, 3)


class Machine(RuleBasedStateMachine):
    person: Person
    cast: Cast

    def __init__(self) -> None:
        super().__init__()
        self.inside = transaction.atomic()
        self.inside.__enter__()
        self.town = Town(Machine.person, Machine.cast)

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.inside.__exit__(None, None, None)

    def tries(self, verb: Callable[..., Any], **given: Any) -> None:
        try:
            with transaction.atomic():
                verb(**given, at=AT)
        except Refusal as refusal:
            assert refusal.message

    def one(self, n: int) -> Cadre:
        return Cadre.objects.select_related("unit__area").get(pk=self.town.staff[n].pk)

    @rule(giver=STAFF, takers=st.lists(STAFF, min_size=12, max_size=12), gone=st.booleans(), named=st.sampled_from([12, 12, 2]))  # fmt: skip
    def moves(self, giver: int, takers: list[int], gone: bool, named: int) -> None:
        held = ownership.held(self.one(giver).pk)
        chosen = {h.key: self.one(n) for h, n in list(zip(held, takers, strict=False))[:named]}
        unit = None if gone else Unit.objects.get(name="县水利局")
        self.tries(transfer, cadre=self.one(giver), takers=chosen, unit=unit, by=self.town.organiser)  # fmt: skip

    @rule(who=STAFF)
    def stops(self, who: int) -> None:
        self.tries(set_active, cadre_id=self.one(who).pk, active=False, by=self.town.organiser)

    @rule(who=STAFF)
    def comes_back(self, who: int) -> None:
        self.tries(set_active, cadre_id=self.one(who).pk, active=True, by=self.town.organiser)

    @rule(who=STAFF)
    def ends(self, who: int) -> None:
        for post in Post.objects.filter(cadre=self.one(who), end=None):
            self.tries(end_post, post_id=post.pk, end=TODAY, by=self.town.organiser)

    @rule(who=STAFF, deputy=STAFF, ahead=st.integers(0, 9), days=st.integers(0, 6))
    def leaves(self, who: int, deputy: int, ahead: int, days: int) -> None:
        start = TODAY + timedelta(days=ahead)
        self.tries(be_away, cadre=self.one(who), deputy=self.one(deputy), start=start, until=start + timedelta(days=days), by=self.town.organiser)  # fmt: skip

    @rule(first=STAFF, second=STAFF)
    def repairs(self, first: int, second: int) -> None:
        self.tries(set_pair, post=self.town.post, first=self.one(first), second=self.one(second), start=TODAY, by=self.town.organiser)  # fmt: skip

    @rule(third=STAFF, ahead=st.integers(0, 9))
    def covers(self, third: int, ahead: int) -> None:
        pair = self.town.post.pairs.select_related("post__unit__area").get(end=None)
        start = TODAY + timedelta(days=ahead)
        self.tries(name_third, pair=pair, third=self.one(third), start=start, until=start + timedelta(days=4), by=self.town.organiser)  # fmt: skip

    @rule(who=STAFF)
    def assigns(self, who: int) -> None:
        ids = [home.pk for home in self.town.homes]
        self.tries(assign, household_ids=ids, cadre=self.one(who), rank="MAIN", start=TODAY, by=self.town.clerk)  # fmt: skip

    @invariant()
    def nothing_is_an_orphan(self) -> None:
        assert orphans() == []


def test_no_sequence_of_transfers_leaves_and_ends_leaves_an_orphan(
    person: Person, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Machine, "person", staticmethod(person), raising=False)
    monkeypatch.setattr(Machine, "cast", cast, raising=False)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Machine,
        settings=settings(max_examples=25, stateful_step_count=20, derandomize=True, deadline=None, database=None,
                          suppress_health_check=list(HealthCheck)),
    )  # fmt: skip
