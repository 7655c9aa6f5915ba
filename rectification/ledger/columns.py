"""All columns of the 台账 (domain E.1), once: what each shows, in which of the lists it stands,
and, where a file may not change it, the way that does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import Prefetch, QuerySet

from cadres.imports.cells import WrongCell, day, several
from cadres.models import Area, Cadre
from cadres.scope import scope_of
from rectification.actions.amending import FIELDS, shown, tidy
from rectification.models import Check, Evidence, Item, ItemHousehold, LookBack, Progress
from rectification.workflow import LABELS, Status, step_of
from yuexi.core import clock

Cell = str | int | date | None
ALL, PROBLEMS, TASKS, DUTIES = "整改台账", "问题清单", "任务清单", "责任清单"
SHEETS = (ALL, PROBLEMS, TASKS, DUTIES)

ORIGINAL = "编号、来源和问题原文登记后不能改；登记错了，请审核为不成立后重新登记"
REVIEWED = "登记时定下，不能用表格改；登记错了，请审核为不成立后重新登记"
ASSIGNED = "换单位、换人用系统里的“改派”或“移交”，不能用表格改"
TIMED = "期限由交办、改派和延期决定，不能用表格改"
CHECKED = "检查意见由检查人在系统里逐件办理，不能用表格改"
MOVED = "进展状态随办理自动变化，不能用表格改"
WORKED = "由责任人在事项页上逐条登记，不能用表格改"
HELD = "问责情况由纪委监委在“问责线索”页登记，不能用表格改"
LOOKED = "回头看在事项页上登记，不能用表格改"
ISSUED = "文号、签发人在交办时填写，不能用表格改"


@dataclass(frozen=True)
class LedgerColumn:
    key: str
    head: str
    group: str
    lists: tuple[str, ...]
    show: Callable[[Item], Cell]
    width: int = 12
    why: str = ""  # what a file that changes it is told; '' where it may
    right: str = ""  # for readers who hold it; for all others there is no such column

    @property
    def amendable(self) -> bool:
        return self.key in FIELDS


def day_of(at: datetime) -> str:
    return clock.day(at).isoformat()


def place(item: Item) -> tuple[str, str]:
    """Township and village; the county itself has neither."""
    area = item.area
    if area.level == Area.Level.VILLAGE:
        return area.parent.name if area.parent else "", area.name
    return (area.name, "") if area.level == Area.Level.TOWNSHIP else ("", "")


def opinions(step: Status) -> Callable[[Item], Cell]:
    """Each round's check of this step, dated, under the name that the item's route gives it."""

    def told(item: Item) -> Cell:
        return "\n".join(
            f"{day_of(c.at)} {step_of(item.route, c.step).label}{'通过' if c.passed else '退回'}：{c.opinion}（{c.by.name}）"
            for c in item.checks.all()
            if c.step == step
        )

    return told


def homes(item: Item) -> Cell:
    return "、".join(str(link.household) for link in item.homes.all())


def progress(item: Item) -> Cell:
    return "\n".join(f"{day_of(p.at)} {p.text}" for p in item.progress.all())


def evidence(item: Item) -> Cell:
    return "\n".join(f"{e.what}（{e.file.name}）" for e in item.evidence.all())


def look_backs(item: Item) -> Cell:
    return "\n".join(
        f"{day_of(k.at)} {'巩固' if k.held else '反弹'}：{k.finding}" for k in item.look_backs.all()
    )


def screenings(item: Item) -> Cell:
    """举一反三: how many were looked at of how many, and what was found."""
    rows = [row for screening in item.screenings.all() for row in screening.rows.all()]
    if not rows:
        return ""
    looked = sum(1 for row in rows if row.outcome)
    return f"排查 {looked}/{len(rows)} 户，查出 {sum(1 for row in rows if row.child_id)} 件"


def status(item: Item) -> Cell:
    into = f"（并入 {item.merged_into.number}）" if item.merged_into else ""
    return item.waiting_label + into


def document(item: Item) -> Cell:
    if item.dispatch is None:
        return LABELS[Status(item.status)] if item.status in ("DISMISSED", "MERGED") else ""
    return " ".join(
        filter(None, [item.dispatch.number, item.dispatch.document_no, item.dispatch.signed_off_by])
    )


def amended(field: str) -> Callable[[Item], Cell]:
    return lambda item: shown(item, field)


P, T, D = (ALL, PROBLEMS), (ALL, TASKS), (ALL, DUTIES)
EACH = (ALL, PROBLEMS, TASKS, DUTIES)
COLUMNS = (
    LedgerColumn("number", "问题编号", "问题", EACH, lambda i: i.number, 10, ORIGINAL),
    LedgerColumn("source", "问题来源", "问题", P, lambda i: i.get_source_display(), 12, ORIGINAL),
    LedgerColumn("lineage", "批次或出处", "问题", P, lambda i: i.lineage, 18, ORIGINAL),
    LedgerColumn("found_on", "发现时间", "问题", P, lambda i: i.found_on, 11),
    LedgerColumn("found_by", "发现人或组", "问题", P, amended("found_by"), 14),
    LedgerColumn("township", "乡镇", "问题", EACH, lambda i: place(i)[0], 10, REVIEWED),
    LedgerColumn("village", "村", "问题", EACH, lambda i: place(i)[1], 10, REVIEWED),
    LedgerColumn("homes", "涉及农户", "问题", P, homes, 14, REVIEWED),
    LedgerColumn("category", "问题类别", "问题", P, lambda i: i.category, 10, REVIEWED),
    LedgerColumn("text", "问题原文", "问题", EACH, lambda i: i.text, 36, ORIGINAL),
    LedgerColumn("grade", "整改等级", "问题", P, lambda i: i.get_grade_display(), 10, REVIEWED),
    LedgerColumn("extent", "共性或个性", "问题", P, amended("extent"), 10),
    LedgerColumn("red", "是否红线", "问题", P, lambda i: "是" if i.red_count else "", 8, MOVED),
    LedgerColumn("goal", "整改目标", "任务", T, amended("goal"), 24),
    LedgerColumn("measure", "整改措施", "任务", T, amended("measure"), 36),
    LedgerColumn("county_leader", "牵头县领导", "责任", D, amended("county_leader"), 11),
    LedgerColumn("lead_unit", "牵头单位", "责任", D, lambda i: i.lead_unit.name, 14, ASSIGNED),
    LedgerColumn("unit", "责任单位", "责任", (ALL, TASKS, DUTIES), lambda i: i.unit.name, 14, ASSIGNED),
    LedgerColumn("unit_leader", "责任领导", "责任", D, amended("unit_leader"), 10),
    LedgerColumn("person", "责任人", "责任", (ALL, TASKS, DUTIES), lambda i: i.person.name, 10, ASSIGNED),
    LedgerColumn("co_units", "配合单位", "责任", D, amended("co_units"), 18),
    LedgerColumn("issued_on", "交办时间", "时限", T, lambda i: i.issued_on, 11, TIMED),
    LedgerColumn("deadline", "整改时限", "时限", (ALL, TASKS, DUTIES), lambda i: i.deadline, 11, TIMED),
    LedgerColumn("document", "交办单和文号", "时限", T, document, 18, ISSUED),
    LedgerColumn("progress", "进展", "整改", T, progress, 32, WORKED),
    LedgerColumn("evidence", "佐证材料", "整改", T, evidence, 24, WORKED),
    LedgerColumn("applied_on", "申请销号时间", "整改", T, lambda i: i.applied_on, 11, MOVED),
    LedgerColumn("self_check", "乡镇（单位）自查意见", "检查和销号", (ALL,), opinions(Status.SELF_CHECK), 26, CHECKED),
    LedgerColumn("verify", "行业部门核查意见", "检查和销号", (ALL,), opinions(Status.VERIFY), 26, CHECKED),
    LedgerColumn("accept", "县级验收意见", "检查和销号", (ALL,), opinions(Status.ACCEPT), 26, CHECKED),
    LedgerColumn("approve", "销号意见", "检查和销号", (ALL,), opinions(Status.APPROVE), 26, CHECKED),
    LedgerColumn("closed_on", "完成（销号）时间", "检查和销号", (ALL, TASKS), lambda i: i.closed_on, 11, CHECKED),
    LedgerColumn("status", "现在进展", "检查和销号", EACH, status, 12, MOVED),
    LedgerColumn("look_backs", "回头看时间与结果", "回头看", (ALL,), look_backs, 26, LOOKED),
    LedgerColumn("screenings", "举一反三", "回头看", (ALL,), screenings, 18, MOVED),
    LedgerColumn("rebounds", "反弹次数", "回头看", (ALL,), lambda i: i.rebounds, 8, LOOKED),
    LedgerColumn("accountability", "问责情况", "问责", (ALL,), lambda i: i.accountability_told, 26, HELD,
                 right="discipline.handle"),
    LedgerColumn("remark", "备注", "备注", EACH, amended("remark"), 20),
)  # fmt: skip
DAYS = ("found_on", "issued_on", "deadline", "applied_on", "closed_on")
CELL_MAX = 32_000
# Of an item with 纪委监委 the others are told where it is, whose it is and that it is there.
OF_VEILED = ("number", "source", "township", "village", "text", "lead_unit", "unit", "person", "issued_on",
             "deadline", "status")  # fmt: skip
BY_KEY = {column.key: column for column in COLUMNS}


def columns_of(sheet: str, user: Cadre) -> list[LedgerColumn]:
    has = scope_of(user).has
    return [c for c in COLUMNS if sheet in c.lists and (not c.right or has(c.right))]


def with_all(items: QuerySet[Item]) -> QuerySet[Item]:
    """What the columns read, in a constant number of statements."""
    return items.select_related(
        "area__parent", "unit", "person", "lead_unit", "dispatch", "merged_into"
    ).prefetch_related(
        Prefetch("homes", ItemHousehold.objects.select_related("household").order_by("pk")),
        "co_units",
        Prefetch("progress", Progress.objects.order_by("at", "pk")),
        Prefetch("evidence", Evidence.objects.select_related("file").order_by("pk")),
        Prefetch("checks", Check.objects.select_related("by").order_by("at", "pk")),
        "screenings__rows",
        Prefetch("look_backs", LookBack.objects.order_by("at", "pk")),
    )


def exported(column: LedgerColumn, item: Item) -> Cell:
    """What goes into the cell; a spreadsheet takes 32,767 characters."""
    if item.veiled and column.key not in OF_VEILED:
        return ""
    value = column.show(item)
    return tidy(value)[:CELL_MAX] if isinstance(value, str) else value


def text(column: LedgerColumn, value: Any) -> str:
    """A cell as it is compared, whatever a spreadsheet made of its type."""
    if column.key in DAYS:
        value = a_day(value)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if column.key == "co_units":
        return "、".join(sorted(several(value)))
    return tidy("" if value is None else str(value))[:CELL_MAX]


def a_day(value: Any) -> Any:
    """A day in any of the ways in which a workbook holds one; what is none stays as it is."""
    if isinstance(value, int | float) and 20_000 < value < 80_000:
        return date(1899, 12, 30) + timedelta(days=int(value))
    try:
        return day(value)
    except WrongCell:
        return value
