"""Writing the register: entries, deaths, moves, kin, consent, and showing masked values.

Each function takes the actor first, checks right and reach, locks, writes the change with its audit row in one
transaction, and returns what it made. Circumstances are written in ``people.circumstances.actions``.
"""

import datetime as dt
from typing import Any

from django.conf import settings
from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core import identity, pinyin
from yinian.core.attachments.models import Attachment
from yinian.core.audit import actions as audit
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.jinja import day as words_of_day
from yinian.core.regions.models import Region
from yinian.core.roles import Role
from yinian.core.sheets import messages
from yinian.core.users.models import User
from yinian.people.kinds import DEPARTMENTS
from yinian.people.persons import events, keys
from yinian.people.persons.models import Consent, Kin, Person, Sex
from yinian.people.persons.queries import visible_to

EDITABLE = ("name", "phone", "address", "household_no", "urban_hukou", "hukou_code", "id_number", "sex", "birth_date")
REVEALED = ("id_number", "phone", "address")
VILLAGE_LEVEL = 5
_SEX = {"1": Sex.MALE, "2": Sex.FEMALE}


class AlreadyRegistered(Refused):
    """The ID number is in the register. ``person`` is the entry when the actor may see it."""

    def __init__(self, message: str, person: Person | None) -> None:
        super().__init__(fields={"id_number": message})
        self.person = person


def check_reach(actor: User, right: str, person: Person) -> int | None:
    """Raise Forbidden or NotVisible unless the actor reaches the person; the site it goes through, if any."""
    actor.require(right)
    scope = actor.scope(right)
    if scope.covers(person.region_id):
        return None
    if scope.sites and visible_to(actor, right).filter(pk=person.pk).exists():
        return scope.sites[0]
    raise NotVisible("person")


def lock_person(actor: User, right: str, pk: int) -> Person:
    """The person, locked for this transaction, after right and reach are checked. Refuses an entry merged away."""
    person = Person.objects.select_for_update(of=("self",)).select_related("region").filter(pk=pk).first()
    if person is None:
        actor.require(right)
        raise NotVisible("person")
    check_reach(actor, right, person)
    if person.merged_into_id is not None:
        raise Refused(_("This entry was merged into another; nothing is recorded here any more."))
    return person


def check_day(day: dt.date | None, field: str, person: Person | None = None, *, future: bool = False) -> dt.date:
    """A day that can be: given, not in the future, not before birth nor after death."""
    if day is None:
        raise Refused(fields={field: _("Give the day.")})
    if not future and day > timezone.localdate():
        raise Refused(fields={field: _("This day lies in the future.")})
    if day < identity.EARLIEST_BIRTH:
        raise Refused(fields={field: _("This day lies too far back to be right.")})
    if person is not None and person.birth_date and day < person.birth_date:
        raise Refused(fields={field: _("This day lies before the person was born (%(day)s).")
                              % {"day": words_of_day(person.birth_date)}})
    if person is not None and person.died_on and day > person.died_on:
        raise Refused(fields={field: _("This day lies after the person's death (%(day)s).")
                              % {"day": words_of_day(person.died_on)}})
    return day


def department_of(actor: User, department: str) -> str:
    """The department a record is entered for; only those that the actor's office may speak for."""
    if department not in departments_for(actor):
        raise Refused(fields={"department": _("Your office cannot enter a record in the name of this department.")})
    return department


def departments_for(actor: User) -> dict[str, Any]:
    """Departments whose papers this actor may enter: an officer all, a village its own, home staff their home's."""
    if actor.may("people.import"):
        return dict(DEPARTMENTS)
    own = {str(p.role) for p in actor.current_postings}
    codes = ["home", "self"] if own <= {Role.HOME_MANAGER, Role.CARER} else ["village", "self"]
    return {code: DEPARTMENTS[code] for code in codes}


def _parsed(number: str, *, field: str = "id_number") -> identity.CitizenId:
    number = identity.normalise_id(number)
    try:
        return identity.parse_id(number, allow_synthetic=not settings.IN_SERVICE, today=timezone.localdate())
    except identity.IdentityError as error:
        raise Refused(fields={field: messages.render(error.code, {"length": len(number)})}) from error


def _check_free(actor: User, number: str, except_pk: int | None = None) -> None:
    standing = Person.objects.filter(id_index=keys.id_index(number), merged_into__isnull=True)
    other = standing.exclude(pk=except_pk or 0).select_related("region").first()
    if other is None:
        return
    if visible_to(actor).filter(pk=other.pk).exists():
        raise AlreadyRegistered(
            _("%(name)s in %(place)s is registered under this number.")
            % {"name": other.name, "place": other.region.name},
            other,
        )
    raise AlreadyRegistered(
        _("A person outside your area is registered under this number; ask the bureau to look into it."), None
    )


