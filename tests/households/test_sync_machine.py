"""Three phones, one server, and everything that goes wrong between them, in any order.

What the phones recorded is what the server holds in the end: each version that was ever taken
once, as a visit or held for a person's word, and nothing else.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
import uuid6
from django.db import transaction
from django.test import Client
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    precondition,
    rule,
    run_state_machine_as_test,
)

from cadres.models import Area, Cadre, Event
from households.actions.held import decide_held
from households.actions.life import close_household, move_household
from households.models import Assignment, HeldVisit, Household, Visit, VisitProblem
from tests.county import AT, QINGTIAN
from tests.households.builders import helps, household
from tests.households.test_sync import PATH, Person
from yuexi.core import clock

HOURS = st.sampled_from([0, 1, 23, 30, 71, 90])
SKEWS = st.sampled_from([-2000, -30, 0, 5, 45, 900])  # minutes that a phone's clock is off
PHONES = st.integers(0, 2)
Version = tuple[str, str]  # a record's number, and the words of one version of it


@dataclass
class Phone:
    client: Client
    homes: list[Household]
    skew: timedelta = timedelta()
    outbox: dict[str, dict[str, Any]] = field(default_factory=dict)
    sent: dict[str, dict[str, Any]] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)
    known: set[Version] = field(default_factory=set)  # what it holds a receipt for

    def record(self, home: Household, hours: int, problems: int) -> None:
        now = clock.now() + self.skew
        uid = str(uuid6.uuid7())
        self.outbox[uid] = {
            "uid": uid, "household": str(home.uid), "mode": "IN_PERSON", "met": "演示陈", "done": "第1版",
            "occurred_at": (now - timedelta(hours=hours)).isoformat(), "recorded_at": now.isoformat(),
            "late_reason": "没有信号" if hours > 24 else "",
            "problems": [{"category": "饮水安全", "text": f"水管冻裂{n}"} for n in range(problems)],
            "facts": {"safe_water": {"base": True, "value": False}} if problems else {},
        }  # fmt: skip

    def post(self, batch: list[dict[str, Any]]) -> list[dict[str, Any]]:
        body = {"records": batch, "sent_at": (clock.now() + self.skew).isoformat()}
        answer = self.client.post(PATH, json.dumps(body), content_type="application/json")
        assert answer.status_code == 200, answer.content.decode()
        answers: list[dict[str, Any]] = answer.json()["answers"]
        return answers

    def read(self, batch: list[dict[str, Any]], answers: list[dict[str, Any]]) -> None:
        for said, answer in zip(batch, answers, strict=True):
            assert said["uid"] == answer["uid"]
            if answer["status"] == "refused":
                assert answer["message"]
                self.refused[said["uid"]] = answer["code"]
                continue
            assert answer["receipt"]
            self.known.add(version(said))
            if self.outbox.get(said["uid"]) is said:
                del self.outbox[said["uid"]]
                self.refused.pop(said["uid"], None)
            self.sent[said["uid"]] = said


def version(said: dict[str, Any]) -> Version:
    return said["uid"], said["done"]


class Machine(RuleBasedStateMachine):
    person: Person
    at: datetime

    def __init__(self) -> None:
        super().__init__()
        type(self).at = AT
        self.saved = transaction.atomic()
        self.saved.__enter__()
        self.clerk = self.person("演示专干", "TOWNSHIP_CLERK", QINGTIAN)
        self.homes = [household(f"演示{n}") for n in range(3)]
        self.phones = []
        for n, (own, rank) in enumerate([((0, 1), "MAIN"), ((0,), "SECOND"), ((2,), "MAIN")]):
            helper: Cadre = self.person(f"演示帮扶{n}", "HELPER", QINGTIAN)
            for h in own:
                helps(helper, self.homes[h], rank=rank)
            client = Client()
            client.force_login(helper, backend="cadres.login.CadreBackend")
            self.phones.append(Phone(client, [self.homes[h] for h in own]))
        self.taken: set[Version] = set()  # what the server committed, by its answers
        self.villages = list(Area.objects.filter(code__startswith=QINGTIAN[:9], level="VILLAGE"))

    @rule(phone=PHONES, home=st.integers(0, 1), hours=HOURS, problems=st.integers(0, 2))
    def record(self, phone: int, home: int, hours: int, problems: int) -> None:
        p = self.phones[phone]
        p.record(p.homes[home % len(p.homes)], hours, problems)

    @rule(phone=PHONES, n=st.integers(0, 99), again=st.sampled_from([False, False, True]))
    def take_up_again(self, phone: int, n: int, again: bool) -> None:
        """Edited after it was sent, or simply sent once more."""
        p = self.phones[phone]
        if p.sent:
            said = list(p.sent.values())[n % len(p.sent)]
            newer = p.outbox.get(said["uid"], said)
            words = newer["done"] if again else f"第{int(newer['done'][1:-1]) + 1}版"
            p.outbox[said["uid"]] = {**newer, "done": words}

    @rule(
        phone=PHONES,
        cut=st.sampled_from(["none", "none", "before commit", "after commit"]),
        many=st.sampled_from([9, 2, 1]),
    )
    def sync(self, phone: int, cut: str, many: int) -> None:  # fmt: skip
        p = self.phones[phone]
        batch = list(p.outbox.values())[:many]
        if cut == "before commit":
            with transaction.atomic():
                p.post(batch)
                transaction.set_rollback(True)
            return
        answers = p.post(batch)
        self.taken |= {version(s) for s, a in zip(batch, answers, strict=True) if a["status"] != "refused"}  # fmt: skip
        if cut == "none":
            p.read(batch, answers)
        else:  # sent as far as the phone can tell, so an edit of it may meet its first version
            p.sent.update({said["uid"]: said for said in batch})

    # One rule and not five: recording, sending and editing are what should happen most.
    @rule(
        what=st.sampled_from(["clock", "time", "hand over", "move", "strike off"]),
        n=st.integers(0, 2), minutes=SKEWS, hours=st.sampled_from([1, 25, 80]), far=st.integers(0, 9),
    )  # fmt: skip
    def the_world_goes_on(self, what: str, n: int, minutes: int, hours: int, far: int) -> None:
        home = Household.objects.get(pk=self.homes[n].pk)
        village = self.villages[far % len(self.villages)]
        if what == "clock":
            self.phones[n].skew = timedelta(minutes=minutes)
        elif what == "time":
            type(self).at += timedelta(hours=hours)
        elif what == "hand over":
            open_ones = Assignment.objects.filter(household=home, end=None)
            open_ones.update(end=clock.today() - timedelta(days=far))
        elif what == "move" and not home.closed and village.code != home.area_id:
            move_household(household_id=home.pk, to=village, group="", by=self.clerk, at=clock.now())  # fmt: skip
        elif what == "strike off" and not home.closed:
            close_household(household_id=home.pk, why="DIED", on=clock.today(), by=self.clerk, at=clock.now())  # fmt: skip

    @precondition(lambda self: HeldVisit.objects.filter(decision=None).exists())
    @rule(n=st.integers(0, 99), accept=st.booleans())
    def decide(self, n: int, accept: bool) -> None:
        waiting = list(HeldVisit.objects.filter(decision=None).order_by("pk"))
        held = waiting[n % len(waiting)]
        decide_held(held=held, accept=accept, said="问过本人", by=self.clerk, at=clock.now())

    def teardown(self) -> None:
        try:
            self.all_is_there_once()
        finally:
            transaction.set_rollback(True)
            self.saved.__exit__(None, None, None)

    def all_is_there_once(self) -> None:
        for n, p in enumerate(self.phones):
            self.sync(n, "none", len(p.outbox))
            # What is left was refused with a reason, and stays with its sender.
            assert set(p.outbox) <= set(p.refused), p.outbox
            assert p.known <= self.taken
        visits = Visit.objects.filter(held_decision=None).values_list("uid", "done")
        held = HeldVisit.objects.values_list("uid", "record")
        there = [(str(uid), done) for uid, done in visits]
        there += [(str(uid), said["done"]) for uid, said in held]
        twice = [found for found, times in Counter(there).items() if times > 1]
        assert not twice and set(there) == self.taken
        self.nothing_is_half()

    def nothing_is_half(self) -> None:
        made = Counter(Event.objects.filter(action__in=["visit.log", "visit.hold"]).values_list("kind", "object_id"))  # fmt: skip
        visits, held = Visit.objects.values_list("pk", flat=True), HeldVisit.objects.values_list("pk", flat=True)  # fmt: skip
        assert made == Counter([("visit", v) for v in visits] + [("heldvisit", h) for h in held])
        for number in set(Visit.objects.values_list("uid", flat=True)):
            assert self.in_force(number) <= 1
        with_problems = VisitProblem.objects.values("visit_id").distinct().count()
        assert with_problems == Visit.objects.filter(changes=["WATER"]).count()

    @staticmethod
    def in_force(number: Any) -> int:
        """How many versions of one number count as visits."""
        own = Visit.objects.filter(uid=number) | Visit.objects.filter(held_decision__held__uid=number)  # fmt: skip
        return own.exclude(corrections__void=True).distinct().count()


@pytest.mark.django_db
def test_what_the_phones_recorded_is_what_the_server_holds(
    person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Machine, "person", staticmethod(person), raising=False)
    monkeypatch.setattr(clock, "now", lambda: Machine.at)
    run_state_machine_as_test(  # type: ignore[no-untyped-call]
        Machine,
        settings=settings(max_examples=40, stateful_step_count=30, derandomize=True, deadline=None, database=None,
                          suppress_health_check=list(HealthCheck)),
    )  # fmt: skip
