"""Money coming in and going out: payments and reversals, public money, money taken ahead, the bank's word."""

import datetime as dt
from dataclasses import dataclass
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox.actions import settle
from yinian.core.jinja import yuan
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.homes.fees import workkinds
from yinian.homes.fees.accounts.booking import Booking, balance, book, locked_site
from yinian.homes.fees.accounts.models import (
    BankStatement,
    MoneyPosting,
    Payment,
    Prepaid,
    Prepayment,
    SupervisedAccount,
)
from yinian.homes.fees.bills.gathering import by_level, care_levels_of, levels_of, tariffs_of
from yinian.homes.fees.bills.models import Bill
from yinian.homes.fees.queries import get_bill, get_home, get_resident, standing, with_money
from yinian.homes.fees.rules import Limit, Ruling, clause, limit_of, ruling_for
from yinian.homes.stays.models import Stay
from yinian.places.models import Site

SHORT = Payment._meta.get_field("slip").max_length  # characters of a slip's number
HELD_WITHIN = "held_within_the_limit"
FROM_HELD = (Payment.Channel.SERVICE.value, Payment.Channel.DEPOSIT.value)
_ASSETS = {"cash": MoneyPosting.Account.CASH.value, "transfer": MoneyPosting.Account.BANK.value}


def pay(
    actor: User, bill_pk: int, amount_fen: int, channel: str, on: dt.date, *, slip: str = ""
) -> Payment:
    """Record money that came in on a closed bill, or take it from what the home holds for the person."""
    seen = get_bill(actor, bill_pk)
    actor.require("fees.manage", seen.site.region_id, seen.site_id)
    _check_money(amount_fen, on)
    if channel not in Payment.Channel.values:
        raise Refused(fields={"channel": _("Choose one.")})
    if channel == Payment.Channel.TRANSFER and not slip.strip():
        raise Refused(fields={"slip": _("Give the number of the bank slip.")})
    with transaction.atomic():
        site = locked_site(seen.site_id)
        made = pay_within(actor, site, bill_pk, amount_fen, channel, on, slip)
        record(actor, "homes.pay", made.bill, region=site.region_id,
               detail={"amount_fen": amount_fen, "channel": channel, "on": on.isoformat()})
    return made


def pay_within(actor: User, site: Site, bill_pk: int, amount_fen: int, channel: str, on: dt.date, slip: str) -> Payment:
    """Inside the caller's transaction, the home locked."""
    bill = Bill.objects.select_for_update().get(pk=bill_pk)
    if bill.state != Bill.State.CLOSED:
        raise Refused(_("Only a closed bill is paid."))
    if amount_fen > bill.left_fen:
        raise Refused(fields={"amount": _("%(left)s yuan are still open on this bill; take what is more as money paid "
                                          "ahead.") % {"left": yuan(bill.left_fen)}})
    sides: list[tuple[str, int | None, int]] = [("receivable", bill.person_id, -amount_fen)]
    kind = "payment"
    if channel in FROM_HELD:
        held = balance(site.pk, channel, bill.person_id)
        if amount_fen > held:
            raise Refused(fields={"amount": _("Only %(held)s yuan are held of it.") % {"held": yuan(held)}})
        kind = "use"
        sides.append((channel, bill.person_id, amount_fen))
        sides += _out_of_custody(site, amount_fen)
    else:
        sides.append((_ASSETS[channel], None, amount_fen))
    text = _("Payment on bill %(number)s") % {"number": bill.number}
    entry = book(actor, site, Booking(kind, on, text, sides, bill=bill))
    return Payment.objects.create(bill=bill, on=on, amount_fen=amount_fen, channel=channel, slip=slip.strip()[:SHORT],
                                  entry=entry, taken_by=actor)


def _out_of_custody(site: Site, amount_fen: int) -> list[tuple[str, int | None, int]]:
    """What is used leaves the supervised account for the home's own, as far as it lies there."""
    moved = min(amount_fen, balance(site.pk, "supervised"))
    return [("supervised", None, -moved), ("bank", None, moved)]


