"""Invented households, members, helpers and visits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import uuid6
from stdnum.cn.ric import calc_check_digit

from cadres.models import Area
from yuexi.core import crypto
from yuexi.core.clock import SHANGHAI
from yuexi.demo.copy import copy, ids
from yuexi.demo.people import NAMES, People

GROUPS = ("河口组", "上湾组", "下湾组", "中屋组", "新屋组", "石桥组")
RELATIONS = ("配偶", "之子", "之女", "之父", "之母", "之孙子")
HEALTH = ("健康", "健康", "健康", "长期慢性病", "残疾")
WORK = ("", "乡(镇)内务工", "县外省内务工", "省外务工")
CAUSES = ("因病", "因残", "因学", "缺劳力", "缺技术", "缺资金")
DONE = (
    "",
    "帮助对接医保报销",
    "送去春耕种子",
    "联系修好了水管",
    "帮孩子办了助学申请",
    "带去务工信息",
)
PROMISES = (
    "",
    "",
    "帮问水管保温的事",
    "帮联系慢病签约医生",
    "下次带来公益岗位申请表",
    "帮看补贴到账没有",
)


@dataclass
class Home:
    id: int
    area: str
    head: str
    helper: int | None
    kind: str
    red: frozenset[str] = frozenset()  # categories whose mark in the roster stands red


def number(random: Random, serial: int) -> str:
    """An impossible region, so that it can never be anyone's, with a true check digit."""
    first = f"999999{1945 + serial % 72}{1 + serial // 72 % 12:02}{1 + serial // 864 % 28:02}{serial // 24192 % 1000:03}"
    return first + calc_check_digit(first + "0")


def load_homes(
    random: Random, today: date, people: People, households: int, members: int
) -> list[Home]:
    villages = list(
        Area.objects.filter(level=Area.Level.VILLAGE)
        .order_by("code")
        .values_list("code", flat=True)
    )
    homes = []
    rows = []
    hids = ids("households_household", households)
    for i, hid in enumerate(hids):
        area = villages[i % len(villages)]
        name, pinyin = random.choice(NAMES)
        kind = "LIFTED" if random.random() < 0.31 else "GENERAL"
        helper = None
        if kind == "LIFTED" and i % 331:
            helper = random.choice(people.by_role["HELPER", area[:9]]).pk
        red = {"住房安全"} if i % 90 == 0 else set[str]()
        homes.append(
            Home(
                hid,
                area,
                name,
                helper,
                kind,
                frozenset(red | ({"饮水安全"} if i % 70 == 0 else set())),
            )
        )
        rows.append((hid, uuid6.uuid7(), f"0082{i:08}", area, random.choice(GROUPS), name, pinyin, kind,
                     "一般脱贫户" if kind == "LIFTED" else "", random.choice(CAUSES) if kind == "LIFTED" else "",
                     str(2015 + i % 6) if kind == "LIFTED" else "", i % 90 == 0, i % 70 != 0,
                     random.randint(9000, 26000), "201401" if kind == "LIFTED" else "", ""))  # fmt: skip
    copy("households_household", ["id", "uid", "national_no", "area_code", "group", "head_name", "pinyin", "kind",
         "poverty_class", "cause", "lifted_year", "unsafe_house", "safe_water", "income_per_head", "identified", "closed"], rows)  # fmt: skip
    load_members(random, homes, members)
    start = today - timedelta(days=700)
    copy("households_assignment", ["household_id", "cadre_id", "rank", "start"],
         ((h.id, h.helper, "MAIN", start) for h in homes if h.helper))  # fmt: skip
    watched = [h for i, h in enumerate(homes) if i % 47 == 0]
    copy("households_monitoring", ["household_id", "category", "risk", "identified_on"],
         ((h.id, "UNSTABLE" if h.kind == "LIFTED" else "EDGE", random.choice(CAUSES), today - timedelta(days=random.randint(20, 400))) for h in watched))  # fmt: skip
    return homes


def load_members(random: Random, homes: list[Home], members: int) -> None:
    def rows() -> Iterator[tuple[Any, ...]]:
        left, serial = members, 0
        for i, home in enumerate(homes):
            size = max(1, min(7, round(left / (len(homes) - i) + random.uniform(-1.5, 1.5))))
            left -= size
            for place in range(size):
                idno = number(random, serial)
                name = home.head if place == 0 else home.head[0] + random.choice(NAMES)[0][1:]
                relation = "户主" if place == 0 else RELATIONS[(place - 1) % len(RELATIONS)]
                yield (home.id, f"3409{serial:08}", name, relation, crypto.encrypt(idno), crypto.lookup_hash(idno), idno[14:],
                       "汉族", "小学", "", random.choice(HEALTH), "", random.choice(WORK), True, "", "")  # fmt: skip
                serial += 1

    copy("households_member", ["household_id", "national_no", "name", "relation", "idno", "idno_hash", "idno_tail",
         "ethnicity", "education", "school", "health", "labour", "work", "insured", "identified", "left"], rows())  # fmt: skip


@dataclass
class Seen:
    """A visit that an item may have come from."""

    id: int
    home: Home
    day: date
    by: int


def load_visits(
    random: Random, today: date, homes: list[Home], visits: int, days: int
) -> list[Seen]:
    helped = [h for h in homes if h.helper]
    seen: list[Seen] = []
    vids = ids("households_visit", visits)

    def rows() -> Iterator[tuple[Any, ...]]:
        for n, vid in enumerate(vids):
            home = helped[n % len(helped)]
            day = today - timedelta(days=1 + (n * 7919 + random.randint(0, 6)) % days)
            at = datetime(
                day.year,
                day.month,
                day.day,
                random.randint(8, 17),
                random.randint(0, 59),
                tzinfo=SHANGHAI,
            )
            mode = random.choices(("IN_PERSON", "REMOTE", "NOBODY"), (85, 10, 5))[0]
            late = n % 97 == 0
            synced = at + timedelta(hours=30 if late else 0, minutes=random.randint(1, 200))
            if len(seen) < 60_000 and mode == "IN_PERSON":
                seen.append(Seen(vid, home, day, home.helper or 0))
            yield (vid, uuid6.uuid7(), home.id, home.area, home.helper, mode, "{ROUTINE}", "" if mode == "NOBODY" else home.head,
                   "{}", "{WATER}" if n % 41 == 0 else "{}", random.choice(DONE), random.choice(PROMISES), at, synced, synced,
                   "山里没有信号" if late else "", "PHONE")  # fmt: skip

    copy("households_visit", ["id", "uid", "household_id", "area_code", "visitor_id", "mode", "purposes", "met", "policies",
         "changes", "done", "promise", "occurred_at", "recorded_at", "synced_at", "late_reason", "via"], rows())  # fmt: skip
    return seen
