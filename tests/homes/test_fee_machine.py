"""No sequence of acts changes a closed bill or unbalances the ledger; of two who close at once, one does."""

import datetime as dt
import threading
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from django.db import connection, transaction
from django.db.models import Sum
from django.utils import timezone
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from tests.cast import A1, TOWN_A, make_home, make_person, make_region, make_user
from tests.homes.fees import last_month, level, lives, price_home
from yinian.core.errors import Refused
from yinian.core.roles import Role
from yinian.homes.fees.accounts import actions as money
from yinian.homes.fees.accounts import refunds
from yinian.homes.fees.accounts.models import MoneyBalance, MoneyEntry, MoneyPosting, Payment, Refund, SupervisedAccount
from yinian.homes.fees.bills import actions
from yinian.homes.fees.bills.models import Bill, BillCorrection, BillRun
from yinian.homes.models import Stay
from yinian.homes.stays import actions as stays
from yinian.places.models import Price

fen = st.integers(1, 400_000)


def scene():
    """A home with prices and two residents, its manager."""
    for code, name, depth in (("43", "湖南省", 1), ("4306", "岳阳市", 2), ("430681", "汨罗市", 3),
                              (TOWN_A, "汨罗镇", 4), (A1, "汴塘村", 5)):
        make_region(code, name, depth)
    home = make_home(TOWN_A)
    price_home(home)
    SupervisedAccount.objects.create(site=home, bank="农商行", tail="0001")
    manager = make_user("manager", Role.HOME_MANAGER, TOWN_A, home.pk)
    people = [make_person(A1, "李桂花"), make_person(A1, "刘长庚", sex="male")]
    for person, bed, at in zip(people, home.beds.order_by("label"), (4, 1), strict=False):
        level(manager, person, at)
        lives(person, bed)
    return home, manager, people


