"""The policy pack in force for a region on a day: read from the data folder, with the reviewed amendments laid over it.

Files are kept while they stay as they are. What a pack means is the engine's business; which pack is whose, and which
amendments are in force, is decided here.
"""

import datetime as dt
import json
import re
import threading
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from django.conf import settings
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from yinian.core.errors import Refused
from yinian.core.packfiles import read_pack_sources
from yinian.core.reading import once
from yinian.core.regions.models import Region
from yinian.engines.entitlement import Pack, PackError, load_pack
from yinian.engines.entitlement.faults import in_chinese
from yinian.entitlements.drafts.layers import Change, Layer, laid_over
from yinian.entitlements.drafts.models import Amendment, AmendmentEntry

PACK_FILE = "pack.yaml"
NATION = "00"  # the region of the pack that holds everywhere

Stamp = tuple[tuple[str, int, int], ...]


class NoPack(Refused):
    """No pack is there for the region."""


class BadPack(Refused):
    """The pack cannot be used; the message names file, line and reason."""


@dataclass(frozen=True)
class Amended:
    """What an amendment in force says: its id and paper, and the entries it changes as (part, key)."""

    id: int
    title: str
    number: str
    effective_from: dt.date
    entries: frozenset[tuple[str, str]]


@dataclass(frozen=True)
class InForce:
    """A pack with the path it was read from, such as ``cn/hunan/yueyang/miluo``, and the amendments laid over it."""

    path: str
    pack: Pack
    amendments: tuple[Amended, ...] = ()

    def amendment_of(self, part: str, key: str) -> Amended | None:
        """The amendment that says what an entry is, if one does."""
        return next((found for found in self.amendments if (part, key) in found.entries), None)

    def amendments_of(self, service_id: str, figures: Iterable[Any] = ()) -> list[Amended]:
        """The amendments that a service, or one of the figures it uses (with their ``clause``), is as it is by."""
        papers = {f"amendment-{found.id}": found for found in self.amendments}
        used = {figure.clause.document_id for figure in figures}
        own = self.amendment_of("service", service_id)
        return [found for paper, found in papers.items() if found is own or paper in used]


_KEPT = 24  # packs with layers on top, in memory
_lock = threading.Lock()
_loaded: dict[tuple[str, str], tuple[Stamp, InForce | PackError]] = {}
_layered: OrderedDict[tuple[str, str, Stamp, tuple[str, ...]], Pack | PackError] = OrderedDict()


@once
def in_force(region_code: str, on: dt.date | None = None, known_at: dt.datetime | None = None) -> InForce:
    """The pack for a region on a day (today): of its county, else of the nearest region above, as amended.

    ``known_at``: with the amendments that were approved by that moment; None is now. Raises NoPack or BadPack.
    """
    path = path_for(region_code)
    if path is None:
        raise NoPack(_("No policy pack is there for this area; put one into data/policies or set the county's pack."))
    return at(path, region_code, on, known_at)


def at(path: str, region_code: str, on: dt.date | None = None, known_at: dt.datetime | None = None) -> InForce:
    """The pack at a path, as amended for a region. Raises BadPack."""
    base = load(path)
    rows = amendment_rows(region_code, on or timezone.localdate(), known_at)
    if not rows:
        return base
    return InForce(path, with_layers(path, [amended_layer(rows)]), amended_by(rows))


def amendment_rows(
    region_code: str, on: dt.date, known_at: dt.datetime | None = None
) -> list[AmendmentEntry]:
    """What amendments of a region (or above it) say on a day, the earliest first."""
    standing = AmendmentEntry.objects.filter(region__in=Region.codes_above(region_code), starts__lte=on)
    if known_at is None:
        standing = standing.filter(Q(cut_on__isnull=True) | Q(cut_on__gt=on))
    else:
        standing = standing.filter(amendment__approved_at__lte=known_at).filter(
            Q(cut_on__isnull=True) | Q(cut_on__gt=on) | Q(cut_at__gt=known_at)
        )
    return list(standing.select_related("amendment").order_by("starts", "pk"))


