"""One of everything of fees in a home, for the permission matrix."""

from types import SimpleNamespace
from typing import Any

from django.utils import timezone

from tests import cast as people
from yinian.homes.models import Bill, BillLine, BillRun, Charge, MoneyEntry, MoneyPosting, Payment, Refund


def fee_samples(cast: SimpleNamespace, person: Any, home: Any) -> dict[str, dict[str, tuple[Any]]]:
    """A month in draft with a single charge, a closed bill with a payment, a refund; by address."""
    actor, today = cast.manager_a, timezone.localdate()
    month = today.replace(day=1)
    run = BillRun.objects.create(site=home, month=month, drafted_by=actor)
    sums = {"days": 1, "charged_fen": 100, "county_fen": 0, "corrected_fen": 0, "person_fen": 100,
            "inputs": {"corrections": []}, "inputs_hash": "0" * 64, "pack_hash": "0" * 64}
    bill = Bill.objects.create(run=run, site=home, person=person, month=month, **sums)
    BillLine.objects.create(bill=bill, number=1, kind="charge", category="other", text="样例", amount_fen=100,
                            why="once", values={"on": today.isoformat()})
    Bill.objects.filter(pk=bill.pk).update(state="closed", number="样例1", closed_by=actor, closed_at=timezone.now())
    entry = MoneyEntry.objects.create(site=home, on=today, kind="payment", text="样例", bill=bill, made_by=actor)
    for account, whom, fen in (("income", None, -60), ("receivable", person, 60)):
        MoneyPosting.objects.create(entry=entry, account=account, person=whom, amount_fen=fen)
    payment = Payment.objects.create(bill=bill, on=today, amount_fen=50, channel="cash", entry=entry, taken_by=actor)
    other = people.make_person(people.A1, "样例乙")
    charge = Charge.objects.create(site=home, person=other, on=today, text="样例", amount_fen=100, added_by=actor)
    refund = Refund.objects.create(site=home, person=person, left_on=today, opened_by=actor)
    of_bill = ("fee_bill", "fee_bill_paper", "fee_pay", "fee_correct", "fee_charge", "fee_close", "fee_own_bill",
               "fee_own_bill_paper")
    of_home = ("fee_home_prices", "fee_account", "fee_books", "fee_statement", "fee_county", "fee_details",
               "fee_residents")
    return {
        **{f"homes:{name}": {"pk": (run.pk,)} for name in ("fee_run", "fee_run_draft", "fee_run_close")},
        **{f"homes:{name}": {"pk": (bill.pk,)} for name in of_bill},
        **{f"homes:{name}": {"pk": (home.pk,)} for name in of_home},
        **{f"homes:{name}": {"pk": (refund.pk,)} for name in ("refund", "refund_agree", "refund_settle")},
        "homes:fee_charge_drop": {"pk": (bill.pk,), "charge_pk": (charge.pk,)},
        "homes:fee_reverse": {"pk": (bill.pk,), "payment_pk": (payment.pk,)},
        "homes:fee_resident": {"pk": (home.pk,), "person_pk": (person.pk,)},
        "api:GET /homes/bills/{int:pk}": {"pk": (bill.pk,)},
        "api:POST /homes/bills/{int:pk}/payments": {"pk": (bill.pk,)},
        "api:POST /homes/bill-runs/{int:pk}/close": {"pk": (run.pk,)},
        "api:GET /homes/{int:pk}/published-prices": {"pk": (home.pk,)},
    }
