"""Writing activities: planned once or weekly, cancelled, signed up for, held with who came."""

import datetime as dt
import uuid
from collections.abc import Collection
from typing import BinaryIO

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments import actions as attachments
from yinian.core.attachments.kinds import IMAGES, purpose
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.users.models import User
from yinian.homes.care.actions import constraint_of
from yinian.homes.care.queries import get_home
from yinian.homes.living.activities import queries
from yinian.homes.living.activities.models import Activity, Participation
from yinian.homes.living.book import living
from yinian.homes.stays.models import Stay

LONGEST_MINUTES = 12 * 60
MOST_WEEKS = 26
PHOTO = purpose("homes.activity_photo", store="care.record", open="care.view", kinds=IMAGES).name
State = Activity.State


def plan(
    actor: User,
    site_pk: int,
    *,
    kind: str,
    title: str,
    starts_at: dt.datetime,
    minutes: int,
    place: str,
    leader: str,
    capacity: int | None = None,
    note: str = "",
    weeks: int = 1,
) -> list[Activity]:
    """Plan an activity; ``weeks`` above 1 plans it on as many weeks in a row, each a row that can be moved or dropped.

    ``capacity`` in people, None for as many as come.
    """
    home = get_home(actor, site_pk, "care.manage")
    faults = {
        name: _("Fill this in.")
        for name, text in {"title": title, "place": place, "leader": leader}.items()
        if not text.strip()
    }
    if kind not in living().activities:
        faults["kind"] = _("Choose the kind of activity.")
    if starts_at <= timezone.now():
        faults["starts_at"] = _("It lies in the past.")
    if not 1 <= minutes <= LONGEST_MINUTES:
        faults["minutes"] = _("An activity lasts from one minute to twelve hours.")
    if not 1 <= weeks <= MOST_WEEKS:
        faults["weeks"] = _("From one to %(n)d weeks.") % {"n": MOST_WEEKS}
    if capacity is not None and capacity < 1:
        faults["capacity"] = _("At least one, or leave it empty.")
    if faults:
        raise Refused(fields=faults)
    series = uuid.uuid4() if weeks > 1 else None
    with transaction.atomic():
        made = Activity.objects.bulk_create(
            Activity(
                site=home,
                kind=kind,
                title=title.strip()[:60],
                starts_at=starts_at + dt.timedelta(weeks=n),
                ends_at=starts_at + dt.timedelta(weeks=n, minutes=minutes),
                place=place.strip()[:60],
                leader=leader.strip()[:60],
                capacity=capacity,
                note=note.strip()[:300],
                series=series,
                planned_by=actor,
            )
            for n in range(weeks)
        )
        record(
            actor, "homes.activity_plan", made[0], region=home.region_id,
            detail={"site": home.pk, "kind": kind, "weeks": weeks},
        )
    return made


def cancel(actor: User, pk: int, version: int, reason: str, *, later: bool = False) -> int:
    """Cancel an activity, with ``later`` all planned ones of its series after it too. Returns how many."""
    seen = queries.get_activity(actor, pk)
    actor.require("care.manage", seen.site.region_id, seen.site_id)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say why; it is kept.")})
    with transaction.atomic():
        one = _locked(pk, version)
        if not one.is_open:
            raise Refused(_("Only what is still planned can be cancelled."))
        found = [one]
        if later and one.series is not None:
            found += Activity.objects.select_for_update().filter(
                series=one.series, starts_at__gt=one.starts_at, state=State.PLANNED
            )
        for each in found:
            each.state, each.closed_by, each.closed_at = State.CANCELLED, actor, timezone.now()
            each.report = reason[:500]
            each.version += 1
            each.save(update_fields=["state", "closed_by", "closed_at", "report", "version"])
        record(actor, "homes.activity_cancel", one, region=seen.site.region_id, reason=reason[:200],
               detail={"activities": len(found)})
    return len(found)


def sign_up(actor: User, pk: int, stay_pk: int) -> Participation:
    """Sign a resident up. Raises :class:`Refused` when all places are taken."""
    seen = queries.get_activity(actor, pk)
    actor.require("care.record", seen.site.region_id, seen.site_id)
    stay = _resident(seen, stay_pk)
    with transaction.atomic():
        one = Activity.objects.select_for_update().get(pk=pk)
        if not one.is_open:
            raise Refused(_("Only for what is still planned can somebody be signed up."))
        try:
            with transaction.atomic():
                made = Participation.objects.create(activity=one, person_id=stay.person_id, signed_by=actor)
        except IntegrityError as error:
            raise _refusal(error) from error
        record(actor, "homes.activity_sign", one, region=seen.site.region_id, detail={"person": stay.person_id})
    return made


