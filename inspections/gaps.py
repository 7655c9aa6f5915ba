"""Reads of 自查, each within the reader's area; the figures add up what the lists show."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db import models
from django.db.models import Exists, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import Coalesce

from cadres.models import Area, Cadre
from cadres.scope import scope_of
from households.models import Household
from households.querysets import my_households
from inspections.actions.selfcheck import SOURCE
from inspections.models import CheckCount, CheckRun, Gap, GapCase, Indicator, Judgement, Standard
from rectification.models import Item
from rectification.workflow import ENDED
from yuexi.core import clock


def by_area(user: Cadre) -> bool:
    """Whether the reader sees areas; a helper without one sees his own households alone."""
    return bool(scope_of(user).prefixes.get("household.view"))


def here(user: Cadre) -> Q:
    if by_area(user):
        return scope_of(user).within("household.view", "area__code")
    return Q(household__in=my_households(user).values("pk"))


def gaps_visible_to(user: Cadre, run: CheckRun) -> QuerySet[Gap]:
    return Gap.objects.filter(here(user), run=run).select_related("household", "area__parent")


def latest_run(level: str) -> CheckRun | None:
    """Of the version in force last; a trial of one to come is looked at on its own page."""
    done = CheckRun.objects.filter(standard__level=level, state=CheckRun.State.DONE)
    return (
        done.filter(standard__start__lte=models.F("day"))
        .select_related("standard")
        .order_by("-day", "-standard__start", "-pk")
        .first()
    )


@dataclass
class Line:
    """An indicator with its sums in the reader's area. What he sees no area of is not counted."""

    indicator: Indicator
    met: int = 0
    failed: int = 0
    unknown: int = 0
    open: int = 0
    num: int | None = None
    den: int | None = None

    @property
    def checked(self) -> int:
        return self.met + self.failed + self.unknown + self.open

    @property
    def waiting(self) -> bool:
        """A rate that no evaluation has filled."""
        return self.indicator.judged == Indicator.Judged.RATE and bool(self.open)


def figures(user: Cadre, run: CheckRun, prefix: str = "") -> list[Line]:
    lines = {i.code: Line(i) for i in run.standard.indicators.order_by("order", "pk")}
    for line in lines.values():
        line.indicator.standard = run.standard
    if not by_area(user):
        own = gaps_visible_to(user, run).order_by().values_list("code", "verdict")
        for code, verdict, n in own.annotate(n=models.Count("pk")):
            if code in lines:
                setattr(lines[code], verdict.lower(), n)
        return list(lines.values())
    counts = CheckCount.objects.filter(here_of_count(user), run=run, area__code__startswith=prefix)
    sums = {n: Coalesce(Sum(n), 0) for n in ("met", "failed", "unknown", "open")}
    for row in counts.order_by().values("code").annotate(**sums, num=Sum("num"), den=Sum("den")):
        if row["code"] in lines:
            vars(lines[row["code"]]).update({k: v for k, v in row.items() if k != "code"})
    return list(lines.values())


def here_of_count(user: Cadre) -> Q:
    return scope_of(user).within("household.view", "area__code")


def narrowed(gaps: QuerySet[Gap], asked: dict[str, str]) -> QuerySet[Gap]:
    """By indicator, verdict, township or village, kind and 未转整改."""
    if asked.get("code"):
        gaps = gaps.filter(code=asked["code"])
    if asked.get("verdict") in Gap.Verdict.values:
        gaps = gaps.filter(verdict=asked["verdict"])
    if asked.get("area", "").isdecimal():
        gaps = gaps.filter(area__code__startswith=asked["area"][:12])
    if asked.get("kind") in Household.Kind.values:
        gaps = gaps.filter(household__kind=asked["kind"])
    if asked.get("item") in ("no", "yes"):
        has = Exists(open_cases(OuterRef("code"), OuterRef("household"), OuterRef("area")))
        gaps = gaps.filter(has if asked["item"] == "yes" else ~has)
    return gaps


def open_cases(code: Any, household: Any, area: Any) -> QuerySet[GapCase]:
    item = Item.objects.filter(source_kind=SOURCE, source_id=OuterRef("pk")).exclude(status__in=ENDED)  # fmt: skip
    return GapCase.objects.filter(Exists(item), code=code).filter(
        Q(household=household) | Q(household__isnull=True, area=area)
    )


