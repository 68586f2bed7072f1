"""Writing medicines: orders entered and stopped, doses given, withheld or refused, those that were missed."""

import datetime as dt
import uuid
from collections.abc import Sequence

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.inbox.actions import ask, settle
from yinian.core.jinja import day as day_words
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.homes import workkinds
from yinian.homes.care.actions import NOW, Entry, refusal
from yinian.homes.care.book import clock
from yinian.homes.care.models import LOOK_BACK
from yinian.homes.care.queries import get_resident
from yinian.homes.medicines.models import Giving, MedicineOrder
from yinian.homes.medicines.queries import doses_between, get_order
from yinian.homes.stays.models import Stay
from yinian.places.models import Site

MOST_TIMES = 12


def order(
    actor: User,
    stay_pk: int,
    *,
    drug: str,
    dose: str,
    way: str,
    times: Sequence[int],
    since: dt.date,
    until: dt.date | None,
    prescriber: str,
    prescribed_at: str,
    prescribed_on: dt.date,
) -> MedicineOrder:
    """Enter what a doctor prescribed; ``until`` is the last day."""
    stay = get_resident(actor, stay_pk, "care.manage")
    site = stay.bed.site
    said = {"drug": drug, "dose": dose, "prescriber": prescriber, "prescribed_at": prescribed_at}
    missing = {name: _("Fill this in.") for name, text in said.items() if not text.strip()}
    if missing:
        raise Refused(fields=missing)
    if not 1 <= len(set(times)) <= MOST_TIMES:
        raise Refused(fields={"times": _("Give between 1 and 12 times of the day, such as 08:00 20:00.")})
    if until is not None and until < since:
        raise Refused(fields={"until": _("The last day lies before the first.")})
    if prescribed_on > since:
        raise Refused(fields={"prescribed_on": _("It cannot begin before it was prescribed.")})
    with transaction.atomic():
        made = MedicineOrder.objects.create(
            person_id=stay.person_id,
            site=site,
            drug=drug.strip()[:120],
            dose=dose.strip()[:60],
            way=way,
            times=sorted(set(times)),
            held=DateRange(since, until + dt.timedelta(days=1) if until else None),
            prescriber=prescriber.strip()[:60],
            prescribed_at=prescribed_at.strip()[:120],
            prescribed_on=prescribed_on,
            entered_by=actor,
        )
        record(
            actor,
            "homes.order",
            made,
            region=site.region_id,
            detail={
                "person": stay.person_id,
                "site": site.pk,
                "times": len(made.times),
                "from": since.isoformat(),
                "until": until.isoformat() if until else None,
            },
        )
    return made


def stop(actor: User, order_pk: int, version: int, reason: str) -> MedicineOrder:
    """Stop an order after today."""
    seen = get_order(actor, order_pk)
    actor.require("care.manage", seen.site.region_id, seen.site_id)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say who stopped it and why; it is kept.")})
    tomorrow = timezone.localdate() + dt.timedelta(days=1)
    with transaction.atomic():
        found = MedicineOrder.objects.select_for_update(of=("self",)).get(pk=order_pk)
        if found.version != version:
            raise Changed(_("Somebody has changed this order meanwhile; look at it again."))
        if found.stopped_by_id is not None or (found.held.upper and found.held.upper <= timezone.localdate()):
            raise Refused(_("The order has already ended."))
        upper = min(found.held.upper or tomorrow, max(tomorrow, found.held.lower + dt.timedelta(days=1)))
        found.held = DateRange(found.held.lower, upper)
        found.stopped_by, found.stop_reason = actor, reason[:200]
        found.version += 1
        found.save(update_fields=["held", "stopped_by", "stop_reason", "version"])
        record(
            actor,
            "homes.order_stop",
            found,
            region=seen.site.region_id,
            reason=reason[:200],
            detail={"person": found.person_id},
        )
    return found


