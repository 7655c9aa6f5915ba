"""Identity numbers in texts, however somebody typed them."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from django.test import Client
from stdnum.cn.ric import calc_check_digit

from cadres.models import Cadre
from rectification.models import Item, Progress
from rectification.papers.signs import masked
from tests.cast import Cast, to_work
from tests.households.builders import idno
from yuexi.core.secrecy import holds_idno

pytestmark = pytest.mark.django_db
PLAIN = idno(1)
PARTS = (PLAIN[:6], PLAIN[6:14], PLAIN[14:])
WIDE = PLAIN.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789X"})


@pytest.mark.parametrize("typed", [PLAIN, " ".join(PARTS), "-".join(PARTS), WIDE])
def test_a_number_is_known_in_every_dress(typed: str) -> None:
    assert holds_idno(f"户主{typed}已办")


def slipped(number: str) -> str:
    """The same with another check digit: nobody has it, and everybody knows who is meant."""
    return number[:17] + ("1" if number[17] != "1" else "2")


LIVED = "34082819700101123"  # place, birthday, order
BANK = "6217003310012345678"


@pytest.mark.parametrize(
    "typed",
    [
        slipped(LIVED + "0"), f"{LIVED[:6]} {LIVED[6:14]} {LIVED[14:]}x", slipped(LIVED + "0").translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789X"}),
        "340828700101123", "340828 700101 123", "３４０８２８７００１０１１２３", "340828991231001",
        LIVED + str(calc_check_digit(LIVED + "0")) + "2户",  # something was typed on
    ],
)  # fmt: skip
def test_a_slip_of_the_finger_hides_nobody(typed: str) -> None:
    assert holds_idno(f"户主{typed}已办")


@pytest.mark.parametrize(
    "typed",
    [
        "13800001111 13900002222", "340828 112205", "26-0001", "2026-11-24", "13800001111，0556-2172345",
        "340828202200", "340828200201001", "340828101201001", "340828 202200 001", "340828202200-340828202201",  # areas and groups
        "岳农工办〔2026〕12号", "交办2026-0001", "督办2026-0012、督办2026-0013",
        "6222021202012345678", BANK, BANK[:17] + str(calc_check_digit(BANK[:17] + "0")) + "5", "6228480402564890018", "621700198001011234567",
        "123456789012345", "202611241030001", "340828193013011234", "340828701301123", "160828197001011234",
        "113408280031160087", "91340828MA2TXXXX0X", "0082340828000123", "118.123456789012345",
    ],
)  # fmt: skip
def test_other_numbers_are_none(typed: str) -> None:
    assert not holds_idno(f"账号{typed}已核")


def test_the_refusal_is_a_sentence(item: Item, cast: Cast, as_user: Callable[[Cadre], Client]) -> None:  # fmt: skip
    to_work(item, cast)
    page = f"/items/{item.uid}/report/"
    for typed in (slipped(LIVED + "0"), "340828700101123"):
        answer = as_user(cast.clerk).post(page, {"text": f"已找到{typed}"})
        assert answer.status_code == 422 and "证件号码，请删去" in answer.content.decode()
    assert as_user(cast.clerk).post(page, {"text": f"已付到卡号{BANK}"}).status_code == 302
    assert Progress.objects.count() == 1


def test_paper_shows_the_last_four_alone() -> None:
    assert masked(f"户主{' '.join(PARTS)}已办") == f"户主**************{PLAIN[14:]}已办"
    assert (
        masked("户主340828700101123已办，村340828202200")
        == "户主***********1123已办，村340828202200"
    )
