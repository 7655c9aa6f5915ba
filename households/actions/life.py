"""The life of a household between imports: 新增、更新、迁移、分户、监测、销户, by hand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, transaction

from cadres.events import record
from cadres.imports.cells import WrongCell
from cadres.models import Area, Cadre
from cadres.pinyin import sort_key
from cadres.scope import require
from households.actions.receiving import as_told
from households.actions.roster import count_members
from households.imports.columns import identity
from households.models import ChangeReview, Household, Member, Monitoring, Visit
from households.querysets import label_of
from yuexi.core import clock, crypto
from yuexi.core.refusals import BadInput, Refusal


def add_household(
    *, area: Area, name: str, idno: str, group: str, kind: str, by: Cadre, at: datetime
) -> Household:
    """新增户: one that the national files lack, with its head. It has no 户编号 of its own."""
    require(by, "household.edit", area.code)
    if area.level != Area.Level.VILLAGE:
        raise BadInput("village", "请选择到村。", field="area")
    try:
        number = identity(idno)
    except WrongCell as wrong:
        raise BadInput("idno", f"{wrong}。", field="idno") from None
    try:
        with transaction.atomic():
            home = Household.objects.create(
                area=area, group=group.strip(), head_name=name.strip(), pinyin=sort_key(name.strip()),
                kind=kind, size=1,
            )  # fmt: skip
            Member.objects.create(
                household=home, name=name.strip(), relation="户主", idno=crypto.encrypt(number),
                idno_hash=crypto.lookup_hash(number[:18]), idno_tail=number[14:18],
            )  # fmt: skip
            record("household.add", home, by=by, at=at, area=area.code,
                   after={"head_name": home.head_name, "kind": kind})  # fmt: skip
    except IntegrityError:
        raise Refusal(
            "idno_taken", "这个证件号码无法使用，请核对，或报县指挥部数据组查重。", field="idno"
        ) from None
    return home


EDITABLE = ("group", "kind", "unsafe_house", "safe_water", "cause", "income_per_head")


def edit_household(*, household_id: int, values: dict[str, Any], by: Cadre, at: datetime) -> None:
    with open_household(household_id, by) as home:
        changed = {f: v for f, v in values.items() if f in EDITABLE and getattr(home, f) != v}
        if not changed:
            raise BadInput("nothing_changed", "内容没有变化，不用保存。")
        before = {f: _told(getattr(home, f)) for f in changed}
        for field, value in changed.items():
            setattr(home, field, value)
        home.save(update_fields=list(changed))
        record("household.edit", home, by=by, at=at, area=home.area_id, before=before,
               after={f: _told(v) for f, v in changed.items()})  # fmt: skip


def _told(value: Any) -> Any:
    return value if isinstance(value, str | bool | None) else str(value)


class open_household:
    """The household under its row lock, in scope of the right and not struck off."""

    def __init__(self, household_id: int, by: Cadre, *, closed: bool = False) -> None:
        self.pk, self.by, self.closed = household_id, by, closed
        self.atomic = transaction.atomic()

    def __enter__(self) -> Household:
        self.atomic.__enter__()
        try:
            home = Household.objects.select_for_update().get(pk=self.pk)
            require(self.by, "household.edit", home.area_id)
            if bool(home.closed) != self.closed:
                raise Refusal(
                    "household_closed",
                    f"{home}{'没有销户' if self.closed else '已销户'}，请刷新页面。",
                )
            return home
        except BaseException as error:
            self.atomic.__exit__(type(error), error, error.__traceback__)
            raise

    def __exit__(self, *error: Any) -> None:
        self.atomic.__exit__(*error)


def move_household(*, household_id: int, to: Area, group: str, by: Cadre, at: datetime) -> None:
    """迁移 to another village. Past visits and open items keep the village of their day."""
    require(by, "household.edit", to.code)
    with open_household(household_id, by) as home:
        if to.level != Area.Level.VILLAGE or to.code == home.area_id:
            raise BadInput("village", "请选择另一个村。", field="to")
        before = home.area_id
        home.area, home.group = to, group.strip()
        home.save(update_fields=["area", "group"])
        record("household.move", home, by=by, at=at, area=to.code, area_before=before,
               before={"area": before}, after={"area": to.code})  # fmt: skip


def split_household(
    *, household_id: int, member_ids: list[int], head_id: int, by: Cadre, at: datetime
) -> Household:
    """分户: members leave together with one of them as the new head; helpers are assigned anew."""
    with open_household(household_id, by) as home:
        leaving = list(
            home.members.select_for_update().filter(pk__in=member_ids, left_on=None).order_by("pk")
        )
        if not leaving or len(leaving) != len(set(member_ids)):
            raise BadInput("members", "请勾选要分出去的成员。", field="members")
        if any(m.relation == "户主" for m in leaving):
            raise BadInput("head_stays", "现户主不能分出去；请先办理户主变更。", field="members")
        head = next((m for m in leaving if m.pk == head_id), None)
        if head is None:
            raise BadInput("new_head", "新户主要在分出去的成员里。", field="head")
        made = Household.objects.create(
            area_id=home.area_id, group=home.group, head_name=head.name, pinyin=sort_key(head.name),
            kind=home.kind, size=len(leaving),
        )  # fmt: skip
        for member in leaving:
            member.household = made
            if member.pk == head.pk:
                member.relation = "户主"
            member.save(update_fields=["household", "relation"])
        count_members(home)
        names = [m.name for m in leaving]
        record("household.split", home, by=by, at=at, area=home.area_id, after={"to": made.pk, "members": names})  # fmt: skip
        record("household.add", made, by=by, at=at, area=home.area_id, after={"from": home.pk, "members": names})  # fmt: skip
    return made


def close_household(*, household_id: int, why: str, on: date, by: Cadre, at: datetime) -> None:
    """销户. Its helpers' assignments end on the same day; nothing is deleted."""
    with open_household(household_id, by) as home:
        if on > clock.day(at):
            raise BadInput("future", "销户日期不能晚于今天。", field="on")
        helpers = home.assignments.filter(end__isnull=True)
        if helpers.filter(start__gt=on).exists():
            raise BadInput(
                "before_helper", "销户日期早于现任帮扶人的开始日期，请核对。", field="on"
            )
        ended = helpers.update(end=on)
        home.closed, home.closed_on = why, on
        home.save(update_fields=["closed", "closed_on"])
        record("household.close", home, by=by, at=at, area=home.area_id,
               after={"why": why, "on": str(on), "assignments_ended": ended})  # fmt: skip


