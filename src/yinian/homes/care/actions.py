"""Writing daily care: care set for a resident, tasks recorded and corrected, values measured, notes handed over."""

import datetime as dt
import secrets
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from django.db import IntegrityError, transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.assessments.results.queries import in_force
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.inbox.actions import ask
from yinian.core.jinja import day as day_words
from yinian.core.users.models import User
from yinian.homes import workkinds
from yinian.homes.beds.queries import IN_A_ROOM, get_bed
from yinian.homes.care import queries
from yinian.homes.care.book import VitalKind, book
from yinian.homes.care.models import (
    BedTag,
    CareRecord,
    Duty,
    HandOver,
    HandOverRead,
    Regime,
    Vital,
)
from yinian.homes.stays.models import Stay
from yinian.homes.thresholds.queries import bounds
from yinian.people.models import Person
from yinian.places.models import Bed

LONGEST_NOTE = 1000
AHEAD_DAYS = 31


@dataclass(frozen=True)
class Entry:
    """How something was recorded: when it happened, why so late, and the word by which a second sending is known."""

    at: dt.datetime | None = None
    late_reason: str = ""
    nonce: uuid.UUID | None = None


NOW = Entry()


def constraint_of(error: IntegrityError) -> str:
    return getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") or ""


def refusal(error: IntegrityError) -> Exception:
    """The sentence for what the database refused; a fault that is nobody's slip is passed on as it is."""
    name = constraint_of(error)
    words = {
        "task_recorded_once": _("Somebody has recorded this task meanwhile; look at the sheet again."),
        "dose_recorded_once": _("Somebody has recorded this dose meanwhile; look at the sheet again."),
        "record_is_of_a_set_task": _("The task is no longer set for that day and time."),
        "dose_is_ordered": _("The dose is not ordered for that day and time."),
        "record_is_near_its_time": _("The time lies more than 12 hours from when it was due; look at the day."),
        "dose_is_near_its_time": _("The time lies more than 12 hours from when it was due; look at the day."),
        "person_lives_here": _("The person has no bed in this home on that day."),
        "recorder_is_on_staff": _("Only staff of the home record here."),
        "vital_is_plausible": _("No living person has this value; look at the number again."),
    }
    if name.endswith("_is_not_ahead"):
        return Refused(fields={"at": _("The time lies in the future.")})
    if name.endswith("_late_says_why"):
        return Refused(fields={"late_reason": _("It lies more than a day back: say why it is entered so late.")})
    if name in ("task_recorded_once", "dose_recorded_once"):
        return Changed(words[name])
    return Refused(words[name]) if name in words else error


@dataclass(frozen=True)
class DutyGiven:
    task: str
    times: tuple[int, ...]
    days: tuple[int, ...] = ()
    note: str = ""


def set_care(
    actor: User, stay_pk: int, *, group: str, duties: Sequence[DutyGiven], on: dt.date, reason: str, version: int = 0
) -> Regime:
    """Set a resident's care from a day on; what held until then ends on that day. ``version`` is that of what held."""
    stay = queries.get_resident(actor, stay_pk, "care.manage")
    site, today = stay.bed.site, timezone.localdate()
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say why the care is set so; it is kept.")})
    if group not in book().groups:
        raise Refused(fields={"group": _("Choose how much the person can do alone.")})
    if not duties:
        raise Refused(_("Tick at least one task."))
    if not today <= on <= today + dt.timedelta(days=AHEAD_DAYS):
        raise Refused(fields={"on": _("Care is set from today on, at most a month ahead.")})
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=stay.person_id)
        plan, level = queries.plan_of(person), queries.level_of(person)
        standing = Regime.objects.select_for_update().filter(person=person, held__contains=on).first()
        if (standing.version if standing and standing.site_id == site.pk else 0) != version:
            raise Changed(_("Somebody has set this person's care meanwhile; look at it again."))
        if Regime.objects.filter(person=person, held__startswith__gt=on).exists():
            raise Refused(fields={"on": _("Care is already set for a later day; choose a day after it.")})
        if standing is not None:
            _end(standing, on)
        suggested = {s.task: s.origin for s in queries.suggestions(group, plan)}
        made = Regime.objects.create(
            person=person,
            site=site,
            level=level,
            group=group,
            result=in_force(person),
            plan=plan,
            held=DateRange(on, None),
            reason=reason[:200],
            set_by=actor,
        )
        Duty.objects.bulk_create(
            Duty(
                regime=made,
                task=given.task,
                times=sorted(set(given.times)),
                days=sorted(set(given.days)),
                origin=suggested.get(given.task, Duty.Origin.OWN),
                note=given.note[:120],
            )
            for given in duties
        )
        record(
            actor,
            "homes.care_set",
            made,
            region=site.region_id,
            reason=reason[:200],
            detail={"person": person.pk, "site": site.pk, "group": group, "tasks": len(duties), "from": on.isoformat()},
        )
    return made


