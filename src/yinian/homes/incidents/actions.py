"""Writing incidents: reported, family and bureau told, followed up step by step, closed by another person."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.inbox.actions import ask, settle
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.homes import workkinds
from yinian.homes.care.actions import constraint_of
from yinian.homes.care.queries import get_resident
from yinian.homes.incidents.hazards import hazards, hours_to_tell
from yinian.homes.incidents.models import Incident, IncidentStep
from yinian.homes.incidents.queries import get_incident

LONGEST = 2000
GRAVE = (Incident.Severity.SEVERE, Incident.Severity.DEATH)


def report(
    actor: User,
    stay_pk: int,
    *,
    hazard: str,
    severity: str,
    happened_at: dt.datetime,
    place: str,
    what: str,
    measures: str,
) -> Incident:
    """Report what befell a resident. The home's manager follows it up; of a grave one the bureau hears at once."""
    stay = get_resident(actor, stay_pk, "incidents.report")
    site, words = stay.bed.site, dict(hazards())
    faults = {
        name: _("Fill this in.")
        for name, text in {"place": place, "what": what, "measures": measures}.items()
        if not text.strip()
    }
    if hazard not in words:
        faults["hazard"] = _("Choose what kind of incident it was.")
    if severity not in Incident.Severity.values:
        faults["severity"] = _("Choose how severe it was.")
    if faults:
        raise Refused(fields=faults)
    rule = hours_to_tell(site.region_id)
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = Incident.objects.create(
                    site=site,
                    person=stay.person,
                    hazard=hazard,
                    severity=severity,
                    happened_at=happened_at,
                    place=place.strip()[:80],
                    what=what.strip()[:LONGEST],
                    measures=measures.strip()[:LONGEST],
                    recorded_by=actor,
                    rule=rule.as_json() if rule else {},
                    bureau_due=happened_at + dt.timedelta(hours=float(rule.hours)) if rule else None,
                )
        except IntegrityError as error:
            raise _refusal(error) from error
        record(
            actor,
            "homes.incident",
            made,
            region=site.region_id,
            detail={"person": stay.person_id, "site": site.pk, "hazard": hazard, "severity": severity},
        )
        params = {"name": stay.person.name, "home": site.name, "what": words[hazard]}
        url = reverse("homes:incident", args=[made.pk])
        ask(actor, workkinds.INCIDENT, key=_key(made), region=site.region_id, site=site.pk, params=params, url=url)
        if severity in GRAVE:
            ask(
                actor,
                workkinds.GRAVE,
                key=f"{_key(made)}:grave",
                region=site.region_id[:6],
                params=params,
                url=url,
                role=Role.BUREAU_OFFICER,
                due_on=timezone.localdate(),
            )
    return made


def _key(incident: Incident) -> str:
    return f"homes.incident:{incident.pk}"


def _refusal(error: IntegrityError) -> Exception:
    words = {
        "incident_is_not_ahead": Refused(fields={"happened_at": _("The time lies in the future.")}),
        "recorder_is_on_staff": Refused(_("Only staff of the home record here.")),
        "no_step_after_the_closing": Changed(_("Somebody has closed this incident meanwhile.")),
        "incident_closed_by_another_with_outcome": Refused(
            _("Whoever reported an incident does not close it: another person looks at it.")
        ),
    }
    return words.get(constraint_of(error), error)


def _locked(actor: User, pk: int, right: str, version: int) -> Incident:
    seen = get_incident(actor, pk)
    actor.require(right, seen.site.region_id, seen.site_id)
    found = Incident.objects.select_for_update(of=("self",)).select_related("site").get(pk=pk)
    if found.version != version:
        raise Changed(_("Somebody has changed this incident meanwhile; look at it again."))
    if not found.is_open:
        raise Changed(_("Somebody has closed this incident meanwhile."))
    return found


