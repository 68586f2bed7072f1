"""Naming assessors for requests, releasing and recusing them, and keeping their profiles."""

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments import rules, scales, workkinds
from yinian.assessments.assignments import queries
from yinian.assessments.assignments.models import Assessor, Recusal, Seat, ServedArea
from yinian.assessments.requests.actions import ask_to_assign, locked, seat_key
from yinian.assessments.requests.models import Request
from yinian.assessments.requests.queries import get_request, seat_of
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.jinja import day
from yinian.core.models import Region
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.people.models import Person
from yinian.people.persons.queries import visible_to as people_visible_to
from yinian.workforce.models import Worker

COUNTY_DIGITS = 6
# What the database refuses, in words for who named the assessors.
REFUSALS = {
    "seat_two_humans": lambda: _("Two of these accounts belong to one person; name two people."),
    "seat_held_once": lambda: _("The same assessor is named twice; name two people."),
    "seat_not_the_person": lambda: _("Nobody assesses themself."),
    "seat_not_recused": lambda: _("This assessor is recused from this person."),
    "seat_not_of_the_disputed": lambda: _("A re-assessment is made by others than the disputed result."),
    "seat_medical_is_true": lambda: _("This assessor has no medical background on record."),
    "request_has_a_medical_assessor": lambda: _("One of the assessors must have a medical background."),
    "request_assigned_in_full": lambda: _("Too few assessors are named."),
}


def assign(
    actor: User, request_pk: int, version: int, assessor_pks: Sequence[int], *, reason: str = "",
    why: Mapping[int, list[Any]] | None = None,
) -> Request:
    """Name the assessors of a request, the leader first; those named before are released with ``reason``.

    ``why``: the grounds of the proposal for each assessor it named; who is not in it was chosen by hand. Raises
    :class:`Refused` where the pack's number or medical background is not met, or an assessor may not assess.
    """
    seen = get_request(actor, request_pk)
    actor.require("assessments.assign", seen.person.region_id)
    with transaction.atomic():
        request = locked(request_pk, version)
        _check_state(request, reason)
        team = _team(request, assessor_pks)
        _seat(actor, request, team, reason, why or {})
    return request


def assign_many(actor: User, chosen: Iterable[tuple[int, int, Sequence[int], Mapping[int, list[Any]]]]) -> int:
    """Name assessors for several requests, all or none: (request, version, assessors, grounds) each."""
    count = 0
    with transaction.atomic():
        for request_pk, version, assessors, why in chosen:
            assign(actor, request_pk, version, assessors, why=why)
            count += 1
    return count


def _check_state(request: Request, reason: str) -> None:
    if request.state not in (Request.State.REQUESTED, Request.State.ASSIGNED):
        raise Refused(_("The record is finished already; assessors are no longer changed."))
    if request.state == Request.State.ASSIGNED and not reason.strip():
        raise Refused(fields={"reason": _("Say why the assessors are changed; it is kept.")})


def _team(request: Request, assessor_pks: Sequence[int]) -> list[Assessor]:
    wanted = int(request.rules["assessors"])
    if len(set(assessor_pks)) != wanted:
        raise Refused(fields={"assessors": _("Name %(n)d different assessors.") % {"n": wanted}})
    found = {
        a.pk: a for a in Assessor.objects.filter(queries.able(request.scale), pk__in=assessor_pks)
        .select_related("user").prefetch_related("areas")
    }
    if len(found) != wanted:
        raise Refused(fields={"assessors": _("Somebody named may not assess by this scale now; look at the profile.")})
    team = [found[pk] for pk in assessor_pks]
    county = request.person.region_id[:COUNTY_DIGITS]
    barred = queries.barred(request, team)
    for assessor in team:
        if not any(area.region_id.startswith(county) for area in assessor.areas.all()):
            raise Refused(fields={"assessors": _("%(name)s does not serve this county.") % {"name": assessor.user}})
        if assessor.pk in barred:
            raise Refused(fields={"assessors": f"{assessor.user}: {queries.barred_words(barred[assessor.pk])}"})
    if sum(a.medical for a in team) < int(request.rules["medical"]):
        raise Refused(fields={"assessors": REFUSALS["request_has_a_medical_assessor"]()})
    return team


