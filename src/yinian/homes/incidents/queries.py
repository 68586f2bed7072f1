"""Reading incidents: who sees which, the steps of one, counts by hazard and home."""

import datetime as dt
from collections import Counter
from dataclasses import dataclass, field

from django.db.models import Count, QuerySet

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.homes.care.queries import local
from yinian.homes.incidents.hazards import hazards
from yinian.homes.incidents.models import Incident, IncidentStep


def visible_to(actor: User) -> QuerySet[Incident]:
    """Incidents of the homes the actor answers for."""
    actor.require("incidents.view")
    return Incident.objects.filter(actor.scope("incidents.view").q("site__region__code", "site"))


def listed(actor: User) -> QuerySet[Incident]:
    """For lists: with home and person, without what a list never shows."""
    return (
        visible_to(actor)
        .select_related("site", "person", "recorded_by")
        .defer("what", "measures", "outcome", "person__id_number", "person__address", "person__phone")
    )


def get_incident(actor: User, pk: int) -> Incident:
    found = (
        visible_to(actor)
        .filter(pk=pk)
        .select_related("site__region", "person", "recorded_by", "family_by", "bureau_by", "closed_by")
        .first()
    )
    if found is None:
        raise NotVisible("incident")
    return found


def steps_of(incident: Incident) -> list[IncidentStep]:
    return list(incident.steps.select_related("by"))


@dataclass
class Line:
    """Incidents of one home in a stretch of days: by hazard, in all, still open."""

    site: int
    name: str
    by: Counter[str] = field(default_factory=Counter)
    all: int = 0
    open: int = 0


def figures(actor: User, first: dt.date, last: dt.date) -> tuple[list[str], list[Line], Line]:
    """Hazards in order, a line for each home with incidents, most first, and the total of all homes."""
    found = visible_to(actor).filter(happened_at__gte=local(first, 0), happened_at__lt=local(last, 24 * 60))
    lines: dict[int, Line] = {}
    total = Line(0, "")
    rows = found.order_by().values_list("site", "site__name", "hazard", "state").annotate(n=Count("pk"))
    for site, name, hazard, state, n in rows:
        for line in (lines.setdefault(site, Line(site, name)), total):
            line.by[hazard] += n
            line.all += n
            line.open += n if state == Incident.State.OPEN else 0
    known = [key for key, _label in hazards()]
    order = [key for key in known if total.by[key]] + sorted(key for key in total.by if key not in known)
    return order, sorted(lines.values(), key=lambda line: (-line.all, line.name)), total
