"""A result file: every row with a problem is ledgered, merged, rejected or in sight."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from cadres.actions.imports import decide, upload
from cadres.models import Cadre, ImportRun
from cadres.tasks import run_import
from households.models import Household
from inspections.actions import suspects
from inspections.figures import report
from inspections.models import Evaluation, Result, Suspect
from rectification.actions.batches import end_batch, merge_row
from rectification.models import Batch, Item
from tests.cast import Cast
from tests.county import AT
from tests.households.builders import idno
from tests.inspections.evaluating import argued, homes
from yuexi.core import clock
from yuexi.core.refusals import BadInput, Refusal

pytestmark = pytest.mark.django_db
HEADERS = [
    "户编号",
    "户类型",
    "调查人数",
    "建档立卡人数",
    "错退人数",
    "漏评人数",
    "是否认可",
    "问题原文",
    "类别",
    "结论",
]


def book(rows: list[dict[str, Any]]) -> bytes:
    buffer = io.BytesIO()
    made = xlsxwriter.Workbook(buffer, {"in_memory": True})
    sheet = made.add_worksheet()
    sheet.write_row(0, 0, HEADERS)
    for number, row in enumerate(rows, start=1):
        for at, header in enumerate(HEADERS):
            if row.get(header, "") != "":
                sheet.write(number, at, row[header])
    made.close()
    return buffer.getvalue()


def row(home: Household, **changes: Any) -> dict[str, Any]:
    registered = 3 if home.kind == "LIFTED" else 0
    return {
        "户编号": home.national_no,
        "调查人数": 3,
        "建档立卡人数": registered,
        "是否认可": "是",
        **changes,
    }


@pytest.fixture
def lifted(cast: Cast) -> list[Household]:
    return [h for h in homes() if h.kind == "LIFTED"]


def bring(rows: list[dict[str, Any]], cast: Cast, *, accept: bool = True) -> ImportRun:
    details = {"title": "演示第三方评估", "document_no": "评〔2026〕8号", "began": "2026-11-10"}
    run = upload(kind="EVALUATION", content=book(rows), name="结果.xlsx", details=details, by=cast.accepter, at=AT)  # fmt: skip
    run_import(run.pk)
    run.refresh_from_db()
    if accept and run.status == "READY":
        decide(run_id=run.pk, accept=True, by=cast.accepter, at=AT)
        run_import(run.pk)
        run.refresh_from_db()
    return run


def file_of(lifted: list[Household]) -> list[dict[str, Any]]:
    general = Household.objects.filter(kind="GENERAL").order_by("pk")
    return [
        row(lifted[0], 错退人数=3, 问题原文="收入不稳", 类别="务工就业", 结论="认定"),
        row(lifted[0], 是否认可="否", 问题原文="没人来过", 类别="政策落实", 结论="认定"),
        row(lifted[1], 错退人数=1, 问题原文="房子漏雨", 类别="住房安全", 结论="疑似"),
        row(lifted[2], 问题原文="水压低", 类别="饮水安全", 结论="排除"),
        row(general[0], 漏评人数=2, 问题原文="没有识别", 类别="政策落实"),
        row(general[1]),
        row(lifted[3], 户编号="0082999", 问题原文="户编号写错了", 类别="其他"),
        row(lifted[4], 错退人数=9, 问题原文="人数写错了", 类别="其他"),
    ]  # fmt: skip


def fates() -> Counter[str]:
    return Counter(Batch.objects.get().rows.values_list("fate", flat=True))


def test_every_row_is_accounted_for(cast: Cast, lifted: list[Household]) -> None:
    run = bring(file_of(lifted), cast)
    assert (run.status, run.total, run.created, run.refused) == ("DONE", 8, 6, 2)
    evaluation, batch = Evaluation.objects.get(), Batch.objects.get()
    assert (evaluation.stage, evaluation.results.count(), evaluation.suspects.count()) == (
        "RELEASED",
        5,
        5,
    )
    # Seven rows say a problem or could not be read; the eighth household had none.
    assert batch.count == 7
    assert fates() == {"LEDGERED": 2, "REJECTED": 1, "UNDECIDED": 4}
    assert Item.objects.filter(source_kind="evaluation", source="EVALUATION").count() == 2
    told = {
        f.indicator: f.ratio
        for f in report(evaluation, "suspected", today=AT.date()).figures
        if f.ratio
    }
    assert (told["WRONG_EXIT"].top, told["WRONG_EXIT"].bottom) == (4, 9)
    assert (told["APPROVAL"].top, told["APPROVAL"].bottom) == (4, 5)
    assert Result.objects.get(household=lifted[0]).wrong == 3


def test_what_is_argued_settles_its_row_of_the_file(cast: Cast, lifted: list[Household]) -> None:
    bring(file_of(lifted), cast)
    batch = Batch.objects.get()
    roof, missed = Suspect.objects.get(text="房子漏雨"), Suspect.objects.get(text="没有识别")
    now = clock.now()  # the worker released it by the real clock
    argued(roof, cast.clerk, at=now)
    letter = {"document_no": "评〔2026〕9号", "by": cast.accepter, "at": now}
    suspects.decide(suspect=roof, found=False, opinion="已修好", **letter)  # type: ignore[arg-type]
    item = suspects.decide(suspect=missed, found=True, opinion="属实", **letter)  # type: ignore[arg-type]
    assert fates() == {"LEDGERED": 3, "REJECTED": 2, "UNDECIDED": 2}
    assert missed.batch_row_id and batch.rows.get(pk=missed.batch_row_id).item == item
    with pytest.raises(BadInput, match="还有 2 行"):
        end_batch(batch_id=batch.pk, by=cast.accepter, at=AT)
    for waiting in batch.rows.filter(fate="UNDECIDED"):
        assert item and waiting.reason
        merge_row(row_id=waiting.pk, into=item, by=cast.accepter, at=now)
    end_batch(batch_id=batch.pk, by=cast.accepter, at=now)
    counts = fates()
    assert batch.count == counts["LEDGERED"] + counts["MERGED"] + counts["REJECTED"]
    suspects.conclude(evaluation=Evaluation.objects.get(), by=cast.accepter, at=now)


def test_the_same_file_is_one_evaluation(cast: Cast, lifted: list[Household]) -> None:
    rows = file_of(lifted)
    bring(rows, cast)
    again = bring(rows, cast)
    assert again.status == "FAILED" and "已经导入" in again.message
    assert Evaluation.objects.count() == 1 and Item.objects.count() == 2


@pytest.mark.parametrize(
    "changes, why",
    [
        ({"建档立卡人数": 4}, "不能超过调查人数"), ({"错退人数": 4}, "不能超过建档立卡人数"), ({"漏评人数": 1}, "不能超过没有建档立卡"),
        ({"错退人数": 1, "是否认可": "否", "问题原文": "x", "类别": "其他"}, "一行只写一个问题"), ({"错退人数": 1}, "要写原话"),
        ({"问题原文": "漏雨"}, "要选类别"), ({"调查人数": ""}, "都要填"), ({"是否认可": ""}, "都要填"), ({"户类型": "一般农户", "错退人数": 1}, "不是脱贫户"),
        ({"结论": "也许"}, "可填"), ({"问题原文": "证件 999999197001010018", "类别": "其他"}, ""),
    ],
)  # fmt: skip
def test_wrong_rows_say_why(
    cast: Cast, lifted: list[Household], changes: dict[str, Any], why: str
) -> None:
    run = bring([row(lifted[0], **changes), row(lifted[1])], cast, accept=False)
    if why:
        assert (run.status, run.created, run.refused) == ("READY", 1, 1)
        assert why in run.reasons["2"][0], run.reasons


def test_rows_of_one_household_agree(cast: Cast, lifted: list[Household]) -> None:
    run = bring(
        [row(lifted[0], 问题原文="一", 类别="其他"), row(lifted[0], 调查人数=5, 是否认可="否", 问题原文="二", 类别="其他"),
         row(lifted[0], 问题原文="三", 类别="其他")],
        cast, accept=False,
    )  # fmt: skip
    assert (run.created, run.refused) == (1, 2)
    assert "人数要一样" in run.reasons["3"][0] and "前面已有一行" in run.reasons["4"][0]


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"began": "2026-13-40"}, "这样的日期"),
        ({"began": "2999-01-01"}, "不能晚于今天"),
        ({"title": f"评估{idno(7)}"}, "证件号码"),
        ({"document_no": idno(7)}, "证件号码"),
    ],
)
def test_what_goes_with_the_file_is_refused_with_it(
    changes: dict[str, str], words: str, cast: Cast, lifted: list[Household], as_user: Callable[[Cadre], Client]
) -> None:  # fmt: skip
    file = SimpleUploadedFile("结果.xlsx", book([row(lifted[0])]))
    told = {"title": "演示评估", "document_no": "评〔2026〕8号", "began": "2026-11-10", **changes}
    answer = as_user(cast.accepter).post("/imports/new/EVALUATION/", {**told, "file": file})
    assert answer.status_code == 422 and words in answer.content.decode()
    assert not ImportRun.objects.exists()


def test_nobody_else_imports(cast: Cast, lifted: list[Household]) -> None:
    with pytest.raises(Refusal):
        upload(
            kind="EVALUATION",
            content=book(file_of(lifted)),
            name="结果.xlsx",
            details={},
            by=cast.clerk,
            at=AT,
        )
