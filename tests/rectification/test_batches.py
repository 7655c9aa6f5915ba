"""Every row of a file of findings becomes one item, or is merged, or is rejected with a reason."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.test import Client
from openpyxl import load_workbook

from cadres.actions.imports import decide, upload
from cadres.files import read
from cadres.imports.importer import importers
from cadres.models import Cadre, Event, ImportRun
from cadres.tasks import run_import
from rectification.actions import batches, moving, red_lines
from rectification.models import Batch, BatchRow, Item
from tests.cadres.test_imports import item_row, table, take
from tests.cast import Cast, fresh
from tests.county import AT, COUNTY, DIANQIAN
from tests.households.builders import idno
from yuexi.core.refusals import BadInput, NotYours, Refusal

AsUser = Callable[[Cadre], Client]
pytestmark = pytest.mark.django_db


def batch_of(by: Cadre, *rows: dict[str, Any]) -> Batch:
    run = take("ITEMS", list(rows), by)
    assert run.status == "DONE", run.message
    return Batch.objects.get(run=run)


def fates(batch: Batch) -> list[str]:
    return list(batch.rows.order_by("number").values_list("fate", flat=True))


@pytest.fixture
def batch(cast: Cast) -> Batch:
    """One row in order, one twice, one that the check refuses."""
    return batch_of(
        cast.accepter, item_row(片中时间="03:25"), item_row(), item_row(问题="路灯不亮", 类别="错")
    )


def test_each_row_has_one_fate_and_the_sum_is_the_file(
    batch: Batch, cast: Cast, as_user: AsUser
) -> None:
    assert fates(batch) == ["LEDGERED", "MERGED", "UNDECIDED"] and batch.count == 3
    item = Item.objects.get()
    assert list(item.batch_rows.order_by("number").values_list("number", "clip")) == [
        (2, "03:25"),
        (3, ""),
    ]
    office = as_user(cast.accepter)
    page = office.get(f"/batches/{batch.uid}/").content.decode()
    assert "<b>3</b> 行 ＝ 列入清单 <b>1</b> ＋ 合并 <b>1</b> ＋ 不成立 <b>0</b> ＋ 未定" in page
    assert "不认识“错”" in page and f"与 {item.number} 是同一问题" in page and "03:25" in page
    assert "disabled" in page
    shown = office.get(f"/items/{item.uid}/").content.decode()
    assert "第 2 行（片中 03:25）" in shown and "第 3 行，合并" in shown
    assert "3" in office.get("/batches/").content.decode()
    told = Event.objects.get(action="batch.open").after
    assert (told["count"], told["ledgered"], told["merged"], told["undecided"]) == (3, 1, 1, 1)


def test_a_file_of_refused_rows_alone_is_a_batch_of_undecided_ones(cast: Cast) -> None:
    assert fates(batch_of(cast.accepter, item_row(类别="错"))) == ["UNDECIDED"]


def test_the_same_file_again_is_merged_row_by_row(batch: Batch, cast: Cast) -> None:
    again = batch_of(cast.accepter, item_row())
    assert fates(again) == ["MERGED"] and Item.objects.count() == 1


def test_the_title_and_number_asked_with_the_file_stand_on_batch_and_item(cast: Cast) -> None:
    row = item_row(批次="")
    run = take("ITEMS", [row], cast.accepter)
    assert Item.objects.get().lineage == Batch.objects.get(run=run).title
    with pytest.raises(BadInput, match="证件号码"):
        upload(kind="ITEMS", content=table([row]), name="a.xlsx", by=cast.accepter, at=AT, details={"title": idno(3)})  # fmt: skip


def corrected(batch: Batch, edit: Callable[[Any], None]) -> bytes:
    """The rows that were sent back, mended in their own workbook."""
    answer = ImportRun.objects.get(pk=batch.run_id).answer
    assert answer is not None
    book = load_workbook(io.BytesIO(read(answer)))
    edit(book.active)
    buffer = io.BytesIO()
    book.save(buffer)
    return buffer.getvalue()


def cell(head: str, value: Any, row: int = 2) -> Callable[[Any], None]:
    def edit(page: Any) -> None:
        at = next(c.column for c in page[1] if c.value == head)
        page.cell(row, at).value = value

    return edit


def goes_on(batch: Batch, content: bytes) -> ImportRun:
    run = upload(kind="ITEMS", content=content, name="改好.xlsx", by=batch.by, at=AT, details={"batch": str(batch.uid)})  # fmt: skip
    for accept in (False, True):
        run_import(run.pk)
        run.refresh_from_db()
        assert run.status == ("DONE" if accept else "READY"), run.message
        if not accept:
            decide(run_id=run.pk, accept=True, by=batch.by, at=AT)
    return run


def summed(batch: Batch) -> None:
    assert batch.rows.count() == Batch.objects.get(pk=batch.pk).count == len(fates(batch))


def test_a_corrected_file_goes_on_with_its_batch(batch: Batch, cast: Cast, as_user: AsUser) -> None:
    content = corrected(batch, cell("类别", "基础设施"))
    with pytest.raises(BadInput, match=f"像是“{batch.title}”退回的"):
        upload(kind="ITEMS", content=content, name="改好.xlsx", by=batch.by, at=AT)
    office = as_user(cast.accepter)
    page = office.get(f"/imports/new/ITEMS/?batch={batch.uid}").content.decode()
    assert f'value="{batch.uid}" selected' in page and "未定 1 行" in page
    assert "改好续传" in office.get(f"/batches/{batch.uid}/").content.decode()
    run = goes_on(batch, content)
    assert Batch.objects.count() == 1 and run.created == 1
    assert fates(batch) == ["LEDGERED", "MERGED", "LEDGERED"]
    summed(batch)
    row = batch.rows.get(number=4)
    assert row.item and row.item.text == "路灯不亮" and row.item.source == "EVALUATION"
    assert (row.reason, row.by) == ("改好续传", batch.by)
    shown = office.get(f"/batches/{batch.uid}/").content.decode()
    assert "改好续传 改好.xlsx（1 行）" in shown and "未定 <b>0</b>" in shown
    told = Event.objects.get(action="batch.go_on").after
    assert (told["ledgered"], told["merged"], told["undecided"]) == (1, 0, 0)
    again = upload(
        kind="ITEMS", content=content, name="改好.xlsx", by=batch.by, at=AT
    )  # nothing waits
    assert again.status == "CHECKING"


def test_refused_again_it_keeps_its_first_number_and_waits(batch: Batch) -> None:
    content = corrected(batch, cell("乡镇", "没有这个乡"))
    run = goes_on(batch, content)
    assert run.refused == 1 and fates(batch)[2] == "UNDECIDED"
    assert "不认识“错”" in batch.rows.get(number=4).reason
    assert run.answer is not None
    page = load_workbook(io.BytesIO(read(run.answer))).active
    assert page is not None
    assert [c.value for c in page[1]][:2] == ["原行号", "未通过原因"]
    heads = [c.value for c in page[1]]
    assert heads.count("原行号") == 1 and page.cell(2, 1).value == 4
    summed(batch)


def test_a_row_that_does_not_belong_to_the_batch_is_refused(batch: Batch, cast: Cast) -> None:
    def edit(page: Any) -> None:
        cell("类别", "基础设施")(page)
        values = [c.value for c in page[2]]
        for n, number in enumerate([4, 2, 9, None], start=3):
            for at, value in enumerate(values, start=1):
                page.cell(n, at).value = value
            page.cell(n, 1).value = number
            cell("问题", f"第 {n} 件", n)(page)

    content = corrected(batch, edit)

    def without_strangers(page: Any) -> None:
        edit(page)
        page.delete_rows(5, 2)

    with pytest.raises(BadInput, match="改好续传"):  # rows that were decided meanwhile hide nothing
        upload(kind="ITEMS", content=corrected(batch, without_strangers), name="a.xlsx", by=batch.by, at=AT)  # fmt: skip
    run = goes_on(batch, content)
    said = [run.reasons[str(n)][0] for n in (3, 4, 5, 6)]
    assert (run.created, run.refused) == (1, 4)
    assert "不止一行" in said[0] and "已经定了去向" in said[1]
    assert "没有第 9 行" in said[2] and "新的问题请另起一批" in said[3]
    assert Item.objects.count() == 2 and fates(batch) == ["LEDGERED", "MERGED", "LEDGERED"]
    summed(batch)


def test_it_may_be_told_to_be_another_batch_and_another_person_sees_none(
    batch: Batch, cast: Cast, as_user: AsUser
) -> None:
    content = corrected(batch, cell("类别", "基础设施"))
    run = upload(kind="ITEMS", content=content, name="改好.xlsx", by=batch.by, at=AT, details={"batch": "NEW"})  # fmt: skip
    run_import(run.pk)
    decide(run_id=run.pk, accept=True, by=batch.by, at=AT)
    run_import(run.pk)
    assert Batch.objects.count() == 2 and fates(batch)[2] == "UNDECIDED"
    other = as_user(cast.clerk).get("/imports/new/ITEMS/").content.decode()
    assert "改好续传" not in other and str(batch.uid) not in other
    stranger = upload(kind="ITEMS", content=content, name="改好.xlsx", by=cast.clerk, at=AT, details={"batch": str(batch.uid)})  # fmt: skip
    run_import(stranger.pk)
    stranger.refresh_from_db()
    assert stranger.status == "FAILED" and "不在您的管辖范围" in stranger.message


def test_a_batch_that_ended_meanwhile_takes_nothing_more(batch: Batch, cast: Cast) -> None:
    content = corrected(batch, cell("类别", "基础设施"))
    run = upload(kind="ITEMS", content=content, name="改好.xlsx", by=batch.by, at=AT, details={"batch": str(batch.uid)})  # fmt: skip
    run_import(run.pk)
    batches.reject_row(row_id=batch.rows.get(number=4).pk, reason="不属实", by=cast.accepter, at=AT)
    batches.end_batch(batch_id=batch.pk, by=cast.accepter, at=AT)
    decide(run_id=run.pk, accept=True, by=batch.by, at=AT)
    run_import(run.pk)
    run.refresh_from_db()
    assert run.status == "FAILED" and "已经办结" in run.message and Item.objects.count() == 1
    summed(batch)


def test_the_template_asks_for_no_number(cast: Cast, as_user: AsUser) -> None:
    book = load_workbook(io.BytesIO(importers.of("ITEMS").template()))
    assert "原行号" not in [c.value for c in book.active[1]]  # type: ignore[index]


def test_an_undecided_row_is_registered_by_hand(batch: Batch, cast: Cast, as_user: AsUser) -> None:
    office, path = as_user(cast.accepter), f"/batches/{batch.uid}/4/"
    page = office.get(path).content.decode()
    assert "路灯不亮" in page and "导入时没有通过" in page and "selected" in page
    area = Item.objects.get().area
    data = {"verb": "register", "text": "路灯不亮", "category": "基础设施", "area": area.pk, "source": "FILM", "grade": "LIMITED"}  # fmt: skip
    assert office.post(path, {**data, "category": "错"}).status_code == 422
    assert office.post(path, data).status_code == 302
    row = batch.rows.get(number=4)
    assert row.fate == "LEDGERED" and row.item and row.item.source == "FILM"
    assert office.post(path, data).status_code == 422 and Item.objects.count() == 2
    assert "不再改动" in office.get(path).content.decode()


def test_an_undecided_row_is_merged_or_rejected_by_who_reviews(
    batch: Batch, cast: Cast, as_user: AsUser
) -> None:
    path, item = f"/batches/{batch.uid}/4/", Item.objects.get()
    other = batch_of(cast.clerk, item_row(类别="错"))
    own = as_user(cast.clerk)
    assert "不成立" not in own.get(f"/batches/{other.uid}/2/").content.decode()
    with pytest.raises(NotYours):
        batches.reject_row(row_id=other.rows.get().pk, reason="不属实", by=cast.clerk, at=AT)
    office = as_user(cast.accepter)
    assert office.post(path, {"verb": "reject", "reason": "无"}).status_code == 422
    assert office.post(path, {"verb": "merge", "into": item.number}).status_code == 302
    row = batch.rows.get(number=4)
    assert (row.fate, row.item) == ("MERGED", item)
    assert office.post(f"/batches/{other.uid}/2/", {"verb": "reject", "reason": "现场核实不属实"}).status_code == 302  # fmt: skip
    assert other.rows.get().fate == "REJECTED"


def test_a_batch_ends_only_when_every_row_has_its_fate(
    batch: Batch, cast: Cast, as_user: AsUser
) -> None:
    office, path = as_user(cast.accepter), f"/batches/{batch.uid}/"
    assert office.post(path).status_code == 422
    with pytest.raises(IntegrityError, match="batch_undecided"), transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(ended_at=AT, ended_by=cast.accepter)
    batches.reject_row(row_id=batch.rows.get(number=4).pk, reason="不属实", by=cast.accepter, at=AT)
    with pytest.raises(NotYours):
        batches.end_batch(batch_id=batch.pk, by=cast.clerk, at=AT)
    assert office.post(path).status_code == 302
    with pytest.raises(Refusal, match="已经办结"):
        batches.end_batch(batch_id=batch.pk, by=cast.accepter, at=AT)
    with pytest.raises(IntegrityError, match="batch_kept"), transaction.atomic():
        Batch.objects.filter(pk=batch.pk).update(title="别的")


REFUSED = {
    "UPDATE rectification_batch SET count = 2": "batch_kept",
    "UPDATE rectification_batchrow SET fate = 'UNDECIDED', item_id = NULL, by_id = NULL, at = NULL WHERE number = 2": "batch_row_kept",
    "UPDATE rectification_batchrow SET text = '改过' WHERE number = 4": "batch_row_kept",
    "UPDATE rectification_batchrow SET fate = 'REJECTED', by_id = (SELECT min(id) FROM cadres_cadre), at = now(), reason = '' WHERE number = 4": "batch_row_fate",
    "UPDATE rectification_batchrow SET fate = 'LEDGERED' WHERE number = 4": "batch_row_fate",
    "UPDATE rectification_batchrow r SET fate = 'LEDGERED', item_id = (SELECT id FROM rectification_item), by_id = (SELECT min(id) FROM cadres_cadre), at = now() WHERE number = 4": "batch_row_own_item",
    "INSERT INTO rectification_batchrow (batch_id, number, clip, text, fate, reason) SELECT id, 9, '', '多一行', 'UNDECIDED', '' FROM rectification_batch": "batch_whole",
    "INSERT INTO rectification_batchrow (batch_id, number, clip, text, fate, reason) SELECT id, 2, '', '同一行', 'UNDECIDED', '' FROM rectification_batch": "batch_row_once",
    "UPDATE rectification_batchrow SET fate = 'GONE', item_id = NULL WHERE number = 4": "batch_row_fate",
    "UPDATE rectification_batch SET title = ''": "batch_has_title",
    "UPDATE rectification_batch SET source = 'X'": "batch_source_known",
    "UPDATE rectification_batch SET ended_by_id = by_id": "batch_ended_by_somebody",
}  # fmt: skip


@pytest.mark.parametrize("statement", REFUSED)
def test_the_database_refuses_what_would_break_the_sum(statement: str, batch: Batch) -> None:
    with pytest.raises(IntegrityError, match=REFUSED[statement]), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute(statement)


@pytest.mark.parametrize("table_", ["rectification_batchrow", "rectification_batch"])
def test_nothing_of_a_batch_is_deleted(table_: str, batch: Batch, owner_cursor: Any) -> None:
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {table_}")


def test_a_batch_with_fewer_rows_than_its_file_cannot_be_committed(batch: Batch) -> None:
    with pytest.raises(IntegrityError, match="batch_whole"), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            run = upload(
                kind="ITEMS",
                content=table([item_row(问题="另一件")]),
                name="b.xlsx",
                by=batch.by,
                at=AT,
            )
            cursor.execute(
                "INSERT INTO rectification_batch (uid, title, document_no, source, run_id, count, by_id, at)"
                " VALUES (uuidv7(), '少行', '', 'SELF', %s, 2, %s, now())",
                [run.pk, batch.by_id],
            )


def test_others_do_not_see_it(batch: Batch, cast: Cast, person: Any, as_user: AsUser) -> None:
    far = as_user(person("外乡专干", "TOWNSHIP_CLERK", DIANQIAN))
    for path in (f"/batches/{batch.uid}/", f"/batches/{batch.uid}/4/"):
        assert far.get(path).status_code == 404
    assert batch.title not in far.get("/batches/").content.decode()
    leader = as_user(person("演示县长", "COUNTY_LEADER", COUNTY))
    assert leader.get(f"/batches/{batch.uid}/").status_code == 200
    assert leader.get(f"/batches/{batch.uid}/4/").status_code == 403


def test_an_identity_number_in_a_refused_row_is_in_no_column(cast: Cast) -> None:
    batch = batch_of(cast.accepter, item_row(问题=f"张某{idno(5)}未享受政策"))
    row = batch.rows.get()
    assert (
        row.fate == "UNDECIDED" and idno(5) not in row.text + row.reason and "（数字）" in row.text
    )


def test_the_list_exports_and_costs_the_same(
    batch: Batch, cast: Cast, as_user: AsUser, django_assert_max_num_queries: Any
) -> None:
    office = as_user(cast.accepter)
    assert office.get(f"/batches/{batch.uid}/?format=xlsx&fate=UNDECIDED").status_code == 200
    assert office.get(f"/batches/{batch.uid}/?fate=nonsense").status_code == 200
    with django_assert_max_num_queries(14):
        office.get(f"/batches/{batch.uid}/")
    batch_of(cast.accepter, *[item_row(问题=f"第{n}件") for n in range(20)])
    big = Batch.objects.order_by("-pk")[0]
    with django_assert_max_num_queries(14):
        office.get(f"/batches/{big.uid}/")


def test_an_item_dismissed_later_keeps_its_lineage(batch: Batch, cast: Cast) -> None:
    item = Item.objects.get()
    moving.dismiss(item_id=item.pk, reason="核实不属实", by=cast.approver, at=AT)
    assert fresh(item).status == "DISMISSED" and fates(batch)[0] == "LEDGERED"
    assert BatchRow.objects.filter(item=item).count() == 2


def test_the_words_of_a_row_that_went_to_the_commission_are_not_told(
    batch: Batch, cast: Cast, person: Callable[..., Cadre], as_user: AsUser
) -> None:
    item = Item.objects.get()
    discipline = person("演示纪委", "DISCIPLINE", COUNTY, "县纪委监委")
    red_lines.report_red_line(item_id=item.pk, line="FRAUD", said="照片是去年拍的", by=cast.accepter, at=AT)  # fmt: skip
    page, words = f"/batches/{batch.uid}/", item.text[:6]
    for path in (page, f"{page}2/"):
        assert words not in as_user(cast.accepter).get(path).content.decode()
    assert "已移送纪委监委" in as_user(cast.accepter).get(page).content.decode()
    book = as_user(cast.accepter).get(f"{page}?format=xlsx")
    content = b"".join(book.streaming_content) if book.streaming else book.content  # type: ignore[attr-defined]
    cells = [
        str(c)
        for row in load_workbook(io.BytesIO(content)).active.iter_rows(values_only=True)
        for c in row
    ]  # type: ignore[union-attr]
    assert item.number in cells and not any(words in c for c in cells)
    assert words in as_user(discipline).get(page).content.decode()


# --- 专访片、暗访片


@pytest.fixture
def film(cast: Cast) -> Batch:
    """One clip that is an item, one that the check refused, one without its moment in the film."""
    row = {"问题来源": "专访片暗访片", "批次": "", "片中时间": "03:25"}
    return batch_of(
        cast.accepter, item_row(**row), item_row(**{**row, "片中时间": "07:40", "问题": "路灯不亮", "类别": "错"}),
        item_row(**{**row, "片中时间": "", "问题": "桥栏断了"}),
    )  # fmt: skip


def test_a_film_ends_when_each_clip_is_an_item_or_was_judged_in_writing(
    film: Batch, cast: Cast, as_user: AsUser
) -> None:
    assert film.source == "FILM" and fates(film) == ["LEDGERED", "UNDECIDED", "UNDECIDED"]
    assert "片中时间" in film.rows.get(number=4).reason and film.rows.get(number=3).clip == "07:40"
    page, office, inspector = f"/batches/{film.uid}/", as_user(cast.accepter), as_user(cast.inspector)  # fmt: skip
    for number in (3, 4):
        refused = office.post(page)
        assert refused.status_code == 422 and refused.content.decode().count("没定去向") == 1
        shown = office.get(f"{page}{number}/").content.decode()
        assert 'value="reject"' not in shown and "由督查组写明原因" in shown
        assert office.post(f"{page}{number}/", {"verb": "reject", "reason": "片子拍错了村"}).status_code == 200  # fmt: skip
        with pytest.raises(NotYours, match="由督查组写明原因"):
            batches.reject_row(row_id=film.rows.get(number=number).pk, reason="拍错了村", by=cast.accepter, at=AT)  # fmt: skip
        assert 'value="reject"' in inspector.get(f"{page}{number}/").content.decode()
        assert inspector.post(f"{page}{number}/", {"verb": "reject", "reason": ""}).status_code == 422  # fmt: skip
        assert inspector.post(f"{page}{number}/", {"verb": "reject", "reason": "片子拍错了村"}).status_code == 302  # fmt: skip
    assert inspector.post(page).status_code == 403
    assert office.post(page).status_code == 302 and Batch.objects.get().ended_at
    whole = office.get(page).content.decode()
    assert "07:40" in whole and "片子拍错了村" in whole and cast.inspector.name in whole


def test_the_database_lets_nobody_else_reject_a_clip(film: Batch, cast: Cast) -> None:
    row = film.rows.get(number=3)
    reject = "UPDATE rectification_batchrow SET fate = 'REJECTED', reason = '不属实', by_id = %s, at = %s WHERE id = %s"
    for who, name in ((cast.accepter, "batch_film"), (cast.clerk, "batch_film"), (cast.inspector, "")):  # fmt: skip
        with transaction.atomic(), connection.cursor() as c:
            if name:
                with pytest.raises(IntegrityError, match=name), transaction.atomic():
                    c.execute(reject, [who.pk, AT, row.pk])
            else:
                c.execute(reject, [who.pk, AT, row.pk])
    for number in (3, 4):
        if film.rows.get(number=number).fate == "UNDECIDED":
            with pytest.raises(IntegrityError, match="batch_undecided"), transaction.atomic():
                Batch.objects.filter(pk=film.pk).update(ended_at=AT, ended_by=cast.accepter)


def test_an_item_of_a_film_is_dismissed_by_the_inspectors_alone(
    film: Batch, cast: Cast, as_user: AsUser
) -> None:
    """Else whoever may not say it of the clip would say it of its item."""
    item = Item.objects.get()
    page = f"/items/{item.uid}/"
    shown = as_user(cast.accepter).get(page).content.decode()
    assert "审核成立" in shown and f"{page}dismiss/" not in shown and "由督查组写明原因" in shown
    refused = as_user(cast.accepter).post(f"{page}dismiss/", {"opinion": "不属实"})
    assert refused.status_code == 422 and "由督查组写明原因" in refused.content.decode()
    assert fresh(item).status == "REGISTERED"
    own = as_user(cast.inspector).get(page).content.decode()
    assert f"{page}dismiss/" in own and f"{page}confirm/" not in own and f"{page}merge/" not in own
    assert as_user(cast.inspector).post(f"{page}confirm/").status_code in (403, 422)
    assert fresh(item).status == "REGISTERED"
    assert as_user(cast.inspector).post(f"{page}dismiss/", {"opinion": "片子拍错了村"}).status_code == 302  # fmt: skip
    assert fresh(item).status == "DISMISSED"


def test_a_film_of_refused_rows_alone_is_still_a_film(cast: Cast) -> None:
    made = batch_of(cast.accepter, item_row(问题来源="专访片暗访片", 片中时间="03:25", 类别="错"))
    assert made.source == "FILM"
