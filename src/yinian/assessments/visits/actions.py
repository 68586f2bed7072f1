"""Filling the record of a visit: arranged, begun, saved bit by bit, finished, confirmed and signed by each assessor.

Two assessors may write at once from two phones. Each change names the version it was made upon; an answer that the
other has changed since is not overwritten but handed back as a conflict.
"""

import datetime as dt
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments import papers, rules, scales, workkinds
from yinian.assessments.assignments.models import Seat
from yinian.assessments.requests.actions import locked, seat_key
from yinian.assessments.requests.models import Request
from yinian.assessments.requests.queries import get_request, seat_of
from yinian.assessments.visits.models import Exhibit, Visit
from yinian.assessments.visits.queries import Standing, known_to_register, particulars_of, standing
from yinian.core.attachments import actions as attachments
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.users.models import User
from yinian.engines.scale import Scale, check_form

COUNTY_DIGITS = 6
MOST_CHANGES = 200
MOST_EXHIBITS = 20
LONGEST_NOTE = 2000
NOTES = "notes"
DETAIL = ".detail"


@dataclass
class Conflict:
    """An answer that somebody else changed meanwhile: what stands, and who wrote it."""

    key: str
    value: Any
    by: str


@dataclass
class Saved:
    """What came of saving: the version now, what was not taken and why, and how the record stands."""

    version: int
    saved_at: dt.datetime | None
    standing: Standing
    conflicts: list[Conflict] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)
    others: dict[str, Any] = field(default_factory=dict)  # answers of the other assessor since the version given


def own_seat(actor: User, request_pk: int, version: int | None = None) -> tuple[Request, Seat]:
    """The request, locked, and the actor's part in it. Raises NotVisible for whoever is not its assessor."""
    actor.require("assessments.assess")
    if seat_of(actor, get_request(actor, request_pk)) is None:
        raise NotVisible("visit")
    request = locked(request_pk, version)
    seat = Seat.objects.select_related("assessor__user").filter(
        request=request, assessor__user=actor, released_at__isnull=True
    ).first()
    if seat is None:
        raise NotVisible("visit")
    return request, seat


def plan(actor: User, request_pk: int, version: int, when: dt.datetime | None) -> Request:
    """Say when the assessors come; None takes the appointment back."""
    with transaction.atomic():
        request, _seat = own_seat(actor, request_pk, version)
        if request.state != Request.State.ASSIGNED:
            raise Refused(_("This assessment is not waiting for a visit."))
        if when is not None and when < timezone.now() - dt.timedelta(hours=1):
            raise Refused(fields={"planned_for": _("This moment has passed.")})
        request.planned_for, request.version = when, request.version + 1
        request.save(update_fields=["planned_for", "version"])
        record(actor, "assessments.plan", request, region=request.person.region_id,
               detail={"when": when and when.isoformat()})
    return request


def begin(actor: User, request_pk: int, at: dt.datetime | None = None) -> Visit:
    """Begin the visit, or go on with it. ``at``: when it began, where a phone without signal says so later."""
    with transaction.atomic():
        request, _seat = own_seat(actor, request_pk)
        if request.state != Request.State.ASSIGNED:
            raise Refused(_("This assessment is not waiting for a visit."))
        visit, made = Visit.objects.select_for_update().get_or_create(request=request)
        if visit.started_at is None:
            visit.started_at = _moment(at)
            visit.save(update_fields=["started_at"])
        if made:
            record(actor, "assessments.begin", request, region=request.person.region_id)
    return visit


def _moment(at: dt.datetime | None) -> dt.datetime:
    """A moment a phone tells, held to what can be: not in the future, not more than three days back."""
    now = timezone.now()
    return now if at is None or not now - dt.timedelta(days=3) <= at <= now else at


