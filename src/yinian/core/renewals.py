"""How many days before it runs out a licence, certificate or contract is asked to be renewed: the pack's figure."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q

from yinian.core.errors import Refused
from yinian.core.packs import pack_for
from yinian.core.reading import once
from yinian.core.regions.models import CODE_LENGTHS, Level, Region

STANDARD = "renewal-notice-days"  # of standards.yaml
COUNTY = CODE_LENGTHS[Level.COUNTY]


@once
def notice_days(region: str) -> int:
    """Calendar days ahead in a region (its county's pack); 0 where nothing is ruled: on the last day itself."""
    try:
        found = pack_for(region[:COUNTY]).standards.get(STANDARD)
    except Refused:
        return 0
    return int(found.value.exactly) if found is not None and found.value.exactly is not None else 0


@once
def spans(field: str, regions: frozenset[str] | None = None) -> tuple[tuple[int, Q], ...]:
    """Days of notice with the condition on ``field`` (a region's code) for where they hold: one pair where all counties
    say the same. ``regions``: only the counties in or above which these lie; None: all."""
    wanted = None if regions is None else {code[:COUNTY] for code in regions}
    counties = Region.objects.filter(level=Level.COUNTY)
    if wanted is not None:
        counties = counties.filter(_begins("code", wanted))
    by_days: dict[int, list[str]] = {}
    for code in counties.order_by("code").values_list("code", flat=True):
        by_days.setdefault(notice_days(code), []).append(code)
    if len(by_days) <= 1:
        return ((next(iter(by_days), 0), Q()),)
    return tuple((days, _begins(field, codes)) for days, codes in by_days.items())


def runs_out_soon(day: str, field: str, today: dt.date, regions: Iterable[str] | None = None) -> Q:
    """Rows whose ``day`` has passed, or comes within the days of notice of where they are (``field``)."""
    found = Q(pk__in=[])
    for days, where in spans(field, None if regions is None else frozenset(regions)):
        found |= where & Q(**{f"{day}__lte": today + dt.timedelta(days=days)})
    return found


def days_said(regions: Iterable[str]) -> int | None:
    """The days of notice in these regions; None where their counties say different ones."""
    found = spans("code", frozenset(regions))
    return found[0][0] if len(found) == 1 else None


def _begins(field: str, codes: Iterable[str]) -> Q:
    found = Q(pk__in=[])
    for code in sorted(codes):
        found |= Q(**{f"{field}__startswith": code})
    return found