def _seat(
    actor: User, request: Request, team: Sequence[Assessor], reason: str, why: Mapping[int, list[Any]]
) -> None:
    waited, due_before = request.state == Request.State.REQUESTED, request.due_on
    keep = {a.pk for a in team}
    now = timezone.now()
    for seat in Seat.objects.select_for_update().filter(request=request, released_at__isnull=True):
        _vacate(actor, request, seat, reason or _("named anew"), now, stays=seat.assessor_id in keep)
    try:
        with transaction.atomic():
            Seat.objects.bulk_create(
                Seat(
                    request=request, assessor=assessor, place=place, medical=assessor.medical,
                    why=why.get(assessor.pk, []), chosen_by_hand=assessor.pk not in why, assigned_by=actor,
                    assigned_at=now,
                )
                for place, assessor in enumerate(team, 1)
            )
    except IntegrityError as error:
        raise refusal(error) from error
    today = timezone.localdate()
    request.state, request.version = Request.State.ASSIGNED, request.version + 1
    request.due_on = rules.stage_due(request, "visit", today)
    request.save(update_fields=["state", "version", "due_on"])
    if waited:
        ask_to_assign(actor, request.person.region_id, due_before)
    for assessor in team:
        ask_to_visit(actor, request, assessor)
    record(actor, "assessments.assign", request, region=request.person.region_id, reason=reason.strip()[:200],
           detail={"assessors": [a.pk for a in team], "by_hand": [a.pk for a in team if a.pk not in why]})


def _vacate(actor: User, request: Request, seat: Seat, reason: str, at: dt.datetime, *, stays: bool) -> None:
    seat.released_at, seat.released_by, seat.release_reason = at, actor, reason[:200]
    seat.save(update_fields=["released_at", "released_by", "release_reason"])
    if not stays:
        for kind in (workkinds.VISIT, workkinds.CONFIRM, workkinds.RETURNED):
            inbox.settle(actor, seat_key(kind, request.pk, seat.assessor_id), _("Somebody else goes."), needed=False)


def ask_to_visit(actor: User, request: Request, assessor: Assessor) -> None:
    """The visit on the assessor's desk."""
    inbox.ask(
        actor, workkinds.VISIT, key=seat_key(workkinds.VISIT, request.pk, assessor.pk),
        region=request.person.region_id[:COUNTY_DIGITS], due_on=request.due_on, to=assessor.user,
        params={"name": request.person.name, "village": request.person.region.name,
                "scale": scales.scale_name(request.scale)},
        url=reverse("assessments:request", args=[request.pk]),
    )


def refusal(error: IntegrityError) -> Exception:
    """The sentence for what the database refused; any other fault is passed on as it is."""
    constraint = getattr(getattr(error.__cause__, "diag", None), "constraint_name", "")
    return Refused(fields={"assessors": REFUSALS[constraint]()}) if constraint in REFUSALS else error


def step_back(actor: User, request_pk: int, version: int, ground: str, reason: str) -> Request:
    """An assessor declares that they must not assess this person: recused, and the request waits for others."""
    actor.require("assessments.assess")
    seen = get_request(actor, request_pk)
    seat = seat_of(actor, seen)
    if seat is None:
        raise Refused(_("This is not your assessment."))
    return _recuse(actor, seat.assessor, seen.person, ground, reason, release=request_pk, version=version)


def recuse(actor: User, assessor_pk: int, person_pk: int, ground: str, reason: str) -> Recusal:
    """The coordinator keeps an assessor away from a person; from an open request they are released."""
    assessor = queries.get_assessor(actor, assessor_pk, "assessments.assign")
    person = people_visible_to(actor, "assessments.area").select_related("region").filter(pk=person_pk).first()
    if person is None:
        raise NotVisible("person")
    actor.require("assessments.assign", person.region_id)
    held = Seat.objects.filter(
        assessor=assessor, request__person=person, released_at__isnull=True,
        request__state__in=(Request.State.ASSIGNED, Request.State.CONFIRMING),
    ).values_list("request_id", flat=True)
    with transaction.atomic():
        for pk in list(held):
            _recuse(actor, assessor, person, ground, reason, release=pk, version=None)
        if not held:
            _recuse(actor, assessor, person, ground, reason)
    return Recusal.objects.get(assessor=assessor, person=person)


