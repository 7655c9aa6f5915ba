"""Append to the event log, in the transaction of the write that it tells of."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import models

from cadres.models import Cadre, Event
from yuexi.core.secrecy import no_idno


@dataclass(frozen=True)
class Origin:
    via: str = Event.Via.TASK
    request_id: str = ""


TASK = Origin()
_origin: ContextVar[Origin] = ContextVar("origin", default=TASK)


@contextmanager
def origin_is(origin: Origin) -> Iterator[None]:
    token = _origin.set(origin)
    try:
        yield
    finally:
        _origin.reset(token)


def current_origin() -> Origin:
    return _origin.get()


@contextmanager
def via(road: str) -> Iterator[None]:
    """The same request, by another road than its address tells."""
    with origin_is(Origin(via=road, request_id=_origin.get().request_id)):
        yield


def record(
    action: str,
    subject: models.Model,
    *,
    by: Cadre | None,
    at: datetime,
    area: str = "",
    area_before: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Event:
    """`area` is the 12-digit code after the write. No identity number in before/after."""
    made = event(
        action, subject, by=by, at=at, area=area, area_before=area_before, before=before, after=after
    )  # fmt: skip
    made.save(force_insert=True)
    return made


def record_all(events: list[Event]) -> None:
    """Many of one write, in one statement."""
    Event.objects.bulk_create(events)


def event(
    action: str,
    subject: models.Model,
    *,
    by: Cadre | None,
    at: datetime,
    area: str = "",
    area_before: str | None = None,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> Event:
    """Not written yet: for `record_all`."""
    no_idno([before or {}, after or {}])  # refuses the write that it would tell of
    origin = _origin.get()
    return Event(
        at=at,
        actor=by,
        via=origin.via,
        request_id=origin.request_id,
        action=action,
        kind=subject._meta.model_name or "",
        object_id=subject.pk,
        area_before=area if area_before is None else area_before,
        area_after=area,
        before=before or {},
        after=after or {},
    )
