"""How long the steps of an item may take, by the rules in force on a day."""

from __future__ import annotations

from datetime import date

from cadres.rules import Setting, in_force
from rectification.workflow import CHECK_DAYS, GRADES

GROUP = "等级和检查的时限"
SETTINGS = (
    *(
        Setting(f"grade:{code}", GROUP, f"{name}的期限", days, 1, 250, occasion=False)
        for code, (name, days) in GRADES.items()
    ),
    Setting("check", GROUP, "每一步检查的办理时限", CHECK_DAYS, 1, 30, occasion=False),
)


def grade_days(grade: str, today: date) -> int:
    return in_force(today).number(f"grade:{grade}")


def check_days(today: date) -> int:
    return in_force(today).number("check")


def grade_choices(today: date) -> list[tuple[str, str]]:
    rules = in_force(today)
    return [
        (k, f"{name}（{rules.number(f'grade:{k}')} 个工作日）") for k, (name, _) in GRADES.items()
    ]
