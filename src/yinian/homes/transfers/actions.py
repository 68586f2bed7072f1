"""Moving a resident to another home: by who answers for both, or asked by one home and accepted by the other."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox import actions as inbox
from yinian.core.users.models import User
from yinian.homes.beds.queries import get_bed, get_in_county
from yinian.homes.stays.actions import check_bed, locked, locked_beds, move
from yinian.homes.stays.models import Stay
from yinian.homes.stays.queries import get_stay
from yinian.homes.stays.telling import ask_home
from yinian.homes.transfers.models import Transfer
from yinian.homes.transfers.queries import get_asked, get_transfer
from yinian.people.models import Person
from yinian.places.models import Bed, Site


def transfer(actor: User, stay_pk: int, version: int, bed_pk: int, on: dt.date, reason: str) -> Transfer:
    """Move a resident to a bed of another home at once: for who may admit and discharge in both."""
    seen = get_stay(actor, stay_pk)
    actor.require("homes.admit", seen.bed.site.region_id, seen.bed.site_id)
    to = get_bed(actor, bed_pk)
    actor.require("homes.admit", to.site.region_id, to.site_id)
    reason = _reason(reason)
    _check_other(seen, to.site)
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=seen.person_id)
        beds = locked_beds(seen.bed_id, to.pk)
        stay = locked(stay_pk, version)
        open_request = Transfer.objects.select_for_update().filter(stay=stay, state=Transfer.State.ASKED).first()
        made = open_request or Transfer(stay=stay, asked_by=actor, reason=reason)
        made.to_site = to.site
        return _move(actor, made, stay, person, seen.bed.site, beds[to.pk], on, reason)


def ask(actor: User, stay_pk: int, version: int, site_pk: int, reason: str) -> Transfer:
    """Ask another home of the county to take a resident. Nothing moves before it accepts."""
    seen = get_stay(actor, stay_pk)
    actor.require("homes.admit", seen.bed.site.region_id, seen.bed.site_id)
    to = get_in_county(actor, site_pk)
    reason = _reason(reason)
    _check_other(seen, to)
    with transaction.atomic():
        stay = locked(stay_pk, version)
        if Transfer.objects.filter(stay=stay, state=Transfer.State.ASKED).exists():
            raise Refused(_("Another home has already been asked; withdraw that first."))
        made = Transfer.objects.create(stay=stay, to_site=to, reason=reason, asked_by=actor)
        record(
            actor, "homes.transfer_ask", made, region=seen.bed.site.region_id, reason=reason,
            detail={"person": seen.person_id, "stay": stay.pk, "to": to.pk},
        )
        inbox.ask(
            actor, "homes.transfer_asked", key=_key(made), region=to.region_id, site=to.pk,
            params={"name": seen.person.name, "home": seen.bed.site.name},
            url=reverse("homes:transfer", args=[made.pk]),
        )
    return made


def accept(actor: User, pk: int, version: int, bed_pk: int, on: dt.date) -> Transfer:
    """Take the person into a bed of the home that was asked: they leave the other the same day."""
    seen = get_asked(actor, pk)
    actor.require("homes.admit", seen.to_site.region_id, seen.to_site_id)
    bed = get_bed(actor, bed_pk)
    if bed.site_id != seen.to_site_id:
        raise Refused(fields={"bed": _("Choose a bed of the home that was asked.")})
    with transaction.atomic():
        person = Person.objects.select_for_update().get(pk=seen.stay.person_id)
        beds = locked_beds(seen.stay.bed_id, bed.pk)
        stay = Stay.objects.select_for_update().get(pk=seen.stay_id)
        made = _locked(pk, version)
        if stay.period.upper is not None:
            raise Refused(_("This stay has already ended."))
        return _move(actor, made, stay, person, seen.stay.bed.site, beds[bed.pk], on, "")


def decline(actor: User, pk: int, version: int, answer: str) -> Transfer:
    """Say no to a home that asked, with a reason; it is told."""
    seen = get_asked(actor, pk)
    actor.require("homes.admit", seen.to_site.region_id, seen.to_site_id)
    answer = answer.strip()[:200]
    if not answer:
        raise Refused(fields={"answer": _("Say why the home cannot take the person.")})
    with transaction.atomic():
        made = _decide(actor, _locked(pk, version), Transfer.State.DECLINED, answer)
        ask_home(
            actor, "homes.transfer_declined", f"homes.transfer_declined:{made.pk}", seen.stay, seen.stay.bed.site,
            home=seen.to_site.name, answer=answer,
        )
    return made


def withdraw(actor: User, pk: int, version: int, answer: str) -> Transfer:
    """Take back one's own request before it is answered."""
    seen = get_transfer(actor, pk)
    site = seen.stay.bed.site
    actor.require("homes.admit", site.region_id, site.pk)
    with transaction.atomic():
        return _decide(actor, _locked(pk, version), Transfer.State.WITHDRAWN, answer.strip()[:200])


