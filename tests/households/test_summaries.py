"""The sums over visits against a plain count of the visits, whatever was written and by whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import psycopg2
import pytest
import uuid6
from django.core.management import CommandError, call_command
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from cadres.models import Area, Cadre
from households import summaries
from households.actions.held import decide_held
from households.actions.life import move_household
from households.actions.receiving import receive
from households.actions.visits import VisitEntry, correct, log_visit
from households.models import (
    HeldVisit,
    Household,
    LastVisit,
    VillageDay,
    Visit,
    VisitCorrection,
)
from households.querysets import count_visits, visits_since
from tests.county import AT, COUNTY, QINGTIAN
from tests.households.builders import VILLAGE, helps, household
from tests.stack import owner_run
from yuexi.core import clock
from yuexi.core.refusals import Refusal
from yuexi.demo.copy import copy

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
OTHER = "340828202201"
MODES = st.sampled_from(["IN_PERSON", "IN_PERSON", "REMOTE", "NOBODY"])
HOURS = st.sampled_from([0, 1, 9, 11, 23, 30, 90])  # 9 and 11 lie on two days of the county
HOMES = st.integers(0, 2)


def recomputed() -> tuple[dict[Any, Counter[str]], dict[Any, datetime]]:
    """By hand, row by row: what a visit counts as is said by `Visit.as_corrected` alone."""
    days: dict[Any, Counter[str]] = {}
    last: dict[Any, datetime] = {}
    for visit in Visit.objects.prefetch_related("corrections"):
        if visit.as_corrected.void:
            continue
        days.setdefault((clock.day(visit.occurred_at), visit.area_id), Counter())[visit.mode] += 1
        key = visit.household_id, visit.mode
        last[key] = max(last.get(key, visit.occurred_at), visit.occurred_at)
    return days, last


def kept() -> tuple[dict[Any, Counter[str]], dict[Any, datetime]]:
    modes = ("IN_PERSON", "REMOTE", "NOBODY")
    days = {
        (d.day, d.area_id): Counter({m: n for m in modes if (n := getattr(d, m.lower()))})
        for d in VillageDay.objects.all()
    }
    last = {
        (row.household_id, m): at
        for row in LastVisit.objects.all()
        for m in modes
        if (at := getattr(row, m.lower())) is not None
    }
    return {key: n for key, n in days.items() if n}, last


class Machine(RuleBasedStateMachine):
    person: Person
    at: datetime

    def __init__(self) -> None:
        super().__init__()
        type(self).at = AT
        self.saved = transaction.atomic()
        self.saved.__enter__()
        self.clerk = self.person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
        self.helper = self.person("演示帮扶", "HELPER", QINGTIAN)
        self.homes = [household(f"演示{n}") for n in range(3)]
        for home in self.homes:
            helps(self.helper, home)

    def home(self, n: int) -> Household:
        return Household.objects.select_related("area").get(pk=self.homes[n].pk)

    @rule(home=HOMES, mode=MODES, hours=st.sampled_from([0, 9, 11, 23]))
    def by_page(self, home: int, mode: str, hours: int) -> None:
        entry = VisitEntry(mode=mode, occurred_at=self.at - timedelta(hours=hours), met="" if mode == "NOBODY" else "演示")  # fmt: skip
        log_visit(household=self.home(home), entry=entry, by=self.helper, at=self.at)

    @rule(seen=st.lists(st.tuples(HOMES, MODES, HOURS), max_size=6), again=st.booleans())
    def by_batch(self, seen: list[tuple[int, str, int]], again: bool) -> None:
        raw = [
            msgspec.Raw(msgspec.json.encode({
                "uid": uuid6.uuid7(), "household": self.homes[n].uid, "mode": mode, "met": "" if mode == "NOBODY" else "演示",
                "occurred_at": self.at - timedelta(hours=hours), "recorded_at": self.at,
                "late_reason": "没有信号" if hours > 24 else "",
            })) for n, mode, hours in seen
        ]  # fmt: skip
        for _ in range(1 + again):
            receive(records_raw=raw, sent_at=self.at, by=self.helper, at=self.at)

    @rule(home=HOMES, mode=MODES, days=st.lists(st.integers(0, 40), max_size=5))
    def in_bulk(self, home: int, mode: str, days: list[int]) -> None:
        """As the demonstration county is loaded."""
        rows = [(uuid6.uuid7(), self.homes[home].pk, VILLAGE, self.helper.pk, mode, "" if mode == "NOBODY" else "演示",
                 "{}", "{}", "{}", "", "", "", at, at, at, "PHONE") for n in days for at in [self.at - timedelta(days=n)]]  # fmt: skip
        copy("households_visit", ["uid", "household_id", "area_code", "visitor_id", "mode", "met", "purposes", "policies",
             "changes", "done", "promise", "late_reason", "occurred_at", "recorded_at", "synced_at", "via"], rows)  # fmt: skip

    @rule(n=st.integers(0, 99), void=st.booleans(), met=st.sampled_from(["演示", "演示乙"]))
    def put_right(self, n: int, void: bool, met: str) -> None:
        visits = list(Visit.objects.order_by("pk"))
        if visits:
            try:
                correct(visit=visits[n % len(visits)], values={"met": met}, reason="核对过", void=void, by=self.clerk, at=self.at)  # fmt: skip
            except Refusal:
                pass  # nothing changed

    @rule(n=st.integers(0, 99))
    def many_declared_void_in_one_statement(self, n: int) -> None:
        visits = list(Visit.objects.order_by("pk"))[n % 3 :: 3]
        VisitCorrection.objects.bulk_create(
            VisitCorrection(visit=v, by=self.clerk, at=self.at, reason="重复", values={}, void=k % 2 == 0)
            for k, v in enumerate([*visits, *visits[:1]])
        )  # fmt: skip

    @rule(n=st.integers(0, 99), accept=st.booleans())
    def decide(self, n: int, accept: bool) -> None:
        waiting = list(HeldVisit.objects.filter(decision=None).order_by("pk"))
        if waiting:
            decide_held(held=waiting[n % len(waiting)], accept=accept, said="问过本人", by=self.clerk, at=self.at)  # fmt: skip

    @rule(home=HOMES)
    def move(self, home: int) -> None:
        now = self.home(home)
        to = Area.objects.get(code=OTHER if now.area_id == VILLAGE else VILLAGE)
        move_household(household_id=now.pk, to=to, group="", by=self.clerk, at=self.at)

    @rule(hours=st.sampled_from([1, 13, 80]))
    def time_goes_on(self, hours: int) -> None:
        type(self).at += timedelta(hours=hours)

    @invariant()
    def sums_are_right(self) -> None:
        assert kept() == recomputed()
        assert summaries.differences() == []

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.saved.__exit__(None, None, None)


def test_whatever_was_written_the_sums_are_those_of_the_rows(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Machine, "person", staticmethod(person), raising=False)
    monkeypatch.setattr(clock, "now", lambda: Machine.at)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Machine,
        settings=settings(max_examples=25, stateful_step_count=20, derandomize=True, deadline=None, database=None,
                          suppress_health_check=list(HealthCheck)),
    )  # fmt: skip


@pytest.fixture
def clerk(person: Person) -> Cadre:
    return person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)


def seen(home: Household, by: Cadre, mode: str = "IN_PERSON", days: int = 0) -> Visit:
    at = clock.start_of(clock.today() - timedelta(days=days)) + timedelta(minutes=1)
    return Visit.objects.create(
        household=home, area=home.area, visitor=by, mode=mode, met="" if mode == "NOBODY" else "户主",
        occurred_at=at, recorded_at=at, synced_at=at,
    )  # fmt: skip


@pytest.mark.parametrize("write", [
    "INSERT INTO {} SELECT * FROM {} LIMIT 0", "UPDATE {} SET remote = NULL", "DELETE FROM {}", "TRUNCATE {}",
])  # fmt: skip
@pytest.mark.parametrize("table", ["households_villageday", "households_lastvisit"])
def test_the_application_cannot_write_a_sum(db: None, table: str, write: str) -> None:
    with pytest.raises(DatabaseError, match="permission denied"), connection.cursor() as cursor:
        cursor.execute(write.format(table, table))


def test_no_sum_is_less_than_nothing(owner_cursor: psycopg2.extensions.cursor) -> None:
    with pytest.raises(psycopg2.errors.CheckViolation, match="village_day_not_negative"):
        owner_cursor.execute("INSERT INTO households_villageday VALUES ('2026-11-01', -1, 0, 0, %s)", [VILLAGE])  # fmt: skip


def test_the_functions_do_not_listen_to_the_caller_s_search_path(clerk: Cadre) -> None:
    """A table of the caller's own that has the name of ours stays empty."""
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE households_lastvisit (LIKE public.households_lastvisit)")  # fmt: skip
        cursor.execute("SET LOCAL search_path = pg_temp, public")
    seen(household(), clerk)
    with connection.cursor() as cursor:
        cursor.execute("SELECT (SELECT count(*) FROM pg_temp.households_lastvisit), (SELECT count(*) FROM public.households_lastvisit)")  # fmt: skip
        assert cursor.fetchone() == (0, 1)


