"""Admitting, moving and discharging residents.

Checks here give good sentences; the database's exclusion constraints have the last word, and what they refuse is
turned into a sentence that names who holds the bed or where the person lies, as far as the actor may know.
"""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.homes.beds.queries import IN_A_ROOM, get_bed, holding
from yinian.homes.stays.models import Stay
from yinian.homes.stays.queries import admissible, get_stay
from yinian.people.models import Person
from yinian.places.models import Bed, Site

BED_ONCE = "bed_holds_one_person_at_a_time"
PERSON_ONCE = "person_lies_in_one_bed_at_a_time"
LOOK_BACK_DAYS = 366 * 30  # an admission recorded late
PROMISE_DAYS = 30  # a bed may be kept for somebody so many days ahead


def admit(actor: User, person_pk: int, bed_pk: int, basis: str, on: dt.date, *, proof: str = "") -> Stay:
    """Admit a person to a bed from a day on (up to 30 days ahead keeps the bed for them).

    ``proof`` comes from :func:`stays.candidates` and stands in for seeing the person in one's own regions.

    Raises :class:`Refused` when the person is not living or lies elsewhere, or the bed is out of use or taken.
    """
    bed = get_bed(actor, bed_pk)
    actor.require("homes.admit", bed.site.region_id, bed.site_id)
    person = admissible(actor, bed.site, person_pk, proof)
    if basis not in Stay.Basis.values:
        raise Refused(fields={"basis": _("Choose on what basis the person lives here.")})
    _check_day(on)
    with transaction.atomic():
        # The order person, bed is the same everywhere, so that two admissions never wait for each other.
        person = Person.objects.select_for_update().get(pk=person.pk)
        bed = Bed.objects.select_for_update(of=("self",)).select_related("site", "room").get(pk=bed.pk)
        _check_person(person)
        _check_bed(bed)
        stay = _lie(actor, person, bed, basis, on)
        record(
            actor,
            "homes.admit",
            stay,
            region=bed.site.region_id,
            detail={"person": person.pk, "bed": bed.pk, "site": bed.site_id, "basis": basis, "from": on.isoformat()},
        )
    return stay


def discharge(actor: User, stay_pk: int, version: int, reason: str, on: dt.date) -> Stay:
    """End a stay: ``on`` is the day the person leaves; the bed is free from that day."""
    seen = get_stay(actor, stay_pk)
    actor.require("homes.admit", seen.bed.site.region_id, seen.bed.site_id)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say why the person leaves; it is kept.")})
    if on > timezone.localdate():
        raise Refused(fields={"on": _("The day of leaving lies in the future; record it when it has come.")})
    with transaction.atomic():
        stay = _locked(stay_pk, version)
        if on <= stay.period.lower:
            raise Refused(
                fields={
                    "on": _(
                        "The day of leaving lies after the day of admission, %(day)s. If the "
                        "admission was an error, take it back instead."
                    )
                    % {"day": day(stay.period.lower)}
                }
            )
        stay.period = DateRange(stay.period.lower, on)
        stay.left_by, stay.leave_reason = actor, reason[:200]
        stay.version += 1
        stay.save(update_fields=["period", "left_by", "leave_reason", "version"])
        record(
            actor,
            "homes.discharge",
            stay,
            region=seen.bed.site.region_id,
            reason=reason[:200],
            detail={"person": stay.person_id, "bed": stay.bed_id, "on": on.isoformat()},
        )
    return stay


def change_bed(actor: User, stay_pk: int, version: int, bed_pk: int, on: dt.date) -> Stay:
    """Move a resident to another bed of the same home from a day on; returns the new stay."""
    seen = get_stay(actor, stay_pk)
    actor.require("homes.admit", seen.bed.site.region_id, seen.bed.site_id)
    to = get_bed(actor, bed_pk)
    if to.site_id != seen.bed.site_id:
        raise Refused(fields={"bed": _("The bed stands in another home; discharge here and admit there.")})
    if to.pk == seen.bed_id:
        raise Refused(fields={"bed": _("The person already lies in this bed.")})
    if on > timezone.localdate():
        raise Refused(fields={"on": _("The day lies in the future; record the change when it has come.")})
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=seen.person_id)
        beds = {
            bed.pk: bed
            for bed in Bed.objects.select_for_update(of=("self",))
            .filter(pk__in=[seen.bed_id, to.pk])
            .order_by("pk")
            .select_related("site", "room")
        }
        stay = _locked(stay_pk, version)
        _check_bed(beds[to.pk])
        begun = stay.period.lower
        if on < begun:
            raise Refused(fields={"on": _("The change lies before the admission, %(day)s.") % {"day": day(begun)}})
        old = stay.bed_id
        if on == begun:
            # The first day: the bed was entered wrongly, so the stay itself is put right.
            stay.bed = beds[to.pk]
            stay.version += 1
            try:
                with transaction.atomic():
                    stay.save(update_fields=["bed", "version"])
            except IntegrityError as error:
                raise _refusal(actor, error, person, beds[to.pk]) from error
            moved = stay
        else:
            stay.period = DateRange(begun, on)
            stay.left_by, stay.leave_reason = actor, _("Changed bed")
            stay.version += 1
            stay.save(update_fields=["period", "left_by", "leave_reason", "version"])
            moved = _lie(actor, person, beds[to.pk], stay.basis, on)
        record(
            actor,
            "homes.change_bed",
            moved,
            region=seen.bed.site.region_id,
            detail={"person": person.pk, "from": old, "to": to.pk, "on": on.isoformat()},
        )
    return moved


