"""延期: once, in time, decided one level above, visible for ever."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from cadres.models import Cadre, Notice
from rectification import reminders
from rectification.actions import closing
from rectification.actions.extending import ask_extension, decide_extension
from rectification.facts import facts
from rectification.figures import report
from rectification.models import Extension, Item
from rectification.querysets import to_extend
from tests.cast import Cast, fresh, to_check, to_work
from tests.county import AT, COUNTY, QINGTIAN
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
AsUser = Callable[[Cadre], Client]
Person = Callable[..., Cadre]


def ask(item: Item, by: Cadre, days: int = 10, at: object = AT) -> Extension:
    return ask_extension(item_id=item.pk, days=days, reason="连日冰冻，山上无法施工", by=by, at=at)  # type: ignore[arg-type]


def decide(item: Item, by: Cadre, *, granted: bool = True, at: object = AT) -> None:
    decide_extension(item_id=item.pk, granted=granted, opinion="情况属实", by=by, at=at)  # type: ignore[arg-type]


def test_asked_in_time_and_granted_one_level_above(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    assert (fresh(item).deadline, fresh(item).length) == (date(2027, 1, 4), 30)
    ask(item, cast.clerk)
    assert fresh(item).deadline == date(2027, 1, 4), "asked is not granted"
    reminders.sweep(today=AT.date(), at=AT)
    told = Notice.objects.filter(rule="N-EXTEND").values_list("recipient__name", flat=True)
    assert sorted(told) == ["演示批准", "演示验收"]
    assert item in to_extend(cast.approver) and item not in to_extend(cast.head)
    with pytest.raises(NotYours, match="县指挥部审批"):
        decide(item, cast.head)
    with pytest.raises(NotYours):
        decide(item, cast.department)
    decide(item, cast.approver)
    assert fresh(item).deadline == date(2027, 1, 18)
    assert item not in to_extend(cast.approver)
    with pytest.raises(Refusal, match="已经有人批过"):
        decide(item, cast.accepter)
    with pytest.raises(Refusal, match="一件只延期一次"):
        ask(item, cast.clerk)


def test_refused_is_refused_and_stays(item: Item, cast: Cast, as_user: AsUser) -> None:
    to_work(item, cast)
    ask(item, cast.clerk)
    decide(item, cast.approver, granted=False)
    assert fresh(item).deadline == date(2027, 1, 4)
    said = as_user(cast.clerk).get(f"/items/{item.uid}/").content.decode()
    assert "未同意" in said and "情况属实" in said and "连日冰冻" in said


def again(item: Item, by: Cadre, reason: str = "管材厂停产，另购要三周") -> Extension:
    return ask_extension(item_id=item.pk, days=5, reason=reason, by=by, at=AT)


def test_refused_it_may_be_asked_once_more_with_new_reasons(
    item: Item, cast: Cast, as_user: AsUser
) -> None:
    to_work(item, cast)
    ask(item, cast.clerk)
    page, clerk = f"/items/{item.uid}/", as_user(cast.clerk)
    with pytest.raises(Refusal, match="正在等审批"):
        again(item, cast.clerk)
    assert "按期办不完？" not in clerk.get(page).content.decode()
    decide(item, cast.approver, granted=False)
    assert "上次没有同意" in clerk.get(page).content.decode()
    with pytest.raises(BadInput, match="写明新的理由"):
        ask(item, cast.clerk, 3)
    with pytest.raises(Refusal, match="期限已过"):
        ask_extension(item_id=item.pk, days=3, reason="换个理由", by=cast.clerk, at=AT + timedelta(days=60))  # fmt: skip
    again(item, cast.clerk)
    assert item in to_extend(cast.approver)
    said = as_user(cast.approver).get(page).content.decode()
    assert "这是第 2 次申请，前一次没有同意" in said and "管材厂停产" in said
    decide(item, cast.approver)
    assert fresh(item).deadline == date(2027, 1, 11)
    with pytest.raises(Refusal, match="一件只延期一次"):
        again(item, cast.clerk, "又一个理由")
    said = clerk.get(page).content.decode()
    for told in ("连日冰冻", "管材厂停产", "未同意", "已同意", "第 1 次：", "第 2 次："):
        assert told in said
    assert list(facts(fresh(item), AT.date()).notes)[:2] == [
        "申请过延期 10 个工作日，未同意：连日冰冻，山上无法施工",
        "申请过延期 5 个工作日，已同意：管材厂停产，另购要三周",
    ]


def test_refused_twice_it_is_asked_no_more(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    ask(item, cast.clerk)
    decide(item, cast.approver, granted=False)
    again(item, cast.clerk)
    decide(item, cast.approver, granted=False)
    with pytest.raises(Refusal, match="最多申请两次"):
        again(item, cast.clerk, "第三个理由")
    assert fresh(item).deadline == date(2027, 1, 4)


def test_who_asked_twice_is_counted_once_in_every_figure(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    before = report(cast.accepter, AT.date()).total.n
    ask(item, cast.clerk)
    decide(item, cast.approver, granted=False)
    again(item, cast.clerk)
    decide(item, cast.approver)
    assert report(cast.accepter, AT.date()).total.n == before


def test_the_database_refuses_to_ask_again_by_itself(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    insert = ("INSERT INTO rectification_extension (item_id, no, days, deadline, reason, by_id, at, due)"
              " VALUES (%s, %s, 5, '2027-01-04', %s, %s, %s, '2027-01-06')")  # fmt: skip

    def refused(no: int, reason: str, name: str) -> None:
        with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as c:  # fmt: skip
            c.execute(insert, [item.pk, no, reason, cast.clerk.pk, AT])

    refused(2, "冰冻", "extension_again")
    made = ask(item, cast.clerk)
    refused(2, "别的理由", "extension_again")
    refused(1, "别的理由", "extension_once")
    decide(item, cast.approver, granted=False)
    refused(2, made.reason, "extension_again")
    refused(3, "别的理由", "extension_again|extension_twice")
    again(item, cast.clerk)
    decide(item, cast.approver, granted=False)
    refused(3, "第三个理由", "extension_twice_at_most")


def test_not_late_not_long_not_by_another(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    with pytest.raises(NotYours):
        ask(item, cast.head)
    with pytest.raises(BadInput, match="不能超过原来给的 30 个工作日"):
        ask(item, cast.clerk, 31)
    with pytest.raises(Refusal, match="期限已过"):
        ask(item, cast.clerk, at=AT + timedelta(days=60))
    assert not Extension.objects.exists()


def test_a_late_decision_takes_no_day_and_a_return_adds_to_it(item: Item, cast: Cast) -> None:
    to_check(item, cast)
    with pytest.raises(Refusal, match="不能申请延期"):
        ask(item, cast.clerk)
    later = AT + timedelta(days=7)
    closing.check(item_id=item.pk, step="SELF_CHECK", passed=False, opinion="看不清", by=cast.head, at=later)  # fmt: skip
    assert fresh(item).deadline == date(2027, 1, 11), "five working days with the checker"
    ask(item, cast.clerk, 5, at=later)
    decide(item, cast.approver, at=AT + timedelta(days=80))
    assert fresh(item).deadline == date(2027, 1, 18)


def test_the_database_refuses_by_itself(item: Item, cast: Cast, person: Person) -> None:
    to_work(item, cast)
    insert = ("INSERT INTO rectification_extension (item_id, no, days, deadline, reason, by_id, at, due)"
              " VALUES (%s, 1, %s, '2027-01-04', '冰冻', %s, %s, '2027-01-06')")  # fmt: skip
    for days, by, at, name in (
        (10, cast.head, AT, "extension_person"),
        (31, cast.clerk, AT, "extension_long"),
        (10, cast.clerk, AT + timedelta(days=60), "extension_late"),
        (0, cast.clerk, AT, "extension_says_why"),
    ):
        with pytest.raises(IntegrityError, match=name), transaction.atomic(), connection.cursor() as c:  # fmt: skip
            c.execute(insert, [item.pk, days, by.pk, at])
    made = ask(item, cast.clerk)
    with pytest.raises(IntegrityError, match="unique"), transaction.atomic(), connection.cursor() as c:  # fmt: skip
        c.execute(insert, [item.pk, 5, cast.clerk.pk, AT])
    decided = ("INSERT INTO rectification_extensiondecision (extension_id, granted, opinion, by_id, at)"
               " VALUES (%s, true, '同意', %s, %s)")  # fmt: skip
    other = person("演示副镇", "TOWNSHIP_HEAD", QINGTIAN)
    for by in (cast.clerk, other):
        with pytest.raises(IntegrityError, match="extension_decider"), transaction.atomic(), connection.cursor() as c:  # fmt: skip
            c.execute(decided, [made.pk, by.pk, AT])
    for sql in ("UPDATE rectification_extension SET reason = '别的'", "DELETE FROM rectification_extension"):  # fmt: skip
        with pytest.raises(Exception, match=r"append only|permission denied"), transaction.atomic(), connection.cursor() as c:  # fmt: skip
            c.execute(sql)


def test_the_page_asks_and_decides(item: Item, cast: Cast, as_user: AsUser, person: Person) -> None:
    to_work(item, cast)
    page, clerk = f"/items/{item.uid}/", as_user(cast.clerk)
    assert "申请延期" in clerk.get(page).content.decode()
    assert "申请延期" not in as_user(cast.head).get(page).content.decode()
    assert clerk.post(f"{page}extend/", {"days": "99", "reason": "冰冻不能施工"}).status_code == 422
    clerk.post(f"{page}extend/", {"days": "5", "reason": "冰冻不能施工"})
    leader = person("演示县长", "COUNTY_LEADER", COUNTY)
    assert "等您审批" not in as_user(leader).get(page).content.decode()
    said = as_user(cast.approver).get(page).content.decode()
    assert "等您审批：延期" in said and "冰冻不能施工" in said and "等您办" not in said
    as_user(cast.approver).post(f"{page}extended/", {"opinion": "同意，抓紧办"})
    said = clerk.get(page).content.decode()
    assert "期限改为 2027年1月11日" in said and "已同意" in said


def test_the_stopped_clock_is_said_on_the_page(item: Item, cast: Cast, as_user: AsUser) -> None:
    to_check(item, cast)
    said = as_user(cast.clerk).get(f"/items/{item.uid}/").content.decode()
    assert "11月23日申请时停表，还剩 30 个工作日" in said and "检查人的办理时限" in said
