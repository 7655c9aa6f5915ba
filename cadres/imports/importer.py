"""What a kind of list is, and the register of all kinds."""

from __future__ import annotations

import io
from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import xlsxwriter
from django.http import Http404

from cadres.files import read
from cadres.forms import UploadForm
from cadres.imports.answer import refused_rows
from cadres.imports.cells import Column
from cadres.imports.sheet import Sheet
from cadres.models import Cadre, ImportRun
from cadres.scope import scope_of
from yuexi.core.refusals import BadInput


@dataclass(frozen=True)
class Remarks:
    """What is odd and refuses nothing: beside the counts, with a list to open."""

    text: str
    lines: list[str]


class Importer(ABC):
    """`check` and `apply` may be started again from their beginning after a kill."""

    code: str
    name: str
    right: str
    about: str  # for the person at the upload page
    done_path: str  # where to look at what came in
    columns: Sequence[Column]

    # What the upload page asks beside the file; kept as the run's `details`.
    form: type[UploadForm] = UploadForm
    has_template = True
    keeps_refused = (
        False  # rows that are refused stay to be dealt with: even none that pass is work
    )

    def look(self, content: bytes) -> None:
        """Refuses at once what cannot be such a file."""
        if not len(Sheet(content, self.columns)):
            raise BadInput("no_rows", "表头认出来了，但下面没有内容行；请填好再传，或核对是不是传错了表。", field="file")  # fmt: skip

    def fits(self, content: bytes, details: dict[str, Any], by: Cadre) -> None:
        """Refuses at once a file that does not go with what was told beside it."""
        return

    def review_path(self, run: ImportRun) -> str:
        """Where its owner looks at a run row by row before he decides; '' for nowhere."""
        return ""

    def answer(self, run: ImportRun) -> bytes:
        """The workbook that goes back with what was refused."""
        return refused_rows(self, run)

    @abstractmethod
    def check(self, run: ImportRun) -> None:
        """CHECKING → READY, with the counts; writes nothing but the run and its staging."""

    @abstractmethod
    def apply(self, run: ImportRun, at: datetime) -> None:
        """APPLYING → DONE: all good rows in one transaction."""

    @abstractmethod
    def reasons(self, run: ImportRun) -> dict[int, list[str]]:
        """Refused rows by their number in the workbook."""

    def remarks(self, run: ImportRun) -> Remarks | None:
        """Of a run that waits for its owner's word."""
        return None

    def sheet(self, run: ImportRun) -> Sheet:
        return Sheet(read(run.file), self.columns)

    def template(self) -> bytes:
        """An empty table: what must be filled in bears a star, what is expected is beside it."""
        buffer = io.BytesIO()
        book = xlsxwriter.Workbook(buffer, {"in_memory": True})
        page = book.add_worksheet(self.name[:31])
        head = book.add_format({"bold": True, "bottom": 1})
        plain_text = book.add_format({"num_format": "@"})
        for i, column in enumerate(c for c in self.columns if not c.ours):
            page.write_string(0, i, column.headers[0] + ("*" if column.needed else ""), head)
            page.set_column(i, i, 16, plain_text)
            if column.hint:
                page.write_comment(0, i, column.hint)
        page.freeze_panes(1, 0)
        book.close()
        return buffer.getvalue()


class Importers:
    def __init__(self) -> None:
        self._by_code: dict[str, Importer] = {}

    def add(self, importer: Importer) -> None:
        self._by_code[importer.code] = importer

    def of(self, code: str) -> Importer:
        if code not in self._by_code:
            raise Http404
        return self._by_code[code]

    def for_(self, user: Cadre) -> list[Importer]:
        scope = scope_of(user)
        return [i for i in self._by_code.values() if scope.has(i.right)]


importers = Importers()
