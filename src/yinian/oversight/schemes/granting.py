"""Awards: set within the rule by one human, approved by another, and what the county reports of their use."""

import datetime as dt
from decimal import Decimal
from typing import BinaryIO

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments import actions as attachments
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox.actions import ask, settle
from yinian.core.jinja import yuan
from yinian.core.users.models import User
from yinian.core.users.queries import human_key
from yinian.engines.scheme import award_of
from yinian.oversight import papers, workkinds
from yinian.oversight.schemes import queries
from yinian.oversight.schemes.actions import step
from yinian.oversight.schemes.awarding import Award, UseReport
from yinian.oversight.schemes.models import Application
from yinian.oversight.schemes.rules import params_of, rules_of


def set_award(
    actor: User, application_pk: int, base_fen: int, share: Decimal | None, reason: str, version: int = 0
) -> Award:
    """Set, or set anew, the award of a recognised applicant. ``share`` (0.3 is 30 %) makes it one of the leading.

    ``version`` is that of the award seen; 0 for none yet. Raises Refused beyond the cap or outside the shares.
    """
    seen = queries.get_application(actor, application_pk)
    actor.require("schemes.manage", seen.round.region_id)
    key, reason = human_key(actor), reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say on what grounds; it is kept.")})
    rules = rules_of(seen.round)
    cap, shares = int(rules.award["cap_fen"]), rules.shares
    if not 0 < base_fen <= cap:
        raise Refused(fields={"base": _("More than nothing, and at most %(cap)s yuan (%(clause)s).") % {
            "cap": yuan(cap), "clause": rules.clause(rules.award["source"])}})
    if share is not None and (shares is None or not shares[0] <= share <= shares[1]):
        raise Refused(fields={"share": _("No further award is ruled here.") if shares is None else _(
            "From %(low)s to %(high)s %% (%(clause)s).") % {
                "low": f"{shares[0] * 100:f}".rstrip("0").rstrip("."),
                "high": f"{shares[1] * 100:f}".rstrip("0").rstrip("."),
                "clause": rules.clause(rules.award["leading"]["source"])}})
    low, high = shares or (None, None)
    made = award_of(base_fen, cap_fen=cap, share=share, low=low, high=high)
    with transaction.atomic():
        one = Application.objects.select_for_update(of=("self",)).select_related("round", "region").get(pk=seen.pk)
        if one.state != Application.State.RECOGNISED:
            raise Refused(_("Only a recognised applicant receives an award."))
        found = Award.objects.select_for_update(of=("self",)).filter(application=one).first()
        if (found.version if found is not None else 0) != version:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        if found is not None and found.approved_at is not None:
            raise Refused(_("This award is approved; it stays as it is."))
        values = {
            "base_fen": base_fen, "cap_fen": cap, "leading": share is not None, "share": made.share,
            "extra_fen": made.extra_fen, "total_fen": made.total_fen, "reason": reason[:500], "set_by": actor,
            "set_key": key, "set_at": timezone.now(), "version": version + 1,
        }
        award, _made = Award.objects.update_or_create(application=one, defaults=values)
        step(actor, one.round, "set_award", one, reason, {"base_fen": base_fen, "total_fen": made.total_fen})
        ask(actor, workkinds.AWARD_APPROVE, key=f"oversight.award_approve:{one.round_id}:{one.pk}",
            region=one.round.region_id, params=params_of(one.round, name=one.region.name),
            url=reverse("oversight:award", args=[award.pk]))
    return award


