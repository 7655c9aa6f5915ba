"""Lists by workbook: units, cadres with posts, pairs, items. Each row by the page's own action."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from cadres.actions.imports import decide, upload
from cadres.files import path_of, read
from cadres.imports.importer import importers
from cadres.models import Cadre, Event, ImportRun, Post, StoredFile, Unit
from cadres.tasks import run_import
from households.models import Assignment
from rectification.models import Item
from tests.cast import Cast
from tests.county import AT, COUNTY, DIANQIAN, PASSWORD, QINGTIAN
from tests.households.builders import household
from yuexi.core import crypto
from yuexi.core.refusals import NotYours

pytestmark = pytest.mark.django_db
Person = Callable[..., Cadre]


def table(rows: list[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = book.add_worksheet()
    headers = list(rows[0])
    for line, row in enumerate([dict(zip(headers, headers, strict=True)), *rows]):
        for at, header in enumerate(headers):
            sheet.write(line, at, row.get(header, ""))
    book.close()
    return buffer.getvalue()


def check(kind: str, rows: list[dict[str, Any]], by: Cadre) -> ImportRun:
    run = upload(kind=kind, content=table(rows), name="表.xlsx", by=by, at=AT)
    run_import(run.pk)
    run.refresh_from_db()
    assert run.total == run.created + run.updated + run.unchanged + run.refused == len(rows)
    return run


def take(kind: str, rows: list[dict[str, Any]], by: Cadre) -> ImportRun:
    run = check(kind, rows, by)
    decide(run_id=run.pk, accept=True, by=by, at=AT)
    run_import(run.pk)
    run.refresh_from_db()
    assert run.status == "DONE"
    return run


def counts(run: ImportRun) -> tuple[int, int, int, int]:
    return run.created, run.updated, run.unchanged, run.refused


@pytest.fixture
def admin(person: Person) -> Cadre:
    return person("演示管理", "SYSTEM_ADMIN", COUNTY)


UNITS = [
    {"单位名称": "县水利局", "单位类别": "县直单位", "乡镇": "", "村": "", "主管类别": "饮水安全、基础设施"},
    {"单位名称": "青天乡政府", "单位类别": "乡镇", "乡镇": "青天乡", "村": "", "主管类别": ""},
    {"单位名称": "同心村", "单位类别": "村（社区）", "乡镇": "青天乡", "村": "同心村委会", "主管类别": ""},
]  # fmt: skip
CADRES = [
    {"姓名": "演示甲", "工号": "DX001", "手机号": "19900000001", "单位": "青天乡政府", "角色": "乡镇专干", "管辖乡镇": "青天乡", "任职日期": "2026-01-05"},
    {"姓名": "演示乙", "工号": "DX002", "手机号": "", "单位": "县水利局", "角色": "行业部门", "管辖乡镇": "", "任职日期": ""},
    {"姓名": "演示丙", "工号": "DX003", "手机号": "", "单位": "青天乡政府", "角色": "", "管辖乡镇": "", "任职日期": ""},
]  # fmt: skip


def test_units_and_cadres_come_in_and_the_same_tables_again_change_nothing(admin: Cadre) -> None:
    run = check("UNITS", UNITS, admin)
    assert counts(run) == (3, 0, 0, 0)
    assert not Unit.objects.filter(name="县水利局").exists() and not Event.objects.filter(
        action="unit.add"
    )
    take("UNITS", UNITS, admin)
    assert Unit.objects.get(name="县水利局").fields == ["饮水安全", "基础设施"]
    assert Unit.objects.get(name="同心村").area.code == "340828202200"
    assert counts(take("CADRES", CADRES, admin)) == (3, 0, 0, 0)
    clerk = Cadre.objects.get(work_no="DX001")
    assert clerk.phone and crypto.decrypt(clerk.phone) == "19900000001"
    post = Post.objects.get(cadre=clerk)
    assert (post.role, post.area.code, str(post.start)) == (
        "TOWNSHIP_CLERK",
        QINGTIAN,
        "2026-01-05",
    )
    assert not clerk.has_usable_password() and clerk.must_change_password
    before = Event.objects.count()
    assert counts(check("UNITS", UNITS, admin)) == (0, 0, 3, 0)
    assert counts(check("CADRES", CADRES, admin)) == (0, 0, 3, 0)
    assert Event.objects.count() == before + 2  # the two uploads and nothing else


BAD_UNITS = {
    "类别": ({"单位类别": "县直"}, "可填：县直单位"),
    "地点": ({"单位类别": "乡镇", "乡镇": ""}, "岳西县不能设这一类单位"),
    "主管": ({"主管类别": "喝水"}, "不认识主管类别“喝水”"),
    "乡镇": ({"乡镇": "没有乡"}, "找不到“没有乡”"),
    "名称": ({"单位名称": ""}, "不能为空"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_UNITS)
def test_a_refused_row_goes_back_with_its_reason(admin: Cadre, case: str) -> None:
    change, said = BAD_UNITS[case]
    run = check("UNITS", [{**UNITS[0], **change}, UNITS[1]], admin)
    assert counts(run) == (1, 0, 0, 1)
    assert run.answer is not None
    book = CalamineWorkbook.from_filelike(io.BytesIO(read(run.answer)))
    rows = book.get_sheet_by_index(0).to_python()
    assert len(rows) == 2 and rows[1][0] == 2 and said in rows[1][1]


def test_cadres_are_refused_by_the_rules_of_the_page(admin: Cadre, person: Person) -> None:
    take("UNITS", UNITS, admin)
    rows = [
        {**CADRES[0], "角色": "督查组"},
        {**CADRES[0], "工号": "DX009", "手机号": "1990000"},
        {**CADRES[0], "工号": "DX010", "单位": "没有单位"},
        {**CADRES[0], "工号": ""},
        {**CADRES[0], "工号": "DX011", "任职日期": "去年"},
    ]
    run = check("CADRES", rows, admin)
    said = {int(k): "；".join(v) for k, v in run.reasons.items()}
    assert (
        "只能以全县为管辖范围" in said[2] and "11 位" in said[3] and "找不到“没有单位”" in said[4]
    )
    assert "工号：不能为空" in said[5] and "应为日期" in said[6]
    township = person("演示单位管理", "UNIT_ADMIN", QINGTIAN)
    elsewhere = check("CADRES", [CADRES[1]], township)
    assert "不在您的管辖范围" in elsewhere.reasons["2"][0]
    helper = person("演示帮扶", "HELPER", QINGTIAN)
    with pytest.raises(NotYours):
        upload(kind="CADRES", content=table(CADRES), name="a.xlsx", by=helper, at=AT)


def test_pairs_replace_the_helper_and_are_unchanged_the_second_time(
    cast: Cast, person: Person
) -> None:
    home = household("演示户", national_no="008200000001")
    first, second = person("演示一", "HELPER", QINGTIAN), person("演示二", "HELPER", QINGTIAN)
    row = {
        "户编号": "008200000001",
        "帮扶人工号": first.work_no,
        "帮扶身份": "",
        "开始日期": "2026-01-01",
    }
    assert counts(take("PAIRS", [row], cast.clerk)) == (1, 0, 0, 0)
    assert counts(check("PAIRS", [row], cast.clerk)) == (0, 0, 1, 0)
    later = {**row, "帮扶人工号": second.work_no, "开始日期": "2026-06-01"}
    assert counts(take("PAIRS", [later], cast.clerk)) == (0, 1, 0, 0)
    ended, now = Assignment.objects.filter(household=home).order_by("start")
    assert str(ended.end) == "2026-06-01" and now.cadre == second and now.end is None
    other = household("外乡户", "340828101200", national_no="008200000002")
    run = check(
        "PAIRS", [{**row, "户编号": other.national_no}, {**row, "帮扶人工号": "没有"}], cast.clerk
    )
    assert "找不到这一户" in run.reasons["2"][0] and "找不到这个工号" in run.reasons["3"][0]


def item_row(**changes: Any) -> dict[str, Any]:
    row = {"问题": "水池开裂，十三户断水", "类别": "饮水安全", "问题来源": "第三方评估", "批次": "第一批",
           "乡镇": "青天乡", "行政村": "同心村", "户编号": "", "责任单位": "", "责任人工号": "", "配合单位": "",
           "等级": "", "整改期限": ""}  # fmt: skip
    return {**row, **changes}


def test_items_come_in_bulk_with_a_deadline_and_a_person_each(cast: Cast) -> None:
    home = household("演示户", national_no="008200000001")
    rows = [
        item_row(户编号="008200000001", 配合单位="县水利局"),
        item_row(问题="路灯不亮", 等级="立行立改"),
    ]
    assert counts(check("ITEMS", rows, cast.clerk)) == (2, 0, 0, 0)
    assert not Item.objects.exists()
    assert counts(take("ITEMS", rows, cast.clerk)) == (2, 0, 0, 0)
    item = Item.objects.get(text="水池开裂，十三户断水")
    assert item.person == cast.clerk and item.lead_unit.name == "县水利局" and item.deadline
    assert list(item.households.all()) == [home]
    assert [u.name for u in item.co_units.all()] == ["县水利局"]
    assert item.source == "EVALUATION" and item.lineage == "第一批" and item.route == "COUNTY"
    assert counts(take("ITEMS", rows, cast.clerk)) == (0, 0, 2, 0)
    assert Item.objects.count() == 2
    numbers = sorted(Item.objects.values_list("number", flat=True))
    assert numbers == ["26-0001", "26-0002"]  # the rolled-back check leaves no gap


def test_the_same_row_twice_in_one_table_is_one_item(cast: Cast) -> None:
    assert counts(take("ITEMS", [item_row(), item_row()], cast.clerk)) == (1, 0, 1, 0)


BAD_ITEMS = {
    "类别": ({"类别": "喝水"}, "不认识“喝水”"),
    "来源": ({"问题来源": ""}, "不能为空"),
    "乡镇外": ({"乡镇": "店前镇", "行政村": ""}, "不在您的管辖范围"),
    "户": ({"户编号": "00829"}, "找不到 00829"),
    "期限": ({"整改期限": "2020-01-01"}, "整改期限：整改期限不能早于今天"),
    "责任人": ({"责任人工号": "没有", "责任单位": "青天乡"}, "找不到这个工号"),
    "单位无人": ({"责任单位": "青天乡"}, "要一起填"),
}  # fmt: skip


@pytest.mark.parametrize("case", BAD_ITEMS)
def test_an_item_is_refused_with_its_reason(cast: Cast, case: str) -> None:
    change, said = BAD_ITEMS[case]
    run = check("ITEMS", [item_row(**change)], cast.clerk)
    assert said in "；".join(run.reasons["2"])


def test_what_changed_since_the_check_is_refused_at_the_end_and_the_sum_still_holds(
    cast: Cast, person: Person
) -> None:
    home = household("演示户", national_no="008200000001")
    helper = person("演示一", "HELPER", QINGTIAN)
    row = {"户编号": home.national_no, "帮扶人工号": helper.work_no, "开始日期": "2026-01-01"}
    run = check("PAIRS", [row], cast.clerk)
    decide(run_id=run.pk, accept=True, by=cast.clerk, at=AT)
    Cadre.objects.filter(pk=helper.pk).update(is_active=False)
    run_import(run.pk)
    run.refresh_from_db()
    assert counts(run) == (0, 0, 0, 1) and run.status == "DONE" and run.answer
    assert not Assignment.objects.exists()


def test_workbooks_rest_encrypted(cast: Cast) -> None:
    run = check("ITEMS", [item_row(类别="错")], cast.clerk)
    for file in StoredFile.objects.all():
        assert file.sealed
        kept = path_of(file.sha256, sealed=True).read_bytes()
        assert not kept.startswith(b"PK") and read(file).startswith(b"PK")
    assert run.answer and not path_of(run.answer.sha256).exists()


@pytest.mark.parametrize("kind", ["UNITS", "CADRES", "PAIRS", "ITEMS", "ROSTER"])
def test_the_template_has_the_headers_that_the_import_asks_for(kind: str) -> None:
    importer = importers.of(kind)
    book = CalamineWorkbook.from_filelike(io.BytesIO(importer.template()))
    heads = book.get_sheet_by_index(0).to_python()[0]
    assert [str(h).removesuffix("*") for h in heads] == [
        c.headers[0] for c in importer.columns if not c.ours
    ]


def test_the_pages_from_upload_to_done(cast: Cast, as_user: Callable[[Cadre], Client]) -> None:
    client = as_user(cast.clerk)
    page = client.get("/imports/").content.decode()
    assert "整改清单" in page and "包保对应表" in page and "干部和任职" not in page
    file = SimpleUploadedFile("清单.xlsx", table([item_row(), item_row(类别="错")]))
    went = client.post("/imports/new/ITEMS/", {"file": file})
    run_import(ImportRun.objects.get().pk)
    path = went.headers["Location"]
    assert "新增 <b>1</b>" in client.get(path).content.decode()
    assert client.get(f"{path}answer/").status_code == 200
    client.post(f"{path}decide/", {"accept": "1"})
    run_import(ImportRun.objects.get().pk)
    assert "去看结果" in client.get(path).content.decode() and Item.objects.count() == 1
    assert client.get("/imports/new/UNITS/").status_code == 403
    assert client.get("/imports/new/NOTHING/").status_code == 404
    assert as_user(cast.department).get(path).status_code == 404
    wrong = client.post(
        "/imports/new/ITEMS/", {"file": SimpleUploadedFile("a.xlsx", b"PK\x03\x04x")}
    )
    assert wrong.status_code == 422 and "打不开这个文件" in wrong.content.decode()


def test_slips_are_for_accounts_that_nobody_used(
    admin: Cadre, as_user: Callable[[Cadre], Client]
) -> None:
    take("UNITS", UNITS, admin)
    take("CADRES", CADRES, admin)
    client = as_user(admin)
    page = client.post("/cadres/slips/")
    slips = page.context["made"]
    assert {c.work_no for c, _ in slips} == {"DX001", "DX002", "DX003"}
    assert page.headers["Cache-Control"] == "private, no-store"
    cadre, password = slips[0]
    guest = Client()
    went = guest.post("/login/", {"username": cadre.work_no, "password": password})
    assert went.status_code == 302
    assert guest.get("/").headers["Location"].startswith("/password/")
    assert client.post("/cadres/slips/").context["made"] == []
    assert password not in str(list(Event.objects.values_list("after", flat=True)))


def test_a_cadre_is_changed_and_put_out_of_use_only_with_empty_hands(
    admin: Cadre, person: Person, as_user: Callable[[Cadre], Client]
) -> None:
    helper = person("演示一", "HELPER", QINGTIAN)
    home = household("演示户")
    Assignment.objects.create(household=home, cadre=helper, rank="MAIN", start="2026-01-01")
    client = as_user(admin)
    data = {"name": "演示壹", "unit": helper.unit_id, "phone": "19900000077"}
    assert client.post(f"/cadres/{helper.uid}/edit/", data).status_code == 302
    helper.refresh_from_db()
    assert (
        helper.name == "演示壹" and helper.phone and crypto.decrypt(helper.phone) == "19900000077"
    )
    shown = client.get(f"/cadres/{helper.uid}/edit/").content.decode()
    assert "199****0077" in shown and "19900000077" not in shown
    client.post(f"/cadres/{helper.uid}/edit/", {**data, "phone": "199****0077", "name": "演示贰"})
    helper.refresh_from_db()
    assert helper.name == "演示贰" and crypto.decrypt(helper.phone or b"") == "19900000077"
    refused = client.post(f"/cadres/{helper.uid}/active/", {"active": "0"})
    assert refused.status_code == 409 and "移交后才能停用" in refused.content.decode()
    Assignment.objects.update(end="2026-02-01")
    client.post(f"/cadres/{helper.uid}/active/", {"active": "0"})
    assert (
        Client().post("/login/", {"username": helper.work_no, "password": PASSWORD}).status_code
        == 200
    )
    other = person("外乡管理", "UNIT_ADMIN", DIANQIAN)
    assert as_user(other).post(f"/cadres/{helper.uid}/edit/", data).status_code == 404


def test_a_unit_is_edited_as_a_browser_sends_it(
    admin: Cadre, as_user: Callable[[Cadre], Client], person: Person
) -> None:
    take("UNITS", UNITS, admin)
    unit = Unit.objects.get(name="县水利局")
    client = as_user(admin)
    page = client.get(f"/units/{unit.pk}/").content.decode()
    assert 'name="kind"' not in page and 'name="area"' not in page
    assert client.post(f"/units/{unit.pk}/", {"name": "", "fields_": []}).status_code == 422
    went = client.post(f"/units/{unit.pk}/", {"name": "县水利局", "fields_": ["饮水安全"]})
    assert went.status_code == 302
    unit.refresh_from_db()
    assert unit.fields == ["饮水安全"]
    event = Event.objects.get(action="unit.edit")
    assert event.before["fields"] == ["饮水安全", "基础设施"] and event.after["fields"] == [
        "饮水安全"
    ]
    made = {"name": "县文旅局", "kind": "COUNTY", "area": unit.area_id, "fields_": []}
    assert client.post("/units/new/", made).status_code == 302
    township = person("演示乡管", "UNIT_ADMIN", QINGTIAN)
    assert as_user(township).get("/units/new/").status_code == 403
    shown = as_user(township).get("/units/").content.decode()
    assert "新增单位" not in shown and "青天乡" in shown and "县水利局" not in shown


def test_a_units_own_administrator_imports_his_staff_and_no_power(
    admin: Cadre, person: Person
) -> None:
    take("UNITS", UNITS, admin)
    township = person("演示乡管", "UNIT_ADMIN", QINGTIAN, "青天乡政府")
    helper = {**CADRES[2], "角色": "帮扶责任人", "管辖乡镇": "青天乡"}
    run = take("CADRES", [helper, {**CADRES[0], "工号": "DX030"}], township)
    assert counts(run) == (1, 0, 0, 1)
    assert Post.objects.get(cadre__work_no="DX003").role == "HELPER"
    assert "由组织部或系统管理员任命" in run.reasons["3"][0]
