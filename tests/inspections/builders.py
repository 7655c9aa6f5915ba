"""Filings, batches, meetings and forms as tests want them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from cadres.actions.rules import decide_rules, propose_rules
from cadres.models import Area, Cadre
from cadres.rules import Rules
from inspections.actions import filings, joints
from inspections.models import Filing, Joint
from tests.cast import Cast
from tests.county import AT, COUNTY
from tests.households.builders import VILLAGE

TODAY = AT.date()
LATER = AT + timedelta(days=3)


@dataclass
class Office:
    department: Cadre
    decider: Cadre
    leader: Cadre
    discipline: Cadre
    organisation: Cadre
    command: Cadre


def office_of(cast: Cast, person: Callable[..., Cadre]) -> Office:
    return Office(
        department=cast.department, decider=cast.approver, command=cast.accepter,
        leader=person("演示县长", "COUNTY_LEADER", COUNTY, "县委"),
        discipline=person("演示纪委", "DISCIPLINE", COUNTY, "县纪委监委"),
        organisation=person("演示组织", "ORGANISATION", COUNTY, "县委组织部"),
    )  # fmt: skip


def village(code: str = VILLAGE) -> Area:
    return Area.objects.get(code=code)


def other_village() -> Area:
    found = Area.objects.filter(parent=village().parent, level="VILLAGE").exclude(code=VILLAGE)
    return found.order_by("code")[0]


def filed(by: Cadre, **changes: Any) -> Filing:
    given: dict[str, Any] = {
        "kind": "POVERTY", "unit": by.unit, "subject": "冬季饮水检查", "basis": "", "purpose": "ORDINARY",
        "start": TODAY + timedelta(days=2), "end": TODAY + timedelta(days=3), "people": 3, "hours": 4, "again": "",
        "villages": [village()], "by": by, "at": AT,
    }  # fmt: skip
    return filings.file(**{**given, **changes})


def set_up(by: Cadre, body: str, **changes: Any) -> Joint:
    given: dict[str, Any] = {
        "title": "十一月联合督查", "plan": "看饮水和住房", "body": body, "purpose": "ORDINARY", "again": "",
        "start": TODAY + timedelta(days=2), "end": TODAY + timedelta(days=4), "hours": 6, "villages": [village()],
        "take": [], "by": by, "at": AT,
    }  # fmt: skip
    return joints.set_up(**{**given, **changes})


def all_three(joint: Joint, office: Office) -> None:
    here = set(joint.members.values_list("body", flat=True))
    for body, by in (
        ("DISCIPLINE", office.discipline),
        ("ORGANISATION", office.organisation),
        ("COMMAND", office.command),
    ):
        if body not in here:
            joints.enter(joint=joint, body=body, by=by, at=AT)  # fmt: skip


def walked(office: Office, **changes: Any) -> Joint:
    """Announced and started."""
    joint = set_up(office.command, "COMMAND", **changes)
    all_three(joint, office)
    joints.announce(joint=joint, notice_no="岳联督〔2026〕1号", by=office.command, at=AT)
    return joints.begin(joint=joint, by=office.command, at=LATER)


def rules(office: Office, **numbers: int) -> None:
    """A version in force since last week."""
    then = AT - timedelta(days=8)
    every = Rules().values()["numbers"] | numbers
    made = propose_rules(rules=Rules(numbers=every), start=then.date() + timedelta(days=1), why="县里重新定了口径", by=office.decider, at=then)  # fmt: skip
    decide_rules(rules_id=made.pk, accept=True, said="", by=office.leader, at=then)
