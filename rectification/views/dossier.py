from __future__ import annotations

from uuid import UUID

from django.http import Http404, StreamingHttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_GET

from cadres.events import record
from cadres.request import PageRequest
from rectification.papers.dossier import collect, stream
from rectification.querysets import may_read
from rectification.views.items import found
from yuexi.core import clock


@require_GET
def item_dossier(request: PageRequest, uid: UUID) -> StreamingHttpResponse:
    """一事一档. Logged before it leaves, since a line that breaks has carried most of it. A copy
    is no opening of the evidence: a check still wants each piece opened."""
    item, at = found(request, uid), clock.now()
    if not may_read(item, request.user):
        raise Http404
    dossier = collect(item, by=request.user, at=at)
    record("item.dossier", item, by=request.user, at=at, area=item.area_id,
           after={"number": item.number, "rows": len(dossier.made) + len(dossier.files)})  # fmt: skip
    response = StreamingHttpResponse(stream(dossier), content_type="application/zip")
    response["Content-Disposition"] = content_disposition_header(True, f"{dossier.folder}.zip") or ""  # fmt: skip
    response["Cache-Control"] = "private, no-store"
    return response
