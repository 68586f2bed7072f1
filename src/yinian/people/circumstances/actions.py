"""Writing circumstances: recording, retracting, and deciding where two departments disagree.

A spell is never overwritten: it is retracted, and what still holds of it is recorded anew, so that what was
known on any earlier day can still be told. The database itself refuses two values at one time.
"""

import datetime as dt
from typing import Any, Literal

from django.db import transaction
from django.db.backends.postgresql.psycopg_any import DateRange
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments.models import Attachment
from yinian.core.audit.actions import record
from yinian.core.errors import Refused
from yinian.core.inbox import actions as inbox
from yinian.core.jinja import day as words_of_day
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.people.circumstances.models import Conflict, Spell
from yinian.people.circumstances.words import value_words
from yinian.people.kinds import DEPARTMENTS, KINDS, Kind
from yinian.people.persons import events
from yinian.people.persons.actions import check_day, department_of, lock_person
from yinian.people.persons.models import Person

# Written by their own actions, which also keep the entry's state in step.
OWN_ACTION = frozenset({"death", "move", "residence"})
CONTINUED = "continued"  # the reason kept when a record ends because another follows it
TOWN_CODE_LENGTH = 9


def _kind(code: str) -> Kind:
    kind = KINDS.get(code)
    if kind is None:
        raise Refused(fields={"kind": _("Choose what to record.")})
    return kind


def check_value(code: str, value: str, grade: int | None) -> None:
    """Refuse a value or grade that the kind does not know."""
    kind = _kind(code)
    if kind.values and value not in kind.values:
        raise Refused(fields={"value": _("Choose one of the values of “%(kind)s”.") % {"kind": kind.label}})
    if not kind.values and not kind.pattern and value:
        raise Refused(fields={"value": _("“%(kind)s” has only a grade.") % {"kind": kind.label}})
    if kind.grades is None and grade is not None:
        raise Refused(fields={"grade": _("“%(kind)s” has no grade.") % {"kind": kind.label}})
    if kind.grades is not None:
        needed = not kind.values or value not in ("", "none")
        if grade is None and needed:
            raise Refused(fields={"grade": _("Give the grade.")})
        if grade is not None and grade not in kind.grades:
            raise Refused(fields={"grade": _("Between %(low)s and %(high)s.")
                                  % {"low": kind.grades[0], "high": kind.grades[-1]}})
        if grade is not None and value == "none":
            raise Refused(fields={"grade": _("Without a disability there is no grade.")})


def _standing(person: Person, kind: str, since: dt.date, until: dt.date | None) -> list[Spell]:
    """Records of the kind in force on any day from ``since`` up to (not with) ``until``, locked, oldest first."""
    return list(
        Spell.objects.select_for_update(of=("self",))
        .filter(person=person, kind=kind, retracted_at__isnull=True, valid__overlap=(since, until))
        .order_by("valid")
    )


def _retract(actor: User, spell: Spell, reason: str, at: dt.datetime) -> None:
    spell.retracted_at, spell.retracted_by, spell.retract_reason = at, actor, reason[:200]
    spell.save(update_fields=["retracted_at", "retracted_by", "retract_reason"])


def _shorten(actor: User, spell: Spell, until: dt.date, at: dt.datetime) -> Spell:
    """Retract a record and record anew what of it still holds: the days before ``until``."""
    _retract(actor, spell, CONTINUED, at)
    return Spell.objects.create(
        person_id=spell.person_id, kind=spell.kind, value=spell.value, grade=spell.grade,
        valid=DateRange(spell.valid.lower, until), department=spell.department, evidence=spell.evidence,
        attachment_id=spell.attachment_id, batch_id=spell.batch_id, recorded_at=at, recorded_by=actor,
    )


def _period(spell: Spell) -> str:
    if spell.valid.upper is None:
        return _("since %(day)s") % {"day": words_of_day(spell.valid.lower)}
    return _("%(since)s to %(until)s") % {
        "since": words_of_day(spell.valid.lower), "until": words_of_day(spell.valid.upper - dt.timedelta(days=1)),
    }


