"""Which papers and files concern a care home: those about the people who belong to it."""

from django.db.models import Q

from yinian.core.attachments.reach import concerns_sites
from yinian.core.documents.reach import register
from yinian.people.models import Consent, Person, Spell
from yinian.people.persons.scope import of_sites


@register
def papers_of_sites(sites: tuple[int, ...]) -> Q:
    """Home staff open papers about whom their home houses, as far as their rights go."""
    return Q(person_ref__in=Person.objects.filter(of_sites(sites)).values("pk"))


def _evidence(sites: tuple[int, ...]) -> Q:
    people = Person.objects.filter(of_sites(sites))
    return Q(pk__in=Spell.objects.filter(person__in=people).values("attachment")) | Q(
        pk__in=Consent.objects.filter(person__in=people).values("attachment")
    )


concerns_sites("people.evidence", _evidence)
