from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

from django import forms

from cadres.calendar import due_date
from cadres.forms import DayInput
from cadres.models import Cadre
from households.models import Term
from households.querysets import term
from rectification.models import Item
from rectification.papers.facts import Draft
from rectification.papers.kinds import KINDS, Kind
from rectification.papers.wording import WORDS, title_of

SHOWN = {
    "DISPATCH": ("title", "to", "demand", "feedback", "cc", "contact"),
    "URGE": ("title", "to", "reason", "demand", "done_by", "consequence", "cc", "contact"),
    "BULLETIN": ("title", "to", "reason", "demand", "cc", "contact"),
    "REPORT": ("title", "to", "reason", "plan", "contact"),
    "CLOSING": ("title",),
    "LOOKBACK": ("title",),
}


def area(label: str, help_text: str = "") -> forms.CharField:
    return forms.CharField(
        label=label, max_length=600, help_text=help_text, widget=forms.Textarea({"rows": 3})
    )


class DraftForm(forms.Form):
    """What a person says on the sheet; the rest are the items' own facts."""

    title = forms.CharField(label="标题", max_length=60)
    to = forms.CharField(
        label="主送", max_length=200, required=False,
        help_text="不填就是勾选事项的责任单位；几个单位用“、”隔开，不写末尾的冒号",
    )  # fmt: skip
    reason = area("事由")
    demand = area("要求")
    done_by = forms.DateField(label="办结时限", widget=DayInput())
    consequence = area("再不落实的处理")
    feedback = area("反馈方式")
    plan = area("下一步打算")
    cc = forms.CharField(label="抄送", max_length=200, required=False)
    contact = forms.CharField(label="联系人", max_length=60, required=False)

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        shown = SHOWN[kind.code]
        self.fields = {name: self.fields[name] for name in shown}
        if kind.code in ("BULLETIN", "REPORT"):
            self.fields["reason"].label = "开头的情况"

    def draft(self) -> Draft:
        return Draft(**{"to": "", **self.cleaned_data})


def proposed(kind: Kind, items: Sequence[Item], by: Cadre, today: date) -> dict[str, Any]:
    """Words that an official would write, to be changed before the draft is made."""
    made: dict[str, Any] = {
        "title": title_of(kind, len(items), today),
        "contact": f"{by.unit.name if by.unit else ''}　{by.name}".strip(),
        **WORDS.get(kind.code, {}),
    }  # fmt: skip
    if kind.code == "URGE":
        made["done_by"] = due_date(today, 5).date
    elif kind.code == "REPORT":
        made["to"] = term(Term.Thing.ISSUER, today)
    return made


class SignForm(forms.Form):
    document_no = forms.CharField(
        label="文号",
        max_length=40,
        required=False,
        help_text="照发文登记簿填，例如 岳农工办〔2026〕12号",
    )
    signed_off_by = forms.CharField(label="签发人", max_length=20)

    def __init__(self, *args: Any, kind: Kind, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not kind.formal:
            self.fields["document_no"].help_text += "；没有编文号的不填"
        else:
            self.fields["document_no"].required = True


class ReasonForm(forms.Form):
    reason = forms.CharField(label="原因", max_length=200, widget=forms.Textarea({"rows": 2}))


class ScanForm(forms.Form):
    file = forms.FileField(
        label="盖章件（PDF 或照片）", widget=forms.ClearableFileInput({"accept": ".pdf,.jpg,.jpeg,.png"})
    )  # fmt: skip


class TemplateForm(forms.Form):
    kind = forms.ChoiceField(label="哪种文书", choices=[(k.code, k.name) for k in KINDS.values()])
    file = forms.FileField(
        label="改好的模板（.docx）", required=False, widget=forms.ClearableFileInput({"accept": ".docx"})
    )  # fmt: skip
    standard = forms.BooleanField(label="不传文件，改回系统自带的标准模板", required=False)
    note = forms.CharField(label="改了什么", max_length=200, help_text="例如：抬头加本县代字")

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if not data.get("file") and not data.get("standard") and "file" not in self.errors:
            self.add_error("file", "请选择改好的模板，或勾选改回标准模板。")
        return data
