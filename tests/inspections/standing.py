"""A standard in force, its run, a gap and a handbook, for tests that only need them to be there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from cadres.models import Cadre
from inspections.actions import handbook, selfcheck, standards
from inspections.initial import STANDARDS
from inspections.judging import carry_out
from inspections.models import CheckRun, Gap, Handbook, IncomeLine, Standard
from tests.county import AT


@dataclass
class Standing:
    standard: Standard
    older: Standard
    run: CheckRun
    before: CheckRun
    gap: Gap
    line: IncomeLine
    book: Handbook


def standing(office: Cadre, leader: Cadre) -> Standing:
    made = []
    for start in (date(2025, 1, 1), date(2026, 1, 1)):
        draft = standards.Draft(level="HOUSEHOLD", start=start, why="按新文件修订", **STANDARDS["HOUSEHOLD"])  # fmt: skip
        found = standards.propose_standard(draft=draft, by=office, at=AT)
        made.append(standards.decide_standard(standard_id=found.pk, accept=True, said="", by=leader, at=AT))  # fmt: skip
    runs = [selfcheck.queue(standard=s, by=office, at=AT) for s in made]
    for run in runs:
        carry_out(run.pk, at=AT)
        run.refresh_from_db()
    line = standards.propose_line(kind="MONITOR", yuan=8000, start=date(2026, 1, 1), end=None, document_no="", note="", by=office, at=AT)  # fmt: skip
    book = handbook.issue_handbook(title="验收标准手册", issuer="县帮扶指挥部", quantity=50, by=office, at=AT)  # fmt: skip
    gap = Gap.objects.filter(run=runs[1]).order_by("pk")[0]
    return Standing(made[1], made[0], runs[1], runs[0], gap, line, book)
