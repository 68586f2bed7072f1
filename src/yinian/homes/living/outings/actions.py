"""Writing outings: going out, coming back, a night that makes it an absence, and being asked when somebody is late."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record, reveal
from yinian.core.errors import Changed, Refused
from yinian.core.inbox.actions import ask, settle
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.homes.absences import actions as absences
from yinian.homes.absences.models import Absence
from yinian.homes.beds.queries import holding
from yinian.homes.care.actions import constraint_of, refusal
from yinian.homes.care.queries import get_resident, local
from yinian.homes.living import workkinds
from yinian.homes.living.outings.models import Outing
from yinian.homes.living.outings.queries import get_outing, late, open_outing
from yinian.homes.stays.leaving import on_leaving
from yinian.homes.stays.models import Stay

LATE_ENTRY = dt.timedelta(hours=24)
LONGEST = dt.timedelta(hours=36)  # who means to stay longer is on leave


def go_out(
    actor: User,
    stay_pk: int,
    *,
    relation: str,
    companion: str = "",
    phone: str = "",
    reason: str,
    expected_back: dt.datetime,
    left_at: dt.datetime | None = None,
) -> Outing:
    """Record that a resident goes out for some hours. ``left_at`` defaults to now; the bed stays theirs.

    Raises :class:`Refused` for who is out or away already, and for a return that lies a night ahead: that is leave.
    """
    stay = get_resident(actor, stay_pk, "care.record")
    site, now = stay.bed.site, timezone.now()
    left_at, reason, companion = left_at or now, reason.strip(), companion.strip()
    faults = {}
    if relation not in Outing.With.values:
        faults["relation"] = _("Say with whom the person goes.")
    elif relation not in (Outing.With.ALONE, Outing.With.STAFF) and not companion:
        faults["companion"] = _("Name who takes the person along.")
    if not reason:
        faults["reason"] = _("Say what for; it is kept.")
    if left_at > now:
        faults["left_at"] = _("The time lies in the future.")
    elif left_at < now - LATE_ENTRY:
        faults["left_at"] = _("It lies more than a day back; record an absence instead.")
    if expected_back <= left_at:
        faults["expected_back"] = _("It lies before the going.")
    elif expected_back > left_at + LONGEST:
        faults["expected_back"] = _("Who stays away over night is on leave: record an absence instead.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        Stay.objects.select_for_update().get(pk=stay.pk)
        if open_outing(stay.person) is not None:
            raise Refused(_("The person is out already; record the return first."))
        try:
            with transaction.atomic():
                made = Outing.objects.create(
                    person_id=stay.person_id,
                    site=site,
                    left_at=left_at,
                    expected_back=expected_back,
                    relation=relation,
                    companion=companion[:60] or None,
                    phone=phone.strip()[:30] or None,
                    reason=reason[:200],
                    recorded_by=actor,
                    recorded_at=now,
                )
        except IntegrityError as error:
            raise _refusal(error) from error
        record(
            actor,
            "homes.go_out",
            made,
            region=site.region_id,
            detail={"person": stay.person_id, "site": site.pk, "relation": relation},
        )
    return made


def _refusal(error: IntegrityError) -> Exception:
    words = {
        "resident_is_out_once_at_a_time": _("On record is that the person was out at that time already."),
        "outing_from_the_house": _("The person is away on that day; record the return first."),
    }
    name = constraint_of(error)
    return Refused(words[name]) if name in words else refusal(error)


def come_in(actor: User, pk: int, version: int, *, at: dt.datetime | None = None, note: str = "") -> Outing:
    """Record that the person is back; ``at`` defaults to now."""
    seen = get_outing(actor, pk)
    actor.require("care.record", seen.site.region_id, seen.site_id)
    at = at or timezone.now()
    if at > timezone.now():
        raise Refused(fields={"at": _("The time lies in the future.")})
    with transaction.atomic():
        outing = _locked(pk, version)
        if at <= outing.left_at:
            raise Refused(fields={"at": _("It lies before the going.")})
        _end(actor, outing, Outing.End.BACK, at, note)
    return outing


def stay_over(
    actor: User, pk: int, version: int, *, kind: str, reason: str, expected_return: dt.date | None = None,
    hospital: str = "",
) -> Outing:
    """Turn an outing into an absence from the day the person went: the night is spent elsewhere.

    ``kind`` as of :class:`Absence`; it takes the right to record absences. Never done by the clock.
    """
    seen = get_outing(actor, pk)
    actor.require("homes.admit", seen.site.region_id, seen.site_id)
    if kind not in Absence.Kind.values:
        raise Refused(fields={"kind": _("Choose whether it is leave or hospital.")})
    with transaction.atomic():
        stay = Stay.objects.select_for_update().filter(
            person=seen.person_id, bed__site=seen.site_id, period__contains=timezone.localdate()
        ).first()
        if stay is None:
            raise Refused(_("The person no longer lives here."))
        outing = _locked(pk, version)
        _end(actor, outing, Outing.End.ABSENCE, timezone.now(), reason)
        outing.absence = absences.go(
            actor, stay.pk, stay.version, kind, timezone.localtime(outing.left_at).date(), reason,
            expected_return=expected_return, hospital=hospital, contact=str(outing.companion or ""),
        )
        outing.save(update_fields=["absence"])
    return outing


def reveal_phone(actor: User, outing: Outing, reason: str) -> str:
    """The whole telephone number of who goes along; the reason is kept with the actor's name."""
    site = outing.site
    return reveal(actor, "people.reveal", outing, "phone", region=site.region_id, reason=reason, site_id=site.pk)


