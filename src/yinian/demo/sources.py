"""Reads what a demo county is made of from the data folder: divisions, outline, figures, homes. No Django.

Meaning and checks of the values are the engine's; here are only files, and errors that name them.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from yinian.engines.population import (
    CountySpec,
    DivisionError,
    Divisions,
    Figure,
    HomeSpec,
    assumed_county,
    from_document,
)

#: The county whose published figures give the proportions for counties that have none.
MODEL_COUNTY = "430681"


class SourceError(ValueError):
    """A data file is missing or cannot be read; the message names the file, the place and what was expected."""


@dataclass(frozen=True, slots=True)
class CountySources:
    """All that ``generate`` needs for one county. ``boundary`` is GeoJSON, or None where no outline is known."""

    spec: CountySpec
    divisions: Divisions
    boundary: dict[str, Any] | None
    has_figures: bool


def data_folder() -> Path:
    """The data folder beside the source tree."""
    return Path(__file__).resolve().parents[3] / "data"


def available_counties(data: Path | None = None) -> list[str]:
    """Codes of the counties whose divisions are there."""
    folder = (data or data_folder()) / "divisions"
    return sorted(p.stem for p in folder.glob("*.json") if p.stem.isdigit())


def load_county(county: str | Path = MODEL_COUNTY, data: Path | None = None) -> CountySources:
    """Read a county by its 6-digit code, or from a folder holding figures.yaml, homes.yaml and divisions.json.

    A folder may leave out any file that the data folder has for its county (``county`` in figures.yaml).
    Raises ``SourceError``.
    """
    root = data or data_folder()
    folder = Path(county)
    if not (folder.is_dir() and (folder / "figures.yaml").is_file()):
        if isinstance(county, Path) or not (str(county).isdigit() and len(str(county)) == 6):
            raise SourceError(f"{county}: expected a county code of 6 digits or a folder with figures.yaml")
        folder = root / "counties" / str(county)
    figures = folder / "figures.yaml"
    code = str(_yaml(figures)["county"]) if figures.is_file() else str(county)
    divisions = load_divisions(_first(folder / "divisions.json", root / "divisions" / f"{code}.json"))
    outline = _first(folder / "boundary.geojson", root / "divisions" / f"{code}.boundary.geojson")
    boundary = _json(outline) if outline.is_file() else None
    if figures.is_file():
        return CountySources(load_spec(folder), divisions, boundary, True)
    model = load_spec(root / "counties" / MODEL_COUNTY)
    return CountySources(assumed_county(model, divisions), divisions, boundary, False)


def load_divisions(path: Path) -> Divisions:
    """Divisions of a county in the uniform form. Raises ``SourceError`` naming the file and the row."""
    try:
        return from_document(_json(path))
    except DivisionError as error:
        raise SourceError(f"{path.name}: {error}") from error


def load_spec(folder: Path) -> CountySpec:
    """Figures and homes of a county from ``figures.yaml`` and, if there, ``homes.yaml``."""
    path = folder / "figures.yaml"
    raw = _yaml(path)
    try:
        figures = {key: _figure(key, row) for key, row in raw["figures"].items()}
        homes_path = folder / "homes.yaml"
        homes_raw = _yaml(homes_path) if homes_path.is_file() else {"homes": [], "notes": []}
        return CountySpec(
            code=str(raw["county"]),
            name=raw["name"],
            surnames=raw["surnames"],
            documents=tuple({k: str(v) for k, v in d.items()} for d in raw["documents"]),
            figures=figures,
            homes=tuple(_home(row) for row in homes_raw["homes"]),
            assumptions={k: float(v) for k, v in raw["assumptions"].items()},
            hukou_elsewhere=tuple(raw.get("hukou_elsewhere", ())),
            notes=(*raw.get("notes", ()), *homes_raw.get("notes", ())),
        )
    except (KeyError, TypeError, AttributeError) as error:
        raise SourceError(f"{path.parent.name}/{path.name}: {error} is missing or of the wrong kind") from error


def _figure(key: str, row: dict[str, Any]) -> Figure:
    if len(row["quote"]) > 30:
        raise SourceError(f"figure {key}: a quote has at most 30 characters, this one {len(row['quote'])}")
    return Figure(
        key=key,
        label_zh=row["label"]["zh"],
        label_en=row["label"]["en"],
        value=int(row["value"]),
        document=row["document"],
        quote=row["quote"],
        offset=int(row["offset"]),
        scales=bool(row["scales"]),
        note=row.get("note", ""),
    )


def _home(row: dict[str, Any]) -> HomeSpec:
    opened = row["opened_on"]
    if not isinstance(opened, date):
        raise SourceError(f"home {row['code']}: opened_on is {opened!r}; expected a date such as 2014-10-01")
    return HomeSpec(
        code=row["code"],
        name=row["name"],
        region=str(row["region"]),
        kind=row["kind"],
        ownership=row["ownership"],
        operator=row["operator"],
        beds=int(row["beds"]),
        nursing_beds=int(row["nursing_beds"]),
        residents=int(row["residents"]),
        tekun_share=float(row["tekun_share"]),
        levels=tuple(row["levels"]),
        opened_on=opened,
        fees_fen={k: int(v) for k, v in row["fees_fen"].items()},
        public=bool(row["public"]),
        counts_as_township=bool(row.get("counts_as_township", False)),
        note=row.get("note", ""),
    )


def _first(*paths: Path) -> Path:
    return next((p for p in paths if p.is_file()), paths[-1])


def _json(path: Path) -> dict[str, Any]:
    return _read(path, json.loads)


def _yaml(path: Path) -> dict[str, Any]:
    return _read(path, yaml.safe_load)


def _read(path: Path, parse: Any) -> dict[str, Any]:
    try:
        found = parse(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise SourceError(f"{path.name} is missing in {path.parent.name}/") from error
    except (json.JSONDecodeError, yaml.YAMLError, UnicodeDecodeError) as error:
        raise SourceError(f"{path.name} cannot be read: {error}") from error
    if not isinstance(found, dict):
        raise SourceError(f"{path.name}: expected a mapping at the top")
    return found
