"""Plain text: its own content unchanged, whatever its line ends."""

from __future__ import annotations

from yinian.engines.plantext.errors import ReadingError
from yinian.engines.plantext.reading.model import Source


def decode(data: bytes) -> str:
    """UTF-8, UTF-16 with its mark, or GB 18030, whichever it is. A UTF-8 mark stays, as for any reader with utf-8."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        try:
            return data.decode("utf-16")
        except UnicodeDecodeError:
            raise ReadingError("begins like UTF-16 and is not; expected UTF-8 text") from None
    for encoding in ("utf-8", "gb18030"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError as error:
            offset = error.start
    raise ReadingError(f"is no text at byte {offset}; expected UTF-8 or GB 18030")


def read(data: bytes) -> Source:
    """The text of a .txt file."""
    text = decode(data)
    if text.count("\x00") > len(text) // 100:
        raise ReadingError("holds binary data; expected text")
    return Source(text)
