"""One row of an uploaded roster to one line of COPY: most of the time of an import goes here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import islice
from typing import Any

from django.db.models import BooleanField, Field

from cadres.imports.cells import Column, WrongCell, few
from cadres.imports.places import Places
from cadres.pinyin import sort_key
from households.models import RosterRow
from households.models.household import OWN
from yuexi.core import crypto

# COPY's text format: what would end a cell or a row becomes a blank, a backslash doubles.
TAME = str.maketrans({"\\": "\\\\", "\t": " ", "\n": " ", "\r": " ", "\0": None})


def copy_text(value: Any) -> str:
    if type(value) is str:
        return value if value.isalnum() else value.translate(TAME)
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


def _blank(field: Field[Any, Any]) -> str:
    if field.column == "reasons":
        return copy_text([])
    if isinstance(field, BooleanField) and not field.null:
        return copy_text(False)
    return "" if field.empty_strings_allowed and not field.null else copy_text(None)


FIELDS = [str(field.column) for field in RosterRow._meta.concrete_fields]
BLANK = [_blank(field) for field in RosterRow._meta.concrete_fields]
INTO = f"COPY households_rosterrow ({', '.join(FIELDS)}) FROM STDIN"
# Cells that make others and are not staged themselves wait behind those that are.
MAKERS = {"township": "", "village": "", "head_idno": "", "idno": "number", "phone": "telephone"}
AT = {name: at for at, name in enumerate([*FIELDS, *(of or f for f, of in MAKERS.items())])}
# Names and numbers of people are never remembered, see `few`.
OWN_CELLS = {"household_no", "person_no", "name", "idno", "head_idno", "phone"}

RUN, ROW, REFUSED, REASONS = AT["run_id"], AT["row_no"], AT["refused"], AT["reasons"]
AREA, TOWNSHIP, VILLAGE = AT["area_code"], AT["township"], AT["village"]
HOUSEHOLD_NO, PERSON_NO, RELATION = AT["household_no"], AT["person_no"], AT["relation"]
IS_HEAD, NAME, PINYIN = AT["is_head"], AT["name"], AT["pinyin"]
NUMBER, HEAD_NUMBER, TELEPHONE = AT["number"], AT["head_idno"], AT["telephone"]
IDNO, IDNO_HASH, IDNO_TAIL = AT["idno"], AT["idno_hash"], AT["idno_tail"]
PHONE, PHONE_HASH = AT["phone"], AT["phone_hash"]

BLOCK = 50  # lines
HEAD = "户主"


def _place_and_reader(column: Column) -> tuple[int, Callable[[Any], str]]:
    """Where a column's cell goes in the line, and the cell as COPY wants it."""
    parse = column.parse

    def read(cell: Any) -> str:
        return copy_text(parse(cell))

    remember = (lambda f: f) if column.field in OWN_CELLS else few
    maker = MAKERS.get(column.field)
    if maker is None:
        return AT[column.field], remember(read)
    return AT[maker or column.field], remember(parse)


class RowCheck:
    """Made once for a sheet, called for each row."""

    def __init__(self, run_id: int, columns: dict[int, Column], places: Places) -> None:
        self.blank = [*BLANK, *("" for _ in MAKERS)]
        self.blank[RUN] = str(run_id)
        self.plan = [(i, *_place_and_reader(c), c.headers[0]) for i, c in columns.items()]
        self.area = few(lambda township, village: places.village(township, village).code)
        self.seal, self.digest = crypto.sealer(), crypto.hasher()

    def line(self, numbered: tuple[int, list[Any]]) -> bytes:
        """The row's values, or every reason against it, as a line for `INTO`."""
        row_no, row = numbered
        cells = self.blank.copy()
        reasons: list[str] = []
        wrong: list[int] = []
        for i, at, read, header in self.plan:
            try:
                cells[at] = read(row[i])
            except WrongCell as why:
                reasons.append(f"{header}：{why}")
                wrong.append(at)
        is_head = cells[RELATION] == HEAD
        if not (cells[HOUSEHOLD_NO] and cells[PERSON_NO]):
            self._own_numbers(cells, is_head, wrong, reasons)
        try:
            cells[AREA] = self.area(cells[TOWNSHIP], cells[VILLAGE])
        except WrongCell as why:
            reasons.append(f"行政村：{why}")
        if number := cells[NUMBER]:
            cells[IDNO] = copy_text(self.seal(number.encode()))
            cells[IDNO_HASH] = copy_text(self.digest(number[:18]))
            cells[IDNO_TAIL] = number[14:18]
        if is_head:  # what is the household's own is taken from the head's row only
            cells[IS_HEAD] = "t"
            cells[PINYIN] = sort_key(cells[NAME]) if cells[NAME] else ""
            if telephone := cells[TELEPHONE]:
                cells[PHONE] = copy_text(self.seal(telephone.encode()))
                cells[PHONE_HASH] = copy_text(self.digest(telephone))
        if reasons:
            cells[REFUSED], cells[REASONS] = "t", copy_text(reasons)
        cells[ROW] = str(row_no)
        return ("\t".join(cells[: len(FIELDS)]) + "\n").encode()

    def _own_numbers(
        self, cells: list[str], is_head: bool, wrong: list[int], reasons: list[str]
    ) -> None:
        """Both numbers blank is a household of our own; one of them blank is a mistake."""
        blank = [
            header
            for at, header in ((HOUSEHOLD_NO, "户编号"), (PERSON_NO, "人编号"))
            if not cells[at] and at not in wrong
        ]
        if len(blank) == 1:
            reasons.append(f"{blank[0]}：不能为空；国家系统没有的户请把户编号和人编号都留空")
        elif blank and (number := cells[NUMBER]):
            if head := number if is_head else cells[HEAD_NUMBER]:
                cells[HOUSEHOLD_NO] = own_number("户", head, self.digest)
                cells[PERSON_NO] = own_number("人", number, self.digest)
            else:
                reasons.append("户主证件号码：户编号留空时要填，用来归到同一户")


def own_number(kind: str, idno: str, digest: Callable[[str], bytes] = crypto.lookup_hash) -> str:
    """Households that the national system lacks are numbered from their people's own numbers,
    by keyed hash: the same file again finds the same rows, and the number tells nothing."""
    return OWN + digest(kind + idno[:18]).hex()[:24].upper()


class Lines:
    """What COPY reads from: the database takes one block while the next is being checked."""

    def __init__(self, lines: Iterator[bytes]) -> None:
        self.lines = lines

    def read(self, size: int = 0) -> bytes:
        return b"".join(islice(self.lines, BLOCK))
