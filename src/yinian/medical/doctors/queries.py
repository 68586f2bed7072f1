"""Reading family doctors."""

from django.db.models import QuerySet

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.medical.doctors.models import FamilyDoctor
from yinian.people.persons import queries as persons


def visible_to(actor: User) -> QuerySet[FamilyDoctor]:
    actor.require("health.view")
    return FamilyDoctor.objects.filter(persons.reached(actor, "health.view"))


def listed(actor: User) -> QuerySet[FamilyDoctor]:
    return (
        visible_to(actor)
        .select_related("person__region", "institution__organisation")
        .defer("person__id_number", "person__address", "person__phone", "person__region__outline")
    )


def get_family_doctor(actor: User, pk: int) -> FamilyDoctor:
    found = (
        visible_to(actor)
        .select_related("person__region", "institution__organisation", "entered_by", "stopped_by")
        .filter(pk=pk)
        .first()
    )
    if found is None:
        raise NotVisible("family doctor")
    return found
