"""How sure a rate of a sample is: stratified by township, clustered by village, with the finite
number of villages. Information beside the verdict, never the verdict.

Variance of a ratio by Taylor linearisation with the village as ultimate cluster; interval by Korn
and Graubard (1998): Clopper-Pearson at the effective size, since a rate of about 1 % has no
symmetric interval and one of 0 has no variance. Quantiles are SciPy's. Why no larger library:
docs/decisions/three-rates.md.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from scipy.special import betaincinv, stdtrit

from inspections.rates import Home, Line, Part

LEVEL = 0.95


@dataclass(frozen=True)
class Estimate:
    """`rate` is weighted by the design and may differ from the point value that is judged."""

    rate: float
    variance: float
    low: float
    high: float
    size: int  # units below the line
    effective: float
    homes: int
    clusters: int
    by_stratum: Mapping[str, float]  # its share of the variance

    @property
    def design_effect(self) -> float:
        return self.size / self.effective if self.effective else 1.0


def estimate(
    homes: Sequence[Home], above: Part, below: Part, villages: Mapping[str, int]
) -> Estimate | None:
    """`villages`: stratum → how many villages it has in all, for the finite population; a
    stratum that is not named is taken as endless. None where nothing was asked."""
    rows = [h for h in homes if below(h)]
    total = sum(h.weight * below(h) for h in rows)
    if not rows or total <= 0:
        return None
    rate = sum(h.weight * above(h) for h in rows) / total
    sums: dict[str, dict[str, float]] = defaultdict(lambda: defaultdict(float))
    for h in rows:
        sums[h.stratum][h.cluster] += h.weight * (above(h) - rate * below(h)) / total
    parts = {s: _between(list(c.values()), villages.get(s, 0)) for s, c in sums.items()}
    variance = sum(parts.values())
    clusters = sum(len(c) for c in sums.values())
    size = sum(below(h) for h in rows)
    effective = _effective(rate, variance, size, clusters - len(sums))
    low, high = exact(rate * effective, effective)
    shares = {s: v / variance for s, v in parts.items()} if variance else {}
    return Estimate(rate, variance, low, high, size, effective, len(rows), clusters, shares)


def _between(scores: list[float], of: int) -> float:
    """Of one stratum. A lone village says nothing of its stratum's spread: its distance from
    the whole sample (whose scores add up to 0) is taken instead, which is never too little."""
    n = len(scores)
    left = max(0.0, 1 - n / of) if of else 1.0
    if n == 1:
        return left * scores[0] ** 2
    mean = sum(scores) / n
    return left * n / (n - 1) * sum((z - mean) ** 2 for z in scores)


def _effective(rate: float, variance: float, size: int, freedom: int) -> float:
    """Never above the size: a sample by villages is not surer than one by lot. Without a hit
    (or a miss) nothing is known of the clustering and the size itself stands."""
    if variance <= 0 or not 0 < rate < 1:
        return float(size)
    found = rate * (1 - rate) / variance
    if freedom > 0 and size > 1:
        wide = stdtrit(size - 1, (1 + LEVEL) / 2) / stdtrit(freedom, (1 + LEVEL) / 2)
        found *= float(wide) ** 2
    return float(min(found, size))


def exact(hits: float, size: float) -> tuple[float, float]:
    """Clopper-Pearson for sizes that need not be whole."""
    tail = (1 - LEVEL) / 2
    low = float(betaincinv(hits, size - hits + 1, tail)) if hits > 0 else 0.0
    high = float(betaincinv(hits + 1, size - hits, 1 - tail)) if hits < size else 1.0
    return low, high


@dataclass(frozen=True)
class Village:
    """Where more could be asked."""

    code: str
    stratum: str
    left: int  # households not asked yet
    asked: int


@dataclass(frozen=True)
class Advice:
    """`more` households would tell; 0 where it can be told now, None where no sample of that
    size tells: the rate stands on the line, or everybody was asked."""

    told: bool
    more: int | None
    where: tuple[tuple[str, int], ...] = ()


def advise(found: Estimate, line: Line, villages: Sequence[Village]) -> Advice:
    """Whether the interval lies on one side of the line and, if not, how many more households at
    the same rate and design effect would move it there. New villages of the township that is
    least sure come first: a village's second ten households tell less than another's first."""
    limit = line.per_10000 / 10_000
    if not found.low <= limit <= found.high:
        return Advice(True, 0)
    wanted = _size_that_tells(found, limit)
    left = sum(v.left for v in villages)
    if wanted is None:
        return Advice(False, None)
    more = max(1, math.ceil((wanted / found.effective - 1) * found.homes))
    if more > left:
        return Advice(False, None)
    return Advice(False, more, tuple(_spread(more, found, villages)))


def _size_that_tells(found: Estimate, limit: float) -> float | None:
    def tells(size: float) -> bool:
        low, high = exact(found.rate * size, size)
        return not low <= limit <= high

    top = found.effective
    while not tells(top):
        top *= 2
        if top > 1e7:
            return None
    low = top / 2
    while top - low > 1:
        middle = (low + top) / 2
        low, top = (low, middle) if tells(middle) else (middle, top)
    return top


def _spread(more: int, found: Estimate, villages: Sequence[Village]) -> list[tuple[str, int]]:
    each = max(1, math.ceil(found.homes / max(1, found.clusters)))
    order = sorted(
        (v for v in villages if v.left),
        key=lambda v: (v.asked > 0, -found.by_stratum.get(v.stratum, 0.0), -v.left, v.code),
    )
    chosen: dict[str, int] = defaultdict(int)
    for take in (each, more):  # a village's fair part first, then what is still wanting
        for v in order:
            if more <= 0:
                return list(chosen.items())
            here = min(take, v.left - chosen[v.code], more)
            chosen[v.code] += here
            more -= here
    return list(chosen.items())
