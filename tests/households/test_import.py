import csv
import io
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from python_calamine import CalamineWorkbook

from cadres.actions.imports import decide, upload
from cadres.files import read
from cadres.models import Cadre, Event, ImportRun, RowChange
from cadres.tasks import run_import
from households.models import Household, Member, RosterRow
from tests.county import AT, DIANQIAN, QINGTIAN
from tests.households.builders import HEADERS, idno, line, workbook
from yuexi.core import crypto
from yuexi.core.refusals import BadInput, NotYours

Person = Callable[..., Cadre]
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def files(settings: Any, tmp_path: Any) -> None:
    settings.DATA_DIR = tmp_path


def check(by: Cadre, rows: list[dict[str, Any]], **kwargs: Any) -> ImportRun:
    run = upload(kind="ROSTER", content=workbook(rows, **kwargs), name="花名册.xlsx", by=by, at=AT)
    run_import(run.pk)
    run.refresh_from_db()
    assert run.total == run.created + run.updated + run.unchanged + run.refused
    return run


def take(run: ImportRun) -> ImportRun:
    decide(run_id=run.pk, accept=True, by=run.by, at=AT)
    run_import(run.pk)
    run.refresh_from_db()
    return run


def test_good_rows_come_in_only_when_the_owner_says_so(clerk: Cadre) -> None:
    run = check(clerk, [line(1), line(2)], banner=True)
    assert (run.status, run.created) == ("READY", 2)
    assert not Household.objects.exists()
    assert take(run).status == "DONE"
    member = Member.objects.get(national_no="009100000001")
    assert member.household.national_no == "008200000001"
    assert member.household.area_id == "340828202200"
    assert crypto.decrypt(member.idno) == idno(1)
    assert idno(1).encode() not in bytes(member.idno)
    assert member.idno_masked.endswith(idno(1)[-4:]) and idno(1)[:14] not in member.idno_masked


def test_the_same_file_again_changes_nothing(clerk: Cadre) -> None:
    rows = [line(1), line(2), line(3)]
    take(check(clerk, rows))
    before = list(Household.objects.order_by("pk").values())
    run = check(clerk, rows)
    assert (run.unchanged, run.updated, run.created) == (3, 0, 0)
    take(run)
    assert list(Household.objects.order_by("pk").values()) == before
    assert not RowChange.objects.exists()


def test_a_change_is_kept_with_both_sides_and_a_blank_says_nothing(clerk: Cadre) -> None:
    take(check(clerk, [line(1)]))
    run = check(clerk, [line(1, 是否危房户="是", 民族="", 姓名="演示1")])
    assert run.updated == 1
    take(run)
    home = Household.objects.get()
    assert home.unsafe_house is True
    assert home.members.get().ethnicity == "汉族"
    assert RowChange.objects.get().changes == {"unsafe_house": [False, True]}


