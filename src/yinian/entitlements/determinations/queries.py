"""Reading determinations and proposals, by where the person is now; names need ``entitlements.names``."""

import datetime as dt
from collections.abc import Iterable

from django.db.models import Q, QuerySet

from yinian.core.errors import NotVisible
from yinian.core.reading import once
from yinian.core.users.models import User
from yinian.entitlements.models import Determination, Event, Proposal
from yinian.people.models import Person

_HEAVY = ("person__region__outline", "person__region__parent__outline", "person__address", "person__id_number",
          "person__phone")


def visible_to(actor: User) -> QuerySet[Determination]:
    """Determinations of people in the actor's area."""
    actor.require("entitlements.names")
    return (
        Determination.objects.filter(actor.scope("entitlements.names").q("person__region__code"))
        .select_related("person__region__parent").defer(*_HEAVY)
    )


def get_determination(actor: User, pk: int) -> Determination:
    """A determination the actor may see. Raises NotVisible."""
    found = visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("determination")
    return found


def proposals_visible_to(actor: User) -> QuerySet[Proposal]:
    """Proposals about determinations of people in the actor's area."""
    actor.require("entitlements.names")
    return (
        Proposal.objects.filter(actor.scope("entitlements.names").q("determination__person__region__code"))
        .select_related("determination__person__region__parent", "maker", "checker", "run")
        .defer(*(f"determination__{name}" for name in _HEAVY), "run__pack", "run__counts", "run__checks")
    )


def get_proposal(actor: User, pk: int) -> Proposal:
    """A proposal the actor may see. Raises NotVisible."""
    found = proposals_visible_to(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("proposal")
    return found


def determinations_of(people: Iterable[int]) -> list[Determination]:
    """The determinations of people, the latest first. The caller has shown that the actor may see them."""
    ids = list(people)
    # What a merge could not take along, because both entries had it, stays with the old entry.
    return list(
        Determination.objects.filter(Q(person__in=ids) | Q(person__merged_into__in=ids)).select_related("person")
        .order_by("-id")
    )


@once
def grants_of(person: int) -> tuple[list[Determination], list[Event]]:
    """The determinations of one person and what was decided about them."""
    grants = determinations_of([person])
    return grants, events_of(grants) if grants else []


def events_of(determinations: Iterable[Determination]) -> list[Event]:
    """What was decided about them, in order of deciding."""
    return list(
        Event.objects.filter(determination__in=list(determinations))
        .select_related("actor", "checker", "determination", "cycle", "notice").order_by("id")
    )


def in_force_on(person: Person, service_id: str, day: dt.date) -> Determination | None:
    """What stands determined for a person and service on a day, suspended or not."""
    return Determination.objects.filter(person=person, service_id=service_id, period__contains=day).first()


def suspended_on(determination: Determination, day: dt.date) -> bool:
    """Whether the determination was suspended on a day, by its events."""
    last = (
        determination.events.filter(kind__in=[Event.Kind.SUSPENDED, Event.Kind.RESUMED], on__lte=day)
        .order_by("-on", "-id").first()
    )
    return last is not None and last.kind == Event.Kind.SUSPENDED
