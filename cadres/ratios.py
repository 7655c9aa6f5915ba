"""三个三分之二: integers alone, by who was where on that day, and each figure with its rows.

3x ≥ 2y and never a division: a period without working days gives 免."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.db import connection
from django.db.models import Q

from cadres.halfdays import POVERTY
from cadres.models import Ruling, UnitProfile
from cadres.rulings import value

EXCUSED, UNRULED, REACHED, SHORT = "免", "无现行口径", "达到", "未达到"


@dataclass(frozen=True)
class Share:
    """x of y against num/den. `ruled` says whether a signed ruling is in force: without one the
    county sees the numbers and no verdict. num = 0 asks nothing."""

    x: int
    y: int
    num: int = 2
    den: int = 3
    ruled: bool = True

    @property
    def reached(self) -> bool | None:
        if self.y <= 0:
            return None
        return self.den * self.x >= self.num * self.y

    @property
    def missing(self) -> int:
        """How many more it takes: of a unit of 4, 3 (rounded up)."""
        return max(0, -(-self.num * self.y // self.den) - self.x) if self.y > 0 else 0

    @property
    def verdict(self) -> str:
        if self.reached is None:
            return EXCUSED
        if not self.ruled:
            return UNRULED
        return REACHED if self.reached else SHORT

    @property
    def target(self) -> str:
        return f"{self.num}/{self.den}" if self.num else "不要求"


def part(text: str) -> tuple[int, int]:
    """'1/3' of a ruling as integers."""
    if text == "none":
        return 0, 1
    num, den = text.split("/")
    return int(num), int(den)


def demanded(profile: str, rulings: dict[str, Ruling]) -> tuple[int, int]:
    """The share of a person's time or of a unit's heads, by the unit's profile."""
    if profile == UnitProfile.Profile.EXCEPTION:
        return part(value(rulings, "HEADCOUNT", "exception"))
    if profile == UnitProfile.Profile.SPECIAL:
        return part(value(rulings, "SPECIAL", "special"))
    return 2, 3


def profiles_on(day: date) -> dict[int, str]:
    found = UnitProfile.objects.filter(Q(end__isnull=True) | Q(end__gt=day), start__lte=day)
    return dict(found.values_list("unit_id", "profile"))


# Who belongs to which unit on a day: by his post then, and of two posts by the one whose unit
# sent him out, so that nobody is counted in two units on a day (domain J). Who is in a 专班 is there
# and not stationed.
STAFF = """
SELECT DISTINCT ON (p.cadre_id, d.date) p.cadre_id, p.unit_id, d.date, d.working,
       s.id IS NOT NULL AND s.unit_id = p.unit_id AND NOT EXISTS (
         SELECT 1 FROM cadres_taskforcemember f WHERE f.cadre_id = p.cadre_id AND f.start <= d.date AND (f."end" IS NULL OR f."end" > d.date)) AS stationed,
       EXISTS (SELECT 1 FROM cadres_exemption e WHERE e.cadre_id = p.cadre_id AND e.start <= d.date AND (e."end" IS NULL OR e."end" > d.date)) AS exempt
  FROM cadres_post p JOIN cadres_calendarday d ON d.date BETWEEN %(start)s AND %(end)s
   AND p.start <= d.date AND (p."end" IS NULL OR p."end" > d.date) AND NOT p.waits
  JOIN cadres_cadre c ON c.id = p.cadre_id AND c.kind = 'CADRE'
  LEFT JOIN cadres_stationing s ON s.cadre_id = p.cadre_id AND s.start <= d.date AND (s."end" IS NULL OR s."end" > d.date)
 WHERE p.cadre_id IN (SELECT q.cadre_id FROM cadres_post q WHERE q.unit_id = ANY(%(units)s))
 ORDER BY p.cadre_id, d.date, (p.unit_id = s.unit_id) DESC NULLS LAST, p.start, p.id"""
