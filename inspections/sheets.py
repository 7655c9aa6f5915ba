"""What an evaluation holds before its release: rules, draw and sheets, deciphered for its team."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from cadres.models import Cadre
from inspections import redraw
from inspections.models import Evaluation, SheetEntry
from inspections.sealed import Frame, with_spares
from yuexi.core import crypto

# 两不愁三保障 and water, as they are asked in each household.
QUESTIONS = {
    "food": "吃不愁", "clothes": "穿不愁", "school": "义务教育有保障", "health": "基本医疗有保障",
    "house": "住房安全有保障", "water": "饮水安全有保障", "income": "收入稳定超过标准",
}  # fmt: skip


@dataclass
class Sheet:
    """The last line about a household. `problems` are what its suspicion becomes, by kind:
    the words of the team, which never change afterwards."""

    outcome: str
    by: int
    at: datetime
    people: int = 0
    registered: int = 0
    wrong: int = 0
    missed: int = 0
    approves: bool | None = None
    answers: dict[str, bool] = field(default_factory=dict)
    category: str = ""
    problems: dict[str, str] = field(default_factory=dict)
    said: str = ""


@dataclass
class Field:
    """`rules` are two: of villages in their township, of households in their village and layer."""

    seed: str
    rules: dict[str, dict[str, Any]]
    drawn: dict[str, dict[str, list[str]]] | None = None
    villages: list[str] = field(default_factory=list)  # codes
    sheets: dict[str, Sheet] = field(default_factory=dict)

    def is_replaced(self, household: str) -> bool:
        return household in self.sheets and self.sheets[household].outcome == "REPLACED"

    def sample(self) -> dict[str, list[str]]:
        return with_spares(self.drawn or {}, self.is_replaced)

    def stratum_of(self, household: str) -> str | None:
        return next((s for s, chosen in self.sample().items() if household in chosen), None)

    def spares_left(self, stratum: str) -> int:
        spares = (self.drawn or {}).get(stratum, {"spare": []})["spare"]
        return len(spares) - sum(self.is_replaced(h) for h in self.sample().get(stratum, ()))

    def waiting(self) -> list[str]:
        return [h for chosen in self.sample().values() for h in chosen if h not in self.sheets]


def write_frame(villages: Frame, homes: Frame) -> bytes:
    both = {"villages": sorted(villages), "homes": sorted(homes)}
    return crypto.seal(zlib.compress(json.dumps(both, ensure_ascii=False).encode()))


def read_frame(evaluation: Evaluation) -> tuple[Frame, Frame]:
    assert evaluation.frame is not None
    both = json.loads(zlib.decompress(crypto.unseal(evaluation.frame)))
    return [tuple(f) for f in both["villages"]], [tuple(f) for f in both["homes"]]


def draw(
    state: Field, villages: Frame, homes: Frame
) -> tuple[list[str], dict[str, dict[str, list[str]]]]:
    """Villages first, then households in every village by the same rule, of which those of the
    drawn villages are gone to: both are fixed by their commitments before anybody draws."""
    taken = redraw.draw(state.seed, state.rules["villages"], villages)
    chosen = [code for lots in taken.values() for code in lots["taken"]]
    there = {
        stratum: size
        for stratum, size in state.rules["homes"]["strata"].items()
        if stratum.split("·")[0] in chosen
    }
    return chosen, redraw.draw(state.seed, {"strata": there}, homes)


def read(evaluation: Evaluation) -> Field:
    """In one query."""
    assert evaluation.sealed is not None
    state = Field(**json.loads(crypto.decrypt(evaluation.sealed)))
    for entry in SheetEntry.objects.filter(evaluation=evaluation).order_by("pk"):
        line = json.loads(crypto.decrypt(entry.sealed))
        line["at"] = datetime.fromisoformat(line["at"])
        if line.pop("kind") == "DRAWN":
            state.villages, state.drawn = line["villages"], line["drawn"]
        else:
            household = line.pop("household")
            state.sheets[household] = Sheet(**line)
    return state


def append(evaluation: Evaluation, kind: str, *, by: Cadre, at: datetime, **facts: Any) -> None:
    """In the caller's transaction, which holds the evaluation's row."""
    line = {"kind": kind, "by": by.pk, "at": at.isoformat(), **facts}
    sealed = crypto.encrypt(json.dumps(line, ensure_ascii=False))
    SheetEntry.objects.create(evaluation=evaluation, sealed=sealed)
