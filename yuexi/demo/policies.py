"""An invented policy library: the kinds are those of any county, every amount is made up."""

from datetime import date

from cadres.models import Unit
from households.models import Policy

# Title, what, for whom, standard, lead unit.
POLICIES = (
    ("防返贫监测", "收入骤减或支出骤增的户，可以申请纳入监测帮扶", "所有农户", "演示：人均纯收入低于 8800 元可申请", "县农业农村局"),
    ("医疗救助", "住院自付费用过高的，按比例再救助", "脱贫户、监测对象、低保特困", "演示：年度自付超 1500 元的部分救助七成", "县医保局"),
    ("义务教育资助", "在校学生的生活补助", "脱贫户、监测对象家庭学生", "演示：小学每学年 600 元，初中 800 元", "县教育局"),
    ("危房改造", "住房鉴定为危房的，补助改造", "六类重点对象", "演示：重建每户 22000 元，修缮 7000 元", "县住建局"),
    ("饮水安全", "饮水困难的户，报修后限时通水", "所有农户", "演示：报修后 3 个工作日内到户", "县水利局"),
    ("公益性岗位", "难以外出的劳动力，安排村内岗位", "有劳动力的脱贫户、监测对象", "演示：每月 450 元，一年一签", "县人社局"),
    ("小额信贷", "发展生产的免抵押贴息贷款", "脱贫户、监测对象", "演示：每户 4 万元以内，三年期", "县农业农村局"),
    ("产业奖补", "种养达到规模的，以奖代补", "脱贫户、监测对象", "演示：茶园每亩 300 元，每户封顶 3000 元", "县农业农村局"),
    ("低保特困", "家庭困难的，申请低保或特困供养", "符合条件的农户", "演示：分档发放，每人每月 500 元起", "县农业农村局"),
    ("务工补助", "跨省务工的往返交通补助", "脱贫人口、监测对象", "演示：每人每年 450 元", "县人社局"),
)  # fmt: skip


def load_policies(today: date) -> None:
    units = {u.name: u for u in Unit.objects.filter(kind=Unit.Kind.COUNTY)}
    start = date(today.year, 1, 1)
    made = [
        Policy(title=title, what=what, for_whom=who, standard=standard, lead_unit=units[unit],
               contact=f"{unit}业务科室，演示电话", valid_from=start)
        for title, what, who, standard, unit in POLICIES
    ]  # fmt: skip
    old = Policy(title="务工补助", what="跨省务工的往返交通补助", for_whom="脱贫人口", standard="演示：每人每年 300 元",
                 lead_unit=units["县人社局"], contact="县人社局业务科室，演示电话",
                 valid_from=date(today.year - 2, 1, 1), valid_to=start)  # fmt: skip
    Policy.objects.bulk_create([*made, old])
