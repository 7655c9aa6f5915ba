from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django import forms
from django.db.models import Case, Q, When

from cadres.categories import CATEGORIES
from cadres.forms import DayInput, UploadForm
from cadres.models import Area, Cadre, Post, Unit
from cadres.querysets import areas_within
from cadres.scope import scope_of
from households.models import Household, Visit
from households.querysets import households_visible_to
from rectification.actions.amending import FIELDS as AMENDABLE
from rectification.actions.milestones import standing
from rectification.actions.onspot import Solution
from rectification.actions.registering import Finding
from rectification.actions.screening import MARKS, Choice, visits_since
from rectification.limits import grade_choices
from rectification.models import AccountabilityDecision, Appeal, Item, ScreenedHousehold
from rectification.querysets import batches_to_go_on, items_visible_to
from rectification.workflow import (
    EXTENTS,
    GRADES,
    ON_SPOT_SOURCES,
    OPEN,
    RED_LINES,
    ROUTE_LABELS,
    SOURCES,
    STAGES_MAX,
    STAGES_MIN,
    Route,
)
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


ANEW = "NEW"


class BatchForm(UploadForm):
    """What a file of findings is: asked with the upload, shown with its batch ever after."""

    title = forms.CharField(
        label="批次名称", max_length=80, required=False, help_text="例如：2026年第三方评估第一批；不填用文件名"
    )  # fmt: skip
    document_no = forms.CharField(label="来文文号", max_length=40, required=False)
    batch = forms.ChoiceField(
        label="改好续传",
        required=False,
        help_text="把未通过的行改好后再传的，选原来那一批：按原行号接着办，不另起一批，名称和文号不用再填",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        waiting = batches_to_go_on(self.by)[:50]
        choices = [(str(b.uid), f"{b.title}（未定 {b.undecided} 行）") for b in waiting]  # type: ignore[attr-defined]
        box: Any = self.fields["batch"]
        box.choices = [("", "不是，这是新来文"), *choices, (ANEW, "有原行号，但要另起一批")]
        self.order_fields(["file", "batch", "title", "document_no"])
        if not choices:
            del self.fields["batch"]


class RejectForm(forms.Form):
    reason = forms.CharField(label="不成立的理由", max_length=300)


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


class StagesForm(PlanForm):
    """长期坚持: the measure with its stages. An empty row is no stage; half a one is a mistake."""

    start = 1

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for no in range(1, STAGES_MAX + 1):
            needed = no <= STAGES_MIN
            self.fields[f"goal{no}"] = forms.CharField(
                label=f"第 {no} 阶段目标", max_length=200, required=needed
            )
            self.fields[f"due{no}"] = forms.DateField(
                label=f"第 {no} 阶段完成日期", required=needed, widget=DayInput()
            )

    def clean(self) -> dict[str, Any]:
        data = super().clean() or self.cleaned_data
        stages, ended = [], 0
        for no in range(self.start, STAGES_MAX + 1):
            goal, due = data.get(f"goal{no}"), data.get(f"due{no}")
            if goal and due:
                if ended:
                    self.add_error(f"goal{ended}", f"第 {ended} 阶段空着，请按顺序填写。")
                stages.append((goal, due))
            elif (goal or due) and not self.errors:
                self.add_error(f"goal{no}", f"第 {no} 阶段的目标和完成日期要一起填，或都不填。")
            else:
                ended = ended or no
        data["stages"] = stages
        return data


class ExtendForm(forms.Form):
    """延期: in 工作日, since that is how the deadline counts."""

    days = forms.IntegerField(label="延长几个工作日", min_value=1)
    reason = forms.CharField(
        label="为什么按期办不完", max_length=300, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args: Any, item: Item, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields[
            "days"
        ].help_text = f"1 到 {item.length or 0} 个工作日：不能超过原来给的；一件只延期一次"


class ReplanForm(StagesForm):
    """What is still open of the plan, cut anew: it starts from how it stands."""

    reason = forms.CharField(
        label="为什么要变更计划", max_length=300, widget=forms.Textarea({"rows": 3})
    )

    def __init__(self, *args: Any, item: Item, **kwargs: Any) -> None:
        left = list(standing(item).filter(passed=None).order_by("no"))
        self.start = left[0].no if left else 1
        super().__init__(*args, **kwargs)
        del self.fields["measure"], self.fields["goal"]
        for no in range(1, STAGES_MAX + 1):
            if no < self.start:
                del self.fields[f"goal{no}"], self.fields[f"due{no}"]
            else:
                self.fields[f"goal{no}"].required = self.fields[f"due{no}"].required = (
                    no == self.start
                )
        for stage in left:
            self.fields[f"goal{stage.no}"].initial = stage.goal
            self.fields[f"due{stage.no}"].initial = stage.due


class RedLineForm(forms.Form):
    line = forms.ChoiceField(
        label="哪一条红线", choices=list(RED_LINES.items()), widget=forms.RadioSelect
    )
    said = forms.CharField(
        label="您知道的情况", max_length=1000, widget=forms.Textarea({"rows": 4}),
        help_text="加密保存，只有纪委监委能看；您的姓名也一样",
    )  # fmt: skip


class SettleForm(forms.Form):
    """Of a case its number alone: what it is about stays out of this system."""

    document_no = forms.CharField(
        label="文号", max_length=40, required=False, help_text="办结必填；案情不在这里登记"
    )


class VerdictForm(forms.Form):
    """What 纪委监委 decided, after it heard the person."""

    outcome = forms.ChoiceField(
        label="结果", choices=AccountabilityDecision.Outcome.choices, widget=forms.RadioSelect
    )
    heard_on = forms.DateField(label="听取本人说明的日期", widget=DayInput())
    document_no = forms.CharField(
        label="文号",
        max_length=40,
        required=False,
        help_text="除“不予问责”外必填；案情不在这里登记",
    )


class AppealForm(forms.Form):
    outcome = forms.ChoiceField(
        label="申诉情况", choices=Appeal.Outcome.choices, widget=forms.RadioSelect
    )
    on = forms.DateField(label="日期", widget=DayInput())
    document_no = forms.CharField(label="文号", max_length=40, required=False)

    def __init__(self, *args: Any, choices: Sequence[tuple[str, str]], **kwargs: Any) -> None:
        """Offers what may come next; takes all, so that a stale page is answered in words."""
        super().__init__(*args, **kwargs)
        self.fields["outcome"].widget.choices = choices


class ScreeningForm(forms.Form):
    """举一反三: which households, shown first with their count."""

    area = forms.ModelChoiceField(Area.objects.none(), label="地方", empty_label="请选择")
    kind = forms.ChoiceField(
        label="户类型", required=False, choices=[("", "不限"), *Household.Kind.choices]
    )
    mark = forms.ChoiceField(
        label="在册情况", required=False,
        choices=[("", "不限"), *((k, words) for k, (words, _) in MARKS.items())],
    )  # fmt: skip
    watched = forms.BooleanField(label="只要监测对象", required=False)
    what = forms.CharField(
        label="到户要查什么", max_length=200, required=False, help_text="查的人看得到，例如“冬季水管有没有保温”"
    )  # fmt: skip

    def __init__(self, *args: Any, item: Item, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        right = (
            "item.review" if scope_of(by).has("item.review", item.area_id) else "item.self_check"
        )
        places: Any = self.fields["area"]
        places.queryset = areas_within(by, right).exclude(level=Area.Level.COUNTY)
        places.label_from_instance = lambda a: (
            f"{a.parent.name} {a.name}" if a.level == Area.Level.VILLAGE else f"{a.name}（全乡镇）"
        )

    def choice(self) -> Choice:
        data = self.cleaned_data
        return Choice(data["area"], data["kind"], data["watched"], data["mark"])


class LookForm(forms.Form):
    found = forms.ChoiceField(
        label="结果", choices=[("0", "无此问题"), ("1", "有此问题")], widget=forms.RadioSelect
    )
    visit = forms.ModelChoiceField(
        Visit.objects.none(), label="凭哪次走访", required=False, empty_label="没有走访，写明情况"
    )
    said = forms.CharField(
        label="情况", max_length=200, required=False,
        help_text="有问题的写问题原文；没有走访的写明怎么看的",
    )  # fmt: skip

    def __init__(self, *args: Any, row: ScreenedHousehold, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        visits: Any = self.fields["visit"]
        visits.queryset = visits_since(row).select_related("visitor").order_by("-occurred_at")
        visits.label_from_instance = lambda v: f"{clock.day(v.occurred_at):%m-%d} {v.visitor.name}"


class ColumnsForm(forms.Form):
    """台账栏目 that this reader may fill in; the action says what each takes."""

    def __init__(self, *args: Any, fields: list[str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name in fields:
            self.fields[name] = self._field(name)

    @staticmethod
    def _field(name: str) -> forms.Field:
        label = AMENDABLE[name].label
        given: dict[str, Any] = {"required": False, "max_length": 1000}
        if name == "extent":
            return forms.ChoiceField(label=label, required=False, choices=[("", "未定"), *((n, n) for n in EXTENTS.values())])  # fmt: skip
        if name == "found_on":
            return forms.CharField(label=label, required=False, widget=DayInput())
        if name in ("measure", "remark"):
            hint = "一行一条，每条就是任务清单里的一项任务" if name == "measure" else ""
            return forms.CharField(
                label=label, help_text=hint, widget=forms.Textarea({"rows": 3}), **given
            )
        hint = "几个单位用顿号隔开，写全称" if name == "co_units" else ""
        return forms.CharField(label=label, help_text=hint, **given)


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
