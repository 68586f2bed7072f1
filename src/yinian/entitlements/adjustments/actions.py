"""Deciding and settling corrections: an officer confirms with a choice, another human checks, a payment settles.

Nothing here changes what a person was granted or a line of a cycle: a correction stands beside them.
"""

import datetime as dt
from typing import Any, BinaryIO

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments import actions as attachments
from yinian.core.attachments.kinds import DOCUMENTS, IMAGES, purpose
from yinian.core.audit.actions import record
from yinian.core.errors import Changed, Refused
from yinian.core.jobs import actions as jobs
from yinian.core.jobs.models import Job
from yinian.core.regions.models import Level, Region
from yinian.core.transitions import Flow, Step
from yinian.core.users.models import User
from yinian.core.users.queries import human_key, platform_user
from yinian.entitlements import packs
from yinian.entitlements.adjustments import frames, recovering
from yinian.entitlements.adjustments.notice import issue_notice
from yinian.entitlements.adjustments.perform import work_out, write
from yinian.entitlements.adjustments.queries import get_correction
from yinian.entitlements.adjustments.workkinds import refresh_desks
from yinian.entitlements.models import Adjustment, AdjustmentInCycle, Correction, Cycle, Repayment

MAKE, CHECK = "entitlements.adjust", "entitlements.settle"
RECALCULATE = "entitlements.recalculate"
MOST_PARTS = 36
PAPER = purpose("entitlements.waiver", store=MAKE, open="entitlements.names", kinds=IMAGES | DOCUMENTS)
State, Method = Correction.State, Correction.Method

FLOW = Flow(
    "entitlements.correction",
    (
        Step("confirm", (State.PROPOSED,), State.CONFIRMED, MAKE),
        Step("reject", (State.PROPOSED,), State.REJECTED, MAKE, needs_reason=True),
        Step("return", (State.CONFIRMED,), State.PROPOSED, CHECK, needs_reason=True),
        Step("approve", (State.CONFIRMED,), State.APPROVED, CHECK),
        Step("waive", (State.CONFIRMED,), State.SETTLED, CHECK),
    ),
    lambda correction: correction.region_code,
)


# --- looking again ---------------------------------------------------------------------------------------------


def start_recalculation(actor: User, region: str, *, whole: bool = False) -> Job:
    """Queue a recalculation of a county's approved months. One under way is returned instead of a second.

    ``whole``: everybody, not only those of whom something became known. Raises :class:`Refused` without a usable
    pack and for anything but a county.
    """
    actor.require(MAKE, region)
    return _start(actor, region, whole)


def _start(actor: User, region: str, whole: bool) -> Job:
    if not Region.objects.filter(pk=region, level=Level.COUNTY).exists():
        raise Refused(_("Past months are looked at again for a whole county."))
    packs.in_force(region)
    with transaction.atomic():
        return jobs.enqueue(
            actor, RECALCULATE, {"region": region, "whole": whole}, region=region, key=f"{RECALCULATE}:{region}"
        )


def start_nightly() -> int:
    """Queue the recalculation of every county with approved months. Returns how many."""
    queued = 0
    counties = Cycle.objects.filter(state=Cycle.State.APPROVED).order_by("region").values_list("region", flat=True)
    for county in counties.distinct():
        try:
            _start(platform_user(), county, False)
        except Refused:
            continue  # a pack that cannot be used shows on the overview; the other counties go on
        queued += 1
    return queued


def recalculate_person(actor: User, person_id: int) -> dict[str, Any]:
    """Look again at all approved months of one person, now. Returns how many proposals were made or changed."""
    from yinian.people.persons.queries import get_person

    person = get_person(actor, person_id)
    actor.require(MAKE, person.region_id)
    county = person.region_id[:6]
    found = work_out(county, people=[person.pk])
    with transaction.atomic():
        counts = write(actor, found)
        record(actor, "entitlements.recalculate_person", person, region=person.region_id, detail=counts)
    return counts


# --- deciding --------------------------------------------------------------------------------------------------