def tell_family(actor: User, pk: int, version: int, *, who: str, at: dt.datetime | None, not_told: str) -> Incident:
    """Record who of the family was told and when, or why nobody was."""
    who, not_told = who.strip(), not_told.strip()
    if bool(who) == bool(not_told):
        raise Refused(fields={"who": _("Say who was told, or why nobody was.")})
    if who and at is None:
        raise Refused(fields={"at": _("Say when they were told.")})
    if at is not None and at > timezone.now():
        raise Refused(fields={"at": _("The time lies in the future.")})
    with transaction.atomic():
        found = _locked(actor, pk, "incidents.follow", version)
        if found.family_at is not None:
            raise Changed(_("Somebody has recorded it meanwhile."))
        if at is not None and at < found.happened_at:
            raise Refused(fields={"at": _("It lies before the incident.")})
        if who:
            found.family_at, found.family_by, found.family_who, found.family_not = at, actor, who[:60], ""
        else:
            found.family_not = not_told[:120]
        found.version += 1
        found.save(update_fields=["family_at", "family_by", "family_who", "family_not", "version"])
        record(actor, "homes.incident_family", found, region=found.site.region_id, detail={"told": bool(who)})
    return found


def tell_bureau(actor: User, pk: int, version: int) -> Incident:
    """Tell the bureau: from now it counts as told, and stands on its desk."""
    with transaction.atomic():
        found = _locked(actor, pk, "incidents.follow", version)
        if found.bureau_at is not None:
            raise Changed(_("Somebody has recorded it meanwhile."))
        found.bureau_at, found.bureau_by = timezone.now(), actor
        found.version += 1
        found.save(update_fields=["bureau_at", "bureau_by", "version"])
        record(actor, "homes.incident_bureau", found, region=found.site.region_id)
        ask(
            actor,
            workkinds.GRAVE,
            key=f"{_key(found)}:grave",
            region=found.site.region_id[:6],
            params={"name": found.person.name, "home": found.site.name, "what": dict(hazards()).get(found.hazard, "")},
            url=reverse("homes:incident", args=[pk]),
            role=Role.BUREAU_OFFICER,
        )
    return found


def add_step(actor: User, pk: int, kind: str, text: str) -> IncidentStep:
    """Add what was found or done."""
    seen = get_incident(actor, pk)
    actor.require("incidents.follow", seen.site.region_id, seen.site_id)
    if kind not in IncidentStep.Kind.values:
        raise Refused(fields={"kind": _("Choose what kind of step it was.")})
    if not text.strip():
        raise Refused(fields={"text": _("Write what was found or done.")})
    with transaction.atomic():
        Incident.objects.select_for_update(of=("self",)).get(pk=pk)
        try:
            with transaction.atomic():
                made = IncidentStep.objects.create(incident=seen, kind=kind, text=text.strip()[:LONGEST], by=actor)
        except IntegrityError as error:
            raise _refusal(error) from error
        record(actor, "homes.incident_step", seen, region=seen.site.region_id, detail={"kind": kind})
    return made


def close(actor: User, pk: int, version: int, outcome: str) -> Incident:
    """Close an incident: by another person than the reporter, after at least one step, the family told."""
    outcome = outcome.strip()
    if not outcome:
        raise Refused(fields={"outcome": _("Write what came of it and what was changed.")})
    with transaction.atomic():
        found = _locked(actor, pk, "incidents.close", version)
        if found.recorded_by_id == actor.pk:
            raise Refused(_("Whoever reported an incident does not close it: another person looks at it."))
        if not found.steps.exists():
            raise Refused(_("Nothing was done about it yet: add what was found or done first."))
        if found.family_at is None and not found.family_not:
            raise Refused(_("Record first that the family was told, or why not."))
        found.state, found.closed_at, found.closed_by = Incident.State.CLOSED, timezone.now(), actor
        found.outcome = outcome[:LONGEST]
        found.version += 1
        found.save(update_fields=["state", "closed_at", "closed_by", "outcome", "version"])
        record(actor, "homes.incident_close", found, region=found.site.region_id)
        for key in (_key(found), f"{_key(found)}:grave"):
            settle(actor, key, _("The incident is closed."))
    return found
