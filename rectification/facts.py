"""The chain of facts of an item: who had it, from when to when, and what waited for somebody else.
Read from the log for 纪委监委; it says days, and judges nobody."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime

from cadres.models import CalendarDay, Event
from rectification.actions.extending import asked
from rectification.models import Item
from rectification.workflow import CHECKS, LABELS, ROUTES, WITH_RECTIFIER, Status
from yuexi.core import clock


@dataclass(frozen=True)
class Span:
    """A time in which the item stood in one state with one person."""

    status: Status
    person: str  # whose item it was
    start: date
    end: date
    days: int  # 工作日

    @property
    def label(self) -> str:
        return LABELS[self.status]

    @property
    def his(self) -> bool:
        return self.status in WITH_RECTIFIER

    @property
    def waited_for(self) -> str:
        if self.his:
            return self.person
        if self.status in CHECKS:
            return "检查人"
        if self.status == Status.REDLINE:
            return "纪委监委"
        if self.status in (Status.CLOSED, Status.CONSOLIDATED):
            return "已办结"
        return "交办单位"


@dataclass(frozen=True)
class Facts:
    spans: list[Span]
    his: dict[str, int]  # person → 工作日 in his hands
    others: dict[str, int]  # whom it waited for → 工作日
    notes: list[str]


def facts(item: Item, today: date) -> Facts:
    events = list(Event.objects.filter(kind="item", object_id=item.pk).order_by("seq"))
    cuts = list(_cuts(events))
    days = _working({day for _, _, day in cuts} | {today})
    spans = []
    for n, (status, person, start) in enumerate(cuts):
        end = cuts[n + 1][2] if n + 1 < len(cuts) else today
        if start < end or n + 1 == len(cuts):
            spans.append(Span(status, person, start, end, sum(start < d <= end for d in days)))
    his: dict[str, int] = {}
    others: dict[str, int] = {}
    for span in spans:
        if span.waited_for != "已办结":
            kept = his if span.his else others
            kept[span.waited_for] = kept.get(span.waited_for, 0) + span.days
    return Facts(spans, his, others, list(_notes(item, events)))


def _cuts(events: Iterable[Event]) -> Iterable[tuple[Status, str, date]]:
    """State and person after each event that changed one of them."""
    status, person = Status.REGISTERED, ""
    for event in events:
        was = (status, person)
        person = event.after.get("person") or person
        if "status" in event.after:
            status = Status(event.after["status"])
        elif event.action == "item.solve":
            status = ROUTES[next(iter(ROUTES))][0].status
        if (status, person) != was or event.action == "item.register":
            yield status, person, clock.day(event.at)


def _working(days: set[date]) -> list[date]:
    known = CalendarDay.objects.filter(date__gte=min(days), date__lte=max(days), working=True)
    return list(known.order_by("date").values_list("date", flat=True))


def _notes(item: Item, events: list[Event]) -> Iterable[str]:
    for extension in asked(item):
        decision = getattr(extension, "decision", None)
        said = "等审批" if decision is None else "已同意" if decision.granted else "未同意"
        yield f"申请过延期 {extension.days} 个工作日，{said}：{extension.reason}"
    for event in events:
        if event.action == "item.hand_over":
            reason = f"（{event.after['reason']}）" if event.after.get("reason") else ""
            yield f"{_day(event.at)}由{event.before.get('person', '')}移交给{event.after['person']}{reason}"
        if event.action == "item.decline":
            yield f"{_day(event.at)}退签：{event.after.get('reason', '')}"
        if event.action == "item.return":
            yield f"{_day(event.at)}{event.after.get('step', '')}退回：{event.after.get('reason', '')}"
        if event.action == "item.rebound":
            yield f"{_day(event.at)}回头看反弹：{event.after.get('finding', '')}"


def _day(at: datetime) -> str:
    day = clock.day(at)
    return f"{day.year}年{day.month}月{day.day}日"
