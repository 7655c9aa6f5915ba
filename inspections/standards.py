"""The standard in force on a day, the questions that it asks at a door, and the county's rates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db.models import Q

from inspections.models import IncomeLine, Indicator, Standard

KINDS = tuple(Indicator.Applies.values)  # GENERAL, LIFTED, POOR, WATCHED


@dataclass(frozen=True)
class Choice:
    code: str
    label: str
    gap: bool = False


@dataclass(frozen=True)
class Question:
    """What is asked at a household. With `unit` PERSON it is asked of each member. `code` is the
    indicator's, with a dot and the code of the part where the indicator is asked in parts."""

    code: str
    text: str
    unit: str
    answers: tuple[Choice, ...]
    indicator: str
    name: str
    document: str


def in_force(on: date, level: str) -> Standard | None:
    return (
        Standard.objects.filter(Q(end__isnull=True) | Q(end__gt=on), level=level, start__lte=on)
        .filter(status=Standard.Status.ACCEPTED)
        .first()
    )


def questions(on: date, kind: str) -> list[Question]:
    """Of a household of this kind (GENERAL, LIFTED, POOR, or WATCHED for 监测对象) by the version
    in force; none while none is in force."""
    standard = in_force(on, Standard.Level.HOUSEHOLD)
    return questions_of(standard, kind) if standard else []


def questions_of(standard: Standard, kind: str = "") -> list[Question]:
    found: list[Question] = []
    for indicator in standard.indicators.order_by("order", "pk"):
        indicator.standard = standard
        if indicator.question and (not kind or kind in indicator.applies):
            found += asked(indicator)
    return found


def asked(indicator: Indicator) -> list[Question]:
    answers = (
        Choice("YES", indicator.yes), Choice("NO", indicator.no, gap=True),
        Choice("NA", "不适用"), Choice("UNCLEAR", "没看到、说不清"),
    )  # fmt: skip
    parts = [(f".{t['code']}", f"{indicator.question}{t['text']}") for t in indicator.tests]
    return [
        Question(
            code=indicator.code + part, text=text, unit=indicator.unit, answers=answers,
            indicator=indicator.code, name=indicator.name, document=indicator.document,
        )
        for part, text in parts or [("", indicator.question)]
    ]  # fmt: skip


def line_in_force(on: date, kind: str) -> IncomeLine | None:
    return (
        IncomeLine.objects.filter(Q(end__isnull=True) | Q(end__gt=on), kind=kind, start__lte=on)
        .filter(status=IncomeLine.Status.ACCEPTED)
        .first()
    )


@dataclass(frozen=True)
class Ratio:
    """As counted, in integers; `said` names what was divided by what, and where it comes from."""

    num: int
    den: int
    said: str = ""


class Rates:
    """What another part of the product measures for the county: 综合贫困发生率 (COMPOSITE), 错退率
    (WRONG_EXIT), 漏评率 (MISSED), 群众认可度 (APPROVAL). Until one is filled it reads 待评估."""

    def __init__(self) -> None:
        self._askers: dict[str, Callable[[date], Ratio | None]] = {}

    def add(self, code: str, asker: Callable[[date], Ratio | None]) -> None:
        """`asker(on)` answers with the latest valid count on that day, None when there is none."""
        self._askers[code] = asker

    def of(self, code: str, on: date) -> Ratio | None:
        asker = self._askers.get(code)
        return asker(on) if asker else None


rates = Rates()


def holds(indicator: Indicator, num: int, den: int) -> bool | None:
    """Whether num/den reaches the threshold, on integers; None for 0/0 and any other division by
    nothing. A tie is met only where the version says so."""
    if den <= 0 or indicator.threshold_num is None or not indicator.threshold_den:
        return None
    left, right = num * indicator.threshold_den, indicator.threshold_num * den
    if left == right:
        return not indicator.strict
    return left < right if indicator.comparison == Indicator.Comparison.BELOW else left > right


def tie(indicator: Indicator, num: int, den: int) -> bool:
    if den <= 0 or indicator.threshold_num is None or not indicator.threshold_den:
        return False
    return num * indicator.threshold_den == indicator.threshold_num * den
