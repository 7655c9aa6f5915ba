from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
import uuid6

from cadres.models import Area, Cadre
from households.models import Household
from inspections import sealed
from inspections.actions import field, plans, release
from inspections.models import Plan
from tests.cast import PHOTO, Cast
from tests.county import AT, COUNTY, QINGTIAN
from tests.households.builders import VILLAGE, household

START = AT + timedelta(hours=20)
LATER = START + timedelta(hours=2)
TITLE = "青天乡饮水暗访"


@dataclass
class Team:
    leader: Cadre
    member: Cadre
    outsider: Cadre  # the same role and county, but not of the team


@pytest.fixture
def team(cast: Cast, person: Callable[..., Cadre]) -> Team:
    return Team(
        leader=cast.inspector,
        member=person("演示组员", "INSPECTOR", COUNTY, "县委组织部"),
        outsider=person("演示组外", "INSPECTOR", COUNTY, "县纪委监委"),
    )


@pytest.fixture
def homes(db: None) -> list[Household]:
    return [household(f"演示户{n:02}") for n in range(12)]


def plan_of(of: Team, **changes: object) -> Plan:
    given = {
        "title": TITLE, "purpose": "从香炉村走小路进村", "townships": [Area.objects.get(code=QINGTIAN)],
        "kinds": ["LIFTED"], "take": 3, "spare": 2, "window_days": 180, "start": START, "team": [of.member],
        "by": of.leader, "at": AT,
    }  # fmt: skip
    return plans.prepare(**{**given, **changes})  # type: ignore[arg-type]


@pytest.fixture
def plan(team: Team, homes: list[Household]) -> Plan:
    return plan_of(team)


@pytest.fixture
def drawn(plan: Plan, team: Team) -> Plan:
    plans.draw(plan=plan, by=team.leader, at=AT + timedelta(hours=1))
    return plan


def door(home: str | UUID, /, **changes: Any) -> field.DoorRecord:
    given = {
        "uid": uuid6.uuid7(),
        "household": UUID(str(home)),
        "outcome": "SEEN",
        "cleared": True,
        "recorded_at": LATER,
    }
    if changes.get("outcome") == "REPLACED":
        given["cleared"] = None
    return field.DoorRecord(**{**given, **changes})


def see_all(plan: Plan, by: Cadre) -> None:
    for uid in sealed.read(plan).waiting():
        field.record(plan=plan, given=door(uid), by=by, at=LATER)


def note(plan: Plan, by: Cadre, text: str = "水龙头没有水，说是上周就停了") -> None:
    home = UUID(sealed.read(plan).sample()["青天乡·脱贫户"][0])
    plans.note(plan=plan, text=text, category="饮水安全", area=Area.objects.get(code=VILLAGE), household=home,
               photos=[("水龙头.jpg", PHOTO)], by=by, at=LATER)  # fmt: skip


@pytest.fixture
def walked(drawn: Plan, team: Team) -> Plan:
    note(drawn, team.member)
    see_all(drawn, team.leader)
    return drawn


@pytest.fixture
def released(walked: Plan, team: Team) -> Plan:
    return release.release(plan=walked, report_no="岳督〔2026〕3号", by=team.leader, at=LATER)
