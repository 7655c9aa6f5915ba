"""Findings that have no item yet: the sweep asks again and again, and fairly."""

from collections.abc import Callable

import pytest

from cadres.models import Cadre
from households.actions.visits import Problem, VisitEntry, visit_row, write
from households.models import VisitProblem
from rectification import tasks
from rectification.models import Item
from tests.county import AT, DIANQIAN, QINGTIAN
from tests.households.builders import VILLAGE, household, idno

Person = Callable[..., Cadre]
pytestmark = pytest.mark.django_db
FAR = "340828101200"


def problem(by: Cadre, village: str, text: str) -> int:
    """Written as a batch writes it, without its item."""
    import uuid6

    home = household("演示户", village)
    entry = VisitEntry(mode="IN_PERSON", met="户主", occurred_at=AT, problems=[Problem("饮水安全", text)])  # fmt: skip
    row = visit_row(entry, uid=uuid6.uuid7(), household_id=home.pk, area_code=village, visitor=by,
                    recorded_at=AT, at=AT, via="PHONE")  # fmt: skip
    return write([row], [], sent_by=by, at=AT).problems[0]


def test_what_nobody_can_own_starves_nothing_behind_it(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tasks, "MANY", 3)
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    for n in range(7):
        problem(helper, FAR, f"第 {n} 个没有人能接")
    person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    problem(helper, VILLAGE, "水管冻裂")
    made = [tasks.recover_findings() for _ in range(3)]
    assert made == [0, 0, 1] and Item.objects.get().text == "水管冻裂"
    person("演示远专干", "TOWNSHIP_CLERK", DIANQIAN)
    made = [tasks.recover_findings() for _ in range(4)]
    assert sum(made) == 7 and max(made) <= 3  # bounded, and nothing is left behind
    assert tasks.recover_findings() == 0


def test_one_that_is_refused_stops_no_other(person: Person) -> None:
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    bad = problem(helper, VILLAGE, f"证件号码{idno(3)}写错了")
    problem(helper, VILLAGE, "水管冻裂")
    assert tasks.recover_findings() == 1
    assert VisitProblem.objects.filter(pk=bad).exists() and Item.objects.count() == 1