def save(actor: User, request_pk: int, base: int, changes: Mapping[str, Any]) -> Saved:
    """Take changed answers made upon version ``base``. Items by code with their points, form A by field code.

    An answer of None is taken out. What is no answer of the scale is handed back in ``faults``, what the other
    assessor changed after ``base`` to something else in ``conflicts``; all the rest is saved.
    """
    if len(changes) > MOST_CHANGES:
        raise Refused(_("Too many answers at once."))
    with transaction.atomic():
        request, _seat = own_seat(actor, request_pk)
        if request.state != Request.State.ASSIGNED:
            raise Changed(_("The record is finished; open it again to change it."))
        visit = Visit.objects.select_for_update(of=("self",)).filter(request=request).first()
        if visit is None or visit.started_at is None:
            raise Refused(_("Begin the visit first."))
        scale = scales.scale_for(request.person.region_id, request.scale)
        now, particulars = timezone.now(), particulars_of(visit)
        before = {**visit.items, **particulars, NOTES: visit.notes or ""}
        conflicts, faults, taken = [], {}, 0
        names: dict[int, str] = {}
        for key, value in changes.items():
            fault = _fault(scale, key, value)
            if fault:
                faults[key] = fault
                continue
            version, by, _at = visit.touched.get(key, (0, actor.pk, ""))
            standing_value = before.get(key)
            if standing_value == value:
                continue
            if version > base and by != actor.pk:
                names = names or _names(request)
                conflicts.append(Conflict(key, standing_value, names.get(by, "")))
                continue
            _put(visit, particulars, scale, key, value)
            visit.touched[key] = [visit.version + 1, actor.pk, now.isoformat()]
            taken += 1
        if taken:
            visit.version += 1
            visit.particulars = json.dumps(particulars, ensure_ascii=False) if particulars else None
            visit.saved_at, visit.saved_by = now, actor
            visit.save(update_fields=["items", "particulars", "notes", "touched", "version", "saved_at", "saved_by"])
        everything = {**visit.items, **particulars, NOTES: visit.notes or ""}
        others = {
            key: everything.get(key) for key, (version, by, _at) in visit.touched.items()
            if version > base and by != actor.pk and key not in changes
        }
        stands = standing(scale, visit.items, particulars)
        return Saved(visit.version, visit.saved_at, stands, conflicts, faults, others)


def _fault(scale: Scale, key: str, value: Any) -> str:
    """Why an answer cannot be taken, for the person who gave it; empty where it can."""
    if key == NOTES:
        fits = value is None or (isinstance(value, str) and len(value) <= LONGEST_NOTE)
        return "" if fits else _("At most %(n)d characters.") % {"n": LONGEST_NOTE}
    if key in scale.by_code:
        if value is None:
            return ""
        points = isinstance(value, int) and not isinstance(value, bool)
        fits = points and any(option.score == value for option in scale.by_code[key].options)
        return "" if fits else _("This is not one of the choices.")
    if key.removesuffix(DETAIL) in known_to_register(scale):
        return _("The register knows this; correct it there.")
    if value is None:
        known = {f.code for section in scale.form_a for f in section.fields}
        return "" if key.removesuffix(DETAIL) in known else _("The form has no such field.")
    faults = check_form(scale, {key: value})
    return scales.in_words(faults[0].message) if faults else ""


def _put(visit: Visit, particulars: dict[str, Any], scale: Scale, key: str, value: Any) -> None:
    if key == NOTES:
        visit.notes = value or ""
    elif key in scale.by_code:
        if value is None:
            visit.items.pop(key, None)
        else:
            visit.items[key] = value
    elif value is None or value == "" or value == []:
        particulars.pop(key, None)
    else:
        particulars[key] = value


def _names(request: Request) -> dict[int, str]:
    rows = Seat.objects.filter(request=request).values_list("assessor__user_id", "assessor__user__full_name")
    return dict(rows)


def locate(
    actor: User, request_pk: int, lat: float, lon: float, accuracy_m: int | None, consent: str
) -> Visit:
    """Record where the visit takes place. ``consent``: who agreed to it; without consent nothing is kept."""
    consent = consent.strip()
    if not consent:
        raise Refused(fields={"consent": _("Say who agreed that the place is recorded.")})
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise Refused(_("The device gave no usable position."))
    with transaction.atomic():
        request, _seat = own_seat(actor, request_pk)
        visit = _open_visit(request)
        visit.lat, visit.lon = round(lat, 6), round(lon, 6)
        visit.accuracy_m = None if accuracy_m is None else max(0, min(int(accuracy_m), 1_000_000))
        visit.located_at, visit.location_consent = timezone.now(), consent[:60]
        visit.save(update_fields=["lat", "lon", "accuracy_m", "located_at", "location_consent"])
        record(actor, "assessments.locate", request, region=request.person.region_id,
               detail={"accuracy_m": visit.accuracy_m})
    return visit


