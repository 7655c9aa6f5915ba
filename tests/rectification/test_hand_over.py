"""移交: a person leaves with nothing in hand, and mending and checking still never meet."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from cadres.actions.people import end_post, set_active
from cadres.models import Cadre, Event, Post
from rectification.actions import closing, moving
from rectification.actions.handing import hand_over
from rectification.models import HandOver, Item
from rectification.querysets import waiting_for
from tests.cast import PHOTO, Cast, fresh, passes, to_check, to_work
from tests.county import AT, COUNTY, DIANQIAN, QINGTIAN
from yuexi.core.refusals import NotYours, Refusal

pytestmark = pytest.mark.django_db
Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]


@pytest.fixture
def heir(cast: Cast, person: Person) -> Cadre:
    return person("演示接手", "TOWNSHIP_CLERK", QINGTIAN)


def give(item: Item, giver: Cadre, taker: Cadre, by: Cadre, reason: str = "") -> int:
    return hand_over(item_ids=[item.pk], giver=giver, taker=taker, reason=reason, by=by, at=AT)


def test_everything_done_so_far_stays_and_the_person_may_leave(
    item: Item, cast: Cast, heir: Cadre, person: Person
) -> None:
    admin = person("演示组织", "ORGANISATION", COUNTY, "县委组织部")
    to_work(item, cast)
    closing.add_evidence(
        item_id=item.pk, content=PHOTO, name="a.jpg", what="照片", by=cast.clerk, at=AT
    )
    post = Post.objects.get(cadre=cast.clerk)
    with pytest.raises(Refusal, match="名下还有 1 件整改"):
        end_post(post_id=post.pk, end=AT.date(), by=admin, at=AT)
    before = fresh(item)
    assert give(item, cast.clerk, heir, cast.accepter) == 1
    now = fresh(item)
    kept = ("status", "deadline", "measure", "round", "unit_id", "route")
    assert [getattr(now, k) for k in kept] == [getattr(before, k) for k in kept]
    assert now.person == heir and now.evidence.count() == 1
    told = Event.objects.get(action="item.hand_over")
    assert (told.before["person"], told.after["person"]) == ("演示专干", "演示接手")
    end_post(post_id=post.pk, end=AT.date(), by=admin, at=AT)
    set_active(cadre_id=cast.clerk.pk, active=False, by=admin, at=AT)
    closing.apply(item_id=item.pk, by=heir, at=AT)
    assert fresh(item).status == "SELF_CHECK"


@pytest.mark.parametrize("steps", [0, 1, 2, 3])
def test_at_any_check(item: Item, cast: Cast, heir: Cadre, steps: int) -> None:
    to_check(item, cast)
    people = (
        (cast.head, "SELF_CHECK"),
        (cast.department, "VERIFY"),
        (cast.accepter, "ACCEPT"),
        (cast.approver, "APPROVE"),
    )
    for by, step in people[:steps]:
        passes(item, by, step)
    give(item, cast.clerk, heir, cast.accepter)
    for by, step in people[steps:]:
        passes(item, by, step)
    assert fresh(item).status == "CLOSED"


def test_who_handed_it_over_never_checks_it(
    item: Item, cast: Cast, heir: Cadre, person: Person
) -> None:
    head = person("演示镇长", "TOWNSHIP_HEAD", QINGTIAN)
    moving.confirm(item_ids=[item.pk], by=cast.accepter, at=AT)
    given: dict[str, Any] = {"unit": head.unit, "lead_unit": None, "deadline": None}
    moving.reassign(item_id=item.pk, person=head, **given, by=cast.accepter, at=AT)
    moving.issue(item_ids=[item.pk], by=cast.accepter, at=AT)
    moving.sign(item_ids=[item.pk], by=head, at=AT)
    moving.plan(item_id=item.pk, measure="换管并加保温", goal="", by=head, at=AT)
    give(item, head, heir, cast.head)
    closing.add_evidence(item_id=item.pk, content=PHOTO, name="a.jpg", what="照", by=heir, at=AT)
    closing.apply(item_id=item.pk, by=heir, at=AT)
    assert item not in waiting_for(head, AT.date())
    with pytest.raises(Refusal, match="责任人不能检查"):
        passes(item, head, "SELF_CHECK")
    with pytest.raises(IntegrityError, match="check_rectifier"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO rectification_check (item_id, round, step, by_id, unit_id, at, passed, opinion)"
                " VALUES (%s, 1, 'SELF_CHECK', %s, %s, now(), true, '好')",
                [item.pk, head.pk, head.unit_id],
            )


def test_who_checked_it_never_gets_it_and_is_named(item: Item, cast: Cast) -> None:
    to_check(item, cast)
    passes(item, cast.head, "SELF_CHECK")
    with pytest.raises(Refusal, match=rf"演示书记不能接手：{item.number}（他检查过这一件）"):
        give(item, cast.clerk, cast.head, cast.accepter)
    closing.check(
        item_id=item.pk, step="VERIFY", passed=False, opinion="没修好", by=cast.department, at=AT
    )
    with pytest.raises(Refusal, match="他检查过"):
        give(item, cast.clerk, cast.head, cast.accepter)
    with pytest.raises(IntegrityError, match="item_checker"), transaction.atomic():
        Item.objects.filter(pk=item.pk).update(person=cast.head)


def test_to_another_unit_takes_who_assigns_a_reason_and_a_way_for_the_checks(
    item: Item, cast: Cast, heir: Cadre, person: Person
) -> None:
    other = person("演示邻镇", "TOWNSHIP_CLERK", DIANQIAN)
    to_work(item, cast)
    with pytest.raises(Refusal, match="由指挥部整改组办理"):
        give(item, cast.clerk, other, cast.head, "调走了")
    with pytest.raises(Refusal, match="请写明原因"):
        give(item, cast.clerk, other, cast.accepter)
    with pytest.raises(Refusal, match="检查路线不能换"):
        give(item, cast.clerk, cast.department, cast.accepter, "调到水利局")
    give(item, cast.clerk, other, cast.accepter, "调到店前镇")
    assert (fresh(item).person, fresh(item).unit) == (other, other.unit)


def test_before_the_work_another_kind_of_unit_takes_its_own_road(item: Item, cast: Cast) -> None:
    give(item, cast.clerk, cast.department, cast.accepter, "属水利局职责")
    assert fresh(item).route == "DEPARTMENT"


def test_who_has_no_right_is_refused_and_a_stale_list_too(
    item: Item, cast: Cast, heir: Cadre, person: Person
) -> None:
    with pytest.raises(NotYours):
        give(item, cast.clerk, heir, cast.village)
    neighbour = person("演示邻书记", "TOWNSHIP_HEAD", DIANQIAN)
    with pytest.raises(NotYours):
        give(item, cast.clerk, heir, neighbour)
    give(item, cast.clerk, heir, cast.head)
    with pytest.raises(Refusal, match="已不在演示专干名下"):
        give(item, cast.clerk, heir, cast.head)
    with pytest.raises(Refusal, match="不能是本人"):
        give(item, heir, heir, cast.head)


def test_what_the_successor_heard_himself_is_asked_again(item: Item, cast: Cast) -> None:
    to_check(item, cast)
    give(item, cast.clerk, cast.village, cast.accepter, "专干调走")
    assert item.homes.get().solved is None
    with pytest.raises(Refusal, match="还没有答复"):
        passes(item, cast.head, "SELF_CHECK")


def test_a_hand_over_is_kept(item: Item, cast: Cast, heir: Cadre) -> None:
    give(item, cast.clerk, heir, cast.accepter)
    with pytest.raises(IntegrityError, match="append only"), transaction.atomic():
        HandOver.objects.update(reason="改")
    with pytest.raises(IntegrityError, match="hand_over_to_another"), transaction.atomic():
        HandOver.objects.create(item=item, giver=heir, taker=heir, by=heir, at=AT)


def test_the_page_lists_chooses_refuses_and_moves(
    item: Item, cast: Cast, heir: Cadre, as_user: AsUser
) -> None:
    to_check(item, cast)
    passes(item, cast.head, "SELF_CHECK")
    office = as_user(cast.accepter)
    path = f"/items/hand-over/?from={cast.clerk.uid}"
    link = path.replace("?", "?") + f"&amp;item={item.number}"
    assert link in office.get(f"/items/{item.uid}/").content.decode()
    page = office.get(path).content.decode()
    assert item.number in page and "checked" in page and "演示接手" in page
    refused = office.post(path, {"item": [item.number], "taker": cast.head.pk, "reason": ""})
    assert refused.status_code == 422 and "他检查过这一件" in refused.content.decode()
    assert "请至少勾选一件" in office.post(path, {"taker": heir.pk}).content.decode()
    went = office.post(path, {"item": [item.number], "taker": heir.pk}, follow=True)
    assert "已把 1 件移交给演示接手" in went.content.decode()
    assert "名下没有在办的整改" in went.content.decode()
    way = office.get(f"/items/{item.uid}/").content.decode()
    assert "<b>移交</b>" in way and "演示专干 → 青天乡 演示接手" in way


def test_who_may_not_is_told_whom_to_ask(
    item: Item, cast: Cast, as_user: AsUser, person: Person
) -> None:
    path = f"/items/hand-over/?from={cast.clerk.uid}"
    said = as_user(cast.clerk).get(path).content.decode()
    assert "1 件整改不由您移交" in said and "演示书记" in said and item.text not in said
    stranger = person("演示邻书记", "TOWNSHIP_HEAD", DIANQIAN)
    assert as_user(stranger).get(path).status_code == 404
    assert as_user(cast.head).get("/items/hand-over/?from=x").status_code == 404
