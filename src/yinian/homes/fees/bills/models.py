"""Bills of residents: a home's month, each person's bill with its lines and inputs, corrections, what was paid.

A closed bill never changes: its row but for what has been paid on it, its lines and what it was worked out from are
held by triggers. What was wrong is put right by a line in a later bill.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from yinian.places.models import Price


class BillRun(models.Model):
    """One home's bills of one month: drafted, looked at by its manager, closed."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("bills", "To be checked")
        CLOSED = "closed", pgettext_lazy("bills", "Closed")

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="bill_runs")
    month = models.DateField()
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    drafted_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(default=timezone.now)
    closed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    note = models.CharField(max_length=300, blank=True)  # why it was closed although something was not known
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-month", "site_id"]
        constraints = [
            models.UniqueConstraint(fields=["site", "month"], name="bill_run_once_a_month"),
            models.CheckConstraint(name="bill_run_month_is_its_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="bill_run_closed_by_somebody",
                condition=Q(state="draft", closed_at__isnull=True)
                | Q(state="closed", closed_at__isnull=False, closed_by__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="bill_runs_stay", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="closed_bill_run_stays", operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state = 'closed'"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.site_id} {self.month:%Y-%m}"


class Bill(models.Model):
    """One person's bill of one month in one home, in whole fen: charged - county + corrected = person.

    ``inputs`` is all it was worked out from and ``inputs_hash`` its SHA-256: worked out again, it is the same.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("bill", "Draft")
        CLOSED = "closed", pgettext_lazy("bill", "Closed")

    run = models.ForeignKey(BillRun, on_delete=models.PROTECT, related_name="bills")
    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="bills")
    month = models.DateField()
    number = models.CharField(max_length=30, blank=True)
    state = models.CharField(max_length=6, choices=State.choices, default=State.DRAFT)
    days = models.PositiveSmallIntegerField()
    charged_fen = models.BigIntegerField()
    county_fen = models.BigIntegerField()
    corrected_fen = models.BigIntegerField()
    person_fen = models.BigIntegerField()
    paid_fen = models.BigIntegerField(default=0)
    inputs = models.JSONField()
    inputs_hash = models.CharField(max_length=64)
    pack_hash = models.CharField(max_length=64)
    unknown = models.JSONField(default=list)
    due_on = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-month", "id"]
        indexes = [
            models.Index(fields=["site", "-month"], name="bill_of_site"),
            models.Index(fields=["person", "-month"], name="bill_of_person"),
            models.Index(fields=["due_on"], condition=Q(state="closed", paid_fen__lt=F("person_fen")),
                         name="bill_open"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["site", "person", "month"], name="bill_once_a_month"),
            models.UniqueConstraint(fields=["number"], condition=~Q(number=""), name="bill_numbered_once"),
            models.CheckConstraint(
                name="bill_adds_up",
                condition=Q(person_fen=F("charged_fen") - F("county_fen") + F("corrected_fen")),
            ),
            models.CheckConstraint(
                name="bill_is_never_below_nothing",
                condition=Q(charged_fen__gte=0, county_fen__gte=0, county_fen__lte=F("charged_fen"), person_fen__gte=0),
            ),
            models.CheckConstraint(
                name="bill_paid_up_to_its_sum", condition=Q(paid_fen__gte=0, paid_fen__lte=F("person_fen"))
            ),
            models.CheckConstraint(
                name="bill_closed_has_number_and_day",
                condition=Q(state="draft", paid_fen=0, number="")
                | Q(state="closed", closed_at__isnull=False, closed_by__isnull=False) & ~Q(number=""),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="closed_bill_stays", when=pgtrigger.Before, operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.state = 'closed'"),
                # What has been paid is told by the payments; the merging of two entries may move it.
                func="""
                    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - 'person_id' - 'paid_fen' IS DISTINCT FROM
                        to_jsonb(NEW) - 'person_id' - 'paid_fen' THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'a closed bill stays';
                    END IF;
                    IF NEW.paid_fen <> (SELECT coalesce(sum(p.amount_fen), 0) FROM homes_payment p
                                        WHERE p.bill_id = NEW.id) THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'what is paid is the sum of payments';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="bill_closes_with_its_lines", when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.state = 'closed' AND NEW.paid_fen = 0"),
                func="""
                    IF TG_OP = 'INSERT' OR NEW.person_fen <> (
                        SELECT coalesce(sum(l.amount_fen), 0) FROM homes_billline l WHERE l.bill_id = NEW.id
                    ) THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'the lines of a bill give its sum';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.number or self.pk}"

    @property
    def left_fen(self) -> int:
        """What is still to be paid."""
        return self.person_fen - self.paid_fen


class BillLine(models.Model):
    """One line of a bill; ``why`` with ``values`` says how it came about."""

    class Kind(models.TextChoices):
        CHARGE = "charge", pgettext_lazy("bill line", "Charge")
        SUBSIDY = "subsidy", pgettext_lazy("bill line", "Paid by public money")
        CORRECTION = "correction", pgettext_lazy("bill line", "Correction")
        TOLD = "told", pgettext_lazy("bill line", "For information")

    bill = models.ForeignKey(Bill, on_delete=models.CASCADE, related_name="lines")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    category = models.CharField(max_length=6, choices=Price.Category.choices, blank=True)
    text = models.CharField(max_length=200)
    amount_fen = models.BigIntegerField()
    why = models.CharField(max_length=12)
    values = models.JSONField(default=dict)
    ref = models.CharField(max_length=60, blank=True)

    class Meta:
        ordering = ["bill_id", "number"]
        constraints = [models.UniqueConstraint(fields=["bill", "number"], name="bill_line_numbered_once")]
        triggers = [
            pgtrigger.Trigger(
                name="lines_of_a_closed_bill_stay", when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF EXISTS (SELECT FROM homes_bill b WHERE b.state = 'closed' AND b.id IN (
                        CASE WHEN TG_OP = 'INSERT' THEN NEW.bill_id ELSE OLD.bill_id END,
                        CASE WHEN TG_OP = 'DELETE' THEN OLD.bill_id ELSE NEW.bill_id END)) THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'the lines of a closed bill stay';
                    END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id}/{self.number}"


class BillCorrection(models.Model):
    """What a closed bill had wrong: above 0 is charged, below 0 given back, by a line of a later bill (``applied``)."""

    bill = models.ForeignKey(Bill, on_delete=models.PROTECT, related_name="corrections")
    amount_fen = models.BigIntegerField()
    reason = models.CharField(max_length=200)
    made_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(default=timezone.now)
    applied = models.ForeignKey(Bill, null=True, blank=True, on_delete=models.PROTECT, related_name="put_right")
    refund = models.ForeignKey("homes.Refund", null=True, blank=True, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="bill_correction_of_money", condition=~Q(amount_fen=0)),
            models.CheckConstraint(name="bill_correction_says_why", condition=~Q(reason="")),
            models.CheckConstraint(name="bill_correction_in_another_bill", condition=~Q(applied=F("bill"))),
        ]
        triggers = [
            pgtrigger.Protect(name="bill_corrections_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="bill_correction_put_in_once", when=pgtrigger.Before, operation=pgtrigger.Update,
                func="""
                    IF OLD.applied_id IS NOT NULL OR OLD.refund_id IS NOT NULL
                        OR to_jsonb(OLD) - 'applied_id' - 'refund_id' IS DISTINCT FROM
                           to_jsonb(NEW) - 'applied_id' - 'refund_id' THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'a correction is put in once';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.bill_id} {self.amount_fen}"


class Charge(models.Model):
    """Something a resident is charged for once, on a day: an outing, laundry, a meal for a guest."""

    site = models.ForeignKey("places.Site", on_delete=models.PROTECT, related_name="+")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    on = models.DateField()
    text = models.CharField(max_length=100)
    category = models.CharField(max_length=6, choices=Price.Category.choices, default=Price.Category.OTHER)
    amount_fen = models.PositiveIntegerField()
    added_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    added_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["on", "id"]
        indexes = [models.Index(fields=["site", "on"], name="charge_of_site")]
        constraints = [models.CheckConstraint(name="charge_of_money", condition=Q(amount_fen__gt=0))]
        triggers = [
            pgtrigger.Trigger(
                name="charge_before_the_bill_closes", when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'UPDATE' AND to_jsonb(OLD) - 'person_id' = to_jsonb(NEW) - 'person_id' THEN
                        RETURN NEW;
                    END IF;
                    IF EXISTS (SELECT FROM homes_bill b WHERE b.state = 'closed'
                        AND b.site_id = coalesce(OLD.site_id, NEW.site_id)
                        AND b.person_id = coalesce(OLD.person_id, NEW.person_id)
                        AND b.month = date_trunc('month', coalesce(OLD.on, NEW.on))::date) THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'the bill of that month is closed';
                    END IF;
                    RETURN CASE WHEN TG_OP = 'DELETE' THEN OLD ELSE NEW END;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.text