BAD = {
    "float id": ({"证件号码": 3.40828e17}, "末几位已丢失"),
    "check digit": (
        {"证件号码": idno(1)[:-1] + ("0" if idno(1)[-1] != "0" else "1")},
        "最后一位校验不对",
    ),
    "no such day": ({"证件号码": "999999197002301234"}, "出生日期不存在"),
    "short": ({"证件号码": "99999919700101"}, "应为 18 位"),
    "disability class": ({"证件号码": idno(1) + "81"}, "第 19 位"),
    "no name": ({"姓名": ""}, "姓名不能为空"),
    "month": ({"首次识别时间": "201713"}, "应为年月"),
    "village": ({"行政村": "没有村"}, "找不到"),
    "money": ({"人均纯收入": "九千"}, "应为金额"),
    "yes or no": ({"是否危房户": "可能"}, "“是”或“否”"),
    "phone": ({"联系电话": "12"}, "7 到 12 位"),
    "household number": ({"户编号": 82000000001}, "数字格式"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_cell_refuses_its_row_with_the_reason_beside_it(clerk: Cadre, case: str) -> None:
    change, said = BAD[case]
    run = check(clerk, [line(1, **change), line(2)])
    assert (run.refused, run.created) == (1, 1)
    assert run.answer is not None
    from cadres.files import read

    page = CalamineWorkbook.from_filelike(io.BytesIO(read(run.answer)))
    rows = page.get_sheet_by_index(0).to_python()
    assert len(rows) == 2 and said in rows[1][1]
    take(run)
    assert Member.objects.count() == 1


@pytest.mark.parametrize(
    "typed",
    [
        idno(1).lower(),
        "'" + idno(1),
        idno(1) + " \t",
        idno(1).translate({48: "０", 49: "１"}),
        idno(1) + "43",
        idno(1) + "43B1",
    ],
)
def test_typing_and_disability_certificates_match_the_same_person(clerk: Cadre, typed: str) -> None:
    take(check(clerk, [line(1)]))
    assert check(clerk, [line(1, 证件号码=typed)]).unchanged == 1


def test_reasons_that_only_the_whole_file_shows(clerk: Cadre) -> None:
    twice = [line(1), line(2, 人编号="009100000001")]
    assert check(clerk, twice).refused == 2
    same_id = [line(1), line(2, 证件号码=idno(1))]
    assert check(clerk, same_id).refused == 2
    headless = [line(1, 与户主关系="配偶")]
    assert check(clerk, headless).refused == 1
    rest = [line(1, 姓名=""), line(2, 户编号="008200000001", 与户主关系="配偶")]
    assert check(clerk, rest).refused == 2


def test_a_person_on_another_household_is_refused(clerk: Cadre) -> None:
    take(check(clerk, [line(1), line(2)]))
    moved = check(clerk, [line(1, 户编号="008200000002", 与户主关系="配偶")])
    assert moved.refused == 1


def test_another_townships_village_and_household_do_not_exist(clerk: Cadre, person: Person) -> None:
    neighbour = person("演示邻", "TOWNSHIP_CLERK", DIANQIAN)
    village = {"乡(镇)": "店前镇", "行政村": "店前村"}
    from cadres.models import Area

    name = Area.objects.filter(code__startswith="340828101", level="VILLAGE").first().name
    village["行政村"] = name
    take(check(neighbour, [line(1, **village)]))
    assert Household.objects.count() == 1
    assert check(clerk, [line(9, **village)]).refused == 1
    stolen = check(clerk, [line(1)])
    assert stolen.refused == 1


def test_what_cannot_be_a_roster_is_refused_at_once(clerk: Cadre, person: Person) -> None:
    with pytest.raises(BadInput, match="打不开"):
        upload(kind="ROSTER", content=b"PK\x03\x04nothing", name="a.xlsx", by=clerk, at=AT)
    with pytest.raises(BadInput, match="表头缺少：证件号码"):
        headers = [h for h in HEADERS if h != "证件号码"]
        upload(
            kind="ROSTER",
            content=workbook([line(1)], headers=headers),
            name="a.xlsx",
            by=clerk,
            at=AT,
        )
    with pytest.raises(NotYours):
        upload(
            kind="ROSTER",
            content=workbook([line(1)]),
            name="a.xlsx",
            by=person("演示村", "VILLAGE", QINGTIAN),
            at=AT,
        )
    assert not ImportRun.objects.exists()


def test_a_second_confirmation_and_a_stranger_change_nothing(clerk: Cadre, person: Person) -> None:
    run = take(check(clerk, [line(1)]))
    with pytest.raises(Exception, match="不在等待确认"):
        decide(run_id=run.pk, accept=True, by=clerk, at=AT)
    with pytest.raises(ImportRun.DoesNotExist):
        decide(run_id=run.pk, accept=True, by=person("演示外", "TOWNSHIP_CLERK", QINGTIAN), at=AT)


def test_no_identity_number_in_any_event(clerk: Cadre) -> None:
    take(check(clerk, [line(1)]))
    take(check(clerk, [line(1, 证件号码=idno(77))]))
    told = str(list(Event.objects.values())) + str(list(RowChange.objects.values()))
    assert idno(1) not in told and idno(77) not in told
    assert "旧号码" in told


def test_pages_from_upload_to_roster(clerk: Cadre, as_user: Callable[[Cadre], Client]) -> None:
    client = as_user(clerk)
    file = SimpleUploadedFile("花名册.xlsx", workbook([line(1), line(2, 姓名="")]))
    address = client.post("/imports/new/ROSTER/", {"file": file}).headers["Location"]
    run = ImportRun.objects.get()
    assert "正在检查" in client.get(address).content.decode()
    run_import(run.pk)
    page = client.get(address).content.decode()
    assert "<b>2</b> 行 ＝ 新增 <b>1</b>" in page
    assert client.get(f"{address}answer/").status_code == 200
    client.post(f"{address}decide/", {"accept": "1"})
    run_import(run.pk)
    assert "演示1" in client.get("/households/").content.decode()
    wrong = client.post("/imports/new/ROSTER/", {"file": SimpleUploadedFile("a.xlsx", b"x")})
    assert wrong.status_code == 422 and "没有找到表头" in wrong.content.decode()


def test_staged_rows_lost_in_a_crash_are_read_again(clerk: Cadre) -> None:
    run = check(clerk, [line(1), line(2), line(3, 姓名="")])
    RosterRow.objects.all().delete()
    assert take(run).status == "DONE"
    assert Member.objects.count() == 2 and run.refused == 1


def test_every_reason_of_a_row_in_the_order_of_its_columns(clerk: Cadre) -> None:
    run = check(clerk, [line(1, 户编号="", 姓名="", 是否危房户="可能", 行政村="没有村"), line(2)])
    told = [reason.partition("：")[0] for reason in RosterRow.objects.get(refused=True).reasons]
    headless = "户编号"  # no head passed, found last
    assert told == ["姓名", "是否危房户", "户编号", "行政村", headless]
    assert run.created == 1


def test_marks_of_the_copy_format_in_a_cell_are_text(clerk: Cadre) -> None:
    odd = "演\\示\t甲\n\\N"
    take(check(clerk, [line(1, 姓名=odd, 民族="\\N", 健康状况="残\t疾\\"), line(2)]))
    member = Member.objects.get(national_no="009100000001")
    assert (member.name, member.ethnicity, member.health) == ("演\\示 甲 \\N", "\\N", "残 疾\\")
    assert member.household.head_name == member.name


def test_what_the_roster_showed_is_asked_anew_and_what_the_file_shows_stays(clerk: Cadre) -> None:
    run = check(clerk, [line(1), line(2), line(3), line(4, 证件号码=idno(3))])
    assert (run.created, run.refused) == (2, 2)
    take(check(clerk, [line(1, 人编号="009100000009")]))
    take(run)
    assert (run.created, run.refused) == (1, 3)
    Member.objects.filter(national_no="009100000009").update(left="死亡", left_on=AT.date())
    again = check(clerk, [line(1), line(2)])
    assert (again.created, again.unchanged) == (1, 1)


def test_a_telephone_is_kept_once_with_the_household(clerk: Cadre) -> None:
    spouse = line(2, 户编号="008200000001", 与户主关系="配偶", 联系电话="19900000002")
    run = check(clerk, [line(1, 联系电话="19900000001"), spouse])
    assert RosterRow.objects.filter(run=run).exclude(phone=None).count() == 1
    take(run)
    phone = Household.objects.get().phone
    assert phone is not None and crypto.decrypt(phone) == "19900000001"
    wrong = check(clerk, [line(1), {**spouse, "联系电话": "12"}])
    assert wrong.refused == 1


def as_csv(rows: list[dict[str, Any]], encoding: str, mark: str = ",") -> bytes:
    text = io.StringIO()
    made = csv.writer(text, delimiter=mark)
    made.writerow(HEADERS)
    made.writerows([[row.get(h, "") for h in HEADERS] for row in rows])
    return text.getvalue().encode(encoding)


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("gb18030", ","), ("utf-8", ","), ("utf-8-sig", ";"), ("utf-16", "\t")],
)
def test_a_csv_of_an_office_is_read_like_a_workbook(clerk: Cadre, encoding: str, mark: str) -> None:
    rows = [line(1, 姓名="演示，甲"), line(2, 证件号码="9.99999E+17"), line(3, 户编号="8.2E+09")]
    upload_of = SimpleUploadedFile("花名册.csv", as_csv(rows, encoding, mark))
    run = upload(kind="ROSTER", content=upload_of.read(), name="花名册.csv", by=clerk, at=AT)
    run_import(run.pk)
    run.refresh_from_db()
    assert (run.status, run.created, run.refused) == ("READY", 1, 2)
    assert run.file.name == "花名册.csv" and run.file.sealed and run.answer
    told = " ".join(" ".join(r.reasons) for r in RosterRow.objects.filter(run=run, refused=True))
    assert "证件号码是数字格式" in told and "位数可能已丢失" in told and "现在是" not in told
    take(run)
    assert Household.objects.get().head_name == "演示，甲"


