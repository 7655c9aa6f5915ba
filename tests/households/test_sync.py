"""Batches of visits at the edge where phones and township systems send them."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any

import pytest
import uuid6
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.actions.tokens import issue_token
from cadres.models import Area, Cadre, Event, Post
from households.actions.held import decide_held
from households.actions.life import close_household, move_household
from households.models import Assignment, HeldVisit, Household, Member, Visit, VisitFact
from rectification.models import Item
from tests.county import DIANQIAN, QINGTIAN
from tests.households.builders import helps, household, idno
from yuexi.core import clock, crypto
from yuexi.core.refusals import Refusal

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db
PATH = "/api/v1/visits/sync"


def said(home: Household, **changes: Any) -> dict[str, Any]:
    now = clock.now()
    return {
        "uid": str(uuid6.uuid7()), "household": str(home.uid), "mode": "IN_PERSON", "met": "演示陈",
        "occurred_at": (now - timedelta(hours=2)).isoformat(), "recorded_at": (now - timedelta(hours=1)).isoformat(),
        **changes,
    }  # fmt: skip


def send(client: Client, *records: Any, sent_at: datetime | None = None, **extra: Any) -> list[Any]:
    body = {"records": list(records), "sent_at": (sent_at or clock.now()).isoformat()}
    answer = client.post(PATH, json.dumps(body), content_type="application/json", **extra)
    assert answer.status_code == 200, answer.content.decode()
    answers: list[Any] = answer.json()["answers"]
    assert len(answers) == len(records)
    return answers


def test_each_record_gets_its_own_answer(helper: Cadre, home: Household, as_user: AsUser) -> None:
    good, client = said(home), as_user(helper)
    bad = [
        said(home, mode="GHOST"), said(home, met=""), {"uid": "x"}, 7, said(home, met="甲" * 61),
        said(home, surprise=1), said(home, done=f"他的号码是{idno(3)}"), said(home, met="a\0b"),
        said(home, facts={"pinyin": {"base": None, "value": "x"}}), said(home, latitude=30.0),
        said(home, occurred_at=(clock.now() + timedelta(hours=3)).isoformat()),
    ]  # fmt: skip
    answers = send(client, *bad[:5], good, *bad[5:])
    assert [a["status"] for a in answers] == ["refused"] * 5 + ["accepted"] + ["refused"] * 6
    for answer in answers:
        assert answer["status"] == "accepted" or (answer["code"] and "。" in answer["message"])
    assert (
        answers[4]["message"] == "“见到谁”最长 60，请核对后再送。" and answers[4]["field"] == "met"
    )
    assert answers[2]["uid"] == "x"
    visit = Visit.objects.get()
    assert answers[5]["receipt"] == f"V{visit.pk}" and str(visit.uid) == good["uid"]
    assert (visit.via, visit.visitor) == ("PHONE", helper)
    assert Event.objects.get(action="visit.log").via == "PHONE"


def test_half_a_character_refuses_its_record_and_no_neighbour(
    helper: Cadre, home: Household, as_user: AsUser
) -> None:
    """What a phone writes that cut an emoji in two, at the end of a text of sixty signs."""
    half = said(home, met="演示\ud83d")
    answers = send(
        as_user(helper), half, said(home, done="好\U0001f600"), said(home, done="\\ud83d")
    )
    assert [a["status"] for a in answers] == ["refused", "accepted", "accepted"]
    assert (answers[0]["code"], answers[0]["uid"]) == ("record_text", half["uid"])
    assert sorted(Visit.objects.values_list("done", flat=True)) == ["\\ud83d", "好\U0001f600"]


def test_a_fact_of_yes_or_no_is_one_of_them(
    helper: Cadre, home: Household, as_user: AsUser
) -> None:
    told = [said(home, facts={"safe_water": {"base": None, "value": v}}) for v in ("也许", "否", False, None)]  # fmt: skip
    answers = send(as_user(helper), *told)
    assert [a["status"] for a in answers] == ["refused"] + ["accepted"] * 3
    assert (answers[0]["code"], answers[0]["field"]) == ("record_fact", "facts")


def test_a_body_of_four_megabytes_is_taken_and_a_larger_one_told(
    helper: Cadre, person: Person, as_user: AsUser
) -> None:
    body = b'{"records": []}' + b" " * (3 * 1024 * 1024)
    for client, how in ((as_user(helper), {}), (Client(), system(person))):
        assert client.post(PATH, body, content_type="application/json", **how).status_code == 200
        large = client.post(PATH, body + body, content_type="application/json", **how)
        assert large.status_code == 413 and "太大" in large.json()["detail"]


@pytest.mark.parametrize("body", ["", "[]", '{"records": 1}', '{"records": [{]}', "[" * 90_000])
def test_a_body_that_is_no_batch_is_refused_whole(
    helper: Cadre, as_user: AsUser, body: str
) -> None:
    answer = as_user(helper).post(PATH, body, content_type="application/json")
    assert answer.status_code == 422 and answer.json()["title"] == "batch_shape"


def test_more_than_five_hundred_are_asked_for_in_parts(
    helper: Cadre, home: Household, as_user: AsUser
) -> None:
    body = json.dumps({"records": [said(home)] * 501})
    answer = as_user(helper).post(PATH, body, content_type="application/json")
    assert answer.status_code == 422 and "最多送 500 条" in answer.json()["detail"]


def test_a_signature_is_one_of_the_photos(helper: Cadre, home: Household, as_user: AsUser) -> None:
    sha, other = "a" * 64, "b" * 64
    told = said(home, photos=[sha, other], signature=other)
    answers = send(as_user(helper), told, said(home, photos=[sha], signature=other))
    assert [a["status"] for a in answers] == ["accepted", "refused"]
    assert answers[1]["field"] == "signature" and Visit.objects.get().signature_hash == other


def test_a_resend_is_the_same_visit(helper: Cadre, home: Household, as_user: AsUser) -> None:
    client, record = as_user(helper), said(home)
    [first] = send(client, record)
    [again] = send(client, record)
    assert (first["status"], again["status"]) == ("accepted", "duplicate")
    assert again["receipt"] == first["receipt"] and Visit.objects.count() == 1
    two = said(home)
    assert [a["status"] for a in send(client, two, two)] == ["accepted", "duplicate"]


def test_the_same_number_with_other_words_keeps_both(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser
) -> None:
    client, record = as_user(helper), said(home, done="送药")
    send(client, record)
    other = {**record, "done": "送药两盒"}
    [answer] = send(client, other)
    assert answer["status"] == "conflict" and answer["receipt"].startswith("H")
    [again] = send(client, other)
    assert (again["status"], again["receipt"]) == ("duplicate", answer["receipt"])
    held = HeldVisit.objects.get()
    assert held.why == "CONFLICT" and held.record["done"] == "送药两盒"
    with pytest.raises(Refusal, match="本人不能核自己的"):
        decide_held(held=held, accept=True, said="就是我", by=helper, at=clock.now())
    second = decide_held(held=held, accept=True, said="问过本人", by=clerk, at=clock.now())
    assert second is not None and second.done == "送药两盒" and "APPROVED" in second.flags
    assert Visit.objects.exclude(pk=second.pk).get().corrections.get().void
    with pytest.raises(Refusal, match="已由别人核定"):
        decide_held(held=held, accept=False, said="再想想", by=clerk, at=clock.now())


def test_two_helpers_on_one_day_both_count(
    helper: Cadre, home: Household, person: Person, as_user: AsUser
) -> None:
    second = person("演示第二", "HELPER", QINGTIAN)
    helps(second, home, rank="SECOND")
    fact = {"safe_water": {"base": None, "value": False}}
    for who in (helper, second):
        [answer] = send(as_user(who), said(home, facts=fact))
        assert answer["status"] == "accepted"
    assert Visit.objects.filter(household=home).count() == 2
    assert VisitFact.objects.count() == 2
    home.refresh_from_db()
    assert home.safe_water is None  # what a visit saw changes nothing by itself
    assert Visit.objects.filter(changes=["WATER"]).count() == 2


def test_a_stranger_s_household_does_not_exist(
    helper: Cadre, home: Household, person: Person, as_user: AsUser
) -> None:
    other = household("演示外", "340828101200")
    unknown = said(home, household=str(uuid6.uuid7()))
    answers = send(as_user(helper), said(other), unknown)
    assert [(a["status"], a["code"], a["message"]) for a in answers] == [
        ("refused", "household_unknown", "找不到这一户，或不在您的范围内；请核对后再送。")
    ] * 2


def test_a_number_of_somebody_else_s_visit_tells_nothing(
    helper: Cadre, home: Household, person: Person, as_user: AsUser
) -> None:
    record = said(home)
    send(as_user(helper), record)
    thief = person("演示邻", "HELPER", QINGTIAN)
    helps(thief, home, rank="SECOND")
    [answer] = send(as_user(thief), record)
    assert (answer["status"], answer["code"]) == ("refused", "uid_taken")
    assert not HeldVisit.objects.exists()


def test_who_handed_over_since_then_still_was_the_helper(
    helper: Cadre, home: Household, as_user: AsUser
) -> None:
    today = clock.today()
    Assignment.objects.update(end=today + timedelta(days=1))
    assert send(as_user(helper), said(home))[0]["status"] == "accepted"
    Assignment.objects.update(end=today - timedelta(days=10))
    [answer] = send(as_user(helper), said(home))
    assert answer["status"] == "held" and "包保在走访当天或以前已经结束" in answer["message"]
    assert HeldVisit.objects.get().why == "NOT_HELPER"
    then = clock.now() - timedelta(days=12)
    [answer] = send(as_user(helper), said(home, occurred_at=then.isoformat(), recorded_at=then.isoformat()))  # fmt: skip
    assert answer["status"] == "accepted"


def test_a_household_struck_off_or_moved_meanwhile_keeps_the_visit(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser
) -> None:
    before, to = home.area_id, Area.objects.filter(code__startswith=QINGTIAN[:9], level="VILLAGE").exclude(code=home.area_id)[0]  # fmt: skip
    move_household(household_id=home.pk, to=to, group="", by=clerk, at=clock.now())
    [answer] = send(as_user(helper), said(home))
    assert answer["status"] == "accepted" and Visit.objects.get().area_id == before
    now = clock.now().isoformat()
    send(as_user(helper), said(home, occurred_at=now, recorded_at=now))
    assert Visit.objects.order_by("-pk")[0].area_id == to.code
    close_household(household_id=home.pk, why="DIED", on=clock.today(), by=clerk, at=clock.now())
    Assignment.objects.update(end=clock.today() + timedelta(days=1))
    [answer] = send(as_user(helper), said(home))
    assert answer["status"] == "accepted" and answer["flags"] == ["CLOSED"]


def test_too_late_waits_for_the_village(
    helper: Cadre, home: Household, person: Person, as_user: AsUser
) -> None:
    then = (clock.now() - timedelta(hours=80)).isoformat()
    plain = said(home, occurred_at=then)
    assert "补录原因" in send(as_user(helper), plain)[0]["message"]
    [answer] = send(as_user(helper), {**plain, "late_reason": "手机没电"})
    assert (answer["status"], answer["code"]) == ("held", "late") and not Visit.objects.exists()
    held = HeldVisit.objects.get()
    village = person("演示村干", "VILLAGE", home.area_id)
    neighbour = person("演示邻村", "VILLAGE", "340828202201")
    with pytest.raises(Refusal):
        decide_held(held=held, accept=True, said="来过", by=neighbour, at=clock.now())
    made = decide_held(held=held, accept=True, said="村里核实来过", by=village, at=clock.now())
    assert made is not None and made.occurred_at == held.occurred_at and made.visitor == helper


def test_four_days_without_signal_are_not_late(
    helper: Cadre, home: Household, as_user: AsUser
) -> None:
    then = (clock.now() - timedelta(days=4)).isoformat()
    [answer] = send(as_user(helper), said(home, occurred_at=then, recorded_at=then))
    assert answer["status"] == "accepted"
    visit = Visit.objects.get()
    assert visit.synced_at - visit.recorded_at > timedelta(days=3) and not visit.late


YEAR = 366 * 24 * 60


@pytest.mark.parametrize("minutes", [-600, 45, -11, 11, -YEAR, YEAR])
def test_a_wrong_phone_clock_is_corrected_and_flagged(
    helper: Cadre, home: Household, as_user: AsUser, minutes: int
) -> None:
    wrong = timedelta(minutes=minutes)
    now = clock.now()
    record = said(home, occurred_at=(now + wrong - timedelta(hours=1)).isoformat(), recorded_at=(now + wrong).isoformat())  # fmt: skip
    [answer] = send(as_user(helper), record, sent_at=now + wrong)
    assert answer["status"] == "accepted" and answer["flags"] == ["CLOCK"]
    visit = Visit.objects.get()
    assert abs(visit.recorded_at - now) < timedelta(seconds=5)
    assert visit.clock_offset_s is not None and abs(visit.clock_offset_s + minutes * 60) < 5
    assert send(as_user(helper), record, sent_at=now + wrong)[0]["status"] == "duplicate"


@pytest.mark.parametrize("ahead", [timedelta(minutes=11), timedelta(days=366)])
def test_written_down_after_it_arrived_ends_at_the_arrival(
    helper: Cadre, home: Household, as_user: AsUser, ahead: timedelta
) -> None:
    """The clock ran ahead at the door and was set right before the record was sent."""
    record = said(home, recorded_at=(clock.now() + ahead).isoformat())
    [answer] = send(as_user(helper), record)
    assert (answer["status"], answer["flags"]) == ("accepted", ["CLOCK"])
    visit = Visit.objects.get()
    assert visit.recorded_at == visit.synced_at and not visit.late
    assert send(as_user(helper), record)[0]["status"] == "duplicate"


def test_a_clock_a_few_minutes_ahead_leaves_nothing_in_the_future(
    helper: Cadre, home: Household, as_user: AsUser
) -> None:
    soon = clock.now() + timedelta(minutes=9)
    record = said(home, occurred_at=soon.isoformat(), recorded_at=soon.isoformat())
    [answer] = send(as_user(helper), record, sent_at=soon)
    visit = Visit.objects.get()
    assert "flags" not in answer
    assert visit.occurred_at == visit.recorded_at == visit.synced_at


def test_a_visit_of_the_future_is_refused_and_may_be_mended(
    helper: Cadre, home: Household, as_user: AsUser
) -> None:
    ahead = clock.now() + timedelta(days=366)
    record = said(home, occurred_at=ahead.isoformat(), recorded_at=ahead.isoformat())
    [answer] = send(as_user(helper), record)
    assert (answer["status"], answer["code"], answer["field"]) == ("refused", "future", "occurred_at")  # fmt: skip
    now = clock.now().isoformat()
    mended = {**record, "occurred_at": now, "recorded_at": now}
    assert send(as_user(helper), mended)[0]["status"] == "accepted"


def test_what_is_held_keeps_the_mark_of_a_wrong_clock(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser
) -> None:
    now = clock.now()
    record = said(home, occurred_at=(now - timedelta(hours=80)).isoformat(), late_reason="没信号",
                  recorded_at=(now + timedelta(days=366)).isoformat())  # fmt: skip
    assert send(as_user(helper), record)[0]["status"] == "held"
    held = HeldVisit.objects.get()
    assert held.recorded_at == held.at
    made = decide_held(held=held, accept=True, said="村里核实来过", by=clerk, at=clock.now())
    assert made is not None and made.flags == ["APPROVED", "CLOCK"]


def test_nine_minutes_are_left_as_they_are(helper: Cadre, home: Household, as_user: AsUser) -> None:
    [answer] = send(as_user(helper), said(home), sent_at=clock.now() + timedelta(minutes=9))
    assert "flags" not in answer and Visit.objects.get().clock_offset_s is None


def test_a_closed_account_is_told_so_and_a_clerk_s_system_passes_its_records_on(
    helper: Cadre, home: Household, person: Person, as_user: AsUser
) -> None:
    phone = as_user(helper)
    Cadre.objects.filter(pk=helper.pk).update(is_active=False)
    answer = phone.post(PATH, json.dumps({"records": [said(home)]}), content_type="application/json")  # fmt: skip
    assert answer.status_code == 401 and answer.json()["title"] == "account_closed"
    assert Client().post(PATH, "{}", content_type="application/json").json()["title"] == "session_ended"  # fmt: skip
    [given] = send(Client(), said(home, visitor=helper.work_no), **system(person))
    assert given["status"] == "held" and HeldVisit.objects.get().why == "ACCOUNT"


def system(person: Person) -> dict[str, Any]:
    """A township system's header."""
    data = person("演示数据", "OFFICE_DATA")
    area = Area.objects.get(code=QINGTIAN)
    _, secret = issue_token(area=area, purpose="走访对接", responsible="演示责任人",
                            agreement="对接协议", by=data, at=clock.now(), expires_on=date(2099, 1, 1))  # fmt: skip
    return {"headers": {"Authorization": f"Bearer {secret}"}}


