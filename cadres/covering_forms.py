"""Shapes of what is said about AB 岗, 包村 and 专班."""

from typing import Any

from django import forms
from django.db.models import Q

from cadres.force_forms import staff, with_unit
from cadres.forms import DayInput
from cadres.models import Area, Cadre, Unit, WorkPost
from cadres.scope import scope_of, units_with
from yuexi.core import clock


class PeopleForm(forms.Form):
    """Begins today unless he says otherwise."""

    def __init__(self, *args: Any, where: Q, people: tuple[str, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in ("start", "end", "until"):
            if name in self.fields:
                self.fields[name].initial = clock.today()
        for name in people:
            field: Any = self.fields[name]
            field.queryset, field.label_from_instance = staff(where), with_unit


class WorkPostForm(PeopleForm):
    unit = forms.ModelChoiceField(Unit.objects.none(), label="单位", empty_label="请选择")
    name = forms.CharField(
        label="岗位名称", max_length=30, help_text="如：出纳、项目审核、信访接待"
    )
    kind = forms.ChoiceField(label="岗位性质", choices=WorkPost.Kind.choices)
    first = forms.ModelChoiceField(Cadre.objects.none(), label="A 岗", empty_label="请选择")
    second = forms.ModelChoiceField(Cadre.objects.none(), label="B 岗", empty_label="请选择")
    start = forms.DateField(label="从哪天起", widget=DayInput())

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        units = Unit.objects.filter(units_with(by, "cadre.manage"))
        super().__init__(*args, where=Q(unit__in=units), people=("first", "second"), **kwargs)
        unit: Any = self.fields["unit"]
        unit.queryset = units.order_by("kind", "area__code", "name")


class PairForm(PeopleForm):
    first = forms.ModelChoiceField(Cadre.objects.none(), label="A 岗", empty_label="请选择")
    second = forms.ModelChoiceField(Cadre.objects.none(), label="B 岗", empty_label="请选择")
    start = forms.DateField(label="从哪天起", widget=DayInput())


class ThirdForm(PeopleForm):
    third = forms.ModelChoiceField(Cadre.objects.none(), label="顶岗人", empty_label="请选择")
    start = forms.DateField(label="从哪天起", widget=DayInput())
    until = forms.DateField(label="到哪天止", widget=DayInput(), help_text="含当天")


class NoteForm(forms.Form):
    text = forms.CharField(
        label="交接内容", max_length=500, widget=forms.Textarea({"rows": 3}), help_text="办到哪一步，下一步是什么，材料在哪里"
    )  # fmt: skip


class VillageForm(PeopleForm):
    unit = forms.ModelChoiceField(Unit.objects.none(), label="县直单位", empty_label="请选择")
    area = forms.ModelChoiceField(Area.objects.none(), label="包哪个村", empty_label="请选择")
    start = forms.DateField(label="从哪天起", widget=DayInput())
    document_no = forms.CharField(label="依据文号", max_length=60, required=False)

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, where=Q(), **kwargs)
        scope = scope_of(by)
        unit: Any = self.fields["unit"]
        area: Any = self.fields["area"]
        unit.queryset = Unit.objects.filter(kind=Unit.Kind.COUNTY).order_by("name")
        area.queryset = Area.objects.filter(scope.within("force.rule", "code"), level="VILLAGE").order_by("code").select_related("parent")  # fmt: skip
        area.label_from_instance = lambda a: f"{a.parent.name}　{a.name}"


class TaskForceForm(PeopleForm):
    name = forms.CharField(label="专班名称", max_length=40)
    scope = forms.CharField(
        label="职责范围", max_length=200, widget=forms.Textarea({"rows": 2}), help_text="专班负责哪些事"
    )  # fmt: skip
    leader = forms.ModelChoiceField(Cadre.objects.none(), label="负责人", empty_label="请选择")
    start = forms.DateField(label="从哪天起", widget=DayInput())
    document_no = forms.CharField(label="依据文号", max_length=60)


class MemberForm(PeopleForm):
    cadre = forms.ModelChoiceField(Cadre.objects.none(), label="抽调谁", empty_label="请选择")
    start = forms.DateField(label="从哪天起", widget=DayInput())
