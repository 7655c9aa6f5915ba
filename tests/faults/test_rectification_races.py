"""Two real connections on one item, draw, batch or returned row: one effect, and words for the other."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import psycopg2
import pytest

from cadres.models import Cadre, Event
from rectification.actions import batches, closing, red_lines, returning
from rectification.actions.amending import amend
from rectification.actions.drawing import draw
from rectification.actions.extending import ask_extension, decide_extension
from rectification.actions.registering import Finding
from rectification.models import (
    Batch,
    Check,
    DrawnItem,
    ExtensionDecision,
    Item,
    LedgerChange,
    LookBackDraw,
    RedLineReport,
)
from tests.cadres.test_imports import item_row
from tests.cast import Cast, fresh, passes, to_check, to_closed, to_work
from tests.county import AT
from tests.faults.test_races import at_once, beside, refusals
from tests.rectification.test_batches import batch_of
from tests.rectification.test_round_trip import exported, put, saved_again, sent_back
from tests.stack import on_server


def one_refused(results: list[object], said: str) -> None:
    """The other has its effect, and neither went up in an exception."""
    assert len(refusals(results)) == 1 and said in refusals(results)[0].message, results
    assert all(result is not None for result in results), results


def done(work: Callable[[], object]) -> Callable[[], str]:
    """For an action without an answer: one that came to its end."""

    def run() -> str:
        work()
        return "done"

    return run


def test_the_lot_of_a_week_is_drawn_once(real_db: str, item: Item, cast: Cast) -> None:
    to_closed(item, cast)
    Item.objects.filter(pk=item.pk).update(
        closed_on=AT.date() - timedelta(days=30), lookback_due=AT.date()
    )
    results = at_once(*[lambda seed=seed: draw(seed=seed, at=AT) for seed in (1, 2, 3)])  # type: ignore[misc]
    made = LookBackDraw.objects.get()
    assert [r for r in results if r is not None] == [made]
    assert DrawnItem.objects.get().draw == made
    assert Event.objects.filter(action__in=("item.drawn", "item.not_drawn")).count() == 1


@pytest.fixture
def at_the_end(real_db: str, item: Item, cast: Cast) -> Item:
    """Its last check is open, and who does that has seen the evidence."""
    to_check(item, cast)
    for by, step in ((cast.head, "SELF_CHECK"), (cast.department, "VERIFY"), (cast.accepter, "ACCEPT")):  # fmt: skip
        passes(item, by, step)
    for piece in item.evidence.all():
        closing.open_evidence(evidence=piece, by=cast.approver, at=AT)
    return item


def report(item: Item, cast: Cast) -> Callable[[], str]:
    return done(lambda: red_lines.report_red_line(item_id=item.pk, line="FRAUD", said="照片是去年拍的", by=cast.village, at=AT))  # fmt: skip


def close(item: Item, cast: Cast) -> Callable[[], object]:
    return lambda: closing.check(item_id=item.pk, step="APPROVE", passed=True, opinion="同意销号", by=cast.approver, at=AT)  # fmt: skip


def test_what_goes_to_the_commission_is_not_closed(at_the_end: Item, cast: Cast) -> None:
    one_refused(beside(report(at_the_end, cast), close(at_the_end, cast)), "已移送纪委监委")
    assert (fresh(at_the_end).status, fresh(at_the_end).left_from) == ("REDLINE", "APPROVE")
    assert Check.objects.filter(step="APPROVE").count() == 0


def test_what_is_closed_goes_to_the_commission_as_closed(at_the_end: Item, cast: Cast) -> None:
    results = beside(close(at_the_end, cast), report(at_the_end, cast))
    assert refusals(results) == [] and results[1] == "done"
    assert (fresh(at_the_end).status, fresh(at_the_end).left_from) == ("REDLINE", "CLOSED")
    assert Check.objects.filter(step="APPROVE").count() == RedLineReport.objects.count() == 1


def test_reported_and_closed_in_the_same_moment(at_the_end: Item, cast: Cast) -> None:
    results = at_once(report(at_the_end, cast), close(at_the_end, cast))
    left, checks = fresh(at_the_end).left_from, Check.objects.filter(step="APPROVE").count()
    assert fresh(at_the_end).status == "REDLINE" and results[0] == "done"
    assert (left, checks, len(refusals(results))) in {("APPROVE", 0, 1), ("CLOSED", 1, 0)}


@pytest.fixture
def returned(real_db: str, item: Item, cast: Cast) -> LedgerChange:
    to_work(item, cast)
    sent_back(saved_again(exported(cast.accepter), put("整改台账", item.number, "备注", "表里写的")), cast.accepter)  # fmt: skip
    return LedgerChange.objects.get()


def taken(change: LedgerChange, cast: Cast) -> Callable[[], object]:
    return lambda: returning.take(run_id=change.run_id, change_ids=[change.pk], by=cast.accepter, at=AT, seen={change.pk: ""})  # fmt: skip


def by_hand(change: LedgerChange, cast: Cast) -> Callable[[], object]:
    return lambda: amend(item_id=change.item_id, said={"remark": "手工写的"}, was={"remark": ""}, by=cast.approver, at=AT)  # fmt: skip


def test_a_row_that_came_back_does_not_overwrite_what_a_hand_writes(
    returned: LedgerChange, cast: Cast
) -> None:
    results = beside(by_hand(returned, cast), taken(returned, cast))
    assert isinstance(results[1], returning.Outcome) and results[1].taken == 0
    assert "刚刚被改成“手工写的”" in results[1].refused[0]
    returned.refresh_from_db()
    assert returned.fate == "PENDING" and fresh(returned.item).remark == "手工写的"
    assert Event.objects.filter(action="item.amend").count() == 1


def test_a_hand_does_not_overwrite_what_came_back(returned: LedgerChange, cast: Cast) -> None:
    one_refused(beside(taken(returned, cast), by_hand(returned, cast)), "刚刚被改成“表里写的”")
    returned.refresh_from_db()
    assert returned.fate == "TAKEN" and fresh(returned.item).remark == "表里写的"
    assert Event.objects.filter(action="item.amend").count() == 1


def test_a_row_that_came_back_is_taken_once(returned: LedgerChange, cast: Cast) -> None:
    results = at_once(taken(returned, cast), taken(returned, cast))
    one_refused(results, "已经办完")
    assert Event.objects.filter(action="item.amend").count() == 1


@pytest.fixture
def batch(real_db: str, cast: Cast) -> Batch:
    """Of two rows one is undecided."""
    return batch_of(cast.accepter, item_row(), item_row(问题="路灯不亮", 类别="错"))


def end(batch: Batch, by: Cadre) -> Callable[[], object]:
    return lambda: batches.end_batch(batch_id=batch.pk, by=by, at=AT)


def entered(batch: Batch, cast: Cast) -> Callable[[], object]:
    row = batch.rows.get(fate="UNDECIDED")
    finding = Finding(text="路灯不亮", category="基础设施", area=Item.objects.get().area, source="EVALUATION")  # fmt: skip
    return lambda: batches.register_row(row_id=row.pk, finding=finding, by=cast.accepter, at=AT)


def test_an_end_waits_for_the_last_row(batch: Batch, cast: Cast) -> None:
    results = beside(entered(batch, cast), end(batch, cast.approver))
    assert refusals(results) == [] and isinstance(results[1], Batch)
    assert Item.objects.count() == 2 and Batch.objects.get().ended_by == cast.approver


def test_the_last_row_is_decided_by_one(batch: Batch, cast: Cast) -> None:
    row = batch.rows.get(fate="UNDECIDED")
    rejected = done(lambda: batches.reject_row(row_id=row.pk, reason="不属实", by=cast.approver, at=AT))  # fmt: skip
    one_refused(beside(rejected, entered(batch, cast)), "由别人定了去向")
    assert Item.objects.count() == 1
    one_refused(at_once(end(batch, cast.accepter), end(batch, cast.approver)), "已经办结")
    assert Event.objects.filter(action="batch.end").count() == 1


def test_an_end_and_a_row_in_the_same_moment(batch: Batch, cast: Cast) -> None:
    results = at_once(end(batch, cast.approver), entered(batch, cast))
    ended = Batch.objects.get().ended_at is not None
    assert Item.objects.count() == 2 and isinstance(results[1], Item)
    assert ended or "还有 1 行没定去向" in refusals(results)[0].message


def test_no_row_comes_to_a_batch_that_is_being_ended(
    real_db: str, batch: Batch, cast: Cast
) -> None:
    """Whoever writes, past every action."""
    batches.reject_row(row_id=batch.rows.get(fate="UNDECIDED").pk, reason="不属实", by=cast.approver, at=AT)  # fmt: skip
    insert = "INSERT INTO rectification_batchrow (batch_id, number, clip, text, fate, reason) VALUES (%s, 9, '', '多出来', 'UNDECIDED', '')"

    def added() -> str:
        other = psycopg2.connect(on_server("DATABASE_URL", real_db))
        try:
            with other, other.cursor() as cursor:
                cursor.execute(insert, [batch.pk])
        except psycopg2.Error as error:
            return str(error)
        finally:
            other.close()
        return "added"

    results = at_once(end(batch, cast.approver), added)
    assert isinstance(results[0], Batch) and "batch_whole" in str(results[1])
    assert batch.rows.count() == batch.count == 2


def test_an_extension_is_decided_once(real_db: str, item: Item, cast: Cast) -> None:
    to_work(item, cast)
    due = fresh(item).deadline
    ask_extension(item_id=item.pk, days=5, reason="连日冰冻，无法施工", by=cast.clerk, at=AT)

    def decide(granted: bool, by: Cadre) -> Callable[[], object]:
        return lambda: decide_extension(item_id=item.pk, granted=granted, opinion="情况属实", by=by, at=AT)  # fmt: skip

    for first in (True, False):
        results = at_once(decide(first, cast.approver), decide(not first, cast.accepter))
        if first:
            one_refused(results, "已经有人批过")
        else:
            assert len(refusals(results)) == 2
    made = ExtensionDecision.objects.get()
    assert (fresh(item).deadline > due) is made.granted
    assert Event.objects.filter(action__in=("item.extended", "item.not_extended")).count() == 1


def test_pages_answer_the_second_one_in_words(
    at_the_end: Item, cast: Cast, as_user: Callable[[Cadre], Any]
) -> None:
    """The same over HTTP: whoever loses gets a page that says so, never a 500."""
    page = f"/items/{at_the_end.uid}/"
    approver, village = as_user(cast.approver), as_user(cast.village)
    results = at_once(
        lambda: village.post(f"{page}red_line/", {"line": "FRAUD", "said": "照片是去年拍的"}),
        lambda: approver.post(f"{page}pass/", {"step": "APPROVE", "opinion": "同意销号"}),
    )
    answers: list[Any] = results
    assert answers[0].status_code == 302
    said = answers[1].content.decode()
    assert answers[1].status_code == 302 or (answers[1].status_code in (409, 422) and "已移送纪委监委" in said)  # fmt: skip
    assert fresh(at_the_end).status == "REDLINE"
