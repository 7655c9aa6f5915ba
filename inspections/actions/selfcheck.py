"""自查: ask for a run, answer what only a person can see, bring a gap into the ledger."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from cadres.events import record
from cadres.files import store
from cadres.models import Area, Cadre
from cadres.scope import require
from households.models import Household
from inspections.models import CheckRun, Gap, GapCase, Indicator, Judgement, Standard
from inspections.tasks import run_check
from rectification.actions.registering import Finding, open_from
from rectification.models import Item
from rectification.workflow import ENDED
from yuexi.core import clock
from yuexi.core.refusals import BadInput, Refusal
from yuexi.core.secrecy import no_idno

SOURCE = "gap"


def ask_check(*, standard: Standard, by: Cadre, at: datetime) -> CheckRun:
    require(by, "standard.check")
    if standard.status != Standard.Status.ACCEPTED:
        raise Refusal("not_accepted", "这一版标准还没有确认，不能用来自查。")
    with transaction.atomic():
        run = queue(standard=standard, by=by, at=at)
        record("check.ask", run, by=by, at=at, area=_county(by), after={"name": str(standard), "on": str(run.day)})  # fmt: skip
    return run


@transaction.atomic
def queue(*, standard: Standard, by: Cadre, at: datetime) -> CheckRun:
    """Today's run of this version, once more if it was made already. One that is under way is
    left alone."""
    made, new = CheckRun.objects.get_or_create(
        standard=standard, day=clock.day(at), defaults={"asked_by": by, "asked_at": at}
    )
    run = CheckRun.objects.select_for_update().get(pk=made.pk)
    if not new and run.state in (CheckRun.State.DONE, CheckRun.State.FAILED):
        run.state, run.seen, run.asked_by, run.asked_at = CheckRun.State.WAITS, 0, by, at
        run.save(update_fields=["state", "seen", "asked_by", "asked_at"])
    transaction.on_commit(lambda: run_check.delay(run.pk), robust=True)
    return run


def queue_both(*, standard: Standard, by: Cadre, at: datetime) -> None:
    """A version was confirmed: it and the one in force are laid against the same day's facts, so
    that what changed is the standard and not the county."""
    today = clock.day(at)
    for other in Standard.objects.filter(level=standard.level, status="ACCEPTED", start__lte=today).order_by("-start")[:2]:  # fmt: skip
        if other.pk != standard.pk:
            queue(standard=other, by=by, at=at)
            break
    queue(standard=standard, by=by, at=at)


def answer(
    *, indicator: Indicator, area: Area, household: Household | None, answer: str, said: str,
    photo: tuple[str, bytes] | None, by: Cadre, at: datetime,
) -> Judgement:  # fmt: skip
    """现场核对 of one household, village or the county; who, when and what was seen stay."""
    require(by, "standard.judge", area.code)
    level = indicator.standard.level
    if indicator.judged != Indicator.Judged.MANUAL:
        raise BadInput("judged", f"“{indicator.name}”由在册数据判定，请先更新在册数据。", field="indicator")  # fmt: skip
    if answer not in Judgement.Answer.values:
        raise BadInput("answer", "请选择合格、有差距或不适用。", field="answer")
    if len(said.strip()) < 2:
        raise BadInput("said", "请写明看到的情况（至少 2 个字）。", field="said")
    no_idno([said])
    kept = store(photo[1], name=photo[0], by=by, at=at) if photo else None
    with transaction.atomic():
        made = Judgement.objects.create(
            level=level, code=indicator.code, area=area, household=household, answer=answer, said=said.strip(), file=kept, by=by, at=at
        )  # fmt: skip
        record("check.answer", household or area, by=by, at=at, area=area.code,
               after={"name": indicator.name, "said": made.said, "status": str(made.get_answer_display())})  # fmt: skip
    return made


def open_item(*, gap: Gap, by: Cadre, at: datetime) -> Item:
    """A gap becomes an item, once while that item is open: two who press at once get one."""
    require(by, "item.create", gap.area_id)
    if gap.verdict != Gap.Verdict.FAILED:
        raise Refusal("unknown", "这一条是资料不全、不能判定；请先补登在册数据，再自查一次。")
    run = CheckRun.objects.select_related("standard").get(pk=gap.run_id)
    indicator = run.standard.indicators.get(code=gap.code)
    with transaction.atomic():
        if gap.household_id:
            Household.objects.select_for_update().get(pk=gap.household_id)
        else:
            Area.objects.select_for_update().get(code=gap.area_id)
        cases = cases_of(gap, run.standard.level)
        last = cases[-1] if cases else None
        if last is not None:
            item = Item.objects.filter(source_kind=SOURCE, source_id=last.pk).first()
            if item is not None and item.status not in ENDED:
                return item
        case = GapCase.objects.create(
            level=run.standard.level, code=gap.code, area_id=gap.area_id, household_id=gap.household_id,
            round=(last.round if last else 0) + 1, text=f"自查差距：{indicator.name}。{gap.fact}。"[:500],
            category=indicator.category, by=by, at=at,
            lineage=f"{run.day.year}年{run.day.month}月{run.day.day}日自查，{run.standard}（{indicator.document}）"[:80],
        )  # fmt: skip
        made = open_from(SOURCE, case.pk, by=by, at=at)
        if not isinstance(made, Item):
            raise Refusal("no_default_person", "该乡镇没有在任的专干，请先任命专干，再转入整改。")
    return made


def cases_of(gap: Gap, level: str) -> list[GapCase]:
    cases = GapCase.objects.filter(level=level, code=gap.code).order_by("round")
    if gap.household_id is not None:
        return list(cases.filter(household=gap.household_id))
    return list(cases.filter(household__isnull=True, area__code=gap.area_id))


def finding_of_case(source_id: int) -> Finding:
    case = GapCase.objects.select_related("area", "household__area").get(pk=source_id)
    return Finding(
        text=case.text, category=case.category, area=case.household.area if case.household else case.area, source="SELF",
        source_kind=SOURCE, source_id=source_id, lineage=case.lineage, households=[case.household] if case.household else [],
    )  # fmt: skip


def _county(by: Cadre) -> str:
    return by.unit.area.code if by.unit else ""
