"""举一反三: a list of similar households, each looked at; the parent closes last."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from cadres.models import Area, Cadre
from households.actions.visits import VisitEntry, log_visit
from households.models import Household
from rectification.actions import moving
from rectification.actions.screening import Choice, look, screen, similar, to_look_at
from rectification.models import Item, ScreenedHousehold, Screening
from tests.cast import Cast, fresh, passes, to_check, to_work
from tests.county import AT, DIANQIAN, QINGTIAN
from tests.households.builders import VILLAGE, helps, household
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
AsUser = Callable[[Cadre], Client]
Person = Callable[..., Cadre]


@pytest.fixture
def others(home: Household) -> list[Household]:
    household("演示旧", closed="DIED", closed_on=AT.date())
    household("演示远", village="340828101200")
    return [household("演示赵"), household("演示钱", kind="GENERAL")]


def choice(**more: object) -> Choice:
    return Choice(area=Area.objects.get(code=VILLAGE), **more)  # type: ignore[arg-type]


def made(item: Item, by: Cadre, seen: int = 2, **more: object) -> Screening:
    return screen(item_id=item.pk, choice=choice(**more), what="水管有没有保温", seen=seen, by=by, at=AT)  # fmt: skip


def test_the_list_is_of_the_place_and_what_was_previewed(
    item: Item, cast: Cast, others: list[Household]
) -> None:
    with pytest.raises(NotYours, match="审核成立以后"):
        made(item, cast.accepter)
    to_work(item, cast)
    assert set(similar(item, choice())) == set(others), "not its own, not the dead, not afar"
    assert list(similar(item, choice(kind="GENERAL"))) == [others[1]]
    with pytest.raises(BadInput, match="变成 2 户"):
        made(item, cast.accepter, seen=3)
    for who in (cast.clerk, cast.village, cast.department):
        with pytest.raises(NotYours):
            made(item, who)
    with pytest.raises(NotYours, match="不在您的管辖范围"):
        screen(item_id=item.pk, choice=Choice(Area.objects.get(code=DIANQIAN)), what="水管有没有保温", seen=1, by=cast.head, at=AT)  # fmt: skip
    made(item, cast.head)
    with pytest.raises(BadInput, match="没有符合条件"):
        made(item, cast.head)


def test_it_is_bounded(item: Item, cast: Cast, monkeypatch: pytest.MonkeyPatch, others: list[Household]) -> None:  # fmt: skip
    to_work(item, cast)
    monkeypatch.setattr("rectification.actions.screening.SCREEN_MAX", 1)
    with pytest.raises(BadInput, match="超过 1 户"):
        made(item, cast.accepter)


def test_the_parent_closes_after_its_households_and_its_children(
    item: Item, cast: Cast, others: list[Household]
) -> None:
    to_check(item, cast)
    made(item, cast.accepter)
    for by, step in ((cast.head, "SELF_CHECK"), (cast.department, "VERIFY"), (cast.accepter, "ACCEPT")):  # fmt: skip
        passes(item, by, step)
    with pytest.raises(Refusal, match="2 户没有查") as refused:
        passes(item, cast.approver, "APPROVE")
    assert refused.value.way and refused.value.way.path == f"/items/{item.uid}/similar/"
    first, second = ScreenedHousehold.objects.order_by("household__pinyin", "pk")
    with pytest.raises(Refusal, match="责任人以外"):
        look(row_id=first.pk, found=False, said="看过没有问题", by=cast.clerk, at=AT)
    with pytest.raises(BadInput, match="选一次走访"):
        look(row_id=first.pk, found=False, said="", by=cast.village, at=AT)
    entry = VisitEntry(mode="IN_PERSON", met="本人", occurred_at=AT + timedelta(hours=1))
    visit = log_visit(household=first.household, entry=entry, by=cast.village, at=AT + timedelta(hours=1))  # fmt: skip
    look(row_id=first.pk, found=False, said="", visit=visit, by=cast.village, at=AT)
    row = look(row_id=second.pk, found=True, said="水管也没有保温", by=cast.village, at=AT)
    child = row.child
    assert child is not None and (child.parent, child.lineage) == (item, "举一反三 26-0001")
    with pytest.raises(Refusal, match="26-0002"):
        passes(item, cast.approver, "APPROVE")
    with pytest.raises(IntegrityError, match="item_screening_open"), transaction.atomic(), connection.cursor() as c:  # fmt: skip
        c.execute(
            "INSERT INTO rectification_check (item_id, round, step, by_id, unit_id, at, passed, opinion)"
            " VALUES (%s, 1, 'APPROVE', %s, %s, now(), true, '好')",
            [item.pk, cast.approver.pk, cast.approver.unit_id],
        )
        c.execute(
            "UPDATE rectification_item SET status = 'CLOSED', closed_on = now(), check_due = NULL WHERE id = %s",
            [item.pk],
        )
    with pytest.raises(Refusal, match="已由别人登记"):
        look(row_id=second.pk, found=False, said="看错了没有", by=cast.village, at=AT)
    moving.dismiss(item_id=child.pk, reason="复查不属实", by=cast.accepter, at=AT)
    passes(item, cast.approver, "APPROVE")
    assert fresh(item).status == "CLOSED"


def test_a_child_merged_into_an_open_one_still_holds_the_parent(
    item: Item, cast: Cast, others: list[Household]
) -> None:
    from rectification.actions.screening import left_open

    to_work(item, cast)
    made(item, cast.accepter, seen=1, kind="GENERAL")
    row = look(row_id=ScreenedHousehold.objects.get().pk, found=True, said="水管也没有保温", by=cast.village, at=AT)  # fmt: skip
    assert row.child is not None
    moving.merge(item_id=row.child.pk, into=item, by=cast.accepter, at=AT)
    assert left_open(item) == (0, []), "merged into the parent itself: mended with it"


def test_the_database_keeps_what_was_seen(item: Item, cast: Cast, others: list[Household]) -> None:
    list_of = "INSERT INTO rectification_screening (uid, item_id, area_code, chosen, what, by_id, at) VALUES (uuidv7(), %s, %s, '村', '水管', %s, now())"  # fmt: skip
    with pytest.raises(IntegrityError, match="screening_parent"), transaction.atomic(), connection.cursor() as c:  # fmt: skip
        c.execute(list_of, [item.pk, VILLAGE, cast.head.pk])
    to_work(item, cast)
    made(item, cast.accepter)
    row = ScreenedHousehold.objects.order_by("pk")[0]
    update = "UPDATE rectification_screenedhousehold SET {} WHERE id = %s"
    clear = "outcome = 'CLEAR', by_id = {}, at = now(), opinion = '{}'"
    for change, name in (
        (clear.format(cast.village.pk, ""), "screened_by_somebody"),
        (clear.format(cast.clerk.pk, "没有问题"), "screened_by_rectifier"),
        (f"outcome = 'FOUND', by_id = {cast.village.pk}, at = now(), child_id = {item.pk}", "screened_child"),
        ("household_id = household_id + 1", "screened_kept"),
    ):  # fmt: skip
        with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as c:  # fmt: skip
            c.execute(update.format(change), [row.pk])
    look(row_id=row.pk, found=False, said="看过没有问题", by=cast.village, at=AT)
    with pytest.raises(IntegrityError, match="screened_kept"), transaction.atomic(), connection.cursor() as c:  # fmt: skip
        c.execute(update.format("outcome = '', by_id = NULL, at = NULL, opinion = ''"), [row.pk])


def test_who_looks_where(item: Item, cast: Cast, others: list[Household], person: Person) -> None:
    to_work(item, cast)
    made(item, cast.accepter)
    helper, stranger = person("演示帮扶", "HELPER", QINGTIAN), person("演示邻", "TOWNSHIP_CLERK", DIANQIAN)  # fmt: skip
    helps(helper, others[0])
    assert to_look_at(cast.village).count() == 2 and to_look_at(cast.clerk).count() == 0
    assert [r.household for r in to_look_at(helper)] == [others[0]]
    assert not to_look_at(stranger).exists()
    row = ScreenedHousehold.objects.get(household=others[1])
    with pytest.raises(NotYours):
        look(row_id=row.pk, found=False, said="看过没有问题", by=helper, at=AT)


def test_the_pages(item: Item, cast: Cast, others: list[Household], as_user: AsUser) -> None:
    to_work(item, cast)
    page, office = f"/items/{item.uid}/similar/", as_user(cast.accepter)
    area = Area.objects.get(code=VILLAGE)
    asked = {"area": area.pk, "kind": "", "mark": "", "what": "水管有没有保温"}
    said = office.get(page, asked).content.decode()
    assert "符合条件的 2 户" in said and "建排查名单（2 户）" in said and "演示赵户" in said
    assert not Screening.objects.exists(), "a preview makes nothing"
    assert office.post(page, {**asked, "seen": "1"}).status_code == 422
    office.post(page, {**asked, "seen": "2"})
    assert "未查 2 户" in office.get(page).content.decode()
    assert as_user(cast.clerk).post(page, {**asked, "seen": "2"}).status_code == 403
    village = as_user(cast.village)
    assert "2 户举一反三等您查" in village.get("/").content.decode()
    listed = village.get("/items/screened/").content.decode()
    assert "2 户等您查" in listed and "水管有没有保温" in listed
    row = ScreenedHousehold.objects.order_by("pk")[0]
    assert village.post(f"/items/screened/{row.pk}/", {"found": "0", "said": ""}).status_code == 422
    village.post(f"/items/screened/{row.pk}/", {"found": "1", "said": "水管也没有保温"})
    said = as_user(cast.clerk).get(f"/items/{item.uid}/").content.decode()
    assert "还有 1 户没有查" in said and "有此问题，登记 26-0002" in said


def test_the_list_takes_the_same_queries_for_one_row_and_for_three(
    item: Item, cast: Cast, others: list[Household], as_user: AsUser, django_assert_num_queries: object
) -> None:  # fmt: skip
    from django.test.utils import CaptureQueriesContext

    to_work(item, cast)
    made(item, cast.accepter, seen=1, kind="GENERAL")
    village = as_user(cast.village)
    village.get("/items/screened/")
    with CaptureQueriesContext(connection) as one:
        village.get("/items/screened/")
    for name in ("演示孙", "演示李"):
        household(name)
    made(item, cast.accepter, seen=3)
    with CaptureQueriesContext(connection) as many:
        village.get("/items/screened/")
    assert len(one) == len(many)
