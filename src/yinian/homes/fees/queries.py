"""Reading bills and money of homes, always within what the actor sees."""

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Exists, F, IntegerField, OuterRef, Q, QuerySet, Subquery, Sum, Value
from django.db.models.functions import Coalesce
from django.utils import timezone

from yinian.core.errors import NotVisible
from yinian.core.users.models import User
from yinian.homes.fees.accounts.models import (
    HELD,
    BankStatement,
    MoneyBalance,
    MoneyEntry,
    Payment,
    Prepayment,
    Refund,
    SupervisedAccount,
)
from yinian.homes.fees.bills.models import Bill, BillRun
from yinian.homes.fees.rules import Ruling
from yinian.homes.stays.models import Stay
from yinian.people.models import Person
from yinian.people.representatives.queries import get_own
from yinian.places.models import Site

REGION, SITE = "site__region__code", "site"


def homes_with(actor: User, right: str = "fees.view") -> QuerySet[Site]:
    """The care homes in which the actor holds a right."""
    actor.require(right)
    return Site.objects.filter(actor.scope(right).q("region__code", "pk"), kind=Site.Kind.HOME)


def get_home(actor: User, pk: int) -> Site:
    """A home whose money the actor sees. Raises NotVisible."""
    found = homes_with(actor).select_related("region").defer("region__outline").filter(pk=pk).first()
    if found is None:
        raise NotVisible("site")
    return found


def runs(actor: User) -> QuerySet[BillRun]:
    """Homes' months, with how many bills and how much they come to."""
    actor.require("fees.view")
    return BillRun.objects.filter(actor.scope("fees.view").q(REGION, SITE)).select_related(
        "site__region__parent", "drafted_by", "closed_by"
    ).defer("site__region__outline", "site__region__parent__outline").annotate(
        n=Count("bills"), charged=Coalesce(Sum("bills__charged_fen"), 0), county=Coalesce(Sum("bills__county_fen"), 0),
        owed=Coalesce(Sum("bills__person_fen"), 0), paid=Coalesce(Sum("bills__paid_fen"), 0),
        unsure=Count("bills", filter=~Q(bills__unknown=[])),
    )  # fmt: skip


def get_run(actor: User, pk: int) -> BillRun:
    """A home's month. Raises NotVisible."""
    found = runs(actor).filter(pk=pk).first()
    if found is None:
        raise NotVisible("run")
    return found


def bills(actor: User) -> QuerySet[Bill]:
    """Bills of the homes whose money the actor sees."""
    actor.require("fees.view")
    return Bill.objects.filter(actor.scope("fees.view").q(REGION, SITE)).annotate(left=F("person_fen") - F("paid_fen"))


def listed_bills(actor: User) -> QuerySet[Bill]:
    """Bills with what a list shows."""
    return bills(actor).select_related("person", "site").defer("inputs")


def get_bill(actor: User, pk: int) -> Bill:
    """One bill. Raises NotVisible."""
    found = bills(actor).select_related("person", "site__region", "run", "closed_by").defer(
        "site__region__outline").filter(pk=pk).first()
    if found is None:
        raise NotVisible("bill")
    return found


def get_own_bill(actor: User, pk: int) -> Bill:
    """A closed bill of somebody the account acts for. Raises NotVisible."""
    actor.require("own.view")
    found = Bill.objects.filter(pk=pk, state=Bill.State.CLOSED).select_related("person", "site__region").first()
    if found is None:
        raise NotVisible("bill")
    get_own(actor, found.person_id)
    return found


def bills_of(person: Person) -> list[Bill]:
    """A person's closed bills, the latest first, for rooms and pages that have shown the person visible."""
    return list(Bill.objects.filter(person=person, state=Bill.State.CLOSED).select_related("site").defer("inputs")
                .order_by("-month", "-pk"))


def arrears(actor: User, today: dt.date | None = None) -> QuerySet[Bill]:
    """Closed bills not paid in full after their day, with how many days that is."""
    today = today or timezone.localdate()
    return listed_bills(actor).filter(state=Bill.State.CLOSED, due_on__lt=today, person_fen__gt=F("paid_fen")).annotate(
        overdue=Value(today) - F("due_on")
    )


def payments_of(bill: Bill) -> list[Payment]:
    """What was paid on a bill, the latest first."""
    return list(bill.payments.select_related("taken_by", "reverses", "reversed_by").order_by("-on", "-pk"))


def _held(account: str) -> Subquery:
    return Subquery(
        MoneyBalance.objects.filter(site=OuterRef("pk"), account=account).order_by().values("site")
        .annotate(s=Sum("balance_fen")).values("s"), output_field=IntegerField()
    )  # fmt: skip


def accounts(actor: User) -> QuerySet[Site]:
    """The homes whose money the actor sees, with figures."""
    return with_money(homes_with(actor).select_related("region__parent").defer(
        "region__outline", "region__parent__outline"))


def held_in_all(actor: User) -> dict[str, int]:
    """What the homes the actor sees hold for residents, and what their supervised accounts stand at by the books."""
    found = dict(MoneyBalance.objects.filter(site__in=homes_with(actor).values("pk")).values_list("account").annotate(
        s=Sum("balance_fen")))
    return {"held": -sum(found.get(kind, 0) for kind in HELD), "supervised": found.get("supervised", 0)}


