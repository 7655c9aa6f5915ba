"""自查 of a whole county against the standards that ship: set-based statements against asking
each household by itself, as far as the stored facts go."""

from __future__ import annotations

import time
from datetime import date

from django.db.models import Q

from cadres.models import Cadre
from households.models import Assignment, Household
from inspections.actions import selfcheck, standards
from inspections.gaps import figures, latest_run
from inspections.judging import carry_out
from inspections.models import Gap, Standard
from tests.benchmarks.__main__ import Figure
from tests.benchmarks.summary import owner
from yuexi.core import clock
from yuexi.demo.people import load_people

HOMES, NAIVE = 110_000, 400
FILL = """
INSERT INTO households_household (uid, area_code, "group", head_name, pinyin, kind, poverty_class, cause, lifted_year, identified, closed, unsafe_house, safe_water, income_per_head)
SELECT gen_random_uuid(), codes[1 + n %% array_length(codes, 1)], '', '演示', 'yanshi', CASE WHEN n %% 3 = 0 THEN 'LIFTED' ELSE 'GENERAL' END,
       '', '', '', '', '', n %% 90 = 0, n %% 70 <> 0, 3000 + n %% 20000
  FROM generate_series(1, %(homes)s) n, (SELECT array_agg(code ORDER BY code) AS codes FROM cadres_area WHERE level = 'VILLAGE') c;
INSERT INTO households_member (household_id, name, relation, idno, idno_hash, idno_tail, ethnicity, education, school, health, labour, work, insured, identified, "left")
SELECT h.id, '演示', '户主', '', sha256((h.id || '-' || m)::bytea), '0000', '', '', CASE WHEN h.id %% 700 = 0 AND m = 3 THEN '失学' ELSE '' END, '', '', '',
       NOT (h.id %% 50 = 0 AND m = 2), '', '' FROM households_household h, generate_series(1, 3) m;
INSERT INTO households_assignment (household_id, cadre_id, rank, start)
SELECT h.id, (%(helpers)s::bigint[])[1 + h.id %% 1500], 'MAIN', '2026-01-01' FROM households_household h WHERE h.kind = 'LIFTED' AND h.id %% 200 <> 0;
INSERT INTO households_monitoring (household_id, category, risk, identified_on)
SELECT h.id, 'UNSTABLE', '因病', '2026-05-01' FROM households_household h WHERE h.id %% 47 = 0;
ANALYZE;
"""  # fmt: skip


def one_by_one(home: Household, today: date, line: int) -> int:
    """What a loop over households would ask of each."""
    found = int(bool(home.unsafe_house)) + int(home.safe_water is False)
    found += int(home.members.filter(left_on=None, school__regex="失学|辍学").exists())
    found += int(home.members.filter(left_on=None, insured=False).exists())
    watched = home.monitorings.filter(eliminated_on=None).exists()
    if home.kind != "GENERAL" or watched:
        open_end = Q(end__isnull=True) | Q(end__gt=today)
        helped = Assignment.objects.filter(open_end, household=home, rank="MAIN", start__lte=today, cadre__is_active=True)  # fmt: skip
        found += int(watched) + int(not helped.exists())
        found += int(home.income_per_head is not None and home.income_per_head <= line)
    return found


def run() -> list[Figure]:
    from random import Random

    load_people(Random(1), clock.today(), 2000)
    helpers = list(Cadre.objects.order_by("pk").values_list("pk", flat=True)[:1500])
    owner(FILL, {"homes": HOMES, "helpers": helpers})
    at, today = clock.now(), clock.today()
    office = Cadre.objects.filter(posts__role="OFFICE_RECTIFY")[0]
    leader = Cadre.objects.filter(posts__role="COUNTY_LEADER")[0]
    line = standards.propose_line(kind="NATIONAL", yuan=4000, start=date(2020, 1, 1), end=None, document_no="", note="", by=office, at=at)  # fmt: skip
    standards.decide_line(line_id=line.pk, accept=True, said="", by=leader, at=at)
    standards.propose_initial(start=date(2026, 1, 1), by=office, at=at)
    for made in Standard.objects.filter(status="WAITS"):
        standards.decide_standard(standard_id=made.pk, accept=True, said="", by=leader, at=at)
    took = {}
    for standard in Standard.objects.order_by("pk"):
        asked = selfcheck.queue(standard=standard, by=office, at=at)
        began = time.perf_counter()
        carry_out(asked.pk, at=at)
        took[standard.level] = time.perf_counter() - began
    homes = list(Household.objects.order_by("pk")[:NAIVE])
    began = time.perf_counter()
    for home in homes:
        one_by_one(home, today, 4000)
    naive = (time.perf_counter() - began) / NAIVE * HOMES
    checked = latest_run("HOUSEHOLD")
    assert checked is not None
    began = time.perf_counter()
    figures(office, checked)
    shown = time.perf_counter() - began
    said = "，".join(f"{level} {seconds:.1f} s" for level, seconds in took.items())
    print(f"  {HOMES} households: {said}; {Gap.objects.count()} gaps; figures {shown * 1000:.0f} ms; one by one {naive:.0f} s")  # fmt: skip
    return [Figure("selfcheck_county_vs_one_by_one", naive / took["HOUSEHOLD"], 20)]