def _named(person: Person, name: str) -> None:
    name = identity.normalise_name(name)
    if not name:
        raise Refused(fields={"name": _("Give the name.")})
    person.name = name
    person.name_pinyin = pinyin.full_pinyin(name)[:120]
    person.name_initials = pinyin.initials(name)[:30]


def _numbered(person: Person, parsed: identity.CitizenId) -> None:
    person.id_number = parsed.number
    person.id_index = keys.id_index(parsed.number)
    person.id_tail_index = keys.id_tail_index(parsed.number)
    person.synthetic = parsed.synthetic
    sex = _SEX[parsed.sex]
    if person.birth_date and person.birth_date != parsed.birth_date:
        raise Refused(fields={"birth_date": _("The ID number says %(day)s. Correct one of the two.")
                              % {"day": words_of_day(parsed.birth_date)}})
    if person.sex and person.sex != sex:
        raise Refused(fields={"sex": _("The ID number says otherwise. Correct one of the two.")})
    person.birth_date, person.sex = parsed.birth_date, sex


def _phoned(person: Person, phone: str, field: str = "phone") -> None:
    if not phone.strip():
        person.phone, person.phone_index = None, None
        return
    number = normal_phone(phone, field)
    person.phone, person.phone_index = number, keys.phone_index(number)


def normal_phone(phone: str, field: str = "phone") -> str:
    """A phone number as kept. Raises Refused for what cannot be one."""
    found = identity.normalise_phone(phone)
    if found is None:
        raise Refused(fields={field: _("This is no Chinese phone number; a mobile number has 11 digits.")})
    return found


def _region(code: str) -> Region:
    region = Region.objects.filter(pk=code).first()
    if region is None or region.level < 4:
        raise Refused(fields={"region": _("Choose the village (or at least the town) from the list.")})
    return region


def _code(code: str, field: str) -> str:
    code = (code or "").strip()
    if code and not (code.isdigit() and 6 <= len(code) <= 14):
        raise Refused(fields={field: _("A division code has 6 to 14 digits.")})
    return code


def register_person(
    actor: User, *, name: str, region: str, id_number: str = "", sex: str = "", birth_date: dt.date | None = None,
    phone: str = "", address: str = "", hukou_code: str | None = None, residence_code: str | None = None,
    urban_hukou: bool | None = None, household_no: str = "", created_from: str = "register",
) -> Person:
    """Enter a person. The ID number gives birth date and sex; without one both must be given.

    Raises :class:`AlreadyRegistered` when the number is in the register, :class:`Refused` for what cannot be.
    """
    actor.require("people.edit", region)
    place = _region(region)
    person = Person(region=place, created_by=actor, created_from=created_from, sex=sex, birth_date=birth_date)
    _named(person, name)
    if id_number.strip():
        parsed = _parsed(id_number)
        _numbered(person, parsed)
        _check_free(actor, parsed.number)
    else:
        missing = {}
        if sex not in Sex.values:
            missing["sex"] = _("Give the sex, or the ID number.")
        if birth_date is None:
            missing["birth_date"] = _("Give the birth date, or the ID number.")
        if missing:
            raise Refused(fields=missing)
        check_day(birth_date, "birth_date")
    _phoned(person, phone)
    person.address = address.strip()[:200] or None
    person.hukou_code = _code(place.code if hukou_code is None else hukou_code, "hukou_code")
    person.residence_code = _code(place.code if residence_code is None else residence_code, "residence_code")
    person.urban_hukou, person.household_no = urban_hukou, household_no.strip()[:30]
    try:
        with transaction.atomic():
            person.save()
            record(actor, "people.register", person, region=place.code,
                   detail={"with_id": bool(person.id_number), "from": created_from})
    except IntegrityError as error:  # two desks entering one person at once
        if "person_id_number_once" not in str(error):
            raise
        _check_free(actor, str(person.id_number or ""))
        raise
    return person