def _resident(activity: Activity, stay_pk: int) -> Stay:
    stay = Stay.objects.filter(
        pk=stay_pk, bed__site=activity.site_id, period__contains=timezone.localdate()
    ).first()
    if stay is None:
        raise Refused(fields={"stay": _("Choose somebody who lives here.")})
    return stay


def _refusal(error: IntegrityError) -> Exception:
    words = {
        "signed_up_once": _("The person is signed up already."),
        "activity_has_places": _("All places are taken."),
        "activity_takes_place": _("The activity is cancelled."),
        "person_lives_here": _("The person has no bed in this home on that day."),
    }
    name = constraint_of(error)
    return Refused(words[name]) if name in words else error


def sign_off(actor: User, pk: int, participation_pk: int) -> None:
    """Take somebody off the list of an activity that is still planned."""
    seen = queries.get_activity(actor, pk)
    actor.require("care.record", seen.site.region_id, seen.site_id)
    with transaction.atomic():
        one = Activity.objects.select_for_update().get(pk=pk)
        gone = Participation.objects.filter(pk=participation_pk, activity=one).first()
        if gone is None or not one.is_open:
            raise Changed(_("Somebody has changed this activity meanwhile; look at it again."))
        record(actor, "homes.activity_off", one, region=seen.site.region_id, detail={"person": gone.person_id})
        gone.delete()


def hold(actor: User, pk: int, version: int, came: Collection[int], report: str = "") -> Activity:
    """Record that it was held and who came (person ids), signed up or not; whoever signed up and is not named did not.

    May be recorded again to put it right; the audit chain keeps each time.
    """
    seen = queries.get_activity(actor, pk)
    actor.require("care.record", seen.site.region_id, seen.site_id)
    with transaction.atomic():
        one = _locked(pk, version)
        if one.state == State.CANCELLED:
            raise Refused(_("The activity is cancelled."))
        if one.starts_at > timezone.now():
            raise Refused(_("It has not begun yet."))
        one.state, one.closed_by, one.closed_at = State.HELD, actor, timezone.now()
        one.report = report.strip()[:500]
        one.version += 1
        one.save(update_fields=["state", "closed_by", "closed_at", "report", "version"])
        one.participations.filter(person__in=came).update(came=True, came_by=actor)
        one.participations.exclude(person__in=came).update(came=False, came_by=actor)
        known = set(one.participations.values_list("person_id", flat=True))
        try:
            with transaction.atomic():
                Participation.objects.bulk_create(
                    Participation(activity=one, person_id=person, signed_by=actor, came=True, came_by=actor)
                    for person in sorted(set(came) - known)
                )
        except IntegrityError as error:
            raise _refusal(error) from error
        record(actor, "homes.activity_hold", one, region=seen.site.region_id, detail={"came": len(set(came))})
    return one


def add_photo(actor: User, pk: int, photo: BinaryIO, *, agreed: bool) -> Activity:
    """Keep a photo of what was held. ``agreed``: the actor says that everybody to be recognised has agreed."""
    seen = queries.get_activity(actor, pk)
    actor.require("care.record", seen.site.region_id, seen.site_id)
    if not agreed:
        raise Refused(fields={"agreed": _("Only with the consent of everybody who can be recognised.")})
    with transaction.atomic():
        one = Activity.objects.select_for_update().get(pk=pk)
        if one.state != State.HELD:
            raise Refused(_("Record first who came."))
        one.photo = attachments.store(
            actor, photo, PHOTO, seen.site.region_id, name="photo", site_id=seen.site_id
        )
        one.version += 1
        one.save(update_fields=["photo", "version"])
        record(actor, "homes.activity_photo", one, region=seen.site.region_id)
    return one


def _locked(pk: int, version: int) -> Activity:
    one = Activity.objects.select_for_update().get(pk=pk)
    if one.version != version:
        raise Changed(_("Somebody has changed this activity meanwhile; look at it again."))
    return one