def continue_spell(
    actor: User, person: Person, kind: str, value: str, grade: int | None, since: dt.date, department: str,
    evidence: str, attachment: Attachment | None = None, batch_id: int | None = None,
) -> Spell:
    """Record an open-ended circumstance of a locked person; the one in force before ends where it begins.

    Raises :class:`Refused` where it cannot follow: something later is on record, or the same from that day.
    """
    at = timezone.now()
    for other in _standing(person, kind, since, None):
        if (other.value, other.grade) == (value, grade) and other.valid.upper is None:
            raise Refused(fields={"value": _("This is already on record, %(period)s (%(department)s).")
                                  % {"period": _period(other), "department": DEPARTMENTS[other.department]}})
        if other.valid.lower >= since:
            raise Refused(fields={"from_date": _(
                "On record is “%(value)s” %(period)s (%(department)s), which begins on or after this day. "
                "Retract it first if it is wrong."
            ) % {"value": value_words(other), "period": _period(other), "department": DEPARTMENTS[other.department]}})
        _shorten(actor, other, since, at)
    return Spell.objects.create(
        person=person, kind=kind, value=value, grade=grade, valid=DateRange(since, None), department=department,
        evidence=evidence.strip()[:200], attachment=attachment, batch_id=batch_id, recorded_at=at, recorded_by=actor,
    )


def establish(
    actor: User, person: Person, kind: str, value: str, grade: int | None, since: dt.date, department: str,
    evidence: str,
) -> Spell | Conflict:
    """Record what an assessment or examination found of a locked person, open-ended unless something later stands.

    An earlier record ends where this one begins, one that begins on the same day gives way, a later one stays and
    bounds it. Where the authority of the kind says otherwise and this is another office, a :class:`Conflict` is
    raised instead. No right is asked: the caller is an action of a room above that has asked its own.
    """
    check_value(kind, value, grade)
    check_day(since, "from_date", person)
    spec, at, until = _kind(kind), timezone.now(), None
    others = _standing(person, kind, since, None)
    contrary = next(
        (other for other in others if other.department in spec.authority and department not in spec.authority
         and (other.value, other.grade) != (value, grade)), None,
    )
    if contrary is not None:
        return raise_conflict(actor, person, kind, contrary, value, grade, since, department, evidence)
    for other in others:
        if other.valid.lower < since:
            _shorten(actor, other, since, at)
        elif other.valid.lower == since:
            _withdraw_conflicts(actor, other)
            _retract(actor, other, evidence, at)
        else:
            until = other.valid.lower if until is None else min(until, other.valid.lower)
    spell = Spell.objects.create(
        person=person, kind=kind, value=value, grade=grade, valid=DateRange(since, until), department=department,
        evidence=evidence.strip()[:200], recorded_at=at, recorded_by=actor,
    )
    _changed(person)
    record(actor, "people.spell_record", person, region=person.region_id, detail={
        "spell": spell.pk, "kind": kind, "from": since.isoformat(), "to": until and until.isoformat(),
        "department": department,
    })
    return spell


def disown(actor: User, person: Person, evidence: str, reason: str) -> list[Spell]:
    """Take back, of a locked person, every record in force that rests on an evidence found void. No right is asked."""
    at = timezone.now()
    spells = list(
        Spell.objects.select_for_update(of=("self",)).filter(
            person=person, evidence=evidence.strip()[:200], retracted_at__isnull=True
        )
    )
    for spell in spells:
        _withdraw_conflicts(actor, spell)
        _retract(actor, spell, reason, at)
        record(actor, "people.spell_retract", person, region=person.region_id, reason=reason,
               detail={"spell": spell.pk, "kind": spell.kind})
    if spells:
        _changed(person)
    return spells


def record_spell(
    actor: User, person: Person, kind: str, value: str, grade: int | None, from_date: dt.date | None,
    to_date: dt.date | None, department: str, evidence: str = "", attachment: Attachment | None = None,
) -> Spell | Conflict:
    """Record a circumstance from ``from_date`` up to (not with) ``to_date`` (None: it goes on).

    An open-ended record of before ends where this one begins. Where the authority of the kind says otherwise
    and this comes from another office, nothing is overwritten: a :class:`Conflict` is raised for the town and
    returned. Raises :class:`Refused` with the sentence for the person who entered it.
    """
    spec = _kind(kind)
    if kind in OWN_ACTION:
        raise Refused(fields={"kind": _("A death or a move has a form of its own.")})
    check_value(kind, value, grade)
    with transaction.atomic():
        locked = lock_person(actor, "people.edit", person.pk)
        since = check_day(from_date, "from_date", locked)
        if to_date is not None and to_date <= since:
            raise Refused(fields={"to_date": _("It must end after the day on which it begins.")})
        department = department_of(actor, department)
        others = _standing(locked, kind, since, to_date)
        claimed = next(
            (other for other in others if other.department in spec.authority and department not in spec.authority
             and (other.value, other.grade) != (value, grade)), None,
        )
        if claimed is not None and to_date is None:
            return raise_conflict(
                actor, locked, kind, claimed, value, grade, since, department, evidence
            )
        if to_date is None:
            spell = continue_spell(actor, locked, kind, value, grade, since, department, evidence, attachment)
        else:
            spell = _record_bounded(
                actor, locked, others, kind, value, grade, since, to_date, department, evidence, attachment
            )
        _changed(locked)
        record(actor, "people.spell_record", locked, region=locked.region_id, detail={
            "spell": spell.pk, "kind": kind, "from": since.isoformat(), "to": to_date and to_date.isoformat(),
            "department": department,
        })
    return spell


