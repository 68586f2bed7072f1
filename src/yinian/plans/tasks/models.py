"""What is to be done, by whom, until when, in which turn; how it was reported, confirmed and checked.

What may not happen is refused by the database: a task from an item nobody accepted, a deadline moved without a
reason, a check by the human who reported, a finished turn without the evidence asked for.
"""

import pgtrigger
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy

from yinian.plans.guard import append_only, from_reviewed_item

OPEN_TURNS = ("open", "returned", "reported", "confirmed")


class Task(models.Model):
    """One task of a plan: from an accepted item, or from the decision of a joint meeting.

    ``title`` is our short name for it. ``rule`` is the RRULE fragment of a task that recurs, or ``unspecified``.
    """

    class State(models.TextChoices):
        RUNNING = "running", pgettext_lazy("task of a plan", "Under way")
        DONE = "done", pgettext_lazy("task of a plan", "Done")
        WITHDRAWN = "withdrawn", pgettext_lazy("task of a plan", "Withdrawn")

    class Deadline(models.TextChoices):
        NONE = "none", pgettext_lazy("kind of deadline", "None given")
        BY = "by", pgettext_lazy("kind of deadline", "By a day")
        PERIOD = "period", pgettext_lazy("kind of deadline", "Within a period")
        RECURRING = "recurring", pgettext_lazy("kind of deadline", "Recurring")

    document = models.ForeignKey("plans.PlanDocument", on_delete=models.PROTECT, related_name="tasks")
    item = models.OneToOneField(
        "plans.Item", null=True, blank=True, on_delete=models.PROTECT, related_name="as_task"
    )
    decision = models.OneToOneField(
        "plans.Decision", null=True, blank=True, on_delete=models.PROTECT, related_name="made_task"
    )
    section = models.ForeignKey("plans.Item", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    parent = models.ForeignKey("self", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")
    place = models.PositiveIntegerField(default=0)
    title = models.CharField(max_length=200)
    state = models.CharField(max_length=10, choices=State.choices, default=State.RUNNING)
    deadline = models.CharField(max_length=10, choices=Deadline.choices, default=Deadline.NONE)
    deadline_words = models.CharField(max_length=120, blank=True)  # as the document writes it
    rule = models.CharField(max_length=80, blank=True)
    until = models.DateField(null=True, blank=True)  # the last day on which a new turn of it may fall due
    evidence = models.CharField(max_length=200, blank=True)  # what is to be handed in as proof
    evidence_count = models.PositiveSmallIntegerField(default=0)  # how many files of it at least
    close_reason = models.CharField(max_length=200, blank=True)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["document_id", "place", "id"]
        indexes = [models.Index(fields=["document", "place"], name="plantask_by_place")]
        constraints = [
            models.CheckConstraint(
                name="plantask_from_an_item_or_a_decision",
                condition=Q(item__isnull=False, decision__isnull=True) | Q(item__isnull=True, decision__isnull=False),
            ),
            models.CheckConstraint(name="plantask_has_a_title", condition=~Q(title="")),
            models.CheckConstraint(
                name="plantask_recurs_by_a_rule",
                condition=Q(deadline="recurring") & ~Q(rule="") | ~Q(deadline="recurring") & Q(rule=""),
            ),
            models.CheckConstraint(
                name="plantask_withdrawn_with_author_and_reason",
                condition=~Q(state="withdrawn")
                | (Q(closed_by__isnull=False, closed_at__isnull=False) & ~Q(close_reason="")),
            ),
            models.CheckConstraint(
                name="plantask_is_not_its_own_part", condition=Q(parent__isnull=True) | ~Q(parent=F("id"))
            ),
        ]
        triggers = [
            from_reviewed_item("plantask"),
            pgtrigger.Protect(name="plan_tasks_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="part_of_the_same_plan",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("parent_id"),
                condition=pgtrigger.Q(new__parent__isnull=False),
                func="""
                    IF EXISTS (
                        WITH RECURSIVE above(id, parent_id, document_id) AS (
                            SELECT id, parent_id, document_id FROM plans_task WHERE id = NEW.parent_id
                            UNION SELECT t.id, t.parent_id, t.document_id FROM plans_task t
                                JOIN above a ON t.id = a.parent_id
                        ) SELECT FROM above WHERE id = NEW.id OR document_id <> NEW.document_id
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'a task is part of another of its plan, never of itself',
                            CONSTRAINT = 'plantask_part_of_the_same_plan';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return self.title

    @property
    def is_running(self) -> bool:
        return self.state == self.State.RUNNING


class TaskUnit(models.Model):
    """A unit's part in a task. ``surface`` is how the document writes it; without ``unit`` nobody knows who that is."""

    class Role(models.TextChoices):
        LEAD = "lead", pgettext_lazy("role of a unit", "Lead")
        ASSIST = "assist", pgettext_lazy("role of a unit", "Assisting")
        JOINT = "joint", pgettext_lazy("role of a unit", "Jointly responsible")
        RESPONSIBLE = "responsible", pgettext_lazy("role of a unit", "Responsible")
        TERRITORIAL = "territorial", pgettext_lazy("role of a unit", "Territory")

    task = models.ForeignKey(Task, on_delete=models.CASCADE, related_name="units")
    unit = models.ForeignKey("plans.Unit", null=True, blank=True, on_delete=models.PROTECT, related_name="parts")
    surface = models.CharField(max_length=120)
    role = models.CharField(max_length=12, choices=Role.choices)

    class Meta:
        ordering = ["task_id", "id"]
        indexes = [models.Index(fields=["unit", "task"], name="taskunit_of_unit")]
        constraints = [
            models.UniqueConstraint(
                fields=["task", "unit"], condition=Q(unit__isnull=False), name="taskunit_one_part_a_unit"
            ),
            models.UniqueConstraint(
                fields=["task", "surface"], condition=Q(unit__isnull=True), name="taskunit_unknown_once"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.role} {self.surface}"


class Turn(models.Model):
    """One occurrence of a task: the only one, one of its milestones, or a turn of what recurs.

    ``amber_on`` is the day from which it is "soon", ``quiet_on`` that from which nothing was heard for too long; both
    follow from the pack's rules as they stood when the turn was opened or last reported on.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("turn of a task", "Being done")
        RETURNED = "returned", pgettext_lazy("turn of a task", "Returned")
        REPORTED = "reported", pgettext_lazy("turn of a task", "Reported as done")
        CONFIRMED = "confirmed", pgettext_lazy("turn of a task", "Confirmed by the lead")
        CHECKED = "checked", pgettext_lazy("turn of a task", "Checked")
        DROPPED = "dropped", pgettext_lazy("turn of a task", "No longer needed")

    task = models.ForeignKey(Task, on_delete=models.PROTECT, related_name="turns")
    number = models.PositiveIntegerField()
    words = models.CharField(max_length=120, blank=True)  # which milestone or period: 2026年第四季度
    begins_on = models.DateField()
    due_on = models.DateField(null=True, blank=True)
    amber_on = models.DateField(null=True, blank=True)
    quiet_on = models.DateField(null=True, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    percent = models.PositiveSmallIntegerField(default=0)
    reported_on = models.DateField(null=True, blank=True)  # the last report
    done_on = models.DateField(null=True, blank=True)  # the day it was reported as done
    checked_on = models.DateField(null=True, blank=True)
    # Whoever reported, confirmed and checked the standing state, as humans (core.users.queries.human_key).
    reporter_key = models.BinaryField(max_length=32, null=True, blank=True)
    confirmer_key = models.BinaryField(max_length=32, null=True, blank=True)
    checker_key = models.BinaryField(max_length=32, null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["task_id", "number"]
        indexes = [
            models.Index(fields=["due_on"], condition=Q(state__in=OPEN_TURNS), name="planturn_due"),
            models.Index(fields=["task", "number"], name="planturn_of_task"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["task", "number"], name="planturn_once"),
            models.CheckConstraint(name="planturn_percent", condition=Q(percent__lte=100)),
            models.CheckConstraint(
                name="planturn_due_after_it_begins",
                condition=Q(due_on__isnull=True) | Q(due_on__gte=F("begins_on")),
            ),
            models.CheckConstraint(
                name="planturn_reported_by_somebody",
                condition=~Q(state__in=["reported", "confirmed", "checked"])
                | Q(reporter_key__isnull=False, done_on__isnull=False),
            ),
            # The lead's own report needs no confirming; somebody else's is confirmed by another human.
            models.CheckConstraint(
                name="planturn_confirmed_by_another_human",
                condition=Q(confirmer_key__isnull=True) | ~Q(confirmer_key=F("reporter_key")),
            ),
            models.CheckConstraint(
                name="planturn_checked_by_another_human",
                condition=~Q(state="checked")
                | (Q(checker_key__isnull=False, checked_on__isnull=False) & ~Q(checker_key=F("reporter_key"))
                   & (Q(confirmer_key__isnull=True) | ~Q(checker_key=F("confirmer_key")))),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="plan_turns_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="deadline_moved_with_a_reason",
                when=pgtrigger.Before,
                operation=pgtrigger.UpdateOf("due_on"),
                condition=pgtrigger.Q(old__due_on__df=pgtrigger.F("new__due_on")),
                func="""
                    IF NOT EXISTS (
                        SELECT FROM plans_deadlinechange c WHERE c.turn_id = NEW.id
                            AND c.was IS NOT DISTINCT FROM OLD.due_on AND c.becomes IS NOT DISTINCT FROM NEW.due_on
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'a deadline is moved with a reason',
                            CONSTRAINT = 'planturn_moved_with_a_reason';
                    END IF;
                    RETURN NEW;
                """,
            ),
            pgtrigger.Trigger(
                name="checked_turns_stay",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="checked") & pgtrigger.Q(new__state__df=pgtrigger.F("old__state")),
                func="RAISE integrity_constraint_violation USING MESSAGE = 'what was checked stays checked';",
            ),
            pgtrigger.Trigger(
                name="done_with_its_evidence",
                when=pgtrigger.After,
                operation=pgtrigger.Insert | pgtrigger.UpdateOf("state"),
                timing=pgtrigger.Deferred,
                declare=[("wanted_", "integer"), ("held_", "integer")],
                func="""
                    IF NOT EXISTS (SELECT FROM plans_turn t WHERE t.id = NEW.id
                            AND t.state IN ('reported', 'confirmed', 'checked')) THEN
                        RETURN NULL;
                    END IF;
                    SELECT evidence_count INTO wanted_ FROM plans_task WHERE id = NEW.task_id;
                    SELECT count(*) INTO held_ FROM plans_taskevidence e
                        JOIN plans_taskreport r ON r.id = e.report_id WHERE r.turn_id = NEW.id;
                    IF held_ < wanted_ THEN
                        RAISE check_violation USING MESSAGE = 'a turn is done with the evidence asked for',
                            CONSTRAINT = 'planturn_done_with_its_evidence';
                    END IF;
                    RETURN NULL;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.task_id} {self.number}"

    @property
    def is_open(self) -> bool:
        return self.state in OPEN_TURNS


class DeadlineChange(models.Model):
    """A deadline moved: from which day to which, by whom, why."""

    turn = models.ForeignKey(Turn, on_delete=models.PROTECT, related_name="deadline_changes")
    was = models.DateField(null=True)
    becomes = models.DateField(null=True)
    reason = models.CharField(max_length=200)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [models.CheckConstraint(name="deadlinechange_has_a_reason", condition=~Q(reason=""))]
        triggers = [append_only("deadline_changes_stay")]

    def __str__(self) -> str:
        return f"{self.turn_id} {self.becomes}"


class TaskReport(models.Model):
    """What a unit says of its part: how far in percent, in words; ``finished`` when it says that it is done."""

    turn = models.ForeignKey(Turn, on_delete=models.PROTECT, related_name="reports")
    unit = models.ForeignKey("plans.Unit", on_delete=models.PROTECT, related_name="+")
    text = models.TextField(max_length=2000)
    percent = models.PositiveSmallIntegerField()
    finished = models.BooleanField(default=False)
    on = models.DateField()
    author = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    human_key = models.BinaryField(max_length=32)
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(name="taskreport_percent", condition=Q(percent__lte=100)),
            models.CheckConstraint(name="taskreport_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="taskreport_finished_is_all", condition=Q(finished=False) | Q(percent=100)
            ),
        ]
        triggers = [append_only("task_reports_stay")]

    def __str__(self) -> str:
        return f"{self.turn_id} {self.unit_id} {self.percent}"


class TaskEvidence(models.Model):
    """A file handed in with a report as proof."""

    report = models.ForeignKey(TaskReport, on_delete=models.PROTECT, related_name="evidence")
    attachment = models.ForeignKey("core.Attachment", on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["id"]
        triggers = [append_only("task_evidence_stays")]

    def __str__(self) -> str:
        return f"{self.report_id} {self.attachment_id}"


class TurnStep(models.Model):
    """What somebody did with a turn besides reporting: confirmed, returned, checked, dropped."""

    class Verb(models.TextChoices):
        CONFIRM = "confirm", pgettext_lazy("step of a task", "Confirmed")
        RETURN = "return", pgettext_lazy("step of a task", "Returned")
        CHECK = "check", pgettext_lazy("step of a task", "Checked")
        DROP = "drop", pgettext_lazy("step of a task", "Dropped")

    turn = models.ForeignKey(Turn, on_delete=models.PROTECT, related_name="steps")
    verb = models.CharField(max_length=8, choices=Verb.choices)
    unit = models.ForeignKey("plans.Unit", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reason = models.CharField(max_length=300, blank=True)
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["id"]
        constraints = [
            models.CheckConstraint(
                name="turnstep_returned_with_a_reason", condition=~Q(verb__in=["return", "drop"]) | ~Q(reason="")
            ),
        ]
        triggers = [append_only("turn_steps_stay")]

    def __str__(self) -> str:
        return f"{self.verb} {self.turn_id}"