def reverse_payment(actor: User, payment_pk: int, reason: str) -> Payment:
    """Take back a payment that was entered in error: both stay on record."""
    seen = Payment.objects.select_related("bill").filter(pk=payment_pk).first()
    if seen is None:
        raise NotVisible("payment")
    site = get_bill(actor, seen.bill_id).site
    actor.require("fees.manage", site.region_id, site.pk)
    if not reason.strip():
        raise Refused(fields={"reason": _("Say what the error was; it is kept.")})
    with transaction.atomic():
        site = locked_site(site.pk)
        payment = Payment.objects.select_for_update().get(pk=payment_pk)
        if payment.amount_fen < 0 or Payment.objects.filter(reverses=payment).exists():
            raise Changed(_("This payment has been taken back already."))
        sides = [(one.account, one.person_id, -one.amount_fen) for one in payment.entry.postings.all()]
        text = _("Taken back: payment on bill %(number)s") % {"number": payment.bill.number}
        entry = book(actor, site, Booking("reversal", timezone.localdate(), text, sides, bill=payment.bill))
        made = Payment.objects.create(
            bill=payment.bill, on=timezone.localdate(), amount_fen=-payment.amount_fen, channel=payment.channel,
            reverses=payment, reason=reason.strip()[:200], entry=entry, taken_by=actor,
        )
        record(actor, "homes.reverse_payment", payment.bill, region=site.region_id, reason=reason.strip()[:200],
               detail={"amount_fen": payment.amount_fen})
    return made


def receive_county(actor: User, site_pk: int, amount_fen: int, on: dt.date, text: str) -> None:
    """Record public money that the home received for its residents' bills."""
    site = get_home(actor, site_pk)
    actor.require("fees.manage", site.region_id, site.pk)
    _check_money(amount_fen, on)
    with transaction.atomic():
        site = locked_site(site.pk)
        owed = balance(site.pk, "county")
        if amount_fen > owed:
            raise Refused(fields={"amount": _("Public money owes this home %(owed)s yuan on its bills.")
                                  % {"owed": yuan(owed)}})
        entry = book(actor, site, Booking("county", on, text.strip() or _("Public money received"), [
            ("bank", None, amount_fen), ("county", None, -amount_fen)]))
        record(actor, "homes.receive_county", entry, region=site.region_id, detail={"amount_fen": amount_fen})


@dataclass(frozen=True)
class Room:
    """How much more may be taken of a kind: the limit (None: no rule sets one) and what is held already."""

    limit: Limit | None
    held_fen: int

    @property
    def left_fen(self) -> int | None:
        return None if self.limit is None else max(0, self.limit.fen - self.held_fen)


def room_for(site: Site, ruling: Ruling, kind: str, person_pk: int, on: dt.date) -> Room:
    """How much more a home may take ahead of a resident on a day. Raises :class:`Refused` as ``rules.limit_of``."""
    stay = Stay.objects.filter(bed__site=site, person=person_pk, period__endswith__isnull=True).select_related(
        "bed").order_by("-period").first()
    if stay is None:
        raise Refused(_("Money is taken ahead only of somebody who lives in the home or has a bed kept there."))
    after = on + dt.timedelta(days=1)
    (stretch,) = by_level(on, after, stay.bed.kind, levels_of([person_pk], after).get(person_pk, ()),
                          care_levels_of([stay]).get(stay.pk, ()))
    tariffs = tariffs_of(site, max(on, stay.period.lower) + dt.timedelta(days=1))
    limit = limit_of(ruling, kind, tariffs, stretch, max(on, stay.period.lower), site.ownership)
    return Room(limit, balance(site.pk, kind, person_pk))


def take_ahead(
    actor: User, site_pk: int, person_pk: int, kind: str, amount_fen: int, on: dt.date, *, into: str = "supervised",
    slip: str = "",
) -> Prepayment:
    """Take a deposit or fees ahead, within what the rule of the place allows on that day.

    Raises :class:`Refused` naming the rule's clause where more would be held, or where the rule wants another account.
    """
    site = get_home(actor, site_pk)
    actor.require("fees.manage", site.region_id, site.pk)
    person = get_resident(actor, site, person_pk)
    _check_money(amount_fen, on)
    if kind not in Prepaid.values:
        raise Refused(fields={"kind": _("Choose one.")})
    ruling = ruling_for(site.region_id)
    if into not in ("supervised", "bank"):
        raise Refused(fields={"into": _("Choose one.")})
    if into != "supervised" and kind in ruling.rules.supervised.value:
        raise Refused(fields={"into": _("By %(clause)s it is kept in the supervised account.")
                              % {"clause": clause(ruling, ruling.rules.supervised)}})
    if into == "supervised" and not SupervisedAccount.objects.filter(site=site).exists():
        raise Refused(_("No supervised account of this home is on record; enter it first."))
    try:
        with transaction.atomic():
            site = locked_site(site.pk)
            room = room_for(site, ruling, kind, person.pk, on)
            if room.limit is None:
                raise Refused(fields={"kind": _("No rule says how much of it may be held here; it cannot be taken.")})
            if amount_fen > (room.left_fen or 0):
                raise _over(room.limit, room.held_fen)
            entry = book(actor, site, Booking(
                "prepaid", on, str(Prepaid(kind).label), [(into, None, amount_fen), (kind, person.pk, -amount_fen)]))
            made = Prepayment.objects.create(
                site=site, person=person, kind=kind, on=on, amount_fen=amount_fen, into=into, slip=slip.strip()[:SHORT],
                limit_fen=room.limit.fen, rule=room.limit.kept(), entry=entry, taken_by=actor,
            )
            record(actor, "homes.take_ahead", made, region=site.region_id,
                   detail={"person": person.pk, "kind": kind, "amount_fen": amount_fen, "limit_fen": room.limit.fen})
            watch(actor, site)
    except IntegrityError as error:
        if getattr(getattr(error.__cause__, "diag", None), "constraint_name", "") == HELD_WITHIN:
            raise _over(room.limit, room.held_fen) from error  # type: ignore[arg-type]
        raise
    return made


