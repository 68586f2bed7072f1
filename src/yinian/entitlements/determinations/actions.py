"""Suspending, resuming and stopping what was granted: one human proposes, another decides. Nothing happens silently."""

import datetime as dt

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.inbox.actions import ask, settle
from yinian.core.jinja import day as day_words
from yinian.core.jinja import label
from yinian.core.users.models import User
from yinian.core.users.queries import human_key
from yinian.entitlements.adjustments import recovering
from yinian.entitlements.determinations import workkinds
from yinian.entitlements.determinations.queries import get_determination, get_proposal
from yinian.entitlements.models import Determination, Event, Proposal
from yinian.entitlements.papers import issue_of_event

AHEAD = dt.timedelta(days=366)  # a change is not decided upon more than a year before it takes effect
_FITS = {
    Proposal.Kind.SUSPEND: (Determination.State.IN_FORCE,),
    Proposal.Kind.RESUME: (Determination.State.SUSPENDED,),
    Proposal.Kind.STOP: (Determination.State.IN_FORCE, Determination.State.SUSPENDED),
}


def propose(actor: User, determination_id: int, kind: str, on: dt.date | None, reason: str) -> Proposal:
    """Propose a change, effective ``on``; a finding of a run of the same determination is taken up with it.

    Raises :class:`Refused` without reason or day, for a change that does not fit, and while another one waits.
    """
    determination = get_determination(actor, determination_id)
    actor.require("entitlements.propose", determination.person.region_id)
    key = human_key(actor)
    if kind not in Proposal.Kind.values:
        raise Refused(fields={"kind": _("Choose what is to be done.")})
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        locked = Determination.objects.select_for_update().get(pk=determination.pk)
        day = _fitting(locked, Proposal.Kind(kind), on)
        _not_ones_own(locked, key)
        open_ = locked.proposals.select_for_update().filter(state__in=["found", "proposed"]).first()
        if open_ is not None and open_.state == Proposal.State.PROPOSED:
            raise Refused(_("A change of this grant already waits for the checker."))
        proposal = open_ or Proposal(determination=locked, cause=Proposal.Cause.OFFICER)
        if open_ is not None and open_.kind != kind:
            proposal.cause = Proposal.Cause.OFFICER
        proposal.kind, proposal.on, proposal.reason = kind, day, reason[:300]
        proposal.state, proposal.maker, proposal.maker_key = Proposal.State.PROPOSED, actor, key
        proposal.made_at = timezone.now()
        if open_ is not None:
            proposal.version += 1
        proposal.save()
        record(actor, "entitlements.propose", locked, region=locked.person.region_id, reason=reason[:200],
               detail={"kind": kind, "on": day.isoformat(), "proposal": proposal.pk, "cause": proposal.cause})
        ask(
            actor, workkinds.CHECK, key=workkinds.check_key(proposal.pk), region=locked.region_code[:6],
            params={"kind": str(proposal.get_kind_display()), "service": label(locked.label),
                    "who": actor.full_name},
            url=reverse("entitlements:proposal", args=[proposal.pk]),
        )
    return proposal


def _fitting(determination: Determination, kind: Proposal.Kind, on: dt.date | None) -> dt.date:
    if determination.state not in _FITS[kind]:
        raise Refused(fields={"kind": _("This does not fit: the grant is %(state)s.") % {
            "state": determination.get_state_display()}})
    if on is None:
        raise Refused(fields={"on": _("Say from which day it takes effect.")})
    if kind != Proposal.Kind.STOP and on < determination.period.lower:
        raise Refused(fields={"on": _("The grant began on %(day)s; the change cannot take effect before.") % {
            "day": day_words(determination.period.lower)}})
    last = determination.events.filter(kind__in=("suspended", "resumed")).order_by("-on", "-id").first()
    if kind != Proposal.Kind.STOP and last is not None and on < last.on:
        # Months go by the latest change up to their day: an earlier day would be overruled by the one that stands.
        raise Refused(fields={"on": _("%(what)s from %(day)s on; the change cannot take effect before.") % {
            "what": last.get_kind_display(), "day": day_words(last.on)}})
    if on > timezone.localdate() + AHEAD:
        raise Refused(fields={"on": _("This day lies too far ahead.")})
    return on


