"""Reading medical institutions: those of the actor's counties and of what lies above them."""

from django.db.models import Q, QuerySet

from yinian.core.errors import NotVisible
from yinian.core.regions.models import Region
from yinian.core.users.models import User
from yinian.medical.institutions.models import Institution
from yinian.places.regions.queries import counties_of


def visible_to(actor: User) -> QuerySet[Institution]:
    """Institutions are public knowledge within a county, and so are those of the prefecture and province above."""
    actor.require("medical.view")
    found = Q(pk__in=[])
    for code in counties_of(actor, "medical.view"):
        found |= Q(organisation__region__code__startswith=code)
        found |= Q(organisation__region__in=Region.codes_above(code))
    return Institution.objects.filter(found).select_related("organisation__region").defer(
        "organisation__region__outline"
    )


def get_institution(actor: User, pk: int) -> Institution:
    found = visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("institution")
    return found


def search(found: QuerySet[Institution], text: str) -> QuerySet[Institution]:
    return found.filter(organisation__name__contains=text)
