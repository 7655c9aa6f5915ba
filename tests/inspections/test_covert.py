"""以暗访为主: more than half in whole numbers, of what is released; which villages nobody came to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.test import Client

from cadres.models import Cadre
from inspections import covert, sealed
from inspections.actions import joints, release
from inspections.covert import Share
from inspections.models import Plan
from tests.cast import Cast
from tests.inspections.builders import LATER, Office, office_of, other_village, village
from tests.inspections.builders import walked as walked_together
from tests.inspections.conftest import START

pytestmark = pytest.mark.django_db
NOVEMBER = date(2026, 11, 1)
TODAY = date(2026, 11, 30)


@pytest.fixture
def office(cast: Cast, person: Callable[..., Cadre]) -> Office:
    return office_of(cast, person)


@pytest.mark.parametrize(
    "hidden, seen, words", [(0, 0, "免"), (1, 1, "没有达到"), (2, 1, "达到"), (0, 3, "没有达到"), (1, 0, "达到")]
)  # fmt: skip
def test_exactly_half_is_not_more_than_half(hidden: int, seen: int, words: str) -> None:
    assert Share(NOVEMBER, hidden, seen).words == words


def test_it_counts_in_the_month_of_the_walk_but_only_once_released(
    office: Office, walked: Plan
) -> None:
    assert covert.shares(office.leader, TODAY, 2)[0] == Share(NOVEMBER, 0, 0)
    release_it(walked)
    assert covert.shares(office.leader, date(2026, 12, 9), 2) == [Share(date(2026, 12, 1), 0, 0), Share(NOVEMBER, 1, 0)]  # fmt: skip


def release_it(plan: Plan) -> None:
    leader = Cadre.objects.get(pk=sealed.read(plan).by)
    release.release(plan=plan, report_no="", by=leader, at=START + timedelta(days=20))


def test_open_ones_count_when_they_begin_and_open_into_rows(
    office: Office, cast: Cast, released: Plan, as_user: Callable[[Cadre], Client]
) -> None:
    joint = walked_together(office, villages=[other_village()])
    assert covert.shares(office.leader, TODAY, 1) == [Share(NOVEMBER, 1, 1)]
    assert {row[0] for row in covert.rows_of(office.leader, NOVEMBER)} == {"暗访", "明查"}
    organisation = as_user(office.organisation).get("/inspections/covert/?month=2026-11").content.decode()  # fmt: skip
    assert "没有过半" in organisation and f"/inspections/{released.uid}/" not in organisation
    township = as_user(cast.head).get("/inspections/covert/").content.decode()
    assert "逐月占比" not in township and "季度覆盖" in township  # a share of a part says nothing
    text = as_user(office.leader).get("/inspections/covert/?month=2026-11").content.decode()
    assert joint.title in text and released.title in text and "没有过半" in text
    assert as_user(office.leader).get("/inspections/covert/?month=2026-13").status_code == 422


def test_villages_nobody_came_to(office: Office, released: Plan) -> None:
    """Of the released draw the village of the homes that were seen, of a batch once it is over."""
    quarter = date(2026, 10, 1)
    here = village().parent

    def places() -> covert.Coverage:
        return next(c for c in covert.coverage(office.leader, TODAY, quarter) if c.township == here)

    assert places().seen == 1
    assert village() not in [v for v, _ in places().unvisited]
    joint = walked_together(office, villages=[other_village()])
    assert places().seen == 1  # under way
    joints.finish(joint=joint, by=office.command, at=LATER)
    assert places().seen == 2 and places().villages - len(places().unvisited) == 2
    later = date(2027, 2, 23)
    unvisited = next(c for c in covert.coverage(office.leader, later, date(2027, 1, 1)) if c.township == here)  # fmt: skip
    assert (village(), date(2026, 11, 24)) in unvisited.unvisited and unvisited.seen == 0
