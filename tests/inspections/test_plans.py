"""From the frozen frame to the report: what is refused, and what the database refuses."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg2
import pytest
from django.db import DatabaseError, connection, transaction

from cadres.files import read
from cadres.models import Event, Notice
from cadres.reminders import sweeps
from households.models import Household
from inspections import redraw, sealed
from inspections.actions import field, plans, release
from inspections.models import Entry, Finding, Plan, Sampled
from rectification.models import Item
from tests.cast import Cast
from tests.county import AT
from tests.inspections.conftest import LATER, START, Team, door, note, plan_of, see_all
from yuexi.core import clock
from yuexi.core.refusals import BadInput, Refusal

pytestmark = pytest.mark.django_db


def test_commitment_is_published_before_the_draw_and_binds_it(plan: Plan, team: Team) -> None:
    state = sealed.read(plan)
    assert state.drawn is None
    assert plan.commitment == redraw.commitment(state.seed, state.rules, sealed.read_frame(plan))
    plans.draw(plan=plan, by=team.member, at=AT + timedelta(hours=1))
    drawn = sealed.read(plan).drawn
    assert drawn == redraw.draw(state.seed, state.rules, sealed.read_frame(plan))
    assert [len(drawn["青天乡·脱贫户"][k]) for k in ("taken", "spare")] == [3, 2]
    with pytest.raises(Refusal, match="只抽一次"):
        plans.draw(plan=plan, by=team.leader, at=AT + timedelta(hours=2))


@pytest.mark.parametrize(
    "changes, field, words",
    [
        ({"take": 13}, "take", "只有 12 户可抽"),
        ({"start": AT}, "start", "晚于现在"),
        ({"team": []}, "team", "至少 2 人"),
        ({"kinds": []}, "townships", "至少选一个"),
    ],
)
def test_plan_is_refused(
    team: Team, homes: list[Household], changes: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(BadInput, match=words) as refused:
        plan_of(team, **changes)
    assert refused.value.field == field
    assert not Plan.objects.exists()


def test_what_an_issued_report_drew_is_not_drawn_again_and_a_sealed_draw_is_no_hint(
    drawn: Plan, team: Team, homes: list[Household]
) -> None:
    other = plan_of(team, take=12, spare=0)  # the sealed sample is still in the frame
    assert len(sealed.read_frame(other)) == 12
    see_all(drawn, team.leader)
    release.release(plan=drawn, report_no="", by=team.leader, at=LATER)
    with pytest.raises(BadInput, match="只有 9 户可抽"):
        plan_of(team, take=12, at=LATER, start=LATER + timedelta(days=1))
    later = LATER + timedelta(days=181)
    assert plan_of(team, take=12, spare=0, at=later, start=later + timedelta(days=1))


def test_an_early_look_takes_a_reason_and_stands_in_the_report(drawn: Plan, team: Team) -> None:
    with pytest.raises(BadInput, match="写明原因"):
        plans.look(plan=drawn, why=" ", by=team.member, at=AT + timedelta(hours=2))
    plans.look(plan=drawn, why="借车要知道走哪条路", by=team.member, at=AT + timedelta(hours=2))
    see_all(drawn, team.leader)
    release.release(plan=drawn, report_no="", by=team.leader, at=LATER)
    (told,) = Event.objects.get(action="inspection.release").after["looks"]
    assert told.startswith("演示组员") and told.endswith("借车要知道走哪条路")


def test_nothing_is_recorded_before_the_start(drawn: Plan, team: Team) -> None:
    home = sealed.read(drawn).waiting()[0]
    with pytest.raises(Refusal, match="到时才能记录"):
        field.record(plan=drawn, given=door(home), by=team.leader, at=START - timedelta(seconds=1))


def go_on(plan: Plan, home: str, why: str, team: Team) -> None:
    """换户."""
    field.record(
        plan=plan, given=door(home, outcome="REPLACED", said=why), by=team.leader, at=LATER
    )


def test_a_replaced_household_is_followed_by_the_next_spare(drawn: Plan, team: Team) -> None:
    layer = "青天乡·脱贫户"
    before = sealed.read(drawn)
    first, spares = before.sample()[layer][0], (before.drawn or {})[layer]["spare"]
    with pytest.raises(BadInput, match="原因"):
        go_on(drawn, first, "", team)
    go_on(drawn, first, "整户外出", team)
    assert sealed.read(drawn).sample()[layer][3:] == spares[:1]
    go_on(drawn, spares[0], "住院", team)
    second = sealed.read(drawn).sample()[layer][1]
    with pytest.raises(Refusal, match="备用户已用完"):
        go_on(drawn, second, "外出", team)


def test_a_household_that_was_not_drawn_is_refused(
    drawn: Plan, team: Team, homes: list[Household]
) -> None:
    lists = next(iter((sealed.read(drawn).drawn or {}).values()))
    drawn_ones = {*lists["taken"], *lists["spare"]}
    other = next(h for h in homes if str(h.uid) not in drawn_ones)
    with pytest.raises(BadInput, match="不在抽中的名单"):
        field.record(plan=drawn, given=door(other.uid), by=team.leader, at=LATER)


def test_no_report_while_a_household_has_no_outcome(drawn: Plan, team: Team) -> None:
    with pytest.raises(Refusal, match="还有 3 户没有结果"):
        release.release(plan=drawn, report_no="", by=team.leader, at=LATER)
    assert not Finding.objects.exists() and not Sampled.objects.exists()


def test_the_opened_file_draws_the_same_households_by_a_script_of_its_own(
    released: Plan, tmp_path: Path
) -> None:
    """Run far from the product, without its environment, by the interpreter alone."""
    assert released.opened is not None
    assert len(Path(redraw.__file__).read_text().splitlines()) <= 100
    opened = tmp_path / "opened.json"
    opened.write_bytes(read(released.opened))
    script = tmp_path / "redraw.py"
    script.write_bytes(Path(redraw.__file__).read_bytes())

    def run() -> subprocess.CompletedProcess[str]:
        return subprocess.run([sys.executable, "-I", "-S", str(script), str(opened)], capture_output=True,
                              text=True, cwd=tmp_path, env={"PYTHONIOENCODING": "utf-8"})  # fmt: skip

    answer = run()
    assert answer.returncode == 0, answer.stderr
    taken = {line.split()[1] for line in answer.stdout.splitlines() if "抽中" in line}
    assert taken == {str(s.household.uid) for s in released.sampled.all() if not s.spare}
    changed = json.loads(opened.read_text())
    changed["frame"].pop()
    opened.write_text(json.dumps(changed))
    assert run().returncode == 1


def test_each_finding_becomes_one_item_in_its_own_words(released: Plan, team: Team) -> None:
    finding = Finding.objects.get()
    first = release.transfer(finding=finding, by=team.leader, at=LATER)
    assert release.transfer(finding=finding, by=team.outsider, at=LATER) == first
    assert first.text == "水龙头没有水，说是上周就停了"
    assert first.lineage == "青天乡饮水暗访 岳督〔2026〕3号"
    assert Item.objects.filter(source_kind="inspection").count() == 1


def test_a_finding_left_lying_is_said_to_who_issued_the_report(released: Plan, team: Team) -> None:
    finding = Finding.objects.get()
    assert str(finding.transfer_due) == "2026-11-26"  # the second 工作日 after the 24th
    sweeps.run(today=finding.transfer_due, at=LATER + timedelta(days=2))
    sweeps.run(today=finding.transfer_due + timedelta(days=1), at=LATER + timedelta(days=3))
    told = Notice.objects.filter(subject_kind="plan").order_by("day")
    assert [(n.rule, n.level, n.recipient) for n in told] == [
        ("F-0", "B_AMBER", team.leader), ("F+1", "A_RED", team.leader),
    ]  # fmt: skip
    release.transfer(finding=finding, by=team.leader, at=LATER)
    sweeps.run(today=finding.transfer_due + timedelta(days=4), at=LATER + timedelta(days=6))
    assert told.count() == 2


def test_cancelled_stays_sealed_and_only_while_nobody_walked(drawn: Plan, team: Team) -> None:
    with pytest.raises(Refusal, match="安排这次检查的人"):
        plans.cancel(plan=drawn, by=team.member, at=LATER)
    plans.cancel(plan=drawn, by=team.leader, at=LATER)
    drawn.refresh_from_db()
    assert (drawn.ended, drawn.title) == ("CANCELLED", "")


def test_walked_inspection_is_not_cancelled(walked: Plan, team: Team) -> None:
    with pytest.raises(Refusal, match="不能作废"):
        plans.cancel(plan=walked, by=team.leader, at=LATER)


def test_an_ended_one_takes_nothing_more(released: Plan, team: Team) -> None:
    with pytest.raises(Refusal, match="已经公开或作废"):
        note(released, team.leader)
    with pytest.raises(DatabaseError, match="entry_late"), transaction.atomic():
        Entry.objects.create(plan=released, sealed=b"x")


@pytest.mark.parametrize(
    "change",
    ["commitment = repeat('a', 64)", "sealed = '\\x00'", "frame = '\\x00'", "committed_on = committed_on - 1"],
)  # fmt: skip
def test_what_the_commitment_binds_never_changes(plan: Plan, change: str) -> None:
    with (
        pytest.raises(DatabaseError, match="plan_bound"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(f"UPDATE inspections_plan SET {change} WHERE id = %s", [plan.pk])


@pytest.mark.parametrize(
    "statement, words",
    [
        ("INSERT INTO inspections_planarea (plan_id, area_code) VALUES ({plan}, '340828202000')", "report_early"),
        ("UPDATE inspections_plan SET title = '泄露' WHERE id = {plan}", "plan_in_clear_when_released"),
        ("DELETE FROM inspections_plan WHERE id = {plan}", "permission denied"),
        ("UPDATE inspections_entry SET sealed = '' WHERE plan_id = {plan}", "permission denied"),
        ("DELETE FROM inspections_teammember WHERE plan_id = {plan}", "permission denied"),
    ],
)  # fmt: skip
def test_nothing_in_clear_before_the_report_and_nothing_taken_back(
    drawn: Plan, statement: str, words: str
) -> None:
    with (
        pytest.raises(DatabaseError, match=words),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement.format(plan=drawn.pk))


def test_the_owner_of_the_tables_changes_no_journal_either(
    owner_cursor: psycopg2.extensions.cursor,
) -> None:
    with pytest.raises(psycopg2.Error, match="append only"):
        owner_cursor.execute("TRUNCATE inspections_entry CASCADE")


def test_tables_hold_nothing_readable_of_a_sealed_inspection(walked: Plan, cast: Cast) -> None:
    """As a backup or a superuser reads them: every table, every column, as text."""
    home = Household.objects.get(uid=sealed.read(walked).sample()["青天乡·脱贫户"][0])
    secret = ["饮水暗访", "走小路", "上周就停了", str(home.uid), "演示组员"]
    with connection.cursor() as cursor:
        for table in ("inspections_plan", "inspections_entry", "inspections_teammember"):
            cursor.execute(f"SELECT * FROM {table}")
            stored = [bytes(v) if isinstance(v, memoryview) else str(v).encode() for row in cursor for v in row]  # fmt: skip
            assert stored and not [s for s in secret for v in stored if s.encode() in v]


def test_day_of_the_release_is_the_countys(released: Plan) -> None:
    assert released.ended_on == clock.day(LATER)
