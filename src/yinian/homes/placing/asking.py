"""Of whom a proposal is about: the residents of a county's homes and those who wait, as live data says of them.

What decides for somebody: the homes open to them by rule, level and own wish, where distance is counted from (kin who
live in the county before the own village), husband or wife, the kind of bed, the turn.
"""

import datetime as dt
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from yinian.core.models import Region
from yinian.engines.placement.model import Position
from yinian.homes.beds.queries import IN_A_ROOM, holding
from yinian.homes.care.book import book
from yinian.homes.placing.routing import Rules
from yinian.homes.placing.staffing import LEVELS
from yinian.homes.stays.models import Stay
from yinian.homes.way.applications.models import BedApplication, BedWish
from yinian.homes.way.offers.models import HOLDING, Offer
from yinian.people.circumstances.queries import facts_frame
from yinian.people.persons.kin import couples, near_kin
from yinian.places.models import Bed, Site

VILLAGE = 12  # digits


@dataclass
class Somebody:
    """A resident (``home`` is where, ``bed`` which) or somebody who waits.

    ``near`` is the region from which distance is counted, ``whom`` who of the kin lives there (empty: it is the own
    village). ``needs`` is the kind of bed, empty for any. ``place``: on the county's list. ``wish``: the home wanted
    most. ``along``: the homes open only because husband or wife goes there.
    """

    pk: int
    sex: str | None
    home: int | None
    bed: int | None
    level: int | None
    spot: Position | None
    rule: Mapping[str, Any] | None
    open_to: set[int]
    near: str = ""
    whom: str = ""
    needs: str = ""
    partner: int | None = None
    place: int | None = None
    since: dt.date | None = None
    wish: int | None = None
    along: frozenset[int] = frozenset()
    barred: frozenset[int] = frozenset()  # homes that are wished for and not open to them

    @property
    def well(self) -> bool:
        """Lives where they may by themselves."""
        return self.home in self.open_to - self.along

    def apart(self, partner: "Somebody | None") -> bool:
        """Lives in another home than husband or wife."""
        return partner is not None and None not in (self.home, partner.home) and self.home != partner.home


def people_of(county: str, on: dt.date, rules: Rules, homes: list[Site], *, waiting: bool) -> list[Somebody]:
    """The residents, those under state support who wish for a home and are in none, and with ``waiting`` everybody who
    waits on the county's list for a bed to live in."""
    facts = facts_frame(county, on).select(
        "person_id", "region_code", "sex", "relief", "wants_central", "ability_level", "dementia"
    )
    stays = {
        stay.person_id: stay
        for stay in Stay.objects.filter(period__contains=on, bed__site__in=homes, bed__kind__in=IN_A_ROOM,
                                         kind=Stay.Kind.LONG)
        .select_related("bed")
    }  # fmt: skip
    # For whom a bed is kept, by a stay to come or by an offer, is no question any more.
    promised = set(Stay.objects.filter(holding(on)).values_list("person_id", flat=True)) | set(
        Offer.objects.filter(state__in=HOLDING).values_list("person_id", flat=True)
    )
    listed = _listed(county)
    wishing = set(facts.filter((facts["relief"] == "tekun") & facts["wants_central"])["person_id"].to_list())
    wanted = {str(pk) for pk in stays} | wishing | {str(pk) for pk in listed if waiting}
    spots = _spots(county)
    found = []
    for row in facts.filter(facts["person_id"].is_in(list(wanted))).iter_rows(named=True):
        pk, stay = int(row["person_id"]), stays.get(int(row["person_id"]))
        if stay is None and pk in promised:
            continue
        level = row["ability_level"]
        if level is None and stay is None and pk in listed:
            level = listed[pk].application.level
        rule, open_to = rules.open_to(row["relief"], level, row["dementia"], homes)
        if stay is not None and rule is None:
            open_to = open_to | {stay.bed.site_id}  # no rule says that they are wrong where they are
        code = row["region_code"]
        one = Somebody(
            pk, row["sex"], stay.bed.site_id if stay else None, stay.bed_id if stay else None, level,
            _spot(code, spots), rule, open_to, code,
        )  # fmt: skip
        if stay is not None:
            one.needs = _needs(stay.bed.kind, level)
        elif pk in listed:
            listed[pk].onto(one)  # what they wish for counts, whether or not everybody who waits is placed
        found.append(one)
    found.sort(key=lambda one: one.pk)
    _kin(found, listed, county, spots)
    _couples(found, listed)
    return found


