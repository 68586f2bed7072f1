"""Getting money back by hand, from somebody who is paid nothing any more: who looks after it by when, and giving it up.

A recovery is deducted from what the person is paid. Where nothing is, an officer gets it back, in parts if need be, or
proposes to write it off, which another human decides.
"""

import datetime as dt
from typing import BinaryIO

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.attachments import actions as attachments
from yinian.core.audit.actions import record
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox.actions import Asked, ask, ask_many, settle, settle_many
from yinian.core.inbox.models import WorkItem
from yinian.core.jinja import yuan
from yinian.core.roles import Role
from yinian.core.users.models import User
from yinian.core.users.queries import human_key
from yinian.entitlements import grounds, packs
from yinian.entitlements.adjustments import workkinds
from yinian.entitlements.adjustments.queries import get_correction, label_words
from yinian.entitlements.models import Correction, CycleLine, Determination, WriteOff
from yinian.people.models import Person

MAKE, CHECK = "entitlements.adjust", "entitlements.settle"


def by_hand(rows: QuerySet[Correction]) -> QuerySet[Correction]:
    """Of some corrections, the recoveries under settlement of people who are paid nothing to deduct it from."""
    paying = Determination.objects.filter(
        person=OuterRef("person"), service_id=OuterRef("service_id")
    ).exclude(state=Determination.State.STOPPED).exclude(
        # What is given once and has been paid pays nothing more.
        Exists(CycleLine.objects.filter(determination=OuterRef("pk"), paid=True)), unit=Determination.Unit.ONCE,
    )
    return rows.filter(
        Q(person__state=Person.State.DEAD) | ~Exists(paying), kind=Correction.Kind.RECOVERY,
        state=Correction.State.APPROVED,
    ).exclude(method=Correction.Method.WAIVE)


def refresh(actor: User, county: str) -> int:
    """Bring the county's items up to the recoveries to be got back by hand. Inside the caller's transaction.

    An item's last day is the pack's; it stays when more becomes known of the same recovery.
    """
    rows = list(by_hand(Correction.objects.filter(county=county)).select_related("person__region").order_by("pk"))
    days = {name: _days(county, name) for name in {row.service_id for row in rows}}
    items = [_item(row, days[row.service_id]) for row in rows]
    ask_many(actor, items)
    settle_many(actor, workkinds.recover_prefix(county), {item.key for item in items},
                _("Nothing is left to be got back by hand."))
    return len(items)


def deadline(row: Correction) -> dt.date | None:
    """By when a recovery is to be got back by hand, or looked after again."""
    item = WorkItem.objects.filter(key=workkinds.recover_key(row), state=WorkItem.State.OPEN).first()
    return item.due_on if item is not None else None


def _days(county: str, service_id: str) -> int:
    return grounds.procedure_of(packs.in_force(county).pack, service_id).recovery.value


def _item(row: Correction, days: int) -> Asked:
    town = row.region_code if len(row.region_code) < 9 else row.region_code[:9]
    return Asked(
        workkinds.RECOVER.name, workkinds.recover_key(row), town,
        {"name": row.person.name, "service": label_words(row.label, row.service_id), "left": yuan(row.left_fen)},
        reverse("entitlements:correction", args=[row.pk]),
        Role.TOWN_OFFICER if len(town) > len(row.county_id) else Role.BUREAU_OFFICER,
        add_working_days(timezone.localdate(), days),
    )


def after_repayment(actor: User, row: Correction, amount_fen: int) -> None:
    """What a repayment does to the item and to a proposed write-off: a new term for the rest, or the end of both."""
    settle(actor, workkinds.recover_key(row), _("%(amount)s yuan came back.") % {"amount": yuan(amount_fen)})
    for proposed in WriteOff.objects.select_for_update().filter(correction=row, state=WriteOff.State.PROPOSED):
        proposed.version += 1
        if row.left_fen:
            proposed.amount_fen = row.left_fen
        else:
            proposed.state, proposed.answer = WriteOff.State.DROPPED, _("The money came back.")
            settle(actor, workkinds.write_off_key(row), _("The money came back."))
        proposed.save()
    refresh(actor, row.county_id)


# --- giving it up ----------------------------------------------------------------------------------------------


