"""日志: every action has a name, nobody reads beyond his scope, nothing secret shows."""

from __future__ import annotations

import ast
import io
import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from python_calamine import CalamineWorkbook

from cadres.events import record
from cadres.log import ACCOUNTS, ACTIONS
from cadres.models import Cadre, Event
from cadres.roles import ROLES
from households.actions.roster import add_member, reveal_idno
from households.actions.visits import VisitEntry, log_visit
from households.sync import statements
from rectification.workflow import MOVE
from tests.county import AT, QINGTIAN
from tests.households.builders import helps, household, idno

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
ROOT = Path(__file__).resolve().parents[2]


def literals(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant):
        yield str(node.value)
    elif isinstance(node, ast.IfExp):
        yield from literals(node.body)
        yield from literals(node.orelse)
    elif isinstance(node, ast.JoinedStr):  # f"item.{verb}"
        head = node.values[0]
        assert isinstance(head, ast.Constant) and head.value == "item.", ast.dump(node)
        yield from (f"item.{verb}" for verb in MOVE)


# The second one records for one noun's actions, each of which hands it a literal; the third makes
# events that are written many at once.
RECORDERS = ("record", "logged", "event")


def recorded() -> set[str]:
    found: set[str] = set()
    for app in ("cadres", "households", "rectification", "inspections", "yuexi"):
        for file in (ROOT / app).rglob("*.py"):
            if file == ROOT / "cadres/events.py":  # where they are made of what the others say
                continue
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") in RECORDERS:
                    found |= set(literals(node.args[0]))
    return found | set(
        re.findall(r"'([a-z]+\.[a-z]+)', '[a-z]+', [vw]\.id", Path(statements.__file__).read_text())
    )


def test_every_action_has_a_name_and_every_name_an_action() -> None:
    assert recorded() == set(ACTIONS)
    assert {"visit.log", "visit.hold", "export"} <= recorded()


@pytest.fixture
def busy(person: Person) -> Cadre:
    """A visit, a revealed number, a household's change."""
    clerk = person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    home = household("演示陈")
    helps(clerk, home)
    log_visit(household=home, entry=VisitEntry(mode="IN_PERSON", met="演示陈", occurred_at=AT), by=clerk, at=AT)  # fmt: skip
    member = add_member(household=home, name="演示员", idno=idno(9), relation_name="配偶", by=clerk, at=AT)  # fmt: skip
    reveal_idno(member=member, reason="补办手续", by=clerk, at=AT + timedelta(days=1))
    return clerk


@pytest.mark.django_db
@pytest.mark.parametrize("role", [r.code for r in ROLES if "log.view" in r.rights])
def test_each_reads_within_his_scope(
    role: str, busy: Cadre, person: Person, as_user: AsUser
) -> None:
    page = as_user(person("演示看", role)).get("/log/")
    shown, rows = page.content.decode(), page.context["page"].rows
    assert "查看证件号码" in shown and "补办手续" in shown and idno(9) not in shown
    business = role in ("INSPECTOR", "DISCIPLINE")
    assert ("演示陈" in shown) is business and ("演示员" in shown) is business
    assert (">记走访<" in shown) is business
    assert business or all(e.action in ACCOUNTS for e in rows)
    assert as_user(busy).get("/log/").status_code == 403


@pytest.mark.django_db
def test_it_is_filtered_by_day_person_action_and_kind(
    busy: Cadre, person: Person, as_user: AsUser
) -> None:
    client = as_user(person("演示看", "INSPECTOR"))

    def actions(**chosen: str) -> set[str]:
        return {e.action for e in client.get("/log/", chosen).context["page"].rows}

    assert actions(**{"from": "2026-11-24"}) == {"member.reveal_idno"}
    assert "member.reveal_idno" not in actions(to="2026-11-23")
    assert actions(who=busy.work_no.lower(), action="visit.log") == {"visit.log"}
    assert actions(who="没有") == set() and actions(who=busy.work_no)
    assert actions(kind="member") == {"member.add", "member.reveal_idno"}
    for odd in ({"from": "x"}, {"to": "9999-12-31"}, {"action": "x"}, {"kind": "x"}):
        assert client.get("/log/", odd).status_code == 200


@pytest.mark.django_db
def test_numbers_are_masked_secrets_left_out_and_the_export_is_logged(
    busy: Cadre, person: Person, as_user: AsUser
) -> None:
    after: dict[str, Any] = {"said": "电话19900000099", "password": "geheim", "to": "340828202200", "role": "INSPECTOR"}  # fmt: skip
    record("cadre.edit", busy, by=busy, at=AT + timedelta(days=2), after=after)
    reader = person("演示看", "AUDIT_ADMIN")
    client = as_user(reader)
    shown = client.get("/log/").content.decode()
    assert "199****0099" in shown and "同心" in shown and "督查组" in shown
    assert "19900000099" not in shown and "geheim" not in shown
    book = client.get("/log/?format=xlsx").content
    rows = CalamineWorkbook.from_filelike(io.BytesIO(book)).get_sheet_by_index(0).to_python()
    assert "199****0099" in str(rows) and "geheim" not in str(rows) and "演示陈" not in str(rows)
    assert Event.objects.filter(action="export", actor=reader).count() == 1


@pytest.mark.django_db
def test_reading_costs_the_same_for_few_and_many(
    busy: Cadre, person: Person, as_user: AsUser
) -> None:
    client, counts = as_user(person("演示看", "INSPECTOR")), []
    for n in range(2):
        with CaptureQueriesContext(connection) as queries:
            client.get("/log/")
        counts.append(len(queries))
        for k in range(3):
            add_member(household=household(f"演示{n}{k}"), name="演示甲", idno=idno(20 + n * 3 + k),
                       relation_name="配偶", by=busy, at=AT)  # fmt: skip
    assert counts[0] == counts[1]
