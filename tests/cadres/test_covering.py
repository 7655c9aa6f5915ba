"""AB 岗, 包村, 驻村, 专班: posts and villages that are always covered."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.actions.absences import approve_leave, be_away
from cadres.actions.covering import (
    add_work_post,
    begin_force,
    end_force,
    end_work_post,
    hand_over_post,
    join_force,
    name_third,
    pair_village,
    receive_post,
    set_pair,
)
from cadres.actions.forces import set_profile, station
from cadres.covering import Stay, empty_days, select_posts, select_villages, stays, uncovered
from cadres.models import (
    ABCover,
    ABNote,
    ABPair,
    Absence,
    Area,
    Cadre,
    HalfDay,
    KindExclusion,
    Notice,
    TaskForce,
    TaskForceMember,
    Unit,
    UnitVillage,
    WorkPost,
)
from cadres.ratios import heads
from cadres.reminders import Sweep, sweep_one
from tests.county import AT, COUNTY, QINGTIAN
from tests.households.builders import VILLAGE
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
TODAY = AT.date()
Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]


def day(n: int) -> date:
    return TODAY + timedelta(days=n)


def monday() -> date:
    """Of the week after next, far from any holiday of the test county's November."""
    return TODAY + timedelta(days=14 - TODAY.weekday())


