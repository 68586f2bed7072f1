"""Admitting residents, moving them within a home, and their leaving.

Checks here give good sentences; the database has the last word, and what it refuses is turned into a sentence too.
Locks are always taken in the order person, beds by number, stay, so that two acts never wait for each other.
"""

import datetime as dt
from typing import Any

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.db.models import ProtectedError, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.homes.beds.queries import IN_A_ROOM, get_bed
from yinian.homes.care.book import book
from yinian.homes.stays import rules, telling
from yinian.homes.stays.leaving import tell_left
from yinian.homes.stays.models import Stay, StayLevel
from yinian.homes.stays.queries import admissible, get_stay
from yinian.homes.stays.refusing import refusal
from yinian.people.models import Person
from yinian.places.models import Bed, Site

LOOK_BACK_DAYS = 366 * 30  # an admission recorded late
PROMISE_DAYS = 30  # a bed may be kept for somebody so many days ahead
ADMITS_TO = (*IN_A_ROOM, Bed.Kind.DAY)


def admit(
    actor: User,
    person_pk: int,
    bed_pk: int,
    basis: str,
    on: dt.date,
    *,
    kind: str = Stay.Kind.LONG,
    expected_end: dt.date | None = None,
    level: str = "",
    proof: str = "",
) -> Stay:
    """Admit a person to a bed (day care: a day place) from a day on; up to 30 days ahead keeps it for them.

    A trial or respite stay says when it is to end (``expected_end``, the day of leaving), within the place's rule.
    ``level`` is the care level from the first day, where known. ``proof`` comes from :func:`queries.candidates` and
    stands in for seeing the person in one's own regions.

    Raises :class:`Refused` when the person is not living or lies elsewhere, or the bed is out of use or taken.
    """
    bed = get_bed(actor, bed_pk)
    actor.require("homes.admit", bed.site.region_id, bed.site_id)
    person = admissible(actor, bed.site, person_pk, proof)
    if basis not in Stay.Basis.values:
        raise Refused(fields={"basis": _("Choose on what basis the person lives here.")})
    if level and level not in book().groups:
        raise Refused(fields={"level": _("Choose one of the care levels.")})
    latest = _check_kind(kind, on, expected_end, bed.site)
    _check_day(on)
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=person.pk)
        bed = locked_beds(bed.pk)[bed.pk]
        _check_person(person)
        check_bed(bed)
        stay = lie(actor, person, bed, on, kind=kind, basis=basis, expected_end=expected_end, latest_end=latest)
        if level:
            StayLevel.objects.create(stay=stay, level=level, period=DateRange(on, None), by=actor)
        record(
            actor,
            "homes.admit",
            stay,
            region=bed.site.region_id,
            detail={"person": person.pk, "bed": bed.pk, "site": bed.site_id, "basis": basis, "kind": kind,
                    "from": on.isoformat()},
        )
    return stay


def discharge(
    actor: User, stay_pk: int, version: int, reason: str, on: dt.date, *, why: str = Stay.End.WISH
) -> Stay:
    """End a stay: ``on`` is the day the person leaves (or died); the bed is free from that day.

    ``why`` is one of ``Stay.LEAVINGS``. A death is told to the person's village, which confirms and records it.
    """
    seen = get_stay(actor, stay_pk)
    actor.require("homes.admit", seen.bed.site.region_id, seen.bed.site_id)
    reason = reason.strip()
    if why not in Stay.LEAVINGS:
        raise Refused(fields={"why": _("Choose why the person leaves.")})
    if not reason:
        raise Refused(fields={"reason": _("Say why the person leaves; it is kept.")})
    if on > timezone.localdate():
        raise Refused(fields={"on": _("The day of leaving lies in the future; record it when it has come.")})
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=seen.person_id)
        stay = locked(stay_pk, version)
        until = on
        if why == Stay.End.DEATH and on == stay.period.lower:
            until = on + dt.timedelta(days=1)  # who dies on the day of coming has been here a day
        if until <= stay.period.lower:
            raise Refused(
                fields={
                    "on": _(
                        "The day of leaving lies after the day of admission, %(day)s. If the "
                        "admission was an error, take it back instead."
                    )
                    % {"day": day(stay.period.lower)}
                }
            )
        late = stay.absences.filter(period__startswith__gt=until).order_by("period").first()
        if late is not None:
            raise Refused(fields={"on": _("On record is that the person was away from %(day)s; choose a later day.")
                                  % {"day": day(late.period.lower)}})
        finish(actor, stay, until, why, reason)
        record(
            actor,
            "homes.discharge",
            stay,
            region=seen.bed.site.region_id,
            reason=reason[:200],
            detail={"person": stay.person_id, "bed": stay.bed_id, "on": on.isoformat(), "why": why},
        )
        telling.left(actor, stay, person, seen.bed.site, on)
    return stay


