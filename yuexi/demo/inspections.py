"""暗访: one whose report is out, with findings in and not yet in the ledger, and one sealed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import uuid6

from cadres.models import Area, Cadre
from households.models import Household
from inspections import sealed
from inspections.actions import field, plans, release
from inspections.models import Plan
from yuexi.core import clock
from yuexi.demo.people import People

FOUND = (
    ("WATER.DRY", "饮水安全", "水龙头不出水，户主说入冬以后白天都停水"),
    ("", "政策落实", "问到医保报销，户主说没有人来讲过怎么办"),
)


def load_inspections(now: datetime, people: People) -> None:
    leader, *team = people.by_role["INSPECTOR", "340828"]
    townships = list(Area.objects.filter(level=Area.Level.TOWNSHIP, children__isnull=False).distinct().order_by("code")[:2])  # fmt: skip
    today = clock.start_of(clock.day(now))

    def plan(title: str, place: Area, start: datetime, at: datetime) -> Plan:
        made = plans.prepare(
            title=title, purpose="不打招呼、不要陪同，直接到户", townships=[place], kinds=["LIFTED", "GENERAL"], take=3, spare=2,
            window_days=180, start=start, team=team, by=leader, at=at,
        )  # fmt: skip
        plans.draw(plan=made, by=team[0], at=at + timedelta(hours=1))
        return made

    past = today - timedelta(days=6) + timedelta(hours=8)
    walked = plan("冬季饮水暗访", townships[0], past, past - timedelta(days=1))
    _walk(walked, past + timedelta(hours=2))
    release.release(plan=walked, report_no=f"督查通报〔{now.year}〕2号", by=leader, at=past + timedelta(days=3))  # fmt: skip
    first = walked.findings.order_by("pk").first()
    assert first is not None
    release.transfer(finding=first, by=leader, at=past + timedelta(days=4))
    plan("帮扶政策知晓暗访", townships[1], today + timedelta(days=1, hours=8), now)
    plan("两不愁三保障入户暗访", townships[1], now - timedelta(minutes=30), now - timedelta(days=1))


def _walk(plan: Plan, at: datetime) -> None:
    """Two doors with what was found there, one where nobody was, the rest without findings."""
    state = sealed.read(plan)
    team = plans.members_of(state)
    homes = state.waiting()
    for (code, category, text), home in zip(FOUND, homes, strict=False):
        _door(
            plan,
            home,
            team[0],
            at,
            found=[field.FoundSaid(text=text, category=category, code=code)],
        )
    _door(
        plan,
        homes[-1],
        team[1],
        at,
        outcome="REPLACED",
        cleared=None,
        said="整户外出，邻居说过年才回",
    )
    for home in sealed.read(plan).waiting():
        _door(plan, home, team[1], at)


def _door(plan: Plan, uid: str, by: Cadre, at: datetime, **changes: Any) -> None:
    home = Household.objects.get(uid=uid)
    asked = field.asked_at(home, clock.day(at))
    members = list(home.members.filter(left_on=None).values_list("pk", flat=True))
    shown = {f.code for f in changes.get("found", ())}
    answers = [
        field.AnswerSaid(code=q.code, said="NO" if q.code in shown else "YES", member=member)
        for q in asked.questions
        for member in (members if q.unit == "PERSON" else [None])
    ]
    given = {"outcome": "SEEN", "cleared": True, "answers": answers, **changes}
    if given["outcome"] == "REPLACED":
        given["answers"] = []
    made = field.DoorRecord(uid=uuid6.uuid7(), household=home.uid, recorded_at=at, **given)
    field.record(plan=plan, given=made, by=by, at=at)
