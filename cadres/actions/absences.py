"""外出与代班: who is away, and who hears beside him what waits."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F, Q

from cadres.actions.covering import both_away
from cadres.events import record
from cadres.models import Absence, Cadre
from cadres.querysets import colleagues
from cadres.scope import manages
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal

LONGEST = timedelta(days=183)


def may_enter(by: Cadre, cadre: Cadre) -> bool:
    return by.pk == cadre.pk or manages(by, cadre.unit)


def be_away(
    *, cadre: Cadre, deputy: Cadre, start: date, until: date, kind: str = "TRIP", by: Cadre, at: datetime
) -> Absence:  # fmt: skip
    """`until` is the last day, that day included."""
    if not may_enter(by, cadre):
        raise NotYours("not_his_unit", "只能登记自己的外出；单位管理员可以替本单位的人登记。")
    today = clock.day(at)
    if start < today:
        raise BadInput("absence_past", "开始日期请填今天或以后。", field="start")
    if until < start:
        raise BadInput("absence_period", "最后一天不能早于开始日期。", field="until")
    if until - start >= LONGEST:
        raise BadInput("absence_long", "一次最长半年；更长的请办理移交。", field="until")
    if not colleagues(cadre, today).filter(pk=deputy.pk).exists():
        raise BadInput(
            "deputy_elsewhere", "代班人要是同单位、账号在用的另一位同事。", field="deputy"
        )
    end = until + timedelta(days=1)
    try:
        with transaction.atomic():
            _free(cadre, deputy, start, end)
            made = Absence.objects.create(
                cadre=cadre, deputy=deputy, start=start, end=end, kind=kind, by=by, at=at
            )
            record("absence.add", made, by=by, at=at, area=cadre.unit.area.code if cadre.unit else "",
                   after={"name": cadre.name, "why": made.get_kind_display(), "receiver": deputy.name, "start": str(start), "until": str(until)})  # fmt: skip
    except IntegrityError as error:
        if refused := both_away(error):
            raise refused from None
        if "absence_one_at_a_time" not in str(error) and "absence_deputy_away" not in str(error):
            raise
        raise Refusal("absence_meets", "这几天刚刚有了别的登记，请刷新页面再看。") from None
    return made


def _free(cadre: Cadre, deputy: Cadre, start: date, end: date) -> None:
    """In words what the database refuses as well."""
    meets = Absence.objects.filter(start__lt=end, end__gt=start).exclude(start=F("end"))
    own = meets.filter(cadre=cadre).first()
    if own:
        raise Refusal(
            "absence_overlap", f"{cadre.name}在{_days(own)}已登记外出，请改日期，或先结束原来的。", field="start"
        )  # fmt: skip
    away = meets.filter(cadre=deputy).first()
    if away:
        raise Refusal(
            "deputy_away", f"{deputy.name}在{_days(away)}自己也外出，请另选一位代班人。", field="deputy"
        )  # fmt: skip
    stands = meets.filter(deputy=cadre).select_related("cadre").first()
    if stands:
        raise Refusal(
            "is_deputy", f"{cadre.name}在{_days(stands)}正替{stands.cadre.name}代班，请先请{stands.cadre.name}换一位代班人。", field="start"
        )  # fmt: skip


def _days(one: Absence) -> str:
    last = max(one.start, one.end - timedelta(days=1))
    return f"{one.start.month}月{one.start.day}日至{last.month}月{last.day}日"


def come_back(*, absence_id: int, by: Cadre, at: datetime) -> None:
    """From today on he hears alone again."""
    today = clock.day(at)
    with transaction.atomic():
        found = Absence.objects.select_for_update(of=("self",)).select_related("cadre__unit__area").get(pk=absence_id)  # fmt: skip
        if not may_enter(by, found.cadre):
            raise NotYours("not_his_unit", "只能由本人或本单位管理员结束。")
        if found.end <= max(today, found.start):
            raise Refusal("absence_over", "这次外出已经结束，请刷新页面。")
        found.end, found.ended_by, found.ended_at = max(found.start, today), by, at
        found.save(update_fields=["end", "ended_by", "ended_at"])
        unit = found.cadre.unit
        record("absence.end", found, by=by, at=at, area=unit.area.code if unit else "",
               after={"name": found.cadre.name, "end": str(found.end)})  # fmt: skip


def approve_leave(*, absence_id: int, by: Cadre, at: datetime) -> None:
    """批准休假: only then do its days leave the ratios' denominators (A-13)."""
    with transaction.atomic():
        found = Absence.objects.select_for_update(of=("self",)).select_related("cadre__unit__area").get(pk=absence_id)  # fmt: skip
        if found.cadre_id == by.pk or not manages(by, found.cadre.unit):
            raise NotYours("own_leave", "休假由本单位的管理员批准，本人不能批自己的。")
        if found.kind != Absence.Kind.LEAVE or found.approved_at is not None:
            raise Refusal("leave_decided", "这条登记不是等批准的休假，请刷新页面查看。")
        found.approved_by, found.approved_at = by, at
        found.save(update_fields=["approved_by", "approved_at"])
        unit = found.cadre.unit
        record("absence.approve", found, by=by, at=at, area=unit.area.code if unit else "",
               after={"name": found.cadre.name, "start": str(found.start), "end": str(found.end)})  # fmt: skip


def running(today: date) -> Q:
    return Q(start__lte=today, end__gt=today)