def _end(standing: Regime, on: dt.date) -> None:
    if standing.held.lower < on:
        standing.held = DateRange(standing.held.lower, on)
        standing.version += 1
        standing.save(update_fields=["held", "version"])
    elif CareRecord.objects.filter(duty__regime=standing).exists():
        raise Refused(
            fields={
                "on": _("Tasks of %(day)s are already recorded; set the care from the next day on.")
                % {"day": day_words(on)}
            }
        )
    else:
        standing.delete()


def record_task(
    actor: User,
    stay_pk: int,
    duty_pk: int,
    day: dt.date,
    slot: int,
    outcome: str,
    *,
    reason: str = "",
    note: str = "",
    entry: Entry = NOW,
) -> CareRecord:
    """Record a task of a resident as done, done in part or not done. Sent twice (``entry.nonce``), kept once."""
    stay = queries.get_resident(actor, stay_pk, "care.record")
    site = stay.bed.site
    if outcome not in CareRecord.Outcome.values:
        raise Refused(_("Say whether it was done."))
    reason = "" if outcome == CareRecord.Outcome.DONE else reason
    if outcome != CareRecord.Outcome.DONE and reason not in book().reasons:
        raise Refused(fields={"reason": _("Choose why it was not done.")})
    nonce = entry.nonce or uuid.uuid4()
    with transaction.atomic():
        kept = CareRecord.objects.filter(nonce=nonce, recorded_by=actor).first()
        if kept is not None:
            return kept
        duty = (
            Duty.objects.select_for_update(of=("self",))
            .filter(pk=duty_pk, regime__person=stay.person_id, regime__site=site)
            .first()
        )
        if duty is None:
            raise Refused(_("The task is no longer set for this person."))
        try:
            with transaction.atomic():
                made = CareRecord.objects.create(
                    duty=duty,
                    day=day,
                    slot=slot,
                    outcome=outcome,
                    reason=reason,
                    note=note.strip()[:LONGEST_NOTE],
                    at=entry.at or timezone.now(),
                    late_reason=entry.late_reason.strip()[:120],
                    recorded_by=actor,
                    nonce=nonce,
                )
        except IntegrityError as error:
            raise refusal(error) from error
        record(
            actor,
            "homes.care_record",
            made,
            region=site.region_id,
            detail={"person": stay.person_id, "site": site.pk, "task": duty.task, "outcome": outcome},
        )
    return made


def correct_task(actor: User, record_pk: int, outcome: str, *, reason: str = "", why: str) -> CareRecord:
    """Put a record right: the old one stays, the new one says what held and why the old one was wrong."""
    seen = queries.get_record(actor, record_pk)
    site = seen.duty.regime.site
    actor.require("care.record", site.region_id, site.pk)
    why = why.strip()
    if not why:
        raise Refused(fields={"why": _("Say what was wrong; it is kept.")})
    if outcome not in CareRecord.Outcome.values:
        raise Refused(fields={"outcome": _("Say whether it was done.")})
    reason = "" if outcome == CareRecord.Outcome.DONE else reason
    if outcome != CareRecord.Outcome.DONE and reason not in book().reasons:
        raise Refused(fields={"reason": _("Choose why it was not done.")})
    with transaction.atomic():
        old = CareRecord.objects.select_for_update(of=("self",)).get(pk=record_pk)
        if CareRecord.objects.filter(corrects=old).exists():
            raise Changed(_("Somebody has corrected this record meanwhile; look at it again."))
        try:
            with transaction.atomic():
                made = CareRecord.objects.create(
                    duty_id=old.duty_id,
                    day=old.day,
                    slot=old.slot,
                    outcome=outcome,
                    reason=reason,
                    note=why[:500],
                    at=old.at,
                    late_reason=why[:120],
                    recorded_by=actor,
                    corrects=old,
                )
        except IntegrityError as error:
            raise refusal(error) from error
        record(
            actor,
            "homes.care_correct",
            made,
            region=site.region_id,
            reason=why[:200],
            detail={"record": old.pk, "from": old.outcome, "to": outcome},
        )
    return made


