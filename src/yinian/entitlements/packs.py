"""The policy pack in force for a region, read from the data folder and kept while its files stay as they are.

What a pack means is the engine's business; which pack is whose is decided here.
"""

import threading
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import yaml
from django.conf import settings
from django.utils.translation import gettext as _

from yinian.core.errors import Refused
from yinian.core.packfiles import read_pack_sources
from yinian.core.regions.models import Region
from yinian.engines.entitlement import Pack, PackError, load_pack

PACK_FILE = "pack.yaml"
NATION = "00"  # the region of the pack that holds everywhere

Stamp = tuple[tuple[str, int, int], ...]


class NoPack(Refused):
    """No pack is there for the region."""


class BadPack(Refused):
    """The pack cannot be used; the message names file, line and reason."""


@dataclass(frozen=True)
class InForce:
    """A pack with the path it was read from, such as ``cn/hunan/yueyang/miluo``."""

    path: str
    pack: Pack


_lock = threading.Lock()
_loaded: dict[tuple[str, str], tuple[Stamp, InForce | str]] = {}  # a text is the reason why it cannot be used


def in_force(region_code: str) -> InForce:
    """The pack for a region: of its county, else of the nearest region above. Raises NoPack or BadPack."""
    path = path_for(region_code)
    if path is None:
        raise NoPack(_("No policy pack is there for this area; put one into data/policies or set the county's pack."))
    return load(path)


def path_for(region_code: str) -> str | None:
    """The path of the pack whose region is the nearest at or above ``region_code``; the set pack wins for its own."""
    found = _by_region(str(_root()), _folder_stamp(_root()))
    chosen = settings.COUNTY_PACK
    for code in reversed(Region.codes_above(region_code)):
        if chosen and code in (region for region, path in found.items() if path == chosen):
            return str(chosen)
        if code in found:
            return found[code]
    if chosen and Path(chosen, PACK_FILE).is_file():
        return str(chosen)  # a pack kept outside the data folder is named by its own path
    return found.get(NATION)


def load(path: str) -> InForce:
    """The merged pack at ``path``; read anew only when a file of it changed. Raises BadPack."""
    root = _root()
    stamp = _files_stamp(root, path)
    with _lock:
        kept = _loaded.get((str(root), path))
    if kept is None or kept[0] != stamp:
        try:
            found: InForce | str = InForce(path, load_pack(read_pack_sources(path, root)))
        except PackError as error:
            found = str(error)
        kept = (stamp, found)
        with _lock:
            _loaded[str(root), path] = kept
    if isinstance(kept[1], str):
        raise BadPack(_("The policy pack cannot be used: %(reason)s") % {"reason": kept[1]})
    return kept[1]


def counties_with_packs() -> list[Region]:
    """County regions that have a pack of their own or of a region above."""
    counties = Region.objects.filter(level=3).order_by("code")
    return [county for county in counties if path_for(county.code) is not None]


def _root() -> Path:
    return Path(settings.POLICIES)


def _folder_stamp(root: Path) -> Stamp:
    return tuple(
        (file.relative_to(root).parent.as_posix(), file.stat().st_mtime_ns, file.stat().st_size)
        for file in sorted(root.rglob(PACK_FILE))
    )


def _files_stamp(root: Path, path: str) -> Stamp:
    """Names, times and sizes of the files of a pack and of all the folders above it."""
    folders = [root.joinpath(*Path(path).parts[:depth]) for depth in range(1, len(Path(path).parts) + 1)]
    if not (root / path / PACK_FILE).is_file():
        folders = [Path(path)]
    files = [file for folder in folders for file in (*folder.glob("*.yaml"), *folder.glob("services/*.yaml"))]
    return tuple((str(file), file.stat().st_mtime_ns, file.stat().st_size) for file in sorted(files))


@lru_cache(maxsize=4)
def _by_region(root: str, stamp: Stamp) -> dict[str, str]:
    """Region code to pack path, of every readable pack; the shortest path wins where two claim one region."""
    found: dict[str, str] = {}
    for path, _mtime, _size in sorted(stamp, key=lambda entry: (entry[0].count("/"), entry[0])):
        try:
            described = yaml.safe_load(Path(root, path, PACK_FILE).read_text("utf-8"))
        except (OSError, UnicodeDecodeError, yaml.YAMLError):
            continue  # loading it says what is wrong with it
        code = described.get("region") if isinstance(described, dict) else None
        if code is not None:
            found.setdefault(str(code).rstrip("0") if len(str(code)) == 12 else str(code), path)
    return found
