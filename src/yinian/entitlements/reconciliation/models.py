"""What another department or the one-card system reports as paid, and what does not agree with what was due.

A report is read, checked and compared like a departmental list; nothing counts before it is taken in. A line that
counts never changes; a report that was wrong is taken back whole.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.fields import EncryptedTextField
from yinian.people.kinds import DEPARTMENT_CHOICES


class PayItem(models.Model):
    """What a department calls a payment, and which service of the list it is; "" is none of them."""

    county = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    department = models.CharField(max_length=24, choices=DEPARTMENT_CHOICES)
    name = models.CharField(max_length=80)  # folded: half-width, no blanks
    service_id = models.CharField(max_length=60, blank=True)
    mapped_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    mapped_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["county_id", "department", "name"]
        constraints = [
            models.UniqueConstraint(fields=["county", "department", "name"], name="payitem_mapped_once"),
        ]

    def __str__(self) -> str:
        return f"{self.department} {self.name}"


class PaidBatch(models.Model):
    """One uploaded report of payments. ``content_sha256`` makes taking the same report in twice impossible."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", pgettext_lazy("payment report", "Waiting to be checked")
        CHECKED = "checked", pgettext_lazy("payment report", "Checked, not yet taken in")
        COMMITTED = "committed", pgettext_lazy("payment report", "Taken in")
        WITHDRAWN = "withdrawn", pgettext_lazy("payment report", "Taken back")
        REFUSED = "refused", pgettext_lazy("payment report", "Refused")

    class Source(models.TextChoices):
        ONE_CARD = "one_card", _("One-card payment system")
        DEPARTMENT = "department", _("Department's own list")

    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    department = models.CharField(max_length=24, choices=DEPARTMENT_CHOICES)
    source = models.CharField(max_length=10, choices=Source.choices)
    month = models.DateField()  # of rows that name none
    item = models.CharField(max_length=80, blank=True)  # of rows that name none
    complete = models.BooleanField(default=False)  # all that was paid for its services and months in the area
    file = models.ForeignKey("core.Attachment", on_delete=models.PROTECT, related_name="+")
    returned = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    content_sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    counts = models.JSONField(default=dict)
    items = models.JSONField(default=list)  # payment items found: name, rows, fen, service
    covers = models.JSONField(default=list)  # [service, month] pairs that it speaks of, once taken in
    problem = models.TextField(blank=True)
    uploaded_at = models.DateTimeField(default=timezone.now)
    uploaded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    committed_at = models.DateTimeField(null=True, blank=True)
    committed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdrawn_at = models.DateTimeField(null=True, blank=True)
    withdrawn_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    withdraw_reason = models.CharField(max_length=200, blank=True)
    job = models.ForeignKey("core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["content_sha256", "region", "department"], condition=Q(state="committed"),
                name="paidbatch_taken_in_once",
            ),
            models.CheckConstraint(name="paidbatch_month_is_its_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="paidbatch_taken_in_by_somebody",
                condition=~Q(state__in=["committed", "withdrawn"])
                | Q(committed_by__isnull=False, committed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="paidbatch_taken_back_says_why",
                condition=~Q(state="withdrawn")
                | (Q(withdrawn_by__isnull=False, withdrawn_at__isnull=False) & ~Q(withdraw_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.department} {self.month:%Y-%m}"

    @property
    def counts_now(self) -> bool:
        """Whether its lines count as paid."""
        return self.state == self.State.COMMITTED


class PaidRow(models.Model):
    """A payee of a report who is not told by ID number alone and waits for a person to decide."""

    class Decision(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("payee", "To be decided")
        SAME = "same", pgettext_lazy("payee", "Same person")
        NEW = "new", pgettext_lazy("payee", "Not in the register")

    batch = models.ForeignKey(PaidBatch, on_delete=models.CASCADE, related_name="rows")
    row_no = models.PositiveIntegerField()  # the payee's first row in the sheet
    payload = EncryptedTextField()
    match = models.CharField(max_length=10)
    person = models.ForeignKey("people.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    agreement = models.JSONField(default=dict)
    decision = models.CharField(max_length=10, choices=Decision.choices, default=Decision.WAITING)
    decided_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ["batch_id", "row_no"]
        constraints = [models.UniqueConstraint(fields=["batch", "row_no"], name="paidrow_once")]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.row_no}"


class PaidLine(models.Model):
    """One payment as reported. ``person`` null: nobody of the register; then ``payee`` says who, encrypted."""

    batch = models.ForeignKey(PaidBatch, on_delete=models.PROTECT, related_name="lines", db_index=False)
    row_no = models.PositiveIntegerField()
    person = models.ForeignKey(
        "people.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="paid_lines", db_index=False
    )
    region_code = models.CharField(max_length=14, db_collation="C")
    service_id = models.CharField(max_length=60)
    item = models.CharField(max_length=80)
    month = models.DateField()
    amount_fen = models.BigIntegerField()
    payee = EncryptedTextField(null=True, blank=True)

    class Meta:
        ordering = ["batch_id", "row_no"]
        indexes = [
            models.Index(fields=["person", "month"], name="paidline_of_person"),
            models.Index(fields=["service_id", "month"], name="paidline_of_month"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["batch", "row_no"], name="paidline_once_a_row"),
            models.CheckConstraint(name="paidline_of_money", condition=Q(amount_fen__gt=0)),
            models.CheckConstraint(name="paidline_month_is_its_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="paidline_says_to_whom", condition=Q(person__isnull=False) | Q(payee__isnull=False)
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="paid_lines_stay",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                # The merging of two entries may move a line to the one that stays.
                func="""
                    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - 'person_id' IS DISTINCT FROM to_jsonb(NEW) - 'person_id' THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'a payment reported stays as reported';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.row_no}"


class Finding(models.Model):
    """Where a report does not agree with what was due, for one payee, service and month.

    ``paid_fen`` = agreed + ``over_fen``; ``expected_fen`` = agreed + ``short_fen``. ``basis``: whether the amount
    expected was approved in a cycle or is what the rules give as known now.
    """

    class Kind(models.TextChoices):
        NOT_DUE = "not_due", pgettext_lazy("finding", "Paid and not due")
        UNPAID = "unpaid", pgettext_lazy("finding", "Due and not paid")
        DIFFERENT = "different", pgettext_lazy("finding", "Different amount")
        TWICE = "twice", pgettext_lazy("finding", "Paid twice")
        DEAD = "dead", pgettext_lazy("finding", "Paid to a person who died")
        MOVED = "moved", pgettext_lazy("finding", "Paid to a person who moved away")
        UNKNOWN = "unknown", pgettext_lazy("finding", "Paid to somebody not in the register")

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("finding", "Open")
        EXPLAINED = "explained", pgettext_lazy("finding", "Explained")
        TOLD = "told", pgettext_lazy("finding", "Department told")
        PROPOSED = "proposed", pgettext_lazy("finding", "Correction proposed")
        VOID = "void", pgettext_lazy("finding", "Report taken back")

    class Basis(models.TextChoices):
        APPROVED = "approved", pgettext_lazy("finding", "approved for the month")
        RULES = "rules", pgettext_lazy("finding", "due by the rules as known now")

    batch = models.ForeignKey(PaidBatch, on_delete=models.PROTECT, related_name="findings", db_index=False)
    kind = models.CharField(max_length=9, choices=Kind.choices)
    service_id = models.CharField(max_length=60)
    month = models.DateField()
    person = models.ForeignKey(
        "people.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="paid_findings", db_index=False
    )
    payee = EncryptedTextField(null=True, blank=True)
    region_code = models.CharField(max_length=14, db_collation="C")
    row_no = models.PositiveIntegerField(null=True, blank=True)  # the first row it is about; none where unpaid
    rows = models.PositiveSmallIntegerField(default=0)
    paid_fen = models.BigIntegerField(default=0)
    expected_fen = models.BigIntegerField(default=0)
    over_fen = models.BigIntegerField(default=0)
    short_fen = models.BigIntegerField(default=0)
    basis = models.CharField(max_length=8, choices=Basis.choices)
    reason = models.CharField(max_length=12)  # reasons.REASONS
    detail = models.JSONField(default=dict)  # tests that failed, facts read or to find out, what stands before it
    step = models.CharField(max_length=12)  # reasons.STEPS: what is suggested next
    state = models.CharField(max_length=9, choices=State.choices, default=State.OPEN)
    note = models.CharField(max_length=300, blank=True)
    correction = models.ForeignKey(
        "entitlements.Correction", null=True, blank=True, on_delete=models.PROTECT, related_name="findings"
    )
    closed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["batch_id", "region_code", "id"]
        indexes = [
            models.Index(fields=["batch", "region_code", "id"], name="finding_by_area"),
            models.Index(fields=["person"], condition=Q(person__isnull=False), name="finding_of_person"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["batch", "person", "service_id", "month"], condition=Q(person__isnull=False),
                name="finding_once",
            ),
            models.CheckConstraint(
                name="finding_adds_up", condition=Q(over_fen=F("paid_fen") - F("expected_fen") + F("short_fen"))
            ),
            models.CheckConstraint(
                name="finding_of_something",
                condition=Q(over_fen__gte=0, short_fen__gte=0) & ~Q(over_fen=0, short_fen=0),
            ),
            models.CheckConstraint(
                name="finding_closed_has_author",
                condition=Q(state__in=["open", "void"]) | Q(closed_by__isnull=False, closed_at__isnull=False),
            ),
            models.CheckConstraint(name="finding_explained_says_why", condition=~Q(state="explained") | ~Q(note="")),
            models.CheckConstraint(
                name="finding_proposed_has_correction", condition=~Q(state="proposed") | Q(correction__isnull=False)
            ),
        ]
        triggers = [pgtrigger.Protect(name="findings_stay", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.batch_id} {self.kind}"
