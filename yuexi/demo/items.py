"""Invented items in every state, each with the way that led there.

They take the product's own road: they start with the rectifier, get evidence and checks
(which the triggers judge), and only then their last state.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from random import Random
from typing import Any

import uuid6
from django.db import connection

from cadres.files import store
from cadres.models import Cadre, CalendarDay
from rectification.actions.milestones import quarter_end
from rectification.actions.registering import said_day
from rectification.workflow import (
    CHECKS,
    GRADES,
    ISSUE_DAYS,
    LASTING,
    LOOKBACK_DAYS,
    MOVE,
    OPEN,
    ROUTE_OF_SOURCE,
    ROUTES,
    Route,
    Status,
    after,
)
from yuexi.core.clock import SHANGHAI
from yuexi.demo.copy import copy, ids
from yuexi.demo.homes import Seen
from yuexi.demo.people import DEPARTMENTS, People
from yuexi.demo.turns import Turns, picture

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
    ("SELF_CHECK", 7), ("VERIFY", 6), ("ACCEPT", 5), ("APPROVE", 6), ("CLOSED", 20), ("CONSOLIDATED", 8),
    ("DISMISSED", 3), ("MERGED", 2),
)  # the states of what lasts and of red lines are walked to by hand (yuexi/demo/turns.py)  # fmt: skip
SOURCES = (("VISIT", 4), ("SELF", 2), ("DISPATCH", 2), ("INSPECTION", 2), ("EVALUATION", 1))
UNTOUCHED = (Status.REGISTERED, Status.CONFIRMED, Status.DISMISSED, Status.MERGED)
SET_OUT = (*UNTOUCHED, Status.ISSUED, Status.DECLINED, Status.SIGNED, Status.RECTIFYING)
BEFORE_PLAN = (*UNTOUCHED, Status.ISSUED, Status.DECLINED, Status.SIGNED)
DONE = (Status.CLOSED, Status.CONSOLIDATED)
# The first items of any county, so that each state, road and turn is there at every scale.
FIRST = (
    *(("", status, "") for status, _ in STAGES),
    *((route, "CLOSED", "") for route in ROUTES), *((route, "APPROVE", "") for route in ROUTES),
    ("TOWNSHIP", "VERIFY", ""), ("COUNTY", "RECTIFYING", "returned"), ("DEPARTMENT", "RECTIFYING", "returned"),
    ("COUNTY", "CONFIRMED", "rebound"), ("COUNTY", "RECTIFYING", "rebound"),
)  # fmt: skip
SOURCE_OF = {
    "ON_SPOT": "VISIT",
    "VILLAGE": "SELF",
    "TOWNSHIP": "DISPATCH",
    "COUNTY": "VISIT",
    "DEPARTMENT": "INSPECTION",
}
MEASURE = "现场核实后限期办结，办完逐户回访"
SEEN_WELL = "已现场看过，情况属实"


@dataclass
class Draft:
    status: Status
    route: Route
    source: str
    past: str  # "", "returned" or "rebound": what happened in the first round
    category: str
    grade: str
    seen: Seen
    person: Cadre
    finder: int
    lead: int
    registered: date
    issued: date
    applied: date
    deadline: date
    text: str
    closed: date | None = None
    again: date | None = None  # the day of the return or the relapse
    checks: list[tuple[str, Cadre, date, bool]] = field(default_factory=list)
    looks: list[tuple[date, bool]] = field(default_factory=list)
    id: int = 0
    uid: Any = field(default_factory=uuid6.uuid7)
    number: str = ""
    problem: int | None = None
    into: int | None = None

    @property
    def dispatched(self) -> bool:
        return self.route != Route.ON_SPOT and (
            self.past == "rebound" or self.status not in UNTOUCHED
        )

    @property
    def since(self) -> date:
        if self.looks and self.status == Status.CONSOLIDATED:
            return self.looks[-1][0]
        last = [day for _, _, day, _ in self.checks] if not self.past else []
        ends = {Status.REGISTERED: self.registered}
        moved = self.applied if self.status not in SET_OUT else self.issued
        return self.again or ends.get(self.status) or max([moved, *last])


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

    def between(self, start: date, end: date) -> int:
        return self.place[self.step(end, 0)] - self.place[self.step(start, 0)]


class Items:
    def __init__(self, random: Random, today: date, people: People, seen: list[Seen]) -> None:
        self.random, self.today, self.people, self.seen = random, today, people, seen
        self.days = Days(today)
        self.cadres = {c.pk: c for c in people.cadres}
        self.visits: dict[date, list[Seen]] = defaultdict(list)
        for one in seen:
            self.visits[one.day].append(one)

    def load(self, count: int) -> None:
        self.office = self.people.by_role["OFFICE_RECTIFY", "340828"]
        self.inspector = self.people.by_role["INSPECTOR", "340828"][0]
        drafts = sorted((self.draft(n) for n in range(count)), key=lambda d: d.registered)
        years: Counter[int] = Counter()
        for d, pk in zip(drafts, ids("rectification_item", count), strict=True):
            years[d.registered.year] += 1
            d.id, d.number = pk, f"{d.registered.year % 100}-{years[d.registered.year]:04}"
        self.merge(drafts)
        self.write(drafts, years)
        Turns(self.people, self.today).walk()

    def draft(self, n: int) -> Draft:
        random, step = self.random, self.days.step
        named, wanted, past = FIRST[n] if n < len(FIRST) else ("", "", "")
        source = SOURCE_OF.get(named) or pick(random, SOURCES)
        spot = named == Route.ON_SPOT or (
            not named and source in ("VISIT", "SELF") and random.random() < 0.06
        )
        route = Route.ON_SPOT if spot else ROUTE_OF_SOURCE.get(source, Route.COUNTY)
        if route == Route.COUNTY and named != Route.COUNTY and random.random() < 0.4:
            route = Route.DEPARTMENT
        route = Route(named) if named else route
        status = Status(wanted or pick(random, STAGES))
        ways = [s.status for s in ROUTES[route]]
        if route == Route.ON_SPOT and status in (*SET_OUT, Status.SELF_CHECK):
            status = random.choice((Status.APPROVE, *DONE))
        elif status in CHECKS and status not in ways:
            status = random.choice(ways)
        if not named and not past and route in (Route.COUNTY, Route.DEPARTMENT):
            odds = {Status.RECTIFYING: ("returned", 0.15), Status.CONFIRMED: ("rebound", 0.2)}
            turn, chance = odds.get(status, ("", 0.0))
            past = turn if random.random() < chance else ""
        grade = "AT_ONCE" if spot else random.choices(list(GRADES), (30, 65, 5))[0]
        if grade == LASTING and status not in BEFORE_PLAN:
            grade = "LIMITED"  # what lasts is walked by hand, stage by stage
        registered, issued, applied, again = self.dates(n, status, route, grade, past)
        found = (
            self.visit_near(applied if spot else step(issued, -1)) if source == "VISIT" else None
        )
        if source == "VISIT" and found is None:
            source = "SELF" if route in (Route.ON_SPOT, Route.VILLAGE) else "EVALUATION"
        seen = found or self.seen[(n * 31) % len(self.seen)]
        registered = seen.day if found else registered
        if spot:
            registered = issued = applied = seen.day if found else applied
        red = seen.home.red if status in DONE else frozenset[str]()
        category = random.choice([c for c in PROBLEMS if c not in red])
        lead = self.people.by_role["DEPARTMENT", UNIT_OF[category]]
        township = seen.home.area[:9]
        clerk = self.people.by_role["TOWNSHIP_CLERK", township][0]
        finder = {"VISIT": seen.by, "SELF": clerk.pk, "INSPECTION": self.inspector.pk}.get(source, self.office[2].pk)  # fmt: skip
        person = random.choice(lead) if route == Route.DEPARTMENT else clerk
        if spot:
            person = self.cadres[finder]
        deadline = step(issued, GRADES[grade][1])
        if again:
            deadline = step(again, 7) if past == "rebound" else step(deadline, 1)
        d = Draft(status, route, source, past, category, grade, seen, person, finder, lead[0].unit_id or 0,
                  registered, issued, applied, deadline, random.choice(PROBLEMS[category]), again=again)  # fmt: skip
        self.judge(d)
        return d

    def dates(
        self, n: int, status: Status, route: Route, grade: str, past: str
    ) -> tuple[date, date, date, date | None]:
        """Registered, issued, applied, and the day of a return or relapse: each after the one
        before, and none after today."""
        random, step, today = self.random, self.days.step, self.today
        length, ways = GRADES[grade][1], len(ROUTES[route])
        # How far through its time the item is: a few are late, some are due these days.
        used = random.choice((0.1, 0.3, 0.5, 0.7, 0.85, 0.95, 1.0, 1.04 if n % 3 else 1.2))
        worked = max(1, int(length * random.choice((0.5, 0.8, 0.95))))
        again, applied = None, today
        if past == "rebound":
            again = step(today, -random.randint(0 if status == Status.CONFIRMED else 2, 4))
            applied = step(again - timedelta(days=30), -ways - 1)
            issued = step(applied, -worked)
        elif past == "returned":
            again = step(today, -random.randint(0, 3))
            applied = step(again, -1)
            issued = step(applied, -worked)
        elif status in DONE:
            ago = random.randint(1, 58) if status == Status.CLOSED else random.randint(66, 150)
            applied = step(today, -ago - ways)
            issued = step(applied, -worked)
        elif status in CHECKS:
            place = [s.status for s in ROUTES[route]].index(status)
            applied = step(today, -place - random.randint(0, 3))
            issued = step(applied, -worked)
        else:
            few = {Status.ISSUED: 2, Status.DECLINED: 1, Status.SIGNED: 4}.get(status, 2)
            ago = int(length * used) if status == Status.RECTIFYING else random.randint(0, few)
            issued = step(today, -max(1 if status == Status.RECTIFYING else 0, ago))
        return step(issued, -random.randint(1, 3)), issued, applied, again

    def visit_near(self, day: date) -> Seen | None:
        """A visit of that day or the days before, once for one item."""
        for back in range(15):
            if found := self.visits.get(day - timedelta(days=back)):
                return found.pop()
        return None

    def judge(self, d: Draft) -> None:
        """The checks and look-backs that led to where the item stands."""
        step = self.days.step
        head = self.people.by_role["TOWNSHIP_HEAD", d.seen.home.area[:9]][0]
        lead = next(c for c in self.people.by_role["DEPARTMENT", UNIT_OF[d.category]] if c.pk != d.person.pk)  # fmt: skip
        who = {"item.self_check": head, "item.verify": lead, "item.accept": self.office[0],
               "item.approve": self.office[1], "item.create": head}  # fmt: skip
        ways = ROUTES[d.route]
        reached = [s.status for s in ways].index(d.status) if d.status in CHECKS else 0
        if d.past == "returned":
            d.checks = [(str(ways[0].status), who[ways[0].right], d.again or d.applied, False)]
        elif d.past == "rebound" or d.status in DONE:
            reached = len(ways)
        if d.past != "returned":
            d.checks = [
                (str(s.status), who[s.right], step(d.applied, i + 1), True)
                for i, s in enumerate(ways[:reached])
            ]
        if d.past == "rebound" or d.status in DONE:
            d.closed = d.checks[-1][2]
        if d.past == "rebound":
            d.looks = [(d.again or self.today, False)]
        elif d.closed:
            lag = self.random.choice((0, 0, 1, 2, 3, 9))
            days = [d.closed + timedelta(days=n) for n in LOOKBACK_DAYS]
            if d.status == Status.CONSOLIDATED:
                d.looks = [(day, True) for day in days]
            elif days[0] + timedelta(days=lag) <= self.today:
                d.looks = [(days[0] + timedelta(days=lag), True)]

    def asker(self, d: Draft) -> int:
        """The household's helper, or its village where the helper mended it himself."""
        if d.seen.by != d.person.pk:
            return d.seen.by
        return self.people.by_role["VILLAGE", d.seen.home.area][0].pk

    def merge(self, drafts: list[Draft]) -> None:
        """Into an older one of the same township that is in work; where there is none, no merge."""
        open_ones: dict[str, int] = {}
        for d in drafts:
            township = d.seen.home.area[:9]
            if d.status == Status.MERGED:
                d.into = open_ones.get(township) or next(iter(open_ones.values()), None)
                d.status = Status.MERGED if d.into else Status.REGISTERED
            elif d.status in OPEN and d.status not in UNTOUCHED:
                open_ones.setdefault(township, d.id)

    def write(self, drafts: list[Draft], years: Counter[int]) -> None:
        at = datetime.combine(self.today, datetime.min.time(), SHANGHAI)
        photo = store(picture(), name="演示照片.png", by=None, at=at)
        self.problems(drafts)
        dispatches, sheets = self.dispatches(drafts)
        copy("rectification_item", ["id", "uid", "number", "source", "source_kind", "source_id", "lineage", "text", "category",
             "area_code", "lead_unit_id", "unit_id", "person_id", "grade", "route", "status", "since", "goal", "measure", "deadline",
             "dispatch_id", "issued_on", "length", "review_due", "round", "rebounds", "merged_into_id", "created_by_id", "created_at", "found_on",
             "issue_due", "extent"],
             ((d.id, d.uid, d.number, d.source, "visit" if d.problem else "", d.problem,
               said_day(d.seen.day) if d.problem else "演示批次", d.text, d.category, d.seen.home.area, d.lead,
               d.person.unit_id, d.person.pk, d.grade, d.route, d.status if d.status in SET_OUT else "RECTIFYING", d.since, "",
               MEASURE if d.status == Status.RECTIFYING or d.status not in SET_OUT else "", d.deadline,
               dispatches[d.issued] if d.dispatched else None, d.issued if d.dispatched else None,
               self.days.between(d.issued, d.deadline) if d.dispatched else None,
               quarter_end(d.issued) if d.grade == LASTING and d.dispatched and d.status in OPEN else None,
               2 if d.past else 1, int(d.past == "rebound"), d.into, d.finder, moment(d.registered), d.registered,
               self.days.step(d.registered, ISSUE_DAYS), "SINGLE") for d in drafts))  # fmt: skip
        copy("rectification_itemhousehold", ["item_id", "household_id", "solved", "asked_by_id", "asked_at", "said"],
             ((d.id, d.seen.home.id, True, self.asker(d), moment(d.applied), "已经办好") if d.checks and not d.past
              else (d.id, d.seen.home.id, None, None, None, "") for d in drafts))  # fmt: skip
        later = [d for d in drafts if d.past or d.status not in SET_OUT]
        copy("rectification_evidence", ["item_id", "round", "file_id", "what", "by_id", "at"],
             ((d.id, 1, photo.pk, "办结现场照片", d.person.pk, moment(d.applied)) for d in later))  # fmt: skip
        copy("rectification_check", ["item_id", "round", "step", "by_id", "unit_id", "at", "passed", "opinion"],
             ((d.id, 1, step, by.pk, by.unit_id, moment(day), passed, SEEN_WELL if passed else "只有一张照片，看不出是否办结")
              for d in later for step, by, day, passed in d.checks))  # fmt: skip
        self.looked(d for d in later if d.past == "rebound")
        self.revisit([d for d in later if d.status in DONE])
        self.finish([d for d in later if not d.past])
        copy("cadres_event", ["at", "actor_id", "via", "request_id", "action", "kind", "object_id", "area_before", "area_after", "before", "after"],
             self.events(drafts, photo.sha256))  # fmt: skip
        with connection.cursor() as cursor:
            for year in sorted(years | sheets):
                cursor.execute("INSERT INTO rectification_numberseries (year, last, last_dispatch) VALUES (%s, %s, %s)",
                               [year, years[year], sheets[year]])  # fmt: skip

    def looked(self, drafts: Iterable[Draft]) -> None:
        copy("rectification_lookback", ["item_id", "by_id", "at", "held", "finding"],
             ((d.id, self.inspector.pk, moment(day), held, "到户看过，没有反弹" if held else "又出现了同样的问题")
              for d in drafts for day, held in d.looks))  # fmt: skip

    def revisit(self, drafts: list[Draft]) -> None:
        """Nothing closes unless somebody was at the house after the application."""
        copy("households_visit", ["uid", "household_id", "area_code", "visitor_id", "mode", "purposes", "met", "policies", "changes",
             "done", "promise", "occurred_at", "recorded_at", "synced_at", "late_reason", "via"],
             ((uuid6.uuid7(), d.seen.home.id, d.seen.home.area, self.asker(d), "IN_PERSON", "{RECTIFY}", d.seen.home.head, "{}", "{}",
               "", "", at, at, at, "", "PAGE") for d in drafts for at in [moment(d.closed or d.applied)]))  # fmt: skip

    def problems(self, drafts: list[Draft]) -> None:
        visited = [d for d in drafts if d.source == "VISIT"]
        for d, pk in zip(visited, ids("households_visitproblem", len(visited)), strict=True):
            d.problem = pk
        copy("households_visitproblem", ["id", "visit_id", "category", "text"],
             ((d.problem, d.seen.id, d.category, d.text) for d in visited))  # fmt: skip

    def dispatches(self, drafts: list[Draft]) -> tuple[dict[date, int], Counter[int]]:
        days = sorted({d.issued for d in drafts if d.dispatched})
        made = dict(zip(days, ids("rectification_dispatch", len(days)), strict=True))
        sheets: Counter[int] = Counter()
        rows = []
        for day, pk in made.items():
            sheets[day.year] += 1
            rows.append((pk, uuid6.uuid7(), f"交办{day.year}-{sheets[day.year]:04}", "", "", self.office[0].pk, moment(day)))  # fmt: skip
        copy("rectification_dispatch", ["id", "uid", "number", "document_no", "signed_off_by", "by_id", "at"], rows)  # fmt: skip
        return made, sheets

    def finish(self, later: list[Draft]) -> None:
        """First to the check that it waits for, or the last one; from there to its end."""
        with connection.cursor() as cursor:
            cursor.execute(
                "CREATE TEMP TABLE demo_end (id bigint, status text, step text, applied date, due date, closed date, look date) ON COMMIT DROP"
            )
        rows = []
        for d in later:
            last = str(ROUTES[d.route][-1].status) if d.status in DONE else str(d.status)
            begun = d.checks[-1][2] if d.checks else d.applied
            held = len(d.looks)
            look = d.closed + timedelta(days=LOOKBACK_DAYS[held]) if d.closed and held < 2 else None
            rows.append((d.id, d.status, last, d.applied, self.days.step(begun, 3), d.closed, look))
        copy("demo_end", ["id", "status", "step", "applied", "due", "closed", "look"], rows)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE rectification_item i SET status = e.step, applied_on = e.applied, check_due = e.due"
                           " FROM demo_end e WHERE e.id = i.id")  # fmt: skip
            cursor.execute("UPDATE rectification_item i SET status = 'CLOSED', check_due = NULL, closed_on = e.closed, lookback_due = e.look"
                           " FROM demo_end e WHERE e.id = i.id AND e.status IN ('CLOSED', 'CONSOLIDATED')")  # fmt: skip
        self.looked(later)
        with connection.cursor() as cursor:
            cursor.execute("UPDATE rectification_item i SET status = 'CONSOLIDATED', lookback_due = NULL"
                           " FROM demo_end e WHERE e.id = i.id AND e.status = 'CONSOLIDATED'")  # fmt: skip

    def events(self, drafts: list[Draft], sha256: str) -> Iterator[tuple[Any, ...]]:
        numbers = {d.id: d.number for d in drafts}
        for d in drafts:
            status = Status.REGISTERED
            for n, (day, by, verb, said) in enumerate(self.story(d, sha256, numbers)):
                before, status = status, self.led_to(d, verb, status)
                moves = verb in MOVE and verb != "hand_over"
                told = {**said, "status": str(status)} if moves else said
                was = json.dumps({"status": str(before)}) if moves else "{}"
                yield (moment(day, n), by, "PAGE", "", f"item.{verb}", "item", d.id, d.seen.home.area, d.seen.home.area,
                       was, json.dumps(told, ensure_ascii=False))  # fmt: skip

    @staticmethod
    def led_to(d: Draft, verb: str, status: Status) -> Status:
        """Where the product's own move leads."""
        if verb == "apply":
            return ROUTES[d.route][0].status
        if verb == "pass":
            return after(d.route, status)
        if verb == "held":
            return Status.CONSOLIDATED if d.status == Status.CONSOLIDATED and d.looks[-1:] else Status.CLOSED  # fmt: skip
        return MOVE[verb].end[0] if verb in MOVE and MOVE[verb].end else status

    def story(self, d: Draft, sha256: str, numbers: dict[int, str]) -> Iterator[Told]:
        """What the log of the product would hold, in its order."""
        office, person = self.office[0].pk, d.person.pk
        charge = {"person": d.person.name, "deadline": str(d.deadline)}
        yield d.registered, d.finder, "register", {"number": d.number, **charge}
        if d.status == Status.DISMISSED:
            yield d.issued, office, "dismiss", {"reason": "现场核实不属实"}
        if d.into:
            yield d.issued, office, "merge", {"into": numbers[d.into]}
        way: list[Told] = [
            (d.issued, office, "confirm", {}), (d.issued, office, "issue", charge),
            (d.issued, person, "sign", {}), (d.issued, person, "plan", {"measure": MEASURE}),
        ]  # fmt: skip
        reach = {Status.REGISTERED: 0, Status.DISMISSED: 0, Status.MERGED: 0, Status.CONFIRMED: 1,
                 Status.ISSUED: 2, Status.DECLINED: 2, Status.SIGNED: 3}.get(d.status, 4)  # fmt: skip
        if d.route != Route.ON_SPOT:
            yield from way[: 4 if d.past else reach]
        if d.status == Status.DECLINED:
            yield d.issued, person, "decline", {"reason": "不属本单位职责，建议改派"}
        if not d.past and d.status in SET_OUT:
            return
        yield d.applied, person, "evidence", {"what": "办结现场照片", "sha256": sha256}
        if d.route == Route.ON_SPOT:
            yield d.applied, person, "solve", {"measure": MEASURE, "person": d.person.name}
        else:
            yield d.applied, person, "apply", {"evidence": 1, "round": 1}
        if d.checks:
            told = {"household": f"{d.seen.home.head}户", "solved": True, "said": "已经办好"}
            yield d.applied, self.asker(d), "answer", told
        names = {str(s.status): s.label for s in ROUTES[d.route]}
        for step, by, day, passed in d.checks:
            if passed:
                yield day, by.pk, "pass", {"step": names[step], "opinion": SEEN_WELL}
            else:
                back = {
                    "step": names[step],
                    "reason": "只有一张照片，看不出是否办结",
                    "deadline": str(d.deadline),
                }
                yield day, by.pk, "return", back
        for day, held in d.looks:
            said = "到户看过，没有反弹" if held else "又出现了同样的问题"
            yield day, self.inspector.pk, "held" if held else "rebound", {"finding": said}
        if d.past == "rebound" and d.status == Status.RECTIFYING:
            again = d.again or self.today
            for _, who, verb, after in way[1:]:
                yield again, who, verb, after


Told = tuple[date, int, str, dict[str, Any]]


def pick(random: Random, weighted: Sequence[tuple[str, int]]) -> str:
    return random.choices([name for name, _ in weighted], [weight for _, weight in weighted])[0]


def moment(day: date, minute: int = 0) -> datetime:
    return datetime(day.year, day.month, day.day, 9, min(59, minute * 4), tzinfo=SHANGHAI)