def approve_award(actor: User, pk: int, version: int) -> Award:
    """Approve an award, as another human than set it. The county is asked to report its use."""
    seen = queries.get_award(actor, pk)
    one = seen.application
    actor.require("schemes.manage", one.round.region_id)
    key = human_key(actor)
    with transaction.atomic():
        found = Award.objects.select_for_update(of=("self",)).get(pk=pk)
        if found.version != version:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        if found.approved_at is not None:
            raise Refused(_("This award is approved already."))
        if key == bytes(found.set_key):
            raise Refused(_("You set this award; another human approves it, whatever account you use."))
        found.approved_by, found.approved_key, found.approved_at = actor, key, timezone.now()
        found.version += 1
        found.save(update_fields=["approved_by", "approved_key", "approved_at", "version"])
        step(actor, one.round, "approve_award", one, detail={"total_fen": found.total_fen})
        settle(actor, f"oversight.award_approve:{one.round_id}:{one.pk}", _("approved"))
        left = Application.objects.filter(round=one.round, state=Application.State.RECOGNISED).exclude(
            award__approved_at__isnull=False
        )
        if not left.exists():
            settle(actor, f"oversight.award:{one.round_id}:", _("all awards approved"))
        ask(actor, workkinds.USE, key=f"oversight.use:{one.round_id}:{one.pk}", region=one.region_id,
            params=params_of(one.round), url=reverse("oversight:award", args=[found.pk]))
    return found


def report_use(
    actor: User, pk: int, amount_fen: int, purpose: str, on: dt.date, file: BinaryIO | None, *, lawful: bool
) -> UseReport:
    """Report what part of the award was spent on what. ``lawful``: affirmed not to be for what the rule bars."""
    seen = queries.get_award(actor, pk)
    one = seen.application
    actor.require("schemes.apply", one.region_id)
    faults = {}
    if amount_fen <= 0:
        faults["amount"] = _("Enter the amount that was spent.")
    if not purpose.strip():
        faults["purpose"] = _("Say what it was spent on.")
    if on > timezone.localdate():
        faults["on"] = _("This day lies in the future.")
    if file is None:
        faults["file"] = _("Attach the proof: invoice, contract, acceptance.")
    if not lawful:
        faults["lawful"] = _("The award must not be used for this (%(clause)s).") % {
            "clause": rules_of(one.round).clause(rules_of(one.round).award["use"]["source"])}
    if faults or file is None:
        raise Refused(fields=faults)
    with transaction.atomic():
        award = Award.objects.select_for_update(of=("self",)).get(pk=pk)
        used = _used(award)
        if award.approved_at is None:
            raise Refused(_("The award is not approved yet."))
        if used + amount_fen > award.total_fen:
            raise Refused(fields={"amount": _("%(left)s yuan of the award are left.") % {
                "left": yuan(award.total_fen - used)}})
        stored = attachments.store(actor, file, papers.EVIDENCE, one.region_id)
        try:
            with transaction.atomic():
                made = UseReport.objects.create(
                    award=award, amount_fen=amount_fen, purpose=purpose.strip()[:300], on=on, evidence=stored, by=actor
                )
        except IntegrityError as error:
            raise Refused(fields={"amount": _("This is more than is left of the award.")}) from error
        step(actor, one.round, "report_use", one, detail={"amount_fen": amount_fen})
        if used + amount_fen == award.total_fen:
            settle(actor, f"oversight.use:{one.round_id}:{one.pk}", _("used up and reported"))
    return made


def _used(award: Award) -> int:
    return sum(award.uses.filter(withdrawn_at__isnull=True).values_list("amount_fen", flat=True))


def withdraw_use(actor: User, pk: int, use_pk: int, reason: str) -> UseReport:
    """Withdraw a report that was wrong, with a reason; it stays on record and counts no more."""
    seen = queries.get_award(actor, pk)
    actor.require("schemes.apply", seen.application.region_id)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    with transaction.atomic():
        award = Award.objects.select_for_update(of=("self",)).get(pk=pk)
        found = award.uses.filter(pk=use_pk, withdrawn_at__isnull=True).first()
        if found is None:
            raise NotVisible("use report")
        found.withdrawn_at, found.withdrawn_by, found.reason = timezone.now(), actor, reason[:300]
        found.save(update_fields=["withdrawn_at", "withdrawn_by", "reason"])
        record(actor, "oversight.withdraw_use", found, region=seen.application.region_id, reason=reason[:300])
    return found
