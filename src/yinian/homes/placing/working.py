"""Works a county's proposal out: who lives where, who waits, where each would better be, and why others stay.

Whoever lives well stays: their home is their wish, so that as few people as can be are asked to move. Nobody loses a
bed: those for whom there is no better place keep theirs, and it is not given to others. No home is given more than its
staff can care for, save what it has to care for already. Nothing is written here.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from yinian.engines.placement import Beds, Home, Person, Placement, Reason, Staff, place
from yinian.engines.placement.model import Position
from yinian.engines.placement.sphere import millimetres, on_sphere
from yinian.engines.placement.together import fits
from yinian.homes.beds.queries import IN_A_ROOM
from yinian.homes.placing.asking import Somebody, people_of
from yinian.homes.placing.models import Move, Unmoved
from yinian.homes.placing.rooms import HomeBeds
from yinian.homes.placing.routing import Rules, rules_for
from yinian.homes.placing.staffing import LEVELS, Hands, hands_of
from yinian.homes.rosters.rules import ratio_for
from yinian.places.models import Bed, Site

WELL, WRONG, WAITING = 3.0, 2.0, 1.0  # who is served first: nobody loses a bed to somebody who has none
METRE, KILOMETRE = 1_000, 1_000_000  # millimetres
LOOKED_AT = 8  # of the homes that could be for somebody, nearest first, so many are told
Progress = Callable[[int, int, str], None]


@dataclass
class Draft:
    """A proposal before it is written: its moves, who stays and why, each home before and after, what limited it."""

    rules: Rules
    moves: list[dict[str, Any]] = field(default_factory=list)
    unmoved: list[dict[str, Any]] = field(default_factory=list)
    homes: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    proof: dict[str, Any] = field(default_factory=dict)
    staffing: dict[str, Any] = field(default_factory=dict)


@dataclass
class _Question:
    """What a placement is worked out from, and what came of it."""

    people: list[Somebody]
    where: dict[int, Site]
    beds: HomeBeds
    hands: dict[int, Hands]
    beyond_km: int | None
    fixed: set[int] = field(default_factory=set)  # residents who keep their bed whatever else
    why: dict[int, Reason] = field(default_factory=dict)  # of those who could not be placed
    supply: dict[int, tuple[Beds, ...]] = field(default_factory=dict)
    staff: dict[int, Staff] = field(default_factory=dict)

    def far(self, one: Somebody) -> bool:
        """Whether somebody asks for a nearer home."""
        home = self.where.get(one.home or 0)
        return self.beyond_km is not None and away(one.spot, home) > self.beyond_km * KILOMETRE


def draft(county: str, on: dt.date, beyond_km: int | None, progress: Progress, *, waiting: bool = False) -> Draft:
    """The proposal for a county. ``beyond_km``: who lives further from where they come from, or from kin, may be moved
    nearer. ``waiting``: also who waits on the county's list for a bed is placed."""
    steps = 3
    progress(0, steps, "")
    rules = rules_for(county)
    homes = list(
        Site.objects.filter(region__code__startswith=county, kind=Site.Kind.HOME, state=Site.State.OPEN).order_by("pk")
    )
    people = people_of(county, on, rules, homes, waiting=waiting)
    where = {home.pk: home for home in homes if home.lat is not None and home.lon is not None}
    asked = _Question(people, where, HomeBeds(where.values(), on), hands_of(homes, on), beyond_km)
    progress(1, steps, "")
    placed = _placed(asked)
    progress(2, steps, "")
    made = _told(rules, homes, asked, placed)
    made.staffing = _staffing(county, homes, asked.hands)
    return made


