"""联合督查批次: set up by one of the three bodies, joined by the others, announced, walked, ended."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID

from cadres.calendar import due_date
from cadres.categories import CATEGORIES
from cadres.events import record
from cadres.files import store
from cadres.models import Area, Cadre
from cadres.rules import in_force
from cadres.scope import require, scope_of
from households.models import Household
from inspections.actions.filings import in_words, period, said_days, spaced, take_slots
from inspections.actions.seats import seats_of
from inspections.law import TOGETHER, refused
from inspections.models import Body, Filing, Finding, FindingFile, Joint, JointMember, VillageSlot
from inspections.models.filing import EXEMPT
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno


def set_up(
    *, title: str, plan: str, body: str, purpose: str, again: str, start: date, end: date, hours: int,
    villages: Sequence[Area], take: Sequence[Filing], by: Cadre, at: datetime,
) -> Joint:  # fmt: skip
    """With the filings that it takes in, whose villages become its own. Who sets it up takes part
    for his own body; the others enter themselves."""
    today = clock.day(at)
    unit = _seat(by, body, today)
    no_idno([title, plan, again])
    if not title.strip() or not plan.strip():
        raise BadInput("title", "请写明名称和查什么。", field="title" if not title.strip() else "plan")  # fmt: skip
    period(start, end, earliest=today)
    with in_words():
        taken = _open_filings(take)
        VillageSlot.objects.filter(filing__in=taken).update(live=False)
        theirs = Area.objects.filter(code__in=VillageSlot.objects.filter(filing__in=taken).values("area"))  # fmt: skip
        places = list({a.pk: a for a in [*villages, *theirs]}.values())
        if not places:
            raise BadInput("villages", "请至少选一个村，或选一件要并入的报备。", field="villages")
        for place in places:
            require(by, "register.join", place.code)
        gap = spaced(places, start, end, purpose=purpose, again=again, today=today)
        joint = Joint.objects.create(
            title=title.strip(), plan=plan.strip(), lead=body, purpose=purpose, again=again.strip(), start=start, end=end,
            hours=hours, created_by=by, created_at=at,
        )  # fmt: skip
        counts = purpose not in EXEMPT and not again.strip()
        take_slots(places, joint=joint, start=start, end=end, gap=gap, counts=counts)
        JointMember.objects.create(joint=joint, body=body, unit_id=unit, cadre=by, at=at)
        _join(taken, joint, by, at)
        record("joint.open", joint, by=by, at=at, area=places[0].code[:6] + "000000",
               after={"title": joint.title, "unit": joint.get_lead_display()})  # fmt: skip
    return joint


def _seat(by: Cadre, body: str, today: date) -> int:
    require(by, "register.join")
    seats = seats_of(by, today)
    if body not in seats:
        names = "、".join(Body(b).label for b in seats) or "没有"
        raise BadInput("body", f"您能代表的是：{names}；请选本单位。", field="body")
    return seats[body]


def _open_filings(take: Sequence[Filing]) -> list[Filing]:
    found = list(Filing.objects.select_for_update().filter(pk__in=[f.pk for f in take]).order_by("pk"))  # fmt: skip
    if gone := [f.subject for f in found if f.status != Filing.Status.FILED]:
        raise BadInput(
            "take", f"“{gone[0]}”刚刚已并入别的批次或撤销，请刷新页面再选。", field="take"
        )
    return found


def _join(filings: Sequence[Filing], joint: Joint, by: Cadre, at: datetime) -> None:
    for filing in filings:
        filing.status, filing.joint = Filing.Status.JOINED, joint
        filing.save(update_fields=["status", "joint"])
        record("filing.join", filing, by=by, at=at, area=filing.slots.order_by("area_id")[0].area_id,
               after={"status": filing.get_status_display(), "title": joint.title})  # fmt: skip


def locked(joint: Joint) -> Joint:
    return Joint.objects.select_for_update().get(pk=joint.pk)


def expect(joint: Joint, *status: str) -> None:
    if joint.status not in status:
        raise Refusal("joint_step", f"这个批次现在是“{joint.get_status_display()}”，不能办这一步；请刷新页面。")  # fmt: skip


def enter(*, joint: Joint, body: str, by: Cadre, at: datetime) -> JointMember:
    """参加: each of the three by itself, so that nobody is put down without knowing of it."""
    unit = _seat(by, body, clock.day(at))
    with in_words():
        joint = locked(joint)
        expect(joint, Joint.Status.OPEN, Joint.Status.ANNOUNCED)
        if joint.members.filter(cadre=by).exists():
            raise Refusal("joint_member_once", "您已经在这个批次里。")
        made = JointMember.objects.create(joint=joint, body=body, unit_id=unit, cadre=by, at=at)
        logged("joint.enter", joint, by, at, unit=made.get_body_display())
    return made


def take_in(*, joint: Joint, filing: Filing, by: Cadre, at: datetime) -> None:
    """Later than at the setting up: its villages are added, its days follow the batch."""
    require(by, "register.join")
    with in_words():
        joint = locked(joint)
        expect(joint, Joint.Status.OPEN)
        (filing,) = _open_filings([filing])
        filing.slots.update(live=False)
        here = set(joint.slots.values_list("area__code", flat=True))
        more = [s.area for s in filing.slots.select_related("area") if s.area_id not in here]
        gap = spaced(more, joint.start, joint.end, purpose=joint.purpose, again=joint.again, today=clock.day(at)) if more else 0  # fmt: skip
        counts = joint.purpose not in EXEMPT and not joint.again
        take_slots(more, joint=joint, start=joint.start, end=joint.end, gap=gap, counts=counts)
        _join([filing], joint, by, at)


def missing(joint: Joint, today: date) -> list[str]:
    """Whom the rules in force still ask for, by name; [] when the batch may go."""
    here = set(joint.members.values_list("body", flat=True))
    need = in_force(today).number("joint_bodies")
    return [] if len(here) >= need else [b.label for b in Body if b.value not in here]


def _together(joint: Joint, what: str, today: date) -> None:
    if absent := missing(joint, today):
        need = in_force(today).number("joint_bodies")
        how = "三家都要参加" if need == len(Body) else f"至少 {need} 家参加"
        raise Refusal("joint_bodies", refused(
            TOGETHER, f"现在不能{what}：{'、'.join(absent)}还没有参加（现行口径：{how}）",
            "请对方到本批次页面点“参加”；口径要改的，由指挥部在“规则”里提出，县委书记或县长确认。"))  # fmt: skip


def announce(*, joint: Joint, notice_no: str, by: Cadre, at: datetime) -> Joint:
    """发通知, with as many bodies as the rules of the day ask for."""
    today = clock.day(at)
    no_idno(notice_no)
    with in_words():
        joint = _of_member(joint, by)
        expect(joint, Joint.Status.OPEN)
        _together(joint, "发通知", today)
        joint.status, joint.announced_on, joint.notice_no = Joint.Status.ANNOUNCED, today, notice_no.strip()  # fmt: skip
        joint.bodies_needed = in_force(today).number("joint_bodies")
        joint.save()
        logged("joint.announce", joint, by, at, document_no=joint.notice_no)
    return joint


def begin(*, joint: Joint, by: Cadre, at: datetime) -> Joint:
    today = clock.day(at)
    with in_words():
        joint = _of_member(joint, by)
        if joint.status == Joint.Status.OPEN:
            raise Refusal("not_announced", "还没有发通知，不能开始；请先发联合督查通知。")
        expect(joint, Joint.Status.ANNOUNCED)
        _together(joint, "开始", today)
        if today < joint.start:
            raise Refusal("early", f"批次从{said_days(joint.start, joint.start)}开始，到时再办。")
        joint.status, joint.started_on = Joint.Status.STARTED, today
        joint.save()
        logged("joint.start", joint, by, at)
    return joint


def finish(*, joint: Joint, by: Cadre, at: datetime) -> Joint:
    with in_words():
        joint = _of_member(joint, by)
        expect(joint, Joint.Status.STARTED)
        joint.status, joint.finished_on = Joint.Status.FINISHED, clock.day(at)
        joint.save()
        logged("joint.finish", joint, by, at)
    return joint


def cancel(*, joint: Joint, said: str, by: Cadre, at: datetime) -> Joint:
    """With what joined it: who still wants to go files again."""
    if len(said.strip()) < 4:
        raise BadInput("said", "请写明为什么撤销（至少 4 个字）。", field="said")
    no_idno(said)
    with in_words():
        joint = _of_member(joint, by)
        expect(joint, Joint.Status.OPEN, Joint.Status.ANNOUNCED)
        joint.status, joint.said = Joint.Status.CANCELLED, said.strip()
        joint.save()
        joint.slots.update(live=False)
        for filing in Filing.objects.select_for_update().filter(joint=joint, status="JOINED").order_by("pk"):  # fmt: skip
            filing.status = Filing.Status.CANCELLED
            filing.save(update_fields=["status"])
            record("filing.cancel", filing, by=by, at=at, area=filing.slots.order_by("area_id")[0].area_id,
                   after={"status": filing.get_status_display(), "why": joint.said})  # fmt: skip
        logged("joint.cancel", joint, by, at, why=joint.said)
    return joint


def _of_member(joint: Joint, by: Cadre) -> Joint:
    """Under its lock; by whoever takes part for one of the three and may still do so."""
    joint = locked(joint)
    require(by, "register.join")
    if not joint.members.filter(cadre=by).exists():
        raise NotYours("not_member", "只有参加这个批次的人可以办；请先点“参加”。")
    return joint


def logged(verb: str, joint: Joint, by: Cadre, at: datetime, **after: str) -> None:
    place = joint.slots.order_by("area_id").values_list("area__code", flat=True)[0]
    record(verb, joint, by=by, at=at, area=place[:6] + "000000",
           after={"title": joint.title, "status": joint.get_status_display(), **after})  # fmt: skip


def takes_part(joint: Joint, by: Cadre) -> bool:
    """A member, or of a unit whose filing joined."""
    if scope_of(by).has("register.join") and joint.members.filter(cadre=by).exists():
        return True
    units = scope_of(by).units_with("register.file")
    return joint.filings.filter(status=Filing.Status.JOINED, unit__in=units).exists()


def note(
    *, joint: Joint, text: str, category: str, area: Area, household: UUID | None,
    photos: Sequence[tuple[str, bytes]], by: Cadre, at: datetime,
) -> Finding:  # fmt: skip
    """发现问题, during or after the walk, in its own words; two working days to the ledger."""
    if not takes_part(joint, by):
        raise NotYours("not_member", "只有参加这个批次的人可以记问题。")
    if not text.strip():
        raise BadInput("text", "请照实写下发现的问题。", field="text")
    if category not in CATEGORIES:
        raise BadInput("category", "请选择类别。", field="category")
    no_idno(text)
    today = clock.day(at)
    with in_words():
        joint = locked(joint)
        expect(joint, Joint.Status.STARTED, Joint.Status.FINISHED)
        if not joint.slots.filter(area=area).exists():
            raise BadInput("area", "请选这个批次去的村。", field="area")
        home = Household.objects.filter(uid=household, area=area).first() if household else None
        if household and home is None:
            raise BadInput("household", "这一户不在所选的村，请核对。", field="household")
        finding = Finding.objects.create(
            joint=joint, area=area, household=home, category=category, text=text.strip(), found_by=by, found_at=at,
            transfer_due=due_date(today, in_force(today).number("transfer_days")).date,
        )  # fmt: skip
        kept = [store(content, name=name, by=by, at=at, sealed=True) for name, content in photos]
        FindingFile.objects.bulk_create(FindingFile(finding=finding, file=f) for f in kept)
        record("joint.note", joint, by=by, at=at, area=area.code, after={"title": joint.title, "category": category})  # fmt: skip
    return finding