def confirm(
    actor: User, correction_id: int, *, version: int, method: str, parts: int | None = None, reason: str = "",
    answers: str = "", paper: BinaryIO | None = None,
) -> Correction:
    """Confirm a proposal and say how it is to be settled; it then waits for another human's check.

    ``method``: pay (arrears); at_once, instalments (``parts`` months) or waive (recovery; with reason and paper).
    ``answers``: who answers for a deceased person.
    """
    correction = get_correction(actor, correction_id)
    actor.require(MAKE, correction.region_code)
    key = human_key(actor)
    reason = reason.strip()
    _check_method(correction, method, parts, reason, paper, answers)
    with transaction.atomic():
        stored = None
        if method == Method.WAIVE and paper is not None:
            stored = _store(actor, paper, correction.region_code)

        def change(row: Correction) -> dict[str, Any]:
            row.method, row.parts = method, parts if method == Method.INSTALMENTS else None
            row.reason, row.answers, row.document, row.answer = reason[:300], answers.strip()[:120], stored, ""
            row.maker, row.maker_key, row.made_at = actor, key, timezone.now()
            row.checker = row.checker_key = row.checked_at = None
            return {"method": method, "parts": row.parts, "fen": row.amount_fen}

        done = FLOW.advance(actor, correction, "confirm", version=version, reason=reason, change=change)
        refresh_desks(actor, done.county_id)
    return done


def _store(actor: User, paper: BinaryIO, region: str) -> Any:
    try:
        return attachments.store(actor, paper, PAPER.name, region)
    except Refused as refusal:
        raise Refused(fields={"paper": refusal.message or str(refusal)}) from refusal


def _check_method(
    correction: Correction, method: str, parts: int | None, reason: str, paper: BinaryIO | None, answers: str
) -> None:
    fields: dict[str, str] = {}
    fitting = {Correction.Kind.ARREARS: {Method.PAY}}.get(
        correction.kind, {Method.AT_ONCE, Method.INSTALMENTS, Method.WAIVE}  # type: ignore[call-overload]
    )
    if method not in fitting:
        fields["method"] = _("Choose how it is to be settled.")
    if method == Method.INSTALMENTS and (parts is None or not 2 <= parts <= MOST_PARTS):
        fields["parts"] = _("Say in how many months: 2 to %(most)s.") % {"most": MOST_PARTS}
    if method == Method.WAIVE and not reason:
        fields["reason"] = _("Say why it is waived.")
    if method == Method.WAIVE and paper is None:
        fields["paper"] = _("Attach the paper on which the waiver rests.")
    if correction.deceased and method in (Method.AT_ONCE, Method.INSTALMENTS) and not answers.strip():
        fields["answers"] = _("The person has died: say who answers for the money.")
    if fields:
        raise Refused(fields=fields)


def reject(actor: User, correction_id: int, *, version: int, reason: str) -> Correction:
    """Say that a proposal is not right, and why. It is not proposed again unless the amounts change."""
    correction = get_correction(actor, correction_id)
    with transaction.atomic():
        def change(row: Correction) -> None:
            row.answer, row.closed_at = reason.strip()[:300], timezone.now()
            row.adjustments.update(standing=Adjustment.Standing.VOID)

        done = FLOW.advance(actor, correction, "reject", version=version, reason=reason, change=change)
        refresh_desks(actor, done.county_id)
    return done


def send_back(actor: User, correction_id: int, *, version: int, reason: str) -> Correction:
    """The checker sends a confirmed correction back to its officer, with a reason."""
    correction = get_correction(actor, correction_id)
    with transaction.atomic():
        def change(row: Correction) -> None:
            row.answer = reason.strip()[:300]
            row.method, row.parts, row.document = "", None, None
            row.maker = row.maker_key = row.made_at = None

        done = FLOW.advance(actor, correction, "return", version=version, reason=reason, change=change)
        refresh_desks(actor, done.county_id)
    return done


def approve(actor: User, correction_id: int, *, version: int) -> Correction:
    """Check a confirmed correction, as another human than who confirmed it. The person is told in writing.

    From now on later recalculation takes its months into account; a waiver is settled by it.
    """
    correction = get_correction(actor, correction_id)
    actor.require(CHECK, correction.region_code)
    key = human_key(actor)
    _not_own(correction, key)
    step = "waive" if correction.method == Method.WAIVE else "approve"

    def change(row: Correction) -> dict[str, Any]:
        if row.maker_key is not None and bytes(row.maker_key) == key:
            raise Refused(_("You confirmed this yourself, in this or another account. Somebody else must check it."))
        row.checker, row.checker_key, row.checked_at = actor, key, timezone.now()
        if step == "waive":
            row.closed_at = timezone.now()
        row.adjustments.update(standing=Adjustment.Standing.COUNTED)
        return {"fen": row.amount_fen, "method": row.method}

    try:
        with transaction.atomic():
            done = FLOW.advance(actor, correction, step, version=version, change=change)
            done.notice = issue_notice(actor, done)
            done.save(update_fields=["notice"])
            refresh_desks(actor, done.county_id)
            recovering.refresh(actor, done.county_id)
    except IntegrityError as error:
        if "correction_made_by_one_checked_by_another" in str(error):
            raise Refused(_("Somebody else must check it.")) from error
        raise
    return done


