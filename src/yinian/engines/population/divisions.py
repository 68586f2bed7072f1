"""Administrative divisions as plain data: one uniform form for any county, and the parsers into it.

Reading files is not done here (see ``yinian.demo.sources``); places as database rows are not here either.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

LEVELS: Final = ("county", "town", "village")
KINDS: Final = (
    "county_city",
    "county",
    "district",
    "street",
    "town",
    "township",
    "other_town_level",
    "village",
    "community",
    "quasi_village",
)
#: Statistical codes list some state farms and nurseries as villages; they have no villagers' committee.
QUASI_VILLAGE_ENDINGS: Final = ("林场村", "苗圃村", "渔场村")


class DivisionError(ValueError):
    """A division list that cannot be used; the message names the entry and what was expected."""


@dataclass(frozen=True, slots=True)
class Division:
    """One administrative division.

    ``code`` is 6 digits for a county, 9 for a town and 12 for a village, and always begins with the
    parent's code, so that a subtree is a prefix. ``statistical_code`` is the published code where ours
    differs from it. ``coordinate`` says how far ``lat`` and ``lon`` (degrees, WGS-84) may be trusted:
    ``known``, ``hint`` (a rough place for a schematic map only) or ``none``.
    """

    code: str
    name: str
    level: str
    kind: str
    parent: str | None
    lat: float | None = None
    lon: float | None = None
    coordinate: str = "none"
    note: str = ""
    source: str = ""
    statistical_code: str | None = None

    @property
    def populated(self) -> bool:
        """Whether people are registered here (a statistical quasi-village has none)."""
        return self.kind != "quasi_village"


@dataclass(frozen=True, slots=True)
class Divisions:
    """A county with its towns and villages, in code order."""

    county: Division
    towns: tuple[Division, ...]
    villages: tuple[Division, ...]
    source: str = ""
    note: str = ""
    _by_code: Mapping[str, Division] = field(default_factory=dict, repr=False, compare=False)

    def __post_init__(self) -> None:
        rows = (self.county, *self.towns, *self.villages)
        by_code = {d.code: d for d in rows}
        if len(by_code) != len(rows):
            codes = [d.code for d in rows]
            twice = next(code for code in codes if codes.count(code) > 1)
            raise DivisionError(f"{self.county.code}: division code {twice} stands twice")
        for row in rows:
            if row.level not in LEVELS or row.kind not in KINDS:
                raise DivisionError(f"{row.code} {row.name}: level {row.level!r} or kind {row.kind!r} is unknown")
            if not row.code.isdigit() or len(row.code) != {"county": 6, "town": 9, "village": 12}[row.level]:
                raise DivisionError(f"{row.code} {row.name}: a code has 6, 9 or 12 digits by its level")
            if row.level == "county":
                continue
            if row.parent is None or row.parent not in by_code:
                raise DivisionError(f"{row.code} {row.name}: its parent {row.parent} is not in the list")
            if not row.code.startswith(row.parent):
                raise DivisionError(f"{row.code} {row.name}: a code begins with its parent's, {row.parent}")
        object.__setattr__(self, "_by_code", by_code)

    def __getitem__(self, code: str) -> Division:
        return self._by_code[code]

    def __contains__(self, code: object) -> bool:
        return code in self._by_code

    @property
    def settlements(self) -> tuple[Division, ...]:
        """Where people live: the villages that have residents, or the towns if no villages are known."""
        if self.villages:
            return tuple(v for v in self.villages if v.populated)
        return self.towns

    def town_of(self, code: str) -> Division:
        """The town that a village, hamlet or town code lies in."""
        return self._by_code[code[:9]]

    def villages_of(self, town: str) -> tuple[Division, ...]:
        """The villages of a town, in code order."""
        return tuple(v for v in self.villages if v.parent == town)


def to_document(divisions: Divisions) -> dict[str, Any]:
    """The uniform, JSON-ready form of a county's divisions (the inverse of ``from_document``)."""
    rows = []
    for d in (divisions.county, *divisions.towns, *divisions.villages):
        row: dict[str, Any] = {
            "code": d.code,
            "name": d.name,
            "level": d.level,
            "kind": d.kind,
            "parent": d.parent,
            "lat": d.lat,
            "lon": d.lon,
            "coordinate": d.coordinate,
            "note": d.note,
            "source": d.source,
        }
        if d.statistical_code is not None:
            row["statistical_code"] = d.statistical_code
        rows.append(row)
    return {"source": divisions.source, "note": divisions.note, "divisions": rows}


