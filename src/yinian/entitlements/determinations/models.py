"""Determinations: what a person has been granted, since when, at what amount; every change with date, author, reason.

Also proposals to suspend, resume, stop or change one, which two humans decide.
"""

import pgtrigger
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import F, Func, Q, Value
from django.utils import timezone
from django.utils.translation import pgettext_lazy


class Determination(models.Model):
    """One service granted to one person over a stretch of days (upper bound exclusive, open while it stands).

    ``amount_fen`` is the amount now (null: no money), by ``unit``; what it was on a day is in its events.
    ``state`` is as of the last decision; whether it was suspended on a day is in its events, too.
    """

    class State(models.TextChoices):
        IN_FORCE = "in_force", pgettext_lazy("determination", "In force")
        SUSPENDED = "suspended", pgettext_lazy("determination", "Suspended")
        STOPPED = "stopped", pgettext_lazy("determination", "Stopped")

    class Origin(models.TextChoices):
        CYCLE = "cycle", pgettext_lazy("determination", "Monthly cycle")
        APPLICATION = "application", pgettext_lazy("determination", "Application")

    class Unit(models.TextChoices):
        DAY = "day", pgettext_lazy("determination", "a day")
        MONTH = "month", pgettext_lazy("determination", "a month")
        YEAR = "year", pgettext_lazy("determination", "a year")
        ONCE = "once", pgettext_lazy("determination", "once")

    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="determinations")
    # The village at the last decision; its county is the one that grants and pays, wherever the person is now.
    region_code = models.CharField(max_length=14, db_collation="C")
    service_id = models.CharField(max_length=60)
    label = models.JSONField(default=dict)  # the service's name in the languages of the pack
    period = DateRangeField()
    amount_fen = models.BigIntegerField(null=True)
    unit = models.CharField(max_length=6, choices=Unit.choices, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.IN_FORCE)
    origin = models.CharField(max_length=12, choices=Origin.choices)
    application = models.OneToOneField(
        "entitlements.Application", null=True, blank=True, on_delete=models.PROTECT, related_name="determination"
    )
    cycle = models.ForeignKey(
        "entitlements.Cycle", null=True, blank=True, on_delete=models.PROTECT, related_name="determined"
    )
    pack_hash = models.CharField(max_length=64)
    basis = models.JSONField(default=dict)  # document, number, clause, quote, confidence the grant rests on
    made_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        indexes = [
            models.Index(
                fields=["service_id", "region_code"], condition=~Q(state="stopped"), name="determination_standing"
            ),
            models.Index(fields=["region_code", "-id"], name="determination_by_area"),
        ]
        constraints = [
            ExclusionConstraint(
                name="determination_one_at_a_time",
                expressions=[
                    (Func(F("person_id"), F("person_id"), Value("[]"), function="int8range"), RangeOperators.OVERLAPS),
                    (
                        Func(
                            Func(F("service_id"), function="hashtext"),
                            Func(F("service_id"), function="hashtext"),
                            Value("[]"),
                            function="int4range",
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                    ("period", RangeOperators.OVERLAPS),
                ],
            ),
            models.CheckConstraint(
                name="determination_stopped_has_end",
                condition=Q(state="stopped", period__upper_inf=False) | (~Q(state="stopped")
                & Q(period__upper_inf=True)),
            ),
            models.CheckConstraint(
                name="determination_has_origin",
                condition=Q(origin="cycle", cycle__isnull=False, application__isnull=True)
                | Q(origin="application", application__isnull=False, cycle__isnull=True),
            ),
            models.CheckConstraint(
                name="determination_money_has_unit", condition=Q(amount_fen__isnull=True) | ~Q(unit="")
            ),
        ]
        triggers = [pgtrigger.Protect(name="determinations_stay", operation=pgtrigger.Delete)]

    def __str__(self) -> str:
        return f"{self.service_id} {self.person_id}"


class Event(models.Model):
    """A decision about a determination: what became of it, effective ``on`` which day, by whom and checked by whom.

    ``amount_fen`` is the amount from that day on; null where the service gives no money.
    """

    class Kind(models.TextChoices):
        GRANTED = "granted", pgettext_lazy("determination event", "Granted")
        AMOUNT_CHANGED = "amount_changed", pgettext_lazy("determination event", "Amount changed")
        SUSPENDED = "suspended", pgettext_lazy("determination event", "Suspended")
        RESUMED = "resumed", pgettext_lazy("determination event", "Resumed")
        STOPPED = "stopped", pgettext_lazy("determination event", "Stopped")

    determination = models.ForeignKey(Determination, on_delete=models.PROTECT, related_name="events")
    kind = models.CharField(max_length=14, choices=Kind.choices)
    on = models.DateField()
    amount_fen = models.BigIntegerField(null=True)
    reason = models.CharField(max_length=300, blank=True)
    actor = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    checker = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+", db_index=False)
    cycle = models.ForeignKey("entitlements.Cycle", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    notice = models.ForeignKey("core.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="event_made_and_checked_by_two", condition=~Q(actor=F("checker"))),
            models.CheckConstraint(
                name="event_says_why", condition=Q(kind__in=["granted", "amount_changed"]) | ~Q(reason="")
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="events_are_not_deleted", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                # Only the paper that tells of it may be added, once.
                name="events_stay",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                func="""
                    IF OLD.notice_id IS NOT NULL
                        OR to_jsonb(OLD) - 'notice_id' IS DISTINCT FROM to_jsonb(NEW) - 'notice_id' THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'an event stays as it is';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.determination_id} {self.kind}"


class Proposal(models.Model):
    """A proposal to suspend, resume or stop a determination: found by a run or made by an officer, then decided.

    What a run found (``cause`` says why) is nobody's act: an officer takes it up or lets it fall, and another human
    decides. Nothing is changed silently.
    """

    class Kind(models.TextChoices):
        SUSPEND = "suspend", pgettext_lazy("proposal", "Suspend")
        RESUME = "resume", pgettext_lazy("proposal", "Resume")
        STOP = "stop", pgettext_lazy("proposal", "Stop")

    class Cause(models.TextChoices):
        OFFICER = "officer", pgettext_lazy("proposal", "An officer's finding")
        DIED = "died", pgettext_lazy("proposal", "Died")
        MOVED = "moved", pgettext_lazy("proposal", "Moved away")
        NOT_DUE = "not_due", pgettext_lazy("proposal", "No longer due by the run")

    class State(models.TextChoices):
        FOUND = "found", pgettext_lazy("proposal", "Found by the run")
        PROPOSED = "proposed", pgettext_lazy("proposal", "Waits for the checker")
        CONFIRMED = "confirmed", pgettext_lazy("proposal", "Confirmed")
        REJECTED = "rejected", pgettext_lazy("proposal", "Rejected")
        DROPPED = "dropped", pgettext_lazy("proposal", "No longer needed")

    determination = models.ForeignKey(Determination, on_delete=models.PROTECT, related_name="proposals")
    kind = models.CharField(max_length=8, choices=Kind.choices)
    cause = models.CharField(max_length=8, choices=Cause.choices, default=Cause.OFFICER)
    on = models.DateField()
    reason = models.CharField(max_length=300)
    clause = models.CharField(max_length=120, blank=True)
    run = models.ForeignKey("entitlements.Run", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.PROPOSED)
    found_at = models.DateTimeField(default=timezone.now)
    maker = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    maker_key = models.BinaryField(max_length=32, null=True, blank=True)
    made_at = models.DateTimeField(null=True, blank=True)
    checker = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    checker_key = models.BinaryField(max_length=32, null=True, blank=True)
    checked_at = models.DateTimeField(null=True, blank=True)
    answer = models.CharField(max_length=300, blank=True)  # the checker's word, or why it fell
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["determination"], condition=Q(state__in=["found", "proposed"]), name="proposal_open_once"
            ),
            models.CheckConstraint(
                name="proposal_made_by_one_checked_by_another",
                condition=Q(checker_key__isnull=True) | Q(maker_key__isnull=True) | ~Q(checker_key=F("maker_key")),
            ),
            models.CheckConstraint(
                name="proposal_waits_with_maker",
                condition=~Q(state__in=["proposed", "confirmed"])
                | Q(maker__isnull=False, maker_key__isnull=False, made_at__isnull=False),
            ),
            models.CheckConstraint(
                name="proposal_confirmed_by_checker",
                condition=~Q(state="confirmed")
                | Q(checker__isnull=False, checker_key__isnull=False, checked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="proposal_rejected_says_why",
                condition=~Q(state="rejected") | (Q(checker__isnull=False, checked_at__isnull=False) & ~Q(answer="")),
            ),
            models.CheckConstraint(name="proposal_says_why", condition=~Q(reason="")),
        ]

    def __str__(self) -> str:
        return f"{self.determination_id} {self.kind}"
