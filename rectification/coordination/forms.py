"""Shapes of what is said about a 周调度."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django import forms

from cadres.categories import CATEGORIES
from cadres.force_forms import with_unit
from cadres.forms import DayInput
from cadres.models import Area, Cadre, HalfDay
from cadres.querysets import staff_of
from rectification.actions.coordination import Meeting
from rectification.coordination.weeks import leaders_in
from rectification.models import Coordination, CoordinationDecision, FollowUp

FILES = forms.ClearableFileInput({"accept": "image/*,.pdf,.docx"})


class MeetingForm(forms.Form):
    held_on = forms.DateField(label="召开日期", widget=DayInput())
    slot = forms.ChoiceField(label="时段", choices=HalfDay.Slot.choices, widget=forms.RadioSelect)
    chair = forms.ModelChoiceField(Cadre.objects.none(), label="主持人", empty_label="请选择")
    topics = forms.CharField(label="议题", max_length=500, widget=forms.Textarea({"rows": 3}))
    present = forms.ModelMultipleChoiceField(
        Cadre.objects.none(), label="参加人员", required=False, widget=forms.CheckboxSelectMultiple
    )
    giver = forms.ModelChoiceField(
        Cadre.objects.none(), label="受谁委托", required=False, empty_label="包乡县领导本人主持",
        help_text="不是包乡县领导本人主持的才填，并上传委托书",
    )  # fmt: skip
    mandate = forms.CharField(label="委托事项", max_length=200, required=False)
    mandate_file = forms.FileField(label="委托书（照片或扫描件）", required=False, widget=FILES)
    minutes = forms.FileField(label="会议记录或照片", required=False, widget=FILES)

    def __init__(
        self, *args: Any, area: Area, monday: date, held: Coordination | None, today: date, **kwargs: Any
    ) -> None:  # fmt: skip
        sunday = monday + timedelta(days=6)
        posts = leaders_in([area], monday, sunday)
        leaders = Cadre.objects.filter(pk__in=posts.values("cadre"))
        first = {"held_on": min(sunday, max(monday, today)), "slot": "AM", "chair": leaders.first()}
        if held is not None:
            names = ("held_on", "slot", "chair", "topics", "giver", "mandate")
            first = {n: getattr(held, n) for n in names}
            first["present"] = list(held.present.all())
        kwargs["initial"] = first
        super().__init__(*args, **kwargs)
        own = staff_of((area.prefix,), today)
        office = own.filter(unit__area=area)
        everybody = (leaders | Cadre.objects.filter(pk__in=own.values("pk"))).distinct()
        order = ("pinyin", "pk")
        offered: dict[str, Any] = {
            "chair": everybody, "giver": leaders,
            "present": (leaders | Cadre.objects.filter(pk__in=office.values("pk"))).distinct(),
        }  # fmt: skip
        for name, people in offered.items():
            chosen: Any = self.fields[name]
            chosen.queryset = people.select_related("unit").order_by(*order)
            chosen.label_from_instance = with_unit
        present: Any = self.fields["present"]
        present.label_from_instance = lambda c: c.name
        day: Any = self.fields["held_on"]
        day.widget.attrs.update(min=str(monday), max=str(sunday))

    def meeting(self) -> Meeting:
        said = self.cleaned_data

        def file(name: str) -> tuple[bytes, str] | None:
            return (said[name].read(), said[name].name) if said[name] else None

        return Meeting(
            held_on=said["held_on"], slot=said["slot"], chair=said["chair"], topics=said["topics"], present=said["present"],
            giver=said["giver"], mandate=said["mandate"], mandate_file=file("mandate_file"), minutes=file("minutes"),
        )  # fmt: skip


class DecisionForm(forms.Form):
    text = forms.CharField(label="交办什么", max_length=500, widget=forms.Textarea({"rows": 2}))
    category = forms.ChoiceField(label="类别", choices=[(c, c) for c in CATEGORIES])
    area = forms.ModelChoiceField(Area.objects.none(), label="地方", empty_label=None)
    person = forms.ModelChoiceField(Cadre.objects.none(), label="责任人", empty_label="请选择")
    deadline = forms.DateField(
        label="完成期限",
        widget=DayInput(),
        help_text="最长 30 个工作日，由责任单位和责任人按期销号",
    )

    def __init__(self, *args: Any, area: Area, today: date, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        places: Any = self.fields["area"]
        places.queryset = Area.objects.filter(code__startswith=area.prefix).order_by("code")
        places.initial = area
        places.label_from_instance = lambda a: a.name
        people: Any = self.fields["person"]
        people.queryset = staff_of((area.prefix,), today).filter(unit__isnull=False).order_by("unit__area__code", "pinyin", "pk")  # fmt: skip
        people.label_from_instance = with_unit


class FollowUpForm(forms.Form):
    """A line for each decision that is asked about; what is left empty is not said yet."""

    def __init__(
        self, *args: Any, asked: list[CoordinationDecision], said: dict[int, FollowUp], ended: set[int], **kwargs: Any
    ) -> None:  # fmt: skip
        super().__init__(*args, **kwargs)
        self.asked = asked
        for d in asked:
            kept = said.get(d.pk)
            known = kept.status if kept else "DONE" if d.pk in ended else ""
            self.fields[f"status_{d.pk}"] = forms.ChoiceField(
                label=f"{d.text[:20]}：落实情况", required=False, initial=known,
                choices=[("", "请选择"), *FollowUp.Status.choices],
            )  # fmt: skip
            self.fields[f"note_{d.pk}"] = forms.CharField(
                label=f"{d.text[:20]}：说明", required=False, max_length=200, initial=kept.note if kept else "",
                widget=forms.TextInput({"placeholder": "说明，有困难的必填"}),
            )  # fmt: skip

    def lines(self) -> list[tuple[CoordinationDecision, Any, Any]]:
        return [(d, self[f"status_{d.pk}"], self[f"note_{d.pk}"]) for d in self.asked]

    def said(self) -> dict[int, tuple[str, str]]:
        given = self.cleaned_data
        return {
            d.pk: (given[f"status_{d.pk}"], given[f"note_{d.pk}"])
            for d in self.asked
            if given[f"status_{d.pk}"]
        }
