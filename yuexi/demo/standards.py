"""Standards that two invented persons put in force, a self-check, and a handbook on its way."""

from __future__ import annotations

from datetime import date, datetime

from cadres.models import Cadre, Unit
from inspections.actions import handbook, selfcheck, standards
from inspections.judging import carry_out
from inspections.models import CheckRun, IncomeLine, Standard
from inspections.receipts import current, roster
from yuexi.demo.people import People

LINE = 15_000  # of 2026, invented: some of the invented incomes lie below


def load_standards(at: datetime, people: People) -> None:
    office = people.by_role["OFFICE_RECTIFY", "340828"][0]
    leader = people.by_role["COUNTY_LEADER", "340828"][0]
    standards.propose_initial(start=date(2026, 1, 1), by=office, at=at)
    for made in Standard.objects.filter(status="WAITS"):
        standards.decide_standard(standard_id=made.pk, accept=True, said="", by=leader, at=at)
    for line in IncomeLine.objects.filter(status="WAITS", start__lt=date(2021, 1, 1)):
        standards.decide_line(line_id=line.pk, accept=True, said="", by=leader, at=at)
    now = standards.propose_line(kind="NATIONAL", yuan=LINE, start=date(2026, 1, 1), end=None, document_no="", note="演示数", by=office, at=at)  # fmt: skip
    standards.decide_line(line_id=now.pk, accept=True, said="", by=leader, at=at)
    for run in CheckRun.objects.filter(state="WAITS"):
        carry_out(run.pk, at=at)
    gap = CheckRun.objects.filter(standard__level="HOUSEHOLD")[0].gaps.filter(code="HOUSE").order_by("pk")[0]  # fmt: skip
    selfcheck.open_item(gap=gap, by=office, at=at)
    load_handbook(at, office)


def load_handbook(at: datetime, office: Cadre) -> None:
    """One county unit and one township have it; most of those signed."""
    everybody = Cadre.objects.filter(is_active=True, kind="CADRE").count()
    handbook.issue_handbook(title="脱贫成果验收标准手册", issuer="县帮扶指挥部", quantity=everybody + 50, by=office, at=at)  # fmt: skip
    book = current()
    assert book is not None and office.unit is not None
    township = Unit.objects.filter(kind="TOWNSHIP").order_by("area__code")[0]
    for unit in (office.unit, township):
        staff = list(roster(office, book).filter(unit=unit).order_by("pinyin", "pk")[:40])
        if not staff:
            continue
        handbook.hand_out(handbook=book, cadres=staff, by=office, at=at)
        for n, cadre in enumerate(staff):
            if n % 3 and cadre.pk != office.pk:
                handbook.sign(handbook=book, by=cadre, at=at)
