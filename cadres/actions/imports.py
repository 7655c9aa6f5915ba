from datetime import datetime
from typing import Any

from django.db import transaction

from cadres.events import record
from cadres.files import store
from cadres.imports.importer import importers
from cadres.imports.sheet import is_workbook, refuse_monsters
from cadres.models import Cadre, ImportRun
from cadres.scope import require
from cadres.tasks import run_import
from yuexi.core.refusals import Refusal
from yuexi.core.secrecy import no_idno


def upload(
    *, kind: str, content: bytes, name: str, by: Cadre, at: datetime,
    details: dict[str, Any] | None = None,
) -> ImportRun:  # fmt: skip
    """Keeps the file, sealed, and starts the check; what cannot be one is refused at once."""
    importer = importers.of(kind)
    require(by, importer.right)
    refuse_monsters(content)
    importer.look(content)
    no_idno(details or {})
    importer.fits(content, details or {}, by)
    kind_of_file = "" if is_workbook(content) else "text/csv"
    with transaction.atomic():
        run = ImportRun.objects.create(
            kind=kind,
            file=store(content, name=name, by=by, at=at, sealed=True, content_type=kind_of_file),
            details=details or {},
            by=by,
            at=at,
        )
        record("import.upload", run, by=by, at=at, after={"file": run.file.name, "kind": kind})
        transaction.on_commit(lambda: run_import.delay(run.pk))
    return run


def decide(*, run_id: int, accept: bool, by: Cadre, at: datetime) -> ImportRun:
    """Only who uploaded decides, and only once."""
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(pk=run_id, by=by)
        if run.status != ImportRun.Status.READY:
            raise Refusal("import_not_ready", "这次导入不在等待确认，请刷新页面查看。")
        if accept:  # the post may have ended since the upload
            require(by, importers.of(run.kind).right)
        run.status = ImportRun.Status.APPLYING if accept else ImportRun.Status.DROPPED
        run.save(update_fields=["status"])
        record("import.accept" if accept else "import.drop", run, by=by, at=at)
        if accept:
            transaction.on_commit(lambda: run_import.delay(run.pk))
    return run
