"""One test a channel: an unannounced inspection does not exist for anybody outside of its team."""

from __future__ import annotations

import io
import json
import re
from base64 import b64decode
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import uuid4
from zipfile import ZipFile

import pytest
from django.db import connection
from django.http import HttpResponse
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.models import Cadre, Event, Notice, Post, StoredFile
from cadres.reminders import sweeps
from households.models import Household
from inspections import sealed
from inspections.actions import plans, release
from inspections.models import Plan
from rectification.actions import red_lines
from tests.cast import Cast
from tests.county import AT, COUNTY
from tests.inspections.conftest import TITLE, Team, note, plan_of
from yuexi.core import clock, crypto

pytestmark = pytest.mark.django_db
WORDS = ("暗访", "走小路", "检查组内部", TITLE)
OUTSIDE = ["outsider", "head", "clerk", "accepter", "DISCIPLINE", "SYSTEM_ADMIN", "AUDIT_ADMIN", "COUNTY_LEADER"]  # fmt: skip


@pytest.fixture(params=OUTSIDE)
def outsider(
    request: pytest.FixtureRequest, team: Team, cast: Cast, person: Callable[..., Cadre],
    as_user: Callable[[Cadre], Client],
) -> Client:  # fmt: skip
    """Others of the same role, the township itself, the office, administrators, leaders."""
    if request.param == "outsider":
        return as_user(team.outsider)
    if hasattr(cast, request.param):
        return as_user(getattr(cast, request.param))
    return as_user(person("演示旁人", request.param, COUNTY))


def text_of(client: Client, path: str) -> str:
    answer = client.get(path, follow=True)
    return answer.content.decode(errors="replace")


def hides(text: str) -> None:
    assert not [w for w in (TITLE, "走小路", "检查组内部") if w in text]


def test_member_sees_it(drawn: Plan, team: Team, as_user: Callable[[Cadre], Client]) -> None:
    """Or the tests below would hold of an empty page."""
    client = as_user(team.member)
    assert TITLE in text_of(client, "/inspections/")
    assert TITLE in text_of(client, "/")
    assert "走小路" in text_of(client, f"/inspections/{drawn.uid}/")


def test_lists(drawn: Plan, outsider: Client) -> None:
    hides(text_of(outsider, "/inspections/"))


def test_counts_and_desk(team: Team, homes: list[Household], outsider: Client) -> None:
    """The desk is the same to the letter before and after."""
    before = [text_of(outsider, "/"), text_of(outsider, "/inspections/")]
    plan = plan_of(team)
    plans.draw(plan=plan, by=team.leader, at=AT + timedelta(hours=1))
    after = [text_of(outsider, "/"), text_of(outsider, "/inspections/")]
    strip = [b.split("<main", 1)[-1] for b in before], [a.split("<main", 1)[-1] for a in after]
    assert [same(t) for t in strip[0]] == [same(t) for t in strip[1]]


def same(text: str) -> str:
    """Without what changes with each answer."""
    return re.sub(r'(csrfmiddlewaretoken" value=")[^"]+', r"\1", text)


def test_search(drawn: Plan, outsider: Client) -> None:
    for words in ("饮水暗访", str(drawn.uid), drawn.commitment):
        hides(outsider.post("/find/", {"q": words}, follow=True).content.decode())


def sheet_of(answer: HttpResponse) -> str:
    """A workbook is a zip: its bytes would hide the words from this test too."""
    with ZipFile(io.BytesIO(answer.content)) as book:
        return "".join(book.read(name).decode() for name in book.namelist() if name.endswith(".xml"))  # fmt: skip


def test_exports_are_read_as_text(team: Team, as_user: Callable[[Cadre], Client]) -> None:
    """Or the test below would find nothing in any workbook."""
    answer = as_user(team.outsider).get("/items/?view=&format=xlsx")
    assert "整改台账" in sheet_of(answer)


def test_exports(drawn: Plan, outsider: Client) -> None:
    for path in ("/items/?view=&format=xlsx", "/log/?format=xlsx", "/households/export/"):
        answer = outsider.get(path)
        assert answer.status_code in (200, 403), path
        hides(sheet_of(answer) if answer.status_code == 200 else answer.content.decode())


def test_log(drawn: Plan, team: Team, outsider: Client) -> None:
    plans.look(plan=drawn, why="看路", by=team.member, at=AT + timedelta(hours=2))
    assert not Event.objects.filter(kind="plan").exists()
    hides(text_of(outsider, "/log/"))