def propose_write_off(
    actor: User, correction_id: int, *, version: int, reason: str, paper: BinaryIO | None = None
) -> WriteOff:
    """Propose to give up what is still to come back, with the reason and, where there is one, a paper.

    Raises :class:`Refused` without a reason, for what is not a recovery under settlement, and while one waits.
    """
    correction = get_correction(actor, correction_id)
    actor.require(MAKE, correction.region_code)
    key = human_key(actor)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say what was tried and why it cannot be got back.")})
    with transaction.atomic():
        row = Correction.objects.select_for_update().get(pk=correction.pk)
        if row.version != version:
            raise Changed(_("Somebody has changed this meanwhile; look at it again."))
        if row.kind != Correction.Kind.RECOVERY or row.state != Correction.State.APPROVED or not row.left_fen:
            raise Refused(_("Nothing is to be paid back here now."))
        if not by_hand(Correction.objects.filter(pk=row.pk)).exists():
            raise Refused(_("The person is still paid this service; the money comes back with the next months."))
        if row.write_offs.filter(state=WriteOff.State.PROPOSED).exists():
            raise Refused(_("A write-off already waits for the checker."))
        _not_own(row, key)
        stored = None
        if paper is not None:
            from yinian.entitlements.adjustments.actions import PAPER

            try:
                stored = attachments.store(actor, paper, PAPER.name, row.region_code)
            except Refused as refusal:
                raise Refused(fields={"paper": refusal.message or str(refusal)}) from refusal
        made = WriteOff.objects.create(correction=row, amount_fen=row.left_fen, reason=reason[:300], document=stored,
                                       maker=actor, maker_key=key)
        record(actor, "entitlements.write_off_propose", row, region=row.region_code, reason=reason[:200],
               detail={"fen": made.amount_fen})
        ask(
            actor, workkinds.WRITE_OFF.name, key=workkinds.write_off_key(row), region=row.county_id,
            params={"name": row.person.name, "amount": yuan(made.amount_fen), "who": actor.full_name},
            url=reverse("entitlements:correction", args=[row.pk]),
        )
    return made


def approve_write_off(actor: User, write_off_id: int, version: int) -> WriteOff:
    """Write off what is still to come back, as another human than who proposed it. Closes the recovery."""
    return _decide(actor, write_off_id, version, WriteOff.State.APPROVED, "")


def reject_write_off(actor: User, write_off_id: int, version: int, answer: str) -> WriteOff:
    """Do not write it off, and say why: it is still to be got back."""
    if not answer.strip():
        raise Refused(fields={"reason": _("Give a reason; it is kept.")})
    return _decide(actor, write_off_id, version, WriteOff.State.REJECTED, answer.strip())


def _decide(actor: User, pk: int, version: int, state: WriteOff.State, answer: str) -> WriteOff:
    found = WriteOff.objects.filter(pk=pk).first()
    if found is None:
        raise NotVisible("write-off")
    correction = get_correction(actor, found.correction_id)
    actor.require(CHECK, correction.region_code)
    key = human_key(actor)
    try:
        with transaction.atomic():
            row = Correction.objects.select_for_update().get(pk=correction.pk)
            found = WriteOff.objects.select_for_update().get(pk=pk)
            if found.version != version or found.state != WriteOff.State.PROPOSED:
                raise Changed(_("Somebody has changed this meanwhile; look at it again."))
            if bytes(found.maker_key) == key:
                raise Refused(_("You proposed this yourself; somebody else decides."))
            _not_own(row, key)
            if found.amount_fen != row.left_fen and state == WriteOff.State.APPROVED:
                raise Changed(_("Somebody has changed this meanwhile; look at it again."))
            found.state, found.answer, found.checker, found.checker_key = state, answer[:300], actor, key
            found.checked_at = timezone.now()
            found.version += 1
            found.save()
            if state == WriteOff.State.APPROVED:
                row.written_off_fen, row.state = found.amount_fen, Correction.State.SETTLED
                row.closed_at = timezone.now()
                row.version += 1
                row.save(update_fields=["written_off_fen", "state", "closed_at", "version"])
            record(actor, f"entitlements.write_off_{state}", row, region=row.region_code,
                   reason=(answer or found.reason)[:200], detail={"fen": found.amount_fen})
            settle(actor, workkinds.write_off_key(row), str(found.get_state_display()))
            refresh(actor, row.county_id)
    except IntegrityError as error:
        if "writeoff_made_by_one_checked_by_another" in str(error):
            raise Refused(_("You proposed this yourself; somebody else decides.")) from error
        raise
    return found


def _not_own(row: Correction, key: bytes) -> None:
    if row.person.id_index is not None and bytes(row.person.id_index) == key:
        raise Refused(_("This is about yourself. Somebody else must decide it."))

