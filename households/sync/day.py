"""The cadre's whole day for his phone, as a delta by content.

The cursor is a fingerprint of what the phone has: a short hash for each household. What
hashes otherwise today is sent, what is no longer there is named as gone. Nothing can be
missed, whatever changed it: a visit, an import, a hand-over, a new month. Cost: the whole
day is read (a few statements, however many households) and little of it is sent.
"""

from __future__ import annotations

import hashlib
from base64 import urlsafe_b64decode, urlsafe_b64encode
from datetime import date
from typing import Any

import msgspec
from django.db.models import Prefetch

from cadres.categories import CATEGORIES
from cadres.models import Cadre
from cadres.scope import scope_of
from households.forms import SHORT
from households.models import FACTS, HeldDecision, HeldVisit, Household, Member, Policy, Visit
from households.querysets import (
    held_of,
    label_of,
    my_households,
    policies_in_force,
    standing,
    talked_since,
    with_last_visit,
)
from yuexi.core import clock
from yuexi.core.registries import phone_parts

LAST_VISITS = 3
# Key and hash of one part in the cursor, in bytes; a request line has room for so many parts.
KEY, HASH, PARTS_MAX = 5, 5, 250
SHARED = b"\0" * KEY
NEEDED = ("uid", "head_name", "pinyin", "kind", "area", "group", "size", *FACTS)


def day_of(user: Cadre, today: date) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """What all households share, and the households: what is needed at the door and no more.
    No identity numbers, no telephones, no illnesses."""
    present = Prefetch("members", Member.objects.filter(left_on=None).only("household_id", "name", "relation", "work").order_by("pk"))  # fmt: skip
    last = standing().select_related("visitor").prefetch_related("corrections").order_by("-occurred_at", "-pk")  # fmt: skip
    homes = list(
        with_last_visit(my_households(user, today).filter(closed=""))
        .annotate(talked=talked_since(today.replace(day=1)))
        .select_related("area")
        .prefetch_related(present, Prefetch("visits", last[:LAST_VISITS], to_attr="latest"))
        .order_by("pk")
    )
    parts = phone_parts.of(user, [h.pk for h in homes], today)
    shared = {
        "owner": {
            "uid": str(user.uid),
            "name": user.name,
            "unit": str(user.unit or ""),
            "work_no": user.work_no,
            # by his post and not by what he is in: it tells of no inspection
            "inspects": scope_of(user).has("inspection.plan"),
        },
        "policies": [_policy(p) for p in policies_in_force(today).order_by("title")],
        "held": [_fate(h) for h in held_of(user, today)],
        "categories": [{"value": c, "short": SHORT[c]} for c in CATEGORIES],
        "facts": {name: label_of(name) for name in FACTS},
    }
    return shared, [{**_household(h), **parts.get(h.pk, {})} for h in homes]


def _policy(policy: Policy) -> dict[str, str]:
    return {"title": policy.title, "what": policy.what, "who": policy.for_whom, "amount": policy.standard,
            "unit": policy.contact}  # fmt: skip


def _fate(held: HeldVisit) -> dict[str, Any]:
    """What became of a record that waited for a person's word."""
    decision: HeldDecision | None = getattr(held, "decision", None)
    return {"uid": str(held.uid), "accepted": decision and decision.visit_id is not None,
            "said": decision.said if decision else ""}  # fmt: skip


def _household(home: Household) -> dict[str, Any]:
    latest: list[Visit] = home.latest  # type: ignore[attr-defined]
    return {
        "uid": str(home.uid), "head": home.head_name, "py": initials(home.pinyin), "kind": home.kind,
        "kind_label": home.get_kind_display(), "place": f"{home.area.name} {home.group}".strip(), "size": home.size,
        "members": [{"name": m.name, "relation": m.relation, "work": m.work} for m in home.members.all()],
        "facts": {name: getattr(home, name) for name in FACTS}, "talked": home.talked,  # type: ignore[attr-defined]
        "last": home.last_visit and clock.day(home.last_visit).isoformat(),  # type: ignore[attr-defined]
        "promise": home.last_promise or "",  # type: ignore[attr-defined]
        "visits": [_visit(v) for v in latest],
    }  # fmt: skip


def initials(pinyin: str) -> str:
    return pinyin.split(" ", 1)[0]


def _visit(visit: Visit) -> dict[str, Any]:
    return {"day": clock.day(visit.occurred_at).isoformat(), "mode": visit.how,
            "by": visit.visitor.name, **visit.as_corrected.texts()}  # fmt: skip


def delta(user: Cadre, today: date, since: str) -> dict[str, Any]:
    shared, homes = day_of(user, today)
    known = unpack(since)
    now = {SHARED: fingerprint(shared)}
    changed = []
    for home in homes:
        key = hashlib.sha256(home["uid"].encode()).digest()[:KEY]
        mark = fingerprint(home)
        if known.get(key) != mark or key in now:
            changed.append({**home, "key": key.hex()})
        now[key] = mark
    fits = len(now) <= PARTS_MAX
    return {
        "cursor": pack(now) if fits else "",
        "whole": not known,
        "shared": None if known.get(SHARED) == now[SHARED] else shared,
        "households": changed,
        "gone": [key.hex() for key in known if key not in now],
    }


def fingerprint(part: Any) -> bytes:
    return hashlib.sha256(msgspec.json.encode(part)).digest()[:HASH]


def pack(marks: dict[bytes, bytes]) -> str:
    return urlsafe_b64encode(b"".join(k + m for k, m in marks.items())).decode().rstrip("=")


def unpack(cursor: str) -> dict[bytes, bytes]:
    """An odd cursor is an unknown one: everything is sent again."""
    try:
        raw = urlsafe_b64decode(cursor + "=" * (-len(cursor) % 4))
    except ValueError:
        return {}
    width = KEY + HASH
    if len(raw) % width or len(raw) > width * PARTS_MAX:
        return {}
    return {raw[i : i + KEY]: raw[i + KEY : i + width] for i in range(0, len(raw), width)}
