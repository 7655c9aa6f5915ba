"""What an office changed in an exported 台账: taken or left, cell by cell, never as a whole file."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from cadres.events import record
from cadres.models import Cadre, ImportRun
from rectification.actions.amending import FIELDS, amend
from rectification.models import LedgerChange
from yuexi.core.refusals import Refusal


@dataclass(frozen=True)
class Outcome:
    taken: int
    refused: list[str]


def _waiting(run_id: int, by: Cadre) -> ImportRun:
    run = ImportRun.objects.select_for_update().get(pk=run_id, by=by, kind="LEDGER")
    if run.status not in (ImportRun.Status.READY, ImportRun.Status.APPLYING):
        raise Refusal("import_not_ready", "这张表已经办完或已放弃，请刷新页面查看。")
    return run


def take(
    *, run_id: int, change_ids: Iterable[int], by: Cadre, at: datetime, seen: dict[int, str]
) -> Outcome:
    """Each by the action of the pages. `seen` is what the system said when its owner looked: what
    somebody changed since is refused and stays open, the others are written."""
    refused, taken = [], 0
    with transaction.atomic():
        run = _waiting(run_id, by)
        chosen = LedgerChange.objects.select_for_update().filter(run=run, pk__in=list(change_ids), fate="PENDING")  # fmt: skip
        for change in chosen.order_by("item_id", "pk"):
            try:
                with transaction.atomic():
                    amend(item_id=change.item_id, said={change.field: change.said},
                          was={change.field: seen.get(change.pk, change.was)}, by=by, at=at)  # fmt: skip
                    _settle(change, LedgerChange.Fate.TAKEN, by, at)
                    taken += 1
            except Refusal as refusal:
                refused.append(refusal.message)
        record("ledger.take", run, by=by, at=at, after={"taken": taken})
        _end_if_done(run)
    return Outcome(taken, refused)


def leave(*, run_id: int, change_ids: Iterable[int] | None, by: Cadre, at: datetime) -> int:
    """The system's own stays; None is for all that still wait."""
    with transaction.atomic():
        run = _waiting(run_id, by)
        waiting = LedgerChange.objects.select_for_update().filter(run=run, fate="PENDING")
        if change_ids is not None:
            waiting = waiting.filter(pk__in=list(change_ids))
        found = list(waiting.order_by("pk"))
        for change in found:
            _settle(change, LedgerChange.Fate.LEFT, by, at)
        record("ledger.leave", run, by=by, at=at, after={"left": len(found)})
        _end_if_done(run)
    return len(found)


def _settle(change: LedgerChange, fate: str, by: Cadre, at: datetime) -> None:
    change.fate, change.by, change.at = fate, by, at
    change.save(update_fields=["fate", "by", "at"])


def _end_if_done(run: ImportRun) -> None:
    if not LedgerChange.objects.filter(run=run, fate="PENDING").exists():
        run.status = ImportRun.Status.DONE
        run.save(update_fields=["status"])


def label(field: str) -> str:
    return FIELDS[field].label
