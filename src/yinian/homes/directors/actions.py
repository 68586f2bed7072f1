"""Writing directors: an appointment entered by its document, and ended with its reason."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.inbox.actions import settle
from yinian.core.users.models import User
from yinian.homes import workkinds
from yinian.homes.care.actions import constraint_of
from yinian.homes.directors.models import Appointment
from yinian.homes.directors.queries import get_appointment, get_home, staff_of

AHEAD = dt.timedelta(days=183)


def appoint(
    actor: User, home_pk: int, *, worker: int, since: dt.date, until: dt.date | None, document: str, number: str,
    issuer: str,
) -> Appointment:  # fmt: skip
    """Record that a town appointed somebody of the home's staff its director. ``until`` is the first day no longer."""
    home = get_home(actor, home_pk, "directors.appoint")
    document, issuer = document.strip(), issuer.strip()
    faults = {key: _("Fill this in.") for key, text in {"document": document, "issuer": issuer}.items() if not text}
    if not staff_of(home).filter(pk=worker).exists():
        faults["worker"] = _("A director holds a post in the home: enter the post first.")
    if until is not None and until <= since:
        faults["until"] = _("It ends after it began.")
    if since > timezone.localdate() + AHEAD:
        faults["since"] = _("An appointment is entered at most half a year ahead.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = Appointment.objects.create(
                    site=home, worker_id=worker, period=DateRange(since, until), document=document[:120],
                    number=number.strip()[:60], issuer=issuer[:80], made_by=actor,
                )  # fmt: skip
        except IntegrityError as error:
            raise _refusal(error) from error
        record(actor, "homes.director_appoint", made, region=home.region_id,
               detail={"site": home.pk, "since": since.isoformat()})  # fmt: skip
    return made


def end(actor: User, pk: int, version: int, *, on: dt.date, reason: str) -> Appointment:
    """End an appointment: ``on`` is the first day they direct no longer."""
    seen, reason = get_appointment(actor, pk), reason.strip()
    actor.require("directors.appoint", seen.site.region_id, seen.site_id)
    if not reason:
        raise Refused(fields={"reason": _("Write the reason; it is kept.")})
    with transaction.atomic():
        found = Appointment.objects.select_for_update(of=("self",)).select_related("site").get(pk=pk)
        if found.version != version or found.ended_by_id is not None:
            raise Changed(_("Somebody has changed this appointment meanwhile; look at it again."))
        if on <= found.period.lower or (found.period.upper is not None and on > found.period.upper):
            raise Refused(fields={"on": _("The day lies outside the appointment.")})
        if on > timezone.localdate() + AHEAD:
            raise Refused(fields={"on": _("An end is entered at most half a year ahead.")})
        found.period = DateRange(found.period.lower, on)
        found.ended_by, found.end_reason = actor, reason[:200]
        found.version += 1
        found.save(update_fields=["period", "ended_by", "end_reason", "version"])
        settle(actor, f"{workkinds.DIRECTOR_LEFT}:{pk}", _("The appointment is ended."))
        record(actor, "homes.director_end", found, region=found.site.region_id, detail={"on": on.isoformat()})
    return found


def _refusal(error: IntegrityError) -> Exception:
    words = {
        "one_director_at_a_time": Refused(
            fields={"since": _("The home has a director at that time; end that appointment first.")}
        ),
        "director_works_in_the_home": Refused(fields={"since": _("They held no post in the home on this day.")}),
    }
    return words.get(constraint_of(error), error)