def _placed(asked: _Question) -> Placement:
    """The placement of all who are not fixed; residents for whom nothing is found are fixed and it begins anew."""
    for one in asked.people:
        if one.home is not None and (one.level is None or one.spot is None or one.home not in asked.where):
            asked.fixed.add(one.pk)
    by_pk = {one.pk: one for one in asked.people}
    while True:
        movable = [one for one in asked.people if one.pk not in asked.fixed]
        men = sum(one.sex == "male" for one in movable if not one.well)
        women = sum(one.sex == "female" for one in movable if not one.well)
        asked.supply = asked.beds.supply(
            {one.bed for one in movable if one.bed is not None}, "male" if men > women else "female"
        )
        asked.staff = {pk: _staff(hands, pk, movable) for pk, hands in asked.hands.items()}
        answer = place([_asked(one, asked, by_pk) for one in movable], [
            Home(str(pk), (home.lat or 0.0, home.lon or 0.0), frozenset(range(LEVELS)), asked.supply.get(pk, ()),
                 staff=asked.staff.get(pk))
            for pk, home in asked.where.items()
        ])  # fmt: skip
        for one_ in answer.unplaced:
            asked.why.setdefault(int(one_.person_id), one_.reason)
        left = {int(one_.person_id) for one_ in answer.unplaced if by_pk[int(one_.person_id)].home is not None}
        if not left:
            return answer
        asked.fixed |= left


def _staff(hands: Hands, home: int, movable: list[Somebody]) -> Staff:
    """What a home's staff can give to those in question: what the others leave, and never less than they take now."""
    here = sum(hands.takes[one.level] for one in movable if one.home == home and one.level is not None)
    there = sum(hands.load.values())
    return Staff(max(hands.room, there) - (there - min(here, there)), dict(hands.takes))


def _asked(one: Somebody, asked: _Question, by_pk: Mapping[int, Somebody]) -> Person:
    """Somebody as the engine takes them."""
    partner = by_pk.get(one.partner or 0)
    open_to, couple = one.open_to, None
    if partner is not None and partner.pk in asked.fixed:
        open_to = open_to & {partner.home} if one.home is None else open_to
    elif partner is not None:
        couple = f"{min(one.pk, partner.pk)}-{max(one.pk, partner.pk)}"
    wish = one.wish if one.home is None else one.home if one.well and not asked.far(one) else None
    if one.home is None:  # the county's list in its order, then who wishes for a place and has not applied
        priority = 0.0 if one.place is None else WAITING / one.place
    else:
        priority = WELL if one.well and not one.apart(partner) else WRONG
    return Person(
        id=str(one.pk), level=one.level, position=one.spot, sex=one.sex, priority=priority, waiting_since=one.since,
        couple=couple, bed=one.needs or None, refused=frozenset(str(pk) for pk in asked.where if pk not in open_to),
        preferred=frozenset() if wish is None else frozenset({str(wish)}),
    )  # fmt: skip


def away(spot: Position | None, home: Site | None) -> int:
    """Millimetres between a position and a home; 0 where one of them has no position."""
    if spot is None or home is None or home.lat is None or home.lon is None:
        return 0
    return int(millimetres(on_sphere([spot]), on_sphere([(home.lat, home.lon)]))[0])


class _Left:
    """What is left once everybody is placed: who could still be given a bed, and whose care there is staff for."""

    def __init__(self, asked: _Question, placed: Placement) -> None:
        self.asked = asked
        people = {one.pk: one for one in asked.people}
        self.there: dict[tuple[int, str | None, str | None], list[Somebody]] = defaultdict(list)
        self.spare = {pk: staff.room for pk, staff in asked.staff.items()}
        for one in placed.placed:
            who, home = people[int(one.person_id)], int(one.home_id)
            self.there[home, one.bed, one.room_sex].append(who)
            if home in self.spare and who.level is not None:
                self.spare[home] -= asked.staff[home].takes[who.level]

    def bed(self, one: Somebody, home: int) -> bool:
        """Whether a bed in a home is left that suits somebody."""
        return any(
            self._fits(one, home, beds) for beds in self.asked.supply.get(home, ())
            if one.needs in ("", beds.kind) and beds.sex in (None, one.sex)
        )

    def _fits(self, one: Somebody, home: int, beds: Beds) -> bool:
        there = self.there[home, beds.kind, beds.sex]
        if len(there) >= beds.free:
            return False
        if not beds.rooms:
            return True
        sexes = Counter(who.sex or None for who in [*there, one])
        pairs = sum(who.partner in {other.pk for other in there} for who in there) // 2
        return fits(beds.rooms, sexes["male"], sexes["female"], sexes[None], pairs)

    def more(self, level: int, home: int) -> int | None:
        """How many more of a level the staff of a home could care for; None: the staff is no limit."""
        if home not in self.spare:
            return None
        return max(0, self.spare[home]) // self.asked.staff[home].takes[level]