def reopen_household(*, household_id: int, by: Cadre, at: datetime) -> None:
    """撤销销户: the household is back; helpers are assigned anew."""
    with open_household(household_id, by, closed=True) as home:
        before = {"why": home.closed, "on": str(home.closed_on)}
        home.closed, home.closed_on = "", None
        home.save(update_fields=["closed", "closed_on"])
        record("household.reopen", home, by=by, at=at, area=home.area_id, before=before)


def watch(
    *, household_id: int, category: str, risk: str, on: date, by: Cadre, at: datetime
) -> None:
    """识别为监测对象."""
    with open_household(household_id, by) as home:
        if on > clock.day(at):
            raise BadInput("future", "识别日期不能晚于今天。", field="on")
        if home.monitorings.filter(eliminated_on=None).exists():
            raise Refusal("watched", f"{home}已是监测对象，消除风险后才能重新识别。")
        Monitoring.objects.create(household=home, category=category, risk=risk.strip(), identified_on=on)  # fmt: skip
        record("household.watch", home, by=by, at=at, area=home.area_id,
               after={"category": category, "risk": risk.strip(), "on": str(on)})  # fmt: skip


def eliminate(*, household_id: int, on: date, by: Cadre, at: datetime) -> None:
    """风险消除."""
    with open_household(household_id, by) as home:
        now = home.monitorings.select_for_update().filter(eliminated_on=None).first()
        if now is None:
            raise Refusal("not_watched", f"{home}现在不是监测对象，请刷新页面。")
        if not now.identified_on <= on <= clock.day(at):
            raise BadInput("period", "消除日期应在识别之后、今天以前。", field="on")
        now.eliminated_on = on
        now.save(update_fields=["eliminated_on"])
        record("household.eliminate", home, by=by, at=at, area=home.area_id, after={"on": str(on)})


def review_changes(*, visit: Visit, said: str, by: Cadre, at: datetime) -> None:
    """变更待审: answered once, by whoever keeps the roster there."""
    require(by, "household.edit", visit.area_id)
    if len(said.strip()) < 2:
        raise BadInput(
            "said", "请写处理情况，例如“已更新就业状况”或“核实后没有变化”。", field="said"
        )
    try:
        with transaction.atomic():
            ChangeReview.objects.create(visit=visit, by=by, at=at, said=said.strip())
            record("visit.review", visit, by=by, at=at, area=visit.area_id, after={"said": said.strip()})  # fmt: skip
    except IntegrityError:
        raise Refusal("reviewed", "这一条刚刚已由别人处理，请刷新页面。") from None


def roster_value(field: str, told: str) -> bool | str | None:
    """What a visit found, as text, as the value of the household's field."""
    if Household._meta.get_field(field).get_internal_type() == "BooleanField":
        return {"是": True, "否": False}.get(told)
    return told


def adopt_facts(*, visit: Visit, seen: dict[str, str], by: Cadre, at: datetime) -> str:
    """采纳: the roster takes over what the visit found and the review is answered, both or
    neither. `seen` is what the reader saw in the roster, by field: where somebody has changed
    it since, nothing is written. Answers with what was done, in words."""
    require(by, "household.edit", visit.area_id)
    facts = list(visit.facts.filter(field__in=seen).order_by("pk"))
    if not facts or len(facts) != len(seen):
        raise BadInput("adopt_which", "请勾选要采纳的项目；都不采纳请写处理情况。")
    with open_household(visit.household_id, by) as home:
        told = []
        for fact in facts:
            label, now = label_of(fact.field), as_told(getattr(home, fact.field))
            if now != seen[fact.field]:
                raise Refusal(
                    "roster_moved",
                    f"{home}的“{label}”刚被别人改成“{now or '未填'}”，这次没有保存；请看过现在的内容再定。",
                )
            told.append(f"{label} {now or '未填'} → {fact.value or '未填'}")
        values = {f.field: roster_value(f.field, f.value) for f in facts}
        edit_household(household_id=home.pk, values=values, by=by, at=at)
        said = f"采纳走访所见：{'；'.join(told)}"
        review_changes(visit=visit, said=said, by=by, at=at)
    return said
