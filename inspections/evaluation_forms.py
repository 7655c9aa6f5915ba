from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms

from cadres.categories import CATEGORIES
from cadres.forms import DayInput
from cadres.models import Area, Cadre
from inspections.actions.evaluations import LAYERS
from inspections.forms import ManyFiles, Photos
from inspections.models import Evaluation, LeavingStep, Suspect, Yardstick
from inspections.sheets import QUESTIONS, Sheet
from yuexi.core import clock


class EvaluationForm(forms.Form):
    kind = forms.ChoiceField(
        label="哪一种", choices=Evaluation.Kind.choices, widget=forms.RadioSelect,
        initial="REHEARSAL", help_text="模拟评估由督查组抽取、本县干部交叉入户；第三方评估由评估组自己抽取",
    )  # fmt: skip
    title = forms.CharField(label="名称", max_length=60)
    document_no = forms.CharField(label="通知文号", max_length=40, required=False)
    start = forms.DateField(label="开始日期", widget=DayInput())
    last_day = forms.DateField(
        label="最后一天", widget=DayInput(), help_text="评估账号过了这天就打不开"
    )
    townships = forms.ModelMultipleChoiceField(
        Area.objects.none(), label="乡镇", widget=forms.CheckboxSelectMultiple
    )
    layers = forms.MultipleChoiceField(
        label="户类型", choices=list(LAYERS.items()), widget=forms.CheckboxSelectMultiple,
        initial=list(LAYERS),
    )  # fmt: skip
    villages = forms.IntegerField(label="每个乡镇抽几个村", min_value=1, max_value=50, initial=2)
    take = forms.IntegerField(
        label="每村每种户抽几户", min_value=1, max_value=200, initial=10,
        help_text="一个村的一种户类型是一层",
    )  # fmt: skip
    spare = forms.IntegerField(label="每层备用几户", min_value=0, max_value=200, initial=5)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["townships"]
        field.queryset = Area.objects.filter(
            level=Area.Level.TOWNSHIP, children__isnull=False
        ).distinct().order_by("code")  # fmt: skip
        self.fields["start"].initial = clock.today() + timedelta(days=1)
        self.fields["last_day"].initial = clock.today() + timedelta(days=14)

    def facts(self) -> dict[str, Any]:
        return {**self.cleaned_data, "townships": list(self.cleaned_data["townships"])}


