from __future__ import annotations

from datetime import timedelta
from typing import Any

from django import forms

from cadres.forms import DayInput
from cadres.models import Area, Cadre
from cadres.querysets import areas_within
from households.models import Campaign, Household
from inspections.actions.practices import Binding
from inspections.models import Column, Consent, Honour, Practice, PracticeFigure
from inspections.models.publicity import KEYS
from inspections.publicity.names import present
from inspections.publicity.querysets import EDIT
from yuexi.core import clock


class ColumnForm(forms.Form):
    outlet = forms.CharField(label="媒体", max_length=40, help_text="如：县融媒体中心")
    medium = forms.ChoiceField(label="媒体类型", choices=Column.Medium.choices)
    name = forms.CharField(label="专栏名称", max_length=40)
    start = forms.DateField(label="开办日期", widget=DayInput())


class EndForm(forms.Form):
    on = forms.DateField(label="从哪天起停办", widget=DayInput(), help_text="那天起不再登记稿件")


class MonthForm(forms.Form):
    month = forms.DateField(
        label="月份", input_formats=["%Y-%m"], widget=forms.DateInput({"type": "month"}, "%Y-%m"), help_text="本月或以后"
    )  # fmt: skip
    count = forms.IntegerField(label="计划几篇", min_value=0, max_value=200)


