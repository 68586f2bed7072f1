"""Drafting a home's bills of a month, closing them, putting right what a closed one had wrong."""

import datetime as dt
from collections.abc import Iterable
from typing import Any

from django.db import IntegrityError, transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from yinian.core.audit.actions import record
from yinian.core.errors import Changed, NotVisible, Refused
from yinian.core.inbox.actions import settle
from yinian.core.jinja import day, yuan
from yinian.core.jobs.actions import JobContext, enqueue
from yinian.core.jobs.models import Job
from yinian.core.users.models import User
from yinian.engines.fees import Bill as Reckoned
from yinian.engines.fees import as_json, digest, work_out
from yinian.homes.fees import workkinds
from yinian.homes.fees.accounts.booking import Booking, book_many, locked_site
from yinian.homes.fees.bills import gathering
from yinian.homes.fees.bills.models import Bill, BillCorrection, BillLine, BillRun, Charge
from yinian.homes.fees.queries import get_bill, get_home, get_run, homes_with
from yinian.homes.fees.rules import Ruling, ruling_for
from yinian.homes.stays.models import Stay
from yinian.places.models import Price, Site

DRAFT = "homes.bills"


def start(actor: User, month: dt.date, *, region: str = "", site_pk: int | None = None) -> Job:
    """Queue the drafting of a month's bills: of one home, or of all the actor answers for in an area."""
    month = _month(month)
    homes = _homes(actor, region, site_pk)
    if not homes:
        raise Refused(_("No home of yours is in this area."))
    where = homes[0].region_id if site_pk is not None else (region or _area(actor, homes))
    with transaction.atomic():
        return enqueue(
            actor, DRAFT, {"month": month.isoformat(), "sites": [home.pk for home in homes]}, region=where,
            key=f"{DRAFT}:{month:%Y-%m}:{site_pk or where}",
        )  # fmt: skip


def _homes(actor: User, region: str, site_pk: int | None) -> list[Site]:
    if site_pk is not None:
        home = get_home(actor, site_pk)
        actor.require("fees.draft", home.region_id, home.pk)
        return [home]
    return list(homes_with(actor, "fees.draft").filter(region__code__startswith=region).order_by("pk"))


def _area(actor: User, homes: list[Site]) -> str:
    home = actor.home_region
    return str(home.code) if home is not None else homes[0].region_id


def perform(ctx: JobContext) -> dict[str, Any]:
    """Draft home after home; each is whole or not there, and a second time changes nothing."""
    month, pks = dt.date.fromisoformat(ctx.params["month"]), ctx.params["sites"]
    bills = 0
    for number, pk in enumerate(pks):
        site = Site.objects.get(pk=pk)
        ctx.progress(number, len(pks), site.name)
        bills += draft(ctx.actor, site, month).bills.count()
    return {"bills": bills, "homes": len(pks), "url": reverse("homes:fee_runs") + f"?month={month.isoformat()}"}


def draft(actor: User, site: Site, month: dt.date) -> BillRun:
    """Draft (or bring up to date) the bills of a home's month. Closed bills stay as they are."""
    actor.require("fees.draft", site.region_id, site.pk)
    month = _month(month)
    ruling = ruling_for(site.region_id)
    with transaction.atomic():
        run = _run(actor, site, month)
        if run.state == BillRun.State.CLOSED:
            return run
        changed = _write_drafts(run, ruling)
        if changed:
            run.drafted_by, run.drafted_at = actor, timezone.now()
            run.version += 1
            run.save(update_fields=["drafted_by", "drafted_at", "version"])
            record(actor, "homes.draft_bills", run, region=site.region_id,
                   detail={"site": site.pk, "month": month.isoformat(), "bills": changed})
        if run.bills.exists():
            workkinds.ask_to_close(actor, run)
    return run


def _run(actor: User, site: Site, month: dt.date) -> BillRun:
    """The home's run of a month, locked; made where there is none."""
    locked_site(site.pk)
    run = BillRun.objects.select_for_update().filter(site=site, month=month).first()
    return run or BillRun.objects.create(site=site, month=month, drafted_by=actor)


