"""The roster between imports, by hand."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, transaction

from cadres.events import record
from cadres.imports.cells import WrongCell
from cadres.models import Cadre
from cadres.pinyin import sort_key
from cadres.scope import require
from households.imports.columns import identity, relation
from households.models import Household, Member
from yuexi.core import clock, crypto
from yuexi.core.refusals import BadInput, Refusal

REASONS = ("查证核实", "补办手续", "核对资料", "信访处理")


def reveal_idno(*, member: Member, reason: str, by: Cadre, at: datetime) -> str:
    """The whole number for one look, against a reason that stays in the log."""
    require(by, "idno.reveal", member.household.area_id)
    if len(reason.strip()) < 4:
        raise BadInput(
            "reveal_reason",
            "请写明查看证件号码的原因（至少 4 个字），原因会记入日志。",
            field="reason",
        )
    record(
        "member.reveal_idno",
        member,
        by=by,
        at=at,
        area=member.household.area_id,
        after={"reason": reason.strip()},
    )
    return crypto.decrypt(member.idno)


def count_members(household: Household) -> None:
    """人数 follows who is there; where the national file left it blank it stays blank."""
    present = household.members.filter(left_on=None).count()
    Household.objects.filter(pk=household.pk, size__isnull=False).update(size=present)


def add_member(
    *, household: Household, name: str, idno: str, relation_name: str, by: Cadre, at: datetime
) -> Member:
    require(by, "household.edit", household.area_id)
    try:
        number = identity(idno)
        related = relation(relation_name)
    except WrongCell as wrong:
        raise BadInput("idno", f"{wrong}。", field="idno") from None
    if related == "户主":
        raise BadInput(
            "second_head", "一户只有一个户主；换户主请用“户主变更”。", field="relation_name"
        )
    try:
        with transaction.atomic():
            member = Member.objects.create(
                household=household, name=name.strip(), relation=related,
                idno=crypto.encrypt(number), idno_hash=crypto.lookup_hash(number[:18]), idno_tail=number[14:18],
            )  # fmt: skip
            count_members(household)
            record(
                "member.add",
                member,
                by=by,
                at=at,
                area=household.area_id,
                after={"name": member.name, "relation": related},
            )
    except IntegrityError:
        raise Refusal(
            "idno_taken", "这个证件号码无法使用，请核对，或报县指挥部数据组查重。", field="idno"
        ) from None
    return member


def member_leaves(*, member_id: int, why: str, on: date, by: Cadre, at: datetime) -> None:
    """死亡、嫁出、迁出 and the like: the person stays in the history of the household."""
    with transaction.atomic():
        member = Member.objects.select_for_update().select_related("household").get(pk=member_id)
        require(by, "household.edit", member.household.area_id)
        if member.left_on:
            raise Refusal("already_left", "此人已办理减少，请刷新页面。")
        if member.relation == "户主":
            raise Refusal("head_leaves", "户主减少前请先办理户主变更。")
        if on > clock.day(at):
            raise BadInput("future", "减少日期不能晚于今天。", field="on")
        member.left, member.left_on = why, on
        member.save(update_fields=["left", "left_on"])
        count_members(member.household)
        record(
            "member.leave",
            member,
            by=by,
            at=at,
            area=member.household.area_id,
            after={"why": why, "on": str(on)},
        )


def change_head(*, household_id: int, new_head_id: int, by: Cadre, at: datetime) -> None:
    with transaction.atomic():
        household = Household.objects.select_for_update().get(pk=household_id)
        require(by, "household.edit", household.area_id)
        head = household.members.filter(pk=new_head_id, left_on__isnull=True).first()
        if head is None or head.relation == "户主":
            raise BadInput("new_head", "新户主须是本户现有的其他成员。", field="new_head")
        before = household.head_name
        household.members.filter(relation="户主").update(relation="其他")
        Member.objects.filter(pk=head.pk).update(relation="户主")
        household.head_name, household.pinyin = head.name, sort_key(head.name)
        household.save(update_fields=["head_name", "pinyin"])
        record("household.change_head", household, by=by, at=at, area=household.area_id,
               before={"head_name": before}, after={"head_name": head.name})  # fmt: skip