def change_bed(actor: User, stay_pk: int, version: int, bed_pk: int, on: dt.date) -> Stay:
    """Move a resident to another bed of the same home from a day on; returns the stay that holds from then."""
    seen = get_stay(actor, stay_pk)
    actor.require("homes.admit", seen.bed.site.region_id, seen.bed.site_id)
    to = get_bed(actor, bed_pk)
    if to.site_id != seen.bed.site_id:
        raise Refused(fields={"bed": _("The bed stands in another home; transfer the person there.")})
    if to.pk == seen.bed_id:
        raise Refused(fields={"bed": _("The person already lies in this bed.")})
    if on > timezone.localdate():
        raise Refused(fields={"on": _("The day lies in the future; record the change when it has come.")})
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=seen.person_id)
        beds = locked_beds(seen.bed_id, to.pk)
        stay = locked(stay_pk, version)
        check_bed(beds[to.pk])
        old = stay.bed_id
        moved = move(actor, stay, person, beds[to.pk], on, Stay.End.BED, _("Changed bed"))
        record(
            actor,
            "homes.change_bed",
            moved,
            region=seen.bed.site.region_id,
            detail={"person": person.pk, "from": old, "to": to.pk, "on": on.isoformat()},
        )
    return moved


def change_kind(
    actor: User, stay_pk: int, version: int, kind: str, on: dt.date, reason: str,
    expected_end: dt.date | None = None,
) -> Stay:
    """Let a stay by night go on as another kind from a day on (a trial becomes a long stay), in the same bed."""
    seen = get_stay(actor, stay_pk)
    actor.require("homes.admit", seen.bed.site.region_id, seen.bed.site_id)
    reason = reason.strip()
    if Stay.Kind.DAY in (kind, seen.kind):
        raise Refused(fields={"kind": _("Day care and a stay by night follow each other by leaving and admission.")})
    if kind == seen.kind:
        raise Refused(fields={"kind": _("The stay is of this kind already.")})
    if not reason:
        raise Refused(fields={"reason": _("Say why; it is kept.")})
    if on > timezone.localdate():
        raise Refused(fields={"on": _("The day lies in the future; record the change when it has come.")})
    latest = _check_kind(kind, on, expected_end, seen.bed.site)
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=seen.person_id)
        bed = locked_beds(seen.bed_id)[seen.bed_id]
        stay = locked(stay_pk, version)
        moved = move(
            actor, stay, person, bed, on, Stay.End.KIND, reason,
            kind=kind, expected_end=expected_end, latest_end=latest,
        )
        record(
            actor,
            "homes.change_kind",
            moved,
            region=seen.bed.site.region_id,
            reason=reason[:200],
            detail={"person": person.pk, "from": seen.kind, "to": kind, "on": on.isoformat()},
        )
        telling.end_agreed(actor, stay)
    return moved


def set_expected_end(actor: User, stay_pk: int, version: int, expected_end: dt.date | None, reason: str) -> Stay:
    """Agree another end of a stay. A trial or respite stay keeps to the days its rule allowed."""
    seen = get_stay(actor, stay_pk)
    actor.require("homes.admit", seen.bed.site.region_id, seen.bed.site_id)
    if not reason.strip():
        raise Refused(fields={"reason": _("Say why; it is kept.")})
    with transaction.atomic():
        stay = locked(stay_pk, version)
        if expected_end is None and stay.kind in Stay.SHORT:
            raise Refused(fields={"expected_end": _("A trial or respite stay says when it is to end.")})
        if expected_end is not None:
            _check_expected(stay.period.lower, expected_end, stay.latest_end)
        before, stay.expected_end = stay.expected_end, expected_end
        stay.version += 1
        stay.save(update_fields=["expected_end", "version"])
        record(
            actor,
            "homes.expected_end",
            stay,
            region=seen.bed.site.region_id,
            reason=reason.strip()[:200],
            detail={"from": before and before.isoformat(), "to": expected_end and expected_end.isoformat()},
        )
        telling.end_agreed(actor, stay)
    return stay


