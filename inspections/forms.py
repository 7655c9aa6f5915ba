from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, timedelta
from hashlib import sha256
from typing import Any

from django import forms

from cadres.categories import CATEGORIES
from cadres.forms import DayInput
from cadres.models import Area, Cadre
from cadres.querysets import areas_within
from households.models import Household, Member
from inspections.actions.field import AnswerSaid, Asked, DoorRecord, FoundSaid
from inspections.models import Indicator, Sampled
from inspections.standards import Question
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
    without_photos = forms.BooleanField(label="照片没有送齐也公开", required=False)


@dataclass(frozen=True)
class Row:
    """A question as it stands on the page: a choice for each who is asked, and what was found."""

    question: Question
    asked: list[tuple[str, forms.BoundField]]
    text: forms.BoundField
    photos: forms.BoundField


class DoorForm(forms.Form):
    """What the phone asks at a door, as a page that works without scripts. `uid` is made with
    the empty page: pressed twice it is one record."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    outcome = forms.ChoiceField(
        label="结果", choices=Sampled.Outcome.choices, widget=forms.RadioSelect
    )
    cleared = forms.TypedChoiceField(
        label="清场", choices=[("yes", "已清场，本地干部不在场"), ("no", "没有清场")], widget=forms.RadioSelect,
        required=False, coerce=lambda v: v == "yes", empty_value=None,
    )  # fmt: skip
    said = forms.CharField(
        label="情况或换户原因", max_length=200, required=False, help_text="换户时必填，例如“整户外出，电话联系不上”"
    )  # fmt: skip
    other_text = forms.CharField(
        label="别的问题（原话）", max_length=500, required=False, widget=forms.Textarea({"rows": 3}),
        help_text="照实写，公开和移交都用这段原话，不能再改",
    )  # fmt: skip
    other_category = forms.ChoiceField(
        label="类别", choices=[("", "没有别的问题"), *((c, c) for c in CATEGORIES)], required=False
    )
    other_photos = forms.FileField(
        label="照片", required=False, widget=Photos({"accept": "image/*"}), help_text="自愿，JPG 或 PNG，可多选",
    )  # fmt: skip

    def __init__(self, *args: Any, asked: Asked, members: list[Member], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.asked, self.members = asked, members
        for question in asked.questions:
            choices = [(c.code, c.label) for c in question.answers]
            for member in self.who(question):
                self.fields[self.name(question, member)] = forms.ChoiceField(
                    label=member.name if member else question.text, choices=choices,
                    widget=forms.RadioSelect, required=False,
                )  # fmt: skip
            self.fields[f"{question.code}-text"] = forms.CharField(
                label="问题原话", max_length=500, required=False, widget=forms.Textarea({"rows": 2}),
            )  # fmt: skip
            self.fields[f"{question.code}-photos"] = forms.FileField(
                label="照片", required=False, widget=Photos({"accept": "image/*"})
            )

    def who(self, question: Question) -> list[Member | None]:
        return list(self.members) if question.unit == Indicator.Unit.PERSON else [None]

    @staticmethod
    def name(question: Question, member: Member | None) -> str:
        return f"{question.code}-{member.pk}" if member else question.code

    def rows(self) -> list[Row]:
        return [
            Row(q, [(m.name if m else "", self[self.name(q, m)]) for m in self.who(q)], self[f"{q.code}-text"], self[f"{q.code}-photos"])
            for q in self.asked.questions
        ]  # fmt: skip

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        if bool(given.get("other_text")) != bool(given.get("other_category")):
            self.add_error("other_category", "“别的问题”要同时写原话、选类别。")
        return given

    def record(
        self, household: Household, at: datetime, photos: Any
    ) -> tuple[DoorRecord, list[bytes]]:  # fmt: skip
        """As the action takes it, with the photos' bytes."""
        given, kept, found = self.cleaned_data, [], []
        for code, name, category in [
            *((q.code, q.code, self.asked.categories[q.indicator]) for q in self.asked.questions),
            ("", "other", given["other_category"]),
        ]:
            if text := given[f"{name}-text" if code else "other_text"]:
                files = [
                    f.read() for f in photos.getlist(f"{name}-photos" if code else "other_photos")
                ]
                kept += files
                found.append(
                    FoundSaid(
                        text=text,
                        category=category,
                        code=code,
                        photos=[sha256(f).hexdigest() for f in files],
                    )
                )
        answers = [
            AnswerSaid(code=q.code, said=said, member=m.pk if m else None)
            for q in self.asked.questions for m in self.who(q) if (said := given[self.name(q, m)])
        ]  # fmt: skip
        return DoorRecord(
            uid=given["uid"], household=household.uid, outcome=given["outcome"], recorded_at=at,
            cleared=given["cleared"], said=given["said"], answers=answers, found=found,
            standard=self.asked.standard.pk if self.asked.standard else None,
        ), kept  # fmt: skip
