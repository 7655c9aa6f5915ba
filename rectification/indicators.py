"""Which mark of the roster an item's category is bound to. A household's item does not close while
its mark stands red. One definition: the trigger, the action and the page ask the same function."""

from __future__ import annotations

from dataclasses import dataclass

from households import marks


@dataclass(frozen=True)
class Indicator:
    category: str
    label: str  # what the roster says while it is red
    way: str  # what has to happen first
    red: str  # SQL over household h

    def __str__(self) -> str:
        return self.label


INDICATORS = {
    i.category: i
    for i in (
        Indicator("住房安全", "在册仍是危房户", "先按鉴定更新“是否危房户”", marks.HOUSE),
        Indicator("饮水安全", "在册仍未解决安全饮用水", "先更新“是否解决安全饮用水”", marks.WATER),
        Indicator("义务教育", "有成员在册是失学或辍学", "先更新这名成员的“在校生状况”", marks.SCHOOL),
        Indicator("基本医疗", "有成员在册没有参保", "先更新这名成员的“是否参加大病医疗”", marks.INSURANCE),
    )
}  # fmt: skip
