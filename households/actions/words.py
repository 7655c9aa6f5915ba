"""农户的话 about a visit: asked, never demanded, and never turned against anybody by itself."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from cadres.actions.leads import open_lead
from cadres.events import record
from cadres.models import Cadre
from cadres.scope import scope_of
from households.models import Household, Visit, VisitWord
from households.querysets import ASKED_DAYS, visits_to_ask
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno

NOT_COME = "NOT_COME"
GONE = f"这次走访已经说过，或已超过 {ASKED_DAYS} 天，请刷新页面。"


def may_write(by: Cadre, household: Household) -> bool:
    return scope_of(by).has("visit.create", household.area_id)


def say(*, visit: Visit, came: bool, said: str, by: Cadre | None, at: datetime) -> VisitWord:
    """`by` is the villager's clerk who writes for a householder without a telephone; None is
    whoever holds the card. 没来过 opens a lead in the same transaction."""
    if by is not None:
        _require_clerk(by, visit)
    said = said.strip()
    no_idno(said)
    if len(said) > 200:
        raise BadInput("said", "请用 200 字以内说明。", field="said")
    via = VisitWord.Via.CARD if by is None else VisitWord.Via.VILLAGE
    try:
        with transaction.atomic():
            if not visits_to_ask(visit.household, clock.day(at)).filter(pk=visit.pk).exists():
                raise Refusal("not_asked", GONE)
            word = VisitWord.objects.create(
                visit=visit, came=came, said=said, via=via, by=by, at=at
            )
            record("visit.word", visit, by=by, at=at, area=visit.area_id, after={"via": via})
            if not came:
                _ask_why(word)
    except IntegrityError:
        raise Refusal("answered", "这次走访刚刚已经说过，请刷新页面。") from None
    return word


def _require_clerk(by: Cadre, visit: Visit) -> None:
    if not scope_of(by).has("visit.create", visit.area_id):
        raise NotYours("no_right", "农户的话由本村、本乡镇的同志代记；如需代记，请与村里联系。")
    if by.pk == visit.visitor_id:
        raise NotYours("own_visit", "不能代记对自己走访的说法，请由村里其他同志代记。")


def _ask_why(word: VisitWord) -> None:
    visit = word.visit
    day = clock.day(visit.occurred_at)
    text = f"{visit.household}说，{day.month}月{day.day}日{visit.visitor.name}没有来过（{word.get_via_display()}）。"
    if word.said:
        text += f"原话：“{word.said}”"
    open_lead(kind=NOT_COME, subject_kind="visit", subject_id=visit.pk, area=visit.area_id,
              text=text, about=[visit.visitor_id], at=word.at)  # fmt: skip
