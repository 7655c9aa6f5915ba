"""What became of a campaign: every figure is computed from standing visits, over rows that the
reader may open one by one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date

from django.db.models import Count, Exists, OuterRef, Q, QuerySet

from cadres.models import Area, Cadre
from cadres.scope import scope_of
from households.models import (
    Assignment,
    Campaign,
    CampaignHousehold,
    CampaignOutcome,
    Household,
)
from households.querysets import current
from yuexi.core import clock

Outcome = CampaignOutcome.Outcome


def _seen_by(user: Cadre) -> Q:
    """By the village of the day on which the roster was frozen, and one's own households."""
    own = current(Assignment.objects.filter(cadre=user), clock.today())
    within = scope_of(user).within("household.view", "area__code")
    return within | Q(household__in=own.values("household"))


def outcomes_visible_to(user: Cadre, campaign: Campaign) -> QuerySet[CampaignOutcome]:
    return CampaignOutcome.objects.filter(_seen_by(user), campaign=campaign)


def campaigns_visible_to(user: Cadre) -> QuerySet[Campaign]:
    some = CampaignHousehold.objects.filter(_seen_by(user), campaign=OuterRef("pk"))
    return Campaign.objects.filter(Exists(some)).select_related("area", "by", "completed_by")


def running(campaigns: QuerySet[Campaign], today: date) -> QuerySet[Campaign]:
    return campaigns.filter(completed_at__isnull=True, start__lte=today, end__gt=today)


@dataclass
class Figures:
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, outcome: str, n: int) -> None:
        self.counts[outcome] = self.counts.get(outcome, 0) + n

    @property
    def total(self) -> int:
        return sum(self.counts.values())

    @property
    def talked(self) -> int:
        return self.counts.get(Outcome.TALKED, 0)

    @property
    def left(self) -> int:
        return self.counts.get(Outcome.NONE, 0)

    @property
    def percent(self) -> str:
        """Of 入户面谈 alone, cut and never rounded up: 100.0 means every household."""
        return f"{self.talked * 1000 // self.total / 10:.1f}%" if self.total else "—"

    @property
    def cells(self) -> list[tuple[str, str, int]]:
        return [(o.value, str(o.label), self.counts.get(o.value, 0)) for o in Outcome]


@dataclass
class Place:
    """A township or a village of the frozen roster, poor and non-poor apart."""

    prefix: str
    name: str = ""
    poor: Figures = field(default_factory=Figures)
    other: Figures = field(default_factory=Figures)

    @property
    def left(self) -> int:
        return self.poor.left + self.other.left

    @property
    def both(self) -> Figures:
        whole = Figures(dict(self.poor.counts))
        for outcome, n in self.other.counts.items():
            whole.add(outcome, n)
        return whole

    @property
    def kinds(self) -> list[tuple[str, str, Figures]]:
        return [("poor", "脱贫户、贫困户", self.poor), ("other", "一般农户", self.other)]


def coverage(rows: QuerySet[CampaignOutcome], digits: int) -> list[Place]:
    """One grouped query, then the names: by township (9 digits) or village (12), in the order
    of their codes."""
    found: dict[str, Place] = {}
    counted = rows.order_by().values_list("area_id", "kind", "outcome")
    for code, kind, outcome, n in counted.annotate(n=Count("pk")):
        place = found.setdefault(code[:digits], Place(code[:digits]))
        (place.other if kind == Household.Kind.GENERAL else place.poor).add(outcome, n)
    names = dict(Area.objects.filter(prefix__in=found).values_list("prefix", "name"))
    for place in found.values():
        place.name = names.get(place.prefix, place.prefix)
    return [found[prefix] for prefix in sorted(found)]


def total(places: Iterable[Place]) -> Place:
    whole = Place("")
    for place in places:
        for mine, its in ((whole.poor, place.poor), (whole.other, place.other)):
            for outcome, n in its.counts.items():
                mine.add(outcome, n)
    return whole
