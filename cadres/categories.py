"""问题类别: what a unit is in charge of, what a visit finds, what an item is about."""

CATEGORIES = ("饮水安全", "住房安全", "义务教育", "基本医疗", "务工就业", "产业发展",
              "政策落实", "基础设施", "档案数据", "其他")  # fmt: skip