def edit_person(actor: User, person: Person, version: int, **changes: Any) -> Person:
    """Correct what identifies a person (:data:`EDITABLE`). Changed when somebody was faster."""
    unknown = set(changes) - set(EDITABLE)
    if unknown:
        raise TypeError(f"not editable: {sorted(unknown)}")
    with transaction.atomic():
        locked = lock_person(actor, "people.edit", person.pk)
        if locked.version != version:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        before = {field: getattr(locked, field) for field in EDITABLE}
        if "birth_date" in changes and changes["birth_date"] != locked.birth_date:
            locked.birth_date = check_day(changes["birth_date"], "birth_date")
            if locked.died_on and locked.birth_date > locked.died_on:
                raise Refused(fields={"birth_date": _("This day lies after the person's death.")})
        if changes.get("sex"):
            if changes["sex"] not in Sex.values:
                raise Refused(fields={"sex": _("Choose one of the two.")})
            locked.sex = changes["sex"]
        number = (changes.get("id_number") or "").strip()
        if number:
            parsed = _parsed(number)
            if parsed.number != locked.id_number:
                if "birth_date" not in changes:
                    locked.birth_date = None
                if not changes.get("sex"):
                    locked.sex = ""
                _numbered(locked, parsed)
                _check_free(actor, parsed.number, locked.pk)
        if locked.id_number:
            _numbered(locked, _parsed(str(locked.id_number)))
        if "name" in changes:
            _named(locked, changes["name"])
        if "phone" in changes:
            _phoned(locked, changes["phone"] or "")
        if "address" in changes:
            locked.address = (changes["address"] or "").strip()[:200] or None
        if "hukou_code" in changes:
            locked.hukou_code = _code(changes["hukou_code"], "hukou_code")
        if "household_no" in changes:
            locked.household_no = (changes["household_no"] or "").strip()[:30]
        if "urban_hukou" in changes:
            locked.urban_hukou = changes["urban_hukou"]
        changed = sorted(field for field in EDITABLE if getattr(locked, field) != before[field])
        if not changed:
            return locked
        locked.version += 1
        locked.changed_at = timezone.now()
        locked.save()
        record(actor, "people.edit", locked, region=locked.region_id, detail={"fields": changed})
    return locked


def record_death(
    actor: User, person: Person, on: dt.date | None, department: str, evidence: str = "",
    attachment: Attachment | None = None,
) -> Person:
    """Record that a person died: the entry's state, and a spell with its source."""
    from yinian.people.circumstances.actions import continue_spell

    with transaction.atomic():
        locked = lock_person(actor, "people.edit", person.pk)
        if locked.state == Person.State.DEAD:
            raise Refused(_("The death is already on record (%(day)s).") % {"day": words_of_day(locked.died_on)})
        on = check_day(on, "on", locked)
        department = department_of(actor, department)
        continue_spell(actor, locked, "death", "dead", None, on, department, evidence, attachment)
        locked.state, locked.died_on = Person.State.DEAD, on
        _touch(locked, "state", "died_on")
        record(actor, "people.death", locked, region=locked.region_id,
               detail={"on": on.isoformat(), "department": department})
        events.tell(actor, locked.pk)
    return locked


def record_move(
    actor: User, person: Person, way: str, on: dt.date | None, department: str, *, to_region: str = "",
    evidence: str = "", attachment: Attachment | None = None,
) -> Person:
    """Record a move: ``in`` (back) or ``within`` the county to ``to_region``, or ``out`` of it.

    A move within changes who answers for the person; the receiving village gets a work item.
    """
    from yinian.people.circumstances.actions import continue_spell

    with transaction.atomic():
        locked = lock_person(actor, "people.edit", person.pk)
        on = check_day(on, "on", locked)
        department = department_of(actor, department)
        if locked.state == Person.State.DEAD:
            raise Refused(_("This person has died; a move cannot be recorded."))
        if (locked.state == Person.State.MOVED_OUT) != (way == "in"):
            raise Refused(fields={"way": _("This kind of move does not fit: the person lives in the county.")
                                  if way == "in" else _("This person has moved out; only a move back in fits.")})
        origin = locked.region
        detail: dict[str, Any] = {"way": way, "on": on.isoformat(), "from": origin.code}
        if way == "out":
            locked.state = Person.State.MOVED_OUT
        elif way in ("in", "within"):
            target = _region(to_region)
            if target.code[:6] != origin.code[:6]:
                raise Refused(fields={"to_region": _("This place lies outside the county: record a move out instead.")})
            if way == "within" and target.code == origin.code:
                raise Refused(fields={"to_region": _("The person is already registered there.")})
            locked.state, locked.region, locked.residence_code = Person.State.LIVING, target, target.code
            detail["to"] = target.code
        else:
            raise Refused(fields={"way": _("Choose how the person moved.")})
        continue_spell(actor, locked, "move", way, None, on, department, evidence, attachment)
        if way != "out":
            continue_spell(actor, locked, "residence", locked.region_id, None, on, department, evidence, attachment)
            if locked.region_id != origin.code:
                _announce(actor, locked, origin, on)
        _touch(locked, "state", "region", "residence_code")
        record(actor, "people.move", locked, region=origin.code, detail=detail)
        events.tell(actor, locked.pk)
    return locked


def _announce(actor: User, person: Person, origin: Region, on: dt.date) -> None:
    village = person.region_id[:12]
    inbox.ask(
        actor, "people.moved_in", key=f"people.moved_in:{person.pk}:{person.region_id}", region=village,
        role=Role.VILLAGE_WORKER if len(village) == 12 else Role.TOWN_OFFICER,
        params={"name": person.name, "origin": origin.name, "day": on.isoformat()},
        url=reverse("people:person", args=[person.pk]),
    )