def measure(
    actor: User,
    stay_pk: int,
    kind: str,
    value: Decimal,
    second: Decimal | None = None,
    *,
    note: str = "",
    entry: Entry = NOW,
    corrects: int | None = None,
) -> Vital:
    """Record a value measured. Beyond what the home says, its manager is told."""
    stay = queries.get_resident(actor, stay_pk, "care.record")
    site = stay.bed.site
    spec = book().vitals.get(kind)
    if spec is None:
        raise Refused(fields={"kind": _("Choose what was measured.")})
    if (spec.second is not None) != (second is not None):
        raise Refused(fields={"second": _("Enter both values of the blood pressure.")})
    nonce = entry.nonce or uuid.uuid4()
    bound, second_bound = bounds(site, spec)
    crossed = bound.crossed(float(value)) or (second is not None and second_bound.crossed(float(second)))
    with transaction.atomic():
        kept = Vital.objects.filter(nonce=nonce, recorded_by=actor).first()
        if kept is not None:
            return kept
        old = None
        if corrects is not None:
            old = (
                Vital.objects.select_for_update()
                .filter(pk=corrects, person=stay.person_id, site=site, kind=kind, corrected_by__isnull=True)
                .first()
            )
            if old is None:
                raise Changed(_("Somebody has corrected this value meanwhile; look at it again."))
        try:
            with transaction.atomic():
                made = Vital.objects.create(
                    person_id=stay.person_id,
                    site=site,
                    kind=kind,
                    value=value,
                    second=second,
                    crossed=crossed,
                    note=note.strip()[:LONGEST_NOTE],
                    at=entry.at or (old.at if old else timezone.now()),
                    late_reason=entry.late_reason.strip()[:120],
                    recorded_by=actor,
                    nonce=nonce,
                    corrects=old,
                )
        except IntegrityError as error:
            raise refusal(error) from error
        record(
            actor,
            "homes.vital",
            made,
            region=site.region_id,
            detail={"person": stay.person_id, "site": site.pk, "kind": kind, "crossed": crossed},
        )
        if crossed:
            _tell(actor, stay, spec, made)
    return made


def _tell(actor: User, stay: Stay, spec: VitalKind, made: Vital) -> None:
    site = stay.bed.site
    ask(
        actor,
        workkinds.VITAL,
        key=f"homes.vital:{made.pk}",
        region=site.region_id,
        site=site.pk,
        params={"name": stay.person.name, "bed": stay.bed.label, "what": spec.label.zh},
        url=reverse("homes:vitals", args=[stay.pk]),
        due_on=timezone.localdate(),
    )


def hand_over(actor: User, site_pk: int, text: str, *, stay_pk: int | None = None, urgent: bool = False) -> HandOver:
    """Leave a note for those who come next."""
    home = queries.get_home(actor, site_pk, "care.record")
    text = text.strip()
    if not text:
        raise Refused(fields={"text": _("Write what those who come next must know.")})
    person = None
    if stay_pk is not None:
        stay = queries.get_resident(actor, stay_pk, "care.record")
        if stay.bed.site_id != home.pk:
            raise Refused(fields={"stay": _("The person does not live in this home.")})
        person = stay.person
    now = queries.shift_of()
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = HandOver.objects.create(
                    site=home,
                    day=now.day,
                    shift=now.shift.id,
                    person=person,
                    text=text[:LONGEST_NOTE],
                    urgent=urgent,
                    recorded_by=actor,
                )
        except IntegrityError as error:
            raise refusal(error) from error
        record(
            actor,
            "homes.hand_over",
            made,
            region=home.region_id,
            detail={"site": home.pk, "shift": now.shift.id, "person": person.pk if person else None},
        )
    return made


def read_hand_over(actor: User, note_pk: int) -> None:
    """The actor has read a note; a second reading changes nothing."""
    note = queries.get_hand_over(actor, note_pk)
    actor.require("care.record", note.site.region_id, note.site_id)
    with transaction.atomic():
        _read, new = HandOverRead.objects.get_or_create(note=note, user=actor)
        if new:
            record(actor, "homes.hand_over_read", note, region=note.site.region_id)


def make_tags(actor: User, site_pk: int) -> int:
    """Give every bed of a home that has none its code. Returns how many."""
    home = queries.get_home(actor, site_pk, "care.manage")
    with transaction.atomic():
        missing = list(
            Bed.objects.select_for_update(of=("self",)).filter(site=home, kind__in=IN_A_ROOM, tag__isnull=True)
        )
        BedTag.objects.bulk_create(BedTag(bed=bed, token=secrets.token_urlsafe(16), made_by=actor) for bed in missing)
        if missing:
            record(actor, "homes.bed_tags", home, region=home.region_id, detail={"beds": len(missing)})
    return len(missing)


def renew_tag(actor: User, bed_pk: int) -> BedTag:
    """Give a bed another code: the printed one opens nothing any more."""
    bed = get_bed(actor, bed_pk)
    actor.require("care.manage", bed.site.region_id, bed.site_id)
    if bed.kind not in IN_A_ROOM:
        raise Refused(_("This is not a bed in a home."))
    with transaction.atomic():
        made, _new = BedTag.objects.select_for_update().update_or_create(
            bed=bed, defaults={"token": secrets.token_urlsafe(16), "made_by": actor, "made_at": timezone.now()}
        )
        record(actor, "homes.bed_tag_renewed", bed, region=bed.site.region_id)
    return made
