"""What this room says to care plans: the services a person is due, on which a plan may rest. Read only."""

from django.urls import reverse

from yinian.assessments.careplans import resting
from yinian.core.users.models import User
from yinian.entitlements.person_pages import dues_of
from yinian.people.models import Person


def due_services(actor: User, person: Person) -> list[resting.Due]:
    """What the person is due today, and what is to be checked; nothing to who may not see it by name."""
    if not actor.scope("entitlements.names").covers(person.region_id):
        return []
    url = reverse("entitlements:person", args=[person.pk])
    return [
        resting.Due(service.id, service.name, service.amount, service.receiving, service.status == "due", url)
        for service in dues_of(actor, person).of("due", "check")
    ]


resting.register("entitlements.dues", due_services)
