"""Identity numbers belong into their own field and nowhere else."""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Any

from stdnum.cn.ric import calc_check_digit

from yuexi.core.refusals import BadInput

# As people write it too: by place, birthday and order, with a space or a stroke between.
NUMBER = re.compile(r"(?<![0-9])[0-9]{6}[\s-]?[0-9]{8}[\s-]?[0-9]{3}[0-9Xx]")


# As they were before 1999. Who had one was born before 2000; a birth year under 30 is left out, for
# there the code of a township stands in a village's or a group's number.
OLD = re.compile(r"(?<![0-9])[0-9]{6}[\s-]?[3-9][0-9]{5}[\s-]?[0-9]{3}(?![0-9])")
PROVINCES = {*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82}  # fmt: skip


def holds_idno(text: str) -> bool:
    """Whether the text holds an identity number: by its check digit, or, since a slip of the
    finger leaves a person as well known, by its place and birthday."""
    plain = unicodedata.normalize("NFKC", text)  # full-width signs are signs
    for found in NUMBER.finditer(plain):
        number = _digits(found[0])
        right, born = calc_check_digit(number) == number[17].upper(), _born(number[6:14])
        more = plain[found.end() : found.end() + 1].isdigit()  # of a bank card's nineteen
        if (right and born) if more else (right or (born and _placed(number))):
            return True
    return any(is_old(found[0]) for found in OLD.finditer(plain))


def is_old(number: str) -> bool:
    number = _digits(number)
    return _placed(number) and _born(f"19{number[6:12]}")


def _digits(number: str) -> str:
    return re.sub(r"[\s-]", "", number)


def _placed(number: str) -> bool:
    return int(number[:2]) in PROVINCES


def _born(day: str) -> bool:
    try:
        return 1900 <= date(int(day[:4]), int(day[4:6]), int(day[6:])).year < 2100
    except ValueError:
        return False


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
