"""For whom a service waits for the ability level: told to the room where assessments are asked for."""

from django.db.models import Q
from django.urls import reverse
from django.utils.http import urlencode

from yinian.assessments.requests import wanted
from yinian.core.users.models import User
from yinian.entitlements.codes import FACT_BITS
from yinian.entitlements.models import Outcome

ABILITY = "ability_level"


def people_waiting() -> Q:
    """Persons of whom, by the run that stands, some service is to be checked for want of the level."""
    standing = Outcome.objects.filter(until_run__isnull=True).extra(
        where=["EXISTS (SELECT FROM unnest(unknown) AS facts WHERE facts & %s <> 0)"],
        params=[1 << FACT_BITS[ABILITY]],
    )
    return Q(pk__in=standing.values("person"))


def asking_url(actor: User, region_code: str) -> str:
    """Where the actor asks for the assessment of these people; empty for whoever may not."""
    if not actor.scope("assessments.request").covers(region_code):
        return ""
    query = {"wanted": "1", "need": "everybody", "free": "1", "region": region_code}
    return reverse("assessments:to_assess") + "?" + urlencode(query)


wanted.register("entitlements.waiting", people_waiting)