def test_a_township_system_names_household_and_visitor_its_own_way(
    helper: Cadre, home: Household, person: Person
) -> None:
    Member.objects.create(household=home, name="演示员", relation="配偶", idno=crypto.encrypt(idno(5)),
                          idno_hash=crypto.lookup_hash(idno(5)), idno_tail=idno(5)[14:])  # fmt: skip
    Household.objects.filter(pk=home.pk).update(national_no="0082000001")
    far = household("演示外", "340828101200")
    stranger = person("演示远", "HELPER", DIANQIAN)
    by_no, by_idno = said(home, household_no="0082000001", visitor=helper.work_no), said(home, idno=idno(5), visitor=helper.work_no)  # fmt: skip
    for record in (by_no, by_idno):
        del record["household"]
    answers = send(
        Client(), by_no, by_idno, said(far, visitor=helper.work_no), said(home, visitor=stranger.work_no), said(home),
        **system(person),
    )  # fmt: skip
    assert [a["status"] for a in answers] == ["accepted", "accepted"] + ["refused"] * 3
    assert answers[2]["code"] == "household_unknown" and answers[3]["code"] == answers[4]["code"] == "not_helper"  # fmt: skip
    visit = Visit.objects.get(uid=by_idno["uid"])
    assert visit.via == "API" and visit.visitor == helper
    assert idno(5) not in json.dumps([e.after for e in Event.objects.all()])