def _touch(person: Person, *fields: str) -> None:
    person.version += 1
    person.changed_at = timezone.now()
    person.save(update_fields=[*fields, "version", "changed_at"])


def reveal(actor: User, person: Person, field: str, reason: str) -> str:
    """The full value of a masked field of a person; the reason is logged with the actor's name."""
    if field not in REVEALED:
        raise NotVisible("field")
    site = check_reach(actor, "people.reveal", person)
    return audit.reveal(actor, "people.reveal", person, field, region=person.region_id, reason=reason, site_id=site)


def reveal_kin(actor: User, kin: Kin, reason: str) -> str:
    """The full phone number of a relative, logged in the same way."""
    site = check_reach(actor, "people.reveal", kin.person)
    return audit.reveal(actor, "people.reveal", kin, "phone", region=kin.person.region_id, reason=reason, site_id=site)


def add_kin(
    actor: User, person: Person, *, name: str, relation: str, phone: str = "", lives_in: str = "",
    guardian: bool = False, emergency: bool = False,
) -> Kin:
    """Add a relative, guardian or other contact."""
    errors = {}
    if not identity.normalise_name(name):
        errors["name"] = _("Give the name.")
    if not relation.strip():
        errors["relation"] = _("Say how they are related.")
    if emergency and not phone.strip():
        errors["phone"] = _("Somebody to call in an emergency needs a phone number.")
    if errors:
        raise Refused(fields=errors)
    with transaction.atomic():
        locked = lock_person(actor, "people.edit", person.pk)
        kin = Kin.objects.create(
            person=locked, name=identity.normalise_name(name), relation=relation.strip()[:20],
            phone=normal_phone(phone) if phone.strip() else None, lives_in=lives_in.strip()[:120],
            guardian=guardian, emergency=emergency, recorded_by=actor,
        )
        record(actor, "people.kin_add", locked, region=locked.region_id, detail={"kin": kin.pk, "guardian": guardian})
    return kin


def end_kin(actor: User, kin: Kin, reason: str) -> Kin:
    """A contact no longer holds; it stays on record with the reason."""
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        person = lock_person(actor, "people.edit", kin.person_id)
        locked = Kin.objects.select_for_update().get(pk=kin.pk)
        if locked.ended_at is not None:
            raise Refused(_("This contact was ended already."))
        locked.ended_at, locked.ended_by, locked.end_reason = timezone.now(), actor, reason[:200]
        locked.save(update_fields=["ended_at", "ended_by", "end_reason"])
        record(actor, "people.kin_end", person, region=person.region_id, reason=reason, detail={"kin": kin.pk})
    return locked


def give_consent(
    actor: User, person: Person, *, purpose: str, given_on: dt.date | None, given_by: str, evidence: str = "",
    attachment: Attachment | None = None,
) -> Consent:
    """Record consent to one use of sensitive data, and who gave it."""
    if purpose not in Consent.Purpose.values:
        raise Refused(fields={"purpose": _("Choose what the consent is for.")})
    if not given_by.strip():
        raise Refused(fields={"given_by": _("Say who gave the consent: the person, or the guardian's name.")})
    with transaction.atomic():
        locked = lock_person(actor, "people.edit", person.pk)
        given_on = check_day(given_on, "given_on", locked)
        if locked.consents.filter(purpose=purpose, withdrawn_on__isnull=True).exists():
            raise Refused(fields={"purpose": _("This consent stands already; withdraw it before recording it anew.")})
        consent = Consent.objects.create(
            person=locked, purpose=purpose, given_on=given_on, given_by=given_by.strip()[:60],
            evidence=evidence.strip()[:200], attachment=attachment, recorded_by=actor,
        )
        record(actor, "people.consent_give", locked, region=locked.region_id,
               detail={"consent": consent.pk, "purpose": purpose})
    return consent


def withdraw_consent(actor: User, consent: Consent, on: dt.date | None) -> Consent:
    """Record that a consent was withdrawn from a day on."""
    with transaction.atomic():
        person = lock_person(actor, "people.edit", consent.person_id)
        locked = Consent.objects.select_for_update().get(pk=consent.pk)
        if locked.withdrawn_on is not None:
            raise Refused(_("This consent was withdrawn already."))
        on = check_day(on, "on")
        if on < locked.given_on:
            raise Refused(fields={"on": _("It was given on %(day)s; it cannot be withdrawn before.")
                                  % {"day": words_of_day(locked.given_on)}})
        locked.withdrawn_on = on
        locked.save(update_fields=["withdrawn_on"])
        record(actor, "people.consent_withdraw", person, region=person.region_id,
               detail={"consent": consent.pk, "purpose": locked.purpose})
    return locked
