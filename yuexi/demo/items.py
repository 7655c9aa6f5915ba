"""Invented items in every state, each with the way that led there.

They take the product's own road: they start with the rectifier, get evidence and checks
(which the triggers judge), and only then their last state.
"""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import uuid6
from django.db import connection

from cadres.files import store
from cadres.models import Cadre, CalendarDay
from rectification.workflow import GRADES, ROUTES, Route, Status
from yuexi.core.clock import SHANGHAI
from yuexi.demo.copy import copy, ids
from yuexi.demo.homes import Seen
from yuexi.demo.people import DEPARTMENTS, People

PROBLEMS = {
    "饮水安全": (
        "冬季水管冻裂，每天到沟里挑水",
        "水池多日没有清洗，水发浑",
        "村组断水三天，没有人通知",
    ),
    "住房安全": (
        "主屋后坡屋面渗水，堂屋墙体发霉",
        "厨房檩条朽坏，下雨不敢进",
        "屋后护坡开裂，一直没有处理",
    ),
    "义务教育": ("孩子生病在家，送教没有上门", "路远住校，交通补助没有到账"),
    "基本医疗": ("慢病签约服务一年没有上门", "住院报销材料交了两个月没有回音"),
    "务工就业": ("公益岗位工资两个月没有发", "外出务工回来，不知道怎么领交通补助"),
    "产业发展": ("茶苗发下来没有人教，死了一半", "产业奖补申请没有下文"),
    "政策落实": ("低保调整没有告诉本人", "帮扶干部没有讲清楚政策"),
    "基础设施": ("村组路塌方 12 米，校车绕行", "路灯坏了三盏，晚上出门看不见"),
    "档案数据": ("帮扶手册收入一栏与系统不一致", "手册缺农户签字"),
    "其他": ("门前堆放垃圾没有人清运", "邻里用水有纠纷，没有人调解"),
}
UNIT_OF = {category: unit for unit, categories in DEPARTMENTS.items() for category in categories}
STAGES = (
    ("REGISTERED", 6), ("CONFIRMED", 5), ("ISSUED", 6), ("DECLINED", 2), ("SIGNED", 6), ("RECTIFYING", 22),
    ("SELF_CHECK", 7), ("VERIFY", 6), ("ACCEPT", 5), ("APPROVE", 4), ("CLOSED", 20), ("CONSOLIDATED", 8),
    ("DISMISSED", 3),
)  # fmt: skip


def picture() -> bytes:
    """A small plain PNG, drawn here: two bands that could be a hill under a sky."""
    width, height = 320, 200
    rows = b"".join(
        b"\0" + b"".join(
            bytes((31, 92, 74)) if y > 120 + (x * 37 % 41) // 3 else bytes((214, 226, 232)) for x in range(width)
        )
        for y in range(height)
    )  # fmt: skip

    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(rows))
        + chunk(b"IEND", b"")
    )


@dataclass
class Draft:
    id: int
    uid: Any
    number: str
    status: Status
    route: Route
    category: str
    text: str
    seen: Seen
    source: str
    problem: int | None
    person: Cadre
    lead: int
    registered: date
    issued: date
    applied: date
    deadline: date
    grade: str
    closed: date
    rounds: list[tuple[str, Cadre, date]] = field(default_factory=list)


class Days:
    """Working-day arithmetic over a list, for fifty thousand items."""

    def __init__(self, today: date) -> None:
        known = CalendarDay.objects.filter(
            working=True,
            date__gte=today - timedelta(days=900),
            date__lte=today + timedelta(days=400),
        )
        self.days = list(known.order_by("date").values_list("date", flat=True))
        self.place = {d: i for i, d in enumerate(self.days)}

    def step(self, day: date, n: int) -> date:
        while day not in self.place:
            day -= timedelta(days=1)
        return self.days[max(0, min(len(self.days) - 1, self.place[day] + n))]


