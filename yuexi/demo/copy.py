"""COPY in bulk: the demonstration county has millions of rows."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection

CHUNK = 50_000


def cell(value: Any) -> str:
    if value is None:
        return "\\N"
    if value is True or value is False:
        return "t" if value else "f"
    if isinstance(value, bytes):
        return "\\\\x" + value.hex()
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value)


def copy(table: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> int:
    """Texts come from our own lists and hold no tab, newline or backslash."""
    names = ", ".join(f'"{c}"' for c in columns)
    total = 0
    lines: list[str] = []
    with connection.cursor() as cursor:

        def flush() -> None:
            cursor.copy_expert(f"COPY {table} ({names}) FROM STDIN", io.StringIO("".join(lines)))
            lines.clear()

        for row in rows:
            lines.append("\t".join(map(cell, row)) + "\n")
            total += 1
            if len(lines) == CHUNK:
                flush()
        flush()
    return total


def ids(table: str, count: int) -> list[int]:
    """So many ids from the table's own sequence."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT nextval(pg_get_serial_sequence(%s, 'id')) FROM generate_series(1, %s)",
            [table, count],
        )
        return [row[0] for row in cursor.fetchall()]
