"""A sealed inspection until its report: frozen and committed, drawn, walked, released."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from cadres.files import store
from cadres.models import Area, Cadre, StoredFile
from cadres.scope import require, scope_of
from households.models import Household
from inspections import redraw, sealed
from inspections.models import Plan, Sampled, TeamMember
from inspections.querysets import plans_of
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno

TEAM_MIN = 2
KIND_NAMES = dict(Household.Kind.choices)


def stratum(township: str, kind: str) -> str:
    """A layer of the draw: township × kind of household."""
    return f"{township}·{KIND_NAMES[kind]}"


def frame_of(townships: Sequence[Area], kinds: Sequence[str], since: Any) -> sealed.Frame:
    """Every household that may be drawn: open, and not drawn in an inspection released since
    then. What other sealed inspections drew is left in: leaving it out would tell of them."""
    drawn = Sampled.objects.filter(plan__ended_on__gte=since).values("household")
    frame: sealed.Frame = []
    for township in townships:
        homes = Household.objects.filter(
            area__code__startswith=township.prefix, closed="", kind__in=kinds
        ).exclude(pk__in=drawn)
        frame += [
            (stratum(township.name, kind), str(uid))
            for kind, uid in homes.values_list("kind", "uid")
        ]
    return frame


def prepare(
    *, title: str, purpose: str, townships: Sequence[Area], kinds: Sequence[str], take: int,
    spare: int, window_days: int, start: datetime, team: Sequence[Cadre], by: Cadre, at: datetime,
) -> Plan:  # fmt: skip
    """Freezes list and rules and publishes the commitment to both. The seed is made here, once,
    by the machine and is shown to nobody: a person cannot try seeds until he likes one."""
    for township in townships:
        require(by, "inspection.plan", township.code)
    no_idno([title, purpose])
    if not townships or not kinds:
        raise BadInput("townships", "请至少选一个乡镇和一种户类型。", field="townships")
    if start <= at:
        raise BadInput("start", "开始时间要晚于现在：先公布承诺值，再抽取，再出发。", field="start")
    members = {m.pk: m for m in [by, *team] if m.is_active}
    if len(members) < TEAM_MIN:
        raise BadInput("team", f"检查组至少 {TEAM_MIN} 人，请再选一位。", field="team")
    if strangers := [m.name for m in members.values() if not scope_of(m).has("inspection.plan")]:
        raise BadInput(
            "team", f"{'、'.join(strangers)}现在没有督查的任职，不能进检查组。", field="team"
        )
    today = clock.day(at)
    frame = frame_of(townships, kinds, today - timedelta(days=window_days))
    counts = Counter(s for s, _ in frame)
    wanted = [stratum(t.name, k) for t in townships for k in kinds]
    short = [f"{s}只有 {counts[s]} 户可抽" for s in wanted if counts[s] < take]
    if short:
        raise BadInput(
            "too_few", f"每层要抽 {take} 户，{'，'.join(short[:3])}；请减少户数、缩短不重复期或换乡镇。",
            field="take",
        )  # fmt: skip
    seed = secrets.token_hex(32)
    rules = {
        "strata": {s: {"take": take, "spare": spare} for s in wanted},
        "window_days": window_days,
        "frozen_on": str(today),
    }
    facts = {
        "title": title.strip(), "purpose": purpose.strip(), "start": start.isoformat(), "by": by.pk,
        "team": list(members), "townships": [t.code for t in townships], "seed": seed, "rules": rules,
    }  # fmt: skip
    with transaction.atomic():
        plan = Plan.objects.create(
            commitment=redraw.commitment(seed, rules, frame), committed_on=today,
            sealed=sealed.write(facts), frame=sealed.write_frame(frame),
        )  # fmt: skip
        TeamMember.objects.bulk_create(
            TeamMember(plan=plan, who=sealed.who(m)) for m in members.values()
        )
    return plan


def locked(plan: Plan, by: Cadre) -> tuple[Plan, sealed.Sealed]:
    """Under its row lock; to whoever is not of the team there is no such plan."""
    kept = plans_of(by).select_for_update(of=("self",)).filter(pk=plan.pk).first()
    if kept is None:
        raise Refusal("ended", "这次检查已经公开或作废，请刷新页面。")
    return kept, sealed.read(kept)


@transaction.atomic
def draw(*, plan: Plan, by: Cadre, at: datetime) -> None:
    """Once, after the commitment is published: the outcome was fixed by it."""
    plan, state = locked(plan, by)
    if state.drawn is not None:
        raise Refusal("drawn", "已经抽过了，一次检查只抽一次。")
    drawn = redraw.draw(state.seed, state.rules, sealed.read_frame(plan))
    sealed.append(plan, "DRAWN", by=by, at=at, drawn=drawn)


@transaction.atomic
def look(*, plan: Plan, why: str, by: Cadre, at: datetime) -> None:
    """Addresses before the start: with a reason, and written down for the report."""
    plan, state = locked(plan, by)
    if state.drawn is None:
        raise Refusal("not_drawn", "还没有抽取，没有名单可看。")
    if at >= state.start:
        return
    if not why.strip():
        raise BadInput("why", "开始前查看名单要写明原因，这次查看会写进报告。", field="why")
    no_idno([why])
    sealed.append(plan, "LOOKED", by=by, at=at, why=why.strip())


def at_work(plan: Plan, by: Cadre, at: datetime) -> tuple[Plan, sealed.Sealed]:
    plan, state = locked(plan, by)
    if state.drawn is None or at < state.start:
        raise Refusal("not_begun", f"检查从 {clock_words(state.start)} 开始，到时才能记录。")
    return plan, state


def clock_words(moment: datetime) -> str:
    return f"{moment.astimezone(clock.SHANGHAI):%m月%d日 %H:%M}"


@transaction.atomic
def note(
    *, plan: Plan, text: str, category: str, area: Area, household: UUID | None,
    photos: Sequence[tuple[str, bytes]], by: Cadre, at: datetime,
) -> None:  # fmt: skip
    """发现问题, as seen: the wording never changes afterwards."""
    plan, state = at_work(plan, by, at)
    if not text.strip():
        raise BadInput("text", "请照实写下发现的问题。", field="text")
    no_idno([text])
    if household is not None:
        if state.stratum_of(str(household)) is None:
            raise BadInput(
                "household", "这一户不在抽中的名单里，请另选或不选户。", field="household"
            )
        area = Household.objects.get(uid=household).area
    elif not any(area.code.startswith(code[:9]) for code in state.townships):
        raise BadInput("area", "请选这次检查范围内的村。", field="area")
    # In clear stands neither who sent them nor what he called them: the report names its finder.
    kept = [
        store(content, name="督查照片.jpg", by=None, at=at, sealed=True, only_photo=True)
        for _, content in photos
    ]
    sealed.append(plan, "FOUND", by=by, at=at, text=text.strip(), category=category, area=area.code,
                  household=str(household or ""), files=[f.pk for f in kept])  # fmt: skip


@transaction.atomic
def cancel(*, plan: Plan, by: Cadre, at: datetime) -> None:
    """作废: sealed for ever; the board shows that this commitment was not used."""
    plan, state = locked(plan, by)
    if state.by != by.pk:
        raise NotYours("not_planner", "只有安排这次检查的人可以作废。")
    if state.marks or state.found:
        raise Refusal("walked", "已经入户或记下问题的检查不能作废，请写报告公开。")
    plan.ended, plan.ended_on = Plan.Ended.CANCELLED, clock.day(at)
    plan.save(update_fields=["ended", "ended_on"])


def members_of(state: sealed.Sealed) -> list[Cadre]:
    return list(
        Cadre.objects.filter(pk__in=state.team).select_related("unit").order_by("pinyin", "pk")
    )


def evidence_of(plan: Plan, pk: int, by: Cadre) -> StoredFile | None:
    """A photo of a finding not released yet, for the team."""
    if not plans_of(by).filter(pk=plan.pk).exists():
        return None
    state = sealed.read(plan)
    known = {f for found in state.found for f in state.files_of(found)}
    return StoredFile.objects.filter(pk=pk).first() if pk in known else None
