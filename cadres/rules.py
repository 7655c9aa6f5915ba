"""The clock's rules as data: what the code can say, and what of it is in force.

An app declares its settings (an occasion that reminds, or a length in days) with the values
that ship; a version (RuleSet) holds what the county decided. What a version does not know,
because the code learned it later, has the value that ships.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cadres.models import RuleSet

WORKING = "个工作日"
# Who may be told by a rung of the ladder, as the page names them.
LADDER = {
    "unit": "责任单位负责人", "township": "乡镇书记、乡镇长、专干", "leader": "包乡县领导", "office": "指挥部整改组",
}  # fmt: skip


@dataclass(frozen=True)
class Setting:
    """`number` is what the version may change, between `low` and `high`; an occasion can be
    switched off, and a rung of the ladder names whom it tells. Settings of one `chain` come in
    the order of declaration: ahead of a deadline ever nearer, behind it ever farther."""

    code: str
    group: str
    name: str
    number: int | None = None
    low: int = 1
    high: int = 60
    unit: str = WORKING
    occasion: bool = True
    to: str = ""
    chain: str = ""
    falls: bool = False  # within its chain the numbers fall
    choices: tuple[str, ...] = ()  # what the numbers 0, 1, … mean, where they count nothing

    @property
    def ladder(self) -> bool:
        return self.to in LADDER


class Settings:
    def __init__(self) -> None:
        self.all: dict[str, Setting] = {}

    def add(self, *settings: Setting) -> None:
        self.all |= {s.code: s for s in settings}

    def groups(self) -> dict[str, list[Setting]]:
        found: dict[str, list[Setting]] = {}
        for setting in self.all.values():
            found.setdefault(setting.group, []).append(setting)
        return found

    def chains(self) -> Iterable[list[Setting]]:
        found: dict[str, list[Setting]] = {}
        for setting in self.all.values():
            if setting.chain:
                found.setdefault(setting.chain, []).append(setting)
        return found.values()


settings = Settings()
# Quiet hours may be widened and not narrowed: nobody is held to answer by night.
settings.add(
    Setting("quiet_from", "静默时段", "晚上几点起不提醒", 21, 18, 21, "点", occasion=False),
    Setting("quiet_to", "静默时段", "早上几点起恢复", 7, 7, 9, "点", occasion=False),
    Setting("digest_hour", "静默时段", "每日摘要", 8, 7, 17, "点", occasion=False),
)


@dataclass(frozen=True)
class Rules:
    """What is in force, or would be. `version` 0 is what ships."""

    version: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    off: frozenset[str] = frozenset()
    tell: dict[str, str] = field(default_factory=dict)

    def on(self, code: str) -> bool:
        return code not in self.off

    def number(self, code: str) -> int:
        return self.numbers.get(code, settings.all[code].number or 0)

    def to(self, code: str) -> str:
        return self.tell.get(code, settings.all[code].to)

    def quiet(self, hour: int) -> bool:
        return hour >= self.number("quiet_from") or hour < self.number("quiet_to")

    def values(self) -> dict[str, Any]:
        """Everything, so that a version says what it was also when the code ships other values."""
        every = settings.all.values()
        return {
            "numbers": {s.code: self.number(s.code) for s in every if s.number is not None},
            "off": sorted(s.code for s in every if not self.on(s.code)),
            "to": {s.code: self.to(s.code) for s in every if s.ladder},
        }


def rules_of(version: RuleSet | None) -> Rules:
    if version is None:
        return Rules()
    said = version.values
    return Rules(version.pk, said["numbers"], frozenset(said["off"]), said["to"])


def version_in_force(today: date) -> RuleSet | None:
    accepted = RuleSet.objects.filter(status=RuleSet.Status.ACCEPTED, start__lte=today)
    return accepted.order_by("-start").first()


def in_force(today: date) -> Rules:
    """One query; a sweep asks once."""
    return rules_of(version_in_force(today))


def words(setting: Setting, rules: Rules) -> str:
    """'逾期满 3 个工作日，告诉包乡县领导' and the like, as one cell."""
    if not rules.on(setting.code):
        return "不提醒"
    parts = []
    if setting.choices:
        return setting.choices[rules.number(setting.code)]
    if setting.number is not None:
        when = "" if not setting.chain else "提前 " if setting.falls else "逾期满 "
        parts.append(f"{when}{rules.number(setting.code)} {setting.unit}")
    if setting.ladder:
        parts.append(f"告诉{LADDER[rules.to(setting.code)]}")
    return "，".join(parts) or "提醒"


@dataclass(frozen=True)
class Difference:
    group: str
    name: str
    before: str
    after: str


def differences(before: Rules, after: Rules) -> list[Difference]:
    pairs = ((s, words(s, before), words(s, after)) for s in settings.all.values())
    return [Difference(s.group, s.name, old, new) for s, old, new in pairs if old != new]
