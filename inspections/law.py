"""The rules that a register refuses by: each refusal says its id, its document and its sentence."""

from __future__ import annotations

from dataclasses import dataclass

MEETING = "全县脱贫攻坚决胜冲刺大会部署（2017年7月31日）"
FORMS = "国家减轻基层填表报数负担的规定（2018年起）"


@dataclass(frozen=True)
class Rule:
    code: str
    document: str
    sentence: str

    def __str__(self) -> str:
        return f"规则 {self.code}《{self.document}》：“{self.sentence}”"


MEETINGS = Rule(
    "A-25", MEETING,
    "除中央、省、市会议和县内每月县委常委（扩大）会、脱贫攻坚专项调度会外，其他会议一律暂停",
)  # fmt: skip
UNRELATED = Rule("A-26", MEETING, "所有与脱贫攻坚无关的检查都停止")
TOGETHER = Rule(
    "A-27", MEETING, "涉及脱贫攻坚的检查，与县纪委、组织部、脱贫攻坚指挥部的检查一起进行"
)
CATALOGUE = Rule("A-28", FORMS, "表格进目录才能要；已经掌握的数据不再向村里要；每年只入户采集一次")
COVERT = Rule("A-51", MEETING, "督查检查要以暗访为主")
ALL = (MEETINGS, UNRELATED, TOGETHER, CATALOGUE, COVERT)


def refused(rule: Rule, what: str, way: str) -> str:
    """What is refused, by which rule, and the way out."""
    return f"{what}。{rule}。{way}"