def _recuse(
    actor: User, assessor: Assessor, person: Person, ground: str, reason: str, *, release: int | None = None,
    version: int | None = None,
) -> Any:
    reason = reason.strip()
    if ground not in Recusal.Ground.values:
        raise Refused(fields={"ground": _("Choose the ground.")})
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    request = None
    with transaction.atomic():
        if release is not None:
            request = locked(release, version)
            if request.state not in (Request.State.ASSIGNED, Request.State.CONFIRMING):
                raise Refused(_("The result is in review already; tell the reviewer, who can return it."))
            now = timezone.now()
            for seat in Seat.objects.select_for_update().filter(request=request, released_at__isnull=True):
                _vacate(actor, request, seat, reason, now, stays=False)
        recusal, made = Recusal.objects.get_or_create(
            assessor=assessor, person=person,
            defaults={"ground": ground, "reason": reason[:200], "declared_by": actor},
        )
        if request is not None:
            today = timezone.localdate()
            request.state, request.version = Request.State.REQUESTED, request.version + 1
            request.due_on = rules.stage_due(request, "assign", today)
            request.planned_for = None
            request.save(update_fields=["state", "version", "due_on", "planned_for"])
            ask_to_assign(actor, person.region_id, request.due_on)
        record(actor, "assessments.recuse", recusal, region=person.region_id, reason=reason[:200],
               detail={"assessor": assessor.pk, "person": person.pk, "ground": ground, "request": release,
                       "known_before": not made})
    return request


# --- profiles ------------------------------------------------------------------------------------------------------

PROFILE = ("qualification", "medical", "agency", "certificate", "certificate_expires", "scales", "most_open", "active",
           "note")


def save_assessor(
    actor: User, user_pk: int, *, areas: Sequence[Region], version: int | None = None, worker_pk: int | None = None,
    **profile: Any,
) -> Assessor:
    """Enter or change an assessor's profile. The user holds a posting as assessor in the actor's county."""
    actor.require("assessments.manage")
    assessor = Assessor.objects.filter(user=user_pk).first()
    if assessor is None:
        user = queries.without_profile(actor).filter(pk=user_pk).first()
        if user is None:
            raise NotVisible("user")
    else:
        queries.get_assessor(actor, assessor.pk, "assessments.manage")
        user = assessor.user
    if not areas:
        raise Refused(fields={"areas": _("Choose at least one town or the county.")})
    for area in areas:
        actor.require("assessments.manage", area.code)
    unknown = set(profile) - set(PROFILE)
    if unknown:
        raise TypeError(f"no such field: {sorted(unknown)}")
    if not profile.get("scales"):
        raise Refused(fields={"scales": _("Choose at least one scale.")})
    if worker_pk is not None and not Worker.objects.filter(pk=worker_pk).exists():
        raise NotVisible("worker")
    with transaction.atomic():
        if assessor is None:
            assessor = Assessor(user=user)
        else:
            assessor = Assessor.objects.select_for_update().get(pk=assessor.pk)
            if version is not None and assessor.version != version:
                raise Changed(_("Somebody has changed this profile meanwhile; look at it again."))
            assessor.version += 1
        for name, value in profile.items():
            setattr(assessor, name, value)
        assessor.worker_id = worker_pk
        assessor.save()
        wanted = {area.code for area in areas}
        ServedArea.objects.filter(assessor=assessor).exclude(region_id__in=wanted).delete()
        known = set(ServedArea.objects.filter(assessor=assessor).values_list("region_id", flat=True))
        ServedArea.objects.bulk_create(ServedArea(assessor=assessor, region_id=code) for code in sorted(wanted - known))
        home = user.home_region
        inbox.settle(actor, f"{workkinds.CERTIFICATE}:{assessor.pk}", _("The profile was brought up to date."))
        record(actor, "assessments.assessor", assessor, region=home.code if home else "",
               detail={"user": user.pk, "medical": assessor.medical, "active": assessor.active,
                       "areas": sorted(wanted), "scales": list(assessor.scales)})
    return assessor


def ask_about_certificates(today: dt.date | None = None) -> int:
    """The nightly check: ask the bureau to renew certificates of assessors that run out soon. How many stand."""
    actor, today = platform_user(), today or timezone.localdate()
    count = 0
    for assessor in queries.expiring(today):
        areas = list(assessor.areas.all())
        if not areas:
            continue
        with transaction.atomic():
            inbox.ask(
                actor, workkinds.CERTIFICATE, key=f"{workkinds.CERTIFICATE}:{assessor.pk}",
                region=areas[0].region_id[:COUNTY_DIGITS], url=reverse("assessments:assessor", args=[assessor.pk]),
                params={"name": assessor.user.full_name, "day": day(assessor.certificate_expires)},
            )
        count += 1
    return count


