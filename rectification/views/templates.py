"""文书模板 and 发文机关, for the office."""

from __future__ import annotations

import io

from django.contrib import messages
from django.http import FileResponse, Http404, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_GET, require_POST

from cadres.files import send
from cadres.request import PageRequest
from cadres.scope import require
from rectification.actions import templates
from rectification.models import PaperTemplate
from rectification.papers.drawing import standard
from rectification.papers.facts import placeholders, sample
from rectification.papers.forms import ReasonForm, TemplateForm
from rectification.papers.kinds import KINDS
from rectification.papers.reading import template_in_force
from yuexi.core import clock
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form


def template_list(request: PageRequest) -> HttpResponse:
    """What is in force, what waits for its second person, and a form for each."""
    require(request.user, templates.RIGHT)
    form = TemplateForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        try:
            said = _hand_in(request, form)
        except Refusal as refusal:
            add_to_form(form, refusal)
        else:
            messages.success(request, said)
            return redirect("template-list")
    history = PaperTemplate.objects.select_related("by", "decision__by").order_by("-pk")
    context = {
        "form": form, "names": placeholders(sample("URGE")),
        "rows": [(kind, template_in_force(kind.code)) for kind in KINDS.values()],
        "waiting": [t for t in history.filter(decision__isnull=True)], "history": history[:30],
        "refuse_form": ReasonForm(),
    }  # fmt: skip
    return render(request, "papers/templates.html", context, status=422 if form.errors else 200)


def _hand_in(request: PageRequest, form: TemplateForm) -> str:
    data = form.cleaned_data
    content = None if data["standard"] else data["file"].read(templates.SIZE_MAX + 1)
    made = templates.hand_in(kind=data["kind"], content=content, note=data["note"], by=request.user, at=clock.now())  # fmt: skip
    return f"{made.get_kind_display()}模板第 {made.version} 版已收下，等另一人核对启用。"


@require_GET
def template_file(request: PageRequest, kind: str) -> FileResponse:
    """The one in force, or with ?version= another: to look at, to change, to hand in again."""
    require(request.user, templates.RIGHT)
    if kind not in KINDS:
        raise Http404
    version = request.GET.get("version", "")
    template = template_in_force(kind)
    if version:
        if not (version.isascii() and version.isdigit() and len(version) < 9):
            raise Http404
        template = get_object_or_404(
            PaperTemplate.objects.select_related("file"), kind=kind, version=int(version)
        )
    if template and template.file:
        return send(template.file)
    response = FileResponse(
        io.BytesIO(standard(kind)),
        as_attachment=True,
        filename=f"{KINDS[kind].name}模板（标准）.docx",
    )
    response["Cache-Control"] = "private, no-store"
    return response


@require_POST
def template_decide(request: PageRequest, pk: int) -> HttpResponse:
    require(request.user, templates.RIGHT)
    template = get_object_or_404(PaperTemplate, pk=pk)
    taken = request.POST.get("taken") == "1"
    templates.decide(template=template, taken=taken, reason=request.POST.get("reason", "")[:200], by=request.user, at=clock.now())  # fmt: skip
    said = "已启用，之后起草的文书用这一版。" if taken else "已登记为不启用。"
    messages.success(request, f"{template.get_kind_display()}模板第 {template.version} 版{said}")
    return redirect("template-list")
