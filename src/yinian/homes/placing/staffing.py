"""What a home's staff can care for by the ratio of the county's pack, in the smallest whole unit in which all ratios
can be counted: one who needs full care at 1 to 3 takes ten units where one at 1 to 10 takes three, and a member of
staff gives thirty.
"""

import datetime as dt
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from math import lcm

from yinian.homes.care.book import book
from yinian.homes.rosters.rules import Ratio, ratio_for
from yinian.homes.shadowing.queries import counted_from
from yinian.homes.stays.models import Stay, StayLevel
from yinian.people.circumstances.queries import believed
from yinian.people.models import Spell
from yinian.places.models import Site
from yinian.workforce.models import Post

LEVELS = 5


@dataclass(frozen=True)
class Hands:
    """The staff of a home who look after residents and what they can care for. ``takes``: of one of an ability level;
    ``load``: what everybody who lives there takes now, by person. Whose level nobody has said is counted as full care.
    """

    carers: int
    room: int
    takes: Mapping[int, int]
    load: Mapping[int, int] = field(default_factory=dict)

    @property
    def spare(self) -> int:
        """What is left; below 0 where there are too few already."""
        return self.room - sum(self.load.values())

    def more(self, level: int, spare: int | None = None) -> int:
        """How many more of a level, of ``spare`` units (else of what is left now)."""
        return max(0, self.spare if spare is None else spare) // self.takes[level]


def hands_of(homes: Iterable[Site], on: dt.date) -> dict[int, Hands]:
    """By home; without an entry the staff is no limit: no ratio for every group, or no carer on file."""
    homes = list(homes)
    of = {home.pk: home for home in homes}
    ratios: dict[str, Ratio] = {}
    units: dict[int, tuple[int, dict[str, int]]] = {}
    for home in homes:
        county = home.region_id[:6]
        if county not in ratios:
            ratios[county] = ratio_for(county)
        ratio = ratios[county]
        if set(book().groups) <= set(ratio.per):
            units[home.pk] = _units(ratio)
    counted = counted_from(homes)
    carers: Counter[int] = Counter()
    posts = Post.objects.filter(site__in=homes, period__contains=on, kind__in=book().looks_after)
    for site, worker in set(posts.values_list("site", "worker")):
        since, _why = counted.get((site, worker), (on, ""))
        carers[site] += since is not None and since <= on
    known = set(carers)  # a home of which no carer is on file has told nothing yet
    loads = _loads(of, on)
    found = {}
    for pk in sorted(known & set(units)):
        whole, share = units[pk]
        found[pk] = Hands(
            carers[pk], carers[pk] * whole, {level: share[book().group_of(level)] for level in range(LEVELS)},
            {person: share[group] for person, group in loads[pk].items()},
        )
    return found


def _units(ratio: Ratio) -> tuple[int, dict[str, int]]:
    """What one member of staff gives and what one of each group takes, in whole units."""
    shares = {group: 1 / Fraction(per) for group, per in ratio.per.items()}
    whole = lcm(*(share.denominator for share in shares.values()))
    return whole, {group: int(share * whole) for group, share in shares.items()}


def _loads(homes: Mapping[int, Site], on: dt.date) -> dict[int, dict[int, str]]:
    """Home to who lives there by night, with the group each belongs to: by the level, else by what the stay says."""
    stays = list(
        Stay.objects.filter(bed__site__in=list(homes), period__contains=on).exclude(kind=Stay.Kind.DAY)
        .values_list("pk", "person", "bed__site")
    )  # fmt: skip
    level = dict(
        Spell.objects.filter(
            believed(None), person__in=[one for _, one, _ in stays], kind="ability", valid__contains=on
        ).order_by("recorded_at").values_list("person", "grade")
    )  # fmt: skip
    said = dict(
        StayLevel.objects.filter(stay__in=[pk for pk, _, _ in stays], period__contains=on).values_list("stay", "level")
    )
    worst = book().group_of(LEVELS - 1)
    found: dict[int, dict[int, str]] = defaultdict(dict)
    for pk, person, site in stays:
        grade = level.get(person)
        found[site][person] = said.get(pk, worst) if grade is None else book().group_of(grade)
    return found
