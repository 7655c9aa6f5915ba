"""From 申请销号 to 回头看: evidence, independent checks, close-out, relapse."""

from __future__ import annotations

from datetime import date, datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import Q
from django.db.models.expressions import RawSQL

from cadres.actions.leads import open_lead
from cadres.calendar import due_date
from cadres.events import record
from cadres.files import read, store
from cadres.models import Cadre, StoredFile, Unit
from cadres.scope import Loan, require, scope_of
from cadres.templatetags.county import cn_day
from households.models import Household
from households.querysets import my_households
from rectification.actions.hands import assigners, checkers, rectified
from rectification.actions.milestones import close_stage, current, lay_with_checkers
from rectification.actions.moving import expect, locked, moved, reason_given, rectifier_only
from rectification.actions.screening import all_screened
from rectification.indicators import INDICATORS
from rectification.limits import check_days
from rectification.models import Check, Evidence, EvidenceView, Item, LookBack
from rectification.pictures import Photo, read_photo
from rectification.sql import SENTENCES
from rectification.workflow import (
    ASKED,
    HIGHER,
    LOOKBACK_DAYS,
    ROUTE_LABELS,
    ROUTES,
    Route,
    Status,
    Step,
    after,
    step_of,
)
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal, Way


def add_evidence(
    *, item_id: int, content: bytes, name: str, what: str, by: Cadre, at: datetime
) -> Evidence:
    """佐证 for the current round. What a checker sent back stays in sight and proves no more the
    second time: the same bytes are refused in any later round."""
    if not what.strip():
        raise BadInput("what", "请说明这份材料是什么，例如“通水照片”。", field="what")
    rectifier_only(Item.objects.select_related("unit", "person").get(pk=item_id), by)
    file = store(content, name=name, by=by, at=at)  # only now: nobody else fills the disk
    with transaction.atomic():
        (item,) = locked([item_id])
        rectifier_only(item, by)
        if item.status != Status.RECTIFYING:
            raise Refusal(
                "wrong_state", f"{item.number} 现在是“{item.waiting_label}”，整改中才能上传佐证。"
            )
        same = item.evidence.filter(file__sha256=file.sha256).order_by("-round").first()
        if same and same.round < item.round:
            raise Refusal(
                "evidence_old",
                f"这份材料在第 {same.round} 次申请时已经交过（{same.what}），检查人仍能打开；这一次请交整改后的新材料。",
                field="file",
            )
        if same:
            raise Refusal(
                "evidence_twice", f"这份材料已经上传过（{same.what}），不用再传。", field="file"
            )
        return attach(item, file, what.strip(), by=by, at=at)


def attach(item: Item, file: StoredFile, what: str, *, by: Cadre, at: datetime) -> Evidence:
    """In the caller's transaction, which has asked whether he may."""
    photo = read_photo(read(file)) if file.content_type.startswith("image/") else Photo()
    first = StoredFile.objects.filter(sha256=file.sha256).order_by("uploaded_at").values_list("uploaded_at", flat=True)  # fmt: skip
    evidence = Evidence.objects.create(
        item=item, round=item.round, file=file, what=what, by=by, at=at, look=photo.look,
        dated=photo.taken_on or clock.day(first[0]), by_camera=photo.taken_on is not None,
    )  # fmt: skip
    _same_elsewhere(evidence, file, at)
    record("item.evidence", item, by=by, at=at, area=item.area_id,
           after={"what": what, "sha256": file.sha256})  # fmt: skip
    return evidence


def _same_elsewhere(evidence: Evidence, file: StoredFile, at: datetime) -> None:
    """The same photo on two items is a question, once; the upload goes on as ever."""
    if not file.content_type.startswith("image/"):
        return
    same = Q(file__sha256=file.sha256)
    if evidence.look is not None:
        same |= Q(look=evidence.look)
    twin = Evidence.objects.filter(same).exclude(item=evidence.item).select_related("item", "file").order_by("pk").first()  # fmt: skip
    if twin is None:
        return
    how = "文件完全相同" if twin.file.sha256 == file.sha256 else "画面相同"
    open_lead(
        kind="EVIDENCE", subject_kind="item", subject_id=evidence.item_id, area=evidence.item.area_id,
        text=f"{evidence.item.number} 的佐证“{evidence.what}”与 {twin.item.number} 的佐证“{twin.what}”{how}。",
        about=sorted({evidence.by_id, twin.by_id}), at=at,
    )  # fmt: skip


