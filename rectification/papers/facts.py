"""What a document says, read once from the items: the names are the placeholders that the
office writes into its templates, so they are Chinese."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from cadres.models import Area, Cadre, CalendarDay
from households.models import Term
from households.querysets import term
from rectification.models import Dispatch, Item
from rectification.papers.kinds import ENDED, KINDS, Kind
from rectification.querysets import overdue
from rectification.workflow import CHECKS, ROUTES, Route
from yuexi.core import clock

Facts = dict[str, Any]


@dataclass(frozen=True)
class Draft:
    """What the drafter writes or leaves as proposed."""

    title: str
    to: str
    cc: str = ""
    contact: str = ""
    reason: str = ""  # 事由 or 情况
    demand: str = ""
    feedback: str = ""
    consequence: str = ""
    plan: str = ""
    done_by: date | None = None


def day(value: date | datetime | None) -> str:
    """With the year, since a document stays."""
    if value is None:
        return ""
    if isinstance(value, datetime):
        value = clock.day(value)
    return f"{value.year}年{value.month}月{value.day}日"


def hanzi(n: int) -> str:
    """一 … 九十九, 一百 and more as figures."""
    signs = "零一二三四五六七八九"
    if n >= 100:
        return str(n)
    tens, ones = divmod(n, 10)
    head = "" if tens == 0 else "十" if tens == 1 else signs[tens] + "十"
    return head + (signs[ones] if ones or not tens else "")


def with_all(items: Iterable[int]) -> list[Item]:
    """Everything that a document may say of its items, in a constant number of queries."""
    return list(
        Item.objects.filter(pk__in=list(items))
        .select_related("area__parent", "lead_unit", "unit__area", "person", "dispatch")
        .prefetch_related(
            "co_units", "progress", "evidence__by", "evidence__file", "homes__household__area", "homes__asked_by",
            "checks__by", "checks__unit", "checks__delegation__giver", "look_backs__by",
        )
        .order_by("number")
    )  # fmt: skip


def days_late(items: Sequence[Item], today: date) -> dict[int, int]:
    """工作日 past the deadline by item, of those that are late now: while a checker has an item
    the rectifier's clock stands still, and a return moved his deadline on."""
    late = overdue(Item.objects.filter(pk__in=[i.pk for i in items]), today)
    ends = dict(late.values_list("pk", "deadline"))
    if not ends:
        return {}
    known = CalendarDay.objects.filter(date__gt=min(ends.values()), date__lte=today, working=True)
    days = sorted(known.values_list("date", flat=True))
    return {pk: max(1, len(days) - bisect_right(days, end)) for pk, end in ends.items()}


def closing(item: Item) -> tuple[str, str]:
    """The day on which 指挥部 approved its close-out; or, on a road that ends below it, who closed it."""
    passed = [c for c in item.checks.all() if c.round == item.round and c.passed]
    if item.closed_on is None or not passed:
        return "", ""
    last, step = max(passed, key=lambda c: c.pk), ROUTES[Route(item.route)][-1]
    if step.right == "item.approve":
        return day(item.closed_on), ""
    return "", f"本件经{last.unit.name}{step.label}通过后销号，按路线不经指挥部批准。"


