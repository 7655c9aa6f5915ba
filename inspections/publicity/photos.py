"""Pictures for the public are drawn anew: place, time, device and thumbnail of the original are
in none of the bytes that are kept, and the original itself is not kept."""

from __future__ import annotations

import io

from PIL import Image, ImageOps

from cadres.files import LIMIT, kind_of
from yuexi.core.refusals import BadInput

SIDE = 2000
PIXELS = 60_000_000


def redrawn(content: bytes) -> bytes:
    if len(content) > LIMIT:
        raise BadInput("file_large", "照片超过 50 MB，请压缩后再传。", field="photo")
    if not kind_of(content).startswith("image/"):
        raise BadInput("photo_kind", "照片只收 JPG 和 PNG，请重新拍一张或另选一张。", field="photo")
    try:
        with Image.open(io.BytesIO(content)) as opened:
            if opened.width * opened.height > PIXELS:
                raise BadInput("photo_large", "照片像素太大，请缩小后再传。", field="photo")
            upright = ImageOps.exif_transpose(opened).convert("RGB")
    except (OSError, SyntaxError, ValueError, TypeError, Image.DecompressionBombError):
        raise BadInput(
            "photo_broken", "这张照片打不开，请重新拍一张或另存为 JPG 再传。", field="photo"
        ) from None
    upright.thumbnail((SIDE, SIDE))
    plain = Image.new("RGB", upright.size)
    plain.paste(upright)
    kept = io.BytesIO()
    plain.save(kept, "JPEG", quality=88)
    return kept.getvalue()
