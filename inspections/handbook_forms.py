"""Shape of what is typed on the pages of the handbook."""

from __future__ import annotations

from typing import Any

from django import forms

from cadres.forms import DayInput
from inspections.models import Handbook


class EditionForm(forms.Form):
    title = forms.CharField(label="书名", max_length=60)
    issuer = forms.CharField(label="编印单位", max_length=60)
    quantity = forms.IntegerField(label="印数（册）", min_value=1, max_value=100_000)

    def __init__(self, *args: Any, book: Handbook | None, people: int, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["title"].initial = book.title if book else "脱贫成果验收标准手册"
        self.fields["issuer"].initial = book.issuer if book else ""
        self.fields["quantity"].initial = people
        self.fields["quantity"].help_text = f"在职干部现有 {people} 人，可多印一些备用"


class PrintForm(forms.Form):
    quantity = forms.IntegerField(label="增印（册）", min_value=1, max_value=100_000)


class PaperForm(forms.Form):
    signed_on = forms.DateField(label="签收日期", widget=DayInput())
    page = forms.FileField(label="签收页")