def item_facts(item: Item, n: int, late: int, *, homes: bool) -> Facts:
    area, village = item.area, item.area.level == Area.Level.VILLAGE
    township = area.parent if village and area.parent else area
    steps = {str(step.status): step.label for step in ROUTES[Route(item.route)]}
    approved, closed_by = closing(item)
    return {
        "序号": n, "序号汉字": hanzi(n), "编号": item.number, "来源": item.get_source_display(),
        "批次": item.lineage, "原文": item.text, "类别": item.category, "等级": item.get_grade_display(),
        "乡镇": township.name, "村": area.name if village else "", "牵头单位": item.lead_unit.name,
        "责任单位": item.unit.name, "责任人": item.person.name,
        "配合单位": "、".join(u.name for u in item.co_units.all()), "目标": item.goal, "措施": item.measure,
        "交办单": item.dispatch.number if item.dispatch else "", "交办日期": day(item.issued_on),
        "期限": day(item.deadline), "逾期天数": late, "进展": item.waiting_label,
        "申请日期": day(item.applied_on), "轮次": item.round, "销号日期": day(item.closed_on),
        "批准日期": approved, "销号说明": closed_by, "反弹次数": item.rebounds,
        "进展记录": [
            {"日期": day(p.at), "内容": p.text} for p in sorted(item.progress.all(), key=lambda p: p.pk)
        ],
        "佐证": [
            {"说明": e.what, "文件": e.file.name, "人": e.by.name, "日期": day(e.at)}
            for e in sorted(item.evidence.all(), key=lambda e: e.pk) if e.round == item.round
        ],
        "农户": [
            {"农户": f"{link.household.area.name}{link.household}", "说": link.said, "日期": day(link.asked_at),
             "答复": "未询问" if link.solved is None else "已解决" if link.solved else "未解决",
             "人": link.asked_by.name if link.asked_by else ""}
            for link in sorted(item.homes.all(), key=lambda link: link.pk)
        ] if homes else [],
        "检查": [
            {"环节": steps.get(c.step, c.step), "单位": c.unit.name, "人": c.by.name, "日期": day(c.at),
             "结果": "通过" if c.passed else "退回", "意见": c.opinion,
             "授权": f"（受{c.delegation.giver.name}授权）" if c.delegation else ""}
            for c in sorted(item.checks.all(), key=lambda c: c.pk) if c.round == item.round
        ],
        "回头看": [
            {"日期": day(b.at), "人": b.by.name, "结论": "巩固" if b.held else "反弹", "情况": b.finding}
            for b in sorted(item.look_backs.all(), key=lambda b: b.pk)
        ],
    }  # fmt: skip


COUNTED = ("已销号", "检查中", "逾期", "未到期")


def by_unit(items: Sequence[Item], late: dict[int, int]) -> tuple[list[Facts], Facts]:
    """Each item is counted once: the four parts add up to 件数, in each row and below."""
    rows: dict[str, Facts] = {}
    total: Facts = {"件数": 0, **dict.fromkeys(COUNTED, 0)}
    for item in sorted(items, key=lambda i: (i.unit.area.code, i.unit.name)):
        row = rows.setdefault(item.unit.name, {"单位": item.unit.name, **dict.fromkeys(total, 0)})
        part = (
            "已销号" if item.status in ENDED else "检查中" if item.status in CHECKS
            else "逾期" if item.pk in late else "未到期"
        )  # fmt: skip
        for line in (row, total):
            line["件数"] += 1
            line[part] += 1
    return list(rows.values()), total


def gather(
    kind: Kind, items: Sequence[Item], draft: Draft, *, number: str, by: Cadre, at: datetime
) -> Facts:
    today = clock.day(at)
    late = days_late(items, today)
    units, total = by_unit(items, late)
    told = [item_facts(item, n, late.get(item.pk, 0), homes=not kind.many) for n, item in enumerate(items, 1)]  # fmt: skip
    named = [f"{u['单位']}（{u['逾期']}件）" for u in units if u["逾期"]]
    return {
        "送审": True, "文种": kind.name, "标题": draft.title, "编号": number, "文号": "", "签发人": "",
        "发文机关": term(Term.Thing.ISSUER, today), "机关代字": term(Term.Thing.MARK, today),
        "报告单位": by.unit.name if by.unit else "", "成文日期": day(today), "印发日期": day(today), "截止": day(today),
        "主送": draft.to.strip() or "、".join(dict.fromkeys(i.unit.name for i in items)), "抄送": draft.cc, "联系人": draft.contact, "事由": draft.reason, "情况": draft.reason,
        "要求": draft.demand, "反馈": draft.feedback, "后果": draft.consequence, "打算": draft.plan,
        "办结": day(draft.done_by), "起草人": by.name, "件数": len(items), "点名": "、".join(named),
        "合计": total, "单位": units, "事项": told, "事": told[0],
    }  # fmt: skip


def issued(facts: Facts, *, document_no: str, signed_off_by: str, at: datetime) -> Facts:
    """The frozen facts with what the issuing adds, and nothing else."""
    today = day(clock.day(at))
    return facts | {
        "送审": False, "文号": document_no, "签发人": signed_off_by, "成文日期": today, "印发日期": today,
    }  # fmt: skip


