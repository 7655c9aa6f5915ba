"""An evaluation and its people, walked by the product's own actions."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from uuid import UUID

from cadres.models import Area, Cadre, Post, Unit
from households.models import Household
from inspections import sheets
from inspections.actions import evaluations, suspects
from inspections.actions.yardsticks import confirm, propose
from inspections.models import Evaluation, Suspect
from tests.cast import PHOTO, Cast
from tests.county import AT, COUNTY, HASHED, QINGTIAN
from tests.households.builders import household

LATER = AT + timedelta(hours=5)
Person = Callable[..., Cadre]
# As the national rules of 2017 have it.
SIGNED = {
    "POVERTY_MAX": "2%", "WRONG_MAX": "2%", "MISSED_MAX": "2%", "APPROVAL_MIN": "90%", "STRICT": "按不符合判",
    "MISSED_DENOMINATOR": "抽查的非建档立卡人口", "RURAL_PEOPLE": "300000",
}  # fmt: skip


def homes(villages: int = 3, each: int = 6) -> list[Household]:
    """Lifted and general households of several villages of Qingtian, with their numbers."""
    places = Area.objects.filter(code__startswith=QINGTIAN[:9], level=Area.Level.VILLAGE).order_by("code")  # fmt: skip
    made = []
    for place in places[:villages]:
        for n in range(each):
            for kind in ("LIFTED", "GENERAL"):
                number = f"0082{len(made):08}"
                made.append(household(f"演示{kind[0]}{n}", place.code, kind=kind, size=3, national_no=number))  # fmt: skip
    return made


def evaluator(name: str, *, end: date | None = None) -> Cadre:
    """With a confirmed post, as two administrators would have given it."""
    county = Area.objects.get(code=COUNTY)
    unit, _ = Unit.objects.get_or_create(area=county, name="第三方评估组", defaults={"kind": "COUNTY"})  # fmt: skip
    made = Cadre.objects.create(
        work_no=f"PG{Cadre.objects.count():03}", name=name, pinyin="pg", unit=unit, password=HASHED,
        must_change_password=False, kind="EVALUATOR",
    )  # fmt: skip
    Post.objects.create(
        cadre=made, unit=unit, role="EVALUATOR", area=county, start=date(2026, 1, 1), end=end or date(2026, 12, 31),
    )  # fmt: skip
    return made


def prepared(cast: Cast, kind: str = "THIRD_PARTY", **changes: object) -> Evaluation:
    given = {
        "kind": kind, "title": "演示评估", "document_no": "", "start": AT.date(), "last_day": date(2026, 12, 20),
        "townships": [Area.objects.get(code=QINGTIAN)], "layers": ["LIFTED", "GENERAL"], "villages": 2, "take": 2,
        "spare": 1, "by": cast.accepter, "at": AT,
    }  # fmt: skip
    return evaluations.prepare(**{**given, **changes})  # type: ignore[arg-type]


def drawn(cast: Cast, lead: Cadre, *others: Cadre, **changes: object) -> Evaluation:
    made = prepared(cast, **changes)  # type: ignore[arg-type]
    for one in (lead, *others):
        evaluations.add_surveyor(
            evaluation=made, cadre=one, lead=one is lead, by=cast.accepter, at=AT
        )
    drawer = lead if made.kind == "THIRD_PARTY" else cast.inspector
    evaluations.draw(evaluation=made, by=drawer, at=AT)
    made.refresh_from_db()
    return made


def sheet(
    evaluation: Evaluation, uid: str, by: Cadre, at: datetime = LATER, **changes: object
) -> None:
    home = Household.objects.get(uid=uid)
    given = {
        "people": 3, "registered": 3 if home.kind == "LIFTED" else 0, "wrong": 0, "missed": 0, "approves": True,
        "answers": {"food": True}, "category": "", "problems": {}, "said": "", "by": by, "at": at,
    }  # fmt: skip
    evaluations.write_sheet(evaluation=evaluation, household=UUID(uid), **{**given, **changes})  # type: ignore[arg-type]


WRONG = "户主说去年没有收入，医药费自己出"


def walk(evaluation: Evaluation, by: Cadre) -> None:
    """All seen; the first lifted household is suspected, with its three people, and does not approve."""
    state = sheets.read(evaluation)
    first = True
    for uid in state.waiting():
        home = Household.objects.get(uid=uid)
        if first and home.kind == "LIFTED":
            first = False
            sheet(evaluation, uid, by, wrong=3, approves=False, category="基本医疗",
                  problems={"WRONG_EXIT": WRONG, "DISAPPROVAL": "干部一年没来"})  # fmt: skip
        else:
            sheet(evaluation, uid, by)


def released(cast: Cast, lead: Cadre, **changes: object) -> Evaluation:
    made = drawn(cast, lead, **changes)
    walk(made, lead)
    return evaluations.release(evaluation=made, by=lead, at=LATER)


def argued(suspect: Suspect, by: Cadre, at: datetime = LATER) -> None:
    suspects.argue(suspect=suspect, text="医保已报销，票据在此", files=[("票据.jpg", PHOTO)], by=by, at=at)  # fmt: skip


def signed(cast: Cast, leader: Cadre, start: date = date(2026, 1, 1), **changes: str) -> None:
    for code, value in {**SIGNED, **changes}.items():
        made = propose(code=code, value=value, document="退出专项评估检查实施办法", document_no="国开办发〔2017〕56号",
                       start=start, by=cast.accepter, at=AT)  # fmt: skip
        confirm(yardstick=made, by=leader, at=AT)
