"""Files at rest: SM4-GCM in chunks, under the content's hash, in the data folder. Knows no users and no tables.

A stored file is ``YNF1 | key number(1) | salt(8)`` and then chunks of ``length(4) | ciphertext | tag(16)``. A
chunk's nonce is salt and chunk number; the content's hash, the number and whether it is the last are
authenticated, so that chunks cannot be swapped, repeated, cut off, or moved to another file.
"""

import os
import struct
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.algorithms import SM4
from django.conf import settings

from yinian.core import crypto

MAGIC = b"YNF1"
CHUNK = 64 * 1024
TAG = 16


def path_of(sha256: str) -> Path:
    """Where the content of that hash lies."""
    return Path(settings.DATA) / "files" / sha256[:2] / sha256


def _aad(sha256: str, number: int, last: bool) -> bytes:
    return f"{sha256}:{number}:{int(last)}".encode()


def put(content: BinaryIO, sha256: str) -> None:
    """Store ``content`` (read from where it stands). Written aside and moved into place: never half a file."""
    target = path_of(sha256)
    if target.exists():
        return
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    number, key = crypto.newest_key()
    salt = os.urandom(8)
    descriptor, draft = tempfile.mkstemp(dir=target.parent, prefix=".put-")
    try:
        with os.fdopen(descriptor, "wb") as out:
            out.write(MAGIC + bytes((number,)) + salt)
            index, chunk = 0, content.read(CHUNK)
            while True:
                following = content.read(CHUNK)
                sealer = Cipher(SM4(key), modes.GCM(salt + struct.pack(">I", index))).encryptor()
                sealer.authenticate_additional_data(_aad(sha256, index, not following))
                body = sealer.update(chunk) + sealer.finalize()
                out.write(struct.pack(">I", len(body)) + body + sealer.tag)
                if not following:
                    break
                index, chunk = index + 1, following
            out.flush()
            os.fsync(out.fileno())
        os.replace(draft, target)
    except BaseException:
        Path(draft).unlink(missing_ok=True)
        raise


def read(sha256: str) -> Iterator[bytes]:
    """The content, chunk by chunk. Raises :class:`yinian.core.crypto.Unreadable` when a chunk does not open."""
    with path_of(sha256).open("rb") as stored:
        head = stored.read(len(MAGIC) + 9)
        if len(head) != len(MAGIC) + 9 or not head.startswith(MAGIC):
            raise crypto.Unreadable("not a stored file")
        key, salt = crypto.key_of(head[4]), head[5:]
        index, size = 0, stored.read(4)
        while True:
            if len(size) != 4 or (length := struct.unpack(">I", size)[0]) > CHUNK:
                raise crypto.Unreadable("the stored file is cut off")
            body, tag = stored.read(length), stored.read(TAG)
            size = stored.read(4)
            if len(body) != length or len(tag) != TAG:
                raise crypto.Unreadable("the stored file is cut off")
            opener = Cipher(SM4(key), modes.GCM(salt + struct.pack(">I", index), tag)).decryptor()
            opener.authenticate_additional_data(_aad(sha256, index, not size))
            try:
                yield opener.update(body) + opener.finalize()
            except InvalidTag as error:
                raise crypto.Unreadable("a chunk of the stored file does not open") from error
            if not size:
                return
            index += 1
