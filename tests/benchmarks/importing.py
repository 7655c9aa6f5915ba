"""The household import: workbook to roster, against COPY of the same people into the table."""

from __future__ import annotations

import time
from random import Random

from django.db import connection, transaction
from django.utils import timezone

from cadres.models import Area, Cadre, ImportRun
from cadres.models import Post as Held
from households.imports.roster import RosterImporter
from households.models import Member
from tests.benchmarks.__main__ import Figure
from tests.households.builders import line, workbook
from yuexi.core import clock
from yuexi.demo.copy import copy, ids
from yuexi.demo.people import load_people

PEOPLE = 45_000  # three to a household
COLUMNS = ["household_id", "national_no", "idno", "idno_hash", "idno_tail", "identified", "left", "name", "relation",
           "ethnicity", "education", "school", "health", "labour", "work"]  # fmt: skip


def raw() -> tuple[float, float]:
    """COPY of finished rows into the same two tables, indexes on, then gone again: persons a
    second without and with the foreign keys, which wait for the end of a transaction."""
    areas = list(Area.objects.filter(level=Area.Level.VILLAGE).values_list("code", flat=True)[:50])
    homes = ids("households_household", (PEOPLE + 2) // 3)
    rows = [(h, f"R{n}", b"1:" + b"x" * 46, n.to_bytes(32, "big"), "0000", "", "", "演示甲", "户主", "汉族", "小学", "", "健康", "", "")
            for n in range(PEOPLE) for h in [homes[n // 3]]]  # fmt: skip
    with transaction.atomic():
        began = time.perf_counter()
        copy("households_household", ["id", "uid", "national_no", "area_code", "group", "head_name", "pinyin", "kind", "poverty_class",
             "cause", "lifted_year", "identified", "closed"],
             ((h, f"019e0000-0000-7000-a000-{n:012x}", f"R{n}", areas[n % 50], "", "演示甲", "ysj yan shi jia", "LIFTED", "", "", "", "", "")
              for n, h in enumerate(homes)))  # fmt: skip
        copy("households_member", COLUMNS, rows)
        spent = time.perf_counter() - began
        connection.check_constraints()
        checked = time.perf_counter() - began
        transaction.set_rollback(True)
    return PEOPLE / spent, PEOPLE / checked


def clerk() -> Cadre:
    if not Cadre.objects.exists():
        load_people(Random(1), clock.today(), 300)
    return Held.objects.filter(role="OFFICE_DATA")[0].cadre


def run() -> list[Figure]:
    from cadres.files import store

    by, at = clerk(), timezone.now()
    villages = list(Area.objects.filter(level=Area.Level.VILLAGE).select_related("parent")[:50])
    rows = []
    for n in range(PEOPLE):
        place = villages[n % 50]
        rows.append(
            line(n, **{"乡(镇)": place.parent.name if place.parent else "", "行政村": place.name})
        )
    from yuexi.demo.homes import number
    from yuexi.demo.people import NAMES

    for n, row in enumerate(rows):
        row["证件号码"] = number(Random(n), n)
        head = n - n % 3
        row["户编号"], row["与户主关系"] = f"0082{head:08}", "户主" if n == head else "配偶"
        row["姓名"] = NAMES[n * 7 % len(NAMES)][0]
    content = workbook(rows)
    limit, with_keys = raw()
    began = time.perf_counter()
    run_ = ImportRun.objects.create(
        kind="ROSTER", file=store(content, name="bench.xlsx", by=by, at=at), by=by, at=at
    )
    RosterImporter().check(run_)
    checked = time.perf_counter() - began
    run_.refresh_from_db()
    assert run_.created == PEOPLE, (run_.created, run_.refused)
    ImportRun.objects.filter(pk=run_.pk).update(status="APPLYING")
    RosterImporter().apply(run_, at)
    spent = time.perf_counter() - began
    assert Member.objects.count() == PEOPLE
    rate = PEOPLE / spent
    print(
        f"import: raw COPY {limit:.0f} persons/s ({with_keys:.0f} with its foreign keys checked), ours {rate:.0f} persons/s (check {checked:.1f} s of {spent:.1f} s)"
    )
    return [Figure("import.to_raw_copy", rate / limit, 0.5)]
