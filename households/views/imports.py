from typing import cast
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.views.decorators.http import require_POST

from cadres.files import send
from cadres.models import ImportRun, StoredFile
from cadres.request import PageRequest
from cadres.scope import require
from households.actions.imports import decide, upload_roster
from households.forms import UploadForm
from yuexi.core import clock
from yuexi.core.refusals import Refusal
from yuexi.core.refused import add_to_form


def upload(request: PageRequest) -> HttpResponse:
    require(request.user, "household.import")
    form = UploadForm(request.POST or None, request.FILES or None)
    if form.is_valid():
        file = form.cleaned_data["file"]
        try:
            run = upload_roster(
                content=file.read(), name=file.name, by=request.user, at=clock.now()
            )
            return redirect("import", run.uid)
        except Refusal as refusal:
            add_to_form(form, refusal)
    runs = ImportRun.objects.filter(by=request.user).select_related("file").order_by("-pk")[:10]
    return render(request, "households/import.html", {"form": form, "runs": runs},
                  status=422 if form.errors else 200)  # fmt: skip


def progress(request: PageRequest, uid: UUID) -> HttpResponse:
    run = get_object_or_404(
        ImportRun.objects.select_related("file", "answer"), uid=uid, by=request.user
    )
    template = "households/_import_run.html" if request.htmx else "households/import_run.html"
    return render(request, template, {"run": run})


@require_POST
def decision(request: PageRequest, uid: UUID) -> HttpResponse:
    run = get_object_or_404(ImportRun, uid=uid, by=request.user)
    decide(run_id=run.pk, accept="accept" in request.POST, by=request.user, at=clock.now())
    return redirect("import", uid)


def answer_file(request: PageRequest, uid: UUID) -> FileResponse:
    run = get_object_or_404(ImportRun.objects.exclude(answer=None), uid=uid, by=request.user)
    return send(cast(StoredFile, run.answer))
