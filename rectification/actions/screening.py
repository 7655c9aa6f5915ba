"""举一反三: one finding becomes a list of households that may have the same, each looked at by a
person; the item closes after the last of them and after what was found there."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet

from cadres.events import record
from cadres.models import Area, Cadre
from cadres.scope import scope_of
from households.models import Household, Monitoring, Visit
from households.querysets import my_households, standing
from rectification.actions.moving import locked
from rectification.actions.registering import Finding, write
from rectification.models import Item, ScreenedHousehold, Screening
from rectification.sql import SENTENCES
from rectification.workflow import ENDED, OPEN, SCREEN_MAX, Status
from yuexi.core.refusals import BadInput, NotYours, Refusal, Way
from yuexi.core.secrecy import no_idno


@dataclass(frozen=True)
class Choice:
    """Which households: of a place, of a kind, watched ones, those of one telling mark."""

    area: Area
    kind: str = ""
    watched: bool = False
    mark: str = ""

    def said(self) -> str:
        parts = [self.area.name]
        if self.kind:
            parts.append(str(Household.Kind(self.kind).label))
        if self.watched:
            parts.append("监测对象")
        if self.mark:
            parts.append(MARKS[self.mark][0])
        return "、".join(parts)


# What the roster tells: name → (in words, as a condition).
MARKS: dict[str, tuple[str, Q]] = {
    "unsafe": ("在册是危房户", Q(unsafe_house=True)),
    "water": ("在册未解决安全饮水", Q(safe_water=False)),
    "unknown": ("住房或饮水情况空着", Q(unsafe_house=None) | Q(safe_water=None)),
}


def may_screen(item: Item, by: Cadre) -> bool:
    scope = scope_of(by)
    head = scope.has("item.self_check", item.area_id) and not scope.loan_for(
        "item.self_check", item.area_id
    )
    return (
        item.status in OPEN
        and item.status != Status.REGISTERED
        and (scope.has("item.review", item.area_id) or head)
    )


def similar(item: Item, choice: Choice) -> QuerySet[Household]:
    """Without its own households, those struck off, and those already on a list of it."""
    listed = ScreenedHousehold.objects.filter(screening__item=item, household=OuterRef("pk"))
    found = Household.objects.filter(area__code__startswith=choice.area.prefix, closed="").filter(
        ~Exists(listed), ~Q(pk__in=item.homes.values("household"))
    )
    if choice.kind:
        found = found.filter(kind=choice.kind)
    if choice.watched:
        open_ones = Monitoring.objects.filter(household=OuterRef("pk"), eliminated_on=None)
        found = found.filter(Exists(open_ones))
    if choice.mark:
        found = found.filter(MARKS[choice.mark][1])
    return found


def screen(
    *, item_id: int, choice: Choice, what: str, seen: int, by: Cadre, at: datetime
) -> Screening:
    """`seen` is the count that the preview showed: a list that changed is looked at again."""
    what = what.strip()
    if len(what) < 4:
        raise BadInput("what", "请写清到户要查什么（至少 4 个字）。", field="what")
    no_idno(what)
    with transaction.atomic():
        (item,) = locked([item_id])
        if not may_screen(item, by):
            raise NotYours(
                "not_screener",
                "举一反三由指挥部整改组或乡镇书记、乡镇长在审核成立以后、销号以前发起。",
            )
        scope = scope_of(by)
        if not (
            scope.has("item.review", choice.area.code)
            or scope.has("item.self_check", choice.area.code)
        ):
            raise NotYours("screen_area", f"{choice.area.name}不在您的管辖范围，请另选地方。")
        homes = list(
            similar(item, choice)
            .order_by("area_id", "pk")
            .values_list("pk", flat=True)[: SCREEN_MAX + 1]
        )
        if not homes:
            raise BadInput("screen_none", "没有符合条件的农户，请放宽条件。", field="area")
        if len(homes) > SCREEN_MAX:
            raise BadInput(
                "screen_many", f"超过 {SCREEN_MAX} 户，请缩小地方或条件，分几次排查。", field="area"
            )
        if len(homes) != seen:
            raise BadInput(
                "screen_moved", f"名单刚刚变成 {len(homes)} 户，请重新预览后再确认。", field="area"
            )
        made = Screening.objects.create(
            item=item, area=choice.area, chosen=choice.said()[:100], what=what, by=by, at=at
        )
        ScreenedHousehold.objects.bulk_create(
            [ScreenedHousehold(screening=made, household_id=pk) for pk in homes]
        )
        record("item.screen", item, by=by, at=at, area=item.area_id,
               after={"chosen": made.chosen, "what": what, "rows": len(homes)})  # fmt: skip
    return made


def screened_for(user: Cadre) -> QuerySet[ScreenedHousehold]:
    """Where the reader may look: in his area, or of the households that he helps."""
    here = scope_of(user).within("item.create", "household__area__code")
    mine = Q(household__in=my_households(user))
    return (
        ScreenedHousehold.objects.filter(here | mine)
        .exclude(screening__item__person=user)
        .select_related("household__area__parent", "screening__item", "by", "child", "visit")
    )


def to_look_at(user: Cadre) -> QuerySet[ScreenedHousehold]:
    return screened_for(user).filter(outcome="", screening__item__status__in=OPEN)


def visits_since(row: ScreenedHousehold) -> QuerySet[Visit]:
    """At the house, since the list was made."""
    return standing().filter(
        household=row.household, mode="IN_PERSON", occurred_at__gte=row.screening.at
    )


def look(
    *, row_id: int, found: bool, said: str, by: Cadre, at: datetime, visit: Visit | None = None
) -> ScreenedHousehold:
    """无此问题 by a visit or in words; 有此问题 is an item of its own under the same parent."""
    said = said.strip()
    no_idno(said)
    if len(said) < (4 if found else 0) or (not found and visit is None and len(said) < 4):
        need = "有什么问题" if found else "怎么看的、看到什么，或选一次走访"
        raise BadInput("said", f"请写清{need}（至少 4 个字）。", field="said")
    try:
        with transaction.atomic():
            first = ScreenedHousehold.objects.select_related("screening").get(pk=row_id)
            (parent,) = locked([first.screening.item_id])  # the parent before its rows
            row = ScreenedHousehold.objects.select_for_update(of=("self",)).select_related("household__area", "screening").get(pk=row_id)  # fmt: skip
            if row.outcome:
                raise Refusal("looked", f"{row.household}刚刚已由别人登记，请刷新页面。")
            if parent.person_id == by.pk:
                raise Refusal("screened_by_rectifier", SENTENCES["screened_by_rectifier"])
            if not screened_for(by).filter(pk=row_id).exists():
                raise NotYours("not_looker", "这一户不由您的岗位排查。")
            if parent.status not in OPEN:
                raise Refusal(
                    "wrong_state", f"{parent.number} 现在是“{parent.waiting_label}”，不再登记排查。"
                )
            row.by, row.at, row.visit, row.opinion = by, at, visit, said[:200]
            row.outcome = (
                ScreenedHousehold.Outcome.FOUND if found else ScreenedHousehold.Outcome.CLEAR
            )
            if found:
                row.child = write(
                    Finding(text=said, category=parent.category, area=row.household.area, source=parent.source,
                            grade="LIMITED", lineage=f"举一反三 {parent.number}", source_kind="screening", source_id=row.pk,
                            households=[row.household], parent=parent),
                    by=by, at=at,
                )  # fmt: skip
            row.save()
            record("item.screened", parent, by=by, at=at, area=parent.area_id,
                   after={"household": str(row.household), "found": found, "said": said, "child": row.child.number if row.child else ""})  # fmt: skip
            return row
    except IntegrityError as error:
        for name, sentence in SENTENCES.items():
            if name in str(error):
                raise Refusal(name, sentence) from None
        raise


def left_open(item: Item) -> tuple[int, list[Item]]:
    """Households not yet looked at, and children that are not ended."""
    unlooked = ScreenedHousehold.objects.filter(screening__item=item, outcome="").count()
    children = item.children.exclude(status__in=ENDED) | item.children.filter(
        status=Status.MERGED
    ).exclude(merged_into=item).exclude(merged_into__status__in=ENDED)
    return unlooked, list(children.distinct().order_by("pk"))


def all_screened(item: Item) -> None:
    unlooked, children = left_open(item)
    if not unlooked and not children:
        return
    parts = [f"{unlooked} 户没有查"] if unlooked else []
    if children:
        named = "、".join(c.number for c in children[:5])
        parts.append(f"查出的 {len(children)} 件没有销号（{named}）")
    raise Refusal(
        "item_screening_open",
        f"举一反三还没有完：{'，'.join(parts)}。本件要等它们办完再销号。",
        way=Way("看排查名单", f"/items/{item.uid}/similar/"),
    )
