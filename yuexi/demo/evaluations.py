"""评估: a finished rehearsal with findings in the ledger, a third party's that is being argued, 口径
and a way out under way. Documents and numbers are invented."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Count

from cadres.models import Area, Cadre, Post, Unit
from households.models import Household
from inspections import sheets
from inspections.actions import evaluations, leaving, suspects, yardsticks
from inspections.models import Evaluation, LeavingStep, Suspect
from yuexi.core import clock
from yuexi.demo.people import People
from yuexi.demo.turns import picture

RULES = {
    "POVERTY_MAX": "2", "WRONG_MAX": "2", "MISSED_MAX": "2", "APPROVAL_MIN": "90", "STRICT": "按不符合判",
    "MISSED_DENOMINATOR": "抽查的非建档立卡人口", "RURAL_PEOPLE": "6400",
}  # fmt: skip
SAID = (
    ("LIFTED", "WRONG_EXIT", "基本医疗", "户主说今年住院自己垫了一万多，没人来讲过怎么报"),
    ("GENERAL", "MISSED", "政策落实", "儿子去年车祸，家里没有劳力，没有纳入监测"),
    ("LIFTED", "OTHER", "饮水安全", "水管冬天结冰，要到坡下挑水"),
    ("GENERAL", "DISAPPROVAL", "政策落实", "说不知道谁管他家，一年没见过人"),
)


def load_evaluations(now: datetime, people: People) -> None:
    office = people.by_role["OFFICE_RECTIFY", "340828"]
    leader = people.by_role["COUNTY_LEADER", "340828"][0]
    inspectors = people.by_role["INSPECTOR", "340828"]
    today = clock.start_of(clock.day(now))
    begin = today - timedelta(days=40)
    for code, value in RULES.items():
        made = yardsticks.propose(
            code=code, value=value, document="贫困县退出专项评估检查实施办法（演示）", document_no="演示〔2017〕56号",
            start=(begin - timedelta(days=30)).date(), by=office[0], at=begin,
        )  # fmt: skip
        yardsticks.confirm(yardstick=made, by=leader, at=begin)
    townships = list(
        Area.objects.filter(level=Area.Level.TOWNSHIP).annotate(n=Count("children")).filter(n__gte=3).order_by("code")[:3]
    )  # fmt: skip
    rehearsal = _walked("REHEARSAL", "秋季模拟评估", townships[:2], begin, office[0], [inspectors[1], office[1]], inspectors[0], 5)  # fmt: skip
    _judge(rehearsal, inspectors[1], people, begin + timedelta(days=5))
    suspects.conclude(evaluation=rehearsal, by=office[0], at=begin + timedelta(days=16))
    evaluators = [_evaluator(n, office[0].unit, today) for n in (1, 2)]
    third = today - timedelta(days=3)
    _walked("THIRD_PARTY", "省第三方评估", townships[2:3], third, office[0], evaluators, evaluators[0], 4)  # fmt: skip
    field = evaluations.prepare(
        kind="THIRD_PARTY", title="冬季第三方抽查", document_no="", start=clock.day(now), last_day=clock.day(now) + timedelta(days=10),
        townships=townships[:1], layers=["LIFTED", "GENERAL"], villages=2, take=4, spare=2, by=office[0], at=now,
    )  # fmt: skip
    for one in evaluators:
        evaluations.add_surveyor(evaluation=field, cadre=one, lead=one is evaluators[0], by=office[0], at=now)  # fmt: skip
    evaluations.draw(evaluation=field, by=evaluators[0], at=now)
    _leave(now, office[0])


def _evaluator(number: int, unit: Unit | None, today: datetime) -> Cadre:
    """As two administrators would have made it."""
    county = Area.objects.get(level=Area.Level.COUNTY)
    home, _ = Unit.objects.get_or_create(area=county, name=evaluations.EVALUATORS, defaults={"kind": "COUNTY"})  # fmt: skip
    office = Cadre.objects.filter(unit=unit).order_by("pk")[0]
    made = Cadre.objects.create(
        work_no=f"YSPG{number}", name=f"演示评估{'甲乙'[number - 1]}", pinyin=f"yspg{number}", unit=home, kind="EVALUATOR",
        password=office.password, must_change_password=False,
    )  # fmt: skip
    Post.objects.create(
        cadre=made, unit=home, role="EVALUATOR", area=county, start=(today - timedelta(days=10)).date(),
        end=(today + timedelta(days=60)).date(),
    )  # fmt: skip
    return made


def _walked(
    kind: str, title: str, townships: Sequence[Area], begin: datetime, by: Cadre, team: list[Cadre], drawer: Cadre, take: int
) -> Evaluation:  # fmt: skip
    start: date = clock.day(begin)
    made = evaluations.prepare(
        kind=kind, title=title, document_no=f"演示评〔{start.year}〕{start.month}号", start=start, last_day=max(start + timedelta(days=30), clock.today() + timedelta(days=20)),
        townships=townships, layers=["LIFTED", "GENERAL"], villages=3, take=take, spare=3, by=by, at=begin - timedelta(days=1),
    )  # fmt: skip
    for one in team:
        evaluations.add_surveyor(evaluation=made, cadre=one, lead=one is team[0], by=by, at=begin)
    evaluations.draw(evaluation=made, by=drawer, at=begin)
    left = list(SAID)
    first = True
    for uid in sheets.read(made).waiting():
        home = Household.objects.get(uid=uid)
        if first:
            evaluations.replace_home(evaluation=made, household=UUID(uid), why="整户外出务工，电话联系不上", by=team[1], at=begin + timedelta(hours=9))  # fmt: skip
            first = False
            continue
        found = next((s for s in left if s[0] == home.kind), None)
        if found:
            left.remove(found)
        _sheet(made, home, found, team[1], begin + timedelta(hours=10))
    for uid in sheets.read(made).waiting():
        _sheet(made, Household.objects.get(uid=uid), None, team[1], begin + timedelta(days=1))
    return evaluations.release(evaluation=made, by=team[0], at=begin + timedelta(days=2))


def _sheet(
    evaluation: Evaluation, home: Household, found: tuple[str, str, str, str] | None, by: Cadre, at: datetime
) -> None:  # fmt: skip
    people = home.size or home.members.count() or 3
    kind = found[1] if found else ""
    evaluations.write_sheet(
        evaluation=evaluation, household=home.uid, people=people, registered=people if home.kind != "GENERAL" else 0,
        wrong=1 if kind == "WRONG_EXIT" else 0, missed=1 if kind == "MISSED" else 0, approves=kind != "DISAPPROVAL",
        answers={code: True for code in sheets.QUESTIONS}, category=found[2] if found else "",
        problems={kind: found[3]} if found else {}, said="", by=by, at=at,
    )  # fmt: skip


def _judge(evaluation: Evaluation, lead: Cadre, people: People, at: datetime) -> None:
    for n, one in enumerate(evaluation.suspects.order_by("pk")):
        clerk = people.by_role["TOWNSHIP_CLERK", one.area_id[:9]][0]
        if one.kind == Suspect.Kind.MISSED:
            suspects.argue(suspect=one, text="已于上月识别为监测对象，系统截图在此", files=[("识别表.png", picture(40 + n))], by=clerk, at=at)  # fmt: skip
            suspects.decide(
                suspect=one,
                found=False,
                opinion="识别在先，证据充分，排除",
                document_no="",
                by=lead,
                at=at,
            )
        else:
            suspects.concede(suspect=one, by=clerk, at=at)
            suspects.decide(suspect=one, found=True, opinion="情况属实", document_no="", by=lead, at=at)  # fmt: skip


def _leave(now: datetime, by: Cadre) -> None:
    today = clock.day(now)
    days = [today + timedelta(days=n) for n in (-2, 20, 50, 65, 110, 140)]
    made = leaving.begin(
        title="脱贫摘帽（演示）", target=days[-1] + timedelta(days=10),
        planned=dict(zip(LeavingStep.Code.values, days, strict=True)), by=by, at=now,
    )  # fmt: skip
    for code, text in (
        ("VILLAGES_OUT", "全部贫困村已公告出列"),
        ("AFTERWARDS", "后续巩固方案已印发"),
    ):
        leaving.say(leaving=made, code=code, green=True, text=text, document_no="演示发〔2026〕18号", by=by, at=now)  # fmt: skip
    leaving.say(leaving=made, code="MENDED_MOCK", green=None, text="模拟评估的问题正在整改，月底前销号", document_no="", by=by, at=now)  # fmt: skip
