"""Check an uploaded roster into the staging table, then apply its good rows at once."""

from __future__ import annotations

import io
from datetime import datetime
from typing import Any

from django.db import connection, transaction
from django.db.models import Field

from cadres.events import record
from cadres.imports.cells import Column, WrongCell
from cadres.imports.importer import Importer
from cadres.imports.places import Places
from cadres.imports.sheet import read_row
from cadres.models import ImportRun
from cadres.pinyin import sort_key
from cadres.scope import scope_of
from households.imports.columns import COLUMNS
from households.imports.statements import APPLY, CLASSIFY, COUNTS, STAGED
from households.models import RosterRow
from yuexi.core import crypto
from yuexi.core.refusals import Refusal

CHUNK = 2000


# Households that the national system lacks are numbered from their people's own numbers, by
# keyed hash: the same file again finds the same rows, and the number tells nothing.
OWN = "X"


def own_number(kind: str, idno: str) -> str:
    return OWN + crypto.lookup_hash(kind + idno[:18]).hex()[:24].upper()


def own_numbers(values: dict[str, Any], reasons: list[str]) -> None:
    """Both numbers blank is a household of our own; one of them blank is a mistake."""
    head, idno = values.pop("head_idno", ""), values.get("idno")
    blank = [
        h for f, h in (("household_no", "户编号"), ("person_no", "人编号")) if values.get(f) == ""
    ]
    if len(blank) == 1:
        reasons.append(f"{blank[0]}：不能为空；国家系统没有的户请把户编号和人编号都留空")
    elif blank and idno:
        if values.get("relation") == "户主":
            head = idno
        if head:
            values["household_no"] = own_number("户", head)
            values["person_no"] = own_number("人", idno)
        else:
            reasons.append("户主证件号码：户编号留空时要填，用来归到同一户")


def check_row(columns: dict[int, Column], row: list[Any], places: Places) -> dict[str, Any]:
    """The row's values by staging column, with every reason against it under 'reasons'."""
    values, reasons = read_row(columns, row)
    own_numbers(values, reasons)
    try:
        values["area_code"] = places.village(
            values.pop("township", ""), values.pop("village", "")
        ).code
    except WrongCell as wrong:
        reasons.append(f"行政村：{wrong}")
    idno = values.pop("idno", None)
    if idno:
        values["idno"] = crypto.encrypt(idno)
        values["idno_hash"] = crypto.lookup_hash(idno[:18])
        values["idno_tail"] = idno[14:18]
    number = values.pop("phone", "")
    if number:
        values["phone"], values["phone_hash"] = crypto.encrypt(number), crypto.lookup_hash(number)
    values["is_head"] = values.get("relation") == "户主"
    if values["is_head"] and values.get("name"):
        values["pinyin"] = sort_key(values["name"])
    values["lifted_year"] = values.get("lifted_year", "")[:4]
    values["reasons"] = reasons
    return values


# COPY's text format: what would end a cell or a row becomes a blank, a backslash doubles.
TAME = str.maketrans({"\\": "\\\\", "\t": " ", "\n": " ", "\r": " ", "\0": None})


def _copy_text(value: Any) -> str:
    if type(value) is str:
        return value.translate(TAME)
    if value is None:
        return "\\N"
    if type(value) is bytes:
        return "\\\\x" + value.hex()
    if type(value) is bool:
        return "t" if value else "f"
    if type(value) is list:
        quoted = ",".join('"' + v.replace("\\", "\\\\").replace('"', '\\"') + '"' for v in value)
        return ("{" + quoted + "}").translate(TAME)
    return str(value)


def _blank(field: Field[Any, Any]) -> Any:
    if field.column == "reasons":
        return []
    if field.column == "is_head":
        return False
    return "" if field.empty_strings_allowed and not field.null else None


DEFAULTS: dict[str, Any] = {
    str(field.column): _blank(field)
    for field in RosterRow._meta.concrete_fields
    if field.column not in ("id", "run_id", "row_no", "outcome")
}


def copy_rows(run_id: int, rows: list[tuple[int, dict[str, Any]]]) -> None:
    names = ["run_id", "row_no", "outcome", *DEFAULTS]
    buffer = io.StringIO()
    for number, values in rows:
        cells = [_copy_text(values.get(name, default)) for name, default in DEFAULTS.items()]
        outcome = "REFUSED" if values["reasons"] else ""
        buffer.write(f"{run_id}\t{number}\t{outcome}\t" + "\t".join(cells) + "\n")
    buffer.seek(0)
    with connection.cursor() as cursor:
        columns = ", ".join(f'"{n}"' for n in names)
        cursor.copy_expert(f"COPY households_rosterrow ({columns}) FROM STDIN", buffer)


def classify(run: ImportRun) -> dict[str, int]:
    """Say of each staged row what applying it would do, against the roster of this moment."""
    scope = scope_of(run.by)
    with connection.cursor() as cursor:
        for statement in STAGED:
            cursor.execute(statement, {"run": run.pk})
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
        places = Places(run.by, self.right)
        RosterRow.objects.filter(run=run).delete()
        ImportRun.objects.filter(pk=run.pk).update(total=len(sheet), seen=0)
        chunk: list[tuple[int, dict[str, Any]]] = []
        seen = 0
        for number, row in sheet:
            chunk.append((number, check_row(sheet.columns, row, places)))
            if len(chunk) == CHUNK:
                seen += len(chunk)
                copy_rows(run.pk, chunk)
                ImportRun.objects.filter(pk=run.pk).update(seen=seen)
                chunk = []
        copy_rows(run.pk, chunk)
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE households_rosterrow")  # or the joins are planned for no rows
        with transaction.atomic():
            counts = classify(run)
            ImportRun.objects.filter(pk=run.pk).update(
                seen=seen + len(chunk), status=ImportRun.Status.READY, **counts
            )

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
            for statement in APPLY:
                cursor.execute(statement, {"run": run.pk, "event": event.pk})
            for field, value in {**counts, "status": ImportRun.Status.DONE}.items():
                setattr(run, field, value)
            run.save()
        with connection.cursor() as cursor:  # lists are planned for the roster as it is now
            cursor.execute("ANALYZE households_household, households_member")

    def reasons(self, run: ImportRun) -> dict[int, list[str]]:
        refused = RosterRow.objects.filter(run=run, outcome="REFUSED")
        return dict(refused.values_list("row_no", "reasons"))
