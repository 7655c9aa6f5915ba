from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django import forms

from cadres.categories import CATEGORIES
from cadres.forms import DayInput
from cadres.models import Area, Cadre, Unit
from cadres.querysets import areas_within
from households.actions.numbers import unnumbered
from households.actions.visits import Problem, VisitEntry
from households.models import FACTS, Assignment, Household, Monitoring, Policy, Term, Visit
from households.querysets import helper_by_number, helpers_to_choose, policies_in_force
from yuexi.core import clock

# As said on a phone's button.
SHORT = dict(zip(CATEGORIES, ("饮水", "住房", "上学", "看病", "务工", "产业", "政策", "道路水电", "档案", "其他"), strict=True))  # fmt: skip


BY_NUMBER = "名单里没有的县直单位干部，填他的完整工号"


class RevealForm(forms.Form):
    member = forms.IntegerField(widget=forms.HiddenInput)
    reason = forms.CharField(label="查看原因", max_length=100)


class HelperForm(forms.Form):
    """A helper from the list, or by his work number where he is on none that the reader sees."""

    chosen: str  # the field of the list

    def offer(self, by: Cadre, *, but: Cadre | None = None) -> None:
        field: Any = self.fields[self.chosen]
        field.required = False
        offered = helpers_to_choose(by, clock.today())
        field.queryset = offered.exclude(pk=but.pk) if but else offered
        field.label_from_instance = lambda c: f"{c.name}（{c.unit}，{c.work_no}）"
        self.but = but

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        number = data.pop("work_no", "").strip()
        if number and data.get(self.chosen):
            self.add_error("work_no", "已从名单里选了人，就不要再填工号；两样只填一样。")
        elif number:
            found = helper_by_number(number)
            if found is None or found == self.but:
                self.add_error("work_no", "没有这个工号的在用账号，请核对工号。")
            data[self.chosen] = found
        elif not data.get(self.chosen) and self.chosen not in self.errors:
            self.add_error(self.chosen, "请从名单里选，或填县直单位干部的工号。")
        return data


class AssignForm(HelperForm):
    chosen = "cadre"
    cadre = forms.ModelChoiceField(Cadre.objects.none(), label="帮扶人", empty_label="请选择")
    work_no = forms.CharField(label="或填工号", max_length=20, required=False, help_text=BY_NUMBER)
    rank = forms.ChoiceField(label="身份", choices=Assignment.Rank.choices)
    start = forms.DateField(label="开始日期", widget=DayInput())

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.offer(by)
        self.fields["start"].initial = clock.today()