def open_evidence(*, evidence: Evidence, by: Cadre, at: datetime) -> None:
    """Remember that this person looked at this piece."""
    EvidenceView.objects.bulk_create(
        [EvidenceView(evidence=evidence, by=by, at=at)], ignore_conflicts=True
    )


def apply(*, item_id: int, by: Cadre, at: datetime) -> None:
    """申请销号: stops the rectifier's clock and starts the first checker's."""
    with transaction.atomic():
        (item,) = locked([item_id])
        rectifier_only(item, by)
        expect(item, "apply")
        count = item.evidence.filter(round=item.round).count()
        if not count:
            raise Refusal("no_evidence", SENTENCES["item_evidence"], field="file")
        handed_in(item, clock.day(at))
        stage = current(item)
        to = Status.MILESTONE if stage else ROUTES[Route(item.route)][0].status
        told = {"stage": stage.no, "goal": stage.goal} if stage else {}
        moved(item, "apply", to, by=by, at=at, evidence=count, round=item.round, **told)


def handed_in(item: Item, today: date) -> None:
    """The rectifier's clock stops, the first checker's starts."""
    item.applied_on = today
    item.check_due = due_date(today, check_days(today)).date


def may_check(item: Item, step: Step, by: Cadre) -> bool:
    scope = scope_of(by)
    if step.by_own_unit:
        return item.unit_id in scope.units_with(step.right)
    if not scope.has(step.right, item.area_id):
        return False
    return not step.by_lead_unit or item.lead_unit_id in scope.units_with(step.right)


def loan_of(item: Item, step: Step, by: Cadre) -> Loan | None:
    """The 授权 that this check rests on; None for a right of his own."""
    return None if step.by_own_unit else scope_of(by).loan_for(step.right, item.area_id)


def _independent(item: Item, step: Step, by: Cadre) -> Unit:
    """Rectify ≠ verify ≠ accept ≠ close. The database repeats the first three by trigger.
    Whoever acts for a giver is as free as the giver is."""
    loan = loan_of(item, step, by)
    if loan and loan.giver_id in {item.person_id, *rectified(item), *checkers(item)}:
        raise Refusal("check_giver", SENTENCES["check_giver"])
    if item.person_id == by.pk or by.pk in rectified(item):
        raise Refusal("check_rectifier", SENTENCES["check_rectifier"])
    small = item.route in (Route.ON_SPOT, Route.VILLAGE)
    if (
        step.status != Status.SELF_CHECK
        and not small
        and (item.unit_id == by.unit_id or item.unit_id in scope_of(by).unit_ids)
    ):
        raise Refusal("check_own_unit", SENTENCES["check_own_unit"])
    if item.checks.filter(round=item.round, by=by).exists():
        raise Refusal("check_twice", SENTENCES["check_twice"])
    if by.unit is None:
        raise Refusal("no_unit", "您的账号没有单位，不能办理检查；请管理员先核对单位。")
    return by.unit


def unopened(item: Item, by: Cadre) -> int:
    pieces = item.evidence.filter(round=item.round)
    return pieces.count() - pieces.filter(views__by=by).count()


def check(*, item_id: int, step: str, passed: bool, opinion: str, by: Cadre, at: datetime) -> Item:
    """One check, one item, one person: never for many at once. `step` is the state the
    checker saw, so that two who press at once cannot both pass different steps."""
    if len(opinion.strip()) < 2:
        raise BadInput(
            "opinion", "请写检查意见（至少 2 个字）；退回时写明还差什么。", field="opinion"
        )
    try:
        with transaction.atomic():
            (item,) = locked([item_id])
            expect(item, "pass")
            if item.status != step:
                raise Refusal("step_moved", f"{item.number} 这一步刚刚已由别人办完，请刷新页面。")
            now = step_of(item.route, item.status)
            if not may_check(item, now, by):
                raise NotYours("not_checker", f"“{now.label}”不由您的岗位办理。")
            unit = _independent(item, now, by)
            if passed:
                _ready_to_pass(item, now, by)
            loan = loan_of(item, now, by)
            made = Check.objects.create(item=item, round=item.round, step=step, by=by, unit=unit, at=at,
                                 delegation_id=loan.delegation_id if loan else None,
                                 passed=passed, opinion=opinion.strip())  # fmt: skip
            told = {"step": now.label, "for": giver_name(loan)} if loan else {"step": now.label}
            if passed and step == Status.MILESTONE:
                told |= close_stage(item, made, today=clock.day(at))
                moved(
                    item, "pass", Status.RECTIFYING, by=by, at=at, opinion=opinion.strip(), **told
                )
            elif passed:
                _forward(item, by=by, at=at, opinion=opinion.strip(), **told)
            else:
                _back(item, by=by, at=at, reason=opinion.strip(), **told)
    except IntegrityError as error:
        for name, sentence in SENTENCES.items():
            if name in str(error):
                raise Refusal(name, sentence) from None
        raise
    return item


