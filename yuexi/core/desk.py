"""What the home page shows, asked of every app: things to do first, figures second."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class Todo:
    title: str
    path: str
    button: str = "查看"
    count: int = 1
    why: str = ""
    when: str = ""
    tag: str = ""
    color: str = ""  # red for overdue alone, amber for soon
    order: int = 5


@dataclass(frozen=True)
class Card:
    title: str
    number: str
    unit: str
    percent: int | None = None
    links: list[tuple[str, str, bool]] = field(default_factory=list)


class Desk:
    def __init__(self) -> None:
        self._todos: list[Callable[[Any, date], list[Todo]]] = []
        self._cards: list[Callable[[Any, date], list[Card]]] = []

    def add(
        self,
        todos: Callable[[Any, date], list[Todo]],
        cards: Callable[[Any, date], list[Card]] | None = None,
    ) -> None:
        """Both read within the user's scope; an app adds them in AppConfig.ready()."""
        self._todos.append(todos)
        if cards:
            self._cards.append(cards)

    def todos(self, user: Any, today: date) -> list[Todo]:
        found = [todo for ask in self._todos for todo in ask(user, today)]
        return sorted(found, key=lambda t: t.order)

    def cards(self, user: Any, today: date) -> list[Card]:
        return [card for ask in self._cards for card in ask(user, today)]


desk = Desk()
