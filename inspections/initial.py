"""The set that ships: to be proposed by one person and confirmed by another, never in force by
itself. Values without a known document number carry none and read 口径待核定."""

from __future__ import annotations

from datetime import date
from typing import Any

EXIT = "《关于建立贫困退出机制的意见》（2016年4月）"
EVALUATION = "《贫困县退出专项评估检查实施办法（试行）》"
EVALUATION_NO = "国开办发〔2017〕56号"
EVERY = ["GENERAL", "LIFTED", "POOR", "WATCHED"]
REGISTERED = ["LIFTED", "POOR", "WATCHED"]


def asked(code: str, name: str, formula: str, *, judged: str = "MANUAL", **more: Any) -> dict[str, Any]:  # fmt: skip
    return {"code": code, "name": name, "formula": formula, "judged": judged, **more}


def part(code: str, name: str, text: str, num: int, unit: str) -> dict[str, Any]:
    return {"code": code, "name": name, "text": text, "num": num, "unit": unit}


HOUSEHOLD = [
    asked("INCOME", "收入稳定超过扶贫标准", "年人均纯收入稳定超过国家扶贫标准；一次性慰问、临时救助、危改和搬迁补助不计入", judged="INCOME",
          line="NATIONAL", unit="HOUSEHOLD", applies=REGISTERED, question="近一年家里的收入是否稳定超过扶贫标准，来源是否可持续？",
          yes="稳定超过", no="没有稳定超过", category="产业发展", basis=EXIT),
    asked("FOOD", "不愁吃", "主食有保障，能经常吃到肉蛋奶豆制品", unit="HOUSEHOLD", applies=EVERY,
          question="家里平时吃的有没有保障？", yes="有保障", no="没有保障", basis=EXIT),
    asked("CLOTHES", "不愁穿", "四季有换洗衣物、被褥和鞋", unit="HOUSEHOLD", applies=EVERY,
          question="四季衣物、被褥够不够？", yes="够", no="不够", basis=EXIT),
    asked("SCHOOL", "义务教育有保障", "义务教育阶段的孩子没有失学辍学；因身体原因不能到校的，送教上门", judged="SCHOOL", unit="PERSON",
          applies=EVERY, question="6 至 15 岁的孩子是否在校就读或有送教上门？", yes="在读或有送教", no="失学或辍学", category="义务教育", basis=EXIT),
    asked("INSURED", "基本医疗有保障", "家庭成员全部参加基本医疗保险", judged="INSURED", unit="PERSON", applies=EVERY,
          question="今年的基本医保交了没有？", yes="已参保", no="没有参保", category="基本医疗", basis=EXIT),
    asked("HOUSE", "住房安全有保障", "住房为 A 级或 B 级；C、D 级已改造并经住建部门重新鉴定；集中安置的已拿到钥匙", judged="HOUSE",
          unit="HOUSEHOLD", applies=EVERY, question="现在住的房子是否安全（看鉴定，看墙体和屋面）？", yes="安全", no="不安全",
          category="住房安全", basis=EXIT),
    asked("WATER", "饮水安全有保障", "水量、取水时间、保证率和水质都合格；各分项数值按省定标准核定", judged="WATER", unit="HOUSEHOLD",
          applies=EVERY, question="饮水：", yes="达到", no="没有达到", category="饮水安全", basis=EXIT, tests=[
              part("LITRES", "水量", "每人每天的水有没有 35 升以上？", 35, "升/人·日"),
              part("MINUTES", "取水时间", "往返取水是不是不超过 30 分钟？", 30, "分钟"),
              part("HEIGHT", "取水高差", "取水的垂直高差是不是不超过 100 米？", 100, "米"),
              part("DRY", "季节性缺水", "一年里连续缺水是不是不超过 15 天？", 15, "天"),
              part("QUALITY", "水质", "水看着清、没有异味，喝了没有不舒服？", 0, ""),
          ]),
    asked("RISK", "没有未消除的返贫致贫风险", "监测对象的风险已消除；识别后 30 天内落实帮扶措施", judged="RISK", unit="HOUSEHOLD",
          applies=REGISTERED, category="政策落实"),
    asked("HELPER", "帮扶责任人已落实", "每户有一名在岗的帮扶责任人", judged="HELPER", unit="HOUSEHOLD", applies=REGISTERED,
          question="知道帮扶责任人是谁吗，来过没有？", yes="知道，来过", no="不知道或没来过", category="政策落实"),
    asked("PLAN", "帮扶计划和措施已落实", "有帮扶计划，措施落到了本户", unit="HOUSEHOLD", applies=REGISTERED,
          question="今年的帮扶措施落实了没有？", yes="落实了", no="没有落实", category="政策落实"),
    asked("AGREES", "退出程序到位、本户认可", "民主评议、核实、拟退出户签字认可、公示公告；公示天数口径待核定", unit="HOUSEHOLD", applies=["LIFTED"],
          question="脱贫退出时开过评议会、签过字没有，认可不认可？", yes="签过字，认可", no="没有签字或不认可", category="档案数据", basis=EXIT),
]  # fmt: skip
VILLAGE = [
    asked("RATE", "贫困发生率", "村内建档立卡未脱贫人口 ÷ 村农村人口，中部低于 2 %；正好 2 % 按不合格并作标记", judged="POVERTY_RATE", unit="PERSON",
          comparison="BELOW", threshold_num=2, threshold_den=100, strict=True, basis=EXIT),
    asked("ROAD", "通村硬化路", "通村组的路已硬化", unit="VILLAGE", category="基础设施"),
    asked("WATER", "安全饮水", "村内农户饮水安全", unit="VILLAGE", category="饮水安全"),
    asked("POWER", "通生产生活用电", "生产和生活用电都有保障", unit="VILLAGE", category="基础设施"),
    asked("NET", "通宽带", "行政村通宽带", unit="VILLAGE", category="基础设施"),
    asked("CLINIC", "卫生室", "有标准化村卫生室和合格村医", unit="VILLAGE", category="基本医疗"),
    asked("CULTURE", "文化活动室", "有文化活动场所", unit="VILLAGE", category="基础设施"),
    asked("INDUSTRY", "主导产业", "有带动贫困户的主导产业", unit="VILLAGE", category="产业发展"),
    asked("COLLECTIVE", "村集体经济收入", "村集体经济年收入不少于 5 万元（省 2020 年目标）", unit="VILLAGE", category="产业发展"),
    asked("NOTICE", "公示无异议", "出列名单在乡镇内公示无异议后公告", unit="VILLAGE", category="档案数据", basis=EXIT),
]  # fmt: skip
COUNTY = [
    asked("COMPOSITE", "综合贫困发生率", "（建档立卡未脱贫人口＋错退人口＋漏评人口）÷ 农村人口；中部低于 2 %", judged="RATE", unit="PERSON",
          comparison="BELOW", threshold_num=2, threshold_den=100, strict=True, basis=EVALUATION, document_no=EVALUATION_NO),
    asked("WRONG_EXIT", "脱贫人口错退率", "抽样错退人口 ÷ 抽样脱贫人口；正好 2 % 的算法口径待核定，现按不合格", judged="RATE", unit="PERSON",
          comparison="BELOW", threshold_num=2, threshold_den=100, strict=True, basis=EVALUATION, document_no=EVALUATION_NO),
    asked("MISSED", "贫困人口漏评率", "核实漏评人口 ÷ 抽查非建档立卡人口；另一种分母为抽查村未建档立卡农村人口，以所选口径为准", judged="RATE", unit="PERSON",
          comparison="BELOW", threshold_num=2, threshold_den=100, strict=True, basis=EVALUATION, document_no=EVALUATION_NO),
    asked("APPROVAL", "群众认可度", "认可户数 ÷ 调查总户数，不低于 90 %", judged="RATE", unit="HOUSEHOLD",
          comparison="ABOVE", threshold_num=90, threshold_den=100, strict=False, basis=EVALUATION, document_no=EVALUATION_NO),
    asked("VILLAGES", "贫困村全部出列", "所有贫困村达到出列标准", unit="COUNTY", category="其他"),
    asked("GROWTH", "农民收入增幅", "农民人均可支配收入增幅高于全省平均", unit="COUNTY", category="产业发展"),
    asked("WORKS", "基础设施", "基础设施明显改善", unit="COUNTY", category="基础设施"),
    asked("SERVICES", "基本公共服务", "基本公共服务主要指标接近或达到全省平均", unit="COUNTY", category="政策落实"),
    asked("FOLLOW_UP", "后续巩固安排", "脱贫攻坚部署、重大政策落实和后续巩固提升有安排", unit="COUNTY", category="政策落实"),
]  # fmt: skip
STANDARDS: dict[str, dict[str, Any]] = {
    "HOUSEHOLD": {"name": "农户脱贫退出标准", "basis": EXIT, "document_no": "", "indicators": HOUSEHOLD},
    "VILLAGE": {"name": "村出列标准", "basis": EXIT, "document_no": "", "indicators": VILLAGE},
    "COUNTY": {"name": "县退出标准（三率一度）", "basis": EVALUATION, "document_no": EVALUATION_NO, "indicators": COUNTY},
}  # fmt: skip
# (kind, from, to, yuan, note); to is not included. None of them has a document number here.
LINES: list[tuple[str, date, date | None, int, str]] = [
    *(
        ("NATIONAL", date(y, 1, 1), date(y + 1, 1, 1), yuan, "按 2010 年 2300 元不变价")
        for y, yuan in ((2014, 2800), (2015, 2855), (2016, 2952), (2017, 2952), (2018, 2995), (2019, 3218))
    ),
    ("NATIONAL", date(2020, 1, 1), None, 4000, "2020 年现价约数"),
    ("MONITOR", date(2020, 1, 1), date(2021, 1, 1), 5000, "国家标准的 1.5 倍"),
    ("MONITOR", date(2021, 1, 1), date(2022, 1, 1), 6000, "以省当年公布为准"),
]  # fmt: skip