def test_notifications(drawn: Plan, team: Team, outsider: Client) -> None:
    for days in range(5):
        sweeps.run(today=AT.date() + timedelta(days=days), at=AT + timedelta(days=days))
    assert not Notice.objects.filter(subject_kind="plan").exists()
    hides(text_of(outsider, "/inbox/"))


def test_interface_describes_and_answers_nothing(drawn: Plan, outsider: Client) -> None:
    described = outsider.get("/api/v1/schema?format=json").json()
    assert "/api/v1/items" in described["paths"]
    assert not [
        path
        for path in described["paths"]
        if "inspection" in path or "draw" in path or "field" in path
    ]
    assert outsider.get(f"/api/v1/inspections/{drawn.uid}/").status_code in (401, 404)


@pytest.mark.parametrize("verb", ["", "draw/", "look/", f"homes/{uuid4()}/", "note/", "release/", "cancel/", "transfer/", "nonsense/", "evidence/1/"])  # fmt: skip
def test_error_messages_are_those_of_an_address_that_never_was(
    drawn: Plan, outsider: Client, verb: str
) -> None:
    def ask(uid: object) -> tuple[int, str]:
        path = f"/inspections/{uid}/{verb}"
        answer = outsider.get(path) if verb in ("", "evidence/1/") else outsider.post(path, {"why": "看"})  # fmt: skip
        return answer.status_code, same(answer.content.decode())

    never = uuid4()
    found, nothing = ask(drawn.uid), ask(never)
    assert found[0] == nothing[0] == 404
    assert found[1].replace(str(drawn.uid), "") == nothing[1].replace(str(never), "")


def test_timing(drawn: Plan, outsider: Client) -> None:
    """An outsider's question costs the same statements, whether the inspection is there or not,
    and none of them deciphers anything."""

    def statements(path: str) -> list[str]:
        with CaptureQueriesContext(connection) as asked:
            outsider.get(path)
        return [q["sql"].split("WHERE")[0] for q in asked.captured_queries]

    assert statements(f"/inspections/{drawn.uid}/") == statements(f"/inspections/{uuid4()}/")