def test_a_held_record_never_keeps_the_number_it_was_matched_by(
    helper: Cadre, home: Household, person: Person
) -> None:
    Member.objects.create(household=home, name="演示员", relation="配偶", idno=crypto.encrypt(idno(5)),
                          idno_hash=crypto.lookup_hash(idno(5)), idno_tail=idno(5)[14:])  # fmt: skip
    then = (clock.now() - timedelta(hours=80)).isoformat()
    record = said(
        home, idno=idno(5), visitor=helper.work_no, occurred_at=then, late_reason="没信号"
    )
    del record["household"]
    assert send(Client(), record, **system(person))[0]["status"] == "held"
    assert idno(5) not in json.dumps(HeldVisit.objects.get().record)


def test_a_hundred_cost_as_many_statements_as_one(
    helper: Cadre, home: Household, as_user: AsUser
) -> None:
    client = as_user(helper)
    counts = []
    for n in (1, 100):
        problems = [{"category": "饮水安全", "text": "水管冻裂"}]
        batch = [said(home, problems=problems) for _ in range(n)]
        with CaptureQueriesContext(connection) as queries:
            answers = send(client, *batch)
        assert {a["status"] for a in answers} == {"accepted"}
        counts.append(len(queries))
    assert counts[0] == counts[1], counts


