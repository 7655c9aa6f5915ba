"""以暗访为主: the share of a month, and which villages nobody came to. Of unannounced inspections only
what is released is read, and it counts in the month in which it was walked."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.db.models import Max, QuerySet

from cadres.models import Area, Cadre
from cadres.rules import in_force
from inspections.models import Joint, Plan, Sampled, VillageSlot
from inspections.querysets import released_to
from inspections.registers import joints_visible_to, villages_within


@dataclass(frozen=True)
class Share:
    """暗访 of all; more than half, in whole numbers."""

    month: date
    covert: int
    open: int

    @property
    def total(self) -> int:
        return self.covert + self.open

    @property
    def words(self) -> str:
        if not self.total:
            return "免"
        return "达到" if 2 * self.covert > self.total else "没有达到"


def next_month(first: date) -> date:
    return (first + timedelta(days=32)).replace(day=1)


def months_back(today: date, n: int) -> list[date]:
    found = [today.replace(day=1)]
    while len(found) < n:
        found.append((found[-1] - timedelta(days=1)).replace(day=1))
    return found


def shares(user: Cadre, last: date, n: int) -> list[Share]:
    """Month by month of the whole county, the newest (`last`) first."""
    months = months_back(last, n)
    plans = released().filter(started_on__gte=months[-1], started_on__lt=next_month(months[0])).values_list("started_on", flat=True)  # fmt: skip
    joints = (
        walked(user)
        .filter(started_on__gte=months[-1], started_on__lt=next_month(months[0]))
        .values_list("started_on", flat=True)
    )
    covert = [d.replace(day=1) for d in plans if d]
    opened = [d.replace(day=1) for d in joints if d]
    return [Share(m, covert.count(m), opened.count(m)) for m in months]


def released() -> QuerySet[Plan]:
    """Of the county: that there was one is on the public board; who reads its report is another matter."""
    return Plan.objects.filter(ended=Plan.Ended.RELEASED)


def walked(user: Cadre) -> QuerySet[Joint]:
    return joints_visible_to(user).filter(status__in=["STARTED", "FINISHED"])


def rows_of(user: Cadre, month: date) -> list[tuple[str, str, date, str]]:
    """What the figures of a month open into: mode, title, day, and an address for who may read it."""
    until = next_month(month)
    plans = released().filter(started_on__gte=month, started_on__lt=until)
    mine = set(released_to(user).values_list("pk", flat=True)) if plans else set()
    joints = walked(user).filter(started_on__gte=month, started_on__lt=until)
    rows = [
        ("暗访", p.title, p.started_on or month, f"/inspections/{p.uid}/" if p.pk in mine else "")
        for p in plans
    ]
    rows += [
        ("明查", j.title, j.started_on or month, f"/inspections/joints/{j.uid}/") for j in joints
    ]
    return sorted(rows, key=lambda r: (r[2], r[1]))


@dataclass(frozen=True)
class Coverage:
    township: Area
    villages: int
    seen: int
    unvisited: list[tuple[Area, date | None]]  # for longer than the rules say, with the last day


def last_days(villages: list[Area]) -> dict[str, date]:
    """Village → the last day on which a released or finished inspection was there."""
    codes = [v.code for v in villages]
    seen = Sampled.objects.filter(outcome="SEEN", household__area__code__in=codes, plan__ended=Plan.Ended.RELEASED)  # fmt: skip
    found: dict[str, date] = dict(seen.values_list("household__area__code").annotate(Max("plan__started_on")))  # fmt: skip
    joint = VillageSlot.objects.filter(area__code__in=codes, joint__status=Joint.Status.FINISHED)
    for code, day in joint.values_list("area__code").annotate(Max("joint__finished_on")):
        found[code] = max(day, found.get(code, day))
    return found


def seen_between(villages: list[Area], start: date, until: date) -> set[str]:
    codes = [v.code for v in villages]
    plans = Sampled.objects.filter(outcome="SEEN", household__area__code__in=codes, plan__ended="RELEASED", plan__started_on__gte=start, plan__started_on__lt=until)  # fmt: skip
    joints = VillageSlot.objects.filter(area__code__in=codes, joint__status="FINISHED", joint__finished_on__gte=start, joint__finished_on__lt=until)  # fmt: skip
    return set(plans.values_list("household__area__code", flat=True)) | set(joints.values_list("area__code", flat=True))  # fmt: skip


def quarter_of(day: date) -> tuple[date, date]:
    """Its first day, and that of the next one."""
    first = date(day.year, day.month - (day.month - 1) % 3, 1)
    return first, next_month(next_month(next_month(first)))


def coverage(user: Cadre, today: date, quarter: date) -> list[Coverage]:
    villages = list(villages_within(user, "register.view"))
    start, until = quarter_of(quarter)
    seen, last = seen_between(villages, start, until), last_days(villages)
    limit = today - timedelta(days=in_force(today).number("unvisited_days"))
    by_township: dict[int, list[Area]] = {}
    for village in villages:
        by_township.setdefault(village.parent_id or 0, []).append(village)
    return [
        Coverage(
            township=here[0].parent or here[0], villages=len(here),
            seen=sum(v.code in seen for v in here),
            unvisited=[(v, last.get(v.code)) for v in here if last.get(v.code, date.min) <= limit],
        )
        for here in by_township.values()
    ]  # fmt: skip
