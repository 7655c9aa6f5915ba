"""What is covered and what is not: posts, villages, days in the village. Lists by place and name,
never by a number of a person's."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import Exists, OuterRef, Q, QuerySet

from cadres.calendar import nth_working_day
from cadres.models import ABPair, Area, Cadre, Unit, UnitProfile, WorkPost
from cadres.reminders import Select, Sweep
from cadres.rules import Rules, Setting
from cadres.scope import scope_of, units_with

AHEAD = timedelta(days=30)
GROUP = "AB 岗与驻村"
SETTINGS = (
    Setting("ab_uncovered", GROUP, "岗位将无人在岗", 5),
    Setting("ab_note", GROUP, "外出前还没有交接单", 1),
    Setting("village_empty", GROUP, "村里将没有驻村队员", 5),
    Setting("station_days_min", GROUP, "每月驻村不少于", 20, 1, 31, "天", occasion=False),
)


def open_on(day: date) -> Q:
    return Q(start__lte=day) & (Q(end__isnull=True) | Q(end__gt=day))


@dataclass(frozen=True)
class Window:
    """Days running on which nobody is there."""

    first: date
    last: date

    @property
    def days(self) -> str:
        if self.first == self.last:
            return f"{self.first.month}月{self.first.day}日"
        return f"{self.first.month}月{self.first.day}日至{self.last.month}月{self.last.day}日"


def windows(days: list[date]) -> list[Window]:
    """Days next to each other are one window; a weekend between two does not part them."""
    found: list[Window] = []
    for day in sorted(days):
        if found and (day - found[-1].last).days <= (3 if day.weekday() == 0 else 1):
            found[-1] = Window(found[-1].first, day)
        else:
            found.append(Window(day, day))
    return found


def posts_seen(user: Cadre) -> QuerySet[WorkPost]:
    """His units' posts, and those in which he is A, B or a third himself."""
    mine = ABPair.objects.filter(Q(first=user) | Q(second=user) | Q(covers__third=user))
    here = Q(unit__in=Unit.objects.filter(units_with(user, "cadre.view")))
    return WorkPost.objects.filter(here | Q(pk__in=mine.values("post"))).select_related("unit")


def units_without_pairs(units: QuerySet[Unit], today: date) -> QuerySet[Unit]:
    """Ordinary units, county and township, in which no post has an A and a B (A-18)."""
    profiles = UnitProfile.objects.filter(open_on(today), unit=OuterRef("pk"))
    pairs = ABPair.objects.filter(open_on(today), post__unit=OuterRef("pk"))
    return units.filter(~Exists(profiles.filter(profile="EXCEPTION")), ~Exists(pairs))


