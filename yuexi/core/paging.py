"""Keyset paging: any page costs what the first one costs."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.core.exceptions import ValidationError
from django.db.models import F, Model, Q, QuerySet
from django.db.models.fields.tuple_lookups import Tuple, TupleGreaterThan, TupleLessThan

from yuexi.core.refusals import BadInput

T = TypeVar("T", bound=Model)


@dataclass(frozen=True)
class Page(Generic[T]):
    rows: list[T]
    next: str | None
    previous: str | None


def cursor_of(values: list[Any]) -> str:
    return urlsafe_b64encode(json.dumps(values, default=str).encode()).decode().rstrip("=")


def _field(model: type[Model], path: str) -> Any:
    first, _, rest = path.partition("__")
    field: Any = (
        model._meta.pk if first == "pk" else model._meta.get_field(first.removesuffix("_id"))
    )
    if rest:
        return _field(field.related_model, rest)
    return field.target_field if field.is_relation else field


def _typed(queryset: QuerySet[Any], keys: list[str], values: list[Any]) -> list[Any]:
    """Each value as its column's type: a cursor is the reader's text and not to be believed."""
    named = queryset.query.annotations
    try:
        fields = [named[k].output_field if k in named else _field(queryset.model, k) for k in keys]
        typed = [field.to_python(v) for field, v in zip(fields, values, strict=True)]
        for value in typed:
            if value is None:
                raise ValueError
            if isinstance(value, str):
                value.encode()
                if "\0" in value:
                    raise ValueError
        return typed
    except (ValidationError, ValueError, TypeError, AttributeError, OverflowError):
        raise lost() from None


def lost() -> BadInput:
    return BadInput("bad_cursor", "翻页位置已失效，请回到第一页。", field="after")


def _unpack(cursor: str, width: int) -> list[Any]:
    try:
        values = json.loads(urlsafe_b64decode(cursor[:2000] + "=" * (-len(cursor) % 4)))
    except (ValueError, RecursionError):
        values = None
    if not isinstance(values, list) or len(values) != width:
        raise lost()
    return values


def _value(row: Model, path: str) -> Any:
    value: Any = row
    for step in path.split("__"):
        value = getattr(value, step)
    return value


def _turned(order: tuple[str, ...], back: bool) -> tuple[str, ...]:
    return tuple(k.lstrip("-") if k.startswith("-") else f"-{k}" for k in order) if back else order


def ordered(
    queryset: QuerySet[T], order: tuple[str, ...], *, values: list[Any], back: bool = False
) -> QuerySet[T]:
    """The rows beyond these values of the order's columns, or all of them without."""
    keys = [(key.lstrip("-"), key.startswith("-")) for key in order]
    order = _turned(order, back)
    if not values:
        return queryset.order_by(*order)
    if len({down for _, down in keys}) == 1:
        row = Tuple(*(F(key) for key, _ in keys))
        past = TupleLessThan if keys[0][1] != back else TupleGreaterThan
        return queryset.order_by(*order).filter(past(row, tuple(values)))
    beyond = Q()
    for i, (key, down) in enumerate(keys):
        equal = {k: v for (k, _), v in zip(keys[:i], values, strict=False)}
        beyond |= Q(**equal, **{f"{key}__{'lt' if down != back else 'gt'}": values[i]})
    return queryset.order_by(*order).filter(beyond)


def _from(
    queryset: QuerySet[T], order: tuple[str, ...], cursor: str | None, back: bool
) -> QuerySet[T]:
    columns = [key.lstrip("-") for key in order]
    values = _typed(queryset, columns, _unpack(cursor, len(columns))) if cursor else []
    return ordered(queryset, order, values=values, back=back)


def keys_query(
    parts: Sequence[QuerySet[T]],
    order: tuple[str, ...],
    *,
    after: str | None = None,
    before: str | None = None,
    size: int | None,
) -> QuerySet[T, Any]:
    """What `keyset` would read of all these together, by key alone, the key first: PostgreSQL guesses
    how many rows lie beyond a row by its first column and, with joins in sight, may read and sort
    them all."""
    rest = [key.lstrip("-") for key in order if key.lstrip("-") != "pk"]
    cut = slice(None if size is None else size + 1)
    asks = [
        _from(part, order, before or after, bool(before)).values_list("pk", *rest)[cut]
        for part in parts
    ]
    if len(asks) == 1:
        return asks[0]
    return asks[0].union(*asks[1:]).order_by(*_turned(order, bool(before)))[cut]


def keyset(
    queryset: QuerySet[T],
    order: tuple[str, ...],
    *,
    after: str | None = None,
    before: str | None = None,
    size: int = 50,
) -> Page[T]:
    """`order` are columns, a leading '-' for descending; the last one must be unique and
    none may be NULL. Where all go one way they are compared as a row, which PostgreSQL answers from
    an index in that order from the very row on; otherwise column by column."""
    keys = [(key.lstrip("-"), key.startswith("-")) for key in order]
    back = bool(before)
    cursor = before or after
    found = list(_from(queryset, order, cursor, back)[: size + 1])
    more, rows = len(found) > size, found[:size]
    if back:
        rows.reverse()
    if not rows:
        return Page([], None, None)
    first_cursor = cursor_of([_value(rows[0], k) for k, _ in keys])
    last_cursor = cursor_of([_value(rows[-1], k) for k, _ in keys])
    return Page(
        rows,
        next=last_cursor if (more or back) else None,
        previous=first_cursor if (more if back else cursor) else None,
    )