def test_a_sum_that_is_wrong_is_told_and_mended(
    real_db: str, person: Person, capsys: pytest.CaptureFixture[str]
) -> None:
    visit = seen(household(), person("演示专干", "TOWNSHIP_CLERK", QINGTIAN))
    call_command("visit_summaries")
    owner_run("UPDATE households_villageday SET in_person = 7; DELETE FROM households_lastvisit", real_db)  # fmt: skip
    with pytest.raises(CommandError, match="2 处"):
        call_command("visit_summaries")
    told = capsys.readouterr().err
    assert "{7,0,0}，逐条 {1,0,0}" in told and f"household {visit.household_id}" in told
    call_command("visit_summaries", "--mend")
    assert kept() == recomputed() and LastVisit.objects.get().in_person == visit.occurred_at


def test_the_desk_s_figures_are_the_rows_behind_them(person: Person, as_user: AsUser) -> None:
    """A clerk who also helps a household outside of his township."""
    clerk = person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    homes = [household(f"演示{n}") for n in range(4)]
    far = household("演示外", "340828101200")
    stranger = household("演示远", "340828101200")
    helps(clerk, far)
    seen(homes[0], clerk)
    seen(homes[0], clerk, "REMOTE")
    seen(homes[1], clerk, "REMOTE")
    seen(homes[2], clerk, "NOBODY")
    seen(homes[3], clerk, days=40)
    seen(far, clerk)
    seen(stranger, person("演示别人", "HELPER", COUNTY))
    wrong = seen(homes[3], clerk)
    correct(visit=wrong, values={}, reason="走错了", void=True, by=clerk, at=clock.now())
    client = as_user(clerk)
    desk = client.get("/").content.decode()
    since = clock.today().replace(day=1)
    assert "40.0%" in desk and "2 / 5 户" in desk
    for words, path, rows in (("电话视频 1 户", "/households/?view=remote", 1), ("还差 2 户", "/households/?view=unvisited", 2),
                              ("走访 5 次", f"/visits/?since={since}", 5)):  # fmt: skip
        assert f'<a href="{path}">{words}</a>' in desk
        assert client.get(path).content.decode().count("<tr") == rows + 1
    page = client.get(f"/visits/?since={since}&mode=REMOTE").content.decode()
    assert "2 次，不含作废" in page and page.count("<tr") == 3
    assert client.get("/visits/?since=2026-13-01").status_code == 200