def reckon(
    site: Site, month: dt.date, ruling: Ruling, people: Iterable[int] | None = None
) -> dict[int, tuple[dict[str, Any], Reckoned, list[str]]]:
    """Inputs, outcome and what is not known of each resident's bill."""
    inputs, bases = gathering.gather(site, month, ruling, None if people is None else list(people))
    made = {}
    for person, given in inputs.items():
        outcome = work_out(given)
        made[person] = as_json(given), outcome, [
            *outcome.unknown, *gathering.not_found(given, bases[person], ruling)
        ]
    return made


def _write_drafts(run: BillRun, ruling: Ruling, people: list[int] | None = None) -> int:
    """Write what has changed of a run's drafts; how many bills that were."""
    reckoned = reckon(run.site, run.month, ruling, people)
    standing = {bill.person_id: bill for bill in run.bills.select_for_update().filter(
        **({} if people is None else {"person__in": people}))}
    gone = [bill.pk for person, bill in standing.items() if person not in reckoned and bill.state == "draft"]
    Bill.objects.filter(pk__in=gone).delete()
    fresh: list[Bill] = []
    lines: list[tuple[Bill, Reckoned]] = []
    for person, (inputs, outcome, unknown) in sorted(reckoned.items()):
        bill = standing.get(person)
        if bill is not None and bill.state == Bill.State.CLOSED:
            continue
        known = digest(inputs)
        values = {
            "days": outcome.days, "charged_fen": outcome.charged_fen, "county_fen": outcome.county_fen,
            "corrected_fen": outcome.corrected_fen, "person_fen": outcome.person_fen, "inputs": inputs,
            "inputs_hash": known, "pack_hash": ruling.pack_hash, "unknown": unknown,
        }
        if bill is None:
            bill = Bill(run=run, site_id=run.site_id, person_id=person, month=run.month, **values)
            fresh.append(bill)
        elif bill.inputs_hash == known and bill.pack_hash == ruling.pack_hash and bill.unknown == unknown:
            continue
        else:
            for name, value in values.items():
                setattr(bill, name, value)
            bill.version += 1
            bill.lines.all().delete()
            bill.save()
        lines.append((bill, outcome))
    Bill.objects.bulk_create(fresh)
    BillLine.objects.bulk_create(
        BillLine(bill=bill, number=number, kind=line.kind, category=line.category, text=line.text,
                 amount_fen=line.amount_fen, why=line.why, values=dict(line.values), ref=line.ref)
        for bill, outcome in lines for number, line in enumerate(outcome.lines, start=1)
    )  # fmt: skip
    return len(lines) + len(gone)


def close_run(actor: User, run_pk: int, version: int, note: str = "") -> BillRun:
    """Close a home's month when it is over: every bill is fixed, numbered, booked and put on the family's page.

    Raises :class:`Refused` where what the bills rest on has changed since they were drafted, or where something is not
    known and ``note`` does not say why they are closed all the same; :class:`Changed` when somebody was faster.
    """
    seen = get_run(actor, run_pk)
    actor.require("fees.manage", seen.site.region_id, seen.site_id)
    if gathering.month_end(seen.month) > timezone.localdate():
        raise Refused(_("The month is not over; its bills can be closed from %(day)s.")
                      % {"day": day(gathering.month_end(seen.month))})
    with transaction.atomic():
        run = _locked_run(seen, version)
        drafts = list(run.bills.select_for_update().filter(state=Bill.State.DRAFT).order_by("person_id"))
        _close(actor, run, drafts, note)
        run.state, run.closed_by, run.closed_at = BillRun.State.CLOSED, actor, timezone.now()
        run.note = note.strip()[:300]
        run.version += 1
        run.save(update_fields=["state", "closed_by", "closed_at", "note", "version"])
        record(actor, "homes.close_bills", run, region=run.site.region_id, reason=run.note,
               detail={"site": run.site_id, "month": run.month.isoformat(), "bills": len(drafts),
                       "person_fen": sum(bill.person_fen for bill in drafts)})
        settle(actor, workkinds.close_key(run), _("The bills are closed."))
    return run


