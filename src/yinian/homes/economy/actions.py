"""Writing gardens and animals: begun, harvested, used, ended; a slip taken back."""

import datetime as dt
from collections.abc import Iterable
from decimal import Decimal
from typing import TypeVar

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.users.models import User
from yinian.homes.care.actions import constraint_of
from yinian.homes.economy.models import Harvest, HarvestHelper, Holding, ProduceUse, Unit
from yinian.homes.economy.queries import get_holding, get_home, harvests, left_of, uses
from yinian.people.models import Person

Entry = TypeVar("Entry", Harvest, ProduceUse)


def begin(
    actor: User, home_pk: int, *, kind: str, what: str, place: str, size: Decimal, began: dt.date
) -> Holding:
    """Something is sown or kept in a home from a day on; ``size`` in square metres, of animals in heads."""
    home = get_home(actor, home_pk, "economy.manage")
    faults = {}
    if kind not in Holding.Kind.values:
        faults["kind"] = _("Choose one.")
    if not what.strip():
        faults["what"] = _("Fill this in.")
    if size <= 0:
        faults["size"] = _("Enter more than nothing.")
    if began > timezone.localdate():
        faults["began"] = _("This day lies in the future.")
    if faults:
        raise Refused(fields=faults)
    with transaction.atomic():
        made = Holding.objects.create(
            site=home, kind=kind, what=what.strip()[:40], place=place.strip()[:40], size=size, began=began,
            made_by=actor,
        )
        record(actor, "homes.holding", made, region=home.region_id, detail={"site": home.pk, "kind": kind})
    return made


def end(actor: User, pk: int, *, on: dt.date, note: str) -> Holding:
    """A crop is over, animals are kept no longer."""
    with transaction.atomic():
        found = _locked(actor, pk, "economy.manage")
        if found.ended is not None:
            raise Changed(_("Somebody has ended this meanwhile."))
        if not found.began <= on <= timezone.localdate():
            raise Refused(fields={"on": _("Choose a day from when it began until today.")})
        found.ended, found.end_note = on, note.strip()[:120]
        found.save(update_fields=["ended", "end_note"])
        record(actor, "homes.holding_end", found, region=found.site.region_id, detail={"site": found.site_id})
    return found


def _locked(actor: User, pk: int, right: str) -> Holding:
    get_holding(actor, pk, right)
    return Holding.objects.select_for_update(of=("self",), no_key=True).select_related("site").get(pk=pk)


def _checked(found: Holding, on: dt.date, amount: Decimal, unit: str) -> dict[str, str]:
    faults = {}
    if unit not in Unit.values:
        faults["unit"] = _("Choose one.")
    if amount <= 0:
        faults["amount"] = _("Enter more than nothing.")
    if on > timezone.localdate():
        faults["on"] = _("This day lies in the future.")
    elif on < found.began:
        faults["on"] = _("It lies before this was begun.")
    return faults


def harvest(
    actor: User, pk: int, *, amount: Decimal, unit: str, on: dt.date, helpers: Iterable[Person] = ()
) -> Harvest:
    """Enter a harvest; ``helpers`` are residents who liked to help, which nobody has to.

    Raises Refused for a helper who does not live in the home on that day.
    """
    with transaction.atomic():
        found = _locked(actor, pk, "economy.record")
        faults = _checked(found, on, amount, unit)
        if found.ended is not None and on > found.ended:
            faults["on"] = _("It lies after this was ended.")
        if faults:
            raise Refused(fields=faults)
        made = Harvest.objects.create(holding=found, on=on, amount=amount, unit=unit, made_by=actor)
        people = list({person.pk: person for person in helpers}.values())
        try:
            with transaction.atomic():
                for person in people:
                    HarvestHelper.objects.create(harvest=made, person=person)
        except IntegrityError as error:
            if constraint_of(error) != "person_lives_here":
                raise
            raise Refused(fields={"helpers": _("Only who lives in the home on that day helped.")}) from error
        record(actor, "homes.harvest", made, region=found.site.region_id,
               detail={"site": found.site_id, "amount": str(amount), "unit": unit, "helpers": len(people)})
    return made


def use(
    actor: User, pk: int, *, kind: str, amount: Decimal, unit: str, on: dt.date, income_fen: int | None = None,
    account: str = "", purpose: str = "",
) -> ProduceUse:
    """Enter what became of a harvest. A sale says what it brought (fen), on which account that went and what it is for.

    Raises Refused where more is used than was harvested and is left.
    """
    account, purpose, sold = account.strip(), purpose.strip(), kind == ProduceUse.Kind.SOLD
    with transaction.atomic():
        found = _locked(actor, pk, "economy.manage")
        faults = _checked(found, on, amount, unit)
        if kind not in ProduceUse.Kind.values:
            faults["kind"] = _("Choose one.")
        if sold:
            needed = {"income_fen": income_fen, "account": account, "purpose": purpose}
            faults |= {name: _("Fill this in for what was sold.") for name, given in needed.items() if not given}
        elif income_fen or account or purpose:
            faults["kind"] = _("Only what was sold brings money.")
        left = left_of(found).get(unit, Decimal(0))
        if amount > left:
            faults.setdefault("amount", _("Only %(n)s are left.") % {"n": left})
        if faults:
            raise Refused(fields=faults)
        made = ProduceUse.objects.create(
            holding=found, kind=kind, on=on, amount=amount, unit=unit, income_fen=income_fen or 0,
            account=account[:60], purpose=purpose[:120], made_by=actor,
        )
        record(actor, "homes.produce_use", made, region=found.site.region_id, detail={
            "site": found.site_id, "kind": kind, "amount": str(amount), "unit": unit, "income_fen": income_fen or 0})
    return made


def take_back_harvest(actor: User, pk: int, reason: str) -> Harvest:
    """Take a harvest that was entered wrongly back. Raises Refused where its use would no longer be covered."""
    found = harvests(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("harvest")
    return _take_back(actor, found, Harvest, "homes.harvest_back", reason)


def take_back_use(actor: User, pk: int, reason: str) -> ProduceUse:
    """Take an entry of use back."""
    found = uses(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("use")
    return _take_back(actor, found, ProduceUse, "homes.produce_use_back", reason)


def _take_back(actor: User, seen: Entry, model: type[Entry], act: str, reason: str) -> Entry:
    with transaction.atomic():
        holding = _locked(actor, seen.holding_id, "economy.manage")
        locked = model._default_manager.select_for_update(of=("self",)).get(pk=seen.pk)
        if locked.voided_at is not None:
            raise Changed(_("Somebody has taken this back meanwhile."))
        if not reason.strip():
            raise Refused(fields={"reason": _("Give a reason; it is kept.")})
        locked.voided_at, locked.voided_by, locked.void_reason = timezone.now(), actor, reason.strip()[:120]
        try:
            with transaction.atomic():
                locked.save(update_fields=["voided_at", "voided_by", "void_reason"])
        except IntegrityError as error:
            if constraint_of(error) != "no_more_used_than_harvested":
                raise
            raise Refused(_("More was used than would be left of the harvest; take the use back first.")) from error
        record(actor, act, locked, region=holding.site.region_id, reason=reason.strip()[:120])
    return locked
