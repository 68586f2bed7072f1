"""Secret keys kept in the data folder, made once with owner-only rights. No Django here."""

import os
import secrets
from pathlib import Path


def read_or_make(path: Path, size: int = 32) -> str:
    """The hex key stored at ``path``; made of ``size`` random bytes when absent.

    Two processes starting at once agree: the file is linked into place only if nobody was first.
    """
    try:
        return path.read_text("ascii").strip()
    except FileNotFoundError:
        pass
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as handle:
        handle.write(secrets.token_hex(size) + "\n")
        handle.flush()
        os.fsync(handle.fileno())
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
    return path.read_text("ascii").strip()
