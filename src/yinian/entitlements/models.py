"""County runs and their outcomes: who is due what, since which run; and who already receives what."""

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.db.models import Q
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
    known_at = models.DateTimeField()
    snapshot_file = models.CharField(max_length=200)
    snapshot_sha256 = models.CharField(max_length=64)
    outcome_file = models.CharField(max_length=200)
    outcome_sha256 = models.CharField(max_length=64)
    previous = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    people = models.PositiveIntegerField(default=0)
    counts = models.JSONField(default=dict)
    seconds = models.JSONField(default=dict)  # stage -> seconds, for the machine's keeper
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    started_at = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(null=True, blank=True)
    started_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    job = models.ForeignKey("core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        ordering = ["-id"]
        indexes = [models.Index(fields=["region", "-id"], condition=Q(state="done"), name="run_latest")]

    def __str__(self) -> str:
        return f"#{self.pk} {self.as_of}"


class Status(models.TextChoices):
    DUE = "due", _("Due")
    CHECK = "check", _("To be checked")
    SUPERSEDED = "superseded", _("Covered by another service")


class Outcome(models.Model):
    """What one person's standing for one service was, from one run until another changed it.

    A run writes only what changed: newly due is ``from_run`` = this run, no longer due is ``until_run``.
    """

    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="outcomes")
    region_code = models.CharField(max_length=14)
    service_id = models.CharField(max_length=60)
    status = models.CharField(max_length=10, choices=Status.choices)
    amount_fen = models.BigIntegerField(null=True)
    period = models.CharField(max_length=10, blank=True)
    unknown_facts = ArrayField(models.CharField(max_length=40), default=list)
    from_run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="opened")
    until_run = models.ForeignKey(Run, null=True, on_delete=models.CASCADE, related_name="closed")

    class Meta:
        ordering = ["id"]
        indexes = [
            models.Index(fields=["person"], name="outcome_of_person"),
            models.Index(
                fields=["service_id", "status", "region_code", "person"],
                condition=Q(until_run__isnull=True),
                name="outcome_current",
            ),
        ]
        constraints = [
            models.UniqueConstraint(
                fields=["person", "service_id"], condition=Q(until_run__isnull=True), name="outcome_stands_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.service_id} {self.status}"


class Figure(models.Model):
    """Counts of one run by village and service: what pages, chart and map add up."""

    run = models.ForeignKey(Run, on_delete=models.CASCADE, related_name="figures")
    region_code = models.CharField(max_length=14)
    service_id = models.CharField(max_length=60)
    due = models.PositiveIntegerField(default=0)
    receiving = models.PositiveIntegerField(default=0)  # due and receiving
    missing = models.PositiveIntegerField(default=0)  # due and not receiving
    to_check = models.PositiveIntegerField(default=0)
    superseded = models.PositiveIntegerField(default=0)
    undue = models.PositiveIntegerField(default=0)  # receiving and not due
    amount_fen = models.BigIntegerField(default=0)  # a month, of those due

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

    class Meta:
        ordering = ["person_id", "service_id"]
        indexes = [
            models.Index(fields=["person"], name="receipt_of_person"),
            models.Index(fields=["service_id", "person"], name="receipt_by_service"),
        ]

    def __str__(self) -> str:
        return f"{self.person_id} {self.service_id}"
