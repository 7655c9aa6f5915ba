from datetime import date

from cadres.models import Cadre
from cadres.scope import scope_of
from inspections import desk_registers as registers
from inspections.models import Finding
from inspections.querysets import plans_of, to_transfer
from inspections.sealed import read
from yuexi.core import clock
from yuexi.core.desk import Todo


def todos(user: Cadre, today: date) -> list[Todo]:
    """What the registers wait for, and the inspections."""
    return [*registers.todos(user, today), *inspections(user, today)]


def inspections(user: Cadre, today: date) -> list[Todo]:
    """A member sees his own sealed inspections; whoever may transfer, what waits for it."""
    if not scope_of(user).has("item.view"):
        return []
    found = []
    for plan in plans_of(user).order_by("pk"):
        state = read(plan)
        start = state.start.astimezone(clock.SHANGHAI)
        found.append(
            Todo(state.title, f"/inspections/{plan.uid}/", "打开", why="检查组内部，公开前请勿外传",
                 when=f"{start.month}月{start.day}日 {start:%H:%M}", order=3)
        )  # fmt: skip
    if scope_of(user).has("inspection.plan"):
        waiting = list(to_transfer(user).select_related("plan", "joint").order_by("pk"))
        late = sum(1 for f in waiting if f.transfer_due < today)
        if waiting:
            found.append(
                Todo(f"{len(waiting)} 个督查发现待移交整改", place_of(waiting[0]), "去移交",
                     count=len(waiting), tag=f"{late} 个已超过 2 个工作日" if late else "", color="red" if late else "amber", order=2)
            )  # fmt: skip
    return found


def place_of(finding: Finding) -> str:
    if finding.joint is not None:
        return f"/inspections/joints/{finding.joint.uid}/"
    assert finding.plan is not None
    return f"/inspections/{finding.plan.uid}/"
