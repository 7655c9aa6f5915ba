"""Shape of what is typed on the pages of standards, checks and income lines."""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Any

from django import forms

from cadres.categories import CATEGORIES
from cadres.forms import DayInput
from inspections.models import IncomeLine, Indicator, Judgement, Standard

FRACTION = re.compile(r"(\d{1,15})\s*/\s*(\d{1,15})")
PERCENT = re.compile(r"(\d{1,6})(?:\.(\d{1,6}))?\s*[%％]")
NUMBER = re.compile(r"\d{1,12}")
TEST = "代码｜名称｜问题｜数值（没有填 0）｜单位"


def threshold_of(text: str) -> tuple[int, int]:
    """'2%', '2.00 ％', '1/3' or '5000' as integers; what was typed is never rounded."""
    text = text.strip()
    if found := FRACTION.fullmatch(text):
        num, den = int(found[1]), int(found[2])
    elif found := PERCENT.fullmatch(text):
        part = found[2] or ""
        exact = Fraction(int(found[1] + part), 100 * 10 ** len(part))
        num, den = (exact * 100).numerator, (exact * 100).denominator * 100
    elif NUMBER.fullmatch(text):
        num, den = int(text), 1
    else:
        num, den = 0, 0
    if den <= 0:
        raise forms.ValidationError("阈值写成 2%、1/3 或 5000 这样的形式，分母不能是 0。")
    return num, den


def threshold_text(values: dict[str, Any]) -> str:
    num, den = values.get("threshold_num"), values.get("threshold_den")
    if num is None or not den:
        return ""
    exact = Fraction(num * 100, den)
    if den > 1 and 10_000 % exact.denominator == 0:
        return f"{float(exact):g}%"
    return str(num) if den == 1 else f"{num}/{den}"


class StandardForm(forms.Form):
    name = forms.CharField(label="标准名称", max_length=60)
    start = forms.DateField(label="生效日期", widget=DayInput())
    end = forms.DateField(
        label="失效日期（不含当日）", required=False, widget=DayInput(), help_text="一般不填：下一版生效时自动失效"
    )  # fmt: skip
    basis = forms.CharField(label="依据文件", max_length=120, required=False)
    document_no = forms.CharField(
        label="文号", max_length=60, required=False, help_text="没有查到文号就空着，页面上会显示“口径待核定”"
    )  # fmt: skip
    why = forms.CharField(label="提出理由", max_length=200, widget=forms.Textarea({"rows": 2}))