@pytest.fixture(autouse=True)
def now(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(clock, "now", lambda: AT)
    yield


@pytest.fixture
def organiser(person: Person) -> Cadre:
    return person("演示组织", "ORGANISATION", COUNTY, "县委组织部")


@pytest.fixture
def team(person: Person) -> list[Cadre]:
    return [person(f"演示水利{n}", "HELPER", COUNTY, "县水利局") for n in "甲乙丙丁"]


@pytest.fixture
def post(team: list[Cadre], organiser: Cadre) -> WorkPost:
    return a_post(team, organiser)


def a_post(team: list[Cadre], by: Cadre, name: str = "项目审核", kind: str = "GENERAL", first: int = 0, second: int = 1) -> WorkPost:  # fmt: skip
    unit = team[0].unit
    assert unit is not None
    return add_work_post(unit=unit, name=name, kind=kind, first=team[first], second=team[second], start=TODAY, by=by, at=AT)  # fmt: skip


def leaves(who: Cadre, deputy: Cadre, start: date, until: date, kind: str = "TRIP") -> Absence:
    return be_away(cadre=who, deputy=deputy, start=start, until=until, kind=kind, by=who, at=AT)


def row(who: Cadre, deputy: Cadre, start: date, end: date) -> Absence:
    return Absence.objects.create(cadre=who, deputy=deputy, start=start, end=end, by=who, at=AT)


def test_both_away_without_a_third_is_refused_and_a_third_opens_the_way(
    team: list[Cadre], organiser: Cadre, post: WorkPost
) -> None:
    start = monday()
    leaves(team[0], team[2], start, start + timedelta(days=1))
    with pytest.raises(Refusal, match=r"项目审核.*顶岗") as refused:
        leaves(team[1], team[2], start + timedelta(days=1), start + timedelta(days=3))
    assert refused.value.field == "start" and Absence.objects.count() == 1
    pair = post.pairs.get()
    name_third(pair=pair, third=team[3], start=start, until=start + timedelta(days=1), by=team[1], at=AT)  # fmt: skip
    leaves(team[1], team[2], start + timedelta(days=1), start + timedelta(days=3))
    assert uncovered([pair.pk], TODAY, day(40)) == {}
    with pytest.raises(Refusal, match="顶岗"):  # the third cannot leave then either
        leaves(team[3], team[2], start + timedelta(days=1), start + timedelta(days=1))


def test_days_off_need_nobody(team: list[Cadre], post: WorkPost) -> None:
    saturday = monday() + timedelta(days=5)
    leaves(team[0], team[2], saturday, saturday + timedelta(days=1))
    leaves(team[1], team[2], saturday, saturday + timedelta(days=1))


def test_the_database_refuses_both_away_by_itself(
    team: list[Cadre], organiser: Cadre, post: WorkPost
) -> None:
    start, end = monday(), monday() + timedelta(days=2)
    pair = post.pairs.get()
    row(team[0], team[2], start, end)
    with pytest.raises(IntegrityError, match="ab_both_away"), transaction.atomic():
        row(team[1], team[2], start, end)
    cover = ABCover.objects.create(pair=pair, third=team[3], start=start, end=end, by=organiser, at=AT)  # fmt: skip
    row(team[1], team[2], start, end)
    with pytest.raises(IntegrityError, match="ab_both_away"), transaction.atomic():
        ABCover.objects.filter(pk=cover.pk).update(end=start)
    with pytest.raises(IntegrityError, match="ab_third"), transaction.atomic():
        ABCover.objects.create(pair=pair, third=team[0], start=day(30), end=day(31), by=organiser, at=AT)  # fmt: skip
    other = WorkPost.objects.create(unit=post.unit, name="信访接待", start=TODAY, by=organiser, at=AT)  # fmt: skip
    with pytest.raises(IntegrityError, match="ab_both_away"), transaction.atomic():
        ABPair.objects.create(post=other, first=team[0], second=team[1], start=TODAY, by=organiser, at=AT)  # fmt: skip


@pytest.mark.parametrize(
    ("constraint", "made"),
    [
        ("ab_pair_two_persons", lambda t, o, p: ABPair(post=p, first=t[2], second=t[2], start=TODAY)),
        ("ab_pair_one_at_a_time", lambda t, o, p: ABPair(post=p, first=t[2], second=t[3], start=day(5))),
        ("ab_pair_period", lambda t, o, p: ABPair(post=p, first=t[2], second=t[3], start=day(-5), end=day(-6))),
        ("ab_cover_period", lambda t, o, p: ABCover(pair=p.pairs.get(), third=t[2], start=TODAY)),
        ("work_post_once", lambda t, o, p: WorkPost(unit=p.unit, name=p.name, start=day(1))),
        ("work_post_named", lambda t, o, p: WorkPost(unit=p.unit, name="", start=day(1))),
        ("work_post_kind_known", lambda t, o, p: WorkPost(unit=p.unit, name="别的", kind="X", start=day(1))),
        ("unit_village_kind", lambda t, o, p: UnitVillage(unit=p.unit, area_id=QINGTIAN, start=TODAY)),
        ("unit_village_period", lambda t, o, p: UnitVillage(unit=p.unit, area_id=VILLAGE, start=TODAY, end=day(-1))),
        ("task_force_says", lambda t, o, p: TaskForce(name="专班", scope="", leader=o, document_no="1", start=TODAY)),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused_by_the_database(
    constraint: str, made: Any, team: list[Cadre], organiser: Cadre, post: WorkPost
) -> None:
    one = made(team, organiser, post)
    one.by, one.at = organiser, AT
    with pytest.raises(IntegrityError, match=constraint), transaction.atomic():
        one.save(force_insert=True)


@pytest.mark.parametrize(
    "model", ["workpost", "abpair", "abcover", "unitvillage", "taskforce", "taskforcemember"]
)
def test_what_was_entered_stays_and_its_end_only_comes_nearer(
    model: str, team: list[Cadre], organiser: Cadre, post: WorkPost
) -> None:
    pair = post.pairs.get()
    force = begin_force(name="防汛专班", scope="防汛", leader=team[0], start=TODAY, document_no="岳办〔2026〕9号", by=organiser, at=AT)  # fmt: skip
    unit = post.unit
    rows = {
        "workpost": post, "abpair": pair, "taskforce": force,
        "abcover": name_third(pair=pair, third=team[2], start=TODAY, until=day(3), by=organiser, at=AT),
        "unitvillage": pair_village(unit=unit, area=Area.objects.get(code=VILLAGE), start=TODAY, document_no="", by=organiser, at=AT),
        "taskforcemember": join_force(force=force, cadre=team[3], start=TODAY, by=organiser, at=AT),
    }  # fmt: skip
    one: Any = rows[model]
    mine = type(one).objects.filter(pk=one.pk)
    with pytest.raises(IntegrityError, match=f"{model}_kept"), transaction.atomic():
        mine.update(start=day(-1))
    mine.update(end=day(1))
    with pytest.raises(IntegrityError, match=f"{model}_kept"), transaction.atomic():
        mine.update(end=day(2))


def test_nobody_holds_two_posts_that_the_law_keeps_apart(
    team: list[Cadre], organiser: Cadre
) -> None:
    a_post(team, organiser, "出纳", "CASHIER", 0, 1)
    for first, second in ((0, 2), (2, 0), (2, 1)):
        with pytest.raises(Refusal, match="不得兼任"):
            a_post(team, organiser, "记账", "ACCOUNTS", first, second)
    accounts = a_post(team, organiser, "记账", "ACCOUNTS", 2, 3)
    with pytest.raises(Refusal, match="不得兼任"):
        name_third(pair=accounts.pairs.get(), third=team[0], start=TODAY, until=day(1), by=organiser, at=AT)  # fmt: skip
    with pytest.raises(IntegrityError, match="kind_exclusion_of_two"), transaction.atomic():
        KindExclusion.objects.create(kind="CASHIER", other="CASHIER", basis="—")
    with pytest.raises(IntegrityError, match="kind_exclusion_once"), transaction.atomic():
        KindExclusion.objects.create(kind="CASHIER", other="AUDIT", basis="—")


def test_a_new_pair_ends_the_old_one_on_its_day_and_strangers_say_nothing(
    team: list[Cadre], organiser: Cadre, person: Person, post: WorkPost
) -> None:
    set_pair(post=post, first=team[2], second=team[3], start=day(3), by=organiser, at=AT)
    assert list(post.pairs.order_by("start").values_list("end", flat=True)) == [day(3), None]
    stranger = person("演示外人", "HELPER", COUNTY, "县住建局")
    with pytest.raises(BadInput, match="水利局"):
        set_pair(post=post, first=team[0], second=stranger, start=day(4), by=organiser, at=AT)
    with pytest.raises(NotYours):
        set_pair(post=post, first=team[0], second=team[1], start=day(4), by=team[0], at=AT)
    end_work_post(post_id=post.pk, end=day(9), by=organiser, at=AT)
    assert post.pairs.get(first=team[2]).end == day(9)
    with pytest.raises(BadInput, match="不设"):
        set_pair(post=post, first=team[0], second=team[1], start=day(10), by=organiser, at=AT)


def test_what_is_in_hand_is_said_before_leaving_and_received_once(
    team: list[Cadre], post: WorkPost
) -> None:
    absence = leaves(team[0], team[2], monday(), monday())
    pair = post.pairs.get()
    with pytest.raises(NotYours):
        hand_over_post(pair=pair, absence=absence, text="x", by=team[1], at=AT)
    note = hand_over_post(pair=pair, absence=absence, text="两件项目待审", by=team[0], at=AT)
    assert note.taker == team[1]
    with pytest.raises(Refusal, match="已经填过"):
        hand_over_post(pair=pair, absence=absence, text="再填", by=team[0], at=AT)
    with pytest.raises(NotYours):
        receive_post(note_id=note.pk, by=team[2], at=AT)
    receive_post(note_id=note.pk, by=team[1], at=AT)
    with pytest.raises(IntegrityError, match="ab_note_kept"), transaction.atomic():
        ABNote.objects.filter(pk=note.pk).update(text="改")
    with pytest.raises(IntegrityError, match="ab_note_says"), transaction.atomic():
        ABNote.objects.create(pair=pair, absence=leaves(team[0], team[2], day(60), day(60)), giver=team[0], taker=team[0], text="x", at=AT)  # fmt: skip


def test_a_window_ahead_is_told_to_both_once(
    team: list[Cadre], organiser: Cadre, post: WorkPost
) -> None:
    """Both stationed in a village: nothing is refused, and it is told (A-18)."""
    for cadre in team[:2]:
        station(cadre=cadre, area=Area.objects.get(code=VILLAGE), kind="VILLAGE", start=TODAY, document_no="", by=organiser, at=AT)  # fmt: skip
    for expected in (2, 0):
        assert sweep_one(Sweep("workpost", select_posts), today=TODAY, at=AT) == expected
    told = Notice.objects.filter(rule="ab_uncovered")
    assert set(told.values_list("recipient", flat=True)) == {team[0].pk, team[1].pk}


def test_a_village_is_never_without_a_team_member_on_a_working_day(
    team: list[Cadre], organiser: Cadre, person: Person
) -> None:
    head = person("演示书记", "TOWNSHIP_HEAD", QINGTIAN)
    area = Area.objects.get(code=VILLAGE)
    assert empty_days([VILLAGE], TODAY, day(30)) == {}  # no team is another matter
    for cadre in team[:2]:
        station(cadre=cadre, area=area, kind="VILLAGE", start=day(-9), document_no="", by=organiser, at=AT)  # fmt: skip
    start = monday()
    leaves(team[0], team[2], start, start + timedelta(days=6))
    assert empty_days([VILLAGE], TODAY, day(30)) == {}
    leaves(team[1], team[3], start + timedelta(days=4), start + timedelta(days=7))
    (window,) = empty_days([VILLAGE], TODAY, day(30))[VILLAGE]
    assert (window.first, window.last) == (start + timedelta(days=4),) * 2
    assert sweep_one(Sweep("area", select_villages), today=start, at=AT) == 1
    assert Notice.objects.get(rule="village_empty").recipient == head


@pytest.mark.parametrize(
    ("days", "leave", "there", "working", "required", "reached"),
    [(22, 0, 40, 22, 20, True), (22, 0, 39, 22, 20, False), (22, 5, 32, 22, 16, True), (22, 22, 0, 22, 0, None), (0, 0, 0, 0, 0, None), (11, 0, 19, 22, 10, False)],
)  # fmt: skip
def test_twenty_days_a_month_pro_rata_rounded_up(
    days: int, leave: int, there: int, working: int, required: int, reached: bool | None
) -> None:
    stay = Stay(1, VILLAGE, days, leave, there)
    assert (stay.required(20, working), stay.reached(20, working)) == (required, reached)


def test_days_in_the_village_come_from_half_days(team: list[Cadre], organiser: Cadre) -> None:
    station(cadre=team[0], area=Area.objects.get(code=VILLAGE), kind="VILLAGE", start=date(2026, 1, 1), document_no="", by=organiser, at=AT)  # fmt: skip
    start, end = TODAY.replace(day=1), TODAY.replace(day=1) + timedelta(days=29)
    for slot, category, place in (("AM", "VILLAGE", VILLAGE), ("PM", "HOME", VILLAGE)):
        HalfDay.objects.create(cadre=team[0], day=start, slot=slot, category=category, place=place, source="visit", source_id=1)  # fmt: skip
    HalfDay.objects.create(cadre=team[0], day=start + timedelta(days=1), slot="AM", category="HOME", place=COUNTY, source="visit", source_id=1)  # fmt: skip
    leave = leaves(team[0], team[1], TODAY, TODAY, "LEAVE")
    (stay,) = stays([team[0].pk], start, end)
    assert (stay.there, stay.leave) == (2, 0)  # what is not approved is no leave
    approve_leave(absence_id=leave.pk, by=organiser, at=AT)
    assert stays([team[0].pk], start, end)[0].leave == 1


def test_a_task_force_s_member_is_not_counted_as_stationed(
    team: list[Cadre], organiser: Cadre
) -> None:
    unit = team[0].unit_id or 0
    station(cadre=team[0], area=Area.objects.get(code=VILLAGE), kind="VILLAGE", start=day(-9), document_no="", by=organiser, at=AT)  # fmt: skip
    assert sum(h.stationed for h in heads([unit], TODAY)) == 1
    force = begin_force(name="防汛专班", scope="防汛", leader=team[1], start=TODAY, document_no="岳办〔2026〕9号", by=organiser, at=AT)  # fmt: skip
    join_force(force=force, cadre=team[0], start=TODAY, by=organiser, at=AT)
    assert sum(h.stationed for h in heads([unit], TODAY)) == 0
    assert sum(h.stationed for h in heads([unit], day(-1))) == 1
    with pytest.raises(Refusal, match="已是"):
        join_force(force=force, cadre=team[0], start=day(2), by=organiser, at=AT)
    with pytest.raises(NotYours):
        join_force(force=force, cadre=team[2], start=TODAY, by=team[1], at=AT)
    end_force(pk=force.pk, end=day(5), by=organiser, at=AT)
    assert TaskForceMember.objects.get().end == day(5)


def test_the_pages_are_open_to_who_has_part_and_cost_the_same(
    team: list[Cadre], organiser: Cadre, person: Person, as_user: AsUser, post: WorkPost
) -> None:
    mine, theirs = as_user(organiser), as_user(team[0])
    pages = ("/forces/ab/", "/forces/villages/", "/forces/stays/", "/forces/taskforces/")
    counts = []
    for more in (0, 2):
        for n in range(more):
            a_post(team, organiser, f"岗位{n}", first=2, second=3)
            begin_force(name=f"专班{n}", scope="防汛", leader=team[1], start=TODAY, document_no="9号", by=organiser, at=AT)  # fmt: skip
            station(cadre=team[n], area=Area.objects.get(code=VILLAGE), kind="VILLAGE", start=TODAY, document_no="", by=organiser, at=AT)  # fmt: skip
        count = []
        for path in pages:
            mine.get(path)
            with CaptureQueriesContext(connection) as queries:  # fmt: skip
                assert mine.get(path).status_code == 200
            count.append(len(queries))
        counts.append(count)
    assert all(after <= before + 2 for before, after in zip(*counts, strict=True)), counts
    page = theirs.get("/forces/ab/").content.decode()
    assert "项目审核" in page and "岗位0" not in page and "设立岗位" not in page
    assert theirs.get(f"/forces/ab/{post.pk}/").status_code == 200
    assert theirs.get(f"/forces/ab/{WorkPost.objects.get(name='岗位0').pk}/").status_code == 404
    assert theirs.get("/forces/villages/").status_code == 403
    unit = Unit.objects.get(name="县水利局")
    bare = mine.get("/forces/ab/").context["bare"]
    assert unit not in bare and organiser.unit in bare
    assert organiser.unit is not None
    other = person("演示组织二", "ORGANISATION", COUNTY, "县纪委")
    set_profile(unit=organiser.unit, profile="EXCEPTION", start=TODAY, document_no="9号", by=other, at=AT)  # fmt: skip
    assert organiser.unit not in mine.get("/forces/ab/").context["bare"]


def test_a_form_refused_keeps_what_was_typed(
    team: list[Cadre], organiser: Cadre, as_user: AsUser, post: WorkPost
) -> None:
    mine = as_user(organiser)
    said = {"verb": "pair", "first": team[2].pk, "second": team[2].pk, "start": str(TODAY)}
    refused = mine.post(f"/forces/ab/{post.pk}/do/", said)
    assert refused.status_code == 422 and "要是两个人" in refused.content.decode()
    assert mine.post(f"/forces/ab/{post.pk}/do/", {**said, "second": team[3].pk}).status_code == 302
    assert mine.post(f"/forces/ab/{post.pk}/do/", {"verb": "receive", "note": "٣"}).status_code == 404  # fmt: skip
    data = {"unit": post.unit_id, "area": Area.objects.get(code=VILLAGE).pk, "start": str(TODAY)}
    assert mine.post("/forces/villages/", data).status_code == 302
    assert mine.post("/forces/villages/", data).status_code == 422
    page = mine.get("/forces/villages/").content.decode()
    assert "1／" in page and "县水利局" in page
    pk = UnitVillage.objects.get().pk
    assert mine.post(f"/forces/villages/{pk}/end/", {"end": str(day(1))}).status_code == 302
