"""What public money pays for residents, for bills. The room that decides it stands above and offers its lookup here."""

import datetime as dt
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Granted:
    """One service granted to a person from ``start`` to before ``end`` at one amount (None: without money)."""

    service: str
    amount_fen: int | None
    unit: str
    start: dt.date
    end: dt.date | None


Lookup = Callable[[Collection[int], dt.date, dt.date, Collection[str]], Mapping[int, list[Granted]]]
_lookups: list[Lookup] = []


def provide(lookup: Lookup) -> None:
    """Offer the lookup: people, first day, day after the last, services to what each was granted then."""
    _lookups[:] = [lookup]


def granted(
    people: Collection[int], first: dt.date, after: dt.date, services: Collection[str]
) -> Mapping[int, list[Granted]]:
    """What each was granted of the services in those days; nothing where no room decides it."""
    return _lookups[0](people, first, after, services) if _lookups and people else {}
