"""Works a county's proposal out: who lives where, who wishes for a place, where each would better be.

Whoever lives well stays: their home is their wish, so that as few people as can be are asked to move. Nobody loses a
bed: those for whom there is no better place keep theirs, and it is not given to others. Nothing is written here.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from yinian.core.models import Region
from yinian.engines.placement import Beds, Home, Person, Placement, place
from yinian.engines.placement.model import Position
from yinian.engines.placement.sphere import millimetres, on_sphere
from yinian.homes.beds.queries import IN_A_ROOM, holding
from yinian.homes.placing.models import Move
from yinian.homes.placing.routing import Rules, rules_for
from yinian.homes.stays.models import Stay
from yinian.people.circumstances.queries import facts_frame
from yinian.places.models import Bed, Site

LEVELS = 5
SEXES = ("female", "male")  # of rooms that are set aside
WELL, WRONG, WAITING = 3, 2, 1  # who is served first: nobody loses a bed to somebody who has none
METRE, KILOMETRE = 1_000, 1_000_000  # millimetres
Progress = Callable[[int, int, str], None]


@dataclass
class Somebody:
    """A resident (``home`` is where) or somebody who wishes for a place."""

    pk: int
    sex: str | None
    home: int | None
    bed: int | None
    level: int | None
    spot: Position | None
    rule: Mapping[str, Any] | None
    open_to: set[int]

    @property
    def well(self) -> bool:
        """Lives where they may."""
        return self.home in self.open_to


@dataclass
class Draft:
    """A proposal before it is written: its moves, each home before and after, and what could not be looked at."""

    rules: Rules
    moves: list[dict[str, Any]] = field(default_factory=list)
    homes: list[dict[str, Any]] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    proof: dict[str, Any] = field(default_factory=dict)


def draft(county: str, on: dt.date, beyond_km: int | None, progress: Progress) -> Draft:
    """The proposal for a county. ``beyond_km``: who lives further from where they come from may be moved nearer."""
    steps = 3
    progress(0, steps, "")
    rules = rules_for(county)
    homes = list(
        Site.objects.filter(region__code__startswith=county, kind=Site.Kind.HOME, state=Site.State.OPEN).order_by("pk")
    )
    people = _people(county, on, rules, homes)
    progress(1, steps, "")
    placed, fixed = _placed(people, homes, on, beyond_km)
    progress(2, steps, "")
    return _told(rules, homes, people, placed, fixed)


def _people(county: str, on: dt.date, rules: Rules, homes: list[Site]) -> list[Somebody]:
    """The residents of the county's homes, and those under state support who wish for a home and are in none."""
    facts = facts_frame(county, on).select(
        "person_id", "region_code", "sex", "relief", "wants_central", "ability_level", "dementia"
    )
    stays = {
        stay.person_id: stay
        for stay in Stay.objects.filter(period__contains=on, bed__site__in=homes, bed__kind__in=IN_A_ROOM,
                                         kind=Stay.Kind.LONG)
        .select_related("bed")
    }  # fmt: skip
    promised = set(Stay.objects.filter(holding(on)).values_list("person_id", flat=True))
    wishing = facts.filter((facts["relief"] == "tekun") & facts["wants_central"])
    wanted = {str(pk) for pk in stays} | set(wishing["person_id"].to_list())
    spots = {
        code: (lat, lon)
        for code, lat, lon in Region.objects.filter(code__startswith=county).values_list("code", "lat", "lon")
        if lat is not None and lon is not None
    }
    everywhere = {home.pk for home in homes}
    found = []
    for row in facts.filter(facts["person_id"].is_in(list(wanted))).iter_rows(named=True):
        pk, level = int(row["person_id"]), row["ability_level"]
        stay = stays.get(pk)
        if stay is None and pk in promised:
            continue  # a bed is kept for them
        rule = None if level is None else rules.rule_for(row["relief"], level, row["dementia"])
        if rule is not None:
            open_to = rules.homes_of(rule, homes)
        else:
            open_to = {home.pk for home in homes if level is None or not home.levels or level in home.levels}
        if stay is not None and rule is None:
            open_to = open_to | {stay.bed.site_id}  # no rule says that they are wrong where they are
        found.append(Somebody(
            pk, row["sex"], stay.bed.site_id if stay else None, stay.bed_id if stay else None, level,
            _spot(row["region_code"], spots), rule, open_to & everywhere,
        ))  # fmt: skip
    return sorted(found, key=lambda one: one.pk)


def _spot(code: str, spots: Mapping[str, Position]) -> Position | None:
    """Where a village lies; a hamlet lies where its village does, as far as no better is known."""
    return spots.get(code) or spots.get(code[:12])


