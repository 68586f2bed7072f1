"""The part of a person's page that tells staff who acts for the person."""

from typing import Any

from yinian.core.users.models import User
from yinian.people.persons.models import Person
from yinian.people.persons.panels import person_panel
from yinian.people.representatives.queries import representatives_of


@person_panel("people.representatives", 90, "people/representatives.html")
def who_acts(actor: User, person: Person) -> dict[str, Any] | None:
    may = actor.scope("people.represent").covers(person.region_id) and person.merged_into_id is None
    rows = list(representatives_of(actor, person))
    return {"rows": rows, "may": may} if rows or may else None
