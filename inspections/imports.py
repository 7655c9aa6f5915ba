"""第三方评估 by workbook: the evaluator's sheets as a file. The whole file is one evaluation, whose
problems are one 来文批次: each row with a problem is ledgered, merged, rejected or in sight."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from pathlib import PurePath
from typing import Any

from django import forms
from django.db.models import Q

from cadres.categories import CATEGORIES
from cadres.events import record
from cadres.forms import UploadForm
from cadres.imports.cells import Column, identifier, one_of, text, whole, words, yes_no
from cadres.imports.importer import Importer
from cadres.imports.sheet import Sheet, read_row
from cadres.models import ImportRun
from households.models import Household
from inspections.actions import suspects
from inspections.actions.evaluations import argue_until, count_people, people_of, told
from inspections.evaluation_reads import SOURCE
from inspections.models import Evaluation, Result, Suspect
from rectification.actions.batches import FileRow, open_batch, settle_row
from rectification.imports import LONG_NUMBER
from rectification.models import BatchRow, Item
from yuexi.core import clock
from yuexi.core.refusals import BadInput, Refusal
from yuexi.core.secrecy import holds_idno

ROWS_MAX = 5000
KINDS = {label: code for code, label in Household.Kind.choices}
VERDICTS = {"": "", "疑似": "", "认定": "FOUND", "排除": "CLEARED"}


class ResultForm(UploadForm):
    title = forms.CharField(
        label="评估名称", max_length=60, help_text="例如：2026年省第三方评估岳西县结果"
    )
    document_no = forms.CharField(
        label="来文文号", max_length=40, help_text="表里“认定”“排除”的，凭这个文号登记"
    )
    began = forms.CharField(
        label="评估开始日期", max_length=10, widget=forms.TextInput({"type": "date"})
    )

    def clean_title(self) -> str:
        return _no_number(self.cleaned_data["title"])

    def clean_document_no(self) -> str:
        return _no_number(self.cleaned_data["document_no"])

    def clean_began(self) -> str:
        """Said with the file, not when the whole of it was checked and accepted."""
        try:
            return str(day_begun(self.cleaned_data["began"], clock.today()))
        except BadInput as refusal:
            raise forms.ValidationError(refusal.message) from None


def _no_number(said: str) -> str:
    if holds_idno(said):
        raise forms.ValidationError("里面有证件号码，请删去。")
    return said


def day_begun(said: str, today: date) -> date:
    try:
        start = date.fromisoformat(said)
    except ValueError:
        raise BadInput("began", "评估开始日期应为 2026-11-24 这样的日期。", field="began") from None
    if start > today:
        raise BadInput("began", "评估开始日期不能晚于今天。", field="began")
    return start


@dataclass
class Read:
    """A row that can be taken."""

    number: int
    home: Household
    kind: str  # of the household
    values: dict[str, Any]
    problem: str = ""  # Suspect.Kind


@dataclass
class Home:
    """What the rows of one household say together."""

    household: Household
    kind: str
    people: int
    registered: int
    wrong: int = 0
    missed: int = 0
    approves: bool = True
    rows: list[Read] = field(default_factory=list)


class EvaluationImporter(Importer):
    code = "EVALUATION"
    name = "第三方评估结果表"
    right = "evaluation.manage"
    about = "评估组交来的逐户结果，一行一户；一户有几个问题的分几行，人数相同。问题随文件成为一个来文批次，疑似的先举证再认定。"
    done_path = "/inspections/evaluations/"
    form = ResultForm
    keeps_refused = True
    columns = (
        Column("household", ("户编号",), identifier, True),
        Column("kind", ("户类型",), one_of({"": "", **KINDS}), False, "抽样时的户类型；留空取花名册现在的"),
        Column("people", ("调查人数", "家庭人口"), whole(1, 60), True, "这一户查到的全部人口"),
        Column("registered", ("建档立卡人数",), whole(0, 60), True, "其中在建档立卡系统里的人数；一般农户填 0"),
        Column("wrong", ("错退人数",), whole(0, 60)),
        Column("missed", ("漏评人数",), whole(0, 60)),
        Column("approves", ("是否认可",), yes_no, True),
        Column("text", ("问题原文", "问题", "问题描述"), words(500), False, "照来文原话"),
        Column("category", ("类别", "问题类别"), one_of({"": "", **{c: c for c in CATEGORIES}}), False, "、".join(CATEGORIES)),
        Column("verdict", ("结论",), one_of(VERDICTS), False, "疑似（留空即是）、认定、排除"),
    )  # fmt: skip

    def check(self, run: ImportRun) -> None:
        rows, reasons, total = self._analysed(run)
        ImportRun.objects.filter(pk=run.pk).update(
            status=ImportRun.Status.READY, total=total, seen=total, created=len(rows), refused=len(reasons), reasons=reasons,
        )  # fmt: skip

    def _analysed(self, run: ImportRun) -> tuple[list[Read], dict[int, list[str]], int]:
        """The whole file at once: rows of one household are weighed against each other."""
        same = Q(run__file__sha256=run.file.sha256) | Q(
            run__isnull=False,
            title=str(run.details.get("title")),
            document_no=str(run.details.get("document_no")),
        )
        again = Evaluation.objects.filter(same).exclude(run=run).first()
        if again:
            raise BadInput("imported", f"这份结果已经导入为“{again.title}”，不能再导一次；另一份结果请换名称或文号。", field="file")  # fmt: skip
        sheet = self.sheet(run)
        if len(sheet) > ROWS_MAX:
            raise BadInput("too_many_rows", f"一次最多 {ROWS_MAX} 行，这张表有 {len(sheet)} 行；请按乡镇分开。")  # fmt: skip
        read = [(number, *read_row(sheet.columns, row)) for number, row in sheet]
        wanted = {values.get("household", "") for _, values, _ in read}
        known = {h.national_no: h for h in Household.objects.filter(national_no__in=wanted).select_related("area")}  # fmt: skip
        homes: dict[int, Home] = {}
        rows: list[Read] = []
        reasons: dict[int, list[str]] = {}
        for number, values, against in read:
            household = known.get(values.get("household", ""))
            if not against:
                against = _against(values, household, homes)
            if against or household is None:
                reasons[number] = against
                continue
            made = Read(
                number, household, values.get("kind") or household.kind, values, _problem(values)
            )
            _add(made, homes)
            rows.append(made)
        return rows, reasons, len(sheet)

    def apply(self, run: ImportRun, at: datetime) -> None:
        with told():
            run = ImportRun.objects.select_for_update(of=("self",)).select_related("by", "file").get(pk=run.pk)  # fmt: skip
            if run.status != ImportRun.Status.APPLYING:
                raise Refusal("not_applying", "这次导入已经办完或已放弃。")
            rows, reasons, total = self._analysed(run)
            if rows:
                self._write(run, rows, reasons, at)
            elif reasons:
                open_batch(run=run, rows=list(file_rows(self.sheet(run), {}, reasons)), at=at)
            ImportRun.objects.filter(pk=run.pk).update(
                status=ImportRun.Status.DONE, total=total, created=len(rows), refused=len(reasons), reasons=reasons,
            )  # fmt: skip
            record("import.apply", run, by=run.by, at=at, after={"kind": run.kind, "CREATED": len(rows), "REFUSED": len(reasons)})  # fmt: skip

    def _write(
        self, run: ImportRun, rows: list[Read], reasons: dict[int, list[str]], at: datetime
    ) -> None:
        homes: dict[int, Home] = {}
        for row in rows:
            _add(row, homes)
        evaluation = _evaluation(run, homes, at)
        results = {pk: _result(evaluation, home) for pk, home in homes.items()}
        Result.objects.bulk_create(results.values())
        made = {
            row.number: Suspect(
                evaluation=evaluation, result=results[row.home.pk], area_id=row.home.area_id, kind=row.problem,
                persons=row.values.get({"WRONG_EXIT": "wrong", "MISSED": "missed"}.get(row.problem, ""), 0) or 0,
                category=row.values["category"], text=row.values["text"],
            )
            for row in rows if row.problem
        }  # fmt: skip
        Suspect.objects.bulk_create(made.values())
        record("evaluation.import", evaluation, by=run.by, at=at, after={
            "title": evaluation.title, "document_no": evaluation.document_no, "households": len(homes), "findings": len(made),
        })  # fmt: skip
        for row in rows:
            if row.problem and row.values.get("verdict"):
                suspects.decide(
                    suspect=made[row.number], found=row.values["verdict"] == "FOUND", opinion="按来文结论登记",
                    document_no=evaluation.document_no, by=run.by, at=at,
                )  # fmt: skip
        self._account(run, made, reasons, at)

    def _account(
        self, run: ImportRun, made: dict[int, Suspect], reasons: dict[int, list[str]], at: datetime
    ) -> None:
        """来文批次 of the rows that say a problem, and of those that could not be read."""
        if not made and not reasons:
            return
        batch = open_batch(
            run=run, rows=list(file_rows(self.sheet(run), made, reasons)), at=at, source_kind=SOURCE
        )  # fmt: skip
        by_number = {row.number: row for row in BatchRow.objects.filter(batch=batch)}
        for number, suspect in made.items():
            suspect.refresh_from_db()
            suspect.batch_row = by_number[number]
            suspect.save(update_fields=["batch_row"])
            if suspect.state == Suspect.State.CLEARED:
                settle_row(row_id=by_number[number].pk, item=None, reason="来文结论：排除", by=run.by, at=at)  # fmt: skip

    def reasons(self, run: ImportRun) -> dict[int, list[str]]:
        return {int(number): why for number, why in run.reasons.items()}


def _problem(values: dict[str, Any]) -> str:
    if values.get("wrong"):
        return "WRONG_EXIT"
    if values.get("missed"):
        return "MISSED"
    if values.get("approves") is False:
        return "DISAPPROVAL"
    return "OTHER" if values.get("text") else ""


def _against(
    values: dict[str, Any], household: Household | None, homes: dict[int, Home]
) -> list[str]:
    if household is None:
        return ["户编号：花名册里没有这个户编号，请核对"]
    people, registered = values.get("people"), values.get("registered")
    wrong, missed = values.get("wrong") or 0, values.get("missed") or 0
    approves = values.get("approves")
    kind = values.get("kind") or household.kind
    if people is None or registered is None or approves is None:
        return ["本行：调查人数、建档立卡人数和是否认可都要填，没有的填 0"]
    if registered > people:
        return [f"建档立卡人数：不能超过调查人数 {people} 人"]
    if wrong and kind != "LIFTED":
        return ["错退人数：错退只看脱贫户，这一户不是脱贫户"]
    if wrong > registered:
        return [f"错退人数：不能超过建档立卡人数 {registered} 人"]
    if missed > people - registered:
        return [f"漏评人数：不能超过没有建档立卡的 {people - registered} 人"]
    if sum((wrong > 0, missed > 0, approves is False)) > 1:
        return ["本行：一行只写一个问题；既错退又漏评或不认可的，请分成几行"]
    said = values.get("text", "")
    if _problem(values) and not said:
        return ["问题原文：有错退、漏评或不认可的，要写原话"]
    if said and not values.get("category"):
        return ["类别：有问题的要选类别"]
    if holds_idno(said):
        return ["问题原文：里面有证件号码，请删去"]
    return _beside(values, household, homes)


def _beside(values: dict[str, Any], household: Household, homes: dict[int, Home]) -> list[str]:
    """Against the earlier rows of the same household."""
    home = homes.get(household.pk)
    if home is None:
        return []
    if (home.people, home.registered) != (values["people"], values["registered"]):
        first = home.rows[0].number
        return [f"调查人数：与第 {first} 行同一户，人数要一样"]
    problem = _problem(values)
    if any(row.problem == problem for row in home.rows):
        return ["户编号：这一户同样性质的问题前面已有一行；同一户没有新问题的不要重复"]
    return []


def _add(row: Read, homes: dict[int, Home]) -> None:
    values = row.values
    home = homes.setdefault(
        row.home.pk, Home(row.home, row.kind, values["people"], values["registered"])
    )
    home.wrong += values.get("wrong") or 0
    home.missed += values.get("missed") or 0
    home.approves &= values["approves"]
    home.rows.append(row)


def _evaluation(run: ImportRun, homes: dict[int, Home], at: datetime) -> Evaluation:
    """Released as it comes in: it was the evaluator who kept it closed."""
    today = clock.day(at)
    start = day_begun(str(run.details.get("began")), today)
    made = Evaluation(
        kind=Evaluation.Kind.THIRD_PARTY, title=str(run.details.get("title") or PurePath(run.file.name).stem)[:60],
        document_no=str(run.details.get("document_no") or ""), start=start, until=max(today, start) + timedelta(days=1),
        stage=Evaluation.Stage.RELEASED, by=run.by, at=at, run=run, released_by=run.by, released_at=at,
        argue_due=argue_until(at),
    )  # fmt: skip
    count_people(made)
    villages = {home.household.area_id for home in homes.values()}
    made.village_people = people_of(Q(area__code__in=villages, kind="GENERAL"))
    made.save(force_insert=True)
    return made


def _result(evaluation: Evaluation, home: Home) -> Result:
    return Result(
        evaluation=evaluation, household=home.household, area_id=home.household.area_id,
        layer=str(Household.Kind(home.kind).label), kind=home.kind, outcome="SEEN", people=home.people,
        registered=home.registered, wrong=home.wrong, missed=home.missed, approves=home.approves,
    )  # fmt: skip


def file_rows(
    sheet: Sheet, made: dict[int, Suspect], reasons: dict[int, list[str]]
) -> list[FileRow]:
    """What was refused may hold an identity number: long numbers stay in the sealed file."""
    items = set(Item.objects.filter(source_kind=SOURCE, source_id__in=[s.pk for s in made.values()]).values_list("source_id", flat=True))  # fmt: skip
    at = {column.field: i for i, column in sheet.columns.items()}.get("text")
    found = []
    for number, row in sheet:
        if number not in made and number not in reasons:
            continue
        suspect = made.get(number)
        said = suspect.text if suspect else text(row[at]) if at is not None and at < len(row) else ""  # fmt: skip
        found.append(
            FileRow(
                number=number, text=(LONG_NUMBER.sub("（数字）", said) or "（没有写问题）")[:500], clip="", source="EVALUATION",
                source_id=suspect.pk if suspect and suspect.pk in items else None,
                why="；".join(reasons.get(number, []))[:300] if suspect is None else "疑似，待举证认定",
            )
        )  # fmt: skip
    return found
