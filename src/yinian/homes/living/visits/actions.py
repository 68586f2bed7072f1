"""Writing visits: hours set, booked and cancelled by the family, let in and out at the door."""

import datetime as dt
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record, reveal
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.users.models import User
from yinian.homes.care.actions import constraint_of
from yinian.homes.care.queries import get_home, get_resident
from yinian.homes.living.visits import queries
from yinian.homes.living.visits.models import Visit, VisitHours
from yinian.homes.stays.models import Stay
from yinian.people.representatives.queries import get_own, may_act_for

AHEAD_DAYS = 30
MOST_PARTY = 30
State = Visit.State


def set_hours(actor: User, site_pk: int, hours: Sequence[tuple[int, int, int]]) -> None:
    """Set a home's visiting hours anew: (weekday, opens, closes), minutes of the day. An empty list says nothing."""
    home = get_home(actor, site_pk, "care.manage")
    with transaction.atomic():
        VisitHours.objects.select_for_update().filter(site=home).delete()
        try:
            with transaction.atomic():
                VisitHours.objects.bulk_create(
                    VisitHours(site=home, weekday=weekday, opens=opens, closes=closes, set_by=actor)
                    for weekday, opens, closes in hours
                )
        except IntegrityError as error:
            if constraint_of(error) not in ("visit_hours_once_at_a_time", "visit_hours_lie_within_a_day"):
                raise
            raise Refused(_("Hours of one day lie over each other, or end before they begin.")) from error
        record(actor, "homes.visit_hours", home, region=home.region_id, detail={"hours": [list(h) for h in hours]})


def book(
    actor: User, person_id: int, *, at: dt.datetime, visitor: str, relation: str, phone: str = "", party: int = 1
) -> Visit:
    """Book a visit to a person whom the account acts for, within the home's visiting hours where it has set some."""
    person = get_own(actor, person_id)
    if not may_act_for(actor, person):
        raise NotVisible("person")
    stay = Stay.objects.filter(person=person, period__contains=timezone.localdate()).select_related("bed__site").first()
    if stay is None:
        raise Refused(_("The person lives in no home at present."))
    home, now = stay.bed.site, timezone.now()
    faults = _faults(visitor, relation, party)
    if at <= now:
        faults["at"] = _("It lies in the past.")
    elif at > now + dt.timedelta(days=AHEAD_DAYS):
        faults["at"] = _("A visit is booked at most %(n)d days ahead.") % {"n": AHEAD_DAYS}
    elif queries.takes_visitors(home, at) is False:
        faults["at"] = _("The home takes no visitors then; look at its hours.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = Visit.objects.create(
                    person=person, site=home, visitor=visitor.strip()[:60], relation=relation,
                    phone=phone.strip()[:30] or None, party=party, booked_for=at, booked_by=actor, booked_at=now,
                    state=State.BOOKED,
                )
        except IntegrityError as error:
            raise _refusal(error) from error
        record(actor, "homes.visit_book", made, region=home.region_id, detail={"person": person.pk, "site": home.pk})
    return made


def _faults(visitor: str, relation: str, party: int) -> dict[str, str]:
    faults = {}
    if not visitor.strip():
        faults["visitor"] = _("Name who comes.")
    if relation not in Visit.Relation.values:
        faults["relation"] = _("Say how they are related.")
    if not 1 <= party <= MOST_PARTY:
        faults["party"] = _("From one to %(n)d people.") % {"n": MOST_PARTY}
    return faults


def _refusal(error: IntegrityError) -> Exception:
    words = {
        "visit_booked_once": _("This visit is booked already."),
        "person_lives_here": _("The person has no bed in this home on that day."),
    }
    name = constraint_of(error)
    return Refused(words[name]) if name in words else error


def cancel(actor: User, pk: int, reason: str = "") -> Visit:
    """Cancel a visit one has booked oneself."""
    seen = queries.get_own_visit(actor, pk)
    return _drop(actor, seen, State.CANCELLED, reason.strip() or _("Cancelled by the family"))


def refuse(actor: User, pk: int, reason: str) -> Visit:
    """Tell the family that the home does not take a booked visit, and why."""
    seen = queries.get_visit(actor, pk)
    actor.require("care.manage", seen.site.region_id, seen.site_id)
    if not reason.strip():
        raise Refused(fields={"reason": _("Say why; the family reads it.")})
    return _drop(actor, seen, State.REFUSED, reason.strip())


def _drop(actor: User, seen: Visit, state: str, reason: str) -> Visit:
    with transaction.atomic():
        visit = _locked(seen.pk, State.BOOKED)
        visit.state, visit.dropped_by, visit.dropped_at = state, actor, timezone.now()
        visit.drop_reason = reason[:200]
        visit.version += 1
        visit.save(update_fields=["state", "dropped_by", "dropped_at", "drop_reason", "version"])
        record(actor, "homes.visit_drop", visit, region=visit.site.region_id, reason=visit.drop_reason,
               detail={"state": state})
    return visit


def _locked(pk: int, state: str) -> Visit:
    visit = Visit.objects.select_for_update(of=("self",)).select_related("site").get(pk=pk)
    if visit.state != state:
        raise Changed(_("Somebody has changed this visit meanwhile; look at it again."))
    return visit


def let_in(actor: User, pk: int) -> Visit:
    """Whoever is booked stands at the door and comes in."""
    seen = queries.get_visit(actor, pk)
    actor.require("care.record", seen.site.region_id, seen.site_id)
    with transaction.atomic():
        visit = _locked(pk, State.BOOKED)
        visit.state, visit.came_at, visit.came_by = State.INSIDE, timezone.now(), actor
        visit.version += 1
        visit.save(update_fields=["state", "came_at", "came_by", "version"])
        record(actor, "homes.visit_in", visit, region=seen.site.region_id, detail={"person": visit.person_id})
    return visit


def walk_in(
    actor: User, stay_pk: int, *, visitor: str, relation: str, phone: str = "", party: int = 1
) -> Visit:
    """Whoever comes without a booking is let in. Hours do not bind the door: who stands at it decides."""
    stay = get_resident(actor, stay_pk, "care.record")
    faults = _faults(visitor, relation, party)
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = Visit.objects.create(
                    person_id=stay.person_id, site=stay.bed.site, visitor=visitor.strip()[:60], relation=relation,
                    phone=phone.strip()[:30] or None, party=party, state=State.INSIDE, came_at=timezone.now(),
                    came_by=actor,
                )
        except IntegrityError as error:
            raise _refusal(error) from error
        record(actor, "homes.visit_in", made, region=stay.bed.site.region_id,
               detail={"person": stay.person_id, "booked": False})
    return made


def let_out(actor: User, pk: int) -> Visit:
    """The visitor has gone."""
    seen = queries.get_visit(actor, pk)
    actor.require("care.record", seen.site.region_id, seen.site_id)
    with transaction.atomic():
        visit = _locked(pk, State.INSIDE)
        visit.state, visit.left_at, visit.left_by = State.OVER, timezone.now(), actor
        visit.version += 1
        visit.save(update_fields=["state", "left_at", "left_by", "version"])
        record(actor, "homes.visit_out", visit, region=seen.site.region_id, detail={"person": visit.person_id})
    return visit


def reveal_phone(actor: User, visit: Visit, reason: str) -> str:
    """The visitor's whole telephone number; the reason is kept with the actor's name."""
    site = visit.site
    return reveal(actor, "people.reveal", visit, "phone", region=site.region_id, reason=reason, site_id=site.pk)
