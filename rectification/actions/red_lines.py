"""三条红线: whoever sees an item may report it; from then on it is with 纪委监委 and no ordinary verb
starts there. Who reported is for 纪委监委 alone, and each look at it is kept."""

from __future__ import annotations

from datetime import datetime

from django.db import IntegrityError, transaction

from cadres.calendar import due_date, working_days_between
from cadres.events import TASK, origin_is, record
from cadres.models import Cadre, Notice
from cadres.scope import require
from rectification.actions.hands import checkers, rectified
from rectification.actions.milestones import put_off
from rectification.actions.moving import expect, locked
from rectification.calendar import count_again, days_given
from rectification.limits import check_days
from rectification.models import Item, RedLineDecision, RedLineOpening, RedLineReport
from rectification.sql import SENTENCES
from rectification.workflow import (
    CHECKS,
    OPEN,
    RED_LINES,
    WITH_RECTIFIER,
    Status,
)
from yuexi.core import clock, crypto
from yuexi.core.refusals import BadInput, NotYours, Refusal
from yuexi.core.secrecy import no_idno

HANDLE = "discipline.handle"


def report_red_line(*, item_id: int, line: str, said: str, by: Cadre, at: datetime) -> None:
    """The item leaves the ordinary path at once, so that nothing is closed or smoothed meanwhile.
    The log tells that it happened, and nowhere by whom."""
    said = said.strip()
    if line not in RED_LINES:
        raise BadInput("line", "请选择是哪一条红线。", field="line")
    if len(said) < 6:
        raise BadInput("said", "请写清您知道的情况（至少 6 个字）。", field="said")
    no_idno(said)
    today = clock.day(at)
    with transaction.atomic():
        (item,) = locked([item_id])
        again = item.status == Status.REDLINE
        if not again:
            expect(item, "red_line")
        no = item.red_count + (0 if again else 1)
        RedLineReport.objects.create(
            item=item, no=no, line=line, said=crypto.encrypt(said), on=today,
            reporter=crypto.encrypt(f"{by.pk}:{by.name}（{by.work_no}，{by.unit or '无单位'}）"),
        )  # fmt: skip
        if again:
            return
        before = item.status
        item.red_count, item.red_line, item.left_from = no, line, before
        item.status, item.since, item.check_due = Status.REDLINE, today, None
        item.days_given = days_given(item) if before in OPEN else None
        item.save()
        # What inboxes hold of it says its words.
        told = Notice.objects.filter(subject_kind="item", subject_id=item.pk)
        told.update(text=f"{item.number}：{item.waiting_label}")
        with origin_is(TASK):
            record("item.red_line", item, by=None, at=at, area=item.area_id,
                   before={"status": before}, after={"status": str(Status.REDLINE)})  # fmt: skip


def _handler(item: Item, by: Cadre) -> None:
    require(by, HANDLE, item.area_id)
    if by.pk in {item.person_id, *rectified(item), *checkers(item, ever=True)}:
        raise NotYours("red_hand", "您参与过本件的整改或检查，须由纪委监委其他经办人处理。")


def settle_red_line(
    *, item_id: int, outcome: str, document_no: str, by: Cadre, at: datetime
) -> None:
    """Back to where it left the ordinary path, with the days that it was away added; or ended."""
    ended = outcome == RedLineDecision.Outcome.ENDED
    if ended and not document_no.strip():
        raise BadInput(
            "document_no", "办结要填文号；案情不在本系统登记。", field="document_no"
        )  # fmt: skip
    today = clock.day(at)
    try:
        with transaction.atomic():
            (item,) = locked([item_id])
            _handler(item, by)
            expect(item, "red_end" if ended else "red_return")
            RedLineDecision.objects.create(
                item=item, no=item.red_count, outcome=outcome, document_no=document_no.strip(), by=by, at=at
            )  # fmt: skip
            away = max(0, working_days_between(item.since, today))
            before, due = item.status, item.deadline
            item.status, item.since = (Status.HANDLED if ended else item.left_from), today
            if not ended and item.left_from in OPEN:
                count_again(item)
            if not ended and item.left_from in WITH_RECTIFIER and away:
                put_off(item, away)
            if not ended and item.left_from in CHECKS:
                item.check_due = due_date(today, check_days(today)).date
            item.save()
            record("item.red_end" if ended else "item.red_return", item, by=by, at=at, area=item.area_id,
                   before={"status": before, "deadline": str(due)}, after={"status": item.status, "deadline": str(item.deadline)})  # fmt: skip
    except IntegrityError as error:
        for name, sentence in SENTENCES.items():
            if name in str(error):
                raise Refusal(name, sentence) from None
        raise


def open_reporter(*, report: RedLineReport, by: Cadre, at: datetime) -> str:
    """Who reported; that somebody looked is kept, and that too is for 纪委监委 alone."""
    _handler(report.item, by)
    RedLineOpening.objects.create(report=report, by=by, at=at)
    return crypto.decrypt(report.reporter).partition(":")[2]
