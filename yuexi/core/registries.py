"""What a lower app must ask of a higher one, filled in AppConfig.ready().

One mechanism for all of it: a typed list of functions, asked in the order of filling.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol


class Ownership:
    """What a cadre still owns, so that a transfer leaves nothing behind without an owner."""

    def __init__(self) -> None:
        self._askers: list[Callable[[int], str]] = []

    def add(self, asker: Callable[[int], str]) -> None:
        """`asker(cadre_id)` answers with a phrase such as '3 户包保', or '' for nothing."""
        self._askers.append(asker)

    def left_with(self, cadre_id: int) -> list[str]:
        return [phrase for ask in self._askers if (phrase := ask(cadre_id))]


ownership = Ownership()


class Opener(Protocol):
    def __call__(self, source_kind: str, source_id: int, *, by: Any, at: datetime) -> object: ...


class Findings:
    """Where a lower app's finding becomes an item, in the same transaction."""

    def __init__(self) -> None:
        self.open_from: Opener = self._nobody

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