def test_a_table_without_rows_and_a_text_without_a_table_say_so(clerk: Cadre) -> None:
    with pytest.raises(BadInput, match="没有内容行"):
        upload(kind="ROSTER", content=workbook([]), name="a.xlsx", by=clerk, at=AT)
    with pytest.raises(BadInput, match="没有找到表头"):
        upload(kind="ROSTER", content="会议纪要".encode(), name="a.csv", by=clerk, at=AT)
    with pytest.raises(BadInput, match="打不开"):
        upload(kind="ROSTER", content=b"\x00\x01\x02", name="a.csv", by=clerk, at=AT)


def merged(upper: list[str], lower: list[str], rows: list[list[Any]]) -> bytes:
    buffer = io.BytesIO()
    book = xlsxwriter.Workbook(buffer, {"in_memory": True})
    page = book.add_worksheet()
    page.merge_range(0, 0, 0, len(lower) - 1, "岳西县脱贫人口信息")
    for number, row in enumerate([upper, lower, *rows], start=1):
        for at, cell in enumerate(row):
            if cell != "":
                page.write(number, at, cell)
    book.close()
    return buffer.getvalue()


def test_two_merged_header_rows_and_doubled_headers_are_read(clerk: Cadre) -> None:
    upper = ["所属地", "", "户编号", "户主", "", "家庭成员", "", "", "", "", "收入", "脱贫属性", ""]
    lower = ["乡(镇)", "行政村", "", "姓名", "证件号码", "人编号", "姓名", "证件号码", "与户主关系", "民族0",
             "人均纯收入", "", "脱贫属性0"]  # fmt: skip
    row = ["青天乡", "同心村", "008200000001", "演示1", idno(1), "009100000001", "演示1", idno(1), "户主",
           "汉族", 9500, "已脱贫", "未脱贫"]  # fmt: skip
    other = [*row[:5], "009100000002", "演示2", idno(2), "配偶", "", "", "", ""]
    content = merged(
        upper, lower, [row, other, [*other[:5], "009100000003", "演示3", "123", "之子", *other[9:]]]
    )
    run = upload(kind="ROSTER", content=content, name="a.xlsx", by=clerk, at=AT)
    run_import(run.pk)
    run.refresh_from_db()
    assert (run.created, run.refused) == (2, 1), run.message
    assert run.answer
    back = CalamineWorkbook.from_filelike(io.BytesIO(read(run.answer))).get_sheet_by_index(0)
    assert back.to_python()[0][2:5] == ["乡(镇)", "行政村", "户编号"]
    take(run)
    home = Household.objects.get()
    assert home.kind == "LIFTED" and home.income_per_head == 9500 and home.head_name == "演示1"
    assert home.members.get(relation="户主").ethnicity == "汉族"


