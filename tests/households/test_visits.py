from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import psycopg2
import pytest
import uuid6
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import DatabaseError, IntegrityError, connection
from django.test import Client

from cadres.actions.people import end_post
from cadres.actions.tokens import issue_token
from cadres.models import Area, Cadre, Event, Post
from households.actions.assignments import assign, hand_over
from households.actions.visits import Problem, VisitEntry, correct, log_visit
from households.models import Assignment, Household, Visit, VisitProblem
from households.querysets import households_visible_to, not_visited_this_month, without_helper
from tests.county import AT, DIANQIAN, PASSWORD, QINGTIAN
from tests.households.builders import helps, household, policy
from yuexi.core import clock
from yuexi.core.refusals import NotYours, Refusal

Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db
ENTRY = VisitEntry(mode="IN_PERSON", met="演示户主", occurred_at=AT - timedelta(hours=1))


def test_assignment_replaces_the_helper_and_keeps_history(
    helper: Cadre, clerk: Cadre, person: Person
) -> None:
    home, second = household(), person("演示接手", "HELPER", QINGTIAN)
    assert list(without_helper(households_visible_to(clerk), AT.date())) == [home]
    assign(
        household_ids=[home.pk], cadre=helper, rank="MAIN", start=date(2026, 11, 1), by=clerk, at=AT
    )
    assign(
        household_ids=[home.pk],
        cadre=second,
        rank="MAIN",
        start=date(2026, 11, 20),
        by=clerk,
        at=AT,
    )
    periods = Assignment.objects.order_by("start").values_list("cadre__name", "end")
    assert list(periods) == [("演示帮扶", date(2026, 11, 20)), ("演示接手", None)]
    assert not without_helper(households_visible_to(clerk), AT.date()).exists()


def test_overlap_is_refused_by_action_and_by_raw_sql(helper: Cadre, clerk: Cadre) -> None:
    home = household()
    helps(helper, home)
    with pytest.raises(Refusal, match="不用再指派"):
        assign(household_ids=[home.pk], cadre=helper, rank="MAIN", start=AT.date(), by=clerk, at=AT)
    with pytest.raises(Refusal, match="已是演示户户的帮扶人"):
        assign(
            household_ids=[home.pk], cadre=helper, rank="SECOND", start=AT.date(), by=clerk, at=AT
        )
    with (
        pytest.raises(IntegrityError, match="assignment_one_per_rank"),
        connection.cursor() as cursor,
    ):
        cursor.execute(
            "INSERT INTO households_assignment (household_id, cadre_id, rank, start) VALUES (%s, %s, 'MAIN', '2026-06-01')",
            [home.pk, clerk.pk],
        )


def test_a_transfer_waits_for_the_handover(helper: Cadre, clerk: Cadre, person: Person) -> None:
    admin = person("演示管", "SYSTEM_ADMIN")
    post = Post.objects.get(cadre=helper)
    home = household()
    helps(helper, home)
    with pytest.raises(Refusal, match="1 户包保，移交后才能免职"):
        end_post(post_id=post.pk, end=AT.date(), by=admin, at=AT)
    taker = person("演示接手", "HELPER", QINGTIAN)
    assert hand_over(giver=helper, taker=taker, start=AT.date(), by=clerk, at=AT) == 1
    end_post(post_id=post.pk, end=AT.date(), by=admin, at=AT)


def test_a_visit_with_its_problem_is_kept_whole(helper: Cadre) -> None:
    home = household()
    helps(helper, home)
    entry = replace(ENTRY, problems=[Problem("饮水安全", "水管冻裂")], promise="帮问水管")
    uid = uuid6.uuid7()
    first = log_visit(household=home, entry=entry, by=helper, at=AT, uid=uid)
    again = log_visit(household=home, entry=entry, by=helper, at=AT, uid=uid)
    assert first.pk == again.pk and Visit.objects.count() == 1
    assert VisitProblem.objects.get().text == "水管冻裂"
    assert Event.objects.filter(action="visit.log").count() == 1


