"""What somebody tries who knows the product and means ill: each try ends in a refusal."""

from __future__ import annotations

import io
import json
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import date, timedelta
from zipfile import ZipFile

import pytest
import uuid6
import xlsxwriter
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client

from cadres.actions.imports import decide, upload
from cadres.actions.people import (
    add_cadre,
    appoint,
    confirm_posts,
    end_post,
    print_slips,
    reset_password,
)
from cadres.actions.tokens import issue_token
from cadres.files import kind_of, safe_name
from cadres.imports.sheet import refuse_monsters
from cadres.models import Area, Cadre, Notice, Post, StoredFile, Unit
from cadres.scope import scope_of
from cadres.tasks import run_import
from households.actions.assignments import assign
from households.actions.visits import VisitEntry, correct, log_visit
from households.models import Household, RosterRow, Visit
from rectification.actions import closing
from rectification.actions.registering import Finding, register
from rectification.models import Item
from rectification.querysets import items_visible_to, waiting_for
from rectification.reminders import sweep
from tests.cast import PHOTO, Cast, fresh, passes, to_check, to_work
from tests.county import AT, COUNTY, DIANQIAN, PASSWORD, QINGTIAN
from tests.households.builders import VILLAGE, helps, household, idno, line, workbook
from yuexi.core.refusals import BadInput, NotYours, Refusal

pytestmark = pytest.mark.django_db
Person = Callable[..., Cadre]
AsUser = Callable[[Cadre], Client]


@pytest.fixture
def admin(person: Person) -> Cadre:
    return person("演示管理", "SYSTEM_ADMIN", COUNTY)


def area(code: str) -> Area:
    return Area.objects.get(code=code)


def give(cadre: Cadre, role: str, by: Cadre, place: str = QINGTIAN) -> Post:
    unit = cadre.unit
    assert unit is not None
    return appoint(
        cadre=cadre, role=role, unit=unit, area=area(place), start=date(2026, 1, 1), by=by, at=AT
    )


# Rights out of account management


def test_a_unit_administrator_makes_no_puppet(person: Person) -> None:
    archive = person("演示档案", "UNIT_ADMIN", COUNTY, "县档案馆")
    puppet = person("演示傀儡", None, COUNTY, "县档案馆")
    for role in ("DISCIPLINE", "SYSTEM_ADMIN", "OFFICE_DATA", "COUNTY_LEADER", "VILLAGE"):
        with pytest.raises(NotYours):
            give(puppet, role, archive, COUNTY)
    stranger = person("演示外人", None, COUNTY, "县水利局")
    with pytest.raises(NotYours):
        give(stranger, "HELPER", archive, COUNTY)
    with pytest.raises(NotYours):
        add_cadre(work_no="X1", name="演示新", unit=stranger.unit, phone="", by=archive, at=AT)  # type: ignore[arg-type]
    township = person("演示乡管", "UNIT_ADMIN", QINGTIAN)
    villager = person("演示村干", None, VILLAGE)
    with pytest.raises(NotYours):
        give(villager, "TOWNSHIP_CLERK", township)
    with pytest.raises(NotYours):
        give(villager, "STATION_TEAM", township, QINGTIAN)
    assert not give(villager, "VILLAGE", township, VILLAGE).waits


def test_a_post_with_power_waits_for_a_second_administrator(
    person: Person, admin: Cadre, as_user: AsUser
) -> None:
    clerk = person("演示新专干", None, QINGTIAN)
    post = give(clerk, "TOWNSHIP_CLERK", admin)
    assert post.waits and not scope_of(clerk, AT.date()).has("idno.reveal")
    with pytest.raises(Refusal, match="任命人和本人以外"):
        confirm_posts(post_ids=[post.pk], by=admin, at=AT)
    second = person("演示组织", "ORGANISATION", COUNTY)
    page = as_user(second).get("/posts/confirm/").content.decode()
    assert "演示新专干" in page and f'value="{post.pk}"' in page
    assert f'value="{post.pk}"' not in as_user(admin).get("/posts/confirm/").content.decode()
    as_user(second).post("/posts/confirm/", {"post": post.pk})
    assert scope_of(clerk, AT.date()).has("idno.reveal")
    with pytest.raises(IntegrityError, match="post_confirmed_by_another"), transaction.atomic():
        Post.objects.filter(pk=post.pk).update(confirmed_by=admin)


