"""What of 岗位, 顶岗, 专班, 进驻 and 任职 a cadre holds, and how each goes to a successor."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db.models import F, Q

from cadres.actions.forces import station
from cadres.actions.people import appoint
from cadres.models import (
    ABCover,
    ABPair,
    Cadre,
    Post,
    Stationing,
    TaskForce,
    TaskForceMember,
)
from cadres.roles import BY_CODE
from yuexi.core import clock
from yuexi.core.registries import Held, Ownership


def running(day: date) -> Q:
    """Or to come; what ended before it began never ran."""
    return Q(end__isnull=True) | Q(end__gt=day) & Q(end__gt=F("start"))


def _pairs(cadre_id: int) -> Any:
    mine = Q(first=cadre_id) | Q(second=cadre_id)
    return ABPair.objects.filter(mine, running(clock.today())).select_related("post__unit")


def _covers(cadre_id: int) -> Any:
    return ABCover.objects.filter(running(clock.today()), third=cadre_id).select_related("pair__post")  # fmt: skip


def _led(cadre_id: int) -> Any:
    return TaskForce.objects.filter(running(clock.today()), leader=cadre_id)


def phrase(cadre_id: int, unit_id: int | None) -> str:
    """What may not stay behind: posts that would have one name, and task forces without a head."""
    pairs, led = _pairs(cadre_id), _led(cadre_id)
    covers = _covers(cadre_id)
    if unit_id is not None:
        pairs = pairs.filter(post__unit=unit_id)
        covers = covers.filter(pair__post__unit=unit_id)
    said = [(pairs.count(), "个 AB 岗"), (covers.count(), "处顶岗"), (0 if unit_id else led.count(), "个专班（负责人）")]  # fmt: skip
    return "、".join(f"{n} {what}" for n, what in said if n)


def held_pairs(cadre_id: int) -> list[Held]:
    return [
        Held(f"ab:{p.pk}", f"{p.post.unit.name}“{p.post}”{'A' if p.first_id == cadre_id else 'B'} 岗")
        for p in _pairs(cadre_id).order_by("pk")
    ]  # fmt: skip


def give_pair(
    group: str, *, giver: Cadre, taker: Cadre, day: date, by: Cadre, at: datetime
) -> None:
    """The other of the two stays; who covers them goes on. The guard looks at the end of it all."""
    old = _pairs(giver.pk).select_for_update(of=("self",)).get(pk=int(group))
    until, old.end = old.end, max(day, old.start)
    old.save(update_fields=["end"])
    first, second = (taker, old.second) if old.first_id == giver.pk else (old.first, taker)
    made = ABPair.objects.create(post=old.post, first=first, second=second, start=old.end, end=until, by=by, at=at)  # fmt: skip
    for cover in old.covers.filter(end__gt=old.end):
        ends, begins = cover.end, max(old.end, cover.start)
        cover.end = begins
        cover.save(update_fields=["end"])
        if cover.third_id != taker.pk:
            ABCover.objects.create(pair=made, third=cover.third, start=begins, end=ends, by=by, at=at)  # fmt: skip


def held_covers(cadre_id: int) -> list[Held]:
    return [Held(f"third:{c.pk}", f"“{c.pair.post}”顶岗") for c in _covers(cadre_id).order_by("pk")]


def give_cover(
    group: str, *, giver: Cadre, taker: Cadre, day: date, by: Cadre, at: datetime
) -> None:
    old = _covers(giver.pk).select_for_update(of=("self",)).get(pk=int(group))
    until, old.end = old.end, max(day, old.start)
    old.save(update_fields=["end"])
    ABCover.objects.create(pair=old.pair, third=taker, start=old.end, end=until, by=by, at=at)


def held_forces(cadre_id: int) -> list[Held]:
    led = [Held(f"lead:{f.pk}", f"{f}负责人") for f in _led(cadre_id).order_by("pk")]
    mine = TaskForceMember.objects.filter(running(clock.today()), cadre=cadre_id)
    return led + [
        Held(f"lead:m{m.pk}", f"{m.force}成员", must=False)
        for m in mine.select_related("force").order_by("pk")
    ]


def give_force(
    group: str, *, giver: Cadre, taker: Cadre | None, day: date, by: Cadre, at: datetime
) -> None:
    if not group.startswith("m"):
        TaskForce.objects.filter(pk=int(group)).update(leader=taker)
        return
    member = TaskForceMember.objects.select_for_update(of=("self",)).get(pk=int(group[1:]))
    until, member.end = member.end, max(day, member.start)
    member.save(update_fields=["end"])
    if taker is not None:
        TaskForceMember.objects.create(force=member.force, cadre=taker, start=member.end, end=until, by=by, at=at)  # fmt: skip


def held_stationings(cadre_id: int) -> list[Held]:
    rows = Stationing.objects.filter(running(clock.today()), cadre=cadre_id).select_related("area")
    return [Held(f"station:{s.pk}", f"{s.area.name}（{s.get_kind_display()}）", must=s.kind == "VILLAGE") for s in rows.order_by("pk")]  # fmt: skip


def give_stationing(
    group: str, *, giver: Cadre, taker: Cadre | None, day: date, by: Cadre, at: datetime
) -> None:
    """A village is handed on: it never stays without a team member (D.1)."""
    old = Stationing.objects.select_for_update(of=("self",)).select_related("area").get(pk=int(group))  # fmt: skip
    old.end = max(day, old.start)
    old.save(update_fields=["end"])
    if taker is not None:
        station(cadre=taker, area=old.area, kind=old.kind, start=old.end, document_no=old.document_no, by=by, at=at)  # fmt: skip


def held_posts(cadre_id: int) -> list[Held]:
    rows = Post.objects.filter(running(clock.today()), cadre=cadre_id).select_related("unit", "area")  # fmt: skip
    return [Held(f"post:{p.pk}", f"{p.unit.name}“{BY_CODE[p.role].name}”（{p.area.name}）", must=False) for p in rows.order_by("pk")]  # fmt: skip


def give_post(
    group: str, *, giver: Cadre, taker: Cadre | None, day: date, by: Cadre, at: datetime
) -> None:
    """The last to go: a role with power waits for its second administrator as ever."""
    old = Post.objects.select_for_update(of=("self",)).select_related("unit", "area").get(pk=int(group))  # fmt: skip
    old.end = max(day, old.start)
    old.save(update_fields=["end"])
    if taker is not None:
        appoint(cadre=taker, role=old.role, unit=old.unit, area=old.area, start=old.end, by=by, at=at)  # fmt: skip


def register(ownership: Ownership) -> None:
    ownership.add(phrase)
    ownership.hands("ab", held_pairs, give_pair)
    ownership.hands("third", held_covers, give_cover)
    ownership.hands("lead", held_forces, give_force)
    ownership.hands("station", held_stationings, give_stationing)
    ownership.hands("post", held_posts, give_post)
