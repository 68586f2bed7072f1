"""Work items: what somebody has to do, by when, and who had it before."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from yinian.core.fields import RoleField


class WorkItem(models.Model):
    """One thing to do, addressed to a role in a region, or taken by one user.

    The sentence shown is ``kinds.KINDS[kind]`` filled with ``params``; params hold no personal number.
    """

    class State(models.TextChoices):
        OPEN = "open", pgettext_lazy("work item", "Open")
        DONE = "done", _("Done")
        DROPPED = "dropped", _("No longer needed")

    kind = models.CharField(max_length=60)
    params = models.JSONField(default=dict)
    url = models.CharField(max_length=300, blank=True)
    role = RoleField()
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    site_ref = models.BigIntegerField(null=True, blank=True)
    taken_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=10, choices=State.choices, default=State.OPEN)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    due_on = models.DateField()
    escalations = models.PositiveSmallIntegerField(default=0)
    closed_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(max_length=200, blank=True)
    key = models.CharField(max_length=120)  # one open item per key: the same finding never asks twice
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["due_on", "id"]
        indexes = [
            models.Index(fields=["role", "region", "due_on"], condition=Q(state="open"), name="work_open"),
            models.Index(fields=["taken_by", "due_on"], condition=Q(state="open"), name="work_taken"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["key"], condition=Q(state="open"), name="work_asked_once"),
            models.CheckConstraint(
                name="work_closed_has_author",
                condition=Q(state="open") | Q(closed_at__isnull=False, closed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.region_id}"


class WorkStep(models.Model):
    """What happened to an item: taken, handed over, escalated, closed."""

    item = models.ForeignKey(WorkItem, on_delete=models.CASCADE, related_name="steps")
    at = models.DateTimeField(default=timezone.now)
    actor = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    verb = models.CharField(max_length=20)
    note = models.CharField(max_length=300, blank=True)

    class Meta:
        ordering = ["id"]

    def __str__(self) -> str:
        return f"{self.verb} {self.item_id}"