def take_back(actor: User, stay_pk: int, version: int, reason: str) -> None:
    """Take back an admission that was entered in error: the stay goes, the audit chain keeps what it said."""
    seen = get_stay(actor, stay_pk)
    actor.require("homes.admit", seen.bed.site.region_id, seen.bed.site_id)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say what the error was; it is kept.")})
    with transaction.atomic():
        stay = _locked(stay_pk, version)
        record(
            actor,
            "homes.take_back",
            stay,
            region=seen.bed.site.region_id,
            reason=reason[:200],
            detail={"person": stay.person_id, "bed": stay.bed_id, "from": stay.period.lower.isoformat()},
        )
        stay.delete()


def _locked(stay_pk: int, version: int) -> Stay:
    stay = Stay.objects.select_for_update().filter(pk=stay_pk).first()
    if stay is None:
        raise NotVisible("stay")
    if stay.version != version:
        raise Changed(_("Somebody has changed this stay meanwhile; look at it again."))
    if stay.period.upper is not None:
        raise Refused(_("This stay has already ended."))
    return stay


def _check_day(on: dt.date) -> None:
    today = timezone.localdate()
    if on > today + dt.timedelta(days=PROMISE_DAYS):
        raise Refused(fields={"on": _("A bed can be kept for at most 30 days ahead.")})
    if on < today - dt.timedelta(days=LOOK_BACK_DAYS):
        raise Refused(fields={"on": _("The day of admission lies too far back.")})


def _check_person(person: Person) -> None:
    if person.state == Person.State.DEAD:
        raise Refused(fields={"person": _("%(name)s is recorded as having died.") % {"name": person.name}})
    if person.state == Person.State.MOVED_OUT:
        raise Refused(
            fields={"person": _("%(name)s is recorded as having moved out of the county.") % {"name": person.name}}
        )
    if person.state == Person.State.MERGED:
        raise Refused(fields={"person": _("This entry was merged into another; search again.")})


def _check_bed(bed: Bed) -> None:
    if bed.site.kind != Site.Kind.HOME or bed.kind not in IN_A_ROOM:
        raise Refused(fields={"bed": _("This is not a bed in a home.")})
    if bed.site.state != Site.State.OPEN:
        raise Refused(fields={"bed": _("The home is not open.")})
    if bed.state != Bed.State.USABLE:
        raise Refused(fields={"bed": _("Bed %(bed)s is out of use.") % {"bed": bed.label}})


def _lie(actor: User, person: Person, bed: Bed, basis: str, on: dt.date) -> Stay:
    try:
        # A savepoint: after the constraint speaks, the transaction must still be able to find out who holds the bed.
        with transaction.atomic():
            return Stay.objects.create(
                person=person, bed=bed, period=DateRange(on, None), basis=basis, admitted_by=actor
            )
    except IntegrityError as error:
        raise _refusal(actor, error, person, bed) from error


def _refusal(actor: User, error: IntegrityError, person: Person, bed: Bed) -> Exception:
    """The sentence for a refused stay; any other fault of integrity is passed on as it is."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    today = timezone.localdate()
    scope, people = actor.scope("homes.view"), actor.scope("people.view")
    if constraint == BED_ONCE:
        holder = Stay.objects.filter(holding(today), bed=bed).select_related("person", "admitted_by").first()
        if holder is None:
            return Refused(
                fields={
                    "bed": _("Bed %(bed)s was held by somebody else on that day; choose a later day.")
                    % {"bed": bed.label}
                }
            )
        if not people.covers(bed.site.region_id, bed.site_id):
            return Refused(
                fields={"bed": _("Bed %(bed)s is taken; whose it is you may not see.") % {"bed": bed.label}}
            )
        return Refused(
            fields={
                "bed": _("Bed %(bed)s is taken: %(name)s has it from %(day)s, entered by %(who)s.")
                % {
                    "bed": bed.label,
                    "name": holder.person.name,
                    "day": day(holder.period.lower),
                    "who": holder.admitted_by.full_name if holder.admitted_by else _("an earlier list"),
                }
            }
        )
    if constraint == PERSON_ONCE:
        there = Stay.objects.filter(holding(today), person=person).select_related("bed__site").first()
        if there is None:
            return Refused(
                fields={
                    "person": _("%(name)s lay in another bed on that day; choose a later day.")
                    % {"name": person.name}
                }
            )
        site = there.bed.site
        if not scope.covers(site.region_id, site.pk):
            return Refused(
                fields={
                    "person": _(
                        "%(name)s already has a bed in another home, which you do not see; ask the bureau which one."
                    )
                    % {"name": person.name}
                }
            )
        return Refused(
            fields={
                "person": _(
                    "%(name)s already has bed %(bed)s in %(home)s from %(day)s; discharge there "
                    "first, or change the bed."
                )
                % {"name": person.name, "bed": there.bed.label, "home": site.name, "day": day(there.period.lower)}
            }
        )
    return error
