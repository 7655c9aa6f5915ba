"""What a lower app must ask of a higher one, filled in AppConfig.ready().

One mechanism for all of it: a typed list of functions, asked in the order of filling.
"""

from __future__ import annotations

from collections.abc import Callable


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
