"""Identity numbers in texts, however somebody typed them."""

from __future__ import annotations

import pytest

from rectification.papers.signs import masked
from tests.households.builders import idno
from yuexi.core.secrecy import holds_idno

PLAIN = idno(1)
PARTS = (PLAIN[:6], PLAIN[6:14], PLAIN[14:])
WIDE = PLAIN.translate({ord(c): ord(c) + 0xFEE0 for c in "0123456789X"})


@pytest.mark.parametrize("typed", [PLAIN, " ".join(PARTS), "-".join(PARTS), WIDE])
def test_a_number_is_known_in_every_dress(typed: str) -> None:
    assert holds_idno(f"户主{typed}已办")


@pytest.mark.parametrize("typed", ["13800001111 13900002222", "340828 112205", "26-0001", "2026-11-24"])  # fmt: skip
def test_other_numbers_are_none(typed: str) -> None:
    assert not holds_idno(typed)


def test_paper_shows_the_last_four_alone() -> None:
    assert masked(f"户主{' '.join(PARTS)}已办") == f"户主**************{PLAIN[14:]}已办"
