"""The compiled translations: made from each room's .po file when it is newer. Extracting is in tools/."""

import os
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

ROOMS = Path(__file__).resolve().parents[1]
LANGUAGE = "zh_Hans"


def catalogues() -> list[Path]:
    """The .po files of all rooms."""
    return sorted(ROOMS.glob(f"*/locale/{LANGUAGE}/LC_MESSAGES/django.po"))


def stale() -> list[Path]:
    """The .po files whose compiled form is missing or older."""
    return [source for source in catalogues() if not _fresh(source)]


def compile_stale() -> int:
    """Compile what is stale; returns how many files. Two starts at once do not disturb each other."""
    sources = stale()
    for source in sources:
        with source.open("rb") as handle:
            catalogue = read_po(handle, locale=LANGUAGE)
        draft = source.with_name(f".{source.stem}.{os.getpid()}.tmp")
        with draft.open("wb") as handle:
            write_mo(handle, catalogue)
        draft.replace(source.with_suffix(".mo"))
    return len(sources)


def _fresh(source: Path) -> bool:
    try:
        return source.with_suffix(".mo").stat().st_mtime_ns > source.stat().st_mtime_ns
    except FileNotFoundError:
        return False
