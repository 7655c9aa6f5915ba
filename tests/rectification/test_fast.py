"""What makes the ledger quick tells the same as the slow way: units of an item, days of its steps,
and a page by key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from statistics import median_low

import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.models import Cadre, Event, Unit
from rectification.actions.registering import Finding, register
from rectification.figures import _middle, report
from rectification.ledger import narrowing
from rectification.ledger.narrowing import SORTS, narrowed, order_of, page_of, parts_of
from rectification.models import Item, StepDays
from rectification.querysets import items_visible_to
from rectification.sql.step_days import ENDED, MOVED
from tests.cast import Cast, fresh, to_closed, to_work
from tests.county import AT
from yuexi.core import clock
from yuexi.core.paging import keyset

AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db
TODAY = clock.today()


def another(item: Item, cast: Cast, text: str, **more: object) -> Item:
    finding = Finding(text=text, category="饮水安全", area=item.area, source="SELF", **more)  # type: ignore[arg-type]
    return register(finding=finding, by=cast.clerk, at=AT)


def test_an_item_is_of_its_three_kinds_of_units_whatever_writes_them(
    item: Item, cast: Cast
) -> None:
    item = fresh(item)
    assert item.involved == sorted({item.unit_id, item.lead_unit_id})
    helping = Unit.objects.get(name="县纪委监委")
    item.co_units.add(helping)
    assert helping.pk in fresh(item).involved
    assert item in items_visible_to(cast.department)
    Item.objects.filter(pk=item.pk).update(lead_unit=helping)
    assert cast.department.unit_id not in fresh(item).involved
    assert item not in items_visible_to(Cadre.objects.get(pk=cast.department.pk))
    item.co_units.clear()
    assert fresh(item).involved == sorted({item.unit_id, helping.pk})
    stale = fresh(item)
    stale.involved = [999]
    stale.save()
    assert fresh(item).involved == sorted({item.unit_id, helping.pk})


def test_days_of_steps_are_those_of_the_log(item: Item, cast: Cast) -> None:
    to_closed(item, cast)
    to_work(another(item, cast, "路灯不亮"), cast)
    found, last = [], {}
    for event in Event.objects.filter(kind="item", action__in=MOVED).order_by("seq"):
        day = clock.day(event.at)
        if event.action in ENDED and event.object_id in last:
            name = event.after["step"] if event.action in ("item.pass", "item.return") else event.action  # fmt: skip
            found.append((event.seq, event.object_id, name, day, (day - last[event.object_id]).days))  # fmt: skip
        last[event.object_id] = day
    kept = StepDays.objects.values_list("event", "item_id", "name", "ended", "days")
    assert len(found) > 10 and sorted(found) == sorted(kept)
    counted = Counter(name for _, _, name, _, _ in found)
    assert {m.name: m.count for m in report(cast.accepter, clock.day(AT)).medians}["签收"] == counted["item.sign"]  # fmt: skip


def test_a_township_hears_of_its_own_steps_only(item: Item, cast: Cast) -> None:
    to_closed(item, cast)
    far = StepDays.objects.order_by("pk").first()
    assert far
    mine = {m.name: m.count for m in report(cast.head, clock.day(AT)).medians}
    assert mine == {m.name: m.count for m in report(cast.accepter, clock.day(AT)).medians} != {}
    Item.objects.filter(pk=item.pk).update(area="340828000000", unit=cast.accepter.unit, lead_unit=cast.accepter.unit)  # fmt: skip
    assert report(Cadre.objects.get(pk=cast.head.pk), clock.day(AT)).medians == []


def test_the_application_writes_no_days_of_steps() -> None:
    with connection.cursor() as cursor, pytest.raises(ProgrammingError, match="permission denied"):
        cursor.execute("INSERT INTO rectification_stepdays VALUES (1, 'x', '2026-11-01', 1, 1)")


@pytest.mark.parametrize("days", [[3], [1, 2], [0, 0, 5], [4, 1, 1, 9], [2] * 5 + [7] * 6])
def test_the_middle_of_a_spread_is_the_lower_median(days: list[int]) -> None:
    assert _middle(sorted(Counter(days).items())) == median_low(days)


@pytest.mark.parametrize("view", ["", "mine"])
@pytest.mark.parametrize("bound", [2, 100])
def test_a_page_by_key_is_the_page(
    bound: int, view: str, item: Item, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the count knows all and where it stops short, in every order, there and back."""
    monkeypatch.setattr(narrowing, "COUNT_MAX", bound)
    for n in range(6):
        made = another(item, cast, f"第{n}处")
        if n % 2:
            to_work(made, cast)
    for sort in [s for key in SORTS for s in (key, f"-{key}")]:
        items, order = narrowed(cast.accepter, {"view": view}, TODAY), order_of(sort)
        parts = parts_of(cast.accepter, {"view": view}, TODAY)
        asked: dict[str, str] = {"sort": sort}
        seen = []
        while True:
            page, count = page_of(parts, asked, 2)
            plain = keyset(items, order, after=asked.get("after"), before=asked.get("before"), size=2)  # fmt: skip
            assert page == plain and count == min(items.count(), bound + 1)
            seen += page.rows
            if not page.next:
                break
            asked = {"sort": sort, "after": page.next}
        assert seen == list(items.order_by(*order)) and len(seen) == (4 if view else 7), sort
        back, _ = page_of(parts, {"sort": sort, "before": page.previous or ""}, 2)
        last = len(page.rows)
        assert back.rows == seen[-last - 2 : -last], sort


