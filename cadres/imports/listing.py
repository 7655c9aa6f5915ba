"""Lists of up to some thousand rows, written row by row through the actions of the pages.

The check *is* the import, rolled back: whatever an action refuses is refused here with the
same sentence, and no rule is written twice.
"""

from __future__ import annotations

from abc import abstractmethod
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from django.db import DataError, IntegrityError, transaction

from cadres.events import record
from cadres.imports.cells import WrongCell
from cadres.imports.importer import Importer
from cadres.imports.places import Places
from cadres.imports.sheet import Sheet, read_row
from cadres.models import Cadre, ImportRun
from yuexi.core import clock
from yuexi.core.refusals import BadInput, Refusal

ROWS_MAX = 2000
CHUNK = 100  # of the rolled-back check: what it locks is free again after each
Done = dict[int, dict[str, Any]]  # rows that were written, with what `write` left of them
Row = tuple[int, list[Any]]


class ListImporter(Importer):
    @abstractmethod
    def write(self, values: dict[str, Any], places: Places, *, by: Cadre, at: datetime) -> str:
        """One row by the actions of the pages; answers CREATED, UPDATED or UNCHANGED, or
        raises WrongCell or Refusal."""

    def asks(self, run: ImportRun) -> Callable[[dict[str, Any]], None]:
        """What this run asks of each row before it is written, beside the shape of its cells."""
        return lambda values: None

    def applied(self, run: ImportRun, sheet: Sheet, done: Done, reasons: dict[int, list[str]], at: datetime) -> None:  # fmt: skip
        """In the transaction of the import: what else belongs to a file as a whole."""

    def check(self, run: ImportRun) -> None:
        sheet = self.sheet(run)
        rows = list(sheet)
        if len(rows) > ROWS_MAX:
            raise BadInput(
                "too_many_rows", f"一次最多 {ROWS_MAX} 行，这张表有 {len(rows)} 行；请分成几张表上传。"
            )  # fmt: skip
        ImportRun.objects.filter(pk=run.pk).update(total=len(rows), seen=0)
        outcomes: Counter[str] = Counter()
        reasons: dict[int, list[str]] = {}
        asks = self.asks(run)
        for start in range(0, len(rows), CHUNK):
            chunk = rows[start : start + CHUNK]
            with transaction.atomic():
                self._write_all(sheet, chunk, asks, run.by, clock.now(), outcomes, reasons, {})
                transaction.set_rollback(True)
            ImportRun.objects.filter(pk=run.pk).update(seen=start + len(chunk))
        self._settle(run, ImportRun.Status.READY, outcomes, reasons)

    def apply(self, run: ImportRun, at: datetime) -> None:
        sheet = self.sheet(run)
        outcomes: Counter[str] = Counter()
        reasons: dict[int, list[str]] = {}
        with transaction.atomic():
            run = ImportRun.objects.select_for_update(of=("self",)).select_related("by").get(pk=run.pk)  # fmt: skip
            if run.status != ImportRun.Status.APPLYING:
                raise Refusal("not_applying", "这次导入已经办完或已放弃。")
            done: Done = {}
            self._write_all(sheet, sheet, self.asks(run), run.by, at, outcomes, reasons, done)
            self.applied(run, sheet, done, reasons, at)
            record("import.apply", run, by=run.by, at=at, after={"kind": run.kind, **outcomes})
            self._settle(run, ImportRun.Status.DONE, outcomes, reasons)

    def _write_all(
        self, sheet: Sheet, rows: Iterable[Row], asks: Callable[[dict[str, Any]], None], by: Cadre, at: datetime,
        outcomes: Counter[str], reasons: dict[int, list[str]], done: Done,
    ) -> None:  # fmt: skip
        places = Places(by, self.right)
        for number, row in rows:
            values, against = read_row(sheet.columns, row)
            if not against:
                try:
                    asks(values)
                    with transaction.atomic():
                        outcomes[self.write(values, places, by=by, at=at)] += 1
                        done[number] = values
                        continue
                except WrongCell as wrong:
                    against = [str(wrong)]
                except Refusal as refusal:
                    against = [f"{self._header(refusal.field)}：{refusal.message.rstrip('。')}"]
                except (IntegrityError, DataError):
                    against = ["本行：与已有记录冲突，或含有无法保存的字符，请核对后再传"]
            outcomes["REFUSED"] += 1
            reasons[number] = against

    def _header(self, field: str) -> str:
        return next((c.headers[0] for c in self.columns if c.field == field), "本行")

    def _settle(
        self, run: ImportRun, status: str, outcomes: Counter[str], reasons: dict[int, list[str]]
    ) -> None:
        ImportRun.objects.filter(pk=run.pk).update(
            status=status, reasons=reasons, created=outcomes["CREATED"], updated=outcomes["UPDATED"],
            unchanged=outcomes["UNCHANGED"], refused=outcomes["REFUSED"],
        )  # fmt: skip

    def reasons(self, run: ImportRun) -> dict[int, list[str]]:
        return {int(number): why for number, why in run.reasons.items()}
