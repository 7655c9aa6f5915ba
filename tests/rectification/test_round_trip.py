"""The 台账 goes out, is edited in a spreadsheet, comes back: nothing lost, nothing overwritten."""

from __future__ import annotations

import io
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import openpyxl
import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cadres.actions.imports import decide, upload
from cadres.imports.importer import importers
from cadres.models import Cadre, Event, ImportRun
from cadres.tasks import run_import
from households.models import Household
from rectification.actions.accountability import (
    decide_accountability,
    propose,
    record_appeal,
)
from rectification.actions.amending import amend
from rectification.ledger.columns import SHEETS, with_all
from rectification.ledger.returned import read_book
from rectification.ledger.sheets import KEEP, KEY_HEAD, workbook
from rectification.models import Accountability, Item, LedgerChange
from rectification.querysets import tell_accountability
from tests.cast import Cast, fresh, to_closed, to_work
from tests.county import AT
from tests.households.builders import idno
from tests.rectification.test_list_page import another
from yuexi.core.refusals import BadInput, Refusal

AsUser = Callable[[Cadre], Client]
Edit = Callable[[Any], None]
pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=2)


def exported(by: Cadre) -> bytes:
    return workbook(list(with_all(Item.objects.order_by("number"))), by=by, at=AT)


def saved_again(content: bytes, edit: Edit = lambda book: None) -> bytes:
    """As a spreadsheet does it: every cell read and written anew."""
    book = openpyxl.load_workbook(io.BytesIO(content))
    edit(book)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def column(page: Any, head: str) -> int:
    return next(c.column for row in page.iter_rows(min_row=3, max_row=4) for c in row if c.value == head)  # fmt: skip


def row_of(page: Any, number: str) -> int:
    at = column(page, "问题编号")
    return next(r for r in range(5, page.max_row + 1) if page.cell(r, at).value == number)


def put(sheet: str, number: str, head: str, value: Any) -> Edit:
    def edit(book: Any) -> None:
        page = book[sheet]
        page.cell(row_of(page, number), column(page, head)).value = value

    return edit


def sent_back(content: bytes, by: Cadre) -> ImportRun:
    run = upload(kind="LEDGER", content=content, name="台账.xlsx", by=by, at=LATER)
    run_import(run.pk)
    run.refresh_from_db()
    assert run.status == "READY", run.message
    return run


def why(run: ImportRun) -> str:
    return "；".join(reason for *_, reason in run.reasons["refused"])


@pytest.fixture
def work(item: Item, cast: Cast) -> Item:
    to_work(item, cast)
    return fresh(item)


def test_an_unchanged_file_says_so(work: Item, cast: Cast, as_user: AsUser) -> None:
    another(work, cast, "=1+1 路灯不亮")
    for content in (exported(cast.accepter), saved_again(exported(cast.accepter))):
        run = sent_back(content, cast.accepter)
        assert (run.total, run.unchanged, run.updated, run.refused) == (2, 2, 0, 0)
    page = as_user(cast.accepter).get(f"/items/returned/{run.uid}/").content.decode()
    assert "没有改动" in page


def test_what_libreoffice_drops_on_its_way_through_ods_is_not_there(work: Item, cast: Cast) -> None:
    """Seen with soffice 7.4: xlsx → ods → xlsx loses tabs and nothing else."""
    amend(item_id=work.pk, said={"remark": "001-2  两格\n  第二行\t有制表"}, by=cast.clerk, at=AT)
    Item.objects.filter(pk=work.pk).update(goal="通水\t到户")  # as an old row may hold it

    def without_tabs(book: Any) -> None:
        for name in SHEETS:
            for row in book[name].iter_rows(min_row=5):
                for c in row:
                    c.value = c.value.replace("\t", "") if isinstance(c.value, str) else c.value

    run = sent_back(saved_again(exported(cast.accepter), without_tabs), cast.accepter)
    assert (run.unchanged, run.updated, run.refused) == (1, 0, 0)
    assert fresh(work).remark == "001-2  两格\n第二行 有制表"


def test_a_closed_item_with_opinions_comes_back_unchanged(
    item: Item, cast: Cast, home: Household
) -> None:
    to_closed(item, cast)
    run = sent_back(saved_again(exported(cast.accepter)), cast.accepter)
    assert (run.unchanged, run.refused) == (1, 0)