def _locked(pk: int, version: int) -> Outing:
    outing = Outing.objects.select_for_update(of=("self",)).select_related("site").get(pk=pk)
    if outing.version != version or not outing.is_open:
        raise Changed(_("Somebody has recorded how it ended meanwhile."))
    return outing


def _end(actor: User, outing: Outing, kind: str, at: dt.datetime, note: str) -> None:
    outing.ended_at, outing.end_kind, outing.ended_by, outing.end_note = at, kind, actor, note.strip()[:200]
    outing.version += 1
    outing.save(update_fields=["ended_at", "end_kind", "ended_by", "end_note", "version"])
    settle(actor, _key(outing), str(outing.get_end_kind_display()))
    record(
        actor, "homes.come_in", outing, region=outing.site.region_id, reason=outing.end_note,
        detail={"person": outing.person_id, "end": kind},
    )


def _key(outing: Outing) -> str:
    return f"homes.outing:{outing.pk}"


@on_leaving
def end_with_the_stay(actor: User, stay: Stay, on: dt.date) -> None:
    """Who leaves the home for good is no longer out of it."""
    outing = (
        Outing.objects.select_for_update(of=("self",)).select_related("site")
        .filter(person=stay.person_id, site=stay.bed.site_id, ended_at__isnull=True).first()
    )
    if outing is not None:
        at = max(min(local(on, 0), timezone.now()), outing.left_at + dt.timedelta(minutes=1))
        _end(actor, outing, Outing.End.LEFT, at, "")


def ask_about_late(now: dt.datetime | None = None) -> int:
    """Tell each home's manager who is out beyond their time. Nothing is decided by it. Returns how many."""
    actor, now, told = platform_user(), now or timezone.now(), 0
    for outing in late(now):
        stay = Stay.objects.filter(
            holding(timezone.localdate()), person=outing.person_id, bed__site=outing.site_id
        ).select_related("bed").first()
        if stay is None:
            continue
        with transaction.atomic():
            ask(
                actor,
                workkinds.OUT_LATE,
                key=_key(outing),
                region=outing.site.region_id,
                site=outing.site_id,
                params={
                    "name": outing.person.name,
                    "bed": stay.bed.label,
                    "time": f"{timezone.localtime(outing.expected_back):%m-%d %H:%M}",
                },
                url=reverse("homes:outing", args=[outing.pk]),
                due_on=timezone.localdate(),
            )
        told += 1
    return told
