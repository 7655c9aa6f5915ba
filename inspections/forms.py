from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any

from django import forms

from cadres.categories import CATEGORIES
from cadres.forms import DayInput
from cadres.models import Area, Cadre
from cadres.querysets import areas_within
from households.models import Household
from yuexi.core import clock


class PlanForm(forms.Form):
    title = forms.CharField(label="名称", max_length=60, help_text="公开前只有检查组看得到")
    purpose = forms.CharField(
        label="查什么、怎么走", max_length=500, required=False, widget=forms.Textarea({"rows": 3})
    )
    townships = forms.ModelMultipleChoiceField(
        Area.objects.none(), label="乡镇", widget=forms.CheckboxSelectMultiple
    )
    kinds = forms.MultipleChoiceField(
        label="户类型", choices=Household.Kind.choices, widget=forms.CheckboxSelectMultiple
    )
    take = forms.IntegerField(
        label="每层抽几户",
        min_value=1,
        max_value=200,
        initial=5,
        help_text="一个乡镇的一种户类型是一层",
    )
    spare = forms.IntegerField(label="每层备用几户", min_value=0, max_value=200, initial=5)
    window_days = forms.IntegerField(
        label="多少天内查过的户不再抽",
        min_value=0,
        max_value=1100,
        initial=180,
        help_text="只看已公开的检查",
    )
    day = forms.DateField(label="开始日期", widget=DayInput())
    hour = forms.TimeField(
        label="开始时间", initial="08:00", widget=forms.TimeInput({"type": "time"})
    )
    team = forms.ModelMultipleChoiceField(
        Cadre.objects.none(), label="检查组其他成员", widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, by: Cadre, members: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["townships"].queryset = areas_within(by, "inspection.plan").filter(
            level=Area.Level.TOWNSHIP
        )
        fields["team"].queryset = members
        fields["team"].label_from_instance = lambda c: f"{c.name}（{c.unit}）"
        fields["day"].initial = clock.today() + timedelta(days=1)

    def facts(self) -> dict[str, Any]:
        """As `prepare` takes them."""
        given = dict(self.cleaned_data)
        day, hour = given.pop("day"), given.pop("hour")
        start = datetime.combine(day, hour or time(8), clock.SHANGHAI)
        return {
            **given,
            "start": start,
            "townships": list(given["townships"]),
            "team": list(given["team"]),
        }


class LookForm(forms.Form):
    why = forms.CharField(label="为什么要提前看", max_length=200)


class SeeForm(forms.Form):
    household = forms.UUIDField(widget=forms.HiddenInput)
    cleared = forms.BooleanField(label="已清场（本地干部不在场）", required=False)
    said = forms.CharField(label="情况", max_length=200, required=False)


class ReplaceForm(forms.Form):
    household = forms.UUIDField(widget=forms.HiddenInput)
    said = forms.CharField(label="换户原因", max_length=200)


class Photos(forms.ClearableFileInput):
    allow_multiple_selected = True


class ManyFiles(forms.FileField):
    """Django's field takes one file and refuses the list that the widget hands it."""

    def clean(self, data: Any, initial: Any = None) -> list[Any]:
        given = data if isinstance(data, list | tuple) else [data] if data else []
        return [super(ManyFiles, self).clean(one, initial) for one in given]


class NoteForm(forms.Form):
    text = forms.CharField(
        label="问题原文",
        max_length=500,
        widget=forms.Textarea({"rows": 3}),
        help_text="照实写，公开和移交都用这段原话，不能再改",
    )
    category = forms.ChoiceField(label="类别", choices=[(c, c) for c in CATEGORIES])
    household = forms.ChoiceField(label="哪一户", required=False)
    area = forms.ModelChoiceField(
        Area.objects.none(), label="哪个村", required=False, empty_label="选了户就不用选村"
    )
    photos = ManyFiles(
        label="照片",
        required=False,
        widget=Photos({"accept": "image/*"}),
        help_text="自愿，JPG 或 PNG，可多选",
    )

    def __init__(
        self, *args: Any, homes: list[tuple[str, str]], villages: Any, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["household"].choices = [("", "不涉及某一户"), *homes]
        fields["area"].queryset = villages
        fields["area"].label_from_instance = lambda a: f"{a.parent.name} {a.name}"

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if not self.errors and not given.get("household") and not given.get("area"):
            self.add_error("area", "请选哪一户，或选哪个村。")
        return given


class ReleaseForm(forms.Form):
    report_no = forms.CharField(label="报告文号", max_length=40, required=False)
