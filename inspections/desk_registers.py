"""What waits in the registers for this person, one line a kind."""

from __future__ import annotations

from datetime import date
from typing import Any

from cadres.models import Cadre
from cadres.scope import scope_of
from inspections.models import Joint
from inspections.registers import (
    filings_to_decide,
    filings_to_join,
    forms_to_decide,
    joints_to_enter,
    meetings_to_decide,
)
from yuexi.core.desk import Todo

RIGHTS = ("register.decide", "register.exempt", "register.join")


def todos(user: Cadre, today: date) -> list[Todo]:
    scope = scope_of(user)
    if not any(scope.has(right) for right in RIGHTS):
        return []
    found: list[Todo] = []
    if scope.has("register.decide") or scope.has("register.exempt"):
        for title, waiting, path in (
            ("件检查报备等您决定", filings_to_decide(user), "/inspections/filings/"),
            ("次会议报备等您决定", meetings_to_decide(user), "/inspections/meetings/"),
            ("张报表等您决定是否列入目录", forms_to_decide(user), "/inspections/forms/"),
        ):
            found += decide(title, waiting, path, today)
    if scope.has("register.join"):
        found += joints(user, today)
    return found


def decide(title: str, waiting: Any, path: str, today: date) -> list[Todo]:
    """Straight to the only one, else to the list of those that wait."""
    rows = list(waiting.values_list("uid", "decide_due").order_by("decide_due", "pk"))
    if not rows:
        return []
    late = sum(1 for _, due in rows if due < today)
    to = f"{path}{rows[0][0]}/" if len(rows) == 1 else f"{path}?view=waits"
    first = rows[0][1]
    return [
        Todo(f"{len(rows)} {title}", to, "去决定", count=len(rows), when=f"{first.month}月{first.day}日前",
             tag=f"{late} 件已超过时限" if late else "", color="red" if late else "amber", order=2)
    ]  # fmt: skip


def joints(user: Cadre, today: date) -> list[Todo]:
    found = [
        Todo(f"联合督查“{j.title}”等本单位参加", f"/inspections/joints/{j.uid}/", "去参加",
             when=f"{j.start.month}月{j.start.day}日开始", color="amber", order=3)
        for j in joints_to_enter(user).filter(end__gte=today).order_by("start", "pk")[:5]
    ]  # fmt: skip
    mine = Joint.objects.filter(members__cadre=user, status__in=["OPEN", "ANNOUNCED"], start__lte=today).distinct()  # fmt: skip
    found += [
        Todo(f"联合督查“{j.title}”到了开始的日子", f"/inspections/joints/{j.uid}/", "打开",
             why="还没有发通知" if j.status == Joint.Status.OPEN else "已通知，还没有开始", order=3)
        for j in mine.order_by("start", "pk")[:5]
    ]  # fmt: skip
    if n := filings_to_join(user).count():
        found.append(
            Todo(f"{n} 件检查报备等并入联合督查批次", "/inspections/filings/?view=join", "去组批次", count=n, order=4)
        )  # fmt: skip
    return found
