"""Reads what a demo county is made of from the data folder: divisions, outline, figures, homes. No Django.

Meaning and checks of the values are the engine's; here are only files, and errors that name them.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import yaml

from yinian.engines.population import (
    Assumed,
    CountySpec,
    DivisionError,
    Divisions,
    Figure,
    HomeSpec,
    assumed_county,
    from_document,
)

ASSUMED_FILE = "assumed.yaml"
PLAN_FILE = "plan.html"


class SourceError(ValueError):
    """A data file is missing or cannot be read; the message names the file, the place and what was expected."""


@dataclass(frozen=True, slots=True)
class CountySources:
    """All that ``generate`` needs for one county. ``boundary`` is GeoJSON, or None where no outline is known.

    ``above`` are the regions above the county, outermost first. ``receiving`` is None where the county has figures of
    its own, else the shares of those due that receive, by service, with ``default``. ``plan`` is the county's plan
    document, None where there is none.
    """

    spec: CountySpec
    divisions: Divisions
    boundary: dict[str, Any] | None
    above: tuple[dict[str, Any], ...]
    receiving: Mapping[str, float] | None
    plan: Path | None = None

    @property
    def has_figures(self) -> bool:
        """Whether figures of this county were published and are on file."""
        return self.receiving is None


def data_folder() -> Path:
    """The data folder beside the source tree."""
    return Path(__file__).resolve().parents[3] / "data"


def available_counties(data: Path | None = None) -> list[str]:
    """Codes of the counties whose divisions are there: in ``data``, and beside the source tree."""
    folders = {(data or data_folder()) / "divisions", data_folder() / "divisions"}
    return sorted({p.stem for folder in folders for p in folder.glob("*.json") if p.stem.isdigit()})


def model_county(data: Path | None = None) -> str:
    """Code of the county whose published figures give the proportions for those that have none."""
    return load_assumed(_library(data or data_folder(), f"counties/{ASSUMED_FILE}"))[0]


def load_county(county: str | Path, data: Path | None = None) -> CountySources:
    """Read a county by its 6-digit code, or from a folder holding figures.yaml, homes.yaml and divisions.json.

    A folder may leave out any file that the data folder has for its county (``county`` in figures.yaml), and ``data``
    may leave out any file that lies beside the source tree. Raises ``SourceError``.
    """
    root = data or data_folder()
    folder = Path(county)
    if not (folder.is_dir() and (folder / "figures.yaml").is_file()):
        if isinstance(county, Path) or not (str(county).isdigit() and len(str(county)) == 6):
            raise SourceError(f"{county}: expected a county code of 6 digits or a folder with figures.yaml")
        folder = _library(root, f"counties/{county}")
    figures = folder / "figures.yaml"
    code = str(_yaml(figures)["county"]) if figures.is_file() else str(county)
    divisions = load_divisions(_first(folder / "divisions.json", _library(root, f"divisions/{code}.json")))
    outline = _first(folder / "boundary.geojson", _library(root, f"divisions/{code}.boundary.geojson"))
    boundary = _json(outline) if outline.is_file() else None
    above = _above(_library(root, "divisions/above.json"), code)
    if figures.is_file():
        plan = folder / PLAN_FILE
        return CountySources(load_spec(folder), divisions, boundary, above, None, plan if plan.is_file() else None)
    model, assumed = load_assumed(_library(root, f"counties/{ASSUMED_FILE}"))
    prefecture = above[-1]["name"] if above else divisions.county.name
    spec = assumed_county(load_spec(_library(root, f"counties/{model}")), divisions, assumed, prefecture)
    return CountySources(spec, divisions, boundary, above, assumed.receiving)


def _library(root: Path, path: str) -> Path:
    """A file or folder of the county's own data, or else the one that comes with the source tree."""
    return _first(root / path, data_folder() / path)


def _above(path: Path, code: str) -> tuple[dict[str, Any], ...]:
    document = _json(path)
    rows = [row | {"source": document.get("source", "")} for row in document["regions"]]
    return tuple(sorted((row for row in rows if code.startswith(row["code"])), key=lambda row: row["level"]))


def load_assumed(path: Path) -> tuple[str, Assumed]:
    """The model county's code, and what a county without figures is filled with. Raises ``SourceError``."""
    raw = _yaml(path)
    try:
        patterns = tuple(
            (str(row["of"]), _home({"code": "", "region": "", "ownership": "public", "public": True,
                                    "opened_on": raw["homes_opened_on"]} | row))
            for row in raw["homes"]
        )  # fmt: skip
        return str(raw["model"]), Assumed(
            people_per_village=int(raw["people_per_village"]),
            people_per_town=int(raw["people_per_town"]),
            surnames=raw["surnames"],
            suffix=raw["suffix"],
            lives_in={str(k): float(v) for k, v in raw["lives_in"].items()},
            homes=patterns,
            station_share=float(raw["station_share"]),
            residents_per_carer=float(raw["residents_per_carer"]),
            carers_certified=float(raw["carers_certified"]),
            carers_trained=float(raw["carers_trained"]),
            fire_certified_per_home=float(raw["fire_certified_per_home"]),
            receiving={str(k): float(v) for k, v in raw["receiving"].items()},
            notes=tuple(raw["notes"]),
        )
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise SourceError(f"{path.name}: {error} is missing or of the wrong kind") from error


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
            lives_in={str(k): float(v) for k, v in raw["lives_in"].items()},
            hamlet_point={k: str(v) for k, v in raw.get("hamlet_point", {}).items()},
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
    return next((p for p in paths if p.exists()), paths[-1])


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
