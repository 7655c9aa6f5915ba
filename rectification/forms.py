from __future__ import annotations

from typing import Any

from django import forms
from django.db.models import Case, Q, When

from cadres.categories import CATEGORIES
from cadres.forms import DayInput
from cadres.models import Area, Cadre, Post, Unit
from cadres.querysets import areas_within
from cadres.scope import scope_of
from households.models import Household
from households.querysets import households_visible_to
from rectification.actions.onspot import Solution
from rectification.actions.registering import Finding
from rectification.limits import grade_choices
from rectification.models import Item
from rectification.querysets import items_visible_to
from rectification.workflow import GRADES, ON_SPOT_SOURCES, OPEN, ROUTE_LABELS, SOURCES, Route
from yuexi.core import clock


def household_of(number: str, by: Cadre) -> Household | None:
    if not number.strip():
        return None
    found = households_visible_to(by).filter(national_no=number.strip()).first()
    if found is None:
        raise forms.ValidationError("找不到这个户编号，或不在您的管辖范围。")
    return found


class RegisterForm(forms.Form):
    text = forms.CharField(
        label="问题（原文）", max_length=500, widget=forms.Textarea({"rows": 3}),
        help_text="照原话写，登记后不能修改",
    )  # fmt: skip
    category = forms.ChoiceField(label="类别", choices=[(c, c) for c in CATEGORIES])
    area = forms.ModelChoiceField(Area.objects.none(), label="村或乡镇", empty_label="请选择")
    household = forms.CharField(label="农户的户编号", required=False, max_length=32)
    source = forms.ChoiceField(label="问题来源", choices=list(SOURCES.items()), initial="SELF")
    lineage = forms.CharField(label="批次或出处", required=False, max_length=80)
    grade = forms.ChoiceField(
        label="等级",
        choices=[(k, n) for k, (n, _) in GRADES.items()],
        initial="LIMITED",
    )
    route = forms.ChoiceField(
        label="路线",
        required=False,
        choices=[("", "按来源"), *((r.value, n) for r, n in ROUTE_LABELS.items())],
    )
    deadline = forms.DateField(
        label="整改期限",
        required=False,
        widget=DayInput(),
        help_text="不填则按等级计算，交办时重新起算",
    )
    co_units = forms.ModelMultipleChoiceField(
        Unit.objects.none(), label="配合单位", required=False, widget=forms.CheckboxSelectMultiple
    )

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        self.fields["grade"].choices = grade_choices(clock.today())  # type: ignore[attr-defined]
        self.fields["area"].queryset = areas_within(by, "item.create")  # type: ignore[attr-defined]
        units: Any = self.fields["co_units"]
        units.queryset = Unit.objects.filter(kind=Unit.Kind.COUNTY).order_by("name")
        scope, route = scope_of(by), self.fields["route"]
        if not (scope.has("item.review") or scope.has("item.assign")):
            route.choices = [("", "按来源"), (Route.ON_SPOT, "现场解决（自查、走访发现的小问题）")]  # type: ignore[attr-defined]

    def clean_household(self) -> Any:
        return household_of(self.cleaned_data["household"], self.by)

    def finding(self) -> Finding:
        data = dict(self.cleaned_data)
        household = data.pop("household")
        return Finding(**data, households=[household] if household else [])


class SolveForm(forms.Form):
    """What its finder did on the spot, and one piece that shows it."""

    done = forms.CharField(
        label="当场怎么解决的", max_length=500, widget=forms.Textarea({"rows": 2})
    )
    file = forms.FileField(
        label="照片或材料（1 份）", help_text="照片、PDF、Word 或 Excel，50 MB 以内"
    )

    def solution(self) -> Solution:
        file = self.cleaned_data["file"]
        return Solution(done=self.cleaned_data["done"], content=file.read(), name=file.name)


class OnSpotForm(SolveForm):
    """现场解决: from the finding to its evidence in one screen."""

    field_order = ("source", "text", "category", "area", "household", "done", "file")
    source = forms.ChoiceField(
        label="怎么发现的", choices=[(s, SOURCES[s]) for s in ON_SPOT_SOURCES], initial="VISIT",
        widget=forms.RadioSelect,
    )  # fmt: skip
    text = forms.CharField(
        label="什么问题（原话，登记后不能改）", max_length=500, widget=forms.Textarea({"rows": 2})
    )  # fmt: skip
    category = forms.ChoiceField(label="类别", choices=[(c, c) for c in CATEGORIES])
    area = forms.ModelChoiceField(Area.objects.none(), label="村或乡镇", empty_label="请选择")
    household = forms.CharField(label="农户的户编号", required=False, max_length=32)

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by
        areas, field = areas_within(by, "item.create"), self.fields["area"]
        field.queryset = areas  # type: ignore[attr-defined]
        if len(only := areas[:2]) == 1:
            field.initial = only[0]

    def clean_household(self) -> Any:
        return household_of(self.cleaned_data["household"], self.by)

    def finding(self) -> Finding:
        data = {name: self.cleaned_data[name] for name in ("source", "text", "category", "area")}
        household = self.cleaned_data["household"]
        return Finding(**data, households=[household] if household else [])


