"""Writing referrals. Arrival and return begin and end the resident's absence in the same transaction, so that nobody is
recorded in two places."""

import datetime as dt
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from yinian.core.attachments import actions as attachments
from yinian.core.audit.actions import record
from yinian.core.documents import actions as documents
from yinian.core.errors import Changed, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.jinja import day
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.homes.absences import actions as absences
from yinian.homes.absences.models import Absence
from yinian.homes.beds.queries import get_home
from yinian.homes.stays import queries as stays
from yinian.homes.stays.models import Stay
from yinian.homes.stays.refusing import constraint_of
from yinian.medical import papers, workkinds
from yinian.medical.contracts.models import Contract
from yinian.medical.contracts.queries import contract_between
from yinian.medical.health.queries import paper_data, summary_of
from yinian.medical.institutions.models import Institution
from yinian.medical.institutions.queries import get_institution
from yinian.medical.keeping import given_reason
from yinian.medical.referrals import queries
from yinian.medical.referrals.models import Referral
from yinian.people.models import Person
from yinian.places.models import Site

TEMPLATE = "medical/documents/referral.typ"
TITLE = "双向转诊单"
LONGEST = 1000
State = Referral.State


def refer(
    actor: User, stay_pk: int, institution_pk: int, *, urgency: str, reason: str, green: bool
) -> Referral:
    """Refer a resident to hospital: the paper with their health as known now is issued at once.

    ``green``: through the green channel, which a contract in force between the two must cover.
    """
    stay = stays.get_stay(actor, stay_pk)
    site = stay.bed.site
    actor.require("medical.refer", site.region_id, site.pk)
    institution = get_institution(actor, institution_pk)
    if stay.kind == Stay.Kind.DAY:
        raise Refused(_("Who comes by day keeps no bed: call the family; no referral of the home is entered."))
    if stay.period.upper is not None or stay.period.lower > timezone.localdate():
        raise Refused(_("Only who lives in the home now is referred."))
    return _ask(
        actor, site, stay.person, stay, institution, Referral.Direction.UP, urgency=urgency, reason=reason, green=green
    )


def refer_down(
    actor: User,
    site_pk: int,
    person_pk: int,
    proof: str,
    institution_pk: int,
    *,
    urgency: str,
    reason: str,
    asked_who: str,
    green: bool = False,
) -> Referral:
    """Enter that a hospital asks the home to take somebody. ``asked_who``: who of the hospital asked.

    ``proof`` shows that the actor found the person for this home (:func:`yinian.homes.stays.queries.candidates`).
    """
    site = get_home(actor, site_pk)
    actor.require("medical.refer", site.region_id, site.pk)
    person = stays.admissible(actor, site, person_pk, proof)
    institution = get_institution(actor, institution_pk)
    if not asked_who.strip():
        raise Refused(fields={"asked_who": _("Say who of the hospital asked.")})
    elsewhere = stays.nights().filter(person=person, period__endswith__isnull=True).exclude(bed__site=site).first()
    if elsewhere is not None:
        raise Refused(_("The person lives in another home; the hospital asks there."))
    return _ask(
        actor, site, person, queries.stay_now(person, site), institution, Referral.Direction.DOWN, urgency=urgency,
        reason=reason, green=green, asked_who=asked_who.strip()[:60],
    )


