"""Shapes of what is said about 力量, 豁免 and 口径."""

from typing import Any

from django import forms
from django.db.models import Q, QuerySet

from cadres.forms import DayInput
from cadres.models import Area, Cadre, Exemption, Stationing, Unit, UnitProfile
from cadres.rulings import Question
from cadres.scope import scope_of, units_with
from yuexi.core import clock


def with_unit(cadre: Cadre) -> str:
    return f"{cadre.name}（{cadre.unit}）"


def staff(where: Q) -> QuerySet[Cadre]:
    people = Cadre.objects.filter(where, is_active=True, kind=Cadre.Kind.CADRE)
    return people.order_by("unit__name", "pinyin", "pk").select_related("unit")


class DatedForm(forms.Form):
    """Said by one who may; each kind offers whom he may say it of."""

    start = forms.DateField(label="从哪天起", widget=DayInput())
    document_no = forms.CharField(label="依据文号", max_length=60)

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["start"].initial = clock.today()
        self.order_fields([n for n in self.fields if n not in ("start", "document_no")])
        self.offer(by)

    def offer(self, by: Cadre) -> None:
        raise NotImplementedError


class StationForm(DatedForm):
    cadre = forms.ModelChoiceField(Cadre.objects.none(), label="谁进驻", empty_label="请选择")
    kind = forms.ChoiceField(label="方式", choices=Stationing.Kind.choices)
    area = forms.ModelChoiceField(
        Area.objects.exclude(level="COUNTY").order_by("code"), label="到哪里", empty_label="请选择",
        help_text="进驻乡镇选乡镇；驻村、包户选村",
    )  # fmt: skip

    def offer(self, by: Cadre) -> None:
        self.fields["document_no"].required = False
        managed = Unit.objects.filter(units_with(by, "cadre.manage"))
        who: Any = self.fields["cadre"]
        where: Any = self.fields["area"]
        who.queryset, who.label_from_instance = staff(Q(unit__in=managed)), with_unit
        where.label_from_instance = lambda a: a.name if a.level == "TOWNSHIP" else f"　{a.name}"


class ProfileForm(DatedForm):
    unit = forms.ModelChoiceField(Unit.objects.none(), label="单位", empty_label="请选择")
    profile = forms.ChoiceField(label="类别", choices=UnitProfile.Profile.choices)

    def offer(self, by: Cadre) -> None:
        here = scope_of(by).within("force.rule", "area__code")
        others = Unit.objects.filter(here, kind=Unit.Kind.COUNTY)
        unit: Any = self.fields["unit"]
        unit.queryset = others.exclude(pk=by.unit_id or 0).order_by("name")


class ExemptForm(DatedForm):
    cadre = forms.ModelChoiceField(Cadre.objects.none(), label="谁", empty_label="请选择")
    reason = forms.ChoiceField(label="事由", choices=Exemption.Reason.choices)

    def offer(self, by: Cadre) -> None:
        self.fields["document_no"].label = "批准文号"
        who: Any = self.fields["cadre"]
        who.queryset = staff(scope_of(by).within("force.rule", "unit__area__code")).exclude(
            pk=by.pk
        )
        who.label_from_instance = with_unit


class EndForm(forms.Form):
    end = forms.DateField(label="结束日期", widget=DayInput(), help_text="从这一天起不再计算")


class RulingForm(forms.Form):
    text = forms.CharField(label="裁定内容", max_length=500, widget=forms.Textarea({"rows": 3}))
    document_no = forms.CharField(label="文号", max_length=60)
    signed_by = forms.CharField(label="签发人", max_length=30)
    start = forms.DateField(label="从哪天起执行", widget=DayInput())
    scan = forms.FileField(label="签字件（扫描或照片）", required=False)

    def __init__(self, *args: Any, question: Question, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choice in question.choices.items():
            self.fields[name] = forms.ChoiceField(label=choice.name, choices=choice.options)
        self.fields["start"].initial = clock.today()
        self.order_fields(["text", *question.choices])


class DecideForm(forms.Form):
    said = forms.CharField(
        label="意见", max_length=200, required=False, widget=forms.Textarea({"rows": 2}), help_text="退回必须写原因"
    )  # fmt: skip