def test_the_parts_of_what_waits_are_all_that_waits(item: Item, cast: Cast) -> None:
    """For everybody, at every state that the item passes; a part more than once is one row."""
    people = [v for v in vars(cast).values() if isinstance(v, Cadre)]
    days = [TODAY, TODAY + timedelta(days=400)]

    def compare() -> set[int]:
        found = set()
        for who in (Cadre.objects.get(pk=c.pk) for c in people):
            for day in days:
                asked = {"view": "mine"}
                keys = [key for key, *_ in narrowing.to_count(parts_of(who, asked, day))]
                rows = narrowed(who, asked, day).order_by("deadline", "pk")
                assert keys == [row.pk for row in rows], (who, fresh(item).status)
                found |= {who.pk} if keys else set()
        return found

    small = another(item, cast, "路灯不亮")
    assert compare() == {cast.accepter.pk, cast.approver.pk}
    to_work(small, cast)
    assert compare() == {cast.accepter.pk, cast.approver.pk, small.person_id}
    to_closed(item, cast)
    assert compare() == {cast.inspector.pk, small.person_id}


def test_a_sign_that_most_rows_have_is_looked_for_without_its_index(
    item: Item, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for often in (0, 10_000):
        monkeypatch.setattr(narrowing, "FREQUENT", often)
        rows = narrowed(cast.accepter, {"view": "", "q": item.text[:1]}, TODAY)
        assert list(rows) == [item] and ("item_grams" in str(rows.query)) == (often > 0)
        assert not narrowed(cast.accepter, {"view": "", "q": "囍"}, TODAY).exists()


def test_a_list_of_three_costs_no_more_statements_than_of_one(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    office = as_user(cast.accepter)

    def cost(query: str) -> int:
        with CaptureQueriesContext(connection) as queries:
            assert office.get(f"/items/?{query}").status_code == 200
        return len(queries)

    asked = ["view=", "view=mine", "view=&list=duties", "view=&sort=-grade", "fig=issue_wait"]
    for query in asked:
        cost(query)
    before = [cost(query) for query in asked]
    for n in range(2):
        another(item, cast, f"第{n}处", co_units=[cast.accepter.unit])
    assert [cost(query) for query in asked] == before
    assert max(before) <= 12
