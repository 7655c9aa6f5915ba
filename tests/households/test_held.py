"""走访待定: who sees the queue, what it shows, and what the visitor hears of it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.models import Cadre, Event
from households.actions.held import decide_held, may_decide
from households.models import Assignment, HeldVisit, Household, Visit
from households.querysets import held_to_decide, standing
from tests.county import DIANQIAN
from tests.households.builders import VILLAGE, helps
from tests.households.test_sync import said, send
from yuexi.core import clock
from yuexi.core.refusals import BadInput

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db
QUEUE = "/visits/held/"


def late(home: Household, helper: Cadre, as_user: AsUser, **words: object) -> HeldVisit:
    then = (clock.now() - timedelta(hours=80)).isoformat()
    [answer] = send(as_user(helper), said(home, occurred_at=then, late_reason="手机没电", **words))
    return HeldVisit.objects.get(pk=int(answer["receipt"][1:]))


def conflict(home: Household, helper: Cadre, as_user: AsUser) -> HeldVisit:
    client, record = as_user(helper), said(home, done="送药", promise="问水管")
    send(client, record)
    [answer] = send(client, {**record, "done": "送药两盒"})
    return HeldVisit.objects.get(pk=int(answer["receipt"][1:]))


def test_the_village_decides_what_came_late_and_the_visitor_hears_of_it(
    helper: Cadre, home: Household, person: Person, as_user: AsUser
) -> None:
    held = late(home, helper, as_user, done="送去种子")
    village = person("演示村干", "VILLAGE", VILLAGE)
    client = as_user(village)
    assert "1 条走访等您核定收不收" in client.get("/").content.decode()
    page = client.get(QUEUE).content.decode()
    for told in ("演示陈户", "演示帮扶", "走访过了 72 小时才补录", "手机没电", "送去种子"):
        assert told in page, told
    mine = as_user(helper)
    assert "待核定" in mine.get("/visits/").content.decode()
    assert client.post(f"{QUEUE}{held.pk}/", {"said": "", "accept": "1"}).status_code == 422
    answer = client.post(f"{QUEUE}{held.pk}/", {"said": "村里核实来过", "accept": "1"})
    assert answer.status_code == 302 and Visit.objects.get().done == "送去种子"
    for path in ("/visits/", "/m/", f"{QUEUE}{held.pk}/"):
        shown = mine.get(path).content.decode()
        assert "已收下" in shown and "村里核实来过" in shown, path
    assert "没有等您核定" in client.get(QUEUE).content.decode()
    assert "村里核实来过" in client.get(f"{QUEUE}?view=done").content.decode()


def test_not_taken_makes_no_visit_and_stays_readable(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser
) -> None:
    held = late(home, helper, as_user)
    as_user(clerk).post(f"{QUEUE}{held.pk}/", {"said": "问过户主，没来过", "accept": "0"})
    assert not Visit.objects.exists() and held.decision.visit is None
    assert "不收" in as_user(helper).get("/m/").content.decode()
    data = {"said": "再想想", "accept": "1"}
    again = as_user(clerk).post(f"{QUEUE}{held.pk}/", data, follow=True).content.decode()
    assert "已由别人核定" in again and "问过户主，没来过" in again and "再想想" not in again
    assert not Visit.objects.exists()
    assert Event.objects.get(action="visit.decide").after["accepted"] is False


def test_two_versions_stand_side_by_side_with_what_differs(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser, person: Person
) -> None:
    held = conflict(home, helper, as_user)
    page = as_user(clerk).get(QUEUE).content.decode()
    assert page.count('<tr class="differs">') == 1
    row = page.split('<tr class="differs">')[1].split("<tr")[0]
    assert "办了什么" in row and "送药<td>送药两盒" in row
    assert "收下后送的" in page and "不收，先送的为准" in page
    village = person("演示村干", "VILLAGE", VILLAGE)  # not the village's to decide
    assert not may_decide(held, village) and not held_to_decide(village).exists()
    waiting = as_user(village).get(f"{QUEUE}?view=waiting").content.decode()
    assert "送药两盒" in waiting and "等乡镇专干核定" in waiting and "accept" not in waiting
    assert as_user(village).post(f"{QUEUE}{held.pk}/", {"said": "来过", "accept": "1"}).status_code == 403  # fmt: skip


def test_of_three_versions_one_stands(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser
) -> None:
    client, record = as_user(helper), said(home, done="甲")
    for words in ("甲", "乙", "丙"):
        send(client, {**record, "done": words})
    for held in HeldVisit.objects.order_by("pk"):
        decide_held(held=held, accept=True, said="以此为准", by=clerk, at=clock.now())
    assert Visit.objects.count() == 3
    assert [v.done for v in standing()] == ["丙"]


def test_the_queue_holds_what_the_action_allows(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser, person: Person
) -> None:
    late(home, helper, as_user)
    conflict(home, helper, as_user)
    Assignment.objects.update(end=clock.today() - timedelta(days=10))
    send(as_user(helper), said(home))  # NOT_HELPER
    people = [
        clerk, helper, person("演示村干", "VILLAGE", VILLAGE), person("演示邻村", "VILLAGE", "340828202201"),
        person("外乡专干", "TOWNSHIP_CLERK", DIANQIAN), person("演示县长", "COUNTY_LEADER"),
        person("演示数据", "OFFICE_DATA"),
    ]  # fmt: skip
    for who in people:
        allowed = {h.pk for h in HeldVisit.objects.all() if may_decide(h, who)}
        assert set(held_to_decide(who).values_list("pk", flat=True)) == allowed, who.name
    assert held_to_decide(clerk).count() == 3 and held_to_decide(people[2]).count() == 1


def test_nobody_decides_his_own_whatever_his_post(
    home: Household, clerk: Cadre, as_user: AsUser
) -> None:
    helps(clerk, home, rank="SECOND")
    held = late(home, clerk, as_user)
    client = as_user(clerk)
    assert "没有等您核定" in client.get(QUEUE).content.decode()
    assert "本人不能核自己的" in client.get(f"{QUEUE}{held.pk}/").content.decode()
    assert client.post(f"{QUEUE}{held.pk}/", {"said": "来过", "accept": "1"}).status_code == 403
    assert not Visit.objects.exists()


def test_out_of_scope_is_not_there_and_no_right_is_told(
    helper: Cadre, home: Household, as_user: AsUser, person: Person
) -> None:
    held = late(home, helper, as_user)
    far = as_user(person("外乡专干", "TOWNSHIP_CLERK", DIANQIAN))
    assert far.get(f"{QUEUE}{held.pk}/").status_code == 404
    assert far.post(f"{QUEUE}{held.pk}/", {"said": "来过", "accept": "1"}).status_code == 404
    assert "演示陈户" not in far.get(f"{QUEUE}?view=waiting").content.decode()
    leader = as_user(person("演示县长", "COUNTY_LEADER"))
    assert leader.get(f"{QUEUE}{held.pk}/").status_code == 200
    assert leader.post(f"{QUEUE}{held.pk}/", {"said": "来过"}).status_code == 403
    assert as_user(helper).get(QUEUE).status_code == 403


def test_one_and_three_rows_cost_the_same(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser
) -> None:
    client, counts = as_user(clerk), []
    problems = [{"category": "饮水安全", "text": "水管冻裂"}]
    for n in (1, 2):
        for _ in range(n):
            conflict(home, helper, as_user)
            late(home, helper, as_user, problems=problems)
        with CaptureQueriesContext(connection) as queries:
            assert client.get(QUEUE).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1], counts
    with CaptureQueriesContext(connection) as queries:
        as_user(helper).get("/m/")
    assert len([q for q in queries if "heldvisit" in q["sql"]]) == 1


def test_the_database_wants_a_reason_and_one_decision(
    helper: Cadre, home: Household, clerk: Cadre, as_user: AsUser
) -> None:
    held = late(home, helper, as_user)
    with pytest.raises(BadInput, match="请写理由"):
        decide_held(held=held, accept=True, said=" 好", by=clerk, at=clock.now())
    sql = "INSERT INTO households_helddecision (held_id, by_id, at, said) VALUES (%s, %s, now(), %s)"  # fmt: skip
    with pytest.raises(IntegrityError, match="held_says_why"), transaction.atomic(), connection.cursor() as cursor:  # fmt: skip
        cursor.execute(sql, [held.pk, clerk.pk, ""])
    decide_held(held=held, accept=False, said="没来过", by=clerk, at=clock.now())
    with pytest.raises(IntegrityError, match="held_id"), transaction.atomic(), connection.cursor() as cursor:  # fmt: skip
        cursor.execute(sql, [held.pk, clerk.pk, "再来"])