BAD: dict[str, tuple[dict[str, Any], str]] = {
    "nobody met": ({"met": ""}, "请写见到了谁"),
    "met although nobody": ({"mode": "NOBODY"}, "不能再写见到了谁"),
    "future": ({"occurred_at": AT + timedelta(hours=2)}, "不能晚于现在"),
    "late without reason": ({"occurred_at": AT - timedelta(hours=30)}, "补录原因"),
    "too late": (
        {"occurred_at": AT - timedelta(hours=80), "late_reason": "没信号"},
        "超过 72 小时",
    ),
    "not late": ({"late_reason": "没信号"}, "不算补录"),
    "mode": ({"mode": "GHOST"}, "怎么走访的"),
    "empty problem": ({"problems": [Problem("饮水安全", " ")]}, "类别和内容"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_visit_that_cannot_be_is_refused(helper: Cadre, case: str) -> None:
    home = household()
    helps(helper, home)
    change, said = BAD[case]
    with pytest.raises(Refusal, match=said):
        log_visit(household=home, entry=replace(ENTRY, **change), by=helper, at=AT)
    assert not Visit.objects.exists()


def test_a_former_helper_cannot_log(helper: Cadre) -> None:
    home = household()
    old = helps(helper, home)
    Assignment.objects.filter(pk=old.pk).update(end=date(2026, 6, 1))
    with pytest.raises(NotYours):
        log_visit(household=home, entry=ENTRY, by=helper, at=AT)


def test_only_correction_changes_what_is_shown(helper: Cadre) -> None:
    home = household()
    helps(helper, home)
    visit = log_visit(household=home, entry=replace(ENTRY, done="送药"), by=helper, at=AT)
    with pytest.raises(Refusal, match="原因"):
        correct(visit=visit, values={"done": "送药两盒"}, reason="", void=False, by=helper, at=AT)
    correct(visit=visit, values={"done": "送药两盒"}, reason="写漏了", void=False, by=helper, at=AT)
    assert visit.as_corrected.done == "送药两盒"
    assert visit.corrections.get().values == {"done": ["送药", "送药两盒"]}
    with pytest.raises(DatabaseError), connection.cursor() as cursor:
        cursor.execute("UPDATE households_visit SET done = 'x'")


def test_not_even_the_owner_edits_a_visit(owner_cursor: psycopg2.extensions.cursor) -> None:
    owner_cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    owner_cursor.execute(
        "SELECT tgname FROM pg_trigger WHERE tgrelid = 'households_visit'::regclass AND tgname LIKE 'append%'"
    )
    assert len(owner_cursor.fetchall()) == 2


def test_coverage_counts_talks_and_not_attempts(helper: Cadre, clerk: Cadre) -> None:
    home = household()
    helps(helper, home)
    log_visit(household=home, entry=VisitEntry(mode="NOBODY", occurred_at=AT), by=helper, at=AT)
    assert not_visited_this_month(households_visible_to(clerk), AT.date()).exists()
    log_visit(household=home, entry=ENTRY, by=helper, at=AT)
    assert not not_visited_this_month(households_visible_to(clerk), AT.date()).exists()


def test_phone_page_logs_in_one_screen(helper: Cadre, as_user: AsUser) -> None:
    home = household("演示陈")
    helps(helper, home)
    client = as_user(helper)
    assert "演示陈户" in client.get("/m/").content.decode()
    address = f"/m/households/{home.uid}/visit/"
    now = clock.now().astimezone(clock.SHANGHAI)
    form = {"uid": uuid6.uuid7(), "mode": "IN_PERSON", "met": "演示陈", "day": f"{now:%Y-%m-%d}",
            "clock": f"{now:%H:%M}", "problem_category": "饮水安全", "problem_text": ""}  # fmt: skip
    wrong = client.post(address, form)
    assert wrong.status_code == 422 and "写清楚" in wrong.content.decode()
    form["problem_text"] = "水管冻裂"
    assert client.post(address, form).status_code == 302
    visit = Visit.objects.get()
    assert "水管冻裂" in client.get(f"/visits/{visit.uid}/").content.decode()


def test_pages_keep_to_scope(helper: Cadre, clerk: Cadre, person: Person, as_user: AsUser) -> None:
    mine, other = household("演示内"), household("演示外", "340828101200")
    helps(helper, mine)
    visit = log_visit(household=mine, entry=ENTRY, by=helper, at=AT)
    stranger = as_user(person("演示邻", "TOWNSHIP_CLERK", DIANQIAN))
    for path in (
        f"/households/{mine.uid}/",
        f"/visits/{visit.uid}/",
        f"/m/households/{mine.uid}/visit/",
    ):
        assert stranger.get(path).status_code == 404
        assert as_user(clerk).get(path).status_code == 200
    assert as_user(helper).get(f"/households/{other.uid}/").status_code == 404
    assert "演示外" not in as_user(clerk).get("/households/").content.decode()
    assert (
        as_user(helper).post("/households/assign/", {"household": str(mine.uid)}).status_code == 403
    )


def test_revealing_a_number_needs_a_reason_and_leaves_a_trace(
    clerk: Cadre, helper: Cadre, as_user: AsUser
) -> None:
    from households.actions.roster import add_member
    from tests.households.builders import idno

    home = household()
    helps(helper, home)
    member = add_member(
        household=home, name="演示员", idno=idno(5), relation_name="配偶", by=clerk, at=AT
    )
    client, path = as_user(clerk), f"/households/{home.uid}/reveal/"
    assert idno(5) not in client.get(f"/households/{home.uid}/").content.decode()
    assert idno(5) not in client.post(path, {"member": member.pk, "reason": ""}).content.decode()
    assert (
        idno(5) in client.post(path, {"member": member.pk, "reason": "补办手续"}).content.decode()
    )
    assert Event.objects.filter(action="member.reveal_idno", actor=clerk).count() == 1
    assert (
        as_user(helper).post(path, {"member": member.pk, "reason": "补办手续"}).status_code == 403
    )


def test_lists_cost_the_same_for_one_and_for_three(
    clerk: Cadre, as_user: AsUser, helper: Cadre
) -> None:
    client = as_user(clerk)
    counts = []
    from django.test.utils import CaptureQueriesContext

    for n in range(3):
        home = household(f"演示{n}")
        helps(helper, home)
        log_visit(household=home, entry=ENTRY, by=helper, at=AT)
        with CaptureQueriesContext(connection) as households:
            client.get("/households/")
        with CaptureQueriesContext(connection) as visits:
            client.get("/visits/")
        counts.append((len(households), len(visits)))
    assert counts[0] == counts[2]


def test_the_same_number_with_other_content_is_no_silent_success(
    helper: Cadre, clerk: Cadre, as_user: AsUser, township: Area
) -> None:
    home = household("演示陈", national_no="008200000001")
    helps(helper, home)
    client, address = as_user(helper), f"/m/households/{home.uid}/visit/"
    now = clock.now().astimezone(clock.SHANGHAI)
    form = {"uid": uuid6.uuid7(), "mode": "IN_PERSON", "met": "演示陈", "day": f"{now:%Y-%m-%d}",
            "clock": f"{now:%H:%M}", "done": "送药"}  # fmt: skip
    assert client.post(address, form).status_code == 302
    assert client.post(address, form).status_code == 302  # a second click
    other = client.post(address, {**form, "done": "送米"})
    assert other.status_code == 409 and "办更正" in other.content.decode()
    assert "送米" in other.content.decode()
    assert Visit.objects.get().done == "送药"

    township_office = clerk
    Post.objects.filter(cadre=township_office).update(role="OFFICE_DATA")
    _, text = issue_token(area=township, purpose="a", agreement="b", responsible="c",
                          by=Cadre.objects.get(pk=clerk.pk), at=AT)  # fmt: skip
    send = {"content_type": "application/json", "headers": {"Authorization": f"Bearer {text}"}}
    body = {"uid": str(uuid6.uuid7()), "household_no": home.national_no, "visitor": helper.work_no,
            "mode": "IN_PERSON", "met": "演示陈", "occurred_at": now.isoformat(), "done": "送药"}  # fmt: skip
    assert Client().post("/api/v1/visits", body, **send).status_code == 201  # type: ignore[arg-type]
    assert Client().post("/api/v1/visits", body, **send).status_code == 200  # type: ignore[arg-type]
    changed = Client().post("/api/v1/visits", {**body, "done": "送米"}, **send)  # type: ignore[arg-type]
    assert changed.status_code == 409 and changed.json()["title"] == "visit_content"
    batch = Client().post("/api/v1/visits/sync", {"records": [body]}, **send)  # type: ignore[arg-type]
    assert batch.json()["answers"][0]["status"] == "duplicate"
    assert Visit.objects.count() == 2


def test_a_photo_that_is_none_is_refused_in_its_own_words(
    helper: Cadre, as_user: AsUser, settings: Any, tmp_path: Any
) -> None:
    settings.DATA_DIR = tmp_path
    home = household("演示陈")
    helps(helper, home)
    now = clock.now().astimezone(clock.SHANGHAI)
    form = {"uid": uuid6.uuid7(), "mode": "IN_PERSON", "met": "演示陈", "day": f"{now:%Y-%m-%d}",
            "clock": f"{now:%H:%M}", "photo": SimpleUploadedFile("a.pdf", b"%PDF-1.4")}  # fmt: skip
    said = as_user(helper).post(f"/m/households/{home.uid}/visit/", form).content.decode()
    assert "照片只收 JPG 和 PNG" in said and "Word" not in said and not Visit.objects.exists()


def test_a_refused_visit_says_why_at_the_top_with_the_fold_open(
    helper: Cadre, as_user: AsUser
) -> None:
    home = household("演示陈")
    helps(helper, home)
    now = clock.now().astimezone(clock.SHANGHAI)
    form = {"uid": uuid6.uuid7(), "mode": "IN_PERSON", "met": "演示陈", "day": "", "clock": f"{now:%H:%M}",
            "problem2_category": "饮水安全", "problem2_text": ""}  # fmt: skip
    page = as_user(helper).post(f"/m/households/{home.uid}/visit/", form).content.decode()
    summary = page[
        page.index("data-errors") : page.index("</div></div>", page.index("data-errors"))
    ]
    assert 'href="#id_day"' in summary and 'href="#id_problem2_text"' in summary
    assert page.index("data-errors") < page.index('id="id_met"')
    assert page.count("<details open>") == 2


def test_the_button_to_log_a_visit_is_where_it_is_taken(
    helper: Cadre, clerk: Cadre, person: Person, as_user: AsUser
) -> None:
    home = household("演示陈")
    helps(helper, home)
    button = f'href="/m/households/{home.uid}/visit/"'
    for user, may in (
        (helper, True),
        (clerk, True),
        (person("演示书记", "TOWNSHIP_HEAD", QINGTIAN), False),
        (person("演示督查", "INSPECTOR"), False),
    ):
        page = as_user(user).get(f"/households/{home.uid}/").content.decode()
        assert (button in page) is may, user
        taken = as_user(user).get(f"/m/households/{home.uid}/visit/").status_code
        assert (taken == 200) is may
    Household.objects.filter(pk=home.pk).update(closed="MOVED", closed_on=AT.date())
    assert button not in as_user(clerk).get(f"/households/{home.uid}/").content.decode()


def test_what_was_typed_when_the_session_ended_is_there_after_the_log_in(
    helper: Cadre, clerk: Cadre, as_user: AsUser
) -> None:
    home = household("演示陈")
    helps(helper, home)
    policy("医疗救助")
    policy("低保特困")
    client, address = as_user(helper), f"/m/households/{home.uid}/visit/"
    assert f'name="owner" value="{helper.uid}"' in client.get(address).content.decode()
    now = clock.now().astimezone(clock.SHANGHAI)
    form = {"uid": str(uuid6.uuid7()), "mode": "REMOTE", "met": "演示陈", "day": f"{now:%Y-%m-%d}", "clock": f"{now:%H:%M}",
            "done": "帮问了低保", "policies": ["医疗救助", "低保特困"], "owner": str(helper.uid)}  # fmt: skip
    client.logout()
    asked = client.post(address, form)
    page = asked.content.decode()
    assert asked.status_code == 401 and "没有丢" in page and "帮问了低保" not in page
    kept = asked.context["kept"]
    assert not Visit.objects.exists() and not client.session.keys()
    log_in = {"username": helper.work_no, "kept": kept, "next": address}
    wrong = client.post("/login/", {**log_in, "password": "wrong"})
    assert wrong.context["kept"] == kept
    stranger = Client()
    other = stranger.post("/login/", {**log_in, "username": clerk.work_no, "password": PASSWORD})
    assert other.headers["Location"] == address
    assert "帮问了低保" not in stranger.get(address).content.decode()
    went = client.post("/login/", {**log_in, "password": PASSWORD})
    assert went.headers["Location"] == address
    back = client.get(address)
    shown = back.content.decode()
    assert back.status_code == 200 and "帮问了低保" in shown and form["uid"] in shown
    assert shown.count('value="医疗救助" id="id_policies_1" checked') == 1
    assert "帮问了低保" not in client.get(address).content.decode()  # for one look
    assert client.post(address, {**form, "owner": str(clerk.uid)}).status_code == 422
    assert client.post(address, form).status_code == 302
    assert Visit.objects.get().done == "帮问了低保"
    odd = client.post("/login/", {**log_in, "kept": "x" * 40, "password": PASSWORD})
    assert odd.status_code == 302