def _over(limit: Limit, held: int) -> Refused:
    return Refused(fields={"amount": _(
        "By %(clause)s at most %(limit)s yuan may be held (%(months)s times %(base)s yuan); %(held)s yuan are held "
        "already, so %(left)s yuan can still be taken.") % {
            "clause": limit.clause, "limit": yuan(limit.fen), "months": limit.months, "base": yuan(limit.base_fen),
            "held": yuan(held), "left": yuan(max(0, limit.fen - held))}})  # fmt: skip


def keep_account(actor: User, site_pk: int, version: int, given: dict[str, Any]) -> SupervisedAccount:
    """Enter or change a home's supervised account and the net fixed assets its limit counts by."""
    site = get_home(actor, site_pk)
    actor.require("fees.manage", site.region_id, site.pk)
    tail = str(given["tail"]).strip()
    if not (tail.isdigit() and len(tail) == 4):
        raise Refused(fields={"tail": _("Give the last four digits of the account's number.")})
    if not str(given["bank"]).strip():
        raise Refused(fields={"bank": _("Name the bank.")})
    with transaction.atomic():
        locked_site(site.pk)
        account = SupervisedAccount.objects.select_for_update().filter(site=site).first()
        if (account.version if account else 0) != version:
            raise Changed(_("Somebody has changed this account meanwhile; look at it again."))
        account = account or SupervisedAccount(site=site, version=0)
        account.bank, account.tail = str(given["bank"]).strip()[:100], tail
        account.filed_on, account.assets_fen = given.get("filed_on"), given.get("assets_fen")
        account.assets_on = timezone.localdate() if account.assets_fen is not None else None
        account.version += 1
        account.save()
        record(actor, "homes.keep_account", account, region=site.region_id,
               detail={"bank": account.bank, "assets_fen": account.assets_fen})
        watch(actor, site)
    return account


def state_balance(actor: User, site_pk: int, on: dt.date, balance_fen: int, note: str = "") -> BankStatement:
    """Enter what the bank says stands on the supervised account; the ledger's figure is kept beside it."""
    site = get_home(actor, site_pk)
    actor.require("fees.manage", site.region_id, site.pk)
    if balance_fen < 0:
        raise Refused(fields={"amount": _("An account does not stand below 0.")})
    if on > timezone.localdate():
        raise Refused(fields={"on": _("This day lies in the future.")})
    with transaction.atomic():
        locked_site(site.pk)
        made = BankStatement.objects.create(site=site, on=on, balance_fen=balance_fen, note=note.strip()[:200],
                                            booked_fen=balance(site.pk, "supervised"), entered_by=actor)
        record(actor, "homes.state_balance", made, region=site.region_id,
               detail={"balance_fen": balance_fen, "booked_fen": made.booked_fen})
        watch(actor, site)
    return made


def watch(actor: User, site: Site) -> None:
    """Put a home that is short or holds too much on the bureau's desk, or take it off. In the caller's transaction."""
    platform = platform_user()
    found = with_money(Site.objects.filter(pk=site.pk)).get()
    state = standing(found, ruling_for(site.region_id))
    if state.short_fen or state.over_fen:
        workkinds.ask_to_look(platform, site, state.short_fen, state.over_fen)
    else:
        settle(actor, workkinds.alarm_key(site), _("The account is in order."))


def _check_money(amount_fen: int, on: dt.date) -> None:
    if amount_fen <= 0:
        raise Refused(fields={"amount": _("Give an amount above 0.")})
    if on > timezone.localdate():
        raise Refused(fields={"on": _("This day lies in the future.")})