def set_level(actor: User, stay_pk: int, version: int, level: str, on: dt.date, reason: str) -> StayLevel:
    """Say at what care level a resident is looked after from a day on; earlier days keep theirs."""
    seen = get_stay(actor, stay_pk)
    actor.require("homes.admit", seen.bed.site.region_id, seen.bed.site_id)
    if level not in book().groups:
        raise Refused(fields={"level": _("Choose one of the care levels.")})
    with transaction.atomic():
        stay = locked(stay_pk, version)
        if on < stay.period.lower or on > timezone.localdate():
            raise Refused(fields={"on": _("The day lies between the admission, %(day)s, and today.")
                                  % {"day": day(stay.period.lower)}})
        last = stay.levels.filter(period__endswith__isnull=True).first()
        if last is not None and last.level == level:
            raise Refused(fields={"level": _("This is the care level already.")})
        if last is not None and on < last.period.lower:
            raise Refused(fields={"on": _("The present care level holds from %(day)s; choose that day or a later one.")
                                  % {"day": day(last.period.lower)}})
        if last is not None and on == last.period.lower:
            last.delete()
        elif last is not None:
            last.period = DateRange(last.period.lower, on)
            last.save(update_fields=["period"])
        made = StayLevel.objects.create(
            stay=stay, level=level, period=DateRange(on, None), reason=reason.strip()[:200], by=actor
        )
        stay.version += 1
        stay.save(update_fields=["version"])
        record(
            actor,
            "homes.set_level",
            stay,
            region=seen.bed.site.region_id,
            reason=reason.strip()[:200],
            detail={"level": level, "before": last.level if last else "", "on": on.isoformat()},
        )
    return made


def take_back(actor: User, stay_pk: int, version: int, reason: str) -> None:
    """Take back a stay that was entered in error: it goes, and the audit chain keeps what it said.

    A stay that came of a move gives the person back to where they lay before, as if they had never moved.
    """
    seen = get_stay(actor, stay_pk)
    actor.require("homes.admit", seen.bed.site.region_id, seen.bed.site_id)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say what the error was; it is kept.")})
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=seen.person_id)
        stay = locked(stay_pk, version)
        if hasattr(stay, "came_by"):
            raise Refused(_("This stay came of a transfer; transfer the person back instead."))
        since = stay.admitted_at
        if stay.follows_id and (
            stay.absences.filter(left_at__gt=since).exists() or stay.levels.filter(at__gt=since).exists()
        ):
            raise Refused(_("Records already hang on this stay; end it instead of taking it back."))
        record(
            actor,
            "homes.take_back",
            stay,
            region=seen.bed.site.region_id,
            reason=reason[:200],
            detail={"person": stay.person_id, "bed": stay.bed_id, "from": stay.period.lower.isoformat()},
        )
        before = None
        if stay.follows_id is not None:
            before = Stay.objects.select_for_update().select_related("bed__site").get(pk=stay.follows_id)
        try:
            with transaction.atomic():
                stay.delete()
        except ProtectedError as error:
            raise Refused(_("Records already hang on this stay; end it instead of taking it back.")) from error
        if before is not None:
            reopen(actor, before, person)


def reopen(actor: User, stay: Stay, person: Person) -> None:
    """Let an ended stay go on as if it had not ended. Inside the caller's transaction."""
    ended = stay.period.upper
    stay.period = DateRange(stay.period.lower, None)
    stay.end_kind, stay.left_by, stay.left_at, stay.leave_reason = "", None, None, ""
    stay.version += 1
    try:
        with transaction.atomic():
            stay.save(update_fields=["period", "end_kind", "left_by", "left_at", "leave_reason", "version"])
    except IntegrityError as error:
        raise refusal(actor, error, person, stay.bed) from error
    within: list[Any] = [*stay.levels.filter(period__endswith=ended), *stay.absences.filter(period__endswith=ended)]
    for row in within:
        if getattr(row, "returned_at", None) is None:
            row.period = DateRange(row.period.lower, None)
            row.save(update_fields=["period"])


def move(
    actor: User, stay: Stay, person: Person, bed: Bed, on: dt.date, why: str, reason: str, **changed: Any
) -> Stay:
    """End a locked stay and begin the one that follows it in ``bed`` on the same day; what was open is carried over.

    On the stay's first day the stay itself is put right, save for a transfer, which leaves its trace.
    """
    begun = stay.period.lower
    if on < begun:
        raise Refused(fields={"on": _("The change lies before the admission, %(day)s.") % {"day": day(begun)}})
    if on == begun and why != Stay.End.TRANSFER:
        stay.bed = bed
        for name, value in changed.items():
            setattr(stay, name, value)
        stay.version += 1
        try:
            with transaction.atomic():
                stay.save(update_fields=["bed", "version", *changed])
        except IntegrityError as error:
            raise refusal(actor, error, person, bed) from error
        return stay
    if on == begun:
        raise Refused(fields={"on": _("Somebody admitted today is transferred tomorrow; or take the admission back.")})
    going_on = {
        "kind": stay.kind, "basis": stay.basis, "expected_end": stay.expected_end, "latest_end": stay.latest_end
    }
    beyond = Q(period__endswith__isnull=True) | Q(period__endswith__gt=on)
    carried: list[Any] = [*stay.levels.filter(beyond), *stay.absences.filter(beyond)]
    finish(actor, stay, on, why, reason)
    moved = lie(actor, person, bed, on, follows=stay, **(going_on | changed))
    for row in carried:
        row.pk, row.stay, row.period = None, moved, DateRange(max(row.period.lower, on), row.period.upper)
        row._state.adding = True
        row.save(force_insert=True)
    return moved


