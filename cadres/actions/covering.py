"""AB 岗, 包村, 专班: who answers for a post, a village or a task force from which day on."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from django.db import IntegrityError, transaction

from cadres.events import record
from cadres.models import (
    ABCover,
    ABNote,
    ABPair,
    Absence,
    Area,
    Cadre,
    TaskForce,
    TaskForceMember,
    Unit,
    UnitVillage,
    WorkPost,
)
from cadres.models.forces import Dated
from cadres.scope import manages, require, require_manages
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal

T = TypeVar("T", bound=Dated)


def both_away(error: IntegrityError) -> Refusal | None:
    """In words what the database refuses: which post, which day, and the way out."""
    detail = getattr(getattr(error.__cause__, "diag", None), "message_detail", None)
    if "ab_both_away" not in str(error) or not detail:
        return None
    pair_id, day = str(detail).split()
    pair = ABPair.objects.select_related("post", "first", "second").get(pk=int(pair_id))
    when = date.fromisoformat(day)
    return Refusal(
        "ab_both_away",
        f"{when.month}月{when.day}日“{pair.post}”的 A 岗{pair.first.name}、B 岗{pair.second.name}都不在岗，又没有第三人顶岗。请改日期，或先在“AB 岗”里指定顶岗人。",
        field="start",
    )  # fmt: skip


def logged(action: str, made: T, area: str, after: dict[str, Any], said: dict[str, str]) -> T:
    """`said`: by constraint, what the database's refusal means."""
    try:
        with transaction.atomic():
            made.save(force_insert=True)
            record(action, made, by=made.by, at=made.at, area=area, after={**after, "start": str(made.start)})  # fmt: skip
    except IntegrityError as error:
        refused = both_away(error)
        if refused:
            raise refused from None
        for constraint, words in said.items():
            if constraint in str(error):
                raise Refusal("covering", words) from None
        raise
    return made


PAIR_SAID = {
    "ab_pair_one_at_a_time": "这个岗位在这段时间已有 AB 岗，请刷新页面查看。",
    "ab_excluded": "按财务和内部控制的规定，这两人中有人兼了不得兼任的岗位，请另选；不得兼任的岗位见页面下方。",
    "ab_pair_two_persons": "A 岗和 B 岗要是两个人。",
}


def add_work_post(
    *, unit: Unit, name: str, kind: str, first: Cadre, second: Cadre, start: date, by: Cadre, at: datetime
) -> WorkPost:  # fmt: skip
    """A post never stands without its A and B."""
    require_manages(by, unit)
    post = WorkPost(unit=unit, name=name.strip(), kind=kind, start=start, by=by, at=at)
    if not post.name:
        raise BadInput("post_name", "请填写岗位名称。", field="name")
    with transaction.atomic():
        logged("work_post.start", post, unit.area.code, {"unit": unit.name, "title": post.name, "kind": post.get_kind_display()},
              {"work_post_once": f"{unit.name}已有名为“{post.name}”的岗位。"})  # fmt: skip
        set_pair(post=post, first=first, second=second, start=start, by=by, at=at)
    return post


def set_pair(
    *, post: WorkPost, first: Cadre, second: Cadre, start: date, by: Cadre, at: datetime
) -> ABPair:
    """From `start` on these two; those before end on that day."""
    require_manages(by, post.unit)
    with transaction.atomic():
        post = WorkPost.objects.select_for_update(of=("self",)).select_related("unit__area").get(pk=post.pk)  # fmt: skip
        _open_on(post, start)
        if first.pk == second.pk:
            raise BadInput("ab_same", "A 岗和 B 岗要是两个人，请另选一位。", field="second")
        for field, cadre in (("first", first), ("second", second)):
            _of_unit(cadre, post.unit, field, clock.day(at))
        return replace_pair(post=post, first=first, second=second, start=start, by=by, at=at)


def replace_pair(
    *, post: WorkPost, first: Cadre, second: Cadre, start: date, by: Cadre, at: datetime
) -> ABPair:
    """Asks no right: the caller did."""
    old = post.pairs.select_for_update().filter(end__isnull=True).first()
    if old is not None:
        if start < old.start:
            raise BadInput(
                "ab_before", f"开始日期不能早于现在这一对的 {old.start}。", field="start"
            )
        old.end = start
        old.save(update_fields=["end"])
        for cover in old.covers.filter(end__gt=start):
            ABCover.objects.filter(pk=cover.pk).update(end=max(start, cover.start))
    made = ABPair(post=post, first=first, second=second, start=start, by=by, at=at)
    return logged("ab.start", made, post.unit.area.code, {"title": post.name, "A": first.name, "B": second.name}, PAIR_SAID)  # fmt: skip


