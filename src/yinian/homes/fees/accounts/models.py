"""The money of residents in a home: a double-entry ledger, payments on bills, prepaid money, refunds, the bank's word.

Amounts are whole fen; above 0 is a debit, below 0 a credit. Nothing here is changed or deleted: what was wrong is
entered the other way round. A balance is the sum of its postings, kept by a trigger and by nothing else.
"""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

HELD = ("service", "deposit", "membership")  # what the home holds for residents, as liabilities

_STAYS = """
    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - 'person_id' IS DISTINCT FROM to_jsonb(NEW) - 'person_id' THEN
        RAISE integrity_constraint_violation USING MESSAGE = 'what is booked stays';
    END IF;
    RETURN NEW;
"""


def _stays(name: str) -> pgtrigger.Trigger:
    """Neither changed nor deleted; only the merging of two entries of a person may move it."""
    return pgtrigger.Trigger(name=name, when=pgtrigger.Before, operation=pgtrigger.Update | pgtrigger.Delete,
                             func=_STAYS)


class Prepaid(models.TextChoices):
    """The kinds of money taken ahead."""

    SERVICE = "service", pgettext_lazy("prepaid", "Service fee")
    DEPOSIT = "deposit", pgettext_lazy("prepaid", "Deposit")
    MEMBERSHIP = "membership", pgettext_lazy("prepaid", "Membership fee")


class MoneyEntry(models.Model):
    """One booking: its postings add up to nothing (checked when the transaction commits)."""

    class Kind(models.TextChoices):
        BILL = "bill", pgettext_lazy("entry", "Bill closed")
        PAYMENT = "payment", pgettext_lazy("entry", "Payment")
        COUNTY = "county", pgettext_lazy("entry", "Public money received")
        PREPAID = "prepaid", pgettext_lazy("entry", "Money taken ahead")
        USE = "use", pgettext_lazy("entry", "Prepaid money used")
        REFUND = "refund", pgettext_lazy("entry", "Refund")
        REVERSAL = "reversal", pgettext_lazy("entry", "Reversal")

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="money_entries")
    on = models.DateField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    text = models.CharField(max_length=200)
    bill = models.ForeignKey("homes.Bill", null=True, blank=True, on_delete=models.PROTECT, related_name="entries")
    refund = models.ForeignKey("homes.Refund", null=True, blank=True, on_delete=models.PROTECT, related_name="entries")
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["site", "-on"], name="money_entry_of_site")]
        constraints = [
            models.CheckConstraint(
                name="money_entry_traced",
                # Every use and refund is traced to its bill or its refund.
                condition=~Q(kind__in=["bill", "use", "payment"]) & ~Q(kind="refund")
                | Q(kind__in=["bill", "use", "payment"], bill__isnull=False)
                | Q(kind="refund", refund__isnull=False),
            ),
        ]
        triggers = [_stays("money_entries_stay")]

    def __str__(self) -> str:
        return f"{self.on} {self.text}"


