"""Departmental lists on their way into the register: the upload, its rows, what became of each."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from yinian.core.fields import EncryptedTextField
from yinian.people.kinds import DEPARTMENT_CHOICES


class ImportBatch(models.Model):
    """One uploaded list. ``content_sha256`` makes a second commit of the same list a no-op."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Waiting to be checked")
        CHECKED = "checked", _("Checked, not yet loaded")
        COMMITTED = "committed", _("Loaded")
        UNDONE = "undone", _("Undone")
        REFUSED = "refused", _("Refused")

    list_kind = models.CharField(max_length=40)  # a key of people.imports.lists.LISTS
    department = models.CharField(max_length=24, choices=DEPARTMENT_CHOICES)
    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    as_of = models.DateField()
    complete = models.BooleanField(default=False)  # the department's whole list for the region
    file = models.ForeignKey("core.Attachment", on_delete=models.PROTECT, related_name="+")
    returned = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    content_sha256 = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.UPLOADED)
    counts = models.JSONField(default=dict)
    problem = models.TextField(blank=True)
    uploaded_at = models.DateTimeField(default=timezone.now)
    uploaded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    committed_at = models.DateTimeField(null=True, blank=True)
    committed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    undone_at = models.DateTimeField(null=True, blank=True)
    undone_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    undo_reason = models.CharField(max_length=200, blank=True)
    job = models.ForeignKey("core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["content_sha256", "list_kind", "region"],
                condition=Q(state="committed"),
                name="import_loaded_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.list_kind} {self.as_of}"


class ImportRow(models.Model):
    """One row that waits for a person to decide, or tells what loading it did (so that it can be undone)."""

    class Match(models.TextChoices):
        EXACT = "exact", _("Same ID number")
        PROBABLE = "probable", _("Probably the same person")
        POSSIBLE = "possible", _("Possibly the same person")
        NEW = "new", _("Not in the register")

    class Decision(models.TextChoices):
        NONE = "", _("Not needed")
        WAITING = "waiting", _("To be decided")
        SAME = "same", _("Same person")
        NEW = "new", _("Another person")
        SKIP = "skip", _("Left out")

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="rows")
    row_no = models.PositiveIntegerField()
    payload = EncryptedTextField()  # the row as JSON
    match = models.CharField(max_length=10, choices=Match.choices)
    person = models.ForeignKey("people.Person", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    score = models.FloatField(null=True, blank=True)
    agreement = models.JSONField(default=dict)  # field -> level of agreement, no values
    decision = models.CharField(max_length=10, choices=Decision.choices, blank=True, default=Decision.NONE)
    decided_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    effect = models.JSONField(default=dict)  # ids made or changed by loading

    class Meta:
        ordering = ["batch_id", "row_no"]
        constraints = [models.UniqueConstraint(fields=["batch", "row_no"], name="import_row_once")]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.row_no}"


class ImportChange(models.Model):
    """A person whom loading a list made or changed, and how the entry stood before; for taking the list back.

    ``before`` holds the columns as stored, so personal values stay encrypted; empty when the entry was made.
    """

    batch = models.ForeignKey(ImportBatch, on_delete=models.CASCADE, related_name="changes")
    person = models.ForeignKey("people.Person", on_delete=models.CASCADE, related_name="+")
    made = models.BooleanField(default=False)
    before = models.JSONField(default=dict)
    version_after = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["id"]
        constraints = [models.UniqueConstraint(fields=["batch", "person"], name="import_change_once")]

    def __str__(self) -> str:
        return f"{self.batch_id}/{self.person_id}"
