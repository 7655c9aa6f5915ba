"""Figures of a 好经验: each mark of its text is a count of live rows, today and on the day of its
approval. A number that is written out and bound to nothing is refused."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.db.models import F, QuerySet

from cadres.templatetags.county import cn_day
from households.models import CampaignOutcome, Household
from households.querysets import standing
from inspections.models import Practice, PracticeFigure
from rectification.models import Item
from yuexi.core import clock

Kind = PracticeFigure.Kind
MARK = re.compile(r"\{(.)\}")
# Days, years and the numbers of places and documents count nothing.
DATES = re.compile(r"〔?[0-9]{4}〕?年?度?(?:[0-9]{1,2}月)?(?:[0-9]{1,2}日)?|[0-9]{1,2}月(?:[0-9]{1,2}日)?|第[0-9一二三四五六七八九十]+|[0-9]+号")  # fmt: skip
SIGNS = "一二两三四五六七八九十百千万亿零〇数几多"
WRITTEN = re.compile(
    r"[0-9][0-9.,%％‰]*[^，。；、\s]?"
    rf"|[{SIGNS}]*[十百千万亿][{SIGNS}余]*(?:户|人|件|次|个|名|元|亩|公里|米|篇|场|处|条|倍|天|头|只|斤)"
    r"|[一二两三四五六七八九](?:成|倍|折)|百分之[一二三四五六七八九十百点零]+|(?:全部|全村|家家|户户)(?:脱贫|销号|达标)"
)


def unbound(text: str) -> str:
    """The first statement of a number that no mark stands for, or ''."""
    plain = MARK.sub("", unicodedata.normalize("NFKC", text))
    found = WRITTEN.search(DATES.sub("", plain))
    return found[0] if found else ""


def marks(text: str) -> list[str]:
    return list(dict.fromkeys(MARK.findall(text)))


def rows(figure: PracticeFigure, practice: Practice) -> QuerySet[Any]:
    """What is counted, in the place of the text."""
    prefix = practice.area.prefix
    if figure.kind == Kind.LIFTED:
        return Household.objects.filter(area__code__startswith=prefix, kind="LIFTED", closed="")
    if figure.kind == Kind.CAMPAIGN:
        return CampaignOutcome.objects.filter(
            campaign=figure.campaign_id, outcome="TALKED", area__code__startswith=prefix
        )
    assert figure.start is not None and figure.last is not None
    if figure.kind == Kind.TALKED:
        since, until = (
            clock.start_of(figure.start),
            clock.start_of(figure.last + timedelta(days=1)),
        )
        return standing().filter(
            area__code__startswith=prefix, mode="IN_PERSON", occurred_at__gte=since, occurred_at__lt=until
        )  # fmt: skip
    closed = Item.objects.filter(
        area__code__startswith=prefix, status__in=["CLOSED", "CONSOLIDATED"],
        closed_on__gte=figure.start, closed_on__lte=figure.last,
    )  # fmt: skip
    return closed.filter(applied_on__lte=F("deadline")) if figure.kind == Kind.ON_TIME else closed


def count(figure: PracticeFigure, practice: Practice) -> int:
    return rows(figure, practice).count()


@dataclass(frozen=True)
class Bound:
    """A mark as a page shows it."""

    number: int
    key: str
    what: str
    today: int
    frozen: int | None

    @property
    def shown(self) -> int:
        return self.today if self.frozen is None else self.frozen


def what(figure: PracticeFigure) -> str:
    label = str(Kind(figure.kind).label)
    if figure.campaign:
        return f"“{figure.campaign}”{label}"
    if figure.start and figure.last:
        return f"{cn_day(figure.start)}至{cn_day(figure.last)}{label}"
    return label


def bound(practice: Practice) -> dict[str, Bound]:
    figures = practice.figures.select_related("campaign").order_by("key")
    ordered = sorted(figures, key=lambda f: "甲乙丙丁戊".index(f.key))
    return {
        f.key: Bound(n, f.key, what(f), count(f, practice), f.frozen)
        for n, f in enumerate(ordered, start=1)
    }


def pieces(text: str, figures: dict[str, Bound]) -> list[tuple[str, Bound | None]]:
    """The text, cut at its marks: (words, None) and ('', figure)."""
    found: list[tuple[str, Bound | None]] = []
    for n, part in enumerate(MARK.split(text)):
        if n % 2 == 0:
            found.append((part, None))
        else:
            found.append(("" if part in figures else f"{{{part}}}", figures.get(part)))
    return [piece for piece in found if piece[0] or piece[1]]