HEADS = f"""
SELECT unit_id, cadre_id, stationed, exempt FROM ({STAFF}) AS staff WHERE unit_id = ANY(%(units)s)"""
# Half-days. Leave and exempt days leave the denominator; a weekend's work adds and never lowers.
TIME = f"""
SELECT staff.unit_id, staff.cadre_id,
       coalesce(sum(CASE WHEN staff.working AND NOT staff.exempt THEN 2 - h.leave ELSE 0 END), 0),
       coalesce(sum(CASE WHEN NOT staff.exempt AND (staff.working OR %(weekend)s) THEN h.poverty ELSE 0 END), 0),
       coalesce(sum(CASE WHEN NOT staff.exempt AND (staff.working OR %(weekend)s) THEN h.home ELSE 0 END), 0),
       coalesce(sum(CASE WHEN NOT staff.exempt AND (staff.working OR %(weekend)s) THEN h.there ELSE 0 END), 0)
  FROM ({STAFF}) AS staff
 CROSS JOIN LATERAL (
   SELECT count(*) FILTER (WHERE x.category = 'LEAVE') AS leave, count(*) FILTER (WHERE x.category = ANY(%(poverty)s)) AS poverty,
          count(*) FILTER (WHERE x.category = 'HOME') AS home,
          count(*) FILTER (WHERE x.category = ANY(%(poverty)s) AND EXISTS (
            SELECT 1 FROM cadres_post l JOIN cadres_area a ON a.id = l.area_id
             WHERE l.cadre_id = x.cadre_id AND l.role = 'STATIONED_LEADER' AND NOT l.waits AND l.start <= x.day
               AND (l."end" IS NULL OR l."end" > x.day) AND x.place <> '' AND starts_with(x.place, a.prefix))) AS there
     FROM cadres_halfday x WHERE x.cadre_id = staff.cadre_id AND x.day = staff.date) AS h
 WHERE staff.unit_id = ANY(%(units)s)
 GROUP BY staff.unit_id, staff.cadre_id"""


@dataclass(frozen=True)
class Head:
    unit: int
    cadre: int
    stationed: bool
    exempt: bool


@dataclass(frozen=True)
class Time:
    """Half-days of one person in one unit. `due` may be zero."""

    unit: int
    cadre: int
    due: int
    poverty: int
    home: int
    there: int


def heads(units: Iterable[int], day: date) -> list[Head]:
    return [Head(*row) for row in _rows(HEADS, {"units": [*units], "start": day, "end": day})]


def times(units: Iterable[int], start: date, end: date, *, weekend: bool) -> list[Time]:
    given = {"units": [*units], "start": start, "end": end, "weekend": weekend, "poverty": [*POVERTY]}  # fmt: skip
    return [Time(*row) for row in _rows(TIME, given)]


def _rows(sql: str, given: dict[str, Any]) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, given)
        return list(cursor.fetchall())


def headcount(rows: Iterable[Head], profile: str, rulings: dict[str, Ruling]) -> Share:
    counted = [r for r in rows if not r.exempt]
    ruled = "HEADCOUNT" in rulings and (profile != "SPECIAL" or "SPECIAL" in rulings)
    return Share(
        sum(r.stationed for r in counted), len(counted), *demanded(profile, rulings), ruled
    )


def time_share(row: Time, profile: str, rulings: dict[str, Ruling]) -> Share:
    ruled = "TIME" in rulings and (profile != "SPECIAL" or "SPECIAL" in rulings)
    return Share(row.poverty, row.due, *demanded(profile, rulings), ruled)


def crowded_out(row: Time, profile: str) -> bool:
    """The other side of an exception department (A-17): two thirds stay with its own duty. A half
    day cannot be cut, so of 44 half-days 15 are a third and the rest is enough."""
    if profile != UnitProfile.Profile.EXCEPTION:
        return False
    return row.poverty > -(-row.due // 3)


def place_share(row: Time, rulings: dict[str, Ruling]) -> Share:
    """A county leader's time in the township where he is stationed (A-14)."""
    return Share(row.there, row.due, 2, 3, "TIME" in rulings)


def visit_share(row: Time, rulings: dict[str, Ruling]) -> Share:
    whole = row.poverty if value(rulings, "TIME", "visits_of") == "poverty" else row.due
    return Share(row.home, whole, 2, 3, "TIME" in rulings)
