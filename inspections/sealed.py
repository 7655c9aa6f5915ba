"""What a sealed inspection says, for its team alone: the plan and the journal, deciphered."""

from __future__ import annotations

import json
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cadres.models import Cadre
from inspections import redraw
from inspections.models import Entry, Plan
from yuexi.core import crypto

Frame = list[tuple[str, str]]
Said = tuple[str, int | None, str]  # code of the question, member or none, answer


def who(cadre: Cadre) -> bytes:
    """How a member of a team is found: a keyed hash of the person, the same for all plans."""
    return crypto.lookup_hash(f"INSPECTION TEAM {cadre.uid}")


@dataclass
class Mark:
    """What came of a drawn household."""

    outcome: str
    by: int
    at: datetime
    said: str = ""
    cleared: bool | None = None
    standard: int | None = None
    answers: list[Said] = field(default_factory=list)


@dataclass
class Found:
    """A finding in the field, before anybody outside may know of it."""

    number: int
    by: int
    at: datetime
    text: str
    category: str
    area: str
    household: str = ""
    files: list[int] = field(default_factory=list)
    code: str = ""
    standard: int | None = None
    photos: list[str] = field(default_factory=list)  # by hash: announced by a phone


@dataclass
class Record:
    """What a member wrote down at a door. `late`: another member's was in before; kept beside it."""

    uid: str
    household: str
    digest: str
    late: bool
    mark: Mark


@dataclass
class Look:
    by: int
    at: datetime
    why: str


@dataclass
class Sealed:
    title: str
    purpose: str
    start: datetime
    by: int
    team: list[int]
    townships: list[str]
    seed: str
    rules: dict[str, Any]
    drawn: dict[str, dict[str, list[str]]] | None = None
    drawn_at: datetime | None = None
    looks: list[Look] = field(default_factory=list)
    marks: dict[str, Mark] = field(default_factory=dict)
    found: list[Found] = field(default_factory=list)
    records: dict[str, Record] = field(default_factory=dict)
    arrived: dict[str, int] = field(default_factory=dict)  # photo by hash → stored file

    def photos_out(self) -> list[str]:
        """Announced and still on a phone."""
        return sorted({p for f in self.found for p in f.photos} - set(self.arrived))

    def files_of(self, found: Found) -> list[int]:
        return [*found.files, *(self.arrived[p] for p in found.photos if p in self.arrived)]

    def sample(self) -> dict[str, list[str]]:
        """Stratum → households to go to: those taken, with each replaced one followed by the
        next spare."""
        return with_spares(self.drawn or {}, self.is_replaced)

    def spares_left(self, stratum: str) -> int:
        drawn = (self.drawn or {}).get(stratum, {"taken": [], "spare": []})
        replaced = sum(1 for h in self.sample().get(stratum, ()) if self.is_replaced(h))
        return len(drawn["spare"]) - replaced

    def is_replaced(self, household: str) -> bool:
        return household in self.marks and self.marks[household].outcome == "REPLACED"

    def stratum_of(self, household: str) -> str | None:
        return next((s for s, chosen in self.sample().items() if household in chosen), None)

    def waiting(self) -> list[str]:
        return [h for chosen in self.sample().values() for h in chosen if h not in self.marks]


def with_spares(
    drawn: dict[str, dict[str, list[str]]], is_replaced: Callable[[str], bool]
) -> dict[str, list[str]]:
    chosen: dict[str, list[str]] = {}
    for stratum, lots in drawn.items():
        queue, spare = list(lots["taken"]), iter(lots["spare"])
        for household in queue:
            if is_replaced(household) and (taker := next(spare, None)):
                queue.append(taker)
        chosen[stratum] = queue
    return chosen


def write(plan_facts: dict[str, Any]) -> bytes:
    return crypto.encrypt(json.dumps(plan_facts, ensure_ascii=False))


def write_frame(frame: Frame) -> bytes:
    return crypto.seal(zlib.compress(redraw.frame_text(frame).encode()))


def read_frame(plan: Plan) -> Frame:
    text = zlib.decompress(crypto.unseal(plan.frame)).decode()
    return [tuple(line.split("\t")) for line in text.split("\n")]  # type: ignore[misc]


def read(plan: Plan) -> Sealed:
    """The plan and all that was written since, in one query."""
    facts = json.loads(crypto.decrypt(plan.sealed))
    facts["start"] = datetime.fromisoformat(facts["start"])
    state = Sealed(**facts)
    for entry in Entry.objects.filter(plan=plan).order_by("pk"):
        line = json.loads(crypto.decrypt(entry.sealed))
        line["at"] = datetime.fromisoformat(line["at"])
        KINDS[line.pop("kind")](state, line)
    return state


def _drawn(state: Sealed, line: dict[str, Any]) -> None:
    state.drawn, state.drawn_at = line["drawn"], line["at"]


def _looked(state: Sealed, line: dict[str, Any]) -> None:
    state.looks.append(Look(**line))


def _marked(state: Sealed, line: dict[str, Any]) -> None:
    household = line.pop("household")
    state.marks[household] = Mark(**line)


def _found(state: Sealed, line: dict[str, Any]) -> None:
    state.found.append(Found(number=len(state.found) + 1, **line))


def _recorded(state: Sealed, line: dict[str, Any]) -> None:
    """One line for all of a door, so that no half of it can be there."""
    at = datetime.fromisoformat(line["recorded"])
    mark = Mark(
        outcome=line["outcome"], by=line["by"], at=at, said=line["said"], cleared=line["cleared"],
        standard=line["standard"], answers=[(c, m, a) for c, m, a in line["answers"]],
    )  # fmt: skip
    late = line["household"] in state.marks
    state.records[line["uid"]] = Record(line["uid"], line["household"], line["digest"], late, mark)
    if not late:
        state.marks[line["household"]] = mark
    for found in line["found"]:
        _found(state, {**found, "by": line["by"], "at": at, "household": line["household"]})


def _arrived(state: Sealed, line: dict[str, Any]) -> None:
    state.arrived[line["sha256"]] = line["file"]


KINDS = {
    "DRAWN": _drawn, "LOOKED": _looked, "MARKED": _marked, "FOUND": _found, "RECORDED": _recorded,
    "ARRIVED": _arrived,
}  # fmt: skip


def append(
    plan: Plan, kind: str, *, by: Cadre, at: datetime, once: str = "", **facts: Any
) -> None:  # fmt: skip
    """In the caller's transaction, which holds the plan's row."""
    line = {"kind": kind, "by": by.pk, "at": at.isoformat(), **facts}
    text = json.dumps(line, ensure_ascii=False)
    key = crypto.lookup_hash(f"INSPECTION RECORD {once}") if once else None
    Entry.objects.create(plan=plan, sealed=crypto.encrypt(text), once=key)