class TransferForm(HelperForm):
    chosen = "taker"
    household = forms.MultipleChoiceField(label="移交的农户", widget=forms.CheckboxSelectMultiple)
    taker = forms.ModelChoiceField(Cadre.objects.none(), label="接手人", empty_label="请选择")
    work_no = forms.CharField(label="或填工号", max_length=20, required=False, help_text=BY_NUMBER)
    start = forms.DateField(label="从哪天起", widget=DayInput())

    def __init__(
        self, *args: Any, by: Cadre, giver: Cadre, owned: list[Assignment], **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        homes: Any = self.fields["household"]
        homes.choices = [(str(a.household.uid), str(a.household)) for a in owned]
        homes.error_messages = {"required": "请至少勾选一户。", "invalid_choice": "勾选的农户刚刚已移交，请刷新页面。"}  # fmt: skip
        self.offer(by, but=giver)
        self.fields["start"].initial = clock.today()


class MemberForm(forms.Form):
    name = forms.CharField(label="姓名", max_length=60)
    idno = forms.CharField(
        label="证件号码", max_length=30, widget=forms.TextInput({"autocomplete": "off"})
    )
    relation_name = forms.CharField(label="与户主关系", max_length=20)


class LeaveForm(forms.Form):
    WHY = [(w, w) for w in ("死亡", "嫁出", "迁出", "分户", "判刑收监", "其他")]
    member = forms.ChoiceField(label="成员")
    why = forms.ChoiceField(label="原因", choices=WHY)
    on = forms.DateField(label="日期", widget=DayInput())

    def __init__(self, *args: Any, household: Household, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = household.members.filter(left_on__isnull=True).exclude(relation="户主")
        self.fields["member"].choices = [(m.pk, f"{m.name}（{m.relation}）") for m in members]  # type: ignore[attr-defined]


class HeadForm(forms.Form):
    new_head = forms.ChoiceField(label="新户主")

    def __init__(self, *args: Any, household: Household, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        members = household.members.filter(left_on__isnull=True).exclude(relation="户主")
        self.fields["new_head"].choices = [(m.pk, m.name) for m in members]  # type: ignore[attr-defined]


class VisitForm(forms.Form):
    """One phone screen. Everything below `mode` and `met` may stay empty."""

    uid = forms.UUIDField(widget=forms.HiddenInput)
    mode = forms.ChoiceField(
        label="怎么走访的",
        choices=[("IN_PERSON", "入户"), ("REMOTE", "电话/视频"), ("NOBODY", "外出无人")],
        widget=forms.RadioSelect,
        initial="IN_PERSON",
    )
    met = forms.CharField(
        label="见到谁", max_length=60, required=False, help_text="外出无人时请清空"
    )
    unreached = forms.ChoiceField(
        label="没见到人的原因",
        choices=Visit.Unreached.choices,
        required=False,
        widget=forms.RadioSelect,
        help_text="选了“外出无人”才填",
    )
    unreached_words = forms.CharField(label="原因补充", max_length=60, required=False)
    purposes = forms.MultipleChoiceField(
        label="来做什么",
        choices=Visit.Purpose.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    changes = forms.MultipleChoiceField(
        label="家里有变化吗",
        choices=Visit.Change.choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    policies = forms.MultipleChoiceField(
        label="讲了什么政策",
        help_text="政策库里现行的政策",
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )
    problem_category = forms.ChoiceField(
        label="发现问题",
        choices=[("", "没有"), *SHORT.items()],
        required=False,
        widget=forms.RadioSelect,
        initial="",
    )
    problem_text = forms.CharField(
        label="问题说清楚",
        max_length=500,
        required=False,
        widget=forms.Textarea({"rows": 2}),
        help_text="照户主的原话写",
    )
    problem2_category = forms.ChoiceField(
        label="第二个问题",
        choices=[("", "没有"), *SHORT.items()],
        required=False,
        widget=forms.RadioSelect,
        initial="",
    )
    problem2_text = forms.CharField(
        label="第二个问题说清楚", max_length=500, required=False, widget=forms.Textarea({"rows": 2})
    )
    done = forms.CharField(
        label="办了什么", max_length=500, required=False, widget=forms.Textarea({"rows": 2})
    )
    promise = forms.CharField(label="答应的事", max_length=200, required=False)
    day = forms.DateField(label="走访日期", widget=DayInput())
    clock = forms.TimeField(label="几点", widget=forms.TimeInput({"type": "time"}, format="%H:%M"))
    late_reason = forms.CharField(
        label="补录原因", max_length=200, required=False, help_text="走访过了 24 小时才填"
    )
    latitude = forms.FloatField(required=False, widget=forms.HiddenInput)
    longitude = forms.FloatField(required=False, widget=forms.HiddenInput)
    accuracy = forms.FloatField(required=False, widget=forms.HiddenInput)
    photo = forms.FileField(
        label="照片（自愿）", required=False, widget=forms.ClearableFileInput({"accept": "image/*"})
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        titles = policies_in_force(clock.today()).order_by("title").values_list("title", flat=True)
        field: Any = self.fields["policies"]
        field.choices = [(t, t) for t in titles]

    def clean(self) -> dict[str, Any]:
        data = super().clean() or {}
        if data.get("mode") == Visit.Mode.NOBODY and not data.get("unreached"):
            self.add_error("unreached", "请选一下为什么没见到人。")
        for n in ("problem", "problem2"):
            if bool(data.get(f"{n}_category")) != bool(data.get(f"{n}_text", "").strip()):
                self.add_error(f"{n}_text", "发现的问题要选类别并写清楚；没有问题请选“没有”。")
        return data

    def entry(self) -> VisitEntry:
        data = self.cleaned_data
        at = datetime.combine(data["day"], data["clock"], clock.SHANGHAI)
        problems = [
            Problem(data[f"{n}_category"], data[f"{n}_text"])
            for n in ("problem", "problem2")
            if data[f"{n}_category"]
        ]
        whole = all(data[k] is not None for k in ("latitude", "longitude", "accuracy"))
        place = {k: data[k] for k in ("latitude", "longitude", "accuracy")} if whole else {}
        plain = {
            k: data[k]
            for k in (
                "mode",
                "met",
                "unreached",
                "unreached_words",
                "purposes",
                "changes",
                "policies",
                "done",
                "promise",
                "late_reason",
            )
        }
        now = clock.now()
        if (
            now < at < now + timedelta(minutes=2)
        ):  # to the minute, so that a second sending says the same
            at = now.replace(second=0, microsecond=0)
        return VisitEntry(occurred_at=at, problems=problems, **plain, **place)


class CorrectionForm(forms.Form):
    met = forms.CharField(label="见到谁", max_length=60, required=False)
    done = forms.CharField(
        label="办了什么", max_length=500, required=False, widget=forms.Textarea({"rows": 2})
    )
    promise = forms.CharField(label="答应的事", max_length=200, required=False)
    reason = forms.CharField(label="更正原因", max_length=200)
    void = forms.BooleanField(label="整条作废（记录仍保留，注明作废）", required=False)


class WordForm(forms.Form):
    """The householder's own words; the card's page adds which visit."""

    came = forms.TypedChoiceField(
        label="这次来过吗", choices=[("1", "来过"), ("0", "没来过")], widget=forms.RadioSelect,
        coerce=lambda v: v == "1",
    )  # fmt: skip
    said = forms.CharField(
        label="想说的话", max_length=200, required=False, widget=forms.Textarea({"rows": 2})
    )


class AnswerForm(WordForm):
    visit = forms.IntegerField(widget=forms.HiddenInput, min_value=1, max_value=2**63 - 1)


class NewHouseholdForm(forms.Form):
    area = forms.ModelChoiceField(Area.objects.none(), label="村", empty_label="请选择")
    group = forms.CharField(label="村民组", max_length=30, required=False)
    name = forms.CharField(label="户主姓名", max_length=60)
    idno = forms.CharField(
        label="户主证件号码", max_length=30, widget=forms.TextInput({"autocomplete": "off"})
    )
    kind = forms.ChoiceField(label="户类型", choices=Household.Kind.choices)

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        village_choices(self.fields["area"], by)


def village_choices(field: Any, by: Cadre) -> None:
    villages = areas_within(by, "household.edit").filter(level=Area.Level.VILLAGE)
    field.queryset = villages.select_related("parent")
    field.label_from_instance = lambda a: f"{a.parent.name} {a.name}"


# What 更新基本情况 shows, by column.
KNOWN = ("group", "kind", "unsafe_house", "safe_water", "cause", "income_per_head")


def known(household: Household) -> dict[str, Any]:
    return {name: getattr(household, name) for name in KNOWN}


def yes_no_field(label: str) -> forms.TypedChoiceField:
    return forms.TypedChoiceField(
        label=label, required=False, empty_value=None, coerce=lambda v: v == "True",
        choices=[("", "未填"), ("True", "是"), ("False", "否")],
    )  # fmt: skip


class HouseholdForm(forms.Form):
    group = forms.CharField(label="村民组", max_length=30, required=False)
    kind = forms.ChoiceField(label="户类型", choices=Household.Kind.choices)
    unsafe_house = yes_no_field("是否危房户")
    safe_water = yes_no_field("是否解决安全饮用水")
    cause = forms.CharField(label="主要致贫原因", max_length=20, required=False)
    income_per_head = forms.DecimalField(
        label="人均纯收入（元）", max_digits=12, decimal_places=2, required=False
    )


class MoveForm(forms.Form):
    to = forms.ModelChoiceField(Area.objects.none(), label="迁到", empty_label="请选择")
    group = forms.CharField(label="村民组", max_length=30, required=False)

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        village_choices(self.fields["to"], by)


class SplitForm(forms.Form):
    members = forms.MultipleChoiceField(label="分出去的成员", widget=forms.CheckboxSelectMultiple)
    head = forms.ChoiceField(label="新户主")

    def __init__(self, *args: Any, household: Household, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        others = household.members.filter(left_on__isnull=True).exclude(relation="户主")
        choices = [(m.pk, f"{m.name}（{m.relation}）") for m in others]
        for name in ("members", "head"):
            field: Any = self.fields[name]
            field.choices = choices


class NumberForm(forms.Form):
    """户编号 of the household and a 人编号 for each present member who has none."""

    number = forms.CharField(
        label="户编号", max_length=32, help_text="照国家系统填写，保存后不能再改"
    )

    def __init__(self, *args: Any, household: Household, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for member in unnumbered(household):
            self.fields[f"person_{member.pk}"] = forms.CharField(
                label=f"{member.name}（{member.relation}）的人编号", max_length=32
            )


class DayForm(forms.Form):
    on = forms.DateField(label="日期", widget=DayInput())


class WatchForm(DayForm):
    category = forms.ChoiceField(label="监测对象类别", choices=Monitoring.Category.choices)
    risk = forms.CharField(label="返贫致贫风险", max_length=20)


class CloseForm(DayForm):
    why = forms.ChoiceField(label="销户原因", choices=Household.Closed.choices)


class ReviewForm(forms.Form):
    visit = forms.UUIDField(widget=forms.HiddenInput)
    said = forms.CharField(
        label="处理情况",
        max_length=200,
        widget=forms.TextInput(
            {"aria-label": "处理情况", "placeholder": "处理情况，例如：已更新就业状况"}
        ),
    )


class AdoptForm(forms.Form):
    """采纳: which of a visit's facts, each with what the roster said when the page was made."""

    visit = forms.UUIDField(widget=forms.HiddenInput)
    take = forms.MultipleChoiceField(
        label="采纳哪些", choices=[(f, f) for f in FACTS], required=False
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in FACTS:
            self.fields[f"seen_{name}"] = forms.CharField(
                max_length=30, required=False, strip=False
            )

    def seen(self) -> dict[str, str]:
        return {name: self.cleaned_data[f"seen_{name}"] for name in self.cleaned_data["take"]}


class PolicyForm(forms.Form):
    title = forms.CharField(label="名称", max_length=40)
    what = forms.CharField(label="一句话说明", max_length=200)
    for_whom = forms.CharField(label="哪些人可以享受", max_length=200)
    standard = forms.CharField(label="标准", max_length=200, help_text="例如“每人每学年 1000 元”")
    lead_unit = forms.ModelChoiceField(Unit.objects.none(), label="牵头单位", empty_label="请选择")
    contact = forms.CharField(label="问谁", max_length=60, help_text="科室和办公电话，不写私人手机")
    document_no = forms.CharField(label="文号", max_length=60, required=False)
    valid_from = forms.DateField(label="施行日期", widget=DayInput())
    last_day = forms.DateField(
        label="最后一天", widget=DayInput(), required=False, help_text="长期有效的不填"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["lead_unit"]
        field.queryset = Unit.objects.filter(kind=Unit.Kind.COUNTY).order_by("name")

    @staticmethod
    def of(policy: Policy) -> dict[str, Any]:
        names = ("title", "what", "for_whom", "standard", "lead_unit", "contact", "document_no", "valid_from", "last_day")  # fmt: skip
        return {name: getattr(policy, name) for name in names}

    def values(self) -> dict[str, Any]:
        """The last day as people say it, kept as the day after."""
        data = dict(self.cleaned_data)
        last = data.pop("last_day")
        return {**data, "valid_to": last and last + timedelta(days=1)}


class TermForm(forms.Form):
    thing = forms.ChoiceField(label="什么的称谓", choices=Term.Thing.choices)
    text = forms.CharField(label="称谓", max_length=40)
    start = forms.DateField(
        label="从哪天起", widget=DayInput(), required=False, help_text="最早的一个称谓不填"
    )
    last_day = forms.DateField(
        label="最后一天", widget=DayInput(), required=False, help_text="现在还用的不填"
    )

    def __init__(self, *args: Any, term: Term | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if term:
            self.fields["thing"].choices = [(term.thing, term.get_thing_display())]  # type: ignore[attr-defined]

    @staticmethod
    def of(term: Term) -> dict[str, Any]:
        return {name: getattr(term, name) for name in ("thing", "text", "start", "last_day")}


class CampaignForm(forms.Form):
    name = forms.CharField(label="名称", max_length=60)
    area = forms.ModelChoiceField(Area.objects.none(), label="范围", empty_label="请选择")
    start = forms.DateField(label="开始日期", widget=DayInput())
    last = forms.DateField(label="最后一天", widget=DayInput())

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        field: Any = self.fields["area"]
        places = areas_within(by, "campaign.manage").exclude(level=Area.Level.VILLAGE)
        field.queryset = places
        self.fields["start"].initial = clock.today()


class ExtendForm(forms.Form):
    last = forms.DateField(label="新的最后一天", widget=DayInput())


class DecisionForm(forms.Form):
    """收下 or 不收 is the button that sends it."""

    said = forms.CharField(
        label="理由", max_length=200, help_text="走访人会看到，例如“村里核实来过”"
    )


class HandOverForm(forms.Form):
    file = forms.FileField(
        label="手机导出的走访记录", help_text="手机版“发送”页里“导出交专干代收”得到的 .json 文件"
    )