def test_a_reset_password_takes_over_nobody(person: Person, admin: Cadre, as_user: AsUser) -> None:
    archive = person("演示档案", "UNIT_ADMIN", COUNTY, "县档案馆")
    watch = person("演示纪委", "DISCIPLINE", COUNTY, "县纪委")
    colleague = person("演示同事", "OFFICE_DATA", COUNTY, "县档案馆")
    for target in (watch, colleague):
        with pytest.raises(NotYours):
            reset_password(cadre=target, by=archive, at=AT)
    slip = reset_password(cadre=watch, by=admin, at=AT)
    assert Post.objects.get(cadre=watch).waits
    thief = Client()
    assert thief.post("/login/", {"username": watch.work_no, "password": slip}).status_code == 302
    assert not scope_of(Cadre.objects.get(pk=watch.pk)).has("log.view")
    used = person("演示用过", None, COUNTY, "县档案馆")
    assert print_slips(cadre_ids=[used.pk], by=archive, at=AT) == []  # has its own password


def test_an_administrator_reads_no_business_by_a_token(
    person: Person, admin: Cadre, as_user: AsUser
) -> None:
    data = {"area": area(QINGTIAN).pk, "purpose": "a", "agreement": "b", "responsible": "c"}
    assert as_user(admin).post("/tokens/", data).status_code == 403
    office = person("演示数据", "OFFICE_DATA", COUNTY)
    squatter = person("演示占号", "UNIT_ADMIN", QINGTIAN)
    with pytest.raises(BadInput, match="API 开头"):
        add_cadre(
            work_no=" api340828101", name="演示占", unit=squatter.unit, phone="", by=squatter, at=AT
        )  # type: ignore[arg-type]
    token, _ = issue_token(
        area=area(QINGTIAN), purpose="a", agreement="b", responsible="c", by=office, at=AT
    )
    system = token.system
    with pytest.raises(NotYours, match="对接系统的账号"):
        reset_password(cadre=system, by=admin, at=AT)
    system.set_password(PASSWORD)
    system.save()
    assert (
        Client().post("/login/", {"username": system.work_no, "password": PASSWORD}).status_code
        == 200
    )
    with pytest.raises(BadInput, match="只能指派干部"):
        assign(
            household_ids=[1], cadre=system, rank="MAIN", start=date(2026, 1, 1), by=office, at=AT
        )


def test_the_lock_counts_the_account_and_not_its_spelling(person: Person) -> None:
    cadre = person("演示锁")
    guest = Client()
    number = cadre.work_no
    for typed in (number, f" {number}", number.lower(), f"{number[0]} {number[1:]}", f"'{number}"):
        guest.post("/login/", {"username": typed, "password": "wrong"})
    answer = guest.post("/login/", {"username": f"{number}  ", "password": PASSWORD})
    assert answer.status_code != 302 and "锁定" in answer.content.decode()
    from axes.models import AccessAttempt

    assert {a.username for a in AccessAttempt.objects.all()} == {f"account {cadre.pk}"}


def test_an_open_session_is_no_place_to_guess_the_password(person: Person, as_user: AsUser) -> None:
    client = as_user(person("演示猜"))
    guess = {"old": "wrong", "new": "another-path-9", "again": "another-path-9"}
    assert [client.post("/password/", guess).status_code for _ in range(5)] == [422] * 4 + [302]
    assert client.get("/").headers["Location"].startswith("/login/")


# Separation of duties


def test_the_rectifier_chooses_neither_road_nor_time(cast: Cast) -> None:
    finding = Finding(text="水管冻裂", category="饮水安全", area=area(VILLAGE), source="HIGHER")
    for change, said in (
        ({"route": "ON_SPOT"}, "走“县级及以上”路线"),
        ({"deadline": date(2027, 6, 1)}, "期限最长 30 个工作日"),
    ):
        with pytest.raises(BadInput, match=said):
            register(finding=Finding(**{**finding.__dict__, **change}), by=cast.clerk, at=AT)
    with pytest.raises(BadInput, match="不能超过一年"):
        far = Finding(**{**finding.__dict__, "deadline": date(2099, 12, 31)})
        register(finding=far, by=cast.accepter, at=AT)


