"""Writing divisions: a county's list as a whole, and the hamlets that a town adds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.models import Region
from yinian.core.regions.models import CODE_LENGTHS
from yinian.core.users.models import User
from yinian.engines.population.divisions import from_document
from yinian.engines.population.geometry import schematic
from yinian.places.naming import spelled
from yinian.places.regions.queries import NOT_A_VILLAGE, get_region

LEVELS = {"province": 1, "prefecture": 2, "county": 3, "town": 4, "village": 5, "hamlet": 6}
# The source's kinds as official lists write them.
KIND_WORDS = {
    "province": "省", "prefecture": "市", "county_city": "县级市", "county": "县", "district": "区",
    "street": "街道", "town": "镇", "township": "乡", "other_town_level": "其他", "village": "村",
    "community": "社区", "quasi_village": NOT_A_VILLAGE, "hamlet": "屋场",
}  # fmt: skip
MAX_ROWS = 20_000
HAMLETS_A_VILLAGE = 99


@dataclass(frozen=True)
class Loaded:
    """What loading a list of divisions did: codes added and changed, and how many were as they stood."""

    added: tuple[str, ...]
    changed: tuple[str, ...]
    same: int


def load_divisions(actor: User, document: Mapping[str, Any], boundary: Mapping[str, Any] | None = None) -> Loaded:
    """Load a county's divisions (the uniform form of data/divisions); loading the same list again changes nothing.

    ``boundary`` is GeoJSON of the county. Where a row has no surveyed position, a schematic one is drawn and marked.
    The platform itself may load; a person needs ``places.edit`` in the county. Raises :class:`Refused` that names
    the row: a missing field, unknown level or parent, a code twice, a cycle, a code that is not below its parent's.
    """
    rows = _checked(document)
    counties = [row for row in rows if row["level"] == 3]
    if len(counties) != 1:
        raise Refused(
            _("A list of divisions holds exactly one county; this one holds %(count)d.") % {"count": len(counties)}
        )
    county = counties[0]["code"]
    if not actor.is_machine:
        actor.require("places.edit", county)
    positions = _positions(document, rows, boundary)
    added, changed, same = [], [], 0
    with transaction.atomic():
        known = {r.code: r for r in Region.objects.select_for_update().filter(pk__in=[row["code"] for row in rows])}
        missing = {row["parent"] for row in rows if row["parent"]} - {row["code"] for row in rows} - set(known)
        absent = missing - set(Region.objects.filter(pk__in=missing).values_list("code", flat=True))
        for row in rows:
            if row["parent"] in absent:
                raise Refused(
                    _row(row, _("its parent %(code)s is neither in the list nor known") % {"code": row["parent"]})
                )
        if not counties[0]["parent"]:
            above = [c for c in Region.codes_above(county) if c != county]
            counties[0]["parent"] = (
                Region.objects.filter(pk__in=above).order_by("-code").values_list("code", flat=True).first()
            )
        for row in sorted(rows, key=lambda r: r["level"]):
            wanted = _wanted(row, positions.get(row["code"]))
            region = known.get(row["code"])
            if region is None:
                Region.objects.create(code=row["code"], **wanted)
                added.append(row["code"])
                continue
            differing = [name for name, value in wanted.items() if getattr(region, name) != value]
            if not differing:
                same += 1
                continue
            for name in differing:
                setattr(region, name, wanted[name])
            region.save(update_fields=differing)
            changed.append(row["code"])
        if added or changed:
            record(
                actor,
                "places.load_divisions",
                Region(pk=county),
                region=county,
                detail={"added": len(added), "changed": len(changed), "same": same},
            )
    return Loaded(tuple(added), tuple(changed), same)


def add_hamlet(actor: User, village: str, name: str, lat: float | None = None, lon: float | None = None) -> Region:
    """Add a hamlet to a village; it gets the next free two-digit suffix. Positions are degrees, WGS 84."""
    parent = get_region(actor, village)
    actor.require("places.edit", parent.code)
    name = "".join(name.split())
    if parent.level != 5:
        raise Refused(_("A hamlet belongs to a village or community."))
    if not 2 <= len(name) <= 20:
        raise Refused(fields={"name": _("Give a name of 2 to 20 characters.")})
    if (lat is None) != (lon is None):
        raise Refused(fields={"lat": _("Give both latitude and longitude, or neither.")})
    with transaction.atomic():
        parent = Region.objects.select_for_update().get(pk=parent.pk)
        siblings = dict(Region.objects.filter(parent=parent).values_list("code", "name"))
        if name in siblings.values():
            raise Refused(
                fields={"name": _("%(village)s already has a hamlet of this name.") % {"village": parent.name}}
            )
        number = max((int(code[-2:]) for code in siblings), default=0) + 1
        if number > HAMLETS_A_VILLAGE:
            raise Refused(_("A village has at most 99 hamlets."))
        pinyin, initials = spelled(name)
        hamlet = Region.objects.create(
            code=f"{parent.code}{number:02d}",
            name=name,
            level=6,
            kind=KIND_WORDS["hamlet"],
            parent=parent,
            pinyin=pinyin,
            initials=initials,
            lat=lat if lat is not None else parent.lat,
            lon=lon if lon is not None else parent.lon,
            schematic=lat is None,
        )
        record(actor, "places.add_hamlet", hamlet, region=hamlet.code, detail={"name": name})
    return hamlet


def _checked(document: Mapping[str, Any]) -> list[dict[str, Any]]:
    raw = document.get("divisions") if isinstance(document, Mapping) else None
    if not isinstance(raw, list) or not raw:
        raise Refused(_("The file has no list of divisions."))
    if len(raw) > MAX_ROWS:
        raise Refused(_("A county's list has at most %(count)d rows.") % {"count": MAX_ROWS})
    rows: list[dict[str, Any]] = []
    seen: dict[str, int] = {}
    for number, given in enumerate(raw, 1):
        if not isinstance(given, Mapping):
            raise Refused(_("Row %(row)d is not a division.") % {"row": number})
        lacking = [key for key in ("code", "name", "level", "kind") if not str(given.get(key) or "").strip()]
        row: dict[str, Any] = {
            "row": number,
            "code": str(given.get("code", "")),
            "name": str(given.get("name", "")).strip(),
            "parent": str(given["parent"]) if given.get("parent") else None,
            "given": given,
        }
        if lacking:
            raise Refused(_row(row, _("lacks %(fields)s") % {"fields": ", ".join(lacking)}))
        level = LEVELS.get(str(given["level"]))
        if level is None:
            raise Refused(_row(row, _("level %(level)s is unknown") % {"level": given["level"]}))
        if str(given["kind"]) not in KIND_WORDS:
            raise Refused(_row(row, _("kind %(kind)s is unknown") % {"kind": given["kind"]}))
        if row["code"] in seen:
            raise Refused(_row(row, _("the code already stands in row %(row)d") % {"row": seen[row["code"]]}))
        if not (row["code"].isascii() and row["code"].isdigit() and len(row["code"]) == CODE_LENGTHS[level]):
            raise Refused(_row(row, _("a code of this level has %(count)d digits") % {"count": CODE_LENGTHS[level]}))
        if level > 3 and row["parent"] is None:
            raise Refused(_row(row, _("it names no parent")))
        seen[row["code"]] = number
        rows.append({**row, "level": level})
    _refuse_cycles(rows)
    for row in rows:
        if row["parent"] and not (row["code"].startswith(row["parent"]) and row["code"] != row["parent"]):
            raise Refused(
                _row(row, _("its code does not begin with its parent's, %(code)s") % {"code": row["parent"]})
            )
    return rows


def _refuse_cycles(rows: list[dict[str, Any]]) -> None:
    parents = {row["code"]: row["parent"] for row in rows}
    sound: set[str] = set()
    for row in rows:
        chain: list[str] = []
        code: str | None = row["code"]
        while code is not None and code in parents and code not in sound:
            if code in chain:
                raise Refused(_row(row, _("it lies, by way of its parents, under itself")))
            chain.append(code)
            code = parents[code]
        sound.update(chain)


def _row(row: Mapping[str, Any], problem: str) -> str:
    return _("Row %(row)d (%(code)s %(name)s): %(problem)s.") % {
        "row": row["row"],
        "code": row["code"],
        "name": row["name"],
        "problem": problem,
    }


def _positions(
    document: Mapping[str, Any], rows: list[dict[str, Any]], boundary: Mapping[str, Any] | None
) -> dict[str, dict[str, Any]]:
    """Where the map engine draws the county and what the list hangs under it; nothing without towns."""
    inside = {row["code"] for row in rows if row["level"] == 3}
    for level in (4, 5):
        inside |= {row["code"] for row in rows if row["level"] == level and row["parent"] in inside}
    if not any(row["level"] == 4 for row in rows):
        return {}
    drawable = [given for given in document["divisions"] if str(given["code"]) in inside]
    return schematic(from_document({"divisions": drawable}), boundary)


def _wanted(row: Mapping[str, Any], drawn: Mapping[str, Any] | None) -> dict[str, Any]:
    """The region's fields as the row gives them, completed by what was drawn for the map."""
    given = row["given"]
    surveyed = given.get("lat") is not None and given.get("lon") is not None and given.get("coordinate") == "known"
    lat, lon = (float(given["lat"]), float(given["lon"])) if surveyed else (None, None)
    if not surveyed and drawn is not None:
        lat, lon = drawn["lat"], drawn["lon"]
    elif not surveyed and given.get("lat") is not None and given.get("lon") is not None:
        lat, lon = float(given["lat"]), float(given["lon"])
    outline = _rounded(drawn["polygon"]) if drawn is not None else None
    pinyin, initials = spelled(row["name"])
    return {
        "name": row["name"],
        "level": row["level"],
        "kind": KIND_WORDS[given["kind"]],
        "parent_id": row["parent"],
        "pinyin": pinyin,
        "initials": initials,
        "lat": lat,
        "lon": lon,
        "schematic": not surveyed,
        "outline": outline,
        "note": str(given.get("note") or ""),
        "source": str(given.get("source") or ""),
    }


def _rounded(geometry: Any) -> Any:
    """Lists instead of tuples and five decimals (1 m): what JSON gives back, so that a second load sees no change."""
    if isinstance(geometry, Mapping):
        return {key: _rounded(value) for key, value in geometry.items()}
    if isinstance(geometry, list | tuple):
        return [_rounded(value) for value in geometry]
    return round(geometry, 5) if isinstance(geometry, float) else geometry
