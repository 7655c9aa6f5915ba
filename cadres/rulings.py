"""口径: the questions that only the county can answer (domain I), and what it answered.

Until a signed ruling is in force a question has a default, which the page names as such, and a
ratio that depends on it stands without a verdict: 无现行口径."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

from django.db.models import Q

from cadres.models import Ruling


@dataclass(frozen=True)
class Choice:
    """One value of a ruling: what it is called and which answers there are, the first as default."""

    name: str
    options: tuple[tuple[str, str], ...]

    @property
    def default(self) -> str:
        return self.options[0][0]


@dataclass(frozen=True)
class Question:
    code: str
    text: str
    default: str
    choices: dict[str, Choice] = field(default_factory=dict)


YES_NO = (("yes", "算"), ("no", "不算"))
SHARES = (("1/3", "三分之一"), ("2/3", "三分之二"), ("none", "不要求"))
QUESTIONS = {q.code: q for q in (
    Question("HEADCOUNT", "“三分之二的力量进驻”是否约束信访维稳、安全、环保等例外部门？“等”包括哪些单位？",
             "例外部门按三分之一计；名单以“部门类别”登记的为准",
             {"exception": Choice("例外部门的进驻比例", SHARES)}),
    Question("TIME", "时间比例的分母是什么？休息日下乡算不算？入户占比的分母是什么？",
             "分母为工作日减去批准的休假；休息日下乡计入分子；入户占比以脱贫攻坚的半天为分母",
             {"weekend": Choice("休息日下乡计入分子", YES_NO),
              "visits_of": Choice("入户占比的分母", (("poverty", "脱贫攻坚的半天"), ("all", "全部应工作半天")))}),
    Question("SPECIAL", "经科委、开发区、重点工程局等专抓单位的比例是多少？", "与例外部门相同",
             {"special": Choice("专抓单位的比例", SHARES)}),
    Question("MEETINGS", "乡镇会议、法定会议、应急会议是否在“一律暂停”之内？", "乡镇和村内部会议不受限；其余按白名单"),
    Question("JOINT", "联合检查须三家都参加，还是一家即可？", "县纪委、组织部、指挥部三家都参加"),
    Question("CLAUSES", "“八条措施”和军令状指标的原文是什么？", "八个空白条款，由组织部填写"),
    Question("LINES", "2017 年收入线和现行监测线是多少？", "没有登记收入线时，收入一项不作判断"),
    Question("MISSED", "漏评率的分母是什么？正好等于阈值时是否达标？", "抽查的非建档立卡人口；正好等于按不达标"),
    Question("ROUTES", "各来源的问题由哪一级销号？", "按整改规则的四条路线"),
    Question("PLACE", "依国办函〔2026〕12号，有没有允许采集位置和照片的场景？", "没有；位置和照片一律自愿"),
    Question("ISSUER", "发文单位现在的名称是什么？", "以“称谓”登记的为准"),
    Question("GRADE", "等级保护定为几级？", "按二级建设，以定级备案为准"),
)}  # fmt: skip


def rulings_on(day: date) -> dict[str, Ruling]:
    """By question, those in force; one query."""
    found = Ruling.objects.filter(
        Q(end__isnull=True) | Q(end__gt=day), status=Ruling.Status.ACCEPTED, start__lte=day
    )
    return {r.question: r for r in found}


def value(rulings: dict[str, Ruling], question: str, name: str) -> str:
    """What counts on that day: as ruled, or the default."""
    choice = QUESTIONS[question].choices[name]
    ruled: dict[str, Any] = rulings[question].values if question in rulings else {}
    return str(ruled.get(name, choice.default))


def words(question: Question, values: dict[str, Any]) -> str:
    """'例外部门的进驻比例：三分之一' and the like."""
    return "；".join(
        f"{choice.name}：{dict(choice.options)[values.get(name, choice.default)]}"
        for name, choice in question.choices.items()
    )
