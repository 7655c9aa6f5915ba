from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Count

from cadres.events import record
from cadres.models import Cadre
from cadres.scope import require
from households.models import Assignment, Household
from yuexi.core import clock
from yuexi.core.refusals import BadInput, Refusal
from yuexi.core.registries import Held

# 建档立卡 began in 2014.
FIRST_DAY = date(2014, 1, 1)


def assign(
    *, household_ids: list[int], cadre: Cadre, rank: str, start: date, by: Cadre, at: datetime,
    right: str = "assignment.edit",
) -> int:  # fmt: skip
    """Give households to a helper, ending the helper of that rank on the same day. All or
    none. Two who assign the same household at once: the later one sees it and decides."""
    if not household_ids:
        raise BadInput("nothing_chosen", "请至少勾选一户。", field="household")
    if not cadre.is_active:
        raise BadInput("helper_inactive", "该干部账号已停用，请另选一人。", field="cadre")
    if cadre.kind != Cadre.Kind.CADRE:
        raise BadInput("helper_kind", "只能指派干部为帮扶人，请另选一人。", field="cadre")
    if not FIRST_DAY <= start <= clock.day(at) + timedelta(days=366):
        raise BadInput("start_range", "开始日期应在 2014 年以后、一年以内，请核对。", field="start")
    try:
        with transaction.atomic():
            still_there(cadre)
            households = list(
                Household.objects.select_for_update().filter(pk__in=household_ids).order_by("pk")
            )
            for household in households:
                require(by, right, household.area_id)
                if household.closed:
                    raise Refusal("household_closed", f"{household}已销户，不能再指派帮扶人。")
                _replace(household, cadre, rank, start, by, at)
    except IntegrityError as error:
        if "assignment_person_once" in str(error):
            raise Refusal(
                "already_helper",
                f"{cadre.name}在这段时间已是其中某户的帮扶人，请取消该户或改用别的开始日期。",
                field="cadre",
            ) from None
        raise Refusal(
            "assignment_overlap",
            "所选日期与已有的包保记录重叠，请改用更晚的开始日期。",
            field="start",
        ) from None
    return len(households)


def still_there(cadre: Cadre) -> None:
    """Locked, so that nobody leaves while he is given something."""
    if not Cadre.objects.select_for_update(no_key=True).filter(pk=cadre.pk, is_active=True).exists():  # fmt: skip
        raise BadInput("helper_inactive", "该干部账号已停用，请另选一人。", field="cadre")


def held_homes(cadre_id: int) -> list[Held]:
    """By village, and no household by name."""
    now = Assignment.objects.filter(cadre=cadre_id, end__isnull=True).values("household__area__code", "household__area__name")  # fmt: skip
    return [
        Held(f"home:{line['household__area__code']}", f"{line['household__area__name']} {line['n']} 户包保")
        for line in now.annotate(n=Count("pk")).order_by("household__area__code")
    ]  # fmt: skip


def give_homes(
    group: str, *, giver: Cadre, taker: Cadre, day: date, by: Cadre, at: datetime
) -> None:
    homes = Assignment.objects.filter(cadre=giver, end__isnull=True, household__area__code=group)
    ids = list(homes.values_list("household", flat=True))
    start = max([day, *homes.values_list("start", flat=True)])
    hand_over(giver=giver, taker=taker, start=start, by=by, at=at, household_ids=ids, right="cadre.transfer")  # fmt: skip


def _replace(
    household: Household, cadre: Cadre, rank: str, start: date, by: Cadre, at: datetime
) -> None:
    old = household.assignments.filter(rank=rank, end__isnull=True).select_related("cadre").first()
    if old:
        if old.cadre_id == cadre.pk:
            raise Refusal(
                "same_helper", f"{household}现在就由{cadre.name}包保，不用再指派。", field="cadre"
            )
        if start < old.start:
            raise BadInput(
                "start_before", f"开始日期不能早于现任帮扶人的 {old.start}。", field="start"
            )
        old.end = start
        old.save(update_fields=["end"])
    if household.assignments.filter(cadre=cadre, end__isnull=True).exists():
        raise Refusal(
            "already_helper",
            f"{cadre.name}已是{household}的帮扶人，请取消{household}后再办。",
            field="cadre",
        )
    Assignment.objects.create(household=household, cadre=cadre, rank=rank, start=start)
    record("assignment.start", household, by=by, at=at, area=household.area_id,
           before={"helper": old.cadre.name if old else ""},
           after={"helper": cadre.name, "rank": rank, "start": str(start)})  # fmt: skip


def hand_over(
    *, giver: Cadre, taker: Cadre, start: date, by: Cadre, at: datetime,
    household_ids: list[int] | None = None, right: str = "assignment.edit",
) -> int:  # fmt: skip
    """What a leaving helper has, all or the chosen households, by rank, to one successor. All
    or none: each household takes the right over its village."""
    count = 0
    with transaction.atomic():
        open_now = Assignment.objects.filter(cadre=giver, end__isnull=True)
        if household_ids is not None:
            open_now = open_now.filter(household__in=household_ids)
        for rank in Assignment.Rank.values:
            owned = open_now.filter(rank=rank)
            ids = list(owned.values_list("household_id", flat=True))
            if ids:
                count += assign(
                    household_ids=ids,
                    cadre=taker,
                    rank=rank,
                    start=start,
                    by=by,
                    at=at,
                    right=right,
                )
    if not count:
        raise BadInput("nothing_chosen", "请至少勾选一户。", field="household")
    return count