def test_an_outsiders_question_deciphers_nothing(
    drawn: Plan, outsider: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[object] = []
    real = sealed.read
    monkeypatch.setattr(sealed, "read", lambda plan: opened.append(plan) or real(plan))
    outsider.get("/inspections/")
    outsider.get(f"/inspections/{drawn.uid}/")
    assert not opened


def test_a_member_who_inspects_no_more_is_no_member(
    drawn: Plan, team: Team, as_user: Callable[[Cadre], Client]
) -> None:
    """Moved to another post while the plan is sealed: it does not exist for him either."""
    Post.objects.filter(cadre=team.member).update(end=clock.today())
    client = as_user(team.member)
    hides(text_of(client, "/inspections/") + text_of(client, "/"))
    assert client.get(f"/inspections/{drawn.uid}/").status_code == 404


def test_board_says_a_commitment_and_its_day_alone(drawn: Plan, outsider: Client) -> None:
    text = text_of(outsider, "/inspections/board/")
    assert drawn.commitment in text
    hides(text)
    assert "青天乡" not in text and "11月24日" not in text


def test_opened_file_is_not_there_before_the_report(drawn: Plan, outsider: Client) -> None:
    assert outsider.get(f"/inspections/board/{drawn.uid}/").status_code == 404


def test_addresses_open_to_the_team_from_the_start_alone(
    team: Team, homes: list[Household], as_user: Callable[[Cadre], Client]
) -> None:
    now = clock.now()
    plan = plan_of(team, at=now, start=now + timedelta(days=1))
    plans.draw(plan=plan, by=team.leader, at=now)
    drawn = Household.objects.filter(uid__in=sealed.read(plan).waiting())
    client, path = as_user(team.leader), f"/inspections/{plan.uid}/"
    assert not [h for h in drawn if h.head_name in text_of(client, path)]
    refused = client.post(f"{path}look/", {"why": ""})
    assert refused.status_code == 422 and not sealed.read(plan).looks
    client.post(f"{path}look/", {"why": "借车"})
    assert all(h.head_name in text_of(client, path) for h in drawn)
    assert not [h for h in drawn if h.head_name in text_of(as_user(team.member), path)]


def test_after_the_report_the_township_reads_its_own(
    released: Plan, cast: Cast, person: Callable[..., Cadre], as_user: Callable[[Cadre], Client]
) -> None:
    path = f"/inspections/{released.uid}/"
    assert "上周就停了" in text_of(as_user(cast.head), path)
    elsewhere = person("演示别乡", "TOWNSHIP_HEAD", "340828101000")
    assert as_user(elsewhere).get(path).status_code == 404


def test_a_finding_that_went_to_the_commission_is_veiled_in_the_report_too(
    released: Plan, team: Team, cast: Cast, as_user: Callable[[Cadre], Client]
) -> None:
    finding = released.findings.get()
    photo = f"/inspections/{released.uid}/evidence/{finding.files.get().file_id}/"
    item = release.transfer(finding=finding, by=team.leader, at=AT + timedelta(days=1))
    township, path = as_user(cast.head), f"/inspections/{released.uid}/"
    assert township.get(photo).status_code == 200
    red_lines.report_red_line(item_id=item.pk, line="FRAUD", said="照片是去年的", by=cast.village, at=AT)  # fmt: skip
    text = text_of(township, path)
    assert "上周就停了" not in text and "已移送纪委监委" in text
    assert township.get(photo).status_code == 404


@pytest.mark.parametrize("path", ["covert/", "burden/", "filings/", "joints/", "covert/?format=xlsx"])  # fmt: skip
def test_registers_and_figures_are_the_same_to_the_letter(
    team: Team, homes: list[Household], outsider: Client, path: str
) -> None:
    """The share of 暗访, the villages nobody came to and what a planner is warned of know released
    reports alone."""

    def read() -> str:
        answer = outsider.get(f"/inspections/{path}")
        if answer.status_code == 403:
            return "403"
        return re.sub(r"\d\d:\d\d(:\d\d)?", "", sheet_of(answer)) if "xlsx" in path else same(answer.content.decode().split("<main", 1)[-1])  # fmt: skip

    before = read()
    plan = plan_of(team)
    plans.draw(plan=plan, by=team.leader, at=AT + timedelta(hours=1))
    assert read() == before


# the phone's roads

SHA = "a" * 64
ROADS = [("get", f"photos/{SHA}"), ("put", f"photos/{SHA}?offset=0&size=9"), ("post", "records")]


def on_the_road(client: Client, method: str, uid: object, road: str, body: bytes = b"{}") -> Any:
    """With the phone's own session and CSRF, as its script asks."""
    kind = {"content_type": "application/json"} if method != "get" else {}
    data = {"data": body} if method != "get" else {}
    return getattr(client, method)(f"/api/v1/phone/field/{uid}/{road}", **data, **kind)


def test_a_sealed_photo_tells_neither_its_sender_nor_its_name(drawn: Plan, team: Team) -> None:
    note(drawn, team.member)
    file = StoredFile.objects.get(sealed=True)
    assert (file.uploaded_by, file.name) == (None, "督查照片.jpg")


def test_the_phones_roads_are_open_to_a_member(drawn: Plan, team: Team, as_user: Callable[[Cadre], Client]) -> None:  # fmt: skip
    """Or the tests below would hold of roads that lead nowhere."""
    client = as_user(team.member)
    assert client.get("/api/v1/phone/field").json()["plans"][0]["title"] == TITLE
    assert [on_the_road(client, m, drawn.uid, r).status_code for m, r in ROADS] == [409, 409, 422]


@pytest.mark.parametrize("method, road", ROADS)
@pytest.mark.parametrize("body", [b"{}", b"not json", b'{"records": [], "owner": "", "sent_at": ""}'])  # fmt: skip
def test_the_phones_roads_answer_as_of_a_plan_that_never_was(
    drawn: Plan, outsider: Client, method: str, road: str, body: bytes
) -> None:
    found = on_the_road(outsider, method, drawn.uid, road, body)
    nothing = on_the_road(outsider, method, uuid4(), road, body)
    assert found.status_code == nothing.status_code == 404
    assert found.content == nothing.content
    heads = [{k: v for k, v in a.headers.items() if k != "X-Request-Id"} for a in (found, nothing)]
    assert heads[0] == heads[1]


@pytest.mark.parametrize("method, road", ROADS)
def test_the_phones_roads_cost_the_same_statements(
    drawn: Plan, outsider: Client, monkeypatch: pytest.MonkeyPatch, method: str, road: str
) -> None:
    def statements(uid: object) -> list[str]:
        with CaptureQueriesContext(connection) as asked:
            on_the_road(outsider, method, uid, road)
        return [re.sub("'[^']*'", "?", q["sql"]) for q in asked.captured_queries]

    monkeypatch.setattr(sealed, "read", lambda plan: pytest.fail("deciphered"))
    monkeypatch.setattr(crypto, "decrypt", lambda stored: pytest.fail("deciphered"))
    assert statements(drawn.uid) == statements(uuid4())


def test_who_is_in_no_team_gets_no_key_and_the_same_answer_as_ever(
    team: Team, homes: list[Household], outsider: Client
) -> None:
    def asked() -> tuple[bytes, int]:
        with CaptureQueriesContext(connection) as queries:
            answer = outsider.get("/api/v1/phone/field")
        assert answer["Cache-Control"] == "private, no-store"
        return answer.content, len(queries)

    before = asked()
    plans.draw(plan=(plan := plan_of(team)), by=team.leader, at=AT + timedelta(hours=1))
    assert asked() == before and before[0] == b'{"plans":[]}' and plan.pk


def test_the_day_of_others_and_the_shell_are_the_same_to_the_letter(
    team: Team, homes: list[Household], outsider: Client
) -> None:
    def told() -> list[Any]:
        day = outsider.get("/api/v1/phone/day").json()
        return [day | {"server_time": ""}, outsider.get("/m/sw.js").content, same(outsider.get("/m/shell/").content.decode())]  # fmt: skip

    before = told()
    plans.draw(plan=plan_of(team), by=team.leader, at=AT + timedelta(hours=1))
    assert told() == before


def test_the_members_ordinary_day_says_nothing_either(drawn: Plan, team: Team, as_user: Callable[[Cadre], Client]) -> None:  # fmt: skip
    """It lies on the phone in clear: what it says hangs on the post alone."""
    mine, others = (as_user(c).get("/api/v1/phone/day").json() for c in (team.member, team.outsider))  # fmt: skip
    for day in (mine, others):
        day["shared"]["owner"] = day["shared"]["owner"]["inspects"]
        day["server_time"] = day["cursor"] = ""
    assert mine == others


def test_nothing_of_a_record_is_logged(
    team: Team, homes: list[Household], as_user: Callable[[Cadre], Client], caplog: pytest.LogCaptureFixture
) -> None:  # fmt: skip
    """Whether it is taken, refused or not understood."""
    caplog.set_level(0)
    now = clock.now()
    plan = plan_of(team, at=now - timedelta(days=1), start=now - timedelta(hours=1))
    plans.draw(plan=plan, by=team.leader, at=now - timedelta(hours=20))
    home = Household.objects.get(uid=sealed.read(plan).waiting()[0])
    client, before = as_user(team.member), Event.objects.count()
    good = {"uid": str(uuid4()), "household": str(home.uid), "outcome": "SEEN", "cleared": True,
            "recorded_at": now.isoformat(), "said": "走小路进村"}  # fmt: skip
    for record in (good, good, good | {"uid": str(uuid4()), "outcome": "走小路"}, {"走小路": 1}):
        body = {"owner": str(team.member.uid), "sent_at": now.isoformat(), "records": [record]}
        answer = on_the_road(client, "post", plan.uid, "records", json.dumps(body).encode())
        assert answer.status_code == 200
    assert len(sealed.read(plan).records) == 1
    assert Event.objects.count() == before and not Notice.objects.exists()
    said = caplog.text + "".join(str(r.__dict__) for r in caplog.records)
    assert not [w for w in (TITLE, "走小路", home.head_name, str(home.uid)) if w in said]


def test_the_key_is_not_that_of_another_and_lies_in_no_table(
    drawn: Plan, team: Team, as_user: Callable[[Cadre], Client]
) -> None:
    keys = [as_user(c).get("/api/v1/phone/field").json()["key"] for c in (team.member, team.leader, team.member)]  # fmt: skip
    assert keys[0] == keys[2] != keys[1]
    with connection.cursor() as cursor:
        for table in ("inspections_plan", "inspections_entry", "inspections_teammember"):
            cursor.execute(f"SELECT * FROM {table}")
            stored = [bytes(v) for row in cursor for v in row if isinstance(v, memoryview)]
            assert stored and b64decode(keys[0]) not in stored


def test_after_the_end_no_key_is_handed_out(
    drawn: Plan, team: Team, as_user: Callable[[Cadre], Client]
) -> None:
    plans.cancel(plan=drawn, by=team.leader, at=AT + timedelta(hours=21))
    assert as_user(team.member).get("/api/v1/phone/field").content == b'{"plans":[]}'
    assert on_the_road(as_user(team.member), "post", drawn.uid, "records").status_code == 404
