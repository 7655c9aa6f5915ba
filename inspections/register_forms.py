"""Shapes of the registers' forms; what is allowed is said by the actions."""

from __future__ import annotations

import re
from typing import Any

from django import forms

from cadres.categories import CATEGORIES
from cadres.forms import DayInput
from cadres.models import Area, Cadre, Unit
from cadres.querysets import areas_within
from inspections.actions.filings import OUTCOMES, UNRELATED_KIND
from inspections.actions.meetings import LOCAL, OTHER
from inspections.actions.seats import seats_of
from inspections.forms import ManyFiles, Photos
from inspections.models import Body, BurdenReport, Filing, FormKind, Meeting, Purpose
from inspections.registers import filings_to_join, own_units, villages_within
from yuexi.core import clock


def words(label: str, longest: int, *, rows: int = 2, need: bool = True, **more: Any) -> Any:
    return forms.CharField(label=label, max_length=longest, required=need, widget=forms.Textarea({"rows": rows}), **more)  # fmt: skip


class Villages(forms.Form):
    """A form with villages to tick, by township."""

    villages = forms.ModelMultipleChoiceField(
        Area.objects.none(), label="去哪些村", required=False, widget=forms.CheckboxSelectMultiple,
        error_messages={"invalid_choice": "所选的村不在您的范围内，请重新选。"},
    )  # fmt: skip
    right = "register.file"

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["villages"].queryset = villages_within(by, self.right)
        if "unit" in fields:
            fields["unit"].queryset = own_units(by)
            fields["unit"].initial = own_units(by).first()

    def clean_villages(self) -> list[Area]:
        return list(self.cleaned_data["villages"])

    def by_township(self) -> list[tuple[str, int, int, list[Any]]]:
        """Township, how many of its villages, how many ticked, the boxes."""
        found: dict[str, list[Any]] = {}
        for box in self["villages"]:
            village = box.data["value"].instance
            found.setdefault(village.parent.name, []).append(box)
        return [
            (name, len(boxes), sum(bool(b.data["selected"]) for b in boxes), boxes)
            for name, boxes in found.items()
        ]


OWN_UNIT = "报备单位"


class FilingForm(Villages):
    unit = forms.ModelChoiceField(Unit.objects.none(), label=OWN_UNIT, empty_label="请选择")
    kind = forms.ChoiceField(
        label="是哪一类检查", widget=forms.RadioSelect,
        choices=[*Filing.Kind.choices, (UNRELATED_KIND, "与脱贫攻坚无关的检查")],
    )  # fmt: skip
    subject = forms.CharField(label="检查内容", max_length=100)
    basis = forms.CharField(
        label="依据", max_length=100, required=False,
        help_text="法定检查写法律依据，上级检查写来文文号，必填；其他可不填",
    )  # fmt: skip
    purpose = forms.ChoiceField(
        label="检查性质", choices=Purpose.choices, initial="ORDINARY", widget=forms.RadioSelect
    )
    start = forms.DateField(label="开始日期", widget=DayInput())
    end = forms.DateField(label="结束日期", widget=DayInput())
    people = forms.IntegerField(label="去几人", min_value=1, max_value=200)
    hours = forms.IntegerField(
        label="每村要用的人时",
        min_value=0,
        max_value=500,
        help_text="村里陪同、准备材料大约多少人时",
    )
    again = forms.CharField(
        label="为什么再查", max_length=200, required=False,
        help_text="14 天内刚查过的村才要写；回头看、举报核查不用",
    )  # fmt: skip
    field_order = ("unit", "kind", "subject", "basis", "purpose", "start", "end", "people", "hours", "villages", "again")  # fmt: skip

    def __init__(self, *args: Any, by: Cadre, gap: int, **kwargs: Any) -> None:
        super().__init__(*args, by=by, **kwargs)
        self.fields["again"].help_text = f"{gap} 天内刚查过的村才要写；回头看、举报核查不用"


class FilingDecideForm(forms.Form):
    outcome = forms.ChoiceField(
        label="怎么办", choices=[(k, v[1]) for k, v in OUTCOMES.items()], widget=forms.RadioSelect
    )
    said = words("意见", 200, need=False, help_text="不同意必须写原因")


