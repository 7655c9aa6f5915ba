from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.actions.leads import decide, look_into, open_lead
from cadres.leads import leads_visible_to
from cadres.models import Cadre, Event, Lead, LeadDecision, Notice
from cadres.roles import ROLES
from tests.county import AT, COUNTY, DIANQIAN, QINGTIAN
from tests.households.builders import VILLAGE
from yuexi.core.refusals import BadInput, NotYours, Refusal

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db


def lead(subject_id: int = 1, area: str = VILLAGE, kind: str = "ODD", about: Any = ()) -> Lead:
    open_lead(kind=kind, subject_kind="thing", subject_id=subject_id, area=area,
              text=f"第 {subject_id} 件对不上", about=about, at=AT)  # fmt: skip
    return Lead.objects.get(kind=kind, subject_id=subject_id)


@pytest.fixture
def inspector(person: Person) -> Cadre:
    return person("演示督查", "INSPECTOR", COUNTY, "县纪委监委")


def test_one_lead_per_kind_and_subject() -> None:
    assert lead(1).pk == lead(1).pk
    lead(1, kind="OTHER"), lead(2)
    assert Lead.objects.count() == 3


def test_looked_into_and_decided_once(inspector: Cadre, person: Person) -> None:
    asked = lead()
    with pytest.raises(BadInput, match="看了什么"):
        look_into(lead=asked, said="看", by=inspector, at=AT)
    look_into(lead=asked, said="到户问了，确实来过", by=inspector, at=AT)
    with pytest.raises(BadInput, match="请选择结论"):
        decide(lead=asked, outcome="GUILTY", said="没有来过", by=inspector, at=AT)
    with pytest.raises(BadInput, match="依据"):
        decide(lead=asked, outcome="UNFOUNDED", said="", by=inspector, at=AT)
    decide(lead=asked, outcome="UNFOUNDED", said="户主记错了日子", by=inspector, at=AT)
    other = person("演示纪委", "DISCIPLINE", COUNTY)
    for again in (
        lambda: decide(lead=asked, outcome="HANDED_ON", said="转给别人", by=other, at=AT),
        lambda: look_into(lead=asked, said="又去看了一次", by=other, at=AT),
    ):
        with pytest.raises(Refusal, match="已有结论"):
            again()
    assert LeadDecision.objects.get().by == inspector


def test_identity_numbers_stay_out(inspector: Cadre) -> None:
    from tests.households.builders import idno

    with pytest.raises(BadInput, match="证件号码"):
        look_into(lead=lead(), said=f"问了{idno(3)}", by=inspector, at=AT)


def test_nobody_sees_or_answers_a_lead_about_himself(
    inspector: Cadre, person: Person, as_user: AsUser
) -> None:
    own = lead(about=[inspector.pk])
    client = as_user(inspector)
    assert client.get(f"/leads/{own.uid}/").status_code == 404
    assert "对不上" not in client.get("/leads/").content.decode()
    assert "条线索" not in client.get("/").content.decode()
    with pytest.raises(NotYours, match="涉及您本人"):
        decide(lead=own, outcome="UNFOUNDED", said="没有的事", by=inspector, at=AT)
    other = person("演示纪委", "DISCIPLINE", COUNTY)
    assert as_user(other).get(f"/leads/{own.uid}/").status_code == 200


def test_only_two_roles_know_of_leads(person: Person, as_user: AsUser) -> None:
    asked = lead()
    knowing = {r.code for r in ROLES if r.rights & {"lead.view", "lead.decide"}}
    assert knowing == {"INSPECTOR", "DISCIPLINE"}
    for role in [r.code for r in ROLES if r.code not in knowing] + [None]:
        client = as_user(person("演示人", role, COUNTY))
        for method in (client.get, client.post):
            assert method("/leads/").status_code == 403
            assert method(f"/leads/{asked.uid}/").status_code == 403
        desk = client.get("/").content.decode()
        assert "线索" not in desk and "/leads/" not in desk
    assert not Event.objects.exists() and not Notice.objects.exists()