def with_items(gaps: list[Gap], level: str) -> None:
    """The open item of each, in two statements for all of them."""
    cases = GapCase.objects.filter(
        Q(household__in=[g.household_id for g in gaps if g.household_id])
        | Q(household__isnull=True, area__in=[g.area_id for g in gaps]),
        level=level, code__in={g.code for g in gaps},
    )  # fmt: skip
    found = {c.pk: c for c in cases}
    items = Item.objects.filter(source_kind=SOURCE, source_id__in=found).exclude(status__in=ENDED)
    of: dict[tuple[str, int | None, str], Item] = {}
    for item in items.only("uid", "number", "source_id"):
        case = found[item.source_id or 0]
        of[case.code, case.household_id, "" if case.household_id else case.area_id] = item
    for gap in gaps:
        key = (gap.code, gap.household_id, "" if gap.household_id else gap.area_id)
        gap.item = of.get(key)  # type: ignore[attr-defined]


@dataclass
class Changes:
    """What is another between two runs of a level, in the reader's area."""

    before: CheckRun
    after: CheckRun
    added: QuerySet[Gap]
    gone: QuerySet[Gap]
    lines: list[tuple[str, int, int, int, int]] = field(default_factory=list)


def changes(user: Cadre, before: CheckRun, after: CheckRun) -> Changes:
    added = without(gaps_visible_to(user, after), before)
    gone = without(gaps_visible_to(user, before), after)
    names = {i.code: i.name for run in (before, after) for i in run.standard.indicators.order_by("order", "pk")}  # fmt: skip
    plus, minus = per_code(added), per_code(gone)
    then, now = per_code(gaps_visible_to(user, before)), per_code(gaps_visible_to(user, after))
    lines = [
        (name, then.get(c, 0), now.get(c, 0), plus.get(c, 0), minus.get(c, 0))
        for c, name in names.items()
    ]
    return Changes(before, after, added, gone, lines)


def without(gaps: QuerySet[Gap], other: CheckRun) -> QuerySet[Gap]:
    """Gaps that the other run does not have; a change of words alone is none."""
    same = Gap.objects.filter(run=other, code=OuterRef("code"), verdict=OuterRef("verdict"))
    at_home = same.filter(household=OuterRef("household"))
    of_area = same.filter(household__isnull=True, area=OuterRef("area"))
    return gaps.filter(
        Q(household__isnull=False) & ~Exists(at_home) | Q(household__isnull=True) & ~Exists(of_area)
    )


def per_code(gaps: QuerySet[Gap]) -> dict[str, int]:
    counted = gaps.order_by().values("code").annotate(n=models.Count("pk"))
    return {row["code"]: row["n"] for row in counted}


def townships_of(user: Cadre) -> QuerySet[Area]:
    within = scope_of(user).within("household.view", "code")
    return Area.objects.filter(within, level=Area.Level.TOWNSHIP).order_by("code")


def villages_of(user: Cadre, right: str = "household.view") -> QuerySet[Area]:
    within = scope_of(user).within(right, "code")
    return Area.objects.filter(within, level=Area.Level.VILLAGE).select_related("parent").order_by("code")  # fmt: skip


def answers_of(level: str, *, area: Area | None = None, household: Household | None = None) -> dict[str, Judgement]:  # fmt: skip
    """The latest answer to each MANUAL indicator."""
    found = Judgement.objects.filter(level=level, household=household)
    if household is None:
        found = found.filter(area=area)
    return {j.code: j for j in found.select_related("by", "file").order_by("pk")}


def household_panel(user: Cadre, household: Household) -> tuple[str, dict[str, Any]]:
    """差距 of a household by the last run, on its page."""
    run = latest_run(Standard.Level.HOUSEHOLD)
    found: list[Gap] = []
    if run is not None:
        found = list(Gap.objects.filter(run=run, household=household).order_by("pk"))
        names = {i.code: i for i in run.standard.indicators.all()}
        for gap in found:
            gap.indicator = names[gap.code]  # type: ignore[attr-defined]
        with_items(found, Standard.Level.HOUSEHOLD)
    return "standards/_of_household.html", {"run": run, "gaps": found, "home": household}


def item_panel(user: Cadre, item: Item) -> tuple[str, dict[str, Any]]:
    """Back from an item to the indicator, the household and the 自查 that found it. A run that was
    made once more may not have the gap any longer; the standard is then all that is left."""
    template = "standards/_of_item.html"
    if item.source_kind != SOURCE or item.source_id is None:
        return template, {}
    case = GapCase.objects.select_related("household", "area").get(pk=item.source_id)
    same = Gap.objects.filter(
        here(user), code=case.code, run__standard__level=case.level, household=case.household,
        run__day__lte=clock.day(case.at),
    )  # fmt: skip
    if case.household_id is None:
        same = same.filter(area=case.area)
    gap = same.select_related("run__standard").order_by("-run__day", "-run").first()
    if gap is None:
        return template, {}
    indicator = gap.run.standard.indicators.filter(code=gap.code).first()
    return template, {"gap": gap, "case": case, "indicator": indicator}