def with_money(homes: QuerySet[Site]) -> QuerySet[Site]:
    """Homes with what they hold for residents, what the ledger and the bank say, what they are owed."""
    latest = BankStatement.objects.filter(site=OuterRef("pk")).order_by("-on", "-pk")
    account = SupervisedAccount.objects.filter(site=OuterRef("pk"))
    return homes.annotate(
        service=-Coalesce(_held("service"), 0), deposit=-Coalesce(_held("deposit"), 0),
        membership=-Coalesce(_held("membership"), 0), supervised=Coalesce(_held("supervised"), 0),
        receivable=Coalesce(_held("receivable"), 0), county=Coalesce(_held("county"), 0),
        bank_says=Subquery(latest.values("balance_fen")[:1]), bank_on=Subquery(latest.values("on")[:1]),
        assets=Subquery(account.values("assets_fen")[:1]),
    ).annotate(held=F("service") + F("deposit") + F("membership"))  # fmt: skip


@dataclass(frozen=True)
class Standing:
    """How a home stands with the rules: what must lie in the supervised account, the most it may hold, and alarms.

    ``must_keep_fen`` is what the rule puts under custody; ``limit_fen`` None where the rule or the assets are not
    known. ``short_fen``: what the account lacks; ``over_fen``: what is held beyond the limit.
    """

    must_keep_fen: int
    limit_fen: int | None
    stands_fen: int
    by_bank: bool
    short_fen: int
    over_fen: int


def standing(site: Any, ruling: Ruling) -> Standing:
    """A home of :func:`accounts` held to the rules of its place."""
    rules = ruling.rules
    must = sum(getattr(site, kind) for kind in HELD if kind in rules.supervised.value)
    if rules.reserve.value is not None:
        must += -(-site.held * rules.reserve.value // 100)
    limit = None
    if rules.total.value is not None and site.assets is not None:
        limit = site.assets * rules.total.value // 100
    by_bank = site.bank_says is not None
    stands = site.bank_says if by_bank else site.supervised
    return Standing(must, limit, stands, by_bank, max(0, must - stands),
                    0 if limit is None else max(0, site.held - limit))


def entries(actor: User, site: Site) -> QuerySet[MoneyEntry]:
    """A home's bookings, the latest first."""
    get_home(actor, site.pk)
    return MoneyEntry.objects.filter(site=site).select_related("made_by", "bill", "refund").prefetch_related(
        "postings__person")


@dataclass(frozen=True)
class Held:
    """What a home holds for one person, and what they owe it."""

    service: int
    deposit: int
    membership: int
    receivable: int

    @property
    def total(self) -> int:
        return self.service + self.deposit + self.membership


def held_for(site_id: int, person_id: int) -> Held:
    """What stands for one person in a home."""
    found = dict(MoneyBalance.objects.filter(site=site_id, person=person_id).values_list("account", "balance_fen"))
    service, deposit, membership = (-found.get(name, 0) for name in HELD)
    return Held(service, deposit, membership, found.get("receivable", 0))


def residents_money(actor: User, site: Site) -> QuerySet[Person]:
    """Residents of a home, and those for whom money still stands there, with what stands."""
    get_home(actor, site.pk)
    today = timezone.localdate()
    rows = MoneyBalance.objects.filter(site=site, person=OuterRef("pk"))

    def of(account: str) -> Subquery:
        return Subquery(rows.filter(account=account).values("balance_fen")[:1])

    here = Stay.objects.filter(bed__site=site, person=OuterRef("pk"), period__contains=today)
    return Person.objects.annotate(lives=Exists(here), stands=Exists(rows.exclude(balance_fen=0))).filter(
        Q(lives=True) | Q(stands=True)
    ).annotate(
        service=-Coalesce(of("service"), 0), deposit=-Coalesce(of("deposit"), 0),
        receivable=Coalesce(of("receivable"), 0),
    )  # fmt: skip


def get_resident(actor: User, site: Site, person_pk: int) -> Person:
    """Somebody who lives, lived or has money in a home whose money the actor sees. Raises NotVisible."""
    get_home(actor, site.pk)
    known = Q(Exists(Stay.objects.filter(bed__site=site, person=OuterRef("pk")))) | Q(
        Exists(MoneyBalance.objects.filter(site=site, person=OuterRef("pk"))))
    found = Person.objects.filter(known, pk=person_pk).first()
    if found is None:
        raise NotVisible("person")
    return found


def prepayments_of(site: Site, person: Person) -> Sequence[Prepayment]:
    """What was taken ahead of a person in a home, the latest first."""
    return list(Prepayment.objects.filter(site=site, person=person).select_related("taken_by"))


def refunds(actor: User) -> QuerySet[Refund]:
    """Refunds of the homes whose money the actor sees."""
    actor.require("fees.view")
    return Refund.objects.filter(actor.scope("fees.view").q(REGION, SITE)).select_related("person", "site")


def get_refund(actor: User, pk: int) -> Refund:
    """One refund. Raises NotVisible."""
    found = refunds(actor).select_related("site__region", "opened_by", "paid_by").filter(pk=pk).first()
    if found is None:
        raise NotVisible("refund")
    return found
