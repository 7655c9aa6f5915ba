"""The whole way of an item 整改事项, in one place (domain E.3; routes: a day of each user, 1–3).

Everything that asks "what may happen next, by whom" reads this file: actions, pages, the
REST API, the reminder rules and the diagram in docs/workflow.md (`manage.py draw_workflow`).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Status(StrEnum):
    """What the item waits for."""

    REGISTERED = "REGISTERED"
    CONFIRMED = "CONFIRMED"
    ISSUED = "ISSUED"
    DECLINED = "DECLINED"
    SIGNED = "SIGNED"
    RECTIFYING = "RECTIFYING"
    MILESTONE = "MILESTONE"
    SELF_CHECK = "SELF_CHECK"
    VERIFY = "VERIFY"
    ACCEPT = "ACCEPT"
    APPROVE = "APPROVE"
    CLOSED = "CLOSED"
    CONSOLIDATED = "CONSOLIDATED"
    DISMISSED = "DISMISSED"
    MERGED = "MERGED"
    REDLINE = "REDLINE"
    HANDLED = "HANDLED"


LABELS = {
    Status.REGISTERED: "待审核",
    Status.CONFIRMED: "待交办",
    Status.ISSUED: "待签收",
    Status.DECLINED: "退签待改派",
    Status.SIGNED: "待定措施",
    Status.RECTIFYING: "整改中",
    Status.MILESTONE: "待阶段核查",
    Status.SELF_CHECK: "待自查",
    Status.VERIFY: "待核查",
    Status.ACCEPT: "待验收",
    Status.APPROVE: "待批准销号",
    Status.CLOSED: "已销号",
    Status.CONSOLIDATED: "已巩固",
    Status.DISMISSED: "不成立",
    Status.MERGED: "已合并",
    Status.REDLINE: "已移送纪委监委",
    Status.HANDLED: "纪委监委已办结",
}
LOOK_BACK = "待回头看"  # a closed item whose day has come
# The checks of a close-out, in their order; a 长期坚持 item has one of each stage before them.
CLOSING = (Status.SELF_CHECK, Status.VERIFY, Status.ACCEPT, Status.APPROVE)
CHECKS = (Status.MILESTONE, *CLOSING)
WITH_RECTIFIER = (Status.ISSUED, Status.SIGNED, Status.RECTIFYING)
OPEN = (Status.REGISTERED, Status.CONFIRMED, Status.DECLINED, *WITH_RECTIFIER, *CHECKS)
ASKED = (Status.RECTIFYING, *CHECKS)  # when its households are asked
ENDED = (Status.CLOSED, Status.CONSOLIDATED, Status.DISMISSED, Status.MERGED, Status.HANDLED)
# Off the ordinary path: nobody else reads what it is about, no ordinary verb starts here.
WITH_DISCIPLINE = (Status.REDLINE, Status.HANDLED)
# 三条红线 (domain A-56…58). Once said, never taken back; an item may come back, its line stays told.
RED_LINES = {"FRAUD": "弄虚作假", "NUMBERS": "数字脱贫和被脱贫", "UNLAWFUL": "违法违纪违规"}


@dataclass(frozen=True)
class Move:
    """A verb, where it starts, where it leads and who may."""

    verb: str
    label: str
    start: tuple[Status, ...]
    end: tuple[Status, ...]
    who: str
    many: bool = False  # may be done for many items at once


MOVES = (
    Move("confirm", "审核成立", (Status.REGISTERED,), (Status.CONFIRMED,), "item.review", True),
    Move("dismiss", "审核不成立", (Status.REGISTERED,), (Status.DISMISSED,), "item.review；专访片 film.judge"),
    Move("merge", "合并", (Status.REGISTERED,), (Status.MERGED,), "item.review"),
    # Who finds a small thing and mends it there is his own rectifier: nobody is charged with
    # it, so 审核, 交办, 签收 and 制定措施 do not happen; the other person's check is all of them.
    Move("solve", "现场解决", (Status.REGISTERED,), (Status.APPROVE,), "登记人本人（限走访、自查发现的）"),
    Move("issue", "交办", (Status.CONFIRMED, Status.DECLINED), (Status.ISSUED,), "item.assign", True),
    Move("sign", "签收", (Status.ISSUED,), (Status.SIGNED,), "责任人", True),
    Move("decline", "退签", (Status.ISSUED,), (Status.DECLINED,), "责任人"),
    # The person changes and nothing else: no arrow in the drawing.
    Move("hand_over", "移交", OPEN, (), "item.assign；本乡镇内 item.delegate", True),
    Move("plan", "制定措施", (Status.SIGNED,), (Status.RECTIFYING,), "责任人"),
    # Beside the states: a clock moves on, a quarter is looked at.
    Move("extend", "申请延期", WITH_RECTIFIER, (), "责任人，期限前，同意一次为止，至多申请两次"),
    Move("extended", "同意延期", OPEN, (), "牵头单位的上一级"),
    Move("not_extended", "不同意延期", OPEN, (), "牵头单位的上一级"),
    Move("replan", "申请变更阶段计划", (Status.RECTIFYING,), (), "责任人（限长期坚持）"),
    Move("replanned", "同意变更阶段计划", (Status.RECTIFYING,), (), "牵头单位的上一级"),
    Move("not_replanned", "不同意变更阶段计划", OPEN, (), "牵头单位的上一级"),
    Move("review", "季度复核", OPEN, (), "item.review；牵头单位 item.verify（限长期坚持）"),
    Move("apply", "申请销号", (Status.RECTIFYING,), CHECKS, "责任人"),
    Move("pass", "通过", CHECKS, (Status.RECTIFYING, *CLOSING[1:], Status.CLOSED), "本步检查人"),
    Move("return", "退回", CHECKS, (Status.RECTIFYING,), "本步检查人"),
    # Anybody who sees the item; who it was is known to 纪委监委 alone.
    Move("red_line", "移送红线问题", tuple(s for s in Status if s not in (Status.MERGED, *WITH_DISCIPLINE)),
         (Status.REDLINE,), "任何看得到的人"),
    Move("red_return", "退回普通流程", (Status.REDLINE,), (), "discipline.handle；回到移送前的状态"),
    Move("red_end", "纪委监委办结", (Status.REDLINE,), (Status.HANDLED,), "discipline.handle"),
    Move("held", "回头看：巩固", (Status.CLOSED,), (Status.CLOSED, Status.CONSOLIDATED), "item.lookback"),
    Move("rebound", "回头看：反弹", (Status.CLOSED,), (Status.CONFIRMED,), "item.lookback"),
)  # fmt: skip
MOVE = {move.verb: move for move in MOVES}


def dismisses(source: str) -> str:
    """Who may say 不成立: of what a film showed 督查组 alone, in writing (domain A-02)."""
    return "film.judge" if source == FILM else "item.review"


@dataclass(frozen=True)
class Step:
    """One check: the state in which the item waits for it, its name, the right it takes."""

    status: Status
    label: str
    right: str
    by_lead_unit: bool = False  # only the department whose field it is (牵头单位)
    by_own_unit: bool = False  # 单位自查: by another person of the rectifying unit


SELF_TOWNSHIP = Step(Status.SELF_CHECK, "乡镇自查", "item.self_check")
SELF_UNIT = Step(Status.SELF_CHECK, "单位自查", "item.verify", by_own_unit=True)
VERIFY_DEPARTMENT = Step(Status.VERIFY, "部门核查", "item.verify", by_lead_unit=True)
VERIFY_TOWNSHIP = Step(Status.VERIFY, "乡镇核实", "item.self_check")
ACCEPT_COUNTY = Step(Status.ACCEPT, "县级验收", "item.accept")
APPROVE_COUNTY = Step(Status.APPROVE, "批准销号", "item.approve")
APPROVE_TOWNSHIP = Step(Status.APPROVE, "乡镇批准销号", "item.self_check")


class Route(StrEnum):
    """路线: by source and weight, which checks an item takes."""

    ON_SPOT = "ON_SPOT"
    VILLAGE = "VILLAGE"
    TOWNSHIP = "TOWNSHIP"
    COUNTY = "COUNTY"
    DEPARTMENT = "DEPARTMENT"


ROUTE_LABELS = {
    Route.ON_SPOT: "现场解决",
    Route.VILLAGE: "村级",
    Route.TOWNSHIP: "乡镇级",
    Route.COUNTY: "县级及以上",
    Route.DEPARTMENT: "县直单位整改",
}
ROUTES: dict[Route, tuple[Step, ...]] = {
    Route.ON_SPOT: (Step(Status.APPROVE, "他人确认", "item.create"),),
    Route.VILLAGE: (APPROVE_TOWNSHIP,),
    Route.TOWNSHIP: (SELF_TOWNSHIP, VERIFY_DEPARTMENT),
    Route.COUNTY: (SELF_TOWNSHIP, VERIFY_DEPARTMENT, ACCEPT_COUNTY, APPROVE_COUNTY),
    Route.DEPARTMENT: (SELF_UNIT, VERIFY_TOWNSHIP, ACCEPT_COUNTY, APPROVE_COUNTY),
}
# 反弹 comes back one step up; on the highest road it stays, and the page says so.
HIGHER = {
    Route.ON_SPOT: Route.VILLAGE,
    Route.VILLAGE: Route.TOWNSHIP,
    Route.TOWNSHIP: Route.COUNTY,
    Route.COUNTY: Route.COUNTY,
    Route.DEPARTMENT: Route.DEPARTMENT,
}
HEIGHT = {
    Route.ON_SPOT: 0,
    Route.VILLAGE: 1,
    Route.TOWNSHIP: 2,
    Route.COUNTY: 3,
    Route.DEPARTMENT: 3,
}

# 阶段核查 of a 长期坚持 item: one independent check closes a stage; 转入长效 takes the whole route.
_BY_TOWNSHIP = Step(Status.MILESTONE, "阶段核查", "item.self_check")
_BY_DEPARTMENT = Step(Status.MILESTONE, "阶段核查", "item.verify", by_lead_unit=True)
MILESTONE_CHECKS = {
    Route.VILLAGE: _BY_TOWNSHIP,
    Route.TOWNSHIP: _BY_DEPARTMENT,
    Route.COUNTY: _BY_DEPARTMENT,
    Route.DEPARTMENT: _BY_TOWNSHIP,
}


def steps_of(route: str) -> tuple[Step, ...]:
    """Every check that an item of this route may wait for."""
    milestone = MILESTONE_CHECKS.get(Route(route))
    return (*([milestone] if milestone else []), *ROUTES[Route(route)])


def step_of(route: str, status: str) -> Step:
    return next(step for step in steps_of(route) if step.status == status)


def stages() -> dict[str, list[tuple[Route | None, Status]]]:
    """What a reader calls each open state → the states behind it: 待乡镇批准销号 is one of two
    routes, 待审核 is the same on all."""
    found: dict[str, list[tuple[Route | None, Status]]] = {
        LABELS[status]: [(None, status)] for status in OPEN if status not in CHECKS
    }
    for route in ROUTES:
        for step in steps_of(route):
            found.setdefault(f"待{step.label}", []).append((route, step.status))
    return found | {LOOK_BACK: [(None, Status.CLOSED)]}


def after(route: str, status: str) -> Status:
    """Where a passed check leads; the last one closes, that of a stage leads on to work."""
    if status == Status.MILESTONE:
        return Status.RECTIFYING
    steps = ROUTES[Route(route)]
    at = next(i for i, step in enumerate(steps) if step.status == status)
    return steps[at + 1].status if at + 1 < len(steps) else Status.CLOSED


# E.2 grades in 工作日; 长期坚持 is reviewed by the quarter.
GRADES = {"AT_ONCE": ("立行立改", 7), "LIMITED": ("限期整改", 30), "LASTING": ("长期坚持", 60)}
LASTING = "LASTING"
STAGES_MIN, STAGES_MAX = 2, 6
LASTING_DAYS = 10  # 工作日 from the last stage to the application for 转入长效
CHECK_DAYS = 3  # 办理时限 of each check, in 工作日
SIGN_DAYS = 1
ISSUE_DAYS = 3  # from 登记 to 交办, in 工作日
LOOKBACK_DAYS = (30, 90)  # calendar days after closing
SAMPLE_PERCENT, SAMPLE_LEAST = 20, 1  # 回头看抽样: of each township's items of the week


@dataclass(frozen=True)
class Level:
    """Who decides, one level above."""

    who: str
    right: str
    own_unit: bool = False  # may sit in the rectifying unit: a head above his own clerk


# 延期 is granted one level above the lead unit: above a village stands the township, above a
# township's or a department's matter the county's headquarters.
EXTENDS: dict[Route, Level] = {
    Route.VILLAGE: Level("乡镇书记、乡镇长", "item.self_check", own_unit=True),
    Route.TOWNSHIP: Level("县指挥部", "item.approve"),
    Route.COUNTY: Level("县指挥部", "item.approve"),
    Route.DEPARTMENT: Level("县指挥部", "item.approve"),
}
ASKED_MAX = 2  # a refused 延期 may be asked once more
EXTENSION_DAYS = 2  # 办理时限 of its decision, in 工作日
# 问责线索 is proposed after so many 工作日 late without any progress, or so many failed checks.
IDLE_DAYS, FAILED_CHECKS = 10, 2
SCREEN_MAX = 300  # households of one 举一反三 list
QUARTER_DAYS = 14  # 季度复核 may be written in the last days of the quarter, or after it

EXTENTS = {"COMMON": "共性", "SINGLE": "个性"}
SOURCES = {
    "VISIT": "入户走访", "SELF": "自查", "DISPATCH": "周调度", "INSPECTION": "督查暗访",
    "EVALUATION": "第三方评估", "MOCK": "模拟评估", "HIGHER": "国家省市评估", "AUDIT": "审计",
    "TOUR": "巡视巡察", "PETITION": "信访 12317", "MEDIA": "媒体", "DATA": "数据疑点",
    "FILM": "专访片暗访片",
}  # fmt: skip
ON_SPOT_SOURCES = ("VISIT", "SELF")
FILM = "FILM"
ROUTE_OF_SOURCE = {"VISIT": Route.COUNTY, "SELF": Route.VILLAGE, "DISPATCH": Route.TOWNSHIP}
