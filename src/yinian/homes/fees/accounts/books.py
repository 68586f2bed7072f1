"""A home's ledger in the form of beancount, an accountant's program: that the books balance need not be believed.

Residents stand there by the number of their entry, never by name. Amounts are yuan with two decimals; debits above 0.
"""

import datetime as dt
from collections.abc import Iterator
from itertools import groupby

from yinian.core.users.models import User
from yinian.homes.fees import queries
from yinian.homes.fees.accounts.models import MoneyBalance, MoneyPosting
from yinian.places.models import Site

CURRENCY = "CNY"
TYPE = "text/plain; charset=utf-8"
_ROOTS = {
    "cash": "Assets:Cash", "bank": "Assets:Bank", "supervised": "Assets:Supervised",
    "receivable": "Assets:Receivable", "county": "Assets:PublicMoney",
    "service": "Liabilities:ServiceFees", "deposit": "Liabilities:Deposits", "membership": "Liabilities:Memberships",
    "income": "Income:Care",
}


def beancount(actor: User, site: Site, today: dt.date) -> str:
    """The whole ledger of a home as text: accounts, every entry, and what each account comes to on the morning after.

    That last is the balance kept by the ledger's trigger: ``bean-check`` refuses the file where it is not the sum of
    the entries, or an entry does not add up. Raises NotVisible for a home out of scope.
    """
    entries = queries.entries(actor, site).order_by("on", "pk")
    postings = MoneyPosting.objects.filter(entry__in=entries).select_related("entry__bill").order_by(
        "entry__on", "entry_id", "pk")
    balances = list(MoneyBalance.objects.filter(site=site).order_by("account", "person_id"))
    first = postings.values_list("entry__on", flat=True).first() or today
    last = postings.values_list("entry__on", flat=True).last() or today
    return "\n".join((
        f'option "title" "{_quoted(site.name)}"', f'option "operating_currency" "{CURRENCY}"', "",
        *(f"{first} open {_account(one.account, one.person_id)} {CURRENCY}" for one in balances), "",
        *_entries(postings.iterator(chunk_size=2000)),
        *(f"{max(last, today) + dt.timedelta(days=1)} balance {_account(one.account, one.person_id)} "
          f"{_yuan(one.balance_fen)} ~ 0 {CURRENCY}" for one in balances), "",
    ))  # fmt: skip


def _entries(postings: Iterator[MoneyPosting]) -> Iterator[str]:
    for _number, sides in groupby(postings, key=lambda one: one.entry_id):
        found = list(sides)
        entry = found[0].entry
        # An entry's own words may name somebody; its kind and the bill's number say enough.
        what = f"{entry.get_kind_display()} {entry.bill.number if entry.bill else ''}".strip()
        yield f'{entry.on} * "{_quoted(what)}"'
        yield f"  entry: {entry.pk}"
        yield from (f"  {_account(one.account, one.person_id)}  {_yuan(one.amount_fen)} {CURRENCY}" for one in found)
        yield ""


def _account(account: str, person: int | None) -> str:
    return _ROOTS[account] if person is None else f"{_ROOTS[account]}:P{person}"


def _yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
