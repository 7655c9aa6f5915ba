from datetime import datetime

from django.db import transaction

from cadres.events import record
from cadres.files import store
from cadres.models import Cadre, ImportRun
from cadres.scope import require
from households.imports.roster import Sheet
from households.tasks import run_import
from yuexi.core.refusals import Refusal


def upload_roster(*, content: bytes, name: str, by: Cadre, at: datetime) -> ImportRun:
    """Keeps the file and starts the check; a file that cannot be one is refused at once."""
    require(by, "household.import")
    Sheet(content)
    with transaction.atomic():
        run = ImportRun.objects.create(
            kind="ROSTER", file=store(content, name=name, by=by, at=at), by=by, at=at
        )
        record("import.upload", run, by=by, at=at, after={"file": run.file.name})
        transaction.on_commit(lambda: run_import.delay(run.pk))
    return run


def decide(*, run_id: int, accept: bool, by: Cadre, at: datetime) -> ImportRun:
    """Only who uploaded decides, and only once."""
    with transaction.atomic():
        run = ImportRun.objects.select_for_update().get(pk=run_id, by=by)
        if run.status != ImportRun.Status.READY:
            raise Refusal("import_not_ready", "这次导入不在等待确认，请刷新页面查看。")
        run.status = ImportRun.Status.APPLYING if accept else ImportRun.Status.DROPPED
        run.save(update_fields=["status"])
        record("import.accept" if accept else "import.drop", run, by=by, at=at)
        if accept:
            transaction.on_commit(lambda: run_import.delay(run.pk))
    return run
