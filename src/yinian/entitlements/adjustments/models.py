"""Corrections of past months: arrears and recoveries, their months, who decided, and how they are settled.

What may not happen is refused by the database: a month corrected twice at once, one human both confirming and
checking, more settled than was decided, a settled part changed.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy


class Correction(models.Model):
    """What one person is owed (arrears) or owes (recovery) for past months of one service.

    ``amount_fen`` is the sum of its months, above 0 either way; ``settled_fen`` how much of it has been paid, deducted
    or paid back, ``written_off_fen`` what two officers have given up since (:class:`WriteOff`). Nothing is settled
    before an officer confirmed it and another human checked that.
    """

    class Kind(models.TextChoices):
        ARREARS = "arrears", pgettext_lazy("correction", "Arrears")
        RECOVERY = "recovery", pgettext_lazy("correction", "Recovery")

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("correction", "To be confirmed")
        CONFIRMED = "confirmed", pgettext_lazy("correction", "Waits for the checker")
        APPROVED = "approved", pgettext_lazy("correction", "Being settled")
        SETTLED = "settled", pgettext_lazy("correction", "Settled")
        REJECTED = "rejected", pgettext_lazy("correction", "Rejected")
        DROPPED = "dropped", pgettext_lazy("correction", "No longer needed")

    class Method(models.TextChoices):
        PAY = "pay", pgettext_lazy("correction", "Pay with the next month")
        AT_ONCE = "at_once", pgettext_lazy("correction", "Recover at once")
        INSTALMENTS = "instalments", pgettext_lazy("correction", "Recover in monthly parts")
        WAIVE = "waive", pgettext_lazy("correction", "Waive")

    class Origin(models.TextChoices):
        RECALCULATION = "recalculation", pgettext_lazy("correction", "Recalculation")
        FINDING = "finding", pgettext_lazy("correction", "Reconciliation")

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="corrections")
    county = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    region_code = models.CharField(max_length=14, db_collation="C")
    service_id = models.CharField(max_length=60)
    label = models.JSONField(default=dict)  # the service's name in the languages of the pack
    kind = models.CharField(max_length=8, choices=Kind.choices)
    amount_fen = models.BigIntegerField()
    settled_fen = models.BigIntegerField(default=0)
    written_off_fen = models.BigIntegerField(default=0)
    first_month = models.DateField()
    last_month = models.DateField()
    months = models.PositiveSmallIntegerField()
    origin = models.CharField(max_length=13, choices=Origin.choices, default=Origin.RECALCULATION)
    deceased = models.BooleanField(default=False)
    answers = models.CharField(max_length=120, blank=True)  # who answers for a deceased person
    state = models.CharField(max_length=9, choices=State.choices, default=State.PROPOSED)
    method = models.CharField(max_length=11, choices=Method.choices, blank=True)
    parts = models.PositiveSmallIntegerField(null=True, blank=True)  # of instalments: how many months
    reason = models.CharField(max_length=300, blank=True)  # the maker's word; of a waiver, why
    document = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answer = models.CharField(max_length=300, blank=True)  # why it was rejected, sent back or is no longer needed
    found_at = models.DateTimeField(default=timezone.now)
    found_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    maker = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    maker_key = models.BinaryField(max_length=32, null=True, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    checker = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    checker_key = models.BinaryField(max_length=32, null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    notice = models.ForeignKey("core.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    closed_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(fields=["region_code", "-id"], name="correction_by_area"),
            models.Index(fields=["person"], name="correction_of_person"),
            models.Index(fields=["county", "service_id"], condition=Q(state="approved"), name="correction_to_settle"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "service_id", "kind"], condition=Q(state__in=["proposed", "confirmed"]),
                name="correction_open_once",
            ),
            models.CheckConstraint(name="correction_of_money", condition=Q(amount_fen__gt=0)),
            models.CheckConstraint(
                name="correction_settled_up_to_its_amount",
                condition=Q(settled_fen__gte=0, written_off_fen__gte=0,
                            settled_fen__lte=F("amount_fen") - F("written_off_fen")),
            ),
            models.CheckConstraint(
                name="correction_settles_when_approved",
                condition=Q(settled_fen=0, written_off_fen=0) | Q(state__in=["approved", "settled"]),
            ),
            models.CheckConstraint(
                name="correction_settled_wholly_or_waived",
                condition=~Q(state="settled") | Q(settled_fen=F("amount_fen") - F("written_off_fen"))
                | Q(method="waive", settled_fen=0),
            ),
            models.CheckConstraint(
                name="correction_confirmed_by_maker",
                condition=~Q(state__in=["confirmed", "approved", "settled"])
                | (Q(maker__isnull=False, maker_key__isnull=False, made_at__isnull=False) & ~Q(method="")),
            ),
            models.CheckConstraint(
                name="correction_approved_by_checker",
                condition=~Q(state__in=["approved", "settled"])
                | Q(checker__isnull=False, checker_key__isnull=False, checked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="correction_made_by_one_checked_by_another",
                condition=Q(checker_key__isnull=True) | Q(maker_key__isnull=True) | ~Q(checker_key=F("maker_key")),
            ),
            models.CheckConstraint(
                name="correction_method_fits_kind",
                condition=Q(method="") | Q(kind="arrears", method="pay")
                | Q(kind="recovery", method__in=["at_once", "instalments", "waive"]),
            ),
            models.CheckConstraint(
                name="correction_instalments_have_parts",
                condition=Q(method="instalments", parts__gte=2) | (~Q(method="instalments") & Q(parts__isnull=True)),
            ),
            models.CheckConstraint(
                name="correction_waived_with_reason_and_paper",
                condition=~Q(method="waive") | (~Q(reason="") & Q(document__isnull=False)),
            ),
            models.CheckConstraint(
                name="correction_only_recoveries_are_written_off",
                condition=Q(written_off_fen=0) | Q(kind="recovery", state="settled"),
            ),
            models.CheckConstraint(name="correction_rejected_says_why", condition=~Q(state="rejected") | ~Q(answer="")),
        ]
        triggers = [
            pgtrigger.Protect(name="corrections_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="correction_written_off_by_two",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update,
                condition=pgtrigger.Condition("NEW.written_off_fen > 0"),
                func="""
                    IF NOT EXISTS (
                        SELECT FROM entitlements_writeoff w WHERE w.correction_id = NEW.id AND w.state = 'approved'
                            AND w.amount_fen = NEW.written_off_fen
                    ) THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'a sum is written off by two officers';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="correction_over_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state IN ('settled', 'rejected', 'dropped')"),
                # Only the merging of two entries may still move it, and the paper that tells of it be added.
                func="""
                    IF to_jsonb(OLD) - 'person_id' - 'notice_id' IS DISTINCT FROM
                        to_jsonb(NEW) - 'person_id' - 'notice_id' THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'a correction that is over stays';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.service_id} {self.person_id}"

    @property
    def left_fen(self) -> int:
        """What is still to be paid or got back."""
        return 0 if self.method == self.Method.WAIVE else self.amount_fen - self.settled_fen - self.written_off_fen

    @property
    def is_over(self) -> bool:
        return self.state in {self.State.SETTLED, self.State.REJECTED, self.State.DROPPED}


class Adjustment(models.Model):
    """One month of a correction: what was held, what was due as known then, and why they differ.

    ``cause``: facts that became known (name, before, now, known, since, department), a death or move, new rules, a
    report of what was paid; see causes.py. ``standing``: open (to be decided), counted (decided: later recalculation
    takes it into account), void (rejected or no longer needed).
    """

    class Standing(models.TextChoices):
        OPEN = "open"
        COUNTED = "counted"
        VOID = "void"

    correction = models.ForeignKey(Correction, on_delete=models.PROTECT, related_name="adjustments")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="adjustments")
    service_id = models.CharField(max_length=60)
    month = models.DateField()
    held_fen = models.BigIntegerField()
    due_fen = models.BigIntegerField()
    difference_fen = models.BigIntegerField()
    cause = models.JSONField(default=dict)
    cycle = models.ForeignKey("entitlements.Cycle", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    pack_hash = models.CharField(max_length=64)
    known_at = models.DateTimeField()
    standing = models.CharField(max_length=7, choices=Standing.choices, default=Standing.OPEN)

    class Meta:
        ordering = ["correction_id", "month"]
        indexes = [models.Index(fields=["person", "month"], name="adjustment_of_person")]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "service_id", "month"], condition=Q(standing="open"), name="adjustment_open_once"
            ),
            models.UniqueConstraint(fields=["correction", "month"], name="adjustment_once_a_month"),
            models.CheckConstraint(
                name="adjustment_adds_up", condition=Q(difference_fen=F("due_fen") - F("held_fen"))
            ),
            models.CheckConstraint(name="adjustment_of_money", condition=~Q(difference_fen=0)),
            models.CheckConstraint(name="adjustment_month_is_its_first_day", condition=Q(month__day=1)),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="adjustment_decided_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.standing <> 'open'"),
                func="""
                    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - 'person_id' IS DISTINCT FROM to_jsonb(NEW) - 'person_id' THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'a decided month stays';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.correction_id} {self.month:%Y-%m}"