def test_one_person_does_one_check_of_a_round(item: Item, cast: Cast, person: Person) -> None:
    both = person("演示双岗", "DEPARTMENT", COUNTY, "县水利局")
    assert both.unit is not None
    Post.objects.create(
        cadre=both, unit=both.unit, role="OFFICE_RECTIFY", area=area(COUNTY), start=date(2026, 1, 1)
    )
    to_check(item, cast)
    passes(item, cast.head, "SELF_CHECK")
    passes(item, both, "VERIFY")
    passes(item, cast.accepter, "ACCEPT")
    assert fresh(item) not in waiting_for(both, AT.date())
    with pytest.raises(Refusal, match="一轮里只能办理一道"):
        passes(item, both, "APPROVE")


def test_a_second_post_in_the_rectifying_unit_disqualifies(item: Item, cast: Cast) -> None:
    Post.objects.create(
        cadre=cast.accepter,
        unit=item.unit,
        role="HELPER",
        area=area(QINGTIAN),
        start=date(2026, 1, 1),
    )
    to_check(item, cast)
    passes(item, cast.head, "SELF_CHECK")
    passes(item, cast.department, "VERIFY")
    with pytest.raises(Refusal, match="不能检查自己的整改"):
        passes(item, cast.accepter, "ACCEPT")


def test_right_and_unit_come_from_one_post(item: Item, cast: Cast, person: Person) -> None:
    other = person("演示住建", "DEPARTMENT", COUNTY, "县住建局")
    water = Unit.objects.get(name="县水利局")
    Post.objects.create(
        cadre=other, unit=water, role="HELPER", area=area(QINGTIAN), start=date(2026, 1, 1)
    )
    to_check(item, cast)
    passes(item, cast.head, "SELF_CHECK")
    assert item not in waiting_for(other, AT.date())
    with pytest.raises(NotYours):
        passes(item, other, "VERIFY")


def test_whoever_mended_it_never_checks_it_nor_looks_back(
    item: Item, cast: Cast, person: Person
) -> None:
    to_check(item, cast)
    Item.objects.filter(pk=item.pk).update(person=person("演示新人", "TOWNSHIP_CLERK", QINGTIAN))
    clerk = cast.clerk
    Post.objects.create(
        cadre=clerk,
        unit=clerk.unit,
        role="TOWNSHIP_HEAD",
        area=area(QINGTIAN),
        start=date(2026, 1, 1),
    )  # type: ignore[misc]
    with pytest.raises(Refusal, match="责任人不能检查"):
        passes(item, Cadre.objects.get(pk=clerk.pk), "SELF_CHECK")


def test_a_peek_at_the_head_opens_no_evidence(item: Item, cast: Cast, as_user: AsUser) -> None:
    to_check(item, cast)
    path = f"/items/{item.uid}/evidence/{item.evidence.get().pk}/"
    assert as_user(cast.head).head(path).status_code == 405
    assert closing.unopened(item, cast.head) == 1


# Posts that ended


def test_an_ended_post_imports_nothing(cast: Cast, as_user: AsUser) -> None:
    rows = workbook([line(1), line(2, 姓名="")])
    run = upload(kind="ROSTER", content=rows, name="a.xlsx", by=cast.clerk, at=AT)
    run_import(run.pk)
    Post.objects.filter(cadre=cast.clerk).update(end=date(2026, 6, 1))
    clerk = Cadre.objects.get(pk=cast.clerk.pk)
    with pytest.raises(NotYours):
        decide(run_id=run.pk, accept=True, by=clerk, at=AT)
    assert as_user(clerk).get(f"/imports/{run.uid}/answer/").status_code == 403
    type(run).objects.filter(pk=run.pk).update(status="APPLYING")
    run_import(run.pk)
    run.refresh_from_db()
    assert run.status == "FAILED" and not Household.objects.exists()