def giver_name(loan: Loan) -> str:
    return Cadre.objects.get(pk=loan.giver_id).name


def _ready_to_pass(item: Item, step: Step, by: Cadre) -> None:
    left = unopened(item, by)
    if left:
        raise Refusal("evidence_unopened", f"还有 {left} 份佐证材料没有打开看过，看过才能通过。")
    if step == ROUTES[Route(item.route)][0]:
        unsolved = item.homes.exclude(solved=True).select_related("household")
        names = [str(link.household) for link in unsolved]
        if names:
            raise Refusal(
                "households_unsolved",
                f"{'、'.join(names[:5])}还没有答复“已解决”，请先逐户询问并登记。",
            )
    if after(item.route, item.status) == Status.CLOSED:
        all_screened(item)
        _mended_at_home(item, by)


def _way_to(home: Household, by: Cadre, right: str, there: tuple[str, str]) -> Way:
    """Where he may do it himself; else the household's page, with its helper and township."""
    label, path = there if scope_of(by).has(right, home.area_id) else ("看", "/households/{}/")
    return Way(f"{label}{home}", path.format(home.uid))


def _mended_at_home(item: Item, by: Cadre) -> None:
    """The roster no longer says it, and somebody was at each house since the application."""
    links = item.homes.filter(household__closed="").select_related("household").order_by("pk")
    red = links.annotate(red=RawSQL("red_indicator(%s, household_id)", [item.category])).filter(red=True).first()  # fmt: skip
    if red:
        mark = INDICATORS[item.category]
        raise Refusal(
            "item_indicator_red", f"{red.household}{mark.label}，{mark.way}，才能销号。",
            way=_way_to(red.household, by, "household.edit", ("去更新", "/households/{}/changes/")),
        )  # fmt: skip
    missing = links.filter(household__in=RawSQL(
        "SELECT * FROM unvisited_since(%s, %s, %s, %s)", [item.pk, item.applied_on, item.route, item.source_kind],
    ))  # fmt: skip
    names = [str(link.household) for link in missing]
    if names:
        home = missing[0].household
        raise Refusal(
            "item_unvisited",
            f"{'、'.join(names[:5])}在{cn_day(item.applied_on)}申请销号以后还没有人入户面谈过，先走访再销号。",
            way=_way_to(home, by, "visit.create", ("记一次走访：", "/m/households/{}/visit/")),
        )


def _forward(item: Item, *, by: Cadre, at: datetime, **told: str) -> None:
    today = clock.day(at)
    to = after(item.route, item.status)
    if to == Status.CLOSED:
        item.closed_on, item.check_due, item.review_due = today, None, None
        item.lookback_due = today + timedelta(days=LOOKBACK_DAYS[0])
    else:
        item.check_due = due_date(today, check_days(today)).date
    moved(item, "pass", to, by=by, at=at, round=item.round, **told)


def _back(item: Item, *, by: Cadre, at: datetime, **told: str) -> None:
    """The rectifier's clock runs again: the days that the item lay with the checkers are
    added, so that a checker's delay never looks like his."""
    lay_with_checkers(item, clock.day(at))
    item.applied_on, item.check_due = None, None
    item.round += 1
    # What was not mended is asked again, of every household; its answers stay in the log.
    item.homes.update(solved=None, asked_by=None, asked_at=None, said="")
    moved(
        item,
        "return",
        Status.RECTIFYING,
        by=by,
        at=at,
        deadline=str(item.deadline),
        **told,
    )


