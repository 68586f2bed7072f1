"""The demo's bills: last month closed and mostly paid, this month in draft; deposits, a home that is short, a refund.

All sums follow from made-up prices. What is alike for hundreds of residents is written at once, the rest through the
room's own actions.
"""

import datetime as dt

from django.db import transaction

from yinian.core.models import Posting, Region, User
from yinian.core.roles import Role
from yinian.demo import past
from yinian.demo.users import SINCE
from yinian.homes.fees.accounts import actions as money
from yinian.homes.fees.accounts import refunds
from yinian.homes.fees.accounts.booking import Booking, balance, book_many
from yinian.homes.fees.accounts.models import Payment, Prepayment, Refund, SupervisedAccount
from yinian.homes.fees.bills import actions
from yinian.homes.fees.bills.models import Bill
from yinian.homes.fees.rules import clause, ruling_for
from yinian.homes.models import Stay
from yinian.places.models import Price, Site

CLOSED_ON, TAKEN_ON, PAID_ON = 3, 12, 9  # days of a month
UNPAID_OF, DEPOSIT_OF = 9, 3  # of so many bills one is left open, of so many private residents one left a deposit
DEPOSIT_FEN, SHORT_FEN = 300_000, 200_000
DAYS_AGREED = 20


def build(county: Region, day: dt.date) -> None:
    """Bills and money of the county's homes, as of a day."""
    homes = list(Site.objects.filter(kind=Site.Kind.HOME, region__code__startswith=county.code).order_by("pk"))
    priced = [home for home in homes if Price.objects.filter(site=home, category="bed").exists()]
    this = day.replace(day=1)
    last = (this - dt.timedelta(days=1)).replace(day=1)
    for place, home in enumerate(priced):
        manager = manager_of(home, place)
        SupervisedAccount.objects.create(
            site=home, bank="农村商业银行(演示)", tail=f"{place:04d}", filed_on=dt.date(2025, 1, 10), synthetic=True
        )
        _deposits(manager, home, min(day, this.replace(day=TAKEN_ON)))
        with past.on(min(day, this.replace(day=CLOSED_ON))):
            run = actions.draft(manager, home, last)
            if run.bills.exists():
                actions.close_run(manager, run.pk, run.version, "部分老年人能力等级待评估,护理费评估后补计")
        _payments(manager, home, last, min(day, this.replace(day=PAID_ON)))
        actions.draft(manager, home, this)
        booked = balance(home.pk, "supervised")
        short = SHORT_FEN if place == 1 and booked > SHORT_FEN else 0
        money.state_balance(manager, home.pk, day, booked - short, "月末对账单")
    _refund(priced, day)


def manager_of(home: Site, place: int) -> User:
    """Whoever manages a home; where the logins have nobody, somebody who cannot log in."""
    posting = Posting.objects.filter(role=Role.HOME_MANAGER, site_ref=home.pk).select_related("user").first()
    if posting is not None:
        return posting.user
    user = User(username=f"yuanzhang{place}", full_name=f"{home.name}院长")
    user.set_unusable_password()
    user.save()
    Posting.objects.create(user=user, role=Role.HOME_MANAGER, region_id=home.region_id, site_ref=home.pk,
                           period=(SINCE, None))
    return user


def _deposits(manager: User, home: Site, on: dt.date) -> None:
    """Deposits of private residents, within the rule, booked at once."""
    fees = _bed_fees(home)
    stays = Stay.objects.filter(bed__site=home, basis=Stay.Basis.PRIVATE, period__contains=on,
                                period__endswith__isnull=True).select_related("bed").order_by("pk")
    _take(manager, home, [(stay, on) for stay in stays[::DEPOSIT_OF] if stay.bed.kind in fees], fees)


def _bed_fees(home: Site) -> dict[str, int]:
    return dict(Price.objects.filter(site=home, category="bed").values_list("bed_kind", "amount_fen"))


def _take(manager: User, home: Site, of: list[tuple[Stay, dt.date]], fees: dict[str, int]) -> None:
    """Deposits of stays, each on its day; none where the place has no rule for them."""
    ruling = ruling_for(home.region_id)
    rule = ruling.rules.deposit_months
    if rule.value is None:
        return
    entries = book_many(manager, home, [
        Booking("prepaid", on, "押金", [("supervised", None, DEPOSIT_FEN), ("deposit", stay.person_id, -DEPOSIT_FEN)])
        for stay, on in of
    ])
    Prepayment.objects.bulk_create(
        Prepayment(
            site=home, person_id=stay.person_id, kind="deposit", on=on, amount_fen=DEPOSIT_FEN, into="supervised",
            limit_fen=rule.value * fees[stay.bed.kind], entry=entry, taken_by=manager,
            rule={"months": rule.value, "base_fen": fees[stay.bed.kind], "label": rule.label.zh,
                  "clause": clause(ruling, rule), "confidence": rule.confidence},
        )
        for (stay, on), entry in zip(of, entries, strict=True)
    )


def _payments(manager: User, home: Site, month: dt.date, on: dt.date) -> None:
    """Most of a month's bills, paid by transfer; some are left open and are overdue by now."""
    bills = list(Bill.objects.filter(site=home, month=month, state="closed", person_fen__gt=0).order_by("pk"))
    paid = [bill for place, bill in enumerate(bills, 1) if place % UNPAID_OF]
    entries = book_many(manager, home, [
        Booking("payment", on, f"账单{bill.number}付款", [
            ("receivable", bill.person_id, -bill.person_fen), ("bank", None, bill.person_fen)], bill=bill)
        for bill in paid
    ])
    Payment.objects.bulk_create(
        Payment(bill=bill, on=on, amount_fen=bill.person_fen, channel="transfer", slip=f"演示{bill.number}",
                entry=entry, taken_by=manager)
        for bill, entry in zip(paid, entries, strict=True)
    )


def _refund(homes: list[Site], day: dt.date) -> None:
    """Somebody who left within the last months, of whom a deposit is still held, and by when it is due."""
    left = Stay.objects.filter(
        bed__site__in=homes, period__endswith__isnull=False, period__endswith__lte=day, end_kind__in=Stay.LEAVINGS,
    ).exclude(end_kind=Stay.End.DEATH).select_related("person", "bed__site").order_by("-period").first()
    if left is None or left.period.upper is None:
        return
    home = left.bed.site
    manager, fees = manager_of(home, homes.index(home)), _bed_fees(home)
    if left.bed.kind not in fees:
        return
    _take(manager, home, [(left, left.period.lower)], fees)
    with transaction.atomic():
        opened = refunds.opened_at_leaving(manager, left, left.period.upper)
    if isinstance(opened, Refund) and opened.days is None:
        refunds.agree_days(manager, opened.pk, opened.version, DAYS_AGREED)
