"""Reading divisions: who may see which, the tree with its counts, search by name or pinyin, the map."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Count, Q, QuerySet

from yinian.core.errors import NotVisible
from yinian.core.models import Region
from yinian.core.users.models import User
from yinian.places.models import Bed, Site

COUNTY_DIGITS = 6
# Farms and nurseries that statistics list as villages; they have no villagers' committee and are not counted as such.
NOT_A_VILLAGE = "统计用准村"


@dataclass
class Counts:
    """What stands in a region and all below it."""

    sites: Counter[str] = field(default_factory=Counter)  # by kind of site
    beds: Counter[str] = field(default_factory=Counter)  # usable, by kind of bed
    towns: int = 0
    villages: int = 0
    hamlets: int = 0

    @property
    def all_sites(self) -> int:
        return sum(self.sites.values())

    @property
    def all_beds(self) -> int:
        return sum(self.beds.values())


@dataclass
class Node:
    region: Region
    counts: Counts
    children: list["Node"]


def visible_to(actor: User) -> QuerySet[Region]:
    """Divisions in the actor's reach; for home staff the one their site stands in."""
    actor.require("places.view")
    scope = actor.scope("places.view")
    condition = scope.q("code")
    if scope.sites:
        condition |= Q(pk__in=Site.objects.filter(pk__in=scope.sites).values("region_id"))
    return Region.objects.filter(condition)


def get_region(actor: User, code: str) -> Region:
    region = visible_to(actor).select_related("parent").filter(pk=code).first()
    if region is None:
        raise NotVisible("region")
    return region


def path(region: Region) -> list[Region]:
    """The regions that contain it and itself, widest first."""
    return list(Region.objects.filter(pk__in=Region.codes_above(region.code)).order_by("code").defer("outline"))


def tops(actor: User) -> list[Region]:
    """Where the actor's tree begins: visible regions whose parent is not visible."""
    visible = visible_to(actor)
    return list(visible.exclude(parent_id__in=visible.values("pk")).defer("outline"))


def counties_of(actor: User, right: str) -> tuple[str, ...]:
    """Prefixes of the counties (or wider regions) the actor works in by a right."""
    scope = actor.scope(right)
    codes = {code[:COUNTY_DIGITS] for code in scope.regions}
    if scope.sites:
        codes |= {
            code[:COUNTY_DIGITS]
            for code in Site.objects.filter(pk__in=scope.sites).values_list("region_id", flat=True)
        }
    return tuple(sorted(codes))


def neighbourhood(actor: User, right: str) -> QuerySet[Region]:
    """The actor's whole county and all below it: names and positions are public and needed to say "near"."""
    condition = Q(pk__in=[])
    for code in counties_of(actor, right):
        condition |= Q(code__startswith=code)
    return Region.objects.filter(condition, level__gte=3)


def counts_below(region: Region) -> dict[str, Counts]:
    """Counts of the region and every region below it, by code. Three queries whatever the size."""
    found: dict[str, Counts] = defaultdict(Counts)

    def add(code: str) -> list[Counts]:
        return [found[c] for c in Region.codes_above(code) if c.startswith(region.code)]

    below = Region.objects.filter(code__startswith=region.code).exclude(kind=NOT_A_VILLAGE)
    for code, level in below.values_list("code", "level"):
        for counts in add(code)[:-1]:
            counts.towns += level == 4
            counts.villages += level == 5
            counts.hamlets += level == 6
    here = Site.objects.filter(region__code__startswith=region.code).exclude(state=Site.State.CLOSED)
    for code, kind, count in here.order_by().values_list("region_id", "kind").annotate(n=Count("pk")):
        for counts in add(code):
            counts.sites[kind] += count
    beds = Bed.objects.filter(site__in=here, state=Bed.State.USABLE).exclude(kind=Bed.Kind.DAY).order_by()
    for code, kind, count in beds.values_list("site__region_id", "kind").annotate(n=Count("pk")):
        for counts in add(code):
            counts.beds[kind] += count
    return found


def tree(region: Region, depth: int = 2) -> Node:
    """The region with ``depth`` levels below it, each with its counts. Four queries."""
    counts = counts_below(region)
    below = (
        Region.objects.filter(code__startswith=region.code, level__gt=region.level, level__lte=region.level + depth)
        .order_by("code")
        .defer("outline")
    )
    nodes = {region.code: Node(region, counts[region.code], [])}
    for child in below:
        node = nodes[child.code] = Node(child, counts[child.code], [])
        if child.parent_id in nodes:
            nodes[child.parent_id].children.append(node)
    return nodes[region.code]


def search(regions: QuerySet[Region], text: str, limit: int = 30) -> list[Region]:
    """Regions whose name contains the text, or whose pinyin or initials begin with it."""
    text = text.strip()
    if not text:
        return []
    condition = Q(name__contains=text)
    if text.isascii():
        latin = text.lower().replace(" ", "")
        condition |= Q(pinyin__startswith=latin) | Q(initials__startswith=latin)
        if text.isdigit():
            condition |= Q(code__startswith=text)
    return list(
        regions.filter(condition)
        .select_related("parent")
        .defer("outline", "parent__outline")
        .order_by("level", "code")[:limit]
    )


def map_of(actor: User, region: Region) -> dict[str, Any]:
    """GeoJSON of the region: its outline, the cells of the next level, and the sites the actor sees."""
    from yinian.places.sites.queries import visible_to as sites_visible_to

    features: list[dict[str, Any]] = []
    children = list(Region.objects.filter(parent=region).order_by("code"))
    for role, one in [("outline", region), *(("cell", child) for child in children)]:
        if one.outline:
            features.append(_feature(one.outline, role=role, code=one.code, name=one.name, schematic=one.schematic))
        if role == "cell" and one.lat is not None and one.lon is not None:
            point = {"type": "Point", "coordinates": [one.lon, one.lat]}
            features.append(_feature(point, role="label", code=one.code, name=one.name, schematic=one.schematic))
    sites = sites_visible_to(actor).filter(region__code__startswith=region.code, lat__isnull=False)
    for pk, name, kind, lat, lon, schematic in sites.exclude(state=Site.State.CLOSED).values_list(
        "pk", "name", "kind", "lat", "lon", "schematic"
    ):
        point = {"type": "Point", "coordinates": [lon, lat]}
        features.append(_feature(point, role="site", id=pk, name=name, kind=kind, schematic=schematic))
    return {
        "type": "FeatureCollection",
        # Cells of towns and villages are always drawn: no county publishes their borders.
        "schematic": any(f["properties"]["schematic"] or f["properties"]["role"] == "cell" for f in features),
        "features": features,
    }


def _feature(geometry: dict[str, Any], **properties: Any) -> dict[str, Any]:
    return {"type": "Feature", "geometry": geometry, "properties": properties}
