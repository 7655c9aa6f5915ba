"""Every verb by everybody, permitted or not, and plain SQL besides, in any order: nothing reaches
已销号 without evidence and independent checks. What holds is read from the tables by plain SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from cadres.models import Area, Cadre, Unit
from households.actions.visits import VisitEntry, log_visit
from rectification.actions import (
    closing,
    extending,
    milestones,
    moving,
    onspot,
    red_lines,
    screening,
)
from rectification.actions.handing import hand_over
from rectification.actions.registering import Finding, register
from rectification.models import Item, ScreenedHousehold
from rectification.workflow import CHECKS, ROUTES, Route, Status, steps_of
from tests.county import AT, COUNTY, QINGTIAN
from tests.households.builders import VILLAGE, household
from yuexi.core import clock
from yuexi.core.refusals import Refusal

PHOTO = b"\xff\xd8\xff"
ROLES = ("clerk", "clerk2", "head", "department", "accepter", "approver", "inspector", "village", "discipline")  # fmt: skip
WHO = st.sampled_from(ROLES)
ITEMS = st.integers(0, 3)
# Where an item is → who does what next, the right way.
FORWARD = [str(s) for s in (*CHECKS, Status.RECTIFYING, Status.CLOSED, Status.CONSOLIDATED, Status.REDLINE, Status.HANDLED)]  # fmt: skip
NEXT: dict[str, tuple[str, str]] = {
    "REGISTERED": ("confirm", "accepter"), "CONFIRMED": ("issue", "accepter"), "DECLINED": ("issue", "accepter"),
    "ISSUED": ("sign", "person"), "SIGNED": ("plan", "person"), "REDLINE": ("red_return", "discipline"),
    "CLOSED": ("rebound", "inspector"),
}  # fmt: skip
CHECKER = {"item.self_check": "head", "item.verify": "department", "item.accept": "accepter", "item.approve": "approver",
           "item.create": "village"}  # fmt: skip

CHECK = "INSERT INTO rectification_check (item_id, round, step, by_id, unit_id, at, passed, opinion) VALUES (%s, %s, %s, %s, %s, %s, true, '好')"
# Each answers with the numbers of items that stand where they must not.
WRONG = {
    "closed without evidence of its round": """
      SELECT i.number FROM rectification_item i WHERE i.status IN ('CLOSED', 'CONSOLIDATED')
         AND NOT EXISTS (SELECT 1 FROM rectification_evidence e WHERE e.item_id = i.id AND e.round = i.round)""",
    "a check of a round by one of those who mended it": """
      SELECT i.number FROM rectification_item i JOIN rectification_check c ON c.item_id = i.id AND c.round = i.round AND c.passed
       WHERE i.status IN ('CLOSED', 'CONSOLIDATED') AND (c.by_id = i.person_id
          OR EXISTS (SELECT 1 FROM rectification_evidence e WHERE e.item_id = i.id AND e.by_id = c.by_id AND e.at <= c.at))""",
    "two checks of a round by one person": """
      SELECT i.number FROM rectification_item i JOIN rectification_check c ON c.item_id = i.id
       GROUP BY i.number, c.round, c.by_id HAVING count(*) > 1""",
    "a stage that no check closed": """
      SELECT i.number FROM rectification_item i WHERE i.status IN ('CLOSED', 'CONSOLIDATED') AND i.grade = 'LASTING' AND (
         2 > (SELECT count(*) FROM rectification_milestone m WHERE m.item_id = i.id AND m.cycle = i.rebounds)
         OR EXISTS (SELECT 1 FROM rectification_milestone m LEFT JOIN rectification_check c ON c.id = m.passed_id
            AND c.item_id = i.id AND c.passed AND c.step = 'MILESTONE' WHERE m.item_id = i.id AND m.cycle = i.rebounds AND m.replaced_id IS NULL AND c.id IS NULL))""",
    "a stage still open where the route is checked": """
      SELECT i.number FROM rectification_item i JOIN rectification_milestone m ON m.item_id = i.id AND m.cycle = i.rebounds AND m.passed_id IS NULL AND m.replaced_id IS NULL
       WHERE i.status IN ('SELF_CHECK', 'VERIFY', 'ACCEPT', 'APPROVE', 'CLOSED', 'CONSOLIDATED')""",
    "closed before its list and its children": """
      SELECT i.number FROM rectification_item i WHERE i.status = 'CLOSED' AND EXISTS (
         SELECT 1 FROM rectification_screening s JOIN rectification_screenedhousehold h ON h.screening_id = s.id
          WHERE s.item_id = i.id AND h.outcome = '')""",
    "closed without a visit since the application": """
      SELECT i.number FROM rectification_item i JOIN rectification_itemhousehold l ON l.item_id = i.id
       WHERE i.status IN ('CLOSED', 'CONSOLIDATED') AND i.source_kind = '' AND NOT EXISTS (
         SELECT 1 FROM households_visit v WHERE v.household_id = l.household_id AND (v.occurred_at AT TIME ZONE 'Asia/Shanghai')::date >= i.applied_on)""",
    "left the commission without its decision": """
      SELECT i.number FROM rectification_item i WHERE i.red_count > 0 AND i.status <> 'REDLINE' AND NOT EXISTS (
         SELECT 1 FROM rectification_redlinedecision d WHERE d.item_id = i.id AND d.no = i.red_count)""",
    "an extension that its asker or the rectifier granted": """
      SELECT i.number FROM rectification_item i JOIN rectification_extension e ON e.item_id = i.id
        JOIN rectification_extensiondecision d ON d.extension_id = e.id WHERE d.by_id = e.by_id OR e.days > 60""",
    "looked back by one with a hand in it": """
      SELECT i.number FROM rectification_item i JOIN rectification_lookback l ON l.item_id = i.id
        JOIN rectification_check c ON c.item_id = i.id AND c.by_id = l.by_id AND c.at <= l.at AND l.held""",
    "decided by who is not of the commission": """
      SELECT i.number FROM rectification_item i JOIN rectification_redlinedecision d ON d.item_id = i.id
       WHERE NOT EXISTS (SELECT 1 FROM cadres_post p WHERE p.cadre_id = d.by_id AND p.role = 'DISCIPLINE')""",
}  # fmt: skip


def rows(sql: str, values: list[Any] | None = None) -> list[Any]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return cursor.fetchall()


def unchecked_steps() -> list[str]:
    """已销号 whose round lacks a passed check of its own route."""
    found = []
    for pk, number, route, nth in rows("SELECT id, number, route, round FROM rectification_item WHERE status IN ('CLOSED', 'CONSOLIDATED')"):  # fmt: skip
        passed = {step for (step,) in rows("SELECT step FROM rectification_check WHERE item_id = %s AND round = %s AND passed", [pk, nth])}  # fmt: skip
        if {str(step.status) for step in ROUTES[Route(route)]} - passed:
            found.append(number)
    return found


class Machine(RuleBasedStateMachine):
    person: Callable[..., Cadre]
    now: datetime
    closed = 0  # over all runs: a machine that never closes anything proves nothing
    states: set[str] = set()

    def __init__(self) -> None:
        super().__init__()
        type(self).now = AT
        self.saved = transaction.atomic()
        self.saved.__enter__()
        make = self.person
        self.who = {
            "clerk": make("演示专干", "TOWNSHIP_CLERK", QINGTIAN), "clerk2": make("演示副手", "TOWNSHIP_CLERK", QINGTIAN),
            "head": make("演示书记", "TOWNSHIP_HEAD", QINGTIAN), "department": make("演示水利", "DEPARTMENT", COUNTY, "县水利局"),
            "accepter": make("演示验收", "OFFICE_RECTIFY", COUNTY, "县帮扶指挥部"), "approver": make("演示批准", "OFFICE_RECTIFY", COUNTY, "县帮扶指挥部"),
            "inspector": make("演示督查", "INSPECTOR", COUNTY, "县督查组"), "village": make("演示村干", "VILLAGE", VILLAGE),
            "discipline": make("演示纪委", "DISCIPLINE", COUNTY, "县纪委监委"),
        }  # fmt: skip
        Unit.objects.filter(name="县水利局").update(fields=["基础设施"])
        area = Area.objects.get(code=VILLAGE)
        self.home, _ = household("演示陈"), household("演示赵")
        self.items = []
        for n, (source, grade) in enumerate([("SELF", "LIMITED"), ("INSPECTION", "LIMITED"), ("DISPATCH", "LASTING"), ("INSPECTION", "LASTING")]):  # fmt: skip
            finding = Finding(text=f"水管冻裂{n}", category="基础设施", area=area, source=source, grade=grade, households=[self.home])  # fmt: skip
            self.items.append(register(finding=finding, by=self.who["clerk"], at=AT).pk)
        self.photos = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.saved.__exit__(None, None, None)

    def item(self, n: int) -> Item:
        return Item.objects.select_related("person", "unit").get(pk=self.items[n])

    def photo(self) -> bytes:
        self.photos += 1
        return PHOTO + str(self.photos).encode()

    def call(self, verb: str, item: Item, by: Cadre) -> None:
        pk, at = item.pk, self.now
        one: dict[str, Any] = {"item_id": pk, "by": by, "at": at}
        many: dict[str, Any] = {"item_ids": [pk], "by": by, "at": at}
        today = at.date()
        stages = [("修好主管和水池", today + timedelta(days=20)), ("管护公约落实到人", today + timedelta(days=50))]  # fmt: skip
        row = ScreenedHousehold.objects.filter(screening__item=item, outcome="").first()
        area = Area.objects.get(code=VILLAGE)
        verbs: dict[str, Callable[[], object]] = {
            "confirm": lambda: moving.confirm(**many), "issue": lambda: moving.issue(**many), "sign": lambda: moving.sign(**many),
            "dismiss": lambda: moving.dismiss(reason="不属实", **one), "decline": lambda: moving.decline(reason="非本单位", **one),
            "merge": lambda: moving.merge(into=self.item(0), **one),
            "solve": lambda: onspot.solve(solution=onspot.Solution("当场换好了", self.photo(), "a.jpg"), **one),
            "reassign": lambda: moving.reassign(unit=by.unit, person=by, lead_unit=None, deadline=None, by=self.who["accepter"], item_id=pk, at=at),  # type: ignore[arg-type]
            "hand_over": lambda: hand_over(item_ids=[pk], giver=item.person, taker=by, reason="换人", by=self.who["accepter"], at=at),
            "plan": lambda: moving.plan(measure="换管并加保温", goal="", stages=stages if item.lasts else (), **one),
            "report": lambda: moving.report(text="正在办理", **one),
            "evidence": lambda: closing.add_evidence(content=self.photo(), name="a.jpg", what="照片", **one),
            "answer": lambda: closing.answer_household(household=self.home, solved=True, said="好了", **one),
            "apply": lambda: closing.apply(**one), "pass": lambda: self.check(item, by, passed=True), "return": lambda: self.check(item, by, passed=False),
            "held": lambda: closing.look_back(held=True, finding="没有反弹", **one), "rebound": lambda: closing.look_back(held=False, finding="又坏了", **one),
            "extend": lambda: extending.ask_extension(days=5, reason="冰冻不能施工", **one),
            "extended": lambda: extending.decide_extension(granted=True, opinion="同意", **one),
            "not_extended": lambda: extending.decide_extension(granted=False, opinion="不同意", **one),
            "review": lambda: milestones.review(finding="到现场看过", **one),
            "red_line": lambda: red_lines.report_red_line(line="FRAUD", said="照片是去年拍的", **one),
            "red_return": lambda: red_lines.settle_red_line(outcome="RETURNED", document_no="", **one),
            "red_end": lambda: red_lines.settle_red_line(outcome="ENDED", document_no="1号", **one),
            "screen": lambda: screening.screen(choice=screening.Choice(area), what="水管有没有保温", seen=1, **one),
            "clear": lambda: row and screening.look(row_id=row.pk, found=False, said="看过没有问题", by=by, at=at),
            "found": lambda: row and screening.look(row_id=row.pk, found=True, said="水管也没有保温", by=by, at=at),
            "visit": lambda: log_visit(household=self.home, entry=VisitEntry(mode="IN_PERSON", met="本人", occurred_at=at), by=by, at=at),
        }  # fmt: skip
        try:
            with transaction.atomic():
                verbs[verb]()
        except Refusal:
            pass

    def check(self, item: Item, by: Cadre, *, passed: bool) -> None:
        for piece in item.evidence.filter(round=item.round):
            closing.open_evidence(evidence=piece, by=by, at=self.now)
        closing.check(item_id=item.pk, step=item.status, passed=passed, opinion="已现场看过", by=by, at=self.now)  # fmt: skip

    VERBS = ("confirm", "issue", "sign", "dismiss", "decline", "merge", "solve", "reassign", "hand_over", "plan", "report", "evidence",
             "answer", "apply", "pass", "return", "held", "rebound", "extend", "extended", "not_extended", "review", "red_line", "red_return",
             "red_end", "screen", "clear", "found", "visit")  # fmt: skip

    @rule(n=ITEMS, who=WHO, verb=st.sampled_from(VERBS))
    def anybody_tries_anything(self, n: int, who: str, verb: str) -> None:
        self.call(verb, self.item(n), self.who[who])

    @rule(n=ITEMS, steps=st.integers(1, 12))
    def it_goes_on_as_it_should(self, n: int, steps: int) -> None:
        for _ in range(steps):
            item = self.item(n)
            if item.status == Status.CLOSED:
                self.it_is_looked_back_at(n)
                return
            if item.status == Status.RECTIFYING and steps % 2:
                self.call("screen", item, self.who["accepter"])
            self.step(item)

    def step(self, item: Item) -> None:
        person = item.person
        type(self).states.add(item.status)
        if item.status == Status.RECTIFYING:
            self.call("evidence", item, person)
            self.an_extension_is_granted_by_its_asker(self.items.index(item.pk))
            for ahead in ROUTES[Route(item.route)]:
                self.set(item.pk, str(ahead.status))
            self.call("apply", self.item(self.items.index(item.pk)), person)
            self.call("visit", item, self.who["village"])
            self.call("answer", item, self.who["village"])
        elif item.status in CHECKS:
            self.shortcuts(item)
            now = next(s for s in steps_of(item.route) if s.status == item.status)
            name = "clerk2" if now.by_own_unit else CHECKER[now.right]
            self.call("pass", item, self.who[name])  # not while a list waits
            self.closed_by_sql(item, self.who[name])
            self.call("clear", item, self.who["village"])
            self.call("pass", self.item(self.items.index(item.pk)), self.who[name])
        elif item.status in NEXT:
            verb, who = NEXT[item.status]
            self.call(verb, item, person if who == "person" else self.who[who])

    def shortcuts(self, item: Item) -> None:
        """What a hurried hand would write where an item waits for a check."""
        steps = [str(s.status) for s in steps_of(item.route)]
        by = item.person
        self.plain(CHECK, [item.pk, item.round, item.status, by.pk, by.unit_id, self.now])
        self.set(item.pk, "CLOSED")
        for step in steps[::-1]:
            self.set(item.pk, step)

    def closed_by_sql(self, item: Item, by: Cadre) -> None:
        """The last check and the close-out in one, round every action."""
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(
                    CHECK, [item.pk, item.round, item.status, by.pk, by.unit_id, self.now]
                )
                cursor.execute("UPDATE rectification_item SET status = 'CLOSED', closed_on = %s, check_due = NULL WHERE id = %s", [self.now.date(), item.pk])  # fmt: skip
        except DatabaseError:
            pass

    @rule(n=ITEMS)
    def a_stage_is_jumped(self, n: int) -> None:
        item = self.item(n)
        if item.status == Status.RECTIFYING:
            self.call("evidence", item, item.person)
            for status in ("CLOSED", *ROUTES[Route(item.route)]):
                self.set(item.pk, str(getattr(status, "status", status)))

    @rule(n=ITEMS)
    def it_is_looked_back_at(self, n: int) -> None:
        for who in ("head", "approver", "inspector"):
            by = self.who[who]
            self.plain("INSERT INTO rectification_lookback (item_id, by_id, at, held, finding) VALUES (%s, %s, %s, true, '好')", [self.items[n], by.pk, self.now])  # fmt: skip

    @rule(n=ITEMS)
    def an_extension_is_granted_by_its_asker(self, n: int) -> None:
        item = self.item(n)
        self.call("extend", item, item.person)
        self.plain("INSERT INTO rectification_extensiondecision (extension_id, granted, opinion, by_id, at) SELECT id, true, '好', by_id, at FROM rectification_extension WHERE item_id = %s", [item.pk])  # fmt: skip

    @rule(n=ITEMS)
    def a_list_waits(self, n: int) -> None:
        self.call("screen", self.item(n), self.who["accepter"])

    @rule(n=ITEMS, who=WHO)
    def a_red_line_comes_and_goes(self, n: int, who: str) -> None:
        self.call("red_line", self.item(n), self.who[who])
        for status in FORWARD:
            self.set(self.items[n], status)
        self.call("red_return", self.item(n), self.who["discipline"])

    @rule(n=ITEMS, status=st.sampled_from(FORWARD))
    def somebody_writes_sql(self, n: int, status: str) -> None:
        """With every column that the state asks for, so that only the guards stand in the way."""
        self.set(self.items[n], status)

    def set(self, pk: int, status: str) -> None:
        checked, ends = status in [str(s) for s in CHECKS], status in ("CLOSED", "CONSOLIDATED")
        day = self.now.date()
        sql = ("UPDATE rectification_item SET status = %s, measure = 'x', closed_on = CASE WHEN %s THEN %s::date ELSE closed_on END,"
               " check_due = CASE WHEN %s THEN %s::date END, applied_on = CASE WHEN %s THEN %s::date ELSE applied_on END WHERE id = %s")  # fmt: skip
        self.plain(sql, [status, ends, day, checked, day, checked, day, pk])

    @rule(n=ITEMS, who=WHO, step=st.sampled_from([str(s) for s in CHECKS]))
    def somebody_inserts_a_check(self, n: int, who: str, step: str) -> None:
        by, item = self.who[who], self.item(n)
        self.plain(CHECK, [item.pk, item.round, step, by.pk, by.unit_id, self.now])

    @rule(n=ITEMS, who=WHO)
    def somebody_inserts_a_decision(self, n: int, who: str) -> None:
        item, by = self.item(n), self.who[who]
        self.plain("INSERT INTO rectification_redlinedecision (item_id, no, outcome, document_no, by_id, at) VALUES (%s, %s, 'RETURNED', '', %s, %s)",
                   [item.pk, max(1, item.red_count), by.pk, self.now])  # fmt: skip
        self.plain("INSERT INTO rectification_lookback (item_id, by_id, at, held, finding) VALUES (%s, %s, %s, true, '好')", [item.pk, by.pk, self.now])  # fmt: skip
        self.plain("INSERT INTO rectification_extensiondecision (extension_id, granted, opinion, by_id, at) SELECT id, true, '好', %s, %s FROM rectification_extension WHERE item_id = %s",
                   [by.pk, self.now, item.pk])  # fmt: skip
        self.plain("UPDATE rectification_milestone SET passed_id = (SELECT max(id) FROM rectification_check WHERE item_id = %s), closed_on = now() WHERE item_id = %s AND no = 1",
                   [item.pk, item.pk])  # fmt: skip

    @staticmethod
    def plain(sql: str, values: list[Any]) -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute(sql, values)
        except DatabaseError:
            pass

    @rule(days=st.integers(1, 40))
    def time_goes_by(self, days: int) -> None:
        type(self).now = self.now + timedelta(days=days)

    @invariant()
    def nothing_is_closed_that_should_not_be(self) -> None:
        for what, sql in WRONG.items():
            assert not rows(sql), what
        assert not unchecked_steps(), "closed without a check of its route"
        type(self).closed += len(rows("SELECT 1 FROM rectification_item WHERE status = 'CLOSED'"))
        type(self).states |= {s for (s,) in rows("SELECT DISTINCT status FROM rectification_item")}


@pytest.mark.django_db
def test_no_sequence_closes_without_evidence_and_independent_checks(
    person: Callable[..., Cadre], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Machine, "person", staticmethod(person), raising=False)
    monkeypatch.setattr(clock, "now", lambda: Machine.now)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Machine,
        settings=settings(max_examples=20, stateful_step_count=25, derandomize=True, deadline=None, database=None, phases=[Phase.generate],  # shrinking takes longer than reading
                         
                          suppress_health_check=list(HealthCheck)),
    )  # fmt: skip
    assert Machine.closed, "a machine that never closes anything proves nothing"
    assert {"MILESTONE", "REDLINE", "RECTIFYING", "APPROVE", "CLOSED"} <= Machine.states
