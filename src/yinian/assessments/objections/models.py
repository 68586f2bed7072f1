"""Objections to an issued result, and what became of them."""

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy


class Objection(models.Model):
    """One objection: who raised it, on what day, and the re-assessment by others that answers it."""

    class By(models.TextChoices):
        PERSON = "person", pgettext_lazy("who asks", "The person")
        FAMILY = "family", pgettext_lazy("who asks", "Family")
        GUARDIAN = "guardian", _("Guardian")

    class State(models.TextChoices):
        LODGED = "lodged", _("Being re-assessed")
        UPHELD = "upheld", _("Result confirmed")
        CHANGED = "changed", _("Result changed")
        WITHDRAWN = "withdrawn", pgettext_lazy("objection", "Withdrawn")

    result = models.ForeignKey("assessments.Result", on_delete=models.PROTECT, related_name="objections")
    by = models.CharField(max_length=10, choices=By.choices)
    by_name = models.CharField(max_length=60)
    reason = models.CharField(max_length=500)
    lodged_on = models.DateField()
    paper = models.ForeignKey("core.Attachment", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    entered_by = models.ForeignKey("core.User", on_delete=models.PROTECT, related_name="+")
    entered_at = models.DateTimeField(default=timezone.now)
    due_on = models.DateField()  # the re-assessment's result is to be issued by then
    state = models.CharField(max_length=10, choices=State.choices, default=State.LODGED)
    request = models.OneToOneField(
        "assessments.Request", null=True, blank=True, on_delete=models.PROTECT, related_name="objection"
    )
    closed_on = models.DateField(null=True, blank=True)
    closed_by = models.ForeignKey("core.User", null=True, blank=True, on_delete=models.PROTECT, related_name="+")
    close_reason = models.CharField(max_length=200, blank=True)
    version = models.PositiveIntegerField(default=1)

    class Meta:
        ordering = ["-id"]
        constraints = [
            models.UniqueConstraint(
                fields=["result"], condition=~Q(state="withdrawn"), name="a_result_is_objected_to_once"
            ),
            models.CheckConstraint(name="objection_has_a_reason", condition=~Q(reason="")),
            models.CheckConstraint(
                name="objection_closed_with_author",
                condition=Q(state="lodged") | Q(closed_on__isnull=False, closed_by__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"objection to {self.result_id}"
