"""Keep uploads: on disk with fsync and rename before the row commits, by content hash."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.http import FileResponse

from cadres.models import Cadre, StoredFile
from yuexi.core import crypto
from yuexi.core.refusals import BadInput
from yuexi.core.secrecy import holds_idno

# What a file is, is read from its first bytes and not from its name.
SIGNATURES = {
    b"\xff\xd8\xff": "image/jpeg",
    b"\x89PNG\r\n": "image/png",
    b"%PDF-": "application/pdf",
    b"PK\x03\x04": "application/vnd.openxmlformats-officedocument",
    b"\xd0\xcf\x11\xe0": "application/vnd.ms-office",
}
LIMIT = 50 * 1024 * 1024


# The name ends as its content says: what checkers must open is never a program by name.
ENDINGS = {
    "image/jpeg": (".jpg", ".jpeg"), "image/png": (".png",), "application/pdf": (".pdf",),
    "application/vnd.openxmlformats-officedocument": (".xlsx", ".docx", ".pptx"),
    "text/csv": (".csv",),
    "application/vnd.ms-office": (".xls", ".doc", ".ppt"),
}  # fmt: skip


def kind_of(content: bytes) -> str:
    found = next((t for s, t in SIGNATURES.items() if content.startswith(s)), "")
    if content.startswith(b"PK") and b"[Content_Types].xml" not in content:
        return ""  # some other zip: an app, an archive
    return found


def safe_name(name: str, content_type: str) -> str:
    path = Path(name.replace("\\", "/"))
    endings = ENDINGS.get(content_type, (path.suffix,))
    stem = "文件" if holds_idno(path.stem) else path.stem[-100:]
    return stem + (path.suffix.lower() if path.suffix.lower() in endings else endings[0])


def path_of(sha256: str, *, sealed: bool = False) -> Path:
    return Path(settings.DATA_DIR) / sha256[:2] / (sha256 + (".sealed" if sealed else ""))


def read(file: StoredFile) -> bytes:
    content = path_of(file.sha256, sealed=file.sealed).read_bytes()
    return crypto.unseal(content) if file.sealed else content


def store(
    content: bytes, *, name: str, by: Cadre | None, at: datetime, content_type: str = "",
    sealed: bool = False, only_photo: bool = False,
) -> StoredFile:  # fmt: skip
    """Refuses what is empty, too large or of an unknown kind. The same bytes are kept once.
    `sealed` encrypts on disk: for workbooks, whose cells hold identity numbers."""
    found = content_type or kind_of(content)
    if not content:
        raise BadInput("file_empty", "文件是空的，请重新选择。", field="file")
    if len(content) > LIMIT:
        raise BadInput("file_large", "文件超过 50 MB，请拆分或压缩后再传。", field="file")
    if only_photo and not found.startswith("image/"):
        raise BadInput("photo_kind", "照片只收 JPG 和 PNG，请重新拍一张或另选一张。", field="photo")
    if not found:
        raise BadInput(
            "file_kind",
            "只收照片（JPG、PNG）、PDF、Word 和 Excel 文件，请另存后再传。",
            field="file",
        )
    digest = hashlib.sha256(content).hexdigest()
    target = path_of(digest, sealed=sealed)
    if not target.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=target.parent, delete=False) as f:
            f.write(crypto.seal(content) if sealed else content)
            f.flush()
            os.fsync(f.fileno())
        os.replace(f.name, target)
        folder = os.open(target.parent, os.O_RDONLY)
        os.fsync(folder)
        os.close(folder)
    return StoredFile.objects.create(
        sha256=digest, name=safe_name(name, found), content_type=found, size=len(content),
        sealed=sealed, uploaded_by=by, uploaded_at=at,
    )  # fmt: skip


def send(file: StoredFile, *, inline: bool = False) -> FileResponse:
    """The caller has already checked that the reader may see the row that holds the file."""
    shown = inline and file.content_type.startswith("image/")
    return _private(FileResponse(
        io.BytesIO(read(file)) if file.sealed else path_of(file.sha256).open("rb"), as_attachment=not shown, filename=file.name,
        content_type=file.content_type if shown else "application/octet-stream",
    ))  # fmt: skip


def send_made(content: bytes, name: str) -> FileResponse:
    """What was made for this reader and is kept nowhere."""
    return _private(FileResponse(io.BytesIO(content), as_attachment=True, filename=name, content_type="application/octet-stream"))  # fmt: skip


def _private(response: FileResponse) -> FileResponse:
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "private, no-store"
    return response
