"""County runs and their outcomes: who is due what, since which run; and who already receives what."""

import pgtrigger
from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class Run(models.Model):
    """One evaluation of a pack over a region's people.

    ``snapshot`` and ``outcome`` are Parquet files in the data folder, kept with their hash: with them and the
    pack's hash any determination can be reproduced.
    """

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        DONE = "done", _("Done")
        FAILED = "failed", _("Failed")

    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    pack_path = models.CharField(max_length=120)
    pack_hash = models.CharField(max_length=64)
    pack = models.JSONField(default=dict)  # labels, sources and order of the services as they stood
    as_of = models.DateField()
    # False: facts frozen for the cycles of a month. Such a run says nothing about who stands where today.
    standing = models.BooleanField(default=True)
    known_at = models.DateTimeField()
    snapshot_file = models.CharField(max_length=200)
    snapshot_sha256 = models.CharField(max_length=64)
    outcome_file = models.CharField(max_length=200)
    outcome_sha256 = models.CharField(max_length=64)
    outcomes = models.PositiveIntegerField(default=0)  # person x service that are due, to check or superseded
    previous = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    people = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    checks = models.JSONField(default=dict)  # fact -> village -> people of whom it is to be found out
    seconds = models.JSONField(default=dict)  # stage -> seconds, for the machine's keeper
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    job = models.ForeignKey("core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["region", "-id"], condition=Q(state="done", standing=True), name="run_latest")]
        # Outcomes point at runs without a key of their own (see Outcome), so a run stays for good.
        triggers = [pgtrigger.Protect(name="runs_stay", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"#{self.pk} {self.as_of}"


class Status(models.IntegerChoices):
    """A standing; the numbers are those of the engine and of ``Outcome.codes``."""

    NOT_DUE = 0, _("Not due")
    DUE = 1, _("Entitled")
    CHECK = 2, _("To be checked")
    SUPERSEDED = 3, _("Covered by another service")


class ServiceNumber(models.Model):
    """The small number that stands for a service in outcomes. A number is never given to another service."""

    number = models.PositiveSmallIntegerField(primary_key=True)
    service_id = models.CharField(max_length=60, unique=True)

    class Meta:
        ordering = ["number"]

    def __str__(self) -> str:
        return f"{self.number} {self.service_id}"


class Outcome(models.Model):
    """All that one person stood for, from one run until another changed it.

    Kept are services that are due, to be checked or superseded, and those received without being due; who has
    none of these has no row.

    One row for a person, not for a service: a county's first run writes as many rows as it has people, which
    keeps it within seconds. The arrays run side by side in list order: ``codes`` holds service number, status and
    whether it is received (see codes.py), ``since`` the run since which the person has that status. A run writes
    only the people something changed for.
    """

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="outcomes", db_index=False)
    region_code = models.CharField(max_length=14, db_collation="C")
    codes = ArrayField(models.IntegerField())
    amounts = ArrayField(models.BigIntegerField(null=True))  # fen; null where the service gives no money
    unknown = ArrayField(models.BigIntegerField())  # facts to find out, by the bits of codes.FACT_BITS
    since = ArrayField(models.IntegerField())
    # Checked by triggers once a statement: row by row the keys of a whole county would cost more than the run.
    from_run = models.ForeignKey(
        Run, on_delete=models.DO_NOTHING, related_name="opened", db_constraint=False, db_index=False
    )
    until_run = models.ForeignKey(
        Run, null=True, on_delete=models.DO_NOTHING, related_name="closed", db_constraint=False, db_index=False
    )

    class Meta:
        ordering = ["region_code", "id"]
        indexes = [
            models.Index(fields=["person", "id"], name="outcome_of_person"),
            models.Index(
                fields=["region_code", "id"], condition=Q(until_run__isnull=True), name="outcome_standing"
            ),
            models.Index(fields=["from_run"], name="outcome_opened"),
            models.Index(fields=["until_run"], condition=Q(until_run__isnull=False), name="outcome_closed"),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person"], condition=Q(until_run__isnull=True), name="outcome_stands_once"
            ),
            models.CheckConstraint(
                name="outcome_arrays_run_side_by_side",
                condition=Q(codes__len__gt=0)
                & Q(codes__len=F("amounts__len"))
                & Q(codes__len=F("unknown__len"))
                & Q(codes__len=F("since__len")),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="runs_exist",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_rows"),
                func="""
                    IF EXISTS (
                        SELECT FROM (SELECT DISTINCT from_run_id AS run FROM new_rows
                            UNION SELECT DISTINCT until_run_id FROM new_rows WHERE until_run_id IS NOT NULL) used
                        WHERE NOT EXISTS (SELECT FROM entitlements_run r WHERE r.id = used.run)
                    ) THEN
                        RAISE foreign_key_violation USING MESSAGE = 'an outcome names a run that is not there';
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="closing_run_exists",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                referencing=pgtrigger.Referencing(new="new_rows"),
                func="""
                    IF EXISTS (
                        SELECT FROM (SELECT DISTINCT from_run_id AS run FROM new_rows
                            UNION SELECT DISTINCT until_run_id FROM new_rows WHERE until_run_id IS NOT NULL) used
                        WHERE NOT EXISTS (SELECT FROM entitlements_run r WHERE r.id = used.run)
                    ) THEN
                        RAISE foreign_key_violation USING MESSAGE = 'an outcome names a run that is not there';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {len(self.codes)}"


class Figure(models.Model):
    """Counts of one run by village and service: what pages, chart and map add up.

    ``service_id`` "" counts people instead: due anything, missing anything, to be checked for anything.
    """

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="figures")
    region_code = models.CharField(max_length=14)
    service_id = models.CharField(max_length=60, blank=True)
    due = models.PositiveIntegerField(default=0)
    receiving = models.PositiveIntegerField(default=0)  # due and receiving
    missing = models.PositiveIntegerField(default=0)  # due and not receiving
    to_check = models.PositiveIntegerField(default=0)
    superseded = models.PositiveIntegerField(default=0)
    undue = models.PositiveIntegerField(default=0)  # receiving, and neither due nor to be checked
    newly = models.PositiveIntegerField(default=0)  # due, and not by the run before
    ended = models.PositiveIntegerField(default=0)  # due by the run before, and no longer
    amount_fen = models.BigIntegerField(default=0)  # a month, of those due; once-only amounts left out

    class Meta:
        ordering = ["run_id", "service_id", "region_code"]
        constraints = [
            models.UniqueConstraint(fields=["run", "service_id", "region_code"], name="figure_once"),
        ]

    def __str__(self) -> str:
        return f"{self.run_id} {self.service_id} {self.region_code}"


class Receipt(models.Model):
    """What a person in fact receives, as a department reports it."""

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="receipts")
    service_id = models.CharField(max_length=60)
    period = DateRangeField()
    amount_fen = models.BigIntegerField(null=True)
    department = models.CharField(max_length=24)
    recorded_at = models.DateTimeField(default=timezone.now)
    recorded_by = models.ForeignKey("core.User", null=True, on_delete=models.PROTECT, related_name="+")
    # The payment report that began it, and the complete one that no longer named the person; for taking them back.
    batch = models.ForeignKey(
        "entitlements.PaidBatch", null=True, blank=True, on_delete=models.PROTECT, related_name="receipts"
    )
    ended_batch = models.ForeignKey(
        "entitlements.PaidBatch", null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        ordering = ["person_id", "service_id"]
        indexes = [
            models.Index(fields=["person"], name="receipt_of_person"),
            models.Index(fields=["service_id", "person"], name="receipt_by_service"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.service_id}"


# The tables of the sub-folders, gathered for Django; each lives with its noun and points here by name.
from yinian.entitlements.adjustments.models import (  # noqa: E402
    Adjustment,
    AdjustmentInCycle,
    Correction,
    Recalculation,
    Repayment,
    WriteOff,
)
from yinian.entitlements.applications.models import (  # noqa: E402
    Application,
    ApplicationPaper,
    ApplicationStep,
    Intake,
    Objection,
)
from yinian.entitlements.cycles.models import (  # noqa: E402
    Cycle,
    CycleLine,
    CycleStep,
    LineNotice,
    TownReview,
)
from yinian.entitlements.determinations.models import Determination, Event, Proposal  # noqa: E402
from yinian.entitlements.drafts.models import Amendment, AmendmentEntry, Draft, DraftEntry, DraftStep  # noqa: E402
from yinian.entitlements.reconciliation.models import (  # noqa: E402
    Finding,
    PaidBatch,
    PaidLine,
    PaidRow,
    PayItem,
)

__all__ = [
    "Adjustment", "AdjustmentInCycle", "Amendment", "AmendmentEntry", "Application", "ApplicationPaper",
    "ApplicationStep", "Correction", "Cycle", "CycleLine", "CycleStep", "Determination", "Draft", "DraftEntry",
    "DraftStep", "Event", "Figure", "Finding", "Intake", "LineNotice", "Objection", "Outcome", "PaidBatch",
    "PaidLine", "PaidRow", "PayItem", "Proposal", "Recalculation", "Receipt", "Repayment", "Run", "ServiceNumber",
    "Status", "TownReview", "WriteOff",
]