def close_bill(actor: User, bill_pk: int, version: int, note: str = "") -> Bill:
    """Close one bill ahead of its home's month: of somebody who has left, or when the month is over."""
    seen = get_bill(actor, bill_pk)
    actor.require("fees.manage", seen.site.region_id, seen.site_id)
    today = timezone.localdate()
    here = Stay.objects.filter(bed__site=seen.site_id, person=seen.person_id, period__contains=today).exists()
    if gathering.month_end(seen.month) > today and here:
        raise Refused(_("The month is not over and the person still lives here."))
    with transaction.atomic():
        locked_site(seen.site_id)
        run = BillRun.objects.select_for_update(of=("self",)).select_related("site").get(pk=seen.run_id)
        bill = Bill.objects.select_for_update(of=("self",)).select_related("site").get(pk=bill_pk)
        if bill.state == Bill.State.CLOSED:
            raise Changed(_("This bill has been closed meanwhile."))
        if bill.version != version:
            raise Changed(_("Somebody has changed this bill meanwhile; look at it again."))
        _close(actor, run, [bill], note)
        record(actor, "homes.close_bill", bill, region=bill.site.region_id, reason=note.strip()[:200],
               detail={"person": bill.person_id, "month": bill.month.isoformat(), "person_fen": bill.person_fen})
    return bill


def _locked_run(seen: BillRun, version: int) -> BillRun:
    locked_site(seen.site_id)
    run = BillRun.objects.select_for_update(of=("self",)).select_related("site").filter(pk=seen.pk).first()
    if run is None:
        raise NotVisible("run")
    if run.state == BillRun.State.CLOSED:
        raise Changed(_("These bills have been closed meanwhile."))
    if run.version != version:
        raise Changed(_("Somebody has changed these bills meanwhile; look at them again."))
    return run


def _close(actor: User, run: BillRun, bills: list[Bill], note: str) -> None:
    ruling = ruling_for(run.site.region_id)
    reckoned = reckon(run.site, run.month, ruling, None if len(bills) != 1 else [bills[0].person_id])
    closed = set(run.bills.filter(state=Bill.State.CLOSED).values_list("person_id", flat=True))
    wanted = {person: digest(inputs) for person, (inputs, _outcome, _unknown) in reckoned.items()
              if person not in closed}
    if {bill.person_id: bill.inputs_hash for bill in bills} != wanted:
        raise Refused(_("Stays, prices or grants have changed since these bills were drafted; draft them anew and look "
                        "at them again."))
    unsure = [bill for bill in bills if bill.unknown]
    if unsure and len(note.strip()) < 2:
        raise Refused(fields={"note": _("On %(n)s bills something is not known. Find it out, or say why they are "
                                        "closed all the same.") % {"n": len(unsure)}})
    now, days = timezone.now(), ruling.rules.payment.value
    number = run.bills.filter(state=Bill.State.CLOSED).count()
    for bill in bills:
        number += 1
        bill.number = f"{run.month:%Y%m}-{run.site_id:04d}-{number:04d}"
        bill.state, bill.closed_by, bill.closed_at = Bill.State.CLOSED, actor, now
        bill.due_on = None if days is None else timezone.localdate(now) + dt.timedelta(days=days)
        bill.version += 1
    Bill.objects.bulk_update(bills, ["number", "state", "closed_by", "closed_at", "due_on", "version"])
    for bill in bills:
        _put_corrections_in(actor, bill, reckoned[bill.person_id][1])
    book_many(actor, run.site, [
        Booking("bill", timezone.localdate(now), _("Bill %(number)s") % {"number": bill.number}, (
            ("receivable", bill.person_id, bill.person_fen), ("county", None, bill.county_fen),
            ("income", None, -(bill.person_fen + bill.county_fen)),
        ), bill=bill)
        for bill in bills if bill.person_fen or bill.county_fen
    ])  # fmt: skip


