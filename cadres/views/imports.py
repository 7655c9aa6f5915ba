from typing import cast
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.actions.imports import decide, upload
from cadres.files import send
from cadres.imports.importer import importers
from cadres.models import ImportRun, StoredFile
from cadres.request import PageRequest
from cadres.scope import require
from yuexi.core import clock
from yuexi.core.refusals import NotYours, Refusal
from yuexi.core.refused import add_to_form

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def import_list(request: PageRequest) -> HttpResponse:
    kinds = importers.for_(request.user)
    if not kinds:
        raise NotYours("no_right", "您的岗位不办导入；如需办理，请联系本单位管理员核对任职。")
    runs = list(
        ImportRun.objects.filter(by=request.user).select_related("file").order_by("-pk")[:20]
    )
    for run in runs:
        run.kind_name = importers.of(run.kind).name  # type: ignore[attr-defined]
    return render(request, "imports/list.html", {"kinds": kinds, "runs": runs})


def import_new(request: PageRequest, kind: str) -> HttpResponse:
    importer = importers.of(kind)
    require(request.user, importer.right)
    form = importer.form(request.POST or None, request.FILES or None, by=request.user, initial=request.GET.dict())  # fmt: skip
    if form.is_valid():
        file = form.cleaned_data.pop("file")
        try:
            run = upload(
                kind=kind, content=file.read(), name=file.name, details=form.cleaned_data,
                by=request.user, at=clock.now(),
            )  # fmt: skip
            return redirect("import", run.uid)
        except Refusal as refusal:
            add_to_form(form, refusal)
    return render(request, "imports/upload.html", {"form": form, "importer": importer},
                  status=422 if form.errors else 200)  # fmt: skip


def template(request: PageRequest, kind: str) -> HttpResponse:
    importer = importers.of(kind)
    require(request.user, importer.right)
    response = HttpResponse(importer.template(), content_type=XLSX)
    response["Content-Disposition"] = f'attachment; filename="template-{kind.lower()}.xlsx"'
    return response


def progress(request: PageRequest, uid: UUID) -> HttpResponse:
    run = get_object_or_404(
        ImportRun.objects.select_related("file", "answer"), uid=uid, by=request.user
    )
    page = "imports/_run.html" if request.htmx else "imports/run.html"
    importer = importers.of(run.kind)
    ready = run.status == ImportRun.Status.READY
    return render(request, page, {"run": run, "importer": importer, "remarks": importer.remarks(run) if ready else None, "review": importer.review_path(run)})  # fmt: skip


@require_POST
def decision(request: PageRequest, uid: UUID) -> HttpResponse:
    run = get_object_or_404(ImportRun, uid=uid, by=request.user)
    decide(run_id=run.pk, accept="accept" in request.POST, by=request.user, at=clock.now())
    return redirect("import", uid)


def answer_file(request: PageRequest, uid: UUID) -> FileResponse:
    run = get_object_or_404(ImportRun.objects.exclude(answer=None), uid=uid, by=request.user)
    require(request.user, importers.of(run.kind).right)  # it holds what was uploaded
    return send(cast(StoredFile, run.answer))
