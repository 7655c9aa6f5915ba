"""A household's item: the roster no longer says it, and somebody was there after completion."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from cadres.models import Area, Cadre, Post
from households.actions.visits import VisitEntry, log_visit
from households.models import Household, Member, Visit, VisitCorrection
from rectification.actions import closing
from rectification.actions.registering import Finding, register
from rectification.indicators import INDICATORS
from rectification.models import Item
from tests.cast import PHOTO, Cast, fresh, passes, to_check, to_work, visited
from tests.county import AT, QINGTIAN
from yuexi.core.refusals import Refusal

pytestmark = pytest.mark.django_db
RED: dict[str, dict[str, Any]] = {
    "住房安全": {"unsafe_house": True},
    "饮水安全": {"safe_water": False},
    "义务教育": {"school": "失学"},
    "基本医疗": {"insured": False},
}


def of(category: str, cast: Cast, home: Household) -> Item:
    finding = Finding(text="屋面渗水", category=category, area=home.area, source="SELF", households=[home])  # fmt: skip
    return register(finding=finding, by=cast.clerk, at=AT)


def turn(home: Household, fields: dict[str, Any]) -> None:
    if {"school", "insured"} & set(fields):
        Member.objects.update_or_create(
            household=home, name="演示娃", relation="之子", defaults={"idno": b"x", "idno_hash": b"x", "idno_tail": "0001", **fields},
        )  # fmt: skip
    else:
        Household.objects.filter(pk=home.pk).update(**fields)


def by_sql(item: Item, by: Cadre) -> None:
    """The last check and the close-out, without our actions."""
    with transaction.atomic(), connection.cursor() as c:
        c.execute(
            "INSERT INTO rectification_check (item_id, round, step, by_id, unit_id, at, passed, opinion)"
            " VALUES (%s, 1, 'APPROVE', %s, %s, now(), true, '好')",
            [item.pk, by.pk, by.unit_id],
        )
        c.execute("UPDATE rectification_item SET status = 'CLOSED', closed_on = now(), check_due = NULL WHERE id = %s", [item.pk])  # fmt: skip


def test_every_bound_category_is_tried() -> None:
    assert set(RED) == set(INDICATORS)


@pytest.mark.parametrize("category", RED)
def test_not_while_the_roster_still_says_it(category: str, cast: Cast, home: Household) -> None:
    item = of(category, cast, home)
    turn(home, RED[category])
    to_check(item, cast)
    with pytest.raises(Refusal, match=INDICATORS[category].label) as refused:
        passes(item, cast.head, "APPROVE")
    assert "演示陈户" in refused.value.message
    assert refused.value.way and refused.value.way.path == f"/households/{home.uid}/"
    with pytest.raises(IntegrityError, match="item_indicator_red"):
        by_sql(item, cast.head)
    calm = {"unsafe_house": False, "safe_water": True, "school": "小学", "insured": True}
    turn(home, {name: calm[name] for name in RED[category]})
    passes(item, cast.head, "APPROVE")
    assert fresh(item).status == "CLOSED"


def test_other_categories_are_bound_to_nothing(cast: Cast, home: Household) -> None:
    item = of("产业发展", cast, home)
    turn(home, RED["住房安全"])
    to_check(item, cast)
    passes(item, cast.head, "APPROVE")


def applied_without_a_visit(item: Item, cast: Cast, home: Household) -> None:
    to_work(item, cast)
    closing.add_evidence(item_id=item.pk, content=PHOTO, name="a.jpg", what="照片", by=cast.clerk, at=AT)  # fmt: skip
    closing.answer_household(item_id=item.pk, household=home, solved=True, said="好了", by=cast.village, at=AT)  # fmt: skip
    closing.apply(item_id=item.pk, by=cast.clerk, at=AT)


def test_somebody_was_at_the_house_after_completion(cast: Cast, home: Household) -> None:
    item = of("产业发展", cast, home)
    for days, mode in ((-1, "IN_PERSON"), (0, "REMOTE")):
        met = VisitEntry(mode=mode, met="本人", occurred_at=AT + timedelta(days=days))
        log_visit(household=home, entry=met, by=cast.village, at=AT)
    applied_without_a_visit(item, cast, home)
    with pytest.raises(
        Refusal, match="演示陈户在11月23日申请销号以后还没有人入户面谈过"
    ) as refused:
        passes(item, cast.head, "APPROVE")
    assert refused.value.way and refused.value.way.path == f"/households/{home.uid}/"
    with pytest.raises(IntegrityError, match="item_unvisited"):
        by_sql(item, cast.head)
    visited(item, cast)
    void = Visit.objects.latest("pk")
    VisitCorrection.objects.create(visit=void, by=cast.village, at=AT, reason="走错了", values={}, void=True)  # fmt: skip
    with pytest.raises(Refusal, match="还没有人入户"):
        passes(item, cast.head, "APPROVE")
    visited(item, cast)
    passes(item, cast.head, "APPROVE")
    assert fresh(item).status == "CLOSED"


def test_a_household_that_is_gone_is_not_waited_for(cast: Cast, home: Household) -> None:
    item = of("住房安全", cast, home)
    turn(home, RED["住房安全"])
    applied_without_a_visit(item, cast, home)
    Household.objects.filter(pk=home.pk).update(closed="DIED", closed_on=AT.date())
    passes(item, cast.head, "APPROVE")


def test_the_page_names_household_indicator_and_way(
    cast: Cast, home: Household, as_user: Callable[[Cadre], Client]
) -> None:
    Post.objects.create(cadre=cast.head, unit=cast.head.unit, role="TOWNSHIP_CLERK",
                        area=Area.objects.get(code=QINGTIAN), start=AT.date() - timedelta(days=300))  # fmt: skip
    item = of("住房安全", cast, home)
    turn(home, RED["住房安全"])
    to_check(item, cast)
    for piece in item.evidence.all():
        closing.open_evidence(evidence=piece, by=cast.head, at=AT)
    data = {"opinion": "已看现场", "step": "APPROVE"}
    said = as_user(cast.head).post(f"/items/{item.uid}/pass/", data).content.decode()
    assert "演示陈户在册仍是危房户" in said and f'href="/households/{home.uid}/changes/"' in said
