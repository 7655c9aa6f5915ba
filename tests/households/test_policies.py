"""政策库: read by all, kept by one office, offered to visitors while it is in force."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.models import Area, Cadre, Event, Unit
from households.models import Policy, Visit
from households.querysets import policies_in_force
from tests.county import QINGTIAN
from tests.households.builders import helps, household, policy
from yuexi.core import clock

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db
TODAY = date(2026, 11, 24)


@pytest.fixture
def office(person: Person) -> Cadre:
    return person("演示数据", "OFFICE_DATA")


def form(**changes: Any) -> dict[str, Any]:
    county = Area.objects.get(level="COUNTY")
    unit, _ = Unit.objects.get_or_create(name="县医保局", area=county, defaults={"kind": "COUNTY"})
    return {
        "title": "医疗救助", "what": "自付过高再救助", "for_whom": "脱贫户", "standard": "七成", "lead_unit": unit.pk,
        "contact": "救助科", "document_no": "", "valid_from": "2026-01-01", "last_day": "", **changes,
    }  # fmt: skip


def test_in_force_is_from_the_first_day_to_the_last() -> None:
    now = policy("甲", TODAY, TODAY + timedelta(days=1))
    policy("乙", TODAY + timedelta(days=1))
    policy("丙", date(2020, 1, 1), TODAY)
    open_end = policy("丁", date(2020, 1, 1))
    assert set(policies_in_force(TODAY)) == {now, open_end}
    assert Policy.objects.get(title="乙").state(TODAY) == "未施行"
    assert Policy.objects.get(title="丙").state(TODAY) == "已失效"


def test_the_office_keeps_the_library_and_everyone_reads_it(
    office: Cadre, as_user: AsUser, person: Person
) -> None:
    client = as_user(office)
    assert client.post("/policies/new/", form()).status_code == 302
    kept = Policy.objects.get()
    assert Event.objects.get(action="policy.add").after["standard"] == "七成"
    client.post(f"/policies/{kept.uid}/edit/", form(standard="八成", last_day="2026-06-30"))
    kept.refresh_from_db()
    assert kept.valid_to == date(2026, 7, 1) and kept.last_day == date(2026, 6, 30)
    event = Event.objects.get(action="policy.edit")
    assert event.before == {"standard": "七成", "valid_to": ""}
    helper = as_user(person("演示帮扶", "HELPER", QINGTIAN))
    assert "已失效" in helper.get(f"/policies/{kept.uid}/").content.decode()
    assert "医疗救助" not in helper.get("/policies/").content.decode()
    assert "医疗救助" in helper.get("/policies/?view=past&q=自付").content.decode()
    assert "修改" not in helper.get(f"/policies/{kept.uid}/").content.decode()
    assert helper.post("/policies/new/", form()).status_code == 403
    assert helper.get(f"/policies/{kept.uid}/edit/").status_code == 403


def test_what_cannot_be_is_refused(office: Cadre, as_user: AsUser) -> None:
    client = as_user(office)
    early = client.post("/policies/new/", form(last_day="2025-12-31"))
    assert early.status_code == 422 and "最后一天不能早于施行日期" in early.content.decode()
    client.post("/policies/new/", form())
    again = client.post("/policies/new/", form(valid_from="2026-03-01"))
    assert again.status_code == 422 and "这段时间里已有一条" in again.content.decode()
    kept = Policy.objects.get()
    same = client.post(f"/policies/{kept.uid}/edit/", form())
    assert same.status_code == 422 and "内容没有变化" in same.content.decode()


def test_the_database_holds_period_and_title() -> None:
    kept = policy("甲", date(2026, 1, 1))
    for start, end, name in (
        ("2026-05-01", "2026-05-01", "policy_period"),
        ("2026-05-01", None, "policy_title_once_at_a_time"),
    ):
        with pytest.raises(IntegrityError, match=name), connection.cursor() as cursor:
            cursor.execute("SAVEPOINT s")
            try:
                cursor.execute(
                    "INSERT INTO households_policy (uid, title, what, for_whom, standard, lead_unit_id, contact, document_no, valid_from, valid_to)"
                    " VALUES (uuidv7(), '甲', 'a', 'b', 'c', %s, 'd', '', %s, %s)",
                    [kept.lead_unit_id, start, end],
                )
            finally:
                cursor.execute("ROLLBACK TO SAVEPOINT s")


def test_a_policy_is_ended_and_never_deleted() -> None:
    policy("甲")
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("DELETE FROM households_policy")


def test_a_visitor_chooses_among_those_in_force_and_the_title_stays(
    person: Person, as_user: AsUser
) -> None:
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    home = household("演示陈")
    helps(helper, home)
    client = as_user(helper)
    path = f"/m/households/{home.uid}/visit/"
    assert "讲了什么政策" not in client.get(path).content.decode()
    kept = policy("医疗救助")
    policy("旧政策", date(2020, 1, 1), date(2021, 1, 1))
    page = client.get(path)
    assert "医疗救助" in page.content.decode() and "旧政策" not in page.content.decode()
    first = page.context["form"]
    now = clock.now().astimezone(clock.SHANGHAI)
    data = {"uid": first.initial["uid"], "mode": "IN_PERSON", "met": "演示陈", "policies": ["医疗救助"],
            "problem_category": "", "day": now.date(), "clock": f"{now:%H:%M}"}  # fmt: skip
    assert client.post(path, {**data, "policies": ["旧政策"]}).status_code == 422
    assert client.post(path, data).status_code == 302
    Policy.objects.filter(pk=kept.pk).update(title="改名")
    assert Visit.objects.get().policies == ["医疗救助"]


def test_one_and_three_rows_cost_the_same(office: Cadre, as_user: AsUser) -> None:
    client, counts = as_user(office), []
    for names in ("甲", "乙丙"):
        for name in names:
            policy(name)
        with CaptureQueriesContext(connection) as queries:
            client.get("/policies/")
        counts.append(len(queries))
    assert counts[0] == counts[1], counts
