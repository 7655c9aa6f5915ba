"""What happens to few items, walked by the product's own actions: a head lends his checks, an item
changes hands, stages, 延期."""

from __future__ import annotations

import struct
import zlib
from datetime import date, timedelta
from typing import Any

from cadres.actions.delegations import give_delegation
from cadres.calendar import due_date
from cadres.models import Area, Cadre
from households.models import Household
from rectification.actions import closing, extending, moving, red_lines, screening
from rectification.actions.accountability import propose
from rectification.actions.drawing import draw
from rectification.actions.handing import hand_over
from rectification.actions.registering import Finding, register
from rectification.models import Item
from rectification.workflow import Route, Status
from yuexi.core import clock
from yuexi.demo.people import People


def picture(shade: int = 0) -> bytes:
    """A small plain PNG, drawn here: two bands that could be a hill under a sky. Another shade is
    another photo."""
    width, height = 320, 200
    top, slope = 60 + shade * 13 % 100, shade % 5 - 2
    rows = b"".join(
        b"\0" + b"".join(
            bytes((31, 92, 74)) if y > top + x * slope // 4 + (x * 37 % 41) // 3 else bytes((214, 226, 232)) for x in range(width)
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


class Turns:
    def __init__(self, people: People, today: date) -> None:
        self.people, self.today, self.now = people, today, clock.now()
        self.office = people.by_role["OFFICE_RECTIFY", "340828"]
        self.inspector = people.by_role["INSPECTOR", "340828"][0]
        self.shade = 0

    def walk(self) -> None:
        self.lend()
        self.change_hands()
        places = self.places()
        self.stages(places[0])
        self.extensions(places)
        self.similar(places[4])
        self.red_lines(places[5:8])
        self.twice(places[8:10])
        propose(at=self.now)
        draw(seed=20170731, at=self.now)

    def lend(self) -> None:
        for (role, prefix), heads in sorted(self.people.by_role.items()):
            helpers = self.people.by_role.get(("HELPER", prefix), [])
            if role == "TOWNSHIP_HEAD" and len(helpers) > 1:
                give_delegation(receiver=helpers[1], start=self.today, until=self.today + timedelta(days=20),
                                reason="参加县里培训期间代办自查", by=heads[0], at=self.now)  # fmt: skip
                return

    def change_hands(self) -> None:
        found = Item.objects.filter(status=Status.RECTIFYING, round=1).exclude(
            route=Route.DEPARTMENT
        )
        for item in found.select_related("person").order_by("pk")[:20]:
            heirs = self.people.by_role.get(("HELPER", item.area_id[:9]), [])
            if heirs:
                hand_over(item_ids=[item.pk], giver=item.person, taker=heirs[0], reason="专干集中培训，由驻村同志接着办",
                          by=self.office[0], at=self.now)  # fmt: skip
                return

    def places(self) -> list[Household]:
        """One household of each of some villages that stand in no red."""
        homes = Household.objects.filter(kind="LIFTED", unsafe_house=False, safe_water=True)
        return list(homes.select_related("area").order_by("area_id", "pk").distinct("area_id")[:12])

    def new(self, home: Household, text: str, category: str, **more: Any) -> Item:
        """Registered and in work."""
        clerk = self.people.by_role["TOWNSHIP_CLERK", home.area_id[:9]][0]
        given: dict[str, Any] = {
            "source": "INSPECTION",
            "lineage": "演示批次",
            "households": [home],
            **more,
        }
        finding = Finding(
            text=text, category=category, area=Area.objects.get(code=home.area_id), **given
        )
        item = register(finding=finding, by=self.inspector, at=self.now)
        moving.confirm(item_ids=[item.pk], by=self.office[0], at=self.now)
        moving.issue(item_ids=[item.pk], by=self.office[0], at=self.now)
        moving.sign(item_ids=[item.pk], by=clerk, at=self.now)
        return self.fresh(item)

    def fresh(self, item: Item) -> Item:
        return Item.objects.select_related("person", "lead_unit").get(pk=item.pk)

    def plan(self, item: Item, **more: Any) -> None:
        moving.plan(item_id=item.pk, measure="现场核实后限期办结，办完逐户回访", goal="", by=item.person, at=self.now, **more)  # fmt: skip

    def prove(self, item: Item, what: str = "办结现场照片") -> None:
        self.shade += 7
        closing.add_evidence(item_id=item.pk, content=picture(self.shade), name="现场.png", what=what,
                             by=item.person, at=self.now)  # fmt: skip

    def check(self, item: Item, step: str, by: Cadre) -> None:
        for piece in item.evidence.filter(round=self.fresh(item).round):
            closing.open_evidence(evidence=piece, by=by, at=self.now)
        closing.check(item_id=item.pk, step=step, passed=True, opinion="已现场看过，情况属实", by=by, at=self.now)  # fmt: skip

    def department(self, item: Item) -> Cadre:
        return Cadre.objects.filter(unit=item.lead_unit, posts__role="DEPARTMENT").order_by("pk")[0]

    def stages(self, home: Household) -> None:
        """Two of 长期坚持: one whose first stage waits for its check, one in its second."""
        for n, text in enumerate(("集中供水管护没有专人，时好时坏", "村级公益岗管理没有章程")):
            item = self.new(home, text, "饮水安全" if n == 0 else "务工就业", grade="LASTING")
            first = due_date(self.today, 40).date
            plan = (("定下管护人和公约", first), ("连续三个月没有断档", first + timedelta(days=90)))
            self.plan(item, stages=plan)
            self.prove(item, "管护公约照片")
            closing.apply(item_id=item.pk, by=item.person, at=self.now)
            if n == 1:
                self.check(item, "MILESTONE", self.department(item))

    def extensions(self, places: list[Household]) -> None:
        """One asked, one granted, one refused."""
        for n, home in enumerate(places[1:4]):
            item = self.new(home, ("村组路塌方，冰冻期不能施工", "水池清淤要等枯水期", "路灯配件还没有到货")[n], "基础设施")  # fmt: skip
            self.plan(item)
            extending.ask_extension(item_id=item.pk, days=8, reason="气候原因，现在不能施工", by=item.person, at=self.now)  # fmt: skip
            if n:
                extending.decide_extension(item_id=item.pk, granted=n == 1, opinion=("", "情况属实", "配件三天可到，按期办")[n],
                                           by=self.office[1], at=self.now)  # fmt: skip

    def twice(self, places: list[Household]) -> None:
        """One photo on two items: a lead."""
        for home in places:
            item = self.new(home, "路灯坏了两盏，晚上出门看不见", "基础设施")
            self.plan(item)
            closing.add_evidence(item_id=item.pk, content=picture(500), name="路灯.png", what="路灯修好照片", by=item.person, at=self.now)  # fmt: skip

    def similar(self, home: Household) -> None:
        """举一反三 in one village: some looked at, one found, the rest waits."""
        item = self.new(home, "水表井没有盖，孩子路过有危险", "基础设施")
        self.plan(item)
        choice = screening.Choice(area=home.area, kind="LIFTED")
        count = screening.similar(item, choice).count()
        if not 0 < count <= 300:
            return
        made = screening.screen(item_id=item.pk, choice=choice, what="水表井有没有盖好", seen=count, by=self.office[0], at=self.now)  # fmt: skip
        village = self.people.by_role["VILLAGE", home.area_id][0]
        for n, row in enumerate(made.rows.order_by("pk")[:3]):
            said = "门口水表井也没有盖" if n == 0 else "到户看过，井盖完好"
            screening.look(row_id=row.pk, found=n == 0, said=said, by=village, at=self.now)

    def red_lines(self, places: list[Household]) -> None:
        """One with 纪委监委, one that came back, one that ended there. Who reported is invented too."""
        handler = self.people.by_role["DISCIPLINE", "340828"][0]
        for n, home in enumerate(places):
            item = self.new(
                home,
                ("验收照片和别村的一样", "收入账和农户说的对不上", "工程款结算单没有签字")[n],
                "档案数据",
            )
            self.plan(item)
            line = ("FRAUD", "NUMBERS", "UNLAWFUL")[n]
            red_lines.report_red_line(item_id=item.pk, line=line, said="演示：入户时听到的情况，请核实", by=self.inspector, at=self.now)  # fmt: skip
            if n:
                red_lines.settle_red_line(item_id=item.pk, outcome=("", "RETURNED", "ENDED")[n],
                                          document_no="演示〔2026〕1号" if n == 2 else "", by=handler, at=self.now)  # fmt: skip
