"""Which free bed fits somebody who waits, and who is next for a bed. Suggestions only: an officer decides.

A home fits where the pack's routing sends the level there, or without a routing rule where the home takes the level;
the county's proposal asks the same rules (`homes/placing/routing.py`). A bed fits by its kind, the home not being
refused, and the sex of who sleeps in the room. Where the ratio of the pack leaves a home no staff for one more of the
level, the home is told last and with a warning: a person who has to be somewhere is not turned away by a list.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.models import Region
from yinian.homes.beds.queries import IN_A_ROOM, free_beds, free_places, holding
from yinian.homes.placing.routing import rules_for
from yinian.homes.placing.staffing import hands_of
from yinian.homes.stays.models import Stay
from yinian.homes.way.applications import rules
from yinian.homes.way.applications.models import BedApplication, BedWish
from yinian.homes.way.offers.models import HOLDING, Offer
from yinian.people.circumstances.queries import believed
from yinian.people.models import Spell
from yinian.places.distance import kilometres
from yinian.places.models import Bed, Site
from yinian.places.sites.queries import bed_prices

DAY_CARE, DAY_PLACE = Stay.Kind.DAY, Bed.Kind.DAY


@dataclass
class BedFit:
    """A free bed that fits: with whom in the room, whether for a couple, what speaks for it."""

    bed: Bed
    beside: str = ""  # sexes in the room, in words
    couple: Bed | None = None  # a second free bed of the room, where a couple wishes to live together


@dataclass
class HomeFit:
    """A home with beds that fit. ``rank``: how much it is wanted, None where nothing was said of it."""

    home: Site
    rank: int | None
    km: float | None
    price_fen: int | None
    routed: bool  # named by the routing rule of the pack
    beds: list[BedFit] = field(default_factory=list)
    more: int | None = None  # of this level, by the staff; None: the staff is no limit


class County:
    """What matching reads of a county, read once: homes, routing rules, free beds, who sleeps in which room."""

    def __init__(self, region_code: str, today: dt.date | None = None) -> None:
        self.county = region_code[: rules.COUNTY_DIGITS]
        self.today = today or timezone.localdate()
        self.homes = {
            home.pk: home
            for home in Site.objects.filter(
                kind=Site.Kind.HOME, state=Site.State.OPEN, region__code__startswith=self.county
            ).select_related("region").defer("region__outline").order_by("name")
        }
        self.routing = rules_for(region_code)
        self.free: dict[int, list[Bed]] = defaultdict(list)
        free = free_beds(self.today) | free_places(self.today)
        for bed in free.filter(site__in=self.homes).select_related("room").order_by(
            "room__floor", "room__name", "label"
        ):
            self.free[bed.site_id].append(bed)
        self.rooms = self._sexes()

    def _sexes(self) -> dict[int, set[str]]:
        """Room to the sexes of who lies there or has been promised a bed there."""
        found: dict[int, set[str]] = defaultdict(set)
        rooms = {bed.room_id for beds in self.free.values() for bed in beds}
        stays = Stay.objects.filter(holding(self.today), bed__room__in=rooms).values_list("bed__room", "person__sex")
        offers = Offer.objects.filter(state__in=HOLDING, bed__room__in=rooms).values_list(
            "bed__room", "person__sex"
        )
        for room, sex in (*stays, *offers):
            found[room].add(sex)
        return found

    def homes_for(self, level: int | None, known: "Known") -> dict[int, bool]:
        """Homes that take somebody: True where the routing rule of the pack names them."""
        rule, open_to = self.routing.open_to(known.relief, level, known.dementia, list(self.homes.values()))
        return {pk: rule is not None for pk in self.homes if pk in open_to}

    def beside(self, bed: Bed) -> set[str]:
        return self.rooms.get(bed.room_id or 0, set())


@dataclass(frozen=True)
class Known:
    """What routing rules ask of somebody beside the level, as far as it is known."""

    relief: str | None = None
    dementia: bool | None = None


NOTHING = Known()


def known_of(person_pks: Iterable[int], on: dt.date) -> dict[int, Known]:
    """Person to relief and dementia on a day; whoever is not among them has nothing on record."""
    rows = Spell.objects.filter(
        believed(None), person__in=list(person_pks), kind__in=["relief", "dementia"], valid__contains=on
    )
    found: dict[int, dict[str, str]] = defaultdict(dict)
    for person, kind, value in rows.order_by("recorded_at").values_list("person_id", "kind", "value"):
        found[person][kind] = value
    return {
        person: Known(said.get("relief"), said["dementia"] == "true" if "dementia" in said else None)
        for person, said in found.items()
    }


def bed_fits(county: County, application: BedApplication, bed: Bed) -> bool:
    """Whether a bed suits by its kind and the sex of who sleeps in the room; a couple may share one."""
    if (application.kind == DAY_CARE) != (bed.kind == DAY_PLACE):
        return False
    if application.kind != DAY_CARE and (
        bed.kind not in IN_A_ROOM or (application.bed_kind and bed.kind != application.bed_kind)
    ):
        return False
    sex = application.person.sex
    set_aside = bed.room.sex if bed.room is not None else ""
    if set_aside in ("female", "male") and sex in ("female", "male") and set_aside != sex:
        return False
    others = county.beside(bed) - {""}
    return not sex or not others or others == {sex} or set_aside == "mixed" or application.spouse_id is not None


def suggestions(application: BedApplication, county: County | None = None) -> list[HomeFit]:
    """Homes with a free bed that fits: those with staff for one more before the others, and of each those wanted most
    first, then the nearest, then the cheapest."""
    county = county or County(application.region_id)
    known = known_of([application.person_id], county.today).get(application.person_id, NOTHING)
    wishes = {wish.site_id: wish.rank for wish in application.wishes.all()}
    near = _near(application)
    prices = bed_prices(county.homes, county.today)
    found = []
    homes = county.homes_for(application.level, known)
    hands = hands_of([county.homes[pk] for pk in homes], county.today) if application.kind != DAY_CARE else {}
    for pk, routed in homes.items():
        home = county.homes[pk]
        if pk in wishes and wishes[pk] is None:
            continue
        beds = [bed for bed in county.free.get(pk, ()) if bed_fits(county, application, bed)]
        if not beds:
            continue
        found.append(HomeFit(
            home, wishes.get(pk), _km(near, home), _cheapest(prices.get(pk, {}), beds), routed,
            [_bed_fit(county, application, bed, beds) for bed in beds],
            None if application.level is None or pk not in hands else hands[pk].more(application.level),
        ))
    return sorted(found, key=lambda one: (
        one.more == 0, one.rank is None, one.rank or 0, one.km is None, one.km or 0.0, one.price_fen or 0, one.home.name
    ))


def _cheapest(prices: dict[str, int], beds: list[Bed]) -> int | None:
    return min((prices[bed.kind] for bed in beds if bed.kind in prices), default=None)


def _bed_fit(county: County, application: BedApplication, bed: Bed, beds: list[Bed]) -> BedFit:
    words = {"female": _("women"), "male": _("men")}
    sexes = _(", ").join(words[sex] for sex in sorted(county.beside(bed)) if sex in words)
    second = None
    if application.spouse_id is not None and bed.room_id is not None:
        second = next((one for one in beds if one.room_id == bed.room_id and one.pk != bed.pk), None)
    return BedFit(bed, sexes, second)


def _near(application: BedApplication) -> Region:
    return application.near or application.person.region


def _km(near: Region, home: Site) -> float | None:
    lat, lon = (home.lat, home.lon) if home.lat is not None else (home.region.lat, home.region.lon)
    if None in (lat, lon, near.lat, near.lon):
        return None
    return kilometres(near.lat, near.lon, lat, lon)  # type: ignore[arg-type]


@dataclass(frozen=True)
class Claim:
    """Somebody a bed fits: the application, and how much its home is wanted (None: nothing was said)."""

    application: BedApplication
    rank: int | None


def claims(bed: Bed, county: County | None = None, before: int | None = None) -> list[Claim]:
    """Who waits and fits a bed, in the order of the list. ``before``: only those with an earlier place."""
    county = county or County(bed.site.region_id)
    rows = (
        BedApplication.objects.filter(region__code__startswith=county.county, state=BedApplication.State.WAITING)
        .select_related("person__region__parent").defer("person__region__outline", "person__region__parent__outline")
        .order_by("place")
    )
    if before is not None:
        rows = rows.filter(place__lt=before)
    found = list(rows)
    known = known_of([one.person_id for one in found], county.today)
    wishes: dict[int, dict[int, int | None]] = defaultdict(dict)
    for pk, site, rank in BedWish.objects.filter(application__in=[one.pk for one in found]).values_list(
        "application_id", "site_id", "rank"
    ):
        wishes[pk][site] = rank
    result = []
    for one in found:
        said = wishes[one.pk]
        wanted = [site for site, rank in said.items() if rank is not None]
        # Who names homes waits for these alone; who names none takes any.
        if (bed.site_id in said and said[bed.site_id] is None) or (wanted and bed.site_id not in wanted):
            continue
        if bed.site_id not in county.homes_for(one.level, known.get(one.person_id, NOTHING)):
            continue
        if bed_fits(county, one, bed):
            result.append(Claim(one, said.get(bed.site_id)))
    return result


def openings(county_code: str) -> tuple[int, int]:
    """How many free beds of a county somebody on the list fits, and how many wait. For the dispatcher's desk."""
    county = County(county_code)
    waits = BedApplication.objects.filter(
        region__code__startswith=county.county, state=BedApplication.State.WAITING
    ).count()
    if not waits:
        return 0, 0
    seen: dict[tuple[int, str, frozenset[str]], bool] = {}
    fits = 0
    for beds in county.free.values():
        for bed in beds:
            kind = (bed.site_id, bed.kind, frozenset(county.beside(bed)))
            if kind not in seen:
                seen[kind] = bool(claims(bed, county))
            fits += seen[kind]
    return fits, waits