def _told(rules: Rules, homes: list[Site], asked: _Question, placed: Placement) -> Draft:
    """The moves with their reasons, who stays and why, and each home before and after."""
    site, made, left = {home.pk: home for home in homes}, Draft(rules), _Left(asked, placed)
    to = {int(one.person_id): int(one.home_id) for one in placed.placed}
    by_pk = {one.pk: one for one in asked.people}
    tallies = {home.pk: (Counter[str](), Counter[str]()) for home in homes}
    for one in asked.people:
        then = to.get(one.pk, one.home)
        for home, count in ((one.home, 0), (then, 1)):
            if home is not None:
                _tally(tallies[home][count], one, site[home])
        if then is not None and then != one.home:
            made.moves.append(_move(one, then, site, by_pk, to))
        elif not _settled(one, asked, by_pk):
            made.unmoved.append(_unmoved(one, asked, left, by_pk))
    made.homes = _homes(homes, tallies, asked.hands, by_pk, to)
    residents = [one for one in asked.people if one.home is not None]
    waits = [one for one in asked.people if one.home is None]
    made.counts = {
        "residents": len(residents), "waiting": len(waits), "moves": len(made.moves),
        "entries": sum(1 for one in waits if one.pk in to), "unserved": sum(1 for one in waits if one.pk not in to),
        "listed": sum(1 for one in waits if one.place is not None), "unmoved": len(made.unmoved),
        "level_unknown": sum(1 for one in asked.people if one.level is None),
        "place_unknown": sum(1 for one in asked.people if one.level is not None and one.spot is None),
        "couples": sum(1 for one in asked.people if one.partner is not None) // 2,
        "by_kin": sum(1 for one in asked.people if one.whom),
        "wrong_before": sum(before["wrong"] for before, _ in tallies.values()),
        "wrong_after": sum(after["wrong"] for _, after in tallies.values()),
        "metres_before": sum(away(one.spot, site[one.home or 0]) // METRE for one in residents),
        "metres_after": sum(away(one.spot, site[to.get(one.pk, one.home or 0)]) // METRE for one in residents),
    }  # fmt: skip
    made.proof = {
        "optimal": placed.proof.optimal, "method": placed.proof.method, "cost_mm": placed.proof.cost,
        "bound_mm": placed.proof.bound,
    }  # fmt: skip
    return made


def _settled(one: Somebody, asked: _Question, by_pk: Mapping[int, Somebody]) -> bool:
    """Lives well, and nothing more was asked for."""
    known = one.level is not None and one.spot is not None
    return known and one.well and not asked.far(one) and not one.apart(by_pk.get(one.partner or 0))


def _tally(count: Counter[str], one: Somebody, home: Site) -> None:
    count["level" if one.level is None else f"level{one.level}"] += 1
    count["people"] += 1
    count["wrong"] += home.pk not in one.open_to
    count["metres"] += away(one.spot, home) // METRE


def _homes(
    homes: list[Site], tallies: Mapping[int, tuple[Counter[str], Counter[str]]], hands: Mapping[int, Hands],
    by_pk: Mapping[int, Somebody], to: Mapping[int, int],
) -> list[dict[str, Any]]:
    """Each home before and after, with how many more who need full care its staff could look after."""
    usable = Bed.objects.filter(site__in=homes, kind__in=IN_A_ROOM, state=Bed.State.USABLE)
    real = Counter(usable.values_list("site_id", flat=True))
    told = []
    for home in homes:
        line: dict[str, Any] = {
            "id": home.pk, "name": home.name, "beds": real[home.pk], "before": dict(tallies[home.pk][0]),
            "after": dict(tallies[home.pk][1]),
        }
        if (mine := hands.get(home.pk)) is not None:
            spare = mine.spare
            for one in by_pk.values():
                then = to.get(one.pk, one.home)
                if one.level is not None and then != one.home:
                    spare += mine.takes[one.level] * ((one.home == home.pk) - (then == home.pk))
            line["carers"] = mine.carers
            line["before"]["more"], line["after"]["more"] = mine.more(LEVELS - 1), mine.more(LEVELS - 1, spare)
            line["before"]["short"], line["after"]["short"] = mine.spare < 0, spare < 0
        told.append(line)
    return told


def _move(
    one: Somebody, then: int, site: Mapping[int, Site], by_pk: Mapping[int, Somebody], to: Mapping[int, int]
) -> dict[str, Any]:
    metres = (away(one.spot, site.get(one.home or 0)) // METRE, away(one.spot, site[then]) // METRE)
    partner = by_pk.get(one.partner or 0)
    joined = partner is not None and to.get(partner.pk, partner.home) == then
    if one.home is None:
        why = Move.Why.ENTRY
    elif one.home not in one.open_to:
        why = Move.Why.ROUTING
    elif joined and partner is not None and (partner.home != one.home or not partner.well):
        why = Move.Why.TOGETHER
    elif not one.well:
        why = Move.Why.ROUTING
    else:
        why = Move.Why.NEARER if metres[1] < metres[0] else Move.Why.ROOM
    return {
        "person_id": one.pk, "from_site_id": one.home, "to_site_id": then, "level": one.level, "why": why.value,
        "rule": one.rule["id"] if one.rule else "", "metres_before": None if one.home is None else metres[0],
        "metres_after": metres[1], "near_id": one.near or None, "near_whom": one.whom or None,
        "partner_id": partner.pk if joined and partner is not None else None,
    }  # fmt: skip


def _unmoved(one: Somebody, asked: _Question, left: _Left, by_pk: Mapping[int, Somebody]) -> dict[str, Any]:
    """Why nothing better was found for somebody, home by home where that says more."""
    looked: list[dict[str, Any]] = []
    if one.level is None:
        why = Unmoved.Why.LEVEL
    elif one.spot is None or (one.home is not None and one.home not in asked.where):
        why = Unmoved.Why.PLACE
    else:
        mine = away(one.spot, asked.where.get(one.home or 0))
        others = sorted(
            (away(one.spot, asked.where[pk]), pk) for pk in one.open_to if pk in asked.where and pk != one.home
        )
        apart = one.apart(by_pk.get(one.partner or 0))
        if one.well and not apart:  # only what is nearer would be better
            others = [(mm, pk) for mm, pk in others if mm < mine]
        for mm, pk in others:
            more = left.more(one.level, pk)
            lacks = "full" if not left.bed(one, pk) else "staff" if more == 0 else ""
            looked.append({"id": pk, "name": asked.where[pk].name, "lacks": lacks, "metres": mm // METRE, "more": more,
                           "carers": asked.hands[pk].carers if pk in asked.hands else None})  # fmt: skip
        lacking = {line["lacks"] for line in looked}
        for pk in sorted(one.barred & set(asked.where)):
            mm = away(one.spot, asked.where[pk])
            looked.append({"id": pk, "name": asked.where[pk].name, "lacks": "rule", "metres": mm // METRE, "more": None,
                           "carers": None})  # fmt: skip
        if not lacking:
            why = Unmoved.Why.NEAREST if one.well else Unmoved.Why.NONE
        elif apart or (one.partner is not None and ("" in lacking or asked.why.get(one.pk) == Reason.NOT_TOGETHER)):
            why = Unmoved.Why.TOGETHER
        elif "" in lacking:
            why = Unmoved.Why.OTHERS
        else:
            why = Unmoved.Why.STAFF if "staff" in lacking else Unmoved.Why.FULL
    return {
        "person_id": one.pk, "site_id": one.home, "level": one.level, "rule": one.rule["id"] if one.rule else "",
        "wrong": one.home is not None and one.home not in one.open_to, "why": why.value,
        "looked_at": looked[:LOOKED_AT], "partner_id": one.partner,
    }  # fmt: skip


def _staffing(county: str, homes: list[Site], hands: Mapping[int, Hands]) -> dict[str, Any]:
    """The ratios in force with their clauses, and the homes where the staff was no limit."""
    ratio = ratio_for(county)
    return {
        "per": {group: f"{per.normalize():f}" for group, per in ratio.per.items()},
        "clauses": [
            {"label": one.label, "document": one.document, "confidence": one.confidence, "reference": one.reference}
            for one in ratio.clauses
        ],
        "unknown": [home.name for home in homes if home.pk not in hands],
    }  # fmt: skip
