"""Photos that follow a visit: in pieces, so that a cut costs one piece and not the photo."""

from __future__ import annotations

import fcntl
import hashlib
import os
from datetime import datetime
from pathlib import Path
from typing import IO
from uuid import UUID

from django.conf import settings
from django.db import transaction

from cadres.events import record
from cadres.files import kind_of, store
from cadres.models import Cadre, StoredFile
from households.models import HeldVisit, Visit, VisitPhoto
from yuexi.core.refusals import BadInput, Refusal

PHOTO_MAX = 2 * 1024 * 1024


def received(*, visit_uid: UUID, sha256: str, by: Cadre) -> int:
    """How many bytes are here; −1 when nothing more is to be sent."""
    visit = _announced(visit_uid, sha256, by)
    if visit.photos.filter(file__sha256=sha256).exists() if visit else _kept(sha256, by):
        return -1
    part = _part(sha256, by)
    return part.stat().st_size if part.exists() else 0


def add_piece(
    *, visit_uid: UUID, sha256: str, offset: int, size: int, content: bytes, by: Cadre, at: datetime
) -> int:
    """Appends from `offset`; answers what `received` would. A piece that does not join on is
    left alone: the answer says from where to go on."""
    visit = _announced(visit_uid, sha256, by)
    if not 0 < size <= PHOTO_MAX or offset + len(content) > size:
        raise BadInput("photo_size", "照片超过 2 MB，请缩小后再送。", field="photo")
    if _kept(sha256, by):
        _join(visit, sha256, by, at)
        return -1
    part = _part(sha256, by)
    part.parent.mkdir(parents=True, exist_ok=True)
    with part.open("ab") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        if file.tell() != offset:
            return file.tell()
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
        if file.tell() < size:
            return file.tell()
        _whole(part, file, sha256, by, at)
    _join(visit, sha256, by, at)
    return -1


def _whole(part: Path, file: IO[bytes], sha256: str, by: Cadre, at: datetime) -> None:
    content = part.read_bytes()
    if hashlib.sha256(content).hexdigest() != sha256 or not kind_of(content).startswith("image/"):
        file.truncate(0)
        raise BadInput("photo_damaged", "照片没有送完整，请从头再送一次。", field="photo")
    store(content, name="走访照片.jpg", by=by, at=at)
    part.unlink()


def _announced(visit_uid: UUID, sha256: str, by: Cadre) -> Visit | None:
    """The photo must have been named by a visit of one's own, here or still held."""
    visit = Visit.objects.filter(uid=visit_uid, visitor=by).first()
    if visit and sha256 in visit.photo_hashes:
        return visit
    for held in HeldVisit.objects.filter(uid=visit_uid, visitor=by):
        if sha256 in held.record.get("photos", ()):
            decision = getattr(held, "decision", None)
            return decision.visit if decision else None
    raise Refusal("photo_unknown", "这张照片不属于已送达的走访，请先送走访记录。", field="photo")


def _kept(sha256: str, by: Cadre) -> bool:
    return StoredFile.objects.filter(sha256=sha256, uploaded_by=by).exists()


def _join(visit: Visit | None, sha256: str, by: Cadre, at: datetime) -> None:
    """A visit that waits for a person's word gets its photos with that word."""
    if visit is not None:
        join_photos(visit, at=at, only=sha256)


def join_photos(visit: Visit, *, at: datetime, only: str = "") -> None:
    """What arrived and was announced, once."""
    have = set(visit.photos.values_list("file__sha256", flat=True))
    for sha256 in sorted(({only} if only else set(visit.photo_hashes)) - have):
        file = StoredFile.objects.filter(sha256=sha256, uploaded_by=visit.visitor).order_by("pk").first()  # fmt: skip
        if file is None:
            continue
        with transaction.atomic():
            _, made = VisitPhoto.objects.get_or_create(visit=visit, file=file, defaults={"at": at})
            if made:
                record("visit.photo", visit, by=visit.visitor, at=at, area=visit.area_id,
                       after={"sha256": sha256})  # fmt: skip


def _part(sha256: str, by: Cadre) -> Path:
    return Path(settings.DATA_DIR) / "incoming" / f"{by.pk}-{sha256}.part"
