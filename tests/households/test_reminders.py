"""本月未走访: whom it reaches, when, once, and what makes it end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.test import Client

from cadres.models import Cadre, DigestDay, Notice
from cadres.reminders import digests, sweeps
from cadres.tasks import sweep_reminders
from households import reminders
from households.actions.visits import VisitEntry, correct, log_visit
from households.models import Household
from tests.county import QINGTIAN
from tests.households.builders import helps, household
from yuexi.core import clock
from yuexi.core.clock import SHANGHAI

pytestmark = pytest.mark.django_db
Person = Callable[..., Cadre]
MONDAY, TUESDAY = date(2026, 11, 23), date(2026, 11, 24)


def at(day: date, hour: int = 9) -> datetime:
    return datetime(day.year, day.month, day.day, hour, tzinfo=SHANGHAI)


@pytest.fixture
def homes(helper: Cadre) -> list[Household]:
    made = [household(f"演示{n}") for n in range(3)]
    for home in made:
        helps(helper, home)
    return made


def told(day: date) -> list[tuple[str, str, str]]:
    reminders.sweep(today=day, at=at(day))
    rows = Notice.objects.filter(day=day).order_by("recipient__name")
    return list(rows.values_list("recipient__name", "rule", "text"))


def visited(home: Household, helper: Cadre, day: date, mode: str = "IN_PERSON") -> Any:
    met = "" if mode == "NOBODY" else "演示人"
    entry = VisitEntry(mode=mode, met=met, occurred_at=at(day))
    return log_visit(household=home, entry=entry, by=helper, at=at(day, 10))


THREE = "还有 3 户本月未走访"


def test_from_the_twentieth_each_working_day_and_by_one_rule(
    helper: Cadre, homes: list[Household]
) -> None:
    assert told(date(2026, 11, 19)) == []
    assert told(date(2026, 11, 20)) == [("演示帮扶", "V20", THREE)]
    assert told(date(2026, 11, 21)) == []  # a Saturday
    assert told(TUESDAY) == [("演示帮扶", "V20", THREE)]
    # The month ends on Monday the 30th: the 25th has three working days left.
    for day in (25, 26, 27, 30):
        assert told(date(2026, 11, day)) == [("演示帮扶", "V-3", THREE)]
    assert told(date(2026, 12, 1)) == []
    assert set(Notice.objects.filter(rule="V-3").values_list("level", flat=True)) == {"B_AMBER"}
    notice = Notice.objects.filter(rule="V20")[0]
    assert (notice.level, notice.path) == ("C_PLAIN", "/m/")
    assert not any(home.head_name in notice.text for home in homes)


@pytest.mark.parametrize(
    ("day", "rule"),
    [
        (date(2026, 2, 20), None),  # the spring holiday
        (date(2026, 2, 24), "V20"),
        (date(2026, 2, 25), "V-3"),  # the 28th is a working Saturday
        (date(2026, 12, 31), "V-3"),
        (date(2026, 12, 27), None),  # a Sunday
    ],
)
def test_months_of_every_shape(
    helper: Cadre, homes: list[Household], day: date, rule: str | None
) -> None:
    assert [r for _, r, _ in told(day)] == ([rule] if rule else [])


def test_a_second_sweep_adds_nothing(helper: Cadre, homes: list[Household]) -> None:
    first = told(MONDAY)
    assert reminders.sweep(today=MONDAY, at=at(MONDAY, 15)) == 0
    assert told(MONDAY) == first


def test_a_visit_today_takes_tomorrows_notice_away(
    helper: Cadre, homes: list[Household], as_user: Callable[[Cadre], Client]
) -> None:
    assert told(MONDAY) == [("演示帮扶", "V20", THREE)]
    visited(homes[0], helper, MONDAY)
    visited(homes[1], helper, MONDAY, "REMOTE")
    visited(homes[2], helper, MONDAY, "NOBODY")  # an attempt, and no coverage
    assert told(TUESDAY) == [("演示帮扶", "V20", "还有 1 户本月未走访")]
    assert "还有 1 户本月未走访" in as_user(helper).get("/inbox/").content.decode()
    visit = visited(homes[2], helper, TUESDAY)
    assert told(date(2026, 11, 25)) == []
    correct(visit=visit, values={}, reason="记错了户", void=True, by=helper, at=at(TUESDAY, 11))
    assert [text for _, _, text in told(date(2026, 11, 26))] == ["还有 1 户本月未走访"]


def test_last_months_visit_counts_for_last_month(helper: Cadre, homes: list[Household]) -> None:
    visited(homes[0], helper, date(2026, 10, 31))
    assert told(MONDAY) == [("演示帮扶", "V20", THREE)]


def test_whom_it_reaches(helper: Cadre, homes: list[Household], person: Person) -> None:
    """Only a main helper of today, with a household that is visited every month."""
    second, before, later, gone, general, struck = (
        person(name, "HELPER", QINGTIAN)
        for name in ("演示二帮", "演示前任", "演示后任", "演示停用", "演示一般", "演示销户")
    )
    helps(second, homes[0], rank="SECOND")
    for cadre, home in ((gone, household("停")), (general, household("普", kind="GENERAL"))):
        helps(cadre, home)
    helps(struck, household("销", closed="MOVED", closed_on=MONDAY))
    old = helps(before, household("旧"))
    type(old).objects.filter(pk=old.pk).update(end=MONDAY)
    helps(later, old.household, start=TUESDAY)
    Cadre.objects.filter(pk=gone.pk).update(is_active=False)
    assert [name for name, _, _ in told(MONDAY)] == ["演示帮扶"]
    assert [name for name, _, _ in told(TUESDAY)] == ["演示后任", "演示帮扶"]


def test_notice_desk_and_list_count_the_same(
    helper: Cadre,
    homes: list[Household],
    as_user: Callable[[Cadre], Client],
    settings: Any,
) -> None:
    settings.CLOCK_OFFSET_S += int((at(MONDAY) - clock.now()).total_seconds())
    helps(helper, household("演示一般", kind="GENERAL"))
    client = as_user(helper)
    assert told(MONDAY) == [("演示帮扶", "V20", THREE)]
    assert "3 户本月还没有走访" in client.get("/").content.decode()
    page = client.get("/households/?view=unvisited").content.decode()
    assert "演示一般" not in page and all(home.head_name in page for home in homes)


@pytest.mark.parametrize(("hour", "count"), [(6, 0), (7, 1), (9, 1), (20, 1), (21, 0), (23, 0)])
def test_the_clock_sweeps_all_rules_outside_quiet_hours(
    helper: Cadre, homes: list[Household], settings: Any, hour: int, count: int
) -> None:
    settings.CLOCK_OFFSET_S += int((at(MONDAY, hour) - clock.now()).total_seconds()) + 60
    assert sweep_reminders() == count
    assert Notice.objects.count() == count
    assert DigestDay.objects.count() == (1 if count and hour >= 8 else 0)


def test_it_is_in_the_digest(helper: Cadre, homes: list[Household]) -> None:
    assert sweeps.run(today=MONDAY, at=at(MONDAY)) == 1
    assert digests(today=MONDAY, at=at(MONDAY)) == 1
    mine = DigestDay.objects.get(recipient=helper)
    assert (mine.red, mine.total) == (0, 1)
    assert digests(today=MONDAY, at=at(MONDAY) + timedelta(hours=1)) == 0