class Fees(RuleBasedStateMachine):
    """Months drafted and closed, money taken, paid, reversed, corrected, people leaving; whatever is refused is."""

    def __init__(self):
        super().__init__()
        self.hold = transaction.atomic()
        self.hold.__enter__()
        self.home, self.manager, self.people = scene()
        self.seen, self.items = {}, count()
        # Two months are closed and owed before anything else happens: acts that never meet a closed bill prove nothing.
        for back in (2, 1):
            run = actions.draft(self.manager, self.home, self.month(back))
            actions.close_run(self.manager, run.pk, run.version, "照常结账")
        assert Bill.objects.filter(state="closed", person_fen__gt=0).count() >= len(self.people)
        money.take_ahead(self.manager, self.home.pk, self.people[0].pk, "deposit", 100_000, timezone.localdate())

    def teardown(self):
        transaction.set_rollback(True)
        self.hold.__exit__(None, None, None)

    def attempt(self, act):
        try:
            with transaction.atomic():
                act()
        except Refused:
            pass

    def month(self, back):
        month = last_month()
        for _turn in range(back):
            month = (month - dt.timedelta(days=1)).replace(day=1)
        return month

    @rule(back=st.integers(0, 3))
    def draft(self, back):
        self.attempt(lambda: actions.draft(self.manager, self.home, self.month(back)))

    @rule(back=st.integers(0, 3))
    def close(self, back):
        run = BillRun.objects.filter(month=self.month(back)).first()
        if run is not None:
            self.attempt(lambda: actions.close_run(self.manager, run.pk, run.version, "照常结账"))

    @rule(amount=fen, which=st.integers(0, 5), channel=st.sampled_from(["cash", "service", "deposit"]))
    def pay(self, amount, which, channel):
        bills = list(Bill.objects.order_by("pk"))
        if bills:
            bill = bills[which % len(bills)]
            self.attempt(lambda: money.pay(self.manager, bill.pk, amount, channel, timezone.localdate()))

    @rule(which=st.integers(0, 5))
    def reverse(self, which):
        payments = list(Payment.objects.order_by("pk"))
        if payments:
            one = payments[which % len(payments)]
            self.attempt(lambda: money.reverse_payment(self.manager, one.pk, "记错"))

    @rule(amount=st.integers(-400_000, 400_000), which=st.integers(0, 5))
    def correct(self, amount, which):
        bills = list(Bill.objects.order_by("pk"))
        if bills:
            self.attempt(lambda: actions.correct(self.manager, bills[which % len(bills)].pk, amount, "算错"))

    @rule(amount=fen, kind=st.sampled_from(["service", "deposit"]), who=st.integers(0, 1))
    def take(self, amount, kind, who):
        self.attempt(lambda: money.take_ahead(self.manager, self.home.pk, self.people[who].pk, kind, amount,
                                              timezone.localdate()))

    @rule(amount=st.integers(0, 200_000))
    def dearer(self, amount):
        Price.objects.filter(site=self.home, item="餐费").update(amount_fen=amount)

    @rule(who=st.integers(0, 1))
    def leave(self, who):
        stay = Stay.objects.filter(person=self.people[who], period__endswith__isnull=True).first()
        if stay is not None:
            self.attempt(lambda: stays.discharge(self.manager, stay.pk, stay.version, "回家", timezone.localdate()))

    @precondition(lambda self: Refund.objects.exists())
    @rule()
    def settle(self):
        for one in Refund.objects.filter(state="open"):
            self.attempt(lambda one=one: refunds.settle_refund(self.manager, one.pk, one.version,
                                                               timezone.localdate(), f"退{next(self.items)}"))

    @invariant()
    def a_closed_bill_is_as_it_was(self):
        for bill in Bill.objects.filter(state="closed"):
            now = (bill.number, bill.person_fen, bill.charged_fen, bill.inputs_hash, str(bill.inputs), bill.due_on,
                   str(list(bill.lines.values_list("text", "amount_fen", "why"))))
            assert self.seen.setdefault(bill.pk, now) == now
        assert Bill.objects.filter(pk__in=self.seen, state="closed").count() == len(self.seen)

    @invariant()
    def the_ledger_balances(self):
        with connection.cursor() as cursor:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        assert not MoneyEntry.objects.annotate(s=Sum("postings__amount_fen")).exclude(s=0).exists()
        for one in MoneyBalance.objects.all():
            booked = MoneyPosting.objects.filter(entry__site=one.site_id, account=one.account, person=one.person_id)
            assert booked.aggregate(s=Sum("amount_fen"))["s"] == one.balance_fen

    @invariant()
    def what_is_owed_is_what_is_open_on_bills(self):
        for person in self.people:
            owed = MoneyBalance.objects.filter(account="receivable", person=person).values_list(
                "balance_fen", flat=True).first() or 0
            assert owed == sum(bill.left_fen for bill in Bill.objects.filter(person=person, state="closed"))

    @invariant()
    def no_correction_counts_twice(self):
        put_in = BillCorrection.objects.filter(applied__isnull=False, refund__isnull=False)
        assert not put_in.exists()


@pytest.mark.django_db
def test_no_sequence_of_acts_changes_a_closed_bill_or_unbalances_the_ledger():
    run_state_machine_as_test(Fees, settings=settings(
        max_examples=12, stateful_step_count=20, deadline=None, suppress_health_check=list(HealthCheck)))


@pytest.mark.django_db(transaction=True)
def test_of_two_who_close_a_month_at_once_one_does():
    home, manager, _people = scene()
    run = actions.draft(manager, home, last_month())
    gate = threading.Barrier(2)

    def close():
        try:
            gate.wait(10)
            return actions.close_run(manager, run.pk, run.version)
        except Refused as refused:
            return refused
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as pool:
        outcome = [one.result() for one in [pool.submit(close), pool.submit(close)]]
    assert sorted(type(one).__name__ for one in outcome) == ["BillRun", "Changed"]
    assert MoneyEntry.objects.filter(kind="bill").count() == Bill.objects.filter(state="closed").count() == 2