def _open_on(post: WorkPost, day: date) -> None:
    if day < post.start or (post.end is not None and day >= post.end):
        raise BadInput("post_over", f"“{post}”在这一天不设，请核对日期。", field="start")


def _of_unit(cadre: Cadre, unit: Unit, field: str, today: date) -> None:
    own = cadre.unit_id == unit.pk and cadre.is_active and cadre.kind == Cadre.Kind.CADRE
    if (
        not own
        and not cadre.posts.in_force(today).filter(unit=unit, cadre__is_active=True).exists()
    ):
        raise BadInput("ab_elsewhere", f"请选{unit}账号在用的人员。", field=field)


def end_work_post(*, post_id: int, end: date, by: Cadre, at: datetime) -> None:
    with transaction.atomic():
        post = WorkPost.objects.select_for_update(of=("self",)).select_related("unit__area").get(pk=post_id)  # fmt: skip
        require_manages(by, post.unit)
        if end < post.start or (post.end is not None and end >= post.end):
            raise BadInput("end_range", f"撤销日期不能早于设立日期（{post.start}），也只能提前。", field="end")  # fmt: skip
        pair = post.pairs.select_for_update().filter(end__isnull=True).first()
        if pair is not None:
            pair.end = max(end, pair.start)
            pair.save(update_fields=["end"])
        post.end = end
        post.save(update_fields=["end"])
        record("work_post.end", post, by=by, at=at, area=post.unit.area.code, after={"title": post.name, "end": str(end)})  # fmt: skip


def name_third(
    *, pair: ABPair, third: Cadre, start: date, until: date, by: Cadre, at: datetime
) -> ABCover:
    """顶岗, `until` included. A and B may say it themselves: it is they who leave."""
    unit = pair.post.unit
    if by.pk not in (pair.first_id, pair.second_id) and not manages(by, unit):
        raise NotYours("not_his_unit", "顶岗人由 A 岗、B 岗本人或本单位管理员指定。")
    if until < start or start < clock.day(at):
        raise BadInput("cover_period", "请填今天或以后的日期，最后一天不能早于第一天。", field="until")  # fmt: skip
    if third.pk in (pair.first_id, pair.second_id):
        raise BadInput("third_same", "顶岗人要是 A 岗、B 岗以外的第三人。", field="third")
    _of_unit(third, unit, "third", clock.day(at))
    made = ABCover(pair=pair, third=third, start=start, end=until + timedelta(days=1), by=by, at=at)
    return logged("ab.third", made, unit.area.code, {"title": pair.post.name, "name": third.name, "until": str(until)}, {
        "ab_cover_one_at_a_time": "这段时间已指定了顶岗人，请刷新页面查看。",
        "ab_third": f"{third.name}兼着按规定不得兼任的岗位，请另选顶岗人。"})  # fmt: skip


def hand_over_post(*, pair: ABPair, absence: Absence, text: str, by: Cadre, at: datetime) -> ABNote:
    """交接单: by who leaves, to the other of the two or to the third who holds the post that day."""
    if absence.cadre_id != by.pk or by.pk not in (pair.first_id, pair.second_id):
        raise NotYours("not_his_absence", "交接单由离岗的 A 岗或 B 岗本人填写。")
    if not text.strip():
        raise BadInput("note_text", "请写清手头的事：办到哪一步，下一步是什么，材料在哪里。", field="text")  # fmt: skip
    taker = pair.second if by.pk == pair.first_id else pair.first
    away = Absence.objects.filter(cadre=taker, start__lt=absence.end, end__gt=absence.start)
    cover = pair.covers.filter(start__lt=absence.end, end__gt=absence.start).first()
    if cover is not None and away.exists():
        taker = cover.third
    try:
        with transaction.atomic():
            made = ABNote.objects.create(pair=pair, absence=absence, giver=by, taker=taker, text=text.strip(), at=at)  # fmt: skip
            record("ab.note", pair, by=by, at=at, area=pair.post.unit.area.code, after={"title": pair.post.name, "receiver": taker.name})  # fmt: skip
    except IntegrityError as error:
        if "ab_note_once" not in str(error):
            raise
        raise Refusal("note_there", "这次外出的交接单已经填过，请刷新页面查看。") from None
    return made