def test_a_member_in_another_village_than_his_household_is_refused(clerk: Cadre) -> None:
    member = line(2, 户编号="008200000001", 与户主关系="配偶", 行政村="青天村")
    run = check(clerk, [line(1), member])
    assert (run.created, run.refused) == (1, 1)
    assert "行政村：与本户户主那一行的村不一致" in RosterRow.objects.get(refused=True).reasons[0]
    take(run)
    alone = check(clerk, [member])
    assert alone.refused == 1
    assert "与这一户在册的村不一致" in RosterRow.objects.get(run=alone).reasons[0]
    moves = check(clerk, [line(1, 行政村="青天村"), member])
    assert (moves.updated, moves.created, moves.refused) == (1, 1, 0)


def test_a_count_that_the_rows_do_not_bear_out_is_remarked(
    clerk: Cadre, as_user: Callable[[Cadre], Client]
) -> None:
    run = check(clerk, [line(1, 人数=5), line(2)])
    page = as_user(clerk).get(f"/imports/{run.uid}/").content.decode()
    assert "有 1 户的“人数”与行数对不上" in page
    assert (
        "演示1户（户编号 008200000001）：表里写 5 人，本表 1 行" in page and "演示2户" not in page
    )
    take(run)
    second = line(3, 户编号="008200000001", 与户主关系="配偶", 人数="")
    run = check(clerk, [line(1, 人数=2), second])
    assert "对不上" not in as_user(clerk).get(f"/imports/{run.uid}/").content.decode()
    run = check(clerk, [line(1, 人数=3), second, line(2)])
    take(run)
    run = check(clerk, [line(1, 人数=2)])
    assert "对不上" not in as_user(clerk).get(f"/imports/{run.uid}/").content.decode()
