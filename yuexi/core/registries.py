"""What a lower app must ask of a higher one, filled in AppConfig.ready().

One mechanism for all of it: a typed list of functions, asked in the order of filling.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol


@dataclass(frozen=True)
class Held:
    """What one cadre has and a transfer hands on: never names that the reader may not see."""

    key: str  # kind:number
    label: str
    must: bool = True  # ends with a successor alone


class Giver(Protocol):
    def __call__(
        self, group: str, *, giver: Any, taker: Any, day: date, by: Any, at: datetime
    ) -> None:
        """`taker` None ends what need not have a successor. The caller asked the right."""
        ...


class Ownership:
    """What a cadre still owns, so that a transfer leaves nothing behind without an owner."""

    def __init__(self) -> None:
        self._askers: list[Callable[[int, int | None], str]] = []
        self._kinds: dict[str, tuple[Callable[[int], list[Held]], Giver]] = {}

    def hands(self, kind: str, held: Callable[[int], list[Held]], give: Giver) -> None:
        """What stands on the page of a transfer: listed by `held`, handed on by `give`."""
        self._kinds[kind] = held, give

    def held(self, cadre_id: int) -> list[Held]:
        return [one for held, _ in self._kinds.values() for one in held(cadre_id)]

    def give(self, key: str, **given: Any) -> None:
        kind, group = key.split(":", 1)
        self._kinds[kind][1](group, **given)

    def add(self, asker: Callable[[int, int | None], str]) -> None:
        """`asker(cadre_id, unit_id)` answers with a phrase such as '3 户包保', or '' for
        nothing; with a unit, only what he owns for that unit."""
        self._askers.append(asker)

    def left_with(self, cadre_id: int, unit_id: int | None = None) -> list[str]:
        return [phrase for ask in self._askers if (phrase := ask(cadre_id, unit_id))]


ownership = Ownership()


class Opener(Protocol):
    def __call__(self, source_kind: str, source_id: int, *, by: Any, at: datetime) -> object: ...


class Findings:
    """Where a lower app's finding becomes an item, in the same transaction."""

    def __init__(self) -> None:
        self.open_from: Opener = self._nobody
        self.wake: Callable[[list[int]], None] = lambda ids: None
        """Rings the bell for many findings that are committed; the sweep finds them without it."""

    @staticmethod
    def _nobody(source_kind: str, source_id: int, *, by: Any, at: datetime) -> None:
        """Before rectification is installed a finding waits for the recovery sweep."""


findings = Findings()


class Panels:
    """What a higher app shows on a lower app's page: (template, context) by asker."""

    def __init__(self) -> None:
        self._askers: list[Callable[[Any, Any], tuple[str, dict[str, Any]]]] = []

    def add(self, asker: Callable[[Any, Any], tuple[str, dict[str, Any]]]) -> None:
        """`asker(user, subject)` reads within the user's scope."""
        self._askers.append(asker)

    def for_(self, user: Any, subject: Any) -> list[tuple[str, dict[str, Any]]]:
        return [ask(user, subject) for ask in self._askers]


household_panels = Panels()
visit_panels = Panels()
lead_panels = Panels()
item_panels = Panels()


class Needs:
    """Households that a higher app's work shows to somebody who sees no area: 行业部门 by need."""

    def __init__(self) -> None:
        self._askers: list[Callable[[Any], Any]] = []

    def add(self, asker: Callable[[Any], Any]) -> None:
        """`asker(user)` answers with a queryset of household ids, or None for none."""
        self._askers.append(asker)

    def of(self, user: Any) -> list[Any]:
        return [ids for ask in self._askers if (ids := ask(user)) is not None]


household_needs = Needs()


class PhoneParts:
    """What a higher app adds to each household of the phone's day."""

    def __init__(self) -> None:
        self._askers: list[Callable[[Any, list[int], date], dict[int, dict[str, Any]]]] = []

    def add(self, asker: Callable[[Any, list[int], date], dict[int, dict[str, Any]]]) -> None:
        """`asker(user, household_ids, today)` answers by household id, in a constant number
        of statements; the same day gives the same words, or every household would be sent anew."""
        self._askers.append(asker)

    def of(self, user: Any, household_ids: list[int], today: date) -> dict[int, dict[str, Any]]:
        found: dict[int, dict[str, Any]] = {}
        for ask in self._askers:
            for pk, part in ask(user, household_ids, today).items():
                found.setdefault(pk, {}).update(part)
        return found