class Items:
    def __init__(self, random: Random, today: date, people: People, seen: list[Seen]) -> None:
        self.random, self.today, self.people, self.seen = random, today, people, seen
        self.days = Days(today)

    def load(self, count: int) -> None:
        self.office = self.people.by_role["OFFICE_RECTIFY", "340828"]
        self.inspector = self.people.by_role["INSPECTOR", "340828"][0]
        drafts = [self.draft(n, pk) for n, pk in enumerate(ids("rectification_item", count))]
        self.write(drafts)

    def draft(self, n: int, pk: int) -> Draft:
        random, step = self.random, self.days.step
        status = Status(random.choices([s for s, _ in STAGES], [w for _, w in STAGES])[0])
        seen = self.seen[(n * 31) % len(self.seen)]
        category = random.choice(list(PROBLEMS))
        grade = random.choices(list(GRADES), (30, 65, 5))[0]
        length = GRADES[grade][1]
        by_department = random.random() < 0.4
        lead = self.people.by_role["DEPARTMENT", UNIT_OF[category]]
        clerk = self.people.by_role["TOWNSHIP_CLERK", seen.home.area[:9]][0]
        done = status in (Status.CLOSED, Status.CONSOLIDATED)
        # How far through its time the item is: a few are late, some are due these days.
        used = random.choice((0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 1.0, 1.04 if n % 3 else 1.2))
        ago = length + 40 + random.randint(0, 250) if done else max(1, int(length * used))
        if status in (Status.REGISTERED, Status.CONFIRMED, Status.DISMISSED):
            ago = random.randint(0, 2)
        issued = step(self.today, -ago)
        deadline = step(issued, length)
        applied = (
            step(issued, max(1, int(length * random.choice((0.5, 0.8, 0.95)))))
            if done
            else step(self.today, -random.randint(1, 4))
        )
        applied = max(applied, issued)
        route = Route.DEPARTMENT if by_department else Route.COUNTY
        person = random.choice(lead) if by_department else clerk
        source = random.choice(("VISIT", "VISIT", "INSPECTION", "EVALUATION", "SELF", "DISPATCH"))
        draft = Draft(
            pk, uuid6.uuid7(), f"{self.today.year % 100}-{n + 1:04}", status, route, category,
            random.choice(PROBLEMS[category]), seen, source, None, person, lead[0].unit_id or 0,
            step(issued, -2), issued, applied, deadline, grade, step(applied, 6),
        )  # fmt: skip
        if status in (Status.SELF_CHECK, Status.VERIFY, Status.ACCEPT, Status.APPROVE) or done:
            draft.rounds = self.rounds(draft)
        return draft

    def rounds(self, d: Draft) -> list[tuple[str, Cadre, date]]:
        head = self.people.by_role["TOWNSHIP_HEAD", d.seen.home.area[:9]][0]
        lead = [
            c for c in self.people.by_role["DEPARTMENT", UNIT_OF[d.category]] if c.pk != d.person.pk
        ]
        who = [lead[0], head] if d.route == Route.DEPARTMENT else [head, lead[0]]
        done = []
        for i, (step, by) in enumerate(
            zip(ROUTES[d.route], [*who, self.office[0], self.office[1]], strict=True)
        ):
            if step.status == d.status:
                break
            done.append((str(step.status), by, min(self.days.step(d.applied, i + 1), self.today)))
        return done

    def write(self, drafts: list[Draft]) -> None:
        at = datetime.combine(self.today, datetime.min.time(), SHANGHAI)
        photo = store(picture(), name="演示照片.png", by=None, at=at)
        self.problems(drafts)
        dispatches = self.dispatches(drafts)
        early = (
            "REGISTERED",
            "CONFIRMED",
            "ISSUED",
            "DECLINED",
            "SIGNED",
            "RECTIFYING",
            "DISMISSED",
        )
        copy("rectification_item", ["id", "uid", "number", "source", "source_kind", "source_id", "lineage", "text", "category",
             "area_code", "lead_unit_id", "unit_id", "person_id", "grade", "route", "status", "goal", "measure", "deadline",
             "dispatch_id", "issued_on", "round", "rebounds", "created_by_id", "created_at"],
             ((d.id, d.uid, d.number, d.source, "visit" if d.problem else "", d.problem,
               f"{d.seen.day} 走访" if d.problem else "演示批次", d.text, d.category, d.seen.home.area, d.lead,
               d.person.unit_id, d.person.pk, d.grade, d.route, d.status if d.status in early else "RECTIFYING", "",
               "现场核实后限期办结，办完逐户回访" if d.status not in early[:5] else "", d.deadline,
               dispatches.get(d.issued) if d.status not in ("REGISTERED", "CONFIRMED", "DISMISSED") else None,
               d.issued if d.status not in ("REGISTERED", "CONFIRMED", "DISMISSED") else None, 1, 0,
               d.seen.by, moment(d.registered)) for d in drafts))  # fmt: skip
        copy("rectification_itemhousehold", ["item_id", "household_id", "solved", "asked_by_id", "asked_at", "said"],
             ((d.id, d.seen.home.id, True if d.rounds else None, d.seen.by if d.rounds else None,
               moment(d.applied) if d.rounds else None, "已经办好" if d.rounds else "") for d in drafts))  # fmt: skip
        later = [d for d in drafts if d.status not in early]
        copy("rectification_evidence", ["item_id", "round", "file_id", "what", "by_id", "at"],
             ((d.id, 1, photo.pk, "办结现场照片", d.person.pk, moment(d.applied)) for d in later))  # fmt: skip
        copy("rectification_check", ["item_id", "round", "step", "by_id", "unit_id", "at", "passed", "opinion"],
             ((d.id, 1, step, by.pk, by.unit_id, moment(day), True, "已现场看过，情况属实") for d in later for step, by, day in d.rounds))  # fmt: skip
        self.finish(later)
        copy("cadres_event", ["at", "actor_id", "via", "request_id", "action", "kind", "object_id", "area_before", "area_after", "before", "after"],
             self.events(drafts))  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO rectification_numberseries (year, last, last_dispatch) VALUES (%s, %s, %s)",
                           [self.today.year, len(drafts), len(dispatches)])  # fmt: skip

    def problems(self, drafts: list[Draft]) -> None:
        used: set[int] = set()
        visited = []
        for d in drafts:
            if d.source == "VISIT" and d.seen.id not in used:
                used.add(d.seen.id)
                visited.append(d)
            elif d.source == "VISIT":
                d.source = "SELF"
        for d, pk in zip(visited, ids("households_visitproblem", len(visited)), strict=True):
            d.problem = pk
        copy("households_visitproblem", ["id", "visit_id", "category", "text"],
             ((d.problem, d.seen.id, d.category, d.text) for d in visited))  # fmt: skip

    def dispatches(self, drafts: list[Draft]) -> dict[date, int]:
        days = sorted({d.issued for d in drafts})
        made = dict(zip(days, ids("rectification_dispatch", len(days)), strict=True))
        copy("rectification_dispatch", ["id", "uid", "number", "document_no", "signed_off_by", "by_id", "at"],
             ((pk, uuid6.uuid7(), f"交办{self.today.year}-{n:04}", "", "", self.office[0].pk, moment(day))
              for n, (day, pk) in enumerate(made.items(), 1)))  # fmt: skip
        return made

    def finish(self, later: list[Draft]) -> None:
        """First to the check that it waits for, or the last one; from there to its end."""
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMP TABLE demo_end (id bigint, status text, applied date, due date, closed date) ON COMMIT DROP"
            )
        copy("demo_end", ["id", "status", "applied", "due", "closed"],
             ((d.id, d.status, d.applied, self.days.step(d.rounds[-1][2] if d.rounds else d.applied, 3), min(d.closed, self.today)) for d in later))  # fmt: skip
        with connection.cursor() as cursor:
            cursor.execute("UPDATE rectification_item i SET status = CASE WHEN e.status IN ('CLOSED', 'CONSOLIDATED') THEN 'APPROVE' ELSE e.status END,"
                           " applied_on = e.applied, check_due = e.due FROM demo_end e WHERE e.id = i.id")  # fmt: skip
            cursor.execute("UPDATE rectification_item i SET status = 'CLOSED', check_due = NULL, closed_on = e.closed, lookback_due = e.closed + 30"
                           " FROM demo_end e WHERE e.id = i.id AND e.status IN ('CLOSED', 'CONSOLIDATED')")  # fmt: skip
            cursor.execute("INSERT INTO rectification_lookback (item_id, by_id, at, held, finding)"
                           " SELECT e.id, %s, (e.closed + n * 30)::timestamptz, true, '到户看过，没有反弹'"
                           " FROM demo_end e CROSS JOIN generate_series(1, 3, 2) n WHERE e.status = 'CONSOLIDATED'", [self.inspector.pk])  # fmt: skip
            cursor.execute("UPDATE rectification_item i SET status = 'CONSOLIDATED', lookback_due = NULL"
                           " FROM demo_end e WHERE e.id = i.id AND e.status = 'CONSOLIDATED'")  # fmt: skip

    def events(self, drafts: list[Draft]) -> Iterator[tuple[Any, ...]]:
        order = ("CONFIRMED", "ISSUED", "SIGNED", "RECTIFYING")
        for d in drafts:
            told: list[tuple[date, int, str, dict[str, Any]]] = [
                (
                    d.registered,
                    d.seen.by,
                    "register",
                    {"number": d.number, "person": d.person.name, "deadline": str(d.deadline)},
                )
            ]
            reach = (
                order.index(d.status) + 1
                if d.status in order
                else 4
                if d.status not in ("REGISTERED", "DISMISSED", "DECLINED")
                else 0
            )
            if d.status == Status.DISMISSED:
                told.append((d.issued, self.office[0].pk, "dismiss", {"reason": "现场核实不属实"}))
            if d.status == Status.DECLINED:
                reach = 2
            steps = [("confirm", self.office[0].pk, {}), ("issue", self.office[0].pk, {"person": d.person.name, "deadline": str(d.deadline)}),
                     ("sign", d.person.pk, {}), ("plan", d.person.pk, {"measure": "现场核实后限期办结，办完逐户回访"})]  # fmt: skip
            told += [(d.issued, by, verb, after) for verb, by, after in steps[:reach]]
            if d.status == Status.DECLINED:
                told.append(
                    (d.issued, d.person.pk, "decline", {"reason": "不属本单位职责，建议改派"})
                )
            if d.status in (
                Status.SELF_CHECK,
                Status.VERIFY,
                Status.ACCEPT,
                Status.APPROVE,
                Status.CLOSED,
                Status.CONSOLIDATED,
            ):
                told.append((d.applied, d.person.pk, "apply", {"evidence": 1, "round": 1}))
            names = {str(s.status): s.label for s in ROUTES[d.route]}
            told += [
                (day, by.pk, "pass", {"step": names[step], "opinion": "已现场看过，情况属实"})
                for step, by, day in d.rounds
            ]
            if d.status == Status.CONSOLIDATED:
                told.append(
                    (self.today, self.inspector.pk, "held", {"finding": "两次回头看都没有反弹"})
                )
            for n, (day, by, verb, after) in enumerate(told):
                yield (moment(day, n), by, "PAGE", "", f"item.{verb}", "item", d.id, d.seen.home.area, d.seen.home.area,
                       "{}", json.dumps(after, ensure_ascii=False))  # fmt: skip


def moment(day: date, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, 9, min(59, minute * 4), tzinfo=SHANGHAI)