def test_a_post_ends_only_when_its_items_are_handed_over(
    item: Item, cast: Cast, admin: Cadre
) -> None:
    to_work(item, cast)
    Post.objects.create(
        cadre=cast.clerk,
        unit=Unit.objects.get(name="县水利局"),
        role="HELPER",
        area=area(COUNTY),
        start=date(2026, 1, 1),
    )
    Cadre.objects.filter(pk=cast.clerk.pk).update(unit=Unit.objects.get(name="县水利局"))
    post = Post.objects.get(cadre=cast.clerk, role="TOWNSHIP_CLERK")
    with pytest.raises(Refusal, match="1 件整改"):
        end_post(post_id=post.pk, end=AT.date(), by=admin, at=AT)
    Post.objects.filter(pk=post.pk).update(end=date(2026, 2, 1))
    with pytest.raises(NotYours, match="已不在"):
        closing.add_evidence(
            item_id=item.pk,
            content=PHOTO,
            name="a.jpg",
            what="照片",
            by=Cadre.objects.get(pk=cast.clerk.pk),
            at=AT,
        )
    wrong = give(
        Cadre.objects.create(work_no="W1", name="演示错", unit=cast.clerk.unit), "HELPER", admin
    )
    end_post(post_id=wrong.pk, end=wrong.start, by=admin, at=AT)
    assert not Post.objects.in_force(wrong.start).filter(pk=wrong.pk).exists()


def test_what_is_no_longer_mine_is_out_of_sight(item: Item, cast: Cast, home: Household) -> None:
    entry = VisitEntry(mode="IN_PERSON", met="演示陈", occurred_at=AT)
    helps(cast.village, home)
    visit = log_visit(household=home, entry=entry, by=cast.village, at=AT)
    Post.objects.filter(cadre=cast.village).update(end=date(2026, 6, 1))
    home.assignments.update(end=date(2026, 6, 1))
    gone = Cadre.objects.get(pk=cast.village.pk)
    assert item not in items_visible_to(gone)
    with pytest.raises(NotYours):
        correct(visit=visit, values={}, reason="不想要了", void=True, by=gone, at=AT)


# Privacy


def test_a_department_sees_households_by_need(
    item: Item, cast: Cast, home: Household, person: Person, as_user: AsUser
) -> None:
    household("演示别户")
    page = as_user(cast.department).get("/households/").content.decode()
    assert "演示陈" in page and "演示别户" not in page
    helps(cast.village, home)
    entry = VisitEntry(mode="IN_PERSON", met="演示陈", occurred_at=AT, done="送药")
    visit = log_visit(household=home, entry=entry, by=cast.village, at=AT)
    detail = as_user(cast.department).get(f"/households/{home.uid}/").content.decode()
    assert f"/visits/{visit.uid}/" not in detail and "送药" not in detail
    assert f"/visits/{visit.uid}/" in as_user(cast.clerk).get(f"/households/{home.uid}/").content.decode()  # fmt: skip
    other = person("演示住建", "DEPARTMENT", COUNTY, "县住建局")
    assert "演示陈" not in as_user(other).get("/households/").content.decode()


def test_identity_numbers_stay_out_of_addresses_texts_names_and_reasons(
    cast: Cast, home: Household, as_user: AsUser
) -> None:
    from households.actions.roster import add_member

    add_member(
        household=home, name="演示员", idno=idno(9), relation_name="配偶", by=cast.clerk, at=AT
    )
    clerk = as_user(cast.clerk)
    assert "没有找到农户" in clerk.get("/households/", {"q": idno(9)}).content.decode()
    assert (
        clerk.post("/find/", {"q": idno(9).lower()}).headers["Location"]
        == f"/households/{home.uid}/"
    )
    assert as_user(cast.village).post("/find/", {"q": idno(9)}).status_code == 403
    assert "q=" in clerk.post("/find/", {"q": "演示"}).headers["Location"]
    assert clerk.post("/find/", {"q": "26-0001"}).headers["Location"].startswith("/items/")
    entry = VisitEntry(mode="IN_PERSON", met=f"号码{idno(9)}", occurred_at=AT)
    with pytest.raises(BadInput, match="证件号码"):
        log_visit(household=home, entry=entry, by=cast.village, at=AT)
    assert not Visit.objects.exists()
    finding = Finding(
        text=f"{idno(9)} 低保未办", category="其他", area=area(VILLAGE), source="SELF"
    )
    with pytest.raises(BadInput, match="证件号码"):
        register(finding=finding, by=cast.clerk, at=AT)
    shifted = workbook([line(1, 健康状况="好", 是否危房户=idno(1), 首次识别时间=idno(1))])
    run = upload(kind="ROSTER", content=shifted, name=f"{idno(1)}.xlsx", by=cast.clerk, at=AT)
    run_import(run.pk)
    told = " ".join(RosterRow.objects.get(run=run).reasons)
    assert idno(1)[:12] not in told and "（数字）" in told
    assert idno(1) not in run.file.name