def _not_own(correction: Correction, key: bytes) -> None:
    if correction.person.id_index is not None and bytes(correction.person.id_index) == key:
        raise Refused(_("This is about yourself. Somebody else must decide it."))


# --- settling --------------------------------------------------------------------------------------------------


def settle_in(actor: User, cycle: Cycle) -> int:
    """Put what is to be settled into a month's payment; returns how many parts.

    Called by the approval of a cycle, inside its transaction and after its lines are final: arrears are paid whole;
    recoveries are deducted from what the person is paid that month, one part a month or as much as there is.
    """
    waiting = list(
        Correction.objects.select_for_update().filter(
            county=cycle.region_id, service_id=cycle.service_id, state=State.APPROVED
        ).exclude(method=Method.WAIVE).order_by("pk")
    )
    paid = dict(
        cycle.lines.filter(paid=True, person__in={row.person_id for row in waiting}).values_list("person", "amount_fen")
    )
    room = {person: fen or 0 for person, fen in paid.items()}
    parts = []
    for row in sorted(waiting, key=lambda row: (row.kind != Correction.Kind.ARREARS, row.pk)):
        amount = row.left_fen
        if row.kind == Correction.Kind.RECOVERY:
            months = row.parts or 1
            amount = frames.part_now(row.amount_fen, row.settled_fen, months, room.get(row.person_id, 0))
        if amount <= 0:
            continue
        sign = 1 if row.kind == Correction.Kind.ARREARS else -1
        room[row.person_id] = room.get(row.person_id, 0) + sign * amount
        parts.append(AdjustmentInCycle(
            correction=row, cycle=cycle, person_id=row.person_id, service_id=row.service_id, month=cycle.month,
            amount_fen=sign * amount, number=row.settlements.count() + 1,
        ))
        _settle(actor, row, amount)
    AdjustmentInCycle.objects.bulk_create(parts)
    if parts:
        record(actor, "entitlements.corrections_settled", cycle, region=cycle.region_id,
               detail={"parts": len(parts), "fen": sum(part.amount_fen for part in parts)})
    return len(parts)


def record_repayment(
    actor: User, correction_id: int, *, version: int, amount_fen: int, on: dt.date, slip: str
) -> Correction:
    """Record money that came back on a recovery: how much, when, by which slip."""
    correction = get_correction(actor, correction_id)
    actor.require(MAKE, correction.region_code)
    slip = slip.strip()[:60]
    fields: dict[str, str] = {}
    if not slip:
        fields["slip"] = _("Give the number of the receipt or bank slip.")
    if on > timezone.localdate():
        fields["on"] = _("The day lies in the future.")
    if amount_fen <= 0:
        fields["amount"] = _("Give the amount.")
    with transaction.atomic():
        row = Correction.objects.select_for_update().get(pk=correction.pk)
        if row.version != version:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        if row.kind != Correction.Kind.RECOVERY or row.state != State.APPROVED:
            raise Refused(_("Nothing is to be paid back here now."))
        if amount_fen > row.left_fen:
            fields["amount"] = _("More than is still to come back (%(left)s yuan).") % {"left": _yuan(row.left_fen)}
        if row.repayments.filter(slip=slip).exists():
            fields["slip"] = _("This slip is recorded already.")
        if fields:
            raise Refused(fields=fields)
        Repayment.objects.create(correction=row, amount_fen=amount_fen, on=on, slip=slip, recorded_by=actor)
        _settle(actor, row, amount_fen)
        record(actor, "entitlements.repayment", row, region=row.region_code,
               detail={"fen": amount_fen, "on": on.isoformat()})
        recovering.after_repayment(actor, row, amount_fen)
    return row


def _settle(actor: User, row: Correction, amount_fen: int) -> None:
    row.settled_fen += amount_fen
    row.version += 1
    if row.settled_fen == row.amount_fen:
        row.state, row.closed_at = State.SETTLED, timezone.now()
    row.save(update_fields=["settled_fen", "version", "state", "closed_at"])


def _yuan(fen: int) -> str:
    from yinian.core.jinja import yuan

    return yuan(fen)