class MoneyPosting(models.Model):
    """One side of a booking: so much on one account, of one person where the account is kept by person."""

    class Account(models.TextChoices):
        CASH = "cash", pgettext_lazy("account", "Cash")
        BANK = "bank", pgettext_lazy("account", "Bank")
        SUPERVISED = "supervised", pgettext_lazy("account", "Supervised account")
        RECEIVABLE = "receivable", pgettext_lazy("account", "Owed by residents")
        COUNTY = "county", pgettext_lazy("account", "Owed by public money")
        SERVICE = "service", pgettext_lazy("account", "Service fees held")
        DEPOSIT = "deposit", pgettext_lazy("account", "Deposits held")
        MEMBERSHIP = "membership", pgettext_lazy("account", "Membership fees held")
        INCOME = "income", pgettext_lazy("account", "Income")

    entry = models.ForeignKey(MoneyEntry, on_delete=models.PROTECT, related_name="postings")
    account = models.CharField(max_length=10, choices=Account.choices)
    person = models.ForeignKey("people.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    amount_fen = models.BigIntegerField()

    class Meta:
        ordering = ["entry_id", "id"]
        indexes = [models.Index(fields=["person", "account"], name="money_posting_of_person")]
        constraints = [
            models.CheckConstraint(name="money_posting_of_money", condition=~Q(amount_fen=0)),
            models.CheckConstraint(
                name="money_posting_of_a_person",
                condition=Q(account__in=["receivable", *HELD], person__isnull=False)
                | ~Q(account__in=["receivable", *HELD]) & Q(person__isnull=True),
            ),
        ]
        triggers = [
            _stays("money_postings_stay"),
            pgtrigger.Trigger(
                name="money_entry_balances", when=pgtrigger.After, operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF (SELECT sum(p.amount_fen) FROM homes_moneyposting p WHERE p.entry_id = NEW.entry_id) <> 0 THEN
                        RAISE integrity_constraint_violation USING
                            MESSAGE = 'the postings of an entry add up to nothing', CONSTRAINT = 'money_entry_balances';
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="money_balance_kept", when=pgtrigger.After, operation=pgtrigger.Insert | pgtrigger.Update,
                declare=[("home", "bigint")],
                func="""
                    SELECT e.site_id INTO home FROM homes_moneyentry e WHERE e.id = NEW.entry_id;
                    PERFORM set_config('yinian.booking', 'on', true);
                    IF TG_OP = 'UPDATE' THEN
                        UPDATE homes_moneybalance b SET balance_fen = b.balance_fen - OLD.amount_fen
                            WHERE b.site_id = home AND b.account = OLD.account
                            AND b.person_id IS NOT DISTINCT FROM OLD.person_id;
                    END IF;
                    UPDATE homes_moneybalance b SET balance_fen = b.balance_fen + NEW.amount_fen
                        WHERE b.site_id = home AND b.account = NEW.account
                        AND b.person_id IS NOT DISTINCT FROM NEW.person_id;
                    IF NOT FOUND THEN
                        INSERT INTO homes_moneybalance (site_id, account, person_id, balance_fen)
                            VALUES (home, NEW.account, NEW.person_id, NEW.amount_fen);
                    END IF;
                    PERFORM set_config('yinian.booking', '', true);
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.amount_fen}"


class MoneyBalance(models.Model):
    """What stands on one account of a home, of one person where it is kept so. Written by the postings' trigger."""

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="money_balances")
    account = models.CharField(max_length=10, choices=MoneyPosting.Account.choices)
    person = models.ForeignKey("people.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    balance_fen = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["site", "account", "person"], nulls_distinct=False, name="money_balance_once"
            ),
            models.CheckConstraint(
                name="money_held_is_never_overdrawn",
                condition=~Q(account__in=HELD) | Q(balance_fen__lte=0),
            ),
            models.CheckConstraint(
                name="money_owed_is_never_below_nothing",
                condition=~Q(account__in=["receivable", "county", "supervised"]) | Q(balance_fen__gte=0),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="money_balance_by_postings", when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF current_setting('yinian.booking', true) IS DISTINCT FROM 'on' THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'a balance is written by its postings';
                    END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.account} {self.balance_fen}"


class Payment(models.Model):
    """Money that came in on a bill, or was taken from what the home holds for the person. Append-only.

    A reversal has a negative amount and names what it takes back.
    """

    class Channel(models.TextChoices):
        CASH = "cash", pgettext_lazy("payment", "Cash")
        TRANSFER = "transfer", pgettext_lazy("payment", "Bank transfer")
        SERVICE = "service", pgettext_lazy("payment", "From service fees paid ahead")
        DEPOSIT = "deposit", pgettext_lazy("payment", "From the deposit")

    bill = models.ForeignKey("homes.Bill", on_delete=models.PROTECT, related_name="payments")
    on = models.DateField()
    amount_fen = models.BigIntegerField()
    channel = models.CharField(max_length=8, choices=Channel.choices)
    slip = models.CharField(max_length=60, blank=True)  # number of the receipt or bank slip
    reverses = models.OneToOneField("self", null=True, blank=True, on_delete=models.PROTECT, related_name="reversed_by")
    reason = models.CharField(max_length=200, blank=True)
    entry = models.OneToOneField(MoneyEntry, on_delete=models.PROTECT, related_name="payment")
    taken_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-on", "-id"]
        constraints = [
            models.CheckConstraint(
                name="payment_or_its_reversal",
                condition=Q(amount_fen__gt=0, reverses__isnull=True)
                | Q(amount_fen__lt=0, reverses__isnull=False) & ~Q(reason=""),
            ),
        ]
        triggers = [
            _stays("payments_stay"),
            pgtrigger.Trigger(
                name="payment_counts_on_its_bill", when=pgtrigger.After, operation=pgtrigger.Insert,
                func="""
                    UPDATE homes_bill b SET paid_fen = b.paid_fen + NEW.amount_fen
                        WHERE b.id = NEW.bill_id AND b.state = 'closed';
                    IF NOT FOUND THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'only a closed bill is paid';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id} {self.amount_fen}"


INTO = [(one.value, one.label) for one in (MoneyPosting.Account.SUPERVISED, MoneyPosting.Account.BANK)]


class Prepayment(models.Model):
    """Money taken ahead. ``limit_fen`` is the most the rule allowed to be held on that day, ``rule`` says which."""

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="prepayments")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="prepayments")
    kind = models.CharField(max_length=10, choices=Prepaid.choices)
    on = models.DateField()
    amount_fen = models.BigIntegerField()
    into = models.CharField(max_length=10, choices=INTO)
    limit_fen = models.BigIntegerField()
    rule = models.JSONField(default=dict)
    slip = models.CharField(max_length=60, blank=True)
    entry = models.OneToOneField(MoneyEntry, on_delete=models.PROTECT, related_name="prepayment")
    taken_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-on", "-id"]
        indexes = [models.Index(fields=["person", "-on"], name="prepayment_of_person")]
        constraints = [
            models.CheckConstraint(name="prepayment_of_money", condition=Q(amount_fen__gt=0)),
            models.CheckConstraint(
                name="prepayment_within_its_limit", condition=Q(amount_fen__lte=models.F("limit_fen"))
            ),
            models.CheckConstraint(
                name="deposit_under_custody", condition=~Q(kind__in=["deposit", "membership"]) | Q(into="supervised")
            ),
        ]
        triggers = [
            _stays("prepayments_stay"),
            pgtrigger.Trigger(
                name="held_within_the_limit", when=pgtrigger.After, operation=pgtrigger.Insert,
                timing=pgtrigger.Deferred,
                func="""
                    IF (SELECT -b.balance_fen FROM homes_moneybalance b WHERE b.site_id = NEW.site_id
                        AND b.account = NEW.kind AND b.person_id = NEW.person_id) > NEW.limit_fen THEN
                        RAISE integrity_constraint_violation USING
                            MESSAGE = 'more is held than the rule allows', CONSTRAINT = 'held_within_the_limit';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount_fen}"


class Refund(models.Model):
    """What a home gives back to somebody who left: worked out at discharge, settled once, then held.

    ``days`` within which it is due (``working`` days or all), ``ground`` where that is from; without either the day is
    not known.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("refund", "To be refunded")
        PAID = "paid", pgettext_lazy("refund", "Settled")

    class Ground(models.TextChoices):
        PACK = "pack", pgettext_lazy("refund", "By the rule of the place")
        AGREEMENT = "agreement", pgettext_lazy("refund", "By the agreement")
        UNKNOWN = "unknown", pgettext_lazy("refund", "Not known")

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="refunds")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="refunds")
    left_on = models.DateField()
    days = models.PositiveSmallIntegerField(null=True, blank=True)
    working = models.BooleanField(default=False)
    ground = models.CharField(max_length=9, choices=Ground.choices, default=Ground.UNKNOWN)
    due_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=4, choices=State.choices, default=State.OPEN)
    held_fen = models.BigIntegerField(default=0)  # deposits and fees paid ahead, when settled
    arrears_fen = models.BigIntegerField(default=0)  # of it used for bills
    credit_fen = models.BigIntegerField(default=0)  # corrections in the person's favour besides
    amount_fen = models.BigIntegerField(null=True, blank=True)  # what was given back
    paid_on = models.DateField(null=True, blank=True)
    slip = models.CharField(max_length=60, blank=True)
    opened_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    paid_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    paid_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [models.Index(fields=["site", "state"], name="refund_of_site")]
        constraints = [
            models.UniqueConstraint(fields=["site", "person", "left_on"], name="refund_once_a_leaving"),
            models.CheckConstraint(
                name="refund_settled_says_all",
                condition=Q(state="open", amount_fen__isnull=True)
                | Q(state="paid", amount_fen__gte=0, paid_on__isnull=False, paid_by__isnull=False,
                    paid_at__isnull=False,
                    amount_fen=models.F("held_fen") + models.F("credit_fen") - models.F("arrears_fen")),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="refunds_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="refund_settled_stays", when=pgtrigger.Before, operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state = 'paid'"), func=_STAYS,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.left_on}"


class SupervisedAccount(models.Model):
    """A home's supervised account: which bank, since when on file, and the net fixed assets its limit is counted by."""

    site = models.OneToOneField("places.Site", on_delete=models.PROTECT, related_name="supervised_account")
    bank = models.CharField(max_length=100)
    tail = models.CharField(max_length=4)  # the last four digits of its number
    filed_on = models.DateField(null=True, blank=True)
    assets_fen = models.BigIntegerField(null=True, blank=True)  # net fixed assets; null: not known
    assets_on = models.DateField(null=True, blank=True)
    synthetic = models.BooleanField(default=False)
    version = models.PositiveIntegerField(default=1)

    def __str__(self) -> str:
        return f"{self.bank} {self.tail}"


class BankStatement(models.Model):
    """What the bank says stands on a home's supervised account on a day. Append-only."""

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="bank_statements")
    on = models.DateField()
    balance_fen = models.BigIntegerField()
    booked_fen = models.BigIntegerField()  # what the ledger said then
    note = models.CharField(max_length=200, blank=True)
    entered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-on", "-id"]
        constraints = [models.CheckConstraint(name="bank_statement_not_below_nothing", condition=Q(balance_fen__gte=0))]
        triggers = [_stays("bank_statements_stay")]

    def __str__(self) -> str:
        return f"{self.on} {self.balance_fen}"