def receive_post(*, note_id: int, by: Cadre, at: datetime) -> None:
    with transaction.atomic():
        note = ABNote.objects.select_for_update(of=("self",)).select_related("pair__post__unit__area").get(pk=note_id)  # fmt: skip
        if note.taker_id != by.pk:
            raise NotYours("not_taker", "交接单由接手人本人接收。")
        if note.received_at is not None:
            raise Refusal("note_received", "这张交接单已接收，请刷新页面。")
        note.received_at = at
        note.save(update_fields=["received_at"])
        record("ab.receive", note.pair, by=by, at=at, area=note.pair.post.unit.area.code, after={"title": note.pair.post.name})  # fmt: skip


def pair_village(
    *, unit: Unit, area: Area, start: date, document_no: str, by: Cadre, at: datetime
) -> UnitVillage:
    require(by, "force.rule", area.code)
    if area.level != "VILLAGE" or unit.kind != Unit.Kind.COUNTY:
        raise BadInput("village_kind", "包村单位请选县直单位，地方请选村（社区）。", field="area")
    made = UnitVillage(unit=unit, area=area, start=start, document_no=document_no.strip(), by=by, at=at)  # fmt: skip
    return logged("unit_village.start", made, area.code, {"unit": unit.name, "to": area.code},
                 {"unit_village_once": f"{unit.name}这段时间已经包{area.name}。"})  # fmt: skip


def end_village(*, pk: int, end: date, by: Cadre, at: datetime) -> None:
    with transaction.atomic():
        found = UnitVillage.objects.select_for_update(of=("self",)).select_related("unit").get(pk=pk)  # fmt: skip
        require(by, "force.rule", found.area_id)
        _end(found, end)
        record("unit_village.end", found, by=by, at=at, area=found.area_id, after={"unit": found.unit.name, "end": str(end)})  # fmt: skip


def begin_force(
    *, name: str, scope: str, leader: Cadre, start: date, document_no: str, by: Cadre, at: datetime
) -> TaskForce:
    area = leader.unit.area.code if leader.unit else ""
    require(by, "force.rule", area)
    for field, value in (("name", name), ("scope", scope), ("document_no", document_no)):
        if not value.strip():
            raise BadInput(f"force_{field}", "专班名称、职责范围和依据文号都要填。", field=field)
    made = TaskForce(name=name.strip(), scope=scope.strip(), leader=leader, start=start, document_no=document_no.strip(), by=by, at=at)  # fmt: skip
    return logged("task_force.start", made, area, {"title": made.name, "name": leader.name},
                 {"task_force_once": f"已有名为“{made.name}”的专班。"})  # fmt: skip


def join_force(
    *, force: TaskForce, cadre: Cadre, start: date, by: Cadre, at: datetime
) -> TaskForceMember:
    area = cadre.unit.area.code if cadre.unit else ""
    require(by, "force.rule", area)
    if start < force.start or (force.end is not None and start >= force.end):
        raise BadInput("force_over", f"{force}在这一天没有运行，请核对日期。", field="start")
    made = TaskForceMember(force=force, cadre=cadre, start=start, by=by, at=at)
    return logged("task_force.join", made, area, {"title": force.name, "name": cadre.name},
                 {"task_force_member_once": f"{cadre.name}这段时间已是{force}的成员。"})  # fmt: skip


def end_force(*, pk: int, end: date, by: Cadre, at: datetime) -> None:
    """Its members' time in it ends with it."""
    with transaction.atomic():
        force = TaskForce.objects.select_for_update(of=("self",)).select_related("leader__unit__area").get(pk=pk)  # fmt: skip
        area = force.leader.unit.area.code if force.leader.unit else ""
        require(by, "force.rule", area)
        _end(force, end)
        for member in force.members.select_for_update().filter(end__isnull=True):
            member.end = max(end, member.start)
            member.save(update_fields=["end"])
        record("task_force.end", force, by=by, at=at, area=area, after={"title": force.name, "end": str(end)})  # fmt: skip


def leave_force(*, pk: int, end: date, by: Cadre, at: datetime) -> None:
    with transaction.atomic():
        member = TaskForceMember.objects.select_for_update(of=("self",)).select_related("force", "cadre__unit__area").get(pk=pk)  # fmt: skip
        area = member.cadre.unit.area.code if member.cadre.unit else ""
        require(by, "force.rule", area)
        _end(member, end)
        record("task_force.leave", member, by=by, at=at, area=area, after={"title": member.force.name, "name": member.cadre.name, "end": str(end)})  # fmt: skip


def _end(found: Dated, end: date) -> None:
    if end < found.start:
        raise BadInput(
            "end_before_start", f"结束日期不能早于开始日期（{found.start}）。", field="end"
        )
    if found.end is not None and end >= found.end:
        raise Refusal("dated_over", "已经结束了；结束日期只能提前，请刷新页面查看。")
    found.end = end
    found.save(update_fields=["end"])
