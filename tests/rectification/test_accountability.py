"""问责线索: the system lays out facts, 纪委监委 decides, nobody else knows."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from cadres.calendar import nth_working_day
from cadres.models import Cadre, Event
from rectification.actions import closing, extending, moving
from rectification.actions.accountability import decide_accountability, propose, record_appeal
from rectification.actions.handing import hand_over
from rectification.facts import facts
from rectification.models import Accountability, AccountabilityDecision, Appeal, Item
from tests.cast import PHOTO, Cast, fresh, to_check, to_closed, to_work
from tests.county import AT, COUNTY, QINGTIAN
from yuexi.core import clock
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
AsUser = Callable[[Cadre], Client]
Person = Callable[..., Cadre]
LATE = AT + timedelta(days=80)


@pytest.fixture
def discipline(person: Person) -> Cadre:
    return person("演示纪委", "DISCIPLINE", COUNTY, "县纪委监委")


def occasions() -> list[str]:
    return sorted(Accountability.objects.values_list("occasion", flat=True))


def test_late_without_any_progress_is_proposed_once(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    nearly = nth_working_day(fresh(item).deadline, 10)
    assert propose(at=AT.replace(year=nearly.year, month=nearly.month, day=nearly.day)) == 0
    assert propose(at=LATE) == 1 and propose(at=LATE) == 0
    assert occasions() == ["IDLE"]


@pytest.mark.parametrize("did", ["progress", "evidence", "extension"])
def test_who_did_something_or_asked_in_time_is_not_proposed(
    item: Item, cast: Cast, did: str
) -> None:
    to_work(item, cast)
    if did == "progress":
        moving.report(item_id=item.pk, text="管材已到货", by=cast.clerk, at=AT)
    elif did == "evidence":
        closing.add_evidence(item_id=item.pk, content=PHOTO, name="a.jpg", what="照片", by=cast.clerk, at=AT)  # fmt: skip
    else:
        extending.ask_extension(
            item_id=item.pk, days=5, reason="冰冻不能施工", by=cast.clerk, at=AT
        )
    assert propose(at=LATE) == 0


def test_two_failed_checks_and_a_relapse(item: Item, cast: Cast) -> None:
    to_check(item, cast)
    for n in range(2):
        closing.check(item_id=item.pk, step="SELF_CHECK", passed=False, opinion="看不清", by=cast.head, at=AT)  # fmt: skip
        assert propose(at=AT) == n
        closing.add_evidence(item_id=item.pk, content=PHOTO + bytes([n]), name="a.jpg", what="照片", by=cast.clerk, at=AT)  # fmt: skip
        closing.apply(item_id=item.pk, by=cast.clerk, at=AT)
    assert occasions() == ["FAILED"]


def test_a_relapse_is_proposed(item: Item, cast: Cast) -> None:
    to_closed(item, cast)
    assert propose(at=AT) == 0
    closing.look_back(item_id=item.pk, held=False, finding="又冻裂了", by=cast.inspector, at=AT)
    assert propose(at=AT) == 1 and occasions() == ["REBOUND"]


def test_the_facts_say_who_had_it_and_what_was_not_his(item: Item, cast: Cast, person: Person) -> None:  # fmt: skip
    heir = person("演示接手", "TOWNSHIP_CLERK", QINGTIAN)
    to_check(item, cast)
    week = timedelta(days=7)
    closing.check(item_id=item.pk, step="SELF_CHECK", passed=False, opinion="看不清", by=cast.head, at=AT + week)  # fmt: skip
    hand_over(item_ids=[item.pk], giver=cast.clerk, taker=heir, reason="", by=cast.accepter, at=AT + 2 * week)  # fmt: skip
    found = facts(fresh(item), (AT + 3 * week).date())
    assert found.his == {"演示专干": 5, "演示接手": 5}
    assert found.others == {"检查人": 5}
    assert [s.person for s in found.spans][-1] == "演示接手"
    assert any("由演示专干移交给演示接手" in n for n in found.notes)
    assert any("乡镇自查退回：看不清" in n for n in found.notes)


def test_only_the_commission_decides_and_records_appeals(
    item: Item, cast: Cast, discipline: Cadre, person: Person
) -> None:
    to_work(item, cast)
    propose(at=LATE)
    found = Accountability.objects.get()
    say = {"found": found, "document_no": "岳纪〔2027〕3号", "heard_on": LATE.date(), "at": LATE}
    for who in (cast.inspector, cast.accepter, cast.head, cast.clerk):
        with pytest.raises(NotYours):
            decide_accountability(outcome="TALK", by=who, **say)  # type: ignore[arg-type]
        with pytest.raises(IntegrityError, match="accountability_decider"), transaction.atomic(), connection.cursor() as c:  # fmt: skip
            c.execute("INSERT INTO rectification_accountabilitydecision (accountability_id, outcome, document_no, heard_on, by_id, at)"
                      " VALUES (%s, 'NONE', '', now(), %s, now())", [found.pk, who.pk])  # fmt: skip
    with pytest.raises(BadInput, match="都要填文号"):
        decide_accountability(outcome="TALK", by=discipline, **{**say, "document_no": " "})  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="还没有决定"):
        record_appeal(found=found, outcome="MADE", on=LATE.date(), document_no="", by=discipline, at=LATE)  # fmt: skip
    before = Event.objects.count()
    decide_accountability(outcome="TALK", by=discipline, **say)  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="已由别人作出决定"):
        decide_accountability(outcome="NONE", by=discipline, **say)  # type: ignore[arg-type]
    with pytest.raises(BadInput, match="先登记申诉已提出"):
        record_appeal(found=found, outcome="REVOKED", on=LATE.date(), document_no="", by=discipline, at=LATE)  # fmt: skip
    day = LATE.date()
    for outcome, refused, on, said in (
        ("MADE", "MADE", day, "已经登记提出"),
        ("", "UPHELD", day - timedelta(days=1), "申诉提出以后"),
        ("REVOKED", "UPHELD", day, "结果已经登记（撤销"),
        ("", "MADE", day, "结果已经登记（撤销"),
    ):
        if outcome:
            record_appeal(found=found, outcome=outcome, on=day, document_no="", by=discipline, at=LATE)  # fmt: skip
        with pytest.raises(Refusal, match=said):
            record_appeal(found=found, outcome=refused, on=on, document_no="", by=discipline, at=LATE)  # fmt: skip
    for outcome, name in (("MADE", "appeal_made_once"), ("CHANGED", "appeal_result_once")):
        with pytest.raises(IntegrityError, match=name), transaction.atomic():
            Appeal.objects.create(decision=AccountabilityDecision.objects.get(), on=day, outcome=outcome, by=discipline, at=LATE)  # fmt: skip
    assert Event.objects.count() == before, "no word of it in the ordinary log"
    for table in ("accountability", "accountabilitydecision", "appeal"):
        with pytest.raises(Exception, match=r"append only|permission denied"), transaction.atomic(), connection.cursor() as c:  # fmt: skip
            c.execute(f"DELETE FROM rectification_{table}")


def test_nobody_of_himself(item: Item, cast: Cast, person: Person) -> None:
    both = person("演示兼职", "DISCIPLINE", COUNTY, "县纪委监委")
    to_work(item, cast)
    propose(at=LATE)
    Item.objects.filter(pk=item.pk).update(person=both)
    with pytest.raises(NotYours, match="参与过"):
        decide_accountability(found=Accountability.objects.get(), outcome="NONE", document_no="", heard_on=LATE.date(), by=both, at=LATE)  # fmt: skip


def test_the_pages_are_for_the_commission_alone(
    item: Item, cast: Cast, discipline: Cadre, as_user: AsUser
) -> None:
    to_work(item, cast)
    propose(at=LATE)
    page = f"/items/accountability/{Accountability.objects.get().uid}/"
    for who in (cast.inspector, cast.accepter, cast.head, cast.clerk):
        client = as_user(who)
        assert client.get(page).status_code == 403
        assert client.get("/items/accountability/").status_code == 403
        for path in (f"/items/{item.uid}/", "/items/", "/", "/leads/", "/log/"):
            assert "问责线索" not in client.get(path).content.decode(), path
    client = as_user(discipline)
    assert "1 条问责线索等决定" in client.get("/").content.decode()
    assert "逾期且没有任何进展" in client.get("/items/accountability/").content.decode()
    said = client.get(page).content.decode()
    assert "经手和等候" in said and "演示专干" in said
    wrong = {"what": "decide", "outcome": "TALK", "heard_on": str(AT.date()), "document_no": ""}
    assert client.post(page, wrong).status_code == 422
    client.post(page, {**wrong, "document_no": "岳纪〔2027〕3号"})
    said = client.get(page).content.decode()
    assert "岳纪〔2027〕3号" in said and "登记申诉" in said
    assert 'value="MADE"' in said and 'value="UPHELD"' not in said
    appeal = {"what": "appeal", "outcome": "MADE", "on": str(clock.today()), "document_no": ""}  # fmt: skip
    client.post(page, appeal)
    assert client.post(page, wrong).status_code == 404
    said = client.get(page).content.decode()
    assert 'value="MADE"' not in said and 'value="UPHELD"' in said
    again = client.post(page, appeal)
    assert again.status_code == 422 and "只登记一次申诉" in again.content.decode()
    client.post(page, {**appeal, "outcome": "UPHELD"})
    said = client.get(page).content.decode()
    assert (
        "申诉：维持" in said
        and "登记申诉" not in said
        and '<button class="btn primary">登记' not in said
    )
    late = client.post(page, appeal)
    assert late.status_code == 422 and "结果已经登记（维持" in late.content.decode()
    assert Appeal.objects.count() == 2
