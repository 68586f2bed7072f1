"""The way from the wish to the bed over REST: the waiting list, applications, matching, offers. Thin."""

import datetime as dt
from typing import Any

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from yinian.core.access import caller, needs
from yinian.homes.way.applications import actions, queries
from yinian.homes.way.applications.central import unserved
from yinian.homes.way.applications.models import BedApplication
from yinian.homes.way.offers import actions as offering
from yinian.homes.way.offers import matching
from yinian.homes.way.offers.models import Offer
from yinian.homes.way.offers.queries import offers_visible_to
from yinian.people.models import Person

router = Router(tags=["homes"])
PAGE = 100
REASON = Field(min_length=1, max_length=300)


class ApplicationOut(Schema):
    id: int
    person: int = Field(alias="person_id")
    region: str = Field(alias="region_id")
    channel: str
    kind: str
    bed_kind: str
    state: str
    level: int | None
    class_id: str
    since: dt.date
    due_on: dt.date | None
    place: int | None
    urgent: bool
    unknown: list[str]
    version: int


class WishIn(Schema):
    person: int
    channel: str = Field(pattern="^(person|family|village|hospital|office)$")
    kind: str = Field("long", pattern="^(long|trial|respite|day)$")
    bed_kind: str = Field("", pattern="^(|nursing|plain)$")
    trial_first: bool = False
    homes: list[int] = Field(default_factory=list, max_length=3)
    not_homes: list[int] = Field(default_factory=list, max_length=100)
    near: str = Field("", pattern="^([0-9]{9})?$")
    near_whom: str = Field("", max_length=60)
    urgent: bool = False
    urgent_reason: str = Field("", max_length=300)
    note: str = Field("", max_length=500)
    contact: str = Field("", max_length=80)


class VersionIn(Schema):
    version: int


class WhyIn(Schema):
    version: int
    reason: str = REASON


class OfferIn(Schema):
    version: int
    bed: int
    why_not_first: str = Field("", max_length=300)


class BedOfferOut(Schema):
    id: int
    application: int = Field(alias="application_id")
    person: int = Field(alias="person_id")
    home: int = Field(alias="site_id")
    bed: int = Field(alias="bed_id")
    state: str
    offered_on: dt.date
    answer_by: dt.date
    assumed: bool
    place: int | None
    skipped: int
    version: int


class FitOut(Schema):
    home: int
    name: str
    rank: int | None
    km: float | None
    price_fen: int | None
    routed: bool
    staff_for: int | None  # how many more of this level the staff could care for; None: no ratio or no carer on file
    beds: list[int]


class UnservedOut(Schema):
    person: int = Field(alias="pk")
    region: str = Field(alias="region_id")
    wished_on: dt.date | None
    application: int | None = Field(alias="application_id")
    state: str | None = Field(alias="applied")


@router.get("/waiting", auth=needs("waiting.view"), response=list[ApplicationOut], url_name="homes_waiting")
def waiting_list(request: HttpRequest, after: int = 0) -> list[BedApplication]:
    """Who waits, by place, 100 at a time: those with a later place than ``after``."""
    rows = queries.visible_to(caller(request)).filter(state=BedApplication.State.WAITING, place__gt=after)
    return list(rows.order_by("place")[:PAGE])


@router.get("/central", auth=needs("waiting.view"), response=list[UnservedOut], url_name="homes_central")
def central_support(request: HttpRequest, after: int = 0) -> list[Person]:
    """The destitute who wish for central support and lie in no home, by id, 100 at a time."""
    return list(unserved(caller(request)).filter(pk__gt=after).order_by("pk")[:PAGE])


@router.post("/applications", auth=needs("waiting.apply"), response={201: ApplicationOut}, url_name="homes_lodge")
def lodge(request: HttpRequest, data: WishIn) -> Status[Any]:
    """Lodge an application for a person of the caller's area."""
    told = data.dict(exclude={"person", "channel"})
    return Status(201, actions.lodge(caller(request), data.person, actions.Wish(**told), data.channel))


@router.get("/applications/{int:pk}", auth=needs("waiting.view"), response=ApplicationOut, url_name="homes_application")
def application(request: HttpRequest, pk: int) -> BedApplication:
    return queries.get_application(caller(request), pk)


@router.post("/applications/{int:pk}/accept", auth=needs("waiting.decide"), response=ApplicationOut,
             url_name="homes_application_accept")
def accept(request: HttpRequest, pk: int, data: VersionIn) -> BedApplication:
    actions.accept(caller(request), pk, data.version)
    return queries.get_application(caller(request), pk)


@router.post("/applications/{int:pk}/return", auth=needs("waiting.decide"), response=ApplicationOut,
             url_name="homes_application_return")
def send_back(request: HttpRequest, pk: int, data: WhyIn) -> BedApplication:
    return actions.send_back(caller(request), pk, data.version, data.reason)


@router.post("/applications/{int:pk}/refuse", auth=needs("waiting.decide"), response=ApplicationOut,
             url_name="homes_application_refuse")
def refuse(request: HttpRequest, pk: int, data: WhyIn) -> BedApplication:
    return actions.refuse(caller(request), pk, data.version, data.reason)


@router.post("/applications/{int:pk}/withdraw", auth=needs("waiting.apply"), response=ApplicationOut,
             url_name="homes_application_withdraw")
def withdraw(request: HttpRequest, pk: int, data: WhyIn) -> BedApplication:
    return actions.withdraw(caller(request), pk, data.version, data.reason)


@router.get("/applications/{int:pk}/matches", auth=needs("waiting.decide"), response=list[FitOut],
            url_name="homes_matches")
def matches(request: HttpRequest, pk: int) -> list[dict[str, Any]]:
    """Homes with a free bed that fits, best first."""
    actor = caller(request)
    one = queries.get_application(actor, pk)
    actor.require("waiting.decide", one.region_id)
    return [
        {"home": fit.home.pk, "name": fit.home.name, "rank": fit.rank, "km": fit.km, "price_fen": fit.price_fen,
         "routed": fit.routed, "staff_for": fit.more,
         "beds": [bed.bed.pk for bed in fit.beds]}
        for fit in matching.suggestions(one)
    ]


@router.post("/applications/{int:pk}/offer", auth=needs("waiting.decide"), response={201: BedOfferOut},
             url_name="homes_offer")
def offer(request: HttpRequest, pk: int, data: OfferIn) -> Status[Any]:
    """Offer a bed and keep it until the answer."""
    return Status(201, offering.offer(caller(request), pk, data.version, data.bed, data.why_not_first))


@router.get("/offers", auth=needs("waiting.view"), response=list[BedOfferOut], url_name="homes_offers")
def offers(request: HttpRequest, after: int = 0) -> list[Offer]:
    """Offers, by id, 100 at a time."""
    return list(offers_visible_to(caller(request)).filter(pk__gt=after).order_by("pk")[:PAGE])


@router.post("/offers/{int:pk}/accept", auth=needs("waiting.apply"), response=BedOfferOut, url_name="homes_offer_take")
def take(request: HttpRequest, pk: int, data: VersionIn) -> Offer:
    """Record that an offer is accepted."""
    return offering.accept(caller(request), pk, data.version)


@router.post("/offers/{int:pk}/decline", auth=needs("waiting.apply"), response=BedOfferOut,
             url_name="homes_offer_decline")
def decline(request: HttpRequest, pk: int, data: WhyIn) -> Offer:
    """Record that an offer is declined, with the reason."""
    return offering.decline(caller(request), pk, data.version, data.reason)