def from_document(document: Mapping[str, Any]) -> Divisions:
    """Read the uniform form. Raises ``DivisionError`` naming the row and what was expected."""
    rows: list[Division] = []
    for number, raw in enumerate(document.get("divisions", ()), start=1):
        missing = [key for key in ("code", "name", "level", "kind", "parent") if key not in raw]
        if missing:
            raise DivisionError(f"divisions row {number}: {', '.join(missing)} is missing")
        rows.append(
            Division(
                code=str(raw["code"]),
                name=str(raw["name"]),
                level=str(raw["level"]),
                kind=str(raw["kind"]),
                parent=None if raw["parent"] is None else str(raw["parent"]),
                lat=None if raw.get("lat") is None else float(raw["lat"]),
                lon=None if raw.get("lon") is None else float(raw["lon"]),
                coordinate=str(raw.get("coordinate", "none")),
                note=str(raw.get("note", "")),
                source=str(raw.get("source", "")),
                statistical_code=raw.get("statistical_code"),
            )
        )
    return _assemble(rows, str(document.get("source", "")), str(document.get("note", "")))


def _assemble(rows: Sequence[Division], source: str, note: str) -> Divisions:
    counties = [d for d in rows if d.level == "county"]
    if len(counties) != 1:
        raise DivisionError(f"a division list holds exactly one county; {len(counties)} found")
    ordered = sorted(rows, key=lambda d: d.code)
    return Divisions(
        county=counties[0],
        towns=tuple(d for d in ordered if d.level == "town"),
        villages=tuple(d for d in ordered if d.level == "village"),
        source=source,
        note=note,
    )


def _county_kind(name: str) -> str:
    if name.endswith("区"):
        return "district"
    return "county_city" if name.endswith("市") else "county"


def _town_kind(name: str) -> str:
    if name.endswith("街道"):
        return "street"
    if name.endswith("镇"):
        return "town"
    return "township" if name.endswith("乡") else "other_town_level"


def _village_kind(name: str, kind: str) -> str:
    if kind == "社区":
        return "community"
    return "quasi_village" if name.endswith(QUASI_VILLAGE_ENDINGS) else "village"


def from_detailed_snapshot(
    raw: Mapping[str, Any],
    *,
    merged_towns: Mapping[str, str] | None = None,
    hints: Mapping[str, tuple[float, float, str]] | None = None,
) -> Divisions:
    """A county snapshot with towns and villages, as published for statistics, in our form.

    ``merged_towns`` maps a town-level entry that is no town of the county to the town its villages now
    belong to: those villages get a provisional code under that town (``…9nn``) and keep the published one
    as ``statistical_code``. ``hints`` gives rough ``(lat, lon, source)`` by town code, for maps only.
    """
    merged_towns = merged_towns or {}
    hints = hints or {}
    county, source = raw["county"], str(raw.get("source", ""))
    rows = [
        Division(
            code=county["code"],
            name=county["name"],
            level="county",
            kind=_county_kind(county["name"]),
            parent=None,
            lat=county.get("lat"),
            lon=county.get("lon"),
            coordinate="known" if county.get("lat") is not None else "none",
            source=str(county.get("coord_source", "")),
        )
    ]
    provisional: dict[str, int] = {}
    for town in raw["towns"]:
        into = merged_towns.get(town["code"])
        if into is None:
            rows.append(_town_row(town, county["code"], hints.get(town["code"])))
        for village in town["villages"]:
            kind = _village_kind(village["name"], village["kind"])
            if into is None:
                rows.append(Division(village["code"], village["name"], "village", kind, town["code"], source=source))
                continue
            provisional[into] = provisional.get(into, 0) + 1
            rows.append(
                Division(
                    code=f"{into}9{provisional[into]:02d}",
                    name=village["name"],
                    level="village",
                    kind=kind,
                    parent=into,
                    note=f"统计用区划原列{town['name_current']};现行代码未见公布,此为暂用码",
                    source=source,
                    statistical_code=village["code"],
                )
            )
    return _assemble(rows, source, "")


def _town_row(town: Mapping[str, Any], county: str, hint: tuple[float, float, str] | None) -> Division:
    lat, lon, coordinate = town.get("lat"), town.get("lon"), "known"
    source = str(town.get("coord_source", ""))
    if lat is None and hint is not None:
        (lat, lon, source), coordinate = hint, "hint"
    name, note = town["name_current"], str(town.get("note", ""))
    if town["name_2023"] != name:
        note = "；".join(part for part in (f"2023年统计用区划名为{town['name_2023']}", note) if part)
    return Division(
        code=town["code"],
        name=name,
        level="town",
        kind=_town_kind(name),
        parent=county,
        lat=lat,
        lon=lon,
        coordinate=coordinate if lat is not None else "none",
        note=note,
        source=source,
    )


def from_prefecture_list(raw: Mapping[str, Any]) -> dict[str, Divisions]:
    """Every county of a list of prefectures (towns only; villages are not known), by county code."""
    source = str(raw.get("source", ""))
    found: dict[str, Divisions] = {}
    for prefecture in raw["prefectures"].values():
        for county in prefecture["counties"]:
            note = f"{prefecture['name']}；村级区划未收录（统计用区划列{county['n_villages']}个村级单位）"
            rows = [
                Division(county["code"], county["name"], "county", _county_kind(county["name"]), None, source=source)
            ]
            rows += [
                Division(t["code"], t["name"], "town", _town_kind(t["name"]), county["code"], source=source)
                for t in county["townships"]
            ]
            found[county["code"]] = _assemble(rows, source, note)
    return found
