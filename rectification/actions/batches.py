"""来文批次: every row of a file of findings becomes one item, or is merged with a visible link,
or is rejected with a reason; what is not yet any of these stays in sight."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Any

from django.db import IntegrityError, transaction

from cadres.events import record
from cadres.imports.cells import WrongCell
from cadres.models import Cadre, ImportRun
from cadres.scope import require, scope_of
from rectification.actions.moving import reason_given
from rectification.actions.registering import Finding, register
from rectification.models import Batch, BatchRow, Item
from rectification.sql import SENTENCES
from rectification.workflow import FILM, dismisses
from yuexi.core.refusals import BadInput, NotYours, Refusal

Fate = BatchRow.Fate


@dataclass(frozen=True)
class FileRow:
    """A row as the import left it: an item of this source_id, or the reason why there is none."""

    number: int
    text: str
    clip: str
    source: str
    source_id: int | None
    why: str


def open_batch(
    *, run: ImportRun, rows: Sequence[FileRow], at: datetime, source_kind: str = "excel"
) -> Batch:
    """In the transaction of the import. A problem that is an item already is merged into it."""
    sources = Counter(row.source for row in rows if row.source)
    title = str(run.details.get("title") or "").strip() or PurePath(run.file.name).stem[:80]
    batch = Batch.objects.create(
        title=title, document_no=str(run.details.get("document_no") or "").strip(), run=run,
        source=sources.most_common(1)[0][0] if sources else "SELF", count=len(rows), by=run.by, at=at,
    )  # fmt: skip
    ids = [row.source_id for row in rows if row.source_id is not None]
    items = {
        i.source_id: i for i in Item.objects.filter(source_kind=source_kind, source_id__in=ids)
    }
    taken = set(BatchRow.objects.filter(item__in=items.values(), fate=Fate.LEDGERED).values_list("item_id", flat=True))  # fmt: skip
    made = []
    for row in rows:
        item = items.get(row.source_id) if row.source_id is not None else None
        kept = BatchRow(batch=batch, number=row.number, clip=row.clip, text=row.text, item=item)
        if item is None:
            kept.reason = row.why
        else:
            new = item.created_at == at and item.pk not in taken
            kept.fate, kept.by, kept.at = Fate.LEDGERED if new else Fate.MERGED, run.by, at
            kept.reason = "" if new else f"与 {item.number} 是同一问题"
            taken.add(item.pk)
        made.append(kept)
    BatchRow.objects.bulk_create(made)
    own = [row.item_id for row in made if row.item_id and row.fate == Fate.LEDGERED]
    Item.objects.filter(pk__in=own, lineage="").update(lineage=batch.title)
    fates = Counter(str(row.fate) for row in made)
    record("batch.open", batch, by=run.by, at=at, after={
        "title": batch.title, "count": batch.count, "ledgered": fates["LEDGERED"], "merged": fates["MERGED"],
        "undecided": fates["UNDECIDED"],
    })  # fmt: skip
    return batch


def rows_to_go_on(batch: Batch, *, lock: bool) -> Callable[[dict[str, Any]], None]:
    """Asks of each row of a corrected file that it is one of the batch that still waits, and comes
    once. Locked, nobody decides one of them or ends the batch meanwhile."""
    if lock:
        Batch.objects.select_for_update().get(pk=batch.pk)
    batch.refresh_from_db(fields=["ended_at"])
    if batch.ended_at is not None:
        raise Refusal("batch_kept", SENTENCES["batch_kept"])
    fates = dict(batch.rows.values_list("number", "fate"))
    seen: set[int] = set()

    def ask(values: dict[str, Any]) -> None:
        number = values.get("origin")
        if number is None:
            raise WrongCell("原行号：续传的行要有原行号；新的问题请另起一批导入")
        if number in seen:
            raise WrongCell(f"原行号：{number} 在这张表里不止一行，请只留一行")
        seen.add(number)
        if number not in fates:
            raise WrongCell(f"原行号：“{batch.title}”没有第 {number} 行，请核对是不是这一批")
        if fates[number] != Fate.UNDECIDED:
            raise WrongCell(f"原行号：第 {number} 行已经定了去向，不用再传")

    return ask


def go_on(*, batch: Batch, run: ImportRun, rows: Sequence[FileRow], at: datetime) -> None:
    """In the transaction of the import. Rows that were refused and are corrected get their fate in
    the batch that they came with: no row is added, so the sum stays that of the evaluator's
    file. What is refused once more keeps waiting, with its new reason."""
    ids = [row.source_id for row in rows if row.source_id is not None]
    items = {i.source_id: i for i in Item.objects.filter(source_kind="excel", source_id__in=ids)}
    taken = set(BatchRow.objects.filter(item__in=items.values(), fate=Fate.LEDGERED).values_list("item_id", flat=True))  # fmt: skip
    waiting = {
        r.number: r
        for r in batch.rows.select_for_update().filter(fate=Fate.UNDECIDED).order_by("pk")
    }
    fates: Counter[str] = Counter()
    own = []
    for row in rows:
        kept = waiting.get(row.number)
        item = items.get(row.source_id) if row.source_id is not None else None
        if kept is None or kept.fate != Fate.UNDECIDED:
            continue
        if item is None:
            kept.reason = row.why
        else:
            new = item.created_at == at and item.pk not in taken
            kept.item, kept.by, kept.at = item, run.by, at
            kept.fate = Fate.LEDGERED if new else Fate.MERGED
            kept.reason = "改好续传" if new else f"改好续传，与 {item.number} 是同一问题"
            taken.add(item.pk)
            own += [item.pk] if new else []
        kept.save(update_fields=["fate", "item", "reason", "by", "at"])
        fates[str(kept.fate)] += 1
    Item.objects.filter(pk__in=own, lineage="").update(lineage=batch.title)
    record("batch.go_on", batch, by=run.by, at=at, after={
        "file": run.file.name, "ledgered": fates["LEDGERED"], "merged": fates["MERGED"], "undecided": fates["UNDECIDED"],
    })  # fmt: skip


def _locked(row_id: int) -> BatchRow:
    """Batch before row: an end waits for the decisions before it."""
    batch_id = BatchRow.objects.values_list("batch_id", flat=True).get(pk=row_id)
    batch = Batch.objects.select_for_update().get(pk=batch_id)
    row = BatchRow.objects.select_for_update().get(pk=row_id)
    row.batch = batch
    if batch.ended_at is not None:
        raise Refusal("batch_kept", SENTENCES["batch_kept"])
    if row.fate != Fate.UNDECIDED:
        raise Refusal("batch_row_kept", SENTENCES["batch_row_kept"])
    return row


def _decide(row: BatchRow, fate: str, *, by: Cadre, at: datetime) -> None:
    row.fate, row.by, row.at = fate, by, at
    row.save()
    number = row.item.number if row.item else ""
    told = {"row": row.number, "number": number, "reason": row.reason}
    record(
        "batch.register" if fate == Fate.LEDGERED else "batch.merge" if fate == Fate.MERGED else "batch.reject",
        row.batch, by=by, at=at, after=told,
    )  # fmt: skip


def settle_row(*, row_id: int, item: Item | None, reason: str, by: Cadre, at: datetime) -> None:
    """A row whose fate another procedure decides (认定 of an evaluation): its item, or why there is
    none. One that somebody decided by hand meanwhile keeps its fate."""
    with transaction.atomic():
        if BatchRow.objects.get(pk=row_id).fate != Fate.UNDECIDED or (item is None and not reason):
            return
        row = _locked(row_id)
        row.item, row.reason = item, reason
        _decide(row, Fate.LEDGERED if item else Fate.REJECTED, by=by, at=at)


def register_row(*, row_id: int, finding: Finding, by: Cadre, at: datetime) -> Item:
    """By the same 登记 as any item; its source names the row, so that it is made once."""
    with transaction.atomic():
        row = _locked(row_id)
        item = register(finding=finding, by=by, at=at)
        row.item, row.reason = item, ""
        _decide(row, Fate.LEDGERED, by=by, at=at)
    return item


def merge_row(*, row_id: int, into: Item, by: Cadre, at: datetime) -> None:
    with transaction.atomic():
        row = _locked(row_id)
        require(by, "item.review", into.area_id)
        row.item, row.reason = into, f"与 {into.number} 是同一问题"
        _decide(row, Fate.MERGED, by=by, at=at)


def may_reject(batch: Batch, by: Cadre) -> bool:
    return scope_of(by).has(dismisses(batch.source))


def reject_row(*, row_id: int, reason: str, by: Cadre, at: datetime) -> None:
    """不成立, in writing, by who may review; of a film by 督查组."""
    with transaction.atomic():
        row = _locked(row_id)
        if not may_reject(row.batch, by):
            if row.batch.source == FILM:
                raise NotYours("film_judge", SENTENCES["batch_film"])
            require(by, "item.review")
        row.reason = reason_given(reason)
        _decide(row, Fate.REJECTED, by=by, at=at)


def end_batch(*, batch_id: int, by: Cadre, at: datetime) -> Batch:
    with transaction.atomic():
        batch = Batch.objects.select_for_update().get(pk=batch_id)
        require(by, "item.review")
        if batch.ended_at is not None:
            raise Refusal("batch_kept", SENTENCES["batch_kept"])
        left = batch.rows.filter(fate=Fate.UNDECIDED).count()
        if left:
            raise BadInput(
                "batch_undecided",
                f"还有 {left} 行没定去向；逐行登记、合并或定为不成立以后才能办结。",
            )
        batch.ended_at, batch.ended_by = at, by
        try:
            with transaction.atomic():
                batch.save(update_fields=["ended_at", "ended_by"])
        except IntegrityError as error:
            if "batch_undecided" in str(error):
                raise Refusal("batch_undecided", SENTENCES["batch_undecided"]) from None
            raise
        record("batch.end", batch, by=by, at=at, after={"count": batch.count})
    return batch