def test_nobody_is_told_of_what_he_cannot_open(item: Item, cast: Cast, person: Person) -> None:
    unit_admin = person("演示乡管", "UNIT_ADMIN", QINGTIAN)
    elsewhere = person("演示外乡整改", "OFFICE_RECTIFY", DIANQIAN)
    to_work(item, cast)
    Item.objects.filter(pk=item.pk).update(deadline=AT.date() - timedelta(days=2))
    for days in range(5):
        sweep(today=AT.date() + timedelta(days=days), at=AT)
    for notice in Notice.objects.select_related("recipient"):
        assert items_visible_to(notice.recipient).filter(pk=notice.subject_id).exists()
    assert not Notice.objects.filter(recipient__in=[unit_admin, elsewhere]).exists()
    assert Notice.objects.exists()


# Files and odd input


def test_evidence_is_stored_for_the_rectifier_alone(item: Item, cast: Cast) -> None:
    to_work(item, cast)
    before = StoredFile.objects.count()
    with pytest.raises(NotYours):
        closing.add_evidence(
            item_id=item.pk, content=PHOTO, name="a.jpg", what="照片", by=cast.village, at=AT
        )
    assert StoredFile.objects.count() == before


@pytest.mark.parametrize(
    ("content", "name", "kept"),
    [
        (b"\xff\xd8\xffx", "照片.exe", "照片.jpg"),
        (b"%PDF-<script>", "通知.html", "通知.pdf"),
        (b"\xd0\xcf\x11\xe0x", "安装.msi", "安装.xls"),
        (b"\xd0\xcf\x11\xe0x", "通知.DOC", "通知.doc"),
        (b"PK\x03\x04[Content_Types].xml", "..\\表.xlsx", "表.xlsx"),
    ],
)
def test_a_file_is_named_by_what_it_is(content: bytes, name: str, kept: str) -> None:
    assert safe_name(name, kind_of(content)) == kept


def test_an_app_is_no_document() -> None:
    assert kind_of(b"PK\x03\x04AndroidManifest.xml") == ""


def test_a_poisoned_cell_refuses_its_row_and_the_worker_lives(cast: Cast) -> None:
    rows = workbook([line(1, 人数="፩"), line(2, 人数="9" * 5000), line(3, 人均纯收入="1" * 5000)])
    run = upload(kind="ROSTER", content=rows, name="a.xlsx", by=cast.clerk, at=AT)
    run_import(run.pk)
    run.refresh_from_db()
    assert (run.status, run.refused) == ("READY", 3)


def test_a_cell_at_the_end_of_the_world_is_refused_before_it_is_read(cast: Cast) -> None:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    page = book.add_worksheet()
    page.write(0, 0, "户编号")
    page.write(1048575, 16383, "x")
    book.close()
    with pytest.raises(BadInput, match="展开后太大"):
        upload(kind="ROSTER", content=buffer.getvalue(), name="a.xlsx", by=cast.clerk, at=AT)


@pytest.mark.parametrize(
    ("part", "cell"),
    [
        ("xl/worksheets/sheet1.xml", b'<c r = "XFD1048576"/>'),
        ("xl/worksheets/sheet1.xml", b"<c r='XFD1048576'/>"),
        ("xl/elsewhere.xml", b'<c r="XFD1048576"/>'),
        ("xl/worksheets/sheet1.xml", '<c r="XFD1048576"/>'.encode("utf-16")),
    ],
)
def test_no_spelling_hides_a_far_cell(part: str, cell: bytes) -> None:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as book:
        book.writestr("xl/workbook.xml", b"<workbook/>")
        book.writestr(part, b'<c r="A1"/>' + cell)
    with pytest.raises(BadInput, match="展开后太大"):
        refuse_monsters(buffer.getvalue())


def test_another_kind_of_spreadsheet_is_no_workbook() -> None:
    buffer = io.BytesIO()
    with ZipFile(buffer, "w") as book:
        book.writestr("content.xml", b"<office/>")
    with pytest.raises(BadInput, match="打不开这个文件"):
        refuse_monsters(buffer.getvalue())


def cursor(*values: object) -> str:
    return urlsafe_b64encode(json.dumps(values).encode()).decode().rstrip("=")