def _open_visit(request: Request) -> Visit:
    visit = Visit.objects.select_for_update(of=("self",)).filter(request=request).first()
    if visit is None or visit.started_at is None:
        raise Refused(_("Begin the visit first."))
    if request.state != Request.State.ASSIGNED:
        raise Changed(_("The record is finished; open it again to change it."))
    return visit


def add_exhibit(actor: User, request_pk: int, file: BinaryIO, kind: str, note: str = "") -> Exhibit:
    """Add a photo, a paper (as a picture or PDF) or the signature of who gave the information."""
    purposes = {
        Exhibit.Kind.PHOTO: papers.PHOTO, Exhibit.Kind.PAPER: papers.PAPER,
        Exhibit.Kind.INFORMANT: papers.SIGNATURE,
    }
    if kind not in purposes:
        raise Refused(fields={"kind": _("Choose what it is.")})
    with transaction.atomic():
        request, _seat = own_seat(actor, request_pk)
        visit = _open_visit(request)
        standing_ones = Exhibit.objects.filter(visit=visit, removed_at__isnull=True)
        if standing_ones.count() >= MOST_EXHIBITS:
            raise Refused(fields={"file": _("At most %(n)d pictures and papers.") % {"n": MOST_EXHIBITS}})
        if kind == Exhibit.Kind.INFORMANT:  # signed anew: the earlier one goes
            standing_ones.filter(kind=kind).update(removed_at=timezone.now(), removed_by=actor)
        try:
            kept = attachments.store(actor, file, purposes[Exhibit.Kind(kind)], request.person.region_id)
        except Refused as refusal:
            raise Refused(fields={"file": refusal.message or str(refusal)}) from refusal
        exhibit = Exhibit.objects.create(
            visit=visit, kind=kind, attachment=kept, note=note.strip()[:100], added_by=actor
        )
        record(actor, "assessments.exhibit", request, region=request.person.region_id,
               detail={"kind": kind, "exhibit": exhibit.pk})
    return exhibit


def remove_exhibit(actor: User, request_pk: int, pk: int) -> None:
    """Take a picture or paper out of the record; the file stays in the store with its history."""
    with transaction.atomic():
        request, _seat = own_seat(actor, request_pk)
        visit = _open_visit(request)
        exhibit = Exhibit.objects.select_for_update().filter(pk=pk, visit=visit, removed_at__isnull=True).first()
        if exhibit is None:
            raise NotVisible("exhibit")
        exhibit.removed_at, exhibit.removed_by = timezone.now(), actor
        exhibit.save(update_fields=["removed_at", "removed_by"])
        record(actor, "assessments.exhibit_remove", request, region=request.person.region_id,
               detail={"kind": exhibit.kind, "exhibit": exhibit.pk})


def finish(actor: User, request_pk: int, version: int, at: dt.datetime | None = None) -> Request:
    """The record is whole: nobody changes it any more, and each assessor confirms it.

    ``version`` is the record's. Raises :class:`Refused` naming what is missing.
    """
    with transaction.atomic():
        request, _seat = own_seat(actor, request_pk)
        visit = _open_visit(request)
        if visit.version != version:
            raise Changed(_("Your colleague has changed the record meanwhile; look at it again."))
        scale = scales.scale_for(request.person.region_id, request.scale)
        stands = standing(scale, visit.items, particulars_of(visit))
        if not stands.complete:
            raise Refused(_("Not everything is answered yet: %(n)d points are missing.")
                          % {"n": len(stands.missing) + len(stands.faults)})
        visit.ended_at = max(_moment(at), visit.started_at or timezone.now())
        visit.save(update_fields=["ended_at"])
        request.state, request.version = Request.State.CONFIRMING, request.version + 1
        request.save(update_fields=["state", "version"])
        for seat in Seat.objects.filter(request=request, released_at__isnull=True).select_related("assessor__user"):
            inbox.settle(actor, seat_key(workkinds.VISIT, request.pk, seat.assessor_id), _("The visit was made."))
            inbox.settle(actor, seat_key(workkinds.RETURNED, request.pk, seat.assessor_id), _("It was put right."))
            inbox.ask(
                actor, workkinds.CONFIRM, key=seat_key(workkinds.CONFIRM, request.pk, seat.assessor_id),
                region=request.person.region_id[:COUNTY_DIGITS], to=seat.assessor.user, due_on=request.due_on,
                params={"name": request.person.name, "village": request.person.region.name},
                url=reverse("assessments:request", args=[request.pk]),
            )
        record(actor, "assessments.finish", request, region=request.person.region_id,
               detail={"version": visit.version, "total": stands.total})
    return request