def _placed(
    people: list[Somebody], homes: list[Site], on: dt.date, beyond_km: int | None
) -> tuple[Placement, set[int]]:
    """The placement, and the residents who keep their bed whatever else: not known enough, or nowhere better."""
    located = [home for home in homes if home.lat is not None and home.lon is not None]
    where = {home.pk: home for home in located}
    fixed = {
        one.pk for one in people
        if one.home is not None and (one.level is None or one.spot is None or one.home not in where)
    }  # fmt: skip
    usable = Counter[tuple[int, str | None]]()
    taken = {stay.bed_id: stay.person_id for stay in Stay.objects.filter(holding(on), bed__site__in=located)}
    beds = list(
        Bed.objects.filter(site__in=located, kind__in=IN_A_ROOM).values_list("pk", "site_id", "state", "room__sex")
    )
    while True:
        usable.clear()
        movable = {one.bed for one in people if one.home is not None and one.pk not in fixed}
        for pk, site, state, sex in beds:
            # A bed counts where nobody holds it, or where its holder is part of the question.
            if pk in movable or (pk not in taken and state == Bed.State.USABLE):
                usable[site, sex if sex in SEXES else None] += 1
        answer = place(
            [_asked(one, where, beyond_km) for one in people if one.pk not in fixed],
            [
                Home(str(home.pk), (home.lat or 0.0, home.lon or 0.0), frozenset(range(LEVELS)),
                     tuple(Beds(usable[home.pk, sex], sex=sex) for sex in (*SEXES, None)))
                for home in located
            ],
        )  # fmt: skip
        resident = {str(one.pk): one.pk for one in people if one.home is not None}
        left = {resident[one.person_id] for one in answer.unplaced if one.person_id in resident}
        if not left:
            return answer, fixed
        fixed |= left


def _asked(one: Somebody, where: Mapping[int, Site], beyond_km: int | None) -> Person:
    """Somebody as the engine takes them."""
    far = beyond_km is not None and _away(one.spot, where.get(one.home or 0)) > beyond_km * KILOMETRE
    content = one.well and not far
    return Person(
        id=str(one.pk), level=one.level, position=one.spot,
        sex=one.sex, priority=WAITING if one.home is None else WELL if one.well else WRONG,
        refused=frozenset(str(pk) for pk in where if pk not in one.open_to),
        preferred=frozenset({str(one.home)}) if content and one.home is not None else frozenset(),
    )  # fmt: skip


def _away(spot: Position | None, home: Site | None) -> int:
    """Millimetres between somebody's village and a home; 0 where one of them has no position."""
    if spot is None or home is None or home.lat is None or home.lon is None:
        return 0
    return int(millimetres(on_sphere([spot]), on_sphere([(home.lat, home.lon)]))[0])


def _told(rules: Rules, homes: list[Site], people: list[Somebody], placed: Placement, fixed: set[int]) -> Draft:
    """The moves with their reasons, and each home before and after."""
    site = {home.pk: home for home in homes}
    to = {int(one.person_id): int(one.home_id) for one in placed.placed}
    before: dict[int, Counter[str]] = {home.pk: Counter() for home in homes}
    after: dict[int, Counter[str]] = {home.pk: Counter() for home in homes}
    made = Draft(rules)
    for one in people:
        then = to.get(one.pk, one.home)
        for home, count in ((one.home, before), (then, after)):
            if home is not None:
                count[home]["level" if one.level is None else f"level{one.level}"] += 1
                count[home]["people"] += 1
                count[home]["wrong"] += home not in one.open_to
                count[home]["metres"] += _away(one.spot, site[home]) // METRE
        if then is None or then == one.home:
            continue
        metres = (_away(one.spot, site.get(one.home or 0)) // METRE, _away(one.spot, site[then]) // METRE)
        if one.home is None:
            why = Move.Why.ENTRY
        elif not one.well:
            why = Move.Why.ROUTING
        else:
            why = Move.Why.NEARER if metres[1] < metres[0] else Move.Why.ROOM
        made.moves.append({
            "person_id": one.pk, "from_site_id": one.home, "to_site_id": then, "level": one.level, "why": why.value,
            "rule": one.rule["id"] if one.rule else "", "metres_before": None if one.home is None else metres[0],
            "metres_after": metres[1],
        })  # fmt: skip
    usable = Bed.objects.filter(site__in=homes, kind__in=IN_A_ROOM, state=Bed.State.USABLE)
    real = Counter(usable.values_list("site_id", flat=True))
    made.homes = [
        {"id": home.pk, "name": home.name, "beds": real[home.pk], "before": dict(before[home.pk]),
         "after": dict(after[home.pk])}
        for home in homes
    ]  # fmt: skip
    residents = [one for one in people if one.home is not None]
    waiting = [one for one in people if one.home is None]
    made.counts = {
        "residents": len(residents), "waiting": len(waiting), "moves": len(made.moves),
        "entries": sum(1 for one in waiting if one.pk in to), "unserved": sum(1 for one in waiting if one.pk not in to),
        "level_unknown": sum(1 for one in people if one.level is None),
        "place_unknown": sum(1 for one in people if one.level is not None and one.spot is None),
        "wrong_before": sum(count["wrong"] for count in before.values()),
        "wrong_after": sum(count["wrong"] for count in after.values()),
        "metres_before": sum(_away(one.spot, site[one.home or 0]) // METRE for one in residents),
        "metres_after": sum(_away(one.spot, site[to.get(one.pk, one.home or 0)]) // METRE for one in residents),
    }  # fmt: skip
    made.proof = {"optimal": placed.proof.optimal, "cost_mm": placed.proof.cost, "bound_mm": placed.proof.bound}
    return made