def amended_layer(rows: Iterable[AmendmentEntry]) -> Layer:
    """What amendments say as one layer of changes, with their papers as the documents it rests on."""
    rows = list(rows)
    changes = tuple(Change(row.part, row.key, row.data) for row in rows)
    papers = papers_of(changes, {row.amendment_id: row.amendment for row in rows})
    return Layer("amended", changes, papers, _("amendments"))


_PAPER = re.compile(r'"amendment-(\d{1,18})"')


def papers_of(
    changes: Iterable[Change], known: Mapping[int, Amendment] | None = None
) -> tuple[dict[str, Any], ...]:
    """The papers of amendments that changes rest on, those of earlier values among them, as a pack lists documents."""
    found = dict(known or {})
    named = {int(pk) for change in changes for pk in _PAPER.findall(json.dumps(change.data))}
    found |= Amendment.objects.in_bulk(named - found.keys())
    return tuple(
        {"id": f"amendment-{pk}", "title": paper.title, "date": paper.dated.isoformat(),
         **({"number": paper.number} if paper.number else {})}
        for pk, paper in sorted(found.items())
    )  # fmt: skip


def amended_by(rows: Iterable[AmendmentEntry]) -> tuple[Amended, ...]:
    """Which amendments the rows belong to."""
    own: dict[int, list[AmendmentEntry]] = {}
    for row in rows:
        own.setdefault(row.amendment_id, []).append(row)
    return tuple(
        Amended(pk, mine[0].amendment.title, mine[0].amendment.number, mine[0].amendment.effective_from,
                frozenset((row.part, row.key) for row in mine))
        for pk, mine in own.items()
    )  # fmt: skip


def with_layers(path: str, layers: Iterable[Layer]) -> Pack:
    """The pack at ``path`` with layers of changes on top; kept for the next asking. Raises BadPack."""
    found = try_layers(path, layers)
    if isinstance(found, PackError):
        raise _bad(found)
    return found


def try_layers(path: str, layers: Iterable[Layer]) -> Pack | PackError:
    """The same, or the error that says what is wrong. Raises BadPack where the files themselves cannot be used."""
    load(path)
    root, wanted = _root(), tuple(layers)
    stamp = _files_stamp(root, path)
    key = (str(root), path, stamp, tuple(layer.digest for layer in wanted))
    with _lock:
        kept = _layered.get(key)
    if kept is None:
        try:
            kept = laid_over(read_pack_sources(path, root), wanted)
        except PackError as error:
            kept = error
        with _lock:
            _layered[key] = kept
            while len(_layered) > _KEPT:
                _layered.popitem(last=False)
    return kept


def _bad(error: PackError) -> BadPack:
    """The error for the reader, with file and line, in the reader's language."""
    reason = error.reason if get_language() == "en" else in_chinese(error.reason) or error.reason
    where = ":".join(str(part) for part in (error.file, error.line) if part)
    reason = f"{where}: {reason}" if where else reason
    return BadPack(_("The policy pack cannot be used: %(reason)s") % {"reason": reason})


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


def own_path(region_code: str) -> str | None:
    """The path of the pack that is a region's own; None where it lives by one of a region above."""
    found = _by_region(str(_root()), _folder_stamp(_root())).get(region_code)
    return found if found is not None and found == path_for(region_code) else None


def rests_on(path: str | None, below: str) -> bool:
    """Whether the pack at ``path`` is the pack ``below`` or extends it. A pack that cannot be read rests on none."""
    if path is None:
        return False
    try:
        return below in {source.name for source in read_pack_sources(path, _root())}
    except PackError:
        return False


def load(path: str) -> InForce:
    """The pack at ``path`` as its files have it; read anew only when one of them changed. Raises BadPack."""
    root = _root()
    stamp = _files_stamp(root, path)
    with _lock:
        kept = _loaded.get((str(root), path))
    if kept is None or kept[0] != stamp:
        try:
            found: InForce | PackError = InForce(path, load_pack(read_pack_sources(path, root)))
        except PackError as error:
            found = error
        kept = (stamp, found)
        with _lock:
            _loaded[str(root), path] = kept
    if isinstance(kept[1], PackError):
        raise _bad(kept[1])
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
