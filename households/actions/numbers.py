"""登记国家系统编号: a household of our own that the national system now has, too."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError
from django.db.models import Q, QuerySet

from cadres.events import record
from cadres.imports.cells import WrongCell, identifier
from cadres.models import Cadre
from households.actions.life import open_household
from households.models import Household, Member
from households.models.household import OWN
from yuexi.core.refusals import BadInput, Refusal


def has_own_number(home: Household) -> bool:
    return home.national_no is None or home.national_no.startswith(OWN)


def unnumbered(home: Household) -> QuerySet[Member]:
    """Present members without a national 人编号; after a split some keep theirs."""
    own = Q(national_no=None) | Q(national_no__startswith=OWN)
    return home.members.filter(own, left_on=None).order_by("pk")


def take_national_numbers(
    *, household_id: int, number: str, people: dict[int, str], by: Cadre, at: datetime
) -> None:
    """The numbers of household and members change together; visits, items and history stay
    with the row. The old household number stays in the log and in the search."""
    new = _national(number, "number", "户编号")
    given = {pk: _national(n, f"person_{pk}", "人编号") for pk, n in people.items()}
    if len(set(given.values())) < len(given):
        raise BadInput("person_no_twice", "两个人填了同一个人编号，请核对。", field="number")
    try:
        with open_household(household_id, by) as home:
            if not has_own_number(home):
                raise Refusal(
                    "has_national_no",
                    f"{home}已有国家系统的户编号，不能再改；编号有误请报县指挥部数据组。",
                )
            members = list(unnumbered(home).select_for_update())
            if set(given) != {m.pk for m in members}:
                raise BadInput(
                    "everybody_numbered",
                    "在册成员有变动，请刷新页面；每个在册成员都要填人编号，国家系统没有的人请先办理成员减少。",
                    field="number",
                )
            before = {"national_no": home.national_no, "people": {m.pk: m.national_no for m in members}}  # fmt: skip
            home.former_no, home.national_no = home.national_no or "", new
            home.save(update_fields=["former_no", "national_no"])
            for member in members:
                member.national_no = given[member.pk]
                member.save(update_fields=["national_no"])
            record("household.renumber", home, by=by, at=at, area=home.area_id, before=before,
                   after={"national_no": new, "people": given})  # fmt: skip
    except IntegrityError:
        raise Refusal(
            "number_taken",
            "户编号或人编号已登记在别处，请对照国家系统核对；确系同一户的，请报县指挥部数据组。",
            field="number",
        ) from None


def _national(typed: str, field: str, name: str) -> str:
    try:
        number = identifier(typed)
    except WrongCell as wrong:
        raise BadInput("number_shape", f"{name}：{wrong}。", field=field) from None
    if not (number.isascii() and number.isalnum()):
        raise BadInput("number_shape", f"{name}只能是数字和字母，不能为空，请对照国家系统填写。", field=field)  # fmt: skip
    if number.startswith(OWN):
        raise BadInput(
            "own_number", f"{name}不能以 {OWN} 开头，那是本县自编的编号；请填国家系统的编号。", field=field
        )  # fmt: skip
    return number
