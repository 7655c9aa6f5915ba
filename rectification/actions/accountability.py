"""问责线索: the system proposes and shows the facts; 纪委监委 decides; appeals are recorded. Nothing
here touches a person, counts or ranks him, and no event tells of it."""

from __future__ import annotations

from datetime import date, datetime

from django.db import IntegrityError, connection, transaction

from cadres.calendar import nth_working_day
from cadres.models import Cadre
from cadres.scope import require
from cadres.templatetags.county import cn_day
from rectification.actions.hands import checkers, rectified
from rectification.models import Accountability, AccountabilityDecision, Appeal
from rectification.workflow import FAILED_CHECKS, IDLE_DAYS, WITH_RECTIFIER
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal

HANDLE = "discipline.handle"
ENDED = "申诉结果已经登记（{}，{}），同一决定不再登记申诉；另有新决定的，从新的线索办理。"
AGAIN = "申诉已经登记提出（{}），请登记结果；同一决定只登记一次申诉。"
RUNNING = ", ".join(f"'{status}'" for status in WITH_RECTIFIER)
FIND = f"""
INSERT INTO rectification_accountability (uid, item_id, occasion, cycle, at)
SELECT uuidv7(), i.id, o.occasion, i.rebounds, %(at)s
  FROM rectification_item i CROSS JOIN LATERAL (
    SELECT 'IDLE' WHERE i.status IN ({RUNNING}) AND i.deadline < %(idle)s
       AND NOT EXISTS (SELECT 1 FROM rectification_progress p WHERE p.item_id = i.id AND (p.at AT TIME ZONE 'Asia/Shanghai')::date >= i.issued_on)
       AND NOT EXISTS (SELECT 1 FROM rectification_evidence e WHERE e.item_id = i.id AND (e.at AT TIME ZONE 'Asia/Shanghai')::date >= i.issued_on)
       AND NOT EXISTS (SELECT 1 FROM rectification_extension x LEFT JOIN rectification_extensiondecision d ON d.extension_id = x.id
                        WHERE x.item_id = i.id AND d.id IS NULL)
    UNION ALL
    SELECT 'FAILED' WHERE i.round > {FAILED_CHECKS} AND {FAILED_CHECKS} <= (SELECT count(*) FROM rectification_check c
       WHERE c.item_id = i.id AND NOT c.passed AND (c.at AT TIME ZONE 'Asia/Shanghai')::date >= i.issued_on)
    UNION ALL
    SELECT 'REBOUND' WHERE i.rebounds > 0
  ) AS o (occasion)
 WHERE i.status NOT IN ('REDLINE', 'HANDLED') AND (i.rebounds > 0 OR i.round > {FAILED_CHECKS} OR i.deadline < %(idle)s)
 ORDER BY i.id
ON CONFLICT (item_id, occasion, cycle) DO NOTHING
"""


def propose(*, at: datetime) -> int:
    """By night; however often, each occasion once."""
    idle = nth_working_day(clock.day(at), -IDLE_DAYS)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(FIND, {"at": at, "idle": idle})
        return int(cursor.rowcount)


def _handler(found: Accountability, by: Cadre) -> None:
    require(by, HANDLE, found.item.area_id)
    if by.pk in {found.item.person_id, *rectified(found.item), *checkers(found.item, ever=True)}:
        raise NotYours("about_yourself", "您参与过本件的整改或检查，须由纪委监委其他经办人处理。")


def decide_accountability(
    *, found: Accountability, outcome: str, document_no: str, heard_on: date, by: Cadre, at: datetime
) -> AccountabilityDecision:  # fmt: skip
    _handler(found, by)
    if outcome not in AccountabilityDecision.Outcome.values:
        raise BadInput("outcome", "请选择结果。", field="outcome")
    if outcome != AccountabilityDecision.Outcome.NONE and not document_no.strip():
        raise BadInput(
            "document_no", "除“不予问责”外都要填文号；案情不在这里登记。", field="document_no"
        )
    if heard_on > clock.day(at):
        raise BadInput("heard_on", "听取本人说明的日期不能晚于今天。", field="heard_on")
    try:
        with transaction.atomic():
            return AccountabilityDecision.objects.create(
                accountability=found, outcome=outcome, document_no=document_no.strip(), heard_on=heard_on, by=by, at=at
            )  # fmt: skip
    except IntegrityError:
        raise Refusal("decided", "这条线索刚刚已由别人作出决定，请刷新页面查看。") from None


def record_appeal(
    *, found: Accountability, outcome: str, on: date, document_no: str, by: Cadre, at: datetime
) -> Appeal:
    _handler(found, by)
    decision = AccountabilityDecision.objects.filter(accountability=found).first()
    if decision is None:
        raise Refusal("not_decided", "还没有决定，不能登记申诉。")
    if outcome not in Appeal.Outcome.values:
        raise BadInput("outcome", "请选择申诉情况。", field="outcome")
    told = {appeal.outcome: appeal for appeal in decision.appeals.all()}
    made, ended = told.pop("MADE", None), next(iter(told.values()), None)
    if ended:
        raise Refusal("appeal_ended", ENDED.format(ended.get_outcome_display(), cn_day(ended.on)))
    if outcome != Appeal.Outcome.MADE and not made:
        raise BadInput("appeal_first", "请先登记申诉已提出，再登记结果。", field="outcome")
    if outcome == Appeal.Outcome.MADE and made:
        raise Refusal("appeal_again", AGAIN.format(cn_day(made.on)), field="outcome")
    if on > clock.day(at) or on < (made.on if made else clock.day(decision.at)):
        after = "申诉提出" if made else "决定"
        raise BadInput("on", f"日期要在{after}以后、不晚于今天。", field="on")
    try:
        with transaction.atomic():
            return Appeal.objects.create(decision=decision, on=on, outcome=outcome, document_no=document_no.strip(), by=by, at=at)  # fmt: skip
    except IntegrityError as error:
        if "appeal_" not in str(error):
            raise
        raise Refusal("appeal_again", "这一步刚刚已由别人登记，请刷新页面查看。") from None


def appeal_choices(decision: AccountabilityDecision) -> list[tuple[str, str]]:
    """What of an appeal may be written next: that it was made, then what became of it, then
    nothing."""
    told = {appeal.outcome for appeal in decision.appeals.all()}
    made = Appeal.Outcome.MADE.value
    if told - {made}:
        return []
    return [(code, name) for code, name in Appeal.Outcome.choices if (code == made) is not (made in told)]  # fmt: skip
