"""Booking: entries with their postings, in the caller's transaction. Nothing else writes the ledger."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from yinian.core.users.models import User
from yinian.homes.fees.accounts.models import HELD, MoneyBalance, MoneyEntry, MoneyPosting
from yinian.homes.fees.bills.models import Bill
from yinian.places.models import Site

Side = tuple[str, int | None, int]  # account, person, fen (above 0 a debit)


@dataclass(frozen=True)
class Booking:
    """One entry to be booked; sides without money are left out."""

    kind: str
    on: dt.date
    text: str
    sides: Sequence[Side]
    bill: Bill | None = None
    refund_id: int | None = None


def locked_site(pk: int) -> Site:
    """A home, locked: whoever books or bills in it does so after one another, and always locks it first."""
    return Site.objects.select_for_update().get(pk=pk)


def book_many(actor: User, site: Site, bookings: Sequence[Booking]) -> list[MoneyEntry]:
    """Book entries in two statements. The home must be locked by the caller."""
    entries = MoneyEntry.objects.bulk_create(
        MoneyEntry(site=site, kind=one.kind, on=one.on, text=one.text[:200], bill=one.bill, refund_id=one.refund_id,
                   made_by=actor)
        for one in bookings
    )  # fmt: skip
    MoneyPosting.objects.bulk_create(
        MoneyPosting(entry=entry, account=account, person_id=person, amount_fen=fen)
        for entry, one in zip(entries, bookings, strict=True) for account, person, fen in one.sides if fen
    )  # fmt: skip
    return entries


def book(actor: User, site: Site, booking: Booking) -> MoneyEntry:
    """Book one entry."""
    return book_many(actor, site, [booking])[0]


def balance(site_id: int, account: str, person_id: int | None = None) -> int:
    """What stands on an account, as one reads it: what is held for people is above 0."""
    found = MoneyBalance.objects.filter(site=site_id, account=account, person=person_id).values_list(
        "balance_fen", flat=True).first() or 0
    return -found if account in HELD else found
