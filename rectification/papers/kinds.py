"""The six documents as data: what each is called, how it is numbered, on which items it stands."""

from __future__ import annotations

from dataclasses import dataclass

from rectification.workflow import CHECKS, Status


@dataclass(frozen=True)
class Kind:
    code: str
    name: str
    series: str  # what stands before year and number
    title: str
    drafts: str  # the right over the area of each item; '' is for its unit and for the office
    signs: str  # the right that issuing takes; '' as for drafting
    fits: str  # what its items must be, as a refusal says it
    formal: bool = True  # issued with a 文号 of the office's register
    many: bool = True  # carries more than one item


KINDS = {
    kind.code: kind
    for kind in (
        Kind("DISPATCH", "交办单", "交办", "整改事项交办单", "item.assign", "item.assign",
             "在同一张交办单上交办、还没有起草过交办单的事项"),
        Kind("URGE", "督办单", "督办", "整改事项督办单", "item.assign", "item.assign", "已经逾期的事项（检查占用的天数不算）"),
        Kind("BULLETIN", "通报", "通报", "", "item.assign", "item.assign", "已经交办的事项"),
        Kind("REPORT", "整改报告", "整改", "", "", "", "已经定了整改措施的事项", formal=False),
        Kind("CLOSING", "销号审批表", "销号", "整改事项销号申请审批表", "", "item.approve", "已经申请销号的事项", many=False),
        Kind("LOOKBACK", "回头看记录", "回看", "整改事项回头看记录", "item.lookback", "item.lookback", "已经销号的事项",
             formal=False, many=False),
    )
}  # fmt: skip
CHOICES = [(kind.code, kind.name) for kind in KINDS.values()]
FORMAL = [kind.code for kind in KINDS.values() if kind.formal]
ENDED = (Status.CLOSED, Status.CONSOLIDATED)
APPLIED = (*CHECKS, *ENDED)
ITEMS_MAX = 200  # on one sheet
