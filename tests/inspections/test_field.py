"""At the door: what is refused, what is sent again, what two phones without a signal write."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
import uuid6
from django.conf import settings
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from cadres.files import read
from cadres.models import Cadre, StoredFile
from households.models import Household, Member
from inspections import sealed
from inspections.actions import field, plans, release, standards
from inspections.day import day_of
from inspections.initial import STANDARDS
from inspections.models import Answer, Entry, Finding, Plan, Sampled, Standard
from inspections.sealed import Mark
from tests.cast import PHOTO, Cast
from tests.county import AT, COUNTY
from tests.households.builders import idno
from tests.inspections.conftest import LATER, START, Team, door, plan_of, see_all
from yuexi.core import clock, crypto
from yuexi.core.refusals import BadInput, Refusal

pytestmark = pytest.mark.django_db
SHA = hashlib.sha256(PHOTO).hexdigest()
GAP = field.FoundSaid(text="水一天来一个小时", category="饮水安全", code="WATER.DRY", photos=[SHA])


@pytest.fixture
def standard(person: Callable[..., Cadre]) -> Standard:
    return in_use(person, AT, "HOUSEHOLD")


def in_use(person: Callable[..., Cadre], at: datetime, level: str) -> Standard:
    draft = standards.Draft(
        level=level, start=clock.day(at), why="系统自带的初始标准", **STANDARDS[level]
    )
    office = person("演示整改组", "OFFICE_RECTIFY", COUNTY, "县帮扶指挥部")
    made = standards.propose_standard(draft=draft, by=office, at=at)
    leader = person("演示县长", "COUNTY_LEADER", COUNTY)
    return standards.decide_standard(standard_id=made.pk, accept=True, said="", by=leader, at=at)


def member_of(home: Household) -> Member:
    return Member.objects.create(
        household=home, name="演示员", relation="户主", idno=b"x", idno_tail="0001",
        idno_hash=crypto.lookup_hash(idno(home.pk % 900)),
    )  # fmt: skip


def first(plan: Plan, n: int = 0) -> Household:
    return Household.objects.get(uid=sealed.read(plan).sample()["青天乡·脱贫户"][n])


def put(plan: Plan, given: field.DoorRecord, by: Cadre, **more: Any) -> str:
    return field.record(plan=plan, given=given, by=by, at=LATER, **more)


def test_a_record_sent_again_is_one_and_says_so(drawn: Plan, team: Team) -> None:
    given = door(first(drawn).uid, found=[field.FoundSaid(text="没有水", category="饮水安全")])
    assert [put(drawn, given, team.member) for _ in range(3)] == ["accepted", "duplicate", "duplicate"]  # fmt: skip
    state = sealed.read(drawn)
    assert len(state.records) == 1 and len(state.found) == 1
    with pytest.raises(Refusal, match="另一份内容"):
        put(drawn, door(first(drawn).uid, uid=given.uid, said="改了"), team.member)


def test_the_database_takes_a_record_once_whoever_writes(drawn: Plan, team: Team) -> None:
    """The journal is ciphertext, so its second line of the same record is known by a keyed hash."""
    put(drawn, door(first(drawn).uid), team.member)
    once = Entry.objects.exclude(once=None).get().once
    with pytest.raises(IntegrityError, match="once"), transaction.atomic():
        Entry.objects.create(plan=drawn, sealed=b"x", once=once)


def test_two_phones_at_one_door_the_first_counts_and_nothing_is_lost(
    drawn: Plan, team: Team
) -> None:
    home = first(drawn)
    found = [field.FoundSaid(text="屋面漏雨", category="住房安全")]
    assert put(drawn, door(home.uid, said="甲"), team.leader) == "accepted"
    late = door(home.uid, said="乙", found=found)
    assert put(drawn, late, team.member) == put(drawn, late, team.member).replace("duplicate", "held") == "held"  # fmt: skip
    state = sealed.read(drawn)
    assert state.marks[str(home.uid)].said == "甲"
    assert [r.mark.said for r in state.records.values() if r.late] == ["乙"]
    assert [f.text for f in state.found] == ["屋面漏雨"]


def test_a_spare_that_a_phone_moved_on_to_is_seen_although_the_other_found_somebody(
    drawn: Plan, team: Team
) -> None:
    home, spare = first(drawn), (sealed.read(drawn).drawn or {})["青天乡·脱贫户"]["spare"][0]
    put(drawn, door(home.uid), team.leader)
    assert put(drawn, door(home.uid, outcome="REPLACED", said="无人"), team.member) == "held"
    assert put(drawn, door(spare), team.member) == "accepted"
    see_all(drawn, team.leader)
    release.release(plan=drawn, report_no="", by=team.leader, at=LATER)
    assert Sampled.objects.filter(spare=True, outcome="SEEN").count() == 1
    assert Sampled.objects.count() == 4


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"outcome": "LEFT"}, "只能是"),
        ({"cleared": None}, "清场"),
        ({"outcome": "REPLACED"}, "换户要写明原因"),
        ({"outcome": "REPLACED", "said": "外出", "answers": [field.AnswerSaid(code="FOOD", said="YES")]}, "不填问卷"),
        ({"answers": [field.AnswerSaid(code="GOLD", said="YES")]}, "没有“GOLD”"),
        ({"answers": [field.AnswerSaid(code="FOOD", said="MAYBE")]}, "不在选项"),
        ({"answers": [field.AnswerSaid(code="FOOD", said="YES")] * 2}, "答了两次"),
        ({"answers": [field.AnswerSaid(code="SCHOOL", said="YES")]}, "逐人回答"),
        ({"answers": [field.AnswerSaid(code="SCHOOL", said="YES", member=0)]}, "逐人回答"),
        ({"answers": [field.AnswerSaid(code="FOOD", said="YES", member=1)]}, "一户只答一次"),
        ({"standard": 0}, "没有生效"),
        ({"found": [field.FoundSaid(text=" ", category="其他")]}, "没有写"),
        ({"found": [field.FoundSaid(text="漏雨", category="天气")]}, "不在清单"),
        ({"found": [field.FoundSaid(text="漏雨", category="其他", code="GOLD")]}, "不在这一户的问卷"),
        ({"said": f"证件 {idno(1)}"}, "证件号码"),
        ({"said": "a\0b"}, "不能保存的字符"),
        ({"recorded_at": START - timedelta(seconds=1)}, "开始以前"),
    ],
)  # fmt: skip
def test_what_a_record_may_not_say(
    drawn: Plan, team: Team, standard: Standard, changes: dict[str, Any], words: str
) -> None:
    with pytest.raises(Refusal, match=words):
        put(drawn, door(first(drawn).uid, **changes), team.member)
    assert not sealed.read(drawn).records


def test_the_questionnaire_is_that_of_the_day_for_this_kind_of_household(
    drawn: Plan, team: Team, standard: Standard
) -> None:
    told = day_of(team.member, LATER)["plans"][0]
    codes = {q["code"] for q in told["forms"]["LIFTED"]}
    assert {"FOOD", "WATER.DRY", "AGREES", "SCHOOL"} <= codes and told["standard"] == standard.pk
    assert len(told["homes"]) == 5  # three and two spares
    assert day_of(team.member, START - timedelta(hours=1))["plans"][0].get("homes") is None
    assert day_of(team.outsider, LATER) == {"plans": []}


def test_an_early_look_opens_the_list_to_him_alone(drawn: Plan, team: Team) -> None:
    early = START - timedelta(hours=2)
    plans.look(plan=drawn, why="借车", by=team.member, at=early)
    assert day_of(team.member, early)["plans"][0]["opened"]
    assert not day_of(team.leader, early)["plans"][0]["opened"]


def test_a_clock_that_is_off_is_set_right_by_as_much(drawn: Plan, team: Team) -> None:
    behind = timedelta(hours=9)
    given = door(first(drawn).uid, recorded_at=LATER - timedelta(minutes=30) - behind)
    put(drawn, given, team.member, sent_at=LATER - behind)
    assert sealed.read(drawn).marks[str(first(drawn).uid)].at == LATER - timedelta(minutes=30)


def test_the_report_carries_answers_and_findings_into_the_clear(
    drawn: Plan, team: Team, standard: Standard, cast: Cast, as_user: Callable[[Cadre], Client]
) -> None:
    home = first(drawn)
    member = member_of(home)
    said = [
        field.AnswerSaid(code="WATER.DRY", said="NO"), field.AnswerSaid(code="INSURED", said="YES", member=member.pk),
    ]  # fmt: skip
    put(
        drawn,
        door(home.uid, answers=said, found=[GAP], standard=standard.pk),
        team.member,
        photos=[PHOTO],
    )
    see_all(drawn, team.leader)
    assert not Answer.objects.exists() and not Finding.objects.exists()
    release.release(plan=drawn, report_no="岳督〔2026〕3号", by=team.leader, at=LATER)
    rows = Answer.objects.order_by("pk").values_list("code", "said", "member", "standard")
    assert list(rows) == [("WATER.DRY", "NO", None, standard.pk), ("INSURED", "YES", member.pk, standard.pk)]  # fmt: skip
    finding = Finding.objects.get()
    assert (finding.text, finding.code, finding.found_by) == (
        "水一天来一个小时",
        "WATER.DRY",
        team.member,
    )
    assert read(finding.files.get().file) == PHOTO and finding.files.get().file.sha256 == SHA
    assert finding.files.get().file.uploaded_by is None
    item = release.transfer(finding=finding, by=team.leader, at=LATER)
    assert release.transfer(finding=finding, by=team.leader, at=LATER) == item
    # from the item, one click each: inspection, household, question
    page = as_user(cast.head).get(f"/items/{item.uid}/").content.decode()
    there = f"/inspections/{drawn.uid}/homes/{home.uid}/"
    assert f'href="/inspections/{drawn.uid}/"' in page and f'href="{there}#WATER.DRY"' in page
    shown = as_user(cast.head).get(there).content.decode()
    assert (
        "连续缺水" in shown
        and "没有达到" in shown
        and "演示员：已参保" in shown
        and item.number in shown
    )


def test_who_sees_the_item_alone_gets_no_way_to_the_household(
    drawn: Plan, team: Team, standard: Standard, cast: Cast, person: Callable[..., Cadre],
    as_user: Callable[[Cadre], Client],
) -> None:  # fmt: skip
    home = first(drawn)
    put(drawn, door(home.uid, found=[GAP], standard=standard.pk), team.member, photos=[PHOTO])
    see_all(drawn, team.leader)
    release.release(plan=drawn, report_no="", by=team.leader, at=LATER)
    release.transfer(finding=Finding.objects.get(), by=team.leader, at=LATER)
    elsewhere = as_user(person("演示别乡", "TOWNSHIP_HEAD", "340828101000"))
    assert elsewhere.get(f"/inspections/{drawn.uid}/homes/{home.uid}/").status_code == 404
    other = Household.objects.exclude(uid__in=[s.household.uid for s in Sampled.objects.all()])[0]
    assert as_user(cast.head).get(f"/inspections/{drawn.uid}/homes/{other.uid}/").status_code == 404


def test_a_photo_comes_in_pieces_and_lies_nowhere_in_clear(drawn: Plan, team: Team) -> None:
    put(drawn, door(first(drawn).uid, found=[field.FoundSaid(text="漏雨", category="住房安全", photos=[SHA])]), team.member)  # fmt: skip

    def piece(offset: int, content: bytes) -> int:
        return field.add_piece(plan=drawn, sha256=SHA, offset=offset, size=len(PHOTO), content=content, by=team.member, at=LATER)  # fmt: skip

    assert piece(0, PHOTO[:9]) == 9
    assert piece(0, PHOTO[:9]) == 9  # again: what is here stays
    assert piece(12, PHOTO[12:]) == 9  # does not join on
    lying = [p for p in settings.DATA_DIR.rglob("*") if p.is_file()]
    assert lying and not [p for p in lying if PHOTO[:9] in p.read_bytes() or SHA in p.name or str(team.member.pk) == p.name[:1]]  # fmt: skip
    with pytest.raises(Refusal, match="还有 1 张照片") as refused:
        see_all(drawn, team.leader)
        release.release(plan=drawn, report_no="", by=team.leader, at=LATER)
    assert refused.value.field == "without_photos"
    assert piece(9, PHOTO[9:]) == -1
    assert field.received(plan=drawn, sha256=SHA, by=team.member, at=LATER) == -1
    assert piece(0, PHOTO) == -1 and StoredFile.objects.filter(sha256=SHA).count() == 1
    assert not [p for p in settings.DATA_DIR.rglob("*") if p.is_file() and PHOTO in p.read_bytes()]


def test_a_damaged_or_unannounced_photo_is_refused(drawn: Plan, team: Team) -> None:
    put(drawn, door(first(drawn).uid, found=[field.FoundSaid(text="漏雨", category="住房安全", photos=["a" * 64])]), team.member)  # fmt: skip
    with pytest.raises(BadInput, match="没有送完整"):
        field.add_piece(plan=drawn, sha256="a" * 64, offset=0, size=len(PHOTO), content=PHOTO, by=team.member, at=LATER)  # fmt: skip
    assert field.received(plan=drawn, sha256="a" * 64, by=team.member, at=LATER) == 0
    with pytest.raises(BadInput, match="2 MB"):
        field.add_piece(plan=drawn, sha256="a" * 64, offset=0, size=3_000_000, content=PHOTO, by=team.member, at=LATER)  # fmt: skip
    for by, sha in ((team.leader, "a" * 64), (team.member, SHA)):
        with pytest.raises(Refusal, match="不属于已送达的记录"):
            field.received(plan=drawn, sha256=sha, by=by, at=LATER)


def test_a_report_may_go_out_without_a_photo_that_never_came(drawn: Plan, team: Team) -> None:
    put(drawn, door(first(drawn).uid, found=[field.FoundSaid(text="漏雨", category="住房安全", photos=[SHA])]), team.member)  # fmt: skip
    see_all(drawn, team.leader)
    release.release(plan=drawn, report_no="", by=team.leader, at=LATER, without_photos=True)
    assert not Finding.objects.get().files.exists()


@pytest.mark.parametrize(
    "columns, words",
    [
        ({"said": "PERHAPS"}, "answer_said_known"),
        ({"code": "food"}, "answer_code_shape"),
        ({"code": "WATER.DRY"}, "answer_once"),
        ({"standard": "VILLAGE"}, "answer_standard"),
        ({"member": "stranger"}, "answer_member"),
    ],
)
def test_the_database_refuses_an_impossible_answer(
    drawn: Plan, team: Team, standard: Standard, person: Callable[..., Cadre], columns: dict[str, Any],
    words: str,
) -> None:  # fmt: skip
    said = [field.AnswerSaid(code="WATER.DRY", said="NO")]
    put(drawn, door(first(drawn).uid, answers=said, standard=standard.pk), team.member)
    see_all(drawn, team.leader)
    release.release(plan=drawn, report_no="", by=team.leader, at=LATER)
    row = Answer.objects.get()
    given: dict[str, Any] = {"sampled": row.sampled, "standard": standard, "code": "FOOD", "said": "YES", **columns}  # fmt: skip
    if columns.get("standard"):
        given["standard"] = in_use(lambda *a: Cadre.objects.get(name=a[0]), AT, "VILLAGE")
    if columns.get("member"):
        other = Sampled.objects.exclude(pk=row.sampled_id).select_related("household")[0]
        given["member"] = member_of(other.household)  # drawn too, and another household
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        Answer.objects.create(**given)
    with (
        pytest.raises(DatabaseError, match="permission denied"),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute("UPDATE inspections_answer SET said = 'YES'")


def test_a_question_of_a_finding_is_whole(released: Plan, team: Team) -> None:
    finding = Finding.objects.get()
    with pytest.raises(IntegrityError, match="finding_question_whole"), transaction.atomic():
        Finding.objects.create(
            plan=released, area=finding.area, text="x", category="其他", found_by=team.leader, found_at=LATER,
            transfer_due=finding.transfer_due, code="FOOD",
        )  # fmt: skip


# over HTTP: the phone's own road


def now_begun(team: Team) -> Plan:
    now = clock.now()
    plan = plan_of(team, at=now - timedelta(days=1), start=now - timedelta(hours=1))
    plans.draw(plan=plan, by=team.leader, at=now - timedelta(hours=20))
    return plan


def wire(plan: Plan, **changes: Any) -> dict[str, Any]:
    return {"uid": str(uuid6.uuid7()), "household": str(first(plan).uid), "outcome": "SEEN", "cleared": True,
            "recorded_at": clock.now().isoformat(), **changes}  # fmt: skip


def send(client: Client, plan: UUID, by: Cadre, *records: Any) -> Any:
    body = {"owner": str(by.uid), "sent_at": clock.now().isoformat(), "records": list(records)}
    return client.post(f"/api/v1/phone/field/{plan}/records", json.dumps(body), "application/json")


def test_each_record_of_a_batch_has_its_own_answer(
    team: Team, homes: list[Household], as_user: Callable[[Cadre], Client]
) -> None:
    plan, client = now_begun(team), as_user(team.member)
    good = wire(plan)
    got = send(client, plan.uid, team.member, {"nonsense": 1}, good, wire(plan, cleared=None), good).json()  # fmt: skip
    assert [a["status"] for a in got["answers"]] == ["refused", "accepted", "refused", "duplicate"]
    assert got["answers"][2]["field"] == "cleared"
    assert len(sealed.read(plan).records) == 1
    assert send(client, plan.uid, team.leader, good).json()["title"] == "other_owner"
    assert client.post(f"/api/v1/phone/field/{plan.uid}/records", "no", "application/json").status_code == 422  # fmt: skip


def test_a_photo_goes_over_the_line(
    team: Team, homes: list[Household], as_user: Callable[[Cadre], Client]
) -> None:
    plan, client = now_begun(team), as_user(team.member)
    found = [{"text": "漏雨", "category": "住房安全", "photos": [SHA]}]
    send(client, plan.uid, team.member, wire(plan, found=found))
    path = f"/api/v1/phone/field/{plan.uid}/photos/{SHA}"
    assert client.get(path).json() == {"received": 0}
    kind = "application/octet-stream"
    assert client.put(f"{path}?offset=0&size={len(PHOTO)}", PHOTO[:5], kind).json() == {"received": 5}  # fmt: skip
    assert client.put(f"{path}?offset=5&size={len(PHOTO)}", PHOTO[5:], kind).json() == {"received": -1}  # fmt: skip
    assert client.put(f"{path}?offset=x&size=1", PHOTO, kind).status_code == 422


def test_the_desk_fills_the_same_form_without_scripts(
    team: Team,
    homes: list[Household],
    as_user: Callable[[Cadre], Client],
    person: Callable[..., Cadre],
) -> None:
    in_use(person, clock.now() - timedelta(days=2), "HOUSEHOLD")
    plan, client = now_begun(team), as_user(team.member)
    home = first(plan)
    member = member_of(home)
    path = f"/inspections/{plan.uid}/homes/{home.uid}/"
    page = client.get(path).content.decode()
    assert "连续缺水" in page and f"INSURED-{member.pk}" in page
    given = {"uid": str(uuid6.uuid7()), "outcome": "SEEN", "cleared": "no", "WATER.DRY": "NO", "WATER.DRY-text": "九月断水二十天",
             f"INSURED-{member.pk}": "YES", "other_text": "路灯不亮"}  # fmt: skip
    refused = client.post(path, given)
    assert refused.status_code == 422 and "九月断水二十天" in refused.content.decode()
    given["other_category"] = "基础设施"
    for _ in range(2):
        assert client.post(path, given).status_code == 302
    mark: Mark = sealed.read(plan).marks[str(home.uid)]
    assert mark.cleared is False and ("INSURED", member.pk, "YES") in mark.answers
    assert [(f.text, f.code) for f in sealed.read(plan).found] == [("九月断水二十天", "WATER.DRY"), ("路灯不亮", "")]  # fmt: skip
    kept = client.get(path).content.decode()
    assert "没有清场" in kept and "演示员：已参保" in kept
    stranger = as_user(team.outsider)
    assert stranger.get(path).status_code == stranger.post(path, given).status_code == 404
