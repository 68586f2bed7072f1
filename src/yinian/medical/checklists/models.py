"""Lists of check-ups as an institution or the health department delivers them: one workbook, taken in whole or not."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import pgettext_lazy


class CheckList(models.Model):
    """One uploaded list. Nothing of it counts before it is taken in; a faulty row keeps the whole list out.

    ``faults``: row, column, code and params of the first of them, without anything of a person.
    """

    class State(models.TextChoices):
        UPLOADED = "uploaded", pgettext_lazy("list of check-ups", "Waiting to be checked")
        CHECKED = "checked", pgettext_lazy("list of check-ups", "Checked, not yet taken in")
        REFUSED = "refused", pgettext_lazy("list of check-ups", "Refused")
        TAKEN = "taken", pgettext_lazy("list of check-ups", "Taken in")
        BACK = "back", pgettext_lazy("list of check-ups", "Taken back")

    region = models.ForeignKey("core.Region", on_delete=models.PROTECT, related_name="+")
    file = models.ForeignKey("core.Attachment", on_delete=models.PROTECT, related_name="+")
    returned = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    state = models.CharField(max_length=8, choices=State.choices, default=State.UPLOADED)
    counts = models.JSONField(default=dict)
    faults = models.JSONField(default=list)
    problem = models.TextField(blank=True)
    uploaded_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    uploaded_at = models.DateTimeField(default=timezone.now)
    taken_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    taken_at = models.DateTimeField(null=True, blank=True)
    back_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    back_at = models.DateTimeField(null=True, blank=True)
    back_reason = models.CharField(max_length=200, blank=True)
    job = models.ForeignKey("core.Job", null=True, blank=True, on_delete=models.SET_NULL, related_name="+")
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.CheckConstraint(
                name="check_list_taken_in_by_somebody",
                condition=~Q(state__in=["taken", "back"]) | Q(taken_by__isnull=False, taken_at__isnull=False),
            ),
            models.CheckConstraint(
                name="check_list_taken_back_says_why",
                condition=~Q(state="back") | (Q(back_by__isnull=False, back_at__isnull=False) & ~Q(back_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return f"list of check-ups {self.pk}"