def test_a_change_is_shown_in_three_and_taken_by_hand(
    work: Item, cast: Cast, as_user: AsUser
) -> None:
    edit = put("责任清单", work.number, "牵头县领导", "演示县长")
    run = sent_back(saved_again(exported(cast.accepter), edit), cast.accepter)
    assert (run.total, run.updated) == (1, 1) and fresh(work).county_leader == ""
    path = f"/items/returned/{run.uid}/"
    office = as_user(cast.accepter)
    page = office.get(path).content.decode()
    assert "牵头县领导" in page and "演示县长" in page and "责任清单第 5 行" in page
    change = LedgerChange.objects.get()
    seen = page.split(f'name="seen{change.pk}" value="')[1].split('"')[0]
    office.post(path, {"take": "1", "change": change.pk, f"seen{change.pk}": seen})
    assert fresh(work).county_leader == "演示县长"
    run.refresh_from_db()
    assert run.status == "DONE" and LedgerChange.objects.get().fate == "TAKEN"
    event = Event.objects.get(action="item.amend")
    assert event.after == {"county_leader": "演示县长"} and event.before == {"county_leader": ""}
    assert "修改台账栏目" in office.get(f"/items/{work.uid}/").content.decode()
    assert as_user(cast.clerk).get(path).status_code == 404


def test_what_changed_in_the_system_since_is_a_conflict_and_never_overwritten(
    work: Item, cast: Cast, as_user: AsUser
) -> None:
    def edit(book: Any) -> None:
        put("整改台账", work.number, "备注", "表里写的")(book)
        put("整改台账", work.number, "发现人或组", "省第七组")(book)

    content = saved_again(exported(cast.accepter), edit)
    amend(item_id=work.pk, said={"remark": "系统里写的"}, by=cast.clerk, at=AT)
    run = sent_back(content, cast.accepter)
    path = f"/items/returned/{run.uid}/"
    office = as_user(cast.accepter)
    page = office.get(path).content.decode()
    assert "导出后系统里改过" in page and "系统里写的" in page and "表里写的" in page
    office.post(path, {"all": "1"})
    assert (fresh(work).remark, fresh(work).found_by) == ("系统里写的", "省第七组")
    conflict = LedgerChange.objects.get(fate="PENDING")
    # The box was ticked before somebody changed the cell once more.
    amend(item_id=work.pk, said={"remark": "又改了"}, by=cast.clerk, at=AT)
    stale = page.split(f'name="seen{conflict.pk}" value="')[1].split('"')[0]
    said = office.post(path, {"take": "1", "change": conflict.pk, f"seen{conflict.pk}": stale}, follow=True)  # fmt: skip
    assert "没有采纳" in said.content.decode() and fresh(work).remark == "又改了"
    page = office.get(path).content.decode()
    new = page.split(f'name="seen{conflict.pk}" value="')[1].split('"')[0]
    office.post(path, {"take": "1", "change": conflict.pk, f"seen{conflict.pk}": new})
    assert fresh(work).remark == "表里写的"


def test_all_at_once_by_the_ordinary_road_leaves_conflicts_open(work: Item, cast: Cast) -> None:
    def edit(book: Any) -> None:
        put("整改台账", work.number, "备注", "表里写的")(book)
        put("问题清单", work.number, "共性或个性", "共性")(book)

    content = saved_again(exported(cast.accepter), edit)
    amend(item_id=work.pk, said={"remark": "系统里写的"}, by=cast.clerk, at=AT)
    run = sent_back(content, cast.accepter)
    decide(run_id=run.pk, accept=True, by=cast.accepter, at=AT)
    run_import(run.pk)
    run.refresh_from_db()
    assert (fresh(work).remark, fresh(work).extent, run.status) == ("系统里写的", "COMMON", "READY")


KEPT = {
    "问题原文": ("水管没有冻裂", "原文登记后不能改"),
    "问题来源": ("自查", "登记后不能改"),
    "问题编号": ("26-9999", "登记后不能改"),
    "现在进展": ("已销号", "随办理自动变化"),
    "销号意见": ("2026-11-24 批准销号通过：同意", "检查人在系统里逐件办理"),
    "整改时限": ("2027-12-31", "由交办、改派和延期决定"),
    "责任人": ("演示书记", "“改派”或“移交”"),
    "回头看时间与结果": ("2026-12-30 巩固：好", "事项页上登记"),
}