def drop_for(actor: User, stay: Stay) -> None:
    """A stay ended otherwise: a request that waits for an answer is over. Inside the caller's transaction."""
    for made in Transfer.objects.select_for_update().filter(stay=stay, state=Transfer.State.ASKED):
        _decide(actor, made, Transfer.State.WITHDRAWN, str(stay.get_end_kind_display()))


def _decide(actor: User, made: Transfer, state: str, answer: str) -> Transfer:
    made.state, made.answer, made.decided_by, made.decided_at = state, answer, actor, timezone.now()
    made.version += 1
    made.save(update_fields=["state", "answer", "decided_by", "decided_at", "version"])
    record(
        actor, f"homes.transfer_{state}", made, region=made.to_site.region_id, reason=answer,
        detail={"stay": made.stay_id, "to": made.to_site_id},
    )
    inbox.settle(actor, _key(made), str(made.get_state_display()))
    return made


def _move(
    actor: User, made: Transfer, stay: Stay, person: Person, home: Site, bed: Bed, on: dt.date, reason: str
) -> Transfer:
    """The move itself, on locked rows: one stay ends, the next begins, both homes are told."""
    if on > timezone.localdate():
        raise Refused(fields={"on": _("The day lies in the future; record the change when it has come.")})
    check_bed(bed)
    if stay.kind == Stay.Kind.DAY:
        raise Refused(_("A day place is not transferred: end the one and take up the other."))
    arrived = move(actor, stay, person, bed, on, Stay.End.TRANSFER, reason or made.reason)
    made.state, made.arrived, made.decided_by, made.decided_at = (
        Transfer.State.ACCEPTED, arrived, actor, timezone.now()
    )
    if made.pk is not None:
        made.version += 1
    try:
        with transaction.atomic():
            made.save()
    except IntegrityError as error:
        raise Changed(_("Somebody has changed this stay meanwhile; look at it again.")) from error
    record(
        actor, "homes.transfer", arrived, region=bed.site.region_id, reason=(reason or made.reason)[:200],
        detail={"person": person.pk, "from": stay.bed_id, "to": bed.pk, "on": on.isoformat()},
    )
    inbox.settle(actor, _key(made), str(made.get_state_display()))
    for site in (home, bed.site):
        ask_home(
            actor, "homes.transferred", f"homes.transferred:{made.pk}:{site.pk}", arrived if site == bed.site else stay,
            site, home=home.name, to=bed.site.name, day=on.isoformat(),
        )
    return made


def _locked(pk: int, version: int) -> Transfer:
    made = Transfer.objects.select_for_update(of=("self",)).select_related("to_site").filter(pk=pk).first()
    if made is None:
        raise NotVisible("transfer")
    if made.version != version:
        raise Changed(_("Somebody has answered this request meanwhile; look at it again."))
    if made.state != Transfer.State.ASKED:
        raise Refused(_("This request has already been answered."))
    return made


def _check_other(stay: Stay, to: Site) -> None:
    if to.pk == stay.bed.site_id:
        raise Refused(fields={"bed": _("The person already lives in this home; change the bed instead.")})


def _reason(reason: str) -> str:
    reason = reason.strip()[:200]
    if not reason:
        raise Refused(fields={"reason": _("Say why; it is kept.")})
    return reason


def _key(made: Transfer) -> str:
    return f"homes.transfer_asked:{made.pk}"