class IndicatorForm(forms.Form):
    code = forms.CharField(label="代码", max_length=20, help_text="大写字母开头，各版不变")
    name = forms.CharField(label="指标", max_length=40)
    formula = forms.CharField(label="口径", max_length=300, widget=forms.Textarea({"rows": 2}))
    judged = forms.ChoiceField(label="怎么判定", choices=Indicator.Judged.choices)
    applies = forms.MultipleChoiceField(
        label="适用的户", choices=Indicator.Applies.choices, required=False, widget=forms.CheckboxSelectMultiple
    )  # fmt: skip
    unit = forms.ChoiceField(label="计算单位", choices=Indicator.Unit.choices)
    comparison = forms.ChoiceField(
        label="比较", choices=[("", "没有阈值"), *Indicator.Comparison.choices], required=False
    )
    threshold = forms.CharField(
        label="阈值", max_length=30, required=False, help_text="2%、1/3 或 5000"
    )
    strict = forms.BooleanField(label="正好等于阈值算不合格", required=False)
    line = forms.ChoiceField(
        label="对照的收入线", choices=[("", "不对照"), *IncomeLine.Kind.choices], required=False
    )
    question = forms.CharField(
        label="入户问题", max_length=200, required=False, help_text="空着就不在入户问卷里问"
    )
    yes = forms.CharField(label="合格的回答", max_length=40, required=False, initial="是")
    no = forms.CharField(label="不合格的回答", max_length=40, required=False, initial="否")
    tests = forms.CharField(
        label="分项（一行一项）", required=False, widget=forms.Textarea({"rows": 3}), help_text=TEST
    )
    category = forms.ChoiceField(label="转整改时的类别", choices=[(c, c) for c in CATEGORIES])
    basis = forms.CharField(label="依据文件", max_length=120, required=False)
    document_no = forms.CharField(label="文号", max_length=60, required=False)
    remove = forms.BooleanField(label="这一版不要这个指标", required=False)

    def __init__(self, *args: Any, level: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        if level != Standard.Level.HOUSEHOLD:
            for name in ("applies", "line", "question", "yes", "no", "tests"):
                del fields[name]
            kinds: tuple[str, ...] = {
                "VILLAGE": ("MANUAL", "POVERTY_RATE"),
                "COUNTY": ("MANUAL", "RATE"),
            }[level]
        else:
            kinds = ("MANUAL", "HOUSE", "WATER", "SCHOOL", "INSURED", "INCOME", "RISK", "HELPER")
            for name in ("comparison", "threshold", "strict"):
                del fields[name]
        fields["judged"].choices = [c for c in Indicator.Judged.choices if c[0] in kinds]

    def clean_code(self) -> str:
        code = self.cleaned_data["code"].strip().upper()
        if not re.fullmatch("[A-Z][A-Z0-9_]*", code):
            raise forms.ValidationError("代码只能用大写字母、数字和下划线，以字母开头。")
        return str(code)

    def clean_tests(self) -> list[dict[str, Any]]:
        found = []
        for text in self.cleaned_data["tests"].splitlines():
            if not text.strip():
                continue
            parts = [p.strip() for p in re.split(r"[｜|]", text)]
            if len(parts) != 5 or not re.fullmatch("[A-Z][A-Z0-9_]{0,19}", parts[0]) or not re.fullmatch(r"\d{1,9}", parts[3]):  # fmt: skip
                raise forms.ValidationError(f"“{text[:30]}”写得不对，请按“{TEST}”，代码用大写字母，数值用整数。")  # fmt: skip
            found.append({"code": parts[0], "name": parts[1], "text": parts[2], "num": int(parts[3]), "unit": parts[4]})  # fmt: skip
        if len({t["code"] for t in found}) < len(found):
            raise forms.ValidationError("分项的代码有重复，请改成各不相同。")
        return found

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if given.get("remove"):
            self.errors.clear()
            return given
        if "threshold" in self.fields and given.get("comparison"):
            try:
                given["num"], given["den"] = threshold_of(given.get("threshold", ""))
            except forms.ValidationError as error:
                self.add_error("threshold", error)
        return given

    def values(self) -> dict[str, Any]:
        """As the model takes them."""
        given = dict(self.cleaned_data)
        given.pop("remove")
        given.pop("threshold", None)
        num, den = given.pop("num", None), given.pop("den", None)
        for name, plain in (("yes", "是"), ("no", "否")):
            if name in given:
                given[name] = given[name].strip() or plain
        return {**given, "threshold_num": num, "threshold_den": den}


if TYPE_CHECKING:
    FormSet = forms.BaseFormSet[IndicatorForm]
else:
    FormSet = forms.BaseFormSet


class Indicators(FormSet):
    def rows(self) -> list[dict[str, Any]]:
        kept = [f for f in self.forms if f.has_changed() or f.initial]
        return [f.values() for f in kept if not f.cleaned_data.get("remove")]


IndicatorSet = forms.formset_factory(
    IndicatorForm, formset=Indicators, extra=0, max_num=40, absolute_max=40
)


def initial_of(values: dict[str, Any]) -> dict[str, Any]:
    """What a form shows of an indicator's values."""
    tests = "\n".join("｜".join(str(t[k]) for k in ("code", "name", "text", "num", "unit")) for t in values.get("tests", []))  # fmt: skip
    plain = {"yes": "是", "no": "否", "strict": True, "category": "其他"}
    return {**plain, **values, "tests": tests, "threshold": threshold_text(values)}


class DecideForm(forms.Form):
    said = forms.CharField(
        label="意见", max_length=200, required=False, widget=forms.Textarea({"rows": 2}), help_text="退回必须写明原因"
    )  # fmt: skip


class LineForm(forms.Form):
    kind = forms.ChoiceField(label="收入线", choices=IncomeLine.Kind.choices)
    yuan = forms.IntegerField(label="元/人·年", min_value=1, max_value=1_000_000)
    start = forms.DateField(label="生效日期", widget=DayInput())
    end = forms.DateField(
        label="失效日期（不含当日）", required=False, widget=DayInput(), help_text="一般不填：下一条生效时自动失效"
    )  # fmt: skip
    document_no = forms.CharField(
        label="文号", max_length=60, required=False, help_text="没有文号显示“口径待核定”"
    )
    note = forms.CharField(label="说明", max_length=120, required=False)


class AnswerForm(forms.Form):
    answer = forms.ChoiceField(
        label="结论", choices=Judgement.Answer.choices, widget=forms.RadioSelect
    )
    said = forms.CharField(label="看到的情况", max_length=200, widget=forms.Textarea({"rows": 2}))
    photo = forms.FileField(
        label="照片或扫描件", required=False, help_text="自愿，JPG、PNG 或 PDF",
        widget=forms.ClearableFileInput({"accept": "image/*,application/pdf"}),
    )  # fmt: skip


@dataclass(frozen=True)
class Difference:
    name: str
    what: str
    before: str
    after: str


SAID = (
    ("name", "指标"), ("formula", "口径"), ("threshold", "阈值"), ("get_unit_display", "计算单位"), ("get_judged_display", "怎么判定"),
    ("applies_words", "适用的户"), ("question", "入户问题"), ("basis", "依据文件"), ("document", "文号"), ("parts", "分项"),
)  # fmt: skip


def compare(before: Standard, after: Standard) -> list[Difference]:
    """Indicator by indicator, known by its code."""
    then = {i.code: i for i in indicators_of(before)}
    now = {i.code: i for i in indicators_of(after)}
    found = [Difference(i.name, "新增指标", "", i.formula) for c, i in now.items() if c not in then]
    found += [Difference(i.name, "取消指标", i.formula, "") for c, i in then.items() if c not in now]  # fmt: skip
    for code in [c for c in now if c in then]:
        for name, what in SAID:
            old, new = said_of(then[code], name), said_of(now[code], name)
            if old != new:
                found.append(Difference(now[code].name, what, old or "（无）", new or "（无）"))
    return found


def indicators_of(standard: Standard) -> list[Indicator]:
    found = list(standard.indicators.order_by("order", "pk"))
    for indicator in found:
        indicator.standard = standard
    return found


def said_of(indicator: Indicator, name: str) -> str:
    if name == "parts":
        return "；".join(indicator.parts)
    value = getattr(indicator, name)
    return str(value() if callable(value) else value)