@pytest.mark.parametrize("head", KEPT)
def test_what_only_people_decide_cannot_be_changed_by_a_file(
    head: str, work: Item, cast: Cast
) -> None:
    value, said = KEPT[head]

    def edit(book: Any) -> None:
        page = book["整改台账"]
        page.cell(5, column(page, head)).value = value

    run = sent_back(saved_again(exported(cast.accepter), edit), cast.accepter)
    assert (run.refused, run.updated) == (1, 0) and said in why(run)
    assert not LedgerChange.objects.exists() and run.answer
    assert (fresh(work).text, fresh(work).status) == ("水管冻裂", "RECTIFYING")


def test_each_writes_only_what_is_his(work: Item, cast: Cast) -> None:
    def edit(book: Any) -> None:
        put("整改台账", work.number, "整改目标", "户户通水")(book)
        put("整改台账", work.number, "牵头县领导", "演示县长")(book)

    content = saved_again(exported(cast.accepter), edit)
    office, clerk = sent_back(content, cast.accepter), sent_back(content, cast.clerk)
    assert "“整改目标”由责任人本人填写" in why(office)
    assert "“牵头县领导”由指挥部整改组填写" in why(clerk)
    assert {c.field for c in clerk.ledger_changes.all()} == {"goal"}


def test_tasks_are_lines_of_the_measure_and_go_both_ways(work: Item, cast: Cast) -> None:
    amend(item_id=work.pk, said={"measure": "换管并加保温\n每周巡一次"}, by=cast.clerk, at=AT)
    plain = exported(cast.clerk)
    page = openpyxl.load_workbook(io.BytesIO(plain))["任务清单"]
    at = column(page, "整改措施")
    assert [page.cell(r, at).value for r in (5, 6)] == ["换管并加保温", "每周巡一次"]

    def edit(book: Any) -> None:
        book["任务清单"].cell(6, at).value = "每三天巡一次"

    run = sent_back(saved_again(plain, edit), cast.clerk)
    assert run.ledger_changes.get().said == "换管并加保温\n每三天巡一次"

    def fewer(book: Any) -> None:
        book["任务清单"].delete_rows(5)

    assert sent_back(saved_again(plain, fewer), cast.clerk).unchanged == 1

    def fewer_and_other(book: Any) -> None:
        book["任务清单"].delete_rows(5)
        book["任务清单"].cell(5, at).value = "另一条措施"

    assert "看不出改的是哪一条" in why(sent_back(saved_again(plain, fewer_and_other), cast.clerk))


def test_sorted_moved_and_missing_rows_and_columns_change_nothing(work: Item, cast: Cast) -> None:
    second, third = another(work, cast), another(work, cast, "水池浑")

    def edit(book: Any) -> None:
        page = book["整改台账"]
        rows = [[c.value for c in page[r]] for r in (5, 6, 7)]
        for n, values in enumerate([rows[2], rows[0]]):
            for i, value in enumerate(values, start=1):
                page.cell(5 + n, i).value = value
        page.delete_rows(7)
        for name in ("问题清单", "责任清单"):
            del book[name]
        book["任务清单"].delete_cols(column(book["任务清单"], "进展"))
        put("整改台账", third.number, "备注", "第三件")(book)

    run = sent_back(saved_again(exported(cast.accepter), edit), cast.accepter)
    assert run.ledger_changes.get().item == third and run.refused == 0
    assert Item.objects.count() == 3 and second


def test_rows_that_were_taken_out_are_named_and_delete_nothing(
    work: Item, cast: Cast, as_user: AsUser, person: Any
) -> None:
    second, third = another(work, cast), another(work, cast, "水池浑")

    def edit(book: Any) -> None:
        for name in SHEETS:
            page = book[name]
            page.delete_rows(row_of(page, second.number))
        page = book["问题清单"]
        page.delete_rows(row_of(page, third.number))
        del book["责任清单"]  # a list that nobody needed is no row that is gone

    run = sent_back(saved_again(exported(cast.accepter), edit), cast.accepter)
    assert (run.total, run.unchanged, run.refused) == (2, 2, 0) and Item.objects.count() == 3
    page = as_user(cast.accepter).get(f"/items/returned/{run.uid}/").content.decode()
    assert "表中少了这些行，不会删除任何事项" in page and "2 件" in page
    assert (
        f'href="/items/{second.uid}/">{second.number}</a>（整改台账、问题清单、任务清单）' in page
    )
    assert f'href="/items/{third.uid}/">{third.number}</a>（问题清单）' in page
    assert f"/items/{work.uid}/" not in page and "留下的行和导出时一样" in page
    whole = sent_back(exported(cast.accepter), cast.accepter)
    assert "表中少了" not in as_user(cast.accepter).get(f"/items/returned/{whole.uid}/").content.decode()  # fmt: skip
    far = person("外乡专干", "TOWNSHIP_CLERK", "340828101000")
    other = sent_back(saved_again(exported(cast.accepter), edit), far)
    assert second.number not in as_user(far).get(f"/items/returned/{other.uid}/").content.decode()


