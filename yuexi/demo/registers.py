"""检查报备, 联合督查, 会议, 报表: what is decided, what waits, and the same weeks a year ago."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from cadres.models import Area, Cadre, Unit
from inspections.actions import burden, filings, joints, meetings, release
from inspections.models import FormKind, Joint
from yuexi.core import clock
from yuexi.demo.people import People

YEAR = timedelta(days=364)  # the same weekday of the same ISO week


class Registers:
    def __init__(self, now: datetime, people: People) -> None:
        self.now, self.people = now, people
        self.today = clock.day(now)
        self.water, self.food = (
            people.by_role["DEPARTMENT", n][0] for n in ("县水利局", "县住建局")
        )
        self.command, self.decider, *_ = people.by_role["OFFICE_RECTIFY", "340828"]
        self.discipline = people.by_role["DISCIPLINE", "340828"][0]
        self.organisation = people.by_role["ORGANISATION", "340828"][0]
        self.villages = list(Area.objects.filter(level=Area.Level.VILLAGE).order_by("code")[:12])

    def file(self, by: Cadre, villages: list[Area], start: date, at: datetime, **more: str) -> object:  # fmt: skip
        assert by.unit is not None
        given = {
            "kind": "POVERTY",
            "subject": "",
            "basis": "",
            "purpose": "ORDINARY",
            "again": "",
            **more,
        }
        return filings.file(**given, unit=by.unit, start=start, end=start + timedelta(days=1), people=3, hours=4,
                            villages=villages, by=by, at=at)  # fmt: skip

    def joint(self, title: str, villages: list[Area], start: date, at: datetime, *, three: bool) -> Joint:  # fmt: skip
        made = joints.set_up(
            title=title, plan="看饮水、住房和政策落实，直接到户，不听汇报", body="COMMAND", purpose="ORDINARY", again="",
            start=start, end=start + timedelta(days=2), hours=6, villages=villages, take=[], by=self.command, at=at,
        )  # fmt: skip
        joints.enter(joint=made, body="DISCIPLINE", by=self.discipline, at=at)
        if three:
            joints.enter(joint=made, body="ORGANISATION", by=self.organisation, at=at)
        return made

    def walk(self) -> None:
        """One that is over, with a finding in the ledger and one that waits."""
        then = self.now - timedelta(days=22)
        start = clock.day(then) + timedelta(days=1)
        made = self.joint("十月底饮水住房联合督查", self.villages[:3], start, then, three=True)
        joints.announce(joint=made, notice_no=f"岳联督〔{start.year}〕3号", by=self.command, at=then)  # fmt: skip
        joints.begin(joint=made, by=self.command, at=then + timedelta(days=1))
        found = [
            joints.note(joint=made, text=text, category=category, area=self.villages[n], household=None, photos=(),
                        by=self.command, at=then + timedelta(days=days))
            for n, category, text, days in (
                (0, "饮水安全", "村头泵房门没锁，消毒记录停在八月", 2),
                (1, "住房安全", "一户屋顶漏雨，用塑料布盖着", 21),
            )
        ]  # fmt: skip
        joints.finish(joint=made, by=self.command, at=then + timedelta(days=3))
        inspector = self.people.by_role["INSPECTOR", "340828"][0]
        release.transfer(finding=found[0], by=inspector, at=then + timedelta(days=3))

    def plan(self) -> None:
        soon = self.today + timedelta(days=2)
        self.file(self.water, self.villages[4:6], soon, self.now, subject="农村饮水水质检查")
        self.file(self.food, self.villages[6:8], soon, self.now, kind="STATUTORY", subject="农房施工安全检查",
                  basis="安全生产法第六十五条")  # fmt: skip
        self.file(self.water, self.villages[8:9], soon, self.now, kind="HIGHER", subject="市河长制检查", basis="市河长办〔2026〕11号")  # fmt: skip
        self.joint("岁末住房饮水联合督查", self.villages[9:12], soon, self.now, three=False)

    def meet(self) -> None:
        townships = dict.fromkeys(Unit.objects.filter(kind="TOWNSHIP"), 2)
        villages = dict.fromkeys(Unit.objects.filter(kind="VILLAGE"), 1)

        def meeting(kind: str, title: str, on: date, at: datetime, minutes: int, who: dict[Unit, int], accept: bool) -> None:  # fmt: skip
            assert self.command.unit is not None
            made = meetings.file(kind=kind, title=title, unit=self.command.unit, on=on, minutes=minutes, basis="", exemption="", why="",
                                 attendance=who, by=self.command, at=at)  # fmt: skip
            if accept:
                meetings.decide(meeting=made, accept=True, said="", by=self.decider, at=at)

        monday = self.today - timedelta(days=self.today.weekday())
        before = self.now - timedelta(days=self.today.weekday() + 3)
        meeting("DISPATCH", "十一月脱贫攻坚专项调度会", monday + timedelta(days=1), before, 60, townships, True)  # fmt: skip
        meeting("STANDING", "县委常委（扩大）会", self.today, self.now, 120, townships, False)
        for title, days in (("防返贫工作推进会", 1), ("档案整理培训会", 3)):
            meeting("DISPATCH", title, monday - YEAR + timedelta(days=days), before - YEAR, 180, townships | villages, True)  # fmt: skip

    def forms(self) -> None:
        assert self.water.unit is not None
        made: list[FormKind] = []
        for name, fields, minutes, at in (
            ("冬季水管防冻情况表", ["水管长度", "保温材料", "还缺几套"], 40, self.now - YEAR - timedelta(days=40)),
            ("村级水质自测表", ["取水点", "余氯", "浊度"], 30, self.now),
        ):  # fmt: skip
            made.append(burden.propose(
                name=name, unit=self.water.unit, frequency="MONTHLY", fields=fields, minutes=minutes, basis="", collects=False, by=self.water, at=at))  # fmt: skip
        burden.decide(form=made[0], accept=True, said="", by=self.decider, at=self.now - YEAR - timedelta(days=39))  # fmt: skip
        for at, villages in ((self.now, self.villages[:4]), (self.now - YEAR, self.villages)):
            burden.ask(form=FormKind.objects.get(pk=made[0].pk), villages=villages, on=clock.day(at), by=self.water, at=at)  # fmt: skip


def load_registers(now: datetime, people: People) -> None:
    made = Registers(now, people)
    made.walk()
    made.plan()
    made.meet()
    made.forms()
    village = people.by_role["VILLAGE", made.villages[0].prefix][0]
    burden.report(kind="INSPECTION", organiser="县档案馆", area=made.villages[0], met_on=made.today - timedelta(days=2),
                  said="没有打招呼就来查档案，要村里陪了一个上午", by=village, at=now)  # fmt: skip
