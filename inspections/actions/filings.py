"""检查报备: filed, decided where the law asks for it, joined to a batch or refused."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date, datetime, timedelta

from django.db import DatabaseError, transaction
from django.db.models import Q, QuerySet

from cadres.calendar import due_date
from cadres.events import record
from cadres.models import Area, Cadre, Unit
from cadres.rules import in_force
from cadres.scope import require, scope_of
from inspections.law import TOGETHER, UNRELATED, refused
from inspections.models import Filing, Joint, VillageSlot
from inspections.models.filing import EXEMPT
from inspections.sql_registers import SENTENCES
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno

UNRELATED_KIND = "UNRELATED"
LONGEST, PAST, AHEAD = timedelta(days=60), timedelta(days=31), timedelta(days=366)
ENDED = (Filing.Status.DENIED, Filing.Status.CANCELLED)


@contextmanager
def in_words() -> Iterator[None]:
    """One transaction; what the database refuses in it is said in the reader's words."""
    try:
        with transaction.atomic():
            yield
    except DatabaseError as error:
        for name, sentence in SENTENCES.items():
            if name in str(error):
                raise Refusal(name, sentence) from None
        raise


def said_days(start: date, end: date) -> str:
    first = f"{start.month}月{start.day}日"
    return first if start == end else f"{first}至{end.month}月{end.day}日"


def near(villages: Sequence[Area], start: date, end: date, gap: int) -> QuerySet[VillageSlot]:
    """Inspections of these villages that are nearer than the rules allow. 回头看 and 举报核查 leave
    a village free."""
    free = Q(filing__purpose__in=EXEMPT) | Q(joint__purpose__in=EXEMPT)
    return (
        VillageSlot.objects.filter(area__in=villages, live=True, clear_from__gt=start, start__lt=end + timedelta(days=gap))
        .exclude(free).select_related("area", "filing__unit", "joint").order_by("start", "pk")
    )  # fmt: skip


def said_slot(slot: VillageSlot) -> str:
    if slot.joint is not None:
        days = said_days(slot.joint.start, slot.joint.end)
        return f"{slot.area.name}{days}有联合督查“{slot.joint.title}”"
    assert slot.filing is not None
    filing = slot.filing
    return (
        f"{slot.area.name}{said_days(filing.start, filing.end)}有{filing.unit}的“{filing.subject}”"
    )


def spaced(
    villages: Sequence[Area], start: date, end: date, *, purpose: str, again: str, today: date
) -> int:  # fmt: skip
    """Refuses a village twice within the days of the rules, unless a reason is given."""
    gap = in_force(today).number("village_gap")
    if purpose in EXEMPT or again.strip():
        return gap
    taken = list(near(villages, start, end, gap)[:3])
    if taken:
        raise BadInput(
            "village_twice",
            refused(TOGETHER, f"{'；'.join(said_slot(s) for s in taken)}，{gap} 天内不再查同一个村",
                    "请并入那次联合督查（牵头单位在批次里选上本件），或改日期，或在“为什么再查”里写明理由；回头看、举报核查不受此限。"),
            field="again",
        )  # fmt: skip
    return gap


def period(start: date, end: date, *, earliest: date) -> None:
    if start < earliest:
        raise BadInput("start", "检查要在进村以前报备，开始日期不能早于今天；上级的检查可以补登一个月以内的。", field="start")  # fmt: skip
    if start > earliest + AHEAD:
        raise BadInput("start", "开始日期最远报到一年以内，请核对年份。", field="start")
    if not start <= end <= start + LONGEST:
        raise BadInput("end", "结束日期不能早于开始日期，一次检查最长 60 天。", field="end")


def take_slots(
    villages: Sequence[Area], *, filing: Filing | None = None, joint: Joint | None = None,
    start: date, end: date, gap: int, counts: bool,
) -> None:  # fmt: skip
    VillageSlot.objects.bulk_create(
        VillageSlot(area=v, filing=filing, joint=joint, start=start, clear_from=end + timedelta(days=gap), counts=counts)
        for v in sorted(villages, key=lambda v: v.code)
    )  # fmt: skip


def file(
    *, kind: str, unit: Unit, subject: str, basis: str, purpose: str, start: date, end: date, people: int,
    hours: int, again: str, villages: Sequence[Area], by: Cadre, at: datetime,
) -> Filing:  # fmt: skip
    today = clock.day(at)
    if not villages:
        raise BadInput("villages", "请至少选一个要去的村。", field="villages")
    for village in villages:
        require(by, "register.file", village.code)
    if unit.pk not in scope_of(by).units_with("register.file"):
        raise NotYours("not_own_unit", "只能替本单位报备。")
    if kind == UNRELATED_KIND:
        raise BadInput(
            "unrelated",
            refused(UNRELATED, "与脱贫攻坚无关的检查不予报备，也不能进村",
                    "如果是法律规定必须做的检查，请改选“法定检查”并写明法律依据，由指挥部决定；上级部署的请改选“市及以上部署的检查”并写明文号。"),
            field="kind",
        )  # fmt: skip
    no_idno([subject, basis, again])
    if not subject.strip():
        raise BadInput("subject", "请写明检查什么。", field="subject")
    if kind != Filing.Kind.POVERTY and len(basis.strip()) < 4:
        raise BadInput("basis", "法定检查要写明法律依据，上级检查要写明来文文号（至少 4 个字）。", field="basis")  # fmt: skip
    higher, statutory = kind == Filing.Kind.HIGHER, kind == Filing.Kind.STATUTORY
    period(start, end, earliest=today - PAST if higher else today)
    rules = in_force(today)
    gap = rules.number("village_gap") if higher else spaced(villages, start, end, purpose=purpose, again=again, today=today)  # fmt: skip
    status = Filing.Status.REGISTERED if higher else Filing.Status.WAITS if statutory else Filing.Status.FILED  # fmt: skip
    with in_words():
        filing = Filing.objects.create(
            kind=kind, unit=unit, subject=subject.strip(), basis=basis.strip(), purpose=purpose, start=start, end=end,
            people=people, hours=hours, again=again.strip(), status=status, filed_by=by, filed_at=at,
            decide_due=due_date(today, rules.number("decide_days")).date if statutory else None,
        )  # fmt: skip
        counts = not (higher or purpose in EXEMPT or again.strip())
        take_slots(villages, filing=filing, start=start, end=end, gap=gap, counts=counts)
        record("filing.file", filing, by=by, at=at, area=villages[0].code,
               after={"title": filing.subject, "unit": unit.name, "status": filing.get_status_display()})  # fmt: skip
    return filing