def _record_bounded(
    actor: User, person: Person, others: list[Spell], kind: str, value: str, grade: int | None, since: dt.date,
    until: dt.date, department: str, evidence: str, attachment: Attachment | None,
) -> Spell:
    if others:
        other = others[0]
        raise Refused(fields={"to_date": _(
            "On record is “%(value)s” %(period)s (%(department)s). Two values at one time cannot be: change the days, "
            "or retract that record first."
        ) % {"value": value_words(other), "period": _period(other), "department": DEPARTMENTS[other.department]}})
    return Spell.objects.create(
        person=person, kind=kind, value=value, grade=grade, valid=DateRange(since, until), department=department,
        evidence=evidence.strip()[:200], attachment=attachment, recorded_by=actor,
    )


def end_spell(actor: User, spell: Spell, on: dt.date | None, reason: str) -> Spell:
    """A circumstance no longer holds from ``on``, and nothing is known to follow. Returns the shortened record."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        person = lock_person(actor, "people.edit", spell.person_id)
        locked = _lock(spell)
        on = check_day(on, "on", person)
        if on <= locked.valid.lower or (locked.valid.upper is not None and on >= locked.valid.upper):
            raise Refused(fields={"on": _("It holds %(period)s; the day must lie within.")
                                  % {"period": _period(locked)}})
        if locked.kind in OWN_ACTION:
            raise Refused(_("A death or a move is not ended but retracted."))
        shortened = _shorten(actor, locked, on, timezone.now())
        _changed(person)
        record(actor, "people.spell_end", person, region=person.region_id, reason=reason,
               detail={"spell": spell.pk, "kind": spell.kind, "on": on.isoformat(), "now": shortened.pk})
    return shortened


def retract_spell(actor: User, spell: Spell, reason: str) -> Spell:
    """Take back a record that was wrong. It stays readable: until now we believed it."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say why the record is wrong; it is kept.")})
    with transaction.atomic():
        person = lock_person(actor, "people.edit", spell.person_id)
        locked = _lock(spell)
        _retract(actor, locked, reason, timezone.now())
        if locked.kind == "death":
            person.state, person.died_on = Person.State.LIVING, None
            person.save(update_fields=["state", "died_on"])
        elif locked.kind == "move" and locked.value == "out" and person.state == Person.State.MOVED_OUT:
            person.state = Person.State.LIVING
            person.save(update_fields=["state"])
        _withdraw_conflicts(actor, locked)
        _changed(person)
        record(actor, "people.spell_retract", person, region=person.region_id, reason=reason,
               detail={"spell": locked.pk, "kind": locked.kind})
        if locked.kind in ("death", "move"):
            events.tell(actor, person.pk)
    return locked


def _withdraw_conflicts(actor: User, spell: Spell) -> None:
    for conflict in Conflict.objects.select_for_update().filter(standing=spell, state=Conflict.State.OPEN):
        conflict.state = Conflict.State.WITHDRAWN
        conflict.save(update_fields=["state"])
        inbox.settle(actor, _key(conflict), _("The record in question was retracted."), needed=False)


def _lock(spell: Spell) -> Spell:
    locked = Spell.objects.select_for_update(of=("self",)).get(pk=spell.pk)
    if locked.retracted_at is not None:
        raise Refused(_("This record was retracted already."))
    return locked


def _changed(person: Person) -> None:
    Person.objects.filter(pk=person.pk).update(changed_at=timezone.now())


# --- conflicts -------------------------------------------------------------------------------------------------


