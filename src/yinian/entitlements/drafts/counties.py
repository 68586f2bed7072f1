"""A prefecture's or province's draft, county by county: each with its own people, its own pack resting on the drafted.

What a county's pack says for itself goes before the draft there; such entries are named.
"""

import datetime as dt
from dataclasses import dataclass, field

from yinian.core.errors import Refused
from yinian.core.regions.models import Region
from yinian.engines.entitlement import Pack, Service
from yinian.engines.entitlement.sanity import limits_of
from yinian.engines.entitlement.tree import parameters_read
from yinian.entitlements.drafts import queries, reckoning, words
from yinian.entitlements.drafts.layers import entry_of
from yinian.entitlements.drafts.models import Draft
from yinian.entitlements.drafts.reckoning import Reckoned
from yinian.entitlements.workkinds import in_words


@dataclass(frozen=True)
class InCounty:
    """What a wide draft would do in one county, or why that cannot be said. ``own``: what the county's pack says for
    itself of that which the draft changes, by name."""

    county: Region
    found: Reckoned | None = None
    problem: str = ""
    own: tuple[str, ...] = ()

    @property
    def ready(self) -> bool:
        return self.found is not None and not self.found.stopped


@dataclass(frozen=True)
class ByCounty:
    """All counties, and the sum of those that could be reckoned."""

    counties: tuple[InCounty, ...] = ()
    whole: dict[str, int] = field(default_factory=dict)
    people: int = 0
    year: tuple[int, int] = (0, 0)  # fen, under the list in force and under the draft
    services: tuple[tuple[str, str, dict[str, int]], ...] = ()  # id, name, sums over the counties

    @property
    def counted(self) -> int:
        return sum(1 for one in self.counties if one.ready)


def waits(draft: Draft, on: dt.date | None = None) -> bool:
    """Whether so many people are still to be held against it that a reader would wait too long."""
    people = 0
    for county in queries.counties_of(draft):
        try:
            run = reckoning.standing_run(county.code)
            base, pack = queries.base_of(draft, on, county.code).pack, reckoning.usable(draft, on, county.code)
        except Refused:
            continue
        people += 0 if reckoning.is_ready(run, base, pack, on or draft.effective_from) else run.people
    return people > reckoning.LIVE_PEOPLE


def by_county(draft: Draft, on: dt.date | None = None) -> ByCounty:
    """What the draft would do in each county below its region."""
    found = tuple(_in(draft, county, on) for county in queries.counties_of(draft))
    ready = [one.found for one in found if one.found is not None and not one.found.stopped]
    sums: dict[str, dict[str, int]] = {}
    names: dict[str, str] = {}
    for reckoned in ready:
        for _n, pair, row in reckoned.by_service():
            names.setdefault(pair.id, in_words(pair.service.label))
            sums[pair.id] = _added(sums.get(pair.id, {}), row)
    whole: dict[str, int] = {}
    for reckoned in ready:
        whole = _added(whole, reckoned.whole)
    return ByCounty(
        found, whole, sum(reckoned.run.people for reckoned in ready),
        (sum(line.year_a for one in ready for line in one.lines),
         sum(line.year_b for one in ready for line in one.lines)),
        tuple((key, names[key], row) for key, row in sums.items()),
    )


def _added(one: dict[str, int], other: dict[str, int]) -> dict[str, int]:
    return {name: one.get(name, 0) + value for name, value in other.items()}


def _in(draft: Draft, county: Region, on: dt.date | None) -> InCounty:
    try:
        base, wide = queries.base_of(draft, on, county.code).pack, queries.base_of(draft, on).pack
        own = _own(draft, base, wide)
        run = reckoning.standing_run(county.code)
        pack = reckoning.usable(draft, on, county.code)
        found = reckoning.between(run, base, pack, draft.effective_from, limits_of(base), on)
    except Refused as refused:
        return InCounty(county, problem=str(refused))
    problem = " ".join(words.said(one, found.a, found.b).text for one in found.problems if one.stops)
    return InCounty(county, found, problem, own)


def _own(draft: Draft, county: Pack, wide: Pack) -> tuple[str, ...]:
    """What the county says otherwise than the pack above it: entries that the draft changes, and services that read a
    figure which it changes."""
    found: dict[str, None] = {}
    for entry in queries.entries_of(draft):
        given = entry_of(wide, entry.part, entry.key)
        if given is not None and given != entry_of(county, entry.part, entry.key):
            found[words.entry_name(wide, entry.part, entry.key, entry.data)] = None
        if entry.part == "parameter":
            found |= {
                in_words(service.label): None for service in wide.services if entry.key in _figures(wide, service)
                and entry_of(wide, "service", service.id) != entry_of(county, "service", service.id)
            }
    return tuple(found)


def _figures(pack: Pack, service: Service) -> set[str]:
    """The figures that a service reads, and those that these are worked out from."""
    trees = [*(test.tree for test in service.tests), *([service.amount] if service.amount is not None else [])]
    found: set[str] = set()
    waiting = [name for tree in trees for name in parameters_read(tree)]
    while waiting:
        name = waiting.pop()
        if name in found or name not in pack.parameters:
            continue
        found.add(name)
        waiting += [read for value in pack.parameters[name].values for read in parameters_read(value.value)]
    return found
