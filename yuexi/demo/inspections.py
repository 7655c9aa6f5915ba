"""暗访: one whose report is out, with findings in and not yet in the ledger, and one sealed."""

from __future__ import annotations

from datetime import datetime, timedelta
from uuid import UUID

from cadres.models import Area
from inspections import sealed
from inspections.actions import plans, release
from inspections.models import Plan
from yuexi.core import clock
from yuexi.demo.people import People

FOUND = (
    ("饮水安全", "水龙头不出水，户主说入冬以后白天都停水"),
    ("政策落实", "问到医保报销，户主说没有人来讲过怎么办"),
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


def _walk(plan: Plan, at: datetime) -> None:
    state = sealed.read(plan)
    team = plans.members_of(state)
    homes = [UUID(uid) for uid in state.waiting()]
    for (category, text), home in zip(FOUND, homes, strict=False):
        village = Area.objects.get(code=state.townships[0])
        plans.note(plan=plan, text=text, category=category, area=village, household=home, photos=(), by=team[0], at=at)  # fmt: skip
    plans.replace(plan=plan, household=homes[-1], why="整户外出，邻居说过年才回", by=team[1], at=at)
    for uid in sealed.read(plan).waiting():
        plans.see(plan=plan, household=UUID(uid), cleared=True, said="", by=team[1], at=at)
