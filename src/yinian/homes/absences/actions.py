"""Residents who go away for some days and come back: on leave, or to hospital. The bed stays theirs."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.homes.absences.models import Absence
from yinian.homes.absences.queries import get_absence
from yinian.homes.living.outings.queries import open_outing
from yinian.homes.stays import rules
from yinian.homes.stays.actions import locked
from yinian.homes.stays.models import Stay
from yinian.homes.stays.queries import get_stay
from yinian.homes.stays.refusing import constraint_of
from yinian.homes.stays.telling import key_of


def go(
    actor: User,
    stay_pk: int,
    version: int,
    kind: str,
    on: dt.date,
    reason: str,
    *,
    expected_return: dt.date | None = None,
    hospital: str = "",
    contact: str = "",
) -> Absence:
    """Record that a resident went on home leave or to hospital on a day. The bed is kept as the place's rule says."""
    seen = get_stay(actor, stay_pk)
    actor.require("homes.admit", seen.bed.site.region_id, seen.bed.site_id)
    reason, hospital = reason.strip()[:200], hospital.strip()[:120]
    if kind not in Absence.Kind.values:
        raise Refused(fields={"kind": _("Choose home leave or hospital.")})
    if not reason:
        raise Refused(fields={"reason": _("Say why; it is kept.")})
    if kind == Absence.Kind.HOSPITAL and not hospital:
        raise Refused(fields={"hospital": _("Name the hospital.")})
    if on > timezone.localdate():
        raise Refused(fields={"on": _("The day lies in the future; record the change when it has come.")})
    if expected_return is not None and expected_return <= on:
        raise Refused(fields={"expected_return": _("The return lies after the day of going.")})
    rule = rules.rules_for(seen.bed.site.region_id).kept(kind)
    with transaction.atomic():
        stay = locked(stay_pk, version)
        if stay.kind == Stay.Kind.DAY:
            raise Refused(_("Who comes by day keeps no bed; nothing is to be recorded."))
        if on < stay.period.lower:
            raise Refused(fields={"on": _("The change lies before the admission, %(day)s.")
                                  % {"day": day(stay.period.lower)}})
        if open_outing(stay.person_id) is not None:
            raise Refused(_("The person is out for some hours: on the page of the outing, record the return or turn "
                            "it into an absence."))
        try:
            with transaction.atomic():
                absence = Absence.objects.create(
                    stay=stay, kind=kind, period=DateRange(on, None), reason=reason,
                    expected_return=expected_return, hospital=hospital if kind == Absence.Kind.HOSPITAL else "",
                    contact=contact.strip()[:100] or None, left_by=actor,
                    kept_until=on + dt.timedelta(days=rule.value) if rule else None,
                )
        except IntegrityError as error:
            if constraint_of(error) != "resident_is_away_once_at_a_time":
                raise
            raise Refused(
                fields={"on": _("On record is an absence that runs or began later; record its return first.")}
            ) from error
        record(
            actor, "homes.go", absence, region=seen.bed.site.region_id, reason=reason,
            detail={"person": stay.person_id, "stay": stay.pk, "kind": kind, "on": on.isoformat()},
        )
    return absence


def come_back(actor: User, pk: int, version: int, on: dt.date, note: str = "") -> Absence:
    """Record the day of return; that night is spent in the home again."""
    seen = get_absence(actor, pk)
    site = seen.stay.bed.site
    actor.require("homes.admit", site.region_id, site.pk)
    if on > timezone.localdate():
        raise Refused(fields={"on": _("The day lies in the future; record the change when it has come.")})
    with transaction.atomic():
        stay = Stay.objects.select_for_update().get(pk=seen.stay_id)
        absence = _locked(pk, version)
        if on <= absence.period.lower:
            raise Refused(
                fields={"on": _("The day of return lies after %(day)s. Who came back the same day was not away.")
                        % {"day": day(absence.period.lower)}}
            )
        absence.period = DateRange(absence.period.lower, on)
        absence.returned_by, absence.returned_at, absence.return_note = actor, timezone.now(), note.strip()[:200]
        absence.version += 1
        absence.save(update_fields=["period", "returned_by", "returned_at", "return_note", "version"])
        _told(actor, absence, stay)
        record(
            actor, "homes.come_back", absence, region=site.region_id, reason=note.strip()[:200],
            detail={"person": stay.person_id, "stay": stay.pk, "on": on.isoformat()},
        )
    return absence


def take_back(actor: User, pk: int, version: int, reason: str) -> None:
    """Take back an absence that was entered in error and still runs; the audit chain keeps what it said."""
    seen = get_absence(actor, pk)
    site = seen.stay.bed.site
    actor.require("homes.admit", site.region_id, site.pk)
    reason = reason.strip()[:200]
    if not reason:
        raise Refused(fields={"reason": _("Say what the error was; it is kept.")})
    with transaction.atomic():
        stay = Stay.objects.select_for_update().get(pk=seen.stay_id)
        absence = _locked(pk, version)
        _told(actor, absence, stay)
        record(
            actor, "homes.absence_take_back", absence, region=site.region_id, reason=reason,
            detail={"person": stay.person_id, "stay": stay.pk, "from": absence.period.lower.isoformat()},
        )
        absence.delete()


def _told(actor: User, absence: Absence, stay: Stay) -> None:
    for kind in ("away_long", "kept_over"):
        inbox.settle(actor, key_of(kind, stay), str(absence.get_kind_display()))


def _locked(pk: int, version: int) -> Absence:
    absence = Absence.objects.select_for_update().filter(pk=pk).first()
    if absence is None:
        raise NotVisible("absence")
    if absence.version != version:
        raise Changed(_("Somebody has changed this absence meanwhile; look at it again."))
    if absence.period.upper is not None:
        raise Refused(_("This absence is over."))
    return absence
