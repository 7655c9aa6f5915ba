"""Figures that stand up: each is a condition on items, counted here and opened as the same rows in
the ledger. A rate's denominator leaves out what is not yet due; no unit is ranked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.db.models import Count, Exists, F, Min, OuterRef, Q, QuerySet
from django.db.models.functions import Left

from cadres.models import Area, Cadre, Unit
from cadres.scope import scope_of
from rectification.models import ExtensionDecision, Item, StepDays
from rectification.querysets import items_visible_to
from rectification.workflow import (
    CHECKS,
    GRADES,
    LABELS,
    OPEN,
    ROUTE_LABELS,
    ROUTES,
    WITH_DISCIPLINE,
    WITH_RECTIFIER,
    Route,
    Status,
    step_of,
    steps_of,
)

MEDIAN_DAYS = 90  # steps that ended within so many days
# What 纪委监委 has left the ordinary path and its clock: neither due nor done.
OUT = (Status.DISMISSED, Status.MERGED, *WITH_DISCIPLINE)
COUNTED = ~Q(status__in=OUT) & ~Q(route=Route.ON_SPOT)
CLOSED = Q(status__in=[Status.CLOSED, Status.CONSOLIDATED])
NOT_APPLIED = Q(status__in=[s for s in OPEN if s not in CHECKS])
CHECKING = Q(status__in=list(CHECKS))
ISSUED = Q(issued_on__isnull=False)
FIRST = Q(rebounds=0, issue_due__isnull=False)  # a relapse is issued anew


IN_TIME = Q(applied_on__lte=F("deadline"))


def _past(today: date) -> Q:
    return ISSUED & Q(deadline__lt=today)


# Not by a join: an item that asked twice would be counted twice in every figure.
EXTENDED = Q(Exists(ExtensionDecision.objects.filter(extension__item=OuterRef("pk"), granted=True)))


def _due(today: date) -> Q:
    """What had its last day. What was handed in on time and waits for a checker is neither on
    time nor late yet: a checker's delay never looks like the rectifier's."""
    return _past(today) & ~(CHECKING & IN_TIME)


def _late(today: date) -> Q:
    return _past(today) & NOT_APPLIED


def _late_days(first: int, last: int | None) -> Callable[[date], Q]:
    def q(today: date) -> Q:
        found = _late(today) & Q(deadline__lte=today - timedelta(days=first))
        return found & Q(deadline__gte=today - timedelta(days=last)) if last else found

    return q


@dataclass(frozen=True)
class Figure:
    label: str
    here: Callable[[date], Q]
    among: Q = COUNTED  # said once for all figures that are counted together
    apart: bool = False  # few rows, found by an index of their own

    def q(self, today: date) -> Q:
        return self.among & self.here(today)


FIGURES = {
    "to_issue": Figure("应交办", lambda t: FIRST & (Q(issued_on__isnull=False) | Q(issue_due__lt=t))),
    "issue_ok": Figure("按时交办", lambda t: FIRST & Q(issued_on__lte=F("issue_due"))),
    "issue_wait": Figure("未到期未交办", lambda t: FIRST & Q(issued_on__isnull=True, issue_due__gte=t)),
    "due": Figure("到期应销", _due),
    "on_time": Figure("按期销号", lambda t: _past(t) & CLOSED & IN_TIME),
    # A granted extension moves the day by which one is on time: it counts and is told apart.
    "extended": Figure("按期销号，其中延过期", lambda t: _past(t) & CLOSED & IN_TIME & EXTENDED, apart=True),
    "late_closed": Figure("超期销号", lambda t: _past(t) & CLOSED & Q(applied_on__gt=F("deadline"))),
    "late_checking": Figure("超期申请，在检查", lambda t: _past(t) & CHECKING & ~IN_TIME),
    "late_open": Figure("逾期未申请", _late),
    "checking": Figure("按期申请，在检查", lambda t: _past(t) & CHECKING & IN_TIME),
    "not_due_open": Figure("未到期未销", lambda t: ISSUED & Q(deadline__gte=t) & ~CLOSED),
    "not_due_closed": Figure("未到期已销", lambda t: ISSUED & Q(deadline__gte=t) & CLOSED),
    "late_1_7": Figure("逾期 1–7 天", _late_days(1, 7)),
    "late_8_30": Figure("逾期 8–30 天", _late_days(8, 30)),
    "late_31": Figure("逾期 30 天以上", _late_days(31, None)),
    "closed_ever": Figure("销过号", lambda t: CLOSED | Q(rebounds__gt=0)),
    "rebound": Figure("反弹", lambda t: Q(rebounds__gt=0)),
    "spot": Figure("现场解决", lambda t: CLOSED, among=Q(route=Route.ON_SPOT), apart=True),
}  # fmt: skip


@dataclass(frozen=True)
class Rate:
    """Whole per mille, so that no figure depends on a float; nothing due is no rate."""

    part: int
    whole: int

    @property
    def words(self) -> str:
        if not self.whole:
            return "—"
        tenths = (self.part * 1000 + self.whole // 2) // self.whole
        if tenths == 1000 and self.part < self.whole:
            tenths = 999  # 100 % means all of them
        return f"{tenths // 10}.{tenths % 10}%"


@dataclass
class Line:
    name: str
    query: dict[str, Any]  # what opens its rows in the ledger
    n: dict[str, int]

    @property
    def issued(self) -> Rate:
        return Rate(self.n["issue_ok"], self.n["to_issue"])

    @property
    def closed(self) -> Rate:
        return Rate(self.n["on_time"], self.n["due"])

    @property
    def rebound(self) -> Rate:
        return Rate(self.n["rebound"], self.n["closed_ever"])


PARTS: tuple[str, ...] = ("township", "unit", "grade", "route")


def _counted(items: QuerySet[Item], today: date) -> list[dict[str, Any]]:
    """Every figure by all that a line is made of; the items are read one time."""

    def by_parts(found: QuerySet[Item], **counts: Count) -> list[dict[str, Any]]:
        return list(found.order_by().values(*PARTS).annotate(**counts))

    together = {key: Count("pk", filter=f.here(today)) for key, f in FIGURES.items() if not f.apart}
    rows = by_parts(items.filter(COUNTED), **together)
    for key, figure in FIGURES.items():
        if figure.apart:
            rows += by_parts(items.filter(figure.q(today)), **{key: Count("pk")})
    return rows


def _folded(rows: list[dict[str, Any]], *by: str) -> list[dict[str, Any]]:
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        line = found.setdefault(tuple(row[k] for k in by), {k: row[k] for k in by} | dict.fromkeys(FIGURES, 0))  # fmt: skip
        for key in FIGURES:
            line[key] += row.get(key, 0)
    return list(found.values())


def _sum(rows: list[dict[str, Any]]) -> dict[str, int]:
    return {key: sum(row[key] for row in rows) for key in FIGURES}


@dataclass(frozen=True)
class Waiting:
    stage: str
    whom: str
    count: int
    since: date
    query: dict[str, Any]


@dataclass(frozen=True)
class Median:
    key: str  # of the step, in the log
    name: str
    days: int
    count: int


@dataclass(frozen=True)
class Report:
    total: Line
    townships: list[Line]
    units: list[Line]
    grades: list[Line]
    waiting: list[Waiting]
    medians: list[Median]


def report(user: Cadre, today: date) -> Report:
    """Eight statements, however many items, places and units. Places and units by their code."""
    items = items_visible_to(user).select_related(None).annotate(township=Left("area_id", 9))
    places = dict(Area.objects.exclude(level=Area.Level.VILLAGE).values_list("code", "name"))
    units = {u.pk: u for u in Unit.objects.select_related("area")}
    rows = _counted(items, today)
    by_place = sorted(_folded(rows, "township"), key=lambda row: row["township"])
    by_unit = sorted(
        _folded(rows, "unit"), key=lambda row: (units[row["unit"]].area.code, row["unit"])
    )
    by_grade = _folded(rows, "grade", "route")
    order = [(g, str(r)) for g in GRADES for r in ROUTE_LABELS]
    by_grade.sort(key=lambda row: order.index((row["grade"], row["route"])))
    return Report(
        total=Line("合计", {}, _sum(by_place)),
        townships=[
            Line(places.get(r["township"] + "000", "县直"), {"township": r["township"]}, r)
            for r in by_place
        ],
        units=[Line(str(units[r["unit"]]), {"unit": r["unit"]}, r) for r in by_unit],
        grades=[
            Line(f"{GRADES[r['grade']][0]} · {ROUTE_LABELS[Route(r['route'])]}", {"grade": r["grade"], "route": r["route"]}, r)
            for r in by_grade if r["route"] != Route.ON_SPOT
        ],
        waiting=_waiting(items, places, units),
        medians=medians(user, items, today),
    )  # fmt: skip


OFFICE = "县指挥部"


def _waiting(
    items: QuerySet[Item], places: dict[str, str], units: dict[int, Unit]
) -> list[Waiting]:
    """Who holds what is open: by stage, in the order of the way, then by whom, by code."""
    keys = ("status", "route", "unit", "lead_unit", "township")
    rows = items.filter(status__in=OPEN).order_by().values(*keys).annotate(n=Count("pk"), first=Min("since"))  # fmt: skip
    found: dict[tuple[int, str, tuple[str, str]], list[Any]] = {}
    for row in rows:
        status, route = row["status"], row["route"]
        stage = LABELS[Status(status)]
        kind, whom = "", ""
        if status in WITH_RECTIFIER:
            kind, whom = "unit", str(row["unit"])
        elif status in CHECKS:
            step = step_of(route, status)
            stage = f"待{step.label}"
            if step.by_own_unit:
                kind, whom = "unit", str(row["unit"])
            elif step.by_lead_unit:
                kind, whom = "lead", str(row["lead_unit"])
            elif step.right in ("item.self_check", "item.create"):
                kind, whom = "township", row["township"]
        kept = found.setdefault((list(LABELS).index(Status(status)), stage, (kind, whom)), [0, row["first"]])  # fmt: skip
        kept[0] += row["n"]
        kept[1] = min(kept[1], row["first"])

    def code(kind: str, whom: str) -> tuple[str, int]:
        if kind == "township":
            return whom, 0
        return (units[int(whom)].area.code, int(whom)) if whom else ("", 0)

    made = []
    for (_, stage, (kind, whom)), (count, first) in sorted(
        found.items(), key=lambda x: (x[0][0], x[0][1], code(*x[0][2]))
    ):
        name = places.get(whom + "000", "县直") if kind == "township" else str(units[int(whom)]) if whom else OFFICE  # fmt: skip
        query = {"view": "open", "stage": stage, **({kind: whom} if kind else {})}
        made.append(Waiting(stage, name, count, first, query))
    return made


STEPS = {
    "item.confirm": "审核",
    "item.issue": "交办",
    "item.sign": "签收",
    "item.plan": "制定措施",
    "item.apply": "整改到申请",
}


def steps_lately(user: Cadre, items: QuerySet[Item], today: date) -> QuerySet[StepDays]:
    """Calendar days from one move to the next, of the steps that ended lately."""
    ended = StepDays.objects.filter(ended__gte=today - timedelta(days=MEDIAN_DAYS))
    # Who sees every place sees every item, and none needs to be looked up.
    if Area.objects.exclude(scope_of(user).within("item.view", "code")).exists():
        ended = ended.filter(item__in=items.order_by().values("pk"))
    return ended


def medians(user: Cadre, items: QuerySet[Item], today: date) -> list[Median]:
    ended = steps_lately(user, items, today)
    spread: dict[str, list[tuple[int, int]]] = {}
    rows = ended.values_list("name", "days").annotate(n=Count("*")).order_by("name", "days")
    for name, days, n in rows:
        spread.setdefault(name, []).append((days, n))
    found = {name: (_middle(days), sum(n for _, n in days)) for name, days in spread.items()}
    return [Median(key, name, *found[key]) for key, name in step_names().items() if key in found]


def step_names() -> dict[str, str]:
    """What the log calls a step → what a reader does, in the order of the way. A 长期坚持 item has
    a check of each stage before the others."""
    return STEPS | {s.label: s.label for route in ROUTES for s in steps_of(route)}


def _middle(days: list[tuple[int, int]]) -> int:
    """Of so many of each, in order: the lower of two middles, as a day that really was."""
    left = (sum(n for _, n in days) + 1) // 2
    for value, n in days:
        left -= n
        if left <= 0:
            return value
    raise AssertionError("nothing has no middle")