def _not_ones_own(determination: Determination, key: bytes) -> None:
    index = determination.person.id_index
    if index is not None and bytes(index) == key:
        raise Refused(_("Nobody decides on their own grant; hand it to a colleague."))


def _locked(actor: User, proposal_id: int, version: int) -> tuple[Proposal, Determination]:
    """The proposal and its determination, locked in that order: first the determination, as everywhere."""
    visible = get_proposal(actor, proposal_id)
    actor.require("entitlements.check", visible.determination.region_code[:6])
    determination = Determination.objects.select_for_update().get(pk=visible.determination_id)
    proposal = Proposal.objects.select_for_update().get(pk=visible.pk)
    if proposal.version != version or proposal.state != Proposal.State.PROPOSED:
        raise Changed(_("Somebody has changed this meanwhile; look at it again."))
    return proposal, determination


def confirm(actor: User, proposal_id: int, version: int) -> Event:
    """Decide as proposed, by another human than who proposed it; writes the event and its notice."""
    key = human_key(actor)
    with transaction.atomic():
        proposal, determination = _locked(actor, proposal_id, version)
        _fitting(determination, Proposal.Kind(proposal.kind), proposal.on)
        _not_ones_own(determination, key)
        if bytes(proposal.maker_key or b"") == key:
            raise Refused(_("You proposed this yourself; somebody else decides."))
        proposal.state, proposal.checker, proposal.checker_key = Proposal.State.CONFIRMED, actor, key
        proposal.checked_at = timezone.now()
        proposal.version += 1
        try:
            with transaction.atomic():
                proposal.save()
        except IntegrityError as error:
            raise Refused(_("You proposed this yourself; somebody else decides.")) from error
        event = _apply(proposal, determination, actor)
        recovering.refresh(actor, determination.region_code[:6])
        issue_of_event(actor, event)
        record(actor, "entitlements.grant_change", determination, region=determination.person.region_id,
               reason=proposal.reason[:200],
               detail={"kind": proposal.kind, "on": proposal.on.isoformat(), "proposal": proposal.pk})
        settle(actor, workkinds.check_key(proposal.pk), _("Confirmed."))
    return event


def _apply(proposal: Proposal, determination: Determination, actor: User) -> Event:
    kind = Proposal.Kind(proposal.kind)
    money = determination.amount_fen is not None
    if kind == Proposal.Kind.RESUME:
        determination.state, what, amount = Determination.State.IN_FORCE, Event.Kind.RESUMED, determination.amount_fen
    elif kind == Proposal.Kind.SUSPEND:
        determination.state, what, amount = Determination.State.SUSPENDED, Event.Kind.SUSPENDED, 0 if money else None
    else:
        determination.state, what, amount = Determination.State.STOPPED, Event.Kind.STOPPED, 0 if money else None
        lower = determination.period.lower
        determination.period = (lower, max(lower, proposal.on))
    determination.version += 1
    determination.save(update_fields=["state", "period", "version"])
    assert proposal.maker_id is not None
    return Event.objects.create(
        determination=determination, kind=what, on=proposal.on, amount_fen=amount,
        reason=" ".join(filter(None, (proposal.reason, proposal.clause)))[:300], actor_id=proposal.maker_id,
        checker=actor,
    )


def reject(actor: User, proposal_id: int, version: int, answer: str) -> Proposal:
    """Decide against what was proposed, with a word why; the grant stays as it is."""
    answer = answer.strip()
    if not answer:
        raise Refused(fields={"answer": _("Give a reason; it is kept.")})
    key = human_key(actor)
    with transaction.atomic():
        proposal, determination = _locked(actor, proposal_id, version)
        if bytes(proposal.maker_key or b"") == key:
            raise Refused(_("You proposed this yourself; somebody else decides."))
        proposal.state, proposal.checker, proposal.checker_key = Proposal.State.REJECTED, actor, key
        proposal.checked_at, proposal.answer = timezone.now(), answer[:300]
        proposal.version += 1
        proposal.save()
        record(actor, "entitlements.grant_reject", determination, region=determination.person.region_id,
               reason=answer[:200], detail={"proposal": proposal.pk})
        settle(actor, workkinds.check_key(proposal.pk), _("Rejected."))
    return proposal