def helps(by: Cadre, household: Household) -> bool:
    return my_households(by).filter(pk=household.pk).exists()


def may_answer(item: Item, household: Household, by: Cadre) -> bool:
    """Whether to show the form: asked again, under the lock, by the action."""
    if item.person_id == by.pk or item.status not in ASKED:
        return False
    return scope_of(by).has("item.create", item.area_id) or helps(by, household)


def answer_household(
    *, item_id: int, household: Household, solved: bool, said: str, by: Cadre, at: datetime
) -> None:
    """逐户询问 by someone other than the rectifier: of the place, or the household's helper."""
    with transaction.atomic():
        (item,) = locked([item_id])
        if item.person_id == by.pk:
            raise Refusal("asked_by_rectifier", "是否已解决要由整改责任人以外的人去问。")
        if item.status not in ASKED:
            raise Refusal(
                "wrong_state", f"{item.number} 现在是“{item.waiting_label}”，整改以后再问。"
            )
        if not (scope_of(by).has("item.create", item.area_id) or helps(by, household)):
            raise NotYours("not_asker", "您的岗位不能登记这一户的答复。")
        link = item.homes.select_for_update().get(household=household)
        link.solved, link.said, link.asked_by, link.asked_at = solved, said.strip(), by, at
        link.save()
        record("item.answer", item, by=by, at=at, area=item.area_id,
               after={"household": str(household), "solved": solved, "said": said.strip()})  # fmt: skip


def higher(item: Item) -> Route:
    """One step up. The county's road by the kind of the rectifying unit, as everywhere."""
    road = HIGHER[Route(item.route)]
    if road != Route.VILLAGE and item.unit.kind == Unit.Kind.COUNTY:
        return Route.DEPARTMENT
    return road


def hands_of(item: Item) -> set[int]:
    """Who had a part in its mending, its checks or its 交办: none of them looks back."""
    return {item.person_id, *rectified(item), *checkers(item, ever=True), *assigners(item)}


def may_report_relapse(item: Item, by: Cadre) -> bool:
    """A relapse is reported on the day on which it is seen, drawn or not, due or not."""
    right = scope_of(by).has("item.lookback", item.area_id)
    return item.status == Status.CLOSED and right and by.pk not in hands_of(item)


def look_back(*, item_id: int, held: bool, finding: str, by: Cadre, at: datetime) -> Item:
    """回头看 at 30 and at 90 days, by someone who had no hand in it. A relapse reopens the
    same item: same number, one more 反弹."""
    finding = reason_given(finding)
    today = clock.day(at)
    with transaction.atomic():
        (item,) = locked([item_id])
        require(by, "item.lookback", item.area_id)
        expect(item, "held" if held else "rebound")
        if by.pk in hands_of(item):
            raise Refusal("lookback_hand", SENTENCES["lookback_hand"])
        if held and item.lookback_due and today < item.lookback_due:
            raise Refusal(
                "look_back_early",
                f"回头看要到 {cn_day(item.lookback_due)}起才能登记“巩固”；发现反弹随时可以登记。",
            )
        done = item.look_backs.filter(at__date__gte=item.closed_on).count()
        LookBack.objects.create(item=item, by=by, at=at, held=held, finding=finding)
        if held:
            more = done + 1 < len(LOOKBACK_DAYS)
            closed = item.closed_on or today
            item.lookback_due = closed + timedelta(days=LOOKBACK_DAYS[done + 1]) if more else None
            to = Status.CLOSED if more else Status.CONSOLIDATED
            moved(item, "held", to, by=by, at=at, finding=finding)
        else:
            before = item.route
            item.rebounds += 1
            item.round += 1
            item.route = higher(item)
            item.closed_on = item.lookback_due = item.applied_on = item.length = None
            item.measure = ""
            item.deadline = due_date(today, 7).date
            item.homes.update(solved=None, asked_by=None, asked_at=None, said="")
            moved(
                item,
                "rebound",
                Status.CONFIRMED,
                by=by,
                at=at,
                finding=finding,
                rebounds=item.rebounds,
                road=f"{ROUTE_LABELS[Route(before)]} → {ROUTE_LABELS[Route(item.route)]}"
                if item.route != before
                else f"{ROUTE_LABELS[Route(before)]}，已是最高一级",
            )
    return item
