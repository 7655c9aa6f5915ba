"""What a member's phone needs of his sealed inspections, and the key that it keeps them under."""

from __future__ import annotations

from base64 import b64encode
from datetime import datetime
from typing import Any

from django.db.models import Prefetch

from cadres.categories import CATEGORIES
from cadres.models import Cadre
from households.models import Household, Member
from inspections import sealed
from inspections.actions.field import Asked, Questionnaires, watched
from inspections.models import Indicator, Plan, Standard
from inspections.querysets import plans_of
from inspections.standards import in_force
from yuexi.core import clock, crypto


def key_of(by: Cadre) -> str:
    """The same for the same person, so that what he wrote before a log-out opens after it."""
    return b64encode(crypto.lookup_hash(f"INSPECTION PHONE {by.uid}")).decode()


def day_of(by: Cadre, at: datetime) -> dict[str, Any]:
    """To everybody who is in no team the same empty answer, after one indexed statement."""
    plans = list(plans_of(by).order_by("pk"))
    if not plans:
        return {"plans": []}
    return {
        "owner": str(by.uid), "key": key_of(by), "categories": CATEGORIES,
        "plans": [_plan(plan, sealed.read(plan), by, at) for plan in plans],
    }  # fmt: skip


def _plan(plan: Plan, state: sealed.Sealed, by: Cadre, at: datetime) -> dict[str, Any]:
    """The households from the start on, or after a look that is written down: as on the desk."""
    begun = at >= state.start
    opened = begun or any(look.by == by.pk for look in state.looks)
    told = {
        "uid": str(plan.uid), "title": state.title, "purpose": state.purpose, "start": state.start,
        "drawn": state.drawn is not None, "opened": opened and state.drawn is not None,
    }  # fmt: skip
    return {**told, **_sample(state, at)} if told["opened"] else told


def _sample(state: sealed.Sealed, at: datetime) -> dict[str, Any]:
    strata = state.drawn or {}
    uids = [uid for lists in strata.values() for uid in lists["taken"] + lists["spare"]]
    present = Prefetch("members", Member.objects.filter(left_on=None).only("household_id", "name", "relation").order_by("pk"))  # fmt: skip
    homes = list(Household.objects.filter(uid__in=uids).select_related("area__parent").prefetch_related(present))  # fmt: skip
    asks, on_watch = Questionnaires(in_force(clock.day(at), Standard.Level.HOUSEHOLD)), watched(homes)  # fmt: skip
    forms: dict[str, Any] = {}
    rows = {}
    for home in homes:
        name = f"{home.kind}{'+' if home.pk in on_watch else ''}"
        if name not in forms:
            forms[name] = _form(asks.of(home.kind, home.pk in on_watch))
        rows[str(home.uid)] = {
            "uid": str(home.uid), "head": home.head_name, "asks": name, "kind": home.get_kind_display(),
            "place": f"{home.area.parent.name if home.area.parent else ''} {home.area.name} {home.group}".strip(),
            "members": [{"id": m.pk, "name": m.name, "relation": m.relation} for m in home.members.all()],
        }  # fmt: skip
    return {
        "standard": asks.standard.pk if asks.standard else None,
        "strata": [
            {"name": s, "taken": d["taken"], "spare": d["spare"]} for s, d in strata.items()
        ],
        "homes": rows,
        "forms": forms,
        "marks": {uid: mark.outcome for uid, mark in state.marks.items()},
    }


def _form(asked: Asked) -> list[dict[str, Any]]:
    return [
        {
            "code": q.code, "name": q.name, "text": q.text, "persons": q.unit == Indicator.Unit.PERSON,
            "category": asked.categories[q.indicator],
            "answers": [{"code": c.code, "label": c.label, "gap": c.gap} for c in q.answers],
        }
        for q in asked.questions
    ]  # fmt: skip
