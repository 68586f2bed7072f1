"""Bills and prices over REST. Thin: the room's queries and actions; no names, a person's own endpoint has them."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from yinian.core.access import caller, needs
from yinian.homes.beds import queries as beds
from yinian.homes.fees import queries
from yinian.homes.fees.accounts import actions as money
from yinian.homes.fees.bills import actions
from yinian.homes.fees.bills.models import Bill
from yinian.homes.fees.bills.words import line_words
from yinian.places.sites.queries import prices

router = Router(tags=["homes"])
PAGE = 100


class LineOut(Schema):
    kind: str
    category: str
    text: str
    amount_fen: int
    words: str

    @staticmethod
    def resolve_words(line: Any) -> str:
        return line_words(line)


class BillOut(Schema):
    id: int
    home: int = Field(alias="site_id")
    person: int = Field(alias="person_id")
    month: dt.date
    number: str
    state: str
    days: int
    charged_fen: int
    county_fen: int
    corrected_fen: int
    person_fen: int
    paid_fen: int
    due_on: dt.date | None
    inputs_hash: str


class WholeBillOut(BillOut):
    lines: list[LineOut]


class PaymentIn(Schema):
    amount_fen: int = Field(gt=0)
    channel: str = Field(pattern="^(cash|transfer|service|deposit)$")
    on: dt.date
    slip: str = Field("", max_length=60)


class CloseIn(Schema):
    version: int
    note: str = Field("", max_length=300)


class RunOut(Schema):
    id: int
    home: int = Field(alias="site_id")
    month: dt.date
    state: str
    version: int


class PriceOut(Schema):
    item: str
    category: str
    amount_fen: int
    unit: str
    bed_kind: str
    levels: list[int]
    basis: str
    document: str
    from_date: dt.date


@router.get("bills", auth=needs("fees.view"), response=list[BillOut], url_name="homes_bills")
def list_bills(request: HttpRequest, month: dt.date, home: int | None = None, after: int = 0) -> list[Bill]:
    """Bills of a month in the homes the caller sees, by id, 100 at a time."""
    found = queries.bills(caller(request)).filter(month=month.replace(day=1), pk__gt=after)
    return list((found if home is None else found.filter(site=home)).order_by("pk")[:PAGE])


@router.get("bills/{int:pk}", auth=needs("fees.view"), response=WholeBillOut, url_name="homes_bill")
def one_bill(request: HttpRequest, pk: int) -> Bill:
    """One bill with its lines, each with how it comes about."""
    return queries.get_bill(caller(request), pk)


@router.post("bills/{int:pk}/payments", auth=needs("fees.manage"), response={201: BillOut}, url_name="homes_pay")
def pay(request: HttpRequest, pk: int, given: PaymentIn) -> Status[Bill]:
    """Record a payment on a closed bill; the answer is the bill."""
    actor = caller(request)
    money.pay(actor, pk, given.amount_fen, given.channel, given.on, slip=given.slip)
    return Status(201, queries.get_bill(actor, pk))


@router.post("bill-runs/{int:pk}/close", auth=needs("fees.manage"), response=RunOut, url_name="homes_close_bills")
def close(request: HttpRequest, pk: int, given: CloseIn) -> Any:
    """Close a home's month."""
    return actions.close_run(caller(request), pk, given.version, given.note)


@router.get("{int:pk}/published-prices", auth=needs("homes.view"), response=list[PriceOut],
            url_name="homes_published_prices")
def published_prices(request: HttpRequest, pk: int) -> list[Any]:
    """What a home charges today, with for whom, by what, and since when."""
    return [line.current for line in prices(beds.get_home(caller(request), pk)) if line.current]
