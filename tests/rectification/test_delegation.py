"""授权: lent in writing, for a time, by a head, to one of his own; and never a way round."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from cadres.actions.delegations import end_delegation, give_delegation
from cadres.actions.people import end_post, reset_password
from cadres.calendar import nth_working_day
from cadres.models import Area, Cadre, Delegation, Event, Notice, Post, Unit
from cadres.scope import scope_of
from cadres.templatetags.county import cn_day
from rectification import reminders
from rectification.actions.registering import Finding, register
from rectification.models import Check, Item
from rectification.querysets import items_visible_to, waiting_for
from tests.cast import Cast, fresh, passes, to_check
from tests.county import AT, COUNTY, DIANQIAN, QINGTIAN
from tests.households.builders import VILLAGE
from yuexi.core import clock
from yuexi.core.refusals import NotYours, Refusal

pytestmark = pytest.mark.django_db
Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
TODAY = AT.date()


@pytest.fixture(autouse=True)
def the_day(settings: Any) -> None:
    """Pages and scope ask the clock: let it say AT."""
    settings.CLOCK_OFFSET_S += int((AT - clock.now()).total_seconds())


@pytest.fixture
def deputy(cast: Cast, person: Person) -> Cadre:
    return person("演示副职", "HELPER", QINGTIAN)


def lend(cast: Cast, deputy: Cadre, days: int = 10, **changes: Any) -> Delegation:
    given = {"receiver": deputy, "start": TODAY, "until": TODAY + timedelta(days=days),
             "reason": "外出学习期间代办自查", "by": cast.head, "at": AT}  # fmt: skip
    return give_delegation(**{**given, **changes})


def anew(cadre: Cadre) -> Cadre:
    """As the next request loads him."""
    return Cadre.objects.get(pk=cadre.pk)


def test_a_delegate_checks_as_the_head_and_the_record_says_for_whom(
    item: Item, cast: Cast, deputy: Cadre, as_user: AsUser
) -> None:
    to_check(item, cast)
    page = f"/items/{item.uid}/"
    assert as_user(deputy).get(page).status_code == 404
    made = lend(cast, deputy)
    client = as_user(deputy)
    assert "1 件待乡镇自查" in client.get("/").content.decode()
    assert "受演示书记授权办理自查，到 12月3日为止" in client.get("/").content.decode()
    assert "您受<b>演示书记</b>授权" in client.get(page).content.decode()
    client.get(f"{page}evidence/{item.evidence.get().pk}/")
    client.post(f"{page}pass/", {"opinion": "已看现场", "step": "SELF_CHECK"})
    check = Check.objects.get()
    assert (check.by, check.delegation, fresh(item).status) == (deputy, made, "VERIFY")
    assert "演示副职（受演示书记授权）" in client.get(page).content.decode()
    assert Event.objects.get(action="item.pass").after["for"] == "演示书记"
    assert Event.objects.get(action="delegation.give").after["until"] == "2026-12-03"


def test_the_heads_own_check_names_no_delegation(item: Item, cast: Cast, deputy: Cadre) -> None:
    to_check(item, cast)
    lend(cast, deputy)
    passes(item, cast.head, "SELF_CHECK")
    assert Check.objects.get().delegation is None


def test_the_page_gives_and_takes_back(cast: Cast, deputy: Cadre, as_user: AsUser) -> None:
    client = as_user(cast.head)
    today = clock.today()
    form = {"receiver": deputy.pk, "start": today, "until": today, "reason": "会议纪要第8号"}
    assert "自查授权" in client.get("/items/").content.decode()
    short = client.post("/delegations/", {**form, "reason": "好"})
    assert short.status_code == 422 and "至少 4 个字" in short.content.decode()
    assert client.post("/delegations/", form).status_code == 302
    page = client.get("/delegations/").content.decode()
    assert "演示副职" in page and "生效中" in page and f"{cn_day(today)} · 演示书记授权" in page
    made = Delegation.objects.get()
    client.post(f"/delegations/{made.pk}/end/")
    made.refresh_from_db()
    assert (made.end, made.ended_by) == (today, cast.head)
    assert "已提前结束" in client.get("/delegations/").content.decode()
    again = client.post(f"/delegations/{made.pk}/end/")
    assert again.status_code == 409 and "已经结束" in again.content.decode()
    assert Event.objects.get(action="delegation.end").after["why"] == "收回"


def test_who_may_lend_and_end(cast: Cast, deputy: Cadre, person: Person, as_user: AsUser) -> None:
    made = lend(cast, deputy)
    for stranger in (cast.clerk, cast.accepter, deputy):
        with pytest.raises(NotYours):
            lend(cast, cast.village, by=anew(stranger))
        assert as_user(stranger).get("/delegations/").status_code == 403
    elsewhere = person("外乡书记", "TOWNSHIP_HEAD", DIANQIAN)
    assert as_user(elsewhere).post(f"/delegations/{made.pk}/end/").status_code == 404
    with pytest.raises(NotYours):
        end_delegation(delegation_id=made.pk, by=elsewhere, at=AT)
    assert not scope_of(anew(deputy)).has("item.delegate")
    other = person("演示镇长", "TOWNSHIP_HEAD", QINGTIAN)
    end_delegation(delegation_id=made.pk, by=other, at=AT)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"start": TODAY - timedelta(days=1)}, "不能补办"),
        ({"until": TODAY - timedelta(days=1)}, "不能早于开始"),
        ({"until": TODAY + timedelta(days=366)}, "最长一年"),
        ({"reason": "好"}, "至少 4 个字"),
    ],
)
def test_what_cannot_be_lent(cast: Cast, deputy: Cadre, changes: dict[str, Any], said: str) -> None:
    with pytest.raises(Refusal, match=said):
        lend(cast, deputy, **changes)


def test_only_to_ones_own_and_to_no_head(cast: Cast, person: Person) -> None:
    with pytest.raises(Refusal, match="不能授权给自己"):
        lend(cast, cast.head)
    with pytest.raises(Refusal, match="只能授权给本乡镇的干部"):
        lend(cast, person("演示外乡", "HELPER", DIANQIAN))
    with pytest.raises(Refusal, match="本来就能办"):
        lend(cast, person("演示镇长", "TOWNSHIP_HEAD", QINGTIAN))
    gone = person("演示停用", "HELPER", QINGTIAN)
    Cadre.objects.filter(pk=gone.pk).update(is_active=False)
    with pytest.raises(Refusal, match="账号已停用"):
        lend(cast, anew(gone))
    assert lend(cast, cast.village)  # a village of the township is in it


def raw_delegation(cursor: Any, cast: Cast, deputy: Cadre, **changes: Any) -> None:
    post = Post.objects.get(cadre=cast.head)
    row = {"area_id": post.area_id, "post_id": post.pk, "giver_id": cast.head.pk, "receiver_id": deputy.pk,
           "start": TODAY, "end": TODAY + timedelta(days=9), "reason": "代办自查", "given_at": AT}  # fmt: skip
    row |= changes
    names = ", ".join(f'"{n}"' for n in row)
    marks = ", ".join(["%s"] * len(row))
    cursor.execute(f"INSERT INTO cadres_delegation ({names}) VALUES ({marks})", [*row.values()])


def test_overlap_is_refused_by_action_and_by_raw_sql(cast: Cast, deputy: Cadre) -> None:
    lend(cast, deputy)
    with pytest.raises(Refusal, match="已有本乡镇的授权"):
        lend(cast, deputy, start=TODAY + timedelta(days=10), until=TODAY + timedelta(days=12))
    with pytest.raises(IntegrityError, match="delegation_one_at_a_time"), transaction.atomic():
        raw_delegation(connection.cursor(), cast, deputy)
    lend(cast, deputy, start=TODAY + timedelta(days=11), until=TODAY + timedelta(days=12))


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"end": TODAY}, "delegation_period"),
        ({"reason": ""}, "delegation_has_reason"),
        ({"ended_at": AT}, "delegation_ended_by_somebody"),
    ],
)
def test_the_database_refuses_an_impossible_row(
    cast: Cast, deputy: Cadre, changes: dict[str, Any], said: str
) -> None:
    with pytest.raises(IntegrityError, match=said):
        raw_delegation(connection.cursor(), cast, deputy, **changes)


def test_the_database_knows_who_lends_and_keeps_what_was_lent(cast: Cast, deputy: Cadre) -> None:
    with pytest.raises(IntegrityError, match="delegation_to_another"), transaction.atomic():
        raw_delegation(connection.cursor(), cast, cast.head)
    clerk = Post.objects.get(cadre=cast.clerk)
    with pytest.raises(IntegrityError, match="delegation_post"), transaction.atomic():
        raw_delegation(connection.cursor(), cast, deputy, post_id=clerk.pk, giver_id=cast.clerk.pk)
    made = lend(cast, deputy)
    for change in ('"end" = "end" + 1', "reason = '改过'", f"receiver_id = {cast.village.pk}"):
        with pytest.raises(IntegrityError, match="delegation_kept"), transaction.atomic():
            connection.cursor().execute(f"UPDATE cadres_delegation SET {change}")
    with pytest.raises(DatabaseError, match="permission denied"), transaction.atomic():
        connection.cursor().execute("DELETE FROM cadres_delegation WHERE id = %s", [made.pk])


def test_before_after_and_taken_back(item: Item, cast: Cast, deputy: Cadre) -> None:
    to_check(item, cast)
    made = lend(cast, deputy, start=TODAY + timedelta(days=2), days=3)

    def holds(days: int) -> bool:
        return scope_of(deputy, TODAY + timedelta(days=days)).has("item.self_check", VILLAGE)

    assert [holds(n) for n in range(6)] == [False, False, True, True, False, False]
    assert not waiting_for(anew(deputy), TODAY).exists()
    end_delegation(delegation_id=made.pk, by=cast.head, at=AT)
    made.refresh_from_db()
    assert made.start == made.end and not holds(2)


def raw_check(item: Item, by: Cadre, delegation: Delegation, step: str = "SELF_CHECK") -> None:
    connection.cursor().execute(
        "INSERT INTO rectification_check (item_id, round, step, by_id, unit_id, delegation_id, at, passed, opinion)"
        " VALUES (%s, %s, %s, %s, %s, %s, %s, true, '好')",
        [item.pk, fresh(item).round, step, by.pk, by.unit_id, delegation.pk, AT],
    )


def test_a_delegate_is_no_more_free_than_himself_and_his_giver(
    item: Item, cast: Cast, deputy: Cadre
) -> None:
    """The rectifier holds a delegation; then the giver mended; neither checks this item."""
    to_check(item, cast)
    own = lend(cast, cast.clerk)
    assert item not in waiting_for(anew(cast.clerk), TODAY)
    with pytest.raises(Refusal, match="整改责任人不能检查"):
        passes(item, anew(cast.clerk), "SELF_CHECK")
    with pytest.raises(IntegrityError, match="check_rectifier"), transaction.atomic():
        raw_check(item, cast.clerk, own)
    made = lend(cast, deputy)
    assert item in waiting_for(anew(deputy), TODAY)
    Item.objects.filter(pk=item.pk).update(person=cast.head)
    assert item not in waiting_for(anew(deputy), TODAY)
    with pytest.raises(Refusal, match="授权人自己整改过"):
        passes(item, anew(deputy), "SELF_CHECK")
    with pytest.raises(IntegrityError, match="check_giver"), transaction.atomic():
        raw_check(item, deputy, made)


def test_one_giver_one_check_of_a_round(cast: Cast, deputy: Cadre, person: Person) -> None:
    """A head who also stands in the department checked there; his delegate is no second person."""
    head = cast.head
    area = Area.objects.get(code=VILLAGE)
    water = Unit.objects.get(name="县水利局")
    worker = person("演示水工", "DEPARTMENT", COUNTY, "县水利局")
    finding = Finding(text="水池开裂", category="饮水安全", area=area, source="INSPECTION", unit=water,
                      person=worker, route="DEPARTMENT")  # fmt: skip
    item = register(finding=finding, by=cast.accepter, at=AT)
    cast.clerk, kept = worker, cast.clerk
    to_check(item, cast)
    cast.clerk = kept
    Post.objects.create(cadre=head, unit=water, role="DEPARTMENT", area=Area.objects.get(code=COUNTY),
                        start=date(2026, 1, 1))  # fmt: skip
    passes(item, anew(head), "SELF_CHECK")
    made = lend(cast, deputy)
    assert item not in waiting_for(anew(deputy), TODAY)
    with pytest.raises(Refusal, match="授权人自己整改过或检查过"):
        passes(item, anew(deputy), "VERIFY")
    with pytest.raises(IntegrityError, match="check_giver"), transaction.atomic():
        raw_check(item, deputy, made, "VERIFY")


def test_the_trigger_asks_time_place_person_and_step(
    item: Item, cast: Cast, deputy: Cadre, person: Person
) -> None:
    to_check(item, cast)
    made = lend(cast, deputy)
    end_delegation(delegation_id=made.pk, by=cast.head, at=AT)
    far = person("外乡书记", "TOWNSHIP_HEAD", DIANQIAN)
    distant = person("外乡副职", "HELPER", DIANQIAN)
    there = lend(cast, distant, by=far)
    mine = lend(cast, deputy, start=TODAY, until=TODAY + timedelta(days=5))
    for by, lent in ((deputy, made), (distant, there), (cast.village, mine)):
        with pytest.raises(IntegrityError, match="check_delegation"), transaction.atomic():
            raw_check(item, by, lent)
    passes(item, cast.head, "SELF_CHECK")
    with pytest.raises(IntegrityError, match="check_delegation"), transaction.atomic():
        raw_check(item, deputy, mine, "VERIFY")


def test_it_ends_with_the_givers_post(
    item: Item, cast: Cast, deputy: Cadre, person: Person, as_user: AsUser
) -> None:
    to_check(item, cast)
    made = lend(cast, deputy)
    admin = person("演示管", "SYSTEM_ADMIN")
    end_post(post_id=made.post_id, end=TODAY, by=admin, at=AT)
    made.refresh_from_db()
    assert (made.end, made.ended_by) == (TODAY, admin)
    assert Event.objects.get(action="delegation.end").after["why"] == "授权人免职"
    with pytest.raises(NotYours):
        passes(item, anew(deputy), "SELF_CHECK")


def test_it_rests_with_whatever_carries_it(cast: Cast, deputy: Cadre) -> None:
    """Also where nobody wrote into the delegation: the post waits, is gone, or he is gone."""
    made = lend(cast, deputy)

    def holds() -> bool:
        return scope_of(anew(deputy)).has("item.self_check", VILLAGE)

    for model, pk, change, back in (
        (Post, made.post_id, {"waits": True}, {"waits": False}),
        (Post, made.post_id, {"end": TODAY}, {"end": None}),
        (Cadre, cast.head.pk, {"is_active": False}, {"is_active": True}),
        (Cadre, deputy.pk, {"is_active": False}, {"is_active": True}),
    ):
        assert holds()
        model.objects.filter(pk=pk).update(**change)  # type: ignore[attr-defined]
        assert not holds()
        model.objects.filter(pk=pk).update(**back)  # type: ignore[attr-defined]
    water = Unit.objects.get(name="县水利局")
    Cadre.objects.filter(pk=deputy.pk).update(unit=water)
    assert holds()  # a post in the township is enough
    Post.objects.filter(cadre=deputy).update(end=TODAY)
    assert not holds()


def test_a_reset_password_lends_nobody_the_heads_power(
    cast: Cast, deputy: Cadre, person: Person
) -> None:
    lend(cast, deputy)
    local = person("演示单位管", "UNIT_ADMIN", QINGTIAN)
    with pytest.raises(NotYours, match="受有授权"):
        reset_password(cadre=deputy, by=local, at=AT)
    reset_password(cadre=deputy, by=person("演示管", "SYSTEM_ADMIN"), at=AT)
    assert not scope_of(anew(deputy)).has("item.self_check")


def test_the_clock_reminds_the_delegate_too(item: Item, cast: Cast, deputy: Cadre) -> None:
    to_check(item, cast)
    due = fresh(item).check_due
    assert due is not None
    day = nth_working_day(due, -1)
    lend(cast, deputy)
    reminders.sweep(today=day, at=AT)
    told = Notice.objects.filter(rule__startswith="C-1").values_list("recipient__name", flat=True)
    assert sorted(told) == ["演示书记", "演示副职"]
    Notice.objects.all().delete()
    passes(item, anew(deputy), "SELF_CHECK")
    Item.objects.filter(pk=item.pk).update(check_due=due)
    reminders.sweep(today=day, at=AT)
    assert set(Notice.objects.values_list("recipient__name", flat=True)) == {"演示水利"}


def test_what_is_seen_is_the_township_and_no_more(
    item: Item, cast: Cast, deputy: Cadre, as_user: AsUser
) -> None:
    far = Area.objects.filter(code__startswith=DIANQIAN[:9], level="VILLAGE")[0]
    finding = Finding(text="路灯不亮", category="其他", area=far, source="INSPECTION")
    register(finding=finding, by=cast.accepter, at=AT)
    lend(cast, deputy)
    assert list(items_visible_to(anew(deputy))) == [item]
    assert "没有找到农户" in as_user(deputy).get("/households/").content.decode()