def _ask(
    actor: User,
    site: Site,
    person: Person,
    stay: Stay | None,
    institution: Institution,
    direction: str,
    *,
    urgency: str,
    reason: str,
    green: bool,
    asked_who: str = "",
) -> Referral:
    if urgency not in Referral.Urgency.values:
        raise Refused(fields={"urgency": _("Choose how urgent it is.")})
    reason = reason.strip()[:LONGEST]
    if not reason:
        raise Refused(fields={"reason": _("Say why.")})
    contract = contract_between(site, institution)
    if green and (contract is None or Contract.Cover.GREEN not in contract.covers):
        raise Refused(fields={"green": _no_green(contract, institution)})
    with transaction.atomic():
        try:
            with transaction.atomic():
                made = Referral.objects.create(
                    site=site, person=person, stay=stay, direction=direction, institution=institution,
                    urgency=urgency, reason=reason, green=green, contract=contract, asked_on=timezone.localdate(),
                    asked_by=actor, asked_who=asked_who,
                )
        except IntegrityError as error:
            if constraint_of(error) != "one_open_referral_of_a_person":
                raise
            raise Refused(_("A referral of this person is open already; enter there how it goes on.")) from error
        made.document = documents.issue(
            actor, papers.REFERRAL, region=site.region_id, title=TITLE, template=TEMPLATE, data=_paper(made, actor),
            person=person.pk, issuer=site.name if made.is_up else institution.name, site=site.pk,
        )
        made.save(update_fields=["document"])
        record(
            actor, "medical.refer" if made.is_up else "medical.refer_down", made, region=site.region_id,
            detail={"person": person.pk, "site": site.pk, "institution": institution.pk, "green": green,
                    "urgency": urgency},
        )
        inbox.ask(
            actor, workkinds.UNANSWERED if made.is_up else workkinds.TO_ANSWER, key=_key(made),
            region=site.region_id, site=site.pk, url=reverse("medical:referral", args=[made.pk]),
            params={"name": person.name, "hospital": institution.name},
        )
    return made


def _no_green(contract: Contract | None, institution: Institution) -> str:
    if contract is None:
        return _(
            "The home has no contract in force with %(name)s, so no green channel; it goes as an ordinary one."
        ) % {"name": institution.name}
    return _("The contract with %(name)s does not cover a green channel; it goes as an ordinary one.") % {
        "name": institution.name
    }


def _paper(made: Referral, actor: User) -> dict[str, Any]:
    """What the paper says: the referral, and the person's health as known now."""
    with override("zh-hans"):
        return {
            **paper_data(summary_of(made.person)),
            "referral": {
                "up": made.is_up,
                "direction": str(made.get_direction_display()),
                "home": made.site.name,
                "phone": made.site.phone,
                "hospital": made.institution.name,
                "hospital_phone": made.institution.emergency_phone or made.institution.phone,
                "urgency": str(made.get_urgency_display()),
                "green": _("yes, by the contract in force from %(day)s") % {"day": day(made.contract.period.lower)}
                if made.green and made.contract
                else _("no"),
                "on": made.asked_on.isoformat(),
                "reason": made.reason,
                "by": actor.full_name if made.is_up else f"{made.asked_who}（{actor.full_name}）",
            },
        }


