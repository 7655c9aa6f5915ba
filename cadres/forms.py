from typing import Any

from django import forms
from django.db.models import Q

from cadres.categories import CATEGORIES
from cadres.channels import WANTED
from cadres.models import Absence, Area, Cadre, Channel, LeadDecision, Unit
from cadres.querysets import areas_with, areas_within, colleagues, staff_of
from cadres.roles import BY_UNIT_ADMIN, EVALUATOR, ROLES
from cadres.rules import LADDER, Rules, Setting
from cadres.rules import settings as rule_settings
from cadres.scope import scope_of, units_with
from yuexi.core import clock


class DayInput(forms.DateInput):
    input_type = "date"

    def __init__(self) -> None:
        super().__init__(format="%Y-%m-%d")


class PasswordForm(forms.Form):
    old = forms.CharField(
        label="原密码", widget=forms.PasswordInput({"autocomplete": "current-password"})
    )
    new = forms.CharField(
        label="新密码",
        help_text="至少 8 位，不能全是数字，不能含工号",
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )
    again = forms.CharField(
        label="再输一遍", widget=forms.PasswordInput({"autocomplete": "new-password"})
    )

    def clean_again(self) -> str:
        if self.cleaned_data["again"] != self.cleaned_data.get("new"):
            raise forms.ValidationError("两次输入的新密码不一样。")
        return str(self.cleaned_data["again"])


class CadreForm(forms.Form):
    name = forms.CharField(label="姓名", max_length=30)
    work_no = forms.CharField(label="工号", max_length=20)
    unit = forms.ModelChoiceField(Unit.objects.none(), label="单位", empty_label="请选择")
    phone = forms.CharField(label="手机号", max_length=20, required=False)

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Unit.objects.filter(units_with(by, "cadre.manage"))
        self.fields["unit"].queryset = units.order_by("area__code", "name")  # type: ignore[attr-defined]


class EditForm(CadreForm):
    """工号 is the log-in name and stays."""

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, by=by, **kwargs)
        del self.fields["work_no"]
        self.fields["phone"].help_text = "不改请留原样；清空表示不再用手机号登录"


class UnitForm(forms.Form):
    name = forms.CharField(label="单位名称", max_length=60)
    kind = forms.ChoiceField(label="单位类别", choices=Unit.Kind.choices)
    area = forms.ModelChoiceField(Area.objects.none(), label="所在地", empty_label="请选择")
    fields_ = forms.MultipleChoiceField(
        label="主管的问题类别", choices=[(c, c) for c in CATEGORIES], required=False,
        widget=forms.CheckboxSelectMultiple, help_text="整改的牵头单位由此取默认值，只有县直单位要选",
    )  # fmt: skip

    def __init__(self, *args: Any, by: Cadre, made: bool = False, **kwargs: Any) -> None:
        """A unit that is made keeps what it is and where it lies: posts and items hang on it."""
        super().__init__(*args, **kwargs)
        if made:
            del self.fields["kind"], self.fields["area"]
        else:
            self.fields["area"].queryset = areas_within(by, "unit.manage")  # type: ignore[attr-defined]


class PostForm(forms.Form):
    role = forms.ChoiceField(label="角色", choices=[(r.code, r.name) for r in ROLES])
    unit = forms.ModelChoiceField(Unit.objects.none(), label="单位", empty_label="请选择")
    area = forms.ModelChoiceField(Area.objects.none(), label="管辖范围", empty_label="请选择")
    start = forms.DateField(label="任职日期", widget=DayInput())

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = Unit.objects.filter(units_with(by, "cadre.manage"))
        self.fields["unit"].queryset = units.order_by("area__code", "name")  # type: ignore[attr-defined]
        self.fields["area"].queryset = areas_with(by, "cadre.manage")  # type: ignore[attr-defined]
        full = bool(scope_of(by).prefixes.get("cadre.manage"))
        roles: Any = self.fields["role"]
        roles.choices = [
            (r.code, r.name)
            for r in ROLES
            if r.code != EVALUATOR and (full or r.code in BY_UNIT_ADMIN)
        ]
        self.fields["start"].initial = clock.today()


class TokenForm(forms.Form):
    area = forms.ModelChoiceField(Area.objects.none(), label="范围（乡镇）", empty_label="请选择")
    purpose = forms.CharField(label="用途", max_length=100)
    agreement = forms.CharField(label="协议编号", max_length=60)
    responsible = forms.CharField(label="责任人", max_length=40)
    expires_on = forms.DateField(label="到期日", required=False, widget=DayInput())

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        townships = areas_within(by, "token.issue").filter(level=Area.Level.TOWNSHIP)
        self.fields["area"].queryset = townships  # type: ignore[attr-defined]


