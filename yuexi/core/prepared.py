"""Statements that PostgreSQL plans once a connection and not once a request."""

from __future__ import annotations

from typing import Any
from weakref import WeakSet

from django.db import connection


class Prepared:
    """`types` names the parameters in their order. The connection keeps the plan until it
    ends, a rolled back transaction does not take it back."""

    def __init__(self, name: str, sql: str, types: dict[str, str]) -> None:
        places = {parameter: f"${n}" for n, parameter in enumerate(types, 1)}
        given = ", ".join(f"%({parameter})s::{kind}" for parameter, kind in types.items())
        self._prepare = f"PREPARE {name} ({', '.join(types.values())}) AS {sql % places}"
        self._execute = f"EXECUTE {name} ({given})"
        self._known: WeakSet[Any] = WeakSet()

    def rows(self, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        with connection.cursor() as cursor:
            own = connection.connection
            if own not in self._known:
                with own.cursor() as plain:
                    plain.execute(self._prepare)
                self._known.add(own)
            cursor.execute(self._execute, values)
            found: list[tuple[Any, ...]] = cursor.fetchall()
        return found