def test_a_problem_from_the_valley_becomes_an_item(
    helper: Cadre,
    home: Household,
    clerk: Cadre,
    as_user: AsUser,
    django_capture_on_commit_callbacks: Any,
) -> None:
    from rectification.tasks import open_findings, recover_findings

    send(as_user(helper), said(home, problems=[{"category": "饮水安全", "text": "水管冻裂"}]))
    found = Visit.objects.get().problems.get()
    assert open_findings([found.pk]) == 1 and open_findings([found.pk]) == 1
    assert recover_findings() == 0
    item = Item.objects.get()
    assert item.text == "水管冻裂" and item.person == clerk


def test_a_session_post_without_its_token_is_refused(helper: Cadre, home: Household) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(helper, backend="cadres.login.CadreBackend")
    body = json.dumps({"records": [said(home)]})
    answer = strict.post(PATH, body, content_type="application/json")
    assert answer.status_code == 403 and answer.json()["title"] == "csrf"
    assert not Visit.objects.exists()


@pytest.mark.parametrize("table", ["heldvisit", "helddecision", "visitfact", "visitphoto"])
def test_what_arrived_cannot_be_rewritten(table: str) -> None:
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM households_{table}")


def test_a_helper_of_a_post_of_that_day(home: Household, person: Person, as_user: AsUser) -> None:
    village = person("演示村干", "VILLAGE", home.area_id)
    Post.objects.filter(cadre=village).update(end=clock.today() - timedelta(days=3))
    then = (clock.now() - timedelta(days=5)).isoformat()
    old = said(home, occurred_at=then, recorded_at=then)
    assert [a["status"] for a in send(as_user(village), old, said(home))] == ["accepted", "held"]