class DelegationForm(forms.Form):
    receiver = forms.ModelChoiceField(
        Cadre.objects.none(), label="授权给谁", empty_label="请选择", help_text="只能是本乡镇的干部"
    )
    start = forms.DateField(label="从哪天起", widget=DayInput())
    until = forms.DateField(label="到哪天止", widget=DayInput(), help_text="含当天")
    reason = forms.CharField(
        label="依据和事由", max_length=200, widget=forms.Textarea({"rows": 2}),
        help_text="例如：党政会议纪要第 8 号，外出学习期间由其代办自查",
    )  # fmt: skip

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = staff_of(scope_of(by).prefixes.get("item.delegate", ()), clock.today())
        field: Any = self.fields["receiver"]
        field.queryset = staff.exclude(pk=by.pk).order_by("pinyin", "pk")
        field.label_from_instance = lambda c: f"{c.name}（{c.unit}）"
        self.fields["start"].initial = clock.today()


class UploadForm(forms.Form):
    file = forms.FileField(
        label="Excel 文件（.xlsx、.xls）或 .csv",
        widget=forms.ClearableFileInput({"accept": ".xlsx,.xls,.csv"}),
        help_text="CSV 里的长编号最容易丢位数，请先确认证件号码和编号是完整的 18 位、没有变成 3.4E+17",
    )

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.by = by


class LookForm(forms.Form):
    looked = forms.CharField(
        label="看了什么、问了谁、情况怎样", max_length=500, widget=forms.Textarea({"rows": 3})
    )


class DecideForm(forms.Form):
    outcome = forms.ChoiceField(
        label="结论", choices=LeadDecision.Outcome.choices, widget=forms.RadioSelect
    )
    said = forms.CharField(
        label="依据", max_length=500, widget=forms.Textarea({"rows": 3}),
        help_text="写明看了什么、问了谁；结论作出后不能修改",
    )  # fmt: skip


