"""Figures of this room under the work desk."""

from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.figures import Stat, register
from yinian.core.jinja import day
from yinian.core.lists import count_number
from yinian.core.users.models import User
from yinian.people.circumstances.models import Conflict
from yinian.people.circumstances.queries import conflicts_visible_to
from yinian.people.duplicates.queries import open_pairs
from yinian.people.persons.models import Person
from yinian.people.persons.queries import standing


def of_people(actor: User) -> list[Stat]:
    """Older people on record whom the actor answers for."""
    people = standing(actor).filter(state=Person.State.LIVING)
    return [Stat(_("Older people on record"), count_number(people), url=reverse("people:list"),
                 note=_("living, %(day)s") % {"day": day(timezone.localdate())})]


def of_disputes(actor: User) -> list[Stat]:
    """What waits for an officer's decision: departments that disagree, entries made twice."""
    found = []
    conflicts = conflicts_visible_to(actor, "people.import").filter(Q(state=Conflict.State.OPEN)).count()
    if conflicts:
        found.append(Stat(_("Departments that disagree"), conflicts, _("cases"), reverse("people:conflicts"),
                          note=_("to be decided")))
    if actor.may("people.merge"):
        pairs = open_pairs(actor).count()
        if pairs:
            found.append(Stat(_("Possibly entered twice"), pairs, _("pairs"), reverse("people:duplicates"),
                              note=_("to be looked at")))
    return found


register("people.people", "people.view", of_people, order=20)
register("people.disputes", "people.import", of_disputes, order=30)
