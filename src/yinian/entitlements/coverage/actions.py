"""Sending the villages to people who are due something and do not receive it, and inviting them to apply."""

from collections.abc import Mapping, Sequence

from django.db import transaction
from django.urls import reverse
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.inbox.actions import Asked, ask_many
from yinian.core.regions.models import CODE_LENGTHS, Level
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.entitlements import queries
from yinian.entitlements.applications.inviting import Invited, invite_picked
from yinian.entitlements.coverage.queries import missed_people
from yinian.entitlements.coverage.workkinds import MISSED
from yinian.entitlements.models import Run, Status
from yinian.entitlements.queries import Listed, Standing
from yinian.people.models import Person

MOST = 500
NAMED = 3  # services named in the sentence


def send_villages(
    actor: User, runs: Sequence[Run], region: str, services: Sequence[Listed], people: Sequence[int]
) -> int:
    """Ask each person's village to visit; a village asked already is not asked twice. How many are new.

    Raises :class:`Refused` for none, for more than MOST, and for people who miss none of ``services`` here.
    """
    actor.require("entitlements.names", region)
    actor.require("inbox.act", region)
    found, standings = _picked(actor, runs, region, services, people)
    names = {service.number: service.name for service in services}
    items = []
    for person in found:
        missing = [names[entry.service_number] for entry in standings.get(person.pk, []) if _missed(entry, names)]
        items.append(Asked(
            MISSED.name, key=f"missed:{person.pk}", region=person.region_id[:CODE_LENGTHS[Level.VILLAGE]],
            params={"name": person.name, "village": person.region.name,
                    "services": _(", ").join(missing[:NAMED]) + ("…" if len(missing) > NAMED else "")},
            url=reverse("entitlements:person", args=[person.pk]),
            role=Role.VILLAGE_WORKER if person.region.level >= Level.VILLAGE else Role.TOWN_OFFICER,
        ))
    with transaction.atomic():
        fresh = ask_many(actor, items)
        record(actor, "entitlements.send_villages", region=region, detail={"people": len(found), "new": fresh})
    return fresh


def invite_missed(
    actor: User, runs: Sequence[Run], region: str, services: Sequence[Listed], people: Sequence[int]
) -> Invited:
    """Invite picked people to apply for those of ``services`` that they miss and that their county has opened.

    Raises :class:`Refused` as :func:`send_villages` does, and where nothing they miss is open for application.
    """
    actor.require("entitlements.names", region)
    actor.require("entitlements.invite", region)
    found, standings = _picked(actor, runs, region, services, people)
    ids = {service.number: service.id for service in services}
    done = Invited()
    with transaction.atomic():
        for run in runs:
            done += invite_picked(actor, run, [
                (person.pk, ids[entry.service_number]) for person in found if person.region_id.startswith(run.region_id)
                for entry in standings.get(person.pk, []) if _missed(entry, ids)
            ])
        record(actor, "entitlements.invite", region=region, detail={
            "people": len(found), "new": done.fresh, "already": done.already, "resting": done.resting,
        })
    return done


def _picked(
    actor: User, runs: Sequence[Run], region: str, services: Sequence[Listed], people: Sequence[int]
) -> tuple[list[Person], dict[int, list[Standing]]]:
    """The picked people who miss a service, and all they stand for."""
    if not people:
        raise Refused(_("Pick the people first."))
    if len(people) > MOST:
        raise Refused(_("Pick at most %(count)s people at a time.") % {"count": MOST})
    found = list(
        missed_people(actor, runs, region, services, {}).filter(pk__in=people)
        .select_related("region__parent").only("name", "region__name", "region__level", "region__parent__name")
    )
    if not found:
        raise Refused(_("By the last run none of these people misses a service."))
    return found, queries.standings_of(person.pk for person in found)


def _missed(entry: Standing, names: Mapping[int, str]) -> bool:
    return entry.status == Status.DUE and not entry.receiving and entry.service_number in names
