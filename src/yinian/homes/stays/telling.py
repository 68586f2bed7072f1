"""Whom the coming and going in homes concerns: work items for the home's manager and the person's village.

Everything here runs inside the transaction of the act that calls it.
"""

import datetime as dt
from typing import Any

from django.urls import reverse
from django.utils import timezone

from yinian.core.inbox import actions as inbox
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.homes.beds.queries import holding
from yinian.homes.stays import rules
from yinian.homes.stays.models import Stay
from yinian.people.models import Person
from yinian.places.models import Site

VILLAGE = 12  # digits of a village's code


def ask_home(actor: User, kind: str, key: str, stay: Stay, site: Site, **params: Any) -> None:
    """Put an item about a stay on the desk of a home's manager."""
    inbox.ask(
        actor, kind, key=key, region=site.region_id, site=site.pk, url=reverse("homes:stay", args=[stay.pk]),
        params={"name": stay.person.name, "bed": stay.bed.label, **params},
    )


def left(actor: User, stay: Stay, person: Person, home: Site, on: dt.date) -> None:
    """A stay has ended: what was asked about it is settled, and a death is told to the person's village."""
    from yinian.homes.transfers.actions import drop_for

    drop_for(actor, stay)
    for kind in ("died", "stay_ends", "away_long", "kept_over"):
        inbox.settle(actor, key_of(kind, stay), str(stay.get_end_kind_display()))
    if stay.end_kind == Stay.End.DEATH and person.state != Person.State.DEAD:
        inbox.ask(
            actor, "homes.died_here", key=f"homes.died_here:{person.pk}", region=person.region_id[:VILLAGE],
            url=reverse("people:death", args=[person.pk]),
            params={"name": person.name, "home": home.name, "day": on.isoformat()},
        )


def end_agreed(actor: User, stay: Stay) -> None:
    """Another end or kind was agreed: what was asked about the old one is settled."""
    inbox.settle(actor, key_of("stay_ends", stay), str(stay.get_kind_display()))


def key_of(kind: str, stay: Stay) -> str:
    return f"homes.{kind}:{stay.pk}"


def person_changed(actor: User, person_pk: int) -> None:
    """The register says that somebody died, or that they did not: the home is asked, never overruled."""
    person = Person.objects.get(pk=person_pk)
    if person.state == Person.State.DEAD:
        inbox.settle(actor, f"homes.died_here:{person.pk}", str(person.get_state_display()))
        tell_of_deaths(actor, person_pk)
        return
    for stay in Stay.objects.filter(person=person, period__endswith__isnull=True):
        inbox.settle(actor, key_of("died", stay), str(person.get_state_display()), needed=False)


def tell_of_deaths(actor: User, person_pk: int | None = None) -> int:
    """Ask the homes to end the stays of those recorded as having died. Returns how many it concerns."""
    found = Stay.objects.filter(period__endswith__isnull=True, person__state=Person.State.DEAD)
    if person_pk is not None:
        found = found.filter(person=person_pk)
    asked = 0
    for stay in found.select_related("person", "bed__site"):
        died = stay.person.died_on
        ask_home(actor, "homes.died", key_of("died", stay), stay, stay.bed.site, day=died.isoformat() if died else "")
        asked += 1
    return asked


def remind(today: dt.date | None = None) -> int:
    """Ask the homes about short stays that end soon, residents not back in time, and beds kept to their last day.

    Asking again is free. Returns how many items it concerns.
    """
    from yinian.homes.absences.models import Absence

    today, actor, asked = today or timezone.localdate(), platform_user(), tell_of_deaths(platform_user())
    soon: dict[str, int | None] = {}
    ending = Stay.objects.filter(holding(today), period__startswith__lte=today, expected_end__isnull=False)
    for stay in ending.select_related("person", "bed__site"):
        home = stay.bed.site
        if home.region_id not in soon:
            rule = rules.rules_for(home.region_id).soon
            soon[home.region_id] = rule.value if rule else None
        ahead = soon[home.region_id]
        assert stay.expected_end is not None
        if ahead is not None and stay.expected_end <= today + dt.timedelta(days=ahead):
            ask_home(
                actor, "homes.stay_ends", key_of("stay_ends", stay), stay, home,
                what=str(stay.get_kind_display()), day=stay.expected_end.isoformat(),
            )
            asked += 1
    away = Absence.objects.filter(period__contains=today, period__endswith__isnull=True)
    for absence in away.select_related("stay__person", "stay__bed__site"):
        stay = absence.stay
        for kind, day in (("away_long", absence.expected_return), ("kept_over", absence.kept_until)):
            if day is not None and day < today:
                ask_home(
                    actor, f"homes.{kind}", key_of(kind, stay), stay, stay.bed.site, day=day.isoformat()
                )
                asked += 1
    return asked