phone_parts = PhoneParts()


class HalfDayEvidence:
    """What fills a cadre's half-day by itself."""

    def __init__(self) -> None:
        self._found: list[tuple[int, str, str]] = []

    def add(self, source: str, sql: str, *, rank: int) -> None:
        """`sql` yields (cadre, day, slot, category, place, source id) from %(start)s to %(end)s,
        both included; of two for one slot the lower rank is its main category."""
        self._found.append((rank, source, sql))

    def all(self) -> list[tuple[int, str, str]]:
        return sorted(self._found)


half_day_evidence = HalfDayEvidence()


class WorkingDays(Protocol):
    """A calendar held in memory, so that two of them can be laid side by side."""

    def is_working(self, day: date) -> bool: ...
    def between(self, start: date, end: date) -> int:
        """工作日 after `start` up to and with `end`."""
        ...

    def nth(self, start: date, n: int) -> date:
        """The n-th 工作日 after `start`; with 0 the first one from `start` on."""
        ...


@dataclass(frozen=True)
class MovedDate:
    """A date that was counted in 工作日 and comes out another one."""

    pk: int
    column: str
    label: str
    title: str
    path: str
    area: str
    who: str
    before: date
    after: date


class Deadlines:
    """What a change of the calendar moves, asked of the apps that count in 工作日."""

    def __init__(self) -> None:
        self._kinds: list[tuple[Callable[..., list[MovedDate]], Callable[..., None]]] = []

    def add(
        self,
        moved: Callable[[WorkingDays, WorkingDays, date], list[MovedDate]],
        save: Callable[..., None],
    ) -> None:
        """`moved(before, after, since)` reads what differs from `since` on; `save(rows, by=,
        at=)` writes it, its events and its notices in the caller's transaction."""
        self._kinds.append((moved, save))

    def moved(self, before: WorkingDays, after: WorkingDays, since: date) -> list[list[MovedDate]]:
        return [moved(before, after, since) for moved, _ in self._kinds]

    def save(self, found: list[list[MovedDate]], *, by: Any, at: datetime) -> None:
        for (_, save), rows in zip(self._kinds, found, strict=True):
            if rows:
                save(rows, by=by, at=at)


deadlines = Deadlines()


class LogSubjects:
    """What the log's rows are about, in words: each app names its own kinds and codes."""

    def __init__(self) -> None:
        self._askers: dict[str, Callable[[set[int]], dict[int, str]]] = {}
        self._words: dict[str, str] = {}
        self._veils: dict[str, Callable[[Any, set[int]], set[int]]] = {}

    def veil(self, kind: str, asker: Callable[[Any, set[int]], set[int]]) -> None:
        """`asker(user, ids)` answers with those of which the reader is told that something
        happened and not what."""
        self._veils[kind] = asker

    def veiled(self, user: Any, wanted: dict[str, set[int]]) -> set[tuple[str, int]]:
        return {
            (kind, pk)
            for kind, ids in wanted.items()
            if kind in self._veils
            for pk in self._veils[kind](user, ids)
        }

    def add(self, kind: str, asker: Callable[[set[int]], dict[int, str]]) -> None:
        """`asker(ids)` answers with a name by id, in one statement."""
        self._askers[kind] = asker

    def words(self, words: dict[str, str]) -> None:
        """Codes that stand in before and after, such as those of a status."""
        self._words.update(words)

    def word(self, code: str) -> str:
        return self._words.get(code, code)

    def named(self, wanted: dict[str, set[int]]) -> dict[tuple[str, int], str]:
        found: dict[tuple[str, int], str] = {}
        for kind, ids in wanted.items():
            if kind in self._askers:
                found |= {(kind, pk): name for pk, name in self._askers[kind](ids).items()}
        return found


log_subjects = LogSubjects()
