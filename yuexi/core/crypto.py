"""Identity numbers and telephones: encrypted to keep, hashed with a key to find.

Two separate, versioned key sets, because they live and die for different reasons: an
encryption key is rotated row by row, a look-up key only together with every hash.
"""

import base64
import hmac
import os
import unicodedata
from collections.abc import Callable
from functools import lru_cache

from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from django.conf import settings

NONCE_BYTES = 12


def normal(text: str) -> str:
    """Full-width digits, a lower-case x, blanks and a leading apostrophe are typing, not data."""
    if text.isascii() and text.isalnum():
        return text.upper()
    return "".join(unicodedata.normalize("NFKC", text).split()).lstrip("'’").upper()


@lru_cache(maxsize=16)
def _aes(key: str) -> AESGCM:
    """Setting up a key costs more than sealing a number with it."""
    return AESGCM(base64.b64decode(key))


@lru_cache(maxsize=16)
def _mac(key: str) -> hmac.HMAC:
    """Likewise: a copy of a keyed hash costs less than a new one."""
    return hmac.new(base64.b64decode(key), digestmod="sha256")


def sealer() -> Callable[[bytes], bytes]:
    """`seal` for many: the newest key is looked up once."""
    keys = settings.FIELD_KEYS
    key_id = max(keys, key=int)
    head, aes = f"{key_id}:".encode(), _aes(keys[key_id])

    def seal(plain: bytes) -> bytes:
        nonce = os.urandom(NONCE_BYTES)
        return head + nonce + aes.encrypt(nonce, plain, None)

    return seal


def hasher() -> Callable[[str], bytes]:
    """`lookup_hash` for many."""
    keys = settings.LOOKUP_KEYS
    keyed = _mac(keys[max(keys, key=int)])

    def digest(plain: str) -> bytes:
        mac = keyed.copy()
        mac.update(normal(plain).encode())
        return mac.digest()

    return digest


def seal(plain: bytes) -> bytes:
    """key id, ':', nonce, ciphertext. The newest key writes."""
    return sealer()(plain)


def unseal(stored: bytes | memoryview) -> bytes:
    key_id, _, rest = bytes(stored).partition(b":")
    aes = _aes(settings.FIELD_KEYS[key_id.decode()])
    return aes.decrypt(rest[:NONCE_BYTES], rest[NONCE_BYTES:], None)


def encrypt(plain: str) -> bytes:
    return seal(plain.encode())


def decrypt(stored: bytes | memoryview) -> str:
    return unseal(stored).decode()


def lookup_hash(plain: str) -> bytes:
    return hasher()(plain)