def test_an_emptied_cell_is_said_to_be_empty(work: Item, cast: Cast, as_user: AsUser) -> None:
    amend(item_id=work.pk, said={"remark": "要清空的", "county_leader": "演示县长"}, by=cast.accepter, at=AT)  # fmt: skip

    def edit(book: Any) -> None:
        for head in ("备注", "问题原文"):
            for name in SHEETS:
                page = book[name]
                page.cell(row_of(page, work.number), column(page, head)).value = None
        put("责任清单", work.number, "牵头县领导", None)(book)

    content = saved_again(exported(cast.accepter), edit)
    amend(item_id=work.pk, said={"county_leader": ""}, by=cast.accepter, at=AT)
    run = sent_back(content, cast.accepter)
    office, path = as_user(cast.accepter), f"/items/returned/{run.uid}/"
    page = office.get(path).content.decode()
    assert "“问题原文”改成（空）" in page and "<b>（空）</b>" in page and "“”" not in page
    assert ["整改台账第 5 行", "问题原文", "（空）"] == run.reasons["refused"][0][:3]
    office.post(path, {"all": "1"})
    assert fresh(work).remark == ""
    told = office.get(f"/items/{work.uid}/").content.decode()
    assert "备注：（空）" in told and "“”" not in told


def test_keys_that_were_touched_are_refused(work: Item, cast: Cast) -> None:
    other = another(work, cast)

    def swap(book: Any) -> None:
        for name in SHEETS:
            page = book[name]
            at = column(page, KEY_HEAD)
            page.cell(5, at).value, page.cell(6, at).value = page.cell(6, at).value, page.cell(5, at).value  # fmt: skip

    assert "登记后不能改" in why(
        sent_back(saved_again(exported(cast.accepter), swap), cast.accepter)
    )

    def forge(book: Any) -> None:
        kept = book[KEEP]
        kept["B1"].value = kept["B2"].value

    assert "行标识对不上" in why(
        sent_back(saved_again(exported(cast.accepter), forge), cast.accepter)
    )

    def scratch(book: Any) -> None:
        book[KEEP]["B1"].value = "x" + str(book[KEEP]["B1"].value)[1:-4] + "AAAA"

    assert "行标识对不上" in why(
        sent_back(saved_again(exported(cast.accepter), scratch), cast.accepter)
    )

    def drop(book: Any) -> None:
        del book[KEEP]

    with pytest.raises(BadInput, match="请重新导出"):
        upload(kind="LEDGER", content=saved_again(exported(cast.accepter), drop), name="a.xlsx", by=cast.accepter, at=AT)  # fmt: skip
    assert other


def test_rows_without_a_key_are_the_ordinary_imports_business(work: Item, cast: Cast) -> None:
    def edit(book: Any) -> None:
        page = book["整改台账"]
        for head, value in (
            ("问题原文", "新发现的问题"),
            ("问题类别", "饮水安全"),
            ("问题来源", "自查"),
            ("乡镇", "青天乡"),
        ):
            page.cell(6, column(page, head)).value = value

    run = sent_back(saved_again(exported(cast.accepter), edit), cast.accepter)
    assert (run.total, run.refused, run.unchanged) == (2, 1, 1) and "请用“整改清单”导入" in why(run)
    book = openpyxl.load_workbook(io.BytesIO(importers.of("LEDGER").answer(run)))
    del book["没有采纳的改动"]
    buffer = io.BytesIO()
    book.save(buffer)
    again = upload(kind="ITEMS", content=buffer.getvalue(), name="新增.xlsx", by=cast.clerk, at=AT)
    run_import(again.pk)
    again.refresh_from_db()
    assert (again.created, again.refused) == (1, 0), again.reasons