def _put_corrections_in(actor: User, bill: Bill, outcome: Reckoned) -> None:
    for one in bill.inputs["corrections"]:
        correction = BillCorrection.objects.select_for_update().get(pk=one["id"])
        correction.applied = bill
        correction.save(update_fields=["applied"])
        rest = outcome.carried.get(one["id"])
        if rest:
            BillCorrection.objects.create(bill=correction.bill, amount_fen=rest, reason=correction.reason,
                                          made_by=actor)


def correct(actor: User, bill_pk: int, amount_fen: int, reason: str) -> BillCorrection:
    """Put a closed bill right by a line of the next one: above 0 is charged, below 0 given back."""
    seen = get_bill(actor, bill_pk)
    actor.require("fees.manage", seen.site.region_id, seen.site_id)
    reason = reason.strip()
    if not reason:
        raise Refused(fields={"reason": _("Say what was wrong; it stands on the next bill.")})
    if amount_fen == 0:
        raise Refused(fields={"amount": _("Give an amount above or below 0.")})
    if seen.state != Bill.State.CLOSED:
        raise Refused(_("A draft is put right at its source: stays, prices, single charges."))
    with transaction.atomic():
        bill = Bill.objects.select_for_update().get(pk=bill_pk)
        earlier = sum(bill.corrections.filter(amount_fen__lt=0).values_list("amount_fen", flat=True))
        if amount_fen < 0 and -(earlier + amount_fen) > bill.charged_fen - bill.county_fen:
            raise Refused(fields={"amount": _("More than the bill's own %(sum)s yuan cannot be given back.")
                                  % {"sum": yuan(bill.charged_fen - bill.county_fen)}})
        made = BillCorrection.objects.create(bill=bill, amount_fen=amount_fen, reason=reason[:200], made_by=actor)
        record(actor, "homes.correct_bill", bill, region=seen.site.region_id, reason=reason[:200],
               detail={"amount_fen": amount_fen})
    return made


def charge_once(
    actor: User, site_pk: int, person_pk: int, on: dt.date, text: str, category: str, amount_fen: int
) -> Charge:
    """Charge a resident for something once."""
    site = get_home(actor, site_pk)
    actor.require("fees.manage", site.region_id, site.pk)
    if not text.strip():
        raise Refused(fields={"text": _("Say what is charged for.")})
    if amount_fen <= 0:
        raise Refused(fields={"amount": _("Give an amount above 0.")})
    if category not in Price.Category.values:
        raise Refused(fields={"category": _("Choose one.")})
    if on > timezone.localdate():
        raise Refused(fields={"on": _("This day lies in the future.")})
    if not Stay.objects.filter(bed__site=site, person=person_pk, period__contains=on).exists():
        raise Refused(fields={"on": _("The person did not live here on that day.")})
    try:
        with transaction.atomic():
            made = Charge.objects.create(site=site, person_id=person_pk, on=on, text=text.strip()[:100],
                                         category=category, amount_fen=amount_fen, added_by=actor)
            record(actor, "homes.charge_once", made, region=site.region_id,
                   detail={"person": person_pk, "on": on.isoformat(), "amount_fen": amount_fen})
    except IntegrityError as error:
        raise Refused(fields={"on": _("The bill of that month is closed; correct it instead.")}) from error
    return made


def drop_charge(actor: User, charge_pk: int, reason: str) -> None:
    """Take a single charge back before its bill is closed."""
    charge = Charge.objects.select_related("site").filter(pk=charge_pk).first()
    if charge is None:
        raise NotVisible("charge")
    get_home(actor, charge.site_id)
    actor.require("fees.manage", charge.site.region_id, charge.site_id)
    if not reason.strip():
        raise Refused(fields={"reason": _("Say why it is taken back.")})
    try:
        with transaction.atomic():
            record(actor, "homes.drop_charge", charge, region=charge.site.region_id, reason=reason.strip()[:200],
                   detail={"person": charge.person_id, "amount_fen": charge.amount_fen})
            charge.delete()
    except IntegrityError as error:
        raise Refused(_("The bill of that month is closed; correct it instead.")) from error


def _month(month: dt.date) -> dt.date:
    month = month.replace(day=1)
    if month > timezone.localdate():
        raise Refused(fields={"month": _("This month has not begun.")})
    return month
