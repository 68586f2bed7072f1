"""Reading who acts for whom. An account that acts for a person sees that person by :func:`get_own` alone."""

from django.db.models import QuerySet
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.people.persons.models import Person
from yinian.people.persons.queries import visible_to
from yinian.people.representatives.models import Representative

MAX_OWN = 20  # people one account acts for: parents and parents-in-law, not a village


def standing() -> QuerySet[Representative]:
    """All that hold today."""
    return Representative.objects.filter(period__contains=timezone.localdate())


def own_people(actor: User) -> list[Person]:
    """The people an account acts for today, merged entries followed to the one that stays."""
    actor.require("own.view")
    held = standing().filter(user=actor).values("person")
    people = Person.objects.filter(pk__in=held).select_related("merged_into__region__parent", "region__parent").defer(
        "region__outline", "region__parent__outline"
    )
    kept = {(person.merged_into or person).pk: person.merged_into or person for person in people[:MAX_OWN]}
    return sorted(kept.values(), key=lambda person: person.pk)


def get_own(actor: User, person_id: int) -> Person:
    """A person the account acts for. Raises NotVisible for anybody else."""
    for person in own_people(actor):
        if person.pk == person_id:
            return person
    raise NotVisible("person")


def may_act_for(actor: User, person: Person) -> bool:
    """Whether the account acts for the person today."""
    return actor.may("own.act") and standing().filter(user=actor, person=person).exists()


def representatives_of(actor: User, person: Person) -> QuerySet[Representative]:
    """Who acts or acted for a person the actor sees, the latest first."""
    actor.require("people.view")
    return Representative.objects.filter(person=person).select_related("user", "given_by").order_by("-period")


def get_representative(actor: User, pk: int) -> Representative:
    """One, of a person whom the actor may appoint representatives for."""
    found = (
        Representative.objects.filter(pk=pk, person__in=visible_to(actor, "people.represent"))
        .select_related("user", "person__region").first()
    )
    if found is None:
        raise NotVisible("representative")
    return found
