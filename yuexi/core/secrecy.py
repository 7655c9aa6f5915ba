"""Identity numbers belong into their own field and nowhere else."""

from __future__ import annotations

import re
import unicodedata
from typing import Any

from stdnum.cn.ric import calc_check_digit

from yuexi.core.refusals import BadInput

# As people write it too: by place, birthday and order, with a space or a stroke between.
NUMBER = re.compile(r"(?<![0-9])[0-9]{6}[\s-]?[0-9]{8}[\s-]?[0-9]{3}[0-9Xx]")


def holds_idno(text: str) -> bool:
    """Whether 18 characters in the text are an identity number by their check digit."""
    plain = unicodedata.normalize("NFKC", text)  # full-width signs are signs
    found = [re.sub(r"[\s-]", "", f) for f in NUMBER.findall(plain)]
    return bool(found) and any(calc_check_digit(f) == f[17].upper() for f in found)


def no_idno(value: Any) -> None:
    """Refuses a text, or any text inside a dict or list, that holds one."""
    if isinstance(value, dict):
        for part in value.values():
            no_idno(part)
    elif isinstance(value, list | tuple):
        for part in value:
            no_idno(part)
    elif isinstance(value, str) and holds_idno(value):
        raise BadInput(
            "idno_in_text", "填写的内容里有证件号码，请删去后再保存；证件号码只登记在家庭成员里。"
        )
