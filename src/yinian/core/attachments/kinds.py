"""What may be attached: kinds told by content, never by name, and purposes with their rights."""

import io
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from yinian.core.errors import Refused

MEGA = 1024 * 1024
MAX_PIXELS = 50_000_000
MAX_UNZIPPED = 400 * MEGA
MAX_RATIO = 200  # a sheet of repeated cells reaches about 100

MEDIA = {
    "jpg": "image/jpeg", "png": "image/png", "webp": "image/webp", "pdf": "application/pdf",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "xls": "application/vnd.ms-excel",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "csv": "text/csv",
    "txt": "text/plain", "html": "text/html",
}
LIMITS = {"jpg": 15, "png": 15, "webp": 15, "pdf": 30, "xlsx": 50, "xls": 50, "docx": 20, "csv": 80,
          "txt": 10, "html": 20}  # megabytes
IMAGES = frozenset({"jpg", "png", "webp"})
SHEETS = frozenset({"xlsx", "xls", "csv"})
DOCUMENTS = frozenset({"pdf", "docx"})


@dataclass(frozen=True)
class Purpose:
    """What a file is for: the right to store it, the right to open it, and the kinds it may be."""

    name: str
    store: str
    open: str
    kinds: frozenset[str]


PURPOSES: dict[str, Purpose] = {}


def purpose(name: str, *, store: str, open: str, kinds: frozenset[str]) -> Purpose:
    """Register a purpose."""
    made = Purpose(name, store, open, kinds)
    PURPOSES[name] = made
    return made


purpose("people.evidence", store="people.edit", open="people.view", kinds=IMAGES | DOCUMENTS)
purpose("people.import", store="people.import", open="people.import", kinds=SHEETS)
purpose("people.returned", store="people.import", open="people.import", kinds=frozenset({"xlsx"}))
purpose("entitlements.paper", store="entitlements.lodge", open="entitlements.names", kinds=IMAGES | DOCUMENTS)
purpose("entitlements.own_paper", store="own.act", open="entitlements.names", kinds=IMAGES | DOCUMENTS)
purpose("plans.source", store="plans.review", open="plans.view", kinds=DOCUMENTS | {"txt", "html"})
purpose("places.licence", store="places.edit", open="places.view", kinds=IMAGES | DOCUMENTS)
purpose("workforce.certificate", store="workforce.edit", open="workforce.view", kinds=IMAGES | DOCUMENTS)


def kind_of(file: BinaryIO) -> str:
    """The kind by content. Raises :class:`Refused` when it is none that may be attached."""
    file.seek(0)
    head = file.read(4096)
    file.seek(0)
    if not head:
        raise Refused(_("The file is empty."))
    if head.startswith(b"\xff\xd8\xff"):
        return "jpg"
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "png"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "webp"
    if b"%PDF-" in head[:1024]:
        return "pdf"
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _ole_kind(file)
    if head.startswith(b"PK\x03\x04"):
        return _zip_kind(file)
    if _is_text(head):
        return "csv"
    if _is_page(head):
        return "html"
    raise Refused(
        _("This kind of file is not accepted. Accepted are pictures (JPG, PNG, WebP), PDF, Excel, CSV and Word.")
    )


def _ole_kind(file: BinaryIO) -> str:
    found = "Workbook".encode("utf-16-le") in file.read(64 * MEGA)
    file.seek(0)
    if found:
        return "xls"
    raise Refused(_("Old Word and PowerPoint files are not accepted; save as PDF or DOCX."))


def _zip_kind(file: BinaryIO) -> str:
    try:
        with zipfile.ZipFile(file) as archive:
            names = {info.filename for info in archive.infolist()}
            plain = sum(info.file_size for info in archive.infolist())
            packed = max(1, sum(info.compress_size for info in archive.infolist()))
    except (zipfile.BadZipFile, ValueError, OverflowError) as error:
        raise Refused(_("The file is damaged; save it anew and try again.")) from error
    finally:
        file.seek(0)
    if plain > MAX_UNZIPPED or (plain > 20 * MEGA and plain / packed > MAX_RATIO):
        raise Refused(_("The file unpacks to far more than a list needs; it is not opened."))
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise Refused(_("Files with macros are not accepted; save as .xlsx or .docx without macros."))
    if "xl/workbook.xml" in names:
        return "xlsx"
    if "word/document.xml" in names:
        return "docx"
    raise Refused(_("Archives are not accepted; attach the files themselves."))


def _is_text(head: bytes) -> bool:
    if b"\x00" in head:
        return False
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            # A multi-byte character may be cut at the end of what was read.
            text = head.decode(encoding, errors="strict") if len(head) < 4096 else head[:-4].decode(encoding, "ignore")
        except UnicodeDecodeError:
            continue
        control = sum(1 for c in text if ord(c) < 32 and c not in "\t\r\n")
        return control == 0 and not text.lstrip().lower().startswith(("<!doctype", "<html", "<svg", "<?xml", "<script"))
    return False


def _is_page(head: bytes) -> bool:
    """Whether it begins as a page of the web does; the charset it declares need not be known for that."""
    words = head.removeprefix(b"\xef\xbb\xbf").lower()
    return b"\x00" not in words and (b"<html" in words or b"<!doctype html" in words)


def clean_image(file: BinaryIO, kind: str) -> io.BytesIO:
    """The picture drawn anew without EXIF, position or thumbnail; turned upright. Refuses absurd sizes."""
    wanted = {"jpg": "JPEG", "png": "PNG", "webp": "WEBP"}[kind]
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=[wanted]) as picture:
                if picture.width * picture.height > MAX_PIXELS:
                    raise Refused(_("The picture is too large; 50 megapixels are enough."))
                upright = ImageOps.exif_transpose(picture)
                if wanted == "JPEG":
                    upright = upright.convert("RGB")
                elif upright.mode not in {"RGB", "RGBA", "L"}:
                    upright = upright.convert("RGBA")
                bare = Image.new(upright.mode, upright.size)
                bare.paste(upright)
    except Refused:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise Refused(_("The picture is too large; 50 megapixels are enough.")) from error
    except (OSError, ValueError, SyntaxError, EOFError) as error:
        raise Refused(_("The picture is damaged; take or save it anew.")) from error
    out = io.BytesIO()
    save: Callable[..., None] = bare.save
    save(out, wanted, **({"quality": 88, "optimize": True} if wanted == "JPEG" else {}))
    out.seek(0)
    return out


def thumbnail(content: bytes, side: int = 320) -> bytes:
    """A kept picture as a JPEG of at most ``side`` pixels a side, for pages that show several."""
    with Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "WEBP"]) as picture:
        picture.draft("RGB", (side, side))  # a large JPEG is decoded small at once
        small = picture.convert("RGB")
        small.thumbnail((side, side))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=80, optimize=True)
    return out.getvalue()
