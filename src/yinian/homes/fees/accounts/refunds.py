"""Giving back what a home holds for somebody who left: opened at discharge, worked out, settled once."""

import datetime as dt
from dataclasses import dataclass

from django.db import transaction
from django.db.models import Count, Min, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.calendar.queries import add_working_days
from yinian.core.errors import Changed, Refused
from yinian.core.inbox.actions import redate, settle, settle_many
from yinian.core.jinja import day as day_words
from yinian.core.jinja import month
from yinian.core.users.models import User
from yinian.core.users.queries import platform_user
from yinian.homes.fees import workkinds
from yinian.homes.fees.accounts.actions import pay_within, watch
from yinian.homes.fees.accounts.booking import Booking, balance, book, locked_site
from yinian.homes.fees.accounts.models import HELD, Refund
from yinian.homes.fees.bills.models import Bill, BillCorrection
from yinian.homes.fees.queries import get_refund
from yinian.homes.fees.rules import ruling_for
from yinian.homes.stays.leaving import on_leaving
from yinian.homes.stays.models import Stay
from yinian.homes.way.intake.models import Agreement
from yinian.places.models import Site


@dataclass(frozen=True)
class Worked:
    """What a refund comes to: what is held, of it used for open bills, credits besides, what is given back, what stays
    owed. ``waits`` names the months of which no bill is closed yet."""

    held_fen: int
    arrears_fen: int
    credit_fen: int
    amount_fen: int
    owed_fen: int
    waits: tuple[dt.date, ...]


@on_leaving
def opened_at_leaving(actor: User, stay: Stay, on: dt.date) -> Refund | None:
    """Open a refund when somebody leaves a home that holds money for them. In the caller's transaction."""
    site = stay.bed.site
    if not any(balance(site.pk, kind, stay.person_id) for kind in HELD):
        return None
    term = _term_of(site, stay.person_id, on)
    refund, made = Refund.objects.get_or_create(
        site=site, person=stay.person, left_on=on,
        defaults={"days": term.days, "working": term.working, "ground": term.ground, "due_on": term.due_on,
                  "opened_by": actor},
    )  # fmt: skip
    if made:
        record(actor, "homes.open_refund", refund, region=site.region_id,
               detail={"person": stay.person_id, "left": on.isoformat(), "days": term.days, "ground": term.ground})
        workkinds.ask_to_refund(actor, refund)
    return refund


@dataclass(frozen=True)
class _Term:
    """Within how many days a refund is due, by what, and so on which day; all empty where nothing says."""

    days: int | None = None
    working: bool = False
    ground: str = Refund.Ground.UNKNOWN
    due_on: dt.date | None = None


def _term_of(site: Site, person: int, on: dt.date) -> _Term:
    """What the last signed agreement with the home and the rule of the place say: the earlier of the two."""
    found = []
    agreed = (
        Agreement.objects.filter(
            site=site, application__person=person, state=Agreement.State.SIGNED, stay__isnull=False, begins__lte=on
        ).order_by("-begins", "-pk").values_list("terms__refund", flat=True).first()
    )
    if agreed:
        days, working = int(agreed["days"]), bool(agreed["working"])
        due = add_working_days(on, days) if working else on + dt.timedelta(days=days)
        found.append(_Term(days, working, Refund.Ground.AGREEMENT, due))
    try:
        ruled = ruling_for(site.region_id).rules.refund.value
    except Refused:  # the place has no rules that can be used
        ruled = None
    if ruled is not None:
        found.append(_Term(ruled, False, Refund.Ground.PACK, on + dt.timedelta(days=ruled)))
    return min(found, key=lambda term: term.due_on or dt.date.max, default=_Term())


def overdue(found: QuerySet[Refund], today: dt.date | None = None) -> QuerySet[Refund]:
    """Of these refunds, those not made by the day they were due."""
    return found.filter(state=Refund.State.OPEN, due_on__lt=today or timezone.localdate())


def tell_of_overdue(today: dt.date | None = None) -> int:
    """By the clock: each home with refunds that are overdue stands on the bureau's desk, and no longer once none is.

    The home's manager keeps the duty of each refund until it is settled. Returns how many refunds are overdue.
    """
    actor, today = platform_user(), today or timezone.localdate()
    by_home = {
        row["site"]: row for row in overdue(Refund.objects.all(), today).order_by().values("site").annotate(
            n=Count("pk"), first=Min("due_on"))
    }
    with transaction.atomic():
        for home in Site.objects.filter(pk__in=by_home).order_by("pk"):
            row = by_home[home.pk]
            workkinds.ask_about_late(actor, home, row["n"], (today - row["first"]).days)
        settle_many(actor, f"{workkinds.LATE.name}:", [workkinds.late_key(pk) for pk in by_home],
                    _("Nothing is overdue any more."))
    return sum(row["n"] for row in by_home.values())


def agree_days(actor: User, refund_pk: int, version: int, days: int) -> Refund:
    """Enter within how many days the agreement promises the refund, where the place has no rule of its own."""
    seen = get_refund(actor, refund_pk)
    actor.require("fees.manage", seen.site.region_id, seen.site_id)
    if not 0 <= days <= 366:
        raise Refused(fields={"days": _("Give the days the agreement says, 0 to 366.")})
    with transaction.atomic():
        refund = _locked(seen, version)
        term = _term_of(refund.site, refund.person_id, refund.left_on)
        if term.due_on is not None and refund.left_on + dt.timedelta(days=days) > term.due_on:
            raise Refused(fields={"days": _("By the signed agreement or the rule of the place it is due on %(day)s; "
                                            "what is agreed may only be quicker.") % {"day": day_words(term.due_on)}})
        refund.days, refund.working, refund.ground = days, False, Refund.Ground.AGREEMENT
        refund.due_on = refund.left_on + dt.timedelta(days=days)
        refund.version += 1
        refund.save(update_fields=["days", "working", "ground", "due_on", "version"])
        redate(workkinds.refund_key(refund), refund.due_on)
        record(actor, "homes.agree_refund_days", refund, region=seen.site.region_id, detail={"days": days})
    return refund


