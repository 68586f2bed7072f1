"""Storing and opening attached files. Everything goes through here: type, size, right, scope, cipher, audit."""

import hashlib
import re
import tempfile
from collections.abc import Iterator
from typing import BinaryIO

from django.db import transaction
from django.utils.translation import gettext as _

from yinian.core.attachments import kinds, vault
from yinian.core.attachments.models import Attachment
from yinian.core.attachments.queries import get_attachment
from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.users.models import User

_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\u200b-\u200f\u202a-\u202e\u2066-\u2069]+')


def store(
    actor: User, file: BinaryIO, purpose: str, region: str, *, name: str = "", site_id: int | None = None,
    reached: bool = False,
) -> Attachment:
    """Keep a file: kind by content, bounded, pictures without EXIF, encrypted under its hash.

    ``name`` defaults to the upload's own. ``reached``: the caller has shown that the actor may store it here for
    another reason than area, as family members do for whom they act; the right is asked all the same. Raises
    :class:`Refused` with what is wrong with the file.
    """
    spec = kinds.PURPOSES[purpose]
    if reached:
        actor.require(spec.store)
    else:
        actor.require(spec.store, region, site_id)
    size = getattr(file, "size", None)
    if size is None:
        file.seek(0, 2)
        size = file.tell()
    if size > max(kinds.LIMITS[kind] for kind in spec.kinds) * kinds.MEGA:
        raise _too_large(max(kinds.LIMITS[kind] for kind in spec.kinds))
    kind = kinds.kind_of(file)
    if kind == "csv" and kind not in spec.kinds and "txt" in spec.kinds:
        kind = "txt"  # the two differ in what they are for, not in their bytes
    if kind not in spec.kinds:
        wanted = "、".join(sorted(k.upper() for k in spec.kinds))
        words = {"kind": kind.upper(), "wanted": wanted}
        raise Refused(_("This file is a %(kind)s; here %(wanted)s is needed.") % words)
    if size > kinds.LIMITS[kind] * kinds.MEGA:
        raise _too_large(kinds.LIMITS[kind])
    file.seek(0)
    content: BinaryIO = kinds.clean_image(file, kind) if kind in kinds.IMAGES else file
    digest, length = _measure(content)
    vault.put(content, digest)
    with transaction.atomic():
        attachment = Attachment.objects.create(
            sha256=digest, name=_safe_name(name or getattr(file, "name", "") or "", kind), media_type=kinds.MEDIA[kind],
            size=length, purpose=purpose, region_id=region, uploaded_by=actor,
        )
        record(actor, "attachments.store", attachment, region=region,
               detail={"purpose": purpose, "kind": kind, "size": length, "sha256": digest})
    return attachment


def _too_large(megabytes: int) -> Refused:
    return Refused(_("The file is larger than %(size)s MB.") % {"size": megabytes})


def _measure(content: BinaryIO) -> tuple[str, int]:
    digest, length = hashlib.sha256(), 0
    content.seek(0)
    while chunk := content.read(1024 * 1024):
        digest.update(chunk)
        length += len(chunk)
    content.seek(0)
    return digest.hexdigest(), length


def _safe_name(name: str, kind: str) -> str:
    """The name without path, control or direction characters, with the ending of what it really is."""
    stem = _UNFIT.sub("_", name.replace("\\", "/").rsplit("/", 1)[-1]).rsplit(".", 1)[0].strip(" ._")
    return f"{stem[:180] or 'file'}.{kind}"


def open(actor: User, attachment: Attachment) -> Iterator[bytes]:
    """The content, chunk by chunk, for somebody whose right reaches it; the opening is recorded."""
    actor.require(kinds.PURPOSES[attachment.purpose].open)
    return open_for(actor, get_attachment(actor, attachment.pk))


def open_for(actor: User, attachment: Attachment) -> Iterator[bytes]:
    """What :func:`open` gives, to somebody whom a room's own query has let see the thing it belongs to."""
    if not vault.path_of(attachment.sha256).exists():
        raise Refused(_("The file is no longer in the store. Tell the system administrator; the backup has it."))
    with transaction.atomic():
        record(actor, "attachments.open", attachment, region=attachment.region_id,
               detail={"purpose": attachment.purpose})
    return vault.read(attachment.sha256)


def content_of(attachment: Attachment) -> BinaryIO:
    """The whole content as a temporary file, for background work that has its own checks."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - the caller closes it
    for chunk in vault.read(attachment.sha256):
        file.write(chunk)
    file.seek(0)
    return file
