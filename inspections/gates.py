"""What must be green, or explained in writing, before a county applies to leave (domain B.1, A-08).

A part of the product that knows of a condition adds its gate in AppConfig.ready(). A gate with an
asker answers for itself and a person can only explain it; one without is answered by a person,
with a document.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class GateState:
    """`shown` is what the page says, `path` where its figure opens into rows."""

    green: bool
    shown: str
    path: str = ""


@dataclass(frozen=True)
class Gate:
    code: str
    name: str
    rule: str  # what is demanded, in the words of the document
    ask: Callable[[date], GateState] | None = None

    @property
    def answers_itself(self) -> bool:
        """For templates, which would call `ask`."""
        return self.ask is not None


class Gates:
    def __init__(self) -> None:
        self._gates: dict[str, Gate] = {}

    def add(self, *gates: Gate) -> None:
        self._gates |= {g.code: g for g in gates}

    def all(self) -> list[Gate]:
        return list(self._gates.values())

    def of(self, code: str) -> Gate | None:
        return self._gates.get(code)


gates = Gates()
gates.add(
    Gate("VILLAGES_OUT", "贫困村全部出列", "县内所有贫困村出列"),
    Gate("INCOME_GROWTH", "农民人均可支配收入增幅", "增幅高于全省平均水平"),
    Gate("INFRASTRUCTURE", "基础设施", "基础设施明显改善"),
    Gate("SERVICES", "基本公共服务", "主要指标接近或达到全省平均水平"),
    Gate("AFTERWARDS", "后续巩固安排", "部署、政策和后续巩固提升安排已印发"),
)