def dispatch_of(items: Sequence[Item]) -> Dispatch | None:
    found = {item.dispatch_id: item.dispatch for item in items}
    return next(iter(found.values())) if len(found) == 1 else None


def sample(kind: str) -> Facts:
    """Invented facts with every name that the real ones have, each list with rows: a template
    is tried with them, and the page of templates shows them beside their names."""
    one: Facts = {
        "序号": 1, "序号汉字": "一", "编号": "26-0001", "来源": "第三方评估", "批次": "第一批", "原文": "水管冻裂，三户断水。" * 5,
        "类别": "饮水安全", "等级": "限期整改", "乡镇": "青天乡", "村": "演示村", "牵头单位": "县水利局", "责任单位": "青天乡",
        "责任人": "演示专干", "配合单位": "县住建局", "目标": "冬季不断水", "措施": "换管并加保温层。", "交办单": "交办2026-0001",
        "交办日期": "2026年11月2日", "期限": "2026年11月20日", "逾期天数": 2, "进展": "整改中", "申请日期": "2026年11月18日",
        "轮次": 1, "销号日期": "2026年11月23日", "批准日期": "2026年11月23日", "销号说明": "", "反弹次数": 0,
        "进展记录": [{"日期": "2026年11月9日", "内容": "已买到水管"}, {"日期": "2026年11月12日", "内容": "已装好"}],
        "佐证": [{"说明": "通水照片", "文件": "通水.jpg", "人": "演示专干", "日期": "2026年11月18日"}],
        "农户": [{"农户": "演示村演示陈户", "说": "通水了", "日期": "2026年11月18日", "答复": "已解决", "人": "演示村干"}],
        "检查": [{"环节": "乡镇自查", "单位": "青天乡", "人": "演示书记", "日期": "2026年11月19日", "结果": "通过", "意见": "已到现场看过", "授权": ""}],
        "回头看": [{"日期": "2026年12月23日", "人": "演示督查", "结论": "巩固", "情况": "三户均有水"}],
    }  # fmt: skip
    items = [one | {"序号": n, "序号汉字": hanzi(n), "编号": f"26-{n:04}"} for n in range(1, 4)]
    total = {"件数": 3, "已销号": 1, "检查中": 1, "逾期": 1, "未到期": 0}
    return {
        "送审": True, "文种": KINDS[kind].name, "标题": f"关于样例的{KINDS[kind].name}", "编号": f"{KINDS[kind].series}2026-0001",
        "文号": "岳农工办〔2026〕1号", "签发人": "演示签发", "发文机关": "县委农村工作领导小组办公室", "机关代字": "岳农工办",
        "报告单位": "青天乡", "成文日期": "2026年11月24日", "印发日期": "2026年11月24日", "截止": "2026年11月24日",
        "主送": "青天乡、县水利局", "抄送": "县纪委监委", "联系人": "演示联系", "事由": "下列事项已经逾期。", "情况": "现将整改情况通报如下。",
        "要求": "请立即整改。", "反馈": "在系统里反馈。", "后果": "将予通报。", "打算": "逐户再看一遍。", "办结": "2026年12月1日",
        "起草人": "演示起草", "件数": 3, "点名": "青天乡（1件）", "合计": total, "单位": [{"单位": "青天乡", **total}],
        "事项": items, "事": items[0],
    }  # fmt: skip


def placeholders(facts: Facts, before: str = "") -> list[tuple[str, str]]:
    """Name and example of each, as the page of templates lists them."""
    found: list[tuple[str, str]] = []
    for name, value in facts.items():
        if isinstance(value, list):
            found.append((f"{before}{name}", "一行一行的内容，用循环"))
            found += placeholders(value[0], f"{name}的每一行.")
        elif isinstance(value, dict):
            if name != "事":  # the same as a row of 事项
                found += placeholders(value, f"{before}{name}.")
        else:
            found.append(
                (f"{before}{name}", "是/否" if isinstance(value, bool) else str(value)[:24])
            )
    return found
