"""Frozen figures of past months and quarters, worked out from the demo's dated records and from nothing else.

What cannot be worked out backwards (a run that was never made, a point without an opening day) is left out.
"""

import datetime as dt

from django.db import transaction

from yinian.core.models import Region, User
from yinian.indicators.actions import Frozen
from yinian.indicators.models import Period, Snapshot
from yinian.indicators.periods import Span, before, ending_on, last_ended

MONTHS, QUARTERS = 6, 4
QUICK = ("homes", "beds", "stays", "workers", "places", "villages", "towns")
"""Views read between quarters: those of people take the longest and change the least."""


def freeze_past(actor: User, county: Region, day: dt.date) -> int:
    """Freeze the last months and quarters that are over by ``day``; returns how many figures."""
    quarters = _back(last_ended(Period.QUARTER, day), QUARTERS)
    ends = {span.ends for span in (*_back(last_ended(Period.MONTH, day), MONTHS), *quarters)}
    made = 0
    for end in sorted(ends):
        whole = any(span.ends == end for span in quarters)
        frozen = Frozen.of(county.pk, end, list(ending_on(end)), views=None if whole else QUICK)
        with transaction.atomic():
            made += frozen.write(actor, Snapshot.Origin.BACKWARDS)
    return made


def _back(span: Span, count: int) -> list[Span]:
    return [before(span, n) for n in range(count)]
