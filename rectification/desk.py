from datetime import date, timedelta
from urllib.parse import urlencode

from cadres.models import Cadre, Delegation
from cadres.scope import scope_of
from cadres.templatetags.county import cn_day
from rectification.actions.screening import to_look_at
from rectification.models import Accountability, Item
from rectification.querysets import (
    due_soon,
    items_visible_to,
    moves_for,
    overdue,
    to_extend,
    to_replan,
    to_review,
)
from rectification.timeline import with_due
from rectification.workflow import CHECKS, LOOK_BACK, OPEN, WITH_RECTIFIER
from yuexi.core.desk import Card, Todo

SHOWN = 5


def todos(user: Cadre, today: date) -> list[Todo]:
    """My own items one by one, the late ones first; what else waits for me by its step."""
    mine = (
        moves_for(user, today)
        .filter(person=user, status__in=WITH_RECTIFIER)
        .order_by("deadline", "pk")
    )
    own = list(mine[:SHOWN])
    with_due(own, today)
    found = [_own(item) for item in own]
    more = mine.count() - len(own)
    if more > 0:
        found.append(Todo(f"还有 {more} 件整改由您负责", "/items/?view=mine", count=more, order=2))
    steps: dict[str, list[Item]] = {}
    found += [*_asides(user, today), *_screened(user), *_discipline(user)]
    for item in (
        moves_for(user, today).exclude(pk__in=mine.values("pk")).order_by("check_due", "pk")[:500]
    ):
        steps.setdefault(LOOK_BACK if item.closed_on else item.waiting_label, []).append(item)
    for label, items in steps.items():
        late = sum(1 for i in items if i.check_due and i.check_due < today)
        kinds = "、".join(dict.fromkeys(i.category for i in items[:20]))
        found.append(
            Todo(f"{len(items)} 件{label}", f"/items/?{urlencode({'view': 'mine', 'stage': label})}", "去办理", count=len(items), why=kinds,
                 tag=f"{late} 件超过办理时限" if late else "", color="red" if late else "", order=2)
        )  # fmt: skip
    return found


def _asides(user: Cadre, today: date) -> list[Todo]:
    """What is asked of him beside the moves."""
    asked = {
        "件延期等您审批": to_extend(user),
        "件阶段计划变更等您审批": to_replan(user),
        "件等您做季度复核": to_review(user, today),
    }
    return [
        Todo(f"{count} {words}", "/items/?view=mine", "去办理", count=count, order=2)
        for words, items in asked.items()
        if (count := items.count())
    ]


def _screened(user: Cadre) -> list[Todo]:
    count = to_look_at(user).count()
    return (
        [Todo(f"{count} 户举一反三等您查", "/items/screened/", "去登记", count=count, order=2)]
        if count
        else []
    )


def _discipline(user: Cadre) -> list[Todo]:
    scope = scope_of(user)
    if not scope.has("discipline.handle"):
        return []
    here = scope.within("discipline.handle", "item__area__code")
    count = Accountability.objects.filter(here, decision=None).exclude(item__person=user).count()
    return (
        [
            Todo(
                f"{count} 条问责线索等决定",
                "/items/accountability/",
                "去查看",
                count=count,
                order=2,
            )
        ]
        if count
        else []
    )


def _own(item: Item) -> Todo:
    due = item.due  # type: ignore[attr-defined]
    color = {"late": "red", "soon": "amber"}.get(due.level, "")
    return Todo(f"{item.area.name} {item.text[:24]}", f"/items/{item.uid}/", "去办理",
                why=f"{item.number} · {item.waiting_label}", tag=due.words if color else "",
                when=f"{item.deadline.month}月{item.deadline.day}日前", color=color,
                order=0 if color == "red" else 1)  # fmt: skip


def _lent(user: Cadre) -> list[Card]:
    """授权 in force: where, from whom, and how long."""
    held = Delegation.objects.filter(pk__in=[loan.delegation_id for loan in scope_of(user).loans])
    return [
        Card("自查授权", d.area.name, "", links=[
            (f"受{d.giver.name}授权办理自查，到 {cn_day(d.end - timedelta(days=1))}为止", "/items/?view=mine", False)
        ])
        for d in held.select_related("area", "giver")
    ]  # fmt: skip


def cards(user: Cadre, today: date) -> list[Card]:
    if not scope_of(user).has("item.view"):
        return []
    items = items_visible_to(user)
    late, soon = overdue(items, today).count(), due_soon(items, today).count()
    links = [(f"{late} 件逾期", "/items/?view=late", late > 0), (f"{soon} 件三天内到期", "/items/?view=soon", False),
             (f"{items.filter(status__in=CHECKS).count()} 件在检查", "/items/?view=open", False)]  # fmt: skip
    return [
        *_lent(user),
        Card("整改清单", str(items.filter(status__in=OPEN).count()), "件在办", links=links),
    ]
