"""Reading offers: who sees which."""

from django.db.models import QuerySet

from yinian.core.users.models import User
from yinian.homes.way.applications.models import BedApplication
from yinian.homes.way.applications.queries import TOLD, visible_to
from yinian.homes.way.offers.models import HOLDING, Offer


def offers_visible_to(actor: User) -> QuerySet[Offer]:
    """Offers of the applications the actor sees; home staff those of their own home that the home was told of."""
    rows = Offer.objects.filter(application__in=visible_to(actor))
    scope = actor.scope("waiting.view")
    if scope.sites and not scope.regions:
        rows = rows.filter(site__in=scope.sites, state__in=TOLD)
    return rows


def standing_offer(application: BedApplication) -> Offer | None:
    """The offer that keeps a bed for somebody now."""
    return (
        Offer.objects.filter(application=application, state__in=HOLDING)
        .select_related("bed__room", "site__region", "offered_by", "answered_by").first()
    )


def offers_of(application: BedApplication) -> list[Offer]:
    """All offers of an application, latest first."""
    return list(
        Offer.objects.filter(application=application).select_related("bed", "site", "offered_by", "answered_by")
        .order_by("-id")
    )
