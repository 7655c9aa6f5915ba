"""专项活动: begun with a roster that stays as it was, declared complete when nobody is left."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, connection, transaction
from django.db.models import Count

from cadres.events import record
from cadres.models import Area, Cadre
from cadres.scope import require
from households.campaigns import Outcome, Place, coverage
from households.models import Campaign, CampaignOutcome
from yuexi.core import clock
from yuexi.core.refusals import BadInput, Refusal

ROSTER = """
INSERT INTO households_campaignhousehold (campaign_id, household_id, area_code, kind)
SELECT %s, id, area_code, kind FROM households_household
 WHERE closed = '' AND starts_with(area_code, %s)
 ORDER BY area_code, id
"""
NAMED = 3


def begin(
    *, name: str, area: Area, start: date, last: date, by: Cadre, at: datetime
) -> Campaign:  # fmt: skip
    """All households of the area as they are now, poor and non-poor, in one statement."""
    require(by, "campaign.manage", area.code)
    today = clock.day(at)
    if start > today:
        raise BadInput("start", "名册在启动那一刻冻结，请在开始那天再启动。", field="start")
    if last < today:
        raise BadInput("last", "最后一天不能早于今天，请核对。", field="last")
    try:
        with transaction.atomic():
            made = Campaign.objects.create(
                name=name.strip(), area=area, start=start, end=last + timedelta(days=1), by=by, at=at
            )  # fmt: skip
            with connection.cursor() as cursor:
                cursor.execute(ROSTER, [made.pk, area.prefix])
                taken = cursor.rowcount
            if not taken:
                raise Refusal("no_households", f"{area}还没有农户，请先导入花名册。", field="area")
            record("campaign.begin", made, by=by, at=at, area=area.code,
                   after={"name": made.name, "start": str(start), "last": str(last), "households": taken})  # fmt: skip
    except IntegrityError as error:
        if "campaign_name_once_a_day" not in str(error):
            raise
        raise Refusal(
            "campaign_twice", f"{area}这一天已启动过同名的活动，请到活动列表里打开它。", field="name"
        ) from None  # fmt: skip
    return made


def extend(*, campaign: Campaign, last: date, by: Cadre, at: datetime) -> None:
    """延期: the last day moves back, never forward; the roster stays."""
    with _locked(campaign, by) as kept:
        if last < kept.end or last < clock.day(at):
            raise BadInput("last", "延期后的最后一天要晚于原来的，也不能早于今天。", field="last")
        before, kept.end = kept.last_day, last + timedelta(days=1)
        kept.save(update_fields=["end"])
        record("campaign.extend", kept, by=by, at=at, area=kept.area_id,
               before={"last": str(before)}, after={"last": str(last)})  # fmt: skip


def complete(*, campaign: Campaign, by: Cadre, at: datetime) -> None:
    """宣布完成, refused while one household has no outcome. The figures of the moment are kept
    with it, since a visit may still be corrected afterwards."""
    with _locked(campaign, by) as kept:
        counted = CampaignOutcome.objects.filter(campaign=kept).values_list("outcome")
        figures = dict(counted.annotate(n=Count("pk")))
        if figures.get(Outcome.NONE):
            raise Refusal("households_left", left_says(places_of(kept)))
        kept.completed_by, kept.completed_at, kept.figures = by, at, figures
        kept.save(update_fields=["completed_by", "completed_at", "figures"])
        record("campaign.complete", kept, by=by, at=at, area=kept.area_id, after=figures)


class _locked:
    """The campaign under its row lock, in scope of the right and not declared complete."""

    def __init__(self, campaign: Campaign, by: Cadre) -> None:
        self.pk, self.by, self.atomic = campaign.pk, by, transaction.atomic()

    def __enter__(self) -> Campaign:
        self.atomic.__enter__()
        try:
            kept = Campaign.objects.select_for_update().get(pk=self.pk)
            require(self.by, "campaign.manage", kept.area_id)
            if kept.completed_at:
                raise Refusal("completed", f"{kept}已宣布完成，请刷新页面。")
            return kept
        except BaseException as error:
            self.atomic.__exit__(type(error), error, error.__traceback__)
            raise

    def __exit__(self, *error: object) -> None:
        self.atomic.__exit__(*error)  # type: ignore[arg-type]


def places_of(campaign: Campaign) -> list[Place]:
    digits = 9 if campaign.area.level == Area.Level.COUNTY else 12
    return coverage(CampaignOutcome.objects.filter(campaign=campaign), digits)


def left_says(places: list[Place]) -> str:
    """How many have no outcome, and where."""
    waiting = [p for p in places if p.left]
    named = "、".join(f"{p.name} {p.left} 户" for p in waiting[:NAMED])
    more = "等" if len(waiting) > NAMED else ""
    return (
        f"还有 {sum(p.left for p in waiting)} 户没有结果（{named}{more}），不能宣布完成；"
        "请补走，或在不同的两天各记一次“外出无人”。"
    )
