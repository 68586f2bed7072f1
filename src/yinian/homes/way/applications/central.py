"""The destitute who wish for central support and live in no home: the list behind the indicator."""

from django.db.models import Exists, OuterRef, QuerySet, Subquery
from django.utils import timezone

from yinian.core.users.models import User
from yinian.homes.stays.queries import nights
from yinian.homes.way.applications.models import OVER, BedApplication
from yinian.people.circumstances.queries import believed
from yinian.people.models import Person, Spell
from yinian.people.persons.queries import visible_to


def unserved(actor: User) -> QuerySet[Person]:
    """Living destitute whose wish stands and who lie in no home today; who comes by day lies in none.

    Each with ``wished_on``, ``ability_grade``, ``applied`` (state of the open application) and ``application_id``.
    """
    actor.require("waiting.view")
    today = timezone.localdate()
    now = Spell.objects.filter(believed(None), person=OuterRef("pk"), valid__contains=today)
    wish = now.filter(kind="wants_central", value="true")
    open_one = BedApplication.objects.filter(person=OuterRef("pk")).exclude(state__in=OVER)
    return (
        visible_to(actor, "waiting.view").filter(state=Person.State.LIVING)
        .filter(
            Exists(now.filter(kind="relief", value="tekun")), Exists(wish),
            ~Exists(nights(today).filter(person=OuterRef("pk"))),
        )
        .annotate(
            wished_on=Subquery(wish.values("valid__startswith")[:1]),
            ability_grade=Subquery(now.filter(kind="ability").values("grade")[:1]),
            applied=Subquery(open_one.values("state")[:1]), application_id=Subquery(open_one.values("pk")[:1]),
        )
        .select_related("region__parent").defer("region__outline", "region__parent__outline")
    )