class AdjustmentInCycle(models.Model):
    """What of a correction goes with one month's payment: ``amount_fen`` above 0 is paid besides, below 0 deducted.

    It stands beside the line's own amount and never changes it; a person without a line has it all the same.
    """

    correction = models.ForeignKey(Correction, on_delete=models.PROTECT, related_name="settlements")
    cycle = models.ForeignKey("entitlements.Cycle", on_delete=models.PROTECT, related_name="adjustments")
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="+")
    service_id = models.CharField(max_length=60)
    month = models.DateField()
    amount_fen = models.BigIntegerField()
    number = models.PositiveSmallIntegerField()  # which part of the correction it is, from 1
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["cycle_id", "id"]
        indexes = [models.Index(fields=["person", "month"], name="adjustment_paid_of_person")]
        constraints = [
            models.UniqueConstraint(fields=["correction", "cycle"], name="adjustment_once_a_cycle"),
            models.CheckConstraint(name="adjustment_in_cycle_of_money", condition=~Q(amount_fen=0)),
        ]
        triggers = [
            pgtrigger.Trigger(
                # The merging of two entries may move it to the one that stays.
                name="settled_parts_stay",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                func="""
                    IF TG_OP = 'DELETE' OR to_jsonb(OLD) - 'person_id' IS DISTINCT FROM to_jsonb(NEW) - 'person_id' THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'a settled part stays';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.correction_id} {self.cycle_id}"


class Repayment(models.Model):
    """Money that came back on a recovery other than by deduction: how much, when, by which slip."""

    correction = models.ForeignKey(Correction, on_delete=models.PROTECT, related_name="repayments")
    amount_fen = models.BigIntegerField()
    on = models.DateField()
    slip = models.CharField(max_length=60)  # number of the receipt or bank slip
    recorded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["correction_id", "on", "id"]
        constraints = [
            models.CheckConstraint(name="repayment_of_money", condition=Q(amount_fen__gt=0) & ~Q(slip="")),
            models.UniqueConstraint(fields=["correction", "slip"], name="repayment_slip_once"),
        ]
        triggers = [pgtrigger.Protect(name="repayments_stay", operation=pgtrigger.Update | pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.correction_id} {self.on}"


class WriteOff(models.Model):
    """What of a recovery is given up because it cannot be got back: proposed by one human, decided by another.

    ``amount_fen`` is what was still to come back when it was decided.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed", pgettext_lazy("write-off", "Waits for the checker")
        APPROVED = "approved", pgettext_lazy("write-off", "Written off")
        REJECTED = "rejected", pgettext_lazy("write-off", "Not written off")
        DROPPED = "dropped", pgettext_lazy("write-off", "No longer needed")

    correction = models.ForeignKey(Correction, on_delete=models.PROTECT, related_name="write_offs")
    amount_fen = models.BigIntegerField()
    reason = models.CharField(max_length=300)
    document = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.PROPOSED)
    answer = models.CharField(max_length=300, blank=True)
    maker = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    maker_key = models.BinaryField(max_length=32)
    made_at = models.DateTimeField(default=timezone.now)
    checker = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    checker_key = models.BinaryField(max_length=32, null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["correction_id", "id"]
        constraints = [
            models.UniqueConstraint(fields=["correction"], condition=Q(state="proposed"), name="writeoff_open_once"),
            models.CheckConstraint(name="writeoff_of_money_says_why", condition=Q(amount_fen__gt=0) & ~Q(reason="")),
            models.CheckConstraint(
                name="writeoff_decided_by_checker",
                condition=~Q(state__in=["approved", "rejected"])
                | Q(checker__isnull=False, checker_key__isnull=False, checked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="writeoff_made_by_one_checked_by_another",
                condition=Q(checker_key__isnull=True) | ~Q(checker_key=F("maker_key")),
            ),
            models.CheckConstraint(name="writeoff_rejected_says_why", condition=~Q(state="rejected") | ~Q(answer="")),
        ]
        triggers = [
            pgtrigger.Protect(name="writeoffs_stay", operation=pgtrigger.Delete),
            pgtrigger.Protect(
                name="writeoff_decided_stays", operation=pgtrigger.Update,
                condition=pgtrigger.Condition("OLD.state <> 'proposed'"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.correction_id} {self.state}"


class Recalculation(models.Model):
    """That a cycle's month was looked at again: up to which moment of knowledge, under which rules, what was found."""

    cycle = models.ForeignKey("entitlements.Cycle", on_delete=models.PROTECT, related_name="recalculations")
    known_at = models.DateTimeField()
    pack_hash = models.CharField(max_length=64)
    whole = models.BooleanField(default=False)  # everybody, because the rules had changed or the bureau asked for it
    people = models.PositiveIntegerField(default=0)  # looked at
    found = models.PositiveIntegerField(default=0)  # differences proposed or brought up to date
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    job = models.ForeignKey("core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["cycle", "-id"], name="recalculation_latest")]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.at:%Y-%m-%d}"
