"""Check an uploaded roster into the staging table, then apply its good rows at once."""

from __future__ import annotations

import gc
from datetime import datetime

from django.db import OperationalError, connection, transaction

from cadres.events import record
from cadres.imports.importer import Importer, Remarks
from cadres.imports.places import Places
from cadres.models import ImportRun
from cadres.scope import scope_of
from households.imports.columns import COLUMNS
from households.imports.rows import INTO, Lines, RowCheck
from households.imports.statements import (
    CHANGES,
    CLASSIFY,
    CLEAR,
    COUNTS,
    NEW_HOUSEHOLDS,
    NEW_MEMBERS,
    SIZES,
    STAGED,
)
from households.models import RosterRow
from households.models.household import OWN
from yuexi.core.refusals import Refusal

REMARKS_MAX = 50  # lines on the check page
CHUNK = 2500  # rows between two steps of the progress bar
# Or the joins are planned for no rows.
FRESH = (
    "ANALYZE households_rosterrow (run_id, household_no, person_no, idno_hash, is_head, refused)"
)
# Lists are planned for the roster as it is now; the rest is left to autovacuum.
NEWS = """
ANALYZE households_household (national_no, area_code, head_name, pinyin, kind, closed),
        households_member (household_id, national_no, idno_hash, left_on)"""


def classify(run: ImportRun) -> dict[str, int]:
    """Say of each staged row what applying it would do, against the roster of this moment."""
    scope = scope_of(run.by)
    with connection.cursor() as cursor:
        for statement in CLASSIFY:
            cursor.execute(
                statement,
                {
                    "run": run.pk,
                    "prefixes": [f"{p}%" for p in scope.prefixes.get("household.import", ())],
                },
            )
        cursor.execute(COUNTS, {"run": run.pk})
        found = dict(cursor.fetchall())
    return {
        "created": found.get("CREATED", 0),
        "updated": found.get("UPDATED", 0),
        "unchanged": found.get("UNCHANGED", 0),
        "refused": found.get("REFUSED", 0),
    }


class RosterImporter(Importer):
    code = "ROSTER"
    name = "农户花名册"
    right = "household.import"
    about = "用国家系统导出的原表，不用改表头；国家系统没有的户用我们的模板。空白的格不会清掉系统里已有的内容。"
    done_path = "/households/"
    columns = COLUMNS

    def check(self, run: ImportRun) -> None:
        sheet = self.sheet(run)
        check = RowCheck(run.pk, sheet.columns, Places(run.by, self.right))
        rows = list(iter(sheet))  # a plain list() would ask its length, which is another pass
        RosterRow.objects.filter(run=run).delete()
        ImportRun.objects.filter(pk=run.pk).update(total=len(rows), seen=0)
        with connection.cursor() as cursor:
            gc.freeze()  # or the collector would walk through all cells again and again
            try:
                for start in range(0, len(rows), CHUNK):
                    chunk = rows[start : start + CHUNK]
                    cursor.copy_expert(INTO, Lines(map(check.line, chunk)))
                    ImportRun.objects.filter(pk=run.pk).update(seen=start + len(chunk))
            finally:
                gc.unfreeze()
            cursor.execute(FRESH)
        with transaction.atomic(), connection.cursor() as cursor:
            for statement in STAGED:
                cursor.execute(statement, {"run": run.pk})
            counts = classify(run)
            ImportRun.objects.filter(pk=run.pk).update(status=ImportRun.Status.READY, **counts)

    def apply(self, run: ImportRun, at: datetime) -> None:
        if RosterRow.objects.filter(run=run).count() < run.total:
            # The staging table is unlogged, a crash of the server empties it: read again.
            self.check(run)
            ImportRun.objects.filter(pk=run.pk).update(status=ImportRun.Status.APPLYING)
        with transaction.atomic(), connection.cursor() as cursor:
            run = ImportRun.objects.select_for_update().get(pk=run.pk)
            if run.status != ImportRun.Status.APPLYING:
                raise Refusal("not_applying", "这次导入已经办完或已放弃。")
            counts = classify(run)  # the roster may have moved on since the check
            event = record("household.import", run, by=run.by, at=at, after=counts)
            for statement in [*CHANGES, NEW_HOUSEHOLDS, NEW_MEMBERS]:
                cursor.execute(statement, {"run": run.pk, "event": event.pk})
            if cursor.rowcount != counts["created"]:
                # Somebody wrote between our statements. Undone, and begun anew by the sweep.
                raise OperationalError("the roster moved on while it was written to")
            cursor.execute(CLEAR, {"run": run.pk})
            for field, value in {**counts, "status": ImportRun.Status.DONE}.items():
                setattr(run, field, value)
            run.save()
        with connection.cursor() as cursor:
            cursor.execute(NEWS)

    def remarks(self, run: ImportRun) -> Remarks | None:
        with connection.cursor() as cursor:
            cursor.execute(SIZES, {"run": run.pk, "limit": REMARKS_MAX})
            found = cursor.fetchall()
        if not found:
            return None
        lines = [
            f"{name or '（没有姓名）'}户（{self._told(number)}）：表里写 {said} 人，本表 {rows} 行"
            + (f"，另有在册 {known} 人" if known else "")
            for number, name, said, rows, known, _ in found
        ]
        return Remarks(
            f"有 {found[0][-1]} 户的“人数”与行数对不上，请核对是不是漏了行；不影响导入。", lines
        )

    @staticmethod
    def _told(number: str) -> str:
        return "没有户编号" if number.startswith(OWN) else f"户编号 {number}"

    def reasons(self, run: ImportRun) -> dict[int, list[str]]:
        refused = RosterRow.objects.filter(run=run, refused=True)
        return dict(refused.values_list("row_no", "reasons"))
