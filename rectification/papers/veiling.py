"""A sheet on several items of which one went to 纪委监委: who reads the others reads them as they
were, and of that one that it is there. The stored facts and files stay as they are; what leaves is
made anew for this reader, by the sheet's own template."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from cadres.files import read
from cadres.models import Cadre
from rectification.models import Paper, PaperItem
from rectification.papers.facts import COUNTED, Facts, issued
from rectification.papers.kinds import ENDED, KINDS
from rectification.papers.rendering import render
from rectification.papers.wording import TITLE_WITHOUT_COUNT, WORDS, title_of
from rectification.querysets import may_read
from rectification.workflow import LABELS, WITH_DISCIPLINE, stages
from yuexi.core import clock

LINE, UNIT = "一项已移送纪委监委", "已移送纪委监委"
UNTOLD = "（起草时写的文字可能涉及已移送纪委监委的事项，这里不显示。）"
TYPED = {"reason": ("事由", "情况"), "demand": ("要求",), "feedback": ("反馈",), "consequence": ("后果",), "plan": ("打算",)}  # fmt: skip
# What a sheet names without asking whether it is there.
DASHED = ("编号", "来源", "类别", "等级", "乡镇", "牵头单位", "责任单位", "责任人", "措施", "交办单", "交办日期", "期限")  # fmt: skip
DONE = {*(LABELS[status] for status in ENDED), "已转入长效"}
CHECKED = {name for name, at in stages().items() if any(route for route, _ in at)}


def veil_papers(papers: Iterable[Paper], user: Cadre) -> None:
    """For pages, lists, exports and files. The rows are read and never saved."""
    found = {paper.pk: paper for paper in papers}
    links = PaperItem.objects.filter(paper__in=found, item__status__in=WITH_DISCIPLINE)
    hidden: dict[int, set[str]] = {}
    for link in links.select_related("item"):
        if not may_read(link.item, user):
            hidden.setdefault(link.paper_id, set()).add(link.item.number)
    for pk, numbers in hidden.items():
        _hide(found[pk], numbers)


def _hide(paper: Paper, numbers: set[str]) -> None:
    told, kind = paper.facts, KINDS[paper.kind]
    rows = [_row(row) if row["编号"] in numbers else row for row in told["事项"]]
    shown = [row for row in told["事项"] if row["编号"] not in numbers]
    units, total = _counts(shown, len(rows) - len(shown))
    late = [f"{u['单位']}（{u['逾期']}件）" for u in units if u["逾期"]]
    standing = {title_of(kind, len(rows), clock.day(paper.at)), TITLE_WITHOUT_COUNT}
    title = told["标题"] if told["标题"] in standing else kind.title or kind.name
    own = f"{told['报告单位']}　{told['起草人']}".strip()
    to = told["主送"] if told["主送"] == told["发文机关"] else "、".join(dict.fromkeys(row["责任单位"] for row in shown))  # fmt: skip
    paper.facts = told | {
        "标题": title, "主送": to, "抄送": "", "联系人": own if told["联系人"] == own else "",
        "点名": "、".join(late), "合计": total, "单位": units, "事项": rows, "事": shown[0],
    }  # fmt: skip
    for name, keys in TYPED.items():
        for key in keys:
            if told[key] and told[key] != WORDS.get(kind.code, {}).get(name):
                paper.facts[key] = UNTOLD
    paper.title, paper.veiled = title, len(numbers)


def _row(row: Facts) -> Facts:
    """The same names, so that any template reads it."""
    empty: dict[type, Any] = {str: "", int: 0, list: []}
    plain = {key: empty[type(value)] for key, value in row.items()}
    return plain | dict.fromkeys(DASHED, "—") | {"序号": row["序号"], "序号汉字": row["序号汉字"], "原文": LINE, "进展": UNIT}  # fmt: skip


def _counts(rows: list[Facts], hidden: int) -> tuple[list[Facts], Facts]:
    """As `facts.by_unit`, from what the sheet itself says of each; those that are hidden stand in
    a row of their own."""
    total: Facts = {"件数": 0, **dict.fromkeys(COUNTED, 0)}
    units: dict[str, Facts] = {}
    for row in rows:
        line = units.setdefault(
            row["责任单位"], {"单位": row["责任单位"], **dict.fromkeys(total, 0)}
        )
        part = (
            "已销号" if row["进展"] in DONE else "检查中" if row["进展"] in CHECKED
            else "逾期" if row["逾期天数"] else "未到期"
        )  # fmt: skip
        for one in (line, total):
            one["件数"] += 1
            one[part] += 1
    total["件数"] += hidden
    return [*units.values(), {"单位": UNIT, **dict.fromkeys(total, 0), "件数": hidden}], total


def sheet(paper: Paper, which: str) -> bytes:
    """The file of a veiled paper, as draft or as issued."""
    done = paper.issued
    facts = paper.facts
    if which == "issued" and done:
        facts = issued(facts, document_no=done.document_no, signed_off_by=done.signed_off_by, at=done.at)  # fmt: skip
    return render(read(paper.template_file), facts)


def sheet_name(paper: Paper, which: str) -> str:
    state = "签发，" if which == "issued" else ""
    return f"{KINDS[paper.kind].name}{paper.number}（{state}遮蔽{paper.veiled}项）.docx"