def test_who_does_not_see_the_item_is_told_nothing_of_it(
    work: Item, cast: Cast, person: Any
) -> None:
    far = person("外乡专干", "TOWNSHIP_CLERK", "340828101000")
    edit = put("整改台账", work.number, "备注", "看得到吗")
    run = sent_back(saved_again(exported(cast.accepter), edit), far)
    assert "不在您的管辖范围" in why(run) and not LedgerChange.objects.exists()


def test_bad_cells_are_refused_with_their_reason(work: Item, cast: Cast) -> None:
    def edit(book: Any) -> None:
        put("整改台账", work.number, "发现时间", "上个月")(book)
        put("整改台账", work.number, "配合单位", "没有这个局")(book)
        put("整改台账", work.number, "备注", f"证件{idno(3)}")(book)
        put("责任清单", work.number, "责任领导", "甲")(book)
        put("整改台账", work.number, "责任领导", "乙")(book)

    run = sent_back(saved_again(exported(cast.accepter), edit), cast.accepter)
    said = why(run)
    assert "应为日期" in said and "找不到“没有这个局”" in said and "证件号码" in said
    assert "几张表里填得不一样" in said and idno(3) not in str(run.reasons)


def test_a_date_in_any_dress_is_the_same_day(work: Item, cast: Cast) -> None:
    amend(item_id=work.pk, said={"found_on": "2026-11-20"}, by=cast.accepter, at=AT)
    plain = exported(cast.accepter)
    for value in ("2026/11/20", "2026年11月20日", 46346):
        assert sent_back(saved_again(plain, put("整改台账", work.number, "发现时间", value)), cast.accepter).unchanged == 1, value  # fmt: skip


def test_the_workbook_as_the_offices_keep_it(work: Item, cast: Cast) -> None:
    another(work, cast, "=HYPERLINK(1)")
    book = openpyxl.load_workbook(io.BytesIO(exported(cast.accepter)))
    assert book.sheetnames == [*SHEETS, KEEP] and book[KEEP].sheet_state == "veryHidden"
    for name in SHEETS:
        page = book[name]
        assert page["A1"].value.endswith(name) and "内部资料，请勿外传" in page["A2"].value
        assert str(page.merged_cells.ranges).startswith("{") or page.merged_cells.ranges
        assert page.page_setup.orientation == "landscape" and page.print_title_rows == "$3:$4"
        assert page.page_setup.paperSize == (8 if name == "整改台账" else 9)
        assert page.column_dimensions[page.cell(4, column(page, KEY_HEAD)).column_letter].hidden
    page = book["整改台账"]
    cell = page.cell(6, column(page, "问题原文"))
    assert cell.data_type == "s" and cell.quotePrefix and cell.value == "=HYPERLINK(1)"
    assert page.max_column == 39


def test_export_is_logged_and_bounded(
    work: Item, cast: Cast, as_user: AsUser, monkeypatch: Any
) -> None:
    office = as_user(cast.accepter)
    answer = office.get("/items/?format=xlsx")
    assert len(read_book(answer.content).kept) == 1
    assert Event.objects.get(action="export").after["rows"] == 1
    monkeypatch.setattr("cadres.export.ROWS_MAX", 0)
    refused = office.get("/items/?format=xlsx")
    assert refused.status_code == 409 and "请先用筛选缩小范围" in refused.content.decode()


def test_the_columns_page_fills_in_and_refuses(work: Item, cast: Cast, as_user: AsUser) -> None:
    office, path = as_user(cast.accepter), f"/items/{work.uid}/columns/"
    page = office.get(path).content.decode()
    assert "问题清单" in page and "责任清单" in page and 'name="county_leader"' in page
    assert 'name="measure"' not in page
    data = {
        "county_leader": "演示县长",
        "found_on": "2026-11-20",
        "extent": "共性",
        "co_units": "县水利局",
    }
    assert office.post(path, data).status_code == 302
    assert fresh(work).county_leader == "演示县长" and fresh(work).co_units.get().name == "县水利局"
    assert office.post(path, {"found_on": "2026-12-20"}).status_code == 422
    stale = office.post(path, {"county_leader": "另一位", "was_county_leader": ""})
    assert stale.status_code == 422 and "刚刚被改成" in stale.content.decode()
    assert "不填写这一件" in as_user(cast.inspector).get(path).content.decode()
    with pytest.raises(Refusal, match="由责任人本人填写"):
        amend(item_id=work.pk, said={"measure": "别的措施"}, by=cast.accepter, at=AT)