def answer(actor: User, pk: int, version: int, *, accepts: bool, who: str, words: str = "") -> Referral:
    """Enter the answer to a referral and who gave it: of the hospital going up, of the home coming down."""
    who, words = who.strip()[:60], words.strip()[:200]
    faults = {}
    if not who:
        faults["who"] = _("Write who answered.")
    if not accepts and not words:
        faults["words"] = _("Say why not; it is kept.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        found = _locked(actor, pk, version, State.ASKED)
        _answered(found, actor, who, words)
        found.state = State.ACCEPTED if accepts else State.REFUSED
        _save(found)
        inbox.settle(actor, _key(found), str(found.get_state_display()))
        record(actor, "medical.answer", found, region=found.site.region_id,
               detail={"person": found.person_id, "accepts": accepts})
    return found


def _answered(found: Referral, actor: User, who: str, words: str) -> None:
    found.answered_at, found.answered_by, found.answered_who, found.answer = timezone.now(), actor, who, words


def arrive(actor: User, pk: int, version: int, *, on: dt.date, who: str = "") -> Referral:
    """Enter that a referred resident is in hospital: their absence begins with it, or the one that runs is taken.

    ``who`` received them: needed where nobody answered before, which is for emergencies only.
    """
    _not_ahead(on)
    with transaction.atomic():
        stay = _lock_stay(actor, pk)
        found = _locked(actor, pk, version, State.ASKED, State.ACCEPTED)
        if not found.is_up:
            raise Refused(_("This one comes from hospital; enter the arrival in the home."))
        if found.state == State.ASKED:
            if found.urgency != Referral.Urgency.EMERGENCY:
                raise Refused(_("Enter the hospital's answer first; only an emergency goes without."))
            if not who.strip():
                raise Refused(fields={"who": _("Say who received the person.")})
            _answered(found, actor, who.strip()[:60], "")
        if on < found.asked_on:
            raise Refused(fields={"on": _("It lies before the referral, %(day)s.") % {"day": day(found.asked_on)}})
        if stay is None:
            raise Refused(_("The person no longer lives in the home; withdraw the referral."))
        running = queries.absence_now(stay)
        if running is not None and running.kind != Absence.Kind.HOSPITAL:
            raise Refused(_("The person is on home leave; enter their return first."))
        found.absence = running or absences.go(
            actor, stay.pk, stay.version, Absence.Kind.HOSPITAL, on, _("Referral"), hospital=found.institution.name
        )
        found.state, found.arrived_on, found.arrived_by = State.ARRIVED, on, actor
        _save(found)
        inbox.settle(actor, _key(found), str(found.get_state_display()))
        record(actor, "medical.arrive", found, region=found.site.region_id,
               detail={"person": found.person_id, "on": on.isoformat()})
    return found


def come_back(
    actor: User, pk: int, version: int, *, on: dt.date, file: BinaryIO | None, note: str = "", missing: str = ""
) -> Referral:
    """Enter the return from hospital with the discharge summary, or why there is none (``missing``). The absence ends
    with it; where its return was entered before, that day stands."""
    _not_ahead(on)
    if file is None and not missing.strip():
        raise Refused(fields={"file": _("Attach the discharge summary, or say why there is none.")})
    with transaction.atomic():
        stay = _lock_stay(actor, pk)
        found = _locked(actor, pk, version, State.ARRIVED)
        if stay is None:
            raise Refused(_("The person no longer lives in the home; enter that they did not come back."))
        if found.arrived_on is not None and on < found.arrived_on:
            raise Refused(fields={"on": _("It lies before the arrival, %(day)s.") % {"day": day(found.arrived_on)}})
        running = queries.absence_now(stay)
        if running is not None and running.kind == Absence.Kind.HOSPITAL:
            if on <= running.period.lower:
                # Seen and sent home the same day: that night was spent in the home.
                absences.take_back(actor, running.pk, running.version, _("Back from hospital the same day"))
                found.absence = None
            else:
                absences.come_back(actor, running.pk, running.version, on)
        elif found.absence is not None and found.absence.period.upper is not None:
            on = found.absence.period.upper
        _discharge(actor, found, file, note)
        found.end_note = "" if file is not None else missing.strip()[:200]
        _end(actor, found, State.RETURNED, on, "medical.return")
    return found


def take_in(
    actor: User, pk: int, version: int, *, on: dt.date, file: BinaryIO | None = None, note: str = ""
) -> Referral:
    """Enter that somebody a hospital referred has arrived in the home: a resident's absence ends with it; who is new
    must have been admitted to a bed before."""
    _not_ahead(on)
    with transaction.atomic():
        stay = _lock_stay(actor, pk)
        found = _locked(actor, pk, version, State.ACCEPTED)
        if found.is_up:
            raise Refused(_("This one goes to hospital; enter the arrival there."))
        if stay is None:
            raise Refused(_("Admit the person to a bed first; then enter the arrival."))
        if on < found.asked_on:
            raise Refused(fields={"on": _("It lies before the referral, %(day)s.") % {"day": day(found.asked_on)}})
        running = queries.absence_now(stay)
        if running is not None and running.kind == Absence.Kind.HOSPITAL:
            found.absence = absences.come_back(actor, running.pk, running.version, on)
        found.stay, found.arrived_on, found.arrived_by = stay, on, actor
        _discharge(actor, found, file, note)
        _end(actor, found, State.RETURNED, on, "medical.return")
    return found


def did_not_come_back(actor: User, pk: int, version: int, why: str) -> Referral:
    """Enter that a resident did not come back from hospital, once their stay in the home has ended."""
    why = given_reason(why, "why")
    with transaction.atomic():
        stay = _lock_stay(actor, pk)
        found = _locked(actor, pk, version, State.ARRIVED)
        if stay is not None:
            raise Refused(_("The person still has a bed in the home; end the stay first, with its reason."))
        found.end_note = why
        _end(actor, found, State.STAYED, timezone.localdate(), "medical.stayed", why)
    return found


def withdraw(actor: User, pk: int, version: int, why: str) -> Referral:
    """Withdraw a referral before anybody has gone, with the reason."""
    why = given_reason(why, "why")
    with transaction.atomic():
        found = _locked(actor, pk, version, State.ASKED, State.ACCEPTED)
        found.end_note = why
        _end(actor, found, State.WITHDRAWN, timezone.localdate(), "medical.withdraw", why)
    return found


def look_after() -> int:
    """Ask homes how referrals ended whose person is no longer in hospital. Asking again is free. How many."""
    actor, asked = platform_user(), 0
    with transaction.atomic():
        for found in queries.left_unclosed():
            inbox.ask(
                actor, workkinds.COME_BACK, key=_key(found), region=found.site.region_id, site=found.site_id,
                url=reverse("medical:referral", args=[found.pk]),
                params={"name": found.person.name, "hospital": found.institution.name},
            )
            asked += 1
    return asked


def _discharge(actor: User, found: Referral, file: BinaryIO | None, note: str) -> None:
    if file is not None:
        try:
            found.discharge = attachments.store(
                actor, file, papers.DISCHARGE, found.site.region_id, site_id=found.site_id
            )
        except Refused as refusal:
            raise Refused(fields={"file": refusal.message or str(refusal)}) from refusal
    found.discharge_note = note.strip()[:LONGEST] or None


def _end(actor: User, found: Referral, state: str, on: dt.date, act: str, reason: str = "") -> None:
    found.state, found.ended_on, found.ended_by = state, on, actor
    _save(found)
    inbox.settle(actor, _key(found), str(found.get_state_display()), needed=state != State.WITHDRAWN)
    record(actor, act, found, region=found.site.region_id, reason=reason,
           detail={"person": found.person_id, "on": on.isoformat()})


_CHANGED = (
    "stay", "state", "answered_at", "answered_by", "answered_who", "answer", "arrived_on", "arrived_by", "absence",
    "ended_on", "ended_by", "end_note", "discharge", "discharge_note", "version",
)


def _save(found: Referral) -> None:
    # Never the whole row: what is enciphered anew would differ from what was entered, which the database holds.
    found.version += 1
    found.save(update_fields=_CHANGED)


def _lock_stay(actor: User, pk: int) -> Stay | None:
    """The stay of the referral's person in its home, locked before the referral, as every act on stays does."""
    seen = queries.get_referral(actor, pk)
    stay = queries.stay_now(seen.person_id, seen.site_id)
    return None if stay is None else Stay.objects.select_for_update().get(pk=stay.pk)


def _locked(actor: User, pk: int, version: int, *states: str) -> Referral:
    seen = queries.get_referral(actor, pk)
    actor.require("medical.refer", seen.site.region_id, seen.site_id)
    found = (
        Referral.objects.select_for_update(of=("self",))
        .select_related("site", "person", "institution__organisation", "absence")
        .get(pk=pk)
    )
    if found.version != version:
        raise Changed(_("Somebody has changed this referral meanwhile; look at it again."))
    if found.state not in states:
        raise Refused(_("This step is not possible in the present state."))
    return found


def _not_ahead(on: dt.date) -> None:
    if on > timezone.localdate():
        raise Refused(fields={"on": _("This day lies in the future.")})


def _key(found: Referral) -> str:
    return f"medical.referral:{found.pk}"
