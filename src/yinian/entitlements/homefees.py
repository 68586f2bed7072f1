"""What residents of homes were granted in a month, for their bills: amounts by day, suspended days left out."""

import datetime as dt
from collections import defaultdict
from collections.abc import Collection

from django.db.models import Prefetch

from yinian.entitlements.models import Determination, Event, Receipt
from yinian.homes.fees import grants
from yinian.homes.fees.grants import Granted

_PAUSE, _GO_ON = Event.Kind.SUSPENDED, Event.Kind.RESUMED


def granted(
    people: Collection[int], first: dt.date, after: dt.date, services: Collection[str]
) -> dict[int, list[Granted]]:
    """Grants that stood on a day of the month, cut where the amount changed; of a service of which a person is granted
    nothing here, what a department reports as being received."""
    found: dict[int, list[Granted]] = defaultdict(list)
    rows = Determination.objects.filter(
        person__in=people, service_id__in=services, period__overlap=(first, after)
    ).prefetch_related(Prefetch("events", Event.objects.order_by("on", "pk"))).order_by("pk")
    for one in rows:
        found[one.person_id] += _stretches(one)
    decided = {(person, one.service) for person, rows_ in found.items() for one in rows_}
    reported = Receipt.objects.filter(person__in=people, service_id__in=services, period__overlap=(first, after))
    for receipt in reported.order_by("person", "period"):
        if (receipt.person_id, receipt.service_id) not in decided:
            found[receipt.person_id].append(Granted(
                receipt.service_id, receipt.amount_fen, "month", receipt.period.lower or first, receipt.period.upper))
    return found


def _stretches(one: Determination) -> list[Granted]:
    """The days of a grant at one amount, without those it was suspended."""
    end = one.period.upper
    turns: list[tuple[dt.date, int | None, bool]] = []
    amount, paid = one.amount_fen, True
    for event in one.events.all():
        if event.kind == Event.Kind.STOPPED:
            break
        paid = event.kind != _PAUSE if event.kind in (_PAUSE, _GO_ON) else paid
        amount = event.amount_fen if event.kind not in (_PAUSE, _GO_ON) else amount
        turns.append((max(event.on, one.period.lower), amount, paid))
    turns = turns or [(one.period.lower, one.amount_fen, True)]
    made = []
    for place, (start, fen, stands) in enumerate(turns):
        until = turns[place + 1][0] if place + 1 < len(turns) else end
        if stands and (until is None or start < until):
            made.append(Granted(one.service_id, fen, one.unit, start, until))
    return made


grants.provide(granted)
