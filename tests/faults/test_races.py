"""Two real connections at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from threading import Barrier, Thread
from typing import Any

import psycopg2
import uuid6
from django.db import connection, transaction

from cadres.actions.calendar import change_calendar, plan_calendar
from cadres.actions.imports import upload
from cadres.calendar import due_date, is_working_day, nth_working_day
from cadres.models import Cadre, Notice
from cadres.tasks import IMPORT_LOCK, run_import
from households import reminders as visits_due
from households import summaries
from households.actions import visits
from households.actions.assignments import assign
from households.models import Assignment, Household, Visit
from inspections.actions import consents, honours
from inspections.models import Honour
from rectification import reminders
from rectification.actions import closing, moving, papers
from rectification.actions.registering import Finding, register
from rectification.models import Check, Item, Paper, PaperDecision, PaperSeries
from tests.cast import THREE_DAYS_LATE, Cast, fresh, passes, to_check, to_work
from tests.county import AT, COUNTY, QINGTIAN
from tests.households.builders import helps, household, line, workbook
from tests.inspections.publicity import consent, of_household
from tests.rectification.papers import drafted, late
from tests.stack import on_server, wait_until
from yuexi.core.refusals import Refusal

VILLAGES = ("340828202200", "340828202201")


def at_once(*works: Callable[[], object]) -> list[object]:
    """Run each on a thread, and so a connection, of its own; a refusal is its result."""
    barrier, results = Barrier(len(works)), [None] * len(works)

    def run(n: int, work: Callable[[], object]) -> None:
        connection.ensure_connection()
        barrier.wait()
        try:
            results[n] = work()
        except Refusal as refusal:
            results[n] = refusal
        finally:
            connection.close()

    threads = [Thread(target=run, args=(n, work)) for n, work in enumerate(works)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return results


def refusals(results: list[object]) -> list[Refusal]:
    return [r for r in results if isinstance(r, Refusal)]


def test_two_checkers_press_at_once(
    real_db: str, item: Item, cast: Cast, person: Callable[..., Cadre]
) -> None:
    other = person("演示副镇", "TOWNSHIP_HEAD", QINGTIAN)
    to_check(item, cast)
    results = at_once(
        lambda: passes(item, cast.head, "SELF_CHECK"), lambda: passes(item, other, "SELF_CHECK")
    )
    assert len(refusals(results)) == 1 and "刷新页面" in refusals(results)[0].message
    assert Check.objects.count() == 1 and fresh(item).status == "VERIFY"


def test_an_import_that_is_in_other_hands_is_left_alone(
    real_db: str, person: Callable[..., Cadre]
) -> None:
    clerk = person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    run = upload(kind="ROSTER", content=workbook([line(1)]), name="a.xlsx", by=clerk, at=AT)
    other = psycopg2.connect(on_server("DATABASE_URL", real_db))
    with other.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_lock(%s, %s)", [IMPORT_LOCK, run.pk])
    run_import(run.pk)
    run.refresh_from_db()
    assert run.status == "CHECKING"
    with other.cursor() as cursor:  # a close alone frees it only when the server has noticed
        cursor.execute("SELECT pg_advisory_unlock(%s, %s)", [IMPORT_LOCK, run.pk])
    other.close()
    run_import(run.pk)
    run.refresh_from_db()
    assert run.status == "READY"


def test_two_offices_issue_the_same_item(real_db: str, item: Item, cast: Cast) -> None:
    moving.confirm(item_ids=[item.pk], by=cast.accepter, at=AT)
    results = at_once(
        lambda: moving.issue(item_ids=[item.pk], by=cast.accepter, at=AT),
        lambda: moving.issue(item_ids=[item.pk], by=cast.approver, at=AT),
    )
    assert len(refusals(results)) == 1
    assert fresh(item).dispatch is not None


def waits_for_a_lock() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted")
        return bool(cursor.fetchone()[0])


def beside(first: Callable[[], object], second: Callable[[], object]) -> list[object]:
    """The first has written and not committed when the second comes; which then waits."""
    results: list[object] = [None, None]

    def run() -> None:
        try:
            results[1] = second()
        except Refusal as refusal:
            results[1] = refusal
        finally:
            connection.close()

    with transaction.atomic():
        results[0] = first()
        other = Thread(target=run)
        other.start()
        wait_until(waits_for_a_lock, "the second one at the door")
    other.join()
    return results


def test_issued_while_a_holiday_is_saved(
    real_db: str, item: Item, cast: Cast, person: Callable[..., Cadre]
) -> None:
    """Whoever comes second knows of the first: no deadline stays counted by the old days."""
    office = person("演示数据", "OFFICE_DATA", COUNTY)
    moving.confirm(item_ids=[item.pk], by=cast.accepter, at=AT)
    later = AT + timedelta(days=7)
    day = nth_working_day(item.deadline, 2)  # after the deadline of now and before the one to come
    said: dict[str, Any] = {"year": day.year, "text": f"{day} 休", "announce": False}

    def issue() -> object:
        return moving.issue(item_ids=[item.pk], by=cast.accepter, at=later)

    def save() -> object:
        return change_calendar(**said, shown=shown, by=office, at=AT)

    shown = plan_calendar(**said, by=office, today=AT.date()).digest
    results = beside(issue, save)
    assert len(refusals(results)) == 1 and "请再预览一次" in refusals(results)[0].message
    counted = fresh(item).deadline
    assert counted == due_date(later.date(), 30).date and is_working_day(day)
    shown = plan_calendar(**said, by=office, today=AT.date()).digest
    save()
    assert fresh(item).deadline == nth_working_day(counted, 1)


def test_a_holiday_is_saved_while_an_item_is_issued(
    real_db: str, item: Item, cast: Cast, person: Callable[..., Cadre]
) -> None:
    office = person("演示数据", "OFFICE_DATA", COUNTY)
    moving.confirm(item_ids=[item.pk], by=cast.accepter, at=AT)
    later = AT + timedelta(days=7)
    day = nth_working_day(item.deadline, 2)
    said: dict[str, Any] = {"year": day.year, "text": f"{day} 休", "announce": False}
    shown = plan_calendar(**said, by=office, today=AT.date()).digest
    old = due_date(later.date(), 30).date
    results = beside(
        lambda: change_calendar(**said, shown=shown, by=office, at=AT),
        lambda: moving.issue(item_ids=[item.pk], by=cast.accepter, at=later),
    )
    assert refusals(results) == [] and not is_working_day(day)
    assert fresh(item).deadline == due_date(later.date(), 30).date > old


def test_numbers_have_no_gap_and_no_twin(real_db: str, item: Item, cast: Cast) -> None:
    finding = Finding(text="路灯不亮", category="基础设施", area=item.area, source="SELF")
    at_once(*[lambda: register(finding=finding, by=cast.clerk, at=AT) for _ in range(6)])
    numbers = sorted(Item.objects.values_list("number", flat=True))
    assert numbers == [f"26-{n:04}" for n in range(1, 8)]


def test_one_household_and_two_new_helpers(real_db: str, person: Callable[..., Cadre]) -> None:
    clerk = person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    first, second = person("演示甲", "HELPER", QINGTIAN), person("演示乙", "HELPER", QINGTIAN)
    home = household()
    at_once(*[
        lambda c=c: assign(household_ids=[home.pk], cadre=c, rank="MAIN", start=AT.date(), by=clerk, at=AT)
        for c in (first, second)
    ])  # fmt: skip
    assert Assignment.objects.filter(end=None).count() == 1


def test_the_same_visit_sent_twice_at_once(real_db: str, person: Callable[..., Cadre]) -> None:
    import uuid6

    from households.actions.visits import VisitEntry, log_visit

    helper, home, uid = person("演示帮扶", "HELPER", QINGTIAN), household(), uuid6.uuid7()
    helps(helper, home)
    entry = VisitEntry(mode="IN_PERSON", met="演示户", occurred_at=AT - timedelta(hours=1))
    results = at_once(
        *[
            lambda: log_visit(household=home, entry=entry, by=helper, at=AT, uid=uid)
            for _ in range(3)
        ]
    )
    assert {r.pk for r in results if isinstance(r, Visit)} == {Visit.objects.get().pk}


def test_four_sweeps_at_once_leave_exactly_one(real_db: str, item: Item, cast: Cast) -> None:
    to_work(item, cast)
    day = nth_working_day(fresh(item).deadline, 3)
    made = at_once(*[lambda: reminders.sweep(today=day, at=AT) for _ in range(4)])
    assert sorted(map(str, made)) == ["0", "0", "0", "4"]
    told = Notice.objects.values_list("rule", "recipient__name")
    assert sorted(told) == sorted(THREE_DAYS_LATE)


def test_four_sweeps_of_unvisited_households_leave_exactly_one(
    real_db: str, person: Callable[..., Cadre]
) -> None:
    for n in range(3):
        helper = person(f"演示帮扶{n}", "HELPER", QINGTIAN)
        for _ in range(2):
            helps(helper, household())
    made = at_once(*[lambda: visits_due.sweep(today=AT.date(), at=AT) for _ in range(4)])
    assert sorted(map(str, made)) == ["0", "0", "0", "3"] and Notice.objects.count() == 3


def test_a_return_and_a_pass_at_once_are_one(real_db: str, item: Item, cast: Cast) -> None:
    to_check(item, cast)
    for piece in item.evidence.all():
        closing.open_evidence(evidence=piece, by=cast.head, at=AT)
    results = at_once(
        lambda: closing.check(
            item_id=item.pk, step="SELF_CHECK", passed=True, opinion="好的", by=cast.head, at=AT
        ),
        lambda: closing.check(
            item_id=item.pk, step="SELF_CHECK", passed=False, opinion="不行", by=cast.head, at=AT
        ),
    )
    assert len(refusals(results)) == 1 and Check.objects.count() == 1


def test_a_write_waits_for_the_row_and_not_for_the_table(
    real_db: str, item: Item, cast: Cast
) -> None:
    other = register(
        finding=Finding(text="路灯不亮", category="基础设施", area=item.area, source="SELF"),
        by=cast.clerk,
        at=AT,
    )
    with transaction.atomic():
        Item.objects.select_for_update().get(pk=item.pk)
        [result] = at_once(lambda: moving.confirm(item_ids=[other.pk], by=cast.accepter, at=AT))
    assert result == 1


def test_papers_drafted_at_once_get_numbers_without_gaps(
    real_db: str, item: Item, cast: Cast
) -> None:
    """Six connections draft, every third fails after its number was taken: what is committed
    is numbered without a gap and without a twin."""
    items = []
    for n in range(6):  # one each: the lock of a common item would put them in a row
        finding = Finding(
            text=f"水管冻裂 {n}", category="饮水安全", area=item.area, source="INSPECTION"
        )
        items.append(register(finding=finding, by=cast.clerk, at=AT))
        to_work(items[n], cast)
        items[n] = late(items[n])

    def one(n: int) -> object:
        if n % 3:
            return drafted("URGE", cast.accepter, items[n]).number
        with transaction.atomic():
            made = drafted("URGE", cast.accepter, items[n])
            transaction.set_rollback(True)
            return f"gone {made.number}"

    results = at_once(*[lambda n=n: one(n) for n in range(6)])  # type: ignore[misc]
    numbers = sorted(Paper.objects.values_list("number", flat=True))
    assert numbers == [f"督办2026-{n:04}" for n in range(1, 5)]
    assert sorted(str(r) for r in results if not str(r).startswith("gone")) == numbers
    assert PaperSeries.objects.get().last == 4
    assert drafted("URGE", cast.accepter, items[0]).number == "督办2026-0005"


def test_one_register_number_signed_twice_at_once(real_db: str, item: Item, cast: Cast) -> None:
    to_work(item, cast)
    item = late(item)
    sheets = [drafted("URGE", cast.accepter, item) for _ in range(2)]
    results = at_once(*[
        lambda p=p: papers.issue(paper=p, document_no="岳农工办〔2026〕8号", signed_off_by="演示签发", by=cast.approver, at=AT)  # type: ignore[misc]
        for p in sheets
    ])  # fmt: skip
    assert len(refusals(results)) == 1 and "已经用过" in refusals(results)[0].message
    assert PaperDecision.objects.count() == 1


def test_signed_and_withdrawn_at_once(real_db: str, item: Item, cast: Cast) -> None:
    to_work(item, cast)
    sheet = drafted("DISPATCH", cast.accepter, item)
    results = at_once(
        lambda: papers.issue(paper=sheet, document_no="岳农工办〔2026〕8号", signed_off_by="演示签发", by=cast.approver, at=AT),
        lambda: papers.withdraw(paper=sheet, reason="写错了", by=cast.accepter, at=AT),
    )  # fmt: skip
    assert len(refusals(results)) == 1 and "刷新页面" in refusals(results)[0].message
    assert PaperDecision.objects.count() == 1


def test_two_sheets_of_one_dispatch_at_once(real_db: str, item: Item, cast: Cast) -> None:
    to_work(item, cast)
    results = at_once(
        lambda: drafted("DISPATCH", cast.accepter, item),
        lambda: drafted("DISPATCH", cast.approver, item),
    )
    assert len(refusals(results)) == 1 and Paper.objects.count() == 1


def test_two_who_name_each_other_at_once(real_db: str, person: Callable[..., Cadre]) -> None:
    from cadres.actions.absences import be_away
    from cadres.models import Absence

    one, two = person("演示甲", "HELPER", QINGTIAN), person("演示乙", "HELPER", QINGTIAN)
    day = AT.date()
    results = at_once(*[
        lambda a=a, b=b: be_away(cadre=a, deputy=b, start=day, until=day, by=a, at=AT)
        for a, b in ((one, two), (two, one))
    ])  # fmt: skip
    assert sum(isinstance(r, Refusal) for r in results) == 1
    assert Absence.objects.count() == 1


def test_both_who_hold_a_post_leave_at_once(real_db: str, person: Callable[..., Cadre]) -> None:
    from cadres.actions.absences import be_away
    from cadres.actions.covering import add_work_post
    from cadres.models import Absence

    organiser = person("演示组织", "ORGANISATION", COUNTY, "县委组织部")
    team = [person(f"演示水利{n}", "HELPER", COUNTY, "县水利局") for n in "甲乙丙丁"]
    unit, day = team[0].unit, AT.date() + timedelta(days=7)
    assert unit is not None
    add_work_post(unit=unit, name="审核", kind="GENERAL", first=team[0], second=team[1], start=AT.date(), by=organiser, at=AT)  # fmt: skip
    results = at_once(*[
        lambda n=n: be_away(cadre=team[n], deputy=team[n + 2], start=day, until=day, by=team[n], at=AT)
        for n in (0, 1)
    ])  # fmt: skip
    assert [r.code for r in refusals(results)] == ["ab_both_away"]
    assert Absence.objects.count() == 1


def seen_row(home: Household, by: Cadre) -> dict[str, Any]:
    entry = visits.VisitEntry(mode="IN_PERSON", occurred_at=AT, met="户主")
    return visits.visit_row(entry, uid=uuid6.uuid7(), household_id=home.pk, area_code=home.area_id, visitor=by,
                            recorded_at=AT, at=AT, via="PHONE")  # fmt: skip


def test_two_write_the_sums_of_one_village(real_db: str, person: Callable[..., Cadre]) -> None:
    """New visits to the same households from two sides, in opposite order, and two who declare
    the same ones void: no ring, and the sums are those of the rows."""
    helpers = [person(f"演示帮扶{n}", "HELPER", QINGTIAN) for n in range(2)]
    clerk = person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
    homes = [household(f"演示{n}", VILLAGES[n % 2]) for n in range(20)]

    def batches(by: Cadre, order: int) -> None:
        for _ in range(5):
            visits.write([seen_row(h, by) for h in homes[::order]], [], sent_by=by, at=AT)

    batches(helpers[0], 1)
    first = list(Visit.objects.order_by("-pk"))

    def void() -> None:
        for visit in first[:30]:
            visits.correct(visit=visit, values={}, reason="重复", void=True, by=clerk, at=AT)

    at_once(lambda: batches(helpers[0], 1), lambda: batches(helpers[1], -1), void, void)
    assert Visit.objects.count() == 300 and Visit.objects.filter(corrections__void=True).distinct().count() == 30  # fmt: skip
    assert summaries.differences() == []


def test_a_void_that_waits_for_a_new_visit_counts_it(
    real_db: str, person: Callable[..., Cadre]
) -> None:
    clerk, home = person("演示专干", "TOWNSHIP_CLERK", QINGTIAN), household()
    visits.write([seen_row(home, clerk)], [], sent_by=clerk, at=AT)
    old = Visit.objects.get()

    beside(
        lambda: visits.write([seen_row(home, clerk)], [], sent_by=clerk, at=AT),
        lambda: visits.correct(visit=old, values={}, reason="重复", void=True, by=clerk, at=AT),
    )
    assert Visit.objects.filter(corrections__void=True).get() == old
    assert summaries.differences() == []


def test_a_consent_is_revoked_while_its_household_is_published(
    real_db: str, cast: Cast, person: Callable[..., Cadre]
) -> None:
    """Whichever comes first: nothing stays in public on a revoked consent."""
    office, other = (person(name, "PUBLICITY") for name in ("演示宣传", "演示宣二"))
    for n in range(6):
        home = household(f"演示{n}")
        paper = consent(home, cast.clerk)
        made = of_household(home, cast.clerk, consent=paper)
        honours.review(honour=made, by=office, at=AT)
        honours.give_notice(honour=made, contact="宣传部 0556-0000001", by=other, at=AT)
        late = AT + timedelta(days=8)
        at_once(
            partial(consents.revoke, consent=paper, by=cast.clerk, at=late),
            partial(honours.publish, honour=made, by=other, at=late),
        )
        assert Honour.objects.get(pk=made.pk).status == "WITHDRAWN"
