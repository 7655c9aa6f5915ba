"""What all rules of the clock share: one statement that writes notices, one digest a day.

An app keeps its rules as data and adds its sweep in AppConfig.ready(). Notices are UNIQUE by
(subject, rule, day, recipient): any number of sweeps at once, or one killed half way, leave
exactly one.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from cadres.calendar import is_working_day
from cadres.outbox import put_digests, put_red
from cadres.rules import Rules, in_force

# What is said, as (recipient, subject, path, rule, level, text); None when nothing can be.
Select = tuple[str, dict[str, Any]] | None


@dataclass(frozen=True)
class Sweep:
    """`select(today, rules)` answers for any day and version: the clock writes it, a preview
    counts it."""

    kind: str
    select: Callable[[date, Rules], Select]


class Sweeps:
    def __init__(self) -> None:
        self._sweeps: list[Sweep] = []

    def add(self, sweep: Sweep) -> None:
        self._sweeps.append(sweep)

    def run(self, *, today: date, at: datetime) -> int:
        return sum(sweep_one(sweep, today=today, at=at) for sweep in self._sweeps)

    def selects(self, today: date, rules: Rules) -> list[tuple[str, dict[str, Any]]]:
        return [found for sweep in self._sweeps if (found := sweep.select(today, rules))]


sweeps = Sweeps()


def sweep_one(sweep: Sweep, *, today: date, at: datetime) -> int:
    """How many notices are new."""
    found = sweep.select(today, in_force(today))
    return tell(*found, kind=sweep.kind, today=today, at=at) if found else 0


@dataclass(frozen=True)
class Preview:
    """What a version would say on a day, as the state is now."""

    by_rule: dict[str, int]
    by_person: dict[int, int]

    @property
    def notices(self) -> int:
        return sum(self.by_rule.values())

    @property
    def people(self) -> int:
        return len(self.by_person)

    @property
    def once(self) -> int:
        """How many hear one thing alone."""
        return sum(1 for n in self.by_person.values() if n == 1)


def preview(*, today: date, rules: Rules) -> Preview:
    """The very statements of the sweep, counted and not written."""
    by_rule: Counter[str] = Counter()
    by_person: Counter[int] = Counter()
    for select, values in sweeps.selects(today, rules):
        counted = f"SELECT n.rule, n.recipient, count(*) FROM ({select}) AS n (recipient, subject, path, rule, level, text) GROUP BY 1, 2"
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SET LOCAL work_mem = '128MB'")
            cursor.execute(counted, {**values, "today": today})
            for rule, person, count in cursor.fetchall():
                by_rule[rule.split(".")[0]] += count
                by_person[person] += count
    return Preview(dict(by_rule), dict(by_person))


TELL = """
INSERT INTO cadres_notice (recipient_id, subject_kind, subject_id, path, rule, level, text, day, at)
SELECT n.recipient, %(kind)s, n.subject, n.path, n.rule, n.level, n.text, %(today)s, %(at)s
  FROM ({select}) AS n (recipient, subject, path, rule, level, text)
 WHERE (n.subject, n.rule, n.recipient) NOT IN (
   SELECT subject_id, rule, recipient_id FROM cadres_notice WHERE day = %(today)s AND subject_kind = %(kind)s)
ON CONFLICT (subject_kind, subject_id, rule, day, recipient_id) DO NOTHING"""


def tell(select: str, values: dict[str, Any], *, kind: str, today: date, at: datetime) -> int:
    """Write what `select` yields as (recipient, subject, path, rule, level, text); returns how
    many notices are new. On a day off nobody is reminded."""
    if not is_working_day(today):
        return 0
    given = {**values, "kind": kind, "today": today, "at": at}
    with transaction.atomic(), connection.cursor() as cursor:
        # What is already told is hashed once; with too little room it would be searched per row.
        cursor.execute("SET LOCAL work_mem = '128MB'")
        cursor.execute(TELL.format(select=select), given)
        made = int(cursor.rowcount)
        cursor.execute(DEPUTIES, {"today": today, "at": at})
        put_red(today=today, at=at)
        return made


# Who stands in hears how many and of which weight, once a day and again when they become more:
# no subject, since his own rights do not reach it by that.
DEPUTIES = """
INSERT INTO cadres_notice (recipient_id, subject_kind, subject_id, path, rule, level, text, day, at)
SELECT a.deputy_id, 'absence', a.id, '/inbox/away/', 'AB', n.level, '您代班的' || c.name || '今天有 ' || n.total || ' 条提醒'
       || CASE WHEN n.red > 0 THEN '，其中逾期 ' || n.red || ' 条' ELSE '' END, %(today)s, %(at)s
  FROM cadres_absence a JOIN cadres_cadre c ON c.id = a.cadre_id JOIN cadres_cadre d ON d.id = a.deputy_id AND d.is_active
 CROSS JOIN LATERAL (SELECT min(n.level) AS level, count(*) AS total, count(*) FILTER (WHERE n.level = 'A_RED') AS red
    FROM cadres_notice n WHERE n.recipient_id = a.cadre_id AND n.day = %(today)s AND n.subject_kind <> 'absence') n
 WHERE a.start <= %(today)s AND a."end" > %(today)s AND n.total > 0
ON CONFLICT (subject_kind, subject_id, rule, day, recipient_id)
DO UPDATE SET text = excluded.text, level = excluded.level, at = excluded.at, read_at = NULL, acked_at = NULL
 WHERE cadres_notice.text <> excluded.text"""

DIGESTS = """
INSERT INTO cadres_digestday (recipient_id, day, red, total, sent_at)
SELECT recipient_id, day, count(*) FILTER (WHERE level = 'A_RED'), count(*), %(at)s
  FROM cadres_notice WHERE day = %(today)s AND read_at IS NULL GROUP BY recipient_id, day
ON CONFLICT (recipient_id, day) DO NOTHING"""


def digests(*, today: date, at: datetime) -> int:
    """One digest a person and day, never an empty one: GROUP BY makes none of nothing."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(DIGESTS, {"today": today, "at": at})
        made = int(cursor.rowcount)
        if made:
            put_digests(today=today, at=at)
        return made
