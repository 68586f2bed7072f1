"""Reads assessment scales from disk as texts for the scale engine. What the texts mean is for the engine.

Plain pathlib and no Django, so that the command line starts fast.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

from yinian.engines.scale import Scale, ScaleError, load_scale

SCALES = Path(__file__).resolve().parents[3] / "data" / "scales"
_LARGEST_FILE = 1_000_000  # bytes


def scale_ids(root: Path = SCALES) -> tuple[str, ...]:
    """The ids of all scales there are, in order."""
    return tuple(sorted(file.stem for file in root.glob("*.yaml")))


@cache
def read_scale(scale_id: str, root: Path = SCALES) -> Scale:
    """The scale as it comes with Yinian. Raises ScaleError naming the file, or the scales there are."""
    known = scale_ids(root)
    if scale_id not in known:
        raise ScaleError(f"there is no scale `{scale_id}`; expected one of {', '.join(known)}")
    file = root / f"{scale_id}.yaml"
    scale = load_scale(read_text(file), display(file))
    if scale.id != scale_id:
        raise ScaleError(f"holds the scale `{scale.id}`; expected `{scale_id}`", file=display(file))
    return scale


def read_text(file: Path) -> str:
    """A file's text. Raises ScaleError where it cannot be read, is too large or is not UTF-8."""
    try:
        data = file.read_bytes() if file.stat().st_size <= _LARGEST_FILE else None
    except OSError as error:
        raise ScaleError(f"cannot be read: {error.strerror or error}", file=display(file)) from None
    if data is None:
        raise ScaleError(f"is larger than {_LARGEST_FILE} bytes", file=display(file))
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScaleError(f"is not UTF-8 text (byte {error.start})", file=display(file)) from None


def display(path: Path) -> str:
    """A path as an error should give it: from here where it lies below, else whole."""
    whole = path.resolve()
    here = Path.cwd()
    return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else str(path)
