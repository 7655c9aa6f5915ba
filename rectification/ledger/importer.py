"""台账 that comes back: on the one road of workbooks, but its rows are changes to look at."""

from __future__ import annotations

import io
from datetime import datetime

import xlsxwriter
from django.db import transaction
from django.urls import reverse

from cadres.files import read
from cadres.imports.importer import Importer
from cadres.models import ImportRun
from rectification.actions.amending import refusal_of, shown
from rectification.actions.returning import take
from rectification.ledger.columns import BY_KEY
from rectification.ledger.returned import (
    Book,
    Change,
    Refused,
    differences,
    masked,
    opened,
    read_book,
)
from rectification.models import Item, LedgerChange
from rectification.querysets import items_visible_to, readable
from yuexi.core import clock
from yuexi.core.refusals import BadInput

ROWS_MAX = 5000
NO_KEY = "这一行不是从系统导出的；新问题请用“整改清单”导入"
BAD_KEY = "行标识对不上，可能被改动或从别的文件粘贴过来；请重新导出再改"
GONE = "找不到这一件，或不在您的管辖范围"


def gone(book: Book) -> list[tuple[int, str]]:
    """Items whose rows were taken out, each with the lists that lack it. Nothing follows from it; it
    is told, so that nobody takes a row out for a deletion."""
    rows = [(opened(book, key), names) for key, names in book.gone.items()]
    return sorted((known.item, names) for known, names in rows if known)


class LedgerImporter(Importer):
    code = "LEDGER"
    name = "整改台账（改后传回）"
    right = "item.create"
    about = "从“整改清单”导出的台账，在表里改好浅绿表头的栏目后传回：先给您看每一处改动，逐项采纳，不会整表覆盖。"
    done_path = "/items/"
    columns = ()
    has_template = False

    def look(self, content: bytes) -> None:
        rows = read_book(content).rows
        if not rows:
            raise BadInput("no_rows", "表里没有内容行，请核对是不是传错了表。", field="file")
        if rows > ROWS_MAX:
            raise BadInput("too_many_rows", f"一次最多 {ROWS_MAX} 件，这张表有 {rows} 件；请分几次导出再改。", field="file")  # fmt: skip

    def review_path(self, run: ImportRun) -> str:
        ready = run.status in (ImportRun.Status.READY, ImportRun.Status.DONE)
        return reverse("item-returned", args=[run.uid]) if ready else ""

    def check(self, run: ImportRun) -> None:
        book = read_book(read(run.file))
        changes, refused = self._compared(run, book)
        rows = book.rows
        bad = {r.item for r in refused if r.item} | {r.place for r in refused if not r.item}
        good = {c.item for c in changes} - bad
        with transaction.atomic():
            LedgerChange.objects.filter(run=run).delete()
            LedgerChange.objects.bulk_create(
                [LedgerChange(run=run, item_id=c.item, field=c.field, place=c.place[:60], was=c.was, said=c.said) for c in changes]
            )  # fmt: skip
            told = [[r.place, r.head, r.said, r.why] for r in refused]
            ImportRun.objects.filter(pk=run.pk).update(
                status=ImportRun.Status.READY, total=rows, seen=rows, updated=len(good), refused=len(bad),
                unchanged=rows - len(good) - len(bad), reasons={"refused": told, "gone": gone(book)},
            )  # fmt: skip

    def _compared(self, run: ImportRun, book: Book) -> tuple[list[Change], list[Refused]]:
        refused = [Refused(at, "本行", "", NO_KEY) for at, _ in book.strange]
        kept = {key: opened(book, key) for key in book.found}
        ids = [k.item for k in kept.values() if k]
        items = {
            i.pk: i
            for i in readable(items_visible_to(run.by), run.by)
            .filter(pk__in=ids)
            .prefetch_related("co_units")
        }
        changes: list[Change] = []
        for key, found in book.found.items():
            known = kept[key]
            if known is None:
                refused.append(Refused(found.first, "本行", "", BAD_KEY))
                continue
            item = items.get(known.item)
            if item is None:
                refused.append(Refused(found.first, "本行", "", GONE))
                continue
            told, wrong = differences(found, known)
            refused += wrong
            for change in told:
                self._weigh(change, item, run, changes, refused)
        return changes, refused

    def _weigh(
        self, change: Change, item: Item, run: ImportRun, changes: list[Change], refused: list[Refused]
    ) -> None:  # fmt: skip
        if shown(item, change.field) == change.said:
            return  # somebody wrote the same into the system meanwhile
        why = refusal_of(item, change.field, change.said, run.by, clock.day(run.at))
        if why:
            head = BY_KEY[change.field].head
            refused.append(Refused(change.place, head, masked(change.said), why, item.pk))
        else:
            changes.append(change)

    def apply(self, run: ImportRun, at: datetime) -> None:
        """All that is no conflict."""
        waiting = LedgerChange.objects.filter(run=run, fate="PENDING").select_related("item")
        clean = [c.pk for c in waiting if shown(c.item, c.field) == c.was]
        take(run_id=run.pk, change_ids=clean, by=run.by, at=at, seen={})
        ImportRun.objects.filter(pk=run.pk, status="APPLYING").update(status="READY")

    def reasons(self, run: ImportRun) -> dict[int, list[str]]:
        return {}

    def answer(self, run: ImportRun) -> bytes:
        """What was refused, and the rows that only the ordinary import can take."""
        buffer = io.BytesIO()
        book = xlsxwriter.Workbook(buffer, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False})  # fmt: skip
        bold = book.add_format({"bold": True})
        page = book.add_worksheet("没有采纳的改动")
        page.write_row(0, 0, ["位置", "栏目", "表里写的", "原因"], bold)
        page.set_column(0, 3, 28)
        for n, line in enumerate(run.reasons.get("refused", []), start=1):
            page.write_row(n, 0, line)
        strange = read_book(read(run.file)).strange
        if strange:
            new = book.add_worksheet("新增的行（按整改清单导入）")
            keys = [k for k in BY_KEY if any(k in cells for _, cells in strange)]
            new.write_row(0, 0, [BY_KEY[k].head for k in keys], bold)
            for n, (_, cells) in enumerate(strange, start=1):
                new.write_row(n, 0, [str(cells.get(k) or "") for k in keys])
        book.close()
        return buffer.getvalue()