def work_out_refund(refund: Refund) -> Worked:
    """What it comes to today."""
    site, person = refund.site_id, refund.person_id
    held = sum(balance(site, kind, person) for kind in HELD)
    open_bills = _open_bills(refund)
    owed = sum(bill.left_fen for bill in open_bills)
    credit = -sum(_credits(refund).values_list("amount_fen", flat=True))
    used = min(held, max(0, owed))
    return Worked(held, used, credit, held - used + credit, owed - used, _waits(refund))


def _open_bills(refund: Refund) -> list[Bill]:
    found = Bill.objects.filter(site=refund.site_id, person=refund.person_id, state=Bill.State.CLOSED)
    return [bill for bill in found.order_by("month", "pk") if bill.left_fen > 0]


def _credits(refund: Refund) -> QuerySet[BillCorrection]:
    """Corrections in the person's favour that no later bill will take up."""
    return BillCorrection.objects.filter(
        bill__site=refund.site_id, bill__person=refund.person_id, amount_fen__lt=0, applied__isnull=True,
        refund__isnull=True,
    )


def _waits(refund: Refund) -> tuple[dt.date, ...]:
    """Months in which the person lived there and of which no bill is closed, from the first closed one on."""
    closed = set(Bill.objects.filter(site=refund.site_id, person=refund.person_id, state=Bill.State.CLOSED)
                 .values_list("month", flat=True))
    drafts = set(Bill.objects.filter(site=refund.site_id, person=refund.person_id, state=Bill.State.DRAFT)
                 .values_list("month", flat=True))
    last = (refund.left_on - dt.timedelta(days=1)).replace(day=1)
    return tuple(sorted((drafts | {last}) - closed))


def settle_refund(actor: User, refund_pk: int, version: int, on: dt.date, slip: str) -> Refund:
    """Use what is held for the bills that are open, give the rest back, and close it. Every fen is traced.

    Raises :class:`Refused` while a month's bill is not closed.
    """
    seen = get_refund(actor, refund_pk)
    actor.require("fees.manage", seen.site.region_id, seen.site_id)
    if on > timezone.localdate() or on < seen.left_on:
        raise Refused(fields={"on": _("The day lies between the leaving and today.")})
    with transaction.atomic():
        site = locked_site(seen.site_id)
        refund = _locked(seen, version)
        worked = work_out_refund(refund)
        if worked.waits:
            raise Refused(_("Close the bills first of: %(months)s.")
                          % {"months": "、".join(map(month, worked.waits))})
        if worked.amount_fen and not slip.strip():
            raise Refused(fields={"slip": _("Give the number of the bank slip or receipt.")})
        used = _use(actor, site, refund, on)
        _give_back(actor, site, refund, on)
        credits = list(_credits(refund).select_for_update())
        for one in credits:
            one.refund = refund
            one.save(update_fields=["refund"])
        refund.held_fen, refund.arrears_fen, refund.credit_fen = worked.held_fen, used, worked.credit_fen
        refund.amount_fen = worked.amount_fen
        refund.state, refund.paid_on, refund.slip = Refund.State.PAID, on, slip.strip()[:60]
        refund.paid_by, refund.paid_at = actor, timezone.now()
        refund.version += 1
        refund.save()
        record(actor, "homes.settle_refund", refund, region=site.region_id,
               detail={"held_fen": refund.held_fen, "arrears_fen": used, "amount_fen": refund.amount_fen})
        settle(actor, workkinds.refund_key(refund), _("Settled."))
        if not overdue(Refund.objects.filter(site=site)).exists():
            settle(actor, workkinds.late_key(site.pk), _("Settled."))
        watch(actor, site)
    return refund


def _use(actor: User, site: Site, refund: Refund, on: dt.date) -> int:
    """Pay the open bills from what is held: service fees first, then the deposit; the earliest bill first."""
    used = 0
    for bill in _open_bills(refund):
        for kind in ("service", "deposit"):
            bill.refresh_from_db()
            part = min(bill.left_fen, balance(site.pk, kind, refund.person_id))
            if part > 0:
                pay_within(actor, site, bill.pk, part, kind, on, "")
                used += part
    return used


def _give_back(actor: User, site: Site, refund: Refund, on: dt.date) -> None:
    """Book what goes out: from the supervised account as far as it lies there, else from the bank."""
    held = {kind: balance(site.pk, kind, refund.person_id) for kind in HELD}
    credit = -sum(_credits(refund).values_list("amount_fen", flat=True))
    total = sum(held.values()) + credit
    if not total:
        return
    moved = min(sum(held.values()), balance(site.pk, "supervised"))
    book(actor, site, Booking("refund", on, _("Refund after leaving"), [
        *((kind, refund.person_id, fen) for kind, fen in held.items()), ("income", None, credit),
        ("supervised", None, -moved), ("bank", None, -(total - moved)),
    ], refund_id=refund.pk))  # fmt: skip


def _locked(seen: Refund, version: int) -> Refund:
    refund = Refund.objects.select_for_update(of=("self",)).select_related("site", "person").get(pk=seen.pk)
    if refund.state == Refund.State.PAID:
        raise Changed(_("This refund has been settled meanwhile."))
    if refund.version != version:
        raise Changed(_("Somebody has changed this refund meanwhile; look at it again."))
    return refund