def _key(conflict: Conflict) -> str:
    return f"people.conflict:{conflict.pk}"


def ask_conflict(actor: User, conflict: Conflict) -> None:
    """Put an open conflict on the desk of the town that answers for the person. Inside the caller's transaction."""
    person = conflict.person
    region = person.region_id[:TOWN_CODE_LENGTH]
    inbox.ask(
        actor, "people.conflict", key=_key(conflict), region=region,
        role=Role.TOWN_OFFICER if len(region) == TOWN_CODE_LENGTH else Role.BUREAU_OFFICER,
        params={
            "name": person.name, "village": person.region.name, "fact": str(KINDS[conflict.kind].label),
            "department": str(DEPARTMENTS[conflict.department]),
        },
        url=reverse("people:conflict", args=[conflict.pk]),
    )


def raise_conflict(
    actor: User, person: Person, kind: str, standing: Spell, claimed_value: str, claimed_grade: int | None,
    claimed_from: dt.date, department: str, evidence: str = "", batch_id: int | None = None,
) -> Conflict:
    """Set a department's claim beside the record it contradicts, for the town to decide. Nothing is overwritten.

    One open conflict per person, kind and department: a newer claim of the same department takes its place.
    """
    check_value(kind, claimed_value, claimed_grade)
    with transaction.atomic():
        claim: dict[str, Any] = {
            "standing": standing, "claimed_value": claimed_value, "claimed_grade": claimed_grade,
            "claimed_from": claimed_from, "evidence": evidence.strip()[:200], "batch_id": batch_id,
        }
        conflict, made = Conflict.objects.select_for_update().get_or_create(
            person=person, kind=kind, department=department, state=Conflict.State.OPEN, defaults=claim
        )
        if not made:
            for field, value in claim.items():
                setattr(conflict, field, value)
            conflict.save()
        ask_conflict(actor, conflict)
        record(actor, "people.conflict_raise", person, region=person.region_id,
               detail={"conflict": conflict.pk, "kind": kind, "department": department})
    return conflict


def decide_conflict(actor: User, conflict: Conflict, decision: Literal["keep", "replace"], reason: str) -> Conflict:
    """Decide which of two departments is right: keep the record, or let the claim take its place."""
    from yinian.people.persons.actions import check_reach

    check_reach(actor, "people.import", conflict.person)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    if decision not in ("keep", "replace"):
        raise Refused(fields={"decision": _("Choose which of the two holds.")})
    with transaction.atomic():
        person = lock_person(actor, "people.edit", conflict.person_id)
        locked = Conflict.objects.select_for_update(of=("self",)).select_related("standing").get(pk=conflict.pk)
        if locked.state != Conflict.State.OPEN:
            raise Refused(_("This was decided already."))
        if decision == "replace":
            _replace(actor, person, locked, reason)
        locked.state = Conflict.State.KEPT if decision == "keep" else Conflict.State.REPLACED
        locked.decided_at, locked.decided_by, locked.reason = timezone.now(), actor, reason[:200]
        locked.save(update_fields=["state", "decided_at", "decided_by", "reason"])
        inbox.settle(actor, _key(locked), reason)
        _changed(person)
        record(actor, "people.conflict_decide", person, region=person.region_id, reason=reason,
               detail={"conflict": locked.pk, "kind": locked.kind, "decision": decision})
        if decision == "replace" and locked.kind in ("death", "move"):
            events.tell(actor, person.pk)
    return locked


def _replace(actor: User, person: Person, conflict: Conflict, reason: str) -> None:
    since = conflict.claimed_from
    if conflict.kind == "death":
        if person.state == Person.State.DEAD:
            raise Refused(_("The death is already on record (%(day)s).") % {"day": words_of_day(person.died_on)})
        person.state, person.died_on = Person.State.DEAD, since
        person.version += 1
        person.save(update_fields=["state", "died_on", "version"])
    at = timezone.now()
    for other in _standing(person, conflict.kind, since, None):
        if other.valid.lower < since:
            _shorten(actor, other, since, at)
        else:
            _retract(actor, other, reason, at)
    Spell.objects.create(
        person=person, kind=conflict.kind, value=conflict.claimed_value, grade=conflict.claimed_grade,
        valid=DateRange(since, None), department=conflict.department, evidence=conflict.evidence,
        batch_id=conflict.batch_id, recorded_at=at, recorded_by=actor,
    )
