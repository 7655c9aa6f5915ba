"""AB 岗, 包村 and one 专班: a window ahead without anybody, a village without a unit."""

from __future__ import annotations

from datetime import datetime, timedelta

from cadres.actions.covering import add_work_post, begin_force, join_force, pair_village
from cadres.calendar import nth_working_day
from cadres.models import ABPair, Absence, Area, Cadre, Stationing, Unit
from yuexi.core import clock
from yuexi.demo.people import People

POSTS = (("项目审核", "GENERAL"), ("资金审批", "APPROVAL"), ("信访接待", "GENERAL"))


def load_covering(now: datetime, people: People) -> None:
    today = clock.day(now)
    organiser = people.by_role["ORGANISATION", "340828"][0]
    staffed = []
    for unit in Unit.objects.exclude(kind="VILLAGE").order_by("pk"):
        staff = list(Cadre.objects.filter(unit=unit, kind="CADRE", is_active=True).exclude(pk=organiser.pk).order_by("pk")[:3])  # fmt: skip
        if len(staff) >= 2:
            staffed.append((unit, staff))
    for n, (unit, staff) in enumerate(staffed[:8]):
        name, kind = POSTS[n % 3]
        add_work_post(unit=unit, name=name, kind=kind, first=staff[0], second=staff[1], start=today, by=organiser, at=now)  # fmt: skip
    _leave_a_window(now)
    villages = Area.objects.filter(level="VILLAGE").order_by("code")
    for n, unit in enumerate(Unit.objects.filter(kind="COUNTY").order_by("pk")[:9]):
        for area in villages[n * 3 : n * 3 + 3]:
            pair_village(unit=unit, area=area, start=today, document_no="", by=organiser, at=now)
    helper = Cadre.objects.filter(posts__role="HELPER", is_active=True).order_by("pk").first()
    if helper is not None:
        force = begin_force(name="防汛抗旱专班", scope="汛期值守、险情排查和转移安置", leader=organiser, start=today,
                            document_no=f"岳办〔{today.year}〕21号", by=organiser, at=now)  # fmt: skip
        join_force(force=force, cadre=helper, start=today, by=organiser, at=now)


def _leave_a_window(now: datetime) -> None:
    """One of a pair is away next week while the other is stationed in a village."""
    day = nth_working_day(clock.day(now), 3)
    for pair in ABPair.objects.select_related("first__unit", "second").order_by("pk"):
        busy = Absence.objects.filter(cadre__in=[pair.first, pair.second]).exists()
        stationed = Stationing.objects.filter(cadre__in=[pair.first, pair.second])
        if not busy and not stationed.exists() and pair.first.unit is not None:
            area = Area.objects.filter(level="VILLAGE").order_by("-code").first()
            assert area is not None
            Stationing.objects.create(cadre=pair.second, unit=pair.first.unit, area=area, kind="VILLAGE", start=day, by=pair.first, at=now)  # fmt: skip
            Absence.objects.create(cadre=pair.first, deputy=pair.second, start=day, end=day + timedelta(days=2), by=pair.first, at=now)  # fmt: skip
            return