class DecideForm(forms.Form):
    outcome = forms.ChoiceField(
        label="怎么办", choices=[("YES", "同意"), ("NO", "不同意")], widget=forms.RadioSelect
    )
    said = words("意见", 200, need=False, help_text="不同意必须写原因")


class JointForm(Villages):
    right = "register.join"
    title = forms.CharField(label="名称", max_length=60)
    plan = words("查什么、怎么查", 500, rows=3)
    body = forms.ChoiceField(label="代表哪一家牵头", widget=forms.RadioSelect)
    purpose = FilingForm.base_fields["purpose"]
    start = forms.DateField(label="开始日期", widget=DayInput())
    end = forms.DateField(label="结束日期", widget=DayInput())
    hours = FilingForm.base_fields["hours"]
    take = forms.ModelMultipleChoiceField(
        Filing.objects.none(), label="并入哪些报备", required=False, widget=forms.CheckboxSelectMultiple,
        help_text="并入后它们的村算在这个批次里，日期跟着批次走",
    )  # fmt: skip
    again = FilingForm.base_fields["again"]
    field_order = ("title", "plan", "body", "purpose", "start", "end", "hours", "take", "villages", "again")  # fmt: skip

    def __init__(self, *args: Any, by: Cadre, gap: int, **kwargs: Any) -> None:
        super().__init__(*args, by=by, **kwargs)
        fields: Any = self.fields
        seats = seats_of(by, clock.today())
        fields["body"].choices = [(b.value, b.label) for b in Body if b.value in seats]
        if len(seats) == 1:
            fields["body"].initial = next(iter(seats))
        fields["take"].queryset = filings_to_join(by)
        fields["take"].label_from_instance = lambda f: (
            f"{f.subject}（{f.unit}，{f.start.month}月{f.start.day}日）"
        )
        fields["villages"].label = "另外去哪些村"
        fields["again"].help_text = f"{gap} 天内刚查过的村才要写；回头看、举报核查不用"
        if not filings_to_join(by).exists():
            del fields["take"]
            fields["villages"].label = "去哪些村"

    def facts(self) -> dict[str, Any]:
        return {**self.cleaned_data, "take": list(self.cleaned_data.get("take", []))}


class EnterForm(forms.Form):
    body = forms.ChoiceField(label="代表哪一家", widget=forms.RadioSelect)

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        seats = seats_of(by, clock.today())
        field: Any = self.fields["body"]
        field.choices = [(b.value, b.label) for b in Body if b.value in seats]
        if len(seats) == 1:
            field.initial = next(iter(seats))


class AnnounceForm(forms.Form):
    notice_no = forms.CharField(label="通知文号", max_length=40, required=False)


class WhyForm(forms.Form):
    said = words("为什么撤销", 200)