class RulesForm(forms.Form):
    """One line a setting: whether it is said, its number, whom it tells."""

    start = forms.DateField(label="从哪天起执行", widget=DayInput(), help_text="最早明天")
    why = forms.CharField(
        label="为什么修改", max_length=200, widget=forms.Textarea({"rows": 2}),
        help_text="例如：调度会议定，逾期第二天就告诉包乡县领导",
    )  # fmt: skip

    def __init__(self, *args: Any, now: Rules, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for s in rule_settings.all.values():
            if s.occasion:
                self.fields[f"on:{s.code}"] = forms.BooleanField(label=f"{s.name}：提醒", required=False, initial=now.on(s.code))  # fmt: skip
            if s.choices:
                self.fields[f"n:{s.code}"] = forms.TypedChoiceField(
                    label=s.name, choices=list(enumerate(s.choices)), coerce=int,
                    initial=now.number(s.code), widget=forms.Select({"aria-label": s.name}),
                )  # fmt: skip
            elif s.number is not None:
                self.fields[f"n:{s.code}"] = forms.IntegerField(
                    label=s.name, min_value=s.low, max_value=s.high, initial=now.number(s.code),
                    widget=forms.NumberInput({"class": "few", "aria-label": f"{s.name}（{s.unit}）"}),
                )  # fmt: skip
            if s.ladder:
                self.fields[f"to:{s.code}"] = forms.ChoiceField(
                    label=f"{s.name}：告诉谁", choices=list(LADDER.items()), initial=now.to(s.code),
                    widget=forms.Select({"aria-label": f"{s.name}告诉谁"}),
                )  # fmt: skip

    def rows(self) -> list[tuple[str, list[tuple[Setting, Any, Any, Any]]]]:
        def at(kind: str, s: Setting) -> Any:
            return self[f"{kind}:{s.code}"] if f"{kind}:{s.code}" in self.fields else None

        return [
            (group, [(s, at("on", s), at("n", s), at("to", s)) for s in found])
            for group, found in rule_settings.groups().items()
        ]

    def rules(self) -> Rules:
        said = self.cleaned_data
        every = rule_settings.all.values()
        return Rules(
            numbers={s.code: said[f"n:{s.code}"] for s in every if s.number is not None},
            off=frozenset(s.code for s in every if s.occasion and not said[f"on:{s.code}"]),
            tell={s.code: said[f"to:{s.code}"] for s in every if s.ladder},
        )


class RulesDecideForm(forms.Form):
    said = forms.CharField(
        label="意见", max_length=200, required=False, widget=forms.Textarea({"rows": 2}),
        help_text="退回必须写原因",
    )  # fmt: skip


class ChannelForm(forms.Form):
    """The fields of its kind alone; a secret is typed and never shown."""

    name = forms.CharField(
        label="名称", max_length=40, help_text="大家订阅时看到的名字，例如：县政务短信"
    )
    unit = forms.ModelChoiceField(
        Unit.objects.none(), label="哪个单位的群", required=False, empty_label="全县",
        help_text="群里只发人数和条数，不出现姓名",
    )  # fmt: skip
    host = forms.CharField(label="邮件服务器", max_length=200, help_text="例如 mail.example.gov.cn")
    port = forms.IntegerField(label="端口", min_value=1, max_value=65535, initial=465)
    security = forms.ChoiceField(
        label="加密", initial="ssl",
        choices=[("ssl", "SSL/TLS（一般是 465）"), ("starttls", "STARTTLS（一般是 587）"), ("none", "不加密（仅限内网）")],
    )  # fmt: skip
    user = forms.CharField(label="登录名", max_length=100, required=False)
    sender = forms.CharField(label="发件地址", max_length=200)
    url = forms.CharField(
        label="网关地址", max_length=300, help_text="收 JSON 的地址，以 https:// 开头"
    )
    header = forms.CharField(
        label="带授权值的请求头", max_length=41, required=False, initial="Authorization"
    )
    number_field = forms.CharField(label="手机号的字段名", max_length=41, initial="mobile")
    text_field = forms.CharField(label="短信内容的字段名", max_length=41, initial="content")
    secret = forms.CharField(
        label="密钥", max_length=500, required=False, strip=True,
        widget=forms.PasswordInput({"autocomplete": "new-password"}),
    )  # fmt: skip

    def __init__(self, *args: Any, kind: str, kept: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        wanted = WANTED[kind]
        group = kind not in ("SMTP", "SMS")
        keep = {"name", "secret", *wanted.fields, *(["unit"] if group else [])}
        for name in set(self.fields) - keep:
            del self.fields[name]
        if group:
            self.fields["unit"].queryset = Unit.objects.order_by("area__code", "name")  # type: ignore[attr-defined]
        secret = self.fields["secret"]
        secret.label = wanted.secret
        secret.help_text = "已经保存，不再显示；不改请留空" if kept else "加密保存，保存后不再显示"
        self.wanted = wanted

    def address(self) -> dict[str, Any]:
        return {name: self.cleaned_data[name] for name in self.wanted.fields}


class TestMessageForm(forms.Form):
    to = forms.CharField(label="发给谁", max_length=100)

    def __init__(self, *args: Any, channel: Channel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not channel.for_persons:
            del self.fields["to"]
        elif channel.kind == Channel.Kind.SMS:
            self.fields["to"].label = "发到哪个手机号"
        else:
            self.fields["to"].label = "发到哪个邮箱"


class WishForm(forms.Form):
    address = forms.CharField(label="邮箱", max_length=200)
    red = forms.BooleanField(label="逾期的提醒单独告诉我", required=False)

    def __init__(self, *args: Any, channel: Channel, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if channel.kind != Channel.Kind.SMTP:
            del self.fields["address"]


class CalendarForm(forms.Form):
    text = forms.CharField(
        label="放假通知，或逐日写", max_length=4000, required=False, widget=forms.Textarea({"rows": 7}),
        help_text="直接粘贴国务院办公厅通知的原文；也可以每行写一天，例如：2027-02-08 休 春节",
    )  # fmt: skip
    announce = forms.BooleanField(
        label="公布全年：其余日期按周一至周五，不再显示为预计", required=False
    )
    shown = forms.CharField(required=False, widget=forms.HiddenInput)


class AbsenceForm(forms.Form):
    cadre = forms.ModelChoiceField(Cadre.objects.none(), label="谁外出", empty_label=None)
    deputy = forms.ModelChoiceField(
        Cadre.objects.none(), label="代班人", empty_label="请选择", help_text="同单位的同事；只是知道有几条提醒，不代办、不多权限",
    )  # fmt: skip
    kind = forms.ChoiceField(
        label="事由",
        choices=Absence.Kind.choices,
        initial=Absence.Kind.TRIP,
        help_text="休假经本单位管理员批准后，不计入应工作天数",
    )
    start = forms.DateField(label="从哪天起", widget=DayInput())
    until = forms.DateField(label="到哪天止", widget=DayInput(), help_text="含当天")

    def __init__(self, *args: Any, by: Cadre, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        staff = Cadre.objects.filter(is_active=True, kind=Cadre.Kind.CADRE)
        managed = Unit.objects.filter(units_with(by, "cadre.manage")) if scope_of(by).has("cadre.manage") else Unit.objects.none()  # fmt: skip
        who, deputy = self.fields["cadre"], self.fields["deputy"]
        who.queryset = staff.filter(Q(pk=by.pk) | Q(unit__in=managed)).order_by("pinyin", "pk")  # type: ignore[attr-defined]
        near = Q(unit__in=managed) | Q(unit=by.unit_id, unit__isnull=False)
        near |= Q(pk__in=colleagues(by, clock.today()).values("pk"))
        deputy.queryset = staff.filter(near).order_by("pinyin", "pk")  # type: ignore[attr-defined]
        for field in (who, deputy):
            field.label_from_instance = lambda c: f"{c.name}（{c.unit}）" if managed else c.name  # type: ignore[attr-defined]
        who.initial = by.pk
        self.fields["start"].initial = clock.today()
        if not managed:
            del self.fields["cadre"]
