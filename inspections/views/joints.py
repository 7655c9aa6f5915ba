"""联合督查批次: set up, joined, announced, walked; its findings and its 通知."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Count, Q
from django.forms import Form
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_POST

from cadres.events import record
from cadres.files import send
from cadres.models import Area, StoredFile
from cadres.request import PageRequest
from cadres.rules import in_force
from cadres.scope import require, scope_of
from inspections import law, notice, register_forms
from inspections.actions import joints, release
from inspections.models import Filing, Joint
from inspections.planned import planned
from inspections.querysets import findings_visible_to, readable_findings, without_item
from inspections.registers import bodies_in, filings_to_join, joints_visible_to
from inspections.views.listing import done, listed, shown, tried
from inspections.views.plans import as_uuid, private
from yuexi.core import clock

VIEWS = {
    "": ("全部", Q()),
    "open": ("组建中", Q(status="OPEN")),
    "going": ("已通知、进行中", Q(status__in=["ANNOUNCED", "STARTED"])),
    "finished": ("已结束", Q(status="FINISHED")),
}
HEADS = ["名称", "牵头", "开始", "结束", "通知文号", "状态", "村数"]
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"


def joint_list(request: PageRequest) -> HttpResponse:
    require(request.user, "register.view")
    view = request.GET.get("view", "")
    found = joints_visible_to(request.user).filter(VIEWS.get(view, VIEWS[""])[1])
    counted = found.annotate(villages=Count("slots")).prefetch_related("members")
    return listed(
        request, "inspections/joint_list.html", counted, ("-start", "-pk"), title="联合督查", heads=HEADS,
        row=row_of, views=VIEWS, view=view, law=law.TOGETHER,
    )  # fmt: skip


def row_of(j: Joint) -> tuple[Any, ...]:
    return (j.title, j.get_lead_display(), str(j.start), str(j.end), j.notice_no, j.get_status_display(), j.villages)  # type: ignore[attr-defined]  # fmt: skip


def joint_new(request: PageRequest) -> HttpResponse:
    require(request.user, "register.join")
    gap = in_force(clock.today()).number("village_gap")
    taken = request.GET.getlist("take")
    initial = {"take": [f for f in taken if f.isdigit()]}
    form = register_forms.JointForm(request.POST or None, by=request.user, gap=gap, initial=initial)
    made = tried(form, lambda: joints.set_up(**form.facts(), by=request.user, at=clock.now()))
    if made is not None:
        return done(
            request, "批次已组建，您已代表本单位参加。请另外两家到本页点“参加”。", "joint", made.uid
        )
    return shown(request, "inspections/joint_new.html", {"form": form, "law": (law.TOGETHER,)}, form)  # fmt: skip


def joint(request: PageRequest, uid: UUID) -> HttpResponse:
    found = get_object_or_404(joints_visible_to(request.user), uid=uid)
    what = request.POST.get("what", "")
    villages = Area.objects.filter(code__in=found.slots.values("area")).select_related("parent").order_by("code")  # fmt: skip
    may_enter = scope_of(request.user).has("register.join")
    forms: dict[str, Form] = {
        "announce": register_forms.AnnounceForm(request.POST if what == "announce" else None),
        "cancel": register_forms.WhyForm(request.POST if what == "cancel" else None),
        "note": register_forms.JointNoteForm(
            *((request.POST, request.FILES) if what == "note" else (None, None)), villages=villages
        ),
    }
    if may_enter:
        forms["enter"] = register_forms.EnterForm(request.POST if what == "enter" else None, by=request.user)  # fmt: skip
    if request.method == "POST":
        words = act(request, found, what, forms)
        if words:
            return done(request, words, "joint", uid)
    findings = readable_findings(request.user, found)
    member = may_enter and found.members.filter(cadre=request.user).exists()
    may_transfer = may_enter and scope_of(request.user).has("item.create")
    context = {
        "joint": found, "forms": forms, "what": what, "bodies": bodies_in(found), "villages": list(villages),
        "filings": found.filings.select_related("unit").order_by("pk"), "member": member, "may_enter": may_enter and not member,
        "missing": joints.missing(found, clock.today()), "findings": findings, "today": clock.today(), "may_transfer": may_transfer,
        "takes_part": joints.takes_part(found, request.user), "left": sum(f.item_number is None for f in findings),  # type: ignore[attr-defined]
        "to_take": filings_to_join(request.user) if member and found.status == "OPEN" else [],
        "panel": {"planned": planned(villages, found.start, found.end, joint=found) if found.status in ("OPEN", "ANNOUNCED") else []},
        "rule": law.TOGETHER,
    }  # fmt: skip
    begun = found.status in ("STARTED", "FINISHED")
    stands = {
        "enter": may_enter and not member and found.status in ("OPEN", "ANNOUNCED"), "announce": member and found.status == "OPEN" and not context["missing"],
        "cancel": member and found.status in ("OPEN", "ANNOUNCED"), "note": context["takes_part"] and begun,
    }.get(what, True)  # fmt: skip
    return private(shown(request, "inspections/joint.html", context, forms.get(what), stands=bool(stands)))  # fmt: skip


def act(request: PageRequest, found: Joint, what: str, forms: dict[str, Form]) -> str:
    by, at = request.user, clock.now()
    if what in ("enter", "announce", "cancel", "note"):
        form = forms.get(what)
        if form is None:
            require(by, "register.join")
            raise Http404
        return WORDS[what] if tried(form, lambda: form_act(request, found, what, form)) else ""
    if what == "take":
        wanted = request.POST.get("filing", "")
        filing = get_object_or_404(Filing, pk=int(wanted) if wanted.isdigit() and len(wanted) < 12 else 0)  # fmt: skip
        joints.take_in(joint=found, filing=filing, by=by, at=at)
    elif what == "start":
        joints.begin(joint=found, by=by, at=at)
    elif what == "finish":
        joints.finish(joint=found, by=by, at=at)
    else:
        raise Http404
    return WORDS[what]


WORDS = {
    "enter": "已参加这个批次。", "announce": "通知已发出，可以下载联合督查通知打印。", "cancel": "批次已撤销，并入的报备一并撤销。",
    "note": "问题已记下，请在 2 个工作日内移交整改。", "take": "已并入批次。", "start": "联合督查开始。",
    "finish": "联合督查结束；发现的问题还可以补记。",
}  # fmt: skip


def form_act(request: PageRequest, found: Joint, what: str, form: Form) -> Any:
    given, by, at = form.cleaned_data, request.user, clock.now()
    if what == "enter":
        return joints.enter(joint=found, body=given["body"], by=by, at=at)
    if what == "announce":
        return joints.announce(joint=found, notice_no=given["notice_no"], by=by, at=at)
    if what == "cancel":
        return joints.cancel(joint=found, said=given["said"], by=by, at=at)
    photos = [(str(f.name), f.read()) for f in request.FILES.getlist("photos")]
    return joints.note(joint=found, text=given["text"], category=given["category"], area=given["area"],
                       household=None, photos=photos, by=by, at=at)  # fmt: skip


@require_POST
def joint_transfer(request: PageRequest, uid: UUID) -> HttpResponse:
    """One finding, or all that wait: each becomes its own item with its own words."""
    found = get_object_or_404(joints_visible_to(request.user), uid=uid)
    require(request.user, "register.join")
    waiting = without_item(findings_visible_to(request.user, found))
    if request.POST.get("finding"):
        waiting = waiting.filter(uid=as_uuid(request.POST["finding"]))
    made = [release.transfer(finding=f, by=request.user, at=clock.now()) for f in waiting]
    if made:
        return done(request, f"已移交 {len(made)} 件：{'、'.join(i.number for i in made[:5])}。", "joint", uid)  # fmt: skip
    messages.warning(request, "这些问题刚刚已移交，不用再办。")
    return redirect("joint", uid)


def joint_evidence(request: PageRequest, uid: UUID, pk: int) -> FileResponse:
    found = get_object_or_404(joints_visible_to(request.user), uid=uid)
    seen = [f for f in readable_findings(request.user, found) if not f.veiled]  # type: ignore[attr-defined]
    file = StoredFile.objects.filter(pk=pk, pk__in=[k.file_id for f in seen for k in f.files.all()]).first()  # fmt: skip
    if file is None:
        raise Http404
    return send(file, inline=True)


def joint_notice(request: PageRequest, uid: UUID) -> HttpResponse:
    """联合督查通知 to print; there is none before it was announced."""
    found = get_object_or_404(joints_visible_to(request.user), uid=uid, announced_on__isnull=False)
    response = HttpResponse(notice.document(found), content_type=DOCX)
    response["Content-Disposition"] = content_disposition_header(True, "联合督查通知.docx") or ""
    response["Cache-Control"] = "private, no-store"
    record(
        "export",
        found,
        by=request.user,
        at=clock.now(),
        after={"title": f"联合督查通知 {found.title}"},
    )
    return response
