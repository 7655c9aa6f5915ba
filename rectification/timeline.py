"""An item's way as a reader sees it: the chain of dots, and what happened, from the log."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from cadres.models import Cadre, CalendarDay, Event
from cadres.templatetags.county import cn_day
from rectification.actions.amending import FIELDS
from rectification.models import Item
from rectification.workflow import (
    CHECKS,
    GRADES,
    MOVE,
    OPEN,
    ROUTES,
    WITH_DISCIPLINE,
    Route,
    Status,
)


@dataclass(frozen=True)
class Dot:
    label: str
    state: str  # done, now or ""
    note: str = ""


NAMES = ("登记", "审核", "交办", "签收", "制定措施", "整改")


def chain(item: Item, *, mine: bool) -> list[Dot]:
    """登记 → … → 回头看 of this item's route; the dot that waits for the reader says so."""
    steps = [step.label for step in ROUTES[Route(item.route)]]
    if item.lasts:
        return lasting_chain(item, steps, mine=mine)
    if item.solved_on_spot:
        names, before = ["登记", "现场解决", *steps, "回头看"], 2
    else:
        names, before = [*NAMES, "申请销号", *steps, "回头看"], 7
    checks = [step.status for step in ROUTES[Route(item.route)]]
    order = {Status.REGISTERED: 1, Status.CONFIRMED: 2, Status.DECLINED: 2, Status.ISSUED: 3,
             Status.SIGNED: 4, Status.RECTIFYING: before - (1 if item.solved_on_spot else 2), Status.CLOSED: len(names) - 1,
             Status.CONSOLIDATED: len(names), Status.DISMISSED: 1, Status.MERGED: 1}  # fmt: skip
    order |= {status: before + i for i, status in enumerate(checks)}
    return dots(names, order[place_of(item)], item, mine=mine)


def lasting_chain(item: Item, steps: list[str], *, mine: bool) -> list[Dot]:
    """长期坚持: its stages stand in the chain, and what it ends in is 转入长效."""
    stages = list(item.milestones.filter(cycle=item.rebounds, replaced=None).order_by("no"))
    names = [*NAMES[:5], *(f"第 {s.no} 阶段" for s in stages), "申请转入长效", *steps, "回头看"]
    done = sum(1 for s in stages if s.passed_id)
    order = {Status.REGISTERED: 1, Status.CONFIRMED: 2, Status.DECLINED: 2, Status.ISSUED: 3, Status.SIGNED: 4,
             Status.RECTIFYING: 5 + done, Status.MILESTONE: 5 + done, Status.CLOSED: len(names) - 1,
             Status.CONSOLIDATED: len(names)}  # fmt: skip
    order |= {step.status: 6 + len(stages) + i for i, step in enumerate(ROUTES[Route(item.route)])}
    return dots(names, order.get(place_of(item), 1), item, mine=mine)


def place_of(item: Item) -> Status:
    """Of an item with 纪委监委: where it left the chain."""
    return Status(item.left_from if item.with_discipline else item.status)


def dots(names: list[str], at: int, item: Item, *, mine: bool) -> list[Dot]:
    ended = item.status in (Status.DISMISSED, Status.MERGED, *WITH_DISCIPLINE)
    return [
        Dot(
            label=name,
            state="done" if i < at else "now" if i == at and not ended else "",
            note="等您" if i == at and mine and not ended else "",
        )
        for i, name in enumerate(names)
    ]


@dataclass(frozen=True)
class Line:
    title: str
    who: str
    at: datetime
    text: str
    warn: bool = False


TITLES = {"item.register": "登记", "item.reassign": "改派", "item.hand_over": "移交", "item.amend": "修改台账栏目", "item.progress": "进展", "item.evidence": "佐证材料",
          "item.answer": "询问农户", "item.recount": "期限调整", "item.extend": "申请延期", "item.extended": "同意延期", "item.not_extended": "不同意延期",
          "item.replan": "申请变更阶段计划", "item.replanned": "同意变更阶段计划", "item.not_replanned": "不同意变更阶段计划",
          "item.review": "季度复核", "item.screen": "举一反三", "item.screened": "举一反三排查",
          "item.drawn": "回头看抽样", "item.not_drawn": "回头看抽样"}  # fmt: skip


def history(item: Item) -> list[Line]:
    events = (
        Event.objects.filter(kind="item", object_id=item.pk)
        .exclude(action="item.dossier")  # who took a copy is for the log
        .select_related("actor")
        .order_by("-seq")
    )
    return [_line(event) for event in events]


def relapse_road(item: Item) -> str:
    """From which road to which the last 反弹 led, as it was told then."""
    events = Event.objects.filter(kind="item", object_id=item.pk, action="item.rebound")
    last = events.order_by("-seq").first() if item.rebounds else None
    return str(last.after.get("road") or "") if last else ""


def day_said(after: dict[str, str], key: str = "deadline") -> str:
    """The log keeps 2026-11-24; a reader gets 11月24日."""
    return cn_day(date.fromisoformat(after[key])) if after.get(key) else ""


