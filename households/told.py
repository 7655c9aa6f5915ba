"""A visit as it was sent, in the words of its form: a held record and a kept visit read alike,
so that two versions can be laid side by side."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec

from cadres.templatetags.county import cn_time
from households.actions.receiving import entry_of, facts_of
from households.models import HeldVisit, Visit, VisitFact
from households.querysets import label_of
from households.sync.records import Record

Told = dict[str, str]


def _told(
    *, mode: str, occurred_at: datetime, met: str, unreached: str, unreached_words: str, purposes: Iterable[str], policies: Iterable[str],
    changes: Iterable[str], facts: Iterable[tuple[str, str, str]], problems: Iterable[tuple[str, str]],
    done: str, promise: str, late_reason: str, photos: int,
) -> Told:  # fmt: skip
    return {
        "走访时间": cn_time(occurred_at),
        "方式": _label(Visit.Mode, mode),
        "见到谁": met,
        "没见到人的原因": "：".join(
            filter(None, (_label(Visit.Unreached, unreached), unreached_words))
        ),
        "目的": "、".join(_label(Visit.Purpose, p) for p in purposes),
        "政策": "、".join(policies),
        "家里变化": "、".join(_label(Visit.Change, c) for c in changes),
        "家庭情况": "；".join(
            f"{label_of(f)}：{base or '未填'} → {value or '未填'}"
            for f, base, value in sorted(facts)
        ),
        "发现问题": "；".join(f"{category}：{text}" for category, text in problems),
        "办了什么": done,
        "答应的事": promise,
        "补录原因": late_reason,
        "照片": f"{photos} 张" if photos else "",
    }


def _label(choices: Any, value: str) -> str:
    return str(choices(value).label) if value in choices.values else value


def told_of_held(held: HeldVisit) -> Told:
    said = msgspec.convert(held.record, Record)
    entry = entry_of(said, held.occurred_at)
    return _told(
        mode=entry.mode, occurred_at=entry.occurred_at, met=entry.met, unreached=entry.unreached,
        unreached_words=entry.unreached_words, purposes=entry.purposes,
        policies=entry.policies, changes=entry.changes,
        facts=[(f["field"], f["base"], f["value"]) for f in facts_of(said)],
        problems=[(p.category, p.text) for p in entry.problems], done=entry.done, promise=entry.promise,
        late_reason=entry.late_reason, photos=len(said.photos),
    )  # fmt: skip


def told_of_visit(visit: Visit) -> Told:
    """As it was sent; what was put right later is not part of it. Wants `facts` and `problems`
    prefetched where there are many."""
    facts: Sequence[VisitFact] = list(visit.facts.all())
    return _told(
        mode=visit.mode, occurred_at=visit.occurred_at, met=visit.met, unreached=visit.unreached,
        unreached_words=visit.unreached_words, purposes=visit.purposes,
        policies=visit.policies, changes=visit.changes,
        facts=[(f.field, f.base, f.value) for f in facts],
        problems=[(p.category, p.text) for p in visit.problems.all()], done=visit.done,
        promise=visit.promise, late_reason=visit.late_reason, photos=len(visit.photo_hashes),
    )  # fmt: skip


@dataclass(frozen=True)
class Line:
    label: str
    text: str
    first: str = ""
    differs: bool = False


def lines_of(held: HeldVisit, first: Visit | None) -> list[Line]:
    """What the held record says, beside the version that came first where there is one. What
    neither of them says is left out."""
    now = told_of_held(held)
    before = told_of_visit(first) if first else {}
    return [
        Line(label, text, before.get(label, ""), bool(first) and text != before.get(label, ""))
        for label, text in now.items()
        if text or before.get(label)
    ]