def test_a_clerk_takes_in_what_a_dead_account_s_phone_exported(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser
) -> None:
    Cadre.objects.filter(pk=helper.pk).update(is_active=False)
    page, far = as_user(clerk), household("演示外", "340828101200")
    body = {"sent_at": clock.now().isoformat(), "visitor": helper.work_no, "records": [said(home), said(far)]}  # fmt: skip
    for _ in range(2):
        file = SimpleUploadedFile("走访记录.json", json.dumps(body).encode())
        shown = page.post("/visits/hand-over/", {"file": file}).content.decode()
        assert "找不到这一户" in shown
    assert "先前已收" in shown
    held = HeldVisit.objects.get()
    assert (held.why, held.visitor, held.sent_by, held.via) == ("ACCOUNT", helper, clerk, "PAGE")
    made = decide_held(held=held, accept=True, said="手机是他的，村里见过", by=clerk, at=clock.now())  # fmt: skip
    assert made is not None and made.visitor == helper
    junk = page.post("/visits/hand-over/", {"file": SimpleUploadedFile("a.json", b"PK")})
    assert junk.status_code == 422 and "约定的 JSON" in junk.content.decode()


POISON: dict[str, dict[str, Any]] = {
    "NUL in a category": {"problems": [{"category": "饮\0水", "text": "水管冻裂"}]},
    "NUL in a household number": {"household": None, "household_no": "34\0"},
    "NUL in a work number": {"visitor": "a\0"},
    "NUL in what the phone showed": {"facts": {"group": {"base": "a\0", "value": "河口组"}}},
    "the last hour of all": {"occurred_at": "9999-12-31T23:30:00Z", "recorded_at": "9999-12-31T23:30:00Z"},
    "the first hour of all": {"occurred_at": "0001-01-01T00:30:00+08:00"},
    "written down at the end of time": {"recorded_at": "9999-12-31T23:30:00-08:00"},
}  # fmt: skip


