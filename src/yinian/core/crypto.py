"""Ciphers for personal data: SM4-GCM for what is stored, HMAC-SM3 for what must be found again.

China's commercial cipher rules name SM3 and SM4; both come from ``cryptography``. Nothing here knows models.
A stored value is ``version(1) | key number(1) | nonce(12) | ciphertext | tag(16)``; the name of the column
is authenticated with it, so that a value moved to another column does not open.
"""

import os
from functools import lru_cache

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes, hmac
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4

from yinian.core import keys

VERSION = 1
NONCE = 12
TAG = 16


class Unreadable(Exception):
    """A stored value does not open: wrong key, damaged bytes, or a value moved from another column."""


@lru_cache(maxsize=1)
def _keyring() -> dict[int, bytes]:
    """Key number -> 16-byte key; ``YINIAN_FIELD_KEYS`` is ``1:hex,2:hex``, the highest number encrypts."""
    given = os.environ.get("YINIAN_FIELD_KEYS", "")
    if given:
        ring = {int(number): bytes.fromhex(key) for number, key in (part.split(":") for part in given.split(","))}
    else:
        from django.conf import settings

        ring = {1: bytes.fromhex(keys.read_or_make(settings.DATA / "secrets" / "field.key", 16))}
    if any(len(key) != 16 for key in ring.values()):
        raise ValueError("YINIAN_FIELD_KEYS: every key has 32 hex digits")
    return ring


@lru_cache(maxsize=1)
def _index_key() -> bytes:
    given = os.environ.get("YINIAN_INDEX_KEY", "")
    if given:
        return bytes.fromhex(given)
    from django.conf import settings

    return bytes.fromhex(keys.read_or_make(settings.DATA / "secrets" / "index.key", 32))


def encrypt(text: str, column: str) -> bytes:
    """The stored form of ``text`` for ``column`` (``table.column``)."""
    number = max(_keyring())
    nonce = os.urandom(NONCE)
    sealer = Cipher(SM4(_keyring()[number]), modes.GCM(nonce)).encryptor()
    sealer.authenticate_additional_data(column.encode())
    body = sealer.update(text.encode()) + sealer.finalize()
    return bytes((VERSION, number)) + nonce + body + sealer.tag


def decrypt(stored: bytes, column: str) -> str:
    """The text behind a stored value; :class:`Unreadable` when it does not open."""
    stored = bytes(stored)
    if len(stored) < 2 + NONCE + TAG or stored[0] != VERSION or stored[1] not in _keyring():
        raise Unreadable(f"{column}: unknown form or key number")
    nonce, body, tag = stored[2 : 2 + NONCE], stored[2 + NONCE : -TAG], stored[-TAG:]
    opener = Cipher(SM4(_keyring()[stored[1]]), modes.GCM(nonce, tag)).decryptor()
    opener.authenticate_additional_data(column.encode())
    try:
        return (opener.update(body) + opener.finalize()).decode()
    except InvalidTag as error:
        raise Unreadable(f"{column}: the value does not open with its key") from error


def blind_index(text: str, purpose: str) -> bytes:
    """A keyed digest (32 bytes) by which an exact value is found without being stored.

    ``purpose`` (such as ``person.id_number``) keeps the digests of two columns apart.
    """
    digest = hmac.HMAC(_index_key(), hashes.SM3())
    digest.update(purpose.encode() + b"\x00" + text.encode())
    return digest.finalize()


def newest_key() -> tuple[int, bytes]:
    """Number and bytes of the key that encrypts now; for whole files (:mod:`yinian.core.attachments.vault`)."""
    number = max(_keyring())
    return number, _keyring()[number]


def key_of(number: int) -> bytes:
    """The key of that number; :class:`Unreadable` when it is not in the ring."""
    if number not in _keyring():
        raise Unreadable("unknown key number")
    return _keyring()[number]
