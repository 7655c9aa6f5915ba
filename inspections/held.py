"""What the product already holds, so that nobody asks a village for it again: as data."""

from __future__ import annotations

import re
from dataclasses import dataclass


@dataclass(frozen=True)
class Held:
    names: tuple[str, ...]
    place: str


HELD = (
    Held(("户主", "户主姓名", "户名"), "农户 › 基本情况的“户主”"),
    Held(("户编号", "户编码", "国家系统编号"), "农户 › 基本情况的“户编号”"),
    Held(("家庭成员", "家庭人口", "人口数", "家庭人数", "成员姓名", "与户主关系", "在家人口"), "农户 › 家庭成员"),
    Held(("身份证", "身份证号", "证件号码", "身份证号码"), "农户 › 家庭成员（加密保存，任何报表都不再收）"),
    Held(("户类型", "脱贫属性", "是否脱贫户", "贫困户类型", "户属性"), "农户 › 基本情况的“户类型”"),
    Held(("监测对象", "监测对象类别", "风险类型", "返贫风险", "风险消除", "识别时间"), "农户 › 监测"),
    Held(("帮扶责任人", "帮扶人", "帮扶干部", "结对干部", "包保干部", "第二帮扶人", "帮扶单位"), "农户 › 包保"),
    Held(("走访日期", "走访次数", "最近走访", "走访记录", "走访时间", "走访人", "见到谁"), "走访 › 走访记录"),
    Held(("大走访", "大走访结果", "走访覆盖率"), "大走访 › 名册和结果"),
    Held(("问题清单", "发现问题", "问题数", "整改情况", "整改进展", "整改措施", "整改责任人", "整改期限", "销号", "问题整改"), "整改 › 整改清单"),
    Held(("回头看", "回头看结果"), "整改 › 回头看"),
    Held(("致贫原因", "主要致贫原因"), "农户 › 基本情况的“致贫原因”"),
    Held(("脱贫年度", "脱贫年份", "脱贫时间"), "农户 › 基本情况的“脱贫年度”"),
    Held(("危房", "危房户"), "农户 › 基本情况的“危房”"),
    Held(("安全饮水", "安全饮用水", "解决安全饮用水"), "农户 › 基本情况的“安全饮水”"),
    Held(("健康", "健康状况", "残疾", "患病"), "农户 › 家庭成员的“健康”"),
    Held(("务工", "务工状况", "务工时间", "外出务工", "就业"), "农户 › 家庭成员的“务工”"),
    Held(("联系电话", "户主电话", "手机号", "手机号码", "电话号码"), "农户花名册（加密保存，帮扶人和村里办事时用）"),
    Held(
        ("人均纯收入", "家庭人均纯收入", "民族", "文化程度", "在校生状况", "劳动技能", "劳动能力"),
        "国家系统导入的农户花名册，由指挥部数据组提供，村里不再报",
    ),
    Held(("享受政策", "政策名称", "惠农政策"), "政策 › 政策库"),
    Held(("村名", "行政村", "所在村", "村民组", "乡镇"), "区划，以及农户 › 基本情况"),
    Held(("驻村工作队", "第一书记", "村干部", "干部名单"), "干部 › 任职"),
    Held(("检查次数", "会议次数", "报表数"), "督查 › 负担台账"),
)  # fmt: skip
SEVERAL = re.compile(r"[、，,；;/及和与]")
AROUND = re.compile(r"[\s，、。：:（）()“”\"'/-]|^(是否|有无|填写|本村|全村|各户|农户)|(情况|信息|登记|名单|统计|明细|汇总)$")  # fmt: skip


def plain(name: str) -> str:
    """A column's name without what forms put around it."""
    before, name = "", name.strip()
    while before != name:
        before, name = name, AROUND.sub("", name)
    return name


WHERE = {plain(name): held.place for held in HELD for name in held.names}


def held(fields: list[str]) -> list[tuple[str, str]]:
    """What of them the product holds, with the place; a line may ask for several at once."""
    asked = [part for f in fields for part in ([f] if plain(f) in WHERE else SEVERAL.split(f))]
    return [(f.strip(), WHERE[plain(f)]) for f in asked if plain(f) in WHERE]
