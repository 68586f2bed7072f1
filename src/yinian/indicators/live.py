"""What indicators are now: worked out for a whole county at once, kept until anything in the database is done.

The audit chain says whether anything was done: every act is a row of it. Looking and exporting change nothing, so rows
of that kind do not count.
"""

import datetime as dt
import hashlib
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import polars as pl
from django.conf import settings
from django.utils import timezone

from yinian.core.models import AuditLink
from yinian.core.regions.models import CODE_LENGTHS, Level
from yinian.engines.entitlement import Pack
from yinian.engines.entitlement.errors import PackError
from yinian.engines.entitlement.measures import Indicator
from yinian.engines.indicator import Bound, bind_indicator, tally
from yinian.entitlements import packs
from yinian.indicators import frames

T = TypeVar("T")
COUNTY = CODE_LENGTHS[Level.COUNTY]
FOLDER = "indicators"
_LOOKING = ("core.reveal", "attachments.open", "core.login", "core.logout", "jobs.start", "documents.issue")
_KEPT_TALLIES, _KEPT_FRAMES = 4, 9
_lock = threading.Lock()
_tallies: OrderedDict[tuple[str, ...], "Live"] = OrderedDict()
_frames: OrderedDict[tuple[str, ...], pl.DataFrame] = OrderedDict()


@dataclass(frozen=True)
class Live:
    """A county's (or wider region's) counts of every computed indicator, for it and every region in it."""

    region: str
    as_of: dt.date
    made_at: dt.datetime
    stamp: str
    counts: pl.DataFrame  # TALLY
    left_out: Mapping[str, str]  # indicator -> why it cannot be worked out


def unit_of(region: str) -> str:
    """The region that is worked out at once: the county, or what is wider."""
    return region[:COUNTY]


def pack_of(region: str) -> Pack:
    """The pack in force today for a region. Raises Refused where there is none or it cannot be used."""
    return packs.in_force(region).pack


def bounds_of(pack: Pack, day: dt.date) -> tuple[list[Bound], dict[str, str]]:
    """Every computed indicator of the pack on a day, and of those that cannot be worked out, why."""
    values = pack.parameters_on(day)
    found, lost = [], {}
    for indicator in pack.indicators.values():
        if indicator.computed:
            try:
                found.append(bind_indicator(indicator, day, values))
            except PackError as error:
                lost[indicator.id] = str(error)
    return found, lost


def worked_out(region: str, day: dt.date, bounds: Sequence[Bound]) -> tuple[pl.DataFrame, dict[str, pl.DataFrame]]:
    """TALLY of the bounds for a region and all in it on a day, and the views it was counted from."""
    wanted = dict.fromkeys(view for bound in bounds for view in bound.views)
    held = frames.frames(region, day, wanted)
    return tally(held, bounds), held


def position() -> int:
    """How far the audit chain has come, looking and exporting aside."""
    links = AuditLink.objects.exclude(row__action__in=_LOOKING).exclude(row__action__endswith=".export").exclude(
        row__action__startswith="indicators."
    )
    return links.order_by("-position").values_list("position", flat=True).first() or 0


def stamp_of(region: str, pack: Pack, day: dt.date) -> str:
    """What the live figures of a region depend on, as one short text."""
    text = f"{settings.DATA}|{region}|{pack.hash}|{day}|{position()}"
    return hashlib.sha256(text.encode()).hexdigest()[:24]


def live(region: str) -> Live:
    """The live figures of the county (or wider region) that ``region`` belongs to. Raises Refused without a pack."""
    unit, day = unit_of(region), timezone.localdate()
    pack = pack_of(unit)
    stamp = stamp_of(unit, pack, day)
    with _lock:
        kept = _tallies.get((unit, stamp))
    if kept is not None:
        return kept
    bounds, lost = bounds_of(pack, day)
    if not frames.has_run(unit, day):
        lost |= {bound.id: "run" for bound in bounds if "dues" in bound.views}
        bounds = [bound for bound in bounds if bound.id not in lost]
    made = timezone.now()
    counts = _shared(unit, stamp)
    if counts is None:
        counts, held = worked_out(unit, day, bounds)
        _share(unit, stamp, counts)
        for view, frame in held.items():
            _keep(_frames, (unit, stamp, view), frame, _KEPT_FRAMES)
    found = Live(unit, day, made, stamp, counts, lost)
    _keep(_tallies, (unit, stamp), found, _KEPT_TALLIES)
    return found


def view_now(region: str, view: str) -> pl.DataFrame:
    """A view of the county (or wider region) as it stands now."""
    unit, day = unit_of(region), timezone.localdate()
    stamp = stamp_of(unit, pack_of(unit), day)
    with _lock:
        kept = _frames.get((unit, stamp, view))
    if kept is None:
        kept = frames.frames(unit, day, [view])[view]
        _keep(_frames, (unit, stamp, view), kept, _KEPT_FRAMES)
    return kept


def bound_now(indicator: Indicator, region: str) -> Bound:
    """An indicator bound to today. Raises PackError where a figure it needs has no value."""
    day = timezone.localdate()
    return bind_indicator(indicator, day, pack_of(unit_of(region)).parameters_on(day))


def forget() -> None:
    """Forget what is kept in memory: for tests, which write past the audit chain."""
    with _lock:
        _tallies.clear()
        _frames.clear()


def _keep(store: OrderedDict[tuple[str, ...], T], key: tuple[str, ...], value: T, most: int) -> None:
    with _lock:
        store[key] = value
        store.move_to_end(key)
        while len(store) > most:
            store.popitem(last=False)


def _place(unit: str, stamp: str) -> Path:
    return Path(settings.DATA) / FOLDER / "live" / f"{unit}-{stamp}.parquet"


def _shared(unit: str, stamp: str) -> pl.DataFrame | None:
    """What another process worked out."""
    try:
        return pl.read_parquet(_place(unit, stamp))
    except (OSError, pl.exceptions.PolarsError):
        return None


def _share(unit: str, stamp: str, counts: pl.DataFrame) -> None:
    place = _place(unit, stamp)
    place.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = place.with_name(f".{place.name}.{os.getpid()}.{threading.get_ident()}")
    counts.write_parquet(draft)
    draft.replace(place)
    for other in place.parent.glob(f"{unit}-*.parquet"):
        if other != place:
            other.unlink(missing_ok=True)
