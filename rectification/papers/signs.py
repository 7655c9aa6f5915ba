"""Signs that a document or a file name has no place for."""

from __future__ import annotations

import re

from yuexi.core.secrecy import OLD, is_old


def visible(text: str) -> str:
    """Signs that XML has no place for become the pictures of them; lines and tabs stay."""
    return "".join(_sign(c) for c in text.replace("\r\n", "\n"))


def _sign(c: str) -> str:
    code = ord(c)
    if code < 32 and c not in "\n\t":
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    return "\ufffd" if 0xD800 <= code <= 0xDFFF or code & 0xFFFE == 0xFFFE else c


def file_name(text: str, *, most: int = 60) -> str:
    """Of any text, a name that every system unpacks: Chinese stays, what separates or hides goes."""
    plain = re.sub(
        r'[\\/:*?"<>|\s\x00-\x1f\x7f\u200b-\u200f\u202a-\u202e\u2066-\u2069\ufeff\ud800-\udfff]+',
        "_",
        text,
    )
    return plain.strip("._ ")[:most].strip("._ ") or "未命名"


def masked(text: str) -> str:
    """Whatever looks like an identity number, whoever typed it where: its last four stay."""
    text = OLD.sub(lambda m: f"***********{m[0][-4:]}" if is_old(m[0]) else m[0], text)
    return re.sub(
        r"(?<![0-9])[0-9]{6}[\s-]?[0-9]{8}[\s-]?([0-9]{3}[0-9Xx])(?![0-9])",
        r"**************\1",
        text,
    )
