"""Sending the villages to people who are due something and do not receive it."""

from collections.abc import Sequence

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
from yinian.entitlements.coverage.queries import missed_people
from yinian.entitlements.coverage.workkinds import MISSED
from yinian.entitlements.models import Run, Status
from yinian.entitlements.queries import Listed, Standing

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
    standings = queries.standings_of(person.pk for person in found)
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


def _missed(entry: Standing, names: dict[int, str]) -> bool:
    return entry.status == Status.DUE and not entry.receiving and entry.service_number in names