def finish(actor: User, stay: Stay, until: dt.date, why: str, reason: str) -> None:
    """End a locked stay, and with it what lies within: absences and care level."""
    within: list[Any] = [*stay.levels.all(), *stay.absences.all()]
    for row in within:
        if row.period.lower >= until:
            row.delete()
        elif row.period.upper is None or row.period.upper > until:
            row.period = DateRange(row.period.lower, until)
            row.save(update_fields=["period"])
    stay.period = DateRange(stay.period.lower, until)
    stay.end_kind, stay.left_by, stay.left_at, stay.leave_reason = why, actor, timezone.now(), reason[:200]
    stay.version += 1
    stay.save(update_fields=["period", "end_kind", "left_by", "left_at", "leave_reason", "version"])
    if why in (*Stay.LEAVINGS, Stay.End.TRANSFER):
        tell_left(actor, stay, until)


def locked_beds(*pks: int) -> dict[int, Bed]:
    """Beds by id, locked in their order."""
    found = Bed.objects.select_for_update(of=("self",)).filter(pk__in=pks).order_by("pk")
    return {bed.pk: bed for bed in found.select_related("site", "room")}


def locked(stay_pk: int, version: int) -> Stay:
    """A stay that has not ended, locked, as the actor saw it."""
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


def _check_kind(kind: str, on: dt.date, expected_end: dt.date | None, home: Site) -> dt.date | None:
    """The latest end the place's rule allows a stay of this kind; None where it says nothing."""
    if kind not in Stay.Kind.values:
        raise Refused(fields={"kind": _("Choose what kind of stay this is.")})
    limit = rules.rules_for(home.region_id).limit(kind)
    latest = on + dt.timedelta(days=limit) if limit is not None else None
    if kind in Stay.SHORT and expected_end is None:
        raise Refused(fields={"expected_end": _("A trial or respite stay says when it is to end.")})
    if expected_end is not None:
        _check_expected(on, expected_end, latest)
    return latest


def _check_expected(begun: dt.date, expected_end: dt.date, latest: dt.date | None) -> None:
    if expected_end <= begun:
        raise Refused(fields={"expected_end": _("The expected end lies after the admission, %(day)s.")
                              % {"day": day(begun)}})
    if latest is not None and expected_end > latest:
        raise Refused(
            fields={"expected_end": _("By the rule such a stay ends on %(day)s at the latest.") % {"day": day(latest)}}
        )


def _check_person(person: Person) -> None:
    if person.state == Person.State.DEAD:
        raise Refused(fields={"person": _("%(name)s is recorded as having died.") % {"name": person.name}})
    if person.state == Person.State.MOVED_OUT:
        raise Refused(
            fields={"person": _("%(name)s is recorded as having moved out of the county.") % {"name": person.name}}
        )
    if person.state == Person.State.MERGED:
        raise Refused(fields={"person": _("This entry was merged into another; search again.")})


def check_bed(bed: Bed) -> None:
    """Whether a bed can take somebody at all. Raises :class:`Refused`."""
    if bed.site.kind != Site.Kind.HOME or bed.kind not in ADMITS_TO:
        raise Refused(fields={"bed": _("This is not a bed in a home.")})
    if bed.site.state != Site.State.OPEN:
        raise Refused(fields={"bed": _("The home is not open.")})
    if bed.state != Bed.State.USABLE:
        raise Refused(fields={"bed": _("Bed %(bed)s is out of use.") % {"bed": bed.label}})


def lie(actor: User, person: Person, bed: Bed, on: dt.date, **given: Any) -> Stay:
    """Write a stay from a day on; what the database refuses comes back as a sentence."""
    try:
        # A savepoint: after the constraint speaks, the transaction must still be able to find out who holds the bed.
        with transaction.atomic():
            return Stay.objects.create(
                person=person, bed=bed, period=DateRange(on, None), admitted_by=actor, **given
            )
    except IntegrityError as error:
        raise refusal(actor, error, person, bed) from error