def test_the_export_costs_the_same_for_one_and_for_three(work: Item, cast: Cast) -> None:
    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            exported(cast.accepter)
        return len(queries)

    before = cost()
    for text in ("水池浑", "路灯不亮"):
        to_work(another(work, cast, text), cast)
    assert cost() == before


def heads_of(content: bytes) -> list[Any]:
    page = openpyxl.load_workbook(io.BytesIO(content))["整改台账"]
    return [c.value for row in page.iter_rows(min_row=3, max_row=4) for c in row]


def test_accountability_is_a_column_for_who_handles_it_and_none_for_others(
    work: Item, cast: Cast, person: Any, as_user: AsUser
) -> None:
    handler = person("演示纪委", "DISCIPLINE", "340828000000", "县纪委监委")
    other = another(work, cast, "路灯不亮")
    propose(at=AT + timedelta(days=80))
    case = Accountability.objects.get(item=work)
    path, columns = "/items/?format=xlsx&view=", f"/items/{work.uid}/columns/"
    day = AT + timedelta(days=81)
    assert "等决定" in as_user(handler).get(columns).content.decode()
    decide_accountability(found=case, outcome="TALK", document_no="岳纪〔2027〕8号", heard_on=day.date(), by=handler, at=day)  # fmt: skip
    for outcome in ("MADE", "UPHELD"):
        record_appeal(found=case, outcome=outcome, on=day.date(), document_no="", by=handler, at=day)  # fmt: skip
    page = as_user(handler).get(columns)
    said = (
        "逾期且没有任何进展：约谈 岳纪〔2027〕8号；申诉已提出（2027-02-12）；申诉维持（2027-02-12）"
    )
    assert said in page.content.decode() and "no-store" in page["Cache-Control"]
    book = as_user(handler).get(path).content
    sheet = openpyxl.load_workbook(io.BytesIO(book))["整改台账"]
    at = column(sheet, "问责情况")
    assert sheet.cell(row_of(sheet, work.number), at).value == f"2027-02-11 {said}"
    assert not sheet.cell(row_of(sheet, other.number), at).value
    for who in (cast.accepter, cast.clerk, cast.inspector):
        assert "问责情况" not in as_user(who).get(columns).content.decode()
        assert "问责情况" not in heads_of(as_user(who).get(path).content)
    # Read only on the way back; of a file that was exported without it, it says nothing.
    edit = put("整改台账", work.number, "问责情况", "不予问责")
    assert sent_back(saved_again(book), cast.accepter).unchanged == 2
    run = sent_back(saved_again(book, edit), cast.accepter)
    assert run.refused == 1 and "由纪委监委在“问责线索”页登记" in why(run)

    def added(book: Any) -> None:
        page = book["整改台账"]
        at = page.max_column + 1
        page.cell(4, at).value = "问责情况"
        page.cell(5, at).value = "约谈"

    assert sent_back(saved_again(exported(cast.accepter), added), cast.accepter).refused == 0


def test_the_handler_reads_no_case_of_his_own_item_and_costs_one_statement(
    work: Item, cast: Cast, person: Any
) -> None:
    handler = person("演示纪委", "DISCIPLINE", "340828000000", "县纪委监委")
    propose(at=AT + timedelta(days=80))
    items = list(Item.objects.all())
    with CaptureQueriesContext(connection) as queries:
        tell_accountability(items, cast.accepter)
    before = len(queries)
    assert items[0].accountability_told == ""
    for text in ("a", "b"):
        to_work(another(work, cast, text), cast)
    propose(at=AT + timedelta(days=80))
    many = list(Item.objects.all())
    with CaptureQueriesContext(connection) as queries:
        tell_accountability(many, handler)
    assert len(queries) <= before + 3 and all("等决定" in i.accountability_told for i in many)
    Item.objects.filter(pk=work.pk).update(person=handler)
    own = list(Item.objects.filter(pk=work.pk))
    tell_accountability(own, handler)
    assert own[0].accountability_told == ""
