"""Who is stationed where, one exception department, one ruling in force and one that waits."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from cadres.actions.forces import exempt, set_profile
from cadres.actions.halfdays import confirm_half_days
from cadres.actions.rulings import decide_ruling, propose_ruling
from cadres.calendar import near
from cadres.halfdays import fill
from cadres.models import Cadre, Stationing, Unit
from yuexi.core import clock
from yuexi.demo.people import People

STATIONED_OF_TOWNSHIP = 3  # of each township's helpers, so that units differ
DOCUMENT = "岳帮组办〔{year}〕{number}号"


def load_forces(now: datetime, people: People) -> None:
    today = clock.day(now)
    organiser = people.by_role["ORGANISATION", "340828"][0]
    team = Cadre.objects.filter(posts__role="STATION_TEAM").select_related("unit__area").order_by("pk")[:12]  # fmt: skip
    rows = [(c, c.unit.area, "VILLAGE") for c in team if c.unit]
    for unit in Unit.objects.filter(kind="TOWNSHIP").order_by("pk")[:4]:
        helpers = Cadre.objects.filter(unit=unit, posts__role="HELPER").order_by("pk")
        rows += [(c, unit.area, "TOWNSHIP") for c in helpers[:STATIONED_OF_TOWNSHIP]]
    Stationing.objects.bulk_create(
        Stationing(cadre=c, unit=c.unit, area=area, kind=kind, start=today - timedelta(days=200), by=organiser, at=now)
        for c, area, kind in rows
    )  # fmt: skip
    year = today.year
    apart = Unit.objects.get(name="县住建局")
    set_profile(unit=apart, profile="EXCEPTION", start=today - timedelta(days=100), document_no=DOCUMENT.format(year=year, number=11), by=organiser, at=now)  # fmt: skip
    helper = Cadre.objects.filter(posts__role="HELPER").order_by("-pk").first()
    if helper is not None:
        exempt(cadre=helper, reason="STUDY", start=today - timedelta(days=60), document_no=DOCUMENT.format(year=year, number=12), by=organiser, at=now)  # fmt: skip
    office, leader = people.by_role["OFFICE_RECTIFY", "340828"][0], people.by_role["COUNTY_LEADER", "340828"][0]  # fmt: skip
    ruled = propose_ruling(
        question="TIME", text="分母为工作日减批准的休假，休息日下乡计入分子", values={"weekend": "yes", "visits_of": "poverty"},
        start=today - timedelta(days=120), document_no=DOCUMENT.format(year=year, number=3), signed_by=leader.name, scan=None, by=office, at=now,
    )  # fmt: skip
    decide_ruling(ruling_id=ruled.pk, accept=True, said="", by=leader, at=now)
    propose_ruling(
        question="HEADCOUNT", text="例外部门按三分之一计，名单以登记为准", values={"exception": "1/3"}, start=today,
        document_no=DOCUMENT.format(year=year, number=15), signed_by=leader.name, scan=None, by=office, at=now,
    )  # fmt: skip
    # Half of the departments' people go down each week, and say so.
    for n, cadre in enumerate(Cadre.objects.filter(posts__role="DEPARTMENT").order_by("pk")[:12]):
        said = {(day, slot): "PROJECT" for day in _working(today, 14 + n) for slot in ("AM", "PM")}
        confirm_half_days(said=said, by=cadre, at=now)
    fill(start=today - timedelta(days=35), end=today)


def _working(today: date, count: int) -> list[date]:
    near_days = near(today, count)
    return [near_days(-n) for n in range(count)]