def test_scope_filters_and_the_desk(person: Person, as_user: AsUser) -> None:
    near, far = lead(1), lead(2, area=DIANQIAN)
    local = person("演示片区督查", "INSPECTOR", QINGTIAN)
    client = as_user(local)
    assert list(leads_visible_to(local)) == [near]
    assert client.get(f"/leads/{far.uid}/").status_code == 404
    assert "1 条线索等核实" in client.get("/").content.decode()
    page = client.get("/leads/").content.decode()
    assert "等核实 1 条" in page and "第 1 件" in page and "第 2 件" not in page
    county = as_user(person("演示督查", "INSPECTOR", COUNTY))
    page = county.get(f"/leads/?township={DIANQIAN[:9]}").content.decode()
    assert "第 2 件" in page and "第 1 件" not in page
    assert "第 1 件" not in county.get("/leads/?kind=NONE").content.decode()
    for odd in ("?township=%27", "?kind=%00", "?view=x", "?after=abc"):
        assert county.get(f"/leads/{odd}").status_code < 500


def test_the_page_takes_a_look_and_a_decision(inspector: Cadre, as_user: AsUser) -> None:
    asked = lead()
    client, path = as_user(inspector), f"/leads/{asked.uid}/"
    assert client.post(path, {"what": "punish"}).status_code == 404
    assert client.post(path, {"what": "look", "looked": "看"}).status_code == 422
    assert client.post(path, {"what": "look", "looked": "到户问了户主"}).status_code == 302
    assert client.post(path, {"what": "decide", "said": "记错日子了"}).status_code == 422
    answer = {"what": "decide", "outcome": "EXPLAINED", "said": "记错日子了"}
    assert client.post(path, answer).status_code == 302
    page = client.get(path).content.decode()
    assert "到户问了户主" in page and "结论：说明即可" in page and "作出结论" not in page
    assert "说明即可" in client.get("/leads/?view=decided").content.decode()
    assert "没有等核实的线索" in client.get("/leads/").content.decode()


def test_the_list_costs_the_same_for_one_and_for_three(inspector: Cadre, as_user: AsUser) -> None:
    client, counts = as_user(inspector), []
    for n in range(3):
        lead(n)
        with CaptureQueriesContext(connection) as caught:
            client.get("/leads/")
        counts.append(len(caught))
    assert counts[0] == counts[2]


@pytest.mark.parametrize(
    ("statement", "constraint"),
    [
        ("INSERT INTO cadres_lead (uid, kind, subject_kind, subject_id, area_code, text, about, opened_at) SELECT uuidv7(), kind, subject_kind, subject_id, area_code, 'x', about, now() FROM cadres_lead", "lead_once_per_subject"),
        ("INSERT INTO cadres_leadlook (lead_id, by_id, at, said) SELECT id, %(by)s, now(), '' FROM cadres_lead", "look_says_what"),
        ("INSERT INTO cadres_leaddecision (lead_id, by_id, at, outcome, said) SELECT id, %(by)s, now(), 'FINED', 'x' FROM cadres_lead", "lead_outcome_known"),
        ("INSERT INTO cadres_leaddecision (lead_id, by_id, at, outcome, said) SELECT id, %(by)s, now(), 'UNFOUNDED', '' FROM cadres_lead", "lead_decision_says_why"),
    ],
)  # fmt: skip
def test_the_database_refuses_it_too(inspector: Cadre, statement: str, constraint: str) -> None:
    lead()
    with (
        pytest.raises(IntegrityError, match=constraint),
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(statement, {"by": inspector.pk})


def test_a_lead_is_never_rewritten() -> None:
    lead()
    for change in ("UPDATE cadres_lead SET text = 'x'", "DELETE FROM cadres_lead"):
        with (
            pytest.raises(DatabaseError),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(change)