def _needs(kind: str, level: int | None) -> str:
    """Who needs full care and lies in a nursing bed is not moved into another kind."""
    full = level is not None and book().group_of(level) == book().group_of(LEVELS - 1)
    return Bed.Kind.NURSING.value if full and kind == Bed.Kind.NURSING else ""


@dataclass
class _Listed:
    """What an application on the county's list says."""

    application: BedApplication
    ranks: dict[int, int | None]

    def onto(self, one: Somebody) -> None:
        wanted = [site for site, rank in self.ranks.items() if rank is not None]
        refused = {site for site, rank in self.ranks.items() if rank is None}
        one.barred = frozenset(set(wanted) - one.open_to)
        # Who names homes waits for these alone; who names none takes any.
        one.open_to = (one.open_to & set(wanted) if wanted else one.open_to) - refused
        one.wish = next((site for site in wanted if site in one.open_to), None)
        one.needs, one.place = self.application.bed_kind, self.application.place
        one.since = self.application.since


def _listed(county: str) -> dict[int, _Listed]:
    """Who waits on the county's list for a bed to live in, by person."""
    rows = BedApplication.objects.filter(
        region__code__startswith=county, state=BedApplication.State.WAITING, kind=Stay.Kind.LONG
    )
    ranks: dict[int, dict[int, int | None]] = defaultdict(dict)
    for pk, site, rank in BedWish.objects.filter(application__in=rows).order_by("rank", "pk").values_list(
        "application", "site", "rank"
    ):
        ranks[pk][site] = rank
    return {one.person_id: _Listed(one, ranks[one.pk]) for one in rows}


def _spots(county: str) -> dict[str, Position]:
    return {
        code: (lat, lon)
        for code, lat, lon in Region.objects.filter(code__startswith=county).values_list("code", "lat", "lon")
        if lat is not None and lon is not None
    }


def _spot(code: str, spots: Mapping[str, Position]) -> Position | None:
    """Where a village lies; a hamlet lies where its village does, as far as no better is known."""
    return spots.get(code) or spots.get(code[:VILLAGE])


def _kin(people: Iterable[Somebody], listed: Mapping[int, _Listed], county: str, spots: Mapping[str, Position]) -> None:
    """Counts distance from where kin live: where the application says so, else where the register does."""
    people = list(people)
    kin = near_kin({one.pk: one.near for one in people}, county)
    for one in people:
        asked = listed[one.pk].application if one.pk in listed else None
        if asked is not None and asked.near_id and _spot(asked.near_id, spots):
            one.near, one.whom, one.spot = asked.near_id, str(asked.near_whom or ""), _spot(asked.near_id, spots)
        elif one.pk in kin and (spot := _spot(kin[one.pk].region, spots)):
            one.near, one.whom, one.spot = kin[one.pk].region, kin[one.pk].relation, spot


def _couples(people: Iterable[Somebody], listed: Mapping[int, _Listed]) -> None:
    """Ties husband and wife where both are in question, and lets the one go along where the other has to live."""
    by_pk = {one.pk: one for one in people}
    pairs = couples(list(by_pk))
    tied = {pk for pair in pairs for pk in pair}
    for pk, said in listed.items():
        spouse = said.application.spouse_id
        if spouse is not None and {pk, spouse} <= set(by_pk) and not {pk, spouse} & tied:
            pairs.append((pk, spouse))
            tied |= {pk, spouse}
    for first, second in pairs:
        one, other = by_pk[first], by_pk[second]
        one.partner, other.partner = second, first
        shared = one.open_to & other.open_to
        if not shared:
            # No home takes both by rule: the one who needs less care may live where the other has to.
            lead, goes = (one, other) if (one.level or 0) >= (other.level or 0) else (other, one)
            goes.along = frozenset(lead.open_to - goes.open_to)
            goes.open_to = goes.open_to | lead.open_to