class JointNoteForm(forms.Form):
    text = words("问题原文", 500, rows=3, help_text="照实写，移交用这段原话，不能再改")
    category = forms.ChoiceField(label="类别", choices=[(c, c) for c in CATEGORIES])
    area = forms.ModelChoiceField(Area.objects.none(), label="哪个村", empty_label="请选择")
    photos = ManyFiles(
        label="照片", required=False, widget=Photos({"accept": "image/*"}), help_text="自愿，JPG 或 PNG，可多选"
    )  # fmt: skip

    def __init__(self, *args: Any, villages: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["area"]
        field.queryset = villages
        field.label_from_instance = lambda a: f"{a.parent.name} {a.name}"


ATTENDS = re.compile(r"^(.+?)[\s，,：:]*([0-9]{1,4})\s*人?$")


class MeetingForm(forms.Form):
    unit = forms.ModelChoiceField(Unit.objects.none(), label="主办单位", empty_label="请选择")
    kind = forms.ChoiceField(
        label="是哪一类会议", widget=forms.RadioSelect,
        choices=[*Meeting.Kind.choices, (LOCAL, "乡镇、村内部会议"), (OTHER, "其他会议")],
    )  # fmt: skip
    title = forms.CharField(label="会议名称", max_length=80)
    on = forms.DateField(label="日期", widget=DayInput())
    minutes = forms.IntegerField(label="时长（分钟）", min_value=5, max_value=2880, initial=90)
    basis = forms.CharField(
        label="依据", max_length=100, required=False, help_text="来文文号；可不填"
    )
    county = forms.IntegerField(label="每个县直单位去几人", min_value=0, max_value=50, initial=0)
    township = forms.IntegerField(label="每个乡镇去几人", min_value=0, max_value=50, initial=0)
    village = forms.IntegerField(label="每个村去几人", min_value=0, max_value=50, initial=0)
    others = words("另外哪些单位去几人", 2000, rows=3, need=False,
                   help_text="每行一个，例如：青天乡政府 2；与上面重复的，以这里为准")  # fmt: skip
    exemption = forms.ChoiceField(
        label="豁免情形", required=False, choices=[("", "不是豁免会议"), *Meeting.Exemption.choices]
    )
    why = forms.CharField(label="豁免理由", max_length=200, required=False)

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.queryset, field.initial = own_units(by), own_units(by).first()

    def clean(self) -> dict[str, Any]:
        given = super().clean() or {}
        found: dict[Unit, int] = {}
        for kind in ("COUNTY", "TOWNSHIP", "VILLAGE"):
            if people := given.get(kind.lower()):
                found |= dict.fromkeys(Unit.objects.filter(kind=kind), people)
        for line in filter(None, map(str.strip, given.get("others", "").splitlines())):
            read = ATTENDS.match(line)
            units = list(Unit.objects.filter(name=read[1].strip())[:2]) if read else []
            if read is None or not int(read[2]):
                self.add_error("others", f"“{line[:20]}”没有看懂：每行写单位全称和人数，例如：青天乡政府 2。")  # fmt: skip
            elif len(units) != 1:
                self.add_error("others", f"{'没有找到' if not units else '有几个'}“{read[1][:20]}”，请写单位全称（在“干部 › 单位”里查）。")  # fmt: skip
            else:
                found[units[0]] = int(read[2])
        given["attendance"] = found
        return given

    def facts(self) -> dict[str, Any]:
        own = ("unit", "kind", "title", "on", "minutes", "basis", "exemption", "why", "attendance")
        return {name: self.cleaned_data[name] for name in own}


class FormKindForm(forms.Form):
    unit = forms.ModelChoiceField(Unit.objects.none(), label="主管单位", empty_label="请选择")
    name = forms.CharField(label="表名", max_length=60)
    frequency = forms.ChoiceField(label="频次", choices=FormKind.Frequency.choices, widget=forms.RadioSelect)  # fmt: skip
    fields_asked = words(
        "要填的栏目", 2000, rows=6, help_text="每行一栏；系统里已有的不能再要，会告诉您在哪里"
    )
    minutes = forms.IntegerField(label="填一次约几分钟", min_value=1, max_value=6000)
    basis = forms.CharField(label="依据", max_length=100, required=False)
    collects = forms.BooleanField(label="要入户采集（每年只能有一张这样的表）", required=False)

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["unit"]
        field.queryset, field.initial = own_units(by), own_units(by).first()

    def facts(self) -> dict[str, Any]:
        given = dict(self.cleaned_data)
        fields = given.pop("fields_asked").splitlines()
        return {**given, "fields": fields}


class AskForm(Villages):
    on = forms.DateField(label="要表日期", widget=DayInput())
    field_order = ("on", "villages")


class ReportForm(forms.Form):
    kind = forms.ChoiceField(label="反映什么", choices=BurdenReport.Kind.choices, widget=forms.RadioSelect)  # fmt: skip
    organiser = forms.CharField(label="哪个单位", max_length=60, help_text="尽量写全称")
    area = forms.ModelChoiceField(Area.objects.none(), label="在哪个村或乡镇", empty_label="请选择")
    met_on = forms.DateField(label="哪天", widget=DayInput())
    said = words("情况", 500, rows=3)

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["area"]
        field.queryset = areas_within(by, "register.report").exclude(level="COUNTY").select_related("parent")  # fmt: skip
        field.label_from_instance = lambda a: (
            a.name if a.level == "TOWNSHIP" else f"{a.parent.name} {a.name}"
        )
