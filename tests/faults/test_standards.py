"""Two at the same moment, on two real connections."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import pytest
from django.db import close_old_connections, connection

from cadres.models import Cadre
from inspections.actions import handbook, selfcheck
from inspections.models import Gap, GapCase, HandbookCopy
from rectification.models import Item
from tests.county import AT, COUNTY, QINGTIAN
from tests.households.builders import household
from tests.inspections.standing import standing
from yuexi.core.refusals import Refusal


def both(*works: Callable[[], Any]) -> list[Any]:
    """What each came to: its answer, or its refusal."""
    gate = Barrier(len(works))

    def one(work: Callable[[], Any]) -> Any:
        close_old_connections()
        gate.wait()
        try:
            return work()
        except Refusal as refusal:
            return refusal.code
        finally:
            connection.close()

    with ThreadPoolExecutor(len(works)) as pool:
        return list(pool.map(one, works))


@pytest.fixture
def files(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


def test_a_gap_pressed_by_two_is_one_item(real_db: str, files: None, person: Callable[..., Cadre]) -> None:  # fmt: skip
    office = person("演示整改组", "OFFICE_RECTIFY", COUNTY, "县帮扶指挥部")
    clerk = person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    household("演示危", unsafe_house=True)
    there = standing(office, person("演示县长", "COUNTY_LEADER", COUNTY))
    gap = Gap.objects.get(run=there.run, code="HOUSE")
    made = both(*(lambda by=by: selfcheck.open_item(gap=gap, by=by, at=AT).pk for by in (office, clerk)))  # fmt: skip
    assert made[0] == made[1]
    assert Item.objects.count() == 1 and GapCase.objects.count() == 1


def test_the_last_copy_goes_to_one(real_db: str, files: None, person: Callable[..., Cadre]) -> None:
    office = person("演示整改组", "OFFICE_RECTIFY", COUNTY, "县帮扶指挥部")
    one, two = person("演示甲", "HELPER", QINGTIAN), person("演示乙", "HELPER", QINGTIAN)
    household("演示危", unsafe_house=True)
    there = standing(office, person("演示县长", "COUNTY_LEADER", COUNTY))
    book = handbook.issue_handbook(title="手册", issuer="县", quantity=1, by=office, at=AT)
    done = both(*(lambda c=c: handbook.hand_out(handbook=book, cadres=[c], by=office, at=AT) for c in (one, two)))  # fmt: skip
    assert sorted(map(str, done)) == ["1", "too_few"]
    assert HandbookCopy.objects.filter(handbook=book).count() == 1
    assert there.book != book
