"""Doors of a sealed inspection, sent by several connections at once while the web server is killed."""

from __future__ import annotations

import http.client
import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import uuid6
from django.test import Client

from cadres.models import Cadre
from inspections import sealed
from inspections.actions import plans
from inspections.models import Entry
from tests.county import COUNTY
from tests.faults.phones import CSRF, session_of
from tests.households.builders import household
from tests.inspections.conftest import Team, plan_of
from tests.stack import Stack, wait_until
from yuexi.core import clock

HOMES, LINES, KILLS = 12, 3, 4


def test_each_door_is_written_once_through_kills(
    stack: Stack, person: Callable[..., Cadre], as_user: Callable[[Cadre], Client]
) -> None:
    names = ("演示组长", "演示组员", "演示组外")
    of = Team(*(person(name, "INSPECTOR", COUNTY, "县纪委监委") for name in names))
    for n in range(HOMES):
        household(f"演示户{n:02}")
    now = clock.now()
    plan = plan_of(of, take=HOMES, spare=0, at=now - timedelta(days=1), start=now - timedelta(hours=1))  # fmt: skip
    plans.draw(plan=plan, by=of.leader, at=now - timedelta(hours=20))
    cookies = session_of(as_user(of.member))
    records = [
        {"uid": str(uuid6.uuid7()), "household": uid, "outcome": "SEEN", "cleared": True, "recorded_at": now.isoformat(),
         "found": [{"text": f"屋面漏雨 {n}", "category": "住房安全"}]}
        for n, uid in enumerate(sealed.read(plan).waiting())
    ]  # fmt: skip

    def send(record: dict[str, Any]) -> str:
        line = http.client.HTTPConnection("127.0.0.1", stack.port, timeout=20)
        body = {
            "owner": str(of.member.uid),
            "sent_at": clock.now().isoformat(),
            "records": [record],
        }
        line.request("POST", f"/api/v1/phone/field/{plan.uid}/records", json.dumps(body),
                     {"Cookie": cookies, "X-CSRFToken": CSRF, "Content-Type": "application/json"})  # fmt: skip
        answer = json.loads(line.getresponse().read())
        return str(answer["answers"][0]["status"])

    def until_answered(record: dict[str, Any]) -> str:
        came: list[str] = []

        def asked() -> bool:
            try:
                came.append(send(record))
            except (OSError, http.client.HTTPException):
                return False  # the line broke: whether it was written nobody knows
            return True

        wait_until(asked, "an answer", 120)
        return came[0]

    stack.start("web")
    with ThreadPoolExecutor(LINES * 2) as pool:
        sent = [pool.submit(until_answered, r) for r in records for _ in range(LINES)]
        for kill in range(KILLS):
            wait_until(lambda: Entry.objects.count() > kill * 2 + 1, "some of it")  # noqa: B023
            stack.kill("web")
            stack.start("web")
        answers = [s.result() for s in sent]
    assert set(answers) <= {"accepted", "duplicate"}
    state = sealed.read(plan)
    assert len(state.records) == len(state.found) == HOMES and not state.waiting()
    assert not [r for r in state.records.values() if r.late]
