"""What the county may change of the registers, by a version of the rules (two persons)."""

from __future__ import annotations

from cadres.rules import Setting

GROUP = "报备和督查"
DAYS = "天"
SETTINGS = (
    Setting("joint_bodies", GROUP, "联合督查要有几家参加（县纪委监委、组织部、指挥部）", 3, 1, 3, "家", occasion=False),
    Setting("village_gap", GROUP, "同一个村两次检查最少隔", 14, 1, 90, DAYS, occasion=False),
    Setting("unvisited_days", GROUP, "一个村多久没有督查算久未督查，满", 90, 30, 730, DAYS, occasion=False),
    Setting("decide_days", GROUP, "报备的决定时限", 2, 1, 10, occasion=False),
    Setting("meeting_exempt", GROUP, "会议豁免（防汛、突发、换届等）", 0, 0, 1, occasion=False,
            choices=("不许豁免", "许可，须县委书记或县长批准")),
    Setting("local_meetings", GROUP, "乡镇、村内部会议", 0, 0, 1, occasion=False,
            choices=("不在报备范围", "在报备范围，同样受白名单限制")),
    Setting("R-0", GROUP, "有报备、会议或报表等决定"),
    Setting("R+1", GROUP, "决定超过时限，每天"),
    Setting("J-0", GROUP, "联合督查批次等本单位参加"),
)  # fmt: skip