def locked(filing: Filing) -> Filing:
    return Filing.objects.select_for_update(of=("self",)).select_related("unit", "joint").get(pk=filing.pk)  # fmt: skip


def place_of(filing: Filing) -> str:
    return str(filing.slots.order_by("area_id").values_list("area_id", flat=True)[0])


def own(filing: Filing, by: Cadre) -> None:
    if filing.unit_id not in scope_of(by).units_with("register.file"):
        raise NotYours("not_own_unit", "只有报备单位可以办这一步。")


def logged(verb: str, filing: Filing, by: Cadre, at: datetime, **after: str) -> None:
    record(verb, filing, by=by, at=at, area=place_of(filing), after={"status": filing.get_status_display(), **after})  # fmt: skip


OUTCOMES = {
    "ALONE": (Filing.Status.ALLOWED, "同意，单独进行"),
    "TOGETHER": (Filing.Status.FILED, "同意，并入联合督查批次"),
    "DENIED": (Filing.Status.DENIED, "不同意"),
}


def decide(*, filing: Filing, outcome: str, said: str, by: Cadre, at: datetime) -> Filing:
    """法定检查: by a person, never by itself."""
    require(by, "register.decide")
    if outcome not in OUTCOMES:
        raise BadInput("outcome", "请选择怎么办。", field="outcome")
    status = OUTCOMES[outcome][0]
    if status == Filing.Status.DENIED and len(said.strip()) < 4:
        raise BadInput("said", "不同意要写明原因（至少 4 个字）。", field="said")
    no_idno(said)
    with in_words():
        filing = locked(filing)
        if filing.filed_by_id == by.pk:
            raise NotYours("own_filing", "自己报备的检查要由别人决定。")
        if filing.status != Filing.Status.WAITS:
            raise Refusal("decided", "这件报备已经有了决定，请刷新页面查看。")
        filing.status, filing.said = status, said.strip()
        filing.decided_by, filing.decided_at = by, at
        filing.save()
        if status == Filing.Status.DENIED:
            filing.slots.update(live=False)
        logged("filing.decide", filing, by, at, said=filing.said)
    return filing


def start(*, filing: Filing, by: Cadre, at: datetime) -> Filing:
    """Alone goes only what the law asks for and a person allowed; everything else goes with a batch."""
    with in_words():
        filing = locked(filing)
        own(filing, by)
        if filing.status in (Filing.Status.FILED, Filing.Status.JOINED):
            raise Refusal("not_alone", refused(
                TOGETHER, "这次检查不能单独通知、单独开始",
                "请等牵头单位并入联合督查批次；批次由县纪委监委、组织部、指挥部发出通知后一起进村。"))  # fmt: skip
        if filing.status != Filing.Status.ALLOWED:
            raise Refusal("not_allowed", f"这件报备现在是“{filing.get_status_display()}”，不能开始。")  # fmt: skip
        if clock.day(at) < filing.start:
            raise Refusal("early", f"报备的开始日期是{said_days(filing.start, filing.start)}，到时再开始。")  # fmt: skip
        filing.status, filing.started_on = Filing.Status.STARTED, clock.day(at)
        filing.save()
        logged("filing.start", filing, by, at)
    return filing


def finish(*, filing: Filing, by: Cadre, at: datetime) -> Filing:
    with in_words():
        filing = locked(filing)
        own(filing, by)
        if filing.status != Filing.Status.STARTED:
            raise Refusal("not_started", "还没有开始的检查不能结束。")
        filing.status, filing.finished_on = Filing.Status.FINISHED, clock.day(at)
        filing.save()
        logged("filing.finish", filing, by, at)
    return filing


def cancel(*, filing: Filing, by: Cadre, at: datetime) -> Filing:
    with in_words():
        filing = locked(filing)
        own(filing, by)
        if filing.joint is not None and filing.joint.status not in (Joint.Status.OPEN, Joint.Status.ANNOUNCED):  # fmt: skip
            raise Refusal("under_way", "批次已经开始或结束，不能再撤销报备。")
        if filing.status in (*ENDED, Filing.Status.STARTED, Filing.Status.FINISHED):
            raise Refusal("ended", f"这件报备现在是“{filing.get_status_display()}”，不能撤销。")
        filing.status = Filing.Status.CANCELLED
        filing.save()
        filing.slots.update(live=False)
        logged("filing.cancel", filing, by, at)
    return filing
