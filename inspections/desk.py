from datetime import date

from cadres.models import Cadre
from cadres.scope import scope_of
from inspections import desk_registers as registers
from inspections import receipts
from inspections.models import Finding, IncomeLine, Standard
from inspections.querysets import plans_of, to_transfer
from inspections.sealed import read
from yuexi.core import clock
from yuexi.core.desk import Todo


def todos(user: Cadre, today: date) -> list[Todo]:
    return [
        *registers.todos(user, today), *sealed_ones(user, today), *of_standards(user), *of_handbook(user, today),
    ]  # fmt: skip


def of_standards(user: Cadre) -> list[Todo]:
    """Whoever confirms sees what another proposed."""
    if not scope_of(user).has("standard.confirm"):
        return []
    found = []
    waiting = Standard.objects.filter(status="WAITS").exclude(proposed_by=user).order_by("pk")
    for standard in waiting:
        found.append(
            Todo(f"{standard.name}等您确认", f"/inspections/standards/{standard.pk}/", "去确认",
                 why="改标准须两人，确认前现行标准不变", order=3)
        )  # fmt: skip
    lines = IncomeLine.objects.filter(status="WAITS").exclude(proposed_by=user).count()
    if lines:
        found.append(Todo(f"{lines} 条收入线等您确认", "/inspections/standards/lines/", "去确认", count=lines, order=4))  # fmt: skip
    return found


def of_handbook(user: Cadre, today: date) -> list[Todo]:
    book = receipts.current()
    if book is None:
        return []
    found = []
    if (own := receipts.mine(user, book)) and own.state == receipts.HANDED:
        found.append(
            Todo(f"签收手册第 {book.number} 版", "/inspections/handbook/mine/", "去签收", why="一人一签，只能本人签",
                 tag="已到时限" if own.sign_due < today else "", color="amber", order=4)
        )  # fmt: skip
    if scope_of(user).has("handbook.issue") and receipts.outdated(book, today):
        found.append(
            Todo("标准有新版，手册还是旧的", "/inspections/handbook/new/", "编印新版", why=f"现行手册第 {book.number} 版", order=4)
        )  # fmt: skip
    return found


def sealed_ones(user: Cadre, today: date) -> list[Todo]:
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
