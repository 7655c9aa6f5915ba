"""周调度: drafted by the township, confirmed by its own county leader; then each decision is an item."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction

from cadres.calendar import keep
from cadres.categories import CATEGORIES
from cadres.events import record
from cadres.files import store
from cadres.models import Area, Cadre, Post
from cadres.querysets import staff_of
from cadres.scope import require
from rectification.actions.registering import active_in
from rectification.coordination.briefing import asked_again, freeze, write
from rectification.coordination.weeks import week_name
from rectification.models import Coordination, CoordinationDecision, FollowUp, Item
from rectification.models.coordination import SOURCE_KIND
from rectification.workflow import ENDED
from yuexi.core import clock
from yuexi.core.refusals import BadInput, Refusal
from yuexi.core.registries import findings
from yuexi.core.secrecy import no_idno


@dataclass(frozen=True)
class Meeting:
    """What is said of a 周调度 beside its decisions. A file is (bytes, name)."""

    held_on: date
    slot: str
    chair: Cadre
    topics: str
    present: Iterable[Cadre] = field(default_factory=tuple)
    giver: Cadre | None = None
    mandate: str = ""
    mandate_file: tuple[bytes, str] | None = None
    minutes: tuple[bytes, str] | None = None


def leads(cadre: Cadre, area: Area, day: date) -> bool:
    return Post.objects.in_force(day).filter(cadre=cadre, role="STATIONED_LEADER", area=area).exists()  # fmt: skip


def draft(*, area: Area, monday: date, meeting: Meeting, by: Cadre, at: datetime) -> Coordination:
    """The first time it makes the draft of that week, later it changes it."""
    require(by, "coordination.draft", area.code)
    with transaction.atomic():
        kept = Coordination.objects.select_for_update().filter(area=area, monday=monday).first()
        if kept is not None:
            _still_open(kept)
        made = kept or Coordination(area=area, monday=monday, drafted_by=by, drafted_at=at)
        _check(made, meeting, at)
        made.held_on, made.slot, made.topics = meeting.held_on, meeting.slot, meeting.topics.strip()
        made.chair, made.giver, made.mandate = meeting.chair, meeting.giver, meeting.mandate.strip()
        if meeting.giver is None:
            made.mandate_file = None
        elif meeting.mandate_file:
            content, name = meeting.mandate_file
            made.mandate_file = store(content, name=name, by=by, at=at)
        if meeting.minutes:
            content, name = meeting.minutes
            made.minutes = store(content, name=name, by=by, at=at)
        try:
            with transaction.atomic():
                made.save()
        except IntegrityError as error:
            if "coordination_once_a_week" not in str(error):
                raise
            raise Refusal(
                "coordination_twice", "这一周已经有人起草了周调度，请刷新页面在那一份上补充。"
            ) from None
        made.present.set({c.pk for c in meeting.present} | {meeting.chair.pk})
        record("coordination.draft", made, by=by, at=at, area=area.code,
               after={"on": str(made.held_on), "person": made.chair.name, "text": made.topics})  # fmt: skip
    return made


def _check(made: Coordination, meeting: Meeting, at: datetime) -> None:
    sunday = made.monday + timedelta(days=6)
    if not made.monday <= meeting.held_on <= sunday:
        raise BadInput(
            "outside_week", f"召开日期要在{week_name(made.monday)}之内；不是这一周开的，请到那一周登记。", field="held_on"
        )  # fmt: skip
    if meeting.held_on > clock.day(at):
        raise BadInput("held_to_come", "还没有开的会不能登记，请开完以后再填。", field="held_on")
    if not meeting.topics.strip():
        raise BadInput("topics", "请写明议题。", field="topics")
    no_idno([meeting.topics, meeting.mandate])
    if leads(meeting.chair, made.area, meeting.held_on):
        if meeting.giver is not None:
            raise BadInput("mandate_not_needed", f"{meeting.chair.name}当天就是本乡镇的包乡县领导，不用委托，请清空“受谁委托”。", field="giver")  # fmt: skip
        return
    if meeting.giver is None or not leads(meeting.giver, made.area, meeting.held_on):
        raise BadInput(
            "not_the_chair", f"{meeting.held_on.month}月{meeting.held_on.day}日{meeting.chair.name}不是{made.area.name}的包乡县领导；"
            "由别人主持的，请选受哪位包乡县领导委托，写明委托事项并上传委托书。", field="chair",
        )  # fmt: skip
    if not meeting.mandate.strip():
        raise BadInput("mandate", "请写明委托事项。", field="mandate")
    kept = made.mandate_file if made.giver_id == meeting.giver.pk else None
    if not meeting.mandate_file and not kept:
        raise BadInput("mandate_file", "请上传签字的委托书（照片或扫描件）。", field="mandate_file")


def decide(
    *, coordination_id: int, text: str, category: str, area: Area, person: Cadre, deadline: date, by: Cadre, at: datetime
) -> CoordinationDecision:  # fmt: skip
    with transaction.atomic():
        held = _open(coordination_id, by)
        if not text.strip():
            raise BadInput("text", "请写明交办什么事。", field="text")
        no_idno(text)
        if category not in CATEGORIES:
            raise BadInput("category", "请选择类别。", field="category")
        if area.code[:9] != held.area_id[:9]:
            raise BadInput("place", "地方请选本乡镇或本乡镇的村。", field="area")
        if deadline < held.held_on:
            raise BadInput("deadline_past", "完成期限不能早于召开日期。", field="deadline")
        there = staff_of((held.area.prefix,), clock.day(at))
        unit = person.unit
        if unit is None or not there.filter(pk=person.pk).exists() or not active_in(person, unit, clock.day(at)):  # fmt: skip
            raise BadInput("person", f"{person.name}现在不在本乡镇任职，请另选责任人。", field="person")  # fmt: skip
        made = CoordinationDecision.objects.create(
            coordination=held, text=text.strip(), category=category, area=area, unit=unit, person=person, deadline=deadline
        )  # fmt: skip
        record("coordination.decide", held, by=by, at=at, area=held.area_id,
               after={"text": made.text, "person": person.name, "deadline": str(deadline)})  # fmt: skip
    return made


def take_back(*, coordination_id: int, decision_id: int, by: Cadre, at: datetime) -> None:
    with transaction.atomic():
        held = _open(coordination_id, by)
        found = held.decisions.filter(pk=decision_id).first()
        if found is None:
            raise Refusal("decision_gone", "这件交办已经删掉了，请刷新页面查看。")
        record("coordination.take_back", held, by=by, at=at, area=held.area_id, before={"text": found.text})  # fmt: skip
        found.delete()


def follow_up(
    *, coordination_id: int, said: Mapping[int, tuple[str, str]], by: Cadre, at: datetime
) -> int:
    """`said` by decision: status and note. What is not said stays as it was."""
    with transaction.atomic():
        held = _open(coordination_id, by)
        asked = {d.pk: d for d in asked_again(held.area, held.monday)}
        for pk, (status, note) in sorted(said.items()):
            if pk not in asked or status not in FollowUp.Status:
                raise BadInput("follow_up", "请从列出的交办事项里逐件选择落实情况。")
            no_idno(note)
            _may_say(asked[pk], status, note.strip())
            FollowUp.objects.update_or_create(
                coordination=held, decision_id=pk, defaults={"status": status, "note": note.strip()}
            )
        record("coordination.follow_up", held, by=by, at=at, area=held.area_id, after={"count": len(said)})  # fmt: skip
    return len(said)


def _may_say(decision: CoordinationDecision, status: str, note: str) -> None:
    short = decision.text[:20]
    if status == FollowUp.Status.STUCK and not note:
        raise BadInput(
            "stuck_why",
            f"“{short}”有困难，请写明卡在哪里、需要谁协调。",
            field=f"note_{decision.pk}",
        )
    if status == FollowUp.Status.DONE and not Item.objects.filter(source_kind=SOURCE_KIND, source_id=decision.pk, status__in=ENDED).exists():  # fmt: skip
        raise BadInput(
            "done_too_soon", f"“{short}”在整改清单里还没有销号，请选“正在办理”，或先按流程申请销号。", field=f"status_{decision.pk}"
        )  # fmt: skip


def confirm(*, coordination_id: int, by: Cadre, at: datetime) -> Coordination:
    with transaction.atomic():
        keep()
        held = _locked(coordination_id)
        require(by, "coordination.confirm", held.area_id)
        _still_open(held)
        open_ones = asked_again(held.area, held.monday).exclude(
            pk__in=held.follow_ups.values("decision")
        )
        left = list(open_ones[:3])
        if left:
            told = "、".join(f"“{d.text[:20]}”" for d in left)
            raise Refusal(
                "unanswered", f"上次交办还没有逐件写明落实情况：{told}等。请先填写，再确认。"
            )
        held.closed_by, held.closed_at = by, at
        for decision in held.decisions.select_related("person", "unit").order_by("pk"):
            try:
                findings.open_from(SOURCE_KIND, decision.pk, by=by, at=at)
            except BadInput as refusal:
                raise Refusal(refusal.code, f"“{decision.text[:20]}”：{refusal.message}") from None
        held.briefing = freeze(write(held.area, held.monday, clock.day(at), held))
        held.save(update_fields=["closed_by", "closed_at", "briefing"])
        record("coordination.confirm", held, by=by, at=at, area=held.area_id,
               after={"on": str(held.held_on), "items": held.decisions.count()})  # fmt: skip
    return held


def drop(*, coordination_id: int, by: Cadre, at: datetime) -> None:
    """A draft that was begun for the wrong week; it says nothing yet."""
    with transaction.atomic():
        held = _open(coordination_id, by)
        record("coordination.drop", held, by=by, at=at, area=held.area_id,
               before={"on": str(held.held_on), "text": held.topics})  # fmt: skip
        held.delete()


def _locked(pk: int) -> Coordination:
    return Coordination.objects.select_for_update(of=("self",)).select_related("area").get(pk=pk)


def _still_open(held: Coordination) -> None:
    if held.closed_at is not None:
        raise Refusal(
            "coordination_closed", "这一周的周调度已经确认，不能再改；有新情况请写进下一周。"
        )


def _open(pk: int, by: Cadre) -> Coordination:
    held = _locked(pk)
    require(by, "coordination.draft", held.area_id)
    _still_open(held)
    return held
