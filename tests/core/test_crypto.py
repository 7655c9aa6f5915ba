import pytest
from cryptography.exceptions import InvalidTag

from yuexi.core import crypto

NUMBER = "99999919491231002X"


def test_round_trip_hides_the_number_and_never_repeats() -> None:
    first, second = crypto.encrypt(NUMBER), crypto.encrypt(NUMBER)
    assert first != second
    assert NUMBER.encode() not in first
    assert crypto.decrypt(first) == crypto.decrypt(second) == NUMBER


def test_a_changed_byte_is_noticed() -> None:
    stored = bytearray(crypto.encrypt(NUMBER))
    stored[-1] ^= 1
    with pytest.raises(InvalidTag):
        crypto.decrypt(bytes(stored))


@pytest.mark.parametrize(
    "typed", ["99999919491231002x", " '99999919491231002X\t", "９９９９９９19491231002X"]
)
def test_typing_does_not_change_the_hash(typed: str) -> None:
    assert crypto.lookup_hash(typed) == crypto.lookup_hash(NUMBER)
    assert crypto.lookup_hash(NUMBER[:-1] + "1") != crypto.lookup_hash(NUMBER)


def test_old_key_still_reads_after_rotation(settings) -> None:
    old = crypto.encrypt(NUMBER)
    settings.FIELD_KEYS = {**settings.FIELD_KEYS, "2": "A" * 43 + "="}
    assert crypto.encrypt(NUMBER).startswith(b"2:")
    assert crypto.decrypt(old) == NUMBER