def reopen(actor: User, request_pk: int, version: int, reason: str) -> Request:
    """Open a finished record again because something in it is wrong; confirmations given fall away."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say what is to be put right; it is kept.")})
    with transaction.atomic():
        request, _seat = own_seat(actor, request_pk, version)
        if request.state != Request.State.CONFIRMING:
            raise Refused(_("This record is not waiting for confirmation."))
        back_to_visit(actor, request)
        record(actor, "assessments.reopen", request, region=request.person.region_id, reason=reason[:200])
    return request


def back_to_visit(actor: User, request: Request, reason: str = "") -> None:
    """Open the record of a locked request again: confirmations fall away, the assessors are asked."""
    Seat.objects.filter(request=request, released_at__isnull=True).update(
        confirmed_at=None, confirmed_version=None, signature=None, signed_name=""
    )
    Visit.objects.filter(request=request).update(ended_at=None)
    request.state, request.version = Request.State.ASSIGNED, request.version + 1
    request.due_on = rules.stage_due(request, "visit", timezone.localdate())
    request.save(update_fields=["state", "version", "due_on"])
    kind = workkinds.RETURNED if reason else workkinds.VISIT
    for seat in Seat.objects.filter(request=request, released_at__isnull=True).select_related("assessor__user"):
        key = seat_key(workkinds.CONFIRM, request.pk, seat.assessor_id)
        inbox.settle(actor, key, _("The record was opened again."), needed=False)
        params = {"name": request.person.name, "village": request.person.region.name,
                  "scale": scales.scale_name(request.scale)}
        inbox.ask(
            actor, kind, key=seat_key(kind, request.pk, seat.assessor_id), to=seat.assessor.user,
            region=request.person.region_id[:COUNTY_DIGITS], due_on=request.due_on,
            params={**params, "reason": reason[:100]} if reason else params,
            url=reverse("assessments:request", args=[request.pk]),
        )


def confirm(
    actor: User, request_pk: int, version: int, *, signature: BinaryIO | None = None, name: str = "",
    password: str = "",
) -> Request:
    """Confirm the finished record and sign it: by a drawn signature, or by name and password entered anew.

    With the last confirmation the result is made and goes to review.
    """
    from yinian.assessments.results.actions import make_result

    if signature is None:
        _check_name(actor, name, password)
    with transaction.atomic():
        request, seat = own_seat(actor, request_pk, version)
        if request.state != Request.State.CONFIRMING:
            raise Refused(_("This record is not waiting for confirmation."))
        if seat.confirmed_at is not None:
            raise Refused(_("You have confirmed it already."))
        visit = Visit.objects.select_for_update(of=("self",)).get(request=request)
        if signature is not None:
            try:
                seat.signature = attachments.store(actor, signature, papers.SIGNATURE, request.person.region_id,
                                                   name="signature.png")
            except Refused as refusal:
                raise Refused(fields={"signature": refusal.message or str(refusal)}) from refusal
        else:
            seat.signed_name = actor.full_name
        seat.confirmed_at, seat.confirmed_version = timezone.now(), visit.version
        seat.save(update_fields=["confirmed_at", "confirmed_version", "signature", "signed_name"])
        inbox.settle(actor, seat_key(workkinds.CONFIRM, request.pk, seat.assessor_id), _("Confirmed."))
        record(actor, "assessments.confirm", request, region=request.person.region_id,
               detail={"version": visit.version, "drawn": signature is not None})
        waiting = Seat.objects.filter(request=request, released_at__isnull=True, confirmed_at__isnull=True)
        if not waiting.exists():
            make_result(actor, request, visit)
        else:
            request.version += 1
            request.save(update_fields=["version"])
    return request


def _check_name(actor: User, name: str, password: str) -> None:
    """The keyboard's signature: one's own name, and the password once more."""
    if "".join(name.split()) != "".join(actor.full_name.split()):
        raise Refused(fields={"name": _("Type your own name as it stands on your account.")})
    if not actor.check_password(password):
        raise Refused(fields={"password": _("The password is not right.")})
