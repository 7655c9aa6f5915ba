"""检查报备: the register, a new one, one with its decision."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.db.models import Q
from django.forms import Form
from django.http import Http404, HttpResponse
from django.shortcuts import get_object_or_404

from cadres.models import Area
from cadres.request import PageRequest
from cadres.rules import in_force
from cadres.scope import require, scope_of
from inspections import law
from inspections.actions import filings
from inspections.models import Filing
from inspections.planned import planned
from inspections.register_forms import FilingDecideForm, FilingForm
from inspections.registers import filings_to_decide, filings_to_join, filings_visible_to
from inspections.views.listing import done, listed, shown, tried
from yuexi.core import clock

VIEWS = {
    "": ("全部", Q()),
    "waits": ("等决定", Q(status="WAITS")),
    "join": ("等并入批次", Q(status="FILED")),
    "going": ("可以进行", Q(status__in=["JOINED", "ALLOWED", "STARTED"])),
    "higher": ("上级检查", Q(kind="HIGHER")),
    "denied": ("不同意、已撤销", Q(status__in=["DENIED", "CANCELLED"])),
}
HEADS = [
    "检查内容",
    "类别",
    "报备单位",
    "依据",
    "性质",
    "开始",
    "结束",
    "人数",
    "村数",
    "状态",
    "批次",
]


def filing_list(request: PageRequest) -> HttpResponse:
    require(request.user, "register.view")
    view = request.GET.get("view", "")
    found = filings_visible_to(request.user).filter(VIEWS.get(view, VIEWS[""])[1])
    may_file = scope_of(request.user).has("register.file")
    return listed(
        request, "inspections/filing_list.html", found.prefetch_related("slots"), ("-start", "-pk"), title="检查报备",
        heads=HEADS, row=row_of, views=VIEWS, view=view, may_file=may_file, law=(law.UNRELATED, law.TOGETHER),
    )  # fmt: skip


def row_of(f: Filing) -> tuple[Any, ...]:
    return (f.subject, f.get_kind_display(), f.unit.name, f.basis, f.get_purpose_display(), str(f.start), str(f.end),
            f.people, len(f.slots.all()), f.get_status_display(), f.joint.title if f.joint else "")  # fmt: skip


def filing_new(request: PageRequest) -> HttpResponse:
    require(request.user, "register.file")
    gap = in_force(clock.today()).number("village_gap")
    form = FilingForm(request.POST or None, by=request.user, gap=gap)
    made = tried(form, lambda: filings.file(**form.cleaned_data, by=request.user, at=clock.now()))
    if made is not None:
        words = {
            "WAITS": "已报备。法定检查由指挥部决定，决定前不能进村。",
            "FILED": "已报备。等牵头单位并入联合督查批次，不能单独进村。",
            "REGISTERED": "已登记。上级部署的检查只登记，不审批。",
        }[made.status]
        return done(request, words, "filing", made.uid)
    return shown(request, "inspections/filing_new.html", {"form": form, "law": (law.UNRELATED, law.TOGETHER)}, form)  # fmt: skip


def filing(request: PageRequest, uid: UUID) -> HttpResponse:
    found = get_object_or_404(filings_visible_to(request.user).select_related("decided_by"), uid=uid)  # fmt: skip
    what = request.POST.get("what", "")
    form: Form = FilingDecideForm(request.POST if what == "decide" else None)
    if request.method == "POST":
        words = act(request, found, what, form)
        if words:
            return done(request, words, "filing", uid)
    villages = list(Area.objects.filter(code__in=found.slots.values("area")).select_related("parent").order_by("code"))  # fmt: skip
    own = found.unit_id in scope_of(request.user).units_with("register.file")
    context = {
        "filing": found, "form": form, "villages": villages, "own": own, "what": what,
        "may_decide": filings_to_decide(request.user).filter(pk=found.pk).exists(),
        "may_take": found.status == "FILED" and filings_to_join(request.user).filter(pk=found.pk).exists(),
        "open": own and found.status in ("REGISTERED", "WAITS", "FILED", "JOINED", "ALLOWED")
        and (found.joint is None or found.joint.status in ("OPEN", "ANNOUNCED")),
        "panel": {"planned": planned(villages, found.start, found.end, filing=found, joint=found.joint) if found.status not in filings.ENDED else []},
        "today": clock.today(), "rule": law.TOGETHER,
    }  # fmt: skip
    return shown(
        request, "inspections/filing.html", context, form, stands=bool(context["may_decide"])
    )


def act(request: PageRequest, found: Filing, what: str, form: Form) -> str:
    by, at = request.user, clock.now()
    if what == "decide":
        made = tried(form, lambda: filings.decide(filing=found, **form.cleaned_data, by=by, at=at))
        return f"已决定：{made.get_status_display()}。" if made is not None else ""
    if what == "start":
        filings.start(filing=found, by=by, at=at)
        return "已记下开始。"
    if what == "finish":
        filings.finish(filing=found, by=by, at=at)
        return "已记下结束。"
    if what == "cancel":
        batch = found.joint
        filings.cancel(filing=found, by=by, at=at)
        if batch is not None:
            return f"已撤销；那些村仍由联合督查“{batch}”去查。"
        return "已撤销，所占的村和日期放开了。"
    raise Http404