def _line(event: Event) -> Line:
    after, verb = event.after, event.action.removeprefix("item.")
    title = TITLES.get(event.action) or MOVE[verb].label
    parts = []
    if verb == "apply" and after.get("stage"):
        title = "阶段报核查"
    if verb in ("pass", "return"):
        title = f"{after.get('step', '')}{title}"
    if verb == "answer":
        parts.append(
            f"{after['household']}：{'已解决' if after['solved'] else '未解决'} {after['said']}"
        )
    if verb == "hand_over":
        was = event.before
        gone = f"{was['unit']} " if was.get("unit") != after["unit"] else ""
        parts.append(f"{gone}{was['person']} → {after['unit']} {after['person']}")
    if verb == "amend":
        parts += [f"{FIELDS[f].label}：{v or '（空）'}" for f, v in after.items() if f in FIELDS]
        after = {}
    for key in (
        ("text",)
        if verb == "screen"
        else ("text", "what", "measure", "opinion", "reason", "finding")
    ):
        if after.get(key):
            parts.append(str(after[key]))
    if verb in ("register", "issue", "reassign"):
        parts.append(
            f"{after.get('unit', '')} {after.get('person', '')}，期限 {day_said(after)}".strip()
        )
    if after.get("dispatch"):
        parts.append(str(after["dispatch"]))
    if verb in ("drawn", "not_drawn"):
        parts.append(f"{after['mark']} 天：{after['why']}")
    if verb == "screen":
        parts.append(f"{after['chosen']}，{after['rows']} 户：查{after['what']}")
    if verb == "screened":
        seen = f"有此问题，登记 {after['child']}" if after["found"] else "无此问题"
        parts.append(" ".join(filter(None, (f"{after['household']}：{seen}", after["said"]))))
    if verb == "rebound" and after.get("road"):
        parts.append(f"路线：{after['road']}")
    if after.get("stage"):
        parts.append(f"第 {after['stage']} 阶段：{after.get('goal', '')}")
    if verb == "pass" and after.get("deadline"):
        parts.append(f"下一期限 {day_said(after)}")
    if verb == "extend":
        parts.append(f"延长 {after['days']} 个工作日，到 {day_said(after, 'wanted')}")
    if verb == "replan":
        parts.append(after["plan"])
    if verb == "replanned":
        parts.append(f"现阶段期限 {day_said(after)}")
    if verb == "extended":
        parts.append(f"期限改为 {day_said(after)}")
    if verb == "not_extended":
        parts.append(f"期限仍是 {day_said(after)}")
    if verb == "return":
        parts.append(f"期限顺延到 {day_said(after)}")
    if verb == "merge":
        parts.append(f"并入 {after.get('into', '')}")
    who = event.actor.name if event.actor else "系统"
    if event.via == Event.Via.API and event.actor and event.actor.kind != Cadre.Kind.SYSTEM:
        who += "（系统对接）"
    if after.get("for"):
        who += f"（受{after['for']}授权）"
    return Line(
        title,
        who,
        event.at,
        " · ".join(parts),
        warn=verb in ("return", "rebound", "decline", "not_extended", "not_replanned", "red_line"),
    )


@dataclass(frozen=True)
class Due:
    words: str
    level: str  # "", soon or late
    percent: int
    expected: bool = False
    stopped: str = ""  # while it waits for a checker: what is left when it comes back


def due_words(item: Item, today: date, left: int) -> Due:
    """A deadline in 工作日, as of `today` (of a stopped clock: the day on which it stopped); `left`
    is negative when it has passed."""
    if item.status in (Status.CLOSED, Status.CONSOLIDATED):
        return Due("", "", 100)
    if item.status not in OPEN:
        return Due("", "", 0)
    if item.status in CHECKS:
        kept = (
            f"还剩 {left} 个工作日"
            if item.deadline >= today
            else f"申请时已逾期 {max(1, -left)} 个工作日"
        )
        return Due("已申请，期限停表", "", 100, stopped=kept)
    total = item.length or GRADES[item.grade][1]
    percent = max(2, min(100, (total - left) * 100 // total))
    if item.deadline < today:
        return Due(f"逾期 {max(1, -left)} 个工作日", "late", 100)
    if left <= 3:
        return Due("今天到期" if left == 0 else f"还剩 {left} 个工作日", "soon", percent)
    return Due(f"还剩 {left} 个工作日", "", percent)


def with_due(items: list[Item], today: date) -> None:
    """Adds `.due` to each row with one query for all of them; a day of a year that is not yet
    announced is 预计."""
    if not items:
        return
    ends = [day for i in items for day in (i.deadline, i.applied_on) if day]
    lo, hi = min(*ends, today), max(*ends, today)
    known = CalendarDay.objects.filter(date__gte=lo, date__lte=hi)
    rows = list(known.values_list("date", "working", "announced"))
    days = [day for day, working, _ in rows if working]
    guessed = {day for day, _, announced in rows if not announced}
    for item in items:
        now = item.applied_on if item.status in CHECKS and item.applied_on else today
        ahead = sum(now < d <= item.deadline for d in days)
        behind = sum(item.deadline < d <= now for d in days)
        due = due_words(item, now, ahead or -behind)
        expected = item.is_open and item.deadline in guessed
        item.due = replace(due, expected=expected)  # type: ignore[attr-defined]
