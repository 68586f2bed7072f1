"""Supervision letters, monthly dispatch reports, and the secret addresses of calendar feeds."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy


class Letter(models.Model):
    """A supervision letter (督办函) to one unit about what it has let fall overdue in one plan."""

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("supervision letter", "Draft")
        SENT = "sent", pgettext_lazy("supervision letter", "Sent")
        ANSWERED = "answered", pgettext_lazy("supervision letter", "Answered")
        DROPPED = "dropped", pgettext_lazy("supervision letter", "Dropped")

    document = models.ForeignKey("plans.PlanDocument", on_delete=models.PROTECT, related_name="letters")
    unit = models.ForeignKey("plans.Unit", on_delete=models.PROTECT, related_name="letters")
    state = models.CharField(max_length=10, choices=State.choices, default=State.DRAFT)
    words = models.TextField(blank=True, max_length=2000)  # what the office adds to the list of what is overdue
    reply_by = models.DateField(null=True, blank=True)
    drafted_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(default=timezone.now)
    sent_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(null=True, blank=True)
    paper = models.OneToOneField("core.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    reply = models.TextField(blank=True, max_length=2000)
    answered_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    answered_at = models.DateTimeField(null=True, blank=True)
    drop_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["document", "unit"], condition=Q(state="draft"), name="letter_one_draft"),
            models.CheckConstraint(
                name="letter_sent_with_its_paper",
                condition=~Q(state__in=["sent", "answered"])
                | Q(sent_by__isnull=False, sent_at__isnull=False, paper__isnull=False, reply_by__isnull=False),
            ),
            models.CheckConstraint(
                name="letter_answered_by_somebody",
                condition=~Q(state="answered")
                | (Q(answered_by__isnull=False, answered_at__isnull=False) & ~Q(reply="")),
            ),
            models.CheckConstraint(
                name="letter_dropped_with_a_reason", condition=~Q(state="dropped") | ~Q(drop_reason="")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit_id} {self.document_id}"


class LetterLine(models.Model):
    """A turn that a letter is about."""

    letter = models.ForeignKey(Letter, on_delete=models.CASCADE, related_name="lines")
    turn = models.ForeignKey("plans.Turn", on_delete=models.PROTECT, related_name="letter_lines")

    class Meta:
        ordering = ["letter_id", "id"]
        constraints = [models.UniqueConstraint(fields=["letter", "turn"], name="letter_names_a_turn_once")]

    def __str__(self) -> str:
        return f"{self.letter_id} {self.turn_id}"


class Dispatch(models.Model):
    """The monthly dispatch report (调度通报) of a plan.

    Its words are an officer's; its numbers are computed, live while it is a draft, and kept in ``figures`` as issued.
    """

    class State(models.TextChoices):
        DRAFT = "draft", pgettext_lazy("dispatch report", "Draft")
        ISSUED = "issued", pgettext_lazy("dispatch report", "Issued")

    document = models.ForeignKey("plans.PlanDocument", on_delete=models.PROTECT, related_name="dispatches")
    month = models.DateField()  # its first day
    state = models.CharField(max_length=8, choices=State.choices, default=State.DRAFT)
    opening = models.TextField(blank=True, max_length=2000)
    problems = models.TextField(blank=True, max_length=4000)
    next_steps = models.TextField(blank=True, max_length=4000)
    figures = models.JSONField(null=True, blank=True)
    drafted_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    drafted_at = models.DateTimeField(default=timezone.now)
    issued_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    issued_at = models.DateTimeField(null=True, blank=True)
    paper = models.OneToOneField("core.Document", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-month", "-id"]
        constraints = [
            models.UniqueConstraint(fields=["document", "month"], name="dispatch_once_a_month"),
            models.CheckConstraint(name="dispatch_month_is_its_first_day", condition=Q(month__day=1)),
            models.CheckConstraint(
                name="dispatch_issued_with_its_paper",
                condition=~Q(state="issued")
                | Q(issued_by__isnull=False, issued_at__isnull=False, paper__isnull=False, figures__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.document_id} {self.month:%Y-%m}"


class Feed(models.Model):
    """A user's calendar feed: its address is a secret of which only the digest is kept, and can be taken back."""

    user = models.ForeignKey("core.User", on_delete=models.CASCADE, related_name="plan_feeds")
    digest = models.CharField(max_length=64, unique=True)
    made_at = models.DateTimeField(default=timezone.now)
    revoked_at = models.DateTimeField(null=True, blank=True)
    asked_at = models.DateTimeField(null=True, blank=True)  # when a calendar last fetched it

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(fields=["user"], condition=Q(revoked_at__isnull=True), name="feed_one_a_user"),
        ]

    def __str__(self) -> str:
        return f"feed of user {self.user_id}"