class OpinionForm(forms.Form):
    """意见 of a check, reason of a return, finding of a look-back."""

    opinion = forms.CharField(label="意见", max_length=300, widget=forms.Textarea({"rows": 3}))


class PlanForm(forms.Form):
    measure = forms.CharField(label="整改措施", max_length=500, widget=forms.Textarea({"rows": 3}))
    goal = forms.CharField(label="整改目标", max_length=200, required=False)


class TextForm(forms.Form):
    text = forms.CharField(label="进展", max_length=300, widget=forms.Textarea({"rows": 2}))


class EvidenceForm(forms.Form):
    file = forms.FileField(label="佐证材料", help_text="照片、PDF、Word 或 Excel，50 MB 以内")
    what = forms.CharField(label="这是什么", max_length=100)


class MergeForm(forms.Form):
    into = forms.CharField(label="并入哪一件（编号）", max_length=12)

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by

    def clean_into(self) -> Item:
        number = self.cleaned_data["into"].strip()
        item = items_visible_to(self.by).filter(number=number, status__in=OPEN).first()
        if item is None:
            raise forms.ValidationError(f"找不到在办的 {number}，请核对编号。")
        return item


class ReassignForm(forms.Form):
    person = forms.ModelChoiceField(Cadre.objects.none(), label="责任人", empty_label="请选择")
    lead_unit = forms.ModelChoiceField(
        Unit.objects.none(), label="牵头单位", required=False, empty_label="不变"
    )
    deadline = forms.DateField(label="整改期限", required=False, widget=DayInput())

    def __init__(self, *args: Any, item: Item, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        township = item.area_id[:9]
        people = Cadre.objects.filter(
            Q(unit__area__code__startswith=township) | Q(unit__kind=Unit.Kind.COUNTY),
            is_active=True,
        ).select_related("unit")
        field: Any = self.fields["person"]
        field.queryset = people.order_by("unit__area__code", "unit__name", "pinyin")
        field.label_from_instance = lambda c: f"{c.unit} · {c.name}"
        lead: Any = self.fields["lead_unit"]
        lead.queryset = Unit.objects.filter(kind=Unit.Kind.COUNTY).order_by("name")


class HandOverForm(forms.Form):
    """移交: the items stand in the table beside it, by number."""

    taker = forms.ModelChoiceField(Cadre.objects.none(), label="接手人", empty_label="请选择")
    reason = forms.CharField(
        label="原因",
        required=False,
        max_length=200,
        help_text="交给别的单位时必填，例如“调往县住建局”",
    )

    def __init__(
        self, *args: Any, by: Cadre, giver: Cadre, owned: list[Item], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.owned = {item.number: item for item in owned}
        units = {item.unit_id for item in owned}
        today = clock.today()
        posted = Post.objects.in_force(today).filter(unit__in=units).values("cadre")
        near = Q(unit__in=units) | Q(pk__in=posted)
        if any(scope_of(by).has("item.assign", item.area_id) for item in owned):
            near |= Q(unit__kind=Unit.Kind.COUNTY)
            for township in {item.area_id[:9] for item in owned}:
                near |= Q(unit__area__code__startswith=township)
        else:
            self.fields.pop("reason")
        people = Cadre.objects.filter(
            near, is_active=True, kind=Cadre.Kind.CADRE, unit__isnull=False
        )
        field: Any = self.fields["taker"]
        field.queryset = people.exclude(pk=giver.pk).select_related("unit").order_by(
            Case(When(unit__in=units, then=0), default=1), "unit__area__code", "unit__name", "pinyin"
        )  # fmt: skip
        field.label_from_instance = lambda c: f"{c.unit} · {c.name}"

    def chosen(self) -> list[int]:
        numbers = self.data.getlist("item")  # type: ignore[attr-defined]
        return [self.owned[n].pk for n in numbers if n in self.owned]


class AnswerForm(forms.Form):
    solved = forms.ChoiceField(
        label="农户答复", choices=[("1", "已解决"), ("0", "未解决")], widget=forms.RadioSelect
    )
    said = forms.CharField(label="农户怎么说", max_length=200, required=False)


class IssueForm(forms.Form):
    document_no = forms.CharField(label="文号", max_length=40, required=False)
    signed_off_by = forms.CharField(label="签发人", max_length=20, required=False)
