"""检查报备 and 联合督查: what the actions refuse and say, and what the database refuses by itself."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction

from cadres.models import Cadre, Event, Notice
from cadres.reminders import sweeps
from inspections.actions import filings, joints, release
from inspections.models import Filing, Finding, Joint, VillageSlot
from inspections.planned import planned
from rectification.models import Item
from tests.cast import PHOTO, Cast
from tests.county import AT
from tests.households.builders import household
from tests.inspections.builders import (
    LATER,
    TODAY,
    Office,
    all_three,
    filed,
    office_of,
    other_village,
    rules,
    set_up,
    village,
    walked,
)
from tests.inspections.conftest import Team, plan_of
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db


@pytest.fixture
def office(cast: Cast, person: Callable[..., Cadre]) -> Office:
    return office_of(cast, person)


def refused_by_database(words: str, sql: str, *values: Any) -> None:
    with pytest.raises(DatabaseError, match=words), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(sql, values)


# 检查报备


def test_what_has_nothing_to_do_with_the_poor_is_refused_with_its_rule(office: Office) -> None:
    with pytest.raises(BadInput) as refused:
        filed(office.department, kind="UNRELATED")
    said = refused.value.message
    assert refused.value.field == "kind" and "A-26" in said and "决胜冲刺大会" in said
    assert "所有与脱贫攻坚无关的检查都停止" in said and "法定检查" in said
    assert not Filing.objects.exists()


def test_a_statutory_one_waits_for_a_person_and_goes_alone_only_when_allowed(office: Office) -> None:  # fmt: skip
    with pytest.raises(BadInput, match="法律依据"):
        filed(office.department, kind="STATUTORY")
    filing = filed(office.department, kind="STATUTORY", basis="食品安全法第一百零九条")
    assert filing.status == "WAITS"
    with pytest.raises(Refusal, match="等指挥部决定"):
        filings.start(filing=filing, by=office.department, at=LATER)
    with pytest.raises(NotYours):
        filings.decide(filing=filing, outcome="ALONE", said="", by=office.department, at=AT)
    with pytest.raises(BadInput, match="写明原因"):
        filings.decide(filing=filing, outcome="DENIED", said=" ", by=office.decider, at=AT)
    filings.decide(filing=filing, outcome="ALONE", said="", by=office.decider, at=AT)
    with pytest.raises(Refusal, match="已经有了决定"):
        filings.decide(filing=filing, outcome="DENIED", said="不去了吧", by=office.decider, at=AT)
    filings.start(filing=filing, by=office.department, at=LATER)
    assert filings.finish(filing=filing, by=office.department, at=LATER).status == "FINISHED"


def test_every_other_one_neither_starts_nor_is_announced_without_a_batch(office: Office) -> None:
    filing = filed(office.department)
    with pytest.raises(Refusal, match=r"不能单独通知、单独开始.*A-27.*并入联合督查批次"):
        filings.start(filing=filing, by=office.department, at=LATER)


def test_what_the_office_sends_into_a_batch_does_not_go_alone(office: Office) -> None:
    filing = filed(office.department, kind="STATUTORY", basis="安全生产法第六十五条")
    filings.decide(filing=filing, outcome="TOGETHER", said="", by=office.decider, at=AT)
    with pytest.raises(Refusal, match="A-27"):
        filings.start(filing=filing, by=office.department, at=LATER)


def test_a_higher_one_is_registered_whatever_stands_there(office: Office) -> None:
    filed(office.department)
    higher = filed(
        office.department, kind="HIGHER", basis="市督〔2026〕9号", start=TODAY, end=TODAY
    )
    assert higher.status == "REGISTERED"


@pytest.mark.parametrize("away, refused", [(13, True), (14, False)])
def test_a_village_twice_within_fourteen_days(office: Office, away: int, refused: bool) -> None:
    first = filed(office.department)
    start = first.end + timedelta(days=away)
    if refused:
        with pytest.raises(BadInput, match=r"县水利局的“冬季饮水检查”.*14 天内.*A-27.*为什么再查"):
            filed(office.department, start=start, end=start)
        assert Filing.objects.count() == 1
    else:
        assert filed(office.department, start=start, end=start)


def test_before_counts_as_after_and_a_reason_or_a_look_back_goes(office: Office) -> None:
    first = filed(office.department, start=TODAY + timedelta(days=20), end=TODAY + timedelta(days=20))  # fmt: skip
    day = first.start - timedelta(days=13)
    with pytest.raises(BadInput, match="内不再查"):
        filed(office.department, start=day, end=day)
    assert filed(office.department, start=day, end=day, purpose="LOOK_BACK")
    assert filed(office.department, start=day, end=day, again="群众反映又停水了")
    assert filed(office.department, villages=[other_village()], start=day, end=day)


def test_the_days_between_are_a_rule_of_the_county(office: Office) -> None:
    rules(office, village_gap=30)
    first = filed(office.department)
    start = first.end + timedelta(days=29)
    with pytest.raises(BadInput, match="30 天内"):
        filed(office.department, start=start, end=start)


def test_only_for_ones_own_unit_and_place(office: Office, cast: Cast) -> None:
    with pytest.raises(NotYours):
        filed(cast.clerk, unit=office.department.unit)
    with pytest.raises(NotYours):
        filed(cast.village)  # a village asks for no inspections
    assert filed(cast.clerk).unit == cast.clerk.unit


# 联合督查


def test_a_batch_goes_with_all_three_and_not_before(office: Office) -> None:
    joint = set_up(office.command, "COMMAND")
    with pytest.raises(Refusal, match=r"县纪委监委、县委组织部还没有参加.*A-27.*参加"):
        joints.announce(joint=joint, notice_no="", by=office.command, at=AT)
    joints.enter(joint=joint, body="DISCIPLINE", by=office.discipline, at=AT)
    with pytest.raises(Refusal, match="县委组织部还没有参加"):
        joints.announce(joint=joint, notice_no="", by=office.command, at=AT)
    with pytest.raises(Refusal, match="还没有发通知"):
        joints.begin(joint=joint, by=office.command, at=LATER)
    joints.enter(joint=joint, body="ORGANISATION", by=office.organisation, at=AT)
    joints.announce(joint=joint, notice_no="岳联督〔2026〕1号", by=office.command, at=AT)
    with pytest.raises(Refusal, match="到时再办"):
        joints.begin(joint=joint, by=office.command, at=AT)
    assert joints.begin(joint=joint, by=office.organisation, at=LATER).status == "STARTED"


def test_at_least_one_is_a_setting(office: Office) -> None:
    rules(office, joint_bodies=1)
    joint = set_up(office.command, "COMMAND")
    assert joints.announce(joint=joint, notice_no="", by=office.command, at=AT).bodies_needed == 1


def test_nobody_speaks_for_another_body(office: Office, cast: Cast) -> None:
    joint = set_up(office.command, "COMMAND")
    with pytest.raises(BadInput, match="您能代表的是：县指挥部"):
        joints.enter(joint=joint, body="DISCIPLINE", by=office.command, at=AT)
    with pytest.raises(NotYours):
        joints.announce(joint=joint, notice_no="", by=office.discipline, at=AT)  # not in it
    joints.enter(joint=joint, body="DISCIPLINE", by=cast.inspector, at=AT)  # of 县纪委监委
    with pytest.raises(NotYours):
        joints.enter(joint=joint, body="COMMAND", by=office.department, at=AT)


def test_a_filing_joins_and_its_village_is_the_batchs(office: Office) -> None:
    filing = filed(office.department)
    with pytest.raises(BadInput, match="冬季饮水检查"):
        set_up(office.command, "COMMAND")  # the same village, not taken in
    joint = set_up(office.command, "COMMAND", take=[filing], villages=[other_village()])
    filing.refresh_from_db()
    assert (filing.status, filing.joint) == ("JOINED", joint)
    assert set(joint.slots.values_list("area", flat=True)) == {village().code, other_village().code}
    assert not filing.slots.filter(live=True).exists()
    with pytest.raises(BadInput, match="刚刚已并入"):
        set_up(office.discipline, "DISCIPLINE", take=[filing], purpose="REPORTED")


def test_a_cancelled_batch_frees_its_villages_and_ends_what_joined(office: Office) -> None:
    filing = filed(office.department)
    joint = set_up(office.command, "COMMAND", villages=[other_village()])
    joints.take_in(joint=joint, filing=filing, by=office.command, at=AT)
    joints.cancel(joint=joint, said="大雪封山", by=office.command, at=AT)
    filing.refresh_from_db()
    assert filing.status == "CANCELLED" and not VillageSlot.objects.filter(live=True).exists()
    assert filed(office.department)


def test_a_finding_goes_to_the_ledger_once_in_its_own_words(office: Office, cast: Cast) -> None:
    joint = set_up(office.command, "COMMAND")
    words = "水龙头没有水，说是上周就停了"
    given: dict[str, Any] = {"text": words, "category": "饮水安全", "area": village(), "household": None,
                             "photos": [("水.jpg", PHOTO)], "at": LATER}  # fmt: skip
    with pytest.raises(Refusal):
        joints.note(joint=joint, **given, by=office.command)
    all_three(joint, office)
    joints.announce(joint=joint, notice_no="岳联督〔2026〕1号", by=office.command, at=AT)
    joints.begin(joint=joint, by=office.command, at=LATER)
    with pytest.raises(NotYours):
        joints.note(joint=joint, **given, by=office.department)
    with pytest.raises(BadInput, match="这个批次去的村"):
        joints.note(joint=joint, **{**given, "area": other_village()}, by=office.command)
    joints.finish(joint=joint, by=office.command, at=LATER)
    finding = joints.note(joint=joint, **given, by=office.command)  # after it ended, too
    assert str(finding.transfer_due) == "2026-11-30"  # Thursday, and two working days
    assert len(finding.files.get().file.sha256) == 64
    item = release.transfer(finding=finding, by=office.command, at=LATER)
    again = release.transfer(finding=finding, by=cast.inspector, at=LATER)
    assert item == again and Item.objects.filter(source_kind="inspection").count() == 1
    assert (item.text, item.lineage) == (words, "联合督查 十一月联合督查 岳联督〔2026〕1号")


def test_the_planner_hears_of_open_plans_and_never_of_a_sealed_one(
    office: Office, cast: Cast, person: Callable[..., Cadre]
) -> None:
    for n in range(4):
        household(f"演示户{n}")
    first = filed(office.department)
    before = planned([village()], first.start, first.end)
    assert before == [f"{village().name}11月25日至11月26日有县水利局的“冬季饮水检查”"]
    assert planned([village()], first.start, first.end, filing=first) == []
    member = person("演示组员", "INSPECTOR", unit="县委组织部")
    plan_of(Team(cast.inspector, member, member), start=AT + timedelta(days=1))
    assert planned([village()], first.start, first.end) == before


def test_who_decides_is_reminded_and_who_is_missing(office: Office, cast: Cast) -> None:
    filed(office.department, kind="STATUTORY", basis="食品安全法第一百零九条")
    set_up(office.command, "COMMAND", villages=[other_village()])
    sweeps.run(today=TODAY, at=AT)
    told = Notice.objects.filter(subject_kind__in=["filing", "joint"])
    heard = set(told.values_list("rule", "recipient__name"))
    assert heard == {("R-0", "演示批准"), ("R-0", "演示验收"), ("R-0", "演示县长"), ("J-0", "演示纪委"), ("J-0", "演示组织")}  # fmt: skip
    sweeps.run(today=TODAY + timedelta(days=3), at=LATER)
    assert Notice.objects.filter(rule="R+1", level="A_RED").count() == 3


def test_a_late_finding_reminds_who_set_the_batch_up(office: Office) -> None:
    joint = walked(office)
    joints.note(joint=joint, text="路灯不亮，晚上看不见", category="基础设施", area=village(), household=None,
                photos=(), by=office.command, at=LATER)  # fmt: skip
    sweeps.run(today=TODAY + timedelta(days=8), at=AT + timedelta(days=8))
    notice = Notice.objects.get(rule="F+1")
    assert notice.recipient == office.command and notice.path == f"/inspections/joints/{joint.uid}/"


def test_each_step_is_in_the_log(office: Office) -> None:
    filing = filed(office.department)
    joint = walked(office, take=[filing])
    joints.finish(joint=joint, by=office.command, at=LATER)
    actions = set(Event.objects.values_list("action", flat=True))
    assert {"filing.file", "filing.join", "joint.open", "joint.enter", "joint.announce", "joint.start", "joint.finish"} <= actions  # fmt: skip


# the database by itself


def test_database_refuses_a_kind_that_is_not_kept(office: Office) -> None:
    filing = filed(office.department)
    columns = "uid, kind, unit_id, subject, basis, purpose, start, \"end\", people, hours, again, status, filed_by_id, filed_at, said"  # fmt: skip
    copy = f"INSERT INTO inspections_filing ({columns}) SELECT gen_random_uuid(), {{}}, unit_id, subject, 'x', purpose, start, \"end\", people, hours, again, {{}}, filed_by_id, filed_at, said FROM inspections_filing WHERE id = %s"  # fmt: skip
    refused_by_database("filing_step|filing_kind_known", copy.format("'UNRELATED'", "'FILED'"), filing.pk)  # fmt: skip
    refused_by_database("filing_step", copy.format("'STATUTORY'", "'ALLOWED'"), filing.pk)
    refused_by_database("filing_step", copy.format("'POVERTY'", "'JOINED'"), filing.pk)
    refused_by_database("filing_waits_until", copy.format("'STATUTORY'", "'WAITS'"), filing.pk)


def test_database_refuses_steps_out_of_order(office: Office) -> None:
    filing = filed(office.department, kind="STATUTORY", basis="食品安全法第一百零九条")
    update = "UPDATE inspections_filing SET {} WHERE id = %s"
    refused_by_database("filing_step", update.format("status = 'FINISHED'"), filing.pk)
    refused_by_database("filing_statutory_decided", update.format("status = 'ALLOWED'"), filing.pk)
    refused_by_database("filing_not_decided_by_filer", update.format("status = 'ALLOWED', decided_by_id = filed_by_id, decided_at = now()"), filing.pk)  # fmt: skip
    refused_by_database("filing_denied_says_why", update.format(f"status = 'DENIED', decided_by_id = {office.decider.pk}, decided_at = now()"), filing.pk)  # fmt: skip
    refused_by_database("filing_kept", update.format("subject = '别的'"), filing.pk)
    refused_by_database("filing_status_of_kind|filing_step", update.format("status = 'REGISTERED'"), filing.pk)  # fmt: skip
    refused_by_database("filing_period", update.format("people = 0"), filing.pk)
    refused_by_database("filing_basis_named|filing_kept", update.format("basis = ''"), filing.pk)
    refused_by_database("permission denied", "DELETE FROM inspections_filing WHERE id = %s", filing.pk)  # fmt: skip


def test_database_refuses_to_join_what_is_not_open(office: Office) -> None:
    filing, joint = filed(office.department), walked(office, villages=[other_village()])
    update = "UPDATE inspections_filing SET status = 'JOINED', joint_id = {} WHERE id = %s"
    refused_by_database("filing_late", update.format(joint.pk), filing.pk)
    refused_by_database("filing_joined_with_batch|filing_late", update.format("NULL"), filing.pk)


def test_database_counts_the_three_bodies(office: Office) -> None:
    joint = set_up(office.command, "COMMAND")
    go = "UPDATE inspections_joint SET status = 'ANNOUNCED', announced_on = '2026-11-23', bodies_needed = {} WHERE id = %s"
    refused_by_database("joint_bodies", go.format(3), joint.pk)
    refused_by_database("joint_bodies_one_to_three", go.format(0), joint.pk)
    refused_by_database("joint_days_of_status", go.format("NULL"), joint.pk)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(go.format(1), [joint.pk])
    refused_by_database("joint_step", "UPDATE inspections_joint SET status = 'OPEN', announced_on = NULL WHERE id = %s", joint.pk)  # fmt: skip
    refused_by_database("joint_kept", "UPDATE inspections_joint SET start = start - 9 WHERE id = %s", joint.pk)  # fmt: skip
    refused_by_database("joint_cancelled_says_why", "UPDATE inspections_joint SET status = 'CANCELLED' WHERE id = %s", joint.pk)  # fmt: skip
    refused_by_database("joint_step", "UPDATE inspections_joint SET status = 'FINISHED' WHERE id = %s", joint.pk)  # fmt: skip
    refused_by_database("joint_member_once", "INSERT INTO inspections_jointmember (joint_id, body, unit_id, cadre_id, at) SELECT joint_id, body, unit_id, cadre_id, at FROM inspections_jointmember WHERE joint_id = %s", joint.pk)  # fmt: skip
    refused_by_database("permission denied|append only", "DELETE FROM inspections_jointmember WHERE joint_id = %s", joint.pk)  # fmt: skip


def test_database_refuses_a_village_twice(office: Office) -> None:
    first = filed(office.department)
    second = filed(office.department, villages=[other_village()])
    insert = "INSERT INTO inspections_villageslot (area_code, filing_id, joint_id, start, clear_from, counts, live) VALUES (%s, %s, NULL, %s, %s, true, true)"  # fmt: skip
    start = first.end + timedelta(days=13)
    refused_by_database("village_not_twice", insert, village().code, second.pk, start, start + timedelta(days=14))  # fmt: skip
    refused_by_database("slot_once_a_filing", insert, village().code, first.pk, start, start + timedelta(days=14))  # fmt: skip
    refused_by_database("slot_period", insert, village().code, second.pk, start, start)
    refused_by_database("slot_of_one", insert.replace("%s, NULL", "NULL, NULL"), village().code, start, start + timedelta(days=14))  # fmt: skip


def test_database_refuses_a_finding_of_none_or_of_what_has_not_begun(office: Office) -> None:
    joint = set_up(office.command, "COMMAND")
    insert = "INSERT INTO inspections_finding (uid, plan_id, joint_id, area_code, category, text, code, found_by_id, found_at, transfer_due) VALUES (gen_random_uuid(), NULL, {}, %s, '其他', '事', '', %s, now(), now())"  # fmt: skip
    refused_by_database("finding_early", insert.format(joint.pk), village().code, office.command.pk)
    refused_by_database("inspection_finding_of_one", insert.format("NULL"), village().code, office.command.pk)  # fmt: skip
    assert not Finding.objects.exists() and Joint.objects.count() == 1