class ArticleForm(forms.Form):
    column = forms.ModelChoiceField(Column.objects.none(), label="专栏", empty_label="请选择")
    title = forms.CharField(label="标题", max_length=80)
    published_on = forms.DateField(label="刊播日期", widget=DayInput())
    link = forms.CharField(label="网址", max_length=300, required=False, help_text="没有网址的填版面或时段，两样至少一样")  # fmt: skip
    place = forms.CharField(label="版面或时段", max_length=60, required=False, help_text="如：第 2 版；晚间新闻 19:40")  # fmt: skip
    practice = forms.ModelChoiceField(Practice.objects.none(), label="讲的是哪篇好经验", required=False, empty_label="不涉及")  # fmt: skip
    honour = forms.ModelChoiceField(Honour.objects.none(), label="讲的是哪位典型", required=False, empty_label="不涉及")  # fmt: skip

    def __init__(self, *args: Any, honours: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["column"].queryset = Column.objects.filter(end__isnull=True).order_by("outlet", "name")  # fmt: skip
        fields["practice"].queryset = Practice.objects.filter(status="APPROVED").order_by("-at")  # fmt: skip
        fields["honour"].queryset = honours
        fields["honour"].label_from_instance = called


class WhyForm(forms.Form):
    why = forms.CharField(label="作废原因", max_length=100)


class SaidForm(forms.Form):
    said = forms.CharField(label="原因", max_length=200, widget=forms.Textarea({"rows": 2}))


class PracticeForm(forms.Form):
    area = forms.ModelChoiceField(Area.objects.none(), label="哪个村", empty_label="请选择")
    title = forms.CharField(label="标题", max_length=60)
    text = forms.CharField(
        label="做法和成效", max_length=3000, widget=forms.Textarea({"rows": 8}),
        help_text="成效里的数字不直接写，写成 {甲} {乙} 这样的记号，再在下面选它从哪里数；审核时数一次，以后和当日的数并排显示",
    )  # fmt: skip

    def __init__(self, *args: Any, by: Cadre, campaigns: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        fields: Any = self.fields
        fields["area"].queryset = areas_within(by, EDIT).filter(level=Area.Level.VILLAGE).select_related("parent")  # fmt: skip
        fields["area"].label_from_instance = lambda a: f"{a.parent.name} {a.name}"
        for key in KEYS:
            fields[f"kind_{key}"] = forms.ChoiceField(
                label=f"{{{key}}} 的数据", choices=[("", "不用"), *PracticeFigure.Kind.choices], required=False
            )  # fmt: skip
            fields[f"start_{key}"] = forms.DateField(label=f"{{{key}}} 从", widget=DayInput(), required=False)  # fmt: skip
            fields[f"last_{key}"] = forms.DateField(label=f"{{{key}}} 到", widget=DayInput(), required=False)  # fmt: skip
            fields[f"campaign_{key}"] = forms.ModelChoiceField(campaigns, label=f"{{{key}}} 哪次大走访", required=False, empty_label="—")  # fmt: skip

    def rows(self) -> list[tuple[str, list[Any]]]:
        return [(key, [self[f"{part}_{key}"] for part in ("kind", "start", "last", "campaign")]) for key in KEYS]  # fmt: skip

    def words(self) -> list[Any]:
        return [self["area"], self["title"], self["text"]]

    def facts(self) -> dict[str, Any]:
        given = self.cleaned_data
        bindings = [
            Binding(key, given[f"kind_{key}"], given[f"start_{key}"], given[f"last_{key}"], given[f"campaign_{key}"])
            for key in KEYS if given[f"kind_{key}"]
        ]  # fmt: skip
        return {"area": given["area"], "title": given["title"], "text": given["text"], "bindings": bindings}  # fmt: skip

    @staticmethod
    def before(practice: Practice) -> dict[str, Any]:
        found: dict[str, Any] = {"area": practice.area, "title": practice.title, "text": practice.text}  # fmt: skip
        for f in practice.figures.all():
            found |= {f"kind_{f.key}": f.kind, f"start_{f.key}": f.start, f"last_{f.key}": f.last, f"campaign_{f.key}": f.campaign}  # fmt: skip
        return found


class PhotoForm(forms.Form):
    photo = forms.FileField(
        label="照片", widget=forms.FileInput({"accept": "image/*"}), help_text="JPG 或 PNG；拍摄时间、位置、机型会自动去掉"
    )  # fmt: skip
    no_children = forms.BooleanField(label="照片里没有未成年人的正面", required=False)


class CadreHonourForm(forms.Form):
    work_no = forms.CharField(label="工号", max_length=20)
    name = forms.CharField(label="姓名", max_length=30, help_text="工号和姓名都要对上")
    title = forms.CharField(label="标题", max_length=60)
    deed = forms.CharField(
        label="事迹", max_length=2000, widget=forms.Textarea({"rows": 8}),
        help_text="写做了什么、怎么做的。不写农户真实姓名、电话、证件号码和病情",
    )  # fmt: skip


class HouseholdHonourForm(forms.Form):
    title = forms.CharField(label="标题", max_length=60)
    deed = forms.CharField(
        label="事迹", max_length=2000, widget=forms.Textarea({"rows": 8}),
        help_text="家里人的姓名照常写，展示、打印、导出时按下面的选择自动处理",
    )  # fmt: skip
    masking = forms.ChoiceField(
        label="姓名怎么出现", choices=Honour.Masking.choices, widget=forms.RadioSelect
    )
    tells_health = forms.BooleanField(label="事迹写到健康或残疾（授权书须同意）", required=False)
    consent = forms.ModelChoiceField(
        Consent.objects.none(), label="书面授权", required=False, empty_label="还没有，公示前补上"
    )

    def __init__(self, *args: Any, household: Household, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self.fields["consent"], household)


class AttachForm(forms.Form):
    consent = forms.ModelChoiceField(Consent.objects.none(), label="书面授权", empty_label="请选择")

    def __init__(self, *args: Any, household: Household | None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        offer(self.fields["consent"], household)


class NoticeForm(forms.Form):
    contact = forms.CharField(label="受理意见的科室和办公电话", max_length=60)


class OpinionForm(forms.Form):
    clear = forms.TypedChoiceField(
        label="意见", choices=[("1", "没有不同意见"), ("0", "暂缓")], widget=forms.RadioSelect, coerce=lambda v: v == "1"
    )  # fmt: skip
    document_no = forms.CharField(label="复函文号", max_length=40, required=False)


class WithdrawForm(forms.Form):
    why = forms.ChoiceField(
        label="撤销原因", choices=[c for c in Honour.Why.choices if c[0] != "CONSENT"]
    )
    said = forms.CharField(label="说明", max_length=200, help_text="内部留存，不公开")


class ConsentForm(forms.Form):
    signed_by = forms.CharField(label="签字人", max_length=60, help_text="户主或成年家庭成员")
    story = forms.BooleanField(label="同意讲家里的事迹", required=False)
    name = forms.BooleanField(label="同意出现真实姓名", required=False)
    photo = forms.BooleanField(label="同意使用照片", required=False)
    health = forms.BooleanField(label="同意写到健康、残疾情况", required=False)
    start = forms.DateField(label="签字日期", widget=DayInput())
    last = forms.DateField(label="有效期到", widget=DayInput(), help_text="含当日，最长 3 年；到期自动不再展示")  # fmt: skip
    file = forms.FileField(
        label="授权书扫描件", help_text="JPG、PNG 或 PDF，加密存放，打开要记日志"
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["last"].initial = clock.today() + timedelta(days=365)
        self.fields["start"].initial = clock.today()


def offer(field: Any, household: Household | None) -> None:
    kept = Consent.objects.filter(household=household, revoked_on__isnull=True, end__gt=clock.today())  # fmt: skip
    field.queryset = kept.order_by("-pk")
    field.label_from_instance = lambda c: f"{c.start} 签，同意{'、'.join(c.scope())}，到 {c.last_day}"  # fmt: skip


def called(honour: Any) -> str:
    shown = present(honour, clock.today()).shown  # type: ignore[attr-defined]
    return f"{shown['name']}（{shown['place']}）"


def campaigns_of() -> Any:
    return Campaign.objects.order_by("-start")
