"""How full homes were, day by day: counted from beds, the days they were out of use, and stays; no figure is kept.

A bed counts from the day it was first there (where nobody said, from the day its home opened), on the days its home was
open, without those it was out of use: a home that is closed today counts in the past. Somebody on leave or in hospital
holds their bed and counts; day care does not.
"""

import datetime as dt
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from yinian.core.users.models import User
from yinian.homes.absences.models import Absence
from yinian.homes.beds.models import BedOut
from yinian.homes.beds.queries import IN_A_ROOM, visible_to
from yinian.homes.stays.models import Stay
from yinian.homes.stays.queries import stays_visible_to
from yinian.places.models import Bed, OpenDays, Site

Span = tuple[dt.date, dt.date | None]  # from, until; until itself outside
LONGEST = 366 * 10  # days that one question may span


@dataclass(frozen=True)
class Day:
    """Beds of one day: usable, of them nursing beds, held by somebody, and of these by somebody away."""

    day: dt.date
    usable: int
    nursing: int
    occupied: int
    away: int

    @property
    def free(self) -> int:
        """Usable beds that nobody held."""
        return self.usable - self.occupied

    @property
    def rate(self) -> float | None:
        """Held beds as a share of usable ones; None without a usable bed."""
        return self.occupied / self.usable if self.usable else None

    @property
    def nursing_share(self) -> float | None:
        return self.nursing / self.usable if self.usable else None


def homes_of(actor: User, region: str = "", home: int | None = None) -> QuerySet[Site]:
    """The homes in reach whose beds are counted: of an area, or one. Those that are closed today are among them."""
    found = visible_to(actor)
    if region:
        found = found.filter(region__code__startswith=region)
    return found.filter(pk=home) if home is not None else found


def by_day(homes: QuerySet[Site], first: dt.date, last: dt.date) -> list[Day]:
    """Each day from ``first`` to ``last``, both included. Five queries."""
    if not dt.timedelta(0) <= last - first <= dt.timedelta(days=LONGEST):
        raise ValueError(f"{first} to {last}: expected up to {LONGEST} days in their order")
    held = (Q(period__endswith__isnull=True) | Q(period__endswith__gt=first)) & Q(period__startswith__lte=last)
    beds = list(Bed.objects.filter(site__in=homes, kind__in=IN_A_ROOM).values_list("pk", "kind", "since", "site_id"))
    nursing = {pk for pk, kind, _since, _site in beds if kind == Bed.Kind.NURSING}
    was_open: dict[int, list[Span]] = {}
    for site, lower, upper in OpenDays.objects.filter(site__in=homes).values_list(
        "site_id", "period__startswith", "period__endswith"
    ):
        was_open.setdefault(site, []).append((lower or dt.date.min, upper))
    counts = {
        pk: [span for days in was_open.get(site, ()) if (span := _both(days, (since or dt.date.min, None)))]
        for pk, _kind, since, site in beds
    }
    outs = [
        (bed, span)
        for bed, lower, upper in BedOut.objects.filter(held, bed__in=counts).values_list(
            "bed_id", "period__startswith", "period__endswith"
        )
        for days in counts[bed] if (span := _both(days, (lower, upper)))
    ]
    stays = Stay.objects.filter(held, bed__in=counts)
    stood = list(_running([span for spans in counts.values() for span in spans], first, last))
    lost = list(_running([span for _bed, span in outs], first, last))
    stood_n = list(_running([span for pk, spans in counts.items() if pk in nursing for span in spans], first, last))
    lost_n = list(_running([span for bed, span in outs if bed in nursing], first, last))
    lay = _running(stays.values_list("period__startswith", "period__endswith"), first, last)
    gone = _running(
        Absence.objects.filter(held, stay__bed__in=counts).values_list("period__startswith", "period__endswith"),
        first, last,
    )
    return [
        Day(first + dt.timedelta(days=n), stood[n] - lost[n], stood_n[n] - lost_n[n], occupied, away)
        for n, (occupied, away) in enumerate(zip(lay, gone, strict=True))
    ]


def _both(one: Span, other: Span) -> Span | None:
    """The days in both stretches; None without any."""
    lower = max(one[0], other[0])
    ends = [end for end in (one[1], other[1]) if end is not None]
    upper = min(ends, default=None)
    return None if upper is not None and upper <= lower else (lower, upper)


def _running(spans: Iterable[Span], first: dt.date, last: dt.date) -> Iterator[int]:
    """How many of the spans (from, until; until itself outside) hold on each day."""
    length = (last - first).days + 1
    change = [0] * (length + 1)
    for lower, upper in spans:
        start = max(0, (lower - first).days)
        end = length if upper is None else min(length, (upper - first).days)
        if start < end:
            change[start] += 1
            change[end] -= 1
    count = 0
    for n in range(length):
        count += change[n]
        yield count


def month_ends(months: int, today: dt.date | None = None) -> list[dt.date]:
    """The last days of the past ``months`` months and today, in their order."""
    today = today or timezone.localdate()
    ends = []
    day = today.replace(day=1)
    for _n in range(months):
        day -= dt.timedelta(days=1)
        ends.append(day)
        day = day.replace(day=1)
    return [*reversed(ends), today]


def occupants(actor: User, homes: QuerySet[Site], day: dt.date) -> QuerySet[Stay]:
    """Whom the occupied beds of a day are counted from; for who may see older people there."""
    return (
        stays_visible_to(actor)
        .filter(bed__site__in=homes, bed__kind__in=IN_A_ROOM, period__contains=day)
        .select_related("person", "bed__site")
    )