class SurveyorForm(forms.Form):
    cadre = forms.ModelChoiceField(Cadre.objects.none(), label="成员", empty_label="请选择")
    lead = forms.BooleanField(label="任组长", required=False)

    def __init__(self, *args: Any, people: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["cadre"]
        field.queryset = people
        field.label_from_instance = lambda c: f"{c.name}（{c.unit}）"


class EvaluatorForm(forms.Form):
    name = forms.CharField(label="姓名", max_length=30)
    work_no = forms.CharField(label="账号", max_length=20, help_text="登录用，例如 PG001")
    phone = forms.CharField(label="手机号", max_length=20, required=False)
    lead = forms.BooleanField(label="任组长", required=False)


class LastDayForm(forms.Form):
    last_day = forms.DateField(label="新的最后一天", widget=DayInput())


# Each number has its words beside it.
IN_ORDER = (
    "wrong",
    "problem_WRONG_EXIT",
    "missed",
    "problem_MISSED",
    "approves",
    "problem_DISAPPROVAL",
)
ANSWERS = (("yes", "有保障"), ("no", "有问题"))


class SheetForm(forms.Form):
    """One household's sheet, as it is asked at the door."""

    people = forms.IntegerField(label="家庭人口", min_value=1, max_value=60)
    registered = forms.IntegerField(
        label="其中建档立卡人数", min_value=0, max_value=60, help_text="一般农户填 0"
    )
    wrong = forms.IntegerField(
        label="疑似错退人数", min_value=0, max_value=60, initial=0, help_text="只看脱贫户"
    )
    missed = forms.IntegerField(
        label="疑似漏评人数", min_value=0, max_value=60, initial=0,
        help_text="没有建档立卡却应该在的，也包括户内应纳未纳",
    )  # fmt: skip
    approves = forms.ChoiceField(
        label="对帮扶工作是否认可", choices=(("yes", "认可"), ("no", "不认可")), widget=forms.RadioSelect
    )  # fmt: skip
    problem_WRONG_EXIT = forms.CharField(label="错退的情况", max_length=500, required=False)
    problem_MISSED = forms.CharField(label="漏评的情况", max_length=500, required=False)
    problem_DISAPPROVAL = forms.CharField(label="不认可的原因", max_length=500, required=False)
    problem_OTHER = forms.CharField(label="其他问题", max_length=500, required=False)
    category = forms.ChoiceField(
        label="问题类别", required=False, choices=[("", "没有问题"), *((c, c) for c in CATEGORIES)]
    )
    said = forms.CharField(label="情况", max_length=200, required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        questions = {
            f"ask_{code}": forms.ChoiceField(label=label, choices=ANSWERS, widget=forms.RadioSelect)
            for code, label in QUESTIONS.items()
        }
        own = dict(self.fields)
        self.fields = {
            **{n: own.pop(n) for n in ("people", "registered")}, **questions,
            **{n: own.pop(n) for n in IN_ORDER}, **own,
        }  # fmt: skip
        for kind in Suspect.Kind.values:
            self.fields[f"problem_{kind}"].widget = forms.Textarea(
                {"rows": 2, "placeholder": "照实写，以后不能改"}
            )

    @staticmethod
    def of(sheet: Sheet) -> dict[str, Any]:
        given: dict[str, Any] = {n: getattr(sheet, n) for n in ("people", "registered", "wrong", "missed", "category", "said")}  # fmt: skip
        given["approves"] = "yes" if sheet.approves else "no"
        given |= {f"problem_{k}": v for k, v in sheet.problems.items()}
        return given | {f"ask_{k}": "yes" if v else "no" for k, v in sheet.answers.items()}

    def facts(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        answers = {code: given.pop(f"ask_{code}") == "yes" for code in QUESTIONS}
        problems = {kind: given.pop(f"problem_{kind}") for kind in Suspect.Kind.values}
        return {**given, "approves": given["approves"] == "yes", "answers": answers, "problems": problems}  # fmt: skip


class ReplaceHomeForm(forms.Form):
    why = forms.CharField(label="换户原因", max_length=200)


class ArgueForm(forms.Form):
    text = forms.CharField(
        label="举证说明", max_length=500, widget=forms.Textarea({"rows": 3}),
        help_text="事实是什么、每份材料证明什么",
    )  # fmt: skip
    papers = ManyFiles(
        label="材料", required=False, widget=Photos(),
        help_text="照片、PDF、Word 或 Excel，可多选，至少一份",
    )  # fmt: skip


class DecideForm(forms.Form):
    """认定 or 排除 is the button that sends it."""

    opinion = forms.CharField(label="认定意见", max_length=300, widget=forms.Textarea({"rows": 2}))
    document_no = forms.CharField(label="来文文号", max_length=40, required=False)

    def __init__(self, *args: Any, by_letter: bool, **kwargs: Any) -> None:
        """What a third party decided in writing is entered by the number of its letter."""
        super().__init__(*args, **kwargs)
        self.fields["document_no"].required = by_letter


class YardstickForm(forms.Form):
    code = forms.ChoiceField(label="哪一条口径", choices=Yardstick.Code.choices)
    value = forms.CharField(
        label="取值", max_length=20,
        help_text="百分数填 2 或 2.00%；等于上限时填“按不符合判”或“按符合判”；分母填“抽查的非建档立卡人口”或“抽查村未建档立卡农村人口”；人口填人数",
    )  # fmt: skip
    document = forms.CharField(label="依据文件", max_length=100)
    document_no = forms.CharField(label="依据文号", max_length=40)
    start = forms.DateField(label="起用日期", widget=DayInput())


class LeavingForm(forms.Form):
    title = forms.CharField(label="名称", max_length=60)
    target = forms.DateField(label="目标日期", widget=DayInput(), help_text="首页按这一天倒计时")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for code, label in LeavingStep.Code.choices:
            self.fields[code] = forms.DateField(label=f"{label}（计划日期）", widget=DayInput())

    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        return {"title": given["title"], "target": given["target"], "planned": {c: given[c] for c in LeavingStep.Code.values}}  # fmt: skip


class GateForm(forms.Form):
    green = forms.ChoiceField(
        label="是否符合", choices=(("", "只写说明"), ("yes", "符合"), ("no", "不符合")), required=False
    )  # fmt: skip
    text = forms.CharField(label="说明", max_length=500, widget=forms.Textarea({"rows": 2}))
    document_no = forms.CharField(label="依据文号", max_length=40, required=False)


class FinishForm(forms.Form):
    done = forms.DateField(label="完成日期", widget=DayInput())
    document_no = forms.CharField(label="文号", max_length=40)
    said = forms.CharField(label="结果", max_length=200, required=False)
    file = forms.FileField(label="盖章件", required=False, help_text="照片或 PDF")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["done"].initial = clock.today()


class PlannedForm(forms.Form):
    planned = forms.DateField(label="新的计划日期", widget=DayInput())
