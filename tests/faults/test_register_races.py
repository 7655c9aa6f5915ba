"""Two real connections at the same moment take the same village, month or place in a batch."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

from cadres.models import Cadre
from inspections.actions import joints, release
from inspections.models import Filing, Meeting
from rectification.models import Item
from tests.cast import Cast
from tests.county import AT
from tests.faults.test_races import at_once, refusals
from tests.inspections.builders import LATER, TODAY, filed, office_of, village, walked
from tests.inspections.test_meetings import filed as met


def test_two_departments_take_one_village(real_db: str, cast: Cast) -> None:
    day = TODAY + timedelta(days=5)
    results = at_once(
        lambda: filed(cast.department, subject="饮水检查"),
        lambda: filed(cast.clerk, subject="住房检查", start=day, end=day),
    )
    assert len(refusals(results)) == 1 and Filing.objects.count() == 1


def test_two_standing_meetings_of_one_month(real_db: str, cast: Cast) -> None:
    results = at_once(
        lambda: met(cast.accepter, kind="STANDING", on=date(2026, 12, 3)),
        lambda: met(cast.approver, kind="STANDING", on=date(2026, 12, 28)),
    )
    assert len(refusals(results)) == 1 and Meeting.objects.count() == 1


def test_a_finding_is_handed_over_once_and_a_batch_ends_once(
    real_db: str, cast: Cast, person: Callable[..., Cadre]
) -> None:
    office = office_of(cast, person)
    joint = walked(office)
    finding = joints.note(joint=joint, text="泵房门没锁", category="饮水安全", area=village(), household=None,
                          photos=(), by=office.command, at=LATER)  # fmt: skip
    made = at_once(
        lambda: release.transfer(finding=finding, by=office.command, at=LATER),
        lambda: release.transfer(finding=finding, by=cast.inspector, at=LATER),
    )
    assert made[0] == made[1] and Item.objects.filter(source_kind="inspection").count() == 1
    results = at_once(
        lambda: joints.finish(joint=joint, by=office.command, at=LATER),
        lambda: joints.finish(joint=joint, by=office.discipline, at=AT + timedelta(days=4)),
    )
    assert len(refusals(results)) == 1
