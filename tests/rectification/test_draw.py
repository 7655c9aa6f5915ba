"""回头看抽样: by lot, once a week, reproducible; looked at by who had no hand in it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from cadres.models import Area, Cadre, Event
from rectification.actions import closing
from rectification.actions.drawing import Ticket, draw, lot, pick, redrawn
from rectification.actions.registering import Finding, register
from rectification.models import DrawnItem, Item, LookBackDraw
from rectification.querysets import moves_for
from tests.cast import Cast, fresh, passes, to_check, to_closed
from tests.county import AT, COUNTY
from tests.households.builders import VILLAGE
from yuexi.core.refusals import Refusal

pytestmark = pytest.mark.django_db
MONTH = AT + timedelta(days=30)


def test_the_lot_is_fair_and_the_same_for_the_same_seed() -> None:
    tickets = [Ticket(n, f"34082820{n % 3}") for n in range(60)]
    first = pick(tickets, seed=7, share=20)
    assert first == pick(reversed(tickets), seed=7, share=20), "whatever the order of rows"
    assert [sum(n % 3 == t for n in first) for t in range(3)] == [4, 4, 4]
    assert first != pick(tickets, seed=8, share=20)
    few = [Ticket(1, "340828200"), Ticket(2, "340828201"), Ticket(3, "340828201", always=True)]
    assert pick(few, seed=7, share=1) == {1, 2, 3}, "one of each township at least, and the always"
    counts = [0] * 10
    for seed in range(500):
        for n in pick([Ticket(n, "340828200") for n in range(10)], seed=seed, share=20):
            counts[n] += 1
    assert min(counts) > 60 and max(counts) < 140, counts
    assert lot(7, 1) == "".join(f"{b:02x}" for b in bytes.fromhex(lot(7, 1)))


@pytest.fixture
def closed(item: Item, cast: Cast) -> list[Item]:
    """Three that were closed on the same day."""
    to_closed(item, cast)
    made = [item]
    for n in range(2):
        finding = Finding(text=f"水管冻裂{n}", category="饮水安全", area=Area.objects.get(code=VILLAGE), source="INSPECTION")  # fmt: skip
        other = register(finding=finding, by=cast.clerk, at=AT)
        to_closed(other, cast)
        made.append(other)
    return made


def test_once_a_week_and_who_is_not_drawn_goes_on(closed: list[Item], cast: Cast) -> None:
    assert draw(seed=3, at=AT) is not None and not DrawnItem.objects.exists()
    made = draw(seed=3, at=MONTH - timedelta(days=MONTH.weekday()))
    assert made is not None and made.week == date(2026, 12, 21)
    rows = {r.item_id: r for r in made.items.all()}
    assert len(rows) == 3 and sum(r.drawn for r in rows.values()) == 1
    for item in closed:
        due = fresh(item).lookback_due
        assert due == AT.date() + timedelta(days=30 if rows[item.pk].drawn else 90)
        assert (item in moves_for(cast.inspector, MONTH.date())) == rows[item.pk].drawn
    assert draw(seed=99, at=MONTH) is None and LookBackDraw.objects.count() == 2
    assert redrawn(made)
    told = Event.objects.filter(action__in=["item.drawn", "item.not_drawn"])
    assert told.count() == 3 and not told.filter(actor__isnull=False).exists()
    with pytest.raises(Refusal, match="起才能登记"):
        other = next(i for i in closed if not rows[i.pk].drawn)
        closing.look_back(item_id=other.pk, held=True, finding="还好", by=cast.inspector, at=MONTH)
    later = draw(seed=5, at=AT + timedelta(days=91))
    assert later is not None and later.items.count() == 2
    assert Item.objects.filter(lookback_due=None, status="CLOSED").count() == 1, "not drawn twice"


def test_relapsed_and_red_ones_are_always_looked_at(closed: list[Item]) -> None:
    with connection.cursor() as cursor:  # as their past would have left them
        cursor.execute("UPDATE rectification_item SET rebounds = 1, route = 'COUNTY' WHERE id = %s", [closed[0].pk])  # fmt: skip
        cursor.execute("UPDATE rectification_item SET red_line = 'FRAUD' WHERE id = %s", [closed[1].pk])  # fmt: skip
    made = draw(seed=3, at=MONTH)
    assert made is not None
    why = dict(made.items.values_list("item_id", "why"))
    assert (why[closed[0].pk], why[closed[1].pk], why[closed[2].pk]) == ("REBOUND", "RED_LINE", "LOT")  # fmt: skip


def test_a_changed_result_is_found(closed: list[Item], owner_cursor: Any) -> None:
    made = draw(seed=3, at=MONTH)
    assert made is not None
    for sql in ("UPDATE rectification_drawnitem SET why = 'NOT'", "DELETE FROM rectification_lookbackdraw"):  # fmt: skip
        with pytest.raises(Exception, match=r"append only|permission denied"), transaction.atomic(), connection.cursor() as c:  # fmt: skip
            c.execute(sql)
    DrawnItem.objects.create(draw=made, item=closed[0], closed_on=AT.date(), mark=1, why="LOT")
    DrawnItem.objects.create(draw=made, item=closed[1], closed_on=AT.date(), mark=1, why="LOT")
    assert not redrawn(made)
    with pytest.raises(IntegrityError, match="draw_share"), transaction.atomic():
        LookBackDraw.objects.create(week=date(2026, 12, 22), seed=1, share=20, at=AT)


def test_nobody_with_a_hand_in_it_looks_back(item: Item, cast: Cast, person: Callable[..., Cadre]) -> None:  # fmt: skip
    to_closed(item, cast)
    for who in (cast.accepter, cast.approver):  # one issued and accepted it, one approved
        assert item not in moves_for(who, MONTH.date())
        with pytest.raises(Refusal, match="不能做回头看"):
            closing.look_back(item_id=item.pk, held=True, finding="还好", by=who, at=MONTH)
    insert = "INSERT INTO rectification_lookback (item_id, by_id, at, held, finding) VALUES (%s, %s, now(), true, '好')"  # fmt: skip
    for who in (cast.clerk, cast.head, cast.department, cast.accepter, cast.approver):
        with pytest.raises(IntegrityError, match="lookback_hand"), transaction.atomic(), connection.cursor() as c:  # fmt: skip
            c.execute(insert, [item.pk, who.pk])
    other = person("演示另一", "OFFICE_RECTIFY", COUNTY, "县帮扶指挥部")
    assert item in moves_for(other, MONTH.date())
    closing.look_back(item_id=item.pk, held=True, finding="水还通", by=other, at=MONTH)


def test_who_only_issued_it_does_not_look_back(item: Item, cast: Cast, person: Callable[..., Cadre]) -> None:  # fmt: skip
    both = person("演示兼督", "OFFICE_RECTIFY", COUNTY, "县帮扶指挥部")
    accepter, cast.accepter = cast.accepter, both
    to_check(item, cast)
    for by, step in ((cast.head, "SELF_CHECK"), (cast.department, "VERIFY"), (accepter, "ACCEPT"), (cast.approver, "APPROVE")):  # fmt: skip
        passes(item, by, step)
    assert item not in moves_for(both, MONTH.date())
    with pytest.raises(Refusal, match="不能做回头看"):
        closing.look_back(item_id=item.pk, held=True, finding="还好", by=both, at=MONTH)


def test_the_page_shows_the_seed_and_what_was_drawn(
    closed: list[Item], cast: Cast, as_user: Callable[[Cadre], Client]
) -> None:
    inspector = as_user(cast.inspector)
    assert "还没有抽过签" in inspector.get("/items/look-backs/").content.decode()
    draw(seed=424242, at=MONTH)
    said = inspector.get("/items/look-backs/").content.decode()
    assert "424242" in said and "3 件里抽中 1 件" in said and "结果一致" in said
    assert said.count("未抽中</span>") == 2
    assert inspector.get("/items/look-backs/?week=2020-01-01").status_code == 404
    assert inspector.get("/items/look-backs/?week=昨天").status_code == 404
    assert as_user(cast.clerk).get("/items/look-backs/").status_code == 403