@pytest.mark.parametrize(
    "path", ["/households/", "/items/", "/cadres/", "/visits/", "/inbox/", "/units/"]
)
def test_odd_addresses_are_refused_and_nothing_breaks(
    path: str, person: Person, as_user: AsUser
) -> None:
    client = as_user(person("演示数据", "OFFICE_DATA", COUNTY))
    assert client.get(f"{path}?q=%00").status_code == 400
    for width in (1, 2, 3):
        for value in ("x", None, {}, [], "\ud800", "\x00", 10**30, -1, True):
            answer = client.get(path, {"after": cursor(*[value] * width)})
            assert answer.status_code in (200, 422), (value, answer.status_code)
    assert client.get(path, {"after": "[" * 5000}).status_code == 422


def test_the_api_answers_oddities_with_problems(person: Person, cast: Cast, item: Item) -> None:
    office = person("演示数据", "OFFICE_DATA", COUNTY)
    _, text = issue_token(
        area=area(DIANQIAN), purpose="a", agreement="b", responsible="c", by=office, at=AT
    )
    ask = {"headers": {"Authorization": f"Bearer {text}"}}
    client = Client()
    for size in ("²", "9" * 5000, "-1", "0"):
        assert client.get("/api/v1/items", {"size": size}, **ask).status_code == 200
    assert client.get("/api/v1/items", {"after": cursor("x")}, **ask).status_code == 422
    body = {"uid": str(item.uid), "text": "路灯不亮", "category": "其他", "area": DIANQIAN}
    person("演示专干二", "TOWNSHIP_CLERK", DIANQIAN)
    answer = client.post("/api/v1/items", body, content_type="application/json", **ask)
    assert answer.status_code == 409 and answer.json()["title"] == "number_taken"
    deep = "[" * 100_000 + "]" * 100_000
    assert client.post(
        "/api/v1/items", deep, content_type="application/json", **ask
    ).status_code in (400, 422)


def test_a_resent_number_for_another_household_is_no_silent_success(
    cast: Cast, home: Household
) -> None:
    uid, other = uuid6.uuid7(), household("演示别户")
    entry = VisitEntry(mode="IN_PERSON", met="演示陈", occurred_at=AT)
    log_visit(household=home, entry=entry, by=cast.village, at=AT, uid=uid)  # type: ignore[arg-type]
    with pytest.raises(Refusal, match="编号已被使用"):
        log_visit(household=other, entry=entry, by=cast.village, at=AT, uid=uid)  # type: ignore[arg-type]


# The database, as the application's own role


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM cadres_post",
        "DELETE FROM households_assignment",
        "DELETE FROM rectification_item",
        "UPDATE cadres_storedfile SET sha256 = repeat('0', 64)",
        "UPDATE rectification_item SET source = 'SELF'",
        "UPDATE rectification_item SET created_by_id = 1",
        "UPDATE rectification_item SET route = 'VILLAGE'",
        "UPDATE rectification_item SET status = 'APPROVE'",
    ],
)
def test_the_database_refuses_it_too(
    statement: str, item: Item, cast: Cast, home: Household
) -> None:
    helps(cast.village, home)
    to_check(item, cast)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as sql:
        sql.execute(statement)


def test_a_check_out_of_order_or_for_another_unit_is_refused_by_sql(item: Item, cast: Cast) -> None:
    to_check(item, cast)
    row = "INSERT INTO rectification_check (item_id, round, step, by_id, unit_id, at, passed, opinion) VALUES (%s, 1, %s, %s, %s, now(), true, '好')"
    for step, by, unit, said in (
        ("APPROVE", cast.approver, cast.approver.unit_id, "check_order"),
        ("SELF_CHECK", cast.head, cast.approver.unit_id, "check_unit"),
        ("SELF_CHECK", cast.clerk, cast.clerk.unit_id, "check_rectifier"),
    ):
        with (
            pytest.raises(IntegrityError, match=said),
            transaction.atomic(),
            connection.cursor() as sql,
        ):
            sql.execute(row, [item.pk, step, by.pk, unit])


def test_many_checks_with_one_click_are_no_route(cast: Cast, item: Item, as_user: AsUser) -> None:
    assert (
        as_user(cast.approver).post("/items/many/pass/", {"item": item.number}).status_code == 404
    )
