"""Reads assessment scales from disk, and what a county has laid over them in its data folder, for the scale engine.

Plain pathlib and no Django, so that the command line starts fast; what the texts mean is for the engine. The county's
files are `scales/ID.wording.yaml` (or `.xlsx`) and `scales/ID.confirmed.yaml` in the data folder, or in a folder there
named by a division code, for that region alone.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

from yinian.core.scalesheets import wording_of_sheet
from yinian.engines.scale import (
    Scale,
    ScaleError,
    WordingFile,
    apply_wording,
    confirm,
    load_scale,
    read_wording,
)

ROOT = Path(__file__).resolve().parents[3]
SCALES = ROOT / "data" / "scales"
CONFIRMED = ".confirmed.yaml"
WORDINGS = (".wording.yaml", ".wording.xlsx")
_LARGEST_FILE = 1_000_000  # bytes
_REGION_STEPS = (2, 4, 6, 9, 12)  # digits of province, prefecture, county, town, village

Stamp = tuple[str, int, int]


def scale_ids() -> tuple[str, ...]:
    """The ids of all scales there are, in order."""
    return tuple(sorted(file.stem for file in SCALES.glob("*.yaml")))


def overlay_folder() -> Path:
    """Where a county keeps what it lays over the scales: `scales` in the data folder."""
    return Path(os.environ.get("YINIAN_DATA") or ROOT / "var") / "scales"


def read_scale(scale_id: str, region: str = "", overlay: Path | None = None) -> Scale:
    """The scale as it is used in a region (division code; empty: everywhere), with what the county has laid over it.

    Changed files are noticed without a restart. Raises ScaleError naming the file, or the scales there are.
    """
    shipped = SCALES / f"{scale_id}.yaml"
    if shipped.parent != SCALES or not shipped.is_file():
        raise ScaleError(f"there is no scale `{scale_id[:40]}`; expected one of {', '.join(scale_ids())}")
    confirmed, wording = overlay_files(scale_id, region, overlay_folder() if overlay is None else overlay)
    files = (shipped, confirmed, wording)
    return _read(scale_id, *(None if file is None else _stamp(file) for file in files))


def overlaid(overlay: Path | None = None) -> Iterator[tuple[str, Scale]]:
    """Every scale as it is used everywhere (region empty), then in each region with files of its own.

    Raises ScaleError at the first file that cannot be used or that no scale reads.
    """
    overlay = overlay_folder() if overlay is None else overlay
    for file in stray_files(overlay):
        raise ScaleError("is read by no scale; expected a name such as ltci.confirmed.yaml", file=display(file))
    folders = sorted(folder.name for folder in overlay.iterdir() if folder.is_dir()) if overlay.is_dir() else []
    for region in ("", *folders):
        for scale_id in scale_ids():
            yield region, read_scale(scale_id, region, overlay)


def overlay_files(scale_id: str, region: str, overlay: Path) -> tuple[Path | None, Path | None]:
    """The confirmation and the wording that hold for a region, the narrowest folder first. Raises ScaleError."""
    if not overlay.is_dir():
        return None, None
    folders = [overlay / region[:length] for length in reversed(_REGION_STEPS) if len(region) >= length]
    confirmed = wording = None
    for folder in (*folders, overlay):
        if confirmed is None and (file := folder / f"{scale_id}{CONFIRMED}").is_file():
            confirmed = file
        if wording is None:
            found = [file for ending in WORDINGS if (file := folder / f"{scale_id}{ending}").is_file()]
            if len(found) > 1:
                raise ScaleError(f"stands beside {found[1].name}; expected one of them", file=display(found[0]))
            wording = found[0] if found else None
    return confirmed, wording


def stray_files(overlay: Path) -> Iterator[Path]:
    """Files in the overlay that no scale reads, such as one whose name is mistyped."""
    if not overlay.is_dir():
        return
    names = {f"{name}{ending}" for name in scale_ids() for ending in (CONFIRMED, *WORDINGS)}
    for file in sorted(overlay.rglob("*")):
        folder = file.parent.relative_to(overlay).as_posix()
        placed = folder == "." or (folder.isdecimal() and len(folder) in _REGION_STEPS)
        if file.is_file() and not (placed and file.name in names):
            yield file


def _stamp(file: Path) -> Stamp:
    try:
        found = file.stat()
    except OSError as error:
        raise ScaleError(f"cannot be read: {error.strerror or error}", file=display(file)) from None
    return str(file), found.st_mtime_ns, found.st_size


@lru_cache(maxsize=64)
def _read(scale_id: str, shipped: Stamp, confirmed: Stamp | None, wording: Stamp | None) -> Scale:
    file = Path(shipped[0])
    scale = load_scale(read_text(file), display(file))
    if scale.id != scale_id:
        raise ScaleError(f"holds the scale `{scale.id}`; expected `{scale_id}`", file=display(file))
    if confirmed is not None:
        file = Path(confirmed[0])
        scale = confirm(scale, read_text(file), display(file))
    if wording is not None:
        scale = apply_wording(scale, read_wording_file(Path(wording[0])))
    return scale


def read_wording_file(file: Path) -> WordingFile:
    """The official wording of a .yaml or .xlsx file. Raises ScaleError naming file and row."""
    if file.suffix == ".xlsx":
        return wording_of_sheet(_bytes(file), display(file))
    return read_wording(read_text(file), display(file))


def read_text(file: Path) -> str:
    """A file's text. Raises ScaleError where it cannot be read, is too large or is not UTF-8."""
    try:
        return _bytes(file).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ScaleError(f"is not UTF-8 text (byte {error.start})", file=display(file)) from None


def _bytes(file: Path) -> bytes:
    try:
        data = file.read_bytes() if file.stat().st_size <= _LARGEST_FILE else None
    except OSError as error:
        raise ScaleError(f"cannot be read: {error.strerror or error}", file=display(file)) from None
    if data is None:
        raise ScaleError(f"is larger than {_LARGEST_FILE} bytes", file=display(file))
    return data


def display(path: Path) -> str:
    """A path as an error should give it: from here where it lies below, else whole."""
    whole = path.resolve()
    here = Path.cwd()
    return whole.relative_to(here).as_posix() if whole.is_relative_to(here) else str(path)
