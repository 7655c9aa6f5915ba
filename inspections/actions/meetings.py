"""会议报备: what is on the whitelist, once it is decided; an exemption by its named approver alone."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from cadres.calendar import due_date
from cadres.events import record
from cadres.models import Cadre, Unit
from cadres.rules import in_force
from cadres.scope import require, scope_of
from inspections.actions.filings import in_words
from inspections.law import MEETINGS, refused
from inspections.models import Attendance, Meeting
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno

OTHER, LOCAL = "OTHER", "LOCAL"  # asked for and never kept
HIGHER = (Meeting.Kind.CENTRAL, Meeting.Kind.PROVINCE, Meeting.Kind.CITY)
PAST, AHEAD = timedelta(days=31), timedelta(days=366)
WHITELIST = "中央、省、市会议，县委常委（扩大）会（每月一次），脱贫攻坚专项调度会"


def file(
    *, kind: str, title: str, unit: Unit, on: date, minutes: int, basis: str, exemption: str, why: str,
    attendance: Mapping[Unit, int], by: Cadre, at: datetime,
) -> Meeting:  # fmt: skip
    today, rules = clock.day(at), in_force(clock.day(at))
    require(by, "register.file")
    if unit.pk not in scope_of(by).units_with("register.file"):
        raise NotYours("not_own_unit", "只能替本单位报备。")
    if kind == LOCAL and not rules.number("local_meetings"):
        raise BadInput("local", "乡镇、村内部会议不在报备范围，不用填；也不算进白名单。", field="kind")  # fmt: skip
    if kind in (OTHER, LOCAL):
        way = "请选“豁免会议”，由县委书记或县长批准" if rules.number("meeting_exempt") else "现行规则还没有开放豁免，由指挥部在“规则”里提出，县委书记或县长确认后再报"  # fmt: skip
        raise BadInput("not_listed", refused(
            MEETINGS, f"这类会议不在白名单，不能开。白名单只有：{WHITELIST}",
            f"能发文、打电话解决的请改用别的办法；确属防汛、突发、换届等法定会议的，{way}。"),
            field="kind")  # fmt: skip
    exempt = kind == Meeting.Kind.EXEMPT
    if exempt and not rules.number("meeting_exempt"):
        raise BadInput("no_exemption", refused(
            MEETINGS, "现行规则没有开放会议豁免",
            "要开放的，由指挥部在“规则”里提出，县委书记或县长确认后再报。"), field="kind")  # fmt: skip
    if exempt and (exemption not in Meeting.Exemption.values or len(why.strip()) < 4):
        raise BadInput("why", "豁免会议要选情形，并写明理由（至少 4 个字）。", field="why")
    no_idno([title, basis, why])
    if not title.strip():
        raise BadInput("title", "请填会议名称。", field="title")
    if not today - PAST <= on <= today + AHEAD or (kind not in HIGHER and on < today):
        raise BadInput("on", "会议要在召开以前报备；上级会议可以补登一个月以内的。", field="on")
    if not attendance:
        raise BadInput("others", "请填哪些单位去几人，负担按人时计算。", field="others")
    if kind == Meeting.Kind.STANDING:
        _once_a_month(on)
    higher = kind in HIGHER
    with in_words():
        Unit.objects.select_for_update().get(pk=unit.pk)
        if Meeting.objects.filter(kind=kind, title=title.strip(), unit=unit, on=on, status__in=["REGISTERED", "WAITS", "APPROVED"]).exists():  # fmt: skip
            raise BadInput("filed_already", f"{on.month}月{on.day}日的“{title.strip()}”已经报备过，不用再报；请在会议报备里查看，要改的先撤销再报。", field="title")  # fmt: skip
        meeting = Meeting.objects.create(
            kind=kind, title=title.strip(), unit=unit, on=on, minutes=minutes, basis=basis.strip(),
            exemption=exemption if exempt else "", why=why.strip() if exempt else "",
            status=Meeting.Status.REGISTERED if higher else Meeting.Status.WAITS, filed_by=by, filed_at=at,
            decide_due=None if higher else due_date(today, rules.number("decide_days")).date,
        )  # fmt: skip
        Attendance.objects.bulk_create(
            Attendance(meeting=meeting, unit=u, people=n) for u, n in attendance.items()
        )
        logged("meeting.file", meeting, by, at, unit=unit.name)
    return meeting


def _once_a_month(on: date) -> None:
    """UNIQUE holds it; this says which one it is."""
    held = Meeting.objects.filter(kind="STANDING", status__in=["WAITS", "APPROVED"], on__year=on.year, on__month=on.month).first()  # fmt: skip
    if held is not None:
        raise BadInput("meeting_standing_once_a_month", refused(
            MEETINGS, f"{on.year}年{on.month}月的县委常委（扩大）会已经报备（{held.on.month}月{held.on.day}日“{held.title}”），每月只有一次",
            "请并入那一次的议程，或改到下个月。"), field="on")  # fmt: skip


def may_decide(meeting: Meeting, by: Cadre) -> bool:
    right = "register.exempt" if meeting.kind == Meeting.Kind.EXEMPT else "register.decide"
    return meeting.status == "WAITS" and scope_of(by).has(right) and meeting.filed_by_id != by.pk


def decide(*, meeting: Meeting, accept: bool, said: str, by: Cadre, at: datetime) -> Meeting:
    exempt = meeting.kind == Meeting.Kind.EXEMPT
    require(by, "register.exempt" if exempt else "register.decide")
    if not accept and len(said.strip()) < 4:
        raise BadInput("said", "不同意要写明原因（至少 4 个字）。", field="said")
    no_idno(said)
    with in_words():
        meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
        if meeting.status != Meeting.Status.WAITS:
            raise Refusal("decided", "这次会议已经有了决定，请刷新页面查看。")
        if meeting.filed_by_id == by.pk:
            raise NotYours("own_meeting", "自己报备的会议要由别人决定。")
        if exempt and accept and not in_force(clock.day(at)).number("meeting_exempt"):
            raise Refusal("no_exemption", refused(MEETINGS, "现行规则没有开放会议豁免", "请先在“规则”里开放，或不同意。"))  # fmt: skip
        meeting.status = Meeting.Status.APPROVED if accept else Meeting.Status.DENIED
        meeting.said, meeting.decided_by, meeting.decided_at = said.strip(), by, at
        meeting.save()
        logged("meeting.decide", meeting, by, at, said=meeting.said)
    return meeting


def cancel(*, meeting: Meeting, by: Cadre, at: datetime) -> Meeting:
    with in_words():
        meeting = Meeting.objects.select_for_update().get(pk=meeting.pk)
        if meeting.unit_id not in scope_of(by).units_with("register.file"):
            raise NotYours("not_own_unit", "只有报备单位可以撤销。")
        if meeting.status in (Meeting.Status.DENIED, Meeting.Status.CANCELLED):
            raise Refusal("ended", "这次会议已经办结，不用撤销。")
        if meeting.on < clock.day(at):
            raise Refusal("held", "已经开过的会议不能撤销，负担照记。")
        meeting.status = Meeting.Status.CANCELLED
        meeting.save()
        logged("meeting.cancel", meeting, by, at)
    return meeting


def logged(verb: str, meeting: Meeting, by: Cadre, at: datetime, **after: str) -> None:
    place = Unit.objects.values_list("area__code", flat=True).get(pk=meeting.unit_id)
    record(verb, meeting, by=by, at=at, area=place,
           after={"title": meeting.title, "on": str(meeting.on), "status": meeting.get_status_display(), **after})  # fmt: skip
