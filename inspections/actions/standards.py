"""验收标准 and 收入线: one proposes, a second confirms (domain G.2)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import IntegrityError, models, transaction

from cadres.actions.proposed import WHY_MIN, county, decide, make_room, waiting, withdraw
from cadres.categories import CATEGORIES
from cadres.events import record
from cadres.models import Cadre
from cadres.scope import require
from inspections.actions.selfcheck import queue_both
from inspections.initial import LINES, STANDARDS
from inspections.models import IncomeLine, Indicator, Standard
from yuexi.core.refusals import BadInput, Refusal
from yuexi.core.secrecy import no_idno


@dataclass(frozen=True)
class Draft:
    """A version as it is proposed: its indicators as values of the model, in their order."""

    level: str
    name: str
    start: date
    indicators: Sequence[dict[str, Any]]
    basis: str = ""
    document_no: str = ""
    why: str = ""
    end: date | None = field(default=None)


def propose_standard(*, draft: Draft, by: Cadre, at: datetime) -> Standard:
    require(by, "standard.propose")
    sound(draft)
    with transaction.atomic():
        every = Standard.objects.filter(level=draft.level).order_by("pk")
        list(every.select_for_update())  # who proposes at the same moment gets the next number
        number = (every.aggregate(n=models.Max("number"))["n"] or 0) + 1
        try:
            with transaction.atomic():
                made = Standard.objects.create(
                    level=draft.level, number=number, name=draft.name.strip(), basis=draft.basis.strip(), start=draft.start, end=draft.end,
                    document_no=draft.document_no.strip(), why=draft.why.strip(), proposed_by=by, proposed_at=at,
                )  # fmt: skip
        except IntegrityError as error:
            if "standard_one_waits" not in str(error) and "standard_number_once" not in str(error):
                raise
            raise Refusal(
                "standard_waiting", "这一级已有一版标准等确认，请先由确认人处理，或由提出人撤回后再提。"
            ) from None  # fmt: skip
        Indicator.objects.bulk_create(
            Indicator(standard=made, order=n, **values)
            for n, values in enumerate(draft.indicators, start=1)
        )
        record("standard.propose", made, by=by, at=at, area=county(by),
               after={"name": made.name, "start": str(made.start), "rows": len(draft.indicators), "why": made.why})  # fmt: skip
    return made


def sound(draft: Draft) -> None:
    if draft.level not in Standard.Level.values:
        raise BadInput("level", "请选择标准适用于农户、村还是县。", field="level")
    if not draft.name.strip():
        raise BadInput("name", "请填写标准名称。", field="name")
    if len(draft.why.strip()) < WHY_MIN:
        raise BadInput("why", f"请写明为什么提出这一版（至少 {WHY_MIN} 个字）。", field="why")
    if draft.end is not None and draft.end <= draft.start:
        raise BadInput("end", "失效日期要晚于生效日期。", field="end")
    if not draft.indicators:
        raise BadInput("indicators", "标准里至少要有一个指标。")
    no_idno([draft.name, draft.why, draft.basis, draft.document_no, *draft.indicators])
    seen = set()
    for values in draft.indicators:
        name, code = values["name"], values["code"]
        if code in seen:
            raise BadInput("code", f"代码 {code} 出现了两次，每个指标用一个代码。")
        seen.add(code)
        if values.get("category", "其他") not in CATEGORIES:
            raise BadInput("category", f"指标“{name}”的整改类别不在类别表里，请重新选择。")
        if values["judged"] == Indicator.Judged.INCOME and not values.get("line"):
            raise BadInput("line", f"指标“{name}”要对照收入，请选择对照哪条收入线。")
        rate = values["judged"] in (Indicator.Judged.RATE, Indicator.Judged.POVERTY_RATE)
        if rate and not values.get("comparison"):
            raise BadInput("threshold", f"指标“{name}”是比率，请填写阈值。")
        if draft.level == Standard.Level.HOUSEHOLD and not values.get("applies"):
            raise BadInput("applies", f"请勾选指标“{name}”适用于哪类户。")
        if not _fits(draft.level, values["judged"]):
            raise BadInput("judged", f"指标“{name}”的判定方式不能用在{Standard.Level(draft.level).label}标准里。")  # fmt: skip


def _fits(level: str, judged: str) -> bool:
    if judged == Indicator.Judged.MANUAL:
        return True
    if judged == Indicator.Judged.RATE:
        return level == Standard.Level.COUNTY
    if judged == Indicator.Judged.POVERTY_RATE:
        return level == Standard.Level.VILLAGE
    return level == Standard.Level.HOUSEHOLD


def decide_standard(
    *, standard_id: int, accept: bool, said: str, by: Cadre, at: datetime
) -> Standard:
    """In force from its day: the version before it ends there, so that no day has two."""
    with transaction.atomic():
        found = waiting(Standard, standard_id, "standard.confirm", by)
        if accept:
            make_room(Standard.objects.filter(level=found.level), found)
        decide(found, accept, said, by, at)
        if accept:
            queue_both(standard=found, by=by, at=at)
        record("standard.confirm" if accept else "standard.refuse", found, by=by, at=at, area=county(by),
               after={"name": found.name, "start": str(found.start), "said": found.said})  # fmt: skip
    return found


def withdraw_standard(*, standard_id: int, by: Cadre, at: datetime) -> None:
    with transaction.atomic():
        found = waiting(Standard, standard_id, "standard.propose", by, own=True)
        withdraw(found, by, at)
        record("standard.withdraw", found, by=by, at=at, area=county(by), after={"name": found.name})  # fmt: skip


def propose_line(
    *, kind: str, yuan: int, start: date, end: date | None, document_no: str, note: str, by: Cadre, at: datetime
) -> IncomeLine:  # fmt: skip
    require(by, "standard.propose")
    if kind not in IncomeLine.Kind.values:
        raise BadInput("kind", "请选择是哪条收入线。", field="kind")
    if yuan <= 0 or yuan > 1_000_000:
        raise BadInput("yuan", "收入线应是 1 到 100 万之间的整数（元/人·年）。", field="yuan")
    if end is not None and end <= start:
        raise BadInput("end", "失效日期要晚于生效日期。", field="end")
    no_idno([document_no, note])
    with transaction.atomic():
        made = IncomeLine.objects.create(
            kind=kind, yuan=yuan, start=start, end=end, document_no=document_no.strip(), note=note.strip(),
            proposed_by=by, proposed_at=at,
        )  # fmt: skip
        record("income_line.propose", made, by=by, at=at, area=county(by),
               after={"name": str(made), "start": str(start)})  # fmt: skip
    return made


def decide_line(*, line_id: int, accept: bool, said: str, by: Cadre, at: datetime) -> IncomeLine:
    with transaction.atomic():
        found = waiting(IncomeLine, line_id, "standard.confirm", by)
        if accept:
            make_room(IncomeLine.objects.filter(kind=found.kind), found)
        decide(found, accept, said, by, at)
        record("income_line.confirm" if accept else "income_line.refuse", found, by=by, at=at,
               area=county(by), after={"name": str(found), "said": found.said})  # fmt: skip
    return found


def withdraw_line(*, line_id: int, by: Cadre, at: datetime) -> None:
    with transaction.atomic():
        found = waiting(IncomeLine, line_id, "standard.propose", by, own=True)
        withdraw(found, by, at)
        record("income_line.withdraw", found, by=by, at=at, area=county(by), after={"name": str(found)})  # fmt: skip


def propose_initial(*, start: date, by: Cadre, at: datetime) -> list[Standard]:
    """The set that ships, as proposals, for each level that has no version yet; and its lines."""
    made = []
    with transaction.atomic():
        for level, given in STANDARDS.items():
            taken = Standard.objects.filter(level=level, status__in=["WAITS", "ACCEPTED"])
            if not taken.exists():
                why = "系统自带的初始标准，请核对口径和文号"
                made.append(propose_standard(draft=Draft(level=level, start=start, why=why, **given), by=by, at=at))  # fmt: skip
        if not IncomeLine.objects.filter(status__in=["WAITS", "ACCEPTED"]).exists():
            for kind, since, until, yuan, note in LINES:
                propose_line(kind=kind, yuan=yuan, start=since, end=until, document_no="", note=note, by=by, at=at)  # fmt: skip
    if not made:
        raise Refusal("initial_there", "各级都已有标准，不用再载入初始标准。")
    return made
