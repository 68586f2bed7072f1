"""The monthly cycle of one service in one county: its lines, each town's review, and who did which step.

What may not happen is refused by the database: a second cycle of a month, a person paid twice, a line changed after
approval, and one human in two stages, whatever role or account they use.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import ExtractYear
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from yinian.core.hands import one_stage_a_human


class Unit(models.TextChoices):
    """For which stretch a person is paid a service once: every month, one month of a year, one month of a life; or how
    else a month's amount comes about: by the days on which the service was given."""

    MONTH = "month", pgettext_lazy("cycle unit", "every month")
    YEAR = "year", pgettext_lazy("cycle unit", "once a year")
    ONCE = "once", pgettext_lazy("cycle unit", "once only")
    DAY = "day", pgettext_lazy("cycle unit", "by the day")


SPANS = (Unit.YEAR, Unit.ONCE)  # paid once in a stretch that is longer than the month


class Cycle(models.Model):
    """One month's determination of one service for a county, on facts frozen by ``run``.

    ``month`` is its first day; facts are read as of ``as_of``. Amounts are fen, of a month, a year or once by ``unit``;
    by the day, of as many days as the service was given. A cycle of a service that is paid once a year, or once only,
    has lines for those who were not paid it yet.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("cycle", "With the towns")
        TOWN_REVIEWED = "town_reviewed", pgettext_lazy("cycle", "Reviewed by the towns")
        CHECKED = "checked", pgettext_lazy("cycle", "Checked by the county")
        APPROVED = "approved", pgettext_lazy("cycle", "Approved")
        CANCELLED = "cancelled", pgettext_lazy("cycle", "Cancelled")

    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    month = models.DateField()
    service_id = models.CharField(max_length=60)
    label = models.JSONField(default=dict)  # the service's name in the languages of the pack, as it stood
    unit = models.CharField(max_length=5, choices=Unit.choices, default=Unit.MONTH)
    run = models.ForeignKey("entitlements.Run", on_delete=models.PROTECT, related_name="cycles")
    as_of = models.DateField()
    pack_hash = models.CharField(max_length=64)
    source = models.JSONField(default=dict)  # document, number, clause, quote, confidence of the service as it stood
    state = models.CharField(max_length=14, choices=State.choices, default=State.OPEN)
    review_by = models.DateField()  # until when the towns have their lines looked through
    counts = models.JSONField(default=dict)  # change -> lines, and fen, as opened
    opened_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(default=timezone.now)
    checked_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    checked_at = models.DateTimeField(null=True, blank=True)
    approved_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    approved_at = models.DateTimeField(null=True, blank=True)
    cancelled_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    cancelled_at = models.DateTimeField(null=True, blank=True)
    reason = models.CharField(max_length=300, blank=True)  # of a cancellation
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-month", "id"]
        constraints = [
            models.UniqueConstraint(
                fields=["region", "month", "service_id"], condition=~Q(state="cancelled"), name="cycle_once_a_month"
            ),
            models.CheckConstraint(name="cycle_month_is_its_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="cycle_checked_has_author",
                condition=~Q(state__in=["checked", "approved"])
                | Q(checked_by__isnull=False, checked_at__isnull=False),
            ),
            models.CheckConstraint(
                name="cycle_approved_has_author",
                condition=~Q(state="approved") | Q(approved_by__isnull=False, approved_at__isnull=False),
            ),
            models.CheckConstraint(
                name="cycle_cancelled_says_why",
                condition=~Q(state="cancelled")
                | (Q(cancelled_by__isnull=False, cancelled_at__isnull=False) & ~Q(reason="")),
            ),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="cycle_over_stays",
                when=pgtrigger.Before,
                operation=pgtrigger.Update | pgtrigger.Delete,
                condition=pgtrigger.Condition("OLD.state IN ('approved', 'cancelled')"),
                func="RAISE integrity_constraint_violation USING MESSAGE = 'a cycle that is over stays as it is';",
            ),
            pgtrigger.Trigger(
                # Whoever checks or approves stands in the steps, so the rule of one stage a human holds for them.
                name="cycle_decided_by_hands",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Condition(
                    "NEW.state IN ('checked', 'approved') AND NEW.state IS DISTINCT FROM OLD.state"
                ),
                func="""
                    IF NOT EXISTS (
                        SELECT FROM entitlements_cyclestep s WHERE s.cycle_id = NEW.id
                            AND s.stage = CASE NEW.state WHEN 'checked' THEN 'check' ELSE 'approve' END
                            AND s.actor_id = CASE NEW.state WHEN 'checked' THEN NEW.checked_by_id
                                ELSE NEW.approved_by_id END
                    ) THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'a cycle is decided by a step';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.service_id} {self.month:%Y-%m} {self.region_id}"

    @property
    def is_over(self) -> bool:
        return self.state in {self.State.APPROVED, self.State.CANCELLED}


