"""Joint meetings (联席会议): who met when, what was said, and the decisions that make, close or move tasks."""

import pgtrigger
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy


class Meeting(models.Model):
    """One joint meeting on a plan. Once its minutes are issued they stay."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("minutes", "Draft")
        ISSUED = "issued", pgettext_lazy("minutes", "Issued")

    document = models.ForeignKey("plans.PlanDocument", on_delete=models.PROTECT, related_name="meetings")
    title = models.CharField(max_length=120)
    held_on = models.DateField()
    venue = models.CharField(max_length=120)
    chair = models.CharField(max_length=60)
    present = models.TextField(max_length=1000)  # units and persons, as the minutes name them
    minutes = models.TextField(blank=True, max_length=8000)
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    paper = models.OneToOneField("core.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    created_at = models.DateTimeField(default=timezone.now)
    issued_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-held_on", "-id"]
        constraints = [
            models.CheckConstraint(
                name="meeting_issued_with_its_paper",
                condition=~Q(state="issued")
                | Q(issued_by__isnull=False, issued_at__isnull=False, paper__isnull=False),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="meetings_stay", operation=pgtrigger.Delete),
            pgtrigger.Trigger(
                name="issued_minutes_stay",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__state="issued"),
                func="RAISE integrity_constraint_violation USING MESSAGE = 'issued minutes stay as they are';",
            ),
        ]

    def __str__(self) -> str:
        return self.title


class Decision(models.Model):
    """What a meeting decided: a task made, a task withdrawn, a deadline moved, or a plain word."""

    class Kind(models.TextChoices):
        MAKE = "make", pgettext_lazy("decision", "A new task")
        WITHDRAW = "withdraw", pgettext_lazy("decision", "A task is withdrawn")
        MOVE = "move", pgettext_lazy("decision", "A deadline is moved")
        NOTE = "note", pgettext_lazy("decision", "For the record")

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="decisions")
    number = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=10, choices=Kind.choices)
    text = models.CharField(max_length=400)
    task = models.ForeignKey(
        "plans.Task", null=True, blank=True, on_delete=models.PROTECT, related_name="decisions"
    )  # the task closed or moved; the one it makes points here by Task.decision
    by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["meeting_id", "number"]
        constraints = [
            models.UniqueConstraint(fields=["meeting", "number"], name="decision_numbered_once"),
            models.CheckConstraint(name="decision_says_something", condition=~Q(text="")),
            models.CheckConstraint(
                name="decision_names_its_task",
                condition=Q(kind__in=["withdraw", "move"], task__isnull=False)
                | (~Q(kind__in=["withdraw", "move"]) & Q(task__isnull=True)),
            ),
        ]
        triggers = [
            pgtrigger.Protect(name="decisions_stay", operation=pgtrigger.Update | pgtrigger.Delete),
            pgtrigger.Trigger(
                name="of_an_open_meeting",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert,
                func="""
                    PERFORM FROM plans_meeting m WHERE m.id = NEW.meeting_id AND m.state = 'draft' FOR UPDATE;
                    IF NOT FOUND THEN
                        RAISE integrity_constraint_violation USING MESSAGE = 'issued minutes stay as they are';
                    END IF;
                    IF NEW.task_id IS NOT NULL AND NOT EXISTS (
                        SELECT FROM plans_task t JOIN plans_meeting m ON m.document_id = t.document_id
                        WHERE t.id = NEW.task_id AND m.id = NEW.meeting_id
                    ) THEN
                        RAISE check_violation USING MESSAGE = 'the task is of another plan',
                            CONSTRAINT = 'decision_of_the_same_plan';
                    END IF;
                    RETURN NEW;
                """,
            ),
        ]

    def __str__(self) -> str:
        return f"{self.meeting_id} {self.number}"
