"""A file's bytes in, its text and the tables that its format marks out; one module for each kind of file."""

from __future__ import annotations

from yinian.engines.plantext.errors import ReadingError
from yinian.engines.plantext.reading.model import Source

KINDS = {
    ".txt": "plain",
    ".text": "plain",
    ".md": "plain",
    ".html": "web",
    ".htm": "web",
    ".shtml": "web",
    ".xhtml": "web",
    ".docx": "word",
    ".pdf": "portable",
}
LARGEST = 64 * 1024 * 1024
"""Bytes. A plan of a thousand pages has fewer; more is not a plan."""


def read_source(name: str, data: bytes) -> Source:
    """The text of a file, by the ending of its name. Raises ReadingError with one sentence saying what is wrong."""
    from yinian.engines.plantext.reading import plain, portable, web, word

    ending = "." + name.rsplit(".", 1)[1].lower() if "." in name else ""
    kind = KINDS.get(ending)
    if data[:8] == b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1":
        raise ReadingError("is an old Word or Excel file; save it as .docx and read that")
    if kind is None:
        raise ReadingError("is of no kind that can be read; expected .txt, .html, .docx or .pdf")
    if len(data) > LARGEST:
        raise ReadingError(f"has {len(data)} bytes; expected at most {LARGEST}")
    if not data.strip():
        raise ReadingError("is empty; expected the text of a plan")
    reader = {"plain": plain.read, "web": web.read, "word": word.read, "portable": portable.read}[kind]
    source = reader(data)
    if not source.text.strip():
        raise ReadingError("holds no text")
    return source


__all__ = ["KINDS", "Source", "read_source"]