def uncovered(pair_ids: list[int], since: date, until: date) -> dict[int, list[Window]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pair_id, day FROM ab_uncovered(%s, %s) WHERE pair_id = ANY(%s) ORDER BY 1, 2", [since, until, pair_ids])  # fmt: skip
        days: dict[int, list[date]] = defaultdict(list)
        for pair, day in cursor.fetchall():
            days[pair].append(day)
    return {pair: windows(found) for pair, found in days.items()}


# Working days on which each member of a village's team is away or none is there. A village that
# never had a team is told of as such and not day by day.
EMPTY = """
SELECT v.code, g::date AS day FROM cadres_area v CROSS JOIN generate_series(%(since)s::date, %(until)s::date, interval '1 day') g
 WHERE v.code = ANY(%(areas)s) AND works_on(g::date)
   AND EXISTS (SELECT 1 FROM cadres_stationing s WHERE s.area_code = v.code AND s.kind = 'VILLAGE' AND s.start <= g)
   AND NOT EXISTS (SELECT 1 FROM cadres_stationing s WHERE s.area_code = v.code AND s.kind = 'VILLAGE' AND s.start <= g AND (s."end" IS NULL OR s."end" > g)
     AND NOT EXISTS (SELECT 1 FROM cadres_absence a WHERE a.cadre_id = s.cadre_id AND a.start <= g AND a."end" > g)
     AND NOT EXISTS (SELECT 1 FROM cadres_taskforcemember f WHERE f.cadre_id = s.cadre_id AND f.start <= g AND (f."end" IS NULL OR f."end" > g)))
 ORDER BY 1, 2"""


def empty_days(areas: list[str], since: date, until: date) -> dict[str, list[Window]]:
    with connection.cursor() as cursor:
        cursor.execute(EMPTY, {"areas": areas, "since": since, "until": until})
        days: dict[str, list[date]] = defaultdict(list)
        for area, day in cursor.fetchall():
            days[area].append(day)
    return {area: windows(found) for area, found in days.items()}


@dataclass(frozen=True)
class Stay:
    """One person's month in his village, in half-days: no clock-in, no place asked (D.1)."""

    cadre: int
    area: str
    days: int  # working days of the month on which he is stationed
    leave: int  # of those, on approved leave
    there: int  # half-days

    def required(self, least: int, working: int) -> int:
        """Pro rata of the month's working days, rounded up."""
        return -(-least * (self.days - self.leave) // working) if working else 0

    def reached(self, least: int, working: int) -> bool | None:
        needed = self.required(least, working)
        return self.there >= 2 * needed if needed else None


# A visit to a home of the village is a half-day in the village as well.
STAYS = """
SELECT s.cadre_id, s.area_code, count(*) FILTER (WHERE d.working), count(*) FILTER (WHERE d.working AND EXISTS (
         SELECT 1 FROM cadres_absence a WHERE a.cadre_id = s.cadre_id AND a.kind = 'LEAVE' AND a.approved_at IS NOT NULL AND a.start <= d.date AND a."end" > d.date)),
       coalesce(sum((SELECT count(*) FROM cadres_halfday h WHERE h.cadre_id = s.cadre_id AND h.day = d.date
                       AND (h.category = 'VILLAGE' OR h.category = 'HOME' AND h.place = s.area_code))), 0)
  FROM cadres_stationing s JOIN cadres_calendarday d ON d.date BETWEEN %(start)s AND %(end)s AND d.date >= s.start AND (s."end" IS NULL OR d.date < s."end")
 WHERE s.kind = 'VILLAGE' AND s.cadre_id = ANY(%(cadres)s) GROUP BY s.cadre_id, s.area_code"""


def stays(cadres: list[int], start: date, end: date) -> list[Stay]:
    with connection.cursor() as cursor:
        cursor.execute(STAYS, {"cadres": cadres, "start": start, "end": end})
        return [Stay(*row) for row in cursor.fetchall()]


def villages_seen(user: Cadre) -> QuerySet[Area]:
    return Area.objects.filter(scope_of(user).within("cadre.view", "code"), level="VILLAGE")


# A and B hear it, and whoever keeps the unit's people.
KEEPERS = """SELECT p.cadre_id FROM cadres_post p JOIN cadres_cadre k ON k.id = p.cadre_id AND k.is_active
  WHERE p.role = 'UNIT_ADMIN' AND p.unit_id = w.unit_id AND NOT p.waits AND p.start <= %(today)s AND (p."end" IS NULL OR p."end" > %(today)s)"""
UNCOVERED = f"""
SELECT DISTINCT who.id, w.id, '/forces/ab/' || w.id || '/', 'ab_uncovered', 'B_AMBER', '岗位“' || w.name || '”' || to_char(u.day, 'FMMM"月"FMDD"日"') || '起两人都不在岗，请指定顶岗人'
  FROM (SELECT pair_id, min(day) AS day FROM ab_uncovered(%(today)s, %(ab_until)s) WHERE %(ab_on)s GROUP BY pair_id) u
  JOIN cadres_abpair p ON p.id = u.pair_id JOIN cadres_workpost w ON w.id = p.post_id
 CROSS JOIN LATERAL (SELECT p.first_id UNION SELECT p.second_id UNION {KEEPERS}) AS who (id)"""
UNSAID = """
SELECT a.cadre_id, w.id, '/forces/ab/' || w.id || '/', 'ab_note', 'B_AMBER', '您' || to_char(a.start, 'FMMM"月"FMDD"日"') || '起外出，岗位“' || w.name || '”还没有交接单'
  FROM cadres_absence a JOIN cadres_abpair p ON a.cadre_id IN (p.first_id, p.second_id) AND p.start <= a.start AND (p."end" IS NULL OR p."end" > a.start)
  JOIN cadres_workpost w ON w.id = p.post_id
 WHERE %(note_on)s AND a.start BETWEEN %(today)s AND %(note_until)s AND a."end" > a.start
   AND NOT EXISTS (SELECT 1 FROM cadres_abnote n WHERE n.pair_id = p.id AND n.absence_id = a.id)"""
VILLAGES = f"""
SELECT DISTINCT who.id, v.id, '/forces/villages/?empty=1', 'village_empty', 'B_AMBER', v.name || to_char(e.day, 'FMMM"月"FMDD"日"') || '起没有驻村队员在岗，请安排'
  FROM (SELECT code, min(day) AS day FROM ({EMPTY}) AS days GROUP BY code) e JOIN cadres_area v ON v.code = e.code
  JOIN cadres_post p ON p.area_id = v.parent_id AND p.role IN ('TOWNSHIP_HEAD', 'TOWNSHIP_CLERK') AND NOT p.waits
   AND p.start <= %(today)s AND (p."end" IS NULL OR p."end" > %(today)s)
  JOIN cadres_cadre c ON c.id = p.cadre_id AND c.is_active CROSS JOIN LATERAL (SELECT c.id) AS who (id)"""


def select_posts(today: date, rules: Rules) -> Select:
    return f"{UNCOVERED} UNION ALL {UNSAID}", {
        "today": today,
        "ab_on": rules.on("ab_uncovered"), "ab_until": nth_working_day(today, rules.number("ab_uncovered")),
        "note_on": rules.on("ab_note"), "note_until": nth_working_day(today, rules.number("ab_note")),
    }  # fmt: skip


def select_villages(today: date, rules: Rules) -> Select:
    if not rules.on("village_empty"):
        return None
    areas = list(Area.objects.filter(level="VILLAGE").values_list("code", flat=True))
    return VILLAGES, {"today": today, "since": today, "until": nth_working_day(today, rules.number("village_empty")), "areas": areas}  # fmt: skip


SWEEPS = (Sweep("workpost", select_posts), Sweep("area", select_villages))
