"""Words that the product itself puts on a sheet before a person changes them. They know nothing of
any item, so they may be read by whoever reads the sheet."""

from __future__ import annotations

from datetime import date

from rectification.papers.kinds import Kind

TITLE_WITHOUT_COUNT = "关于问题整改情况的报告"
WORDS = {
    "DISPATCH": {
        "demand": "请责任单位1个工作日内签收，制定整改措施，逐件落实；完成后附佐证材料申请销号。非本单位职责的，1个工作日内退签并说明理由。",
        "feedback": "在系统内逐件记进展、传佐证材料、申请销号；下方签收联盖章后一并退回。",
    },
    "URGE": {
        "reason": "下列整改事项已超过整改期限，尚未申请销号，现予督办。",
        "demand": "请责任单位主要负责同志亲自过问，逐件查明原因，明确完成时间，加快整改。",
        "consequence": "到期仍未办结又未说明原因的，按规定予以通报。",
    },
    "BULLETIN": {
        "reason": "为推动问题整改落实，现将有关整改事项办理情况通报如下。",
        "demand": "逾期未销号的单位要逐件说明原因，排出时间，抓紧完成；其他单位要按期推进，真改实改。",
    },
    "REPORT": {
        "reason": "按照交办要求，现将问题整改情况报告如下。",
        "plan": "巩固整改成果，定期回看，防止问题反弹。",
    },
}  # fmt: skip


def title_of(kind: Kind, n: int, today: date) -> str:
    if kind.code == "BULLETIN":
        return f"关于{today.month}月份整改事项办理情况的通报"
    if kind.code == "REPORT":
        return f"关于{n}件问题整改情况的报告" if n else TITLE_WITHOUT_COUNT
    return kind.title