@pytest.mark.parametrize("changes", POISON.values(), ids=POISON)
def test_one_impossible_record_stops_no_other(
    helper: Cadre, home: Household, as_user: AsUser, changes: dict[str, Any]
) -> None:
    slow = clock.now() - timedelta(hours=5)
    at = {"occurred_at": (slow - timedelta(hours=2)).isoformat(), "recorded_at": slow.isoformat()}
    answers = send(as_user(helper), said(home, **at), said(home, **{**at, **changes}), sent_at=slow)
    assert [a["status"] for a in answers] == ["accepted", "refused"]


def test_a_category_of_no_list_is_refused_with_the_list(
    helper: Cadre, home: Household, as_user: AsUser
) -> None:
    strange = said(home, problems=[{"category": "杂事", "text": "水管冻裂"}])
    answer = send(as_user(helper), strange)[0]
    assert answer["status"] == "refused" and answer["field"] == "problems"
    assert "没有“杂事”" in answer["message"] and "饮水安全、住房安全" in answer["message"]


def test_a_phone_whose_year_is_none_is_asked_to_set_it(
    helper: Cadre, home: Household, as_user: AsUser
) -> None:
    body = json.dumps({"records": [said(home)], "sent_at": "9999-12-31T23:59:00Z"})
    answer = as_user(helper).post(PATH, body, content_type="application/json")
    assert answer.status_code == 422 and "日期" in answer.json()["detail"]


def test_the_same_record_twice_in_a_batch_has_one_receipt(
    helper: Cadre, home: Household, as_user: AsUser
) -> None:
    two = said(home)
    first, twin = send(as_user(helper), two, two)
    assert twin["receipt"] == first["receipt"]
    late = said(home, occurred_at=(clock.now() - timedelta(hours=80)).isoformat(), late_reason="没信号")  # fmt: skip
    first, twin = send(as_user(helper), late, late)
    assert (first["status"], twin["status"]) == ("held", "duplicate")
    assert twin["receipt"] == first["receipt"]


def test_a_session_post_with_its_token_is_taken(helper: Cadre, home: Household) -> None:
    """As a browser sends it: the test client alone never looks at the token."""
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(helper, backend="cadres.login.CadreBackend")
    strict.cookies["csrftoken"] = "c" * 32
    assert send(strict, said(home), headers={"X-CSRFToken": "c" * 32})[0]["status"] == "accepted"


def test_of_two_held_versions_the_last_one_taken_stands(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser
) -> None:
    then = (clock.now() - timedelta(hours=80)).isoformat()
    first = said(home, occurred_at=then, late_reason="没信号", done="第1版")
    for version in (first, {**first, "done": "第2版"}, {**first, "done": "第3版"}):
        assert send(as_user(helper), version)[0]["status"] == "held"
    for held in HeldVisit.objects.order_by("pk"):
        assert decide_held(held=held, accept=True, said="问过本人", by=clerk, at=clock.now())
    assert Visit.objects.count() == 3
    assert Visit.objects.exclude(corrections__void=True).get().done == "第3版"