class CycleLine(models.Model):
    """One person's month of one service.

    ``amount_fen`` is due for the month (0 for ``stopped``; null where the service gives no money), ``previous_fen``
    what the determination said before (null: there was none). ``paid`` is set at approval, for what goes to payment.
    By the day, ``rate_fen`` is due for each of the ``days`` on which the service was given in the month, as the town
    found and ``days_proof`` and a paper show; ``amount_fen`` is null until then, and ``previous_fen`` is of a day.
    """

    class Change(models.TextChoices):
        NEW = "new", pgettext_lazy("cycle line", "New")
        CHANGED = "changed", pgettext_lazy("cycle line", "Amount changed")
        STOPPED = "stopped", pgettext_lazy("cycle line", "To stop")
        SAME = "same", pgettext_lazy("cycle line", "Unchanged")

    class State(models.TextChoices):
        PENDING = "pending", pgettext_lazy("cycle line", "To be reviewed")
        ACCEPTED = "accepted", pgettext_lazy("cycle line", "Accepted")
        HELD = "held", pgettext_lazy("cycle line", "Held back")
        REFUSED = "refused", pgettext_lazy("cycle line", "Refused")

    class Why(models.TextChoices):
        SUSPENDED = "suspended", pgettext_lazy("cycle line", "The grant is suspended")
        CHECK = "check", pgettext_lazy("cycle line", "Something is to be found out")
        ELSEWHERE = "elsewhere", pgettext_lazy("cycle line", "Granted by another county")
        SUPERSEDED = "superseded", pgettext_lazy("cycle line", "Covered by another service")
        NOT_DUE = "not_due", pgettext_lazy("cycle line", "No longer due")

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="lines", db_index=False)
    service_id = models.CharField(max_length=60)  # of the cycle, so that the database can hold one payment a month
    month = models.DateField()
    unit = models.CharField(max_length=5, choices=Unit.choices, default=Unit.MONTH)  # of the cycle, too
    person = models.ForeignKey("people.Person", on_delete=models.PROTECT, related_name="cycle_lines", db_index=False)
    region_code = models.CharField(max_length=14, db_collation="C")
    amount_fen = models.BigIntegerField(null=True)
    previous_fen = models.BigIntegerField(null=True)
    rate_fen = models.BigIntegerField(null=True)
    days = models.PositiveSmallIntegerField(null=True)
    days_proof = models.CharField(max_length=300, blank=True)  # which record shows the days
    days_paper = models.ForeignKey(
        "core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    days_by = models.ForeignKey(
        "core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    days_at = models.DateTimeField(null=True, blank=True)
    change = models.CharField(max_length=8, choices=Change.choices)
    state = models.CharField(max_length=8, choices=State.choices, default=State.PENDING)
    why = models.CharField(max_length=10, choices=Why.choices, blank=True)  # what the rule adds to the change
    finding = models.CharField(max_length=300, blank=True)  # the same in words: the tests that failed, what is unknown
    reason = models.CharField(max_length=300, blank=True)  # the reviewer's: why held or refused
    clause = models.CharField(max_length=120, blank=True)  # of a refusal or a stop: the ground of the test that failed
    paid = models.BooleanField(default=False)
    reviewed_by = models.ForeignKey(
        "core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+", db_index=False
    )
    reviewed_at = models.DateTimeField(null=True, blank=True)
    determination = models.ForeignKey(
        "entitlements.Determination", null=True, blank=True, on_delete=models.PROTECT, related_name="lines"
    )

    class Meta:
        ordering = ["region_code", "id"]
        indexes = [
            models.Index(fields=["cycle", "region_code", "id"], name="cycleline_by_area"),
            models.Index(fields=["person", "month"], name="cycleline_of_person"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "person"], name="cycleline_once"),
            models.UniqueConstraint(
                fields=["person", "service_id", "month"], condition=Q(paid=True), name="cycleline_paid_once"
            ),
            models.UniqueConstraint(
                F("person"), F("service_id"), ExtractYear("month"), condition=Q(paid=True, unit="year"),
                name="cycleline_paid_once_a_year",
            ),
            models.UniqueConstraint(
                fields=["person", "service_id"], condition=Q(paid=True, unit="once"), name="cycleline_paid_once_only"
            ),
            models.CheckConstraint(
                name="cycleline_paid_was_accepted", condition=Q(paid=False) | (Q(state="accepted")
                & ~Q(change="stopped"))
            ),
            models.CheckConstraint(
                name="cycleline_decided_has_author",
                condition=Q(state__in=["pending", "held"]) | Q(reviewed_by__isnull=False, reviewed_at__isnull=False),
            ),
            models.CheckConstraint(
                name="cycleline_held_or_refused_says_why",
                condition=~Q(state__in=["held", "refused"]) | ~Q(reason="") | (Q(state="held") & ~Q(finding="")),
            ),
            models.CheckConstraint(
                # Suspended, to be found out, granted elsewhere: no reviewer can lift that. Superseded never pays.
                name="cycleline_bound_is_not_paid",
                condition=Q(why="") | (Q(why__in=["suspended", "check", "elsewhere"], state="held", paid=False)
                & ~Q(change="stopped")) | Q(why__in=["superseded", "not_due"], change="stopped"),
            ),
            models.CheckConstraint(
                name="cycleline_amounts_fit_change",
                condition=Q(change="new", previous_fen__isnull=True)
                | Q(change="stopped", amount_fen=0)
                | Q(change="changed", amount_fen__isnull=False, previous_fen__isnull=False)
                & ~Q(unit="day") & ~Q(amount_fen=F("previous_fen"))
                | Q(change="changed", unit="day", rate_fen__isnull=False, previous_fen__isnull=False)
                & ~Q(rate_fen=F("previous_fen"))
                | Q(change="same", amount_fen=F("previous_fen")) & ~Q(unit="day")
                | Q(change="same", unit="day", rate_fen=F("previous_fen"))
                | Q(change="same", amount_fen__isnull=True, previous_fen__isnull=True),
            ),
            models.CheckConstraint(
                name="cycleline_paid_by_the_days_given",
                condition=~Q(unit="day") & Q(rate_fen__isnull=True, days__isnull=True)
                | Q(unit="day", change="stopped", rate_fen__isnull=True, days__isnull=True, amount_fen=0)
                | ~Q(change="stopped") & Q(unit="day", rate_fen__isnull=False, days__isnull=True,
                                           amount_fen__isnull=True, paid=False) & ~Q(state="accepted")
                | ~Q(change="stopped") & Q(unit="day", rate_fen__isnull=False, days__isnull=False,
                                           amount_fen=F("rate_fen") * F("days")),
            ),
            models.CheckConstraint(
                name="cycleline_days_have_author_and_proof",
                condition=Q(days__isnull=True, days_proof="", days_paper__isnull=True, days_by__isnull=True,
                            days_at__isnull=True)
                | Q(days__isnull=False, days_by__isnull=False, days_at__isnull=False) & ~Q(days_proof=""),
            ),
            models.CheckConstraint(
                name="cycleline_days_are_of_the_month",
                condition=Q(days__isnull=True) | Q(days__lte=Func(
                    F("month"), template="extract(day FROM %(expressions)s + interval '1 month - 1 day')",
                    output_field=models.IntegerField(),
                )),
            ),
            models.CheckConstraint(name="cycleline_amount_not_negative", condition=Q(amount_fen__isnull=True)
                                   | Q(amount_fen__gte=0)),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="lines_fit_cycle",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Insert,
                referencing=pgtrigger.Referencing(new="new_rows"),
                func="""
                    IF EXISTS (
                        SELECT FROM new_rows n JOIN entitlements_cycle c ON c.id = n.cycle_id
                        WHERE c.service_id <> n.service_id OR c.month <> n.month OR c.unit <> n.unit
                            OR NOT starts_with(n.region_code COLLATE "C", c.region_id COLLATE "C")
                            OR c.state IN ('approved', 'cancelled')
                    ) THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'a line does not fit its cycle';
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Trigger(
                name="approved_lines_stay",
                level=pgtrigger.Statement,
                when=pgtrigger.After,
                operation=pgtrigger.Update,
                referencing=pgtrigger.Referencing(old="old_rows", new="new_rows"),
                func="""
                    IF EXISTS (
                        SELECT FROM entitlements_cycle c WHERE c.id IN (SELECT cycle_id FROM old_rows)
                            AND c.state IN ('approved', 'cancelled')
                    ) OR EXISTS (
                        SELECT FROM new_rows n JOIN entitlements_cycle c ON c.id = n.cycle_id
                        WHERE c.service_id <> n.service_id OR c.month <> n.month OR c.unit <> n.unit
                            OR NOT starts_with(n.region_code COLLATE "C", c.region_id COLLATE "C")
                    ) THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'a line of a cycle that is over stays';
                    END IF;
                    RETURN NULL;
                """,
            ),
            pgtrigger.Protect(name="lines_stay", operation=pgtrigger.Delete),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.person_id}"


class TownReview(models.Model):
    """How far one town is with its lines of one cycle."""

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="towns", db_index=False)
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    lines = models.PositiveIntegerField()
    differences = models.PositiveIntegerField()  # lines that are new, changed or to stop
    amount_fen = models.BigIntegerField(default=0)
    done_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    done_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["cycle_id", "region_id"]
        constraints = [
            models.UniqueConstraint(fields=["cycle", "region"], name="townreview_once"),
            models.CheckConstraint(
                name="townreview_done_has_author",
                condition=Q(done_at__isnull=True, done_by__isnull=True)
                | Q(done_at__isnull=False, done_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.region_id}"


class CycleStep(models.Model):
    """What somebody did in a cycle. One human stands in one stage of a cycle, whatever role or account they use."""

    class Stage(models.TextChoices):
        OPEN = "open", pgettext_lazy("cycle stage", "Opening")
        TOWN = "town", pgettext_lazy("cycle stage", "Town review")
        CHECK = "check", pgettext_lazy("cycle stage", "County check")
        APPROVE = "approve", pgettext_lazy("cycle stage", "Approval")
        CANCEL = "cancel", pgettext_lazy("cycle stage", "Cancelling")

    cycle = models.ForeignKey(Cycle, on_delete=models.PROTECT, related_name="steps")
    stage = models.CharField(max_length=8, choices=Stage.choices)
    verb = models.CharField(max_length=16)
    region = models.ForeignKey("core.Region", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    actor = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    human_key = models.BinaryField(max_length=32)  # core.users.queries.human_key
    at = models.DateTimeField(default=timezone.now)
    reason = models.CharField(max_length=300, blank=True)
    detail = models.JSONField(default=dict)

    class Meta:
        ordering = ["id"]
        triggers = [
            pgtrigger.Protect(name="cycle_steps_stay", operation=pgtrigger.Update | pgtrigger.Delete),
            one_stage_a_human(
                decided="entitlements_cycle", steps="entitlements_cyclestep", key="cycle_id", what="a cycle",
                constraint="cycle_one_stage_a_human", condition="NEW.stage <> 'cancel'", free=("cancel",),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cycle_id} {self.stage} {self.verb}"


class LineNotice(models.Model):
    """The notice of a refused line: an approved cycle's lines stay as they are, so the paper stands beside them."""

    line = models.OneToOneField(CycleLine, on_delete=models.PROTECT, related_name="told")
    document = models.ForeignKey("core.Document", on_delete=models.PROTECT, related_name="+")

    def __str__(self) -> str:
        return f"{self.line_id}"
