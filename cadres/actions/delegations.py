"""授权: a township's head lends his checks, in writing and for a dated time."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from cadres.events import record
from cadres.models import Area, Cadre, Delegation, Post
from cadres.querysets import staff_of
from cadres.scope import require
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal

LONGEST = timedelta(days=366)
ROLE = "TOWNSHIP_HEAD"


def give_delegation(
    *, receiver: Cadre, start: date, until: date, reason: str, by: Cadre, at: datetime
) -> Delegation:
    """`until` is the last day, that day included. The post that gives is the one of the
    township in which the receiver works."""
    require(by, "item.delegate")
    today = clock.day(at)
    _period(start, until, today)
    if len(reason.strip()) < 4:
        raise BadInput(
            "reason", "请写明授权的依据和事由（至少 4 个字），例如会议纪要或分工文件。", field="reason"
        )  # fmt: skip
    if receiver.pk == by.pk:
        raise BadInput("own_delegation", "不能授权给自己，请另选一人。", field="receiver")
    post = _post_over(receiver, by, today)
    heads = Post.objects.in_force(today).filter(cadre=receiver, role=ROLE, area=post.area)
    if heads.exists():
        raise BadInput(
            "already_head", f"{receiver.name}是本乡镇的书记或乡镇长，本来就能办，不用授权。", field="receiver"
        )  # fmt: skip
    try:
        with transaction.atomic():
            made = Delegation.objects.create(
                area=post.area, post=post, giver=by, receiver=receiver, start=start,
                end=until + timedelta(days=1), reason=reason.strip(), given_at=at,
            )  # fmt: skip
            record("delegation.give", made, by=by, at=at, area=post.area.code,
                   after={"receiver": receiver.name, "start": str(start), "until": str(until), "reason": made.reason})  # fmt: skip
    except IntegrityError as error:
        if "delegation_one_at_a_time" not in str(error):
            raise
        raise Refusal(
            "delegation_overlap", f"{receiver.name}在这段时间已有本乡镇的授权，请改日期，或先收回原来的。", field="start"
        ) from None  # fmt: skip
    return made


def _period(start: date, until: date, today: date) -> None:
    if start < today:
        raise BadInput("delegation_past", "授权不能补办，开始日期请填今天或以后。", field="start")
    if until < start:
        raise BadInput("delegation_period", "最后一天不能早于开始日期。", field="until")
    if until - start >= LONGEST:
        raise BadInput("delegation_long", "一次授权最长一年，到期可以再授。", field="until")


def _post_over(receiver: Cadre, by: Cadre, today: date) -> Post:
    held = Post.objects.in_force(today).filter(cadre=by, role=ROLE, area__level=Area.Level.TOWNSHIP)
    for post in held.select_related("area").order_by("pk"):
        if staff_of((post.area.prefix,), today).filter(pk=receiver.pk).exists():
            return post
    raise BadInput(
        "receiver_elsewhere",
        f"{receiver.name}现在不在本乡镇任职或账号已停用，只能授权给本乡镇的干部。",
        field="receiver",
    )


def end_delegation(*, delegation_id: int, by: Cadre, at: datetime) -> None:
    """收回, from this moment on. Any head of the township may: the giver can be away."""
    with transaction.atomic():
        found = (
            Delegation.objects.select_for_update(of=("self",))
            .select_related("area", "receiver")
            .get(pk=delegation_id)
        )
        require(by, "item.delegate", found.area.code)
        if found.receiver_id == by.pk:
            raise NotYours("own_delegation", "不能收回给自己的授权，请授权人办理。")
        if found.end <= clock.day(at):
            raise Refusal("delegation_ended", "这项授权已经结束，请刷新页面。")
        cut(Delegation.objects.filter(pk=found.pk), clock.day(at), "收回", by=by, at=at)


def cut(running: QuerySet[Delegation], on: date, why: str, *, by: Cadre, at: datetime) -> int:
    """End these on a day, in the caller's transaction; what ended before stays as it is."""
    found = list(
        running.filter(end__gt=on)
        .select_for_update(of=("self",))
        .select_related("area", "receiver")
        .order_by("pk")
    )
    for one in found:
        before = one.end
        one.end, one.ended_at, one.ended_by = max(one.start, on), at, by
        one.save(update_fields=["end", "ended_at", "ended_by"])
        record("delegation.end", one, by=by, at=at, area=one.area.code, before={"end": str(before)},
               after={"receiver": one.receiver.name, "end": str(one.end), "why": why})  # fmt: skip
    return len(found)
