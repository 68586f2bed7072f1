"""A snapshot's files and definitions: written durably with their hashes, read back only whole, worked out again.

The files lie under ``indicators/<id>/`` of the data folder; a file of a snapshot never changes.
"""

import datetime as dt
import hashlib
import os
import shutil
from collections.abc import Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import polars as pl
from django.conf import settings
from django.utils.translation import gettext as _

from yinian.core.errors import Refused
from yinian.engines.entitlement import Pack
from yinian.engines.entitlement.measures import Indicator, Measure, measure_from, parameters_of
from yinian.engines.entitlement.tree import Type, Value, bind
from yinian.engines.indicator import Bound, BoundMeasure, tally
from yinian.indicators.live import FOLDER
from yinian.indicators.models import Snapshot


class Altered(Refused):
    """A kept file is missing or is not the one that was recorded."""


def definition_of(indicator: Indicator, pack: Pack, day: dt.date) -> dict[str, Any]:
    """What is kept of an indicator with a snapshot: enough to work it out again without the pack."""
    values = pack.parameters_on(day)
    return {
        "hash": indicator.hash,
        "label": {"zh": indicator.label.zh, "en": indicator.label.en},
        "unit": indicator.unit,
        "numerator": _plain(indicator.numerator),
        "denominator": _plain(indicator.denominator),
        "parameters": {name: _value(values[name]) for name in parameters_of(indicator)},
    }


def bound_of(indicator: str, kept: Mapping[str, Any], day: dt.date) -> Bound:
    """A kept definition, ready to be tallied. Raises PackError where this version no longer understands it."""
    values = {name: _read(data) for name, data in kept["parameters"].items()}
    types: dict[str, Type] = {name: data["type"] for name, data in kept["parameters"].items()}

    def bound(data: Mapping[str, Any] | None) -> BoundMeasure | None:
        if data is None:
            return None
        measure = measure_from(data, types)
        return BoundMeasure(measure.view, bind(measure.tree, day, values), measure.aggregate, measure.column)

    top = bound(kept["numerator"])
    assert top is not None
    return Bound(indicator, top, bound(kept["denominator"]))


def _plain(measure: Measure | None) -> dict[str, Any] | None:
    if measure is None:
        return None
    return {"view": measure.view, "where": measure.where, "aggregate": measure.aggregate, "column": measure.column}


def _value(value: Value) -> dict[str, str]:
    if isinstance(value, bool):
        return {"type": "bool", "value": str(value)}
    if isinstance(value, Fraction):
        return {"type": "number", "value": str(value)}
    if isinstance(value, dt.date):
        return {"type": "date", "value": value.isoformat()}
    return {"type": "text", "value": str(value)}


def _read(data: Mapping[str, str]) -> Value:
    match data["type"]:
        case "bool":
            return data["value"] == "True"
        case "number":
            return Fraction(data["value"])
        case "date":
            return dt.date.fromisoformat(data["value"])
        case _:
            return data["value"]


def write(snapshot_id: int, views: Mapping[str, pl.DataFrame]) -> dict[str, Any]:
    """Write views into the snapshot's folder, durably; returns what the snapshot keeps of them.

    A folder of that number left by a transaction that never committed is written over.
    """
    base = Path(settings.DATA) / FOLDER
    lasting, draft = base / str(snapshot_id), base / f".{snapshot_id}"
    for place in (draft, lasting):
        shutil.rmtree(place, ignore_errors=True)
    draft.mkdir(parents=True, mode=0o700)
    files = {}
    for name, frame in views.items():
        path = draft / f"{name}.parquet"
        with path.open("wb") as handle:
            frame.write_parquet(handle, compression="zstd", compression_level=1)
            handle.flush()
            os.fsync(handle.fileno())
        files[name] = {"file": f"{FOLDER}/{snapshot_id}/{path.name}", "sha256": _digest(path), "rows": frame.height}
    draft.replace(lasting)
    return files


def _digest(path: Path) -> str:
    with path.open("rb") as handle:
        return hashlib.file_digest(handle, "sha256").hexdigest()


def read(snapshot: Snapshot, views: Sequence[str]) -> dict[str, pl.DataFrame]:
    """Kept views after their hashes are checked. Raises :class:`Altered`."""
    found = {}
    for name in views:
        kept = snapshot.files.get(name, {"file": f"{FOLDER}/{snapshot.pk}/{name}.parquet", "sha256": ""})
        path = Path(settings.DATA) / kept["file"]
        try:
            digest = _digest(path)
        except OSError:
            raise Altered(_("The kept file %(name)s is missing.") % {"name": kept["file"]}) from None
        if digest != kept["sha256"]:
            raise Altered(_("The kept file %(name)s was altered after it was made.") % {"name": kept["file"]})
        found[name] = pl.read_parquet(path)
    return found


def again(snapshot: Snapshot, indicators: Sequence[str]) -> pl.DataFrame:
    """TALLY of some of a snapshot's indicators, worked out anew from what it keeps. Raises :class:`Altered`."""
    bounds = [bound_of(name, snapshot.definitions[name], snapshot.as_of) for name in indicators]
    views = list(dict.fromkeys(view for bound in bounds for view in bound.views))
    return tally(read(snapshot, views), bounds)
