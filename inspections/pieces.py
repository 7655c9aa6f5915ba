"""A photo of a sealed inspection on its way in: nothing readable on the disk, no name that tells."""

from __future__ import annotations

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings

from cadres.files import kind_of
from yuexi.core import crypto
from yuexi.core.refusals import BadInput

PHOTO_MAX = 2 * 1024 * 1024


@dataclass(frozen=True)
class Part:
    path: Path

    def read(self) -> bytes:
        return crypto.unseal(self.path.read_bytes()) if self.path.exists() else b""

    def size(self) -> int:
        return len(self.read())

    def add(self, content: bytes, *, offset: int, size: int, sha256: str) -> bytes | None:
        """The whole photo, once it is; a piece that does not join on is left alone."""
        if not 0 < size <= PHOTO_MAX or offset + len(content) > size:
            raise BadInput("photo_size", "照片超过 2 MB，请缩小后再送。", field="photo")
        before = self.read()
        if len(before) == offset:
            before += content
            self._write(before)
        if len(before) < size:
            return None
        if hashlib.sha256(before).hexdigest() != sha256 or not kind_of(before).startswith("image/"):
            self.drop()
            raise BadInput("photo_damaged", "照片没有送完整，请从头再送一次。", field="photo")
        return before

    def _write(self, content: bytes) -> None:
        """Anew and in place of the old one, so that a kill leaves one of the two."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        made = self.path.with_suffix(".new")
        with made.open("wb") as file:
            file.write(crypto.seal(content))
            file.flush()
            os.fsync(file.fileno())
        made.replace(self.path)

    def drop(self) -> None:
        self.path.unlink(missing_ok=True)


def part(key: str) -> Part:
    name = crypto.lookup_hash(f"INSPECTION PHOTO {key}").hex()
    return Part(Path(settings.DATA_DIR) / "incoming" / f"{name}.part")
