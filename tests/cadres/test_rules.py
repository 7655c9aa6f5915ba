"""The clock's rules: proposed by one, put in force by another, and what they would say."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client

from cadres.actions.rules import decide_rules, propose_rules, withdraw_rules
from cadres.calendar import nth_working_day
from cadres.models import Cadre, Event, Notice, RuleSet
from cadres.reminders import preview, sweeps
from cadres.rules import Rules, in_force, settings
from cadres.tasks import sweep_reminders
from rectification.actions import closing, moving
from rectification.actions.registering import Finding, register
from rectification.models import Item
from tests.cast import Cast, fresh, to_check, to_work
from tests.county import AT, COUNTY
from yuexi.core.clock import SHANGHAI
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
TODAY = AT.date()
TOMORROW = TODAY + timedelta(days=1)
QUICK = Rules(numbers={"D-7": 10, "D-3": 5, "D-1": 2, "D+2": 2, "D+3": 4, "D+5": 6}, tell={"D+2": "office"})  # fmt: skip


def at(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, 9, tzinfo=SHANGHAI)


@pytest.fixture
def leader(person: Callable[..., Cadre]) -> Cadre:
    return person("演示书记县", "COUNTY_LEADER", COUNTY)


def proposed(by: Cadre, rules: Rules = QUICK, start: date = TOMORROW) -> RuleSet:
    return propose_rules(rules=rules, start=start, why="调度会议定的", by=by, at=AT)


def accepted(cast: Cast, leader: Cadre, rules: Rules = QUICK, start: date = TOMORROW) -> RuleSet:
    made = proposed(cast.approver, rules, start)
    return decide_rules(rules_id=made.pk, accept=True, said="", by=leader, at=AT)


def told(day: date) -> list[tuple[str, str]]:
    sweeps.run(today=day, at=at(day))
    return sorted(Notice.objects.filter(day=day).values_list("rule", "recipient__name"))


def test_what_ships_holds_until_two_persons_changed_it(cast: Cast, leader: Cadre) -> None:
    assert in_force(TODAY).version == 0
    made = proposed(cast.approver)
    assert in_force(TOMORROW).version == 0
    decide_rules(rules_id=made.pk, accept=True, said="", by=leader, at=AT)
    assert in_force(TODAY).version == 0 and in_force(TOMORROW).version == made.pk
    assert in_force(TOMORROW).number("D-3") == 5
    actions = Event.objects.filter(kind="ruleset").order_by("seq").values_list("action", flat=True)
    assert list(actions) == ["rules.propose", "rules.confirm"]


def test_the_sweep_reads_the_version_of_its_day(item: Item, cast: Cast, leader: Cadre) -> None:
    to_work(item, cast)
    due = fresh(item).deadline
    accepted(cast, leader)
    assert told(nth_working_day(due, -10)) == [("D-7", "演示专干")]
    assert told(nth_working_day(due, -7)) == []
    assert told(nth_working_day(due, -5)) == [("D-3", "演示专干")]
    assert "还剩 5 个工作日" in Notice.objects.get(rule="D-3").text
    assert told(nth_working_day(due, -2)) == [("D-1", "演示专干")]
    late = told(nth_working_day(due, 2))
    assert late == [("D+1", "演示专干"), ("D+2", "演示批准"), ("D+2", "演示验收")]
    assert told(nth_working_day(due, 4))[-1] == ("D+3", "演示书记")


def test_what_is_switched_off_is_not_said_and_the_rest_fills_no_gap(
    item: Item, cast: Cast, leader: Cadre
) -> None:
    to_work(item, cast)
    due = fresh(item).deadline
    accepted(cast, leader, Rules(off=frozenset({"D-3", "D+1"})))
    assert told(nth_working_day(due, -7)) == [("D-7", "演示专干")]
    assert told(nth_working_day(due, -3)) == []
    assert told(nth_working_day(due, -1)) == [("D-1", "演示专干")]
    assert told(nth_working_day(due, 1)) == []


def test_everything_off_says_nothing(item: Item, cast: Cast, leader: Cadre) -> None:
    to_work(item, cast)
    accepted(cast, leader, Rules(off=frozenset(c for c, s in settings.all.items() if s.occasion)))
    assert told(nth_working_day(fresh(item).deadline, 3)) == []


def test_nobody_confirms_his_own(cast: Cast, person: Callable[..., Cadre]) -> None:
    from cadres.models import Area, Post

    both = person("演示两职", "OFFICE_RECTIFY", COUNTY)
    Post.objects.create(
        cadre=both, unit=both.unit, role="COUNTY_LEADER", area=Area.objects.get(code=COUNTY), start=TODAY
    )  # fmt: skip
    made = proposed(both)
    with pytest.raises(NotYours, match="另一个岗位"):
        decide_rules(rules_id=made.pk, accept=True, said="", by=both, at=AT)
    with pytest.raises(NotYours):  # the office proposes and does not confirm
        decide_rules(rules_id=made.pk, accept=True, said="", by=cast.approver, at=AT)
    with pytest.raises(IntegrityError, match="rules_confirmed_by_another"), transaction.atomic():
        RuleSet.objects.filter(pk=made.pk).update(status="ACCEPTED", decided_by=both, decided_at=AT)


def test_the_database_keeps_what_was_proposed_and_decided(
    cast: Cast, leader: Cadre, owner_cursor: Any
) -> None:
    made = accepted(cast, leader)
    refused = [
        ("UPDATE cadres_ruleset SET why = '改' WHERE id = %s", "rules_guard"),
        ("UPDATE cadres_ruleset SET status = 'WITHDRAWN' WHERE id = %s", "rules_guard"),
        ("UPDATE cadres_ruleset SET start = '2026-01-01' WHERE id = %s", "rules_guard"),
        ("DELETE FROM cadres_ruleset WHERE id = %s", "permission denied"),
    ]
    for sql, said in refused:
        with pytest.raises(Exception, match=said), transaction.atomic():
            connection.cursor().execute(sql, [made.pk])
    columns = dict(values={}, why="x", proposed_by=cast.approver, proposed_at=AT)
    bad: list[tuple[dict[str, Any], str]] = [
        ({"start": TOMORROW, "status": "ACCEPTED", "decided_by": leader, "decided_at": AT}, "rules_guard"),
        ({"start": TOMORROW, "why": ""}, "rules_say_why"),
        ({"start": TOMORROW, "decided_by": leader}, "rules_decided_by_somebody"),
        ({"start": TOMORROW, "status": "ODD", "decided_by": leader, "decided_at": AT}, "rules_"),
    ]  # fmt: skip
    for values, said in bad:
        with pytest.raises(IntegrityError, match=said), transaction.atomic():
            RuleSet.objects.create(**{**columns, **values})
    RuleSet.objects.create(**{**columns, "start": TOMORROW})
    with pytest.raises(IntegrityError, match="rules_one_waits"), transaction.atomic():
        RuleSet.objects.create(**{**columns, "start": TOMORROW})
    waiting = RuleSet.objects.filter(status="WAITS")
    decided = {"status": "ACCEPTED", "decided_by": leader}
    with pytest.raises(IntegrityError, match="rules_one_from_a_day"), transaction.atomic():
        waiting.update(**decided, decided_at=AT)
    with pytest.raises(IntegrityError, match="rules_guard"), transaction.atomic():
        waiting.update(**decided, decided_at=AT + timedelta(days=3))


@pytest.mark.parametrize(
    ("rules", "code"),
    [
        (Rules(numbers={"D-7": 3}), "rules_order"),
        (Rules(numbers={"D+2": 4}), "rules_order"),
        (Rules(numbers={"D-7": 31}), "rules_bounds"),
        (Rules(numbers={"quiet_from": 22}), "rules_bounds"),
        (Rules(numbers={"quiet_to": 6}), "rules_bounds"),
        (Rules(numbers={"quiet_to": 9}), "rules_digest"),
        (Rules(tell={"D+2": "everybody"}), "rules_ladder"),
        (Rules(), "rules_same"),
    ],
)
def test_unsound_rules_are_refused_in_words(cast: Cast, rules: Rules, code: str) -> None:
    with pytest.raises(BadInput) as refused:
        proposed(cast.approver, rules)
    assert refused.value.code == code and refused.value.message.endswith("。")
    assert not RuleSet.objects.exists()


def test_rules_begin_on_a_day_to_come_and_one_waits_at_a_time(cast: Cast, leader: Cadre) -> None:
    with pytest.raises(BadInput, match="明天"):
        proposed(cast.approver, start=TODAY)
    made = proposed(cast.approver)
    with pytest.raises(Refusal, match="等确认"):
        proposed(cast.accepter)
    with pytest.raises(Refusal, match="已到或已过"):
        decide_rules(rules_id=made.pk, accept=True, said="", by=leader, at=AT + timedelta(days=1))
    with pytest.raises(BadInput, match="原因"):
        decide_rules(rules_id=made.pk, accept=False, said="", by=leader, at=AT)
    withdraw_rules(rules_id=made.pk, by=cast.approver, at=AT)
    with pytest.raises(Refusal, match="已经处理"):
        decide_rules(rules_id=made.pk, accept=True, said="", by=leader, at=AT)
    proposed(cast.accepter)


def test_a_preview_says_what_the_sweep_then_does(item: Item, cast: Cast, leader: Cadre) -> None:
    to_work(item, cast)
    day = nth_working_day(fresh(item).deadline, 4)
    seen = preview(today=day, rules=QUICK)
    assert not Notice.objects.exists()
    accepted(cast, leader)
    made = told(day)
    assert (seen.notices, seen.people) == (len(made), len({name for _, name in made}))
    assert seen.by_rule == {r: sum(1 for m, _ in made if m == r) for r, _ in made}


def test_quiet_hours_and_the_digest_hour_are_rules(
    item: Item, cast: Cast, leader: Cadre, monkeypatch: pytest.MonkeyPatch
) -> None:
    to_work(item, cast)
    Item.objects.update(deadline=TODAY)
    accepted(cast, leader, replace(QUICK, numbers={**QUICK.numbers, "quiet_to": 9, "digest_hour": 10}))  # fmt: skip
    for hour, made in ((8, False), (9, True)):
        now = datetime(TOMORROW.year, TOMORROW.month, TOMORROW.day, hour, 30, tzinfo=SHANGHAI)
        monkeypatch.setattr("yuexi.core.clock.now", lambda now=now: now)
        sweep_reminders()
        assert Notice.objects.exists() is made


def post(client: Client, path: str, **data: Any) -> Any:
    return client.post(path, data)


def shown(client: Client, **changed: Any) -> dict[str, Any]:
    form = client.get("/rules/new/").context["form"]
    data = {n: f.initial for n, f in form.fields.items() if f.initial is not False and f.initial is not None}  # fmt: skip
    return {
        **data,
        "start": str(date.today() + timedelta(days=400)),
        "why": "调度会议定",
        **changed,
    }


def test_pages_propose_look_confirm(
    item: Item, cast: Cast, leader: Cadre, as_user: Callable[[Cadre], Client], monkeypatch: Any
) -> None:
    monkeypatch.setattr("yuexi.core.clock.now", lambda: AT)
    to_work(item, cast)
    Item.objects.update(deadline=nth_working_day(TODAY, 4))
    office, boss = as_user(cast.approver), as_user(leader)
    data = shown(office, start=str(TOMORROW))
    bad = office.post("/rules/new/", {**data, "n:D-7": "3"})
    assert bad.status_code == 422 and "期限前第一次" in bad.content.decode()
    look = office.post("/rules/new/", {**data, "n:D-7": "6", "n:D-3": "4", "look": "1", "n:D+1": "1"})  # fmt: skip
    page = look.content.decode()
    assert "1 人</b>会收到提醒，共 <b>1 条" in page and "演示专干" in page
    assert not RuleSet.objects.exists()
    made = office.post("/rules/new/", {**data, "n:D-7": "6", "n:D-3": "4"})
    assert made.status_code == 302
    version = RuleSet.objects.get()
    path = f"/rules/{version.pk}/"
    assert "撤回" in office.get(path).content.decode()
    assert office.post(path, {"what": "accept"}).status_code == 403
    assert "等您确认" in boss.get("/").content.decode()
    assert boss.post(path, {"what": "refuse"}).status_code == 422
    assert boss.post(path, {"what": "accept"}).status_code == 302
    assert "已确认，从" in office.get("/rules/").content.decode()
    plain = as_user(cast.village).get(path).content.decode()
    assert "改动" in plain and "会收到提醒" not in plain


def test_lengths_are_rules_too(
    item: Item, cast: Cast, leader: Cadre, home: object, as_user: Callable[[Cadre], Client]
) -> None:
    """An item that is issued, and a check that begins, under the new version take its lengths;
    what ran before keeps its day."""
    to_check(item, cast)
    before = fresh(item)
    rules = Rules(numbers={"grade:LIMITED": 20, "check": 5, "sign": 2})
    accepted(cast, leader, rules)
    later = at(nth_working_day(TODAY, 2))
    for piece in item.evidence.all():
        closing.open_evidence(evidence=piece, by=cast.head, at=later)
    closing.check(item_id=item.pk, step="SELF_CHECK", passed=True, opinion="属实", by=cast.head, at=later)  # fmt: skip
    now = fresh(item)
    assert now.deadline == before.deadline
    assert now.check_due == nth_working_day(later.date(), 5)
    text = Finding(text="路灯不亮", category="饮水安全", area=item.area, source="SELF", person=cast.clerk, unit=cast.clerk.unit, grade="LIMITED")  # fmt: skip
    made = register(finding=text, by=cast.clerk, at=later)
    assert made.deadline == nth_working_day(later.date(), 20)
    moving.confirm(item_ids=[made.pk], by=cast.accepter, at=later)
    third = at(nth_working_day(TODAY, 3))
    moving.issue(item_ids=[made.pk], by=cast.accepter, at=third)
    assert fresh(made).deadline == nth_working_day(third.date(), 20)
    told(third.date())
    assert "2 个工作日内签收" in Notice.objects.get(rule="N-SIGN", subject_id=made.pk).text
