"""What one proposes and another puts in force: deciding it once, and making room for it."""

from __future__ import annotations

from datetime import datetime
from typing import Any, TypeVar

from django.db import models

from cadres.models import Cadre
from cadres.models.proposed import Proposed
from cadres.scope import require
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno

T = TypeVar("T", bound=Proposed)
WHY_MIN = 4


def waiting(model: type[T], pk: int, right: str, by: Cadre, own: bool = False) -> T:
    manager: models.Manager[T] = model._default_manager
    found = manager.select_for_update().get(pk=pk)
    require(by, right)
    if found.status != Proposed.Status.WAITS:
        raise Refusal("decided", "已经有人处理过，请刷新页面查看。")
    if not own and found.proposed_by_id == by.pk:
        raise NotYours("own_proposal", "自己提出的须由另一个岗位的人确认。")
    return found


def make_room(others: models.QuerySet[Any], found: Proposed) -> None:
    """What was in force ends on the day that the new one begins."""
    accepted = others.filter(status=Proposed.Status.ACCEPTED).select_for_update().order_by("pk")
    for other in accepted:
        overlaps = (other.end is None or other.end > found.start) and (
            found.end is None or other.start < found.end
        )
        if not overlaps:
            continue
        if other.start >= found.start:
            raise Refusal(
                "later_in_force",
                f"已有从 {other.start} 起生效的一版；请退回，由提出人把生效日期改到它以后，或填上失效日期再提。",
            )
        if found.end is not None:
            raise Refusal(
                "inside", "生效时段落在已确认的一版中间；请退回，由提出人去掉失效日期再提。"
            )
        other.end = found.start
        other.save(update_fields=["end"])


def decide(found: Proposed, accept: bool, said: str, by: Cadre, at: datetime) -> None:
    if not accept and len(said.strip()) < WHY_MIN:
        raise BadInput("said", f"退回请写明原因（至少 {WHY_MIN} 个字）。", field="said")
    no_idno([said])
    found.status = Proposed.Status.ACCEPTED if accept else Proposed.Status.REFUSED
    found.decided_by, found.decided_at, found.said = by, at, said.strip()
    found.save(update_fields=["status", "decided_by", "decided_at", "said"])


def withdraw(found: Proposed, by: Cadre, at: datetime) -> None:
    found.status, found.decided_by, found.decided_at = Proposed.Status.WITHDRAWN, by, at
    found.save(update_fields=["status", "decided_by", "decided_at"])


def county(by: Cadre) -> str:
    return by.unit.area.code if by.unit else ""
