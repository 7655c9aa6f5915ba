from datetime import date

from django.db.models import Count

from cadres.models import Cadre
from cadres.scope import scope_of
from inspections import desk_registers as registers
from inspections import receipts, sheets
from inspections.evaluation_reads import in_team
from inspections.models import (
    Evaluation,
    Finding,
    IncomeLine,
    LeavingStep,
    Standard,
    Suspect,
    Yardstick,
)
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


def evaluation_todos(user: Cadre, today: date) -> list[Todo]:
    """The team: households without a sheet. Who argues: matters of his place. The office: what is
    found and not in the ledger, and a step of the way out whose day is over."""
    scope = scope_of(user)
    found = []
    for evaluation in in_team(user, today).filter(stage=Evaluation.Stage.DRAWN).order_by("pk"):
        if left := len(sheets.read(evaluation).waiting()):
            found.append(
                Todo(f"{evaluation.title}：{left} 户没有记录", f"/inspections/evaluations/{evaluation.uid}/sheets/", "去记录",
                     count=left, why="公布前只有评估组看得到", order=3)
            )  # fmt: skip
    if scope.has("evaluation.argue"):
        here = scope.within("evaluation.argue", "area__code")
        open_ones = Suspect.objects.filter(here, state="SUSPECTED", evaluation__stage="RELEASED")
        rows = open_ones.values("evaluation__uid", "evaluation__title", "evaluation__argue_due")
        for row in rows.annotate(n=Count("pk")).order_by("evaluation__argue_due"):
            due = row["evaluation__argue_due"]
            assert due is not None
            over = due < today
            found.append(
                Todo(f"{row['evaluation__title']}：{row['n']} 条疑似待举证", f"/inspections/evaluations/{row['evaluation__uid']}/suspects/", "去举证",
                     count=row["n"], when=f"{due.month}月{due.day}日截止", tag="举证已截止" if over else "", color="red" if over else "amber", order=2)
            )  # fmt: skip
    if scope.has("exit.manage"):
        step = LeavingStep.objects.filter(leaving__ended_at__isnull=True, done__isnull=True).order_by("number").first()  # fmt: skip
        if step and step.planned <= today:
            late = (today - step.planned).days
            found.append(
                Todo(f"退出程序：{step.get_code_display()}", "/inspections/exit/", "打开", why="到了计划日期还没有登记完成",
                     tag=f"过了计划日期 {late} 天" if late else "今天到计划日期", color="red" if late else "amber", order=2)
            )  # fmt: skip
    if scope.has("yardstick.confirm") and (waiting := Yardstick.objects.filter(confirmed_by__isnull=True).exclude(by=user).count()):  # fmt: skip
        found.append(Todo(f"{waiting} 条口径待确认", "/inspections/yardsticks/", "去确认", count=waiting, order=4))  # fmt: skip
    return found