def give(
    actor: User,
    stay_pk: int,
    order_pk: int,
    day: dt.date,
    slot: int,
    outcome: str,
    *,
    reason: str = "",
    entry: Entry = NOW,
) -> Giving:
    """Record a dose: given, withheld (why), refused. Sent twice, kept once."""
    stay = get_resident(actor, stay_pk, "care.record")
    site = stay.bed.site
    if outcome not in Giving.Outcome.values:
        raise Refused(_("Say whether the dose was given."))
    reason = reason.strip() if outcome != Giving.Outcome.GIVEN else ""
    if outcome != Giving.Outcome.GIVEN and not reason:
        raise Refused(fields={"reason": _("Say why the dose was not given; it is kept.")})
    nonce = entry.nonce or uuid.uuid4()
    with transaction.atomic():
        kept = Giving.objects.filter(nonce=nonce, recorded_by=actor).first()
        if kept is not None:
            return kept
        found = (
            MedicineOrder.objects.select_for_update(of=("self",))
            .filter(pk=order_pk, person=stay.person_id, site=site)
            .first()
        )
        if found is None:
            raise Refused(_("The dose is not ordered for that day and time."))
        try:
            with transaction.atomic():
                made = Giving.objects.create(
                    order=found,
                    day=day,
                    slot=slot,
                    outcome=outcome,
                    reason=reason[:120],
                    at=entry.at or timezone.now(),
                    late_reason=entry.late_reason.strip()[:120],
                    recorded_by=actor,
                    nonce=nonce,
                )
        except IntegrityError as error:
            raise refusal(error) from error
        record(
            actor,
            "homes.dose",
            made,
            region=site.region_id,
            detail={"person": stay.person_id, "site": site.pk, "order": found.pk, "outcome": outcome},
        )
        settle(actor, _key(found.pk, day, slot), str(made.get_outcome_display()))
    return made


def correct(actor: User, giving_pk: int, outcome: str, reason: str, why: str) -> Giving:
    """Put the record of a dose right; the old one stays."""
    seen = Giving.objects.filter(pk=giving_pk).select_related("order").first()
    site = get_order(actor, seen.order_id if seen else 0).site
    actor.require("care.record", site.region_id, site.pk)
    why, reason = why.strip(), reason.strip()
    if not why:
        raise Refused(fields={"why": _("Say what was wrong; it is kept.")})
    if outcome not in Giving.Outcome.values:
        raise Refused(fields={"outcome": _("Say whether the dose was given.")})
    if outcome != Giving.Outcome.GIVEN and not reason:
        raise Refused(fields={"reason": _("Say why the dose was not given; it is kept.")})
    with transaction.atomic():
        old = Giving.objects.select_for_update(of=("self",)).get(pk=giving_pk)
        if Giving.objects.filter(corrects=old).exists():
            raise Changed(_("Somebody has corrected this record meanwhile; look at it again."))
        try:
            with transaction.atomic():
                made = Giving.objects.create(
                    order_id=old.order_id,
                    day=old.day,
                    slot=old.slot,
                    outcome=outcome,
                    reason=reason[:120] if outcome != Giving.Outcome.GIVEN else "",
                    at=old.at,
                    late_reason=why[:120],
                    recorded_by=actor,
                    corrects=old,
                )
        except IntegrityError as error:
            raise refusal(error) from error
        record(
            actor,
            "homes.dose_correct",
            made,
            region=site.region_id,
            reason=why[:200],
            detail={"record": old.pk, "from": old.outcome, "to": outcome},
        )
    return made


def _key(order_pk: int, day: dt.date, slot: int) -> str:
    return f"homes.dose:{order_pk}:{day.isoformat()}:{slot}"


def ask_about_missed(now: dt.datetime | None = None) -> int:
    """Tell each home's manager of the doses of the last hours that nobody recorded. Returns how many."""
    actor, now = platform_user(), now or timezone.now()
    told = 0
    sites = MedicineOrder.objects.filter(held__contains=timezone.localtime(now).date()).values("site")
    for site in Site.objects.filter(pk__in=sites, kind=Site.Kind.HOME).order_by("pk"):
        late = [d for d in doses_between(site, now - LOOK_BACK, now, now=now) if d.state == "late"]
        if not late:
            continue
        here = {
            stay.person_id: stay
            for stay in Stay.objects.filter(
                bed__site=site,
                period__contains=timezone.localtime(now).date(),
                person__in=[d.order.person_id for d in late],
            ).select_related("bed")
        }
        with transaction.atomic():
            for dose in late:
                stay = here.get(dose.order.person_id)
                if stay is None:
                    continue
                ask(
                    actor,
                    workkinds.DOSE,
                    key=_key(dose.order.pk, dose.day, dose.minute),
                    region=site.region_id,
                    site=site.pk,
                    params={
                        "name": dose.order.person.name,
                        "bed": stay.bed.label,
                        "time": clock(dose.minute),
                        "day": day_words(dose.day),
                    },
                    url=reverse("homes:medicines", args=[stay.pk]),
                    due_on=dose.day,
                )
                told += 1
    return told