@pytest.mark.parametrize("role,place", [("TOWNSHIP_CLERK", QINGTIAN), ("HELPER", QINGTIAN), ("OFFICE_DATA", COUNTY), ("VILLAGE", VILLAGE)])  # fmt: skip
def test_a_count_is_as_many_as_its_rows(person: Person, role: str, place: str) -> None:
    reader, other = person("演示甲", role, place), person("演示乙", "HELPER", QINGTIAN)
    near, far = household("演示近"), household("演示外", "340828101200")
    helps(reader, far)
    for home in (near, far, household("演示邻", OTHER)):
        for n, mode in enumerate(("IN_PERSON", "REMOTE", "NOBODY")):
            seen(home, other, mode, days=n)
    since = date.min.replace(year=2026)
    rows = visits_since(reader, since)
    assert count_visits(reader, since) == rows.count() > 0
    for mode in Visit.Mode.values:
        assert count_visits(reader, since, mode) == rows.filter(mode=mode).count()


def test_a_visit_that_the_database_refuses_leaves_no_sum(clerk: Cadre) -> None:
    home = household()
    with pytest.raises(IntegrityError), transaction.atomic():
        Visit.objects.create(household=home, area=home.area, visitor=clerk, mode="GHOST", met="户主",
                             occurred_at=AT, recorded_at=AT, synced_at=AT)  # fmt: skip
    assert not VillageDay.objects.exists() and not LastVisit.objects.exists()
