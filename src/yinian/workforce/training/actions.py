"""Writing training: trainers kept, sessions held, staff put on them, results recorded with their certificates."""

import datetime as dt
from collections.abc import Collection, Mapping
from decimal import Decimal
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.pinyin import initials
from yinian.core.users.models import User
from yinian.places.regions.queries import counties_of
from yinian.workforce.models import Attendance, Certificate, Trainer, TrainingSession
from yinian.workforce.training.models import Field
from yinian.workforce.training.queries import get_session, get_trainer, may_attend


def _county(actor: User) -> str:
    actor.require("training.hold")
    found = sorted(counties_of(actor, "training.hold"))
    if not found:
        raise NotVisible("county")
    return found[0]


def keep_trainer(
    actor: User, pk: int | None, version: int, *, name: str, unit: str, fields: Collection[str], proof: str,
    since: dt.date, until: dt.date | None = None,
) -> Trainer:  # fmt: skip
    """Enter a trainer of the county (``pk`` None), or change an entry."""
    county = _county(actor)
    texts = {"name": name.strip(), "unit": unit.strip(), "proof": proof.strip()}
    faults: dict[str, str] = {key: _("Fill this in.") for key, text in texts.items() if not text}
    if not fields or not set(fields) <= set(Field.values):
        faults["fields"] = _("Choose at least one field.")
    if until is not None and until <= since:
        faults["until"] = _("It ends after it began.")
    if faults:
        raise Refused(fields=faults)
    if pk is not None:
        get_trainer(actor, pk, "training.hold")
    with transaction.atomic():
        if pk is None:
            found = Trainer(region_id=county)
        else:
            found = Trainer.objects.select_for_update().get(pk=pk)
            if found.version != version:
                raise Changed(_("Somebody has changed this entry meanwhile; look at it again."))
            found.version += 1
        found.name, found.unit, found.proof = texts["name"][:60], texts["unit"][:120], texts["proof"][:200]
        found.name_initials = initials(found.name)[:30]
        found.fields = [one for one in Field.values if one in fields]
        found.since, found.until = since, until
        try:
            with transaction.atomic():
                found.save()
        except IntegrityError as error:
            raise Refused(fields={"name": _("This trainer is in the register already.")}) from error
        record(actor, "workforce.trainer", found, region=found.region_id, detail={"fields": found.fields})
    return found


def hold(
    actor: User, *, day: dt.date, place: str, trainer: int, field: str, subject: str, hours: Decimal,
    certificate: bool = False,
) -> TrainingSession:  # fmt: skip
    """Enter a training: one that is to come, or was held."""
    county = _county(actor)
    who = get_trainer(actor, trainer, "training.hold")
    faults = {key: _("Fill this in.") for key, text in {"place": place, "subject": subject}.items() if not text.strip()}
    if field not in who.fields:
        faults["field"] = _("The register does not say that this trainer teaches it.")
    if day < who.since or (who.until is not None and day >= who.until):
        faults["trainer"] = _("This trainer is not in the register on that day.")
    if not 0 < hours <= 200:
        faults["hours"] = _("Give the hours, up to 200.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        made = TrainingSession.objects.create(
            region_id=county, day=day, place=place.strip()[:120], trainer=who, field=field,
            subject=subject.strip()[:120], hours=hours, certificate=certificate, made_by=actor,
        )  # fmt: skip
        record(actor, "workforce.training", made, region=county, detail={"day": day.isoformat(), "field": field})
    return made


def put_on(actor: User, pk: int, workers: Collection[int]) -> int:
    """Put staff in the actor's reach on a session. Returns how many are new on it."""
    actor.require("training.enrol")
    seen = get_session(actor, pk)
    allowed = set(may_attend(actor, seen).filter(pk__in=list(workers)).values_list("pk", flat=True))
    if not allowed:
        raise Refused(fields={"workers": _("Choose staff who are in post on that day and not on it yet.")})
    with transaction.atomic():
        TrainingSession.objects.select_for_update().get(pk=pk)
        made = Attendance.objects.bulk_create(
            [Attendance(session=seen, worker_id=one, by=actor) for one in sorted(allowed)], ignore_conflicts=True
        )
        record(actor, "workforce.training_put", seen, region=seen.region_id, detail={"people": len(made)})
    return len(made)


def record_results(actor: User, pk: int, outcomes: Mapping[int, str]) -> int:
    """Record how a training went for each attendance; who passes gets a certificate where the session gives one.

    Returns how many changed. A certificate once given stays: what was passed is not un-passed here.
    """
    actor.require("training.hold")
    seen = get_session(actor, pk, "training.hold")
    if seen.day > timezone.localdate():
        raise Refused(_("The training has not been held yet."))
    changed = 0
    with transaction.atomic():
        TrainingSession.objects.select_for_update().get(pk=pk)
        for one in seen.attended.select_for_update().filter(pk__in=list(outcomes)):
            outcome = outcomes[one.pk]
            if outcome not in Attendance.Outcome.values:
                raise Refused(_("Choose how it went."))
            if outcome == one.outcome:
                continue
            if one.certificate_id is not None:
                raise Refused(_("A certificate was given for it: take the certificate away first, with its reason."))
            one.outcome, one.by, one.at = outcome, actor, timezone.now()
            if outcome == Attendance.Outcome.PASSED and seen.certificate:
                one.certificate = _certificate(one, seen)
            one.save(update_fields=["outcome", "by", "at", "certificate"])
            changed += 1
        detail: dict[str, Any] = {"changed": changed}
        record(actor, "workforce.training_results", seen, region=seen.region_id, detail=detail)
    return changed


def _certificate(one: Attendance, session: TrainingSession) -> Certificate:
    return Certificate.objects.create(
        worker_id=one.worker_id, kind=Certificate.Kind.TRAINING, level=session.get_field_display()[:20],
        number=f"{session.day:%Y%m%d}-{session.pk}-{one.pk}", issued_on=session.day,
    )  # fmt: skip
