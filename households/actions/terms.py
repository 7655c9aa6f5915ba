"""称谓, kept by the county's data office: what something is called from which day."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from cadres.events import record
from cadres.models import Cadre
from cadres.scope import require
from households.models import Term
from yuexi.core.refusals import BadInput, Refusal


def save_term(
    *, term: Term | None, thing: str, text: str, start: date | None, last_day: date | None, by: Cadre, at: datetime
) -> Term:  # fmt: skip
    """New, or put right; what stood there before stays in the log. A new name does not end the
    old one by itself: whoever ends it says on which day."""
    require(by, "term.edit")
    text = text.strip()
    if not text:
        raise BadInput("text", "请填写称谓。", field="text")
    if thing not in Term.Thing.values:
        raise BadInput("thing", "请选择是什么的称谓。", field="thing")
    if start and last_day and last_day < start:
        raise BadInput("period", "最后一天不能早于开始日期，请核对。", field="last_day")
    values = {"thing": thing, "text": text, "start": start, "end": last_day and last_day + timedelta(days=1)}  # fmt: skip
    try:
        with transaction.atomic():
            kept = Term.objects.select_for_update().get(pk=term.pk) if term else Term()
            before = _told(kept) if term else {}
            if term and kept.thing != thing:
                raise BadInput("thing", "不能改成另一样事物的称谓，请另外新增。", field="thing")
            for name, value in values.items():
                setattr(kept, name, value)
            after = _told(kept)
            if before == after:
                raise BadInput("nothing_changed", "内容没有变化，不用保存。")
            kept.save()
            record("term.edit" if term else "term.add", kept, by=by, at=at, before=before, after=after)  # fmt: skip
    except IntegrityError as error:
        if "term_one_at_a_time" not in str(error):
            raise
        raise Refusal("term_twice", _twice(thing, start, last_day, term), field="start") from None
    return kept


def _told(term: Term) -> dict[str, str]:
    last = term.last_day
    return {"text": term.text, "start": str(term.start or ""), "until": str(last or "")}


def _twice(thing: str, start: date | None, last_day: date | None, term: Term | None) -> str:
    """Names the one that is in the way."""
    others = Term.objects.filter(thing=thing)
    if term:
        others = others.exclude(pk=term.pk)
    if start:
        others = others.exclude(end__lte=start)
    if last_day:
        others = others.exclude(start__gt=last_day)
    names = "、".join(f"“{t}”" for t in others.order_by("start")[:3])
    label = Term.Thing(thing).label
    return f"同一天只能有一个称谓：{label}在这段时间已有{names}。请先给它填上最后一天，或改这一条的日期。"
